"""Clients who take part because their alliance is strong: what all clients would have shown."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import SpecificationError
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.paths import PathBatch, PathEstimates
from mediation.inference.monte_carlo import DrawnSolution, MonteCarlo, draw_paths
from mediation.model import Effect, Form, MediationModel, Term, effects_of
from mediation.sensitivity.selection_paths import weighted_paths
from mediation.sensitivity.selection_result import Selection, SelectionOnMediator, SelectionPoint
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName

# Rows of a cluster in which one may not have most of the weight; of fewer it may.
MANY = 4


def selection_weights(values: Array, odds_ratio: float, share: float, sd: float) -> Array:
    """Weights that turn those who took part into all who could have.

    Taking part has probability P = expit(alpha + log(odds_ratio) v / sd). The mean of 1 / P over
    those who took part is 1 / share, which sets alpha: 1 / P = 1 + (1 / share - 1) t with
    t = odds_ratio^(-v / sd), divided by its mean.

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
        What selection hangs on.
    odds_ratio : float
        Per `sd`.
    share : float
        Of all who could have, the share that took part.
    sd : float

    Returns
    -------
    ndarray, shape (n_rows,)
        1 / P: how many clients each row stands for.

    References
    ----------
    Horvitz & Thompson (1952), Journal of the American Statistical Association 47, 663-685
    (weights); Scharfstein, Rotnitzky & Robins (1999), the same 94, 1096-1120 (a logistic
    selection model whose slope is supposed, and varied).

    Examples
    --------
    >>> weights = selection_weights(np.array([0.0, 1.0, 2.0]), 2.0, 0.5, 1.0)
    >>> weights.round(3).tolist(), float(weights.mean().round(12))
    ([2.714, 1.857, 1.429], 2.0)
    """
    tilt = np.exp(-np.log(odds_ratio) * (values - values.mean()) / sd)
    weights: Array = 1 + (1 / share - 1) * tilt / tilt.mean()
    return weights


def selection_on_mediator(
    model: MediationModel,
    frame: pd.DataFrame,
    effect: EffectName,
    level: Level,
    rng: np.random.Generator,
    *,
    mediator: str | None = None,
    interval: MonteCarlo | None = None,
    options: Selection | None = None,
) -> SelectionOnMediator:
    """Repeat an analysis with weights that undo a supposed selection on the mediator.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        One row per client; rows with a missing value are left out.
    effect : EffectName
    level : Level
        As in the effects of a result.
    rng : numpy.random.Generator
        Its next draws serve all strengths, so that these differ by the weights alone.
    mediator : str, optional
        Left out, the only one.
    interval : MonteCarlo, optional
    options : Selection, optional

    Returns
    -------
    SelectionOnMediator

    Raises
    ------
    SpecificationError
        If `mediator` is none of the model's, or the model has no such effect with a number.
    EstimationError
        If the model cannot be estimated with some of the weights.

    Notes
    -----
    Given the mediator, those who took part do not differ from all others in the outcome: b is
    what it was. The path a is not, since the mediator is its outcome: the weak of every team are
    missing, most of all where many are weak, and differences between teams shrink. Selection that
    hangs on the outcome too, or on anything that moves it, biases b as well; no weight here
    undoes that. Weights are exact for many rows in every cluster. With few they undo part of the
    bias of a, the less the stronger the selection: weighted means of small clusters lean to those
    who took part.

    Examples
    --------
    >>> data = np.random.default_rng(1)
    >>> x = data.normal(size=2000)
    >>> m = x + data.normal(size=2000)
    >>> frame = pd.DataFrame({"x": x, "m": m, "y": m + data.normal(size=2000)})
    >>> frame = frame[data.uniform(size=2000) < 1 / (1 + np.exp(-m))]
    >>> found = selection_on_mediator(MediationModel("x", ("m",), "y"), frame, EffectName.INDIRECT,
    ...     Level.SINGLE, np.random.default_rng(1), options=Selection((4.0,), (0.5,)))
    >>> plain, weighted = found.points
    >>> round(plain.a.estimate, 1), round(weighted.a.estimate, 1)
    (0.8, 1.1)
    """
    options, interval = options or Selection(), interval or MonteCarlo()
    if mediator is None and len(model.mediators) == 1:
        mediator = model.mediators[0]
    if mediator not in model.mediators:
        raise SpecificationError(
            f"`mediator` must be one of: {', '.join(model.mediators)}. Found {mediator}. Name one."
        )
    prepared = prepare(model, frame)
    values = prepared.mediator_equations[model.mediators.index(mediator)].y
    sd = options.reference_sd or float(values.std(ddof=1))
    strengths = [(1.0, float("nan"))]
    strengths += [(r, share) for share in options.shares for r in sorted(options.odds_ratios)]
    weights = np.stack(
        [
            np.ones(len(values)) if ratio == 1 else selection_weights(values, ratio, share, sd)
            for ratio, share in strengths
        ]
    )
    batch = weighted_paths(model, prepared, weights)
    wanted = _find(model, prepared, batch, effect, level, mediator)
    points = tuple(
        _point(
            batch[k],
            wanted,
            mediator,
            interval,
            deepcopy(rng),
            strength,
            _Weighted.of(values, weights[k], prepared),
        )
        for k, strength in enumerate(strengths)
    )
    label = "least squares with weights (HC3)"
    if prepared.clusters.names:
        label = "mixed models with weights (REML, Kenward-Roger; CR2 for b within)"
    return SelectionOnMediator(
        mediator=mediator,
        effect=effect,
        level=level,
        conf_level=interval.conf_level,
        options=options,
        points=points,
        n_rows=len(values),
        engine_label=label,
    )


@dataclass(frozen=True, slots=True)
class _Weighted:
    """The mediator with one set of weights, and how few rows these leave to speak."""

    mean: float
    sd: float
    effective_n: float
    largest_share: float

    @classmethod
    def of(cls, values: Array, weights: Array, prepared: Prepared) -> _Weighted:
        n = len(values)
        share = weights / weights.sum()
        mean = float(share @ values)
        sd = float(np.sqrt(share @ (values - mean) ** 2 * n / (n - 1)))
        codes = prepared.clusters.codes
        code = codes[-1] if codes else np.zeros(n, dtype=np.int64)
        sizes = np.bincount(code)[code]
        of_cluster = weights / np.bincount(code, weights)[code]
        scaled = of_cluster * sizes
        many = sizes >= MANY
        largest = float(of_cluster[many].max()) if many.any() else 0.0
        return cls(mean, sd, float(n * n / (scaled @ scaled)), largest)


def _point(
    paths: PathEstimates,
    wanted: Effect,
    mediator: str,
    interval: MonteCarlo,
    rng: np.random.Generator,
    strength: tuple[float, float],
    weighted: _Weighted,
) -> SelectionPoint:
    """Give effect, paths and mediator at one strength."""
    solution = DrawnSolution(paths, interval, draw_paths(paths, interval, rng))
    return SelectionPoint(
        odds_ratio=strength[0],
        share=strength[1],
        effective_n=weighted.effective_n,
        largest_share=weighted.largest_share,
        mean=weighted.mean,
        sd=weighted.sd,
        a=solution.estimate(_path(paths, PathName.A, mediator)),
        b=solution.estimate(_path(paths, PathName.B, mediator)),
        effect=solution.estimate(wanted.form),
    )


def _find(
    model: MediationModel,
    prepared: Prepared,
    batch: PathBatch,
    effect: EffectName,
    level: Level,
    mediator: str,
) -> Effect:
    """Find the effect asked for, through the mediator if it runs through one."""
    every = effects_of(
        batch.parameters,
        model.mediators,
        predictor_varies=prepared.predictor_varies,
        not_identified=prepared.not_identified,
    )
    for each in every:
        is_named = (each.name, each.level) == (effect, level) and each.mediator in (None, mediator)
        if is_named and each.status is EffectStatus.DEFINED:
            return each
    has = ", ".join(
        f"{e.name.value} {e.level.value}" for e in every if e.status is EffectStatus.DEFINED
    )
    raise SpecificationError(
        f"The effect must be one of the model that has a number: {has}. Found {effect.value} "
        f"{level.value}. Name one of them."
    )


def _path(paths: PathEstimates, path: PathName, mediator: str) -> Form:
    """Give the first path of that name: b within before b between."""
    names = paths.parameters
    at = next(k for k, p in enumerate(names) if p.path is path and p.mediator == mediator)
    return Form((Term(np.eye(len(names))[at]),))
