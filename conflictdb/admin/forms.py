"""What every form of the admin keeps: the database's rules as form errors, and a slug where none was typed."""

import re
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import Q
from django.utils.text import slugify

LONGEST_BASE = 90


def fresh_slug(model: type[models.Model], text: str) -> str:
    """Make a slug from a text that no record of the model carries: the words, and a number where they are taken."""
    base = slugify(text)[:LONGEST_BASE].strip("-_").replace("_", "-") or str(
        model._meta.model_name
    )  # public in all but its name
    base = re.sub(r"-{2,}", "-", base)
    alike = Q(slug=base) | Q(slug__regex=rf"^{base}-[0-9]{{1,9}}$")
    known = model._base_manager.filter(alike)  # every row, whatever a manager leaves out
    taken = [int(slug[len(base) + 1 :] or 1) for slug in known.values_list("slug", flat=True)]
    return f"{base}-{max(taken) + 1}" if taken else base


class LinesField(forms.CharField):
    """Text whose lines end as they were typed: browsers send a carriage return before every line feed."""

    def to_python(self, value: str | None) -> str:
        """Drop the browser's carriage returns."""
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: str | None, data: str | None) -> bool:
        """Compare the lines, not their ends."""
        return super().has_changed((initial or "").replace("\r\n", "\n"), (data or "").replace("\r\n", "\n"))


class RecordForm(forms.ModelForm):
    """A form whose record passes every constraint of the table before it is stored.

    Django checks only constraints on columns that a form shows; a rule about a hidden status would reach the curator as
    a server error. ``refusal`` carries what the database said where it refused the first attempt to store.
    """

    refusal = ""
    # Columns that are filled when the record is stored, so no rule about them can be checked before.
    filled_on_storing: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        """Let the slug be left empty."""
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text += " Made from the record's words where it is left empty."

    def clean(self) -> dict[str, Any]:
        """Show what the database refused."""
        cleaned = super().clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        return self.cleaned_data if cleaned is None else cleaned

    def validate_constraints(self) -> None:
        """Check every constraint, also those that name a column which this form does not show."""
        if self.instance.pk and not self.has_changed():
            return
        unknown = [*self.errors, *(() if self.instance.pk else self.filled_on_storing)]
        if "slug" in self.fields and not self.instance.slug:
            unknown.append("slug")
        generated = [field.name for field in self._meta.model._meta.concrete_fields if field.generated]  # likewise
        try:
            self.instance.validate_constraints(exclude={*unknown, *generated})
        except ValidationError as error:
            for name, problems in error.update_error_dict({}).items():
                self.add_error(name if name != NON_FIELD_ERRORS and name in self.fields else None, problems)

    def words_for_slug(self) -> str:
        """Give the text that a missing slug is made from."""
        return str(self.instance)

    def save(self, commit: bool = True) -> models.Model:  # noqa: FBT001, FBT002  # Django's own signature
        """Store the record under a slug of its own."""
        if hasattr(self.instance, "slug") and not self.instance.slug:
            self.instance.slug = fresh_slug(type(self.instance), self.words_for_slug())
        return super().save(commit)
