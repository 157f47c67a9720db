"""The kinds of record that a search looks through: for each, the SQL of its best hits, and the list that holds all of them.

Each SQL finds the ``slug``, ``title``, ``text``, ``rank``, ``match`` and ``address`` of public records, best first. What
may be seen is never written here: it is compiled from the queryset of the list.
"""
# ruff: noqa: S608 – these texts hold names of ours; what readers type comes in as constants, written out by psycopg

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import NullIf
from django.urls import reverse

from api.newest import Asked, Windows, newest, windows
from api.reading import key_of, matching
from api.search.words import alike, held_by_row
from api.statements import Slot, compiled, literal
from api.views.actor import ActorViewSet
from api.views.claim import ClaimViewSet
from api.views.conflict import ConflictViewSet
from api.views.country import CountryViewSet
from api.views.dataset import DatasetViewSet
from api.views.incident import IncidentViewSet
from api.views.source import SourceViewSet
from conflictdb.models import Citation, Claim, Incident, Source
from conflictdb.models.incident import START
from conflictdb.models.words import CONFIG

POOL = 200  # matches, the newest, that are weighed against each other
SLOTS = ("words", "name", "base")  # $1, $2 and $3 of every text here
WORDS, NAME = f"websearch_to_tsquery('{CONFIG}', $1)", "plain_name($2)"
WANTED = SearchQuery(Slot("words"), config=CONFIG, search_type="websearch")
HELD = Asked(Q(search=WANTED), held_by_row(WANTED))
# 1 for the name that was typed; 0.6 and more where it stands in the name, from the beginning of a word; 0.5 and more where
# the name holds the words otherwise; below that by the letters they share; least where only a description holds the words.
RANK = f"""
    CASE WHEN named.plain = {NAME} THEN 1
         WHEN {NAME} <> '' AND strpos(' ' || named.plain, ' ' || {NAME}) > 0 THEN 0.6 + 0.3 * similarity(named.plain, {NAME})
         WHEN named.holds THEN 0.5 + 0.1 * similarity(named.plain, {NAME})
         WHEN {alike("named.plain", NAME)}
         THEN 0.3 * word_similarity({NAME}, named.plain) + 0.19 * similarity(named.plain, {NAME})
         ELSE 0.1 END::real
"""
MATCH = "CASE WHEN rank = 1 THEN 'name' WHEN rank BETWEEN 0.11 AND 0.495 THEN 'similar' ELSE 'words' END AS match"
TEXTS = f"""
    SELECT slug, {{title}} AS title, {{text}} AS text, rank, 'words' AS match, slug AS address
    FROM (SELECT *, ts_rank({{search}}, {WORDS}) AS rank FROM {{table}}
          WHERE id IN (SELECT pk FROM ({{pool}}) AS pool)) AS record
    ORDER BY rank DESC, {{key}} DESC, id DESC LIMIT {{most}}
"""
NAMES = f"""
    SELECT slug, {{title}} AS title,
           concat_ws(' – ', nullif(nullif(other, {{title}}), {{text}}), nullif({{text}}, '')) AS text,
           rank, {MATCH}, slug AS address
    FROM (SELECT DISTINCT ON (named.id) named.id, named.name AS other, {RANK} AS rank FROM ({{names}}) AS named
          ORDER BY named.id, rank DESC, named.name) AS best JOIN {{table}} AS record USING (id)
    WHERE id IN ({{visible}}) ORDER BY rank DESC, {{title}}, id LIMIT {{most}}
"""
OF_TABLE = f"""
    SELECT id, {{0}} AS name, {{3}} AS plain, {{4}} @@ {WORDS} AS holds
    FROM {{1}} WHERE {{2}} @@ {WORDS} OR {alike("{3}", NAME)}
"""
PLACES = f"""
    SELECT NULL::text AS slug, name AS title, seen.whereabouts AS text, rank, {MATCH},
           '?' || level || '=' || conflictdb_quoted(name) AS address
    FROM (SELECT named.level, named.name, {RANK} AS rank
          FROM (SELECT level, name, plain, to_tsvector('{CONFIG}', name) @@ {WORDS} AS holds
                FROM (SELECT DISTINCT level, name, plain FROM conflictdb_place WHERE {alike("plain", NAME)}) AS place
               ) AS named
          ORDER BY rank DESC, named.name, named.level OFFSET 0) AS named
    CROSS JOIN LATERAL ({{seen}} LIMIT 1) AS seen
    ORDER BY rank DESC, name, level LIMIT {{most}}
"""


