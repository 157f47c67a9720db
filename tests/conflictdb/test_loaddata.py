"""Loading fixtures: twice is once, all or nothing, and every mistake is named with file, record and field."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection

from conflictdb.models import Actor, Citation, Claim, Conflict, Country, Dataset, Incident, Source

pytestmark = pytest.mark.django_db

TIMES = "created_at: 2026-11-22T00:00:00Z, updated_at: 2026-11-22T00:00:00Z"
DATASET = (
    "- {model: conflictdb.dataset, fields: {slug: test, series: test, title: Test, publisher: Test, licence: CC0-1.0, "
    f"citation: Test, {TIMES}}}}}\n"
)
Load = Callable[..., str]


def actor(slug: str = "a-militia", **fields: object) -> str:
    """Write an actor as one YAML record; a field of None is left out."""
    values = {"slug": slug, "name": "A militia", "kind": "militia", "dataset": ["test"]} | fields
    return record("actor", values)


def incident(slug: str = "an-attack", **fields: object) -> str:
    """Write an incident as one YAML record."""
    return record(
        "incident", {"slug": slug, "kind": "armed_attack", "title": "An attack", "dataset": ["test"]} | fields
    )


def claim(slug: str = "eight-killed", **fields: object) -> str:
    """Write a claim that eight were killed as one YAML record."""
    values = {
        "slug": slug,
        "kind": "toll",
        "statement": "Eight were killed.",
        "incident": ["an-attack"],
        "measure": "killed",
        "victims": "everyone",
        "value_kind": "exact",
        "low": 8,
        "best": 8,
        "high": 8,
        "dataset": ["test"],
    }
    return record("claim", values | fields)


def record(model: str, fields: dict[str, object], *, timed: bool = True) -> str:
    """Write one YAML record."""
    given = ", ".join(f"{name}: {json.dumps(value)}" for name, value in fields.items() if value is not None)
    return f"- {{model: conflictdb.{model}, fields: {{{given}{f', {TIMES}' if timed else ''}}}}}\n"


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Load:
    """Give a function that loads a fixture's text and returns the closing line."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str, name: str = "data.yaml", **options: object) -> str:
        Path(name).write_text(text, encoding="utf-8")
        call_command("loaddata", name, **options)
        return capsys.readouterr().out.splitlines()[-1]

    return load_text


def refusal(load: Load, text: str, name: str = "data.yaml") -> str:
    """Load a broken fixture and give back the message."""
    with pytest.raises(CommandError) as refused:
        load(text, name)
    return str(refused.value)


def test_loading_counts_created_updated_and_unchanged(load: Load) -> None:
    """The closing line tells what was done; a changed record changed now, an unchanged one keeps its times."""
    assert load(DATASET + actor() + actor("b-militia")) == "3 created, 0 updated, 0 unchanged."
    before = list(Actor.objects.order_by("slug").values())
    assert load(DATASET + actor() + actor("b-militia", name="B militia")) == "0 created, 1 updated, 2 unchanged."
    after = list(Actor.objects.order_by("slug").values())
    assert after[0] == before[0]
    assert (after[1]["name"], after[1]["created_at"]) == ("B militia", before[1]["created_at"])
    assert after[1]["updated_at"] > before[1]["updated_at"]
    assert load(DATASET + actor() + actor("b-militia", name="B militia")) == "0 created, 0 updated, 3 unchanged."


def test_loading_twice_leaves_what_the_database_keeps(load: Load) -> None:
    """Figures that the database keeps on the incident do not make it look changed."""
    text = DATASET + incident() + claim(status="standing")
    assert load(text) == "3 created, 0 updated, 0 unchanged."
    assert load(text) == "0 created, 0 updated, 3 unchanged."
    assert Incident.objects.values_list("killed_best", flat=True).get() == 8


def test_record_without_times_gets_them(load: Load) -> None:
    """Django's raw load leaves the times of a row empty; here they are set."""
    plain = record("conflict", {"slug": "a-war", "name": "A war", "dataset": ["test"]}, timed=False)
    assert load(DATASET + plain) == "2 created, 0 updated, 0 unchanged."
    assert Conflict.objects.get().updated_at is not None
    assert load(DATASET + plain) == "0 created, 0 updated, 2 unchanged."


