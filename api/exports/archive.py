"""A zip file that is written from its beginning to its end, and sent as it is written: its files' sizes follow them.

Packed by ISA-L, five times as fast as zlib, which lets other threads go on meanwhile.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from isal import isal_zlib

MOST = (
    1 << 32
) - 1  # bytes of a file, packed or not: beyond it zip has a form that spreadsheets do not read in streams
VERSION, FLAGS, DEFLATED = 20, 1 << 3 | 1 << 11, 8  # sizes follow, names are UTF-8
DAY = 1 << 5 | 1  # 1 January 1980, the first that zip knows: the same rows make the same file
LEVEL = 1


class Entry(NamedTuple):
    """A file that is in the archive."""

    name: bytes
    checksum: int
    packed: int
    size: int
    start: int


class Archive:
    """The archive. Whatever its methods give is to be sent, in order."""

    def __init__(self) -> None:
        """Begin."""
        self.entries: list[Entry] = []
        self.sent = 0

    def add(self, name: str, pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
        """Write a file. Raises ``OverflowError`` where it grows too large for the format."""
        start, called = self.sent, name.encode()
        fields = (VERSION, FLAGS, DEFLATED, 0, DAY, 0, 0, 0, len(called), 0)
        yield self._sending(b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *fields) + called)
        packer = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)
        checksum = packed = size = 0
        is_first = True
        for piece in pieces:
            checksum = isal_zlib.crc32(piece, checksum)
            size += len(piece)
            held = packer.compress(piece)
            if is_first:
                held += packer.flush(isal_zlib.Z_SYNC_FLUSH)
                is_first = False
            packed += len(held)
            if max(size, packed) > MOST:
                message = f"{name} is larger than the {MOST:,} bytes that a file of a zip file may have."
                raise OverflowError(message)
            if held:
                yield self._sending(held)
        held = packer.flush()
        packed += len(held)
        yield self._sending(held + b"PK\x07\x08" + struct.pack("<III", checksum, packed, size))
        self.entries.append(Entry(called, checksum, packed, size, start))

    def end(self) -> bytes:
        """Write the list of files, which ends the archive. Raises ``struct.error`` beyond what the format holds."""
        listed = b"".join(map(_listed, self.entries))
        count = len(self.entries)
        return listed + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(listed), self.sent, 0)

    def _sending(self, piece: bytes) -> bytes:
        self.sent += len(piece)
        return piece


def _listed(entry: Entry) -> bytes:
    sizes = (entry.checksum, entry.packed, entry.size, len(entry.name))
    fields = (VERSION, VERSION, FLAGS, DEFLATED, 0, DAY, *sizes, 0, 0, 0, 0, 0, entry.start)
    return b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", *fields) + entry.name
