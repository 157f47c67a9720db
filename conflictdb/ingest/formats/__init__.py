"""The formats that can be loaded: one module each, and its line here."""

from conflictdb.ingest.formats.acled import Acled
from conflictdb.ingest.formats.base import Format, Terms
from conflictdb.ingest.formats.ucdp_actors import UcdpActors
from conflictdb.ingest.formats.ucdp_ged import UcdpGed

FORMATS: dict[str, type[Format]] = {kind.slug: kind for kind in (UcdpGed, UcdpActors, Acled)}

__all__ = ["FORMATS", "Format", "Terms"]
