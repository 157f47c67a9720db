"""The filter language: every column chooses, every filter finds, conditions mean one row, and a bad value is always named."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from rest_framework.serializers import ModelSerializer

from api.filters.values import BadValue
from api.serializers.actor import ActorAliasSerializer, ActorRelationSerializer
from api.serializers.claim import CitationSerializer
from api.serializers.dataset import ImportSerializer
from api.serializers.incident import ParticipationSerializer
from api.urls import router
from conflictdb.models import Actor, ActorAlias, Claim, Dataset, Disagreement, Incident
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
RECORDS = {prefix: view for prefix, view, _ in router.registry if hasattr(view, "orders")}
NO_COLUMN = {
    "q",
    "updated_since",
    "descendants",
    "filter",
    "similar",
}  # filters that every table may have; their tests stand elsewhere
STRIKES = "2023-us-retaliatory-strikes-in-syria"
KEY = "the inner key, which changes from one installation to another; the slug names the record"
BOUND = "what no lens exceeds: pages under one are found by it"
PROSE = "prose: `q` finds its words"
LIKENESS = "the letters behind `similar`"
# Columns that no filter reads, each with the reason.
SINCE = "`updated_since` is what mirrors ask; an index for this would weigh on every import"
NOT_FILTERED = {
    "incidents": {
        "id": KEY,
        "title": PROSE,
        "summary": PROSE,
        "status_reason": "prose",
        "other_columns": "what has no place here; the places that there are have filters",
        "row_digest": "an importer's own",
        "killed_most": BOUND,
        "injured_most": BOUND,
        "created_at": SINCE,
        "search": "the words behind `q`",
    },
    "claims": {
        "id": KEY,
        "statement": PROSE,
        "status_reason": "prose",
        "created_at": SINCE,
        "search": "the words behind `q`",
    },
    "disagreements": {
        "id": KEY,
        "one": "`claim` finds it on either side",
        "other": "`claim` finds it on either side",
        "ratio": "`ratio__gte` is a filter of its own",
    },
    "actors": {"id": KEY, "description": PROSE, "search": "the words behind `q`", "plain": LIKENESS},
    "sources": {
        "id": KEY,
        "archive_url": "`url` names the document",
        "retrieved_at": "says how it was worked with, not what it is",
        "text": PROSE,
        "search": "the words behind `q`",
    },
    "conflicts": {"id": KEY, "description": PROSE, "search": "the words behind `q`", "plain": LIKENESS},
    "datasets": {
        "id": KEY,
        "created_at": "there are few datasets",
        "updated_at": "there are few datasets",
        "citation": "prose",
        "redistributable": "true for every dataset that is listed",
        "withdrawn_at": "null for every dataset that is listed",
        "url": "there are few datasets",
        "description": PROSE,
    },
    "countries": {
        "id": KEY,
        "created_at": "countries come with the installation",
        "updated_at": "countries come with the installation",
        "plain": LIKENESS,
    },
}
# Columns that no answer shows, each with the reason.
NOT_PUBLISHED = {
    "incidents": {
        "id": KEY,
        "row_digest": "an importer's own",
        "killed_most": BOUND,
        "injured_most": BOUND,
        "search": "an index",
    },
    "claims": {"id": KEY, "search": "an index"},
    "disagreements": {"id": KEY},
    "actors": {"id": KEY, "search": "an index", "plain": "an index"},
    "sources": {"id": KEY, "search": "an index"},
    "conflicts": {"id": KEY, "search": "an index", "plain": "an index"},
    "datasets": {
        "id": KEY,
        "redistributable": "true for every dataset that is shown",
        "withdrawn_at": "null for every dataset that is shown",
    },
    "countries": {"id": KEY, "plain": "an index"},
}
NESTED: dict[type[ModelSerializer], dict[str, str]] = {
    ParticipationSerializer: {"id": KEY, "incident": "the record around it"},
    CitationSerializer: {
        "id": KEY,
        "claim": "the record around it",
        "number": "the place in the list",
        "search": "an index",
    },
    ActorAliasSerializer: {"id": KEY, "actor": "the record around it", "plain": "an index"},
    ActorRelationSerializer: {
        "id": KEY,
        "dataset": "shown with the claims about it",
        "external_id": "shown with the claims about it",
        "created_at": "shown with the claims about it",
        "updated_at": "shown with the claims about it",
    },
    ImportSerializer: {
        "id": KEY,
        "dataset": "the record around it",
        "started_by": "a person's account",
        "problem": "an import that failed has no dataset to be shown with",
    },
}


def columns(model: Any) -> set[str]:
    """Name the stored columns of a model."""
    return {column.name for column in model._meta.concrete_fields}


def published(serializer: Any) -> set[str]:
    """Name the columns that a serializer reads."""
    return {
        name
        for field in serializer.fields.values()
        for name in (
            [inner.source for inner in field.fields.values()]
            if field.source == "*" and hasattr(field, "fields")
            else [field.source]
        )
    }


@pytest.mark.parametrize("prefix", RECORDS)
def test_every_column_is_filtered_or_withheld_by_name(prefix: str) -> None:
    filters = RECORDS[prefix].filterset_class
    model = RECORDS[prefix].queryset.model
    assert columns(model) - {*filters.columns, *filters.relations.values()} == NOT_FILTERED[prefix].keys()


@pytest.mark.parametrize("prefix", RECORDS)
def test_every_column_is_published_or_withheld_by_name(prefix: str) -> None:
    view = RECORDS[prefix]
    shown = published((view.detail_serializer_class or view.serializer_class)())
    assert columns(view.queryset.model) - shown == NOT_PUBLISHED[prefix].keys()


@pytest.mark.parametrize("serializer", NESTED)
def test_every_column_of_a_nested_record_is_published_or_withheld_by_name(serializer: type[ModelSerializer]) -> None:
    assert columns(serializer.Meta.model) - published(serializer()) == NESTED[serializer].keys()


def full_records() -> dict[str, Any]:
    """Store one record of each resource in which every column and every link that a filter reads holds something."""
    day = date(2021, 5, 4)
    imported = {"external_id": "tests:1"}
    dataset = make.make_dataset(version="9.1", url="https://example.org/", released_on=day)
    country = make.make_country(iso3="QQQ", gwno=999, is_historical=True)
    actor = make.make_actor(country=country, active_from=day, active_to=day, **imported)
    ActorAlias.objects.create(actor=actor, name="Other Name", kind="alternative", language="en")
    source = make.make_source(
        publisher=actor, url="https://example.org/a", published_on=day, language="en", sha256="a" * 64, **imported
    )
    conflict = make.make_conflict(parent=make.make_conflict(), started_on=day, ended_on=day, **imported)
    incident = make.make_incident(
        weapons=["rockets", "drones"], started_on=day, ended_on=day, date_precision="day", country=country, admin1="First",
        admin2="Second", place_name="A Place", quality_note="Check.", latitude=-12.5, longitude=170.25,
        place_precision="exact", conflict=conflict, parent=make.make_incident(), **imported,
    )  # fmt: skip
    make.make_participation(incident=incident, actor=actor, role="initiator")
    make.make_toll(3, 4, 5, incident=incident)
    make.make_toll(9, 9, 9, incident=incident)
    make.make_toll(6, 7, 8, incident=incident, measure="injured")
    other = make.make_claim(incident=incident)
    claim = make.make_toll(
        1, 2, 3, incident=incident, actor=actor, relation=make.make_relation(), claimant=actor, claimant_wording="They",
        stated_on=day, credibility="2", victim_actor=actor, named_actor=actor, named_conflict=conflict, value_wording="some",
        status="superseded",
        superseded_by=other, answers=other, answer_kind="corrects", **imported,
    )  # fmt: skip
    make.make_citation(claim=claim, source=source)
    make.make_citation(claim=claim)
    disagreement = Disagreement.objects.filter(incident=incident, measure="killed").first()
    named = (incident, claim, disagreement, actor, source, conflict, dataset, country)
    return dict(
        zip(
            ("incidents", "claims", "disagreements", "actors", "sources", "conflicts", "datasets", "countries"),
            named,
            strict=True,
        )
    )


def written(value: Any) -> str:
    """Write a stored value as a caller would."""
    if isinstance(value, list):
        return written(value[0])
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def filters_of(prefix: str) -> list[tuple[str, str, str]]:
    """List each filter of a resource that a column makes: its parameter, the path of its column, its lookup."""
    table = RECORDS[prefix].filterset_class
    paths = {name: name for name in table.columns} | dict(table.relations)
    paths |= {name: path for name, (path, _) in table.through.items()}
    found = []
    for parameter in table.filters.keys() - {*NO_COLUMN, *table.special}:
        name, lookup = (parameter, "exact") if parameter in paths else parameter.rsplit("__", 1)
        path = f"{paths[name]}__slug" if name in table.relations or name == "incident__country" else paths[name]
        found.append((parameter, path, lookup))
    return sorted(found)


@pytest.mark.parametrize("prefix", RECORDS)
def test_every_filter_finds_the_record_that_holds_its_value(get: Callable[..., Any], prefix: str) -> None:
    record = full_records()[prefix]
    missed = {}
    for parameter, path, lookup in filters_of(prefix):
        stored = type(record).objects.filter(pk=record.pk).values_list(path, flat=True)
        value = written(
            next(value for value in stored if value not in {None, ""} or isinstance(value, list))
            if path != "weapons"
            else stored[0]
        )
        value = {"icontains": value[1:].upper(), "isnull": "false"}.get(lookup, value)
        query = {parameter: value, "fields": "slug", "page_size": "1000"}
        if prefix == "claims" and not parameter.startswith("status"):
            query["status__in"] = "standing,superseded"
        found = [row["slug"] for row in get(f"{prefix}/?{urlencode(query)}")["results"]]
        if record.slug not in found:
            missed[parameter] = value
        if lookup == "isnull":
            found = [row["slug"] for row in get(f"{prefix}/?{urlencode({**query, parameter: 'true'})}")["results"]]
            assert record.slug not in found, parameter
    assert missed == {}


def slugs(get: Callable[..., Any], path: str) -> set[str]:
    """Read the slugs of a list's first page, which holds all of the rows here."""
    sign = "&" if "?" in path else "?"
    return {row["slug"] for row in get(f"{path}{sign}fields=slug&page_size=1000")["results"]}


