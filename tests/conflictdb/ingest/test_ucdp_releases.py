"""UCDP GED: releases, what they cover and how they are cited."""

from datetime import date

import pytest

from conflictdb.ingest.formats.ucdp_ged import UcdpGed
from tests.conflictdb.ingest.ucdp_row import ROW, YOUNGER, row_with


@pytest.mark.parametrize(
    ("file_name", "version"),
    [
        ("GEDEvent_v21_01_21_12.csv.zip", "21.01.21.12"),
        ("GEDEvent_v22_0_2.csv", "22.0.2"),
        ("GEDEvent_v23_1.csv", "23.1"),
        ("ged231.csv", "23.1"),
        ("ged231-csv.zip", "23.1"),
        ("hdx_freedonia_ged191.csv", "19.1"),
        ("ged_sample1000_v23.csv", ""),
        ("ged_syria_20160101_20191130.csv.gz", "990.1601.1911"),
        ("ged_syria_20160115_20191130.csv.gz", ""),
        ("events.csv", ""),
    ],
)
def test_release_is_read_from_the_name(file_name: str, version: str) -> None:
    assert UcdpGed().version_of(file_name, ROW) == version


@pytest.mark.parametrize(
    ("version", "days"),
    [
        ("26.1", (date(1989, 1, 1), date(2025, 12, 31))),
        ("22.0.2", (date(2022, 2, 1), date(2022, 2, 28))),
        ("24.0.12", (date(2024, 12, 1), date(2024, 12, 31))),
        ("21.01.21.12", (date(2021, 1, 1), date(2021, 12, 31))),
        ("24.01.24.02", (date(2024, 1, 1), date(2024, 2, 29))),
        ("21.01.22.03", None),
        ("22.0.13", None),
        ("22.0.0", None),
        ("652.1601.1911", (date(2016, 1, 1), date(2019, 11, 30))),
        ("652.8901.1912", (date(1989, 1, 1), date(2019, 12, 31))),
        ("652.1613.1911", None),
        ("2022.1", None),
        ("", None),
    ],
)
def test_days_of_a_release(version: str, days: tuple[date, date] | None) -> None:
    assert UcdpGed().days(version) == days


def test_releases_stand_in_their_order() -> None:
    """A country's release knows less of the years before its last one than the yearly release that follows."""
    order = [
        "19.0.11",
        "19.1",
        "652.1601.1901",
        "652.1601.1911",
        "20.0.1",
        "20.1",
        "21.1",
        "21.01.21.12",
        "22.0.2",
        "22.1",
    ]
    places = [UcdpGed().order(version) for version in order]
    assert places == sorted(set(places))


@pytest.mark.parametrize("version", ["", "22", "2022.1", "v22.1", "22.1 final", "652.1601", "1652.1601.1911", "22.1."])
def test_what_ucdp_would_not_name_a_release_has_no_order(version: str) -> None:
    assert UcdpGed().order(version) == ()


def test_terms_name_the_release() -> None:
    terms = UcdpGed().terms("26.1")
    assert (terms.title, terms.publisher) == ("UCDP Georeferenced Event Dataset", "Uppsala Conflict Data Program")
    assert (terms.licence, terms.redistributable, terms.url) == ("CC-BY-4.0", True, "https://ucdp.uu.se/downloads/")
    assert terms.citation == (
        "Cite UCDP: Davies, Pettersson and Öberg (2026); Sundberg and Melander (2013), “Introducing the UCDP "
        "Georeferenced Event Dataset”, Journal of Peace Research 50(4); version 26.1."
    )


@pytest.mark.parametrize("version", ["21.01.21.12", "22.0.2"])
def test_terms_of_candidates(version: str) -> None:
    terms = UcdpGed().terms(version)
    assert terms.title == "UCDP Candidate Events Dataset"
    assert terms.citation == (
        "Cite UCDP: Hegre, Croicu, Eck and Högbladh (2020), “Introducing the UCDP Candidate Events Dataset”, "
        f"Research & Politics 7(3); version {version}."
    )


@pytest.mark.parametrize(
    ("version", "begin", "end"),
    [
        ("21.1", "Cite UCDP: Pettersson et al. (2021); ", "version 21.1."),
        ("652.1601.1911", "Cite UCDP: Pettersson et al. (2021); Sundberg", "version 652.1601.1911."),
        ("", "Cite UCDP: Davies, Pettersson and Öberg for the yearly release in use; ", "the version in use."),
    ],
)
def test_citation_of_other_releases(version: str, begin: str, end: str) -> None:
    citation = UcdpGed().terms(version).citation
    assert citation.startswith(begin)
    assert citation.endswith(end)


def test_key_and_figures_are_the_rows_own() -> None:
    assert UcdpGed().key(row_with(id="900001.0")) == "ucdp-ged:900001"
    assert UcdpGed().figures(row_with(low="9", best="7", high="7.0")) == (9, 7, 7)


def test_every_layout_has_what_is_required() -> None:
    assert UcdpGed.required == {column for column in ROW if column not in YOUNGER}
