"""Whether the slope of the outcome on the mediator differs between clusters, and how much."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from mediation.arrays import Array, read_only
from mediation.errors import SpecificationError
from mediation.estimation.design import prepare
from mediation.model import MediationModel
from mediation.sensitivity.slopes_criterion import lower_root, slope_blups, slope_terms
from mediation.sensitivity.slopes_fit import (
    SlopeWork,
    fit_slopes,
    intercepts_differ,
    limit_of_sd,
    mixture_p,
)
from mediation.sensitivity.slopes_own import OwnSlopes, own_slopes


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SlopesOfClusters:
    """Slopes of the outcome on the mediator, cluster by cluster.

    Attributes
    ----------
    mediator, cluster : str
        Columns of the mediator and of the innermost clusters.
    mean : float
        Average slope b within.
    sd, sd_low, sd_high : float
        Standard deviation of the slopes between clusters, and its profile limits.
    conf_level : float
    correlation : float
        Between slopes and intercepts of the clusters; NaN if either does not vary.
    variances : tuple of (str, float)
        Of the intercepts of every level, outermost first, and of the residual.
    criterion, criterion_same : float
        -2 log restricted likelihood, with and without differing slopes.
    p_value : float
        Likelihood ratio against an equal mixture of chi2 with 1 and 2 df.
    intercepts_differ : bool
        Whether the intercepts of the innermost clusters vary where slopes are alike, as the mixture
        supposes. Where they do not, `p_value` is an upper bound.
    share_positive : float
        Of a normal distribution with that mean and SD, the share above zero.
    own : OwnSlopes
        Least squares slopes of each cluster and the test that all are alike.
    names : tuple of str
        Labels of the clusters.
    sizes : tuple of int
        Rows of each cluster.
    predicted : ndarray, shape (n_clusters,)
        Mean slope plus each cluster's predicted departure.
    """

    mediator: str
    cluster: str
    mean: float
    sd: float
    sd_low: float
    sd_high: float
    conf_level: float
    correlation: float
    variances: tuple[tuple[str, float], ...]
    criterion: float
    criterion_same: float
    p_value: float
    intercepts_differ: bool
    share_positive: float
    own: OwnSlopes
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    predicted: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "predicted", read_only(self.predicted))

    @property
    def statistic(self) -> float:
        """Likelihood ratio: how much lower the criterion is with differing slopes."""
        return max(self.criterion_same - self.criterion, 0.0)

    def to_frame(self) -> pd.DataFrame:
        """One row per cluster.

        Returns
        -------
        DataFrame
            Columns `cluster, n, own, own_std_error, predicted`; own slopes are NaN in clusters
            in which the mediator does not vary.
        """
        return pd.DataFrame(
            {
                "cluster": self.names,
                "n": self.sizes,
                "own": self.own.values,
                "own_std_error": self.own.std_errors,
                "predicted": self.predicted,
            }
        )


def slopes_of_clusters(
    model: MediationModel,
    frame: pd.DataFrame,
    *,
    mediator: str | None = None,
    conf_level: float = 0.95,
) -> SlopesOfClusters:
    """Let the slope b within differ between the innermost clusters.

    REML with the random intercepts of the declared model, and a random slope of the mediator's
    deviation from its cluster mean that may go with the intercept of the cluster.

    Parameters
    ----------
    model : MediationModel
        With clusters.
    frame : DataFrame
        One row per client; rows with a missing value are left out.
    mediator : str, optional
        Left out, the only one.
    conf_level : float
        Of the limits of the standard deviation.

    Returns
    -------
    SlopesOfClusters

    Raises
    ------
    SpecificationError
        If the model has no clusters, or `mediator` is none of its mediators.
    EstimationError
        If the model cannot be estimated, or fewer than two clusters hold several rows with
        different values of the mediator.

    Notes
    -----
    The mean of the product a b over clusters is a times the mean of b where the predictor, and
    so a, is that of the clusters: slopes that differ leave the indirect effect what it is and widen
    its standard error, which CR2 by the innermost clusters allows for.

    References
    ----------
    Stram & Lee (1994), Biometrics 50, 1171-1177 (the mixture); Self & Liang (1987), Journal
    of the American Statistical Association 82, 605-610. The mixture supposes intercepts that
    differ; where these do not, p is an upper bound.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> team = np.repeat(np.arange(12), 40)
    >>> m = rng.normal(size=480)
    >>> y = m * rng.normal(0.5, 0.4, 12)[team] + rng.normal(size=480)
    >>> frame = pd.DataFrame({"x": rng.normal(size=12)[team], "m": m, "y": y, "team": team})
    >>> found = slopes_of_clusters(MediationModel("x", ("m",), "y", clusters=("team",)), frame)
    >>> found.sd_low < 0.4 < found.sd_high, found.p_value < 0.01
    (True, True)
    """
    mediator = _mediator_of(model, mediator)
    prepared = prepare(model, frame)
    work = SlopeWork.of(prepared, mediator)
    point, criterion, same = fit_slopes(work)
    terms = slope_terms(work.data, point[None])
    sigma = float(np.sqrt(terms.rss[0] / work.data.df))
    root = sigma * lower_root(point[None])[0]
    covariance = root @ root.T
    sd, mean = float(np.sqrt(covariance[0, 0])), float(terms.beta[0][work.data.slope_at])
    if mixture_p(same - criterion) >= 1 - conf_level:
        low = 0.0
    else:
        low = limit_of_sd(work, sd, criterion, sigma, point, conf_level, upwards=False)
    high = limit_of_sd(work, sd, criterion, sigma, point, conf_level, upwards=True)
    unit = work.height / work.width
    both = float(np.sqrt(covariance[0, 0] * covariance[1, 1]))
    outer = (sigma * point[3:] * work.height) ** 2
    inner = float(covariance[1, 1]) * work.height**2
    intercepts = (*outer[::-1].tolist(), inner)
    levels = (*prepared.clusters.names, "residual")
    statistic = max(same - criterion, 0.0)
    return SlopesOfClusters(
        mediator=mediator,
        cluster=prepared.clusters.names[-1],
        mean=mean * unit,
        sd=sd * unit,
        sd_low=low * unit,
        sd_high=high * unit,
        conf_level=conf_level,
        correlation=float(covariance[0, 1]) / both if both > 0 else float("nan"),
        variances=tuple(zip(levels, (*intercepts, (sigma * work.height) ** 2), strict=True)),
        criterion=criterion + work.constant,
        criterion_same=same + work.constant,
        p_value=mixture_p(statistic),
        intercepts_differ=intercepts_differ(work),
        share_positive=float(stats.norm.cdf(mean / sd)) if sd > 0 else float(mean > 0),
        own=replace_units(own_slopes(work.data), unit),
        names=_names(model, frame, work),
        sizes=tuple(int(n) for n in work.sizes),
        predicted=(mean + slope_blups(work.data, point, terms)[:, 0]) * unit,
    )


def replace_units(own: OwnSlopes, unit: float) -> OwnSlopes:
    """Give slopes in the units of the columns."""
    return replace(own, values=own.values * unit, std_errors=own.std_errors * unit)


def _mediator_of(model: MediationModel, mediator: str | None) -> str:
    if not model.clusters:
        raise SpecificationError(
            "Slopes can differ between clusters only where there are some. `clusters` is empty. "
            "Name the clusters of the rows."
        )
    if mediator is None and len(model.mediators) == 1:
        return model.mediators[0]
    if mediator not in model.mediators:
        raise SpecificationError(
            f"`mediator` must be one of: {', '.join(model.mediators)}. Found {mediator}. Name one."
        )
    return mediator


def _names(model: MediationModel, frame: pd.DataFrame, work: SlopeWork) -> tuple[str, ...]:
    """Labels of the innermost clusters in the order of the cross-products."""
    complete = frame[list(model.columns + model.clusters)].dropna()
    labels = pd.factorize(complete[model.clusters[-1]])[1]
    return tuple(str(labels[int(k)]) for k in work.order)
