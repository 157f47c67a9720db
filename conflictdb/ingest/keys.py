"""From keys to ids: records that rows mention are found in the database, or made there."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.utils.text import slugify

from conflictdb.ingest.countries import Countries
from conflictdb.ingest.namesakes import namesakes
from conflictdb.ingest.pipe import Pipe
from conflictdb.ingest.records import Actor, Conflict, Incident, Key, Source
from conflictdb.ingest.release import Release

SLUG_LENGTH = 120
LONG = 80  # an identifier of so many letters does not go behind a slug
REMEMBERED = (
    200_000  # sources, or names; beyond that they are looked up again, so that memory does not grow with the file
)
ACTOR = ("id", "slug", "external_id", "dataset_id", "name", "kind", "country_id", "description")
ALIAS = ("actor_id", "name", "kind", "language")
CONFLICT = ("id", "slug", "external_id", "dataset_id", "name", "kind", "parent_id", "description")
SOURCE = ("id", "slug", "kind", "title", "publisher_id", "url", "published_on")
SAME_OF_SOURCES = {"reliability": "F"} | dict.fromkeys(("external_id", "archive_url", "language", "text", "sha256"), "")
# Whoever names a record keeps it from being deleted until the commit, as a foreign key's own check does.
STORED = """
    SELECT record.id, coalesce(nullif(record.external_id, ''), record.slug), record.slug, record.name, record.kind,
           record.{link}, dataset.series = %(series)s, record.dataset_id
    FROM conflictdb_{table} AS record JOIN conflictdb_dataset AS dataset ON dataset.id = record.dataset_id
    WHERE record.id IN (
        SELECT id FROM conflictdb_{table} WHERE external_id <> '' AND external_id = ANY (%(keys)s)
        UNION ALL
        SELECT id FROM conflictdb_{table} WHERE slug = ANY (%(slugs)s)
    )
    FOR KEY SHARE OF record
