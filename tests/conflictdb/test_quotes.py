"""Quotes: found in a text or refused with a reason; every stored one checked against what its source holds."""

import hashlib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from conflictdb import quotes
from conflictdb.models import Citation, Claim, Dataset, Incident, Source

TEXT = "Eight were killed.\nThe “victims” weren’t named. Eight were hurt – badly.\n"


@pytest.mark.parametrize(
    ("exact", "prefix", "suffix", "offsets"),
    [
        ("Eight were killed", "", "", (0, 17)),
        ("Eight were", "", " hurt", (48, 58)),
        ("Eight were", "named. ", "", (48, 58)),
        ("Eight", "", " were killed", (0, 5)),
        ("badly.\n", "– ", "", (66, 73)),
        (TEXT, "", "", (0, 73)),
    ],
)
def test_quote_is_located(exact: str, prefix: str, suffix: str, offsets: tuple[int, int]) -> None:
    """Offsets count characters, and the words are at them."""
    assert quotes.locate(TEXT, exact, prefix, suffix) == offsets
    assert TEXT[slice(*offsets)] == exact


def test_quote_is_located_by_characters_beyond_the_basic_plane() -> None:
    """A character counts as one, as it does in the database, whatever its bytes."""
    assert quotes.locate("😀 é e\u0301 fire", "fire") == (7, 11)


NEARLY = "The quote does not stand in the text. It differs only in quotation marks, dashes or spaces; the text has:"


@pytest.mark.parametrize(
    ("exact", "prefix", "suffix", "message"),
    [
        ("", "", "", "An empty quote stands nowhere: give the words that carry the claim."),
        ("Nine", "", "", "The quote does not stand in the text."),
        (
            'The "victims" weren\'t',
            "",
            "",
            (f"{NEARLY} ⟦The “victims” weren’t⟧."),
        ),
        (
            "killed. The",
            "",
            "",
            (f"{NEARLY} ⟦killed.⏎The⟧."),
        ),
        (
            "hurt - badly",
            "",
            "",
            (f"{NEARLY} ⟦hurt – badly⟧."),
        ),
        (
            "eight WERE",
            "",
            "",
            (
                "The quote does not stand in the text. It differs only in capitals, or in quotation marks, dashes or "
                "spaces; the text has: ⟦Eight were⟧."
            ),
        ),
        (
            "Eight",
            "",
            "",
            (
                "The quote stands in the text 2 times, at 0, 48. Lengthen it, or give the words right before or after "
                "it (prefix, suffix)."
            ),
        ),
        ("Eight", "x", "", "The quote stands in the text at 0, 48, but never right after ⟦x⟧."),
        (
            "Eight",
            "named. ",
            " were killed",
            "The quote stands in the text at 0, 48, but never right after ⟦named. ⟧ and before ⟦ were killed⟧.",
        ),
    ],
)
def test_quote_that_singles_out_no_place_is_refused(exact: str, prefix: str, suffix: str, message: str) -> None:
    """The message says why, and what stands there instead where it is nearly the same."""
    with pytest.raises(quotes.QuoteError) as refused:
        quotes.locate(TEXT, exact, prefix, suffix)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("text", "exact", "message"),
    [
        ("and so… on", "so... on", "It differs only in quotation marks, dashes or spaces; the text has: ⟦so… on⟧."),
        ("and so... on", "so… on", "It differs only in quotation marks, dashes or spaces; the text has: ⟦so... on⟧."),
        (
            "Deir e\u0301-Zor",
            "Deir \u00e9-Zor",
            "It differs only in how accents are encoded; the text has: ⟦Deir é-Zor⟧.",
        ),
        ("a (b) [c]", "(b) [d]", ""),
        ("a", " ", ""),
        (
            "x" * 300,
            "X" * 250,
            f"It differs only in capitals, or in quotation marks, dashes or spaces; the text has: ⟦{200 * 'x'}…⟧.",
        ),
    ],
)
def test_hint_names_what_differs(text: str, exact: str, message: str) -> None:
    """A near miss is told from no match at all."""
    assert quotes.hint(text, exact) == message


@pytest.fixture
def cited(db: None) -> Citation:  # noqa: ARG001  # the database
    """Make one claim with one right citation of one held text."""
    dataset = Dataset.objects.create(
        slug="test", series="test", title="T", publisher="T", licence="CC0-1.0", citation="T"
    )
    source = Source(slug="paper", kind="article", title="Paper", dataset=dataset, text=TEXT)
    source.save()
    incident = Incident.objects.create(slug="an-attack", kind="armed_attack", title="An attack", dataset=dataset)
    claim = Claim.objects.create(
        slug="eight-killed",
        kind="occurrence",
        statement="Eight were killed.",
        incident=incident,
        dataset=dataset,
        status="standing",
    )
    return Citation.objects.create(
        claim=claim, source=source, exact="Eight were killed", suffix=".\nThe", start=0, end=17
    )


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Make a folder of seed documents with the one file that the source holds."""
    (tmp_path / "paper.txt").write_bytes(TEXT.encode())
    (tmp_path / ".hidden").write_bytes(b"")
    return tmp_path


def unguarded(statement: str, *values: object) -> None:
    """Write what the database's triggers would refuse, as an upgrade or a broken restore might."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def found(seeds: Path) -> list[str]:
    """List the defects."""
    return list(quotes.defects(quotes.Checked(), seeds))


