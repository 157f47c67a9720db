"""The rules of ``sql/guards.sql``, which look at more than one row: what they let pass, what they refuse."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from conflictdb.models import Citation, Claim, Incident, Source
from tests.make import (
    make_actor,
    make_citation,
    make_claim,
    make_conflict,
    make_country,
    make_dataset,
    make_incident,
    make_relation,
    make_source,
    make_toll,
    the_dataset,
)

pytestmark = pytest.mark.django_db

# Typographic quotes, a letter outside the basic plane, a composed and a combining letter, a line break.
TEXT = "🛰️ “We hit 𝔸in al-Asad,” said the ‘Résistance’ — 8 kille\u0301d.\nIt said “we” again."
Write = Callable[[models.Model, str, Any], None]


def by_orm(row: models.Model, column: str, value: Any) -> None:
    """Change one column through a QuerySet."""
    assert type(row)._base_manager.filter(pk=row.pk).update(**{column: value}) == 1


def by_save(row: models.Model, column: str, value: Any) -> None:
    """Change one column through the model."""
    setattr(row, column, value)
    row.save()


def by_sql(row: models.Model, column: str, value: Any) -> None:
    """Change one column by plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE {row._meta.db_table} SET "{column}" = %s WHERE id = %s', [value, row.pk])  # noqa: S608 - names of the model
        assert cursor.rowcount == 1


every_way = pytest.mark.parametrize("write", [by_orm, by_save, by_sql])


@contextmanager
def refused(name: str, message: str = "") -> Iterator[None]:
    """Expect the database to refuse what happens inside, under a constraint's name and with these words."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():  # noqa: PT012 - the commit is what may fail
        yield
        commit()
    cause = error.value.__cause__
    assert cause.diag.constraint_name == name  # type: ignore[union-attr]  # psycopg's own error
    assert cause.diag.sqlstate == "23514"  # type: ignore[union-attr]  # check_violation
    assert message in cause.diag.message_primary  # type: ignore[union-attr]


def commit() -> None:
    """Check what waits for the commit, as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def value_of(row: models.Model, column: str) -> Any:
    """Read one column anew."""
    return type(row)._base_manager.values_list(column, flat=True).get(pk=row.pk)


# --- slugs and statuses ------------------------------------------------------------------------------------------------

PUBLIC = [make_country, make_dataset, make_actor, make_relation, make_source, make_conflict, make_incident, make_claim]
WITH_STATUS = [make_incident, make_claim]
AFTERWARDS = {
    "published": {},
    "standing": {},
    "retracted": {"status_reason": "Wrong."},
}


@every_way
@pytest.mark.parametrize("make", PUBLIC)
def test_slug_is_fixed_once_public(make: Callable[..., models.Model], write: Write) -> None:
    row = make(slug="first")

    with refused("slug_is_fixed_once_public", 'The slug "first" is public and cannot change to "second".'):
        write(row, "slug", "second")

    assert value_of(row, "slug") == "first"


@every_way
@pytest.mark.parametrize("make", PUBLIC)
def test_slug_may_be_written_as_it_is(make: Callable[..., models.Model], write: Write) -> None:
    row = make(slug="first")

    write(row, "slug", "first")

    assert value_of(row, "slug") == "first"


@pytest.mark.parametrize("make", WITH_STATUS)
def test_slug_is_fixed_after_a_retraction(make: Callable[..., models.Model]) -> None:
    row = make(slug="first", status="retracted", status_reason="Wrong.")

    with refused("slug_is_fixed_once_public"):
        by_sql(row, "slug", "second")


def test_slug_of_a_superseded_claim_is_fixed() -> None:
    incident = make_incident()
    row = make_claim(slug="first", incident=incident, status="superseded", superseded_by=make_claim(incident=incident))

    with refused("slug_is_fixed_once_public"):
        by_sql(row, "slug", "second")


@every_way
@pytest.mark.parametrize("make", WITH_STATUS)
def test_slug_of_a_draft_may_change(make: Callable[..., models.Model], write: Write) -> None:
    row = make(slug="first", status="draft")

    write(row, "slug", "second")

    assert value_of(row, "slug") == "second"


