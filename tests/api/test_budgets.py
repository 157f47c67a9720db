"""How many queries each answer costs: the same for one row as for three, and for rows that hold everything a row can hold."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from conflictdb.models import ActorAlias, Disagreement, Import
from conflictdb.vocabularies import ImportOutcome
from tests import make

pytestmark = pytest.mark.django_db
DAY = date(2021, 5, 4)


def full_actor(**fields: Any) -> Any:
    """Store an actor of a country, with two other names and a relation to either side."""
    actor = make.make_actor(country=make.make_country(), active_from=DAY, **fields)
    for name in ("One", "Two"):
        ActorAlias.objects.create(actor=actor, name=name, kind="alternative")
    make.make_relation(subject=actor)
    make.make_relation(object=actor)
    return actor


def full_claim(**fields: Any) -> Any:
    """Store a claim in which every link is filled, cited from two sources of different publishers."""
    incident = fields.pop("incident", None) or make.make_incident()
    other = make.make_claim(incident=incident)
    claim = make.make_toll(
        1, 2, 3, incident=incident, actor=make.make_actor(), relation=make.make_relation(), claimant=make.make_actor(),
        victim_actor=make.make_actor(), named_actor=make.make_actor(), named_conflict=make.make_conflict(), answers=other,
        answer_kind="corrects",
        superseded_by=other, status="superseded", dataset=make.make_dataset(), **fields,
    )  # fmt: skip
    for _ in range(2):
        make.make_citation(claim=claim, source=make.make_source(publisher=make.make_actor()))
    return claim


def full_conflict() -> Any:
    """Store a dyad of a conflict, which has dyads below it too."""
    conflict = make.make_conflict(parent=make.make_conflict())
    for _ in range(3):
        make.make_conflict(parent=conflict)
    return conflict


def full_dataset() -> Any:
    """Store a dataset with three imports."""
    dataset = make.make_dataset()
    for _ in range(3):
        Import.objects.create(
            dataset=dataset, format="csv", file_name="a.csv", sha256="a" * 64, outcome=ImportOutcome.RUNNING
        )
    return dataset


def full_incident() -> Any:
    """Store an incident in which every link is filled, with three participants, claims and parts."""
    incident = make.make_incident(
        country=make.make_country(),
        place_precision="country",
        conflict=make.make_conflict(),
        parent=make.make_incident(),
        dataset=make.make_dataset(),
    )
    for _ in range(3):
        make.make_participation(incident=incident)
        full_claim(incident=incident)
        make.make_incident(parent=incident)
    return incident


def full_disagreement() -> Any:
    """Store a disagreement of which both claims have every link filled and are cited twice."""
    incident = make.make_incident(started_on=DAY, ended_on=DAY, date_precision="day", dataset=make.make_dataset())
    for number in (3, 9):
        claim = make.make_toll(
            number, incident=incident, claimant=make.make_actor(), victim_actor=None, dataset=make.make_dataset()
        )
        for _ in range(2):
            make.make_citation(claim=claim, source=make.make_source(publisher=make.make_actor()))
    return Disagreement.objects.get(incident=incident)


def full_source() -> Any:
    """Store a source with its publisher and its text."""
    return make.make_source(publisher=make.make_actor(), text="Words.", dataset=make.make_dataset())


# One query each: PostgreSQL writes the rows, all that is nested in them, and the revision that they were read at.
LISTS: list[tuple[str, Callable[[], Any]]] = [
    ("incidents/", full_incident),
    ("claims/?status=superseded", full_claim),
    ("disagreements/", full_disagreement),
    ("actors/", full_actor),
    ("sources/", full_source),
    ("conflicts/", full_conflict),
    ("datasets/", full_dataset),
    ("countries/", make.make_country),
]
DETAILS: list[tuple[str, Callable[[], Any]]] = [
    ("incidents", full_incident),
    ("claims", full_claim),
    ("disagreements", full_disagreement),
    ("actors", full_actor),
    ("sources", full_source),
    ("conflicts", full_conflict),
    ("countries", make.make_country),
]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("each", LISTS, ids=[path.split("/")[0] for path, _ in LISTS])
def test_list_stays_within_its_budget(
    get: Callable[..., Any], django_assert_num_queries: Any, each: tuple[str, Callable[[], Any]], rows: int
) -> None:
    path, make_one = each
    stored = {make_one().slug for _ in range(rows)}
    with django_assert_num_queries(1):
        results = get(path)["results"]
    assert stored <= {row["slug"] for row in results}


@pytest.mark.parametrize(("path", "make_one"), DETAILS, ids=[path for path, _ in DETAILS])
def test_detail_stays_within_its_budget(
    get: Callable[..., Any], django_assert_num_queries: Any, path: str, make_one: Any
) -> None:
    slug = make_one().slug
    with django_assert_num_queries(1):
        assert get(f"{path}/{slug}/")["slug"] == slug


def test_dataset_is_counted_once_a_revision(get: Callable[..., Any], django_assert_num_queries: Any) -> None:
    slug = full_dataset().slug
    first = get(f"datasets/{slug}/")
    with django_assert_num_queries(3):  # whether it is public; the revision that it was counted at; itself
        assert get(f"datasets/{slug}/") == first
    with django_assert_num_queries(1):  # what is not shown is not counted
        assert get(f"datasets/{slug}/?fields=slug") == {"slug": slug}


@pytest.mark.parametrize("path", ["vocabularies/", "vocabularies/measure/", ""])
def test_vocabularies_and_index_cost_no_query(
    get: Callable[..., Any], django_assert_num_queries: Any, path: str
) -> None:
    with django_assert_num_queries(0):
        get(path)


@pytest.mark.parametrize(
    ("query", "budget"),
    [
        ("count=exact", 2),  # the list; the count
        ("count=estimate", 4),  # the list; whether anything is withheld; what the planner thinks; the count of few
        ("kind=armed_attack&killed_best__gte=0&q=incident", 1),  # conditions on the list's own query
        ("role=present&actor__in=first,second", 2),  # the list; the slugs, however many
        ("dataset=tests", 1),  # the list, which finds the dataset by its slug
        ("dataset=tests&kind=riot", 2),  # the list, which is empty; whether there is such a dataset
    ],
)
def test_parameters_stay_within_their_budget(
    get: Callable[..., Any], django_assert_num_queries: Any, query: str, budget: int
) -> None:
    for slug in ("first", "second"):
        make.make_participation(actor=make.make_actor(slug=slug), incident=make.make_incident())
    make.make_toll(1, incident=make.make_incident(parent=make.make_incident()))
    with django_assert_num_queries(budget):
        get(f"incidents/?{query}&page_size=1")


def test_full_rows_show_every_link(get: Callable[..., Any]) -> None:
    """A budget means nothing where the links are empty: none of them is."""
    claim = get(f"claims/{full_claim().slug}/")
    linked = [name for name, value in claim.items() if isinstance(value, dict)]
    assert sorted(linked) == sorted(
        [
            "incident",
            "actor",
            "relation",
            "claimant",
            "victim_actor",
            "named_actor",
            "named_conflict",
            "superseded_by",
            "answers",
            "dataset",
        ]
    )
    assert [len(citation["source"]["publisher"]) for citation in claim["citations"]] == [4, 4]
    incident = get(f"incidents/{full_incident().slug}/")
    assert all(incident[name] for name in ("country", "conflict", "parent", "dataset"))
    assert [len(incident[name]) for name in ("participants", "claims", "children")] == [3, 6, 3]