def test_list_of_values_means_any_of_them(get: Callable[..., Any]) -> None:
    both = slugs(get, "actors/?kind__in=monitor,person")
    assert both == slugs(get, "actors/?kind=monitor") | slugs(get, "actors/?kind=person")
    assert slugs(get, "incidents/?actor__in=us-forces,israel") >= slugs(get, "incidents/?actor=israel")


def test_window_includes_both_ends(get: Callable[..., Any]) -> None:
    for day in (1, 2, 3, 4):
        make.make_claim(slug=f"on-day-{day}", stated_on=date(1999, 1, day))
    assert slugs(get, "claims/?stated_on__gte=1999-01-02&stated_on__lte=1999-01-03") == {"on-day-2", "on-day-3"}


def test_filters_combine_with_and(get: Callable[..., Any]) -> None:
    both = slugs(get, "claims/?kind=toll&measure=killed&claimant=syrian-observatory-for-human-rights")
    apart = ("kind=toll", "measure=killed", "claimant=syrian-observatory-for-human-rights")
    assert both == set.intersection(*(slugs(get, f"claims/?{each}") for each in apart)) != set()


def test_conditions_on_participants_hold_for_one_of_them(get: Callable[..., Any]) -> None:
    x, y = make.make_actor(), make.make_actor()
    incident = make.make_incident()
    make.make_participation(incident=incident, actor=x, role="initiator")
    make.make_participation(incident=incident, actor=y, role="target")
    assert slugs(get, f"incidents/?actor={x.slug}&role=initiator") == {incident.slug}
    assert slugs(get, f"incidents/?actor={x.slug}&role=target") == set()
    assert slugs(get, f"incidents/?actor__in={x.slug},{y.slug}&role=target") == {incident.slug}
    assert slugs(get, f"actors/?incident={incident.slug}&role=target") == {y.slug}


