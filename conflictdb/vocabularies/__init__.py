"""Every closed list of the dataset, one module a subject; ``ALL`` is what the API publishes under ``/vocabularies/``."""

from conflictdb.vocabularies.actor import ActorKind, AliasKind, RelationKind, Role
from conflictdb.vocabularies.base import Term, Vocabulary
from conflictdb.vocabularies.claim import (
    AnswerKind,
    ClaimKind,
    ClaimStatus,
    DisagreementKind,
    Measure,
    Polarity,
    ValueKind,
    Victims,
)
from conflictdb.vocabularies.conflict import ConflictKind, ImportOutcome
from conflictdb.vocabularies.incident import IncidentKind, IncidentStatus, Weapon
from conflictdb.vocabularies.place import PlacePrecision, Region
from conflictdb.vocabularies.resolve import Resolve
from conflictdb.vocabularies.source import Credibility, Reliability, SourceKind
from conflictdb.vocabularies.time import DatePrecision

ALL: tuple[type[Vocabulary], ...] = (
    ActorKind,
    AliasKind,
    AnswerKind,
    ClaimKind,
    ClaimStatus,
    ConflictKind,
    Credibility,
    DatePrecision,
    DisagreementKind,
    ImportOutcome,
    IncidentKind,
    IncidentStatus,
    Measure,
    PlacePrecision,
    Polarity,
    Region,
    RelationKind,
    Reliability,
    Resolve,
    Role,
    SourceKind,
    ValueKind,
    Victims,
    Weapon,
)

__all__ = [
    "ALL",
    "ActorKind",
    "AliasKind",
    "AnswerKind",
    "ClaimKind",
    "ClaimStatus",
    "ConflictKind",
    "Credibility",
    "DatePrecision",
    "DisagreementKind",
    "ImportOutcome",
    "IncidentKind",
    "IncidentStatus",
    "Measure",
    "PlacePrecision",
    "Polarity",
    "Region",
    "RelationKind",
    "Reliability",
    "Resolve",
    "Role",
    "SourceKind",
    "Term",
    "ValueKind",
    "Victims",
    "Vocabulary",
    "Weapon",
]
