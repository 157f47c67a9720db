"""Pages of a list that never counts a table of millions to its end."""

from functools import cached_property
from typing import TYPE_CHECKING, cast

from django.core.paginator import Paginator

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 5_000


class BoundedPaginator(Paginator):
    """Counts at most one row more than it offers; who needs a later row narrows the list."""

    most = MOST

    @cached_property
    def count(self) -> int:
        """The number of rows, or ``MOST`` where there are more."""
        return min(cast("QuerySet", self.object_list).order_by()[: MOST + 1].count(), MOST)