def test_conditions_on_claims_hold_for_one_of_them(get: Callable[..., Any]) -> None:
    actor, source = make.make_actor(), make.make_source()
    incident = make.make_incident()
    make.make_claim(incident=incident, claimant=actor)
    make.make_citation(claim=make.make_claim(incident=incident), source=source)
    assert slugs(get, f"incidents/?claimant={actor.slug}") == slugs(get, f"incidents/?source={source.slug}") != set()
    assert slugs(get, f"incidents/?claimant={actor.slug}&source={source.slug}") == set()


def test_conditions_on_citations_hold_for_one_of_them(get: Callable[..., Any]) -> None:
    actor, claim = make.make_actor(), make.make_claim()
    make.make_citation(claim=claim, source=make.make_source(publisher=actor, reliability="B"))
    make.make_citation(claim=claim, source=make.make_source(reliability="A"))
    assert slugs(get, f"claims/?publisher={actor.slug}&source__reliability=B") == {claim.slug}
    assert slugs(get, f"claims/?publisher={actor.slug}&source__reliability=A") == set()


def test_weapons_are_held_singly_or_any_of_several(get: Callable[..., Any]) -> None:
    rockets, both = make.make_incident(weapons=["rockets"]), make.make_incident(weapons=["rockets", "drones"])
    mine = {rockets.slug, both.slug}
    assert slugs(get, "incidents/?weapons=drones") & mine == {both.slug}
    assert slugs(get, "incidents/?weapons=rockets") & mine == mine
    assert slugs(get, "incidents/?weapons__in=drones,missiles") & mine == {both.slug}


