"""What PostgreSQL writes for a record is what its serializer describes: every resource and shape, field by field."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.test import APIRequestFactory

from api.documents import document
from api.reading import Shape as ShapeOfRequest
from api.reading import list_statement
from api.serializers.base import fields_of
from api.statements import statement_of
from api.urls import router
from conflictdb.models import Claim, Country, Dataset, Incident
from tests import make
from tests.api.test_budgets import (
    full_actor,
    full_claim,
    full_conflict,
    full_dataset,
    full_disagreement,
    full_incident,
    full_source,
)

pytestmark = pytest.mark.django_db
RECORDS = {prefix: view for prefix, view, _ in router.registry if hasattr(view, "orders")}
ODD = 'quote " backslash \\ slash / tab \t line\nend\r bell \x07 del \x7f “Ž” \u2028 </script> %s %(slug)s $1 {}'


class Shape(NamedTuple):
    """What `fields=` and `expand=` are given."""

    fields: str = ""
    expand: str = ""

    def __str__(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self._asdict().items() if value)


WHOLE = Shape()


def as_described(view: Any, record: Any, shape: Shape, *, is_detail: bool) -> Any:
    """Show a record as the view's serializer does, in Python."""
    shaping = view.shaping(is_detail=is_detail)
    fields = shaping.parameters()["fields"][0].parse(shape.fields) if shape.fields else None
    serializer = shaping.serializer(fields, shape.expand.split(",") if shape.expand else ())
    serializer.instance, serializer._context = record, {"request": APIRequestFactory().get("/")}  # noqa: SLF001 – as DRF does when it is made
    return json.loads(json.dumps(serializer.data))


def as_served(get: Any, prefix: str, slug: str, shape: Shape, *, is_detail: bool) -> Any:
    """Read the record through the API."""
    if is_detail:
        return get(f"{prefix}/{slug}/?{shape}")
    status = "&status__in=published,retracted" if prefix == "incidents" else ""
    status = "&status__in=standing,superseded,retracted" if prefix == "claims" else status
    (row,) = get(f"{prefix}/?slug={slug}{status}&{shape}")["results"]
    return row


def compare(
    get: Any, prefix: str, records: QuerySet, shapes: Iterable[Shape], ways: Iterable[bool] = (False, True)
) -> int:
    """Compare all public records of a resource, in lists and on their own pages; return how many comparisons that took."""
    view, compared = RECORDS[prefix], 0
    for is_detail in ways:
        for shape in shapes:
            rows = records.for_detail() if is_detail or shape.expand else records.for_reading()
            for record in rows:
                served = as_served(get, prefix, record.slug, shape, is_detail=is_detail)
                assert served == as_described(view, record, shape, is_detail=is_detail), shape
                compared += 1
    return compared


def expansions(prefix: str, *, is_detail: bool) -> list[Shape]:
    """List every single value of `expand=`, and several together; for lists, each with the fields that it brings, too."""
    paths = RECORDS[prefix].shaping(is_detail=is_detail).paths()
    several = [",".join(paths[start : start + 8]) for start in range(0, len(paths), 7)]
    cuts = [Shape(expand=path, fields=f"slug,{path}.slug") for path in paths if not path.startswith("imports")]
    return [*(Shape(expand=path) for path in dict.fromkeys([*paths, *several])), *([] if is_detail else cuts)]


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("prefix", RECORDS)
def test_seed_is_served_as_described(get: Any, prefix: str) -> None:
    records = RECORDS[prefix].queryset.all().public()
    if prefix in {"claims", "countries"}:
        records = records.filter(pk__in=records.order_by("pk").values_list("pk", flat=True)[:40])
    assert compare(get, prefix, records, [WHOLE]) > 0


def odd_incident() -> Incident:
    """Store an incident of which every text is hard to write as JSON, and every number at a bound."""
    country = Country.objects.filter(name=ODD).first() or make.make_country(name=ODD)
    incident = make.make_incident(
        title=ODD, summary=ODD, admin1=ODD, admin2=ODD, place_name=ODD, quality_note=ODD, other_columns={ODD: ODD, "": ""},
        latitude=-0.1, longitude=1e-7, place_precision="exact", country=country,
        weapons=["drones", "rockets"], conflict=make.make_conflict(name=ODD), status="retracted", status_reason=ODD,
    )  # fmt: skip
    make.make_toll(0, 2**31 - 1, None, incident=incident, value_kind="at_least", statement=ODD, value_wording=ODD)
    Incident.objects.filter(pk=incident.pk).update(created_at=datetime(2021, 1, 2, 3, 4, 5, 600, UTC))
    return incident


def claim_among_odd_ones(incident: Incident | None = None) -> Claim:
    """Store a claim whose links lead to records of odd texts, or to such as have links of their own."""
    incident = incident or odd_incident()
    actor = full_actor(name=ODD, description=ODD)
    claim = make.make_claim(
        incident=incident, claimant=actor, actor=actor, named_actor=make.make_actor(name=ODD), named_conflict=full_conflict(),
        answers=full_claim(incident=incident), answer_kind="denies", relation=make.make_relation(subject=actor),
    )  # fmt: skip
    make.make_citation(
        claim=claim, source=make.make_source(title=ODD, text=ODD, publisher=actor, language="ar"), exact=ODD
    )
    make.make_citation(claim=claim, source=make.make_source(title=ODD))
    return claim