@pytest.mark.parametrize(("make", "status"), [(make_incident, "published"), (make_claim, "standing")])
def test_slug_may_change_in_the_statement_that_publishes(make: Callable[..., models.Model], status: str) -> None:
    row = make(slug="first", status="draft")

    type(row)._base_manager.filter(pk=row.pk).update(slug="second", status=status)

    assert (value_of(row, "slug"), value_of(row, "status")) == ("second", status)


@every_way
@pytest.mark.parametrize(
    ("make", "status"),
    [(make_incident, "published"), (make_incident, "retracted"), (make_claim, "standing"), (make_claim, "retracted")],
)
def test_public_record_never_becomes_a_draft(make: Callable[..., models.Model], status: str, write: Write) -> None:
    row = make(slug="first", status=status, **AFTERWARDS[status])

    with refused("public_stays_public", '"first" is public and cannot become a draft again; retract it instead.'):
        write(row, "status", "draft")

    assert value_of(row, "status") == status


@pytest.mark.parametrize(
    ("make", "before", "after"),
    [
        (make_incident, "draft", "draft"),
        (make_incident, "draft", "published"),
        (make_incident, "draft", "retracted"),
        (make_incident, "published", "retracted"),
        (make_incident, "retracted", "published"),
        (make_claim, "draft", "standing"),
        (make_claim, "draft", "retracted"),
        (make_claim, "standing", "retracted"),
        (make_claim, "retracted", "standing"),
    ],
)
def test_other_changes_of_status_pass(make: Callable[..., models.Model], before: str, after: str) -> None:
    row = make(status=before, status_reason="Wrong." if before == "retracted" else "")

    type(row)._base_manager.update(status=after, status_reason="Wrong." if after == "retracted" else "")

    assert value_of(row, "status") == after


# --- links between claims ----------------------------------------------------------------------------------------------

STRAY = "claim_links_stay_in_incident"
LINKS: dict[str, dict[str, Any]] = {
    "answers": {"answer_kind": "denies"},
    "superseded_by": {"status": "superseded"},
}
every_link = pytest.mark.parametrize("link", LINKS)


@every_link
def test_link_within_an_incident_passes(link: str) -> None:
    other = make_claim()
    row = make_claim(incident=other.incident, **{link: other}, **LINKS[link])

    commit()

    assert value_of(row, link) == other.pk


@every_link
def test_link_between_claims_without_incident_passes(link: str) -> None:
    actor = make_actor()
    other = make_claim(actor=actor)
    row = make_claim(actor=actor, **{link: other}, **LINKS[link])

    commit()

    assert value_of(row, link) == other.pk


@every_link
def test_link_to_a_claim_about_another_incident_is_refused_when_stored(link: str) -> None:
    other = make_claim(slug="there")

    with refused(STRAY, 'Claim "here" is linked to "there", which is about another incident.'):
        make_claim(slug="here", **{link: other}, **LINKS[link])


@every_link
def test_link_to_a_claim_without_incident_is_refused(link: str) -> None:
    other = make_claim(actor=make_actor())

    with refused(STRAY):
        make_claim(**{link: other}, **LINKS[link])


@every_link
@pytest.mark.parametrize("write", [by_orm, by_sql])
def test_link_to_a_claim_about_another_incident_is_refused_when_changed(link: str, write: Write) -> None:
    other = make_claim()
    row = make_claim(incident=other.incident, **{link: other}, **LINKS[link])
    stray = make_claim()

    with refused(STRAY):
        write(row, link if write is by_orm else f"{link}_id", stray.pk)


@every_link
@pytest.mark.parametrize("end", ["from", "to"])
@pytest.mark.parametrize("write", [by_orm, by_sql])
def test_link_keeps_both_claims_in_their_incident(link: str, end: str, write: Write) -> None:
    other = make_claim()
    row = make_claim(incident=other.incident, **{link: other}, **LINKS[link])
    elsewhere = make_incident()

    with refused(STRAY):
        write(row if end == "from" else other, "incident_id", elsewhere.pk)