def test_q_reads_words_phrases_and_negation(get: Callable[..., Any]) -> None:
    strikes = slugs(get, "incidents/?q=retaliatory")
    assert STRIKES in strikes
    assert slugs(get, "incidents/?q=strike+retaliatory") <= strikes  # stems match
    assert STRIKES in slugs(get, "incidents/?q=%22retaliatory+strikes%22")
    assert STRIKES not in slugs(get, "incidents/?q=%22strikes+retaliatory%22")
    assert slugs(get, "incidents/?q=syria+-retaliatory") == slugs(get, "incidents/?q=syria") - strikes
    assert slugs(get, "incidents/?q=nobodywrotethis") == set()


def test_q_finds_actors_by_their_other_names(get: Callable[..., Any]) -> None:
    assert slugs(get, "actors/?q=general+qassem") == {"qassem-soleimani"}
    assert slugs(get, "actors/?alias=General+Qassem+Soleimani") == {"qassem-soleimani"}
    assert slugs(get, "actors/?alias__icontains=GENERAL") == {"qassem-soleimani"}


def test_default_status_holds_until_the_caller_names_one(get: Callable[..., Any]) -> None:
    retracted = make.make_incident(status="retracted", status_reason="Twice.")
    published_ones = slugs(get, "incidents/")
    assert retracted.slug not in published_ones
    assert slugs(get, "incidents/?status=retracted") == {retracted.slug}
    assert slugs(get, "incidents/?status__in=published,retracted") == published_ones | {retracted.slug}
    claim = make.make_claim(status="retracted", status_reason="Wrong.")
    assert claim.slug not in slugs(get, "claims/")
    assert slugs(get, "claims/?status=retracted") == {claim.slug}


@pytest.mark.parametrize(
    "path", ["incidents/?status=draft", "claims/?status=draft", "claims/?status__in=standing,draft"]
)
def test_drafts_cannot_be_asked_for(get: Callable[..., Any], path: str) -> None:
    (error,) = get(path, 400)["errors"]
    assert error["detail"].startswith('"draft" is not a term of the vocabulary')


