"""Resamples of models whose equations are separate regressions: least squares, mixed models.

The rows are reduced once: to cross-products of each row or of each outermost cluster. A resample
is then a weighted sum of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.errors import EstimationError
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared
from mediation.estimation.equation import Scaling, standardize
from mediation.estimation.nested import tree_of
from mediation.estimation.packed import packed_places, packed_products, regress
from mediation.estimation.parametric_draws import draw_data_sets, fit_points, refit
from mediation.estimation.resample_categories import Dropped, categories_of, drop_levels
from mediation.estimation.resampling import Multiplicities, Resampled, check_counts, collect
from mediation.estimation.weighted_criterion import ClusterMoments, cluster_moments
from mediation.estimation.weighted_search import Search, fit_resamples, prepare_search
from mediation.vocabulary import Failure, Likelihood, PathName, Resample

if TYPE_CHECKING:
    from mediation.estimation.by_equation import EquationEngine

# Cells of an array worked on at once: few enough to stay in the cache, many enough to be worth
# the price of a call.
CLUSTER_CELLS = 100_000
ROW_CELLS = 100_000
SOLVED_AT_ONCE = 1_000
DATA_CELLS = 500_000
# Mean square inside clusters below which a standardised column is constant there.
CONSTANT = 1e-18


def resampler_of(
    engine: EquationEngine, prepared: Prepared, values: Array | None = None
) -> EquationResampler:
    """Take the data of a model ready for resampling, without a check of them.

    Parameters
    ----------
    engine : OLS or MixedModels
    prepared : Prepared
        The design.
    values : ndarray, shape (n_rows, n_columns), optional
        The matrix of the equations in another data set of that design; see `rebuild_columns`.
        Left out: that of `prepared`.

    Returns
    -------
    EquationResampler

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.estimation.design import prepare
    >>> from mediation.estimation.ols import OLS
    >>> from mediation.model import MediationModel
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "m": [1, 2, 2, 3, 3, 5]})
    >>> frame["y"] = [1, 3, 2, 4, 4, 6]
    >>> resampler = resampler_of(OLS(), prepare(MediationModel("x", ("m",), "y"), frame))
    >>> counts = np.array([[1, 1, 1, 1, 1, 1], [2, 0, 0, 2, 1, 1]])
    >>> resampler.by_rows(counts).values[:, 0].round(3).tolist()
    [1.25, 1.5]
    """
    matrix = prepared.equations[0].matrix if values is None else values
    return EquationResampler(prepared, matrix, engine.likelihood)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EquationResampler:
    """The data of equations fitted apart, to be resampled; see `Resampler`.

    Attributes
    ----------
    prepared : Prepared
    values : ndarray, shape (n_rows, n_columns)
        The matrix of the equations.
    likelihood : Likelihood or None
        Of mixed models; None for least squares.
    """

    prepared: Prepared
    values: Array
    likelihood: Likelihood | None

    @property
    def n_rows(self) -> int:
        """Rows that can be drawn."""
        return len(self.values)

    @property
    def n_outer(self) -> int:
        """Outermost clusters; 0 without clusters."""
        clusters = self.prepared.clusters
        return clusters.count(0) if clusters.names else 0

    @property
    def ways(self) -> frozenset[Resample]:
        """What can be drawn.

        No data of several mediators: how their errors go together is not known to equations
        fitted apart. No data of clusters by least squares, which knows no variance between them.
        """
        n_mediators = sum(
            any(role is not None and role.path is PathName.A for role in equation.roles)
            for equation in self.prepared.equations
        )
        is_modelled = self.likelihood is not None or self.n_outer == 0
        found = {
            Resample.CLUSTERS: self.n_outer > 0,
            Resample.CLIENTS: self.likelihood is None,
            Resample.PARAMETRIC: n_mediators == 1 and is_modelled,
        }
        return frozenset(way for way, is_there in found.items() if is_there)

    def by_clusters(self, counts: Multiplicities) -> Resampled:
        """Estimate resamples of whole outermost clusters; see `Resampler`.

        Means of clusters and deviations from them do not change, so that a resample is a set of
        weights on what each cluster gives to cross-products and likelihood.
        """
        counts = check_counts(counts, self.n_outer, "outermost clusters")
        tree = tree_of(self.prepared.clusters.codes)
        z, scaling = standardize(self.values[None])
        moments = cluster_moments(z[0][tree.order], tree)
        # Clusters of a tree are in the order of their codes, as those of `counts` are.
        categories = categories_of(self.prepared.columns, self.values)
        levels = np.add.reduceat(categories.indicators[tree.order], tree.first_rows, axis=0)
        levels = tree.to_level(levels, 0).T
        varies = _varying_inside(moments, self.prepared.equations)
        grams, searches = moments.grams, _Searches(moments, self.likelihood, {})
        estimates = _Estimates.empty(self.prepared.equations, scaling, len(counts))
        for part in _parts(len(counts), CLUSTER_CELLS // moments.means.size):
            weights = np.ascontiguousarray(counts[part].T, dtype=np.float64)
            estimates.is_estimable[part] = (varies @ weights > 0).all(axis=0)
            dropped = drop_levels(categories, levels @ weights)
            self._solve(estimates, part.start, grams @ weights, dropped)
            if self.likelihood is not None:
                self._search(estimates, part, weights, dropped, searches)
        return estimates.collect()

    def by_rows(self, counts: Multiplicities) -> Resampled:
        """Estimate resamples of rows; see `Resampler`.

        Columns stay those of the fit: means of clusters are those observed.
        """
        if self.likelihood is not None:
            raise EstimationError(
                "Rows can be resampled one by one where they are taken as independent. Mixed "
                "models take them as clustered. Resample whole clusters, or use OLS()."
            )
        counts = check_counts(counts, self.n_rows, "rows")
        z, scaling = standardize(self.values[None])
        categories = categories_of(self.prepared.columns, self.values)
        products = packed_products(z[0])
        n_products = products.shape[1]
        products = np.concatenate([products, categories.indicators], axis=1)
        estimates = _Estimates.empty(self.prepared.equations, scaling, len(counts))
        for part in _parts(len(counts), SOLVED_AT_ONCE):
            sums = _weighted_sums(products, counts[part])
            dropped = drop_levels(categories, sums[n_products:])
            self._solve(estimates, part.start, sums[:n_products], dropped)
        return estimates.collect()

    def parametric(self, n: int, rng: np.random.Generator) -> Resampled:
        """Draw mediators and outcome from the fitted equations, and fit them again.

        Predictor, covariates and clusters stay. Mediators are drawn first, each from its own
        equation with errors of its own, independent of those of the others; the outcome
        follows from them. Errors are normal, with the estimated variance between clusters of
        each level and inside them.

        References
        ----------
        Davison & Hinkley (1997), Bootstrap Methods and their Application, secs. 2.2 and 6.2.
        """
        prepared, likelihood = self.prepared, self.likelihood
        fitted = fit_points(prepared, self.values[None], likelihood)
        scaling = Scaling(np.zeros((1, self.values.shape[1])), np.ones((1, self.values.shape[1])))
        estimates = _Estimates.empty(prepared.equations, scaling, n)
        for part in _parts(n, DATA_CELLS // self.values.size):
            drawn = draw_data_sets(prepared, self.values, fitted, part.stop - part.start, rng)
            again = refit(prepared, drawn, self.values, likelihood)
            estimates.is_estimable[part] = again.is_estimable
            estimates.has_arrived[part] = again.has_arrived
            for number, coefficients in enumerate(again.coefficients):
                estimates.put(number, part, coefficients.T)
        return estimates.collect()

    def _solve(self, estimates: _Estimates, start: int, gram: Array, dropped: Dropped) -> None:
        """Least squares, which also tells in which resamples the columns are independent."""
        estimates.is_estimable[start : start + gram.shape[1]] &= ~dropped.is_alone
        for left_out, at in dropped.patterns():
            here = start + at
            for number, equation in enumerate(self.prepared.equations):
                columns = _columns(equation, left_out)
                found = regress(gram[packed_places(columns)[..., None], at])
                estimates.is_constant[here] |= found.is_flat[1]
                estimates.is_estimable[here] &= found.is_estimable
                estimates.put(number, here, found.coefficients)

    def _search(
        self,
        estimates: _Estimates,
        part: slice,
        weights: Array,
        dropped: Dropped,
        searches: _Searches,
    ) -> None:
        """Mixed models of the resamples in which the columns are independent."""
        for left_out, at in dropped.patterns():
            kept = at[estimates.is_estimable[part][at]]
            if len(kept) == 0:
                continue
            for number, equation in enumerate(self.prepared.equations):
                search = searches.of(_columns(equation, left_out))
                coefficients, has_arrived = fit_resamples(search, weights[:, kept])
                estimates.put(number, part.start + kept, coefficients)
                estimates.has_arrived[part.start + kept] &= has_arrived


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Searches:
    """Equations ready for the search, by their columns, as they come to be needed."""

    moments: ClusterMoments
    likelihood: Likelihood | None
    found: dict[tuple[int, ...], Search]

    def of(self, columns: tuple[int, ...]) -> Search:
        """Give the equation of some columns, that of y last."""
        if columns not in self.found:
            assert self.likelihood is not None
            self.found[columns] = prepare_search(self.moments.of(columns), self.likelihood)
        return self.found[columns]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Estimates:
    """Paths of N resamples as they are found, in the units of the table, and what failed."""

    places: tuple[tuple[tuple[int, ...], slice, Array], ...]
    values: Array
    is_constant: BoolArray
    is_estimable: BoolArray
    has_arrived: BoolArray

    @classmethod
    def empty(cls, equations: tuple[Equation, ...], scaling: Scaling, n: int) -> _Estimates:
        """Prepare for N resamples of columns that were standardised."""
        places, start = [], 0
        width = scaling.width[0]
        for equation in equations:
            at = tuple(k for k, role in enumerate(equation.roles) if role is not None)
            of_x = width[[equation.x_at[k] for k in at]]
            places.append((at, slice(start, start + len(at)), width[equation.y_at] / of_x))
            start += len(at)
        true = np.ones(n, dtype=bool)
        return cls(tuple(places), np.empty((start, n)), ~true, true, true.copy())

    def put(self, number: int, where: slice | IntArray, coefficients: Array) -> None:
        """Keep the paths among the coefficients of an equation, shape (p, ...)."""
        at, rows, units = self.places[number]
        self.values[rows, where] = coefficients[list(at)] * units[:, None]

    def collect(self) -> Resampled:
        """Give the resamples with their failures."""
        causes = (
            (Failure.PREDICTOR_CONSTANT, self.is_constant),
            (Failure.NOT_ESTIMABLE, ~self.is_estimable),
            (Failure.NOT_CONVERGED, ~self.has_arrived),
        )
        return collect(self.values.T, causes)


def _columns(equation: Equation, left_out: frozenset[int]) -> tuple[int, ...]:
    """Columns of x but for those left out, which come after all paths, then that of y."""
    return (*(at for at in equation.x_at if at not in left_out), equation.y_at)


def _parts(n: int, size: int) -> Iterator[slice]:
    size = max(1, size)
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def _weighted_sums(products: Array, counts: Multiplicities) -> Array:
    """Sum over rows, each as often as it was drawn: (n_rows, k) and (N, n_rows) -> (k, N)."""
    sums = np.empty((len(counts), products.shape[1]))
    size = max(1, ROW_CELLS // len(products))
    drawn = np.empty((min(size, len(counts)), len(products)))
    for part in _parts(len(counts), size):
        here = drawn[: part.stop - part.start]
        here[...] = counts[part]
        np.matmul(here, products, out=sums[part])
    return np.ascontiguousarray(sums.T)


def _varying_inside(moments: ClusterMoments, equations: tuple[Equation, ...]) -> Array:
    """Whether left-hand sides differ inside each outermost cluster's innermost ones, 0 or 1."""
    squares = [k * (k + 1) // 2 + k for k in dict.fromkeys(e.y_at for e in equations)]
    varies = moments.deviations[squares] > CONSTANT * moments.outer_sizes
    return varies.astype(np.float64)