@every_link
def test_linked_claims_move_together(link: str) -> None:
    other = make_claim()
    row = make_claim(incident=other.incident, **{link: other}, **LINKS[link])
    elsewhere = make_incident()

    by_orm(row, "incident_id", elsewhere.pk)
    by_sql(other, "incident_id", elsewhere.pk)
    commit()

    assert {value_of(row, "incident_id"), value_of(other, "incident_id")} == {elsewhere.pk}


def test_link_may_be_stored_before_the_claim_it_points_to() -> None:
    incident, key = make_incident(), 10**9
    row = make_claim(incident=incident, answers_id=key, answer_kind="confirms")
    make_claim(pk=key, incident=incident)

    commit()

    assert value_of(row, "answers_id") == key


def test_link_stored_before_the_claim_it_points_to_is_checked_too() -> None:
    key = 10**9

    with refused(STRAY):
        make_claim(answers_id=key, answer_kind="confirms")
        make_claim(pk=key)


@pytest.mark.django_db(transaction=True)
def test_stray_link_is_refused_by_the_commit_itself() -> None:
    other = make_claim()

    with pytest.raises(IntegrityError) as error, transaction.atomic():  # noqa: PT012 - the commit is what may fail
        stray = make_claim(answers=other, answer_kind="confirms")
        assert Claim.objects.filter(pk=stray.pk).exists()

    assert error.value.__cause__.diag.constraint_name == STRAY  # type: ignore[union-attr]  # psycopg's own error
    assert list(Claim.objects.all()) == [other]


# --- quotes and the texts they stand in --------------------------------------------------------------------------------

MISQUOTE = "citation_quote_stands_verbatim"


def quote(exact: str, prefix: str = "", suffix: str = "", *, shift: int = 0) -> dict[str, Any]:
    """Describe a citation at the place where its words stand in the text, counted in characters."""
    start = TEXT.index(prefix + exact + suffix) + len(prefix) + shift
    return {"exact": exact, "prefix": prefix, "suffix": suffix, "start": start, "end": start + len(exact)}


VERBATIM = {
    "first character": quote("🛰"),
    "the whole text": quote(TEXT),
    "the last word": quote("again.", "we” "),
    "typographic quotes": quote("“We hit 𝔸in al-Asad,”", "🛰️ ", " said"),
    "a letter of four bytes": quote("𝔸", "hit ", "in"),
    "after letters of four bytes": quote("‘Résistance’", "the ", " — "),
    "a combining letter": quote("kille\u0301d", "8 ", ".\nIt"),
    "across a line break": quote("d.\nIt said"),
    "the second of two places": quote("said", "It ", " “we”"),
    "the text as its own context": quote("8", TEXT[: TEXT.index("8")], TEXT[TEXT.index("8") + 1 :]),
}
MISQUOTED = {
    "other words": quote("8 kille\u0301d") | {"exact": "9 kille\u0301d"},
    "straight quotes": quote("“We hit") | {"exact": '"We hit'},
    "a hyphen for a dash": quote("— 8") | {"exact": "- 8"},
    "a composed letter for a combining one": quote("kille\u0301d") | {"exact": "killéd"},
    "other capitals": quote("We hit") | {"exact": "we hit"},
    "one character early": quote("We hit", shift=-1),
    "one character late": quote("We hit", shift=1),
    "offsets in UTF-16 units": quote("said the", shift=2),
    "an end too far": quote("We hit") | {"end": TEXT.index("We hit") + 7},
    "an end too near": quote("We hit") | {"end": TEXT.index("We hit") + 5},
    "an empty stretch": quote("We hit") | {"end": TEXT.index("We hit")},
    "past the end of the text": quote("again.") | {"start": len(TEXT), "end": len(TEXT) + 6},
    "no offsets": {"exact": "We hit", "start": None, "end": None},
    "no words": {"exact": "", "start": None, "end": None},
    "another prefix": quote("We hit") | {"prefix": "”"},
    "a prefix with a gap": quote("hit") | {"prefix": "We"},
    "a prefix before the text": quote("🛰") | {"prefix": "x"},
    "another suffix": quote("We hit") | {"suffix": " 𝔹"},
    "a suffix after the text": quote("again.") | {"suffix": "x"},
}


