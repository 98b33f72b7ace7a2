"""One call from a data frame to effects with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from mediation.errors import InferenceError, MediationError, SpecificationError
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.infer import infer
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.result import MediationResult
from mediation.model.specification import MediationModel, column_names
from mediation.vocabulary import TimeAdjustment

if TYPE_CHECKING:
    import pandas as pd

ENGINES = "an engine: MixedModels(), OLS(), TwoLevelSEM() or LatentSEM()"
INTERVALS = "an interval: MonteCarlo(), which goes with every engine"


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
    interval: MonteCarlo | None = None,
    seed: int | None = None,
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
    interval : MonteCarlo, optional
        Left out: `MonteCarlo()`, t draws.
    seed : int, optional
        Left out: drawn, and kept in `result.seed`.

    Returns
    -------
    MediationResult

    Raises
    ------
    SpecificationError, EstimationError
        As in `estimate`.
    InferenceError
        If `engine` or `interval` is none; the message lists those there are.

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
        engine = MixedModels() if clusters else OLS()
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    interval = MonteCarlo() if interval is None else interval
    _check_kinds(frame, engine, interval, seed)
    result = infer(estimate(model, frame, engine), interval, np.random.default_rng(seed))
    return replace(result, seed=int(seed))


def _check_kinds(frame: object, engine: object, interval: object, seed: object) -> None:
    """Refuse arguments of another kind, with an example of the right one."""
    import pandas as pd

    is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    is_seed = is_whole and int(cast("int", seed)) >= 0
    wanted: dict[str, tuple[object, bool, str, type[MediationError]]] = {
        "frame": (frame, isinstance(frame, pd.DataFrame), "a DataFrame", SpecificationError),
        "engine": (engine, isinstance(engine, Engine), ENGINES, InferenceError),
        "interval": (interval, isinstance(interval, MonteCarlo), INTERVALS, InferenceError),
        "seed": (seed, is_seed, "a whole number from 0", SpecificationError),
    }
    for name, (given, is_right, what, error) in wanted.items():
        if not is_right:
            found = repr(given) if name == "seed" else type(given).__name__
            raise error(f"`{name}` must be {what}. Found {found}. Give one of these.")
