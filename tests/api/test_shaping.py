"""`fields=` and `expand=`: what they show, what they refuse, and what they must not change."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from api.serializers import summary
from api.serializers.expansion import FULL
from api.shaping import LARGEST_EXPANDED_PAGE, MOST_EXPANDED
from api.urls import router
from conflictdb.models import Dataset, Incident
from tests import make
from tests.api.exporting import cells, export, flat
from tests.api.test_budgets import DETAILS, LISTS, full_claim, full_dataset, full_incident
from tests.api.test_exports import described_by

pytestmark = pytest.mark.django_db
Get = Callable[..., Any]
RECORDS = {prefix: view for prefix, view, _ in router.registry if hasattr(view, "orders")}
EXPANDED = [
    pytest.param(prefix, is_detail, path, id=f"{prefix}-{'detail' if is_detail else 'list'}-{path}")
    for prefix, view in RECORDS.items()
    for is_detail in (False, True)
    for path in view.shaping(is_detail=is_detail).paths()
]


def test_full_records_are_those_of_the_lists() -> None:
    views = {view.queryset.model: view.serializer_class for view in RECORDS.values()}
    summaries = [
        each
        for name, each in vars(summary).items()
        if name.endswith("SummarySerializer") and hasattr(each, "Meta") and each.__module__ == summary.__name__
    ]
    assert set(FULL) == set(summaries)
    for each, full in FULL.items():
        assert views[each.Meta.model] is full  # type: ignore[attr-defined]  # every summary is of a model
        # So an expanded link still keeps the schema that the contract has for the summary.
        assert set(each.Meta.fields) <= set(full.Meta.fields)  # type: ignore[attr-defined]


def test_link_is_shown_as_its_own_list_shows_it(get: Get) -> None:
    incident = full_incident()
    row = get(f"incidents/?slug={incident.slug}&expand=participants.actor,dataset,parent,claims.claimant,children")[
        "results"
    ][0]
    assert row["dataset"] == get(f"datasets/?slug={row['dataset']['slug']}")["results"][0]
    assert row["parent"] == get(f"incidents/?slug={row['parent']['slug']}")["results"][0]
    for each in row["children"]:
        assert each == get(f"incidents/?slug={each['slug']}")["results"][0]
    for actor in [each["actor"] for each in row["participants"]] + [
        each["claimant"] for each in row["claims"] if each["claimant"]
    ]:
        assert actor == get(f"actors/?slug={actor['slug']}")["results"][0]
    assert [len(row[name]) for name in ("participants", "claims", "children")] == [3, 6, 3]
    assert row["country"].keys() == {"slug", "name", "iso3", "url"}  # what is not named stays a summary


def test_two_levels_are_expanded_where_both_are_named(get: Get) -> None:
    claim = full_claim()
    whole = get(f"claims/{claim.slug}/?expand=citations.source,citations.source.publisher")
    for citation in whole["citations"]:
        source = get(f"sources/?slug={citation['source']['slug']}&expand=publisher")["results"][0]
        assert citation["source"] == source
        assert source["publisher"]["description"] == ""


@pytest.mark.parametrize("slug", ["withheld", "draft"])
def test_what_may_not_be_seen_is_null_or_left_out(get: Get, slug: str) -> None:
    withheld = make.make_dataset(redistributable=False)
    fields: dict[str, Any] = {"dataset": withheld} if slug == "withheld" else {"status": "draft"}
    hidden = make.make_incident(slug=slug, **fields)
    incident = make.make_incident(parent=hidden)
    Incident.objects.filter(pk=make.make_incident(slug=f"{slug}-part", **fields).pk).update(parent=incident)
    make.make_claim(incident=incident, claimant=make.make_actor(dataset=withheld))
    row = get(f"incidents/?slug={incident.slug}&expand=parent,children,claims,claims.claimant")["results"][0]
    assert (row["parent"], row["children"]) == (None, [])
    assert [(each["claimant"], each["withheld"]) for each in row["claims"]] == [(None, ["claimant"])]


def test_fields_reach_into_full_records(get: Get) -> None:
    claim = full_claim()
    fields = "slug,dataset.publisher,claimant.aliases.name,citations.source.language"
    row = get(f"claims/{claim.slug}/?expand=dataset,claimant,citations.source&fields={fields}")
    assert row == {
        "slug": claim.slug,
        "dataset": {"publisher": "Its publisher"},
        "claimant": {"aliases": []},
        "citations": [{"source": {"language": ""}}] * 2,
    }


@pytest.mark.parametrize(
    ("path", "parameter", "detail", "nearest"),
    [
        ("incidents/?expand=datset", "expand", '"datset" is none of: country, ', ["dataset"]),
        ("incidents/?expand=participants", "expand", '"participants" is none of: ', ["participants.actor"]),
        ("countries/?expand=dataset", "expand", "There is no such parameter here.", None),
        (
            "incidents/?expand=dataset&fields=slug,dataset.homepag",
            "fields",
            'There is no field "dataset.homepag" here.',
            ["dataset.homepage"],
        ),
        ("incidents/?fields=slug,dataset.homepage", "fields", "Needs expand=dataset, ", []),
        (
            "incidents/?fields=claims.claimant.country,claims.slug",
            "fields",
            "Needs expand=claims.claimant,claims, ",
            [],
        ),
        ("claims/?expand=claimant&fields=claimant.kind,dataset.publisher", "fields", "Needs expand=dataset, ", []),
        (
            "incidents/?expand=dataset,parent&fields=slug,parent.kind",
            "expand",
            "Is for naught: fields leaves out dataset.",
            [],
        ),
        ("incidents/?expand=parent&page_size=101", "page_size", "Is at most 100 with expand.", []),
        (
            "claims/?expand=incident,actor,relation.subject,relation.object,claimant,victim_actor,named_actor,answers,dataset",
            "expand",
            "Holds 9 paths; at most 8 are allowed.",
            [],
        ),
    ],
)
def test_what_cannot_be_shown_so_is_refused_by_name(
    get: Get, path: str, parameter: str, detail: str, nearest: list[str] | None
) -> None:
    (error,) = get(path, 400)["errors"]
    assert error["parameter"] == parameter
    assert error["detail"].startswith(detail)
    assert nearest is None or error["nearest"][: len(nearest)] == nearest


def test_bounds_are_themselves_allowed(get: Get) -> None:
    make.make_incident()
    paths = RECORDS["incidents"].shaping(is_detail=False).paths()[:MOST_EXPANDED]
    assert get(f"incidents/?page_size={LARGEST_EXPANDED_PAGE}&expand={','.join(paths)}")["results"]
    assert get("incidents/?page_size=1000")["results"]


@pytest.mark.parametrize(("prefix", "is_detail", "path"), EXPANDED)
def test_expanding_costs_no_other_query(
    get: Get,
    django_assert_num_queries: Any,
    prefix: str,
    is_detail: bool,  # noqa: FBT001 – a case
    path: str,
) -> None:
    address = next(each for each, _ in LISTS if each.startswith(prefix))
    if is_detail:
        address = f"{prefix}/{dict(DETAILS)[prefix]().slug}/?"
    with django_assert_num_queries(1):  # the records with all that is nested in them
        get(f"{address}{'&' if '?' in address else '?'}expand={path}")


def test_order_and_repetition_of_paths_mean_nothing(get: Get) -> None:
    full_incident()
    answer = get("incidents/?expand=dataset,parent")
    assert get("incidents/?expand=parent,dataset,parent") == answer


def test_cursor_goes_on_in_another_shape(get: Get) -> None:
    slugs = sorted(make.make_incident().slug for _ in range(3))
    first = get("incidents/?page_size=2&expand=dataset")
    assert "expand=dataset" in first["next"]
    rest = get(first["next"].split("/api/v1/")[1].replace("expand=dataset&", "").replace("&expand=dataset", ""))
    assert sorted(row["slug"] for row in first["results"] + rest["results"]) == slugs
    assert "publisher" in first["results"][0]["dataset"]
    assert "publisher" not in rest["results"][0]["dataset"]


@pytest.mark.parametrize(
    "question",
    ["incidents/?expand=claims,country,parent", "claims/?status=superseded&expand=claimant,citations.source,incident"],
)
def test_files_hold_full_records_too(client: Client, get: Get, question: str) -> None:
    full_incident()
    expected = get(question)["results"]
    lines = export(client, f"{question}&format=ndjson").splitlines()
    assert [json.loads(line) for line in lines] == expected
    rows = cells(export(client, f"{question}&format=csv"))
    link = "parent" if question.startswith("incidents") else "incident"
    many = "claims" if question.startswith("incidents") else "citations"
    for row, described in zip(rows, expected, strict=True):
        assert json.loads(row[many]) == described[many]
        assert row[f"{link}.kind"] == (described[link]["kind"] if described[link] else "")
        assert row[f"{link}.killed.claims"] == (str(described[link]["killed"]["claims"]) if described[link] else "")
        assert (row[f"{link}.participants"] == "") == (described[link] is None)
        assert row[f"{link}.dataset.slug"] == (described[link]["dataset"]["slug"] if described[link] else "")
    if question.startswith("incidents"):
        features = json.loads(export(client, f"{question}&format=geojson"))["features"]
        serializer = described_by("incidents", question.partition("?")[2])
        assert [feature["properties"] for feature in features] == [flat(row, serializer) for row in expected]


def test_imports_of_datasets_are_shown_in_their_list_where_asked_for(get: Get) -> None:
    dataset = full_dataset()
    row = get(f"datasets/?slug={dataset.slug}&expand=imports")["results"][0]
    assert row == {name: value for name, value in get(f"datasets/{dataset.slug}/").items() if name in row}
    assert row["imports"]
    assert Dataset.objects.count() > 0


@pytest.mark.parametrize("name", ["kind__in", "fields", "expand"])
def test_list_may_be_written_by_its_name_again(get: Get, name: str) -> None:
    """Generated clients do, though the contract says otherwise; it can mean nothing else."""
    for kind in ("riot", "strike", "shelling"):
        make.make_incident(kind=kind, slug=kind)
    values = {"kind__in": ("riot", "strike"), "fields": ("slug", "kind"), "expand": ("parent", "dataset")}[name]
    once = get(f"incidents/?{name}={','.join(values)}")
    assert get(f"incidents/?{name}={values[0]}&{name}={values[1]}") == once
    assert get(f"incidents/?{name}={values[0]}")["results"] != once["results"]
    (error,) = get(f"incidents/?{name}={values[0]}&{name}=", 400)["errors"]
    assert error["detail"] == "Has no value; leave the parameter out instead."


def test_cursor_belongs_to_all_values_of_a_list_written_so(get: Get) -> None:
    for _ in range(2):
        make.make_incident(kind="riot")
    following = get("incidents/?kind__in=strike&kind__in=riot&page_size=1")["next"].split("/api/v1/")[1]
    assert get(following)["results"]
    get(following.replace("kind__in=strike", "kind__in=shelling"), 400)
