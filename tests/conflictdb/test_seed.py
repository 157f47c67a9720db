"""The seed dataset: one document, every statement of it a claim, every claim in its very words."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Model
from pytest_django import DjangoDbBlocker

from conflictdb import quotes
from conflictdb.models import Actor, ActorRelation, Citation, Claim, Conflict, Dataset, Disagreement, Incident, Source
from tests.conflictdb.reference_disagreements import disagreements, kept

DOCUMENT = Path(settings.BASE_DIR, "seeds", "2023-11-15-us-iran-syria.txt")
ATTACKS = "2023-attacks-on-us-forces-in-syria-and-iraq"
ATTACKS_IN_SYRIA = "2023-attacks-on-us-forces-in-syria"
ATTACKS_IN_IRAQ = "2023-attacks-on-us-forces-in-iraq"
EXCHANGE = "2023-us-and-iran-backed-groups-exchange-of-attacks"
STRIKES = "2023-us-retaliatory-strikes-in-syria"
COLUMNS = {
    "kind": "",
    "polarity": "asserts",
    "incident__slug": None,
    "actor__slug": None,
    "relation__slug": None,
    "claimant__slug": None,
    "claimant_wording": "",
    "measure": "",
    "victims": "",
    "victim_actor__slug": None,
    "named_actor__slug": None,
    "named_conflict__slug": None,
    "value_kind": "none",
    "low": None,
    "best": None,
    "high": None,
    "value_wording": "",
    "credibility": "6",
    "status": "standing",
}
ASSAD_DENOUNCES = "al-assad-denunciation-of-israel-strikes-in-gaza"
DENIED = "these attacks have not resulted in any significant damage or casualties"
DENIED_LATER = "As of now, the attacks on US forces in Syria have not caused significant damage or casualties"
COUNTED = (
    "According to US military officials, Iran-backed groups have attacked US forces in Syria and Iraq more than 50 "
    "times since the beginning of the Gaza war"
)
MILITARY = {"claimant__slug": "us-military-officials", "claimant_wording": "US military officials"}
OFFICIALS = {"claimant__slug": "us-officials", "claimant_wording": "US officials"}
GOVERNMENT = {"claimant__slug": "syrian-government", "claimant_wording": "the Syrian government"}
ASSAD = {"claimant__slug": "bashar-al-assad", "claimant_wording": "Al-Assad"}
WARNED = {"claimant__slug": "iran", "claimant_wording": "Iran", "incident__slug": "iran-warnings-of-new-fronts"}
KILLED = ["killed_low", "killed_best", "killed_high", "killed_is_open", "killed_claims"]
ZERO = {"value_kind": "exact", "low": 0, "best": 0, "high": 0}


@pytest.fixture(scope="module", autouse=True)
def _seed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001  # the test database
    """Load the fixtures once for all tests here, and take them back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("loaddata", "countries", "seed", verbosity=0)
        yield
        transaction.set_rollback(True)


def coded(slug: str) -> tuple[dict, list[str]]:
    """Give a claim's columns as far as they are not what most claims have, and the words it cites."""
    values = Claim.objects.values(*COLUMNS).get(slug=slug)
    words = list(Citation.objects.filter(claim__slug=slug).order_by("number").values_list("exact", flat=True))
    return {column: value for column, value in values.items() if value != COLUMNS[column]}, words


def toll(measure: str, incident: str, victims: str = "everyone", **more: object) -> dict:
    """Write what a toll has."""
    return {"kind": "toll", "measure": measure, "victims": victims, "incident__slug": incident, **more}


def denial(wording: str) -> dict:
    """Write what the document's denials have."""
    return {"polarity": "denies", "value_kind": "vague", "value_wording": wording}


