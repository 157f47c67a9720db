"""The UCDP Actor Dataset: the parties that UCDP's other datasets number, their names, and how they stand to each other.

The file dates none of it, so neither the actors nor their relations get days. The numbers of joint sides
(``OSCoalitionID``, ``NSCoalitionID``) are those of the sides in UCDP GED; the file itself has no rows for them.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from conflictdb.ingest.formats.base import Format, Span, Terms
from conflictdb.ingest.formats.ucdp_ged import UCDP
from conflictdb.ingest.formats.ucdp_parties import is_placeholder
from conflictdb.ingest.records import Actor, Alias, Citation, Claim, Key, Records, Relation, Source
from conflictdb.ingest.texts import cut, slug_of
from conflictdb.ingest.values import Row, filled, identifier, term, whole
from conflictdb.vocabularies import ActorKind, AliasKind, ClaimKind, RelationKind, SourceKind

# Org: 1 formally organised, 2 informally (supporters of a party), 3 communal (an ethnic group, a clan), 4 a government.
ORGANISATION = {
    "1": ActorKind.REBEL_GROUP,
    "2": ActorKind.MILITIA,
    "3": ActorKind.MILITIA,
    "4": ActorKind.GOVERNMENT,
}

Name = tuple[str, AliasKind, str]  # as it is written, in what way it names the actor, its language

DOWNLOADS = "https://ucdp.uu.se/downloads/"
LONGEST_NAME = 200
LONGEST_RELATION_SLUG = 100  # its claim's slug goes on from it

COLUMNS = (
    *("ActorId", "NameData", "NameOrig", "NameOrigFull", "NameOrigFullEng", "NameChange", "NewName"),
    *("NewNameFullMotherTongue", "NewNameFullEng", "Org", "PrimaryParty", "OSCoalitionID", "NSCoalitionID"),
    *("NamePrev", "ActorIdPrev", "NameSplitTemp", "ActorIdSplitTemp", "NameAlliance", "ActorIdAlliance"),
    *("GroupName", "ActorIdGroup", "GWNOLoc", "Version"),
)


class Link(NamedTuple):
    """Columns that list actors to whom the row's actor stands in one way."""

    numbers: str
    names: str  # in the same order; empty where the file does not name them
    kind: RelationKind
    phrase: str  # what UCDP codes the actor as


LINKS = (
    Link("ActorIdPrev", "NamePrev", RelationKind.SPLINTER_OF, "a splinter of {}"),
    Link("ActorIdSplitTemp", "NameSplitTemp", RelationKind.SPLINTER_OF, "temporarily split from {}"),
    Link("ActorIdAlliance", "NameAlliance", RelationKind.PART_OF, "part of the alliance {}"),
    Link("ActorIdGroup", "GroupName", RelationKind.PART_OF, "having joined or merged with {}"),
    Link("OSCoalitionID", "", RelationKind.PART_OF, "part of the joint side {} in one-sided violence"),
    Link("NSCoalitionID", "", RelationKind.PART_OF, "part of the joint side {} in non-state conflict"),
)


