"""Aggregates of interview scores: means, spread between clusters, and what is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.simulation.twin.aggregates import InterviewScore, Paths, Slopes
from mediation.simulation.twin.cells import CellFit
from mediation.simulation.twin.components import nested_variances
from mediation.simulation.twin.measure_slopes import (
    Regressors,
    measure_covariate_slopes,
    slope_columns,
)
from mediation.simulation.twin.measure_structure import resolution
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.rounding import (
    coarse,
    coarse_correlation,
    coarse_slope,
    published,
    share_of,
)
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR

# Two interviews of one client are never alike but for their scores' unit.
_MOST_STABLE = 0.95


def regressors_of(panel: Panel) -> Regressors:
    """Columns that slopes multiply: of clients, at the first wave, and calendar months."""
    columns: dict[str, Array] = {}
    for name in panel.layout.covariates:
        if not panel.layout.is_category(name):
            columns[name] = panel.units[name].to_numpy(dtype=float)[:, None]
            continue
        values = panel.units[name].astype(object).to_numpy()
        missing = panel.units[name].isna().to_numpy()
        for level in panel.layout.manifest.variable(name).levels:
            dummy = np.where(missing, np.nan, (values == level).astype(float))
            columns[f"{name}[{level}]"] = dummy[:, None]
    for name, scores in panel.scores.items():
        columns[f"{name}{BASELINE_SUFFIX}"] = scores[:, :1]
    columns[CALENDAR] = panel.dates - float(np.nanmin(panel.assessments.months))
    return Regressors(columns)


def is_separate(panel: Panel) -> bool:
    """Whether the mediator at the first wave is a covariate, and so has an equation of its own."""
    layout = panel.layout
    name = f"{layout.mediator}{BASELINE_SUFFIX}"
    return any(
        name in slope_columns(panel, outcome, of_mediator, 1)
        for outcome in layout.outcomes
        for of_mediator in (True, False)
    )


def measure_mediator(
    panel: Panel, cells: tuple[CellFit, ...], a: float, minimum: int
) -> tuple[InterviewScore, Array]:
    """Describe the mediator, and give what its equation leaves, shape (n_clients, n_waves)."""
    layout = panel.layout
    slopes = measure_covariate_slopes(cells, panel, layout.outcomes[0], 0, minimum)
    values = panel.scores[layout.mediator]
    part = regressors_of(panel).part(slopes)
    left = values - a * _centered(panel.fidelity) - part
    baseline: tuple[Slopes, Slopes, float] = ((), (), 0.0)
    follow_up, first = left.copy(), left[:, 0]
    if is_separate(panel):
        follow_up[:, 0] = np.nan
        baseline, first = _baseline(panel, layout.mediator, slopes, minimum)
    follow_up = _centered(follow_up)
    left = np.column_stack([first, follow_up[:, 1:]])
    return _score(panel, layout.mediator, slopes, follow_up, baseline, minimum), left


def measure_other(
    panel: Panel,
    name: str,
    cells: tuple[CellFit, ...],
    paths: Paths | None,
    minimum: int,
) -> tuple[InterviewScore, Array]:
    """Describe an outcome, or a score with no part in the models, likewise."""
    values = panel.scores[name]
    slopes: Slopes = ()
    own: Array = np.zeros((1, 1))
    if paths is not None:
        slopes = measure_covariate_slopes(cells, panel, name, 1, minimum)
        own = _paths_part(panel, paths)
    regressors = regressors_of(panel)
    left = _centered(values - own - _late(panel, name, regressors, slopes))
    left[:, 0] = np.nan
    if f"{name}{BASELINE_SUFFIX}" not in dict(slopes):
        retest = _retest(left, values[:, :1])
        slopes = (*slopes, (f"{name}{BASELINE_SUFFIX}", retest))
        left = _centered(left - retest * _centered(values[:, :1]))
    of_clients = tuple((k, v) for k, v in slopes if _is_of_client(panel, k))
    baseline, first = _baseline(panel, name, of_clients, minimum)
    score = _score(panel, name, slopes, left, baseline, minimum)
    score = replace(score, sd_error=_error_sd(panel, score, left, minimum))
    left[:, 0] = first
    return score, left


def _error_sd(panel: Panel, score: InterviewScore, left: Array, minimum: int) -> float:
    """SD inside clusters of what is left of an outcome at the waves that its model explains.

    At others the mediator of the twin may be of another wave than the one that acts in the
    study, and what is left too large for what the twin explains.
    """
    layout = panel.layout
    pairs = layout.known_pairs(score.name) if score.name in layout.outcomes else ()
    values = left[:, [layout.waves.index(wave) for _, wave in pairs]]
    client, wave = np.nonzero(np.isfinite(values))
    n = len(np.unique(client))
    if n < 2 * minimum:
        return score.sd_error
    codes = tuple(_renumbered(code[client]) for code in panel.codes)
    sd = nested_variances(values[client, wave], codes, minimum)[-1] ** 0.5
    return coarse(sd, sd, n)


def _late(panel: Panel, name: str, regressors: Regressors, slopes: Slopes) -> Array:
    """Part of the covariates; calendar time is that of the mediator's interview."""
    calendar = regressors.columns[CALENDAR][:, sources_of(panel, name)]
    return Regressors({**regressors.columns, CALENDAR: calendar}).part(slopes)


def sources_of(panel: Panel, name: str) -> IntArray:
    """Column of the interview whose mediator acts on a score, for each wave."""
    layout = panel.layout
    if name not in layout.outcomes:
        return np.arange(len(layout.waves))
    found = [layout.waves.index(layout.mediator_wave(name, wave)) for wave in layout.waves]
    return np.array(found, dtype=np.int64)


