"""What most tests stand on: the seed dataset and a reader of the API."""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from api.caching import KEEPER
from api.filters import common
from api.kept import KNOWN


@pytest.fixture(autouse=True)
def _keep_nothing() -> Iterator[None]:
    """Make every answer anew, by no statistics, and as if no lens were kept: tests of those have them looked up.

    Most tests undo what they write, and such a state of the dataset has no revision of its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KEEPER, "room", 0)
        patch.setattr(common, "shares", lambda _: {})
        patch.setattr(KNOWN, "lenses", {})
        patch.setattr(KNOWN, "until", math.inf)
        yield


class Undo(Exception):  # noqa: N818 – not an error: the way out of a transaction without keeping it
    """Ends the transaction that the seed dataset was loaded in."""


@pytest.fixture(scope="module")
def seed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001 – needs the database
    """Load the seed dataset as `make run` does, once for all tests of a module; their own writes are undone between them."""
    with django_db_blocker.unblock(), suppress(Undo), transaction.atomic():
        call_command("loaddata", "countries", "seed", verbosity=0)
        yield
        raise Undo


@pytest.fixture
def get(client: Client) -> Callable[..., Any]:
    """Read an address of the API; the answer's status must be the one expected (200)."""

    def read(path: str, status: int = 200) -> Any:
        response = client.get(f"/api/v1/{path}")
        assert response.status_code == status, response.content
        return response.json()

    return read
