"""Compression: for those who take it, and worth it."""

import gzip
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from api.compression import packed

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


@pytest.mark.parametrize("name", ["csv", "ndjson", "geojson"])
def test_files_of_text_are_packed_as_they_stream(client: Client, name: str) -> None:
    plain: Any = client.get(f"/api/v1/incidents/?format={name}")
    body = b"".join(plain.streaming_content)
    taken: Any = client.get(f"/api/v1/incidents/?format={name}", headers={"accept-encoding": "gzip"})
    assert (plain.headers.get("Content-Encoding"), taken.headers["Content-Encoding"]) == (None, "gzip")
    assert "Content-Length" not in taken.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    pieces = list(taken.streaming_content)
    assert gzip.decompress(b"".join(pieces)) == body
    assert len(b"".join(pieces)) < len(body) / 2
    assert pieces[0]  # the first row leaves at once


@pytest.mark.parametrize("name", ["parquet", "xlsx"])
def test_files_that_are_packed_already_are_not_packed_again(client: Client, name: str) -> None:
    answer: Any = client.get(f"/api/v1/incidents/?format={name}", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert b"".join(answer.streaming_content)


def test_stream_that_breaks_off_has_no_end() -> None:
    def broken() -> Iterator[bytes]:
        yield b"row\n"
        yield b"The file breaks off here\n"
        raise ConnectionError

    stream, received = packed(broken()), []
    with pytest.raises(ConnectionError):
        received.extend(stream)
    with pytest.raises(EOFError):
        gzip.decompress(b"".join(received))
    assert zlib.decompressobj(31).decompress(b"".join(received)) == b"row\nThe file breaks off here\n"
