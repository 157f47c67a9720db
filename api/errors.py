"""Every error leaves as an RFC 9457 problem document that names what is wrong and where."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from psycopg.errors import ObjectNotInPrerequisiteState, QueryCanceled
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from api.kept import KNOWN

PROBLEM = "application/problem+json"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ParameterError:
    """What is wrong with one query parameter, and the valid names or values nearest to what was given."""

    parameter: str
    detail: str
    nearest: Sequence[str] = ()


class InvalidParameters(APIException):
    """One or more query parameters are unknown or malformed: the whole request is refused, nothing is ignored."""

    status_code = HTTPStatus.BAD_REQUEST

    def __init__(self, errors: Sequence[ParameterError]) -> None:
        """Take every error found, so that a caller can mend them all at once."""
        self.errors = errors
        super().__init__(" ".join(f"{error.parameter}: {error.detail}" for error in errors))


class DatabaseDown(APIException):
    """The database does not answer, or gave up: a fault that passes, unlike one of the program."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not answer at the moment; try again soon."
    wait = 10  # seconds; DRF sends it as Retry-After


class TookTooLong(DatabaseDown):
    """The database was stopped at the limit of time that one question has; the same one would be stopped again."""

    problem = ("urn:conflictdb:problem:took-too-long", "Took too long")
    default_detail = (
        "The answer took longer to find than this server allows. Ask for less: narrow it to a country, a window of days or a "
        "kind; leave out count=exact, `or` and `not` where they can be done without; make page_size smaller."
    )


class LensGone(DatabaseDown):
    """The database stopped keeping a lens since this process asked which it keeps; the next answer is computed."""

    default_detail = "The figures under this lens were put away a moment ago; ask again."
    wait = 1


class TooManyFiles(APIException):
    """As many files are being read as this process lets at once, so that lists are answered meanwhile."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    problem = ("urn:conflictdb:problem:too-many-files", "Too many files")
    default_detail = "This server sends as many files as it lets at once; try again soon."
    wait = 10  # seconds; DRF sends it as Retry-After


def problem(
    status: int, detail: str, errors: Sequence[ParameterError] = (), kind: tuple[str, str] | None = None
) -> dict[str, Any]:
    """Build the members of a problem document; its ``kind`` is its type and title, where the status does not tell them."""
    if errors:
        kind = ("urn:conflictdb:problem:invalid-parameters", "Invalid parameters")
    type_, title = kind or ("about:blank", HTTPStatus(status).phrase)
    body: dict[str, Any] = {"type": type_, "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = [asdict(error) for error in errors]
    return body


def _of_database(cause: BaseException | None) -> DatabaseDown:
    """Tell a reader what a failure of the database means for the question."""
    if isinstance(cause, ObjectNotInPrerequisiteState):  # raised by conflictdb_kept
        KNOWN.forget()
        return LensGone()
    return TookTooLong() if isinstance(cause, QueryCanceled) else DatabaseDown()


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into a problem document; headers such as Retry-After and Allow stay."""
    if isinstance(exc, (OperationalError, InterfaceError)):
        logger.error("The database failed at %s: %s", context["request"].path, exc)
        exc = _of_database(exc.__cause__)
    response = exception_handler(exc, context)
    if response is None:  # not a matter of the request: Django logs it and answers through `server_error`
        return None
    errors = exc.errors if isinstance(exc, InvalidParameters) else ()
    detail = response.data.get("detail", response.data) if isinstance(response.data, dict) else response.data
    response.data = problem(response.status_code, str(detail), errors, getattr(exc, "problem", None))
    response.content_type = PROBLEM
    context["request"].accepted_renderer = JSONRenderer()  # whatever form the answer itself was asked for in
    context["request"].accepted_media_type = PROBLEM
    return response


def _answer(request: HttpRequest, status: int, detail: str) -> JsonResponse | None:
    """Answer an error outside the views, for addresses of the API only."""
    if not request.path.startswith("/api/"):
        return None
    return JsonResponse(problem(status, detail), status=status, content_type=PROBLEM)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400: a request that no view could read."""
    return _answer(request, 400, "The request could not be read.") or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404: an address that leads nowhere."""
    detail = "Nothing is at this address. /api/v1/ lists what there is."
    return _answer(request, 404, detail) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500: a fault of this installation, written to its log."""
    return _answer(request, 500, "The server failed; the fault is in its log.") or defaults.server_error(request)
