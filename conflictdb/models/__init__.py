"""The dataset's tables, one module a noun."""

from conflictdb.models.actor import Actor, ActorAlias
from conflictdb.models.citation import Citation
from conflictdb.models.claim import Claim
from conflictdb.models.conflict import Conflict
from conflictdb.models.country import Country
from conflictdb.models.dataset import Dataset, Import
from conflictdb.models.disagreement import Disagreement
from conflictdb.models.incident import Incident
from conflictdb.models.lens import KeptFigure, KeptLens
from conflictdb.models.participation import Participation
from conflictdb.models.relation import ActorRelation
from conflictdb.models.source import Source

__all__ = [
    "Actor",
    "ActorAlias",
    "ActorRelation",
    "Citation",
    "Claim",
    "Conflict",
    "Country",
    "Dataset",
    "Disagreement",
    "Import",
    "Incident",
    "KeptFigure",
    "KeptLens",
    "Participation",
    "Source",
]
