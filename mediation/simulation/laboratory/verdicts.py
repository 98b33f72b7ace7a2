"""What an interval says of an effect in many studies: rejected, covered, how wide."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from mediation.arrays import Array, BoolArray
from mediation.estimation.paths import PathBatch
from mediation.inference.delta import Delta
from mediation.inference.factors import factors_of_products
from mediation.inference.interval import factors_of, one_path
from mediation.inference.joint import JointSignificance
from mediation.inference.product import Factors, product_cdf, product_quantiles
from mediation.model import Form
from mediation.simulation.laboratory.design import Drawless
from mediation.vocabulary import Convergence, DrawDistribution

NOT_CONVERGED = "not converged"
NO_ESTIMATE = "no estimate or standard error"


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What an interval says of one effect in N studies.

    Attributes
    ----------
    estimates : ndarray, shape (N,)
    rejected : ndarray of bool, shape (N,)
        Whether zero is outside.
    covered : ndarray of bool, shape (N,), or None
        Whether the truth is inside; None where the method gives no limits.
    widths : ndarray, shape (at most N,)
        Of the first studies.
    causes : tuple of (str, ndarray of bool)
        Why a study has no verdict. The first cause counts.
    resamples : (int, int)
        Resamples of all studies, and those of them that could not be estimated.
    """

    estimates: Array
    rejected: BoolArray
    covered: BoolArray | None
    widths: Array
    causes: tuple[tuple[str, BoolArray], ...] = ()
    resamples: tuple[int, int] = (0, 0)


def judge(
    interval: Drawless, batch: PathBatch, form: Form, truth: float, n_widths: int
) -> Verdicts:
    """Evaluate an interval that needs no resampling in N studies.

    Monte Carlo limits are those that draws approach: they hold a value where the distribution
    function of the product there is between the two tails. A factor that combines paths, as in the
    contextual effect, has the least of their df; draws differ there a little.

    Parameters
    ----------
    interval : MonteCarlo, ProductDistribution, Delta or JointSignificance
    batch : PathBatch
    form : Form
        One path, or the product of two sums of paths.
    truth : float
    n_widths : int
        Studies, from the first, whose limits are computed for their width.

    Returns
    -------
    Verdicts
    """
    failed = _without_estimate(batch, form)
    stopped = np.array([each is Convergence.NOT_CONVERGED for each in batch.convergence])
    causes = ((NOT_CONVERGED, stopped), (NO_ESTIMATE, failed))
    usable = _usable(batch, failed)
    tail = (1 - interval.conf_level) / 2
    is_normal = interval.distribution is DrawDistribution.NORMAL
    weights = factors_of(form)
    if one_path(form) is not None or weights is None or isinstance(interval, Delta):
        found = _symmetric(usable, form, truth, tail, is_normal)
        return replace(found, widths=found.widths[:n_widths], causes=causes)
    factors = factors_of_products(
        usable.values, usable.covariance, usable.df, *weights, interval.distribution
    )
    estimates = factors.values.prod(axis=1)
    if isinstance(interval, JointSignificance):
        rejected = _joint_p_values(factors) <= 2 * tail
        return Verdicts(estimates, rejected, None, np.empty(0), causes)
    below = product_cdf(factors, np.zeros(len(estimates)))
    rejected = np.asarray((below < tail) | (below > 1 - tail))
    if truth == 0:
        covered = np.asarray(~rejected)
    else:
        at_truth = product_cdf(factors, np.full(len(estimates), truth))
        covered = np.asarray((at_truth >= tail) & (at_truth <= 1 - tail))
    return Verdicts(estimates, rejected, covered, _widths(factors, tail, n_widths), causes)


def _without_estimate(batch: PathBatch, form: Form) -> BoolArray:
    """Whether a path of the effect has no value, standard error or df."""
    used = form.uses
    variances = np.diagonal(batch.covariance, axis1=1, axis2=2)[:, used]
    with np.errstate(invalid="ignore"):
        fine = np.isfinite(batch.values[:, used]) & (variances > 0) & (batch.df[:, used] > 0)
    return np.asarray(~(fine & np.isfinite(variances)).all(axis=1))


def _usable(batch: PathBatch, failed: BoolArray) -> PathBatch:
    """Fill what is missing, so that it raises no warning; nobody reads what comes of it."""
    missing = np.isnan(batch.values) | failed[:, None]
    if not missing.any():
        return batch
    square = missing[:, :, None] | missing[:, None, :]
    return replace(
        batch,
        values=np.where(missing, 0.0, batch.values),
        covariance=np.where(square, np.eye(missing.shape[1]), batch.covariance),
        df=np.where(missing, np.inf, batch.df),
    )


def _symmetric(
    batch: PathBatch, form: Form, truth: float, tail: float, is_normal: bool
) -> Verdicts:
    """Estimate plus and minus a quantile of t times the standard error; see `Delta`."""
    estimates = form.value(batch.values)
    gradient = form.gradient(batch.values)
    variances = np.einsum("ni,nij,nj->n", gradient, batch.covariance, gradient)
    df = np.full(len(estimates), np.inf) if is_normal else batch.df[:, form.uses].min(axis=1)
    half = np.sqrt(np.maximum(variances, 0.0)) * t_quantile(df, 1 - tail)
    return Verdicts(
        estimates,
        np.asarray(np.abs(estimates) > half),
        np.asarray(np.abs(estimates - truth) <= half),
        2 * half,
    )


def t_quantile(df: Array, probability: float) -> Array:
    """Quantile of t; of the normal where df is infinite.

    Examples
    --------
    >>> t_quantile(np.array([4.0, np.inf]), 0.975).round(3).tolist()
    [2.776, 1.96]
    """
    normal = np.isinf(df)
    found = special.stdtrit(np.where(normal, 1.0, df), probability)
    return np.asarray(np.where(normal, special.ndtri(probability), found))


def _joint_p_values(factors: Factors) -> Array:
    """Larger p-value of the two factors."""
    t = -np.abs(factors.values / factors.errors)
    normal = np.isinf(factors.df)
    p_values = 2 * np.where(
        normal, special.ndtr(t), special.stdtr(np.where(normal, 1.0, factors.df), t)
    )
    larger: Array = p_values.max(axis=1)
    return larger


def _widths(factors: Factors, tail: float, n_widths: int) -> Array:
    """Widths of the limits of the first products."""
    parts = (factors.values, factors.errors, factors.df, factors.rho)
    first = Factors(*(part[:n_widths] for part in parts))
    if not len(first):
        return np.empty(0)
    limits = product_quantiles(first, np.array([tail, 1 - tail]))
    widths: Array = limits[:, 1] - limits[:, 0]
    return widths
