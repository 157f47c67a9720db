"""Answers that a reader has already cost one tiny query: an ETag is made of the dataset's revision and the request."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from api.statements import Statement, run

REVISION = Statement("SELECT token::text FROM conflictdb_revision", ())
# A cache may keep an answer for everybody, and asks each time whether it still holds.
POLICY = "public, max-age=0, must-revalidate"
# Another contract is another answer, though the dataset be the same.
CONTRACT = hashlib.sha256((settings.BASE_DIR / "api" / "openapi.yaml").read_bytes()).hexdigest()


def etag(request: Any, revision: str) -> str:
    """Name an answer by all that it depends on: what was asked, in which form, of which state of the dataset and the code.

    Weak: the bytes differ with the compression that the reader takes.
    """
    asked = (revision, CONTRACT, request.build_absolute_uri(), request.META.get("HTTP_ACCEPT", ""))
    return f'W/"{hashlib.blake2b(repr(asked).encode(), digest_size=16).hexdigest()}"'


def mark(response: HttpResponse, request: Any, revision: str | None) -> Any:
    """Let caches keep an answer that was read at a revision."""
    if revision:
        response.headers["ETag"] = etag(request, revision)
        response.headers["Cache-Control"] = POLICY
        patch_vary_headers(response, ["Accept"])
    return response


class RevisionMiddleware:
    """Answers 304 to whoever holds the answer that would be given, before anything else is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Compare what the reader holds with the dataset's revision; only answers of the API have such names."""
        held = request.META.get("HTTP_IF_NONE_MATCH")
        if held and request.method in {"GET", "HEAD"} and request.path.startswith("/api/"):
            revision = current()
            if revision and etag(request, revision) in parse_etags(held):
                return mark(HttpResponseNotModified(), request, revision)
        return self.get_response(request)


def current() -> str | None:
    """The revision of the dataset; None where there is none yet, or where the database does not say."""
    try:
        found = run(REVISION, {}).written
    except DatabaseError:
        return None
    return found[0].decode() if found and found[0] else None
