"""The published grid of cells: four designs, three ICCs, five pairs of effects, and variations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mediation.simulation.cell import Cell
from mediation.simulation.sizes import unequal_sizes

DESIGNS = (
    Cell(unequal_sizes(7, 44)),
    Cell(unequal_sizes(14, 22)),
    Cell(unequal_sizes(20, 15)),
    Cell(unequal_sizes(14, 22), (2,) * 7),
)
ICCS = (0.02, 0.05, 0.11)
EFFECTS = ((0.0, 0.0), (0.0, 0.4), (0.3, 0.0), (0.2, 0.4), (0.4, 0.4))

# One at a time, at an ICC of .05.
VARIED_EFFECTS = ((0.0, 0.4), (0.4, 0.0), (0.2, 0.4))
VARIATIONS: tuple[dict[str, Any], ...] = (
    {"slope_sd": 0.05},
    {"slope_sd": 0.10},
    {"slope_sd": 0.15},
    {"time_varying": True},
    # As skewed as a reflected exponential distribution. ASSUMPTION.
    {"skew": -2.0},
    {"ceiling_share": 0.30},
)
NESTED_VARIATIONS: tuple[dict[str, Any], ...] = (
    {"teams_per_organization": (1, 1, 1, 2, 2, 3, 4)},
    {"predictor_organization_share": 0.0},
    {"predictor_organization_share": 1.0},
)


def published_cells() -> tuple[Cell, ...]:
    """Return the 60 cells of the grid and the 81 that vary one thing, in this order.

    Returns
    -------
    tuple of Cell

    Examples
    --------
    >>> cells = published_cells()
    >>> len(cells), cells[0].id, cells[-1].id
    (141, '7x44 icc .02 a 0 b 0', '14x22 in 7 icc .05 a .2 b .4 organization predictor share 1')
    """
    base = [
        replace(design, alliance_icc=icc, a=a, b=b)
        for design in DESIGNS
        for icc in ICCS
        for a, b in EFFECTS
    ]
    varied = [
        replace(design, a=a, b=b, **change)
        for design in DESIGNS
        for change in (*VARIATIONS, *(NESTED_VARIATIONS if design.teams_per_organization else ()))
        for a, b in VARIED_EFFECTS
    ]
    return (*base, *varied)
