"""The cells of PRIO-GRID, a global grid of 0.5 by 0.5 degrees (Tollefsen, Strand and Buhaug 2012)."""

from typing import Any

CELLS_A_DEGREE = 2
COLUMNS, ROWS = 360 * CELLS_A_DEGREE, 180 * CELLS_A_DEGREE


def polygon(cell: str) -> str:
    """Write, as SQL, the cell of a number as GeoJSON: a ring, counter-clockwise; null for null."""
    west, south = f"(({cell} - 1) % {COLUMNS}) / 2.0 - 180", f"(({cell} - 1) / {COLUMNS}) / 2.0 - 90"
    corners = [(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5), (0, 0)]
    ring = ", ".join(f"ARRAY[trim_scale({west} + {east}), trim_scale({south} + {north})]" for east, north in corners)
    return f"CASE WHEN {cell} IS NOT NULL THEN json_build_object('type', 'Polygon', 'coordinates', ARRAY[ARRAY[{ring}]]) END"


def box(cells: list[int]) -> list[float] | None:
    """The smallest box around some cells: west, south, east and north; None around none."""
    if not cells:
        return None
    columns, rows = zip(*(divmod(cell - 1, COLUMNS)[::-1] for cell in cells), strict=True)
    size = 1 / CELLS_A_DEGREE
    edges: list[Any] = [min(columns), min(rows), max(columns) + 1, max(rows) + 1]
    return [edge * size - end for edge, end in zip(edges, (180, 90, 180, 90), strict=True)]
