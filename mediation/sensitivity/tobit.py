"""Regression of a score that cannot exceed its maximum: Tobit, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from mediation.arrays import Array, BoolArray, read_only
from mediation.errors import EstimationError, SpecificationError

TOLERANCE = 1e-12
MOST_STEPS = 100


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tobit:
    """A normal regression of which values at or above a limit are only known to be there.

    Attributes
    ----------
    coefficients : ndarray, shape (p,)
    log_scale : float
        Logarithm of the residual SD.
    covariance : ndarray, shape (p + 1, p + 1)
        Inverse of the observed information of the coefficients and `log_scale`; it takes rows as
        independent.
    log_likelihood : float
    n_at_limit : int
    """

    coefficients: Array
    log_scale: float
    covariance: Array
    log_likelihood: float
    n_at_limit: int

    @property
    def std_errors(self) -> Array:
        """Standard errors of the coefficients and of `log_scale`, shape (p + 1,)."""
        found: Array = np.sqrt(np.diag(self.covariance))
        return found


def fit_tobit(x: Array, y: Array, limit: float) -> Tobit:
    """Fit a normal regression to scores with a ceiling.

    In Olsen's parameters, coefficients over the SD and one over the SD, the log-likelihood is
    concave: Newton's steps, halved where they go too far, find its only maximum.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        With a column of ones.
    y : ndarray, shape (n,)
    limit : float
        Values at or above it say that the true one is there or higher.

    Returns
    -------
    Tobit

    Raises
    ------
    SpecificationError
        If shapes do not go together, or a value is missing.
    EstimationError
        If fewer rows than coefficients are below the limit, columns repeat each other there, or
        the maximum was not reached.

    References
    ----------
    Tobin (1958), Econometrica 26, 24-36; Olsen (1978), Econometrica 46, 1211-1215.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = np.column_stack([np.ones(400), rng.normal(size=400)])
    >>> y = np.minimum(x @ [1.0, 0.5] + rng.normal(size=400), 1.5)
    >>> fit_tobit(x, y, 1.5).coefficients.round(2).tolist()
    [0.95, 0.55]
    """
    if x.ndim != 2 or y.shape != x.shape[:1] or not np.isfinite([*x.T, y]).all():
        raise SpecificationError(
            f"Expected x of shape (n, p) and y of shape (n,), all finite. Found shapes {x.shape} "
            f"and {y.shape}. Leave out rows with missing values."
        )
    is_below = y < limit
    below, n_below, p = x[is_below], int(is_below.sum()), x.shape[1]
    if n_below <= p or np.linalg.matrix_rank(below) < p:
        raise EstimationError(
            f"A Tobit regression needs more rows below the limit than coefficients ({p}), and "
            f"columns that differ there. {n_below} rows are below. Leave out covariates."
        )
    center, width = float(y[is_below].mean()), float(y[is_below].std())
    if width <= 0:
        raise EstimationError(
            "A Tobit regression needs scores that differ below the limit. All are the same. "
            "Leave it out."
        )
    q, root = np.linalg.qr(x)
    shifted = (np.minimum(y, limit) - center) / width
    theta, value, information = _maximize(q, shifted, is_below)
    delta, gamma = theta[:-1], theta[-1]
    # From (delta, gamma) to coefficients and log SD, and from the basis q back to x.
    jacobian = np.eye(p + 1) / gamma
    jacobian[:p, p] = -delta / gamma**2
    jacobian[p, p] = -1 / gamma
    back = np.eye(p + 1)
    back[:p, :p] = np.linalg.inv(root) * width
    turn = back @ jacobian
    covariance = turn @ np.linalg.inv(information) @ turn.T
    ones = np.linalg.lstsq(x, np.full(len(y), center), rcond=None)[0]
    return Tobit(
        coefficients=read_only(np.linalg.solve(root, delta / gamma) * width + ones),
        log_scale=float(np.log(width / gamma)),
        covariance=read_only(covariance),
        log_likelihood=value - n_below * float(np.log(width)),
        n_at_limit=len(y) - n_below,
    )


def _maximize(x: Array, y: Array, is_below: BoolArray) -> tuple[Array, float, Array]:
    """Give Olsen's parameters, the log-likelihood and the information at its maximum."""
    start = np.linalg.lstsq(x, y, rcond=None)[0]
    scale = float(np.sqrt(np.mean((y - x @ start) ** 2)))
    theta = np.append(start / scale, 1 / scale)
    value, score, information = _likelihood(theta, x, y, is_below)
    for _ in range(MOST_STEPS):
        step = np.linalg.solve(information, score)
        if score @ step < TOLERANCE**2 * len(y):
            return theta, value, information
        length = 1.0
        while length > TOLERANCE:
            tried = theta + length * step
            if tried[-1] > 0:
                found = _likelihood(tried, x, y, is_below)
                # Equal to the last digit is as good as it gets.
                if found[0] >= value - 1e-13 * abs(value):
                    break
            length /= 2
        else:
            break
        theta, (value, score, information) = tried, found
    raise EstimationError(
        "The Tobit regression did not reach its maximum. Look for a covariate that sets apart the "
        "rows at the limit, and leave it out."
    )


def _likelihood(
    theta: Array, x: Array, y: Array, is_below: BoolArray
) -> tuple[float, Array, Array]:
    """Log-likelihood, score and information in Olsen's parameters."""
    gamma = theta[-1]
    columns = np.column_stack([x, -y])
    # Below the limit minus the residual, at the limit the distance by which the mean exceeds it.
    z = columns @ theta
    low, high = z[is_below], z[~is_below]
    n_below = len(low)
    value = n_below * (np.log(gamma) - 0.5 * np.log(2 * np.pi)) - 0.5 * low @ low
    log_share = log_ndtr(high)
    mills = np.exp(-0.5 * high**2 - 0.5 * np.log(2 * np.pi) - log_share)
    slope, weight = -z.copy(), np.ones(len(z))
    slope[~is_below] = mills
    weight[~is_below] = mills * (mills + high)
    score = columns.T @ slope
    score[-1] += n_below / gamma
    information = columns.T @ (weight[:, None] * columns)
    information[-1, -1] += n_below / gamma**2
    return float(value + log_share.sum()), score, information