def test_links_to_records_further_down_are_loaded(load: Load) -> None:
    """A series may stand after its part; the part counts once and keeps its times."""
    text = DATASET + incident(parent=["the-series"]) + incident("the-series")
    assert load(text) == "3 created, 0 updated, 0 unchanged."
    part = Incident.objects.get(slug="an-attack")
    assert (part.parent.slug, part.updated_at.isoformat()) == ("the-series", "2026-11-22T00:00:00+00:00")
    assert load(text) == "0 created, 0 updated, 3 unchanged."


def test_link_to_a_record_further_down_updates_a_stored_one(load: Load) -> None:
    """A stored record that gains only such a link counts as updated."""
    load(DATASET + incident())
    text = DATASET + incident(parent=["the-series"]) + incident("the-series")
    assert load(text) == "1 created, 1 updated, 1 unchanged."


def test_natural_key_that_changes_on_the_way_leads_to_its_new_owner(load: Load) -> None:
    """A record named by its primary key may hand its natural key on to another one within one load."""
    load(DATASET + record("conflict", {"slug": "a-war", "name": "A war", "dataset": ["test"]}))
    war = Conflict.objects.get()
    part = {"kind": "unknown", "dataset": ["test"], "parent": ["a-war"]}
    with connection.cursor() as cursor:  # a public address is fixed: the guard is lifted to make the case
        cursor.execute("ALTER TABLE conflictdb_conflict DISABLE TRIGGER USER")
    renamed = record("conflict", {"slug": "old-war", "name": "A war", "dataset": ["test"]})
    text = (
        DATASET
        + record("conflict", {"slug": "before", "name": "Before", **part})
        + renamed.replace("fields:", f"pk: {war.pk}, fields:")
        + record("conflict", {"slug": "a-war", "name": "Another war", "dataset": ["test"]})
        + record("conflict", {"slug": "after", "name": "After", **part})
    )
    assert load(text) == "3 created, 1 updated, 1 unchanged."
    assert dict(Conflict.objects.exclude(parent=None).values_list("slug", "parent__slug")) == {
        "before": "old-war",
        "after": "a-war",
    }