"""
LEVELS = ("place_name", "admin2", "admin1")
SOURCES = "SELECT slug, id FROM conflictdb_source WHERE slug = ANY (%s) FOR KEY SHARE"


class Stored(NamedTuple):
    """A record that is there."""

    id: int
    key: Key
    slug: str
    name: str
    kind: str
    link: int | None  # an actor's country, a conflict's parent
    is_of_series: bool
    dataset: int


class Keys:
    """The ids of what rows mention, in one import."""

    def __init__(self, pipe: Pipe, release: Release) -> None:
        """Look things up through the import's own pipe.

        ``count(kind, what, number)`` is told what was made or changed, and of what the release is about what was not.
        """
        self.pipe = pipe
        self.release = release
        self.count: Callable[[str, str, int], None] = lambda *_: None
        self.countries = Countries(pipe)
        self.newer: set[int] = set()  # datasets whose names this release leaves alone
        self.actors: dict[Key, int] = {}
        self.conflicts: dict[Key, int] = {}
        self.sources: dict[Key, int] = {}
        self.knows_all_sources = release.is_first
        self.places: dict[str, set[str]] = {level: set() for level in LEVELS}  # names that were noted
        self.begin()

    def begin(self) -> None:
        """Begin a part of the file."""
        self._before = len(self.actors), len(self.conflicts)

    def forget(self) -> None:
        """Drop what the part looked up or made: it was undone. What came before is not looked up, or counted, again."""
        for known, length in zip((self.actors, self.conflicts), self._before, strict=True):
            while len(known) > length:
                known.popitem()
        self.sources.clear()
        self.knows_all_sources = False
        self._forget_places()

    def _forget_places(self) -> None:
        for noted in self.places.values():
            noted.clear()

    def add_actors(self, mentioned: dict[Key, Actor]) -> None:
        """Find or make actors: by their identifier, else by name and alias among actors of other publishers, else new."""
        fresh = {key: actor for key, actor in mentioned.items() if key not in self.actors}
        if not fresh:
            return
        for stored in self._stored("actor", "country_id", fresh):
            self.actors[stored.key] = stored.id
            if stored.key in fresh:
                self._update_actor(stored, fresh.pop(stored.key))
        for key in [key for key in fresh if key in self.actors]:
            del fresh[key]
        found = namesakes(self.pipe, fresh)
        matched = set(found.values()).difference(self.actors.values()) if found else ()  # several names may be one's
        self.actors |= found
        self.count("actors", "matched by name", len(matched))
        self._make_actors([actor for key, actor in fresh.items() if key not in self.actors])

    def _stored(self, table: str, link: str, keys: Iterable[Key]) -> list[Stored]:
        """Find records by key, whichever of the two it is."""
        wanted = list(keys)
        rows = self.pipe.rows(
            STORED.format(table=table, link=link),
            {
                "series": self.release.series,
                "keys": [key for key in wanted if ":" in key],
                "slugs": [key for key in wanted if ":" not in key],
            },
        )
        found = [Stored(*row) for row in rows]
        # a slug names a record that has an external_id as well
        return [stored._replace(key=stored.slug) if stored.slug in keys else stored for stored in found]  # noqa: SLF001 – a named tuple's own method

    def _update_actor(self, stored: Stored, actor: Actor) -> None:
        """Take over what the release says of an actor: all of it where it is about actors, else a new name."""
        if stored.dataset in self.newer:
            return
        country = self.countries.find(actor.country)
        if self.release.is_about(stored.key):
            differs = (stored.name, stored.kind, stored.link) != (actor.name, actor.kind, country)
            kind, country_id = actor.kind, country
            is_moved = stored.dataset != self.release.id
        elif stored.is_of_series and ":" in stored.key:
            differs = is_moved = stored.name != actor.name
            kind, country_id = stored.kind, stored.link
        else:
            return
        former = [(stored.name, "former", "")] if stored.name != actor.name else []
        added = self._add_aliases([(stored.id, *alias) for alias in (*actor.aliases, *former)])
        if differs or is_moved or added:
            self.pipe.execute(
                "UPDATE conflictdb_actor SET name = %s, kind = %s, country_id = %s, dataset_id = %s, updated_at = %s"
                " WHERE id = %s",
                [actor.name, kind, country_id, self.release.id, self.release.now, stored.id],
            )
        if differs or added:
            self.count("actors", "updated", 1)
        elif self.release.is_about(stored.key):
            self.count("actors", "moved to this release" if is_moved else "unchanged", 1)

    def _add_aliases(self, aliases: list[tuple[Any, ...]]) -> int:
        """Store the aliases that are not there yet; return how many."""
        if not aliases:
            return 0
        return self.pipe.execute_many(
            "INSERT INTO conflictdb_actoralias (actor_id, name, kind, language) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (actor_id, name) DO NOTHING",
            aliases,
        )

    def _make_actors(self, actors: list[Actor]) -> None:
        """Store new actors with their aliases."""
        if not actors:
            return
        slugs = self._free_slugs("actor", [(actor.slug, actor.key) for actor in actors])
        ids = self.pipe.new_ids("actor", len(actors))
        dataset = self.release.id
        self.pipe.copy(
            "actor",
            ACTOR,
            [
                (
                    *(identity, slug, actor.key if ":" in actor.key else "", dataset, actor.name, actor.kind),
                    *(self.countries.find(actor.country), actor.description),
                )
                for identity, slug, actor in zip(ids, slugs, actors, strict=True)
            ],
        )
        aliases = [(identity, *alias) for identity, actor in zip(ids, actors, strict=True) for alias in actor.aliases]
        self.pipe.copy("actoralias", ALIAS, aliases)
        self.actors.update(zip([actor.key for actor in actors], ids, strict=True))
        self.count("actors", "created", len(actors))

    def look_up(self, keys: Iterable[Key]) -> None:
        """Find actors that were told of by others, or before."""
        missing = {key for key in keys if key not in self.actors}
        self.actors.update((stored.key, stored.id) for stored in self._stored("actor", "country_id", missing))

    def add_conflicts(self, mentioned: dict[Key, Conflict]) -> None:
        """Find or make conflicts by their identifiers; conflicts come before their dyads."""
        fresh = {key: conflict for key, conflict in mentioned.items() if key not in self.conflicts}
        if not fresh:
            return
        for stored in self._stored("conflict", "parent_id", fresh):
            conflict = fresh.pop(stored.key)
            self.conflicts[stored.key] = stored.id
            if stored.is_of_series and stored.name != conflict.name and stored.dataset not in self.newer:
                self.pipe.execute(
                    "UPDATE conflictdb_conflict SET name = %s, dataset_id = %s, updated_at = %s WHERE id = %s",
                    [conflict.name, self.release.id, self.release.now, stored.id],
                )
                self.count("conflicts", "updated", 1)
        new = list(fresh.values())
        slugs = self._free_slugs("conflict", [(conflict.slug, conflict.key) for conflict in new])
        ids = self.pipe.new_ids("conflict", len(new))
        self.conflicts.update(zip(fresh, ids, strict=True))
        dataset = self.release.id
        self.pipe.copy(
            "conflict",
            CONFLICT,
            [
                (
                    *(identity, slug, conflict.key, dataset, conflict.name, conflict.kind),
                    *(conflict.parent and self.conflicts[conflict.parent], ""),
                )
                for identity, slug, conflict in zip(ids, slugs, new, strict=True)
            ],
        )
        self.count("conflicts", "created", len(new))

    def add_sources(self, mentioned: dict[Key, Source]) -> None:
        """Find or make sources by their slugs, which are made of all that is known of them."""
        if len(self.sources) > REMEMBERED:
            self.sources.clear()
            self.knows_all_sources = False
        fresh = {key: source for key, source in mentioned.items() if key not in self.sources}
        if not fresh:
            return
        if not self.knows_all_sources:
            for slug, identity in self.pipe.rows(SOURCES, [list(fresh)]):
                self.sources[slug] = identity
                del fresh[slug]
        new = sorted(fresh.values(), key=lambda source: source.slug)  # as the index of slugs has them
        ids = self.pipe.new_ids("source", len(new))
        self.sources.update(zip([source.slug for source in new], ids, strict=True))
        actors = self.actors
        rows = (
            (
                *(identity, source.slug, source.kind, source.title),
                *(source.publisher and actors[source.publisher], source.url, source.published_on),
            )
            for identity, source in zip(ids, new, strict=True)
        )
        self.pipe.copy("source", SOURCE, rows, {"dataset_id": self.release.id, **SAME_OF_SOURCES})
        self.count("sources", "created", len(new))

    def note_places(self, incidents: Iterable[Incident]) -> None:
        """Note the names of places that new incidents bear, as a trigger does for others, but each name once."""
        fresh = [
            (level, name)
            for level, noted in self.places.items()
            for name in {getattr(incident, level) for incident in incidents} - noted
        ]
        if fresh:
            levels, names = zip(*fresh, strict=True)
            self.pipe.later("SELECT conflictdb_file_places(%s, %s)", [list(levels), list(names)])
        for level, name in fresh:
            self.places[level].add(name)
        if sum(map(len, self.places.values())) > REMEMBERED:
            self._forget_places()

    def _free_slugs(self, table: str, wished: list[tuple[str, Key]]) -> list[str]:
        """Give each record the slug that it wishes for, or where it is taken the same with its key behind it."""
        wishes = [
            [
                slug,
                *(_longer(slug, tail) for tail in (slugify(key.replace(":", "-")), _digest(key)) if len(tail) < LONG),
            ]
            for slug, key in wished
        ]
        query = f"SELECT slug FROM conflictdb_{table} WHERE slug = ANY (%s)"  # noqa: S608 – nobody's input
        taken = {slug for (slug,) in self.pipe.rows(query, [[slug for wish in wishes for slug in wish]])}
        given = []
        for wish in wishes:
            free = next(slug for slug in wish if slug not in taken)
            taken.add(free)
            given.append(free)
        return given


def _longer(slug: str, tail: str) -> str:
    """Put a tail behind a slug, which gives way where both are too long."""
    return f"{slug[: SLUG_LENGTH - len(tail) - 1].rstrip('-')}-{tail}"


def _digest(key: Key) -> str:
    return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:12]
