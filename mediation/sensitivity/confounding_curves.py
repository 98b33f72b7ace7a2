"""An effect against the correlation of errors, and the correlations at which its finding ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from mediation.arrays import Array
from mediation.estimation.paths import Fit
from mediation.inference.analytic import AnalyticSolution
from mediation.inference.interval import Estimate, Solution
from mediation.inference.monte_carlo import DrawnSolution, MonteCarlo
from mediation.inference.resampled import ResampledSolution
from mediation.inference.result import MediationResult
from mediation.model import Form
from mediation.sensitivity.confounding_errors import ErrorLevels
from mediation.vocabulary import EffectName, Level

# Correlations nearer to one than this are not looked at.
MOST = 0.99
HALVINGS = 9


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RhoCurve:
    """One effect at correlations of the errors of mediator and outcome.

    Attributes
    ----------
    errors : Level
        Whose correlation varies: errors of rows inside clusters, cluster intercepts, or all rows.
    effect : EffectName
    level : Level
        Of the effect.
    rho : tuple of float
        Ascending.
    estimates : tuple of Estimate
        One for each correlation, with limits as the result has them. Variances are taken as known.
    zero : float or None
        Correlation at which the estimate is zero; None if there is none.
    below, above : float or None
        The correlations nearest to none at which the interval (the p-value, where there are no
        limits) says another thing of zero than without one; None if it does at none.
    excludes_zero : bool
        What it says without a correlation.
    left : float
        (1 - R²) of the mediator's equation times (1 - R²) of the outcome's; NaN between clusters.
    """

    errors: Level
    effect: EffectName
    level: Level
    rho: tuple[float, ...]
    estimates: tuple[Estimate, ...]
    zero: float | None
    below: float | None
    above: float | None
    excludes_zero: bool
    left: float

    @property
    def tip(self) -> float | None:
        """The smaller of `below` and `above`, in size."""
        found = [rho for rho in (self.below, self.above) if rho is not None]
        return min(found, key=abs, default=None)

    def r2_product(self, rho: float) -> tuple[float, float]:
        """Product of what a common cause explains of mediator and outcome, for a correlation.

        Returns
        -------
        residual, total : float
            Of the variance that the equations leave unexplained, and of all of it.

        References
        ----------
        Imai, Keele & Yamamoto (2010), Statistical Science 25, 51-71, section 5.3.
        """
        return rho**2, rho**2 * self.left


def solution_of(result: MediationResult, rng: np.random.Generator) -> Solution | None:
    """Give what the intervals of a result are made from; Monte Carlo draws where that cannot move.

    Parameters
    ----------
    result : MediationResult
    rng : numpy.random.Generator
        Used only for a wild bootstrap, which knows rows and no draws of the paths.

    Returns
    -------
    Solution or None
        None if the fit did not converge.
    """
    solution = result.solution
    if solution is None or isinstance(
        solution, DrawnSolution | AnalyticSolution | ResampledSolution
    ):
        return solution
    return MonteCarlo(conf_level=result.conf_level).solve(result.fit, rng)


def moved(solution: Solution, fit: Fit, shift: Array) -> Solution:
    """Move all paths by known amounts, with all that was drawn of them.

    Parameters
    ----------
    solution : Solution
        From `solution_of`.
    fit : Fit
    shift : ndarray, shape (n_paths,)

    Returns
    -------
    Solution
    """
    paths = replace(fit.paths, values=fit.paths.values + shift)
    if isinstance(solution, DrawnSolution):
        return replace(solution, paths=paths, draws=solution.draws + shift)
    if isinstance(solution, ResampledSolution):
        out = solution.left_out
        return replace(
            solution,
            fit=replace(fit, paths=paths),
            values=solution.values + shift,
            left_out=None if out is None else out + shift,
        )
    assert isinstance(solution, AnalyticSolution)
    return replace(solution, paths=paths)


def side_of_zero(value: Estimate, conf_level: float) -> int:
    """Give the sign of an effect whose limits, or p-value where there are none, exclude zero.

    Returns
    -------
    int
        1 or -1, and 0 where zero is not excluded.
    """
    if np.isnan([value.conf_low, value.conf_high]).any():
        # Rounded, since 1 - 0.95 is a little more than 0.05.
        return int(np.sign(value.estimate)) if value.p_value < round(1 - conf_level, 12) else 0
    return int(value.conf_low > 0) - int(value.conf_high < 0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Moving:
    """An effect that moves with the correlation of errors.

    Attributes
    ----------
    fit : Fit
    solution : Solution
    form : Form
    errors : ErrorLevels
    at : Level
        Whose correlation varies; the other is none.
    conf_level : float
    """

    fit: Fit
    solution: Solution
    form: Form
    errors: ErrorLevels
    at: Level
    conf_level: float

    def shifts(self, rho: Array) -> Array:
        """Give moves of the paths, shape (N,) -> (N, n_paths)."""
        none = np.zeros_like(rho)
        if self.at is Level.BETWEEN:
            return self.errors.shifts(none, rho)
        return self.errors.shifts(rho, none)

    def points(self, rho: Array) -> Array:
        """Estimates at correlations, shape (N,) -> (N,)."""
        return self.form.value(self.fit.paths.values + self.shifts(rho))

    def value(self, rho: float) -> Estimate:
        """Estimate with its limits at one correlation."""
        shift = self.shifts(np.array([rho]))[0]
        return moved(self.solution, self.fit, shift).estimate(self.form)

    def side(self, rho: float) -> int:
        """On which side of zero the interval lies at one correlation; 0 if it holds zero."""
        return side_of_zero(self.value(rho), self.conf_level)


def trace(
    moving: Moving, effect: EffectName, level: Level, rho: tuple[float, ...], left: float
) -> RhoCurve:
    """Follow an effect over correlations of errors, and find where its finding ends.

    Parameters
    ----------
    moving : Moving
    effect : EffectName
    level : Level
    rho : tuple of float
        Ascending, with 0 among them.
    left : float
        As in `RhoCurve`.

    Returns
    -------
    RhoCurve
    """
    estimates = tuple(moving.value(each) for each in rho)
    start = rho.index(0.0)
    says = [side_of_zero(value, moving.conf_level) for value in estimates]
    up = list(zip(rho[start:], says[start:], strict=True))
    down = list(zip(rho[start::-1], says[start::-1], strict=True))
    return RhoCurve(
        errors=moving.at,
        effect=effect,
        level=level,
        rho=rho,
        estimates=estimates,
        zero=_zero(moving),
        below=_first_change(moving.side, down),
        above=_first_change(moving.side, up),
        excludes_zero=says[start] != 0,
        left=left,
    )


def _zero(moving: Moving) -> float | None:
    """Correlation nearest to none at which the estimate is zero."""
    grid = np.linspace(-MOST, MOST, 199)
    values = moving.points(grid)
    at = np.flatnonzero(values[:-1] * values[1:] <= 0)
    if not len(at) or np.ptp(values) == 0:
        return None
    k = at[np.argmin(np.abs(grid[at]))]
    return float(brentq(lambda rho: float(moving.points(np.array([rho]))[0]), grid[k], grid[k + 1]))


def _first_change(side: Callable[[float], int], steps: list[tuple[float, int]]) -> float | None:
    """Find the correlation, from the first step on, where the finding changes, by halving."""
    begins = steps[0][1]
    for (near, _), (far, says) in pairwise(steps):
        if says == begins:
            continue
        for _ in range(HALVINGS):
            middle = (near + far) / 2
            if side(middle) == begins:
                near = middle
            else:
                far = middle
        return far
    return None
