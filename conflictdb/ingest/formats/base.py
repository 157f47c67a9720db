"""What a format is: the one module that knows a publisher's files. Everything else is the shared pipeline's."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date
from typing import ClassVar, NamedTuple

from conflictdb.ingest.records import Key, Records
from conflictdb.ingest.values import Row

Span = tuple[date, date]


class Terms(NamedTuple):
    """What a publisher says of its dataset; the columns of ``Dataset`` besides version and day of release."""

    title: str
    publisher: str
    licence: str
    citation: str
    redistributable: bool
    url: str
    description: str


class Format(ABC):
    """One publisher's files. A format is made once a file; it may remember what it has made."""

    slug: ClassVar[str]  # its name on the command line, and the series of its datasets
    identifiers: ClassVar[str] = ""  # the series of its records' identifiers, where that has another name
    label: ClassVar[str]  # its name for people
    hint: ClassVar[str] = ""  # where its files come from, for `ingest --help` and the admin
    claimant: ClassVar[Key]  # who makes its claims; what others claim of its records is theirs
    revision: ClassVar[int] = 1  # raised when the same row would make other records
    required: ClassVar[frozenset[str]]  # columns without which a file is not of this format
    releases: ClassVar[str] = "numbered as in 22.1"  # how the publisher names them, for people

    def columns(self, header: list[str]) -> list[str]:
        """Name the columns as this format knows them; older layouts may have other names."""
        return [name.strip() for name in header]

    @abstractmethod
    def version_of(self, file_name: str, first: Row) -> str:
        """Read the release from the file's name or first row; empty where neither tells."""

    def order(self, version: str) -> tuple[int, ...]:
        """Give what releases are ordered by, the newer the greater; empty where the publisher would not name one so."""
        return tuple(map(int, version.split("."))) if re.fullmatch(r"\d\d?(\.\d\d?)+", version) else ()

    @abstractmethod
    def terms(self, version: str) -> Terms:
        """Say what the publisher says of the dataset."""

    @abstractmethod
    def days(self, version: str) -> Span | None:
        """Tell the days that a release covers, both included; None where nobody can: then it retracts nothing unasked."""

    def released_on(self, version: str) -> date | None:  # noqa: ARG002 – most releases are named by numbers
        """Tell the day of a release, where its name tells it; None where people have to."""
        return None

    @abstractmethod
    def key(self, row: Row) -> Key:
        """Read what names the row's main record across releases. Raises ``BadCell``."""

    @abstractmethod
    def figures(self, row: Row) -> tuple[int | None, int | None, int | None]:
        """Read the row's own low, best and high number of people killed, for the sums of the report."""

    @abstractmethod
    def add(self, row: Row, into: Records) -> None:
        """Turn a row into records. Raises ``BadCell``."""

    def notes(self) -> Iterable[str]:
        """Say what a reader of the report should know about this format's files; nothing by default."""
        return ()
