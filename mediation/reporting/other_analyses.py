"""Which analyses a report sets beside the declared one: the published one, and two others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation.estimation.estimate import Engine
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import Fit
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.interval import Interval
from mediation.inference.monte_carlo import MonteCarlo
from mediation.model import MediationModel
from mediation.reporting.wording import plural
from mediation.vocabulary import Covariance, Resample, TimeAdjustment

PUBLISHED_RESAMPLES = 5_000
# Whole clusters: up to seven are enumerated (1,716 resamples), more are drawn.
CLUSTER_RESAMPLES = 2_000
N_OTHERS = 2


@dataclass(frozen=True, slots=True)
class OtherAnalysis:
    """An analysis of the same rows by another engine or interval.

    Attributes
    ----------
    name : str
        As in tables.
    engine : Engine
    interval : Interval
    number : int
        Its place in the list of candidates, which gives it a stream of random numbers of its own.
    """

    name: str
    engine: Engine
    interval: Interval
    number: int


def published_interval(conf_level: float) -> Bootstrap:
    """Give the interval of the published specification: percentiles of a bootstrap of clients.

    It goes with `OLS()` on the model without its clusters (`without_clusters`).
    """
    return Bootstrap(Resample.CLIENTS, n_resamples=PUBLISHED_RESAMPLES, conf_level=conf_level)


def without_clusters(model: MediationModel, fit: Fit) -> MediationModel:
    """Take the model blind to clusters: the same columns, so that clusters are all that differs."""
    same_time = TimeAdjustment.ALWAYS if fit.time_adjusted else TimeAdjustment.NEVER
    return replace(model, clusters=(), predictor_level=None, time_adjustment=same_time)


def other_analyses(
    model: MediationModel, engine: Engine, interval: Interval
) -> tuple[OtherAnalysis, ...]:
    """Choose two analyses that differ from the declared one, the same two whatever the data say.

    Parameters
    ----------
    model : MediationModel
    engine : Engine
    interval : Interval
        As declared.

    Returns
    -------
    tuple of OtherAnalysis
        With clusters the first two of mixed models with t draws, least squares with CR2 by the
        outermost clusters and t draws, and a bootstrap of whole clusters with the declared
        engine; without, of least squares with a bootstrap, with HC3 and with t draws.

    Examples
    --------
    >>> model = MediationModel("x", ("m",), "y", clusters=("organization", "team"))
    >>> for each in other_analyses(model, MixedModels(), MonteCarlo()):
    ...     print(each.name)
    least squares, CR2 by organization, t draws
    mixed models, bootstrap of whole organizations
    """
    declared = _kind(model, engine, interval)
    candidates = [
        OtherAnalysis(name, each, limits, number)
        for number, (name, each, limits) in enumerate(
            _candidates(model, engine, interval.conf_level)
        )
    ]
    others = [c for c in candidates if _kind(model, c.engine, c.interval) != declared]
    return tuple(others[:N_OTHERS])


def _candidates(
    model: MediationModel, engine: Engine, conf_level: float
) -> tuple[tuple[str, Engine, Interval], ...]:
    draws = MonteCarlo(conf_level=conf_level)
    if not model.clusters:
        clients = published_interval(conf_level)
        return (
            ("least squares, percentile bootstrap", OLS(), clients),
            ("least squares, HC3, t draws", OLS(Covariance.HC3), draws),
            ("least squares, t draws", OLS(), draws),
        )
    outer = model.clusters[0]
    by = outer.replace("_", " ")
    whole = Bootstrap(
        n_resamples=CLUSTER_RESAMPLES, enumerate_up_to=CLUSTER_RESAMPLES, conf_level=conf_level
    )
    engine_name = "least squares" if isinstance(engine, OLS) else "mixed models"
    return (
        ("mixed models, t draws", MixedModels(), draws),
        (f"least squares, CR2 by {by}, t draws", OLS(Covariance.CR2, outer), draws),
        (f"{engine_name}, bootstrap of whole {plural(outer)}", engine, whole),
    )


def _kind(model: MediationModel, engine: Engine, interval: Interval) -> tuple[object, ...]:
    """Tell which analysis it is, whatever the number of its draws."""
    if isinstance(engine, OLS) and engine.models_clusters and engine.cluster is None:
        engine = replace(engine, cluster=model.clusters[0] if model.clusters else None)
    if isinstance(interval, MonteCarlo):
        return engine, MonteCarlo, interval.distribution
    if isinstance(interval, Bootstrap):
        return engine, Bootstrap, interval.resample, interval.limits
    return engine, type(interval)