def test_right_quotes_have_no_defect(cited: Citation, seeds: Path) -> None:
    """Nothing is found, and what was looked at is counted."""
    checked = quotes.Checked()
    assert list(quotes.defects(checked, seeds)) == []
    assert checked == quotes.Checked(citations=1, texts=1, claims=1, files=1)
    assert str(cited) == "Paper: “Eight were killed”"


WHERE = "claim eight-killed, citation 1, source paper"


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        (
            "exact = 'Nine were killed.'",
            [f"{WHERE}: at 0 to 17 the citation has ⟦Nine were killed.⟧, the text ⟦Eight were killed⟧."],
        ),
        (
            'start = 6, "end" = 23',
            [
                f"{WHERE}: at 6 to 23 the citation has ⟦Eight were killed⟧, the text ⟦were killed.⏎The ⟧.",
                f"{WHERE}: right after 6 to 23 the citation has ⟦.⏎The⟧, the text ⟦“vict⟧.",
            ],
        ),
        (
            'start = 900, "end" = 917',
            [
                f"{WHERE}: at 900 to 917 the citation has ⟦Eight were killed⟧, the text ⟦⟧.",
                f"{WHERE}: right after 900 to 917 the citation has ⟦.⏎The⟧, the text ⟦⟧.",
            ],
        ),
        ("prefix = 'x'", [f"{WHERE}: right before 0 to 17 the citation has ⟦x⟧, the text ⟦⟧."]),
        ("suffix = '!'", [f"{WHERE}: right after 0 to 17 the citation has ⟦!⟧, the text ⟦.⟧."]),
        (
            'start = NULL, "end" = NULL',
            [f"{WHERE}: no offsets for ⟦Eight were killed⟧, though the source's text is held."],
        ),
        (
            "exact = '', prefix = '', suffix = '', start = NULL, \"end\" = NULL",
            [f"{WHERE}: no words, though the source's text is held."],
        ),
    ],
)
@pytest.mark.usefixtures("cited")
def test_misquote_is_named_with_what_stands_there(seeds: Path, change: str, messages: list[str]) -> None:
    """Claim, citation and source are named, and the text's own words."""
    unguarded(f"UPDATE conflictdb_citation SET {change}")  # noqa: S608  # the cases above
    assert found(seeds) == messages


@pytest.mark.usefixtures("cited")
def test_offsets_into_a_text_that_is_not_held_are_named(tmp_path: Path) -> None:
    """Offsets mean nothing without the text."""
    unguarded("UPDATE conflictdb_source SET text = ''")
    assert found(tmp_path) == [f"{WHERE}: offsets 0 to 17 into a text that is not held."]


@pytest.mark.usefixtures("cited")
def test_altered_text_is_named(seeds: Path) -> None:
    """The digest that the text has is told beside the one that the source names."""
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    unguarded("UPDATE conflictdb_source SET sha256 = %s", "0" * 64)
    assert found(seeds) == [f"source paper: its text has the SHA-256 {digest}, not {'0' * 64}."]


def test_claim_without_citation_is_named(cited: Citation, seeds: Path) -> None:
    """A standing claim needs one; a draft does not yet."""
    claim = cited.claim
    cited.delete()
    assert found(seeds) == ["claim eight-killed: stands without a citation."]
    unguarded("UPDATE conflictdb_claim SET status = 'draft' WHERE id = %s", claim.pk)
    assert found(seeds) == []


@pytest.mark.usefixtures("cited")
def test_file_that_no_source_holds_is_named(seeds: Path) -> None:
    """A file of a source's name is told from an unknown one, with the byte from which it differs."""
    (seeds / "paper.txt").write_bytes(TEXT.replace("killed", "hurt").encode())
    (seeds / "stray.txt").write_bytes(b"\xff")
    assert found(seeds) == [
        (
            "file paper.txt: source paper holds another text, which differs from byte 11 on "
            "(81 bytes held, 79 in the file)."
        ),
        "file stray.txt: no source holds it.",
    ]


@pytest.mark.usefixtures("cited")
def test_missing_folder_of_seeds_is_no_defect(tmp_path: Path) -> None:
    """An installation without seed documents is checked all the same."""
    assert found(tmp_path / "nowhere") == []


@pytest.mark.usefixtures("cited")
def test_command_prints_what_was_checked(seeds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a defect the command says so."""
    call_command("check_quotes", seeds=seeds)
    assert capsys.readouterr() == (
        "Checked citations: 1, held texts: 1, standing claims: 1, seed documents: 1.\nNo defect found.\n",
        "",
    )


@pytest.mark.usefixtures("cited")
def test_command_fails_on_a_defect(seeds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Defects go to standard error; the command's exit code is 1."""
    (seeds / "stray.txt").write_bytes(b"")
    with pytest.raises(CommandError, match=r"^1 defect found\.$") as failed:
        call_command("check_quotes", seeds=seeds, verbosity=0)
    assert failed.value.returncode == 1
    assert capsys.readouterr() == ("", "file stray.txt: no source holds it.\n")


@pytest.mark.usefixtures("cited")
@pytest.mark.parametrize("copies", [0, 3])
def test_check_stays_within_its_budget(
    seeds: Path, django_assert_num_queries: DjangoAssertNumQueries, copies: int
) -> None:
    """However much is stored, the number of queries is the same."""
    citation = Citation.objects.get()
    for number in range(2, copies + 2):
        citation.pk, citation.number = None, number
        citation.save()
    with django_assert_num_queries(7):  # three counts; misquotes; digests; uncited claims; digests of the files
        assert found(seeds) == []
