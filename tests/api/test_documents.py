"""What PostgreSQL writes for a record is what its serializer describes: every resource and shape, field by field."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.test import APIRequestFactory

from api.documents import document
from api.serializers.base import cut, fields_of
from api.statements import statement_of
from api.urls import router
from conflictdb.models import Dataset, Incident
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


def as_described(view: Any, record: Any, fields: str, *, is_detail: bool) -> Any:
    """Show a record as the view's serializer does, in Python."""
    serializer_class = (is_detail and view.detail_serializer_class) or view.serializer_class
    serializer = serializer_class(record, context={"request": APIRequestFactory().get("/")})
    if fields:
        cut(serializer, fields_of(serializer_class).parse(fields))
    return json.loads(json.dumps(serializer.data))


def as_served(get: Any, prefix: str, slug: str, fields: str, *, is_detail: bool) -> Any:
    """Read the record through the API."""
    shape = f"fields={fields}" if fields else ""
    if is_detail:
        return get(f"{prefix}/{slug}/?{shape}")
    status = "&status__in=published,retracted" if prefix == "incidents" else ""
    status = "&status__in=standing,superseded,retracted" if prefix == "claims" else status
    (row,) = get(f"{prefix}/?slug={slug}{status}&{shape}")["results"]
    return row


def compare(get: Any, prefix: str, records: QuerySet, shapes: list[str]) -> int:
    """Compare all public records of a resource, in lists and on their own pages; return how many comparisons that took."""
    view, compared = RECORDS[prefix], 0
    for is_detail in (False, True):
        rows = records.for_detail() if is_detail else records.for_reading()
        for record in rows:
            for fields in shapes:
                served = as_served(get, prefix, record.slug, fields, is_detail=is_detail)
                assert served == as_described(view, record, fields, is_detail=is_detail)
                compared += 1
    return compared


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("prefix", RECORDS)
def test_seed_is_served_as_described(get: Any, prefix: str) -> None:
    records = RECORDS[prefix].queryset.all().public()
    if prefix in {"claims", "countries"}:
        records = records.filter(pk__in=records.order_by("pk").values_list("pk", flat=True)[:40])
    assert compare(get, prefix, records, [""]) > 0


def odd_incident() -> Incident:
    """Store an incident of which every text is hard to write as JSON, and every number at a bound."""
    incident = make.make_incident(
        title=ODD, summary=ODD, admin1=ODD, admin2=ODD, place_name=ODD, quality_note=ODD, other_columns={ODD: ODD, "": ""},
        latitude=-0.1, longitude=1e-7, place_precision="exact", country=make.make_country(name=ODD),
        weapons=["drones", "rockets"], conflict=make.make_conflict(name=ODD), status="retracted", status_reason=ODD,
    )  # fmt: skip
    make.make_toll(0, 2**31 - 1, None, incident=incident, value_kind="at_least", statement=ODD, value_wording=ODD)
    Incident.objects.filter(pk=incident.pk).update(created_at=datetime(2021, 1, 2, 3, 4, 5, 600, UTC))
    return incident


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
    assert compare(get, prefix, records, ["", *names]) == 2 * len(slugs) * (1 + len(names))


@pytest.mark.parametrize("prefix", RECORDS)
def test_records_with_withheld_links_are_served_as_described(get: Any, prefix: str) -> None:
    """Every other dataset is withheld, but for the record's own: what may not be seen is null for either way of writing."""
    record = MAKERS[prefix][-1]()
    Dataset.objects.exclude(pk=getattr(record, "dataset_id", record.pk)).update(redistributable=False)
    records = RECORDS[prefix].queryset.all().public().filter(pk=record.pk)
    assert compare(get, prefix, records, [""]) in {0, 2}  # of those about withheld records nothing is public


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
    from api.reading import Shape, list_statement  # noqa: PLC0415 – beside what it is about

    statement = list_statement(
        Shape(RECORDS["incidents"], is_detail=False, fields="slug", slots=("kind",), order="-started_on", size=3)
    )
    assert 'COALESCE("conflictdb_incident"."started_on", \'0001-01-01\'::date)' in statement.text
    assert "'published'" in statement.text
    assert statement.slots == ("kind",)
    assert statement_of(Incident.objects.filter(title="50%").order_by().values("pk")).text.endswith("= '50%'")