def held(**fields: Any) -> Source:
    """Store a source that holds the text."""
    return make_source(slug="held", text=TEXT, **fields)


@pytest.mark.parametrize("described", VERBATIM.values(), ids=VERBATIM)
def test_quote_that_stands_verbatim_is_stored(described: dict[str, Any]) -> None:
    citation = make_citation(source=held(), **described)

    assert TEXT[citation.start : citation.end] == citation.exact
    assert Citation.objects.filter(pk=citation.pk, **described).exists()


@pytest.mark.parametrize("described", MISQUOTED.values(), ids=MISQUOTED)
def test_quote_that_does_not_stand_there_is_refused(described: dict[str, Any]) -> None:
    source, claim = held(), make_claim(slug="eight-killed")
    words = f'Citation 1 of claim "eight-killed" does not stand verbatim in its source "held": "{described["exact"]}".'

    with refused(MISQUOTE, words):
        make_citation(source=source, claim=claim, **described)

    assert Citation.objects.count() == 0


@pytest.mark.parametrize("described", MISQUOTED.values(), ids=MISQUOTED)
def test_quote_is_checked_by_whatever_statement_it_was_changed(described: dict[str, Any]) -> None:
    citation = make_citation(source=held(), **quote("We hit", "“", " 𝔸"))
    values = {"prefix": "", "suffix": ""} | described

    with refused(MISQUOTE):
        Citation.objects.filter(pk=citation.pk).update(**values)
    with refused(MISQUOTE), connection.cursor() as cursor:
        cursor.execute(
            'UPDATE conflictdb_citation SET exact = %s, prefix = %s, suffix = %s, start = %s, "end" = %s',
            [values[column] for column in ("exact", "prefix", "suffix", "start", "end")],
        )


def test_one_misquote_among_many_refuses_them_all() -> None:
    source, claim = held(), make_claim()
    good = [Citation(claim=claim, source=source, number=number, **quote("We hit")) for number in range(1, 5)]

    with refused(MISQUOTE, "Citation 7"):
        Citation.objects.bulk_create(
            [*good, Citation(claim=claim, source=source, number=7, **quote("We hit", shift=1))]
        )

    assert Citation.objects.count() == 0


def test_quote_from_a_source_without_text_is_not_checked() -> None:
    citation = make_citation(source=make_source(), exact="Not at hand.", prefix="x")

    assert Citation.objects.filter(pk=citation.pk, start=None, end=None).exists()


def test_citation_moved_to_another_source_is_checked_against_its_text() -> None:
    citation = make_citation(source=held(), **quote("We hit"))
    other, silent = make_source(text="Something else."), make_source()

    with refused(MISQUOTE):
        by_orm(citation, "source", other)
    by_orm(citation, "source", silent)

    assert value_of(citation, "source_id") == silent.pk


def test_citation_stored_before_its_source_is_checked_when_the_text_arrives() -> None:
    key = 10**9

    with refused(MISQUOTE):
        make_citation(source=Source(pk=key), **quote("We hit", "“", " 𝔸"))
        make_source(pk=key, text=TEXT[1:])


def test_citation_may_be_stored_before_its_source() -> None:
    key = 10**9
    citation = make_citation(source=Source(pk=key), **quote("We hit", "“", " 𝔸"))
    make_source(pk=key, text=TEXT)

    commit()

    assert value_of(citation, "source_id") == key


