"""The analysis with other levels of clusters: fixed effects, one more level, one level alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import pandas as pd

from mediation.errors import EstimationError, InferenceError, SpecificationError
from mediation.estimation.clusters import is_constant_inside
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.infer import infer
from mediation.inference.interval import Interval
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.model import MediationModel
from mediation.sensitivity.leave_one_out_rest import STOPPED, bare, shortly
from mediation.vocabulary import Convergence

# Reason of an analysis that may not stand beside the declared one.
FEW_APART = "it rests on other rows than the declared one, by a few people."


class LevelChoice(Enum):
    """What was done about the levels of clusters."""

    DECLARED = "as declared"
    FIXED_EFFECTS = "fixed effects"
    MORE_LEVELS = "more levels"
    ONE_LEVEL = "one level"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LevelAnalysis:
    """One choice of levels.

    Attributes
    ----------
    choice : LevelChoice
    clusters : tuple of str
        Levels with a variance (or, for robust standard errors, clusters), outermost first.
    fixed : str or None
        Level with an indicator for each cluster but one.
    result : MediationResult or None
        None where it cannot be made. Without data and draws.
    reason : str
        Why not; empty if it can.
    """

    choice: LevelChoice
    clusters: tuple[str, ...]
    fixed: str | None
    result: MediationResult | None
    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClusterLevels:
    """The same model with other levels of clusters.

    Attributes
    ----------
    analyses : tuple of LevelAnalysis
        As declared first.
    """

    analyses: tuple[LevelAnalysis, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each effect of each analysis.

        Returns
        -------
        DataFrame
            Columns `choice, clusters, fixed, reason`, then those of `MediationResult.to_frame`.
        """
        parts = []
        for each in self.analyses:
            found = pd.DataFrame([{}]) if each.result is None else each.result.to_frame()
            parts.append(
                found.assign(
                    choice=each.choice.value,
                    clusters=" / ".join(each.clusters),
                    fixed=each.fixed,
                    reason=each.reason,
                )
            )
        first = ["choice", "clusters", "fixed", "reason"]
        whole = pd.concat(parts, ignore_index=True)
        return whole[[*first, *(name for name in whole.columns if name not in first)]]

    def variances_frame(self) -> pd.DataFrame:
        """One row for each variance of each equation of each analysis.

        Returns
        -------
        DataFrame
            Columns `choice, clusters, fixed, equation, level, variance, share`; `share` is that
            of the sum of the variances of the equation.
        """
        rows = []
        for each in self.analyses:
            for equation in () if each.result is None else each.result.fit.equations:
                total = sum(value for _, value in equation.variances)
                rows += [
                    {
                        "choice": each.choice.value,
                        "clusters": " / ".join(each.clusters),
                        "fixed": each.fixed,
                        "equation": equation.label,
                        "level": level,
                        "variance": value,
                        "share": value / total if total else float("nan"),
                    }
                    for level, value in equation.variances
                ]
        return pd.DataFrame(rows)


def vary_levels(
    model: MediationModel,
    table: AnalysisTable | pd.DataFrame,
    engine: Engine,
    interval: Interval,
    seed: int | Sequence[int],
    *,
    available: Sequence[str] | None = None,
) -> ClusterLevels:
    """Analyse the rows with other levels of clusters.

    Indicators of the outermost clusters take every difference between them out of all paths:
    what the clusters have in common cannot confound a, and only the predictor's differences inside
    them are left to estimate it. Mediators stay split where the model splits them, except where
    that level is no longer there.

    Parameters
    ----------
    model : MediationModel
        With clusters.
    table : AnalysisTable or DataFrame
    engine : Engine
    interval : Interval
    seed : int or sequence of int
        Of the draws, the same for every analysis.
    available : sequence of str, optional
        Every level of clusters in the table, outermost first and nested; left out, those of the
        model.

    Returns
    -------
    ClusterLevels
        Fixed effects of the outermost level, where there is another one inside it; mixed models
        also with all levels and with each level at which a predictor can be measured alone. An
        analysis that cannot be made has a reason instead of a result.

    Raises
    ------
    SpecificationError
        If the model has no clusters, or they are not among those available; also as in `estimate`.
    EstimationError, InferenceError
        As in `estimate` and `infer`, for the declared analysis.

    References
    ----------
    Allison (2009), Fixed Effects Regression Models, ch. 2; McNeish & Kelley (2019), Psychological
    Methods 24, 20-35 (fixed effects beside mixed models with few clusters).

    Examples
    --------
    >>> from mediation.estimation.mixed import MixedModels
    >>> from mediation.inference.delta import Delta
    >>> rng = np.random.default_rng(1)
    >>> team = np.repeat(np.arange(12), 6)
    >>> x = rng.normal(size=12)[team]
    >>> m = x + rng.normal(size=4)[team // 3] + rng.normal(size=72)
    >>> frame = pd.DataFrame({"organization": team // 3, "team": team, "x": x, "m": m})
    >>> frame["y"] = m + rng.normal(size=72)
    >>> model = MediationModel("x", ("m",), "y", clusters=("organization", "team"))
    >>> found = vary_levels(model, frame, MixedModels(), Delta(), 1)
    >>> [(each.choice.value, each.clusters, each.fixed) for each in found.analyses[:2]]
    [('as declared', ('organization', 'team'), None), ('fixed effects', ('team',), 'organization')]
    """
    frame = table.frame if isinstance(table, AnalysisTable) else table
    levels = tuple(available or model.clusters)
    if not model.clusters or not set(model.clusters) <= set(levels):
        raise SpecificationError(
            "`available` must hold the clusters of the model, outermost first, and the model must "
            f"have some. Found {', '.join(levels) or 'none'} for a model with "
            f"{', '.join(model.clusters) or 'none'}. Name all of them."
        )
    result = bare(infer(estimate(model, frame, engine), interval, np.random.default_rng(seed)))
    declared = LevelAnalysis(LevelChoice.DECLARED, model.clusters, None, result, "")
    predictor_level = result.fit.predictor_level or model.clusters[-1]
    others = _choices(model, engine, levels, predictor_level)
    found = [declared]
    for choice, clusters, fixed in others:
        part = LevelAnalysis(choice, clusters, fixed, None, "")
        found.append(_analyze(part, model, frame, engine, interval, seed))
    return ClusterLevels(tuple(found))


