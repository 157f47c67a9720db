"""Named builders of the constraints that hold the dataset together; a model lists them, the database keeps them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import pairwise

from django.db.models import CheckConstraint, F, Q, Value

from conflictdb.vocabularies import Vocabulary


def in_order(*columns: str, unless: Q | None = None) -> list[CheckConstraint]:
    """Each column is at most the next one, and the first at most the last; a null on either side passes.

    ``unless`` names the rows that are excused.
    """
    pairs = dict.fromkeys([*pairwise(columns), (columns[0], columns[-1])])
    return [
        CheckConstraint(
            condition=Q(**{f"{low}__lte": F(high)}) | _null(low, high) | (unless or Q(pk__in=[])),
            name=f"%(class)s_{low}_at_most_{high}",
            violation_error_message=f"{low} must not exceed {high}.",
        )
        for low, high in pairs
    ]


def within(column: str, low: float, high: float) -> CheckConstraint:
    """A number lies between two bounds, both included; null passes."""
    return CheckConstraint(
        condition=Q(**{f"{column}__range": (low, high)}) | Q(**{f"{column}__isnull": True}),
        name=f"%(class)s_{column}_within_range",
        violation_error_message=f"{column} must lie between {low:g} and {high:g}.",
    )


def term_of(column: str, vocabulary: type[Vocabulary], *, blank: bool = False) -> CheckConstraint:
    """A column holds a code of its vocabulary, or the empty string where ``blank`` allows it."""
    codes = [*vocabulary.values, *([""] if blank else [])]
    return CheckConstraint(
        condition=Q(**{f"{column}__in": codes}),
        name=f"%(class)s_{column}_in_its_vocabulary",
        violation_error_message=f"{column} must be a term of {vocabulary.slug()}: {', '.join(vocabulary.values)}.",
    )


def terms_of(column: str, vocabulary: type[Vocabulary]) -> CheckConstraint:
    """An array column holds codes of its vocabulary only."""
    return CheckConstraint(
        condition=Q(**{f"{column}__contained_by": vocabulary.values}),
        name=f"%(class)s_{column}_in_its_vocabulary",
        violation_error_message=f"{column} must be terms of {vocabulary.slug()}: {', '.join(vocabulary.values)}.",
    )


def filled(column: str) -> CheckConstraint:
    """A text is never empty."""
    return CheckConstraint(
        condition=~Q(**{column: ""}),
        name=f"%(class)s_{column}_is_filled",
        violation_error_message=f"{column} must not be empty.",
    )


def at_most_days_apart(first: str, last: str, limits: Mapping[str, int], precision: str) -> CheckConstraint:
    """Two days lie no further apart than the term in ``precision`` allows; a term without a limit allows anything."""
    allowed = ~Q(**{f"{precision}__in": list(limits)})
    for term, days in limits.items():
        allowed |= Q(**{precision: term, f"{last}__lte": F(first) + Value(timedelta(days=days))})
    return CheckConstraint(
        condition=allowed,
        name=f"%(class)s_{first}_to_{last}_within_{precision}",
        violation_error_message=f"{first} and {last} lie further apart than {precision} says.",
    )


def both_or_neither(first: str, second: str) -> CheckConstraint:
    """Two columns are given together or not at all."""
    return CheckConstraint(
        condition=Q(**{f"{first}__isnull": True, f"{second}__isnull": True})
        | Q(**{f"{first}__isnull": False, f"{second}__isnull": False}),
        name=f"%(class)s_{first}_with_{second}",
        violation_error_message=f"{first} and {second} must be given together or not at all.",
    )


def any_given(columns: Iterable[str], *, name: str, message: str) -> CheckConstraint:
    """At least one of several columns is given."""
    condition = Q(pk__in=[])
    for column in columns:
        condition |= Q(**{f"{column}__isnull": False})
    return CheckConstraint(condition=condition, name=f"%(class)s_{name}", violation_error_message=message)


def when(premise: Q, then: Q, *, name: str, message: str) -> CheckConstraint:
    """Wherever the premise is true, so is the consequence.

    A premise must be about columns that are never null: in SQL the negation of an unknown is unknown, and passes.
    """
    return CheckConstraint(condition=~premise | then, name=f"%(class)s_{name}", violation_error_message=message)


def exactly_when(premise: Q, then: Q, *, name: str, message: str) -> CheckConstraint:
    """The two conditions are true together and false together."""
    return CheckConstraint(
        condition=(premise & then) | (~premise & ~then), name=f"%(class)s_{name}", violation_error_message=message
    )


def different(first: str, second: str) -> CheckConstraint:
    """Two links never point to the same record; with ``second`` the record's own ``id``, a link never points to itself."""
    message = f"A record cannot name itself as {first}." if second == "id" else f"{first} and {second} must differ."
    return CheckConstraint(
        condition=~Q(**{first: F(second)}),
        name=f"%(class)s_{first}_is_not_{second}",
        violation_error_message=message,
    )


def slug_form() -> CheckConstraint:
    """A slug is lower-case letters, digits and single hyphens between them."""
    return CheckConstraint(
        condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"),
        name="%(class)s_slug_is_lower_case_words",
        violation_error_message="slug must be lower-case letters and digits, joined by single hyphens.",
    )


def letters(column: str, pattern: str, message: str) -> CheckConstraint:
    """A text matches a pattern where it is given; the empty string passes."""
    return CheckConstraint(
        condition=Q(**{column: ""}) | Q(**{f"{column}__regex": pattern}),  # most are empty: that is looked at first
        name=f"%(class)s_{column}_in_its_form",
        violation_error_message=message,
    )


def _null(*columns: str) -> Q:
    """Build the condition that at least one of the columns is null."""
    condition = Q(pk__in=[])
    for column in columns:
        condition |= Q(**{f"{column}__isnull": True})
    return condition
