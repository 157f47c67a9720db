"""Who fights whom, as UCDP names and numbers them: sides, dyads and conflicts."""

from operator import itemgetter
from typing import Any, NamedTuple

from conflictdb.ingest.records import Actor, Conflict, Key, Participation, Records
from conflictdb.ingest.texts import by_code, cut, slug_of
from conflictdb.ingest.values import Row, filled, term, whole
from conflictdb.vocabularies import ActorKind, ConflictKind, IncidentKind, Role, Victims

CONFLICT_KINDS = by_code(ConflictKind, "ucdp")
INCIDENT_KINDS = by_code(IncidentKind, "ucdp")
CIVILIAN_NAMES = by_code(ActorKind, "ucdp")  # the one kind that UCDP names by itself

STATE_BASED, ONE_SIDED = "1", "3"
CIVILIANS = "1"
OLD_CIVILIANS = "9999"  # what the numbering before 2017, which the *_dset_id columns carry on, calls them

OLD_NUMBERS = ("conflict_dset_id", "dyad_dset_id", "side_a_dset_id", "side_b_dset_id")
COLUMNS = (
    *("type_of_violence", "conflict_new_id", "conflict_name", "dyad_new_id", "dyad_name"),
    *("side_a_new_id", "side_a", "gwnoa", "side_b_new_id", "side_b", "gwnob"),
    *OLD_NUMBERS,
)


class Group(NamedTuple):
    """Whom a death column counts, as a claim names them: its name, its victims, one of them, several of them."""

    name: str
    victims: str
    one: str
    several: str


class Parties(NamedTuple):
    """The two sides of a row and what their fight belongs to."""

    kind: str  # of the incident
    title: str  # "Government of Iraq – IS"
    groups: tuple["Group", ...]
    dyad: Key
    actors: tuple[Actor, Actor]
    conflicts: tuple[Conflict, Conflict]  # the conflict, then the dyad
    participations: tuple[Participation, Participation]
    kept: dict[str, str]  # columns that the records above do not give back

    def enter(self, into: Records) -> None:
        """Add the actors and conflicts that are not there yet."""
        for actor in self.actors:
            into.actors.setdefault(actor.key, actor)
        for conflict in self.conflicts:
            into.conflicts.setdefault(conflict.key, conflict)


