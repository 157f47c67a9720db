"""Our own tables as files hold them: columns read off the models, cells there and back, and which table a file is of."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from conflictdb.ingest.cells import as_cell
from conflictdb.ingest.tables import Column, UnknownTable, table_for, table_named, tables
from conflictdb.ingest.values import BadCell


def column(path: str) -> Column:
    """Give a column by table and name."""
    table, name = path.split(".")
    return table_named(table).by_name[name]


def test_tables_come_after_those_that_they_name() -> None:
    assert list(tables()) == [
        *("datasets", "actors", "aliases", "relations", "sources"),
        *("conflicts", "incidents", "participations", "claims", "citations"),
    ]
    seen = set()
    for table in tables().values():
        seen.add(table.model)
        linked = {one.linked for one in table.columns if one.linked}
        assert {one.__name__ for one in linked - seen} <= {"Country"}


def test_columns_are_those_that_an_editor_may_write() -> None:
    for table in tables().values():
        fields = {field.name: field for field in table.model._meta.concrete_fields}
        times = {"created_at", "updated_at"} & fields.keys()
        assert set(table.times) == times
        assert set(table.by_name) == {name for name, field in fields.items() if field.editable} - {"id"}
        assert table.header == [name for name in fields if name in table.by_name or name in times]
    assert table_named("participations").header == ["incident", "actor", "role"]
    assert not {"killed_best", "disputed", "search", "id"} & set(table_named("incidents").header)


def test_keys_and_what_a_new_record_needs() -> None:
    assert {name: table.key for name, table in tables().items() if table.key != ("slug",)} == {
        "aliases": ("actor", "name"),
        "participations": ("incident", "actor", "role"),
        "citations": ("claim", "number"),
    }
    assert table_named("citations").key_columns == {"claim"}
    assert table_named("incidents").required == {"slug", "kind", "title"}
    assert table_named("datasets").required == {"slug", "series", "title", "publisher", "licence", "citation"}
    assert (table_named("incidents").first_status, table_named("claims").first_status) == ("published", "standing")
    assert table_named("actors").first_status == ""


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("incidents.title", '=1+1, "so" \n', '=1+1, "so" \n'),
        ("incidents.title", "NULL", "NULL"),
        ("incidents.summary", "", ""),
        ("incidents.summary", "  ", "  "),
        ("incidents.kind", " armed_attack ", "armed_attack"),
        ("incidents.weapons", "rockets; drones", ["rockets", "drones"]),
        ("incidents.weapons", '["rockets", "drones"]', ["rockets", "drones"]),
        ("incidents.weapons", "", []),
        ("incidents.started_on", "2023-11-15", date(2023, 11, 15)),
        ("incidents.started_on", "2023-11-15 00:00:00", date(2023, 11, 15)),
        ("incidents.started_on", " ", None),
        ("incidents.latitude", "-33.25", -33.25),
        ("incidents.country", " syria ", "syria"),
        ("incidents.country", "", None),
        ("incidents.other_columns", '{"a": [1]}', {"a": [1]}),
        ("incidents.other_columns", "", {}),
        ("claims.low", "3", 3),
        ("claims.low", "3.0", 3),
        ("claims.low", "", None),
        ("claims.is_out_of_order", "TRUE", True),
        ("claims.is_out_of_order", "false", False),
        ("claims.measure", "", ""),
        ("sources.retrieved_at", "2023-11-15T08:30:00Z", datetime(2023, 11, 15, 8, 30, tzinfo=UTC)),
        ("sources.retrieved_at", "2023-11-15 10:30+02:00", datetime(2023, 11, 15, 8, 30, tzinfo=UTC)),
        ("sources.retrieved_at", "2023-11-15 08:30", datetime(2023, 11, 15, 8, 30, tzinfo=UTC)),
    ],
)
def test_cell_is_read(name: str, cell: str, value: Any) -> None:
    assert column(name).read(cell) == value
    assert column(name).read(as_cell(value)) == value
    assert column(name).read(json.dumps(value) if isinstance(value, (list, dict)) else as_cell(value)) == value


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("incidents.title", "", "must not be empty."),
        ("incidents.title", "x" * 301, "Ensure this value has at most 300 characters (it has 301)."),
        ("incidents.kind", "", "must not be empty."),
        (
            "incidents.kind",
            "armed_atack",
            "'armed_atack' is none of its terms; did you mean armed_attack or armed_clash?",
        ),
        (
            "incidents.status",
            "?",
            "'?' is none of its terms, but one of draft, published, retracted.",
        ),
        ("incidents.weapons", "rockets;drone", "'drone' is none of its terms; did you mean drones?"),
        ("incidents.weapons", "[1]", "'[1]' is not a list of texts."),
        ("incidents.started_on", "15/11/2023", "'15/11/2023' is not a day of the calendar written YYYY-MM-DD."),
        ("incidents.latitude", "33N", "'33N' is not a number."),
        ("incidents.latitude", "1_0", "'1_0' is not a number."),
        ("incidents.latitude", "nan", "'nan' is not a number."),
        ("incidents.other_columns", "[]", "is not a JSON object."),
        (
            "incidents.other_columns",
            "{",
            "is not JSON: Expecting property name enclosed in double quotes at character 2.",
        ),
        ("incidents.other_columns", '{"a": NaN}', "NaN is not JSON."),
        ("incidents.other_columns", "[" * 100_000, "is JSON of too many levels."),
        ("claims.low", "-1", "'-1' is not a whole number from 0 up."),
        ("claims.low", "9" * 5_000, f"'{'9' * 40}…' is not a whole number from 0 up."),
        ("claims.low", "2147483648", "Ensure this value is less than or equal to 2147483647."),
        ("claims.is_out_of_order", "yes", "'yes' is neither true nor false."),
        ("claims.is_out_of_order", "", "must not be empty."),
        ("sources.url", "see there", "Enter a valid URL."),
        (
            "sources.retrieved_at",
            "yesterday",
            "'yesterday' is not an instant written like 2023-11-15T08:30:00Z.",
        ),
    ],
)
def test_cell_that_cannot_be_read_is_refused(name: str, cell: str, reason: str) -> None:
    with pytest.raises(BadCell) as caught:
        column(name).read(cell)
    assert (caught.value.column, caught.value.reason) == (name.split(".")[1], reason)


@pytest.mark.parametrize(
    ("file", "columns", "table"),
    [
        ("incidents.csv", "anything", "incidents"),
        ("2024-Incidents.csv", "", "incidents"),
        ("claims.ndjson.gz", "", "claims"),
        ("incidents_2024.csv", "", "incidents"),
        ("/claims/incidents.csv", "", "incidents"),
        ("ours.csv", "claim source exact", "citations"),
        ("ours.csv", "actor name kind", "aliases"),
        ("ours.csv", "slug title kind started_on ended_on date_precision country dataset", "incidents"),
        ("ours.csv", "slug title kind publisher", "sources"),
        ("ours.csv", "slug created_at name kind country", "actors"),
        ("incidents-claims.csv", "slug kind statement", "claims"),
    ],
)
def test_table_is_told_by_name_or_columns(file: str, columns: str, table: str) -> None:
    assert table_for(file, columns.split()).name == table


def test_table_that_cannot_be_told_is_asked_for() -> None:
    with pytest.raises(UnknownTable, match=r"^By its columns it could be sources or incidents\. Name .* --table: data"):
        table_for("x.csv", ["slug", "title", "kind"])
    with pytest.raises(UnknownTable, match=r"^By its columns it is none of our tables\. Name"):
        table_for("x.csv", ["slug"])
    with pytest.raises(UnknownTable, match=r"^There is no table 'incident'; did you mean incidents\?$"):
        table_named("incident")
    with pytest.raises(UnknownTable, match=r"^There is no table '\?'; there are datasets, actors, "):
        table_named("?")


def test_column_that_there_is_not_is_named_with_the_nearest() -> None:
    incidents = table_named("incidents")
    assert incidents.problem_of("titel") == "incidents have no such column; did you mean title or latitude?"
    assert incidents.problem_of("Title") == "incidents have no such column; did you mean title or latitude?"
    assert incidents.problem_of("killed_best") == "incidents have no such column."
    assert (incidents.problem_of("title"), incidents.problem_of("updated_at")) == ("", "")
