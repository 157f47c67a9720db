"""Searching all kinds of record: what is found, in which order, what is said of it, what nobody finds, what is refused."""

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.filters import called
from api.search.kinds import KINDS
from api.search.words import name_in
from conflictdb.models import ActorAlias, Incident
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seed")]
Get = Callable[..., Any]
NAMES = [kind.name for kind in KINDS]
HOSTILE = "<script>alert('quorvath')</script> & <mark>quorvath</mark> \"quoted\" &lt;b&gt;"


def groups(get: Get, query: str) -> dict[str, dict[str, Any]]:
    """Search, and give the group of each kind."""
    return {group["kind"]: group for group in get(f"search/?q={query}")["results"]}


def titles(get: Get, query: str, kind: str) -> list[str]:
    """Search one kind, and give the titles of its hits."""
    return [hit["title"] for hit in groups(get, f"{query}&kinds={kind}&limit=50")[kind]["hits"]]


def make_everything(words: str, status: dict[str, str] | None = None, **fields: Any) -> None:
    """Store a record of most kinds that holds the words; ``status`` is that of the incident and the claim."""
    of_status = status or {}
    incident = make.make_incident(title=words, place_name=words, summary=words, **fields, **of_status)
    actor = make.make_actor(name=f"Actor {words}", description=words, **fields)
    ActorAlias.objects.create(actor=actor, name=words, kind="former")
    make.make_conflict(name=words, description=words, **fields)
    source = make.make_source(title=words, **fields)
    claim = make.make_claim(statement=words, incident=incident, **fields, **of_status)
    make.make_citation(claim=claim, source=source, exact=words)


def test_every_kind_is_searched_in_a_fixed_order(get: Get) -> None:
    make_everything("Quorvath")
    make.make_country(name="Quorvath")
    make.make_dataset(title="Quorvath")
    found = groups(get, "quorvath")
    assert list(found) == NAMES
    assert {kind: len(group["hits"]) for kind, group in found.items()} == dict.fromkeys(NAMES, 1)
    assert not any(group["has_more"] for group in found.values())


def test_hit_says_what_it_is(get: Get) -> None:
    (hit,) = groups(get, "soleimani&kinds=incidents")["incidents"]["hits"]
    summary = "The US assassination of the Iranian General Qassem Soleimani in Iraq; the document does not say when"
    assert hit | {"rank": 0} == {
        "url": "http://testserver/api/v1/incidents/killing-of-qassem-soleimani/",
        "slug": "killing-of-qassem-soleimani",
        "title": "Killing of Qassem Soleimani",
        "snippet": f"Iraq. {summary}",
        "match": "words",
        "rank": 0,
    }
    assert 0 < hit["rank"] <= 1
    assert get(hit["url"].split("/api/v1/")[1])["title"] == hit["title"]


def test_quotes_lead_to_their_claims(get: Get) -> None:
    hits = groups(get, "assassination&kinds=quotes")["quotes"]["hits"]
    assert {hit["slug"] for hit in hits} == {each["slug"] for each in get("claims/?quote=assassination")["results"]}
    for hit in hits:
        claim = get(hit["url"].split("/api/v1/")[1])
        assert claim["statement"] == hit["title"]
        assert any("assassination" in citation["exact"] for citation in claim["citations"])


def test_titles_come_before_summaries(get: Get) -> None:
    make.make_incident(title="One", summary="Quorvath, Quorvath and Quorvath.", started_on="2024-01-02")
    make.make_incident(title="Quorvath", started_on="2001-01-02")
    make.make_incident(title="Two", place_name="Quorvath", started_on="2023-01-02")
    assert titles(get, "quorvath", "incidents") == ["Quorvath", "Two", "One"]


def test_equal_hits_are_shown_newest_first(get: Get) -> None:
    for day in (3, 1, 2):
        make.make_incident(title=f"Quorvath {day}", started_on=f"2024-01-0{day}")
    assert titles(get, "quorvath", "incidents") == ["Quorvath 3", "Quorvath 2", "Quorvath 1"]


