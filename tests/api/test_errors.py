"""Whatever goes wrong below `/api/` leaves as a problem document with the documented members, and never as a leak."""

from typing import Any, Never

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from rest_framework.throttling import AnonRateThrottle

from api.schema import PROBLEM_SCHEMA
from api.views.incident import IncidentViewSet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
ADDRESSES = [
    "/api/v1/",
    "/api/v1/incidents/",
    "/api/v1/incidents/us-entry-into-syria/",
    "/api/v1/vocabularies/",
    "/api/v1/vocabularies/measure/",
    "/api/v1/schema/",
]
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def client() -> Client:
    """Read as a client does: a fault of the server is an answer, not an exception."""
    return Client(raise_request_exception=False)


def carries_its_headers(response: Any) -> None:
    """Check what every answer of the API carries, whoever made it."""
    assert {name: response.headers.get(name) for name in SECURITY} == SECURITY
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in response.headers


def problem_of(response: Any, status: int) -> dict[str, Any]:
    """Read a problem document; its form and its headers must be the documented ones."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    carries_its_headers(response)
    problem = response.json()
    assert PROBLEM_SCHEMA["properties"].keys() >= problem.keys() >= {*PROBLEM_SCHEMA["required"]}
    assert problem["status"] == status
    assert ("errors" in problem) == (problem["type"] == "urn:conflictdb:problem:invalid-parameters")
    for error in problem.get("errors", []):
        assert error.keys() == {"parameter", "detail", "nearest"}
    return problem


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_its_headers(client: Client, address: str) -> None:
    for response in (client.get(address), client.head(address)):
        assert response.status_code == 200
        carries_its_headers(response)
    assert response.content == b""


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("place_name__icontains=a%00b", "place_name__icontains", "Holds a NUL character."),
        ("ti%00tle=a", "ti\0tle", "Holds a NUL character."),
        ("q=%ED%A0%80", "q", "Is not valid UTF-8."),
        ("q=%FF", "q", "Is not valid UTF-8."),
        ("%FF=q", "\ufffd", "Is not valid UTF-8."),
        ("q=\xff", "q", "Is not valid UTF-8."),
        ("=1", "", "There is no such parameter here."),
    ],
)
def test_unreadable_parameter_is_named(client: Client, query: str, parameter: str, detail: str) -> None:
    response = client.get("/api/v1/incidents/", QUERY_STRING=query)
    assert problem_of(response, 400)["errors"] == [{"parameter": parameter, "detail": detail, "nearest": []}]


def test_all_unreadable_parameters_are_named_with_the_unknown_ones(client: Client) -> None:
    response = client.get("/api/v1/incidents/", QUERY_STRING="q=%FF&kind=%00&knd=strike&status=nope")
    named = [error["parameter"] for error in problem_of(response, 400)["errors"]]
    assert named == ["q", "kind", "knd", "status"]


@pytest.mark.parametrize("address", ["/api/v1/", "/api/v1/vocabularies/", "/api/v1/incidents/us-entry-into-syria/"])
def test_unknown_parameter_is_refused_where_there_is_none(client: Client, address: str) -> None:
    (error,) = problem_of(client.get(f"{address}?kind=strike"), 400)["errors"]
    assert (error["parameter"], error["detail"]) == ("kind", "There is no such parameter here.")


@pytest.mark.parametrize(
    "address",
    [
        "/api/",
        "/api/v2/",
        "/api/v1/incident/",
        "/api/v1/incidents/no-such/",
        "/api/v1/incidents/a/b/",
        "/api/v1/incidents/%00/",
        "/api/v1/incidents/%ED%A0%80/",
        "/api/v1/incidents/%FF/",
        "/api/v1/incidents/..%2F..%2Fadmin/",
        f"/api/v1/incidents/{'a' * 50_000}/",
        f"/api/v1/{'a' * 50_000}",
        "/api/v1/vocabularies/no-such/",
        "/api/v1/incidents.json",
    ],
)
def test_address_that_leads_nowhere_is_a_problem_document(client: Client, address: str) -> None:
    problem = problem_of(client.get(address), 404)
    assert (problem["type"], problem["title"]) == ("about:blank", "Not Found")


def test_addresses_outside_the_api_answer_people(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("method", ["get", "head"])
def test_missing_slash_is_added(client: Client, method: str) -> None:
    response = getattr(client, method)("/api/v1/incidents?kind=strike&q=a%20b")
    assert (response.status_code, response.headers["Location"]) == (301, "/api/v1/incidents/?kind=strike&q=a%20b")
    carries_its_headers(response)
    assert client.get("/api/docs").headers["Location"] == "/api/docs/"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_other_methods_are_refused_with_the_allowed_ones(client: Client, address: str, method: str) -> None:
    response = getattr(client, method)(address)
    assert problem_of(response, 405)["detail"] == f'Method "{method.upper()}" not allowed.'
    assert {*response.headers["Allow"].split(", ")} == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("address", [*ADDRESSES, "/api/v1/incidents/?nonsense=1", "/api/ogc/"])
def test_methods_are_told_and_browsers_may_send_their_conditions(client: Client, address: str) -> None:
    asked = {"origin": "https://example.org", "access-control-request-method": "GET"}
    response = client.options(address, headers={**asked, "access-control-request-headers": "if-none-match"})
    assert (response.status_code, response.content) == (204, b"")
    carries_its_headers(response)
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert response.headers["Access-Control-Allow-Headers"] == "*"


def test_wrong_method_is_named_before_its_parameters(client: Client) -> None:
    problem_of(client.post("/api/v1/incidents/?nonsense=1"), 405)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("accept", ["text/turtle", "image/*;q=0.1", "nonsense"])
def test_form_that_cannot_be_served_is_406(client: Client, address: str, accept: str) -> None:
    problem_of(client.get(address, headers={"accept": accept}), 406)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json;indent=4", "text/html, */*;q=0.1"])
def test_form_that_can_be_served_is(client: Client, accept: str) -> None:
    response = client.get("/api/v1/incidents/?page_size=1", headers={"accept": accept})
    assert response.status_code == 200
    assert len(response.json()["results"]) == 1


def test_too_many_requests_are_refused_per_client(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "2/min"})
    cache.clear()
    for _ in range(2):
        assert client.get("/api/v1/countries/syria/").status_code == 200
    response = client.get("/api/v1/incidents/")
    assert problem_of(response, 429)["title"] == "Too Many Requests"
    assert 0 < int(response.headers["Retry-After"]) <= 120  # until half of the next window, at most
    assert client.get("/api/v1/incidents/", REMOTE_ADDR="192.0.2.7").status_code == 200
    refused = client.get("/api/v1/incidents/", headers={"x-forwarded-for": "192.0.2.8"})
    assert refused.status_code == 429  # no proxy is configured, so that nobody may say who he is
    assert client.get("/api/v1/schema/").status_code == 200
    cache.clear()


def test_unreadable_host_is_a_problem_document(client: Client) -> None:
    response = client.get("/api/v1/incidents/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "The request could not be read."


@pytest.mark.parametrize("method", ["get", "head"])
def test_fault_of_the_server_leaks_nothing(client: Client, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def fail(*_: Any) -> Never:
        message = "secret inside"
        raise RuntimeError(message)

    monkeypatch.setattr(IncidentViewSet, "list", fail)
    response = getattr(client, method)("/api/v1/incidents/")
    assert response.status_code == 500
    carries_its_headers(response)
    if method == "get":
        problem = problem_of(response, 500)
        assert problem == {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": "The server failed; the fault is in its log.",
        }


@pytest.mark.parametrize("address", ["/api/v1/incidents/", "/api/v1/incidents/us-entry-into-syria/"])
def test_database_that_does_not_answer_is_503(client: Client, caplog: pytest.LogCaptureFixture, address: str) -> None:
    def down(*_: Any) -> Never:
        message = "connection to server at 10.0.0.1 failed"
        raise OperationalError(message)

    with connection.execute_wrapper(down):
        response = client.get(address)
    assert problem_of(response, 503)["detail"] == "The database does not answer at the moment; try again soon."
    assert response.headers["Retry-After"] == "10"
    assert "10.0.0.1 failed" in caplog.text
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/api/v1/incidents/?count=exact", "/api/v1/incidents/us-entry-into-syria/"])
def test_statement_that_takes_too_long_is_503_and_says_what_to_narrow(client: Client, address: str) -> None:
    def slow(*_: Any) -> None:
        with connection.wrap_database_errors, connection.connection.transaction():
            connection.connection.execute("SET LOCAL statement_timeout = '10ms'")
            connection.connection.execute("SELECT pg_sleep(20)")

    with connection.execute_wrapper(slow):
        response = client.get(address)
    problem = problem_of(response, 503)
    assert (problem["type"], problem["title"]) == ("urn:conflictdb:problem:took-too-long", "Took too long")
    assert problem["detail"].startswith(
        "The answer took longer to find than this server allows. Ask for less: narrow it"
    )
    assert client.get(address).status_code == 200


def test_editors_have_no_limit(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if 'FROM "conflictdb_country"' in sql:
            limits.append(connection.connection.execute("SHOW statement_timeout").fetchone()[0])
        return execute(sql, *rest)

    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c statement_timeout=10s")
    for client, address, limit in (
        (Client(), "/api/v1/countries/syria/", "10s"),
        (admin_client, "/admin/conflictdb/country/", "0"),
    ):
        limits.clear()
        with connection.cursor() as cursor, connection.execute_wrapper(watch):
            cursor.execute("SET statement_timeout = '10s'")
            assert client.get(address).status_code == 200
        assert {*limits} == {limit}
