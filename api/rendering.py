"""How answers are written."""

from typing import Any

from rest_framework.renderers import JSONRenderer


class Json(bytes):
    """An answer that is JSON already."""


class RecordRenderer(JSONRenderer):
    """Writes JSON; what PostgreSQL has written passes through."""

    def render(self, data: Any, *arguments: Any, **context: Any) -> bytes:
        """Write an answer's content."""
        return data if isinstance(data, Json) else super().render(data, *arguments, **context)