def test_exact_names_come_before_parts_and_parts_before_likeness(get: Get) -> None:
    for name in ("Hezbollah Brigades", "Hesbollah", "Hezbollah", "Lebanese Hezbollah", "Hamas"):
        make.make_actor(name=name)
    found = groups(get, "hezbollah&kinds=actors")["actors"]["hits"]
    assert [(hit["title"], hit["match"]) for hit in found] == [
        ("Hezbollah", "name"),
        ("Hezbollah Brigades", "words"),
        ("Lebanese Hezbollah", "words"),
        ("Hesbollah", "similar"),
    ]
    assert [hit["rank"] for hit in found] == sorted((hit["rank"] for hit in found), reverse=True)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("hezbolah", "Hezbollah"),  # a letter too few
        ("hezbolllah", "Hezbollah"),  # one too many
        ("hesbollah", "Hezbollah"),  # another one
        ("hez", "Hezbollah"),  # a beginning
        ("kata'ib", "Kataib Hezbollah"),  # an apostrophe
        ("katāʾib", "Kataib Hezbollah"),
        ("KATAIB HEZ", "Kataib Hezbollah"),
        ("islamc state", "Islamic State"),
        ("IS", "Islamic State"),  # by another name of two letters
        ("daesh", "Islamic State"),
        ("da'ish", "Islamic State"),
        ("al-sham islamic", "Islamic State"),  # the words of another name
        ("dāʿiš", "Islamic State"),
        ("jabhat al nusra", "Nusra Front"),
        ("Jabhat al-Nusrah", "Nusra Front"),
    ],
)
def test_actors_are_found_by_other_spellings_and_other_names(get: Get, typed: str, name: str) -> None:
    make.make_actor(name="Hezbollah")
    make.make_actor(name="Kataib Hezbollah")
    state, front = make.make_actor(name="Islamic State"), make.make_actor(name="Nusra Front")
    aliases = {"IS": "acronym", "Daesh": "transliteration", "Dāʿish": "transliteration"}
    for alias, kind in (aliases | {"Islamic State of Iraq and al-Sham": "former"}).items():
        ActorAlias.objects.create(actor=state, name=alias, kind=kind)
    ActorAlias.objects.create(actor=front, name="Jabhat al-Nusra", kind="transliteration")
    assert name in titles(get, typed, "actors")
    assert name in {row["name"] for row in get(f"actors/?q={typed}&similar=true&fields=name")["results"]}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Daesh", ["of-state"]),
        ("Da'esh", ["of-state"]),
        ("dāʿish", ["of-state"]),
        ("islamic state", ["of-state"]),
        ("islamic sham", ["of-state"]),  # of one name
        ("daesh islamic", []),  # of two
        ("islamic", ["of-jihad", "of-state"]),
        ("al nusra", []),  # of a dataset that may not be passed on
        ("blue", []),  # stands in a description only
        ("daes", []),  # a list is never wider than its words
        ("'", []),
    ],
)
def test_incidents_are_found_by_what_their_actors_are_called(get: Get, typed: str, found: list[str]) -> None:
    state = make.make_actor(name="Islamic State", description="Under a blue flag.")
    for alias in ("Daesh", "Dāʿish", "Islamic State of Iraq and al-Sham"):
        ActorAlias.objects.create(actor=state, name=alias, kind="transliteration")
    jihad = make.make_actor(name="Islamic Jihad")
    nusra = make.make_actor(name="Jabhat al-Nusra", dataset=make.make_dataset(redistributable=False))
    for slug, actor, role in (
        ("of-state", state, "target"),
        ("of-jihad", jihad, "initiator"),
        ("of-nusra", nusra, "target"),
    ):
        make.make_participation(incident=make.make_incident(slug=slug), actor=actor, role=role)
    make.make_participation(incident=Incident.objects.get(slug="of-jihad"), actor=make.make_actor(), role="target")
    asked = urlencode({"actor_named": typed})
    rows = get(f"incidents/?{asked}&fields=slug")["results"]
    assert sorted(row["slug"] for row in rows) == found
    targets = [row["slug"] for row in get(f"incidents/?{asked}&role=target&fields=slug")["results"]]
    assert targets == [slug for slug in found if slug == "of-state"]
    either = urlencode({"filter": f'q=nothing or actor_named="{typed}"'})
    assert sorted(row["slug"] for row in get(f"incidents/?{either}&fields=slug")["results"]) == found


