"""What a dataset says of itself: coverage and counts, citations for reference managers, tables for Frictionless."""

import json
import shutil
import subprocess
import sysconfig
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from api import coverage
from api.citations import as_bibtex, tex
from api.exports.tableschema import table_schema
from api.views.dataset_files import TABLES
from conflictdb.models import Dataset
from tests import make
from tests.api.exporting import cells, export
from tests.api.test_documents import MAKERS, odd_incident

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    """Forget what was worked out at a revision: what tests write is undone, and never has one of its own."""
    cache.clear()


@pytest.fixture
def dataset() -> Dataset:
    """Store a dataset whose every word is hard to write."""
    return make.make_dataset(
        slug="odd",
        title="Events & {claims}: 100% of #1 ~ an_underscore",
        version="2.1",
        publisher="Müller & Söhne",
        licence="CC-BY-4.0",
        citation='Müller (2020): "Events"\n\\ and more^.',
        url="https://example.org/a_b?x=%7B1%7D#top",
        released_on=date(2020, 3, 1),
    )


def test_coverage_and_counts_are_those_of_the_lists(get: Any, dataset: Dataset) -> None:
    land, sea = (
        make.make_country(slug=slug, name=slug.title(), iso3=iso3) for slug, iso3 in (("land", "LND"), ("sea", ""))
    )
    for country, first, last, point in (
        (land, "2001-01-05", "2001-01-05", (10.0, 1.5)),
        (sea, "1999-12-01", "2000-02-01", (-20.25, -3.0)),
        (None, "2005-05-05", None, None),
    ):
        incident = make.make_incident(
            dataset=dataset, country=country, started_on=first, ended_on=last,
            date_precision="unknown" if last is None else "day" if first == last else "longer" if last > "2001" else "year",
            longitude=point and point[0], latitude=point and point[1], place_precision="exact" if point else "unknown",
        )  # fmt: skip
        make.make_claim(dataset=dataset, incident=incident)
    make.make_incident(dataset=dataset, status="draft", longitude=99, latitude=9, place_precision="exact")
    make.make_incident(dataset=make.make_dataset(), longitude=99, latitude=9, place_precision="exact")
    make.make_claim(dataset=dataset, status="retracted", status_reason="Wrong.")
    make.make_actor(dataset=dataset)
    make.make_source(dataset=dataset)
    make.make_source(dataset=dataset)
    shown = get("datasets/odd/")
    assert shown["coverage"] == {
        "first_day": "1999-12-01",
        "last_day": "2001-01-05",
        "bbox": [-20.25, -3.0, 10.0, 1.5],
        "countries": [
            {"slug": "land", "name": "Land", "iso3": "LND"},
            {"slug": "sea", "name": "Sea", "iso3": ""},
        ],
    }
    assert shown["counts"] == {"incidents": 3, "claims": 3, "actors": 1, "sources": 2, "conflicts": 0}
    for name, number in shown["counts"].items():
        assert get(f"{name}/?dataset=odd&count=exact&page_size=1")["count"] == number
    assert get("datasets/odd/?fields=slug,counts.claims,coverage.bbox") == {
        "slug": "odd",
        "counts": {"claims": 3},
        "coverage": {"bbox": [-20.25, -3.0, 10.0, 1.5]},
    }


