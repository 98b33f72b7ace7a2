"""The order of mediator and outcome turned round: a check, not an estimate of the question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from mediation.errors import SpecificationError
from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.model import MediationModel
from mediation.vocabulary import EffectName, PathName

if TYPE_CHECKING:
    from mediation.linkage.table import AnalysisTable

# Columns at the first wave end so.
BASELINE = "_0"
# Effects that turn round with mediator and outcome.
CARRIED = (EffectName.INDIRECT, EffectName.CONTEXTUAL)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReversedOrder:
    """The declared analysis, and that of the reversed order for each mediator.

    Attributes
    ----------
    declared : MediationResult
    reversed : tuple of MediationResult
        One for each mediator of the declared model, in its order: the declared outcome, at the
        wave of the mediator, is the mediator, and the declared mediator, at the wave of the
        outcome, is the outcome. A check, not an estimate of the question.
    """

    declared: MediationResult
    reversed: tuple[MediationResult, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each indirect effect of both orders, in SD.

        Returns
        -------
        DataFrame
            Columns `order` ("declared" or "reversed"), `mediator, outcome, effect, level,
            estimate, conf_low, conf_high, p_value`; SD of the outcome of that order per SD of the
            predictor, both over all rows.
        """
        rows = []
        for order, result in (
            ("declared", self.declared),
            *(("reversed", each) for each in self.reversed),
        ):
            for row in result.effects:
                if row.effect in CARRIED:
                    value = in_sd(result, row)
                    rows.append(
                        {
                            "order": order,
                            "mediator": row.mediator,
                            "outcome": result.fit.model.outcome,
                            "effect": row.effect.value,
                            "level": row.level.value,
                            "estimate": value.estimate,
                            "conf_low": value.conf_low,
                            "conf_high": value.conf_high,
                            "p_value": value.p_value,
                        }
                    )
        return pd.DataFrame(rows)


def reversed_models(model: MediationModel) -> tuple[MediationModel, ...]:
    """Turn the order of mediator and outcome round, for each mediator.

    Parameters
    ----------
    model : MediationModel

    Returns
    -------
    tuple of MediationModel
        Predictor, clusters and covariates stay. The baseline `<outcome>_0` among the outcome
        covariates becomes `<mediator>_0`, that of what is now the outcome; one that already
        plays a role is not added.

    Examples
    --------
    >>> model = MediationModel("fidelity", ("alliance",), "hope", outcome_covariates=("hope_0",))
    >>> (turned,) = reversed_models(model)
    >>> turned.mediators, turned.outcome, turned.outcome_covariates
    (('hope',), 'alliance', ('alliance_0',))
    """
    return tuple(_turned(model, mediator) for mediator in model.mediators)


def reverse_order(
    declared: MediationResult,
    table: AnalysisTable | pd.DataFrame,
    analyze: Callable[[MediationModel, AnalysisTable | pd.DataFrame], MediationResult],
) -> ReversedOrder:
    """Analyze the outcome at the mediator's wave as mediator, the mediator later as outcome.

    Parameters
    ----------
    declared : MediationResult
    table : AnalysisTable or DataFrame
        Linked the other way round, as `link(study, waves, mediators=(outcome,))` does: the
        outcome at the wave of the mediator, mediators at the wave of the outcome.
    analyze : callable
        (model, table) -> MediationResult: the declared engine and interval.

    Returns
    -------
    ReversedOrder

    Raises
    ------
    SpecificationError
        If the table has not the columns of the reversed models.
    EstimationError, InferenceError
        As in `estimate` and `infer`.

    Notes
    -----
    Equations of the reversed order for M and Y at the two waves t < u:
    Y_t = i + a X + e and M_u = i + c' X + b Y_t + d M_0 + e. Such a pair of lagged slopes does
    not separate what is stable in a person from what changes.

    References
    ----------
    Hamaker, Kuiper & Grasman (2015), Psychological Methods 20, 102-116 (lagged slopes mix stable
    differences between persons with changes in them).

    Examples
    --------
    >>> import numpy as np
    >>> from mediation.estimation.ols import OLS
    >>> from mediation.inference.delta import Delta
    >>> from mediation.inference.infer import infer
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.normal(size=(90, 3)), columns=["x", "m", "y"])
    >>> def analyze(model, table):
    ...     return infer(OLS().fit(model, table), Delta(), np.random.default_rng(1))
    >>> known = analyze(MediationModel("x", ("m",), "y"), frame)
    >>> found = reverse_order(known, frame, analyze)
    >>> found.reversed[0].fit.model.outcome
    'm'
    """
    frame = table if isinstance(table, pd.DataFrame) else table.frame
    models = reversed_models(declared.fit.model)
    absent = {name for each in models for name in each.columns if name not in frame}
    if absent:
        raise SpecificationError(
            "The table must have the columns of the reversed models. Not in it: "
            f"{', '.join(sorted(absent))}. Link it with the outcome as mediator."
        )
    return ReversedOrder(declared, tuple(analyze(each, table) for each in models))


def in_sd(result: MediationResult, row: EffectEstimate) -> Estimate:
    """Give an effect in SD of the outcome per SD of the predictor, both over all rows.

    Standard deviations are taken as known, so that limits scale with the estimate.
    """
    scales = {scale.name: scale.sd_total for scale in result.fit.scales}
    model = result.fit.model
    return rescaled(row.value, scales[model.predictor], scales[model.outcome])


def path_in_sd(result: MediationResult, path: PathName, like: EffectEstimate) -> Estimate | None:
    """Give path a or b of a mediator in SD of its head per SD of its tail; None if it has none.

    Of b the slope that the effect `like` is made of: between clusters for effects through
    cluster means, else within.
    """
    scales = {scale.name: scale.sd_total for scale in result.fit.scales}
    model, mediator = result.fit.model, like.mediator
    found = [row for row in result.paths if (row.path, row.mediator) == (path, mediator)]
    same = [row for row in found if row.level is like.level] or found
    if mediator is None or not same:
        return None
    if path is PathName.A:
        return rescaled(same[0].value, scales[model.predictor], scales[mediator])
    return rescaled(same[0].value, scales[mediator], scales[model.outcome])


def rescaled(value: Estimate, tail: float, head: float) -> Estimate:
    """Multiply an estimate by `tail` / `head`; missing where there is no such number.

    Examples
    --------
    >>> found = rescaled(Estimate(2.0, 1.0, 9.0, 0.0, 4.0, 0.05, "t", 0), 3.0, 12.0)
    >>> found.estimate, found.conf_high
    (0.5, 1.0)
    """
    factor = tail / head if head > 0 else float("nan")
    names = ("estimate", "std_error", "conf_low", "conf_high", "limit_error")
    return replace(value, **{name: factor * getattr(value, name) for name in names})


def _turned(model: MediationModel, mediator: str) -> MediationModel:
    """Exchange one mediator and the outcome, with the baseline of the outcome."""
    old, new = f"{model.outcome}{BASELINE}", f"{mediator}{BASELINE}"
    kept = [new if name == old else name for name in model.outcome_covariates]
    outcome_covariates = tuple(dict.fromkeys(name for name in kept if name not in model.covariates))
    return replace(
        model,
        mediators=(model.outcome,),
        outcome=mediator,
        outcome_covariates=outcome_covariates,
    )