def withheld_dataset() -> Dataset:
    """Store a dataset that must not be passed on."""
    return make.make_dataset(redistributable=False)


def test_withheld_records_are_no_values(get: Callable[..., Any]) -> None:
    withheld = withheld_dataset()
    actor = make.make_actor(slug="withheld-actor", dataset=withheld)
    make.make_claim(slug="draft-claim", status="draft")
    make.make_incident(slug="draft-incident", status="draft")
    for query, noun, slug in (
        ("incidents/?actor=", "actor", actor.slug),
        ("incidents/?dataset=", "dataset", withheld.slug),
        ("incidents/?parent=", "incident", "draft-incident"),
        ("claims/?answers=", "claim", "draft-claim"),
        ("claims/?claimant__in=iran,", "actor", actor.slug),
        ("actors/?incident=", "incident", "draft-incident"),
    ):
        (error,) = get(f"{query}{slug}", 400)["errors"]
        assert error["detail"] == f'There is no {noun} "{slug}".'
        assert slug not in error["nearest"]


def test_withheld_records_move_no_filter(get: Callable[..., Any]) -> None:
    withheld = withheld_dataset()
    hidden, actor, incident = make.make_actor(dataset=withheld), make.make_actor(), make.make_incident()
    make.make_participation(incident=incident, actor=hidden, role="side_a")
    assert incident.slug not in slugs(get, "incidents/?role=side_a")
    claim = make.make_claim(incident=incident, claimant=actor, status="draft")
    assert slugs(get, f"incidents/?claimant={actor.slug}") == set()
    Claim.objects.filter(pk=claim.pk).update(status="standing", claimant=hidden)
    assert slugs(get, f"claims/?incident={incident.slug}&claimant__isnull=true") == {claim.slug}
    assert slugs(get, f"claims/?incident={incident.slug}&claimant__isnull=false") == set()
    make.make_citation(claim=claim, source=make.make_source(dataset=withheld, reliability="E"))
    assert slugs(get, "claims/?source__reliability=E") == set()
    draft = make.make_incident(status="draft")
    make.make_participation(incident=draft, actor=actor, role="victim")
    assert actor.slug not in slugs(get, "actors/?role=victim")
    Incident.objects.filter(pk=incident.pk).update(parent=draft)
    assert incident.slug in slugs(get, "incidents/?parent__isnull=true")


def test_wildcards_of_like_are_plain_characters(get: Callable[..., Any]) -> None:
    for name in ("100% sure", "under_score", "back\\slash", "it's"):
        make.make_actor(slug=f"odd-{len(name)}", name=name)
    assert slugs(get, "actors/?name__icontains=%25") == {"odd-9"}
    assert slugs(get, "actors/?name__icontains=r_s") == {"odd-11"}
    assert slugs(get, "actors/?name__icontains=k%5Cs") == {"odd-10"}
    assert slugs(get, "actors/?name__icontains=T'S") == {"odd-4"}


def test_text_may_be_as_long_as_its_column(get: Callable[..., Any]) -> None:
    source = make.make_source(title="T" * 500)
    assert slugs(get, f"sources/?title={source.title}") == {source.slug}
    assert get(f"sources/?title={source.title}T", 400)["errors"][0]["detail"] == "Longer than 500 characters."


BAD: dict[str, list[str]] = {
    "boolean": ["TRUE", "1", "yes", "null", " true"],
    "date": ["0000-00-00", "10000-01-01", "2023-02-30", "2023-2-3", "20230101", "now", "٢٠٢٣-٠١-٠١", "2023-01-01T00:00:00Z"],
    "date-time": [
        "2023-01-01", "2023-01-01T00:00:00", "2023-01-01T25:00:00Z", "2023-01-01T00:00:00+99:99",
        "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "now",
    ],
    "integer": ["1.5", "1e3", "-1", "99999999999999999999999", "0x10", "٣", "+1", " 1", "1_000", "nan"],
    "number": ["inf", "-inf", "nan", "181", "-180.5", "1e999", "1,5", "٣", "0x1", "1 2", "--1", "."],
    "enum": ["nonsense", "DRAFT", "  x", "x,"],
    "slug": ["no-such-record", "No Such", "a_b", "%", "-", "x" * 121],
    "text": ["x" * 3_999],
}  # fmt: skip


