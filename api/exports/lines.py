"""NDJSON: a line a row, each the JSON that it is in a page of the list."""

from collections.abc import Iterator

from api.exports.asked import About, Asked
from api.exports.copying import VERBATIM, blocks, copied


def write(asked: Asked, _about: About) -> Iterator[bytes]:
    """Write the file, piece by piece."""
    with copied(asked, asked.documents(), ["rows.document"], VERBATIM) as rows:
        for block in blocks(rows):
            yield b"".join(block)
