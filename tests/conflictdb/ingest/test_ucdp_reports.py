"""UCDP GED: the press reports that a row names, in three columns, in one, or as free text."""

import pytest

from conflictdb.ingest.records import Citation, Incident, Records, Source
from tests.conflictdb.ingest.ucdp_row import digest, read


def sources(incident: Incident, records: Records) -> list[tuple[str | None, str | None, str]]:
    """List what the incident cites, as (publisher, day, title)."""
    cited = [records.sources[citation.source] for citation in incident.claims[0].citations]
    return [(source.publisher, source.published_on, source.title) for source in cited]


def many(*entries: tuple[str, str, str], headline: str | None = None) -> dict[str, str]:
    """Name press reports in all five columns; ``headline`` where that column says something else."""
    offices, days, headlines = (";".join(column) for column in zip(*entries, strict=True))
    return {
        "number_of_sources": str(len(entries)),
        "source_article": ";".join(f'"{",".join(entry)}"' for entry in entries),
        "source_office": offices,
        "source_date": days,
        "source_headline": headlines if headline is None else headline,
    }


TWO = (("Freedonia Post", "2021-03-02", "Seven die"), ("The Mill, Weekly", "2021-03-03", "Mill, burnt"))
KEPT_OF_REPORTS = {"number_of_sources", "source_article", "source_office", "source_date", "source_headline"}


def test_reports_are_cited_in_order() -> None:
    incident, records = read(**many(*TWO))
    assert sources(incident, records) == [
        ("ucdp-office:Freedonia Post", "2021-03-02", "Seven die"),
        ("ucdp-office:The Mill, Weekly", "2021-03-03", "Mill, burnt"),
    ]
    assert [citation.number for citation in incident.claims[0].citations] == [1, 2]
    assert not incident.other_columns.keys() & KEPT_OF_REPORTS


def test_report_named_twice_is_cited_twice_and_stored_once() -> None:
    incident, records = read(**many(TWO[0], TWO[1], TWO[0]))
    first, second = (slug for slug in records.sources)
    assert incident.claims[-1].citations == (Citation(1, first), Citation(2, second), Citation(3, first))


def test_semicolon_in_a_headline_is_resolved_by_the_article() -> None:
    incident, records = read(**many(TWO[0], ("The Mill", "2021-03-03", "Fire; two dead, many hurt")))
    assert sources(incident, records)[1] == ("ucdp-office:The Mill", "2021-03-03", "Fire; two dead, many hurt")
    assert not incident.other_columns.keys() & KEPT_OF_REPORTS


def test_semicolon_in_the_only_headline_belongs_to_it() -> None:
    incident, records = read(**many(("The Mill", "2021-03-03", "Fire; two dead")))
    assert sources(incident, records) == [("ucdp-office:The Mill", "2021-03-03", "Fire; two dead")]


def test_headlines_that_nothing_resolves_stay_whole_under_each_office() -> None:
    incident, records = read(**many(*TWO, headline="a;b;c") | {"source_article": "not entries"})
    assert sources(incident, records) == [
        ("ucdp-office:Freedonia Post", "2021-03-02", "a;b;c"),
        ("ucdp-office:The Mill, Weekly", "2021-03-03", "a;b;c"),
    ]
    assert incident.other_columns["source_headline"] == "a;b;c"


@pytest.mark.parametrize("article", ["not entries", ""])
def test_reports_that_do_not_count_become_one(article: str) -> None:
    incident, records = read(**many(*TWO, headline="a;b;c") | {"source_article": article, "source_office": "x;y;z"})
    assert sources(incident, records) == [(None, None, article or "a;b;c")]


