"""Quotes: finding them in the text a source holds, and checking that every stored one still stands there."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Func, OuterRef, Q, TextField
from django.db.models.functions import Coalesce, Left, Length, Right, Substr

from conflictdb.models import Citation, Claim, Source
from conflictdb.models.source import SourceQuerySet

SEEDS = settings.BASE_DIR / "seeds"

# Characters that people and programs swap for each other; a hint looks for the words with any of them.
ALIKE = ['"“”„‟«»″', "'‘’‚‛‹›´`′", "-‐‑‒–—―−"]
SPACE = r"[\s\u00a0\u200b]+"
SHOWN = 200


class QuoteError(ValueError):
    """A quote that does not single out one place in a text; the message says what to do."""


def locate(text: str, exact: str, prefix: str = "", suffix: str = "") -> tuple[int, int]:
    """Find the one place where a quote stands verbatim, between the given words.

    Offsets count characters from 0, the end is exclusive. ``prefix`` and ``suffix`` must stand right before and after.
    """
    if not exact:
        message = "An empty quote stands nowhere: give the words that carry the claim."
        raise QuoteError(message)
    everywhere = list(occurrences(text, exact))
    if not everywhere:
        raise QuoteError(f"The quote does not stand in the text. {hint(text, exact)}".rstrip())
    fitting = [
        start for start in everywhere if text.endswith(prefix, 0, start) and text.startswith(suffix, start + len(exact))
    ]
    if not fitting:
        around = " and ".join(
            f"{word} {shown(words)}" for word, words in (("after", prefix), ("before", suffix)) if words
        )
        message = f"The quote stands in the text at {counted(everywhere)}, but never right {around}."
        raise QuoteError(message)
    if len(fitting) > 1:
        message = (
            f"The quote stands in the text {len(fitting)} times, at {counted(fitting)}. Lengthen it, or give the words "
            "right before or after it (prefix, suffix)."
        )
        raise QuoteError(message)
    return fitting[0], fitting[0] + len(exact)


def occurrences(text: str, exact: str) -> Iterator[int]:
    """Yield every offset at which a quote begins, overlapping ones too."""
    start = text.find(exact)
    while start >= 0:
        yield start
        start = text.find(exact, start + 1)


def hint(text: str, exact: str) -> str:
    """Say what stands in the text instead, if only look-alike characters, spaces or capitals differ; else empty."""
    parts = []
    for letter in re.sub(SPACE, " ", unicodedata.normalize("NFC", exact).strip().replace("…", "...")):
        alike = next((letters for letters in ALIKE if letter in letters), "")
        parts.append(SPACE if letter == " " else f"[{re.escape(alike)}]" if alike else re.escape(letter))
    pattern = "".join(parts).replace(re.escape("..."), rf"(?:…|{re.escape('...')})")
    composed = unicodedata.normalize("NFC", text)
    for source, flags, difference in (
        (text, 0, "quotation marks, dashes or spaces"),
        (text, re.IGNORECASE, "capitals, or in quotation marks, dashes or spaces"),
        (composed, re.IGNORECASE, "how accents are encoded"),
    ):
        if pattern and (found := re.search(pattern, source, flags)):
            return f"It differs only in {difference}; the text has: {shown(found[0])}."
    return ""


def counted(offsets: list[int]) -> str:
    """Write the first few offsets."""
    return ", ".join(map(str, offsets[:5])) + (", …" if len(offsets) > 5 else "")  # noqa: PLR2004  # enough to go and look


def shown(words: str) -> str:
    """Write words between quotation marks that no text has, line breaks visible, long ones cut."""
    cut = words if len(words) <= SHOWN else f"{words[:SHOWN]}…"
    return "⟦" + cut.replace("\n", "⏎") + "⟧"


@dataclass
class Checked:
    """How much a check has looked at so far."""

    citations: int = 0
    texts: int = 0
    claims: int = 0
    files: int = 0

    def __str__(self) -> str:
        return (
            f"citations: {self.citations}, held texts: {self.texts}, standing claims: {self.claims}, "
            f"seed documents: {self.files}"
        )


def defects(checked: Checked, seeds: Path = SEEDS) -> Iterator[str]:
    """Yield every defect of the stored quotes and held texts in one line, counting in ``checked`` what was looked at.

    The database does the comparing, so that memory stays constant and no text leaves it: only defects come out.
    """
    checked.citations = Citation.objects.count()
    yield from misquotes()
    checked.texts = Source.objects.exclude(text="").count()
    yield from altered_texts()
    checked.claims = Claim.objects.standing().count()
    yield from uncited_claims()
    files = [path for path in sorted(seeds.iterdir()) if not path.name.startswith(".")] if seeds.is_dir() else []
    checked.files = len(files)
    yield from unheld_files(files)


def misquotes() -> Iterator[str]:
    """Yield what is wrong with citations: words, offsets and context against the text that the source holds."""
    held = ~Q(source__text="")
    wanting = Q(exact="") | Q(start__isnull=True)
    rows = (
        Citation.objects.annotate(
            there=Substr("source__text", F("start") + 1, F("end") - F("start")),
            before=Right(Left("source__text", Coalesce("start", 0)), Length("prefix")),
            after=Substr("source__text", F("end") + 1, Length("suffix")),
        )
        .filter(
            (held & (wanting | ~Q(there=F("exact")) | ~Q(before=F("prefix")) | ~Q(after=F("suffix"))))
            | Q(source__text="", start__isnull=False)
        )
        .order_by("claim__slug", "number")
        .annotate(is_held=ExpressionWrapper(held, output_field=BooleanField()))
        .values_list(
            "claim__slug",
            "number",
            "source__slug",
            "is_held",
            "start",
            "end",
            "exact",
            "there",
            "prefix",
            "before",
            "suffix",
            "after",
            named=True,
        )
    )
    for row in rows.iterator():
        where = f"claim {row.claim__slug}, citation {row.number}, source {row.source__slug}"
        if not row.is_held:
            yield f"{where}: offsets {row.start} to {row.end} into a text that is not held."
        elif not row.exact:
            yield f"{where}: no words, though the source's text is held."
        elif row.start is None:
            yield f"{where}: no offsets for {shown(row.exact)}, though the source's text is held."
        else:
            at = f"{row.start} to {row.end}"
            yield from compared(f"{where}: at {at}", row.exact, row.there)
            yield from compared(f"{where}: right before {at}", row.prefix, row.before)
            yield from compared(f"{where}: right after {at}", row.suffix, row.after)


def compared(where: str, quoted: str, there: str) -> Iterator[str]:
    """Yield a defect where the text has other words than the quote."""
    if quoted != there:
        yield f"{where} the citation has {shown(quoted)}, the text {shown(there)}."


def with_digest() -> SourceQuerySet:
    """Select the sources that hold a text, with the SHA-256 that the text really has."""
    digest = Func(
        F("text"), template="encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')", output_field=TextField()
    )
    return Source.objects.exclude(text="").annotate(digest=digest)


def altered_texts() -> Iterator[str]:
    """Yield the sources whose held text does not have the digest that they name."""
    rows = with_digest().exclude(sha256=F("digest")).order_by("slug").values_list("slug", "sha256", "digest")
    for slug, named, digest in rows.iterator():
        yield f"source {slug}: its text has the SHA-256 {digest}, not {named or 'none'}."


def uncited_claims() -> Iterator[str]:
    """Yield the standing claims that no citation supports."""
    cited = Exists(Citation.objects.filter(claim=OuterRef("pk")))
    for slug in Claim.objects.standing().exclude(cited).order_by("slug").values_list("slug", flat=True).iterator():
        yield f"claim {slug}: stands without a citation."


def unheld_files(files: list[Path]) -> Iterator[str]:
    """Yield the seed documents whose very bytes no source holds."""
    digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    held = set(with_digest().filter(digest__in=digests.values()).values_list("digest", flat=True))
    for path, digest in digests.items():
        if digest in held:
            continue
        text = Source.objects.filter(slug=path.stem).exclude(text="").values_list("text", flat=True).first()
        if text is None:
            yield f"file {path.name}: no source holds it."
        else:
            yield f"file {path.name}: source {path.stem} holds another text, {first_difference(text.encode(), path)}."


def first_difference(held: bytes, path: Path) -> str:
    """Say at which byte a held text and a file part."""
    file = path.read_bytes()
    both = zip(held, file, strict=False)
    place = next((at for at, (left, right) in enumerate(both) if left != right), min(len(held), len(file)))
    return f"which differs from byte {place} on ({len(held)} bytes held, {len(file)} in the file)"
