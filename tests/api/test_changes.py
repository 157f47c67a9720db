"""Following changes: every record in its turn, none missed, whatever else is being written meanwhile."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from api import changes
from conflictdb.models import Actor, Dataset, Incident
from tests import make
from tests.api.exporting import export

START = datetime(2020, 1, 1, tzinfo=UTC)
Get = Callable[..., Any]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests not wait until what they wrote is old enough."""
    monkeypatch.setattr(changes, "BEHIND", timedelta())


def changed(record: Any, minutes: float, created: float | None = None) -> Any:
    """Let a record have last changed at some time, and been stored at another or the same."""
    at, since = (START + timedelta(minutes=number) for number in (minutes, minutes if created is None else created))
    type(record).objects.filter(pk=record.pk).update(updated_at=at, created_at=since)
    return record


def walk(get: Get, path: str = "changes/") -> Iterator[dict[str, Any]]:
    """Read all pages there are by now."""
    following: str | None = path
    while following:
        page = get(following.split("/api/v1/")[-1])
        yield page
        following = page["next"]


def told(get: Get, path: str = "changes/") -> list[str]:
    """Read which records are told of, in order."""
    return [row["slug"] for page in walk(get, path) for row in page["results"]]


@pytest.mark.django_db
def test_every_kind_is_told_in_the_order_of_its_changes(get: Get, client: Client) -> None:
    Dataset.objects.all().delete()
    data = make.make_dataset(slug="data")
    of = {"dataset": data}
    wrong = {"status": "retracted", "status_reason": "Wrong."}
    one, two = (make.make_actor(slug=slug, **of) for slug in ("one", "two"))
    incident = make.make_incident(slug="incident", **of)
    replacement = make.make_claim(slug="replacement", incident=incident, **of)
    about = {"incident": incident, **of}
    in_order = [
        ("source", make.make_source(slug="source", **of), "created"),
        ("relation", make.make_relation(slug="relation", subject=one, object=two, **of), "created"),
        ("incident", incident, "created"),
        ("country", make.make_country(slug="country"), "created"),
        ("conflict", make.make_conflict(slug="conflict", **of), "created"),
        ("claim", replacement, "created"),
        ("claim", make.make_claim(slug="old", status="superseded", superseded_by=replacement, **about), "superseded"),
        ("claim", make.make_claim(slug="wrong", incident=incident, **wrong, **of), "retracted"),
        ("actor", two, "updated"),
        ("actor", one, "created"),
        ("dataset", data, "updated"),
        ("incident", make.make_incident(slug="gone", **wrong, **of), "retracted"),
    ]  # fmt: skip
    for minutes, (_, record, happened) in enumerate(in_order):
        changed(record, minutes, created=-60 if happened == "updated" else minutes)
    results = [
        row for page in walk(get, "changes/?page_size=5&updated_since=2020-01-01T00:00:00Z") for row in page["results"]
    ]
    assert [(row["kind"], row["slug"], row["happened"]) for row in results] == [
        (kind, record.slug, happened) for kind, record, happened in in_order
    ]
    assert [row["at"] for row in results[:2]] == ["2020-01-01T00:00:00.000000Z", "2020-01-01T00:01:00.000000Z"]
    for row in results:
        assert client.get(row["url"]).status_code == 200
        shown = "one" if row["kind"] == "relation" else row["slug"]
        assert row["url"].endswith(f"s/{shown}/".replace("countrys", "countries"))


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_hold_each_of_one_instant_once(get: Get, size: int) -> None:
    """An import gives thousands of records of several kinds the same instant."""
    expected = []
    for kind, maker in (("actor", make.make_actor), ("incident", make.make_incident), ("source", make.make_source)):
        expected += [changed(maker(slug=f"{kind}-x{number}"), 0).slug for number in range(4)]
    changed(make.the_dataset(), -1)
    assert (
        told(get, f"changes/?page_size={size}&updated_since=2020-01-01T00:00:00Z&kind__in=source,actor,incident")
        == expected
    )


@pytest.mark.django_db
def test_kinds_and_instants_narrow(get: Get) -> None:
    changed(make.the_dataset(), 0)
    for minutes in (1, 2, 3):
        changed(make.make_actor(slug=f"a-{minutes}"), minutes)
        changed(make.make_source(slug=f"s-{minutes}"), minutes)
    assert told(get, "changes/?kind=actor") == ["a-1", "a-2", "a-3"]
    assert told(get, "changes/?kind__in=actor,source&updated_since=2020-01-01T00:02:00Z") == [
        "a-2",
        "s-2",
        "a-3",
        "s-3",
    ]
    assert told(get, "changes/?kind=claim") == []