def bad_values(schema: dict[str, Any]) -> list[str]:
    """List bad values of a type, by its schema; for a list, ones with a good beginning where there is one."""
    if schema.get("maxItems") == schema.get("minItems", 0):  # coordinates
        return ["1", *(",".join([bad] * schema["maxItems"]) for bad in BAD["number"] if "," not in bad)]
    if schema["type"] == "array":
        empty_end = ["true"] if schema["items"].get("type") == "boolean" else ["a,", ",", ",".join("a" * 101)]
        return [*bad_values(schema["items"]), *empty_end]
    kind = "enum" if "enum" in schema else schema.get("format") or schema["type"]
    if kind == "string":
        kind = "slug" if "a-z0-9" in schema.get("pattern", "") else "text"
    return [bad for bad in BAD[kind] if kind != "number" or schema["maximum"] == 180 or bad != "181"]


def types_of(prefix: str) -> dict[str, Any]:
    """Read the types of all parameters of a list."""
    return RECORDS[prefix](detail=False, action="list").parameters()


@pytest.mark.parametrize("prefix", RECORDS)
@pytest.mark.parametrize("turn", range(12))
def test_every_bad_value_is_named_and_all_at_once(client: Client, prefix: str, turn: int) -> None:
    given = {"nonsense": "1"}
    for name, value_type in types_of(prefix).items():
        bad = ["not-a-cursor"] if name == "cursor" else bad_values(value_type.schema)
        given[name] = bad[turn % len(bad)]
    response = client.get(f"/api/v1/{prefix}/?{urlencode(given)}")
    assert response.status_code == 400
    problem = response.json()
    assert (problem["type"], problem["status"]) == ("urn:conflictdb:problem:invalid-parameters", 400)
    named = {error["parameter"]: error["detail"] for error in problem["errors"]}
    assert named.keys() == given.keys()
    for name, detail in named.items():
        parts = given[name].split(",")
        known = f'"{given[name]}"' in detail or any(f'"{part}"' in detail for part in parts)
        assert known or detail.startswith(("Longer", "Holds", "Is empty", "There is no", "Not a cursor")), (
            name,
            detail,
        )


@pytest.mark.parametrize(
    ("query", "detail", "nearest"),
    [
        ("kind=monitr", '"monitr" is not a term of the vocabulary actor-kind: state,', "monitor"),
        ("kind__in=state,persn", '"persn" is not a term of the vocabulary actor-kind: state,', "person"),
        ("country=siria", 'There is no country "siria".', None),
        ("country=syri", 'There is no country "syri".', "syria"),
        ("country__in=iran,iraqq", 'There is no country "iraqq".', "iraq"),
        ("knd=state", "There is no such parameter here.", "kind"),
        ("kind__icontains=state", "There is no such parameter here.", "name__icontains"),
        ("ordering=nam", '"nam" is none of: name, -name, updated_at, -updated_at, -relevance.', "name"),
        ("fields=nme", 'There is no field "nme" here.', "name"),
        ("kind=state&kind=state&kind=person", "Given more than once; lists are written name__in=a,b.", None),
        ("kind=state&kind=person", "Given more than once; lists are written name__in=a,b.", None),
        ("kind=", "Has no value; leave the parameter out instead.", None),
        ("kind", "Has no value; leave the parameter out instead.", None),
        ("kind=%20%20", "Has no value; leave the parameter out instead.", None),
        ("kind__in=state,", '"" is not a term of the vocabulary actor-kind: state,', None),
        ("name__in=a,%20", "Is empty.", None),
        ("kind=%20state", '" state" is not a term of the vocabulary actor-kind: state,', "state"),
        (f"slug__in={','.join('a' * 101)}", "Holds 101 values; at most 100 are allowed.", None),
        (f"name={'a' * 4_001}", "Longer than 4,000 characters.", None),
        ("active_from=2023-02-30", '"2023-02-30" is not a day of the calendar written YYYY-MM-DD.', None),
    ],
)  # fmt: skip
def test_bad_value_is_explained(get: Callable[..., Any], query: str, detail: str, nearest: str | None) -> None:
    (error,) = get(f"actors/?{query}", 400)["errors"]
    assert error["parameter"] == query.split("=", maxsplit=1)[0]
    assert error["detail"].startswith(detail)
    assert nearest is None or error["nearest"][0] == nearest


