"""The closed lists: complete, well-formed, the same in code and columns, and true to the codebooks that they point to."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from conflictdb import vocabularies
from conflictdb.vocabularies import ALL, Resolve, Term, Vocabulary

# What other codebooks know, typed from their documents (shared/FIELD.md, sections 2.1 to 2.9), by list of ours.
ACLED_TYPES = {
    "Battles",
    "Government regains territory",
    "Non-state actor overtakes territory",
    "Armed clash",
    "Protests",
    "Excessive force against protesters",
    "Protest with intervention",
    "Peaceful protest",
    "Riots",
    "Violent demonstration",
    "Mob violence",
    "Explosions/Remote violence",
    "Chemical weapon",
    "Air/drone strike",
    "Suicide bomb",
    "Shelling/artillery/missile attack",
    "Remote explosive/landmine/IED",
    "Grenade",
    "Violence against civilians",
    "Sexual violence",
    "Attack",
    "Abduction/forced disappearance",
    "Strategic developments",
    "Agreement",
    "Arrests",
    "Change to group/activity",
    "Disrupted weapons use",
    "Headquarters or base established",
    "Looting/property destruction",
    "Non-violent transfer of territory",
    "Other",
}
ACLED_ACTORS = {"actor1", "actor2", "assoc_actor_1", "assoc_actor_2"}
PLOVER_MODES = {
    "AGREE": "",
    "CONSULT": "visit third-party multilateral phone",
    "SUPPORT": "",
    "CONCEDE": "",
    "COOPERATE": "",
    "AID": "",
    "RETREAT": "withdraw release disarm ceasefire access resign",
    "REQUEST": "assist change yield meet",
    "ACCUSE": "disapprove investigate allege",
    "REJECT": "assist change yield meet",
    "THREATEN": "restrict arrest relations expel territory violence",
    "PROTEST": "demo riot strike hunger boycott obstruct vandalize",
    "SANCTION": "convict expel withdraw discontinue",
    "MOBILIZE": "troops weapons police militia",
    "COERCE": "seize restrict censor curfew martial-law arrest deport withhold misinformation cyber",
    "ASSAULT": "abduct beat torture sexual targeted destroy primitive firearms explosives suicide-attack aerial drone "
    "heavy-weapons crowd-control unconventional",
}
PLOVER_EVENTS = {*PLOVER_MODES, *(f"{name} {mode}" for name, modes in PLOVER_MODES.items() for mode in modes.split())}
PLOVER_SECTORS = set(
    "COP GOV JUD LEG MIL PRM PTY REB SPY UAF UNK AGR BUS CRM CVL EDU ELI JRN LAB MED REF OPP PRE REL SOC".split()  # noqa: SIM905 - as the manual prints them
)
CODEBOOKS: dict[str, dict[str, set[str]]] = {
    "ActorKind": {"acled": set("12345678"), "plover": PLOVER_SECTORS, "ucdp": {"Civilians"}},
    "ClaimKind": {"plover": PLOVER_EVENTS},
    "ConflictKind": {"ucdp": set("123")},
    "DatePrecision": {"ucdp": set("12345"), "acled": set("123"), "edtf": {"day", "interval", "month", "year"}},
    "Credibility": {"misp": set("123456")},
    "IncidentKind": {"acled": ACLED_TYPES, "plover": PLOVER_EVENTS, "ucdp": set("123"), "gtd": set("123456789")},
    "Measure": {"ucdp": {"best", "low", "high"}, "acled": {"fatalities"}},
    "PlacePrecision": {"ucdp": set("1234567"), "acled": set("123"), "gtd": set("12345")},
    "Polarity": {"plover": {"historical", "future", "hypothetical", "negation"}},
    "Region": {"ucdp": {"Africa", "Americas", "Asia", "Europe", "Middle East"}},
    "Reliability": {"misp": set("abcdef")},
    "Role": {"ucdp": {"side_a", "side_b"}, "acled": ACLED_ACTORS, "gdelt": {"Actor1", "Actor2"}},
    "ValueKind": {"acled": {"fatalities", "fatalities 0"}},
    "Victims": {
        "ucdp": {"best", "low", "high", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"},
    },
    "Weapon": {"plover": set(PLOVER_MODES["ASSAULT"].split()), "gtd": {str(number) for number in range(1, 14)}},
}

every_list = pytest.mark.parametrize("vocabulary", ALL, ids=lambda vocabulary: vocabulary.__name__)


def terms(vocabulary: type[Vocabulary]) -> list[Term]:
    """Give the terms of a list in its order."""
    return [member.term for member in vocabulary]


def columns() -> Iterator[tuple[type[models.Model], models.Field]]:
    """Give every column of the app that has choices, and whose elements do."""
    for model in apps.get_app_config("conflictdb").get_models():
        for field in model._meta.concrete_fields:
            element = field.base_field if isinstance(field, ArrayField) else field
            if element.choices:
                yield model, field


def test_all_is_complete() -> None:
    assert sorted(ALL, key=lambda it: it.__name__) == sorted(Vocabulary.__subclasses__(), key=lambda it: it.__name__)
    assert {vocabulary.__name__ for vocabulary in ALL} | {"ALL", "Term", "Vocabulary"} == set(vocabularies.__all__)


def test_slugs_are_unique() -> None:
    assert len({vocabulary.slug() for vocabulary in ALL}) == len(ALL)


def test_slug_and_title_spell_the_name_in_words() -> None:
    assert [(it.slug(), it.title()) for it in (vocabularies.PlacePrecision, vocabularies.Role)] == [
        ("place-precision", "Place precision"),
        ("role", "Role"),
    ]


@every_list
def test_list_says_what_it_is_for(vocabulary: type[Vocabulary]) -> None:
    assert re.fullmatch(r"[A-Z][^\n]+[^.\s]\.", vocabulary.definition())


@every_list
def test_codes_are_unique_and_of_one_form(vocabulary: type[Vocabulary]) -> None:
    form = {"Reliability": r"[A-F]", "Credibility": r"[1-6]"}.get(vocabulary.__name__, r"[a-z]+(_[a-z]+)*")

    assert [code for code in vocabulary.values if not re.fullmatch(form, code)] == []
    assert len({*vocabulary.values}) == len(list(vocabulary)) == len(vocabulary.__members__)


@every_list
def test_members_are_named_after_their_codes(vocabulary: type[Vocabulary]) -> None:
    grades = {"Credibility"}
    if vocabulary.__name__ not in grades:
        assert [member.name for member in vocabulary] == [member.value.upper() for member in vocabulary]


@every_list
def test_member_is_its_code(vocabulary: type[Vocabulary]) -> None:
    for member in vocabulary:
        assert (str(member), member.value, member.label) == (member.term.code, member.term.code, member.term.label)
    assert vocabulary.choices == [(term.code, term.label) for term in terms(vocabulary)]
    assert vocabulary.ranks() == {code: place for place, code in enumerate(vocabulary.values)}


@every_list
def test_terms_have_labels_of_their_own_and_definitions_that_are_sentences(vocabulary: type[Vocabulary]) -> None:
    labels = [term.label for term in terms(vocabulary)]

    assert len(set(labels)) == len(labels)
    assert [label for label in labels if not label or label != label.strip() or label.endswith(".")] == []
    assert [term.code for term in terms(vocabulary) if not re.fullmatch(r"[A-Z].*[^.\s]\.", term.definition)] == []


@every_list
def test_crosswalk_names_codes_that_the_other_codebook_has(vocabulary: type[Vocabulary]) -> None:
    named: dict[str, set[str]] = {}
    for term in terms(vocabulary):
        for system, codes in term.crosswalk.items():
            assert isinstance(codes, tuple)
            assert codes
            assert len(set(codes)) == len(codes)
            named.setdefault(system, set()).update(codes)

    known = CODEBOOKS.get(vocabulary.__name__, {})
    assert named.keys() == known.keys()
    assert {system: codes - known[system] for system, codes in named.items() if codes - known[system]} == {}


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("ConflictKind", "ucdp"),
        ("DatePrecision", "ucdp"),
        ("PlacePrecision", "ucdp"),
        ("Region", "ucdp"),
        ("Reliability", "misp"),
        ("Credibility", "misp"),
    ],
)
def test_crosswalk_of_a_scale_covers_each_code_once(name: str, system: str) -> None:
    codes = [code for term in terms(getattr(vocabularies, name)) for code in term.crosswalk.get(system, ())]

    assert sorted(codes) == sorted(CODEBOOKS[name][system])


def test_every_sub_event_that_acled_counts_as_violence_or_demonstration_has_a_kind() -> None:
    named = {code for term in terms(vocabularies.IncidentKind) for code in term.crosswalk.get("acled", ())}
    without = {"Protests", "Riots", "Strategic developments"}

    assert ACLED_TYPES - named == without


def test_columns_with_choices_hold_whole_lists_and_their_constraints_agree() -> None:
    by_choices = {tuple(vocabulary.choices): vocabulary for vocabulary in ALL}
    found = set()
    for model, field in columns():
        element = field.base_field if isinstance(field, ArrayField) else field
        vocabulary = by_choices[tuple(element.choices)]
        found.add(vocabulary)
        name = f"{model._meta.model_name}_{field.name}_in_its_vocabulary"
        (constraint,) = (it for it in model._meta.constraints if it.name == name)
        lookup = "contained_by" if isinstance(field, ArrayField) else "in"
        codes = [*vocabulary.values, *([""] if element.blank else [])]
        assert (name, constraint.condition) == (name, models.Q(**{f"{field.name}__{lookup}": codes}))
        assert vocabulary.slug() in str(constraint.violation_error_message)
        assert max(map(len, codes)) <= element.max_length
        assert element.default in {models.NOT_PROVIDED, *vocabulary}

    assert found == set(ALL) - {Resolve}  # which a question holds, and no record


def test_every_vocabulary_constraint_belongs_to_a_column_with_choices() -> None:
    named = {
        constraint.name
        for model in apps.get_app_config("conflictdb").get_models()
        for constraint in model._meta.constraints
        if constraint.name.endswith("_in_its_vocabulary")
    }

    assert named == {f"{model._meta.model_name}_{field.name}_in_its_vocabulary" for model, field in columns()}
