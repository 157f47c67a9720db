"""Answers that a reader has, or that were given before, cost one tiny query: an ETag names the request and the revision.

One place for all that caches are told: views call ``mark`` with the revision that they read, or the middleware names the
answer by its content. `Last-Modified` is for those who know no ETags (`wget -N`, `curl -z`). It is exact though HTTP counts
in seconds: no two revisions share a second (``conflictdb/sql/revision.sql``), one that has not come yet is not told, and only
the very second that was told is answered with a 304, never a later one that a reader made up from a clock of his own.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from api.keeping import Keeper, Question, question_of
from api.statements import Statement, run

REVISION = Statement("SELECT token::text FROM conflictdb_revision", ())
# A cache may keep an answer for everybody, and asks each time whether it still holds.
POLICY = "public, max-age=0, must-revalidate"
# Another contract is another answer, though the dataset be the same; none of its answers is older than itself.
FILE: Path = settings.BASE_DIR / "api" / "openapi.yaml"
CONTRACT = hashlib.sha256(FILE.read_bytes()).hexdigest()
CONTRACT_FROM = int(FILE.stat().st_mtime) + 1
KEEPER = Keeper(settings.KEPT_ANSWERS)
SAFE, OK = ("GET", "HEAD"), 200


def etag(question: Question, revision: str) -> str:
    """Name an answer by all that it depends on: what was asked, in which form, of which state of the dataset and the code.

    Weak: the bytes differ with the compression that the reader takes.
    """
    asked = (revision, CONTRACT, *question)
    return _weak(repr(asked).encode())


def last_modified(revision: str) -> int | None:
    """Tell the second at which an answer last changed, in Unix time; None where that second has not passed.

    A revision is a UUID of version 7, which begins with the milliseconds of the change.
    """
    changed = max((UUID(revision).int >> 80) // 1_000, CONTRACT_FROM)
    return changed if changed < time.time() else None


def mark(response: HttpResponse, request: Any, revision: str | None) -> Any:
    """Let caches keep an answer that was read at a revision."""
    if revision:
        response.revision = revision  # type: ignore[attr-defined]  # for whoever keeps the answer
        if (changed := last_modified(revision)) is not None:
            response.headers["Last-Modified"] = http_date(changed)
        _name(response, etag(question_of(request), revision))
    return response


class RevisionMiddleware:
    """Gives a 304 to whoever holds the answer, and the answer again if it was given before; for ETags before all else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Compare what the reader and this process hold with the dataset's revision; only the API's answers have names."""
        if request.method not in SAFE or not request.path.startswith("/api/"):
            return self.get_response(request)
        question, held = question_of(request), parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
        response = None
        if (held or KEEPER.knows(question)) and (revision := current()):
            if held and etag(question, revision) in held:
                return mark(HttpResponseNotModified(), request, revision)
            if response := KEEPER.find(question, revision):
                mark(response, request, revision)  # its second may have come
        response = response or self._answer(request, question)
        return _unchanged(response) if _is_held(request, response, held) else response

    def _answer(self, request: HttpRequest, question: Question) -> HttpResponse:
        """Have the answer made; name it where no revision does, and keep it where one does."""
        response = self.get_response(request)
        if response.status_code != OK:  # conditions are about answers; what else is said must be heard
            return response
        is_named = response.has_header("ETag") or response.has_header("Cache-Control")  # or is not to have a name
        if not (is_named or response.streaming or "html" in response.headers["Content-Type"]):
            _name(response, _weak(response.content))
        if request.method == "GET" and (revision := getattr(response, "revision", None)):
            KEEPER.keep(question, revision, response)
        return response


def _is_held(request: HttpRequest, response: HttpResponse, held: list[str]) -> bool:
    """Whether the reader has an answer, which is no error. Who names answers is asked for no date (RFC 9110, 13.2.2)."""
    if response.status_code != OK:
        return False
    if "HTTP_IF_NONE_MATCH" in request.META:
        return response.headers.get("ETag") in held or held == ["*"]
    since = parse_http_date_safe(request.META.get("HTTP_IF_MODIFIED_SINCE", ""))
    return since is not None and response.headers.get("Last-Modified") == http_date(since)


def _unchanged(response: HttpResponse) -> HttpResponse:
    """Send what is said of an answer in place of the answer. What a stream holds open is closed with it, unread."""
    short = HttpResponseNotModified()
    short._resource_closers += response._resource_closers  # type: ignore[attr-defined]  # noqa: SLF001 – close() would end the request
    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
        if name in response.headers:
            short.headers[name] = response.headers[name]
    return short


def _name(response: HttpResponse, name: str) -> None:
    """Give an answer its name, and say how caches may use it."""
    response.headers["ETag"] = name
    response.headers["Cache-Control"] = POLICY
    patch_vary_headers(response, ["Accept"])


def _weak(content: bytes) -> str:
    """Make a weak ETag."""
    return f'W/"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def current() -> str | None:
    """The revision of the dataset; None where there is none yet, or where the database does not say."""
    try:
        found = run(REVISION, {}).written
    except DatabaseError:
        return None
    return found[0].decode() if found and found[0] else None