def test_report_without_headline_office_or_day() -> None:
    untitled, records = read(**many(("The Mill", "2021-03-03", "")))
    assert sources(untitled, records) == [("ucdp-office:The Mill", "2021-03-03", "The Mill")]
    nameless, records = read(**many(("", "2021-03-03", "Fire")))
    assert sources(nameless, records) == [(None, "2021-03-03", "Fire")]
    assert list(records.sources) == [f"report-2021-03-03-{digest('', '2021-03-03', 'Fire')[:10]}"]
    undated, records = read(**many(("The Mill", "2021", "Fire")))
    assert sources(undated, records) == [("ucdp-office:The Mill", None, "Fire")]
    empty, records = read(**many(("", "2021-03-03", "")))
    assert sources(empty, records) == [(None, "2021-03-03", "Untitled report")]


def test_blanks_and_line_breaks_in_reports_are_smoothed_and_kept() -> None:
    incident, records = read(**many((" The Mill", "2021-03-03", "Fire\n\n \t two dead "), TWO[0]))
    assert sources(incident, records)[0] == ("ucdp-office:The Mill", "2021-03-03", "Fire two dead")
    assert incident.other_columns["source_headline"] == "Fire\n\n \t two dead ;Seven die"


def test_long_headline_and_office_are_cut_and_kept() -> None:
    incident, records = read(**many(("o" * 300, "2021-03-03", "h" * 501)))
    ((publisher, _, title),) = sources(incident, records)
    assert title == "h" * 499 + "…"
    assert publisher == f"ucdp-office:{'o' * 177}-{digest('o' * 300)[:10]}"
    assert (len(publisher), len(records.actors[publisher].name)) == (200, 200)
    assert max(len(slug) for slug in records.sources) <= 120


def test_slugs_of_sources_are_lower_case_words() -> None:
    _, records = read(**many(("@the_mill.com  News", "2021-03-03", "x"), ("الجزيرة", "2021-03-03", "x")))
    assert [slug[:-11] for slug in records.sources] == ["the-millcom-news-2021-03-03", "report-2021-03-03"]
    office = records.actors["ucdp-office:الجزيرة"]
    assert office.slug == f"ucdp-office-{digest('الجزيرة')[:10]}"


def free(article: str, **changes: str) -> dict[str, str]:
    empty = {"number_of_sources": "-1", "source_office": "", "source_date": "", "source_headline": ""}
    return {**empty, "source_article": article, **changes}


@pytest.mark.parametrize(
    ("article", "titles", "is_kept"),
    [
        ('P, 1992-05-19: "MILL  BURNT".', ['P, 1992-05-19: "MILL  BURNT".'], False),
        ('P "Fire; two dead"; Q 1992', ['P "Fire; two dead"', "Q 1992"], True),
        ('P "Fire";Q 1992', ['P "Fire"', "Q 1992"], False),
        ('P "Fire; two dead', ['P "Fire; two dead'], False),
        ('"Mill burnt"', ["Mill burnt"], True),
        ("P 1992;;Q", ["P 1992", "Q"], True),
        ("P\n1992 ", ["P 1992"], True),
        ("t" * 501, ["t" * 499 + "…"], True),
    ],
)
def test_free_text_is_split_outside_quotation_marks(article: str, titles: list[str], *, is_kept: bool) -> None:
    incident, records = read(**free(article))
    assert sources(incident, records) == [(None, None, title) for title in titles]
    assert ("source_article" in incident.other_columns) == is_kept


def test_free_text_has_a_slug_of_its_words() -> None:
    _, records = read(**free("P 1992"))
    assert list(records.sources) == [f"report-{digest('', '', 'P 1992')[:16]}"]


def test_row_without_reports_cites_the_dataset() -> None:
    incident, records = read(**free(""))
    assert incident.claims[0].citations == (Citation(1, "ucdp-ged"),)
    assert records.sources == {
        "ucdp-ged": Source(
            "ucdp-ged",
            "dataset",
            "UCDP Georeferenced Event Dataset",
            "ucdp",
            None,
            "https://ucdp.uu.se/downloads/",
        )
    }
    assert "ucdp" in records.actors


def test_number_of_sources_is_kept_where_it_is_not_their_number() -> None:
    incident, _ = read(number_of_sources="4")
    assert incident.other_columns["number_of_sources"] == "4"
