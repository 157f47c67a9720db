"""Statements prepared once in each connection, each run by one call of libpq.

Not psycopg's own cursors: these take an answer piece by piece as it arrives, and want Python's lock again for each of some
twenty pieces of a page. Here the lock is given up once, until the answer is whole.
"""

from collections import OrderedDict
from collections.abc import Sequence
from enum import StrEnum
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

MOST = 200  # statements that each connection keeps, the latest used

Opened = psycopg.Connection[Any]
Key = tuple[str, tuple[int, ...]]  # a text, and the types of its values


class Plans(StrEnum):
    """How PostgreSQL is to plan a statement, as its ``plan_cache_mode`` has it."""

    ONCE = "force_generic_plan"  # for all values alike
    AS_IT_SEES_FIT = "auto"  # for the values of each of the first five runs, and then for all where that looks no worse


class Kept:
    """What a connection keeps."""

    def __init__(self) -> None:
        """Begin as connections do."""
        self.names: OrderedDict[Key, bytes] = OrderedDict()
        self.plans = Plans.AS_IT_SEES_FIT


_kept: WeakKeyDictionary[Opened, Kept] = WeakKeyDictionary()
_numbers = count()


class PreparedCursor:
    """Runs one statement with its values. It has what Django's wrapper of cursors asks for, its log of queries included."""

    def __init__(self, opened: Opened, values: Sequence[Any], plans: Plans = Plans.AS_IT_SEES_FIT) -> None:
        """Take the values with the cursor, since Django's log of queries cannot show them in a text of this form."""
        self.opened, self.values, self.plans = opened, values, plans
        self.adapting = Transformer(opened)

    def execute(self, text: str) -> None:
        """Run a statement that finds rows. Raises psycopg's errors."""
        if not self.opened.autocommit and self.opened.pgconn.transaction_status == TransactionStatus.IDLE:
            self.opened.execute("SELECT")  # psycopg begins a transaction with the first statement that it runs itself
        values: Any = self.adapting.dump_sequence(self.values, [PyFormat.AUTO] * len(self.values))
        kept = _kept.setdefault(self.opened, Kept())
        if self.values:  # without any, all plans are the same
            self._choose_plans(kept)
        names, key = kept.names, (text, self.adapting.types or ())
        if key not in names:
            names[key] = self._prepare(text)
        names.move_to_end(key)
        found = self.opened.pgconn.exec_prepared(names[key], values, self.adapting.formats)
        try:
            self._verify(found, ExecStatus.TUPLES_OK)
        except FeatureNotSupported:  # the tables have changed since, and with them the types of what it finds
            del names[key]
            raise
        while len(names) > MOST:
            _, oldest = names.popitem(last=False)
            self.opened.pgconn.exec_(b"DEALLOCATE " + oldest)
        self.adapting.set_pgresult(found)

    @property
    def written(self) -> list[bytes | None]:
        """The first column, as the bytes that PostgreSQL wrote."""
        found: Any = self.adapting.pgresult
        return [found.get_value(row, 0) for row in range(found.ntuples)]

    def row(self, number: int) -> tuple[Any, ...]:
        """Give one whole row as Python values."""
        (row,) = self.adapting.load_rows(number, number + 1, tuple)
        return row

    def _choose_plans(self, kept: Kept) -> None:
        """Tell the connection how to plan, where that is not how it does already.

        Within a transaction for as long as that lasts: undone, it would take back what is kept here.
        """
        is_within = self.opened.pgconn.transaction_status != TransactionStatus.IDLE
        if is_within or self.plans != kept.plans:
            scope = b"LOCAL" if is_within else b"SESSION"
            told = self.opened.pgconn.exec_(b"SET %s plan_cache_mode = %s" % (scope, self.plans.encode()))
            self._verify(told, ExecStatus.COMMAND_OK)
            if not is_within:
                kept.plans = self.plans

    def _prepare(self, text: str) -> bytes:
        name = b"conflictdb_%d" % next(_numbers)
        prepared = self.opened.pgconn.prepare(name, text.encode(), self.adapting.types)
        self._verify(prepared, ExecStatus.COMMAND_OK)
        return name

    def _verify(self, result: Any, expected: ExecStatus) -> None:
        if result.status == expected:
            return
        error = error_from_result(result, self.opened.info.encoding)
        if self.opened.closed:  # libpq itself tells of that, without a code that would name the error
            raise psycopg.OperationalError(str(error))
        raise error
