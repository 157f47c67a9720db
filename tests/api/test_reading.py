"""Every list and detail on the seed dataset: what it holds, in how many queries, and that it never shows what is withheld."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models

from api.urls import router
from conflictdb.models import Actor, ActorRelation, Citation, Claim, Conflict, Country, Dataset, Incident, Source
from tests.api.walking import ASKED, walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
RECORDS = {prefix: view for prefix, view, _ in router.registry if hasattr(view, "orders")}


@pytest.mark.parametrize("prefix", RECORDS)
def test_list_holds_every_public_record_in_every_order(get: Callable[..., Any], prefix: str) -> None:
    view = RECORDS[prefix]
    stored = sorted(view.queryset.all().public().values_list("slug", flat=True))
    for order in view.orders:
        for sign in ("", "-"):
            met = [row["slug"] for page in walk(get, f"{prefix}/?ordering={sign}{order}&page_size=9") for row in page]
            assert sorted(met) == stored
    assert stored


@pytest.mark.parametrize("prefix", RECORDS)
def test_detail_begins_with_its_row_of_the_list(get: Callable[..., Any], prefix: str) -> None:
    for row in get(f"{prefix}/?page_size=5")["results"]:
        detail = get(row["url"].split("/api/v1/")[1])
        assert {name: detail[name] for name in row} == row


def links(content: Any) -> Iterator[str]:
    """Find every address of this API in an answer."""
    if isinstance(content, dict):
        if isinstance(content.get("url"), str) and content["url"]:
            yield content["url"]
        for value in content.values():
            yield from links(value)
    elif isinstance(content, list):
        for value in content:
            yield from links(value)


@pytest.mark.parametrize("prefix", [prefix for prefix, _, _ in router.registry])
def test_links_lead_somewhere(get: Callable[..., Any], prefix: str) -> None:
    for link in set(links(get(f"{prefix}/{ASKED.get(prefix, '')}"))):
        assert get(link.split("/api/v1/")[1])["url"] == link


def test_incident_tells_who_what_according_to_whom_and_in_which_words(get: Callable[..., Any]) -> None:
    incident = get("incidents/2023-us-retaliatory-strikes-in-syria/")
    assert incident["killed"] == {"low": 8, "best": 8, "high": None, "is_open": True, "claims": 2}
    assert incident["disputed"] is True
    assert [(each["role"], each["actor"]["slug"]) for each in incident["participants"]] == [
        ("initiator", "united-states"),
        ("target", "iran-backed-groups"),
        ("victim", "iran-backed-groups"),
    ]
    (eight,) = [each for each in incident["claims"] if each["slug"] == "eight-members-of-iran-backed-militias-killed"]
    assert eight["claimant"]["name"] == "Syrian Observatory for Human Rights"
    (citation,) = eight["citations"]
    assert citation["source"]["slug"] == "2023-11-15-us-iran-syria"
    assert "eight members of Iran-backed militias" in citation["exact"]
    text = get("sources/2023-11-15-us-iran-syria/")["text"]
    assert text[citation["start"] : citation["end"]] == citation["exact"]


def test_zero_unknown_and_not_reported_are_three_answers(get: Callable[..., Any]) -> None:
    figures = {row["slug"]: row["killed"] for row in get("incidents/?fields=slug,killed")["results"]}
    assert figures["2023-attacks-on-us-forces-in-syria-and-iraq"] == {
        "low": 0, "best": 0, "high": None, "is_open": True, "claims": 1,
    }  # fmt: skip
    assert figures["2023-us-and-iran-backed-groups-exchange-of-attacks"] == {
        "low": None, "best": None, "high": None, "is_open": False, "claims": 1,
    }  # fmt: skip
    assert figures["us-entry-into-syria"] == {
        "low": None, "best": None, "high": None, "is_open": False, "claims": 0,
    }  # fmt: skip


def test_fields_shape_lists_and_details(get: Callable[..., Any]) -> None:
    row = get("incidents/?disputed=true&fields=slug,killed.best,participants.actor.slug")["results"][0]
    expected = {
        "slug": "2023-us-retaliatory-strikes-in-syria",
        "participants": [{"actor": {"slug": slug}} for slug in ("united-states", *["iran-backed-groups"] * 2)],
        "killed": {"best": 8},
    }
    assert row == expected
    detail = get("incidents/2023-us-retaliatory-strikes-in-syria/?fields=slug,killed.best,participants.actor.slug")
    assert detail == expected


@pytest.mark.parametrize(
    ("given", "nearest"),
    [("titel", "title"), ("killed.bst", "killed.best"), ("participants.actor.nme", "participants.actor.name")],
)
def test_unknown_field_is_refused_with_the_nearest(get: Callable[..., Any], given: str, nearest: str) -> None:
    (error,) = get(f"incidents/?fields=slug,{given}", status=400)["errors"]
    assert error["detail"] == f'There is no field "{given}" here.'
    assert error["nearest"][0] == nearest


def test_unknown_slug_answers_404_with_the_nearest(get: Callable[..., Any]) -> None:
    problem = get("actors/us-force/", status=404)
    detail = problem.pop("detail")
    assert problem == {"type": "about:blank", "title": "Not Found", "status": 404}
    assert detail.startswith('There is no actor "us-force". Near to it: us-forces')


def test_vocabularies_are_data(get: Callable[..., Any]) -> None:
    terms = {term["code"]: term for term in get("vocabularies/place-precision/")["terms"]}
    assert terms["near"] == {
        "code": "near",
        "label": "Near a place",
        "definition": "Within about 25 km of the named place.",
        "crosswalk": {"ucdp": ["2"], "acled": ["2"]},
    }
    assert "Near to it: place-precision" in get("vocabularies/place-precison/", status=404)["detail"]


def everything(get: Callable[..., Any]) -> str:
    """Read every list and every detail, as one text."""
    lists = [
        *(f"{prefix}/" for prefix in RECORDS),
        "incidents/?status__in=published,retracted",
        "claims/?status__in=standing,superseded,retracted",
    ]
    rows = [row for path in lists for row in get(f"{path}{'&' if '?' in path else '?'}page_size=1000")["results"]]
    # Of the other nouns a detail is its row of the list again, as another test here shows.
    longer = [prefix for prefix, view in RECORDS.items() if view.detail_serializer_class]
    details = [get(row["url"].split("/api/v1/")[1]) for row in rows if row["url"].split("/")[5] in longer]
    return repr((rows, details))


def test_draft_incident_is_seen_nowhere(get: Callable[..., Any]) -> None:
    series = Incident.objects.get(slug="2023-attacks-on-us-forces-in-syria-and-iraq")
    dataset = series.dataset
    draft = Incident.objects.create(
        slug="draft-incident", title="Draft", kind="strike", parent=series, dataset=dataset, status="draft"
    )
    Incident.objects.filter(slug="2023-attacks-on-us-forces-in-iraq").update(parent=draft)
    claim = Claim.objects.create(
        slug="claim-on-draft",
        statement="On a draft.",
        kind="occurrence",
        incident=draft,
        dataset=dataset,
        status="standing",
    )
    Citation.objects.create(claim=claim, source=Source.objects.get(), **quote(Source.objects.get()))
    text = everything(get)
    assert "2023-attacks-on-us-forces-in-iraq" in text
    assert "draft-incident" not in text
    assert "claim-on-draft" not in text
    get("incidents/draft-incident/", status=404)
    get("claims/claim-on-draft/", status=404)
    get("claims/?incident=draft-incident", status=400)


def quote(source: Source) -> dict[str, Any]:
    """Quote the first words of a source."""
    return {"exact": source.text[:10], "start": 0, "end": 10}


def test_draft_claim_is_seen_nowhere_and_counts_for_nothing(get: Callable[..., Any]) -> None:
    incident = Incident.objects.get(slug="2023-us-retaliatory-strikes-in-syria")
    Claim.objects.create(
        slug="draft-claim", statement="Ninety killed.", kind="toll", measure="killed", victims="everyone",
        value_kind="exact", low=90, best=90, high=90, incident=incident, dataset=incident.dataset, status="draft",
    )  # fmt: skip
    assert "draft-claim" not in everything(get)
    assert get(f"incidents/{incident.slug}/")["killed"]["best"] == 8


WITHHELD: list[tuple[type[models.Model], str]] = [
    (Actor, "us-forces"),
    (ActorRelation, "iran-backed-groups-backed-by-iran"),
    (Claim, "eight-members-of-iran-backed-militias-killed"),
    (Conflict, "gaza-war"),
    (Incident, "2023-us-retaliatory-strikes-in-syria"),
    (Source, "2023-11-15-us-iran-syria"),
]


@pytest.mark.parametrize(("model", "slug"), WITHHELD)
def test_record_of_a_withheld_dataset_is_seen_nowhere(
    get: Callable[..., Any], model: type[models.Model], slug: str
) -> None:
    assert f"'{slug}'" in everything(get)
    withheld = Dataset.objects.create(
        slug="withheld-dataset", series="withheld", title="Withheld", publisher="P", licence="L", citation="C"
    )
    model._default_manager.filter(slug=slug).update(dataset=withheld)
    text = everything(get)
    assert f"'{slug}'" not in text
    assert "withheld-dataset" not in text
    get("datasets/withheld-dataset/", status=404)


def test_claim_of_a_withheld_dataset_does_not_leak_through_the_figures(get: Callable[..., Any]) -> None:
    withheld = Dataset.objects.create(
        slug="withheld-dataset", series="withheld", title="Withheld", publisher="P", licence="L", citation="C"
    )
    Claim.objects.filter(slug="eight-members-of-iran-backed-militias-killed").update(dataset=withheld)
    incident = get("incidents/2023-us-retaliatory-strikes-in-syria/")
    assert incident["killed"] == {"low": None, "best": None, "high": None, "is_open": False, "claims": 1}
    assert incident["disputed"] is False


def test_retracted_records_stay_readable_but_are_not_listed(get: Callable[..., Any]) -> None:
    Incident.objects.filter(slug="us-entry-into-syria").update(status="retracted", status_reason="Coded twice.")
    assert "us-entry-into-syria" not in repr(get("incidents/?fields=slug"))
    assert get("incidents/?status=retracted&fields=slug,status_reason")["results"] == [
        {"slug": "us-entry-into-syria", "status_reason": "Coded twice."}
    ]
    assert get("incidents/us-entry-into-syria/")["status"] == "retracted"


@pytest.mark.parametrize("model", [Country, *(model for model, _ in WITHHELD), Dataset])
def test_api_never_writes(client: Any, model: type[models.Model]) -> None:
    before = model._default_manager.count()
    for prefix, view in RECORDS.items():
        for address in (f"/api/v1/{prefix}/", f"/api/v1/{prefix}/{view.queryset.first().slug}/"):
            for method in ("post", "put", "patch", "delete"):
                response = getattr(client, method)(address, {}, content_type="application/json")
                assert response.status_code == 405
                assert response.headers["Content-Type"] == "application/problem+json"
                assert "GET" in response.headers["Allow"]
    assert model._default_manager.count() == before


def test_withheld_claimant_is_not_taken_for_the_source_itself(get: Callable[..., Any]) -> None:
    withheld = Dataset.objects.create(
        slug="withheld-dataset", series="withheld", title="Withheld", publisher="P", licence="L", citation="C"
    )
    path = "claims/eight-members-of-iran-backed-militias-killed/?fields=claimant,victim_actor,withheld"
    assert get(path)["withheld"] == []
    Actor.objects.filter(slug="syrian-observatory-for-human-rights").update(dataset=withheld)
    claim = get(path)
    assert (claim["claimant"], claim["victim_actor"]["slug"]) == (None, "iran-backed-groups")
    assert claim["withheld"] == ["claimant"]