def test_citation_and_source_of_one_statement_are_checked() -> None:
    claim = make_claim()
    with refused(MISQUOTE), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH source AS (
                INSERT INTO conflictdb_source (
                    slug, title, kind, reliability, text, sha256, url, archive_url, language, external_id, dataset_id,
                    created_at, updated_at
                ) VALUES ('s', 's', 'article', 'F', 'abc', %s, '', '', '', '', %s, now(), now()) RETURNING id
            )
            INSERT INTO conflictdb_citation (claim_id, number, source_id, exact, prefix, suffix, start, "end")
            SELECT %s, 1, id, 'bd', '', '', 1, 3 FROM source
            """,
            [hashlib.sha256(b"abc").hexdigest(), the_dataset().pk, claim.pk],
        )


@pytest.mark.parametrize("write", ["orm", "sql"])
def test_text_may_change_only_around_its_quotes(write: str) -> None:
    source = held()
    make_citation(source=source, **quote("We hit", "“", " 𝔸"))

    def change(text: str) -> None:
        if write == "orm":
            source.text = text
            source.save()
        else:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE conflictdb_source SET text = %s, sha256 = %s",
                    [text, hashlib.sha256(text.encode()).hexdigest()],
                )

    with refused(MISQUOTE, "We hit"):
        change("A" + TEXT)
    with refused(MISQUOTE):
        change(TEXT.replace("𝔸", "A"))
    change(TEXT + " And on.")

    assert value_of(source, "text") == TEXT + " And on."


def test_text_arriving_under_a_quote_without_offsets_is_refused() -> None:
    source = make_source()
    make_citation(source=source, exact="We hit")

    with refused(MISQUOTE):
        by_save(source, "text", TEXT)


# --- the digest of a text ----------------------------------------------------------------------------------------------

DIGEST = "source_text_has_its_sha256"
RIGHT, WRONG = hashlib.sha256(TEXT.encode()).hexdigest(), hashlib.sha256(b"other").hexdigest()


def test_text_is_stored_with_its_digest() -> None:
    assert value_of(held(), "sha256") == RIGHT


def test_text_with_another_digest_is_refused() -> None:
    row = Source(slug="held", title="x", kind="article", dataset=the_dataset(), text=TEXT, sha256=WRONG)

    with refused(DIGEST, 'The text of source "held" does not have the SHA-256 that the source names.'):
        Source.objects.bulk_create([row])


@pytest.mark.parametrize("write", [by_orm, by_sql])
@pytest.mark.parametrize(("column", "value"), [("sha256", WRONG), ("text", TEXT + " ")])
def test_text_and_digest_change_together_or_not_at_all(column: str, value: str, write: Write) -> None:
    source = held()

    with refused(DIGEST):
        write(source, column, value)

    Source.objects.update(text=TEXT + " ", sha256=hashlib.sha256((TEXT + " ").encode()).hexdigest())
    assert value_of(source, "text") == TEXT + " "


def test_digest_of_a_document_whose_text_is_not_held_is_free() -> None:
    assert value_of(make_source(sha256=WRONG), "sha256") == WRONG


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make_incident, make_conflict])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_parents_make_no_circle(make: Callable[..., Any], steps: int) -> None:
    first = last = make()
    for _ in range(steps):
        last = make(parent=last)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        type(first).objects.filter(pk=first.pk).update(parent=last)

    assert refused.value.__cause__.diag.constraint_name == "parents_make_no_circle"  # type: ignore[union-attr]  # psycopg's
    assert str(refused.value).startswith(f'"{first.slug}" cannot be part of what is part of it.')
    type(first).objects.filter(pk=last.pk).update(parent=first)  # a shorter way up is none


@pytest.mark.django_db
def test_triggers_work_under_any_search_path() -> None:
    incident = make_incident()
    claim = make_toll(3, incident=incident)
    source = make_source(text="Three were killed.")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute("UPDATE public.conflictdb_claim SET low = 4, best = 4, high = 4 WHERE id = %s", [claim.pk])
        cursor.execute(
            'INSERT INTO public.conflictdb_citation (claim_id, number, source_id, exact, prefix, suffix, start, "end") '
            "VALUES (%s, 1, %s, 'Three', '', '', 0, 5)",
            [claim.pk, source.pk],
        )
        cursor.execute("UPDATE public.conflictdb_source SET reliability = 'A' WHERE id = %s", [source.pk])
        cursor.execute("RESET search_path")
    assert Incident.objects.get(pk=incident.pk).killed_best == 4