@pytest.mark.django_db
def test_what_comes_later_is_found_where_one_stopped(get: Get) -> None:
    changed(make.the_dataset(), 0)
    first = get("changes/?kind=actor")
    assert (first["results"], first["next"]) == ([], None)
    make.make_actor(slug="later")
    second = get(first["follow"].split("/api/v1/")[1])
    assert [row["slug"] for row in second["results"]] == ["later"]
    third = get(second["follow"].split("/api/v1/")[1])
    assert (third["results"], third["next"], third["follow"]) == ([], None, second["follow"])
    Actor.objects.get(slug="later").save()
    (row,) = get(third["follow"].split("/api/v1/")[1])["results"]
    assert row["slug"] == "later"


@pytest.mark.django_db
def test_what_is_not_public_is_not_told(get: Get) -> None:
    hidden = {"dataset": make.make_dataset(redistributable=False, slug="hidden")}
    make.make_incident(status="draft")
    make.make_claim(incident=make.make_incident(**hidden))
    make.make_relation(subject=make.make_actor(slug="seen"), object=make.make_actor(**hidden))
    make.make_source(**hidden)
    assert told(get, "changes/?kind__in=incident,claim,relation,source,actor") == ["seen"]
    assert "hidden" not in told(get)


@pytest.mark.django_db
def test_page_costs_two_queries(get: Get, django_assert_num_queries: Any) -> None:
    for rows in (1, 3):
        for _ in range(rows):
            make.make_claim()
        with django_assert_num_queries(2):  # how far it is safe to tell; the changes of all kinds
            get("changes/")


@pytest.mark.django_db
def test_answer_is_not_kept(client: Client) -> None:
    """It may be another without any write: what was too young is told a moment later."""
    answer = client.get("/api/v1/changes/")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "ETag" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("since=2020-01-01T00:00:00Z", "since", "There is no such parameter here."),
        ("updated_since=2020", "updated_since", '"2020" is not an instant'),
        ("kind=actr", "kind", '"actr" is none of: actor, claim,'),
        ("kind=actor&kind__in=claim", "kind__in", "Says what kind would say; leave one of them out."),
        ("cursor=abc", "cursor", "Not a cursor of this server"),
        ("page_size=0", "page_size", '"0" is not a whole number from 1 to 1000.'),
    ],
)
def test_bad_questions_are_refused(get: Get, query: str, parameter: str, detail: str) -> None:
    (error,) = get(f"changes/?{query}", 400)["errors"]
    assert error["parameter"] == parameter
    assert error["detail"].startswith(detail)


@pytest.mark.django_db
def test_cursor_belongs_to_its_question(get: Get) -> None:
    make.make_actor()
    make.make_incident()
    make.make_actor()
    cursor, of_list = (
        parse_qs(urlsplit(address).query)["cursor"][0]
        for address in (get("changes/?kind=actor")["follow"], get("actors/?page_size=1")["next"])
    )
    for query in (f"cursor={cursor}", f"kind=claim&cursor={cursor}", f"kind=actor&cursor={of_list}"):
        (error,) = get(f"changes/?{query}", 400)["errors"]
        assert error["detail"] == "Belongs to other filters; start again without it."


def in_another_connection(do: Callable[[], object]) -> None:
    """Do something in a connection of its own, and wait until it is done."""

    def work() -> None:
        try:
            do()
        finally:
            connection.close()

    other = threading.Thread(target=work)
    other.start()
    other.join()


@pytest.mark.django_db(transaction=True)
def test_transaction_that_ends_late_is_not_missed(get: Get) -> None:
    """It began before a record that a mirror could have gone past, and its own record bears the earlier instant."""
    dataset = make.the_dataset()
    began, go_on = threading.Event(), threading.Event()

    def import_slowly() -> None:
        with transaction.atomic():
            Dataset.objects.count()  # nothing is written yet: the transaction has no number
            began.set()
            go_on.wait(30)
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO conflictdb_actor (slug, name, kind, description, external_id, dataset_id) "
                    "VALUES ('late', 'Late', 'media', '', '', %s)",
                    [dataset.pk],
                )

    slow = threading.Thread(target=lambda: in_another_connection(import_slowly))
    slow.start()
    assert began.wait(30)
    make.make_actor(slug="quick")
    first = get("changes/?kind=actor")
    assert first["results"] == []  # `quick` is younger than a transaction that runs
    go_on.set()
    slow.join()
    assert Actor.objects.get(slug="late").updated_at < Actor.objects.get(slug="quick").updated_at
    second = get(first["follow"].split("/api/v1/")[1])
    assert [row["slug"] for row in second["results"]] == ["late", "quick"]