class Sought(NamedTuple):
    """What is looked for besides the words: so many hits, in which windows, under which lens, and how slots are written."""

    most: int
    windows: Windows
    lens: Mapping[str, Any]
    write: Callable[[Slot], str]


@dataclass(frozen=True)
class Kind:
    """One kind: its name in the plural, what its hits are, their SQL, and the lists where they stand."""

    name: str
    description: str
    sql: Callable[[Sought], str]
    noun: str
    rows: Callable[[], QuerySet] | None = None  # all there are in the list's order, where only the newest are weighed
    by: str = "q"  # the parameter of the list that holds all hits
    besides: str = ""  # what else it is asked
    is_lensed: bool = False  # whether a lens narrows the hits

    @property
    def path(self) -> str:
        """Where the list is that holds all hits; each hit's address is below it."""
        return reverse(f"api:{self.noun}-list")

    def windows(self, text: str) -> Windows:
        """Choose the windows in which the newest are looked for."""
        return windows(self.rows(), POOL, text) if self.rows else Windows()

    def more(self, text: str, lens: Mapping[str, str]) -> str:
        """The list that holds all hits, beginning with the best where it can; under the lens, as it was written."""
        return f"{self.path}?{urlencode({self.by: text, **(lens if self.is_lensed else {})})}{self.besides}"


def _in_order(view: Any, rows: QuerySet) -> QuerySet:
    """Put rows of a list in its order, the newest first."""
    return rows.annotate(key=key_of(view, view.default_order)).order_by("-key", "-pk").values_list("pk", "key")


def _texts(view: Any, title: str, text: str, *, is_lensed: bool = False) -> Callable[[Sought], str]:
    """Look for words in the texts of records that may be very many: of the newest that hold them, the best."""
    column = view.default_order.removeprefix("-")
    stand_in = view.orders[column]
    names = {"table": view.queryset.model._meta.db_table, "search": "search", "title": title, "text": text}

    def sql(sought: Sought) -> str:
        rows = _in_order(view, matching(view, sought.lens if is_lensed else {}))
        pool = newest(rows, HELD, POOL, sought.windows, sought.write)
        return TEXTS.format(**names, key=f"coalesce({column}, {literal(stand_in)})", pool=pool, most=sought.most)

    return sql


def _quotes(sought: Sought) -> str:
    """Look for words in what was quoted for claims that are listed."""
    claims = matching(ClaimViewSet, sought.lens).order_by().values("pk")
    rows = Citation.objects.public().filter(claim__in=claims).exclude(exact="")
    return TEXTS.format(
        table="""(SELECT quote.id, exact, quote.search, slug, statement FROM conflictdb_citation AS quote
                  JOIN conflictdb_claim AS claim ON claim.id = claim_id) AS quoted""",
        search="search",
        title="statement",
        text="exact",
        key="id",
        pool=newest(rows.order_by("-pk").values_list("pk"), HELD, POOL, sought.windows, sought.write),
        most=sought.most,
    )


def _names(view: Any, title: str, text: str, names: str) -> Callable[[Sought], str]:
    """Look for words and likeness in names."""
    table = view.queryset.model._meta.db_table

    def sql(sought: Sought) -> str:
        visible = compiled(matching(view, {}).order_by().values("pk"), sought.write)
        return NAMES.format(table=table, title=title, text=text, names=names, visible=visible, most=sought.most)

    return sql


