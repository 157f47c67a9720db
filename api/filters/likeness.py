"""Rows found by names that look alike, through what indexes their letters."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Q, TextField
from django.db.models.expressions import RawSQL

from api.search.words import alike, name_in
from api.statements import literal


def named_like(words: str, *tables: tuple[str, str]) -> Q:
    """Rows whose key one of the tables of names has in a column, under a name that looks like the words."""
    if not name_in(words):
        return Q()
    condition = alike("plain", _plain(words))
    found = " UNION ".join(f"SELECT {key} FROM {table} WHERE {condition}" for table, key in tables)  # noqa: S608 – our own names
    return Q(pk__any_of=_array(found, BigIntegerField()))


def at_places_like(words: str) -> Q:
    """Incidents at places whose names look like the words."""
    if not name_in(words):
        return Q()
    at = Q()
    for level in ("place_name", "admin2", "admin1"):
        condition = f"level = '{level}' AND {alike('plain', _plain(words))}"
        at |= Q(**{f"{level}__any_of": _array(f"SELECT name FROM conflictdb_place WHERE {condition}", TextField())})  # noqa: S608 – as above
    return at


def _plain(words: str) -> str:
    return f"plain_name({literal(words)})"


def _array(sql: str, of: Any) -> RawSQL:
    """An array of what is found, made once."""
    return RawSQL(f"ARRAY({sql.replace('%', '%%')})", [], output_field=ArrayField(of))  # noqa: S611 – names of ours and constants