class PartyBook:
    """The parties of one file. Whoever bears two names there gets the first; the row keeps the other."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._made: dict[tuple[bool, tuple[str, ...]], Parties] = {}
        self._cells: itemgetter[Any] | None = None  # of those of COLUMNS that the file has
        self._actors: dict[Key, Actor] = {}
        self._conflicts: dict[Key, Conflict] = {}

    def of(self, row: Row) -> Parties:
        """Read the parties of a row. Raises ``BadCell``."""
        if self._cells is None:
            self._cells = itemgetter(*[column for column in COLUMNS if column in row])
        cells = bool(row.get("relid")), self._cells(row)
        parties = self._made.get(cells)
        if parties is None:
            parties = self._made[cells] = self._make(row)
        return parties

    def _make(self, row: Row) -> Parties:
        conflict_kind = term(row, "type_of_violence", CONFLICT_KINDS)
        conflict = self._conflict(row, "conflict", conflict_kind, None)
        dyad = self._conflict(row, "dyad", conflict_kind, conflict)
        a, b = self._actor(row, "a"), self._actor(row, "b")
        given = {
            "conflict_name": conflict.name,
            "dyad_name": dyad.name,
            "side_a": a.name,
            "side_b": b.name,
            "gwnoa": (a.country or "").removeprefix("gw:"),
            "gwnob": (b.country or "").removeprefix("gw:"),
            **(old_numbers(row) if row.get("relid") else dict.fromkeys(OLD_NUMBERS, "")),
        }
        return Parties(
            kind=term(row, "type_of_violence", INCIDENT_KINDS),
            title=title_of(row),
            groups=(
                combatants("killed-side-a", Victims.SIDE_A, a),
                combatants("killed-side-b", Victims.SIDE_B, b),
                Group("killed-civilians", Victims.CIVILIANS.value, "a civilian", "civilians"),
                Group("killed-unknown", Victims.UNKNOWN.value, "of unknown status", "of unknown status"),
            ),
            dyad=dyad.key,
            actors=(a, b),
            conflicts=(conflict, dyad),
            participations=(Participation(a.key, Role.SIDE_A.value), Participation(b.key, Role.SIDE_B.value)),
            kept={column: row.get(column, "") for column, text in given.items() if row.get(column, "") != text},
        )

    def _conflict(self, row: Row, level: str, kind: str, parent: Conflict | None) -> Conflict:
        number = whole(row, f"{level}_new_id")
        key = f"ucdp-{level}:{number}"
        if key not in self._conflicts:
            name = cut(filled(row, f"{level}_name"), 300)
            slug = slug_of(name, f"ucdp-{level}-{number}")
            if parent and slug == parent.slug:
                slug += "-dyad"
            self._conflicts[key] = Conflict(key, slug, name, kind, parent.key if parent else None)
        return self._conflicts[key]

    def _actor(self, row: Row, side: str) -> Actor:
        number = whole(row, f"side_{side}_new_id")
        key = f"ucdp-actor:{number}"
        if key not in self._actors:
            name = cut(filled(row, f"side_{side}"), 200)
            state = row.get(f"gwno{side}", "").removesuffix(".0")
            country = f"gw:{state}" if state.isascii() and state.isdigit() else None
            self._actors[key] = Actor(key, slug_of(name, f"ucdp-actor-{number}"), name, kind_of(row, side), country)
        return self._actors[key]


def kind_of(row: Row, side: str) -> str:
    """Tell what kind of party a side is, from its number, its name, its state and what it fights."""
    name, states = row[f"side_{side}"], row.get(f"gwno{side}", "")
    if whole(row, f"side_{side}_new_id") == int(CIVILIANS) or name in CIVILIAN_NAMES:
        kind = ActorKind.CIVILIANS
    elif is_placeholder(name):
        kind = ActorKind.UNIDENTIFIED
    elif states or name.startswith("Government of "):
        kind = ActorKind.COALITION if ", Government of " in name or ";" in states else ActorKind.GOVERNMENT
    elif ", " in name:
        kind = ActorKind.COALITION
    else:
        is_state_based = row["type_of_violence"].removesuffix(".0") == STATE_BASED
        kind = ActorKind.REBEL_GROUP if is_state_based else ActorKind.MILITIA
    return kind.value


def combatants(name: str, victims: Victims, actor: Actor) -> Group:
    """Name the fighters of a side; of a placeholder there is nothing to name."""
    side = "an unidentified party" if is_placeholder(actor.name) else actor.name
    return Group(name, victims.value, f"a combatant of {side}", f"combatants of {side}")


def title_of(row: Row) -> str:
    """Name the two sides in a few words, without saying who began."""
    a, b = row["side_a"].strip(), row["side_b"].strip()
    if is_placeholder(a):
        a = "Unidentified party"
    if row["side_b_new_id"].removesuffix(".0") == CIVILIANS:
        return f"{a} against civilians"
    if is_placeholder(b):
        return "Unidentified parties" if is_placeholder(row["side_a"]) else f"{a} – unidentified party"
    return f"{a} – {b}"


def old_numbers(row: Row) -> dict[str, str]:
    """Work out the ``*_dset_id`` columns as UCDP fills them: mostly from the new numbers, for placeholders from the name."""
    kind = row["type_of_violence"]
    a = row["side_a"] if is_placeholder(row["side_a"]) else row["side_a_new_id"]
    b = row["side_b"] if is_placeholder(row["side_b"]) else row["side_b_new_id"]
    b = OLD_CIVILIANS if b == CIVILIANS else b
    if kind == ONE_SIDED:
        conflict = dyad = a
    elif is_placeholder(a):
        dyad = f"{kind}-{a}"
        conflict = a if kind == STATE_BASED else dyad
    else:
        dyad = row["dyad_new_id"]
        conflict = row["conflict_new_id"] if kind == STATE_BASED else dyad
    return dict(zip(OLD_NUMBERS, (conflict, dyad, a, b), strict=True))


def is_placeholder(name: str) -> bool:
    """Whether a name stands for a party that nobody has identified (``XXX475``, by its country)."""
    return name.startswith("XXX")
