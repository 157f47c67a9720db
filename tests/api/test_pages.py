"""The pages, the contract, the health checks and the files they need, as a client without a browser sees them."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils.http import parse_http_date
from pytest_django import DjangoAssertNumQueries

from tests import make

COUNTED = ("incidents", "claims", "actors", "sources", "conflicts", "datasets", "countries")
PAGES = ["/", "/api/docs/", "/api/redoc/", "/admin/login/"]
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
INLINE_STYLE = {"style-src": "'self' 'unsafe-inline'"}


@pytest.fixture
def seed(db: None) -> None:  # noqa: ARG001 – needs the database
    """Load the seed dataset for one test: others of this module want a database without it."""
    call_command("loaddata", "countries", "seed", verbosity=0)


def policy(response: Any) -> dict[str, str]:
    """Read the content security policy of an answer."""
    directives = (part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    return {name: " ".join(sorted(value.split(), key=lambda word: word != "'self'")) for name, value in directives}


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_page_is_html_with_headers_that_keep_a_browser_safe(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/", {}),
        ("/admin/login/", {}),
        ("/api/v1/claims/", {}),
        ("/api/docs/", INLINE_STYLE),
        ("/api/redoc/", INLINE_STYLE | {"worker-src": "'self' blob:"}),
    ],
)
def test_page_is_allowed_what_it_needs_and_no_more(client: Client, path: str, more: dict[str, str]) -> None:
    assert policy(client.get(path)) == POLICY | more


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_page_names_no_other_host(client: Client, path: str) -> None:
    assert re.findall(r"""(?:src|href|action)=["'](?:https?:)?//[^"']*""", client.get(path).content.decode()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/readyz", "/api/v1/schema/"])
def test_head_is_get_without_a_body(client: Client, path: str) -> None:
    response = client.head(path)
    assert response.status_code == 200
    assert response.content == b""
    assert response["Content-Type"] == client.get(path)["Content-Type"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_nothing_is_posted_to_a_page(client: Client, path: str) -> None:
    response = client.post(path)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def shown_counts(page: str) -> dict[str, int]:
    """Read the counts that the home page shows."""
    found = re.findall(r'<a href="/api/v1/(\w+)/"><strong>(\d+)</strong>', page)
    return {noun: int(count) for noun, count in found}


@pytest.mark.usefixtures("seed")
def test_home_counts_what_the_api_counts(client: Client, get: Callable[..., Any]) -> None:
    withheld = make.make_dataset(redistributable=False)
    make.make_incident(status="draft")
    make.make_claim(status="draft")
    make.make_claim(status="retracted", status_reason="Said again, correctly.")
    make.make_source(dataset=withheld)
    make.make_actor(dataset=withheld)
    expected = {noun: get(f"{noun}/?count=exact&page_size=1")["count"] for noun in COUNTED}
    assert shown_counts(client.get("/").content.decode()) == expected
    assert expected["claims"] >= 20


@pytest.mark.usefixtures("seed")
def test_home_shows_the_disputed_incident_with_its_words(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "<strong>8</strong> killed" in page
    assert "<mark>the Syrian Observatory for Human Rights reported the death of eight" in page
    assert "<em>disputed</em>" in page


@pytest.mark.django_db
def test_home_shows_no_words_of_a_withheld_source(client: Client) -> None:
    incident = make.make_incident()
    toll = make.make_toll(8, incident=incident)
    make.make_toll(3, incident=incident)
    secret = make.make_source(dataset=make.make_dataset(redistributable=False), text="Words that may not be passed on.")
    make.make_citation(claim=toll, source=secret, exact="Words that may not")
    page = client.get("/").content.decode()
    assert toll.statement in page
    assert "Words that may not" not in page
    assert secret.title not in page


@pytest.mark.django_db
def test_home_names_no_withheld_claimant(client: Client) -> None:
    incident = make.make_incident()
    secret = make.make_actor(name="Whom terms keep back", dataset=make.make_dataset(redistributable=False))
    make.make_toll(8, incident=incident, claimant=secret)
    make.make_toll(3, incident=incident, claimant=make.make_actor(name="Ministry"))
    page = client.get("/").content.decode()
    assert re.findall("<article>\n +<p><b>(.*)</b>", page) == ["Somebody who is not named here", "Ministry"]
    assert secret.name not in page


@pytest.mark.django_db
def test_home_works_without_any_record(client: Client) -> None:
    page = client.get("/").content.decode()
    assert shown_counts(page) == dict.fromkeys(COUNTED, 0)
    assert "<article>" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_home_stays_within_its_budget(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        incident = make.make_incident()
        for killed in (3, 8):
            make.make_citation(claim=make.make_toll(killed, incident=incident, claimant=make.make_actor()))
    with django_assert_num_queries(10):  # seven counts; the example, its claims, their citations with sources
        page = client.get("/").content.decode()
    assert page.count("<article>") == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "media_type", "read"),
    [
        (None, "application/vnd.oai.openapi", yaml.safe_load),
        ("*/*", "application/vnd.oai.openapi", yaml.safe_load),
        ("application/yaml", "application/yaml", yaml.safe_load),
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi", yaml.safe_load),
        ("application/json", "application/json", json.loads),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json", json.loads),
    ],
)
def test_contract_is_served_as_yaml_and_as_json(
    client: Client, accept: str | None, media_type: str, read: Callable[[bytes], Any]
) -> None:
    response = client.get("/api/v1/schema/", headers={"accept": accept} if accept else {})
    assert response.status_code == 200
    assert response["Content-Type"].partition(";")[0] == media_type
    contract = read(response.content)
    assert contract["openapi"].startswith("3.1.")
    assert "/api/v1/incidents/" in contract["paths"]


def test_healthz_needs_no_database(client: Client) -> None:
    response = client.get("/healthz")  # a query would fail here: this test has no access to the database
    assert response.json() == {"status": "alive"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_is_200_when_the_database_is_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_is_503_before_the_migrations(client: Client) -> None:
    with connection.cursor() as cursor:  # undone with the test
        cursor.execute("ALTER TABLE conflictdb_incident RENAME TO elsewhere")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "waiting", "detail": "The database is not migrated yet."}
    assert "no-store" in response["Cache-Control"]


def test_readyz_is_503_while_the_database_is_down(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        message = 'connection to server at "10.1.2.3" failed: FATAL: password authentication failed for user "hidden"'
        raise OperationalError(message)

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "waiting", "detail": "The database does not answer."}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db  # a file's answer is closed, and with it the connection
@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("api/home.css", "text/css"),
        ("api/docs.css", "text/css"),
        ("api/redoc.js", "text/javascript"),
        ("api/icon.svg", "image/svg+xml"),
        ("admin/css/base.css", "text/css"),
        ("conflictdb/admin.js", "text/javascript"),
        ("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js", "text/javascript"),
        ("drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js", "text/javascript"),
    ],
)
def test_static_file_is_served_without_collectstatic(client: Client, path: str, media_type: str) -> None:
    response = client.get(f"/static/{path}")
    assert response.status_code == 200
    assert response["Content-Type"].partition(";")[0] == media_type
    assert "max-age=3600" in response["Cache-Control"]
    assert parse_http_date(response["Last-Modified"])
    assert b"".join(response)
    response.close()


@pytest.mark.django_db
def test_static_file_is_confirmed_and_not_sent_again(client: Client) -> None:
    first = client.get("/static/api/home.css")
    first.close()
    again = client.get("/static/api/home.css", headers={"if-modified-since": first["Last-Modified"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["api/../../settings.py", "nothing.css", "api/"])
def test_nothing_else_is_served_as_a_static_file(client: Client, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404
