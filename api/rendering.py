"""How answers are written."""

from dataclasses import dataclass
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
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


class OneForm(DefaultContentNegotiation):
    """Gives a document of one form to whoever asks for it: few write its media type alike."""

    def select_renderer(self, _request: Any, renderers: Any, _suffix: Any = None) -> Any:
        """Choose the only one."""
        return renderers[0], renderers[0].media_type
