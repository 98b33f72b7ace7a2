"""Fitted specifications as one curve: on one scale, with the choices that were made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mediation.arrays import IntArray, read_only
from mediation.inference.result import EffectEstimate
from mediation.reporting.specifications.curve import Dimension, SpecificationCurve, Standard
from mediation.reporting.wording import waves_text

if TYPE_CHECKING:
    from mediation.reporting.contents import Cell


@dataclass(frozen=True, slots=True)
class Effects:
    """One effect of one specification, before it is brought to the common scale.

    Attributes
    ----------
    cell : int
        Number of the model in the grid.
    choices : tuple of int
        Of every dimension.
    row : EffectEstimate
    unit : float
        Points of the outcome as scored here per point as declared.
    is_declared, is_published : bool
    """

    cell: int
    choices: tuple[int, ...]
    row: EffectEstimate
    unit: float
    is_declared: bool = False
    is_published: bool = False


def gather_curve(
    dimensions: Sequence[Dimension],
    cells: Sequence[Cell],
    found: Sequence[Effects],
    left_out: Mapping[str, int],
    conf_level: float,
) -> SpecificationCurve:
    """Put the effects of all models of a grid on one scale.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Those of the manifest; choices that no specification makes, and dimensions of one choice,
        are left out.
    cells : sequence of Cell
    found : sequence of Effects
        At least one.
    left_out : mapping of str to int
    conf_level : float

    Returns
    -------
    SpecificationCurve
        Effects are multiplied by the SD of the predictor and divided by that of the outcome, both
        of the rows of the declared analysis of the model, so that specifications of one model
        differ by their effects alone.
    """
    standards = tuple(map(_standard, cells))
    factor = np.array(
        [standards[e.cell].sd_predictor / (standards[e.cell].sd_outcome * e.unit) for e in found]
    )
    values = np.array([[e.row.value.estimate, *_limits(e.row)] for e in found]) * factor[:, None]
    mediators = tuple(dict.fromkeys(e.row.mediator for e in found))
    places = [mediators.index(e.row.mediator) for e in found]
    of_cell = np.array([e.cell for e in found])
    model = of_cell * len(mediators) + np.array(places)
    first = _places(cells, mediators)
    chosen = np.column_stack(
        [*(at[of_cell] for _, at in first[:-1]), np.array(places), [e.choices for e in found]]
    )
    every = [dimension for dimension, _ in first] + list(dimensions)
    kept, columns = _used(every, chosen)
    return SpecificationCurve(
        dimensions=kept,
        choices=columns,
        model=model,
        estimates=read_only(values[:, 0]),
        lows=read_only(values[:, 1]),
        highs=read_only(values[:, 2]),
        is_declared=np.array([e.is_declared for e in found]),
        is_published=np.array([e.is_published for e in found]),
        standards=standards,
        mediators=mediators,
        left_out=tuple(sorted(left_out.items(), key=lambda each: (-each[1], each[0]))),
        conf_level=conf_level,
    )


def _limits(row: EffectEstimate) -> tuple[float, float]:
    return row.value.conf_low, row.value.conf_high


def _standard(cell: Cell) -> Standard:
    fit = cell.result.fit
    scales = {scale.name: scale.sd_total for scale in fit.scales}
    return Standard(cell.outcome, scales[fit.model.predictor], scales[fit.model.outcome])


def _places(
    cells: Sequence[Cell], mediators: tuple[str | None, ...]
) -> list[tuple[Dimension, IntArray]]:
    """Say what tells the models of a grid apart, and where each cell lies; the mediator last."""
    outcomes = tuple(dict.fromkeys(cell.outcome for cell in cells))
    waves = tuple(dict.fromkeys(waves_text(cell.waves) for cell in cells))
    of_outcome = np.array([outcomes.index(cell.outcome) for cell in cells])
    of_waves = np.array([waves.index(waves_text(cell.waves)) for cell in cells])
    named = tuple(name or "" for name in mediators)
    return [
        (Dimension("outcome", "Outcome", outcomes, is_choice=False), of_outcome),
        (Dimension("waves", "Interviews", waves, is_choice=False), of_waves),
        (Dimension("mediator", "Mediator", named, is_choice=False), np.zeros(0, dtype=int)),
    ]


def _used(
    dimensions: Sequence[Dimension], chosen: IntArray
) -> tuple[tuple[Dimension, ...], IntArray]:
    """Leave out choices that nothing makes, and dimensions in which nothing differs."""
    kept, columns = [], []
    for at, dimension in enumerate(dimensions):
        made, column = np.unique(chosen[:, at], return_inverse=True)
        if len(made) > 1:
            kept.append(replace(dimension, choices=tuple(dimension.choices[k] for k in made)))
            columns.append(column)
    stacked = np.column_stack(columns) if columns else np.zeros((len(chosen), 0), dtype=np.int64)
    stacked.flags.writeable = False
    return tuple(kept), stacked
