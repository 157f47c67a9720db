"""Actors: whoever acts, is acted upon, claims or publishes; and the other names they go by."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models

from conflictdb import rules
from conflictdb.models.record import Record, RecordQuerySet
from conflictdb.models.relation import ActorRelation
from conflictdb.models.words import CONFIG, likeness, plain_of, vector, words_of
from conflictdb.vocabularies import ActorKind, AliasKind


class ActorQuerySet(RecordQuerySet):
    """Actors, one or many."""

    def for_reading(self) -> "ActorQuerySet":
        """Bring what one actor's page shows, in two queries whatever the number of actors."""
        return self.select_related("country", "dataset").prefetch_related("aliases")

    def for_detail(self) -> "ActorQuerySet":
        """Bring what one actor's page shows: besides, one query for each side of its relations."""
        relations = ActorRelation.objects.public().for_reading()
        return self.for_reading().prefetch_related(
            models.Prefetch("relations_as_subject", queryset=relations),
            models.Prefetch("relations_as_object", queryset=relations),
        )


class Actor(Record):
    """Anyone who acts, is acted upon, claims, or publishes."""

    name = models.CharField(max_length=200, help_text="Name in English, as most sources write it.")
    kind = models.CharField(max_length=30, choices=ActorKind.choices, help_text="What kind of party the actor is.")
    country = models.ForeignKey(
        "conflictdb.Country",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="actors",
        help_text="The country the actor belongs to; null where it belongs to none, to several, or is not known.",
    )
    description = models.TextField(blank=True, help_text="Who this is, in a sentence or two.")
    active_from = models.DateField(null=True, blank=True, help_text="First day of activity; null if not known.")
    active_to = models.DateField(null=True, blank=True, help_text="Last day of activity; null if active or not known.")
    search = words_of(
        vector("name", weight="A") + vector("description", weight="B"),
        "Words of the name and description, for `q=`.",
    )
    plain = plain_of("name")

    objects = ActorQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name", "id"]
        constraints = [
            *Record.Meta.constraints,
            rules.term_of("kind", ActorKind),
            rules.filled("name"),
            *rules.in_order("active_from", "active_to"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="actor_by_name"),
            GinIndex(fields=["search"], name="actor_by_words"),
            likeness("actor_by_likeness"),
        ]

    def __str__(self) -> str:
        return self.name


class ActorAliasQuerySet(models.QuerySet):
    """Other names of actors."""

    def get_by_natural_key(self, actor: str, name: str) -> Any:
        """Find an alias by its actor's slug and the name, as fixtures name it."""
        return self.get(actor__slug=actor, name=name)


class ActorAlias(models.Model):
    """Another name of an actor."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="aliases", help_text="Whose name this is.")
    name = models.CharField(max_length=200, help_text="The other name, as it is written.")
    kind = models.CharField(max_length=20, choices=AliasKind.choices, help_text="In what way it names the actor.")
    language = models.CharField(
        max_length=35,
        blank=True,
        help_text="Language of the name as a BCP 47 tag (`ar`, `fa-Latn`); empty if not known.",
    )
    plain = plain_of("name")

    objects = ActorAliasQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "alias"
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "name"],
                name="actoralias_name_is_unique_for_its_actor",
                violation_error_message="The actor already has this alias.",
            ),
            rules.filled("name"),
            rules.term_of("kind", AliasKind),
            rules.letters(
                "language", r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "language must be a BCP 47 tag such as `ar`."
            ),
        ]
        indexes = [
            GinIndex(SearchVector("name", config=CONFIG), name="actoralias_by_words"),
            likeness("actoralias_by_likeness"),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, str]:
        """Name the alias as fixtures do."""
        return (self.actor.slug, self.name)

    natural_key.dependencies = ["conflictdb.actor"]  # type: ignore[attr-defined]  # Django reads it off the function