def test_name_of_too_many_actors_is_refused(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Quorvath Front", "Quorvath Army"):
        make.make_actor(name=name)
    monkeypatch.setattr(called, "MOST", 1)
    (error,) = get("incidents/?actor_named=quorvath", 400)["errors"]
    assert error == {"parameter": "actor_named", "detail": 'More than 1 actors are called "quorvath".', "nearest": []}
    assert get("incidents/?actor_named=quorvath+army")["results"] == []


def test_other_name_that_matched_is_shown(get: Get) -> None:
    state = make.make_actor(name="Islamic State", description="A group.")
    ActorAlias.objects.create(actor=state, name="Daesh", kind="transliteration")
    (hit,) = groups(get, "daesh&kinds=actors")["actors"]["hits"]
    assert (hit["title"], hit["snippet"], hit["match"], hit["rank"]) == ("Islamic State", "Daesh – A group", "name", 1)


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("al-tan", "Al-Tanf"),
        ("tanf", "Al-Tanf"),
        ("al tanff", "Al-Tanf"),
        ("azaz", "A'zāz"),
        ("a'zaz", "A'zāz"),
        ("aʿzāz", "A'zāz"),
        ("zawiyah", "Zāwiyah"),
        ("zawiya", "Zāwiyah"),
        ("deir ez zor", "Deir ez-Zor"),
        ("deir-ez-zor", "Deir ez-Zor"),
        ("dayr ez-zor", "Deir ez-Zor"),
    ],
)
def test_places_are_found_by_other_spellings(get: Get, typed: str, place: str) -> None:
    country = make.make_country(name="Somewhere")
    where = {"country": country, "place_precision": "district"}
    for name in ("Al-Tanf", "A'zāz", "Zāwiyah", "Deir ez-Zor", "Aleppo"):
        make.make_incident(place_name=name, admin1="Province", **where)
    assert place in titles(get, typed, "places")
    assert place in {
        row["place_name"] for row in get(f"incidents/?q={typed}&similar=true&fields=place_name")["results"]
    }


def test_place_leads_to_its_incidents_and_says_where_it_is(get: Get) -> None:
    country = make.make_country(name="Somewhere")
    make.make_incident(
        slug="there", place_name="A'zāz & co", admin1="Aleppo", country=country, place_precision="district"
    )
    make.make_incident(slug="beside", admin1="A'zāz & co", country=country, place_precision="district")
    hits = groups(get, "azaz&kinds=places")["places"]["hits"]
    assert [(hit["title"], hit["slug"], hit["snippet"]) for hit in hits] == [
        ("A'zāz & co", None, "Somewhere"),
        ("A'zāz & co", None, "Aleppo, Somewhere"),
    ]
    found = [[row["slug"] for row in get(hit["url"].split("/api/v1/")[1])["results"]] for hit in hits]
    assert found == [["beside"], ["there"]]


def test_place_that_was_renamed_is_found_by_its_new_name_alone(get: Get) -> None:
    incident = make.make_incident(place_name="Quorvath")
    Incident.objects.filter(pk=incident.pk).update(place_name="Kiwengwa")
    assert (titles(get, "quorvath", "places"), titles(get, "kiwengwa", "places")) == ([], ["Kiwengwa"])