class UcdpActors(Format):
    """UCDP's actors, one a row."""

    slug = "ucdp-actors"
    identifiers = "ucdp-actor"
    label = "UCDP Actor Dataset"
    hint = f"the csv file of {DOWNLOADS}, under UCDP Actor Dataset: ucdp-actor-221.csv"
    claimant = UCDP.key
    required = frozenset({"ActorId", "NameData", "NameOrig", "Org"})

    def __init__(self) -> None:
        """Start with no release known and nothing left out."""
        self.release = ""
        self.to_themselves = 0

    def columns(self, header: list[str]) -> list[str]:
        """Name the columns as release 22.1 does, whatever their case and underscores."""
        known = {_plain(name): name for name in COLUMNS}
        if "actorid" not in map(_plain, header):
            known["id"] = "ActorId"
        return [known.get(_plain(name), name.strip()) for name in header]

    def version_of(self, file_name: str, first: Row) -> str:
        """Read the release from the row, else from a name such as ``ucdp-actor-221.csv``."""
        found = re.search(r"actor\D*?(\d{2})[._-]?(\d)(?!\d)", file_name.lower())
        return _text(first, "Version") or (".".join(found.groups()) if found else "")

    def terms(self, version: str) -> Terms:
        """Say what UCDP says of its actors; the release is remembered for rows that do not tell theirs."""
        self.release = version
        return Terms(
            title=self.label,
            publisher=UCDP.name,
            licence="CC-BY-4.0",
            citation=f"{UCDP.name} (UCDP), {f'{self.label} {version}'.strip()}, Uppsala University.",
            redistributable=True,
            url=DOWNLOADS,
            description="Every party in UCDP's datasets on organised violence: its names, its origins and its alliances.",
        )

    def key(self, row: Row) -> Key:
        """Read the actor's number, which other UCDP datasets name it by."""
        return _key(str(whole(row, "ActorId")))

    def days(self, version: str) -> Span | None:  # noqa: ARG002 - the file covers no days
        """Tell no days."""
        return None

    def figures(self, row: Row) -> tuple[int | None, int | None, int | None]:  # noqa: ARG002 - actors have none
        """Give no figures: the file counts nobody."""
        return (None, None, None)

    def add(self, row: Row, into: Records) -> None:
        """Turn a row into an actor and its relations. Raises ``BadCell``."""
        key = self.key(row)
        name = cut(filled(row, "NameData"), LONGEST_NAME)
        actor = Actor(
            key=key,
            slug=_slug(name, key),
            name=name,
            kind=_kind(row, name),
            country=_country(row),
            aliases=_aliases(row, name),
        )
        relations = self._relations(row, actor)
        into.actors[key] = actor
        if relations:
            source = _dataset(_text(row, "Version") or self.release)
            into.actors.setdefault(UCDP.key, UCDP)
            into.sources.setdefault(source.slug, source)
            into.relations += relations

    def notes(self) -> Iterator[str]:
        """Say what the file lacks, and what was left out of it."""
        yield "The file dates no names and no relations."
        if self.to_themselves:
            yield f"Relations of an actor to itself, left out: {self.to_themselves}."

    def _relations(self, row: Row, actor: Actor) -> list[Relation]:
        """Gather what the row codes of the actor; what it codes twice of the same two is one relation."""
        slugs: dict[tuple[RelationKind, Key], str] = {}
        phrases: dict[tuple[RelationKind, Key], list[str]] = {}
        for link in LINKS:
            for number, name in _linked(row, link):
                other = _key(number)
                if other == actor.key:
                    self.to_themselves += 1
                    continue
                slugs.setdefault((link.kind, other), _slug(name, other))
                phrases.setdefault((link.kind, other), []).append(link.phrase.format(name or number))
        citations = (Citation(1, _dataset(_text(row, "Version") or self.release).slug),)
        return [
            _relation(actor, kind, other, slugs[kind, other], _claim(actor.name, coded, citations))
            for (kind, other), coded in phrases.items()
        ]


def _plain(column: str) -> str:
    """Spell a column's name without case and underscores."""
    return column.strip().lower().replace("_", "")


def _text(row: Row, column: str) -> str:
    """Read a cell with its white space evened and marks of direction taken off; empty for ``n/a``."""
    text = " ".join(row.get(column, "").split()).strip("\u200e\u200f ")
    return "" if text.lower() == "n/a" else text


