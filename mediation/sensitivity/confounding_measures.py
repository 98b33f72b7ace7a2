"""How strong an unmeasured common cause must be: robustness values, E-values, bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.errors import SpecificationError
from mediation.inference.interval import Estimate

# Conversion of a standardized difference of means to the logarithm of a risk ratio.
LOG_RISK_RATIO = 0.91


def bias_factor(r2_mediator: Array | float, r2_outcome: Array | float) -> Array:
    """Bias of a slope in units of (SD of the outcome's residual) / (SD of the mediator's residual).

    Parameters
    ----------
    r2_mediator : ndarray or float
        Partial R² of the common cause with the mediator, given predictor and covariates.
    r2_outcome : ndarray or float
        Partial R² of the common cause with the outcome, given mediator, predictor and covariates.

    Returns
    -------
    ndarray

    References
    ----------
    Cinelli & Hazlett (2020), JRSS B 82, 39-67, the bias in terms of partial R².

    Examples
    --------
    >>> float(bias_factor(0.5, 0.25))
    0.5
    """
    r2_mediator = np.asarray(r2_mediator, dtype=np.float64)
    found: Array = np.sqrt(np.asarray(r2_outcome) * r2_mediator / (1 - r2_mediator))
    return found


def factor_of_rho(rho: Array | float) -> Array:
    """Bias of a slope, in the units of `bias_factor`, where errors correlate by rho.

    Parameters
    ----------
    rho : ndarray or float
        Correlation of the errors of mediator and outcome, inside -1 and 1.

    Returns
    -------
    ndarray

    References
    ----------
    Imai, Keele & Yamamoto (2010), Statistical Science 25, 51-71, theorem 4, solved for the slope.

    Examples
    --------
    >>> float(factor_of_rho(0.6).round(12))
    0.75
    """
    rho = np.asarray(rho, dtype=np.float64)
    found: Array = rho / np.sqrt(1 - rho**2)
    return found


def rho_of_factor(factor: float) -> float:
    """Give the correlation of errors that has a bias factor; undoes `factor_of_rho`."""
    return factor / math.sqrt(1 + factor**2)


def robustness_value(strength: float, critical: float = 0.0) -> float:
    """Give the partial R², with both ends of a slope, of a common cause that would end it.

    Parameters
    ----------
    strength : float
        Size of the slope as Cohen's f: |t| / sqrt(df) in least squares.
    critical : float
        Size, as Cohen's f, of the smallest slope whose interval would not hold zero; 0 for the
        point estimate.

    Returns
    -------
    float
        Between 0 and 1; 0 if the interval holds zero as it is.

    Raises
    ------
    SpecificationError
        If a size is negative.

    References
    ----------
    Cinelli & Hazlett (2020), JRSS B 82, 39-67, section 4.2.

    Examples
    --------
    The published example (Darfur): t = 4.184 on 783 df.

    >>> round(robustness_value(4.18445 / 783**0.5), 4)
    0.1388
    """
    if strength < 0 or critical < 0:
        raise SpecificationError(
            "Sizes of slopes as Cohen's f cannot be negative. Found "
            f"{strength:g} and {critical:g}. Give absolute values."
        )
    left = strength - critical
    if not left > 0:
        return 0.0
    if critical > 0 and strength > 1 / critical:
        # So strong a slope ends with the standard error that a common cause leaves.
        return (strength**2 - critical**2) / (1 + strength**2)
    return 0.5 * (math.sqrt(left**4 + 4 * left**2) - left**2)


@dataclass(frozen=True, slots=True)
class EValue:
    """E-values of an effect for a contrast of one SD of the predictor.

    Attributes
    ----------
    standardized : float
        The effect in SD of the outcome per SD of the predictor, both over all rows.
    point, limit : float
        E-value of the estimate, and of the limit nearest to zero (1 if the interval holds zero,
        NaN without limits).
    """

    standardized: float
    point: float
    limit: float


def e_value(standardized: float) -> float:
    """Give the E-value of a standardized difference of means.

    Parameters
    ----------
    standardized : float
        Difference of the outcome in its SD; the risk ratio is taken as exp(0.91 d).

    Returns
    -------
    float
        At least 1.

    References
    ----------
    VanderWeele & Ding (2017), Annals of Internal Medicine 167, 268-274.

    Examples
    --------
    The published example, a risk ratio of 3.9:

    >>> round(e_value(math.log(3.9) / 0.91), 2)
    7.26
    """
    ratio = math.exp(LOG_RISK_RATIO * abs(standardized))
    return ratio + math.sqrt(ratio * (ratio - 1))


def e_values(value: Estimate, sd_predictor: float, sd_outcome: float) -> EValue:
    """Give the E-values of an effect and of its limit nearest to zero.

    Parameters
    ----------
    value : Estimate
        Points of the outcome per point of the predictor.
    sd_predictor, sd_outcome : float

    Returns
    -------
    EValue

    References
    ----------
    As in `e_value`; for indirect effects Smith & VanderWeele (2019), Epidemiology 30, 835-837.

    Examples
    --------
    >>> found = e_values(Estimate(0.5, 0.1, 9.0, -0.1, 1.1, 0.1, "t", 0), 1.0, 2.0)
    >>> found.standardized, round(found.point, 2), found.limit
    (0.25, 1.82, 1.0)
    """
    unit = sd_predictor / sd_outcome
    nearest = min(value.conf_low, value.conf_high, key=abs) * unit
    if value.conf_low <= 0 <= value.conf_high:
        nearest = 0.0
    limit = math.nan if math.isnan(value.conf_low + value.conf_high) else e_value(nearest)
    return EValue(value.estimate * unit, e_value(value.estimate * unit), limit)


def bound_by_covariate(
    r2_mediator: float, r2_outcome: float, times: float = 1.0
) -> tuple[float, float]:
    """Give the most that a common cause as strong as a measured covariate can explain.

    Parameters
    ----------
    r2_mediator, r2_outcome : float
        Partial R² of the covariate with the mediator (given predictor and other covariates) and
        with the outcome (given these and the mediator).
    times : float
        How many times as strong as the covariate.

    Returns
    -------
    r2_mediator, r2_outcome : float
        Partial R² of the common cause; the second at most 1; NaN where none is possible.

    References
    ----------
    Cinelli & Hazlett (2020), JRSS B 82, 39-67, section 4.4.

    Examples
    --------
    The published example (gender in Darfur):

    >>> [round(r2, 4) for r2 in bound_by_covariate(0.0090823, 0.1090306)]
    [0.0092, 0.1246]
    """
    of_mediator = times * r2_mediator / (1 - r2_mediator)
    left = (1 - times * r2_mediator) * (1 - r2_mediator)
    shared = times * r2_mediator**2 / left if left > 0 else 1.0
    if of_mediator >= 1 or shared >= 1:
        return math.nan, math.nan
    root = (math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)
    return of_mediator, min(1.0, root**2 * r2_outcome / (1 - r2_outcome))
