"""Chained equations: every incomplete column is drawn given all others, again and again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from mediation.arrays import Array, BoolArray, IntArray
from mediation.missing.imputation_columns import Coded
from mediation.missing.imputation_matching import match_donors
from mediation.missing.imputation_mixed import Variances, draw_mixed, start_variances
from mediation.missing.imputation_options import Imputation
from mediation.missing.imputation_variables import Items, Variable


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the columns of the matrix that all regressions share are.

    Attributes
    ----------
    n_columns : int
        The first is the intercept.
    own : dict of str to ndarray of int
        Columns of each variable.
    means : dict of str to ndarray of int
        Columns of its cluster means, one for each level at which mediators are split.
    """

    n_columns: int
    own: dict[str, IntArray]
    means: dict[str, IntArray]

    def others(self, name: str) -> IntArray:
        """Columns that explain a variable: all but its own."""
        taken = np.concatenate([self.own[name], self.means.get(name, self.own[name][:0])])
        found: IntArray = np.setdiff1d(np.arange(self.n_columns), taken)
        return found


@dataclass(slots=True, eq=False)
class Chains:
    """N chains at work: values change in place until the last iteration.

    Attributes
    ----------
    coded : Coded
    layout : Layout
    matrix : ndarray, shape (N, n_columns, n_rows)
        Intercept, variables in SD, their cluster means.
    items : dict of str to ndarray, shape (N, n_items, n_rows)
        Items of each score that is imputed by them.
    states : dict of (str, int) to Variances
        Of every regression, by variable and indicator or item.
    """

    coded: Coded
    layout: Layout
    matrix: Array
    scale: float
    rng: np.random.Generator
    items: dict[str, Array] = field(default_factory=dict)
    states: dict[tuple[str, int], Variances] = field(default_factory=dict)

    def visit(self, variable: Variable) -> None:
        """Draw the missing values of one variable given all others."""
        if variable.items is not None:
            self._visit_items(variable, variable.items)
        elif variable.levels:
            self._visit_category(variable)
        else:
            self._visit_number(variable)
        self.renew_means(variable)

    def renew_means(self, variable: Variable) -> None:
        """Make the cluster means of a variable anew."""
        if variable.name in self.layout.means:
            values = self.matrix[:, self.layout.own[variable.name]][:, 0]
            means = self.cluster_means(values)
            self.matrix[:, self.layout.means[variable.name]] = means

    def cluster_means(self, values: Array) -> Array:
        """Means at each level of the split, shape (N, n_rows) -> (N, n_levels, n_rows)."""
        nest = self.coded.nest
        at = np.arange(values.shape[1])
        sums, counts = nest.sums(values, at), nest.sums(np.ones(len(at)), at)
        means = {}
        for level in reversed(range(len(nest.sizes))):
            if level in self.coded.mean_levels:
                means[level] = (sums / counts)[:, nest.inner_of(level)[nest.of_row]]
            if level:
                sums, counts = nest.up(sums, level), nest.up(counts, level)
        return np.stack([means[level] for level in self.coded.mean_levels], axis=1)

    def _regress(
        self, key: tuple[str, int], x: Array, y: Array, missing: IntArray, observed: IntArray
    ) -> tuple[Array, Array, Array]:
        """Draw a regression; gives predictions where missing and where observed, and the SD."""
        nest = self.coded.nest
        n_chains = len(x)
        state = self.states.setdefault(key, start_variances(n_chains, len(nest.sizes)))
        seen = np.ascontiguousarray(x[:, :, observed])
        drawn = draw_mixed(seen, y[..., observed], observed, nest, state, self.scale, self.rng)
        cluster = nest.of_row
        unseen = drawn.predict(x[:, :, missing], cluster[missing])
        return unseen, drawn.predict(seen, cluster[observed]), np.sqrt(state.residual)

    def _visit_number(self, variable: Variable) -> None:
        missing, observed = np.flatnonzero(variable.missing), np.flatnonzero(~variable.missing)
        x = self.matrix[:, self.layout.others(variable.name)]
        y = variable.values[0]
        mean, _, sd = self._regress((variable.name, 0), x, y, missing, observed)
        drawn = draw_normal(mean, sd, variable.low, variable.high, self.rng)
        self.matrix[:, self.layout.own[variable.name][0], missing] = drawn

    def _visit_category(self, variable: Variable) -> None:
        missing, observed = np.flatnonzero(variable.missing), np.flatnonzero(~variable.missing)
        x = self.matrix[:, self.layout.others(variable.name)]
        wanted, offered = [], []
        for number, y in enumerate(variable.values):
            unseen, seen, _ = self._regress((variable.name, number), x, y, missing, observed)
            wanted.append(unseen)
            offered.append(seen)
        donors = match_donors(np.stack(wanted, 1), np.stack(offered, 1), self.rng)
        taken = np.moveaxis(variable.values[:, observed[donors]], 0, 1)
        self.matrix[:, self.layout.own[variable.name][:, None], missing] = taken

    def _visit_items(self, variable: Variable, items: Items) -> None:
        """Draw each item given the mean of its siblings and all other variables; score them.

        Of rows without any item the score is drawn instead: items that know each other by what was
        drawn for them would hold each other where they are for many iterations.
        """
        name = variable.name
        own = self.layout.own[name][0]
        means = self.layout.means.get(name)
        values = self.items[name]
        blank = np.isnan(items.values).all(axis=0)
        x = self.matrix.copy()
        total = values.sum(axis=1)
        for number, y in enumerate(items.values):
            is_missing = np.isnan(y)
            missing, observed = np.flatnonzero(is_missing & ~blank), np.flatnonzero(~is_missing)
            if not len(missing):
                continue
            siblings = (total - values[:, number]) / (len(items.values) - 1)
            x[:, own] = siblings
            if means is not None:
                x[:, means] = self.cluster_means(siblings)
            mean, _, sd = self._regress((name, number), x, y, missing, observed)
            drawn = draw_normal(mean, sd, -np.inf, np.inf, self.rng)
            total[:, missing] += drawn - values[:, number, missing]
            values[:, number, missing] = drawn
        at = np.flatnonzero(~blank)
        self.matrix[:, own, at] = items.score(values[:, :, at], variable)
        if blank.any():
            self._draw_blank(variable, np.flatnonzero(blank), at)

    def _draw_blank(self, variable: Variable, blank: IntArray, at: IntArray) -> None:
        """Draw the score of rows without any item given all other variables.

        Their items, which enter cluster means of siblings alone, all get what goes with the score.
        """
        own, values = self.layout.own[variable.name][0], self.items[variable.name]
        x = self.matrix[:, self.layout.others(variable.name)]
        y = self.matrix[:, own]
        mean, _, sd = self._regress((variable.name, -1), x, y, blank, at)
        drawn = draw_normal(mean, sd, -np.inf, np.inf, self.rng)
        self.matrix[:, own, blank] = drawn
        level, scores = values[:, :, at].mean(axis=1), self.matrix[:, own, at]
        slope = (level * scores).sum(axis=1) / (scores**2).sum(axis=1)
        values[:, :, blank] = (slope[:, None] * drawn)[:, None]


