"""Slopes of the outcome on the mediators of one cell: with fidelity, and between teams."""

from __future__ import annotations

from dataclasses import replace

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.interval import Interval
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.robust_leave_one_out import lettered_rows
from mediation.sensitivity.moderation import moderation
from mediation.sensitivity.moderation_slopes import SlopeModeration
from mediation.sensitivity.slopes import slopes_of_clusters
from mediation.vocabulary import Convergence

# Number of the stream of random numbers.
MODERATION = 250
MOST_DRAWS = 20_000


def moderation_of(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> SlopeModeration | None:
    """Let the slopes of a cell change with the predictor, and differ between clusters.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult
        By the declared engine and interval.

    Returns
    -------
    SlopeModeration or None
        None where mediators are latent, or the declared analysis did not converge.
    """
    plan = bench.plan
    if not isinstance(plan.engine, OLS | MixedModels | TwoLevelSEM):
        return None
    if result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    model = plan.model
    frame = lettered_rows(bench, table, model.clusters)
    engine = plan.engine if isinstance(plan.engine, OLS | MixedModels) else MixedModels()
    draws = drawn(plan.interval)
    rng = bench.rng(MODERATION)
    interaction = bench.part(
        "interaction of predictor and mediator",
        lambda: moderation(model, frame, rng, engine=engine, interval=draws),
    )
    slopes = bench.part(
        "comparison of slopes between clusters",
        lambda: tuple(
            slopes_of_clusters(model, frame, mediator=name, conf_level=draws.conf_level)
            for name in (model.mediators if model.clusters else ())
        ),
    )
    if interaction is None and not slopes:
        return None
    return SlopeModeration(interaction, slopes or ())


def drawn(interval: Interval) -> MonteCarlo:
    """Give limits from draws, at the declared level: they go with any function of the paths."""
    if isinstance(interval, MonteCarlo):
        return replace(interval, n_draws=min(interval.n_draws, MOST_DRAWS))
    return MonteCarlo(conf_level=interval.conf_level)