def test_loading_is_all_or_nothing(load: Load) -> None:
    """A mistake in the last record takes back the first."""
    refusal(load, DATASET + actor() + actor("b-militia", kind="army"))
    assert list(Dataset.objects.all()) == []


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A dash reads standard input, as Django's does, and mistakes name it."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(DATASET))
    call_command("loaddata", "-", format="yaml")
    assert capsys.readouterr().out == "Installed 1 object(s) from 1 fixture(s)\n1 created, 0 updated, 0 unchanged.\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(DATASET + actor(kind="army")))
    with pytest.raises(CommandError, match=r"^standard input, record 2 \(conflictdb.actor a-militia\): kind must be "):
        call_command("loaddata", "-", format="yaml")


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "xml"])
def test_what_was_dumped_loads_unchanged(load: Load, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Every format of Django's is read, other apps' models and links to many included."""
    load(DATASET + incident() + claim(status="standing"))
    group = Group.objects.create(name="Coders")
    group.permissions.set(Permission.objects.filter(codename__in=["add_claim", "change_claim"]))
    capsys.readouterr()
    call_command("dumpdata", "conflictdb", "auth.group", natural_foreign=True, natural_primary=True, format=form)
    dump = capsys.readouterr().out
    assert load(dump, f"dump.{form}") == "0 created, 0 updated, 4 unchanged."
    group.permissions.clear()
    assert load(dump, f"dump.{form}") == "0 created, 1 updated, 3 unchanged."
    assert group.permissions.count() == 2


def test_excluded_models_are_left_out(load: Load) -> None:
    """Django's --exclude holds."""
    assert load(DATASET + actor(), exclude=["conflictdb.actor"]) == "1 created, 0 updated, 0 unchanged."


def test_quiet_load_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At verbosity 0 nothing is printed."""
    path = tmp_path / "data.yaml"
    path.write_text(DATASET, encoding="utf-8")
    call_command("loaddata", path, verbosity=0)
    assert capsys.readouterr().out == ""


def test_empty_fixture_warns(load: Load) -> None:
    """An empty list is not a mistake, but Django's warning is given."""
    with pytest.warns(RuntimeWarning, match=r"No fixture data found for 'data'\. \(File format may be invalid\.\)"):
        load("[]")


KINDS = (
    "kind must be a term of actor-kind: state, government, state_forces, rebel_group, militia, coalition, civilians, "
    "international_organisation, monitor, media, party, person, unidentified, other."
)
ACTOR = "data.yaml, record 2 (conflictdb.actor a-militia)"
INCIDENT = "data.yaml, record 2 (conflictdb.incident an-attack)"
CLAIM = "data.yaml, record 3 (conflictdb.claim eight-killed)"
BROKEN = {
    "unknown field": (actor(knd="militia"), f"{ACTOR}: knd: no such field; did you mean kind?"),
    "unknown field like none": (actor(zzzz=1), f"{ACTOR}: zzzz: no such field."),
    "name of a reverse relation": (actor(claims_made=[]), f"{ACTOR}: claims_made: no such field."),
    "two mistakes": (
        actor(knd="militia", active_from="soon"),
        (
            f"{ACTOR}: knd: no such field; did you mean kind?\n"
            f"{ACTOR}: active_from: “soon” value has an invalid date format. It must be in YYYY-MM-DD format."
        ),
    ),
    "bad date": (
        incident(started_on="2023-02-30"),
        f"{INCIDENT}: started_on: “2023-02-30” value has the correct format (YYYY-MM-DD) but it is an invalid date.",
    ),
    "bad number": (incident(latitude="north"), f"{INCIDENT}: latitude: “north” value must be a float."),
    "outside the vocabulary": (actor(kind="army"), f"{ACTOR}: {KINDS}"),
    "outside the vocabulary of an array": (
        incident(weapons=["stones"]),
        (
            f"{INCIDENT}: weapons must be terms of weapon: small_arms, artillery, rockets, missiles, drones, aircraft, "
            "explosives, armour, naval, chemical, blades_and_blunt, fire, vehicle, other."
        ),
    ),
    "constraint": (
        incident(latitude=35.0, place_precision="near"),
        f"{INCIDENT}: latitude and longitude must be given together or not at all.",
    ),
    "constraint of a claim": (
        incident() + claim(best=9),
        f"{CLAIM}: best must not exceed high.",
    ),
    "unresolvable natural key": (
        actor(country=["atlantis"]),
        f"{ACTOR}: country: no conflictdb.country is named atlantis.",
    ),
    "unresolvable natural key that is required": (
        actor(dataset=["tset"]),
        f"{ACTOR}: dataset: no conflictdb.dataset is named tset.",
    ),
    "natural key of a part": (
        record("actoralias", {"actor": ["nobody"], "name": "N", "kind": "acronym"}, timed=False),
        "data.yaml, record 2 (conflictdb.actoralias nobody / N): actor: no conflictdb.actor is named nobody.",
    ),
    "natural key that is no list": (
        actor(dataset="test"),
        f"{ACTOR}: dataset: a conflictdb.dataset is named by a list, [slug], not by 'test'.",
    ),
    "natural key of wrong length": (
        actor(dataset=["test", "1"]),
        f"{ACTOR}: dataset: a conflictdb.dataset is named by a list, [slug], not by ['test', '1'].",
    ),
    "primary key that is not there": (
        actor(dataset=999_999_999),
        (
            f'{ACTOR}: insert or update on table "conflictdb_actor" violates foreign key constraint '
            '"{foreign_key}" Key (dataset_id)=(999999999) is not present in table "conflictdb_dataset".'
        ),
    ),
    "required field left out": (actor(dataset=None), f"{ACTOR}: dataset: must be given."),
    "record without its slug": (
        actor(None),
        "data.yaml, record 2 (conflictdb.actor): slug must be lower-case letters and digits, joined by single hyphens.",
    ),
    "unique name": (
        record("country", {"slug": "syria-1", "name": "Syria", "region": "middle_east"})
        + record("country", {"slug": "syria-2", "name": "Syria", "region": "middle_east"}),
        (
            "data.yaml, record 3 (conflictdb.country syria-2): duplicate key value violates unique constraint "
            '"conflictdb_country_name_key" Key (name)=(Syria) already exists.'
        ),
    ),
    "too long": (
        actor(name="x" * 201),
        f"{ACTOR}: name: Ensure this value has at most 200 characters (it has 201).",
    ),
    "too large": (
        incident() + claim(low=0, best=1, high=3_000_000_000, value_kind="range"),
        f"{CLAIM}: high: Ensure this value is less than or equal to 2147483647.",
    ),
    "NUL": (actor(description="a\0b"), f"{ACTOR}: description: holds a NUL character."),
    "unknown model": (
        "- {model: conflictdb.battle, fields: {}}",
        "data.yaml, record 2: Invalid model identifier: conflictdb.battle",
    ),
    "no model": ("- {fields: {}}", 'data.yaml, record 2: a record is a mapping with "model" and "fields".'),
    "no mapping": ("- actor", 'data.yaml, record 2: a record is a mapping with "model" and "fields".'),
    "broken YAML": ("- {model: [", "data.yaml, line 3: not valid YAML: did not find expected node content."),
    "key twice": (
        "- {model: conflictdb.actor, fields: {slug: a, slug: b}}",
        "data.yaml, line 2: not valid YAML: 'slug' stands twice in one mapping.",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_mistake_is_named_with_file_record_and_field(load: Load, kind: str) -> None:
    """Each kind of mistake has its whole message."""
    text, message = BROKEN[kind]
    assert refusal(load, DATASET + text) == message.replace("{foreign_key}", foreign_key())


def foreign_key() -> str:
    """Give the name that Django made up for the constraint on an actor's dataset."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "conflictdb_actor")
    return next(name for name, one in constraints.items() if one["foreign_key"] and one["columns"] == ["dataset_id"])


def test_misquote_is_named(load: Load) -> None:
    """A trigger's message reaches the reader with the record's place."""
    text = "Eight were killed."
    dataset = load(DATASET)
    source = Source(slug="paper", kind="article", title="Paper", dataset=Dataset.objects.get(), text=text)
    source.save()
    cited = {"claim": ["eight-killed"], "number": 1, "source": ["paper"], "exact": "Nine", "start": 0, "end": 5}
    message = refusal(load, DATASET + incident() + claim() + record("citation", cited, timed=False))
    assert dataset == "1 created, 0 updated, 0 unchanged."
    assert message == (
        "data.yaml, record 4 (conflictdb.citation eight-killed / 1): "
        'Citation 1 of claim "eight-killed" does not stand verbatim in its source "paper": "Nine".'
    )
    assert list(Citation.objects.all()) == list(Claim.objects.all()) == []


def test_rule_that_waits_for_the_end_is_named(load: Load) -> None:
    """A deferred trigger speaks when all records are in."""
    answer = {"answers": ["eight-killed"], "answer_kind": "confirms", "incident": ["another-attack"]}
    text = DATASET + incident() + incident("another-attack") + claim() + claim("eight-confirmed", **answer)
    assert refusal(load, text) == (
        'data.yaml: Claim "eight-confirmed" is linked to "eight-killed", which is about another incident.'
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("data.json", '[\n{"model": }]', "data.json, line 2: not valid JSON: Expecting value."),
        ("data.jsonl", '\n{"model": }', "data.jsonl, line 2: not valid JSON: Expecting value."),
        ("data.json", "{}", "data.json: a fixture is a list of records."),
        ("data.yaml", "", "data.yaml: a fixture is a list of records."),
        ("data.yaml", "model: x", "data.yaml: a fixture is a list of records."),
        (
            "data.json",
            '[{"model": "conflictdb.country", "fields": {"slug": "a", "name": "\\ud800", "region": "asia"}}]',
            "data.json, record 1 (conflictdb.country a): name: holds half of a surrogate pair.",
        ),
        (
            "data.json",
            '[{"model": "auth.group", "pk": 1, "fields": {"name": "Coders", "permissions": [["fly", "a", "b"]]}}]',
            "data.json, record 1 (auth.group 1): permissions: no auth.permission is named fly / a / b.",
        ),
        (
            "data.json",
            '[{"model": "auth.group", "pk": "one", "fields": {"name": "Coders"}}]',
            (
                "data.json, record 1 (auth.group one): ['“one” value must be an integer.']: (auth.group:pk=one) "
                "field_value was 'None'"
            ),
        ),
    ],
)
def test_file_that_is_no_fixture_is_named(load: Load, name: str, text: str, message: str) -> None:
    """What cannot be read is named with its line or record, in every format."""
    assert refusal(load, text, name) == message


def test_link_that_never_comes_is_named(load: Load) -> None:
    """A link to a record that stands nowhere is found at the end, and named with the record that has it."""
    text = DATASET + incident(parent=["the-series"]) + incident("another-attack")
    assert refusal(load, text) == f"{INCIDENT}: parent: no conflictdb.incident is named the-series."


def test_fixtures_of_the_project_load(capsys: pytest.CaptureFixture[str]) -> None:
    """The committed fixtures are found by name."""
    call_command("loaddata", "countries")
    count = Country.objects.count()
    assert capsys.readouterr().out.splitlines()[-1] == f"{count} created, 0 updated, 0 unchanged."
