"""A two-level fit, estimated again from resamples of whole clusters or from its own model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.errors import EstimationError
from mediation.estimation.resampling import Multiplicities, Resampled, check_counts, collect
from mediation.estimation.two_level.fit import Prepared, TwoLevelData
from mediation.estimation.two_level.many_fits import fit_many, sets_at_once
from mediation.estimation.two_level.reduced import Reduced, transpose
from mediation.estimation.two_level.statistics import RowSums, cluster_moments, sum_rows
from mediation.estimation.two_level.structure import Structure
from mediation.estimation.two_level.sums_in_units import (
    draw_clusters,
    put_instead,
    standardize_sums,
)
from mediation.estimation.two_level.units import to_units
from mediation.estimation.two_level.usable import FLAT, are_usable
from mediation.vocabulary import Failure, Resample

# Estimates of some data sets, and which of them failed, by cause.
_Part = tuple[Array, tuple[BoolArray, ...]]
CAUSES = (Failure.PREDICTOR_CONSTANT, Failure.NOT_ESTIMABLE, Failure.NOT_CONVERGED)


@dataclass(frozen=True, eq=False, repr=False)
class TwoLevelResampler:
    """The data of a two-level fit, reduced once.

    A resample of whole clusters is a set of weights on clusters, for what the likelihood needs
    are sums over clusters. Estimates are those that `TwoLevelSEM` gives for the table in which
    a cluster drawn twice is two clusters.

    Attributes
    ----------
    structure : Structure
    data : TwoLevelData
    prepared : Prepared
    cells : ndarray of int, shape (n_paths,)
        Positions of the paths in the vector that `to_data_units` gives.
    predictor : int
        Column of the predictor in w, or -1 if it varies inside clusters.
    theta : ndarray, shape (k,)
        The estimates of standardised variables.
    has_converged : bool

    References
    ----------
    Van der Leeden, Meijer & Busing (2008), Resampling multilevel models, in de Leeuw & Meijer
    (eds.), Handbook of Multilevel Analysis, ch. 11 (cases and parametric bootstrap).
    """

    structure: Structure
    data: TwoLevelData
    prepared: Prepared
    cells: IntArray
    predictor: int
    theta: Array
    has_converged: bool

    @property
    def n_rows(self) -> int:
        """Rows analysed."""
        return len(self.data.y)

    @property
    def n_outer(self) -> int:
        """Clusters."""
        return len(self.data.w)

    @property
    def ways(self) -> frozenset[Resample]:
        """What can be drawn; no data from a maximum that was not reached."""
        drawn = {Resample.PARAMETRIC} if self.has_converged else set()
        return frozenset({Resample.CLUSTERS} | drawn)

    def by_clusters(self, counts: Multiplicities) -> Resampled:
        """Estimate resamples of whole clusters.

        Parameters
        ----------
        counts : ndarray of int, shape (N, n_outer)
            How often each cluster is in each resample.

        Returns
        -------
        Resampled
            A path without a unique value in a resample, though it has one in the fit, is NaN.

        Raises
        ------
        EstimationError
            If `counts` has another shape.
        """
        check_counts(counts, self.n_outer, "clusters")
        parts = []
        at_once = sets_at_once(self._rows)
        for start in range(0, len(counts), at_once):
            weights = counts[start : start + at_once].astype(np.float64)
            parts.append(self._of_clusters(weights))
        return self._collect(parts)

    def by_rows(self, counts: Multiplicities) -> Resampled:
        """Refuse: rows of a cluster are not independent.

        Raises
        ------
        EstimationError
        """
        raise EstimationError(
            "A two-level model resamples whole clusters, or draws from the fitted model. Rows "
            f"were asked for, with counts of shape {np.shape(counts)}. Resample clusters."
        )

    def parametric(self, n: int, rng: np.random.Generator) -> Resampled:
        """Draw mediators and outcome from the fitted model n times, and fit each time.

        Predictor, covariates, clusters and what is missing stay as they are.

        Parameters
        ----------
        n : int
        rng : Generator

        Returns
        -------
        Resampled

        Raises
        ------
        EstimationError
            If the fit has not converged.
        """
        if not self.has_converged:
            raise EstimationError(
                "To draw from a fitted model it must have converged. This one stopped before the "
                "maximum of its likelihood. Resample clusters, or simplify the model."
            )
        parts = []
        at_once = sets_at_once(self._rows, self.n_rows)
        for start in range(0, n, at_once):
            rows = self._drawn(min(at_once, n - start), rng)
            usable = are_usable(self.structure, rows)
            rows = put_instead(rows, ~usable, self._rows)
            parts.append(self._estimate(rows, np.zeros(len(usable), bool), ~usable))
        return self._collect(parts)

    @cached_property
    def _moments(self) -> Array:
        y, x, _ = to_units(self.prepared.units, self.data.y, self.data.x, self.data.w)
        return cluster_moments(y, x, self._rows.observed, self.data.codes, self.n_outer)

    @property
    def _rows(self) -> RowSums:
        return self.prepared.rows

    def _of_clusters(self, weights: Array) -> _Part:
        usable = are_usable(self.structure, draw_clusters(self._rows, self._moments, weights))
        is_constant = self._is_constant(weights)
        # The data themselves stand in for what cannot be analysed.
        weights = np.where(usable[:, None], weights, 1.0)
        rows = draw_clusters(self._rows, self._moments, weights)
        return self._estimate(rows, is_constant, ~usable)

    def _is_constant(self, weights: Array) -> BoolArray:
        """Whether the predictor has one value in the clusters drawn."""
        if self.predictor < 0:
            return np.zeros(len(weights), bool)
        values, drawn = self._rows.between[0, :, self.predictor], weights > 0
        least = np.where(drawn, values, np.inf).min(axis=1)
        constant: BoolArray = np.where(drawn, values, -np.inf).max(axis=1) - least <= FLAT
        return constant

    def _drawn(self, n: int, rng: np.random.Generator) -> RowSums:
        """Rows of n data sets from the fitted model, in the units of the standardised data."""
        _, x, w = to_units(self.prepared.units, self.data.y, self.data.x, self.data.w)
        within, between = map(Reduced.of, self.structure.unpack(self.theta[None]))
        p, codes = self.data.y.shape[1], self.data.codes
        eta = w @ transpose(between.effects)[0]
        eta = eta + rng.normal(size=(n, len(w), p)) @ _root(between)
        y = eta[:, codes] + x @ transpose(within.effects)[0]
        y += rng.normal(size=y.shape) @ _root(within)
        y[:, np.isnan(self.data.y)] = np.nan
        return sum_rows(y, x, w, codes)

    def _estimate(self, rows: RowSums, is_constant: BoolArray, is_unusable: BoolArray) -> _Part:
        moved, units = standardize_sums(rows, self.prepared.units)
        fits = fit_many(self.structure, moved, units, self.cells, with_errors=False)
        values = np.where(fits.is_lost, np.nan, fits.values)
        return values, (is_constant, is_unusable, ~fits.has_converged)

    def _collect(self, parts: list[_Part]) -> Resampled:
        if not parts:
            return Resampled(np.empty((0, len(self.cells))), ())
        values = np.concatenate([values for values, _ in parts])
        causes = [np.concatenate(flags) for flags in zip(*(c for _, c in parts), strict=True)]
        found = collect(values, tuple(zip(CAUSES, causes, strict=True)))
        missing = np.isnan(found.values)
        n_partly = int((missing.any(axis=1) & ~missing.all(axis=1)).sum())
        partly = ((Failure.NOT_IDENTIFIED, n_partly),) if n_partly else ()
        return Resampled(found.values, found.failures + partly)


def _root(level: Reduced) -> Array:
    """R of the covariance R' R of the disturbances of one level in reduced form."""
    root: Array = np.sqrt(level.variances[0])[:, None] * level.loading[0].T
    return root
