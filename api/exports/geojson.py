"""GeoJSON (RFC 7946): a feature a row, its properties the columns that CSV has, under their names; no place, no geometry.

Map programs know no objects within properties: one would be a text to them, and no number in it could be asked for. Lists of
records have no other place, and stay arrays.

Where the file comes from is told first, as `metadata`; its `bbox` comes last, so that the first row need not wait for it.
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import Case, F, Func, JSONField, Q, QuerySet, Value, When

from api.exports.asked import About, Asked
from api.exports.columns import properties
from api.exports.copying import VERBATIM, blocks, copied
from api.spelling import Document, JSONText

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "An RFC 7946 feature collection of every row that matches.",
    "required": ["type", "metadata", "features"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"], "description": "What GeoJSON calls it."},
        "metadata": {
            "type": "object",
            "description": "Where the file comes from: its `query`, the `revision` of the dataset that it was read at, and "
            "the `datasets` that its rows are from, with licence and citation; of aggregates also `totals`, `spanning` and "
            "`left_out`.",
        },
        "features": {
            "type": "array",
            "description": "A feature a row, in order: a record's `id` is its slug, the `properties` are the columns "
            "that CSV has, by their names (`killed.best`), lists as arrays; its `geometry` is null where no place is known.",
            "items": {"type": "object"},
        },
        "bbox": {
            "type": "array",
            "description": "West, south, east and north, in degrees, of all that has a place; absent where nothing has.",
            "items": {"type": "number"},
            "minItems": 4,
            "maxItems": 4,
        },
    },
}


def write(asked: Asked, about: About) -> Iterator[bytes]:
    """Write the file, piece by piece."""
    metadata = json.dumps(about.as_json(), ensure_ascii=False)
    head = f'{{"type": "FeatureCollection", "metadata": {metadata}, "features": [\n'.encode()
    with copied(asked, asked.features(), ["rows.feature"], VERBATIM) as rows:
        for block in blocks(rows):
            yield head + b",".join(block)
            head = b","
    tail = f'], "bbox": {json.dumps(box)}}}\n' if (box := asked.bounds()) else "]}\n"
    yield (b"" if head == b"," else head) + tail.encode()


def feature(
    serializer: Any, records: QuerySet, place: tuple[str, str], instead: Mapping[str, Any] = MappingProxyType({})
) -> Document:
    """A row as a feature: the serializer tells its properties, two columns its longitude and latitude.

    ``instead`` holds expressions that stand for columns of the records.
    """
    point = {
        "type": Value("Point"),
        "coordinates": Func(*map(F, place), template="ARRAY[%(expressions)s]", output_field=JSONField()),
    }
    is_known = Q(**{f"{name}__isnull": False for name in place})
    return Document(
        {
            "type": Value("Feature"),
            "id": F("slug"),
            "geometry": Case(When(is_known, then=Document(point)), output_field=JSONText()),
            "properties": properties(serializer, records, instead),
        }
    )