def _paths_part(panel: Panel, paths: Paths) -> Array:
    """Part of fidelity and mediator in an outcome."""
    layout, source = panel.layout, sources_of(panel, paths.outcome)
    mediator = panel.scores[layout.mediator][:, source]
    clusters = layout.entry(paths.outcome).clusters
    if clusters:
        code = panel.codes[panel.levels.index(clusters[-1])]
        means = np.stack([_means(column, code) for column in mediator.T], axis=1)
    else:
        means = np.zeros_like(mediator)
    part = paths.b_within * (mediator - means) + paths.b_between * _centered(means)
    return part + paths.c_prime * _centered(panel.fidelity[:, source])


def _means(values: Array, code: IntArray) -> Array:
    """Mean of each row's cluster, over the rows that have a value."""
    known = np.isfinite(values)
    n = np.bincount(code[known], minlength=int(code.max()) + 1)
    total = np.bincount(code[known], values[known], minlength=len(n))
    means: Array = np.where(n > 0, total / np.maximum(n, 1), np.nan)[code]
    return means


def _centered(values: Array) -> Array:
    """Take the mean of each wave off; a wave without values stays without."""
    known = np.isfinite(values)
    n = np.maximum(known.sum(axis=0), 1)
    centered: Array = values - np.where(known, values, 0.0).sum(axis=0) / n
    return centered


def _retest(left: Array, first: Array) -> float:
    """Slope of later on first scores, where the model has none."""
    x = np.broadcast_to(_centered(first), left.shape)
    both = np.isfinite(left) & np.isfinite(x)
    square = float(np.sum(x[both] ** 2))
    if square == 0:
        return 0.0
    slope = float(np.sum(x[both] * left[both])) / square
    error = float(np.std(left[both] - slope * x[both])) / square**0.5
    return coarse_slope(slope, error, int(both.any(axis=1).sum()))


def _is_of_client(panel: Panel, name: str) -> bool:
    return name.split("[")[0] in panel.layout.covariates


def _baseline(
    panel: Panel, name: str, slopes: Slopes, minimum: int
) -> tuple[tuple[Slopes, Slopes, float], Array]:
    """Slopes on columns of clients at the first wave, SDs, and what is left of each client."""
    y = panel.scores[name][:, 0]
    names = tuple(k for k, _ in slopes if _is_of_client(panel, k))
    columns = regressors_of(panel).columns
    x = np.column_stack([np.ones(len(y)), *(columns[k][:, 0] for k in names)])
    rows = np.isfinite(y) & np.isfinite(x).all(axis=1)
    left: Array = np.full(len(y), np.nan)
    if rows.sum() < minimum * (x.shape[1] + 1):
        return ((), (), 0.0), left
    found = np.linalg.lstsq(x[rows], y[rows], rcond=None)[0]
    left[rows] = y[rows] - x[rows] @ found
    codes = tuple(_renumbered(code[rows]) for code in panel.codes)
    variances = nested_variances(left[rows], codes, minimum)
    errors = left[rows].std() * np.diag(np.linalg.pinv(x[rows].T @ x[rows])) ** 0.5
    n, sd = int(rows.sum()), float(variances[-1] ** 0.5)
    fitted = tuple(
        (name, coarse_slope(float(slope), float(error), n))
        for name, slope, error in zip(names, found[1:], errors[1:], strict=True)
    )
    return (fitted, _sds(panel, variances), coarse(sd, sd, n)), left


def _score(
    panel: Panel,
    name: str,
    slopes: Slopes,
    left: Array,
    baseline: tuple[Slopes, Slopes, float],
    minimum: int,
) -> InterviewScore:
    """Put the description together; `left` is what the equation leaves."""
    values = panel.scores[name]
    client, wave = np.nonzero(np.isfinite(left))
    codes = tuple(_renumbered(code[client]) for code in (*panel.codes, np.arange(len(left))))
    *between, error = nested_variances(left[client, wave], codes, minimum)
    own = between.pop()
    stability = own / (own + error) if own + error > 0 else 0.0
    n = np.isfinite(values).sum(axis=0)
    overall, spread = float(np.nanmean(values)), float(np.nanstd(values))
    means = [
        float(np.nanmean(column)) if enough else overall
        for column, enough in zip(values.T, n >= minimum, strict=True)
    ]
    n_people, sd = len(np.unique(client)), (own + error) ** 0.5
    return InterviewScore(
        name=name,
        scale=panel.layout.scale(name, resolution(values)),
        means=tuple(coarse(m, spread, max(int(k), minimum)) for m, k in zip(means, n, strict=True)),
        slopes=slopes,
        baseline_slopes=baseline[0],
        sd_levels=_sds(panel, (*between, 0.0)),
        baseline_sd_levels=baseline[1],
        sd_error=coarse(sd, sd, n_people),
        baseline_sd_error=baseline[2],
        stability=min(coarse_correlation(stability, n_people), _MOST_STABLE),
        missing=_missing(panel.held, np.isfinite(values), minimum),
    )


def _missing(held: BoolArray, known: BoolArray, minimum: int) -> float:
    """Share of interviews without the score; one person's many interviews are not many people."""
    without = held & ~known
    people = (int(without.any(axis=1).sum()), int((held & known).any(axis=1).sum()))
    return share_of(int(without.sum()), int(held.sum()), minimum, people)


def _sds(panel: Panel, variances: tuple[float, ...]) -> Slopes:
    return tuple(
        (level, published(v**0.5, 2)) for level, v in zip(panel.levels, variances, strict=False)
    )


def _renumbered(code: IntArray) -> IntArray:
    return np.unique(code, return_inverse=True)[1].astype(np.int64)