def test_places_are_noted_and_shown_once(get: Get) -> None:
    dataset = make.the_dataset()
    for _ in range(2):
        make.make_incident(place_name="Quorvath", dataset=dataset)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM conflictdb_place WHERE name = 'Quorvath'")
        assert cursor.fetchone() == (1,)
        cursor.execute(
            "INSERT INTO conflictdb_place (level, name) VALUES ('place_name', 'Quorvath')"
        )  # noted at once by another
    assert titles(get, "quorvath", "places") == ["Quorvath"]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Zāwiyah", "zawiyah"),
        ("Zawiyah", "zāwiyah"),
        ("Deir ez Zor", "Deir ez-Zor"),
        ("Deir ez-Zor", "Deir ez Zor"),
        ("Deir ez-Zor", '"Deir ez Zor"'),
        ("Deir ez-Zor", '"Deir ez-Zor"'),
        ("Deir ez Zor", '"Deir ez-Zor"'),
        ("Şırnak", "sirnak"),
        ("Côte d'Ivoire", "cote ivoire"),
        ("Ürümqi bombings", "urumqi bombing"),
    ],
)
def test_words_meet_with_and_without_accents_and_hyphens(get: Get, written: str, typed: str) -> None:
    one = make.make_incident(title=f"Clash in {written}").slug
    assert one in {row["slug"] for row in get(f"incidents/?q={typed}&fields=slug")["results"]}
    claim = make.make_claim(statement="Nothing.")
    make.make_citation(claim=claim, exact=f"a clash in {written}")
    assert claim.slug in {row["slug"] for row in get(f"claims/?q={typed}&fields=slug")["results"]}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ez-Zor", "ez-Zor"),
        ("-al-qaeda iraq", ""),
        ("iraq -al-qaeda", ""),
        ('"Deir ez-Zor" town', ""),
        ("one or two", ""),
        ("Orlando", "Orlando"),
    ],
)
def test_what_is_typed_is_a_name_unless_it_says_exactly_what_it_wants(typed: str, name: str) -> None:
    assert name_in(typed) == name


def test_excluded_words_exclude_and_end_all_likeness(get: Get) -> None:
    make.make_actor(name="Hezbollah")
    make.make_actor(name="Kataib Hezbollah")
    make.make_actor(name="Hesbollah")
    assert titles(get, "hezbollah -kataib", "actors") == ["Hezbollah"]


def test_countries_are_found_by_code(get: Get) -> None:
    assert titles(get, "syr", "countries") == ["Syria"]
    assert "Syria" in titles(get, "syriaa", "countries")


def test_more_is_told_and_the_list_holds_all(get: Get) -> None:
    for number in range(7):
        make_everything(f"Quorvath {number}")
    for kind, group in groups(
        get, "quorvath&limit=3&kinds=actors,places,conflicts,incidents,claims,quotes,sources"
    ).items():
        assert (len(group["hits"]), group["has_more"]) == (3, True), kind
        assert len(get(group["more"].split("/api/v1/")[1])["results"]) == 7, kind
    whole = groups(get, "quorvath&limit=7&kinds=incidents")["incidents"]
    assert (len(whole["hits"]), whole["has_more"]) == (7, False)


OF_DATASETS = {"actors", "places", "conflicts", "incidents", "claims", "quotes", "sources"}
OF_INCIDENTS = {"places", "incidents", "claims", "quotes"}


@pytest.mark.parametrize(
    ("status", "is_redistributable", "kinds"),
    [
        ({}, True, OF_DATASETS),
        ({}, False, set()),
        ({"status": "draft"}, True, OF_DATASETS - OF_INCIDENTS),
        ({"status": "draft"}, False, set()),
    ],
)
def test_what_is_not_public_is_never_found(get: Get, status: Any, is_redistributable: bool, kinds: set[str]) -> None:  # noqa: FBT001 – a case
    make_everything("Quorvath", status, dataset=make.make_dataset(redistributable=is_redistributable))
    found = get("search/?q=quorvath&highlight=true")["results"]
    assert {group["kind"] for group in found if group["hits"]} == kinds
    assert all("Quorvath" not in str(group["hits"]) for group in found if group["kind"] not in kinds)
    for path in (
        "incidents/?q=quorvath&similar=true",
        "claims/?quote=quorvath",
        "claims/?q=quorvath&ordering=-relevance",
    ):
        assert bool(get(path)["results"]) == (kinds >= OF_INCIDENTS)
    assert bool(get("actors/?q=quorvath&similar=true")["results"]) == is_redistributable


