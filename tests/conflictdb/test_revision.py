"""The dataset's revision: another token after each commit that wrote records, whichever way, and after nothing else."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import cast
from uuid import RFC_4122

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction

from conflictdb.models import Actor, Claim, Country, Incident
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


class Undo(Exception):  # noqa: N818 – not an error: the way out of a transaction without keeping it
    """Takes back what was written."""


@pytest.fixture(autouse=True)
def incident() -> Incident:
    """Store one incident with what it needs."""
    return make.make_participation(incident=make.make_toll(3).incident).incident


def token() -> str:
    """Read the revision as everybody sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT token::text FROM conflictdb_revision")
        ((found,),) = cursor.fetchall()
    return str(found)


def marks() -> int:
    """Count the transactions that have written and not ended, as far as this one can see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM conflictdb_revisionmark")
        return int(cursor.fetchone()[0])


def run(statement: str) -> None:
    """Run plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def copy_quietly() -> None:
    """Write as an importer does: by COPY, while the other triggers rest."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        columns = "slug, name, iso3, region, is_historical, created_at, updated_at"
        with cursor.cursor.copy(f"COPY conflictdb_country ({columns}) FROM STDIN") as stream:
            stream.write("atlantis\tAtlantis\t\teurope\tf\t2021-01-01\t2021-01-01\n")


WAYS: dict[str, Callable[[], object]] = {
    "created": make.make_country,
    "saved": lambda: Incident.objects.get().save(),
    "updated": lambda: Claim.objects.update(statement="Another."),
    "deleted": lambda: Claim.objects.all().delete(),
    "bulk": lambda: Actor.objects.bulk_update(Actor.objects.all(), ["name"]),
    "sql": lambda: run("UPDATE conflictdb_source SET title = title"),
    "truncated": lambda: run("TRUNCATE conflictdb_participation"),
    "copied": copy_quietly,
    "fixture": lambda: call_command("loaddata", "countries", verbosity=0),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_changes_it(way: str) -> None:
    before = token()
    WAYS[way]()
    assert token() != before
    assert marks() == 0


def write_and_undo() -> None:
    """Write in a transaction that fails."""
    with suppress(Undo), transaction.atomic():
        make.make_country()
        raise Undo


@pytest.mark.parametrize(
    "nothing",
    [lambda: list(Incident.objects.all()), write_and_undo, lambda: User.objects.create(username="editor")],
    ids=["reading", "undone", "a user"],
)
def test_nothing_else_changes_it(nothing: Callable[[], object]) -> None:
    before = token()
    nothing()
    assert token() == before


def test_savepoint_that_is_undone_does_not_hide_what_follows() -> None:
    before = token()
    with transaction.atomic():
        write_and_undo()
        make.make_country()
    assert token() != before
    assert Country.objects.count() == 1


def test_it_changes_when_the_transaction_ends_and_not_before() -> None:
    """A token that came early would name the state before it: whoever saw that would keep it for ever."""
    with transaction.atomic():
        before = token()
        make.make_country()
        assert token() == before
        assert marks() == 1
    assert token() != before


def test_every_table_of_records_is_watched() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgenabled FROM pg_trigger WHERE tgname = 'conflictdb_revision' ORDER BY 1"
        )
        watched = cursor.fetchall()
    models = apps.get_app_config("conflictdb").get_models()
    tables = {model._meta.db_table for model in models} - {
        "conflictdb_keptlens",
        "conflictdb_keptfigure",
    }  # answers stay
    assert watched == [(table, "A") for table in sorted(tables)]  # A: always, for importers too


def changed_at() -> datetime:
    """Read when the revision is from, and see that its token says the same to the millisecond."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT token, changed_at FROM conflictdb_revision")
        ((name, found),) = cursor.fetchall()
    assert (name.version, name.variant) == (7, RFC_4122)
    assert name.int >> 80 == int(found.timestamp() * 1_000)
    return cast("datetime", found)


def test_no_two_revisions_share_a_second_and_the_clock_catches_up() -> None:
    run("UPDATE conflictdb_revision SET changed_at = '2024-02-29T12:00:00Z'")
    make.make_country()
    began = changed_at()
    assert abs((began - datetime.now(UTC)).total_seconds()) < 60
    seen = [began]
    for _ in range(3):
        make.make_country()
        seen.append(changed_at())
    seconds = [int(each.timestamp()) for each in seen]
    assert seconds == sorted(set(seconds))


def test_clock_that_was_set_back_makes_no_older_revision() -> None:
    run("UPDATE conflictdb_revision SET changed_at = '2999-01-01T00:00:00.9Z'")
    make.make_country()
    assert changed_at() == datetime(2999, 1, 1, 0, 0, 1, tzinfo=UTC)
