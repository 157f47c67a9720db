"""The gate for query parameters: what a view does not know, or cannot read, is refused by name, never ignored."""

from collections.abc import Iterable
from difflib import get_close_matches
from urllib.parse import unquote_to_bytes

from rest_framework.request import Request

from api.errors import InvalidParameters, ParameterError

LONGEST_VALUE = 4_000


def nearest(given: str, valid: Iterable[str]) -> list[str]:
    """Choose up to three valid names that look most like what was given."""
    return get_close_matches(given.lower(), list(valid), n=3, cutoff=0.5)


def check(request: Request, known: Iterable[str]) -> None:
    """Refuse unknown, repeated, empty, over-long or unreadable parameters, all of them at once."""
    raw = request.META.get("QUERY_STRING", "").encode("latin-1")
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as error:
        detail = f"The query string is not valid UTF-8 (byte {error.start})."
        raise InvalidParameters([ParameterError("", detail)]) from None
    if "\0" in text:
        raise InvalidParameters([ParameterError("", "The query string holds a NUL character.")])
    known = list(known)
    errors = [error for name, values in request.query_params.lists() if (error := _fault(name, values, known))]
    if errors:
        raise InvalidParameters(errors)


def _fault(name: str, values: list[str], known: list[str]) -> ParameterError | None:
    """Tell what is wrong with one parameter as it was written, if anything is."""
    if name not in known:
        return ParameterError(name, "There is no such parameter here.", nearest(name, known))
    if len(values) > 1:
        return ParameterError(name, "Given more than once; lists are written name__in=a,b.")
    if not values[0].strip():
        return ParameterError(name, "Has no value; leave the parameter out instead.")
    if len(values[0]) > LONGEST_VALUE:
        return ParameterError(name, f"Longer than {LONGEST_VALUE:,} characters.")
    return None
