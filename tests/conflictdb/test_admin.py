"""The curators' desk, page by page, as Django's client sees it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from conflictdb.models import Citation, Claim, Dataset, Import, Incident, Source
from tests import make

pytestmark = pytest.mark.django_db

TEXT = (
    "The monitor reported the death of eight fighters.\n"
    "The ministry said: no one was hurt. Nobody said: no one was hurt."
)
NOUNS = ("actor", "actorrelation", "claim", "conflict", "country", "dataset", "import", "incident", "source")


@pytest.fixture
def source() -> Source:
    """Store a source that holds its text."""
    return make.make_source(text=TEXT)


def make_import() -> Import:
    """Store a run of an importer that has ended."""
    ends = {"outcome": "loaded", "finished_at": timezone.now() + timedelta(seconds=1)}
    return Import.objects.create(
        dataset=make.the_dataset(), format="ucdp-ged", file_name="rows.csv", sha256="0" * 64, **ends
    )


MAKERS: dict[str, Callable[..., Any]] = {
    "actor": lambda: make.make_actor(country=make.make_country()),
    "actorrelation": make.make_relation,
    "claim": lambda: make.make_toll(8, claimant=make.make_actor(), stated_on="2023-11-15"),
    "conflict": lambda: make.make_conflict(parent=make.make_conflict()),
    "country": make.make_country,
    "dataset": make.make_dataset,
    "import": make_import,
    "incident": lambda: make.make_incident(country=make.make_country(), place_precision="country"),
    "source": lambda: make.make_source(publisher=make.make_actor(), text=TEXT, published_on="2023-11-15"),
}


def page(noun: str, *keys: Any, view: str = "change") -> str:  # a primary key of any type
    """Give the address of an admin page."""
    return reverse(f"admin:conflictdb_{noun}_{view}", args=keys)


def told(response: Any) -> list[str]:  # Django's test response has no public type
    """List the messages of a page."""
    return [str(message) for message in response.context["messages"]]


def claim_form(**fields: Any) -> dict[str, Any]:  # form values of every type
    """Fill the form of a claim that something occurred, with one citation; prefix a citation's field with ``quote_``."""
    quote = {name.removeprefix("quote_"): fields.pop(name) for name in list(fields) if name.startswith("quote_")}
    values = {
        "kind": "occurrence",
        "polarity": "asserts",
        "statement": "Eight fighters died.",
        "credibility": "6",
        "value_kind": "none",
        "dataset": make.the_dataset().pk,
        "citations-TOTAL_FORMS": "1",
        "citations-INITIAL_FORMS": "0",
    }
    return values | {f"citations-0-{name}": value for name, value in quote.items()} | fields


# --- every page ---


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("noun", "budget"),
    [
        # Each list: the session, its user, the bounded count, the rows; and what is named here.
        ("actor", 5),  # the datasets of the filter
        ("actorrelation", 5),  # the same
        ("claim", 7),  # the same; the first and last day, and the years or days between, of the date hierarchy
        ("conflict", 5),  # the datasets of the filter
        ("country", 4),
        ("dataset", 5),  # the series of the filter
        ("import", 9),  # what was cut off; the datasets and the formats of the filters; twice the date hierarchy
        ("incident", 7),  # the datasets of the filter; twice the date hierarchy
        ("source", 7),  # the same
    ],
)
def test_list_stays_within_its_budget(
    admin_client: Client, django_assert_num_queries: Callable, noun: str, budget: int, rows: int
) -> None:
    """No list asks anything once a row."""
    for _ in range(rows):
        MAKERS[noun]()
    with django_assert_num_queries(budget):
        response = admin_client.get(page(noun, view="changelist"))
    assert response.status_code == 200
    assert response.context["cl"].result_count >= rows


@pytest.mark.parametrize("noun", NOUNS)
def test_every_page_of_a_record_opens(admin_client: Client, noun: str) -> None:
    """The forms to add and to change a record, its history and its search answer."""
    record = MAKERS[noun]()
    assert admin_client.get(page(noun, record.pk)).status_code == 200
    assert admin_client.get(page(noun, record.pk, view="history")).status_code == 200
    assert admin_client.get(page(noun, view="changelist"), {"q": "some words & more"}).status_code == 200
    assert admin_client.get(page(noun, view="add")).status_code == 200