def test_every_bad_value_of_a_list_is_named(get: Callable[..., Any]) -> None:
    errors = get("actors/?kind__in=a,state,b&country__in=x-1,iran,x-2&fields=slug,x,country.y", 400)["errors"]
    assert [(error["parameter"], error["detail"].split('"')[1]) for error in errors] == [
        ("kind__in", "a"),
        ("kind__in", "b"),
        ("country__in", "x-1"),
        ("country__in", "x-2"),
        ("fields", "x"),
        ("fields", "country.y"),
    ]


def test_thousands_of_parameters_are_refused_at_once(get: Callable[..., Any]) -> None:
    problem = get("incidents/?" + "&".join(f"a{number}=1" for number in range(4_000)), 400)
    assert problem["errors"] == [{"parameter": "", "detail": "More than 200 parameters are given.", "nearest": []}]


JUNK = [
    *(value for values in BAD.values() for value in values),
    "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2023-01-01T00:00:00 02:00",
    "2023-01-01T00:00:00-22:49",
    "2147483647", "9223372036854775807", "-0", "00", "1e-999", "-180", "180.0", "true", "false", "'", '"', "\\", "%", "_",
    "{}", "[]", "--", ";", "' OR 1=1 --", "$$", "&|!()", "<->", ":*", "\x01\x7f", "\u202e", "\U0001f4a5", "\ufeff",
    "or or or", '"unclosed', "-", "-a", "a" * 200,
]  # fmt: skip


@pytest.mark.parametrize("prefix", RECORDS)
def test_junk_is_refused_or_answered_never_failed(client: Client, prefix: str) -> None:
    for value in JUNK:
        readable = {"page_size": "1"}
        for name, value_type in types_of(prefix).items():
            try:
                parsed = value_type.parse(value)
                if value_type.verify:
                    value_type.verify(parsed)
                readable[name] = value
            except* BadValue:
                pass
        read = {name: types_of(prefix)[name].parse(text) for name, text in readable.items()}
        for name in RECORDS[prefix].filterset_class.faults(read):
            del readable[name]
        readable.pop("hxl", None)  # goes with CSV only, of which no form of junk is the name
        response = client.get(f"/api/v1/{prefix}/?{urlencode(readable)}")
        assert response.status_code == 200, (readable, response.content)


def test_list_of_slugs_costs_one_query(get: Callable[..., Any], django_assert_num_queries: Callable[..., Any]) -> None:
    known = ",".join(Actor.objects.values_list("slug", flat=True))
    with django_assert_num_queries(2):  # the actors named; the page
        assert get(f"incidents/?actor__in={known}&fields=title")["results"]


@pytest.mark.parametrize("query", ["gwno={}", "gwno__in=1,{}", "filter=not+gwno%3D{}"])
def test_number_is_within_what_its_column_holds(get: Callable[..., Any], query: str) -> None:
    assert get(f"countries/?{query.format(32767)}&count=estimate")["count"] is not None
    (error,) = get(f"countries/?{query.format(32768)}&count=estimate", 400)["errors"]
    assert error["detail"].endswith('"32768" is not a whole number from 0 to 32767.')


def test_the_same_twice_is_once(get: Callable[..., Any]) -> None:
    assert get("actors/?kind=person&kind=person&fields=slug") == get("actors/?kind=person&fields=slug")
