"""What the desk says to the person at it: the rule that was broken, the day that was meant, what readers will see."""

from datetime import date

import pytest
from django.db import models
from django.test import Client

from conflictdb.models import Conflict, Incident
from tests import make
from tests.conflictdb.test_admin import page, take, told

pytestmark = pytest.mark.django_db


def errors_of(client: Client, address: str, form: dict[str, object]) -> str:
    """Send a form that is refused, and give all that is said about it."""
    response = client.post(address, form)
    assert response.status_code == 200
    return str(response.context["adminform"].form.errors) + str(response.context["errors"])


@pytest.mark.parametrize(
    ("record", "noun", "form"),
    [
        (make.make_incident, "incident", {"title": "T", "kind": "strike", "date_precision": "unknown"}),
        (make.make_conflict, "conflict", {"name": "N", "kind": "unknown"}),
    ],
)
def test_record_that_names_itself_is_refused_in_words(
    admin_client: Client, record: type[models.Model], noun: str, form: dict[str, object]
) -> None:
    stored = record()
    form |= {"parent": stored.pk, "dataset": make.the_dataset().pk, "place_precision": "unknown"}
    for inline in ("participations", "claims"):
        form |= {f"{inline}-TOTAL_FORMS": "0", f"{inline}-INITIAL_FORMS": "0"}
    assert "A record cannot name itself as parent." in errors_of(admin_client, page(noun, stored.pk), form)
    assert not (Incident if noun == "incident" else Conflict).objects.filter(parent=stored).exists()


@pytest.mark.parametrize("written", ["03/05/2024", "5 March 2024"])
def test_day_is_written_one_way_only(admin_client: Client, written: str) -> None:
    form: dict[str, object] = {"name": "N", "kind": "unknown", "dataset": make.the_dataset().pk, "slug": "n"}
    assert "Enter a valid date." in errors_of(
        admin_client, page("conflict", view="add"), form | {"started_on": written}
    )
    assert admin_client.post(page("conflict", view="add"), form | {"started_on": "2024-03-05"}).status_code == 302
    conflict = Conflict.objects.get()
    assert conflict.started_on == date(2024, 3, 5)
    assert 'value="2024-03-05"' in admin_client.get(page("conflict", conflict.pk)).content.decode()


def test_publishing_a_claim_about_a_draft_says_that_nobody_sees_it_yet(admin_client: Client) -> None:
    claim = make.make_claim(status="draft", incident=make.make_incident(status="draft", title="Second"))
    make.make_citation(claim=claim)
    note = "Readers see claims about “Second” only once that is published too."
    assert note in take(admin_client, "claim", "publish", claim).content.decode()
    assert told(take(admin_client, "claim", "publish", claim, confirmed="yes")) == ["1 claim published.", note]


def test_forbidden_page_says_what_to_do_instead(admin_client: Client) -> None:
    response = admin_client.get(page("claim", make.make_claim().pk, view="delete"))
    assert response.status_code == 403
    assert "Public records are retracted, not deleted." in response.content.decode()
