"""Scores at the maximum drawn from what they would have been on a scale without an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray, read_only
from mediation.errors import EstimationError
from mediation.estimation.design import Prepared
from mediation.estimation.nested import tree_of
from mediation.missing.imputation_chains import draw_normal
from mediation.missing.imputation_mixed import Nest, draw_mixed, start_variances
from mediation.missing.imputed import Trace
from mediation.model import MediationModel

# Cells of the matrices of chains that are worked on at once.
CELLS = 1_000_000
CLUSTER_SCALE = 0.5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Drawn:
    """Mediators with the scores at their maximum drawn N times.

    Attributes
    ----------
    values : dict of str to ndarray, shape (N, n_rows)
        Rows as in the design.
    trace : Trace
    """

    values: dict[str, Array]
    trace: Trace


def draw_beyond(
    model: MediationModel,
    prepared: Prepared,
    limits: Mapping[str, float],
    n_chains: int,
    n_iterations: int,
    rng: np.random.Generator,
) -> Drawn:
    """Draw the mediators' scores at their maximum from a two-level Tobit model, N times.

    Each mediator in turn is regressed on the predictor, all covariates, the outcome and the other
    mediators, with the cluster means of these two, and a random intercept for each level of the
    clusters: slopes may differ inside and between clusters. A Gibbs sampler draws coefficients,
    cluster effects and variances, then each score at the maximum from the normal distribution
    beyond it. The chains are independent of each other.

    Parameters
    ----------
    model : MediationModel
    prepared : Prepared
        Its equations on complete rows.
    limits : mapping of str to float
        The maximum of each mediator whose scores are to be drawn; those at or above it are.
    n_chains, n_iterations : int
    rng : numpy.random.Generator

    Returns
    -------
    Drawn

    Raises
    ------
    EstimationError
        If fewer than three scores more than there are regressors lie below a maximum.

    References
    ----------
    Chib (1992), Journal of Econometrics 51, 79-99 (data augmentation for Tobit); Ludtke, Robitzsch
    & Grund (2017), Psychological Methods 22, 141-165 (cluster means among the regressors).
    """
    work = _layout(model, prepared, limits)
    size = max(1, CELLS // work.matrix.size)
    parts = [
        _run(work, min(size, n_chains - start), n_iterations, rng)
        for start in range(0, n_chains, size)
    ]
    back = np.argsort(work.order, kind="stable")
    values = {
        each.name: read_only(np.concatenate([drawn[k] for drawn, _ in parts])[:, back])
        for k, each in enumerate(work.censored)
    }
    moments = np.concatenate([found for _, found in parts], axis=-1)
    names = tuple(each.name for each in work.censored)
    return Drawn(values, Trace(names, read_only(moments[0]), read_only(moments[1])))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Censored:
    """One mediator: columns of it and of its means, rows at its maximum, and its units."""

    name: str
    own: int
    means: IntArray
    at_limit: IntArray
    limit: float
    center: float
    width: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Layout:
    """Columns in SD (n_columns, n_rows), rows sorted by cluster."""

    matrix: Array
    order: IntArray
    nest: Nest
    levels: tuple[int, ...]
    censored: tuple[_Censored, ...]

    def others(self, censored: _Censored) -> IntArray:
        """Columns that explain a mediator: all but its own and its means."""
        found: IntArray = np.setdiff1d(
            np.arange(len(self.matrix)), [censored.own, *censored.means.tolist()]
        )
        return found


def _layout(model: MediationModel, prepared: Prepared, limits: Mapping[str, float]) -> _Layout:
    """Sort rows by cluster, and put columns and cluster means in SD."""
    order, nest = _nest(prepared)
    names = prepared.clusters.names
    levels = tuple(names.index(name) for name in model.split_at or names[-1:])
    raw = {prepared.columns[e.y_at].source: e.y for e in prepared.equations}
    fixed = [c.values for c in prepared.columns if c.source not in raw]
    matrix, units = [_in_sd(values[order])[0] for values in fixed], {}
    for name, values in raw.items():
        scaled, center, width = _in_sd(values[order])
        units[name] = (len(matrix), center, width)
        matrix += [scaled, *_means(scaled[None], nest, levels)[0]]
    censored = []
    for name, limit in limits.items():
        own, center, width = units[name]
        # Quotients may miss the maximum by an ulp.
        at = np.flatnonzero(raw[name][order] >= limit - 1e-9 * max(abs(limit), 1.0))
        n_below = len(order) - len(at)
        if n_below < len(matrix) + 3:
            raise EstimationError(
                f"Scores at the maximum are drawn from those below it. Of `{name}` {n_below} are "
                f"below, and {len(matrix)} coefficients are to be estimated. Leave out covariates."
            )
        means = np.arange(own + 1, own + 1 + len(levels))
        end = (limit - center) / width
        censored.append(_Censored(name, own, means, at, end, center, width))
    return _Layout(np.stack(matrix), order, nest, levels, tuple(censored))


def _nest(prepared: Prepared) -> tuple[IntArray, Nest]:
    """Order of the rows by cluster, and their clusters in that order."""
    clusters, n = prepared.clusters, len(prepared.outcome_equation.y)
    if not clusters.names:
        return np.arange(n), Nest(np.zeros(n, dtype=np.int64), (), ())
    tree = tree_of(clusters.codes)
    of_row = np.repeat(np.arange(len(tree.sizes)), tree.sizes.astype(np.int64))
    counts = tuple(clusters.count(level) for level in range(len(clusters.names)))
    return tree.order, Nest(of_row, counts, tree.parents)


def _in_sd(values: Array) -> tuple[Array, float, float]:
    """Center and scale a column, unless it is constant."""
    width = float(values.std())
    if width <= 1e-13 * float(np.abs(values).max()):
        return values, 0.0, 1.0
    center = float(values.mean())
    return (values - center) / width, center, width


def _means(values: Array, nest: Nest, levels: tuple[int, ...]) -> Array:
    """Cluster means of sorted rows, shape (N, n_rows) -> (N, n_levels, n_rows)."""
    found: Array = np.zeros((len(values), len(levels), values.shape[1]))
    if not levels:
        return found
    at = np.arange(values.shape[1])
    sums, counts = nest.sums(values, at), nest.sums(np.ones(len(at)), at)
    for level in reversed(range(len(nest.sizes))):
        if level in levels:
            found[:, levels.index(level)] = (sums / counts)[:, nest.inner_of(level)[nest.of_row]]
        if level:
            sums, counts = nest.up(sums, level), nest.up(counts, level)
    return found


def _run(
    work: _Layout, n_chains: int, n_iterations: int, rng: np.random.Generator
) -> tuple[list[Array], Array]:
    """Run some chains; gives the mediators in points, and moments of all iterations."""
    matrix = np.repeat(work.matrix[None], n_chains, axis=0)
    everyone = np.arange(matrix.shape[2])
    states = [start_variances(n_chains, len(work.nest.sizes)) for _ in work.censored]
    moments = np.zeros((2, n_iterations, len(work.censored), n_chains))
    for each in work.censored:
        # Chains begin apart: half an SD beyond the end, on average, of one half to one and a half.
        beyond = np.abs(rng.standard_normal((n_chains, len(each.at_limit))))
        beyond *= 0.5 * rng.uniform(0.5, 1.5, (n_chains, 1))
        matrix[:, each.own, each.at_limit] = each.limit + beyond
    for iteration in range(n_iterations):
        for k, (each, state) in enumerate(zip(work.censored, states, strict=True)):
            x, y = matrix[:, work.others(each)], matrix[:, each.own]
            found = draw_mixed(x, y, everyone, work.nest, state, CLUSTER_SCALE, rng)
            at = each.at_limit
            mean = found.predict(x[:, :, at], work.nest.of_row[at])
            drawn = draw_normal(mean, np.sqrt(state.residual), each.limit, np.inf, rng)
            matrix[:, each.own, at] = drawn
            matrix[:, each.means] = _means(matrix[:, each.own], work.nest, work.levels)
            moments[:, iteration, k] = drawn.mean(axis=-1), drawn.std(axis=-1)
    values = [matrix[:, each.own] * each.width + each.center for each in work.censored]
    return values, moments