EVERYWHERE = "any significant damage or casualties"
REQUIRED = {
    # more than 50 attacks on US forces in Syria and Iraq
    "us-forces-attacked-more-than-50-times": (
        {
            "kind": "event_count",
            "incident__slug": ATTACKS,
            **MILITARY,
            "value_kind": "at_least",
            "low": 51,
            "value_wording": "more than 50 times",
        },
        [COUNTED],
    ),
    "iran-backed-groups-attacked-us-forces-in-syria-and-iraq": (
        {
            "kind": "responsibility",
            "incident__slug": ATTACKS,
            **MILITARY,
            "named_actor__slug": "iran-backed-groups",
        },
        [COUNTED],
    ),
    # by which means, with what effect
    "attacks-on-us-forces-involved-rockets-missiles-and-drones": (
        {"kind": "occurrence", "incident__slug": ATTACKS},
        ["These attacks have involved rockets, missiles, and drones"],
    ),
    "attacks-on-us-forces-caused-only-minor-damage": (
        {
            "kind": "damage",
            "incident__slug": ATTACKS,
            "value_kind": "vague",
            "value_wording": "only minor damage",
        },
        ["have caused only minor damage"],
    ),
    # no US casualties, soldiers or not: a claimed zero of the dead and of the injured, of the whole and not of its parts
    **{
        f"no-us-casualties-{measure}": (
            toll(measure, ATTACKS, victim_actor__slug="united-states", **ZERO, value_wording="any US casualties"),
            ["have not resulted in any US casualties"],
        )
        for measure in ("killed", "injured")
    },
    # which is not the same as none having been reported
    **{
        f"no-us-soldiers-reported-{measure}-in-syria": (
            toll(
                measure,
                ATTACKS_IN_SYRIA,
                "combatants",
                victim_actor__slug="us-forces",
                value_kind="none_reported",
                value_wording="lack of reported casualties",
            ),
            ["The lack of reported casualties among US soldiers"],
        )
        for measure in ("killed", "injured")
    },
    # the denial in the document's own voice, of the exchange and of the strikes within it
    **{
        f"no-significant-number-{measure}-by-{name}": (toll(measure, incident, **denial(EVERYWHERE)), [DENIED])
        for measure in ("killed", "injured")
        for name, incident in (("exchange-of-attacks", EXCHANGE), ("us-retaliatory-strikes", STRIKES))
    },
    **{
        f"no-significant-number-{measure}-by-attacks-on-us-forces-in-syria": (
            toll(measure, ATTACKS_IN_SYRIA, **denial("significant damage or casualties")),
            [DENIED_LATER, DENIED],
        )
        for measure in ("killed", "injured")
    },
    # the strikes and what they did
    "us-carried-out-the-strikes-in-syria": (
        {"kind": "responsibility", "incident__slug": STRIKES, "named_actor__slug": "united-states"},
        ["the United States has launched retaliatory strikes"],
    ),
    "us-strikes-were-retaliation": (
        {"kind": "motive", "incident__slug": STRIKES},
        ["In response, the United States has launched retaliatory strikes"],
    ),
    "us-strikes-targeted-purportedly-iran-linked-sites": (
        {"kind": "link", "incident__slug": STRIKES, "named_actor__slug": "iran"},
        ["targeting purportedly Iran-linked sites in Syria"],
    ),
    "extent-of-damage-by-us-strikes-unclear": (
        {"kind": "damage", "incident__slug": STRIKES, "value_kind": "unknown", "value_wording": "remains unclear"},
        ["the extent of the damage caused by these strikes remains unclear"],
    ),
    "eight-members-of-iran-backed-militias-killed": (
        toll(
            "killed",
            STRIKES,
            "combatants",
            claimant__slug="syrian-observatory-for-human-rights",
            claimant_wording="the Syrian Observatory for Human Rights",
            victim_actor__slug="iran-backed-groups",
            value_kind="exact",
            low=8,
            best=8,
            high=8,
            value_wording="eight members",
        ),
        ["the Syrian Observatory for Human Rights reported the death of eight members of Iran-backed militias"],
    ),
    # what the US says the strikes were
    "us-strikes-were-self-defense": (
        {"kind": "motive", "incident__slug": STRIKES, **OFFICIALS},
        ["they view these actions as acts of “self-defense”", "US officials have emphasized"],
    ),
    "us-strikes-not-directly-connected-to-gaza": (
        {
            "kind": "link",
            "polarity": "denies",
            "incident__slug": STRIKES,
            **OFFICIALS,
            "named_conflict__slug": "gaza-war",
        },
        [
            (
                "US officials have emphasized that the strikes against Iran-backed groups are not directly connected "
                "to the conflict in Gaza"
            )
        ],
    ),
    "us-strikes-independent-of-israel-military-operations": (
        {"kind": "link", "polarity": "denies", "incident__slug": STRIKES, **OFFICIALS, "named_actor__slug": "israel"},
        [
            "they view these actions as acts of “self-defense” independent of Israel’s military operations",
            "US officials have emphasized",
        ],
    ),
    # which the document takes to be connected nonetheless
    "exchange-of-attacks-connected-to-gaza": (
        {"kind": "link", "incident__slug": EXCHANGE, "named_conflict__slug": "gaza-war"},
        ["the connection to the conflict in Gaza"],
    ),
    # Soleimani
    "attacks-intensified-following-killing-of-soleimani": (
        {"kind": "link", "incident__slug": "attacks-by-regional-armed-groups", "named_actor__slug": "qassem-soleimani"},
        [
            (
                "the attacks by regional armed groups have intensified in recent years, particularly following the US "
                "assassination of Iranian General Qassem Soleimani in Iraq"
            )
        ],
    ),
    "soleimani-killed": (
        toll(
            "killed",
            "killing-of-qassem-soleimani",
            "combatants",
            victim_actor__slug="qassem-soleimani",
            value_kind="exact",
            low=1,
            best=1,
            high=1,
        ),
        ["the US assassination of Iranian General Qassem Soleimani in Iraq"],
    ),
    "us-assassinated-soleimani": (
        {
            "kind": "responsibility",
            "incident__slug": "killing-of-qassem-soleimani",
            "named_actor__slug": "united-states",
        },
        ["the US assassination of Iranian General Qassem Soleimani in Iraq"],
    ),
    # warnings, demands, condemnations
    "iran-threat-of-new-fronts": (
        {"kind": "threat", **WARNED, "named_actor__slug": "israel"},
        [
            "Iran has repeatedly warned that “new fronts” will be opened if Israel continues to bomb civilians in Gaza",
        ],
    ),
    "iran-warning-that-allied-forces-may-strike": (
        {"kind": "threat", **WARNED},
        [
            (
                "Iran has repeatedly warned that “new fronts” will be opened if Israel continues to bomb civilians "
                "in Gaza, and allied forces may strike"
            )
        ],
    ),
    "iran-warned-repeatedly": (
        {
            "kind": "event_count",
            "incident__slug": "iran-warnings-of-new-fronts",
            "value_kind": "vague",
            "value_wording": "repeatedly",
        },
        ["Iran has repeatedly warned that “new fronts” will be opened"],
    ),
    "iran-warning-is-conditional-on-israel-in-gaza": (
        {"kind": "link", **WARNED, "named_actor__slug": "israel", "named_conflict__slug": "gaza-war"},
        ["if Israel continues to bomb civilians in Gaza", "Iran has repeatedly warned"],
    ),
    "syrian-government-demands-us-withdrawal": (
        {
            "kind": "demand",
            "incident__slug": "syrian-government-calls-for-us-withdrawal",
            **GOVERNMENT,
            "named_actor__slug": "united-states",
        },
        ["the Syrian government has consistently called for the withdrawal of US forces"],
    ),
    "syrian-government-demands-cessation-of-attacks": (
        {"kind": "demand", "incident__slug": "syrian-government-calls-for-us-withdrawal", **GOVERNMENT},
        [
            (
                "the Syrian government has consistently called for the withdrawal of US forces and the cessation of "
                "attacks on Syrian soil"
            )
        ],
    ),
    "al-assad-condemns-israel-strikes-in-gaza": (
        {"kind": "condemnation", "incident__slug": ASSAD_DENOUNCES, **ASSAD, "named_actor__slug": "israel"},
        ["Al-Assad has expressed his opposition to Israel’s strikes in Gaza, denouncing them"],
    ),
    "al-assad-demands-protection-of-palestinians": (
        {
            "kind": "demand",
            "incident__slug": ASSAD_DENOUNCES,
            "actor__slug": "palestinians",
            **ASSAD,
        },
        ["calling for stronger protection of the Palestinians", "Al-Assad has expressed his opposition"],
    ),
    # Syria
    "us-entered-syria-to-support-kurdish-allies": (
        {"kind": "motive", "incident__slug": "us-entry-into-syria"},
        ["the US entered Syria to support Kurdish allies fighting against al-Assad’s regime"],
    ),
    "iran-influences-syria": (
        {"kind": "relation", "relation__slug": "iran-influences-syria"},
        ["The country is heavily influenced by Iran"],
    ),
    "key-backer-of-bashar-al-assad": (
        {"kind": "link", "actor__slug": "bashar-al-assad"},
        ["The country is heavily influenced by Iran and is a key backer of Syrian President Bashar al-Assad"],
    ),
    # assessments
    "escalation-is-a-distinct-possibility": (
        {"kind": "assessment", "incident__slug": EXCHANGE},
        ["escalation is a distinct possibility"],
    ),
    "lack-of-us-casualties-aligns-with-iran-strategy": (
        {"kind": "assessment", "incident__slug": ATTACKS_IN_SYRIA, "actor__slug": "iran"},
        ["The lack of reported casualties among US soldiers aligns with Iran’s calculated strategy"],
    ),
    "us-casualties-would-likely-lead-to-escalation": (
        {"kind": "assessment", "incident__slug": EXCHANGE},
        ["It is likely that any US casualties would lead to a serious response and a significant escalation"],
    ),
    "call-for-diplomacy": (
        {"kind": "demand", "incident__slug": EXCHANGE},
        [
            (
                "It is crucial for all parties involved to prioritize diplomacy and seek peaceful resolutions to avoid "
                "a larger conflict"
            )
        ],
    ),
}