def test_every_link_between_records_is_autocompleted(admin_user: User) -> None:
    """No form lists all records: a foreign key is autocompleted, read-only, or the one to the page's record."""
    request = RequestFactory().get("/")
    request.user = admin_user
    plain = []
    for model, model_admin in admin.site._registry.items():  # noqa: SLF001  # Django has no public list of them
        if model._meta.app_label != "conflictdb" or not model_admin.has_add_permission(request):
            continue
        for desk in (model_admin, *model_admin.get_inline_instances(request)):
            fields = desk.get_form(request) if desk is model_admin else desk.get_formset(request).form
            fixed = {*desk.get_autocomplete_fields(request), getattr(desk, "fk_name", None) or model._meta.model_name}
            plain += [
                f"{type(desk).__name__}.{field.name}"
                for field in desk.model._meta.get_fields()
                if isinstance(field, models.ForeignKey)
                and field.name in fields.base_fields
                and field.name not in fixed
                and field.related_model is not Dataset  # of which there are few
            ]
    assert plain == []


def test_search_finds_the_beginning_of_a_word(admin_client: Client) -> None:
    """What is typed into an autocompleted field need not be a whole word."""
    make.make_incident(title="Rockets fired at Al-Tanf")
    make.make_incident(title="Drone shot down")
    address = reverse("admin:autocomplete")
    query = {"app_label": "conflictdb", "model_name": "incident", "field_name": "parent", "term": "rocket fi"}
    assert [row["text"] for row in admin_client.get(address, query).json()["results"]] == ["Rockets fired at Al-Tanf"]


# --- coding ---


def test_incident_is_coded_on_one_page(admin_client: Client) -> None:
    """An incident, who took part and a claim are stored together, as drafts under slugs of their own."""
    form = {
        "title": "Attacks on forces",
        "kind": "armed_attack",
        "weapons": ["rockets", "drones"],
        "started_on": "2023-10-17",
        "ended_on": "2023-10-17",
        "date_precision": "day",
        "place_precision": "unknown",
        "dataset": make.the_dataset().pk,
        "participations-TOTAL_FORMS": "1",
        "participations-INITIAL_FORMS": "0",
        "participations-0-actor": make.make_actor().pk,
        "participations-0-role": "target",
        "claims-TOTAL_FORMS": "2",
        "claims-INITIAL_FORMS": "0",
    }
    toll = {"kind": "toll", "polarity": "asserts", "statement": "Eight died.", "credibility": "6", "measure": "killed"}
    toll |= {"victims": "everyone", "value_kind": "exact", "low": "8"}
    form |= {f"claims-{number}-{name}": value for number in (0, 1) for name, value in toll.items()}
    response = admin_client.post(page("incident", view="add"), form)
    assert response.status_code == 302, response.context["errors"]
    incident = Incident.objects.get()
    assert (incident.slug, incident.status, incident.weapons) == (
        "2023-10-attacks-on-forces", "draft", ["rockets", "drones"],
    )  # fmt: skip
    assert incident.participations.count() == 1
    assert list(
        incident.claims.order_by("id").values_list("slug", "status", "low", "best", "high", "dataset__slug")
    ) == [
        ("2023-10-attacks-on-forces-killed", "draft", 8, 8, 8, "tests"),
        ("2023-10-attacks-on-forces-killed-2", "draft", 8, 8, 8, "tests"),
    ]


def test_claim_starts_where_the_incident_is(admin_client: Client, source: Source) -> None:
    """The form opened from an incident names it, its dataset and the source that its last citation named."""
    incident = make.make_incident()
    make.make_citation(claim=make.make_claim(incident=incident), source=source, exact="eight fighters")
    response = admin_client.get(page("claim", view="add"), {"incident": incident.pk})
    form = response.context["adminform"].form
    assert (form["incident"].value(), form["dataset"].value()) == (str(incident.pk), incident.dataset_id)
    assert response.context["inline_admin_formsets"][0].formset.forms[0]["source"].value() == source.pk


def test_quote_fills_its_offsets_and_surroundings(admin_client: Client, source: Source) -> None:
    """Only the words are typed; a coder who came from the incident returns to it."""
    incident = make.make_incident()
    address = f"{page('claim', view='add')}?incident={incident.pk}"
    form = claim_form(incident=incident.pk, quote_source=source.pk, quote_exact="the death of eight fighters")
    response = admin_client.post(address, form)
    assert response.status_code == 302, response.context["errors"]
    assert response["Location"].startswith(page("incident", incident.pk))
    citation = Citation.objects.get()
    start = TEXT.index("the death")
    assert (citation.number, citation.start, citation.end) == (1, start, start + 27)
    assert (citation.prefix, citation.suffix) == (TEXT[:start], TEXT[start + 27 :][:32])
    assert citation.claim.status == "draft"


