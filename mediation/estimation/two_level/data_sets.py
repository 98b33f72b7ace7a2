"""Many data sets of one design: what a coverage simulation asks of the two-level model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.errors import SpecificationError
from mediation.estimation.clusters import varies_inside
from mediation.estimation.paths import PathBatch
from mediation.estimation.two_level.design import TwoLevelDesign, design_two_level
from mediation.estimation.two_level.fit import prepare
from mediation.estimation.two_level.many_fits import ManyFits, fit_many, sets_at_once
from mediation.estimation.two_level.path_cells import path_cells
from mediation.estimation.two_level.statistics import sum_rows
from mediation.estimation.two_level.sums_in_units import put_instead
from mediation.estimation.two_level.units import standardize
from mediation.estimation.two_level.usable import are_usable
from mediation.model import MediationModel
from mediation.vocabulary import Convergence, Level

STOPPED, NO_VALUE = 2, 3
OUTCOMES = (
    Convergence.CONVERGED,
    Convergence.BOUNDARY,
    Convergence.NOT_CONVERGED,
    Convergence.NOT_ESTIMABLE,
)


def fit_data_sets(
    model: MediationModel, frame: pd.DataFrame, drawn: Mapping[str, Array]
) -> PathBatch:
    """Fit a two-level model to each of many data sets, as `estimate_batch` describes.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        Complete in every column of the model.
    drawn : mapping of str to ndarray, shape (N, n_rows) each

    Returns
    -------
    PathBatch
        A data set that `estimate` would refuse has NaN in all places, one in which a path has no
        unique value has NaN in the places of that path; both are NOT_ESTIMABLE.

    Raises
    ------
    SpecificationError, EstimationError
        As in `estimate_batch`.
    """
    n_sets = len(next(iter(drawn.values())))
    first = frame.assign(**{name: values[0] for name, values in drawn.items()})
    design = design_two_level(model, first)
    n_missing = design.counts.n_left_out + design.n_incomplete
    if n_missing:
        raise SpecificationError(
            "A batch needs rows that are complete in every column of the model. Rows with a "
            f"missing value: {n_missing}. Leave them out first."
        )
    if model.predictor in drawn:
        _check_predictor(model.predictor, drawn[model.predictor], design)
    cells = path_cells(model, design)
    chosen = np.array(list(cells.values()))
    sets = _DataSets(model, design, drawn)
    at_once = sets.n_at_once
    parts = [
        sets.fit(slice(start, min(start + at_once, n_sets)), chosen)
        for start in range(0, n_sets, at_once)
    ]
    values, covariance, convergence = (np.concatenate(part) for part in zip(*parts, strict=True))
    return PathBatch(
        parameters=tuple(cells),
        values=values,
        covariance=covariance,
        df=np.where(np.isnan(values), np.nan, np.inf),
        equation=(-1,) * len(chosen),
        shares_divisor=tuple(parameter.level is Level.BETWEEN for parameter in cells),
        convergence=tuple(convergence),
    )


def _check_predictor(name: str, values: Array, design: TwoLevelDesign) -> None:
    """Refuse data sets in which the predictor is not of the kind that it is in the first."""
    found = varies_inside(values, design.data.codes) != design.predictor_varies
    if found.any():
        raise SpecificationError(
            "The predictor must be constant inside the same clusters in all data sets. Data sets "
            f"in which `{name}` is not as in the first: {int(found.sum())}. Batch them apart."
        )


class _DataSets:
    """Drawn values as the arrays of a design, some data sets at a time."""

    def __init__(
        self, model: MediationModel, design: TwoLevelDesign, drawn: Mapping[str, Array]
    ) -> None:
        self._model, self._design, self._drawn = model, design, drawn
        self._first = prepare(design.data)
        codes = design.data.codes
        self._row = np.empty(len(design.data.w), dtype=np.int64)
        self._row[codes[::-1]] = np.arange(len(codes))[::-1]

    @property
    def n_at_once(self) -> int:
        """How many data sets to work on together."""
        return sets_at_once(self._first.rows, len(self._design.data.y))

    def fit(self, here: slice, cells: IntArray) -> tuple[Array, Array, list[Convergence]]:
        """Give values, covariances and how the fits of some data sets ended."""
        design = self._design
        y, x, w = self._take(here)
        varies = self._vary(y, x, w)
        y[~varies] = design.data.y
        if len(x) > 1:
            x[~varies] = design.data.x
        if len(w) > 1:
            w[~varies] = design.data.w
        y, x, w, units = standardize(y, x, w)
        rows = sum_rows(y, x, w, design.data.codes)
        usable = are_usable(design.structure, rows)
        rows = put_instead(rows, ~usable, self._first.rows)
        fits = fit_many(design.structure, rows, units, cells, with_errors=True)
        return _withheld(fits, usable & varies)

    def _take(self, here: slice) -> tuple[Array, Array, Array]:
        """Values of y, x and w in some data sets; x and w are common unless the predictor moves."""
        design, drawn = self._design, self._drawn
        n_sets = here.stop - here.start
        y = np.repeat(design.data.y[None], n_sets, axis=0)
        for k, name in enumerate(design.variables):
            if name in drawn:
                y[:, :, k] = drawn[name][here]
        x, w, predictor = design.data.x[None], design.data.w[None], self._model.predictor
        if predictor in drawn and design.predictor_varies:
            x = np.repeat(x, n_sets, axis=0)
            x[:, :, design.within_names.index(predictor)] = drawn[predictor][here]
        elif predictor in drawn:
            w = np.repeat(w, n_sets, axis=0)
            w[:, :, design.between_names.index(predictor)] = drawn[predictor][here][:, self._row]
        return y, x, w

    def _vary(self, y: Array, x: Array, w: Array) -> BoolArray:
        """Whether mediators and outcome vary inside clusters, and the predictor varies."""
        varies = np.ones(len(y), bool)
        for k in range(y.shape[2]):
            varies &= varies_inside(y[:, :, k], self._design.data.codes)
        for columns in (x, w[:, :, 1:]):
            varies &= (np.ptp(columns, axis=1) > 0).all(axis=1)
        return varies


def _withheld(fits: ManyFits, usable: BoolArray) -> tuple[Array, Array, list[Convergence]]:
    """Put NaN where a path has no unique value, and where a data set cannot be analysed."""
    gone = fits.is_lost | ~usable[:, None]
    either = gone[:, :, None] | gone[:, None, :]
    convergence = np.where(
        gone.any(axis=1), NO_VALUE, np.where(~fits.has_converged, STOPPED, fits.is_boundary)
    )
    return (
        np.where(gone, np.nan, fits.values),
        np.where(either, np.nan, fits.covariance),
        [OUTCOMES[int(outcome)] for outcome in convergence],
    )