@pytest.mark.parametrize("slug", REQUIRED)
def test_claim_is_coded_as_the_document_says(slug: str) -> None:
    """Each required claim has exactly these values and cites exactly these words."""
    assert coded(slug) == REQUIRED[slug]


def test_source_holds_the_document_byte_for_byte() -> None:
    """The held text is the file, and what the document does not say stays unknown."""
    held = Source.objects.values("text", "sha256", "published_on", "publisher", "url", "reliability").get()
    document = DOCUMENT.read_bytes()
    assert {**held, "text": held["text"].encode(), "published_on": str(held["published_on"])} == {
        "text": document,
        "sha256": hashlib.sha256(document).hexdigest(),
        "published_on": "2023-11-15",
        "publisher": None,
        "url": "",
        "reliability": "F",
    }


def test_dataset_licenses_the_coding_only() -> None:
    """The licence is said not to cover the document."""
    dataset = Dataset.objects.values("slug", "series", "version", "licence", "redistributable", "description").get()
    assert "The licence covers the coding, not the document" in dataset.pop("description")
    assert dataset == {
        "slug": "conflictdb-seed",
        "series": "conflictdb-seed",
        "version": "1",
        "licence": "CC-BY-4.0",
        "redistributable": True,
    }


def test_every_quote_stands_verbatim() -> None:
    """Words, context and offsets are those of the file, counted in characters."""
    text = DOCUMENT.read_bytes().decode()
    citations = list(Citation.objects.select_related("claim"))
    assert [
        (one.claim.slug, one.number)
        for one in citations
        if text[one.start : one.end] != one.exact
        or not text.endswith(one.prefix, 0, one.start)
        or not text.startswith(one.suffix, one.end)
    ] == []
    assert list(quotes.defects(quotes.Checked())) == []


