"""Why the database refused a record, in the words of the rule that was broken."""

from typing import Any

from django.apps import apps
from django.db.models import CheckConstraint, Q, UniqueConstraint


def refusal_of(error: Exception) -> str:
    """Say which rule the database refused a record by: the rule's own sentence, or the trigger's."""
    diagnosis = getattr(error.__cause__ or error, "diag", None)
    constraint = _constraint(diagnosis)
    if constraint is not None:
        return str(constraint.get_violation_error_message())
    return getattr(diagnosis, "message_primary", None) or str(error).splitlines()[0]


def column_of(error: Exception) -> str:
    """Name the column that a record was refused for; empty where the rule is about several, or the database does not say."""
    diagnosis = getattr(error.__cause__ or error, "diag", None)
    constraint = _constraint(diagnosis)
    names: set[str] = set()
    if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
        names = constraint.condition.referenced_base_fields - {"pk", "id"}
    elif isinstance(constraint, UniqueConstraint):
        names = set(constraint.fields)
    elif name := getattr(diagnosis, "column_name", None):
        names = {name.removesuffix("_id")}
    return "".join(names) if len(names) == 1 else ""


def _constraint(diagnosis: Any) -> Any:
    """Find the model's constraint that the database names; None where it is none of a model's."""
    name = getattr(diagnosis, "constraint_name", None)
    models = apps.get_app_config("conflictdb").get_models()
    return next((one for model in models for one in model._meta.constraints if one.name == name), None)
