"""Bring the effects of a twin to a size for which its scales have room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediation.simulation.twin.aggregates import Aggregates, InterviewScore, Slopes
from mediation.simulation.twin.draw import draw_twin
from mediation.simulation.twin.layout import Layout

# Where so few expected scores lie beyond the scale, what they lose is lost in sampling error.
MOST_BEYOND = 0.005
_STEP = 0.9
_MOST_STEPS = 40
_PILOT_SEED = 1


def make_room(aggregates: Aggregates, layout: Layout) -> Aggregates:
    """Shrink all effects on scores whose expected values would leave their scale.

    A linear effect cannot go on where a scale ends. On a score near its ceiling, effects of the
    size that the study has would push the expected scores of some clients beyond it, and the
    truth would not be what estimators find. Trial draws, which see aggregates alone, say whether
    that is so.

    Parameters
    ----------
    aggregates : Aggregates
    layout : Layout

    Returns
    -------
    Aggregates
        `shrunk` names the scores concerned, with the factor of all their effects.
    """
    factors = dict.fromkeys((score.name for score in aggregates.scores), 1.0)
    found = aggregates
    for _ in range(_MOST_STEPS):
        trial = draw_twin(found, layout, np.random.default_rng(_PILOT_SEED)).drawn
        # The mediator first: outcomes vary with it.
        full = [name for name in factors if trial.beyond[name] > MOST_BEYOND][:1]
        if not full:
            break
        factors[full[0]] *= _STEP
        found = _shrunk(aggregates, factors)
    shrunk = tuple((name, round(f, 2)) for name, f in factors.items() if f < 1)
    return replace(found, shrunk=shrunk)


def _shrunk(aggregates: Aggregates, factors: dict[str, float]) -> Aggregates:
    scores = tuple(_score(score, factors[score.name]) for score in aggregates.scores)
    paths = tuple(
        replace(
            each,
            b_within=_times(each.b_within, factors[each.outcome]),
            b_between=_times(each.b_between, factors[each.outcome]),
            c_prime=_times(each.c_prime, factors[each.outcome]),
        )
        for each in aggregates.paths
    )
    a = _times(aggregates.a, factors[aggregates.scores[0].name])
    return replace(aggregates, scores=scores, paths=paths, a=a)


def _score(score: InterviewScore, factor: float) -> InterviewScore:
    if factor == 1:
        return score
    return replace(
        score,
        slopes=_all(score.slopes, factor),
        baseline_slopes=_all(score.baseline_slopes, factor),
        sd_levels=_all(score.sd_levels, factor),
        baseline_sd_levels=_all(score.baseline_sd_levels, factor),
    )


def _all(slopes: Slopes, factor: float) -> Slopes:
    return tuple((name, _times(value, factor)) for name, value in slopes)


def _times(value: float, factor: float) -> float:
    return round(value * factor, 10)