def _choices(
    model: MediationModel, engine: Engine, levels: tuple[str, ...], predictor_level: str
) -> list[tuple[LevelChoice, tuple[str, ...], str | None]]:
    """List what differs from the declared levels and goes with the engine."""
    outer, inner = levels[0], tuple(n for n in model.clusters if n != levels[0])
    found: list[tuple[LevelChoice, tuple[str, ...], str | None]] = []
    if inner and outer != predictor_level:
        found.append((LevelChoice.FIXED_EFFECTS, inner, outer))
    if isinstance(engine, OLS) and not engine.models_clusters:
        return found
    if isinstance(engine, MixedModels) and levels != model.clusters:
        found.append((LevelChoice.MORE_LEVELS, levels, None))
    at_most = levels[: levels.index(predictor_level) + 1] if predictor_level in levels else ()
    if isinstance(engine, MixedModels | OLS | TwoLevelSEM):
        alone = [(name,) for name in at_most if (name,) != model.clusters]
        found += [(LevelChoice.ONE_LEVEL, one, None) for one in alone]
    return found


def _analyze(
    part: LevelAnalysis,
    model: MediationModel,
    frame: pd.DataFrame,
    engine: Engine,
    interval: Interval,
    seed: int | Sequence[int],
) -> LevelAnalysis:
    try:
        varied, frame = _varied(part, model, frame)
        if isinstance(engine, OLS) and engine.cluster not in (None, *part.clusters):
            engine = replace(engine, cluster=None)
        fit = estimate(varied, frame, engine)
        if fit.convergence is Convergence.NOT_CONVERGED:
            return replace(part, reason=STOPPED)
        result = infer(fit, interval, np.random.default_rng(seed))
    except (EstimationError, SpecificationError, InferenceError) as error:
        return replace(part, reason=shortly(error))
    return replace(part, result=bare(result))


def _varied(
    part: LevelAnalysis, model: MediationModel, frame: pd.DataFrame
) -> tuple[MediationModel, pd.DataFrame]:
    """Build the model with other levels; the split of mediators stays if its level does."""
    split = model.split_at or model.clusters[-1:]
    kept = tuple(name for name in part.clusters if name in split)
    measured = model.predictor_level or model.clusters[-1]
    varied = replace(
        model,
        clusters=part.clusters,
        split_at=kept if kept != part.clusters[-1:] else (),
        predictor_level=measured if measured in part.clusters else None,
    )
    if part.fixed is None:
        return varied, frame
    known = frame[[model.predictor, part.fixed]].dropna()
    predictor = known[model.predictor].to_numpy(dtype=float)
    if is_constant_inside(predictor, pd.factorize(known[part.fixed])[0]):
        raise EstimationError(
            f"The predictor must differ inside clusters of `{part.fixed}`. It does not. Leave "
            "their fixed effects out."
        )
    # As text, so that numbered clusters become indicators rather than a slope.
    labels = frame[part.fixed].map(lambda name: f"{name}", na_action="ignore").astype(object)
    return (
        replace(varied, covariates=(*model.covariates, part.fixed)),
        frame.assign(**{part.fixed: labels}),
    )
