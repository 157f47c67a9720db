"""Compression: for those who take it, and worth it."""

import gzip

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
LONG, SHORT = "/api/v1/incidents/", "/api/v1/incidents/?fields=slug&page_size=1"


@pytest.mark.parametrize("accepted", ["gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*", "deflate,GZIP ; q=0.5"])
def test_long_answer_is_packed_for_who_takes_it(client: Client, accepted: str) -> None:
    plain = client.get(LONG)
    packed = client.get(LONG, headers={"accept-encoding": accepted})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(plain.content) / 3
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed.headers["Vary"]


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "br, gzip;q=0.0", "gzipped"])
def test_nobody_gets_what_he_does_not_take(client: Client, accepted: str) -> None:
    answer = client.get(LONG, headers={"accept-encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert answer.json()["results"]
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_short_answer_and_the_pages_are_left_alone(client: Client) -> None:
    for path in (SHORT, "/"):
        assert "Content-Encoding" not in client.get(path, headers={"accept-encoding": "gzip"}).headers
