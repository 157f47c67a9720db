"""Closed lists about sources and how far to trust them."""

from conflictdb.vocabularies.base import Vocabulary, term


class SourceKind(Vocabulary):
    """What kind of document a source is."""

    ARTICLE = term("article", "Article", "A news article or analysis.")
    AGENCY_REPORT = term("agency_report", "News agency report", "A dispatch of a news agency.")
    REPORT = term("report", "Report", "A report by an organisation.")
    STATEMENT = term("statement", "Statement", "A statement or communiqué by a party.")
    BROADCAST = term("broadcast", "Broadcast", "Radio, television or streamed video.")
    SOCIAL_MEDIA = term("social_media", "Social media", "A post or channel on a social medium.")
    DATASET = term("dataset", "Dataset", "A row or file of another dataset.")
    BOOK = term("book", "Book", "A book or a part of one.")
    OTHER = term("other", "Other", "None of the above, or not known which.")


class Reliability(Vocabulary):
    """How reliable a source is: the Admiralty letter. F means unknown, not bad, and never counts as a middle grade.

    Counterparts are values of the predicate source-reliability in MISP's taxonomy admiralty-scale.
    """

    A = term(
        "A",
        "A – completely reliable",
        "No doubt of authenticity or competence; a history of complete reliability.",
        misp="a",
    )
    B = term("B", "B – usually reliable", "Minor doubts; a history of mostly valid information.", misp="b")
    C = term("C", "C – fairly reliable", "Doubts, but has provided valid information in the past.", misp="c")
    D = term(
        "D", "D – not usually reliable", "Significant doubts, but has provided valid information in the past.", misp="d"
    )
    E = term("E", "E – unreliable", "A history of invalid information.", misp="e")
    F = term("F", "F – cannot be judged", "No basis to judge the source.", misp="f")


class Credibility(Vocabulary):
    """How credible a piece of information is: the Admiralty number. 6 means unknown, not improbable.

    Counterparts are values of the predicate information-credibility in MISP's taxonomy admiralty-scale.
    """

    CONFIRMED = term("1", "1 – confirmed", "Confirmed by other independent sources.", misp="1")
    PROBABLY_TRUE = term(
        "2", "2 – probably true", "Not confirmed; logical and consistent with other information.", misp="2"
    )
    POSSIBLY_TRUE = term(
        "3", "3 – possibly true", "Not confirmed; reasonably logical; agrees with some information.", misp="3"
    )
    DOUBTFUL = term(
        "4", "4 – doubtful", "Not confirmed; possible but not logical; no other information on the subject.", misp="4"
    )
    IMPROBABLE = term("5", "5 – improbable", "Not confirmed; illogical or contradicted by other information.", misp="5")
    UNKNOWN = term("6", "6 – cannot be judged", "No basis to judge the information.", misp="6")
