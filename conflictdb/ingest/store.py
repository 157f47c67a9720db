"""New incidents on their way into the tables, with their participants, claims and citations."""

from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring as in_json  # the compiled one where there is one
from typing import Any, NamedTuple, Self

from conflictdb.ingest.keys import Keys
from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.records import Claim, Incident

Row = tuple[Any, ...]
About = tuple[int | None, int | None]  # an incident's id, or a relation's
TOLD = (  # columns of an incident that its row tells
    *("kind", "title", "summary", "started_on", "ended_on", "date_precision", "country_id", "admin1", "admin2"),
    *("place_name", "latitude", "longitude", "place_precision", "conflict_id", "quality_note", "other_columns"),
)
INCIDENT = ("id", "slug", "external_id", *TOLD, "row_digest")
FIGURES = (
    *("killed_low", "killed_best", "killed_high", "killed_is_open", "killed_claims"),
    *("injured_low", "injured_best", "injured_high", "injured_is_open", "injured_claims", "disputed"),
)
BOUNDS = ("killed_most", "injured_most")
PARTICIPATION = ("incident_id", "actor_id", "role")
CLAIM = (
    *("id", "slug", "incident_id", "relation_id", "claimant_id", "kind", "statement", "claimant_wording"),
    *("measure", "victims", "value_kind", "low", "best", "high", "is_out_of_order"),
)
SAME_OF_CLAIMS = {"polarity": "asserts", "credibility": "6", "status": "standing"} | dict.fromkeys(
    ("external_id", "value_wording", "status_reason", "answer_kind"), ""
)
CITATION = ("claim_id", "number", "source_id")
SAME_OF_CITATIONS = {"exact": "", "prefix": "", "suffix": ""}
# Incidents come last, from a table beside, with the figures that their claims make: they are written once.
BESIDE, HELD = "ingest_incident", (*INCIDENT, "dataset_id")
MAKE_BESIDE = f"""
    CREATE TEMPORARY TABLE {BESIDE} ON COMMIT DROP AS SELECT {", ".join(HELD)} FROM conflictdb_incident WITH NO DATA
"""  # noqa: S608 – nobody's input
TAKE_OVER = f"""
    INSERT INTO conflictdb_incident ({", ".join(HELD)}, weapons, status, status_reason,
                                     {", ".join((*FIGURES, *BOUNDS))})
    SELECT {", ".join(f"fresh.{name}" for name in HELD)}, '{{}}', 'published', '',
           {", ".join(f"figures.{name}" for name in FIGURES)}, {", ".join(f"bounds.{name}" for name in BOUNDS)}
    FROM {BESIDE} AS fresh CROSS JOIN LATERAL conflictdb_figures(ARRAY[fresh.id]) AS figures
    CROSS JOIN LATERAL conflictdb_bounds(fresh.id) AS bounds
"""  # noqa: S608 – nobody's input


# Statistics of the few rows that were there before mislead the planner about the many of an import. Rough ones serve it until
# the end, in a tenth of the time.
ANALYSE = """
    SET LOCAL default_statistics_target = 10;
    ANALYZE conflictdb_claim (incident_id, dataset_id, kind, status), conflictdb_citation (claim_id, source_id),
            conflictdb_source (reliability), conflictdb_incident (id, dataset_id);
    SET LOCAL default_statistics_target = DEFAULT
"""


class Ids(NamedTuple):
    """Primary keys for new incidents and their claims."""

    incidents: list[int]
    claims: list[int]

    @classmethod
    def of(cls, pipe: Pipe, incidents: Sequence[Incident]) -> Self:
        """Take as many as the incidents need."""
        claims = sum(len(incident.claims) for incident in incidents)
        return cls(pipe.new_ids("incident", len(incidents)), pipe.new_ids("claim", claims))


def incident_row(identity: int, incident: Incident, digest: str, keys: Keys) -> Row:
    """Write an incident as the table beside has it."""
    return (identity, incident.slug, incident.key, *told(incident, keys), digest)


def told(incident: Incident, keys: Keys) -> Row:
    """Write what a row tells of an incident, in the order of ``TOLD``."""
    return (
        *incident[2:8],
        keys.countries.find(incident.country),
        *incident[9:15],
        incident.conflict and keys.conflicts[incident.conflict],
        incident.quality_note,
        f"{{{','.join([f'{in_json(name)}:{in_json(text)}' for name, text in incident.other_columns.items()])}}}",
    )


def claim_row(identity: int, slug: str, claim: Claim, keys: Keys, about: About) -> Row:
    """Write a claim as ``add_claims`` takes it."""
    return (identity, slug, *about, keys.actors[claim.claimant], *claim[1:3], *claim[4:12])


def citation_rows(identity: int, claim: Claim, keys: Keys) -> list[Row]:
    """Write a claim's citations as ``add_claims`` takes them."""
    sources = keys.sources
    return [(identity, number, sources[source]) for number, source in claim.citations]


def add_claims(keys: Keys, rows: Iterable[Row], citations: Iterable[Row]) -> None:
    """Store claims, which stand and are made on the day of the release, and then their citations."""
    release = keys.release
    same = {"dataset_id": release.id, "stated_on": release.released_on, **SAME_OF_CLAIMS}
    keys.pipe.copy("claim", CLAIM, rows, same)
    keys.pipe.copy("citation", CITATION, citations, SAME_OF_CITATIONS)


def add_incidents(
    keys: Keys, incidents: Sequence[Incident], digests: Sequence[str], ids: Ids, *, analyse: bool
) -> None:
    """Store new incidents with all that hangs on them.

    With ``analyse`` the planner learns what the tables hold by now.
    """
    pipe = keys.pipe
    claim_ids = iter(ids.claims)
    actors, numbered = keys.actors, list(zip(ids.incidents, incidents, strict=True))
    claims = [(next(claim_ids), claim, one, incident) for one, incident in numbered for claim in incident.claims]
    add_claims(
        keys,
        (
            claim_row(number, f"{incident.slug}-{claim.name}", claim, keys, (one, None))
            for number, claim, one, incident in claims
        ),
        (row for number, claim, *_ in claims for row in citation_rows(number, claim, keys)),
    )
    # two names of a row may be one actor's
    parts = ((one, actors[actor], role) for one, incident in numbered for actor, role in incident.participations)
    pipe.copy("participation", PARTICIPATION, dict.fromkeys(parts))
    rows = ((*which, digest) for which, digest in zip(numbered, digests, strict=True))
    same = {"dataset_id": keys.release.id}
    pipe.copy("incident", INCIDENT, (incident_row(*row, keys) for row in rows), same, table=BESIDE)
    if analyse:
        pipe.later(ANALYSE)
    # as a text, which is made sooner than psycopg makes one of a list, while PostgreSQL is busy with the rows above
    written = f"{{{','.join(map(str, ids.incidents))}}}"
    pipe.later(TAKE_OVER)
    pipe.later("SELECT conflictdb_keep(%s::bigint[])", [written])
    pipe.later("SELECT conflictdb_file_disagreements(%s::bigint[])", [written])
    keys.note_places(incidents)
    pipe.later(f"TRUNCATE {BESIDE}")
