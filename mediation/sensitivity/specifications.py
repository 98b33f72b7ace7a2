"""One effect by many specifications: tables in, an effect with limits out of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from mediation.errors import InferenceError, MediationError
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.paths import Fit
from mediation.inference.infer import NO_NUMBER
from mediation.inference.interval import Interval
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.product_distribution import ProductDistribution
from mediation.inference.result import EffectEstimate
from mediation.inference.streams import one_thread, run_all
from mediation.missing.imputation import impute
from mediation.missing.imputation_options import Imputation, ScoreItems
from mediation.model import MediationModel
from mediation.sensitivity.imputed_batch import ImputedModel
from mediation.vocabulary import Convergence, EffectStatus, Level

# Draws for paths that covary: with t paths their product has no known distribution.
N_DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Specification:
    """One way to analyze a table.

    Attributes
    ----------
    model : MediationModel
    engine : Engine
    effects : tuple of (str, str)
        Effects and levels wanted, each through every mediator.
    seed : tuple of int
        Of what is drawn; the numbers do not depend on the other specifications.
    imputation : Imputation or None
        None where rows are complete or the engine takes them as they are.
    items : tuple of ScoreItems
        Of scores that are imputed by their items.
    imputation_seed : tuple of int
        Specifications of one table with the same model, imputation and seed share what is drawn.
    """

    model: MediationModel
    engine: Engine
    effects: tuple[tuple[str, str], ...]
    seed: tuple[int, ...]
    imputation: Imputation | None = None
    items: tuple[ScoreItems, ...] = ()
    imputation_seed: tuple[int, ...] = ()


Found = tuple[EffectEstimate, ...] | str
"""What a specification gives: effects in the order asked for, or why there is none."""
Work = tuple[pd.DataFrame, tuple[Specification, ...]]


def fit_specifications(
    work: Sequence[Work], *, conf_level: float = 0.95, n_workers: int = 1
) -> tuple[tuple[Found, ...], ...]:
    """Fit every specification to its table.

    Limits are those of the distribution of the product with t paths (`ProductDistribution`), and
    from 4,000 t draws where paths covary (imputed tables).

    Parameters
    ----------
    work : sequence of (DataFrame, tuple of Specification)
        Tables with the specifications that are fitted to each.
    conf_level : float
    n_workers : int
        Processes; -1 is one for each processor. The numbers do not depend on it.

    Returns
    -------
    tuple of tuple
        For each table and specification the effects wanted, mediator by mediator; or a text that
        says why it has none: it cannot be estimated, or did not converge.

    References
    ----------
    Steegen, Tuerlinckx, Gelman & Vanpaemel (2016), Perspectives on Psychological Science 11,
    702-712; Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4, 1208-1214.

    Examples
    --------
    >>> from mediation.estimation.ols import OLS
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "m": [1, 2, 2, 3, 3, 5]})
    >>> frame["y"] = [1, 3, 2, 4, 4, 6]
    >>> model = MediationModel("x", ("m",), "y")
    >>> one = Specification(model, OLS(), (("indirect", "single"),), seed=(1,))
    >>> ((found,),) = fit_specifications([(frame, (one,))])
    >>> round(found[0].value.estimate, 3)
    1.689
    """
    return tuple(run_all([partial(_fit_table, *each, conf_level) for each in work], n_workers))


def _fit_table(
    frame: pd.DataFrame, specifications: tuple[Specification, ...], conf_level: float
) -> tuple[Found, ...]:
    """Fit the specifications of one table; those of one model share its imputations."""
    imputed: dict[object, ImputedModel] = {}
    with one_thread():
        return tuple(_fit_one(frame, each, conf_level, imputed) for each in specifications)


def _fit_one(
    frame: pd.DataFrame,
    each: Specification,
    conf_level: float,
    imputed: dict[object, ImputedModel],
) -> Found:
    try:
        if each.imputation is None:
            fit = estimate(each.model, frame, each.engine)
        else:
            key = (each.model, each.imputation, each.imputation_seed)
            if key not in imputed:
                rng = np.random.default_rng(each.imputation_seed)
                drawn = impute(each.model, frame, each.imputation, rng, items=each.items)
                imputed[key] = ImputedModel(each.model, drawn)
            fit = imputed[key].fit(each.engine)
        if fit.convergence is Convergence.NOT_CONVERGED:
            return "the optimizer stopped before the maximum"
        return effects_with_limits(fit, each.effects, conf_level, each.seed)
    except MediationError:
        return "the model cannot be estimated from these rows"


def effects_with_limits(
    fit: Fit, wanted: tuple[tuple[str, str], ...], conf_level: float, seed: tuple[int, ...]
) -> tuple[EffectEstimate, ...]:
    """Give some effects of a fit with the limits that need least.

    Parameters
    ----------
    fit : Fit
    wanted : tuple of (str, str)
        Effects and levels. Where the model has no clusters the level is `single`.
    conf_level : float
    seed : tuple of int

    Returns
    -------
    tuple of EffectEstimate
        In the order asked for, through every mediator; what the fit does not have is left out.
    """
    interval: Interval = ProductDistribution(conf_level)
    try:
        interval.check(fit)
    except InferenceError:
        interval = MonteCarlo(N_DRAWS, conf_level)
    solution = interval.solve(fit, np.random.default_rng(seed), 1)
    found = []
    for name, level in wanted:
        named = [effect for effect in fit.effects if effect.name.value == name]
        here = [effect for effect in named if effect.level.value == level]
        for effect in here or [each for each in named if each.level is Level.SINGLE]:
            is_defined = effect.status is EffectStatus.DEFINED
            value = solution.estimate(effect.form) if is_defined else NO_NUMBER
            row = EffectEstimate(effect.name, effect.level, effect.mediator, effect.status, value)
            found.append(row)
    return tuple(found)
