"""The clusters of a twin: their sizes, their effects and their assessments of fidelity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.simulation.twin.aggregates import Aggregates, FidelityScore, LevelSizes, Slopes
from mediation.simulation.twin.censored import Scale
from mediation.simulation.twin.exposure import Assessments

DAYS_PER_MONTH = 30.4375
# Effects of clusters are normal, cut off here, so that expected scores stay on their scale.
CUT = 2.0
_SD_CUT = 0.8796256610342398
# Sizes of clusters differ by at most this factor from their mean.
_SMALLEST, _LARGEST = 0.25, 3.0
_LEAST_GAP_MONTHS = 0.5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Places:
    """Where the clients of a twin are.

    Attributes
    ----------
    codes : tuple of ndarray, shape (n_clients,) each
        Cluster of each client, levels in the order of the aggregates.
    outer : tuple of ndarray, shape (n_scored,) each
        Clusters of each level of the scored clusters, these last.
    assessments : Assessments
        Months from the first round of the plan.
    effects : dict of str to ndarray, shape (n_clients, 2)
        Standard effects of the clusters on each score times their SDs: at the first wave, later.
    """

    codes: tuple[IntArray, ...]
    outer: tuple[IntArray, ...]
    assessments: Assessments
    effects: dict[str, Array]


def draw_places(
    aggregates: Aggregates, scored_level: str, in_days: bool, rng: np.random.Generator
) -> Places:
    """Draw clusters and their fidelity.

    Parameters
    ----------
    aggregates : Aggregates
    scored_level : str
        Level that fidelity is scored for.
    in_days : bool
        Whether assessments have dates, which are whole days.
    rng : numpy.random.Generator

    Returns
    -------
    Places
    """
    codes = _draw_codes(aggregates, rng)
    depth = [level.name for level in aggregates.levels].index(scored_level)
    first = np.unique(codes[depth], return_index=True)[1]
    outer = tuple(code[first] for code in codes[: depth + 1])
    months = _draw_rounds(aggregates, len(first), in_days, rng)
    scores = {each.name: _draw_fidelity(each, outer, months, rng) for each in aggregates.fidelity}
    effects = {}
    for score in aggregates.scores:
        parts = (score.baseline_sd_levels, score.sd_levels)
        effects[score.name] = np.column_stack([_draw_effects(p, codes, rng) for p in parts])
    return Places(codes, outer, Assessments(months, scores), effects)


def _draw_codes(aggregates: Aggregates, rng: np.random.Generator) -> tuple[IntArray, ...]:
    """Divide the clients among clusters, level by level."""
    parents = np.array([aggregates.n_clients])
    codes = []
    for level in aggregates.levels:
        # Larger clusters take more of the clusters inside them.
        children = 1 + _divide(level.n - len(parents), parents.astype(float))
        spread = _spread_inside(level, parents / children, children)
        sizes = []
        for size, n_children in zip(parents, children, strict=True):
            # Shares of a whole differ less than the weights they are made of.
            own_spread = spread * (n_children / max(n_children - 1, 1)) ** 0.5
            weights = 1 + own_spread * rng.standard_normal(n_children)
            weights = np.clip(weights, _SMALLEST, _LARGEST)
            least = min(1, size // n_children)
            sizes.append(least + _divide(int(size) - least * int(n_children), weights))
        parents = np.concatenate(sizes)
        codes.append(np.repeat(np.arange(len(parents)), parents))
    return tuple(codes)


def _spread_inside(level: LevelSizes, shares: Array, children: IntArray) -> float:
    """Relative SD of sizes inside the clusters around, which leaves the SD of the level.

    `shares` are the sizes that equal parts would have: how these differ is there already.
    """
    even = np.repeat(shares, children)
    around = float(even.var(ddof=1)) if len(even) > 1 else 0.0
    return float(max(level.sd**2 - around, 0.0) ** 0.5 / max(level.mean, 1e-9))


def _divide(total: int, weights: Array) -> IntArray:
    """Divide a whole number in proportion to weights, the largest remainders rounded up."""
    exact = max(total, 0) * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    rest = max(total, 0) - int(whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:rest]] += 1
    divided: IntArray = whole
    return divided


def _draw_rounds(
    aggregates: Aggregates, n_clusters: int, in_days: bool, rng: np.random.Generator
) -> Array:
    """Months of the assessments, shape (n_clusters, n_rounds); NaN where there is none."""
    plan = aggregates.schedule
    shape = (n_clusters, len(plan.rounds))
    shift = np.clip(rng.standard_normal(shape), -CUT, CUT)
    months = np.array(plan.rounds) + np.array(plan.round_sds) * shift
    for k in range(1, shape[1]):
        months[:, k] = np.maximum(months[:, k], months[:, k - 1] + _LEAST_GAP_MONTHS)
    months = whole_days(months) if in_days else np.round(months, 2)
    absent = rng.random(shape) >= np.array(plan.round_shares)
    absent[:, 0] = False
    return np.where(absent, np.nan, months)


def whole_days(months: Array) -> Array:
    """Round months to whole days."""
    days: Array = np.rint(months * DAYS_PER_MONTH) / DAYS_PER_MONTH
    return days


def _draw_fidelity(
    score: FidelityScore,
    outer: tuple[IntArray, ...],
    months: Array,
    rng: np.random.Generator,
) -> Array:
    """Scores of the assessments, in whole units of the scale."""
    n = len(outer[-1])
    t = np.where(np.isnan(months), 0.0, months)
    effects = _draw_effects(score.sd_levels, outer, rng)
    middle = float(t.mean())
    slope = score.sd_slope * rng.standard_normal(n)
    expected = score.level + score.slope * t + score.curve * t**2
    expected = expected + effects[:, None] + slope[:, None] * (t - middle)
    values = expected + score.sd_occasion * rng.standard_normal(t.shape)
    missing = rng.random(t.shape) < score.missing
    # Without any score a cluster would have no fidelity at all.
    missing[:, 0] = False
    missing |= np.isnan(months)
    return np.where(missing, np.nan, nearest_unit(values, score.scale))


def nearest_unit(values: Array, scale: Scale) -> Array:
    """Round to units counted from the low end, and put what is beyond the scale on its ends."""
    start = scale.low if np.isfinite(scale.low) else 0.0
    steps = np.rint((values - start) / scale.unit) if scale.unit > 0 else values - start
    unit = scale.unit if scale.unit > 0 else 1.0
    rounded: Array = np.clip(np.round(start + steps * unit, 6), scale.low, scale.high)
    return rounded


def _draw_effects(sds: Slopes, codes: tuple[IntArray, ...], rng: np.random.Generator) -> Array:
    """Sum of the effects of all levels, one value for each row of the codes."""
    total: Array = np.zeros(len(codes[0]))
    for (_, sd), code in zip(sds, codes, strict=False):
        effect = rng.standard_normal(int(code.max()) + 1)
        beyond = np.abs(effect) > CUT
        while beyond.any():
            effect[beyond] = rng.standard_normal(int(beyond.sum()))
            beyond = np.abs(effect) > CUT
        total = total + sd / _SD_CUT * effect[code]
    return total
