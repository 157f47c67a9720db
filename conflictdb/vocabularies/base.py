"""What a closed list is: Django choices whose every term also carries its definition and its counterparts elsewhere."""

import re
from dataclasses import dataclass, field
from typing import Self

from django.db import models


@dataclass(frozen=True)
class Term:
    """One entry of a closed list.

    ``crosswalk`` names the counterparts in other codebooks, by system: ``{"ucdp": ("1",), "acled": ("Battles",)}``.
    """

    code: str
    label: str
    definition: str
    crosswalk: dict[str, tuple[str, ...]] = field(default_factory=dict)


def term(code: str, label: str, definition: str, **crosswalk: str | tuple[str, ...]) -> Term:
    """Write a term in one line; a single counterpart may be given as a plain string."""
    return Term(code, label, definition, {k: (v,) if isinstance(v, str) else v for k, v in crosswalk.items()})


class Vocabulary(models.TextChoices):
    """A closed list; a member's value is its code, its term tells the rest. The class docstring is its definition."""

    term: Term

    def __new__(cls, term: Term) -> Self:
        """Make the member a plain string, so that it compares and stores as its code."""
        member = str.__new__(cls, term.code)
        member._value_ = term.code
        member.term = term
        return member

    @property
    def label(self) -> str:
        """The name people read; Django would otherwise make one up from the member's Python name."""
        return self.term.label

    @classmethod
    def slug(cls) -> str:
        """The list's name in URLs: ``PlacePrecision`` is ``place-precision``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """The list's name in prose: ``PlacePrecision`` is "Place precision"."""
        return cls.slug().replace("-", " ").capitalize()

    @classmethod
    def definition(cls) -> str:
        """What the list is for, as one line of prose."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def ranks(cls) -> dict[str, int]:
        """Each code's place in the list's own order, from 0."""
        return {member.value: place for place, member in enumerate(cls)}
