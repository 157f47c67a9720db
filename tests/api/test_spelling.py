"""JSON that is put together as text: whatever stands in it, it is what Python reads as the same."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, Subquery, Value, When
from django.db.models.fields import CharField
from rest_framework.test import APIClient

from api.spelling import MOST_ARGUMENTS, Address, Document, InJSON, JSONText, _is_plain
from api.statements import Slot, run, statement_of
from conflictdb.models import Incident
from tests import make
from tests.api.test_documents import ODD

pytestmark = pytest.mark.django_db
NOTHING = Incident.objects.filter(slug="").values("title")


def written(expression: Any) -> Any:
    """Read what PostgreSQL writes for an expression on the only incident."""
    rows = Incident.objects.annotate(document=expression).order_by().values_list("document")
    (document,) = run(statement_of(rows), {"base": "http://here"}).written
    return None if document is None else json.loads(document)


def test_odd_names_and_constants_are_spelled_as_they_are() -> None:
    make.make_incident(title=ODD)
    members = {ODD: Value(ODD), "{}": Value("{0} %s $1"), "number": Value(3), "none": Value(None), "title": F("title")}
    expected = {ODD: ODD, "{}": "{0} %s $1", "number": 3, "none": None, "title": ODD}
    assert written(Document(members)) == expected


def test_object_without_members_is_empty() -> None:
    make.make_incident()
    assert written(Document({"inner": Document({})})) == {"inner": {}}


@pytest.mark.parametrize("many", [MOST_ARGUMENTS // 2, MOST_ARGUMENTS, 3 * MOST_ARGUMENTS])
def test_object_has_more_members_than_a_function_takes_arguments(many: int) -> None:
    incident = make.make_incident(title=ODD)
    names = [f"member {number}" for number in range(many)]
    assert written(Document({name: F("slug") for name in names})) == dict.fromkeys(names, incident.slug)


def test_what_is_null_is_null_in_an_object_whatever_its_type() -> None:
    make.make_incident()
    names = ["started_on", "latitude", "killed_best", "injured_high", "row_digest"]
    never = When(slug="", then=Document({}))
    others = {
        "text": Subquery(NOTHING),
        "code": Subquery(NOTHING.values("kind")),
        "flag": Subquery(NOTHING.values("disputed")),
        "count": Subquery(NOTHING.values("killed_claims")),
        "object": Case(never, output_field=JSONText()),
        "record": Subquery(NOTHING.values(document=Document({}))),
    }
    assert written(Document({**{name: F(name) for name in names}, **others})) == dict.fromkeys([*names, *others])


def test_what_is_there_is_spelled_by_its_type_though_it_might_be_null() -> None:
    incident = make.make_incident(title=ODD)
    its_own = Incident.objects.filter(pk=incident.pk)
    names = ["title", "kind", "slug", "disputed", "killed_claims", "weapons"]
    document = Document({name: Subquery(its_own.values(name)) for name in names})
    assert written(document) == {name: getattr(incident, name) for name in names}


def test_address_holds_no_column_that_json_would_escape() -> None:
    incident = make.make_incident(title=ODD)
    parts = (Slot("base"), Value("/at/"))
    assert written(Document({"url": Address(*parts, F("slug"))})) == {"url": f"http://here/at/{incident.slug}"}
    with pytest.raises(TypeError, match="may hold what JSON escapes"):
        written(Document({"url": Address(*parts, F("title"))}))


def test_single_values_are_written_as_json_and_null_stays_null() -> None:
    make.make_incident(title=ODD, weapons=["drones"])
    titles = ArraySubquery(Incident.objects.values(document=Document({"title": F("title")})))
    assert written(InJSON(titles)) == [{"title": ODD}]
    assert written(InJSON(F("weapons"))) == ["drones"]
    assert written(InJSON(Document({"title": F("title")}))) == {"title": ODD}
    assert written(InJSON(F("started_on"))) is None


def test_what_is_taken_for_plain_has_nothing_to_escape() -> None:
    """A constraint holds such a column to slugs or to the codes of its vocabulary, and no code needs escaping."""
    columns = [
        column
        for model in apps.get_app_config("conflictdb").get_models()
        for column in model._meta.concrete_fields
        if isinstance(column, CharField) and _is_plain(column)
    ]
    codes = {str(code) for column in columns for code, _ in column.flatchoices}
    assert {"incident.kind", "incident.slug", "claim.measure", "actor.kind"} <= {
        f"{column.model._meta.model_name}.{column.name}" for column in columns
    }
    assert [code for code in codes if json.dumps(code) != f'"{code}"'] == []


def test_host_that_json_would_escape_is_refused(client: APIClient, settings: Any) -> None:
    """The address of this server goes into documents as the request's host names it."""
    settings.ALLOWED_HOSTS = ["*"]
    for host in ('a"b', "a\\b", "a\tb", "a b", "ä"):
        assert client.get("/api/v1/incidents/", headers={"host": host}).status_code == 400
