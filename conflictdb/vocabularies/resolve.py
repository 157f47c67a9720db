"""How claims become one figure."""

from conflictdb.vocabularies.base import Vocabulary, term


class Resolve(Vocabulary):
    """How the claims on one group of victims become one figure."""

    RANGE = term("range", "Range", "The lowest low, the best of the leading claim that has one, the highest high.")
    LEADING = term("leading", "Leading", "The figures of the leading claim alone.")
    LATEST = term("latest", "Latest", "The figures of the claim that was known last; of several, of the leading one.")
    LOWEST = term(
        "lowest", "Lowest", "The figures of the claim with the lowest number; of several, of the leading one."
    )
    HIGHEST = term(
        "highest", "Highest", "The figures of the claim with the highest number; of several, of the leading one."
    )
    MEDIAN = term(
        "median", "Median", "The figures of the claim in the middle by number; the lower of two in the middle."
    )
