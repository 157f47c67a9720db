"""Kept lenses for tests: some of every sort, and all that is kept held against what the rule makes of the claims."""

from collections.abc import Iterable
from datetime import date

from django.db import connection

from conflictdb.lens import Lens
from conflictdb.models import KeptLens
from tests.conflictdb.claims import World

# Incidents whose kept figures are wrong or missing, and rows of what is not there.
WRONG = """
    SELECT lens.words, incident.id
    FROM conflictdb_keptlens AS lens CROSS JOIN conflictdb_incident AS incident
    CROSS JOIN LATERAL conflictdb_told(incident.id, ROW(
        lens.according_to, lens.not_according_to, lens.datasets, lens.min_reliability, lens.min_credibility,
        lens.stated_before, lens.resolve)::conflictdb_lens) AS told
    LEFT JOIN conflictdb_keptfigure AS kept ON kept.lens_id = lens.id AND kept.incident_id = incident.id
    WHERE (kept.killed_low, kept.killed_best, kept.killed_high, kept.killed_is_open, kept.killed_claims,
           kept.injured_low, kept.injured_best, kept.injured_high, kept.injured_is_open, kept.injured_claims,
           kept.disputed, kept.is_spoken_of)
          IS DISTINCT FROM
          (told.killed_low, told.killed_best, told.killed_high, told.killed_is_open, told.killed_claims,
           told.injured_low, told.injured_best, told.injured_high, told.injured_is_open, told.injured_claims,
           told.disputed, told.is_spoken_of)
    UNION ALL
    SELECT 'of nothing', kept.incident_id
    FROM conflictdb_keptfigure AS kept
    LEFT JOIN conflictdb_keptlens AS lens ON lens.id = kept.lens_id
    LEFT JOIN conflictdb_incident AS incident ON incident.id = kept.incident_id
    WHERE lens.id IS NULL OR incident.id IS NULL
"""


def keep(*lenses: Lens) -> None:
    """Keep lenses."""
    for lens in lenses:
        KeptLens.of(str(lens), lens).save()


def lenses_of(world: World) -> Iterable[Lens]:
    """Give a lens of each condition, and one of several."""
    one, other = (actor.pk for actor in world.actors)
    yield Lens(according_to=[one])
    yield Lens(not_according_to=[one, other])
    yield Lens(datasets=[world.datasets[1].pk])
    yield Lens(min_reliability="C")
    yield Lens(min_credibility="2")
    yield Lens(stated_before=date(2023, 10, 18))
    yield Lens(resolve="median")
    yield Lens(min_reliability="B", resolve="latest", stated_before=date(2023, 11, 1))


def wrong() -> list[tuple[str, int]]:
    """Find what is kept and wrong: the lens and the incident of each."""
    with connection.cursor() as cursor:
        cursor.execute(WRONG)
        return cursor.fetchall()
