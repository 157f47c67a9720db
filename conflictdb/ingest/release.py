"""One release of a dataset, as an import sees it."""

from dataclasses import dataclass
from datetime import date, datetime

from conflictdb.ingest.files import BadFile, InputFile
from conflictdb.ingest.formats.base import Format, Span
from conflictdb.ingest.order import Order
from conflictdb.ingest.problems import IngestError
from conflictdb.ingest.records import Key
from conflictdb.models import Dataset


@dataclass(frozen=True)
class Release:
    """The release that is being loaded, and what there is of its series."""

    id: int  # of its row in the table of datasets
    slug: str
    series: str
    identifiers: str  # the series of identifiers of the records that it is about
    version: str
    released_on: date | None
    former_day: date | None  # which it was said to be released on before this import
    now: str  # when the import began
    is_first: bool  # nothing of the series is there yet

    def is_about(self, key: Key) -> bool:
        """Whether the series is itself about the record that the key names, and not only mentions it."""
        return key.startswith(f"{self.identifiers}:")


def version_of(layout: Format, file: InputFile) -> str:
    """Ask the format which release a file is of. Raises ``BadFile`` where it cannot tell."""
    first = next(iter(file.rows(layout.columns, layout.required)), None)
    version = layout.version_of(file.name, first.row if first else {})
    if version:
        return version
    message = "Neither its name nor its rows tell which release it is of; name it with --release."
    raise BadFile(file.name, f"{message} Releases are {layout.releases}.")


def open_release(layout: Format, version: str, order: Order, now: datetime) -> Release:
    """Find or make the dataset of a release, with what its publisher says of it, for an import that began ``now``.

    Raises ``IngestError`` where the publisher has no such release, or it is older than one that covers its days and the order
    does not say what it may do.
    """
    if not layout.order(version):
        message = f"{version} is no release of {layout.label}: they are {layout.releases}. Name it with --release."
        raise IngestError(message)
    _refuse_older(layout, version, order)
    is_first = not Dataset.objects.filter(series=layout.slug).exists()
    slug = "-".join([layout.slug, *version.replace(".", "-").lower().split()])
    terms = layout.terms(version)._asdict()  # noqa: SLF001 – a named tuple's own method
    told = order.released_on or layout.released_on(version)
    dataset, _ = Dataset.objects.get_or_create(
        series=layout.slug, version=version, defaults={"slug": slug, "released_on": told, **terms}
    )
    former = dataset.released_on
    day = order.released_on or former or told
    if former != day:
        dataset.released_on = day
        dataset.save()
    return Release(
        id=dataset.pk,
        slug=dataset.slug,
        series=layout.slug,
        identifiers=layout.identifiers or layout.slug,
        version=version,
        released_on=dataset.released_on,
        former_day=former,
        now=now.isoformat(),
        is_first=is_first,
    )


def _refuse_older(layout: Format, version: str, order: Order) -> None:
    """Refuse a release older than one that covers its days, unless told what to do."""
    datasets = Dataset.objects.filter(series=layout.slug, imports__isnull=False).distinct()
    newer = [one.version for one in datasets if layout.order(one.version) > layout.order(version)]
    covering = [one for one in newer if _overlap(layout.days(version), layout.days(one))]
    if covering and not order.older:
        message = (
            f"{version} is older than {max(covering, key=layout.order)}, which is loaded and covers its days. --older=add "
            "takes in what newer releases do not hold and leaves the rest alone; --older=overwrite puts this release in "
            "their place."
        )
        raise IngestError(message)


def _overlap(one: Span | None, other: Span | None) -> bool:
    """Whether two spans of days have a day in common; what is not known may."""
    return not (one and other) or (one[0] <= other[1] and other[0] <= one[1])