@pytest.mark.usefixtures("dataset")
def test_dataset_without_incidents_covers_nothing(get: Any) -> None:
    assert get("datasets/odd/?fields=coverage")["coverage"] == {
        "first_day": None, "last_day": None, "bbox": None, "countries": [],
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_counts_follow_every_write(get: Any, dataset: Dataset) -> None:
    counts = [get("datasets/odd/?fields=counts.incidents")["counts"]["incidents"]]
    for _ in range(2):
        make.make_incident(dataset=dataset)
        counts.append(get("datasets/odd/?fields=counts.incidents")["counts"]["incidents"])
    assert counts == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("dataset")
def test_page_that_was_read_at_two_revisions_is_named_by_neither(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = client.get("/api/v1/datasets/odd/").headers["ETag"]
    span = coverage.of_dataset(Dataset.objects.get(slug="odd"))
    monkeypatch.setattr("api.views.dataset.of_dataset", lambda _: coverage.Span(*span[:-1], revision="an older one"))
    answer = client.get("/api/v1/datasets/odd/")
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers
    assert answer.headers["ETag"] != tag  # its content's


def test_citation_as_csl(client: Client, dataset: Dataset) -> None:
    answer = client.get("/api/v1/datasets/odd/citation.json")
    assert answer.headers["Content-Type"] == "application/vnd.citationstyles.csl+json"
    assert answer.json() == [
        {
            "id": "odd",
            "type": "dataset",
            "title": dataset.title,
            "author": [{"literal": "Müller & Söhne"}],
            "publisher": "Müller & Söhne",
            "version": "2.1",
            "issued": {"date-parts": [[2020, 3, 1]]},
            "URL": "https://example.org/a_b?x=%7B1%7D#top",
            "note": dataset.citation,
            "custom": {"licence": "CC-BY-4.0"},
        }
    ]


@pytest.mark.usefixtures("dataset")
def test_citation_as_bibtex(client: Client) -> None:
    answer = client.get("/api/v1/datasets/odd/citation.bib")
    assert answer.headers["Content-Type"] == "application/x-bibtex; charset=utf-8"
    assert answer.content.decode().split("\n") == [
        "@misc{odd,",
        r"  title = {{Events \& \textbraceleft{}claims\textbraceright{}: 100\% of \#1 \textasciitilde{} an\_underscore}},",
        r"  author = {{Müller \& Söhne}},",
        "  year = {2020},",
        "  month = {3},",
        "  url = {https://example.org/a_b?x=%7B1%7D#top},",
        r'  note = {Version 2.1. Müller (2020): "Events" \textbackslash{} and more\textasciicircum{}. Licence: CC-BY-4.0},',
        "}",
        "",
    ]


def test_what_is_not_known_is_left_out_of_a_citation() -> None:
    text = as_bibtex(Dataset(slug="a", title="A", publisher="B", citation="C.", licence="D"), "http://here/")
    assert text == (
        "@misc{a,\n  title = {{A}},\n  author = {{B}},\n  url = {http://here/},\n  note = {C. Licence: D},\n}\n"
    )


@pytest.mark.parametrize("character", "&%$#_{}~^\\")
def test_every_sign_of_tex_is_written_so_that_it_is_read_back(character: str) -> None:
    written = tex(f"a{character}b")
    names = {"\\": "backslash", "~": "asciitilde", "^": "asciicircum", "{": "braceleft", "}": "braceright"}
    expected = f"\\text{names[character]}{{}}" if character in names else f"\\{character}"
    assert written == f"a{expected}b"
    assert written.count("{") == written.count("}")  # BibTeX counts them, whatever stands before


@pytest.mark.parametrize("name", ["citation.json", "citation.bib", "datapackage.json"])
def test_files_are_of_public_datasets_and_kept_by_revision(client: Client, dataset: Dataset, name: str) -> None:
    path = f"/api/v1/datasets/odd/{name}"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    assert client.get(path, {"x": "1"}).status_code == 400
    assert "Near to it: odd." in client.get(f"/api/v1/datasets/oddd/{name}").json()["detail"]
    dataset.redistributable = False
    dataset.save()
    assert client.get(path).status_code == 404
    assert client.get("/api/v1/datasets/odd/").status_code == 404


def test_package_says_where_its_tables_are(client: Client, dataset: Dataset) -> None:
    package = client.get("/api/v1/datasets/odd/datapackage.json").json()
    assert (package["name"], package["title"], package["citation"]) == ("odd", dataset.title, dataset.citation)
    assert package["licenses"] == [{"name": "CC-BY-4.0", "path": "https://spdx.org/licenses/CC-BY-4.0.html"}]
    make.make_incident(dataset=dataset, slug="ours")
    make.make_incident(slug="theirs")
    assert [resource["name"] for resource in package["resources"]] == [*TABLES]
    for resource in package["resources"]:
        path = resource["path"].removeprefix("http://testserver/api/v1/")
        body = export(client, path)
        header = body.decode().splitlines()[0].split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header
        if resource["name"] == "incidents":
            assert [row["slug"] for row in cells(body)] == ["ours"]


def test_columns_are_described_in_the_words_of_the_model() -> None:
    columns = {column["name"]: column for column in table_schema(TABLES["incidents"]())["fields"]}
    assert columns["started_on"]["type"] == "date"
    assert columns["killed.best"] == {
        "name": "killed.best",
        "type": "integer",
        "description": "Best number of the leading claim; null where no claim in use gives one.",
    }
    assert columns["status"]["constraints"] == {"enum": ["published", "retracted"]}
    undescribed = [
        column["name"]
        for each in TABLES.values()
        for column in table_schema(each())["fields"]
        if not column.get("description")
    ]
    assert undescribed == []


def test_frictionless_finds_nothing_wrong(client: Client, tmp_path: Path) -> None:
    """The whole package, tables and all, with the oddest of rows: as downloaded, by the program that others check it with."""
    data = make.the_dataset()
    for maker in [odd_incident, *(each[-1] for name, each in MAKERS.items() if name in TABLES)]:
        maker()
    package = client.get(f"/api/v1/datasets/{data.slug}/datapackage.json").json()
    for resource in package["resources"]:
        body = export(client, resource["path"].removeprefix("http://testserver/api/v1/"))
        resource["path"] = f"{resource['name']}.csv"
        (tmp_path / resource["path"]).write_bytes(body)
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert sum(len(cells(file.read_bytes())) for file in tmp_path.glob("*.csv")) > len(TABLES)
    program = shutil.which("frictionless", path=sysconfig.get_path("scripts"))
    assert program
    command = [program, "validate", "--json", "datapackage.json"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    report = json.loads(ran.stdout)
    problems = [(task["name"], error["message"]) for task in report["tasks"] for error in task["errors"]]
    assert (report["valid"], report["errors"], problems) == (True, [], [])
    assert {task["name"] for task in report["tasks"]} == {*TABLES}