def test_wordings_are_the_documents_own() -> None:
    """A claimant's and a value's wording stand in the document, and only claimants have the former."""
    text = DOCUMENT.read_bytes().decode()
    claims = list(Claim.objects.all())
    assert [one.slug for one in claims if one.claimant_wording not in text or one.value_wording not in text] == []
    assert [one.slug for one in claims if (one.claimant_id is None) != (one.claimant_wording == "")] == []
    assert {one.stated_on is None for one in claims if one.claimant_id} == {True}
    assert {str(one.stated_on) for one in claims if not one.claimant_id} == {"2023-11-15"}


def test_no_sentence_is_left_uncited() -> None:
    """Every sentence overlaps a citation, but for the headings and the document's date."""
    text = DOCUMENT.read_bytes().decode()
    spans = list(Citation.objects.values_list("start", "end"))
    sentences = [found.span() for found in re.finditer(r"[^.\n]+\.?", text) if found[0].strip()]
    assert [text[a:b] for a, b in sentences if not any(start < b and a < end for start, end in spans)] == [
        "The Size and Frequency of Attacks",
        "The Link to the Conflict in Gaza",
        "The Role of Syria",
        "The Potential for Escalation",
    ]


def test_nothing_but_connecting_words_is_left_uncited() -> None:
    """Whatever stands between the citations is the date, a heading, a transition or a conjunction."""
    text = DOCUMENT.read_bytes().decode()
    for start, end in Citation.objects.values_list("start", "end"):
        text = text[:start] + "\0" * (end - start) + text[end:]
    assert [part.strip() for part in re.split("[\0\n]+", text) if re.search(r"\w", part)] == [
        "date 2023-11-15",
        ". While",
        ". Let’s delve deeper into the latest developments,",
        ", and the potential for further escalation.",
        "The Size and Frequency of Attacks",
        ", but",
        "and",
        ". While",
        "The Link to the Conflict in Gaza",
        ". Instead,",
        ". However, it is worth noting that",
        "The Role of Syria",
        ". While",
        "and",
        "The Potential for Escalation",
        ". However,",
        ", and",
        "In conclusion,",
        ". While",
    ]


