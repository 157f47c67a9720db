"""Installing functions and triggers: nothing twice, all of it when it changed."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from conflictdb import triggers
from conflictdb.lens import Lens
from conflictdb.models import Incident, KeptFigure
from tests.conflictdb import keeping
from tests.conflictdb.claims import NOTHING, exact, kept, settle, sql, store
from tests.conflictdb.reference import Estimate, Figures
from tests.make import (
    make_incident,
)

FUNCTIONS = """
    SELECT proname, md5(prosrc) FROM pg_proc WHERE proname LIKE 'conflictdb\\_%' ORDER BY proname
"""
TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
COMMENT = "SELECT obj_description('conflictdb_refresh(bigint[], timestamptz)'::regprocedure, 'pg_proc')"
OTHER_RULE = "COMMENT ON FUNCTION conflictdb_refresh(bigint[], timestamptz) IS 'another rule'"


def rows(query: str) -> list[tuple[Any, ...]]:
    """Read rows by plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def falsified_incident() -> Incident:
    """Store an incident whose figures have been put wrong behind the triggers' back."""
    incident = make_incident()
    store(incident, [exact(3)])
    sql("SET LOCAL conflictdb.keeping = 'on'")
    Incident.objects.filter(pk=incident.pk).update(killed_low=1000, injured_claims=5, disputed=True)
    sql("SET LOCAL conflictdb.keeping = 'off'")
    settle()
    return incident


@pytest.mark.django_db
def test_installing_the_triggers_again_changes_nothing() -> None:
    incident = falsified_incident()
    before = rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT), kept(incident)

    assert triggers.install("default") is False
    assert (rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT), kept(incident)) == before


@pytest.mark.django_db
@pytest.mark.parametrize("others", [0, 4], ids=["one slice", "several slices"])
def test_installing_a_changed_rule_computes_all_figures_anew(monkeypatch: pytest.MonkeyPatch, others: int) -> None:
    monkeypatch.setattr(triggers, "SLICE", 2)
    for _ in range(others):
        make_incident()
    keeping.keep(Lens(min_credibility="2"))
    incident = falsified_incident()
    KeptFigure.objects.filter(incident=incident).update(killed_low=1000)
    before = rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT)
    sql(OTHER_RULE)
    sql("DROP TRIGGER conflictdb_estimates_update ON conflictdb_claim")
    sql(
        "CREATE TRIGGER conflictdb_of_old BEFORE UPDATE ON conflictdb_claim FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    )

    assert triggers.install("default") is True
    assert (rows(FUNCTIONS), rows(TRIGGERS), rows(COMMENT)) == before
    assert kept(incident) == Estimate(Figures(3, 3, 3, is_open=False, claims=1), NOTHING, disputed=False)
    assert keeping.wrong() == []
    assert triggers.install("default") is False


@pytest.mark.django_db(transaction=True)
def test_installing_a_changed_rule_makes_no_reader_wait() -> None:
    make_incident()
    sql(OTHER_RULE)
    read = []

    def reader() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")  # what would wait fails instead
                for noun in ("incident", "claim", "citation", "source", "dataset", "conflict"):
                    cursor.execute(f"SELECT count(*) FROM conflictdb_{noun}")  # noqa: S608 – our own words
                    read.append(noun)
        finally:
            connection.close()

    with transaction.atomic():
        assert triggers.install("default") is True
        meanwhile = threading.Thread(target=reader)
        meanwhile.start()
        meanwhile.join()

    assert read == ["incident", "claim", "citation", "source", "dataset", "conflict"]
