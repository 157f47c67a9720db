"""Answers that a reader has, or that were given before, for one tiny query: an ETag names what was asked and the revision."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from api.keeping import Keeper, Question, question_of
from api.statements import Statement, run

REVISION = Statement("SELECT token::text FROM conflictdb_revision", ())
# A cache may keep an answer for everybody, and asks each time whether it still holds.
POLICY = "public, max-age=0, must-revalidate"
# Another contract is another answer, though the dataset be the same.
CONTRACT = hashlib.sha256((settings.BASE_DIR / "api" / "openapi.yaml").read_bytes()).hexdigest()
KEEPER = Keeper(settings.KEPT_ANSWERS)


def etag(question: Question, revision: str) -> str:
    """Name an answer by all that it depends on: what was asked, in which form, of which state of the dataset and the code.

    Weak: the bytes differ with the compression that the reader takes.
    """
    asked = (revision, CONTRACT, *question)
    return f'W/"{hashlib.blake2b(repr(asked).encode(), digest_size=16).hexdigest()}"'


def mark(response: HttpResponse, request: Any, revision: str | None) -> Any:
    """Let caches keep an answer that was read at a revision."""
    if revision:
        response.revision = revision  # type: ignore[attr-defined]  # for whoever keeps the answer
        response.headers["ETag"] = etag(question_of(request), revision)
        response.headers["Cache-Control"] = POLICY
        patch_vary_headers(response, ["Accept"])
    return response


class RevisionMiddleware:
    """Gives a 304 to whoever holds the answer, and the answer again if it was given before, ahead of everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Compare what the reader and this process hold with the dataset's revision; only the API's answers have one."""
        if request.method not in {"GET", "HEAD"} or not request.path.startswith("/api/"):
            return self.get_response(request)
        question, held = question_of(request), request.META.get("HTTP_IF_NONE_MATCH")
        if (held or KEEPER.knows(question)) and (revision := current()):
            if held and etag(question, revision) in parse_etags(held):
                return mark(HttpResponseNotModified(), request, revision)
            if answer := KEEPER.find(question, revision):
                return answer
        response = self.get_response(request)
        if KEEPER.room and request.method == "GET" and (revision := getattr(response, "revision", "")):
            KEEPER.keep(question, revision, response)
        return response


def current() -> str | None:
    """The revision of the dataset; None where there is none yet, or where the database does not say."""
    try:
        found = run(REVISION, {}).written
    except DatabaseError:
        return None
    return found[0].decode() if found and found[0] else None
