"""Aggregates."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
from api.aggregates.dimensions import DIMENSIONS

@pytest.mark.parametrize("name", DIMENSIONS)
def test_each(get: Callable[..., Any], name: str) -> None:
    a = get(f"aggregates/?by={name}&measures=incidents,claims,killed,injured")
    print(a["totals"], a["results"][:2])
    for extra in ("&include_unknown=false&ordering=-killed_best", *(("&spans=spread", "&spans=exclude", "&fill=zero") if DIMENSIONS[name].unit else ())):
        b = get(f"aggregates/?by={name},kind,actor&measures=incidents,claims,killed,injured" .replace(",kind,actor", ",kind,actor" if name not in ("kind","actor") else ",role") + extra)
        print(extra, b["left_out"], b["spanning"], len(b["results"]), b["results"][-1:])
