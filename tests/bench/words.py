"""Made-up titles, sentences and places, of the length, skew and variety that real ones have."""

import random
from collections.abc import Iterator
from itertools import accumulate

from tests.bench import ged

POOL = 20_000  # sentences of each sort, which records are put together from; sql/ counts on these two numbers
PLACES = 10_000
RARE_WORDS = 4_000
# Of each common word, and of the first rare one, of which the r-th has 1/r: half of a text is common words.
COMMON, RARE = 100.0, 400.0

Phrase = tuple[int, str, str, str]
Place = tuple[int, str, str, str, float, float]


def phrases(rng: random.Random) -> Iterator[Phrase]:
    """Make the beginning of a title, a summary and a statement, numbered from 1."""
    words = [*ged.WORDS, *(ged.name(rng).lower() for _ in range(RARE_WORDS))]
    weights = list(accumulate([COMMON] * len(ged.WORDS) + [RARE / rank for rank in range(1, RARE_WORDS + 1)]))

    def words_of(shortest: int, longest: int) -> str:
        length = rng.randint(shortest, longest)
        return " ".join(rng.choices(words, cum_weights=weights, k=length // 4))[:length].strip().capitalize()

    for number in range(1, POOL + 1):
        yield number, words_of(15, 45), f"{words_of(50, 130)}. {words_of(0, 90)}".strip(), f"{words_of(30, 110)}."


def places(rng: random.Random) -> Iterator[Place]:
    """Make places, numbered from 1: name, both administrative units, latitude and longitude."""
    provinces = [f"{ged.name(rng)} province" for _ in range(PLACES // 20)]
    for number in range(1, PLACES + 1):
        district = f"{ged.name(rng)} district" if rng.random() < 0.85 else ""
        point = round(rng.uniform(-35, 60), 6), round(rng.uniform(-110, 140), 6)
        yield (
            number,
            f"{ged.name(rng)} {rng.choice(['town', 'city', 'village'])}",
            rng.choice(provinces),
            district,
            *point,
        )
