"""One call from a data frame to effects with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from mediation.errors import SpecificationError
from mediation.estimation.engine_checks import check_engine, check_frame
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.infer import check_interval, infer
from mediation.inference.interval import Interval
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.result import MediationResult
from mediation.model.specification import MediationModel, column_names
from mediation.vocabulary import TimeAdjustment

if TYPE_CHECKING:
    import pandas as pd


def mediate(
    frame: pd.DataFrame,
    *,
    predictor: str,
    mediators: Sequence[str],
    outcome: str,
    clusters: Sequence[str],
    predictor_level: str | None = None,
    covariates: Sequence[str] = (),
    mediator_covariates: Sequence[str] = (),
    outcome_covariates: Sequence[str] = (),
    split_at: Sequence[str] = (),
    split_covariates: bool = False,
    time: str | None = None,
    time_adjustment: TimeAdjustment = TimeAdjustment.WHEN_PREDICTOR_VARIES,
    weights: str | None = None,
    engine: Engine | None = None,
    interval: Interval | None = None,
    seed: int | None = None,
    n_workers: int = 1,
) -> MediationResult:
    """Estimate a mediation model on any data frame.

    Parameters
    ----------
    frame : DataFrame
        One row per client.
    predictor, outcome : str
    mediators : sequence of str
    clusters : sequence of str
        Cluster columns, outermost first. Empty says that rows are independent; there is no
        default, because leaving clusters out makes every interval too narrow.
    predictor_level : str, optional
    covariates, mediator_covariates, outcome_covariates : sequence of str
    split_at : sequence of str
    split_covariates : bool
    time : str, optional
    time_adjustment : TimeAdjustment
    weights : str, optional
        As in `MediationModel`.
    engine : Engine, optional
        Left out: `MixedModels()` with clusters, `OLS()` without.
    interval : Interval, optional
        Left out: `MonteCarlo()`, t draws. Others: `ProductDistribution`, `Delta`,
        `JointSignificance`, `Bootstrap`, `WildClusterBootstrap`.
    seed : int, optional
        Left out: drawn, and kept in `result.seed`.
    n_workers : int
        For draws and resamples; the numbers do not depend on it.

    Returns
    -------
    MediationResult

    Raises
    ------
    SpecificationError, EstimationError
        As in `estimate`.
    InferenceError
        If `interval` is none, or does not go with the engine.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> team = np.repeat(np.arange(12), 10)
    >>> x = rng.normal(size=12)[team]
    >>> m = x + rng.normal(size=12)[team] + rng.normal(size=120)
    >>> y = m + rng.normal(size=120)
    >>> frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y})
    >>> roles = {"predictor": "x", "mediators": ["m"], "outcome": "y"}
    >>> result = mediate(frame, **roles, clusters=["team"], seed=1)
    >>> result.to_frame()[["effect", "level"]].agg(" ".join, axis=1).tolist()[:3]
    ['indirect within', 'contextual between', 'indirect between']
    """
    check_frame(frame)
    model = MediationModel(
        predictor=predictor,
        mediators=column_names("mediators", mediators),
        outcome=outcome,
        covariates=column_names("covariates", covariates),
        mediator_covariates=column_names("mediator_covariates", mediator_covariates),
        outcome_covariates=column_names("outcome_covariates", outcome_covariates),
        clusters=column_names("clusters", clusters),
        predictor_level=predictor_level,
        split_at=column_names("split_at", split_at),
        split_covariates=split_covariates,
        time=time,
        time_adjustment=time_adjustment,
        weights=weights,
    )
    if engine is None:
        engine = MixedModels() if model.clusters else OLS()
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    interval = MonteCarlo() if interval is None else interval
    check_engine(engine)
    check_interval(interval)
    _check_seed(seed)
    fit = estimate(model, frame, engine)
    result = infer(fit, interval, np.random.default_rng(seed), n_workers=n_workers)
    return replace(result, seed=int(seed))


def _check_seed(seed: object) -> None:
    is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not is_whole or int(cast("int", seed)) < 0:
        raise SpecificationError(
            f"`seed` must be a whole number from 0. Found {seed!r}. Give one, for example seed=1."
        )
