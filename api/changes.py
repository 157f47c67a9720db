"""What was stored or changed since when, over all kinds of record, in an order in which nothing is missed.

A record stands under the instant of its last change, which is about when the transaction that wrote it began, not when it
ended. A long one, such as an import, shows its rows minutes later, under an instant that a reader may have gone past. So
nothing is told that is younger than the beginning of any transaction that still runs. Instants that Django's processes give
are those of their own clocks, a moment before their transactions begin: hence ``BEHIND``.

What runs is what ``pg_stat_activity`` shows: all that writes with the database user of this process, which is how the project
is run; whoever writes as another must let this one see it (``pg_read_all_stats``). And whoever writes rows with an instant of
their own, as fixtures do, tells only those who have not gone past it.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from django.db.models import Case, CharField, F, Func, Model, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from api.documents import BASE, INSTANT
from api.exports.copying import READING
from api.spelling import Address, Document, PlainText
from api.statements import Comparison, Result, Slot, Statement, run, statement_of
from conflictdb.models import Actor, ActorRelation, Claim, Conflict, Country, Dataset, Incident, Source
from conflictdb.vocabularies import ClaimStatus

# Kind → its records, and the field whose slug is in the address at which one is shown; in the order that one instant has.
KINDS: dict[str, tuple[type[Model], str]] = {
    "actor": (Actor, "slug"),
    "claim": (Claim, "slug"),
    "conflict": (Conflict, "slug"),
    "country": (Country, "slug"),
    "dataset": (Dataset, "slug"),
    "incident": (Incident, "slug"),
    "relation": (ActorRelation, "subject__slug"),  # it has no page of its own
    "source": (Source, "slug"),
}
SHOWN_WITH = {"relation": "actor"}
HAPPENED = ("created", "updated", "retracted", "superseded", "withdrawn")
BEHIND = timedelta(seconds=5)  # more than the clocks of the installation differ, and than a write takes to begin
AT_ONCE = timedelta(seconds=1)  # a record that is saved with what belongs to it is touched more than once
LAST = 2**63 - 1  # no primary key is greater
# Asked before the rows are read: a transaction that ends in between is then seen in neither, and told of the next time.
# Those that only read, as slow downloads do for hours, say so by their name.
HORIZON = Statement(
    """
    SELECT least(clock_timestamp(), min(xact_start)) - $1::interval FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type IS DISTINCT FROM 'autovacuum worker'
          AND application_name IS DISTINCT FROM $2
    """,
    ("behind", "reading"),
)
FRAME = """
    SELECT page.document, page.at, page.kind, page.pk FROM ({{}}) AS page (document, at, kind, pk)
    ORDER BY page.at, page.kind, page.pk LIMIT {size}
"""
Place = tuple[datetime, str, int]  # instant, kind and primary key of a record


def horizon() -> datetime:
    """The instant before which everything is there that ever will be."""
    found: datetime = run(HORIZON, {"behind": BEHIND, "reading": READING}).row(0)[0]
    return found


def read(kinds: tuple[str, ...], size: int, after: Place, until: datetime, base: str) -> Result:
    """Read up to ``size`` changes before ``until`` that follow a place; each row as a document and its own place."""
    at, kind, pk = after
    # Of the same instant, all of the kinds before that one are seen, and none of those after it.
    seen = {each: pk if each == kind else LAST if each < kind else 0 for each in kinds}
    values = {BASE: base, "at": at, "until": until, **{f"{each}_pk": number for each, number in seen.items()}}
    return run(statement(kinds, size), values)


@lru_cache(maxsize=1_000)
def statement(kinds: tuple[str, ...], size: int) -> Statement:
    """Compile the reading of some kinds: the next few of each by its own index, and of those the first."""
    first, *others = (_changes(kind, size) for kind in kinds)
    return statement_of(first.union(*others, all=True) if others else first, FRAME.format(size=size))


def _changes(kind: str, size: int) -> QuerySet:
    """The changes of one kind, from its own place on."""
    model, slug = KINDS[kind]
    records: Any = model._default_manager.all()
    shown, instant = records.visible(), cast("Any", F("updated_at"))
    if model is Dataset:  # once withdrawn it is told as that and nothing else, however it changes afterwards
        shown, instant = shown | Q(withdrawn_at__isnull=False), Coalesce("withdrawn_at", "updated_at")
    place = (Slot("at"), Slot(f"{kind}_pk"))
    rows = records.filter(shown).annotate(instant=instant)
    rows = rows.filter(Comparison((instant, F("pk")), ">", place), instant__lt=Slot("until"))
    address = Value(reverse(f"api:{SHOWN_WITH.get(kind, kind)}-detail", args=["a"]).removesuffix("a/"))
    members = {
        "kind": Value(kind),
        "slug": F("slug"),
        "url": Address(Slot(BASE), address, F(slug), Value("/")),
        "happened": _happened(model),
        "at": Func(F("instant"), Value(INSTANT), function="to_char", output_field=PlainText()),
    }
    rows = rows.annotate(document=Document(members), kind_of_change=Value(kind))
    return rows.order_by("instant", "pk").values_list("document", "instant", "kind_of_change", "pk")[:size]


def _happened(model: type[Model]) -> Case:
    """Tell what the last change was, as far as the record's own state does."""
    ends = [status for status in (ClaimStatus.RETRACTED, ClaimStatus.SUPERSEDED) if _has(model, status)]
    cases = [When(status=status, then=Value(status.value)) for status in ends]
    if model is Dataset:
        cases.append(When(withdrawn_at__isnull=False, then=Value("withdrawn")))
    cases.append(When(updated_at__lt=F("created_at") + AT_ONCE, then=Value("created")))
    return Case(*cases, default=Value("updated"), output_field=CharField())


def _has(model: type[Model], status: str) -> bool:
    """Whether records of a kind can have a status."""
    columns: dict[str, Any] = {column.name: column for column in model._meta.concrete_fields}
    return "status" in columns and status in dict(columns["status"].choices)
