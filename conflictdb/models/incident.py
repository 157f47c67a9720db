"""Incidents: what happened, when and where, as far as it is known. Their figures are kept by the database."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Upper

from conflictdb import rules
from conflictdb.models.claim import Claim
from conflictdb.models.participation import Participation
from conflictdb.models.record import Record, RecordQuerySet
from conflictdb.models.words import vector, words_of
from conflictdb.vocabularies import DatePrecision, IncidentKind, IncidentStatus, PlacePrecision, Weapon

START = Coalesce("started_on", date.min)  # what lists are ordered by: unknown days before all others
# The most nights that lie between the days of an incident, by their precision; where it is none of these, any number or none.
NIGHTS: dict[str, int] = {
    DatePrecision.DAY: 0,
    DatePrecision.DAYS: 5,
    DatePrecision.WEEK: 6,
    DatePrecision.MONTH: 31,
    DatePrecision.YEAR: 366,
}
UNBOUNDED = [code for code in DatePrecision if code not in NIGHTS]
KEPT = "Kept by the database from the standing claims; whatever is written here is put back."


class IncidentQuerySet(RecordQuerySet):
    """Incidents, one or many."""

    @classmethod
    def visible(cls, path: str = "") -> Q:
        """No drafts, and only what may be passed on."""
        return super().visible(path) & ~Q(**{f"{path}status": IncidentStatus.DRAFT})

    def overlapping(self, start: date, end: date) -> Self:
        """Incidents that may have happened on some day from ``start`` to ``end``, both included; unbounded sides match."""
        return self.filter(
            Q(started_on__lte=end) | Q(started_on__isnull=True),
            Q(ended_on__gte=start) | Q(ended_on__isnull=True),
        )

    def for_reading(self) -> Self:
        """Bring what a list of incidents shows: one query for the incidents, one for who took part."""
        return self.select_related("country", "conflict", "parent", "dataset").prefetch_related(
            models.Prefetch("participations", queryset=Participation.objects.for_reading())
        )

    def for_detail(self) -> Self:
        """Bring what one incident's page shows: besides, one query for its claims, one for their citations, one for parts."""
        return self.for_reading().prefetch_related(
            models.Prefetch("claims", queryset=Claim.objects.public().for_reading().order_by("id")),
            models.Prefetch("children", queryset=Incident.objects.public().order_by("id")),
        )


def figure(help_text: str) -> models.PositiveBigIntegerField:
    """Make a column for one bound of an estimate: people, null where no claim gives it."""
    return models.PositiveBigIntegerField(null=True, blank=True, editable=False, help_text=f"{help_text} {KEPT}")