@pytest.mark.django_db(transaction=True)
def test_slow_download_holds_nothing_back(get: Get, client: Client) -> None:
    make.make_incident()
    began, go_on = threading.Event(), threading.Event()

    def download() -> None:
        answer: Any = client.get("/api/v1/incidents/?format=csv")
        assert next(answer.streaming_content)
        began.set()
        go_on.wait(30)
        answer.close()

    slow = threading.Thread(target=lambda: in_another_connection(download))
    slow.start()
    assert began.wait(30)
    make.make_actor(slug="quick")
    assert told(get, "changes/?kind=actor") == ["quick"]
    go_on.set()
    slow.join()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_before_clocks_agree(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    make.make_actor()
    monkeypatch.setattr(changes, "BEHIND", timedelta(minutes=5))
    page = get("changes/?kind=actor")
    assert page["results"] == []
    assert datetime.fromisoformat(page["until"]) < datetime.now(UTC) - timedelta(minutes=4)


@pytest.mark.django_db(transaction=True)
def test_mirror_that_follows_holds_what_the_lists_hold(get: Get, client: Client) -> None:
    """The seed, then changes of several kinds: after each reading the mirror is the lists' equal."""
    call_command("loaddata", "countries", "seed", verbosity=0)
    mirror: dict[tuple[str, str], Any] = {}
    place = "changes/?page_size=50"
    for change in (lambda: None, lambda: make.make_toll(9, incident=Incident.objects.earliest("id")), _retract_one):
        change()
        for page in walk(get, place):
            place = page["follow"]
            for row in page["results"]:
                mirror[row["kind"], row["slug"]] = client.get(row["url"]).json()
        for kind, plural in (
            ("incident", "incidents"),
            ("actor", "actors"),
            ("claim", "claims"),
            ("country", "countries"),
        ):
            model: Any = changes.KINDS[kind][0]
            listed = {record.slug for record in model.objects.public()}
            assert {slug for each, slug in mirror if each == kind} == listed
            for slug in [*listed][:5]:
                assert mirror[kind, slug] == get(f"{plural}/{slug}/")
    figures = {slug: answer["killed"] for (kind, slug), answer in mirror.items() if kind == "incident"}
    shown = [row for page in walk(get, "incidents/?status__in=published,retracted") for row in page["results"]]
    assert figures == {row["slug"]: row["killed"] for row in shown}
    assert export(client, "incidents/?format=csv")


def _retract_one() -> None:
    incident = Incident.objects.latest("id")
    incident.status, incident.status_reason = "retracted", "Wrong."
    incident.save()


class Mirror:
    """Copies of what the feed tells of, by kind and slug, kept as the endpoint's description says."""

    def __init__(self, get: Get, client: Client) -> None:
        """Begin with nothing."""
        self.get, self.client, self.place = get, client, "changes/?page_size=7"
        self.copies: dict[tuple[str, str], Any] = {}

    def follow(self) -> None:
        """Read on from where one stopped."""
        for page in walk(self.get, self.place):
            self.place = page["follow"]
            for row in page["results"]:
                if row["happened"] == "withdrawn":
                    assert row["kind"] == "dataset"
                    self.drop(row["slug"])
                else:
                    self.copy(row["kind"], row["slug"], row["url"])

    def copy(self, kind: str, slug: str, url: str) -> None:
        """Read a record anew, a relation on its subject's page; what is no longer there is dropped."""
        if kind == "relation":
            kind, slug = "actor", url.split("/")[-2]
        self.copies.pop((kind, slug), None)
        answer = self.client.get(url)
        if answer.status_code == 200:
            self.copies[kind, slug] = answer.json()

    def drop(self, dataset: str) -> None:
        """Drop a dataset with all that is of it; read anew what else names any of these, and claims about relations."""
        self.copies.pop(("dataset", dataset), None)
        gone = {slug for (_, slug), copy in self.copies.items() if (copy.get("dataset") or {}).get("slug") == dataset}
        for (kind, slug), copy in [*self.copies.items()]:
            if slug in gone:
                del self.copies[kind, slug]
            elif gone & slugs_in(copy) or copy.get("relation"):
                self.copy(kind, slug, copy["url"])

    def held(self) -> set[tuple[str, str]]:
        """Name all that is there."""
        actors = (copy for (kind, _), copy in self.copies.items() if kind == "actor")
        return {*self.copies, *(("relation", each["slug"]) for copy in actors for each in copy["relations_as_subject"])}


def slugs_in(value: Any) -> set[str]:
    """All that a document names."""
    if isinstance(value, dict):
        own = {value["slug"]} if isinstance(value.get("slug"), str) else set()
        return own.union(*map(slugs_in, value.values()))
    return set().union(*map(slugs_in, value)) if isinstance(value, list) else set()


def public_records() -> set[tuple[str, str]]:
    """Name all that is public."""
    models: dict[str, Any] = {kind: model for kind, (model, _) in changes.KINDS.items()}
    return {(kind, record.slug) for kind, model in models.items() for record in model.objects.public()}


def set_terms(slug: str, *, redistributable: bool) -> None:
    dataset = Dataset.objects.get(slug=slug)
    dataset.redistributable = redistributable
    dataset.save()


@pytest.mark.django_db(transaction=True)
def test_mirrors_hold_what_is_public_whatever_becomes_of_a_datasets_terms(get: Get, client: Client) -> None:
    make.make_dataset(slug="never-public", redistributable=False)
    lent = make.make_dataset(slug="lent")
    of = {"dataset": lent}
    actor, source, incident = make.make_actor(**of), make.make_source(**of), make.make_incident(**of)
    make.make_conflict(**of)
    make.make_claim(incident=incident, claimant=make.make_actor(), **of)
    ours = make.make_incident(slug="ours")
    make.make_participation(incident=ours, actor=actor)
    make.make_claim(incident=ours, claimant=actor)
    make.make_citation(claim=make.make_toll(3, incident=ours), source=source)
    make.make_toll(50, incident=ours, actor=actor)
    make.make_toll(7, incident=incident)
    make.make_relation(subject=make.make_actor(slug="ally"), object=actor)
    make.make_claim(relation=make.make_relation(**of))
    for record in (*Incident.objects.all(), *Actor.objects.all()):
        changed(record, 0)  # long ago: a mirror has gone past
    begun = Mirror(get, client)
    begun.follow()
    at_first = begun.held()
    assert at_first == public_records()

    set_terms("lent", redistributable=False)
    begun.follow()
    late = Mirror(get, client)  # begins while the dataset is withheld
    late.follow()
    for mirror in (begun, late):
        assert mirror.held() == public_records() < at_first
        assert not {"lent", "never-public", actor.slug, source.slug, incident.slug} & slugs_in(
            [*mirror.copies.values()]
        )
        assert mirror.copies["incident", "ours"]["killed"]["high"] == 3
    Actor.objects.filter(pk=actor.pk).update(name="Told to nobody")
    Dataset.objects.filter(slug="lent").update(
        description="Edited meanwhile", withdrawn_at=None, updated_at=datetime.now(UTC)
    )
    assert get(begun.place.split("/api/v1/")[-1])["results"] == []  # of a withheld dataset nothing more is told

    set_terms("lent", redistributable=True)
    for mirror in (begun, late):
        mirror.follow()
        assert mirror.held() == public_records() == at_first
        assert mirror.copies["actor", actor.slug]["name"] == "Told to nobody"
        assert mirror.copies["incident", "ours"]["killed"]["high"] == 50
    assert "never-public" not in told(get)


@pytest.mark.django_db(transaction=True)
def test_dataset_that_is_opened_for_the_first_time_is_told_with_its_records(get: Get) -> None:
    hidden = {"dataset": make.make_dataset(slug="hidden", redistributable=False)}
    for maker in (make.make_actor, make.make_source, make.make_conflict, make.make_incident):
        changed(maker(slug=f"{maker.__name__.removeprefix('make_')}-of-hidden", **hidden), 0)
    changed(hidden["dataset"], 0)
    follow = get("changes/")["follow"].split("/api/v1/")[1]
    assert get(follow)["results"] == []
    Dataset.objects.filter(slug="hidden").update(redistributable=True)
    assert {row["slug"]: row["happened"] for row in get(follow)["results"]} == dict.fromkeys(
        ["hidden", "actor-of-hidden", "conflict-of-hidden", "incident-of-hidden", "source-of-hidden"], "updated"
    )
