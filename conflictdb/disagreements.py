"""Disagreements in words: who speaks in either claim, and one plain sentence on what they differ about.

Expressions on the rows of ``Disagreement``: the API's statements and the admin's page say the same, from the same place. What
contradicts what stands in ``estimates.py`` in prose and in ``sql/disagreements.sql`` as code.
"""

from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Left, NullIf, Substr, Upper

from conflictdb.models.actor import Actor
from conflictdb.models.citation import Citation
from conflictdb.models.source import Source
from conflictdb.vocabularies import AnswerKind, DisagreementKind, Victims

HIDDEN = "Somebody who is not named here"


def speaker(side: str, column: str = "pk", actors: QuerySet | None = None) -> Case:
    """The actor that speaks in the claim on one side (``one``, ``other``): one of its columns, its key unless told.

    It is the claimant or, where the source speaks in its own voice, the publisher of the first source that has one; null
    where it is not known, or not among the ``actors`` that the reader may see (the public ones).
    """
    actors = (Actor.objects.public() if actors is None else actors).order_by()
    read_in = Citation.objects.filter(Source.objects.all().visible("source__"), claim=OuterRef(OuterRef(side)))
    published_by = read_in.filter(source__publisher__isnull=False).order_by("number").values("source__publisher")[:1]
    return Case(
        When(
            **{f"{side}__claimant__isnull": False},
            then=Subquery(actors.filter(pk=OuterRef(f"{side}__claimant")).values(column)),
        ),
        default=Subquery(actors.filter(pk=Subquery(published_by)).values(column)),
    )


def in_words(actors: QuerySet | None = None) -> Case:
    """One sentence, or two, in plain English; names are those of ``actors`` (the public ones).

    All of it is in the past: in the present a verb would have to know whether a name is plural (`US forces`).
    """
    one, other, answer = _name("one", actors), _name("other", actors, begins=False), _name("other", actors)
    named = {side: _named(side, actors) for side in ("one", "other")}
    said = _text(one, " said: “", F("one__statement"), "” ", answer)
    return Case(
        When(
            kind=DisagreementKind.TOLL,
            then=_text(
                *(one, " said that at most ", _number("at_most"), _were("at_most"), " ", F("measure"), _victims("one")),
                *(", ", other, " that at least ", _number("at_least"), _were("at_least"), _victims("other"), ": "),
                *(_number("gap"), " or more apart."),
            ),
        ),
        When(kind=DisagreementKind.DENIAL, then=_text(said, " denied it: “", F("other__statement"), "”")),
        When(
            kind=DisagreementKind.RESPONSIBILITY,
            then=_text(
                *(one, " held ", named["one"], " responsible; "),
                *(other, " held ", named["other"], " responsible."),
            ),
        ),
        default=_text(said, " ", _does(), " it: “", F("other__statement"), "”"),
        output_field=TextField(),
    )


def _text(*parts: Any) -> Concat:
    expressions = [Value(part, TextField()) if isinstance(part, str) else part for part in parts]
    return Concat(*expressions, output_field=TextField())


def _number(column: str) -> Cast:
    return Cast(F(column), TextField())


def _were(column: str) -> Case:
    return Case(When(**{column: 1}, then=Value(" was", TextField())), default=Value(" were", TextField()))


def _name(side: str, actors: QuerySet | None, *, begins: bool = True) -> Coalesce:
    """Name who speaks: the claimant, else the words of the source for it, else who published that.

    ``begins`` tells that a sentence begins so.
    """
    hidden, nobody = (Value(text if begins else text.lower(), TextField()) for text in (HIDDEN, "The source itself"))
    unnamed = Case(When(**{f"{side}__claimant__isnull": False}, then=hidden), default=nobody, output_field=TextField())
    words: Any = F(f"{side}__claimant_wording")
    if begins:
        words = Concat(Upper(Left(words, 1)), Substr(words, 2), output_field=TextField())
    words = NullIf(Cast(words, TextField()), Value("", TextField()))
    worded = Case(When(**{f"{side}__claimant__isnull": True}, then=words), output_field=TextField())
    return Coalesce(worded, speaker(side, "name", actors), words, unnamed, output_field=TextField())


def _named(side: str, actors: QuerySet | None) -> Coalesce:
    """Name whom a claim holds responsible."""
    actors = (Actor.objects.public() if actors is None else actors).order_by()
    name = Subquery(actors.filter(pk=OuterRef(f"{side}__named_actor")).values("name"))
    return Coalesce(name, Value(HIDDEN.lower(), TextField()), output_field=TextField())


def _victims(side: str) -> Case:
    """Say whom a toll counts, where it is not everyone."""
    few = [term for term in Victims if term != Victims.EVERYONE]
    labels = {term: term.label[0].lower() + term.label[1:] for term in few}
    whens = [When(**{f"{side}__victims": term}, then=Value(f" ({labels[term]})", TextField())) for term in few]
    return Case(*whens, default=Value("", TextField()), output_field=TextField())


def _does() -> Case:
    """Say what an answer does to what it answers."""
    return Case(
        When(other__answer_kind=AnswerKind.CORRECTS, then=Value("corrected", TextField())),
        default=Value("denied", TextField()),
        output_field=TextField(),
    )
