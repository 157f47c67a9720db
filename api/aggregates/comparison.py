"""Several lenses side by side: what `compare=` says, and the name that answers give to each of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.filters.lens import BY_ACTORS, LENS
from api.filters.values import FLAG, BadValue, ValueType, nearest
from api.lens import worded
from api.statements import Slot

FEWEST, MOST = 2, 5
EVERYONE = "everyone"
TYPES: Mapping[str, ValueType] = {**{name: each.type for name, each in LENS.items()}, "descendants": FLAG}
NAMES = [f"lens_{number}" for number in range(1, MOST + 1)]
DESCRIPTION = (
    f"{FEWEST} to {MOST} lenses, separated by `;`, to tell the figures under each side by side, of the same incidents: "
    "`compare=according_to=iran;min_reliability=B and resolve=latest;everyone`. Each is the parameters of a lens, joined by "
    f"`and` as in `filter`, with `descendants=true` where it is meant; `{EVERYONE}` is no lens. Rows hold `incidents` once, "
    "and each figure under `lens_1`, `lens_2` … in the order of the lenses, which `lenses` states. Filters find the same "
    "incidents for all of them, those on figures by what everyone says. Takes the place of a lens given by parameters."
)


def words_of(text: str) -> list[dict[str, str]]:
    """Part a text into lenses, each with the words of its parameters, by name; none for everyone. Raises ``BadValue``."""
    lenses = [words_of_one(each.strip()) for each in text.split(";")]
    if not FEWEST <= len(lenses) <= MOST:
        message = f"Holds {len(lenses)} lenses; {FEWEST} to {MOST} are compared, separated by ;"
        raise BadValue(message)
    return lenses


def words_of_one(text: str) -> dict[str, str]:
    """Part one lens into the words of its parameters, by name; none for everyone. Raises ``BadValue``."""
    if text == EVERYONE:
        return {}
    words: dict[str, str] = {}
    for condition in re.split(r"\s+and\s+", text):
        name, equals, value = condition.partition("=")
        if name not in TYPES or not equals:
            known = [*TYPES, EVERYONE]
            message = f'"{condition}" is none of: {", ".join(f"{each}=…" for each in TYPES)}, {EVERYONE}.'
            raise BadValue(message, nearest(name, known))
        if name in words or not value.strip():
            message = f"{name} is given twice in one lens." if name in words else f"{name} has no value."
            raise BadValue(message)
        words[name] = value
    if "descendants" in words and words.keys().isdisjoint(BY_ACTORS):
        message = f"descendants needs {' or '.join(BY_ACTORS)} in the same lens."
        raise BadValue(message)
    return words


def parsed(words: Mapping[str, str]) -> dict[str, Any]:
    """Read the parameters of one lens. Raises ``BadValue``, or a group of them where records are not found."""
    return {name: TYPES[name].parse(value) for name, value in words.items()}


def _parse(text: str) -> list[dict[str, Any]]:
    lenses = [parsed(words) for words in words_of(text)]
    if any(lens in lenses[:place] for place, lens in enumerate(lenses)):
        message = "Holds the same lens twice."
        raise BadValue(message)
    return lenses


COMPARISON = ValueType(_parse, {"type": "string", "pattern": rf"^[^;]+(;[^;]+){{{FEWEST - 1},{MOST - 1}}}$"})


def named(lenses: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each lens with its name."""
    return zip(NAMES, lenses, strict=False)


def shaped(lenses: Sequence[Mapping[str, Any]]) -> tuple[tuple[tuple[str, Any], ...], ...]:
    """Give what the text of a statement depends on: the values that stand in it, and slots for the others."""
    return tuple(
        tuple(
            (parameter, value if _is_constant(parameter) else Slot(f"{name}.{parameter}"))
            for parameter, value in lens.items()
        )
        for name, lens in named(lenses)
    )


def values_of(lenses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give what stands for the slots."""
    return {f"{name}.{parameter}": value for name, lens in named(lenses) for parameter, value in lens.items()}


def _is_constant(parameter: str) -> bool:
    return parameter not in LENS or LENS[parameter].is_constant


def stated(text: str) -> dict[str, dict[str, Any]]:
    """State lenses in the request's own words, by name."""
    return {name: worded(words) for name, words in named(words_of(text))}
