"""A made-up country, and releases of UCDP GED loaded into it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conflictdb.ingest.report import Report
from conflictdb.models import Country
from tests.conflictdb.ingest.loading import Row, load_ged
from tests.make import make_country

Ged = Callable[..., Report]


@pytest.fixture
def freedonia(transactional_db: None) -> Country:  # noqa: ARG001 – an import commits
    """The country of the made-up rows."""
    return make_country(slug="freedonia", name="Freedonia", gwno=990)


@pytest.fixture
def ged(tmp_path: Path, freedonia: Country) -> Ged:  # noqa: ARG001 – it has to be there
    """Load rows as a release: ``ged("22.1", event(1), event(2), older="add")``."""

    def run(version: str, *rows: Row, **order: Any) -> Report:
        return load_ged(tmp_path, version, *rows, **order)

    return run
