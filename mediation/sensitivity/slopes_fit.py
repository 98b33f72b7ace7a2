"""The model whose slopes differ between clusters: its optimum, and limits of the spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from mediation.arrays import Array, IntArray
from mediation.errors import EstimationError
from mediation.estimation.columns import Equation
from mediation.estimation.criterion import Profile
from mediation.estimation.design import Prepared
from mediation.estimation.equation import standardize
from mediation.estimation.least_squares import cluster_grams
from mediation.estimation.nested import nested_statistics, tree_of
from mediation.estimation.reml import fit_reml
from mediation.model import Parameter
from mediation.sensitivity.slopes_criterion import SlopeData, minimize_at_sd, minimize_reml
from mediation.sensitivity.slopes_own import own_slopes
from mediation.vocabulary import Level, PathName

# Standard deviations of slopes from which the search begins, in units in which columns are
# standardised and the residual standard deviation is one.
STARTS = (0.1, 0.5)
# A slope standard deviation below this share of the residual one, columns standardised, is zero.
ZERO = 1e-4
MOST_DOUBLINGS = 40


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SlopeWork:
    """Cross-products of standardised columns, and what takes results back to their units."""

    data: SlopeData
    statistics_of: tuple[Array, Array, tuple[IntArray, ...]]
    order: IntArray
    sizes: Array
    width: float
    height: float
    constant: float

    @classmethod
    def of(cls, prepared: Prepared, mediator: str) -> SlopeWork:
        """Reduce the rows of the outcome's equation."""
        equation: Equation = prepared.outcome_equation
        role = Parameter(PathName.B, Level.WITHIN, mediator)
        slope_at = equation.roles.index(role)
        codes = prepared.clusters.codes
        tree = tree_of(codes)
        columns = np.concatenate([equation.x, equation.y[:, None]], axis=1)[tree.order]
        z, scaling = standardize(columns[None])
        inner = np.repeat(np.arange(len(tree.sizes)), tree.sizes.astype(np.int64))
        data = SlopeData(cluster_grams(z, inner)[0], tree.first_children[::-1], slope_at, len(z[0]))
        width = scaling.width[0]
        constant = 2 * data.df * np.log(width[-1]) + 2 * np.log(width[:-1]).sum()
        sorted_codes = tuple(code[tree.order] for code in codes)
        return cls(
            data=data,
            statistics_of=(z[0][:, :-1], z[0][:, -1], sorted_codes),
            order=codes[-1][tree.order][tree.first_rows],
            sizes=tree.sizes,
            width=float(width[slope_at]),
            height=float(width[-1]),
            constant=float(constant),
        )


def fit_slopes(work: SlopeWork) -> tuple[Array, float, float]:
    """Best point, its criterion, and that of the model whose slopes are alike."""
    same = _fit_same(work)
    intercepts = np.sqrt(same.ratios[0])
    rest = np.maximum(intercepts[-2::-1], 0.05)
    starts = [[s, 0.0, max(intercepts[-1], 0.05), *rest] for s in STARTS]
    point, criterion = minimize_reml(work.data, np.array(starts))
    least = float(same.value[0])
    if abs(point[0]) < ZERO or criterion >= least:
        point = np.array([0.0, 0.0, intercepts[-1], *intercepts[-2::-1]])
        criterion = least
    if not np.isfinite(criterion):
        raise EstimationError(
            "The restricted likelihood with differing slopes must have an optimum. It has none in "
            "these rows. Look for a covariate that nearly repeats another one."
        )
    # Signs of a root are free; standard deviations are positive.
    point = np.append(np.sign(point[0] or 1.0) * point[:2], np.abs(point[2:]))
    return point, criterion, least


def intercepts_differ(work: SlopeWork) -> bool:
    """Whether intercepts of innermost clusters vary where slopes are alike."""
    return bool(_fit_same(work).ratios[0, -1] > 0)


def _fit_same(work: SlopeWork) -> Profile:
    return fit_reml(nested_statistics(*work.statistics_of)).profile


def limit_of_sd(
    work: SlopeWork,
    sd: float,
    criterion: float,
    sigma: float,
    point: Array,
    conf_level: float,
    *,
    upwards: bool,
) -> float:
    """Where the profile of the criterion has risen by the quantile, on one side of its minimum."""
    reach = np.sqrt(conf_limit(conf_level))
    warm = [np.append(np.log(sigma), point[1:])]

    def above(tried: float) -> float:
        end, value = minimize_at_sd(work.data, tried, warm[0])
        warm[0] = end
        return float(np.sqrt(max(value - criterion, 0.0)) - reach)

    if not upwards:
        return float(optimize.brentq(above, 1e-3 * sd, sd, rtol=1e-4))
    inside, outside = sd, 1.5 * max(sd, float(np.nanmedian(own_slopes(work.data).std_errors)) / 2)
    for _ in range(MOST_DOUBLINGS):
        if above(outside) > 0:
            return float(optimize.brentq(above, inside, outside, rtol=1e-4))
        inside, outside = outside, 2 * outside
    return float("inf")


def mixture_p(statistic: float) -> float:
    """Tail of an equal mixture of chi2 with 1 and 2 degrees of freedom.

    Examples
    --------
    >>> round(mixture_p(5.14), 3), mixture_p(0.0)
    (0.05, 1.0)
    """
    if statistic <= 0:
        return 1.0
    return float((stats.chi2.sf(statistic, 1) + stats.chi2.sf(statistic, 2)) / 2)


def conf_limit(conf_level: float) -> float:
    """How far the criterion may rise inside profile limits."""
    return float(stats.chi2.ppf(conf_level, 1))
