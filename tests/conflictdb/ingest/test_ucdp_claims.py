"""UCDP GED: how many were killed, as UCDP claims it, and what it holds against its own rows."""

import pytest

from tests.conflictdb.ingest.ucdp_row import read


@pytest.mark.parametrize(
    ("figures", "kind", "is_out_of_order", "statement"),
    [
        ((3, 3, 3), "exact", False, "UCDP counts 3 people killed."),
        ((1, 1, 1), "exact", False, "UCDP counts 1 person killed."),
        ((0, 0, 0), "exact", False, "UCDP counts 0 people killed."),
        ((0, 0, 4), "range", False, "UCDP counts 0 people killed (0 to 4)."),
        ((5, 5, 4), "range", True, "UCDP counts 5 people killed (low 5, high 4)."),
        ((6, 5, 7), "range", True, "UCDP counts 5 people killed (low 6, high 7)."),
    ],
)
def test_everyone_killed_is_claimed_as_published(
    figures: tuple[int, int, int], kind: str, statement: str, *, is_out_of_order: bool
) -> None:
    low, best, high = figures
    incident, _ = read(low=str(low), best=str(best), high=str(high))
    claim = incident.claims[0]
    assert (claim.low, claim.best, claim.high, claim.value_kind) == (low, best, high, kind)
    assert (claim.is_out_of_order, claim.statement) == (is_out_of_order, statement)


def test_groups_are_claimed_only_where_someone_was_counted() -> None:
    incident, _ = read(deaths_a="0", deaths_b="0", deaths_civilians="1", deaths_unknown="6")
    assert [(claim.name, claim.victims, claim.best, claim.statement) for claim in incident.claims[1:]] == [
        ("killed-civilians", "civilians", 1, "UCDP counts 1 of those killed as a civilian."),
        ("killed-unknown", "unknown", 6, "UCDP counts 6 of those killed as of unknown status."),
    ]


def test_long_wording_is_cut_and_kept() -> None:
    incident, _ = read(source_original="w" * 501)
    assert {claim.claimant_wording for claim in incident.claims} == {"w" * 499 + "…"}
    assert incident.other_columns["source_original"] == "w" * 501


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"code_status": "Check dyad"}, "Check dyad."),
        ({"event_clarity": "2"}, "UCDP aggregates several events here."),
        ({"event_clarity": "3"}, "event_clarity is '3', which UCDP does not explain."),
        ({"code_status": "Check", "event_clarity": "2"}, "Check. UCDP aggregates several events here."),
        ({"code_status": ""}, ""),
    ],
)
def test_quality_note_says_what_ucdp_holds_against_the_row(changes: dict[str, str], note: str) -> None:
    incident, _ = read(**changes)
    assert incident.quality_note == note
