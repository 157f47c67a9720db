"""What a format makes of a row: records named by keys, not yet by the database's ids.

The fields are columns of the tables that the records go to. A record is named by its key: its ``external_id`` where it has
one (a series, a colon, the identifier there), else its slug. Days are ISO texts: they go to the database as they were read.
"""

from typing import NamedTuple

Key = str


class Actor(NamedTuple):
    """An actor that a row delivers or mentions."""

    key: Key  # external_id, or slug
    slug: str  # wished for; another one is made where it is taken
    name: str
    kind: str
    country: Key | None = None  # "gw:652", "iso3:SYR" or a slug
    description: str = ""
    aliases: tuple["Alias", ...] = ()


class Alias(NamedTuple):
    """Another name of an actor."""

    name: str
    kind: str
    language: str = ""


class Conflict(NamedTuple):
    """A conflict or dyad that a row mentions."""

    key: Key
    slug: str
    name: str
    kind: str
    parent: Key | None = None


class Source(NamedTuple):
    """A document that a row names. Its slug is made of all that is known of it, and is its key."""

    slug: Key
    kind: str
    title: str
    publisher: Key | None = None  # an actor's
    published_on: str | None = None
    url: str = ""


class Citation(NamedTuple):
    """Where a claim was read. Compilers do not publish the words."""

    number: int
    source: Key


class Claim(NamedTuple):
    """A claim about the incident, actor or relation that holds it. ``name`` tells it from the others there."""

    name: str  # ends its slug: "killed-everyone"
    kind: str
    statement: str
    claimant: Key
    claimant_wording: str = ""
    measure: str = ""
    victims: str = ""
    value_kind: str = "none"
    low: int | None = None
    best: int | None = None
    high: int | None = None
    is_out_of_order: bool = False
    citations: tuple[Citation, ...] = ()


class Participation(NamedTuple):
    """An actor's part in the incident that holds it."""

    actor: Key
    role: str


class Incident(NamedTuple):
    """An incident with its participants and the claims about it."""

    key: Key
    slug: str
    kind: str
    title: str
    summary: str
    started_on: str | None
    ended_on: str | None
    date_precision: str
    country: Key | None
    admin1: str
    admin2: str
    place_name: str
    latitude: float | None
    longitude: float | None
    place_precision: str
    conflict: Key | None
    quality_note: str
    other_columns: dict[str, str]
    participations: tuple[Participation, ...]
    claims: tuple[Claim, ...]


class Relation(NamedTuple):
    """How one actor stands to another, with the claims that say so."""

    key: Key
    slug: str
    subject: Key
    kind: str
    object: Key
    claims: tuple[Claim, ...] = ()


class Records:
    """The records of some rows, each mentioned record once."""

    def __init__(self) -> None:
        """Start empty."""
        self.actors: dict[Key, Actor] = {}
        self.conflicts: dict[Key, Conflict] = {}
        self.sources: dict[Key, Source] = {}
        self.incidents: list[Incident] = []
        self.relations: list[Relation] = []
