"""How a file is asked for, what travels along with it, and what is refused."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from api.exports.answer import places
from api.exports.asked import Terms
from conflictdb import serving
from conflictdb.models import Dataset, Incident
from tests import make
from tests.api.exporting import RECORDS, export

pytestmark = pytest.mark.django_db(transaction=True)
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def ask(client: Client, path: str, **headers: str) -> Any:
    """Ask, and read the answer to its end."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: Any = client.get(f"/api/v1/{path}", headers=sent)
    if answer.streaming:
        answer.body = b"".join(answer.streaming_content)
    return answer


@pytest.mark.parametrize("name", TYPES)
def test_format_is_chosen_by_parameter_or_by_accept(client: Client, name: str) -> None:
    make.make_incident()
    media = TYPES[name].partition(";")[0]
    for answer in (
        ask(client, f"incidents/?format={name}"),
        ask(client, "incidents/", accept=media),
        ask(client, f"incidents/?format={name}", accept="application/json"),
        ask(client, "incidents/", accept=f"text/html, {media};q=0.9, application/json;q=0.5"),
    ):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, TYPES[name])
        assert "Accept" in answer.headers["Vary"]


def test_whoever_takes_anything_gets_json(client: Client) -> None:
    for accepted in ("*/*", "text/html,application/xhtml+xml,*/*;q=0.8"):
        assert ask(client, "incidents/", accept=accepted).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("path", "accepted", "status"),
    [
        ("incidents/", "text/turtle", 406),
        ("incidents/", "text/csv;q=0", 406),
        ("actors/", "application/geo+json", 406),
        ("incidents/one/", "text/csv", 406),
        ("search/?q=x", "text/csv", 406),
        ("incidents/one/?format=json", "*/*", 400),
    ],
)
def test_what_there_is_not_is_refused(client: Client, path: str, accepted: str, status: int) -> None:
    make.make_incident(slug="one")
    answer = ask(client, path, accept=accepted)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "parameter", "detail"),
    [
        ("incidents/?format=cvs", "format", '"cvs" is none of: json, csv, ndjson, geojson, parquet, xlsx.'),
        ("actors/?format=geojson", "format", '"geojson" is none of: json, csv, ndjson, parquet, xlsx.'),
        ("incidents/?format=csv&page_size=5", "page_size", "Is for pages; csv holds every row that matches."),
        ("incidents/?format=ndjson&count=exact", "count", "Is for pages; ndjson holds every row that matches."),
        ("incidents/?hxl=true", "hxl", "Is for csv; the answer would be json."),
        ("incidents/?format=ndjson&hxl=true", "hxl", "Is for csv; the answer would be ndjson."),
        ("incidents/?format=csv&contry=x", "contry", "There is no such parameter here."),
        ("incidents/?format=csv&country=x", "country", 'There is no country "x".'),
        ("incidents/?format=ndjson&actor=x&kind=strike", "actor", 'There is no actor "x".'),
    ],
)
def test_bad_question_is_a_400_and_no_file(client: Client, path: str, parameter: str, detail: str) -> None:
    make.make_incident()
    answer = ask(client, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["detail"]) == (parameter, detail)
    assert "Content-Disposition" not in answer.headers


def test_cursor_is_of_pages_and_stays_with_its_query(client: Client) -> None:
    for _ in range(2):
        make.make_incident()
    following = client.get("/api/v1/incidents/?page_size=1").json()["next"].split("/api/v1/")[1]
    assert ask(client, f"{following}&format=json").status_code == 200
    errors = ask(client, f"{following}&format=csv").json()["errors"]
    assert {error["parameter"] for error in errors} == {"page_size", "cursor"}


def test_licence_citation_query_and_revision_travel_along(client: Client) -> None:
    address = "https://example.org/terms of use"
    ours = make.make_dataset(slug="ours", citation="Ours “quoted”.")
    theirs = make.make_dataset(slug="theirs", licence=address)
    make.make_dataset(slug="unused", licence="MIT")
    withheld = make.make_dataset(slug="withheld", licence="none", redistributable=False)
    for dataset in (ours, ours, theirs, withheld):
        make.make_incident(dataset=dataset, kind="riot")
    answer = ask(client, "incidents/?format=geojson&kind=riot")
    revision = answer.headers["Conflictdb-Revision"]
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="conflictdb-incidents-{revision[:13]}.geojson"'
    )
    assert answer.headers["Link"] == (
        '<https://spdx.org/licenses/CC-BY-4.0.html>; rel="license", <https://example.org/terms%20of%20use>; rel="license", '
        '<http://testserver/api/v1/datasets/ours/>; rel="describedby", '
        '<http://testserver/api/v1/datasets/theirs/>; rel="describedby"'
    )
    metadata = json.loads(answer.body)["metadata"]
    assert metadata["query"] == "http://testserver/api/v1/incidents/?format=geojson&kind=riot"
    assert metadata["revision"] == revision
    assert metadata["datasets"][0] == {
        "dataset": "ours",
        "title": ours.title,
        "version": "",
        "publisher": "Its publisher",
        "licence": "CC-BY-4.0",
        "citation": "Ours “quoted”.",
        "url": "http://testserver/api/v1/datasets/ours/",
    }
    assert [terms["dataset"] for terms in metadata["datasets"]] == ["ours", "theirs"]


