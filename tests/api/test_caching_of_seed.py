"""Every operation of the contract tells caches all that they need: asked on the seed dataset with its example's request."""

from typing import Any

import pytest
from django.test import Client

from api import caching, contract

FILES = [each for each in contract.REQUESTS if each.endswith("_list") and each != "search_list"]  # which is JSON alone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]


@pytest.mark.parametrize("operation", contract.REQUESTS)
def test_every_operation_tells_caches_all(client: Client, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    monkeypatch.setattr(caching, "CONTRACT_FROM", 0)
    monkeypatch.setattr(caching.time, "time", lambda: 4e9)  # the second of the last write has passed
    path = contract.REQUESTS[operation]
    answer: Any = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == caching.POLICY
    assert {each.strip() for each in answer.headers["Vary"].split(",")} == {"Accept", "Accept-Encoding"}
    # The closed lists are part of the program and have no date.
    assert ("Last-Modified" in answer.headers) == ("vocabularies" not in operation)
    assert client.get(path, headers={"if-none-match": answer.headers["ETag"]}).status_code == 304
    if since := answer.headers.get("Last-Modified"):
        assert client.get(path, headers={"if-modified-since": since}).status_code == 304


@pytest.mark.parametrize("operation", FILES)
def test_every_file_tells_caches_all(client: Client, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    monkeypatch.setattr(caching, "CONTRACT_FROM", 0)
    monkeypatch.setattr(caching.time, "time", lambda: 4e9)  # the second of the last write has passed
    path, _, query = contract.REQUESTS[operation].partition("?")
    kept = "&".join(each for each in query.split("&") if not each.startswith("page_size="))
    answer: Any = client.get(f"{path}?{kept}&format=csv")
    assert b"".join(answer.streaming_content)
    assert answer.headers["Cache-Control"] == caching.POLICY
    assert {"ETag", "Last-Modified", "Vary"} <= {*answer.headers}
    for condition, header in (("if-none-match", "ETag"), ("if-modified-since", "Last-Modified")):
        again = client.get(f"{path}?{kept}&format=csv", headers={condition: answer.headers[header]})
        assert again.status_code == 304
        assert "Content-Disposition" not in again.headers