def draw_normal(mean: Array, sd: Array, low: float, high: float, rng: np.random.Generator) -> Array:
    """Draw normal values between two limits.

    Parameters
    ----------
    mean : ndarray, shape (N, n)
    sd : ndarray, shape (N,)
    low, high : float
        May be infinite.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (N, n)

    Examples
    --------
    >>> drawn = draw_normal(np.zeros((1, 3)), np.ones(1), 5.0, 6.0, np.random.default_rng(1))
    >>> bool(drawn.min() > 5.0), bool(drawn.max() < 6.0)
    (True, True)
    """
    sd = sd[:, None]
    if not np.isfinite([low, high]).any():
        return mean + sd * rng.standard_normal(mean.shape)
    # Only the lower tail has digits to spare: limits above the mean are drawn mirrored.
    is_above = low + high > 2 * mean
    side = np.where(is_above, -1.0, 1.0)
    ends = np.sort(np.stack([side * (low - mean) / sd, side * (high - mean) / sd]), axis=0)
    below, above = ndtr(ends)
    drawn = mean + side * sd * ndtri(below + (above - below) * rng.random(mean.shape))
    # So far off that nothing has a probability: the nearer limit.
    drawn = np.where(above > 0, drawn, np.where(is_above, low, high))
    return np.clip(drawn, low, high)


def start_chains(
    coded: Coded, options: Imputation, n_chains: int, rng: np.random.Generator
) -> Chains:
    """Begin with values drawn at random from the observed ones, for each chain its own."""
    own, means, at = {}, {}, 1
    for variable in coded.variables:
        own[variable.name] = np.arange(at, at + len(variable.values))
        at += len(variable.values)
    for variable in coded.variables:
        is_explaining = variable.name in coded.with_means and not variable.levels
        if is_explaining and coded.mean_levels:
            means[variable.name] = np.arange(at, at + len(coded.mean_levels))
            at += len(coded.mean_levels)
    layout = Layout(at, own, means)
    matrix = np.ones((n_chains, at, len(coded.rows)))
    chains = Chains(coded, layout, matrix, options.cluster_scale, rng)
    for variable in coded.variables:
        if variable.items is None:
            matrix[:, own[variable.name]] = _filled(
                variable.values, variable.missing, n_chains, rng
            )
        else:
            answers = [_filled(y[None], np.isnan(y), n_chains, rng) for y in variable.items.values]
            values = chains.items[variable.name] = np.concatenate(answers, axis=1)
            matrix[:, own[variable.name][0]] = variable.items.score(values, variable)
        chains.renew_means(variable)
    return chains


def _filled(values: Array, missing: BoolArray, n_chains: int, rng: np.random.Generator) -> Array:
    """Fill in values of observed rows drawn at random, shape (k, n) -> (N, k, n)."""
    found = np.repeat(values[None], n_chains, axis=0)
    at, observed = np.flatnonzero(missing), np.flatnonzero(~missing)
    if len(at):
        donors = observed[rng.integers(len(observed), size=(n_chains, len(at)))]
        found[:, :, at] = np.moveaxis(values[:, donors], 0, 1)
    return found