def test_words_of_a_withheld_source_are_no_way_to_a_public_claim(get: Get) -> None:
    claim = make.make_claim(statement="Nothing.")
    source = make.make_source(dataset=make.make_dataset(redistributable=False))
    make.make_citation(claim=claim, source=source, exact="Quorvath")
    assert groups(get, "quorvath")["quotes"]["hits"] == []
    assert get("claims/?q=quorvath")["results"] == get("claims/?quote=quorvath")["results"] == []


def plain(marked: str) -> str:
    """Read HTML that holds no element but marks as its reader sees it. Raises AssertionError where it holds another."""
    text = marked.replace("<mark>", "").replace("</mark>", "")
    assert not set("<>\"'") & set(text)
    assert re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt|quot|#39);)*", text)
    return html.unescape(text)


def test_highlights_of_hostile_texts_are_safe_and_say_what_is_written(get: Get) -> None:
    make_everything(HOSTILE)
    seen = 0
    for kind, group in groups(get, "quorvath&highlight=true").items():
        for hit in group["hits"]:
            assert "<mark>quorvath</mark>" in hit["highlights"]["title"] + (hit["highlights"]["snippet"] or ""), kind
            assert plain(hit["highlights"]["title"]) == hit["title"]
            assert plain(hit["highlights"]["snippet"] or "") == (hit["snippet"] or "")
            seen += HOSTILE[:60] in (hit["title"] + (hit["snippet"] or ""))
    assert seen == 7  # each kind shows the text as it is written


def test_lists_highlight_what_was_found(get: Get) -> None:
    make.make_incident(title=HOSTILE, summary="Bombings of Quorvāth.")
    (row,) = get("incidents/?q=quorvath+bomb&highlight=true&fields=title")["results"]
    title = (
        "&lt;script&gt;alert(&#39;<mark>quorvath</mark>&#39;)&lt;/script&gt; &amp; &lt;mark&gt;<mark>quorvath</mark>"
    )
    assert row == {
        "title": HOSTILE,
        "highlights": {
            "title": f"{title}&lt;/mark&gt; &quot;quoted&quot; &amp;lt;b&amp;gt;",
            "place_name": None,
            "admin1": None,
            "admin2": None,
            "summary": "<mark>Bombings</mark> of <mark>Quorvāth</mark>",
        },
    }
    (unmarked,) = get("incidents/?q=quorvath+bomb&fields=title")["results"]
    assert "highlights" not in unmarked


