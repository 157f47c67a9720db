"""How long one statement may run: a limit for whoever reads, on the connections of processes that serve.

Imports, migrations and all other commands of ``manage.py`` have none, and editors in the admin have none either.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse

NAME = "statement_timeout"


def limit_statements() -> None:
    """Let no statement run longer than the settings say, on connections that this process opens from now on."""
    options = connections.settings["default"]["OPTIONS"]
    if settings.STATEMENT_TIMEOUT and NAME not in options["options"]:  # DATABASE_URL may have set one
        options["options"] += f" -c {NAME}={settings.STATEMENT_TIMEOUT}s"


def is_limited() -> bool:
    """Whether statements of this process have a limit."""
    return NAME in connections.settings["default"]["OPTIONS"]["options"]


class PatienceMiddleware:
    """Lifts the limit while the admin answers: a save may touch thousands of records, and is not to be half-hearted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Wrap what answers."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and put the limit back where it was lifted."""
        response = self.get_response(request)
        if request.resolver_match and request.resolver_match.app_name == "admin" and is_limited():
            with connection.cursor() as cursor:
                cursor.execute(f"RESET {NAME}")
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Lift the limit before a page of the admin is made."""
        if request.resolver_match and request.resolver_match.app_name == "admin" and is_limited():
            with connection.cursor() as cursor:
                cursor.execute(f"SET {NAME} = 0")