def test_quote_over_two_lines_stands_although_browsers_change_line_ends(admin_client: Client, source: Source) -> None:
    """A form sends carriage returns; the text has none."""
    form = claim_form(
        incident=make.make_incident().pk, quote_source=source.pk, quote_exact="eight fighters.\r\nThe ministry"
    )
    assert admin_client.post(page("claim", view="add"), form).status_code == 302
    assert Citation.objects.get().exact == "eight fighters.\nThe ministry"


@pytest.mark.parametrize(
    ("exact", "error"),
    [
        ("THE DEATH  of eight fighters", "in the source. It differs only in capitals, or in"),
        ("death of eight; fighters, they said", "in the source. The nearest words there: ⟦death of eight fighters⟧."),
        ("rockets over the sea", "These words do not stand verbatim in the source."),
        ("no one was hurt", "The quote stands in the text 2 times"),
        ("", "quote the words that carry the claim"),
    ],
)  # fmt: skip
def test_quote_that_does_not_stand_is_refused_by_name(
    admin_client: Client, source: Source, exact: str, error: str
) -> None:
    """The error stands at the quote and tells what the source has instead."""
    form = claim_form(incident=make.make_incident().pk, quote_source=source.pk, quote_exact=exact)
    response = admin_client.post(page("claim", view="add"), form)
    errors = response.context["inline_admin_formsets"][0].formset.forms[0].errors
    assert list(errors) == ["exact"]
    assert error in errors["exact"][0]
    assert not Claim.objects.exists()


def test_ambiguous_quote_is_told_apart_by_the_words_before(admin_client: Client, source: Source) -> None:
    """The words before decide which of two places is meant."""
    form = claim_form(
        incident=make.make_incident().pk,
        quote_source=source.pk,
        quote_exact="no one was hurt",
        quote_prefix="Nobody said: ",
    )
    assert admin_client.post(page("claim", view="add"), form).status_code == 302
    assert Citation.objects.get().start == TEXT.rindex("no one")


def test_rule_of_the_database_is_a_form_error(admin_client: Client) -> None:
    """A toll without a measure is refused in words, with what was typed."""
    form = claim_form(incident=make.make_incident().pk, kind="toll", value_kind="unknown")
    response = admin_client.post(page("claim", view="add"), form)
    assert "A toll says what it counts (measure) and whom (victims); other claims leave both empty." in str(
        response.context["adminform"].form.non_field_errors()
    )


