"""The gate for query parameters: what a view does not know, or cannot read, is refused by name, never ignored."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

from rest_framework.request import Request

from api.errors import InvalidParameters, ParameterError
from api.filters.values import BadValue, ValueType, flat, nearest

LONGEST_VALUE = 4_000
MOST_PARAMETERS = 200  # more than any list knows; naming the faults of thousands would take seconds


def read(
    request: Request,
    types: Mapping[str, ValueType],
    faults_of: Callable[[Mapping[str, Any]], Mapping[str, str]] = lambda _: {},
    foreign: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Read every parameter as its type says; all that is unknown, given twice, empty or malformed is refused at once.

    ``faults_of`` judges values together, by name, once each was read well. ``foreign`` says why there are not
    some parameters here that may be expected.
    """
    raw = request.META.get("QUERY_STRING", "").encode("latin-1")
    if raw.count(b"&") >= MOST_PARAMETERS:
        raise InvalidParameters([ParameterError("", f"More than {MOST_PARAMETERS} parameters are given.")])
    illegible = _illegible(raw)
    errors = [ParameterError(name, detail) for name, detail in illegible.items()]
    values = {}
    for name, texts in request.query_params.lists():
        if name in illegible:
            continue
        if fault := _fault(name, texts, types):
            errors.append(ParameterError(name, foreign[name]) if foreign and name in foreign else fault)
            continue
        try:
            values[name] = types[name].parse(",".join(dict.fromkeys(texts)))
        except* BadValue as faults:
            errors += [ParameterError(name, str(fault), fault.nearest) for fault in flat(faults)]
    if errors:
        raise InvalidParameters([*errors, *_unfounded(values, types)])
    if together := faults_of(values):
        raise InvalidParameters([ParameterError(name, fault) for name, fault in together.items()])
    return values


def verify(given: Mapping[str, Any], types: Mapping[str, ValueType]) -> None:
    """Refuse values that name nothing. They find nothing either: this is for an answer that would be empty."""
    if errors := _unfounded(given, types):
        raise InvalidParameters(errors)


def _illegible(raw: bytes) -> dict[str, str]:
    """Find the parameters that are no text, or that the database could not hold, by name; tell what is wrong with each."""
    found = {}
    for piece in raw.split(b"&"):
        name = unquote_plus(piece.partition(b"=")[0].decode(errors="replace"), errors="replace")
        try:
            if "\0" in unquote_to_bytes(piece).decode():
                found[name] = "Holds a NUL character."
        except UnicodeDecodeError:
            found[name] = "Is not valid UTF-8."
    return found


def _fault(name: str, texts: list[str], known: Mapping[str, ValueType]) -> ParameterError | None:
    """Tell what is wrong with one parameter as it was written, if anything is.

    A list is written ``a,b``; many clients write one by giving the name again, which can mean nothing else.
    """
    if name not in known:
        return ParameterError(name, "There is no such parameter here.", nearest(name, known))
    # the same twice is what some clients make of a link; it leaves no doubt
    if len({*texts}) > 1 and known[name].schema.get("type") != "array":
        return ParameterError(name, "Given more than once; lists are written name__in=a,b.")
    if not all(text.strip() for text in texts):
        return ParameterError(name, "Has no value; leave the parameter out instead.")
    if sum(map(len, texts)) > LONGEST_VALUE:
        return ParameterError(name, f"Longer than {LONGEST_VALUE:,} characters.")
    return None


def _unfounded(given: Mapping[str, Any], types: Mapping[str, ValueType]) -> list[ParameterError]:
    """Find the values, read before, that name nothing in the database."""
    errors = []
    for name, value in given.items():
        try:
            if name in types and (verify := types[name].verify):
                verify(value)
        except BadValue as fault:
            errors.append(ParameterError(name, str(fault), fault.nearest))
    return errors
