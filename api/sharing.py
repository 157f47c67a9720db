"""Pages of other origins may read every answer of the API, errors among them: nothing in it depends on who asks."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


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