def test_refusal_by_a_trigger_is_a_form_error(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the form offers what the database forbids, the curator reads a sentence."""
    dataset = make.make_dataset()
    monkeypatch.setattr("conflictdb.admin.base.RecordAdmin.is_address_fixed", lambda *_: False)
    form = {"title": "T", "series": "s", "publisher": "P", "licence": "CC0-1.0", "citation": "P.", "slug": "another"}
    response = admin_client.post(page("dataset", dataset.pk), form)
    assert response.status_code == 200
    errors = response.context["adminform"].form.non_field_errors()
    assert errors == [f'The slug "{dataset.slug}" is public and cannot change to "another".']


def test_claim_is_superseded_by_naming_a_later_one_of_its_incident(admin_client: Client) -> None:
    """The status follows the link; a claim about another incident is refused."""
    first = make.make_claim()
    later, stranger = make.make_claim(incident=first.incident), make.make_claim()
    form = claim_form(incident=first.incident_id, statement="First.")
    form["citations-TOTAL_FORMS"] = "0"
    response = admin_client.post(page("claim", first.pk), form | {"superseded_by": stranger.pk})
    assert response.context["adminform"].form.errors == {"superseded_by": ["That claim is about another incident."]}
    assert admin_client.post(page("claim", first.pk), form | {"superseded_by": later.pk}).status_code == 302
    first.refresh_from_db()
    assert first.status == "superseded"
    assert admin_client.post(page("claim", first.pk), form).status_code == 302
    first.refresh_from_db()
    assert first.status == "standing"


def test_held_text_keeps_its_line_ends(admin_client: Client) -> None:
    """A browser's line ends change no letter of a held text, nor its digest."""
    source = make.make_source(text="One.\r\nTwo.\r\n")
    form = {"title": "New", "kind": "article", "reliability": "F", "dataset": source.dataset_id}
    assert admin_client.post(page("source", source.pk), form | {"text": "One.\r\nTwo.\r\n"}).status_code == 302
    source.refresh_from_db()
    assert (source.title, source.text) == ("New", "One.\r\nTwo.\r\n")
    pasted = {"title": "Pasted", "text": " a\r\nb ", "slug": ""}
    assert admin_client.post(page("source", view="add"), form | pasted).status_code == 302
    assert Source.objects.get(title="Pasted").text == " a\nb "


# --- reading ---


def test_incident_shows_its_estimate_and_the_reasons(admin_client: Client) -> None:
    """The figures, each claim with its claimant and what the rule made of it."""
    incident = make.make_incident()
    claim = make.make_toll(8, incident=incident, claimant=make.make_actor(name="The Observatory"))
    make.make_toll(None, incident=incident, statement="The number is unclear.", value_wording="remains unclear")
    response = admin_client.get(page("incident", incident.pk))
    assert [row["short"] for row in response.context["figures"]] == ["8", ""]
    assert [(row["claim"].pk, row["told"].is_used) for row in response.context["weighed"]][:1] == [(claim.pk, True)]
    for words in ("The Observatory", "It gives no number.", "remains unclear", "not reported"):
        assert words in response.content.decode()


def test_reasons_name_who_speaks_by_the_words_of_the_source_where_nobody_is_coded(admin_client: Client) -> None:
    incident = make.make_incident()
    for words in ("a senior official", ""):
        make.make_toll(8, incident=incident, claimant_wording=words)
    shown = admin_client.get(page("incident", incident.pk)).content.decode()
    assert "<td>a senior official</td>" in shown
    assert "<td>the source itself</td>" in shown


def test_incident_shows_which_claims_cannot_both_be_true(admin_client: Client) -> None:
    """In one sentence each, which hides no name from editors, with links to both claims; nothing where nobody disagrees."""
    hidden = make.make_actor(name="The Informant", dataset=make.make_dataset(redistributable=False))
    incident = make.make_incident()
    one, other = (make.make_toll(number, incident=incident, claimant=hidden) for number in (3, 9))
    shown = admin_client.get(page("incident", incident.pk)).content.decode()
    assert (
        "The Informant said that at most 3 were killed, The Informant that at least 9 were: 6 or more apart." in shown
    )
    for claim in (one, other):
        assert f'{page("claim", claim.pk)}?incident={incident.pk}">' in shown
    calm = make.make_toll(3).incident
    assert "Claims that cannot both be true" not in admin_client.get(page("incident", calm.pk)).content.decode()


def test_quote_is_shown_marked_in_its_source(admin_client: Client, source: Source) -> None:
    """On the claim's page with the words around it, on the source's in the whole text; markup in a text stays text."""
    claim = make.make_claim(statement="Eight <b>died</b>.")
    citation = make.make_citation(claim=claim, source=source, exact="eight fighters")
    html = admin_client.get(page("claim", claim.pk)).content.decode()
    assert "the death of <mark>eight fighters</mark>." in html
    html = admin_client.get(page("source", source.pk)).content.decode()
    assert f'<span id="quote-{citation.pk}"></span><mark title="Eight &lt;b&gt;died&lt;/b&gt;.">' in html


def test_quote_that_is_not_verbatim_is_flagged() -> None:
    """Words that do not stand at their offsets carry a warning."""
    from conflictdb.admin.quote import in_context  # noqa: PLC0415  # the registry must be ready

    citation = Citation(source=Source(text=TEXT), exact="nine fighters", start=0, end=13)
    assert "⚠ Not verbatim" in in_context(citation)


def test_api_is_linked_only_where_the_record_is_public(admin_client: Client) -> None:
    """A draft has no address that anyone could read."""
    draft, public = make.make_incident(status="draft"), make.make_incident()
    assert "View in the API" not in admin_client.get(page("incident", draft.pk)).content.decode()
    html = admin_client.get(page("incident", public.pk)).content.decode()
    assert f'href="/api/v1/incidents/{public.slug}/"' in html


def test_incident_of_many_claims_leaves_them_to_their_list(admin_client: Client) -> None:
    """A page that would hold hundreds of forms holds none."""
    incident = make.make_incident()
    for _ in range(41):
        make.make_claim(incident=incident)
    response = admin_client.get(page("incident", incident.pk))
    assert len(response.context["inline_admin_formsets"]) == 1
    assert f"{page('claim', view='changelist')}?incident__id__exact={incident.pk}" in response.content.decode()


# --- steps ---


def take(
    client: Client, noun: str, step: str, *records: models.Model, **fields: str
) -> Any:  # Django's test response has no public type
    """Choose a step for records in their list; ``confirmed="yes"`` takes it."""
    form = {"action": step, "_selected_action": [record.pk for record in records]} | fields
    return client.post(page(noun, view="changelist"), form, follow=True)


def test_publish_asks_before_it_changes_anything(admin_client: Client) -> None:
    """The first request only shows what would happen."""
    draft, public = make.make_incident(status="draft"), make.make_incident()
    response = take(admin_client, "incident", "publish", draft, public)
    assert (response.context["result"].changing, response.context["result"].already) == ([draft], [public])
    assert Incident.objects.filter(status="draft").count() == 1
    response = take(admin_client, "incident", "publish", draft, public, confirmed="yes")
    assert told(response) == ["1 incident published.", "1 incident already published."]
    assert not Incident.objects.filter(status="draft").exists()
    assert LogEntry.objects.get().object_id == str(draft.pk)


def test_claim_without_a_citation_is_not_published(admin_client: Client) -> None:
    """What can be published is; what cannot is named."""
    bare, cited = make.make_claim(status="draft"), make.make_claim(status="draft")
    make.make_citation(claim=cited)
    response = take(admin_client, "claim", "publish", bare, cited, confirmed="yes")
    assert told(response) == ["1 claim published.", f"{bare.slug} is not published: it has no citation."]
    assert set(Claim.objects.values_list("slug", "status")) == {(bare.slug, "draft"), (cited.slug, "standing")}


def test_retraction_needs_a_reason_and_can_be_taken_back(admin_client: Client) -> None:
    """Without a reason the page asks again; with one the record says why; reinstating drops it."""
    claim = make.make_toll(8)
    response = take(admin_client, "claim", "retract", claim, confirmed="yes", reason=" ")
    assert response.context["form"].errors == {"reason": ["This field is required."]}
    take(admin_client, "claim", "retract", claim, confirmed="yes", reason="Misread.")
    claim.refresh_from_db()
    assert (claim.status, claim.status_reason, claim.incident.killed_best) == ("retracted", "Misread.", None)
    take(admin_client, "claim", "reinstate", claim, confirmed="yes")
    claim = Claim.objects.get()
    assert (claim.status, claim.status_reason, claim.incident.killed_best) == ("standing", "", 8)


def test_draft_is_not_retracted(admin_client: Client) -> None:
    """A retraction would make it public."""
    draft = make.make_incident(status="draft")
    response = take(admin_client, "incident", "retract", draft, confirmed="yes", reason="Wrong.")
    assert told(response) == [f"{draft.slug} is not retracted: its status is “draft”."]


def test_step_leads_back_only_within_the_site(admin_client: Client) -> None:
    """The page to return to is never another site's."""
    draft = make.make_incident(status="draft")
    form = {"action": "publish", "_selected_action": draft.pk, "confirmed": "yes", "back": "https://example.org/"}
    response = admin_client.post(page("incident", view="changelist"), form)
    assert response["Location"] == page("incident", view="changelist")


def test_person_without_the_permission_takes_no_step(client: Client) -> None:
    """Who may only look sees no step and takes none."""
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_incident", "view_claim"]))
    client.force_login(viewer)
    draft = make.make_incident(status="draft")
    response = client.get(page("incident", draft.pk))
    assert (response.status_code, response.context["steps"]) == (200, [])
    take(client, "incident", "publish", draft, confirmed="yes")
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_only_drafts_are_deleted(admin_client: Client) -> None:
    """What was public is retracted; nothing is deleted from a list."""
    draft, public = make.make_incident(status="draft"), make.make_incident()
    assert admin_client.post(page("incident", public.pk, view="delete"), {"post": "yes"}).status_code == 403
    assert admin_client.post(page("incident", draft.pk, view="delete"), {"post": "yes"}).status_code == 302
    assert list(Incident.objects.all()) == [public]
    response = admin_client.get(page("incident", view="changelist"))
    actions = [name for name, _ in response.context["action_form"].fields["action"].choices]
    assert actions == ["", "publish", "retract", "reinstate"]


def test_last_citation_of_a_public_claim_stays(admin_client: Client) -> None:
    """A standing claim is traceable, always."""
    citation = make.make_citation()
    form = claim_form(incident=citation.claim.incident_id, quote_id=citation.pk, quote_source=citation.source_id)
    form |= {"citations-INITIAL_FORMS": "1", "citations-0-DELETE": "on", "citations-0-claim": citation.claim_id}
    response = admin_client.post(page("claim", citation.claim_id), form)
    errors = response.context["inline_admin_formsets"][0].formset.non_form_errors()
    assert errors == ["A claim that is no longer a draft keeps at least one citation."]
