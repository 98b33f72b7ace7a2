"""Newton's method on the two-level likelihood, with variances between clusters allowed at zero."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.boundary import Face, settle
from mediation.estimation.two_level.likelihood import Differentiated, differentiate, evaluate
from mediation.estimation.two_level.statistics import Statistics
from mediation.estimation.two_level.structure import Structure

# A point is a maximum when the step left is shorter than this, squared, in standard errors.
DECREMENT = 1e-12
# The same for a point from which rounding lets no step rise.
ROUNDING = 1e-6
MAX_STEPS = 200
MAX_HALVINGS = 30
# A step may not take a variance within clusters below this share of its value.
SHRINK = 0.1
# Curvature, scaled to a unit diagonal, that counts as none: a smaller one is rounding.
FLAT = 1e-9


class Ascent:
    """The state of one ascent.

    Attributes
    ----------
    theta : ndarray, shape (k,)
    face : Face
        Variances held at zero. A step that takes another one below zero adds it.
    found : Differentiated
        Value, score and Hessian at `theta`.
    n_steps : int
    """

    def __init__(
        self, structure: Structure, statistics: Statistics, theta: Array, face: Face
    ) -> None:
        self.structure, self.statistics = structure, statistics
        self.theta, self.face = theta, face
        self.found = self._differentiate(theta)
        self.n_steps = 0
        self._inner = structure.positions["variances_within"]
        outer = structure.positions["variances_between"]
        self._outer = outer[outer >= 0]

    def climb(self) -> bool:
        """Go to the maximum on the present face; True if there is no doubt that it is one."""
        for _ in range(MAX_STEPS):
            self.n_steps += 1
            step, decrement, downhill = self._newton_step()
            if decrement < DECREMENT and downhill is None:
                # Value and Hessian would not change in any digit that is given.
                self.theta = self._bounded(self.theta + step)
                return True
            if decrement < DECREMENT and downhill is not None:
                if not self._escape(downhill):
                    return False
            elif not self._move(step):
                return decrement < ROUNDING and downhill is None
            else:
                self._choose_coordinates()
        # In a curved valley steps are short for long, and next to nothing is left to gain.
        return decrement < ROUNDING and downhill is None

    def settle(self, theta: Array, at_zero: BoolArray) -> None:
        """Go to a point and the face on which these variances are zero."""
        self.theta, self.face = settle(self.structure, theta, at_zero)
        self.found = self._differentiate(self.theta)

    def value(self, theta: Array) -> float:
        """Log-likelihood at a point; minus infinity where there is none."""
        with np.errstate(all="ignore"):
            value = float(evaluate(self.structure, self.statistics, theta[None]).value[0])
        return value if np.isfinite(value) else -np.inf

    def _newton_step(self) -> tuple[Array, float, Array | None]:
        """Step, its squared length in standard errors, and a direction of wrong curvature."""
        at = np.flatnonzero(self.face.free)
        information, score = -self.found.hessian[np.ix_(at, at)], self.found.score[at]
        diagonal = np.abs(np.diag(information))
        if self.structure.between.is_scaled:
            # A direction of loadings without information must not make steps of rounding errors.
            diagonal = np.maximum(diagonal, FLAT * diagonal.max())
        scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        information = information * np.outer(scale, scale)
        idle = self._idle()
        if idle.size:
            # The likelihood is constant there: any curvature will do.
            basis = np.linalg.qr(idle[at] / scale[:, None])[0]
            information = information + basis @ basis.T
        values, vectors = np.linalg.eigh(information)
        turned = vectors.T @ (scale * score)
        size = np.maximum(np.abs(values), FLAT)
        step = np.zeros_like(self.theta)
        step[at] = scale * (vectors @ (turned / size))
        downhill = None
        if values[0] < -FLAT:
            downhill = np.zeros_like(self.theta)
            downhill[at] = scale * vectors[:, 0] / np.sqrt(-values[0])
        return step, float((turned**2 / size).sum()), downhill

    def _move(self, step: Array) -> bool:
        """Take a step, halved until the likelihood rises."""
        falls = np.zeros(len(step), bool)
        falls[self._inner] = step[self._inner] < 0
        length = 1.0
        if falls.any():
            length = min(length, float(((1 - SHRINK) * self.theta[falls] / -step[falls]).min()))
        gain = min(float(self.found.score @ step), 0.1)
        for _ in range(MAX_HALVINGS):
            theta = self._bounded(self.theta + length * step)
            found = self._differentiate(theta)
            if found.value >= self.found.value + 1e-4 * length * gain:
                self._accept(theta, found)
                return True
            length /= 2
        return False

    def _escape(self, direction: Array) -> bool:
        """Leave a saddle point along a direction of wrong curvature."""
        length = 0.5
        for _ in range(MAX_HALVINGS):
            theta = self._bounded(self.theta + length * direction)
            if (theta[self._inner] > 0).all() and self.value(theta) > self.found.value:
                self._accept(theta, self._differentiate(theta))
                return True
            length /= 2
        return False

    def _choose_coordinates(self) -> None:
        """Change to other coordinates of the same point where these serve no longer."""

    def _idle(self) -> Array:
        """Directions in which nothing changes, shape (k, m)."""
        return np.zeros((len(self.theta), 0))

    def _bounded(self, theta: Array) -> Array:
        theta[self._outer] = np.maximum(theta[self._outer], 0.0)
        return theta

    def _accept(self, theta: Array, found: Differentiated) -> None:
        at_zero = theta[self._outer] <= 0
        if len(self._outer) and (at_zero & ~self.face.at_zero).any():
            self.settle(theta, at_zero)
        else:
            self.theta, self.found = theta, found

    def _differentiate(self, theta: Array) -> Differentiated:
        with np.errstate(all="ignore"):
            return differentiate(self.structure, self.statistics, theta)