def test_the_documents_tension_is_visible() -> None:
    """The strikes carry the document's denial and the Observatory's eight deaths, and are the one disputed incident."""
    killed = Claim.objects.filter(incident__slug=STRIKES, measure="killed").order_by("slug")
    assert list(killed.values_list("slug", "polarity", "value_kind", "low")) == [
        ("eight-members-of-iran-backed-militias-killed", "asserts", "exact", 8),
        ("no-significant-number-killed-by-us-retaliatory-strikes", "denies", "vague", None),
    ]
    assert list(Incident.objects.filter(disputed=True).values_list("slug", *KILLED)) == [(STRIKES, 8, 8, None, True, 2)]


def test_figures_of_some_people_leave_the_upper_bound_open() -> None:
    """The zero and the eight are of some people only; no part of a series has the figure of the whole."""
    figures = {slug: killed for slug, *killed in Incident.objects.exclude(killed_claims=0).values_list("slug", *KILLED)}
    assert figures == {
        EXCHANGE: [None, None, None, False, 1],
        ATTACKS: [0, 0, None, True, 1],
        ATTACKS_IN_SYRIA: [None, None, None, False, 1],
        STRIKES: [8, 8, None, True, 2],
        "killing-of-qassem-soleimani": [1, 1, None, True, 1],
    }


def test_hedges_survive() -> None:
    """Statements keep the document's hedges and say where its words leave something open."""
    statements = dict(Claim.objects.values_list("slug", "statement"))
    hedged = {
        "us-strikes-targeted-purportedly-iran-linked-sites": "purportedly",
        "us-forces-attacked-more-than-50-times": "According to US military officials",
        "eight-members-of-iran-backed-militias-killed": "reported",
        "us-strikes-not-directly-connected-to-gaza": "not directly",
        "us-casualties-would-likely-lead-to-escalation": "likely",
        "no-significant-damage-by-attacks-on-us-forces-in-syria": "As of now",
        "key-backer-of-bashar-al-assad": "the document leaves it open",
        "iran-warning-is-conditional-on-israel-in-gaza": "does not assert it",
        "iran-warning-that-allied-forces-may-strike": "the words may also be the document’s own",
    }
    assert [slug for slug, hedge in hedged.items() if hedge not in statements[slug]] == []


