"""Pages of other origins may read every answer of the API, errors among them: nothing in it depends on who asks."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

READING = "GET, HEAD"
DAY = "86400"  # seconds; browsers remember for less


class SharingMiddleware:
    """Says so to browsers, whatever made the answer: a view, a redirect or an error before any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and open the answers of the API."""
        response = self.get_response(request)
        if request.path.startswith("/api/"):
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response


class PreflightMiddleware:
    """Answers what browsers ask before a request with headers such as `If-None-Match`, and whoever asks for the methods.

    No view is asked: what is wrong with an address is told to the request itself, which pages may then read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap the views."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or pass on."""
        if request.method != "OPTIONS" or not request.path.startswith("/api/"):
            return self.get_response(request)
        sharing = {"Methods": READING, "Headers": "*"}
        headers = {f"Access-Control-Allow-{name}": value for name, value in sharing.items()}
        return HttpResponse(
            status=204, headers={"Allow": f"{READING}, OPTIONS", "Access-Control-Max-Age": DAY, **headers}
        )