def series_of_odd_ones() -> Incident:
    """Store an incident with parts, participants and claims of odd texts, of which some are drafts."""
    series = make.make_incident(parent=odd_incident())
    Incident.objects.filter(pk=odd_incident().pk).update(parent=series)
    make.make_incident(parent=series, status="draft")
    make.make_participation(incident=series, actor=full_actor(name=ODD))
    claim_among_odd_ones(series)
    make.make_claim(incident=series, status="draft")
    return series


ODD_ONES: dict[str, list[Any]] = {
    "incidents": [series_of_odd_ones],
    "claims": [claim_among_odd_ones],
    "sources": [lambda: make.make_source(publisher=full_actor(name=ODD))],
}
MAKERS: dict[str, list[Any]] = {
    "incidents": [make.make_incident, odd_incident, full_incident],
    "claims": [make.make_claim, full_claim],
    "disagreements": [full_disagreement],
    "actors": [make.make_actor, full_actor],
    "sources": [make.make_source, full_source],
    "conflicts": [make.make_conflict, full_conflict],
    "datasets": [make.make_dataset, full_dataset],
    "countries": [make.make_country],
}


@pytest.mark.parametrize("prefix", RECORDS)
def test_made_up_records_are_served_as_described_in_every_field(get: Any, prefix: str) -> None:
    view = RECORDS[prefix]
    slugs = [make_one().slug for make_one in MAKERS[prefix]]
    names = fields_of(view.serializer_class).schema["items"]["enum"]
    records = view.queryset.all().public().filter(slug__in=slugs)
    shapes = [WHOLE, *map(Shape, names)]
    assert compare(get, prefix, records, shapes) == 2 * len(slugs) * len(shapes)


@pytest.mark.parametrize("prefix", RECORDS)
@pytest.mark.parametrize("is_detail", [False, True], ids=["list", "detail"])
def test_made_up_records_are_expanded_as_described(get: Any, prefix: str, is_detail: bool) -> None:  # noqa: FBT001 – a case
    makers = MAKERS[prefix]
    slugs = {make_one().slug for make_one in (makers[0], *ODD_ONES.get(prefix, []), makers[-1])}
    records = RECORDS[prefix].queryset.all().public().filter(slug__in=slugs)
    shapes = expansions(prefix, is_detail=is_detail)
    assert compare(get, prefix, records, shapes, [is_detail]) == len(slugs) * len(shapes)


@pytest.mark.parametrize("prefix", RECORDS)
@pytest.mark.parametrize("is_detail", [False, True], ids=["list", "detail"])
def test_withheld_records_are_not_expanded(get: Any, prefix: str, is_detail: bool) -> None:  # noqa: FBT001 – a case
    """Whatever has another dataset than the record is withheld, once half of it and once the rest."""
    record = MAKERS[prefix][-1]()
    others = Dataset.objects.exclude(pk=getattr(record, "dataset_id", record.pk))
    for withheld in (others.filter(slug="tests"), others):
        withheld.update(redistributable=False)
        records = RECORDS[prefix].queryset.all().public().filter(pk=record.pk)
        shapes = expansions(prefix, is_detail=is_detail)
        assert compare(get, prefix, records, shapes, [is_detail]) in {0, len(shapes)}
        others.update(redistributable=True)


@pytest.mark.parametrize("prefix", RECORDS)
def test_records_with_withheld_links_are_served_as_described(get: Any, prefix: str) -> None:
    """Every other dataset is withheld, but for the record's own: what may not be seen is null for either way of writing."""
    record = MAKERS[prefix][-1]()
    Dataset.objects.exclude(pk=getattr(record, "dataset_id", record.pk)).update(redistributable=False)
    records = RECORDS[prefix].queryset.all().public().filter(pk=record.pk)
    assert compare(get, prefix, records, [WHOLE]) in {0, 2}  # of those about withheld records nothing is public


def test_field_that_has_no_sql_is_refused_when_compiled() -> None:
    class Computed(serializers.ModelSerializer):
        """Shows what only Python can compute."""

        length = serializers.SerializerMethodField()

        class Meta:
            model = Incident
            fields = ["length"]

    with pytest.raises(TypeError, match="SerializerMethodField length cannot be compiled to SQL; let it be Expressed"):
        document(Computed(), Incident.objects.all())


def test_nested_records_that_the_plan_does_not_bring_are_refused() -> None:
    view = RECORDS["incidents"]
    with pytest.raises(TypeError, match="Incident is shown with participations, which its reading plan does not bring"):
        document(view.serializer_class(), Incident.objects.all())


def test_constants_stand_in_the_text_and_values_do_not() -> None:
    """The planner must know constants: an index on an expression or with a condition is found by them."""
    statement = list_statement(
        ShapeOfRequest(
            RECORDS["incidents"], is_detail=False, fields="slug", slots=("kind",), order="-started_on", size=3
        )
    )
    assert 'COALESCE("conflictdb_incident"."started_on", \'0001-01-01\'::date)' in statement.text
    assert "'published'" in statement.text
    assert statement.slots == ("kind",)
    assert statement_of(Incident.objects.filter(title="50%").order_by().values("pk")).text.endswith("= '50%'")