def test_what_the_document_does_not_say_stays_unknown() -> None:
    """No beginning, no coordinates, no finer place than it names; ended by its date, or ongoing."""
    incidents = Incident.objects.order_by("slug")
    assert set(incidents.values_list("started_on", "date_precision", "latitude", "longitude", "admin1", "admin2")) == {
        (None, "unknown", None, None, "", "")
    }
    assert list(incidents.filter(ended_on=None).values_list("slug", flat=True)) == [EXCHANGE, "israel-strikes-in-gaza"]
    assert {str(day) for day in incidents.exclude(ended_on=None).values_list("ended_on", flat=True)} == {"2023-11-15"}
    assert list(incidents.values_list("slug", "place_name", "place_precision", "country__slug", "parent__slug")) == [
        (ATTACKS_IN_IRAQ, "Iraq", "country", "iraq", ATTACKS),
        (ATTACKS_IN_SYRIA, "Syria", "country", "syria", ATTACKS),
        (ATTACKS, "Syria and Iraq", "countries", None, EXCHANGE),
        (EXCHANGE, "Syria and Iraq", "countries", None, None),
        (STRIKES, "Syria", "country", "syria", EXCHANGE),
        (ASSAD_DENOUNCES, "", "unknown", None, None),
        ("attacks-by-regional-armed-groups", "", "unknown", None, None),
        ("iran-warnings-of-new-fronts", "", "unknown", None, None),
        ("israel-strikes-in-gaza", "Gaza", "area", None, None),
        ("killing-of-qassem-soleimani", "Iraq", "country", "iraq", None),
        ("syrian-government-calls-for-us-withdrawal", "", "unknown", None, None),
        ("us-entry-into-syria", "Syria", "country", "syria", None),
    ]


def test_everything_is_supported_by_a_claim() -> None:
    """No actor, relation or incident stands without a claim that tells of it; the conflict is named in the document."""
    claims = Claim.objects.standing()
    incidents = set(claims.values_list("incident", flat=True))
    told = {
        *claims.values_list("actor", flat=True),
        *claims.values_list("claimant", flat=True),
        *claims.values_list("named_actor", flat=True),
        *claims.values_list("victim_actor", flat=True),
        *claims.values_list("relation__subject", flat=True),
        *claims.values_list("relation__object", flat=True),
        *Incident.objects.filter(pk__in=incidents - {None}).values_list("participations__actor", flat=True),
    }
    relations = set(claims.filter(kind="relation").values_list("relation", flat=True))
    assert [one.slug for one in Incident.objects.all() if one.pk not in incidents] == []
    assert [one.slug for one in Actor.objects.all() if one.pk not in told] == []
    assert [one.slug for one in ActorRelation.objects.all() if one.pk not in relations] == []
    text = DOCUMENT.read_bytes().decode()
    assert [one.name for one in Conflict.objects.all() if one.name not in text] == []


def test_everything_is_public_and_ungraded() -> None:
    """Incidents are published, claims stand, and no grade is given that the document does not ground."""
    assert set(Incident.objects.values_list("status", flat=True)) == {"published"}
    assert set(Claim.objects.values_list("status", "credibility")) == {("standing", "6")}


def rows(model: type[Model]) -> list[dict]:
    """Give every column of every row of a table."""
    return list(model.objects.order_by("pk").values())


def test_loading_twice_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A second load leaves every row as it was, its time of change included, and says so."""
    models = apps.get_app_config("conflictdb").get_models()
    before = {model: rows(model) for model in models}
    call_command("loaddata", "countries", "seed")
    total = sum(
        len(found) for model, found in before.items() if model is not Disagreement
    )  # those follow from the rest
    assert {model: rows(model) for model in before} == before
    assert capsys.readouterr().out == (
        f"Installed {total} object(s) from 2 fixture(s)\n0 created, 0 updated, {total} unchanged.\n"
    )


def test_pairs_of_the_seed_equal_the_reference() -> None:
    incidents = Incident.objects.order_by("id")
    found = {incident.slug: kept(incident) for incident in incidents}
    assert found == {incident.slug: disagreements(incident) for incident in incidents}
    assert {slug for slug, pairs in found.items() if pairs} == {it.slug for it in incidents if it.disputed} != set()