class Incident(Record):
    """Something that happened: a single event, or a series that holds incidents of its own."""

    kind = models.CharField(max_length=40, choices=IncidentKind.choices, help_text="What happened.")
    title = models.CharField(max_length=300, help_text="A short, neutral name.")
    summary = models.TextField(blank=True, help_text="What happened in a sentence or two, without figures.")
    weapons = ArrayField(
        models.CharField(max_length=30, choices=Weapon.choices),
        default=list,
        blank=True,
        help_text="Weapons that the sources name; empty where they name none.",
    )

    started_on = models.DateField(
        null=True, blank=True, help_text="First day on which it may have happened; null where no source bounds it."
    )
    ended_on = models.DateField(
        null=True, blank=True, help_text="Last day on which it may have happened; null where no source bounds it."
    )
    date_precision = models.CharField(
        max_length=20,
        choices=DatePrecision.choices,
        default=DatePrecision.UNKNOWN,
        help_text="How closely the days are known.",
    )

    country = models.ForeignKey(
        "conflictdb.Country",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="incidents",
        help_text="Country it happened in; null where it is not known or there are several.",
    )
    admin1 = models.CharField(
        max_length=200, blank=True, help_text="First-order division (province); empty if not known."
    )
    admin2 = models.CharField(
        max_length=200, blank=True, help_text="Second-order division (district); empty if not known."
    )
    place_name = models.CharField(
        max_length=300, blank=True, help_text="Place as the sources name it; empty if they do not."
    )
    latitude = models.FloatField(null=True, blank=True, help_text="WGS 84 degrees north; null if not known.")
    longitude = models.FloatField(null=True, blank=True, help_text="WGS 84 degrees east; null if not known.")
    place_precision = models.CharField(
        max_length=20,
        choices=PlacePrecision.choices,
        default=PlacePrecision.UNKNOWN,
        help_text="How closely the place is known.",
    )

    conflict = models.ForeignKey(
        "conflictdb.Conflict",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="incidents",
        help_text="Conflict or dyad it belongs to; null if none is coded.",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="children",
        help_text="The series this incident is part of; null if none. A series' figures are not the sum of its parts'.",
    )
    status = models.CharField(
        max_length=20,
        choices=IncidentStatus.choices,
        default=IncidentStatus.DRAFT,
        help_text="Where the incident stands in its life.",
    )
    status_reason = models.TextField(blank=True, help_text="Why it was retracted; empty otherwise.")

    quality_note = models.CharField(
        max_length=500,
        blank=True,
        help_text="What the dataset says to be careful about (`Check deaths`), and what could not be taken over as "
        "published; empty if nothing.",
    )
    other_columns = models.JSONField(
        default=dict,
        blank=True,
        help_text="What the dataset says besides, verbatim, by its own column names; empty where it was coded here.",
    )
    row_digest = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text="MD5 of the row that an importer last made the record of; null where it was coded here.",
    )

    killed_low = figure("People killed: the lowest number that a claim in use allows; null where none gives one.")
    killed_best = figure("People killed: the best number of the leading claim; null where no claim in use gives one.")
    killed_high = figure("People killed: the highest number that a claim in use allows; null where open or unknown.")
    killed_is_open = models.BooleanField(
        default=False,
        editable=False,
        help_text=f"Whether more may have been killed than any claim in use counts: one sets no upper bound, or "
        f"they do not count everyone. {KEPT}",
    )
    killed_claims = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=f"Standing claims on the killed, used or set aside; 0 means that nothing is reported. {KEPT}",
    )
    injured_low = figure("People injured: the lowest number that a claim in use allows; null where none gives one.")
    injured_best = figure("People injured: the best number of the leading claim; null where no claim in use gives one.")
    injured_high = figure("People injured: the highest number that a claim in use allows; null where open or unknown.")
    injured_is_open = models.BooleanField(
        default=False,
        editable=False,
        help_text=f"Whether more may have been injured than any claim in use counts: one sets no upper bound, or "
        f"they do not count everyone. {KEPT}",
    )
    injured_claims = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=f"Standing claims on the injured, used or set aside; 0 means that nothing is reported. {KEPT}",
    )
    killed_most = figure("People killed: a number that no lens exceeds; null where none can make a figure.")
    injured_most = figure("People injured: a number that no lens exceeds; null where none can make a figure.")
    disputed = models.BooleanField(
        default=False,
        editable=False,
        help_text=f"Whether standing claims about the incident contradict each other: figures that do not overlap, an "
        f"assertion and its denial, two actors held responsible. {KEPT}",
    )
    search = words_of(
        vector("title", weight="A")
        + vector("place_name", "admin1", "admin2", weight="B")
        + vector("summary", weight="C"),
        "Words of the title, places and summary, for `q=`.",
    )

    objects = IncidentQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-started_on", "-id"]
        constraints = [
            *Record.Meta.constraints,
            rules.term_of("kind", IncidentKind),
            rules.terms_of("weapons", Weapon),
            rules.term_of("date_precision", DatePrecision),
            rules.term_of("place_precision", PlacePrecision),
            rules.term_of("status", IncidentStatus),
            rules.filled("title"),
            *rules.in_order("started_on", "ended_on"),
            rules.exactly_when(
                Q(date_precision=DatePrecision.UNKNOWN),
                Q(started_on__isnull=True) | Q(ended_on__isnull=True),
                name="days_unknown_exactly_without_both_bounds",
                message='date_precision is "unknown" exactly where the first day, the last day or both are not known.',
            ),
            # Nights apart, by UCDP's codebook; none of 35,840 rows in five published files breaks it.
            rules.at_most_days_apart("started_on", "ended_on", NIGHTS, "date_precision"),
            rules.both_or_neither("latitude", "longitude"),
            rules.within("latitude", -90, 90),
            rules.within("longitude", -180, 180),
            rules.when(
                Q(place_precision=PlacePrecision.UNKNOWN),
                Q(latitude__isnull=True, country__isnull=True),
                name="place_known_has_a_precision",
                message='With a country or coordinates, place_precision cannot be "unknown".',
            ),
            rules.different("parent", "id"),
            rules.exactly_when(
                Q(status=IncidentStatus.RETRACTED),
                ~Q(status_reason=""),
                name="retracted_with_a_reason",
                message="A retracted incident needs a reason, and only a retracted one has it.",
            ),
        ]
        # Each serves questions that the API documents; what they weigh is written in CONTRIBUTING.md.
        indexes = [
            # An order of a list is (its column, nulls first; id): one index serves both directions of its keyset.
            models.Index(START, "id", name="incident_by_start"),
            models.Index(Coalesce("killed_best", -1), "id", name="incident_by_killed"),
            models.Index(Coalesce("injured_best", -1), "id", name="incident_by_injured"),
            models.Index(fields=["updated_at", "id"], name="incident_by_change"),
            # Where a figure under a lens may be on the page: equal values share their space, their keys are sorted as needed.
            models.Index(fields=["killed_most"], name="incident_by_killed_most"),
            models.Index(
                fields=["injured_most"], condition=Q(injured_most__isnull=False), name="incident_by_injured_most"
            ),
            # The newest of a country, a kind, a conflict or a division: found in the order they are shown in.
            models.Index("country", START, "id", name="incident_by_country"),
            models.Index("kind", START, "id", name="incident_by_kind"),
            models.Index("conflict", START, "id", name="incident_by_conflict"),
            models.Index("admin1", START, "id", name="incident_by_admin1"),
            models.Index("admin2", START, "id", name="incident_by_admin2"),
            models.Index("place_name", START, "id", name="incident_by_place"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="incident_by_parent"),
            # Few: an index of those alone is small.
            models.Index(START, "id", condition=Q(disputed=True), name="incident_if_disputed"),
            models.Index(START, "id", condition=~Q(status="published"), name="incident_if_unpublished"),
            # Those that may begin long before a day on which they go on; all others begin within a year before it.
            models.Index(START, "id", condition=Q(date_precision__in=UNBOUNDED), name="incident_if_unbounded"),
            models.Index(START, "id", condition=Q(killed_is_open=True), name="incident_if_killed_open"),
            models.Index(START, "id", condition=Q(injured_is_open=True), name="incident_if_injured_open"),
            # Whoever asks for what few rows have would otherwise read all of them; equal values share their space here.
            models.Index(fields=["latitude", "longitude"], name="incident_by_point"),
            *(
                models.Index(fields=[column], name=f"incident_by_{column}")
                for column in (
                    *("ended_on", "date_precision", "place_precision"),
                    *("killed_low", "killed_high", "killed_claims"),
                )
            ),
            # Few, again: most datasets tell of no injured, and most rows are what they should be.
            models.Index(
                fields=["injured_low"], condition=Q(injured_low__isnull=False), name="incident_by_injured_low"
            ),
            models.Index(
                fields=["injured_high"], condition=Q(injured_high__isnull=False), name="incident_by_injured_high"
            ),
            models.Index(
                fields=["injured_claims"], condition=Q(injured_claims__gt=0), name="incident_by_injured_claims"
            ),
            models.Index(fields=["quality_note"], condition=~Q(quality_note=""), name="incident_by_quality_note"),
            GinIndex(fields=["weapons"], name="incident_by_weapons"),
            GinIndex(fields=["search"], name="incident_by_words"),
            GinIndex(
                *(OpClass(Upper(column), "gin_trgm_ops") for column in ("place_name", "admin1", "admin2")),
                name="incident_by_letters",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        """Whether anonymous readers may see this incident; agrees with ``public()``."""
        return super().is_public and self.status != IncidentStatus.DRAFT
