"""Effects in standard deviations, so that outcomes of different scales can be compared."""

from __future__ import annotations

from mediation.inference.interval import Estimate
from mediation.inference.result import MediationResult


def in_sd(value: Estimate, result: MediationResult) -> tuple[float, float, float]:
    """Give an effect and its limits in SD of the outcome per SD of the predictor.

    Parameters
    ----------
    value : Estimate
    result : MediationResult
        Its standard deviations are those of the rows analyzed.

    Returns
    -------
    (float, float, float)
        Estimate, lower and upper limit.
    """
    scales = {scale.name: scale.sd_total for scale in result.fit.scales}
    model = result.fit.model
    factor = scales[model.predictor] / scales[model.outcome]
    return value.estimate * factor, value.conf_low * factor, value.conf_high * factor