@pytest.mark.parametrize(
    ("query", "parameter", "detail", "nearest"),
    [
        ("", "q", "Is missing: what shall be looked for?", []),
        ("kinds=actors", "q", "Is missing: what shall be looked for?", []),
        ("q=", "q", "Has no value; leave the parameter out instead.", []),
        ("q=asad&limit=0", "limit", '"0" is not a whole number from 1 to 50.', []),
        ("q=asad&limit=51", "limit", '"51" is not a whole number from 1 to 50.', []),
        ("q=asad&kinds=actor", "kinds", f'"actor" is none of: {", ".join(NAMES)}.', ["actors"]),
        ("q=asad&highlights=true", "highlights", "There is no such parameter here.", ["highlight"]),
        ("q=a&q=b", "q", "Given more than once; lists are written name__in=a,b.", []),
        (f"q={'a' * 201}", "q", "Longer than 200 characters.", []),
        ("q=a%00", "q", "Holds a NUL character.", []),
    ],
)
def test_bad_search_is_explained(client: Client, query: str, parameter: str, detail: str, nearest: list[str]) -> None:
    response = client.get(f"/api/v1/search/?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["errors"] == [{"parameter": parameter, "detail": detail, "nearest": nearest}]


@pytest.mark.parametrize(
    ("path", "parameter", "detail"),
    [
        ("incidents/?ordering=-relevance", "ordering", "Needs q."),
        ("incidents/?highlight=true", "highlight", "Needs q."),
        ("actors/?similar=true", "similar", "Needs q."),
        ("claims/?q=asad&similar=true", "similar", "There is no such parameter here."),
        ("countries/?q=asad&highlight=true", "highlight", "There is no such parameter here."),
        ("incidents/?q=asad&format=csv&highlight=true", "highlight", "Is for pages; csv holds every row that matches."),
        (
            "incidents/?q=asad&format=csv&ordering=-relevance",
            "ordering",
            "-relevance is for pages; csv holds every row that matches.",
        ),
    ],
)
def test_bad_request_of_a_list_is_explained(get: Get, path: str, parameter: str, detail: str) -> None:
    (error,) = get(path, 400)["errors"]
    assert (error["parameter"], error["detail"]) == (parameter, detail)


WORDLESS = ["the", "-", '"', "((", "%", "_", "\\", "'", "{}", "or", "- -"]
NO_WORD = 'Holds no word to look for: signs, and words as common as "the", find nothing.'


@pytest.mark.parametrize("typed", [*WORDLESS, "🕊", "a & b | !c <-> d:*", "$1 $2", "%(x)s", "\t \u00a0x"])
def test_no_text_breaks_a_search(client: Client, typed: str) -> None:
    """One without a word finds names that begin so, where it may be a name; where nothing is found it is refused."""
    make.make_incident(title="Something else")
    for path, asked in (
        ("search", {"highlight": "true"}),
        *((path, {"similar": "true"}) for path in ("incidents", "actors", "countries", "conflicts")),
    ):
        answer = client.get(f"/api/v1/{path}/", {"q": typed, **asked})
        assert answer.status_code == 200 or (typed in WORDLESS and NO_WORD in answer.json()["errors"][0]["detail"])


@pytest.mark.parametrize("typed", WORDLESS)
@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        *((path, "q") for path in ("incidents", "claims", "actors", "countries", "conflicts", "sources", "datasets")),
        ("search/?kinds=incidents,claims", "q"),
        ("incidents/?ordering=-relevance", "q"),
        ("incidents/?format=csv", "q"),
        ("aggregates/?by=kind", "q"),
        ("claims", "quote"),
    ],
)
def test_text_without_a_word_is_refused(client: Client, typed: str, path: str, parameter: str) -> None:
    name, _, query = path.partition("/?")
    answer = client.get(f"/api/v1/{name}/?{query}&{urlencode({parameter: typed})}".replace("?&", "?"))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"parameter": parameter, "detail": NO_WORD, "nearest": []}]


def test_text_without_a_word_is_refused_in_an_expression(get: Get) -> None:
    (error,) = get("incidents/?filter=kind=strike or q=the", 400)["errors"]
    assert (error["parameter"], NO_WORD in error["detail"]) == ("filter", True)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    "path", ["search/?q=quorvath&highlight=true", "incidents/?q=quorvath&ordering=-relevance&highlight=true"]
)
def test_search_is_one_query(client: Client, path: str, rows: int) -> None:
    for number in range(rows):
        make_everything(f"Quorvath {number}")
    client.get(f"/api/v1/{path}")  # how large the tables are is asked every ten minutes
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/api/v1/{path}").status_code == 200
    assert len(queries) == 1  # what was found, and the dataset's revision


def test_answer_is_kept_by_its_etag(client: Client) -> None:
    answer = client.get("/api/v1/search/?q=strikes")
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert client.get("/api/v1/search/?q=strikes", headers={"if-none-match": answer.headers["ETag"]}).status_code == 304
    other = client.get("/api/v1/search/?q=strike", headers={"if-none-match": answer.headers["ETag"]})
    assert other.status_code == 200