def _places(sought: Sought) -> str:
    """Look for likeness in the names of places where something happened that is listed."""
    incidents = matching(IncidentViewSet, {}).order_by(START.desc(), "-pk")
    within: list[Any] = [F("country__name")]
    seen = []
    for level in ("admin1", "admin2", "place_name"):
        condition = f"named.level = '{level}' AND named.name = conflictdb_incident.{level}"
        here = RawSQL(condition, [], output_field=BooleanField())  # noqa: S611 – our own names
        whereabouts = Func(Value(", "), *within, function="concat_ws", output_field=TextField())
        rows = incidents.filter(here).annotate(whereabouts=whereabouts)
        seen.append(f"({compiled(rows.values('whereabouts')[:1], sought.write)})")
        within.insert(0, NullIf(F(level), Value("")))
    return PLACES.format(seen=" UNION ALL ".join(seen), most=sought.most)


WHERE = "nullif(concat_ws(', ', nullif(place_name, ''), nullif(admin2, ''), nullif(admin1, '')), '')"
NAMED = "ts_filter(search, '{a}')"  # the words of the name among a record's own
OF_NAME, OF_ALIAS = f"to_tsvector('{CONFIG}', name)", f"to_tsvector('{CONFIG}', coalesce(name, ''))"  # as it is indexed
OTHER_NAMES = OF_TABLE.replace("SELECT id", "SELECT actor_id", 1)
KINDS = (
    Kind(
        "actors",
        "Actors, by their names, other names and descriptions",
        _names(
            ActorViewSet,
            "name",
            "description",
            OF_TABLE.format("name", "conflictdb_actor", "search", "plain", NAMED)
            + " UNION ALL "
            + OTHER_NAMES.format("name", "conflictdb_actoralias", OF_ALIAS, "plain", OF_ALIAS),
        ),
        "actor",
        besides="&similar=true",
    ),
    Kind(
        "places",
        "places and divisions where something happened, by their names; a hit's address is the list of its incidents",
        _places,
        "incident",
        besides="&similar=true",
    ),
    Kind(
        "countries",
        "countries, by their names and ISO codes",
        _names(
            CountryViewSet,
            "name",
            "iso3",
            OF_TABLE.format("name", "conflictdb_country", OF_NAME, "plain", OF_NAME)
            + " UNION ALL SELECT id, iso3, lower(iso3), true FROM conflictdb_country"
            + f" WHERE iso3 = upper({NAME}) AND iso3 <> ''",
        ),
        "country",
        besides="&similar=true",
    ),
    Kind(
        "conflicts",
        "conflicts and dyads, by their names and descriptions",
        _names(
            ConflictViewSet,
            "name",
            "description",
            OF_TABLE.format("name", "conflictdb_conflict", "search", "plain", NAMED),
        ),
        "conflict",
        besides="&similar=true",
    ),
    Kind(
        "incidents",
        "incidents that are published, by title, places and summary",
        _texts(IncidentViewSet, "title", f"concat_ws('. ', {WHERE}, nullif(summary, ''))"),
        "incident",
        lambda: _in_order(IncidentViewSet, Incident.objects.all()),
        besides="&ordering=-relevance",
    ),
    Kind(
        "claims",
        "claims that stand, by statement and wordings",
        _texts(
            ClaimViewSet,
            "statement",
            "concat_ws('. ', nullif(value_wording, ''), nullif(claimant_wording, ''))",
            is_lensed=True,
        ),
        "claim",
        lambda: _in_order(ClaimViewSet, Claim.objects.all()),
        besides="&ordering=-relevance",
        is_lensed=True,
    ),
    Kind(
        "quotes",
        "the words quoted for claims that stand; a hit's address is its claim",
        _quotes,
        "claim",
        lambda: Citation.objects.order_by("-pk").values_list("pk"),
        by="quote",
        is_lensed=True,
    ),
    Kind(
        "sources",
        "sources, by title and held text",
        _texts(SourceViewSet, "title", "text"),
        "source",
        lambda: _in_order(SourceViewSet, Source.objects.all()),
        besides="&ordering=-relevance",
    ),
    Kind(
        "datasets",
        "datasets, by title, publisher and description",
        _names(
            DatasetViewSet,
            "title",
            "concat_ws('. ', publisher, nullif(description, ''))",
            OF_TABLE.format(
                "title",
                "conflictdb_dataset",
                f"to_tsvector('{CONFIG}', concat_ws(' ', title, publisher, description))",
                "plain_name(title)",
                f"to_tsvector('{CONFIG}', title)",
            ),
        ),
        "dataset",
    ),
)