def test_rows_of_no_dataset_and_of_many_keep_the_headers_short(client: Client) -> None:
    make.make_country()
    assert "Link" not in ask(client, "countries/?format=csv").headers
    for _ in range(40):
        make.make_dataset()
    assert ask(client, "datasets/?format=csv").headers["Link"].count("rel=") == 20


def test_licence_that_is_no_address_is_not_linked() -> None:
    rest = dict.fromkeys(("dataset", "title", "version", "publisher", "citation", "url"), "")
    assert Terms(licence="Ask us > first\r\nX: y", **rest).licence_url == ""
    assert "\n" not in Terms(licence="https://x.org/\r\nX: y", **rest).licence_url


def test_file_that_is_held_costs_one_query(client: Client, django_assert_num_queries: Any) -> None:
    make.make_incident()
    first = ask(client, "incidents/?format=csv")
    with django_assert_num_queries(1):
        again = ask(client, "incidents/?format=csv", if_none_match=first.headers["ETag"])
    assert (again.status_code, again.content, "Accept" in again.headers["Vary"]) == (304, b"", True)
    tags = {ask(client, f"incidents/?format={name}").headers["ETag"] for name in TYPES}
    tags |= {ask(client, "incidents/", accept=media.partition(";")[0]).headers["ETag"] for media in TYPES.values()}
    assert len(tags) == 2 * len(TYPES)
    Incident.objects.update(title="Another")
    assert ask(client, "incidents/?format=csv", if_none_match=first.headers["ETag"]).status_code == 200


def test_head_tells_the_same_and_reads_no_row(client: Client) -> None:
    make.make_incident()
    whole = ask(client, "incidents/?format=csv")
    head: Any = client.head("/api/v1/incidents/?format=csv")
    assert (head.status_code, head.getvalue()) == (200, b"")
    assert "Content-Length" not in head.headers
    kept = ("Content-Type", "Content-Disposition", "Link", "Conflictdb-Revision", "ETag")
    assert {name: head.headers[name] for name in kept} == {name: whole.headers[name] for name in kept}


def test_pages_of_other_origins_may_read_where_it_is_from(client: Client) -> None:
    make.make_incident()
    answer = ask(client, "incidents/?format=csv")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == (
        "Conflictdb-Revision, Conflictdb-Totals, Content-Disposition, ETag, Link"
    )


@pytest.mark.parametrize("prefix", RECORDS)
def test_file_costs_as_many_queries_for_one_row_as_for_three(
    client: Client, django_assert_num_queries: Any, prefix: str
) -> None:
    makers = {"countries": make.make_country, "datasets": make.make_dataset}
    make_one = makers.get(prefix) or getattr(make, f"make_{prefix.removesuffix('s')}")
    for count in (1, 2):
        for _ in range(count):
            make_one()
        # A transaction's begin, level, settings, patience and end; the revision; the rows' datasets; the rows.
        with django_assert_num_queries(7 if prefix == "countries" else 8):
            export(client, f"{prefix}/?format=csv")


@pytest.mark.parametrize("name", [name for name in TYPES if name != "json"])
def test_as_many_files_at_once_as_there_are_places(client: Client, name: str) -> None:
    make.make_incident()
    for _ in range(settings.FILES_AT_ONCE):
        assert places.acquire(blocking=False)
    try:
        answer = ask(client, f"incidents/?format={name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
        assert answer.json()["type"] == "urn:conflictdb:problem:too-many-files"
        assert answer.headers["Retry-After"] == "10"
        assert ask(client, "incidents/").status_code == 200
    finally:
        places.release(settings.FILES_AT_ONCE)
    for _ in range(settings.FILES_AT_ONCE + 1):  # whole, refused or unread, each gives its place back
        assert ask(client, f"incidents/?format={name}").status_code == 200
        assert ask(client, f"incidents/?format={name}&country=x").status_code == 400
        client.get(f"/api/v1/incidents/?format={name}").close()
        assert client.head(f"/api/v1/incidents/?format={name}").status_code == 200


def test_server_has_a_thread_for_each_place() -> None:
    assert settings.FILES_AT_ONCE == serving.FILES_AT_ONCE > 0


def test_packed_file_is_closed_with_its_answer(client: Client) -> None:
    """A reader who goes away frees the query, packed or not."""
    make.make_incident()
    for _ in range(settings.FILES_AT_ONCE + 1):
        answer: Any = client.get("/api/v1/incidents/?format=csv", headers={"accept-encoding": "gzip"})
        assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
        assert next(iter(answer.streaming_content))
        answer.close()


def test_without_a_revision_a_file_is_not_kept(client: Client) -> None:
    make.make_incident()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conflictdb_revision")
    answer = ask(client, "incidents/?format=csv")
    assert not {"ETag", "Conflictdb-Revision"} & set(answer.headers)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="conflictdb-incidents.csv"'
    assert Dataset.objects.exists()
