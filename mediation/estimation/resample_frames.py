"""Resamples as tables, each fitted as if it were a study: slow, and right for every engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.paths import Fit
from mediation.estimation.resampling import Multiplicities, Resampled, check_counts, collect
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import Convergence, Failure, Resample


class FrameEngine(Protocol):
    """An engine that fits a model to a table."""

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Estimate all paths of a model from the rows of a table."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FrameResampler:
    """A table to be resampled and fitted again row by row; see `Resampler`.

    Attributes
    ----------
    engine : Engine
    model : MediationModel
    frame : DataFrame
        The rows that can be drawn, with no cluster missing.
    parameters : tuple of Parameter
        Paths of the fit, in the order in which they are wanted. A resample in which one of them is
        not identified is `Failure.NOT_ESTIMABLE`.
    """

    engine: FrameEngine
    model: MediationModel
    frame: pd.DataFrame
    parameters: tuple[Parameter, ...]
    _rows_of: tuple[IntArray, ...] = field(init=False)

    def __post_init__(self) -> None:
        clusters = self.model.clusters
        codes = pd.factorize(self.frame[clusters[0]])[0] if clusters else np.zeros(0, np.int64)
        order = np.argsort(codes, kind="stable")
        rows = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if clusters else []
        object.__setattr__(self, "_rows_of", tuple(rows))

    @property
    def n_rows(self) -> int:
        """Rows that can be drawn."""
        return len(self.frame)

    @property
    def n_outer(self) -> int:
        """Outermost clusters; 0 without clusters."""
        return len(self._rows_of)

    @property
    def ways(self) -> frozenset[Resample]:
        """What can be drawn."""
        return frozenset({Resample.CLUSTERS if self.model.clusters else Resample.CLIENTS})

    def by_clusters(self, counts: Multiplicities) -> Resampled:
        """Estimate resamples of whole outermost clusters; see `Resampler`."""
        counts = check_counts(counts, self.n_outer, "outermost clusters")
        drawn = [self.frame_of_clusters(row) for row in counts]
        return self._fit(drawn)

    def by_rows(self, counts: Multiplicities) -> Resampled:
        """Estimate resamples of rows; see `Resampler`. For models without clusters."""
        if self.model.clusters:
            raise EstimationError(
                "Rows can be resampled one by one where they are independent. The model names the "
                f"clusters {', '.join(self.model.clusters)}. Resample whole clusters."
            )
        counts = check_counts(counts, self.n_rows, "rows")
        everyone = np.arange(self.n_rows)
        return self._fit([self.frame.iloc[np.repeat(everyone, row)] for row in counts])

    def parametric(self, n: int, rng: np.random.Generator) -> Resampled:
        """Refuse: nothing is known here of the distribution that an engine assumes."""
        raise EstimationError(
            "Data can be drawn from a model fitted by OLS(), MixedModels() or TwoLevelSEM(). This "
            f"one was fitted by {type(self.engine).__name__}. Resample whole clusters or rows."
        )

    def frame_of_clusters(self, counts: Multiplicities) -> pd.DataFrame:
        """Table of one resample, every copy of a cluster with labels of its own at all levels.

        Parameters
        ----------
        counts : ndarray of int, shape (n_outer,)

        Examples
        --------
        >>> frame = pd.DataFrame({"team": ["b", "b", "a"], "x": [1, 2, 3]})
        >>> model = MediationModel("x", ("m",), "y", clusters=("team",))
        >>> resampler = FrameResampler(None, model, frame, ())
        >>> resampler.frame_of_clusters(np.array([2, 1])).to_numpy().tolist()
        [[0, 1], [0, 2], [1, 1], [1, 2], [2, 3]]
        """
        copies = np.repeat(np.arange(self.n_outer), counts)
        rows = [self._rows_of[cluster] for cluster in copies]
        at = np.concatenate([np.zeros(0, np.int64), *rows])
        copy = np.repeat(np.arange(len(copies)), [len(each) for each in rows])
        frame = self.frame.iloc[at].reset_index(drop=True)
        relabelled = {}
        for name in self.model.clusters:
            codes = pd.factorize(frame[name])[0]
            relabelled[name] = pd.factorize(codes * max(len(copies), 1) + copy)[0]
        return frame.assign(**relabelled)

    def _fit(self, frames: list[pd.DataFrame]) -> Resampled:
        values = np.full((len(frames), len(self.parameters)), np.nan)
        is_constant, refused, stopped = np.zeros((3, len(frames)), dtype=bool)
        for number, frame in enumerate(frames):
            if frame[self.model.predictor].nunique() < 2:
                is_constant[number] = True
                continue
            fit = self._fit_one(frame)
            if fit is None or not set(self.parameters) <= set(fit.paths.parameters):
                refused[number] = True
            elif fit.convergence is Convergence.NOT_CONVERGED:
                stopped[number] = True
            else:
                values[number] = self._ordered(fit)
        causes = (
            (Failure.PREDICTOR_CONSTANT, is_constant),
            (Failure.NOT_ESTIMABLE, refused),
            (Failure.NOT_CONVERGED, stopped),
        )
        return collect(values, causes)

    def _fit_one(self, frame: pd.DataFrame) -> Fit | None:
        try:
            return self.engine.fit(self.model, frame)
        except (EstimationError, SpecificationError):
            return None

    def _ordered(self, fit: Fit) -> Array:
        """Paths of a fit in the order wanted."""
        at = [fit.paths.parameters.index(parameter) for parameter in self.parameters]
        values: Array = fit.paths.values[at]
        return values
