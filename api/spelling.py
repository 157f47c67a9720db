"""JSON put together as one text: of each value as JSON spells it, and of the constants that stand between two values.

PostgreSQL's own ``row_to_json`` looks up the type of each column for each row anew, and forms a row, a document and a copy
of it for each record that is nested. Here a type is known when the statement is compiled: what JSON has nothing to escape in
goes into the text as it is, and what is nested in the same row is no document of its own. It is text and not ``json``:
PostgreSQL would read a text through before it took it for JSON.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, CharField, Field, Func, IntegerField, Subquery, TextField, Value
from django.db.models.expressions import Col

from api.statements import Slot

MOST_ARGUMENTS = 100  # that a function of PostgreSQL takes


class JSONText(TextField):
    """What holds JSON as text."""


class PlainText(CharField):
    """What holds text in which JSON has nothing to escape."""


AS_IT_IS = (JSONText, PlainText, BooleanField, IntegerField)  # no expression of these looks for other rows


class Sql(NamedTuple):
    """A piece of SQL and its arguments."""

    text: str
    arguments: tuple[Any, ...] = ()

    def within(self, template: str) -> "Sql":
        """The same within more SQL."""
        return Sql(template.format(self.text), self.arguments)


# A subquery is planned for one row. For all the rows that a page is cut out of, EXISTS would be a look through a whole table.
FOR_ONE_ROW = "(SELECT {})"
Piece = str | Sql  # a constant, or SQL for what is never null


class Address(Func):
    """An address on this server: texts in which JSON has nothing to escape, one behind the other, with a slot among them."""

    output_field = PlainText()
    template, arg_joiner = "(%(expressions)s)", " || "


class Document(Func):
    """A JSON object of named expressions, as text."""

    output_field = JSONText()

    def __init__(self, members: Mapping[str, Any]) -> None:
        """Name the expressions, in the order that the object shows them in."""
        self.names = list(members)
        super().__init__(*members.values())

    def with_member(self, name: str, expression: Any) -> "Document":
        """The same object with one more member, at its end."""
        return Document({**dict(zip(self.names, self.get_source_expressions(), strict=True)), name: expression})

    def as_sql(self, compiler: Any, *_: Any, **__: Any) -> Any:
        """Write it as the concatenation of its pieces."""
        return _concatenated(_spelled(self, compiler))

    def pieces(self, compiler: Any) -> list[Piece]:
        """Give what the object is made of."""
        return ["{", *self.members(compiler), "}"]

    def members(self, compiler: Any) -> list[Piece]:
        """Give what stands between its braces."""
        made: list[Piece] = []
        for name, expression in zip(self.names, self.get_source_expressions(), strict=True):
            comma = "," if made else ""
            if isinstance(expression, Spread):
                made += [comma, _sql(expression, compiler)]
            else:
                made += [f"{comma}{json.dumps(name)}:", *_spelled(expression, compiler)]
        return made


class Members(Document):
    """The members of an object without its braces, to be spread among those of another."""

    def pieces(self, compiler: Any) -> list[Piece]:
        """Give what they are made of."""
        return self.members(compiler)


class Spread(Func):
    """What a subquery for one row's ``Members`` gives, among the members of a document; all null where there is no row."""

    output_field = JSONText()

    def __init__(self, members: Subquery, names: Sequence[str]) -> None:
        """Take the subquery, and the names of all members that it gives."""
        self.names = names
        super().__init__(members)

    def as_sql(self, compiler: Any, *_: Any, **__: Any) -> Any:
        """Write it."""
        (members,) = self.get_source_expressions()
        found = _sql(members, compiler)
        nothing = ",".join(f"{json.dumps(name)}:null" for name in self.names)
        return Sql(f"coalesce({found.text}, %s)", (*found.arguments, nothing))


class InJSON(Func):
    """An expression as JSON, as text; null where it is null."""

    output_field = JSONText()

    def as_sql(self, compiler: Any, *_: Any, **__: Any) -> Any:
        """Write it by the type of the expression."""
        (expression,) = self.get_source_expressions()
        sql = _sql(expression, compiler)
        if _is_documents(expression.output_field):
            return sql.within("('[' || array_to_string({}, ',') || ']')")
        return sql if isinstance(expression.output_field, JSONText) else sql.within("to_json({})::text")


def _spelled(expression: Any, compiler: Any) -> list[Piece]:
    """Spell an expression in JSON.

    A column that may not be null is taken never to be: rows that an outer join leaves out are nobody's to show.
    """
    if isinstance(expression, Document):
        return expression.pieces(compiler)
    if isinstance(expression, Address):
        return ['"', *(_plain(part, compiler) for part in expression.get_source_expressions()), '"']
    if isinstance(expression, Value):
        return [json.dumps(expression.value, ensure_ascii=False)]
    sql, field = _sql(expression, compiler), expression.output_field
    is_known = isinstance(expression, Col) and not field.null
    if _is_documents(field):
        return ["[", sql.within("array_to_string({}, ',')"), "]"]
    if not isinstance(expression, Col | Subquery) and not isinstance(field, AS_IT_IS):
        sql = sql.within(FOR_ONE_ROW)
    return ['"', sql, '"'] if is_known and _is_plain(field) else [sql.within(_template(field, is_known=is_known))]


def _template(field: Field, *, is_known: bool) -> str:
    """Tell how values of a type are spelled, which are never null where they are ``is_known``."""
    if isinstance(field, JSONText):
        return "coalesce({}, 'null')"
    if _is_plain(field):
        return """coalesce('"' || {} || '"', 'null')"""
    if isinstance(field, BooleanField | IntegerField):
        return "{}::text" if is_known else "coalesce({}::text, 'null')"
    return "to_json({})" if is_known else "coalesce(to_json({}), 'null'::json)"


def _plain(part: Any, compiler: Any) -> Piece:
    """Write a part of an address: a path of ours, the address of the server, or a column. Raises ``TypeError``."""
    if isinstance(part, Value):
        return str(part.value)
    sql = _sql(part, compiler)
    if isinstance(part, Slot):
        return sql.within("{}::text")
    if not _is_plain(part.output_field):
        message = f"{part} may hold what JSON escapes, and so cannot be part of an address."
        raise TypeError(message)
    return sql


def _concatenated(pieces: list[Piece]) -> Sql:
    """Write pieces one behind the other: constants that meet are one, and calls take no more arguments than they may."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    parts = [Sql("%s", (piece,)) if isinstance(piece, str) else piece for piece in merged]
    starts = range(0, len(parts), MOST_ARGUMENTS)
    calls = [f"concat({', '.join(part.text for part in parts[at : at + MOST_ARGUMENTS])})" for at in starts]
    arguments = tuple(argument for part in parts for argument in part.arguments)
    return Sql(calls[0] if len(calls) == 1 else f"({' || '.join(calls)})", arguments)


def _sql(expression: Any, compiler: Any) -> Sql:
    text, arguments = compiler.compile(expression)
    return Sql(text, (*arguments,))


def _is_documents(field: Field) -> bool:
    """Whether an expression gives several documents."""
    return isinstance(field, ArrayField) and isinstance(field.base_field, JSONText)


def _is_plain(field: Field) -> bool:
    """Whether JSON has nothing to escape in a text: a slug, or a code, which a constraint holds to its letters."""
    if isinstance(field, PlainText):
        return True
    if not isinstance(field, CharField) or not hasattr(field, "model"):
        return False
    name = f"{field.model._meta.model_name}_{field.name}"
    held = {each.name for each in field.model._meta.constraints}
    return not held.isdisjoint({f"{name}_is_lower_case_words", f"{name}_in_its_vocabulary"})