def _parts(text: str) -> list[str]:
    """Split a list at its commas; an empty text has no parts."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _key(number: str) -> Key:
    return f"{UcdpActors.identifiers}:{number}"


def _slug(name: str, key: Key) -> str:
    """Make the slug to wish for; an actor that the file does not name has one of its number."""
    return slug_of(name, key.replace(":", "-"))


def _kind(row: Row, name: str) -> str:
    """Tell what the actor is; of the formally organised, primary parties to a conflict fight a government."""
    kind = term(row, "Org", ORGANISATION)
    if is_placeholder(name):
        kind = ActorKind.UNIDENTIFIED
    elif name == ActorKind.CIVILIANS.label or whole(row, "ActorId") == 1:
        kind = ActorKind.CIVILIANS
    elif kind != ActorKind.GOVERNMENT and _is_joint(name):
        kind = ActorKind.COALITION
    elif kind == ActorKind.REBEL_GROUP and _text(row, "PrimaryParty") != "1":
        kind = ActorKind.MILITIA
    return kind.value


def _is_joint(name: str) -> bool:
    """Tell a joint side ("Interahamwe, ex-FAR") from one name with commas, which brackets them or goes on with "and"."""
    first, _, last = re.sub(r"\(.*?\)", "", name).rpartition(", ")
    return bool(first) and not re.search(r" (and|&) ", last)


def _country(row: Row) -> Key | None:
    """Read the Gleditsch-Ward number of the one country where the actor is active; none where there are several."""
    numbers = _parts(row.get("GWNOLoc", ""))
    return f"gw:{identifier({'GWNOLoc': numbers[0]}, 'GWNOLoc')}" if len(numbers) == 1 else None


def _aliases(row: Row, name: str) -> tuple[Alias, ...]:
    """Gather the other names, each once as it was first met and none of them the name itself."""
    found: dict[str, Alias] = {}
    for text, kind, language in (*_new_names(row, name), *_original_names(row, name)):
        short = cut(text, LONGEST_NAME)
        if short and short != name:
            found.setdefault(short, Alias(short, kind.value, language))
    return tuple(found.values())


def _new_names(row: Row, name: str) -> list[Name]:
    """Read the names taken since the first: the last is in use, the others are former ones.

    Each column has one name or a comma list of as many as there were. A list of another length cannot be told apart
    from commas within a name, and is left out.
    """
    short, tongue, english = (_text(row, f"NewName{which}") for which in ("", "FullMotherTongue", "FullEng"))
    number = len(_parts(short)) if _parts(short)[-1:] == [name] else 1
    *old_short, new_short = _names(short, number)
    *old_tongue, new_tongue = _names(tongue, number)
    *old_english, new_english = _names(english, number)
    return [
        (new_short, AliasKind.ALTERNATIVE, ""),
        *_full_names(new_tongue, new_english),
        *((old, AliasKind.FORMER, "") for old in (*old_short, *old_tongue)),
        *((old, AliasKind.FORMER, "en") for old in old_english),
    ]


def _names(text: str, number: int) -> list[str]:
    """Split a cell into so many names; where it holds another number of them, into an empty one."""
    names = _parts(text) if number > 1 else [text]
    return names if len(names) == number else [""]


def _original_names(row: Row, name: str) -> list[Name]:
    """Read the names under which the actor came into the data; they are former ones if it gave them up."""
    original, tongue, english = (_text(row, f"NameOrig{which}") for which in ("", "Full", "FullEng"))
    names = [(original, AliasKind.ALTERNATIVE, ""), *_full_names(tongue, english)]
    if _text(row, "NameChange") == "1" and original != name:
        return [(text, AliasKind.FORMER, language) for text, _, language in names]
    return names


def _full_names(tongue: str, english: str) -> list[Name]:
    """Read a full name in the actor's own language, maybe in several spellings between slashes, and in English."""
    if tongue in ("", english):
        return [(english, AliasKind.ALTERNATIVE, "en")]
    own = [(text, AliasKind.ALTERNATIVE, "") for text in re.split(r"\s+/\s*|/\s+", tongue)]
    return [*own, (english, AliasKind.TRANSLATION, "en")]


def _linked(row: Row, link: Link) -> Iterable[tuple[str, str]]:
    """Read the actors of a link as (number, name); the name is empty where the file does not tell it for sure."""
    numbers = [identifier({link.numbers: part}, link.numbers) for part in _parts(_text(row, link.numbers))]
    named = _text(row, link.names)
    names = [named] if len(numbers) == 1 else _parts(named)
    return zip(numbers, names if len(names) == len(numbers) else [""] * len(numbers), strict=True)


def _relation(actor: Actor, kind: RelationKind, other: Key, other_slug: str, claim: Claim) -> Relation:
    """Make a relation; a slug that is too long is cut, and ends in letters made of the relation's key."""
    key = f"{actor.key}/{kind.value}/{other.partition(':')[2]}"
    slug = f"{actor.slug}-{kind.value.replace('_', '-')}-{other_slug}"
    if len(slug) > LONGEST_RELATION_SLUG:
        end = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:8]
        slug = f"{slug[: LONGEST_RELATION_SLUG - 9].rstrip('-')}-{end}"
    return Relation(key=key, slug=slug, subject=actor.key, kind=kind.value, object=other, claims=(claim,))


def _claim(name: str, coded: list[str], citations: tuple[Citation, ...]) -> Claim:
    """Say what UCDP codes the actor as."""
    return Claim(
        name="says",
        kind=ClaimKind.RELATION.value,
        statement=f"UCDP codes {name} as {' and as '.join(coded)}.",
        claimant=UCDP.key,
        citations=citations,
    )


def _dataset(version: str) -> Source:
    """Name the release as a source."""
    return Source(
        slug="-".join(filter(None, (UcdpActors.slug, version.replace(".", "-")))),
        kind=SourceKind.DATASET.value,
        title=f"UCDP Actor Dataset {version}".strip(),
        publisher=UCDP.key,
        url=DOWNLOADS,
    )
