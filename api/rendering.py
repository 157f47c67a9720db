"""How answers are written."""

from dataclasses import dataclass
from typing import Any

from rest_framework.renderers import JSONRenderer


@dataclass(frozen=True)
class Written:
    """An answer that is JSON already."""

    body: bytes


class RecordRenderer(JSONRenderer):
    """Writes JSON; what PostgreSQL has written passes through."""

    def render(self, data: Any, *arguments: Any, **context: Any) -> bytes:
        """Write an answer's content."""
        return data.body if isinstance(data, Written) else super().render(data, *arguments, **context)
