"""NDJSON: a line a row, each the JSON that it is in a page of the list."""

from collections.abc import Iterator

from api.documents import document
from api.exports.asked import About, Asked
from api.exports.copying import VERBATIM, blocks, copied


def write(asked: Asked, _about: About) -> Iterator[bytes]:
    """Write the file, piece by piece."""
    values = {"document": document(asked.serializer, asked.records)}
    with copied(asked, values, ["rows.document"], VERBATIM) as rows:
        for block in blocks(rows):
            yield b"".join(block)
