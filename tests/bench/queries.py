"""The API's answers straight from SQL written by hand, as whoever knows PostgreSQL's JSON functions writes it.

pgbench and FastAPI run this text. The API's own statements spell JSON for less than these functions do (``api/spelling.py``);
a reference that did too would be the API's statement over again. Parameters are written ``:name``, as pgbench has them.
"""

import re
from pathlib import Path

SQL = Path(__file__).with_name("sql")
INCIDENT = (SQL / "incident.sql").read_text(encoding="utf-8")
AGGREGATE = (SQL / "aggregate.sql").read_text(encoding="utf-8")
CLAIMS = (SQL / "claims.sql").read_text(encoding="utf-8")
PUBLISHED = "incident.status = 'published'"
# As `country=&kind=&started_on__gte=&started_on__lte=` asks for it.
OF_COUNTRY = "incident.country_id = (SELECT id FROM conflictdb_country WHERE slug = :country)"
OF_ACTOR = """EXISTS (
    SELECT FROM conflictdb_participation AS part JOIN conflictdb_actor AS actor ON actor.id = part.actor_id
    WHERE part.incident_id = incident.id AND actor.slug = :actor)"""
OF_KIND = "incident.kind = :kind"
SINCE = "incident.started_on >= :since"
UNTIL = "incident.started_on <= :until"
AFTER = "(coalesce(incident.started_on, '0001-01-01'), incident.id) < (:day, :id)"


def page(*conditions: str, size: str = "100", besides: str = "") -> str:
    """Write the query of the newest incidents under these conditions; ``besides`` names columns beside the JSON."""
    cut = f"ORDER BY coalesce(incident.started_on, '0001-01-01') DESC, incident.id DESC LIMIT {size}"
    return INCIDENT.format(more="", besides=besides, where=" AND ".join((PUBLISHED, *conditions)), cut=cut)


def detail() -> str:
    """Write the query of one incident with its claims and their sources, by ``:slug``."""
    return INCIDENT.format(
        more=CLAIMS, besides="", where="incident.slug = :slug AND incident.status <> 'draft'", cut=""
    )


def search(words: str) -> str:
    """Write the query of a search of incidents; the words stand in it, so that the planner knows how many rows hold them."""
    return (SQL / "search.sql").read_text(encoding="utf-8").replace(":words", f"'{words}'")


def relevance(words: str) -> str:
    """Write the query of the hundred best of the newest thousand incidents that hold the words."""
    asked = f"websearch_to_tsquery('conflictdb', '{words}')"
    newest = f"""SELECT id FROM conflictdb_incident AS incident WHERE search @@ {asked} AND {PUBLISHED}
                 ORDER BY coalesce(started_on, '0001-01-01') DESC, id DESC LIMIT 1000"""  # noqa: S608 – words of ours
    cut = f"""ORDER BY ts_rank(incident.search, {asked}) DESC, coalesce(incident.started_on, '0001-01-01') DESC,
              incident.id DESC LIMIT 100"""
    return INCIDENT.format(more="", besides="", where=f"incident.id IN ({newest})", cut=cut)


def numbered(query: str) -> tuple[str, list[str]]:
    """Write parameters as ``$1``, ``$2`` …, and give their names in that order."""
    names = list(dict.fromkeys(re.findall(r"(?<!:):([a-z]\w*)", query)))
    return re.sub(r"(?<!:):([a-z]\w*)", lambda found: f"${names.index(found[1]) + 1}", query), names
