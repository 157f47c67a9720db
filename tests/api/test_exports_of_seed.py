"""The seed dataset in every format."""

from typing import Any

import pytest
from django.test import Client

from tests.api.exporting import ALL, RECORDS
from tests.api.test_exports import compare

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]


@pytest.mark.parametrize("prefix", RECORDS)
def test_seed_is_exported_as_it_is_paged(client: Client, get: Any, prefix: str) -> None:
    assert compare(client, get, prefix, ALL.get(prefix, "")) > 0


@pytest.mark.parametrize("order", ["started_on", "-killed_best", "updated_at"])
def test_filters_and_order_hold_for_files_too(client: Client, get: Any, order: str) -> None:
    question = f"country__in=syria,iraq&killed_claims__gte=1&ordering={order}&fields=slug,country,killed.best"
    assert compare(client, get, "incidents", question) > 2
