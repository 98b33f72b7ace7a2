"""Which indicator sets the scale of a latent variable while it is fitted, and back from there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from mediation.arrays import Array, read_only
from mediation.estimation.latent.solve import Solution, solve
from mediation.estimation.latent.structure import Structure

# Standardised loading below which a marker's is not divided by.
LEAST = 1e-6
# A marker is changed at most this often from one start.
MARKER_CHANGES = 4


def choose_markers(structure: Structure, values: Array) -> Structure:
    """Make the indicator with the largest loading the marker of each latent variable.

    A marker that hardly measures its latent variable sends the other loadings to infinity, and
    Newton's steps nowhere. Models with different markers have the same maximum.

    Parameters
    ----------
    structure : Structure
    values : ndarray, shape (n_parameters,)
        Standardised parameters.

    Returns
    -------
    Structure
        With the loading of the old marker free in the place of the new one's.
    """
    markers, slots = [], list(structure.slots)
    for old, (latent, items) in zip(structure.markers, structure.indicators, strict=True):
        loadings = {
            k: abs(float(values[k]))
            for k, s in enumerate(structure.slots)
            if s.is_arrow and s.tail == latent and s.head in items
        }
        best = max(loadings, key=lambda k: loadings[k])
        if loadings[best] > 1.0:
            markers.append(slots[best].head)
            slots[best] = replace(slots[best], head=old)
        else:
            markers.append(old)
    return replace(structure, markers=tuple(markers), slots=tuple(slots))


@dataclass(frozen=True, slots=True, eq=False)
class Rescaling:
    """From parameters by the markers of one structure to those of another.

    With c the loading of the other structure's marker, each parameter is multiplied by a power
    of c: loadings and slopes on the latent variable by 1/c, slopes of it by c, its variance by
    c squared.

    Attributes
    ----------
    fitted, reported : Structure
    """

    fitted: Structure
    reported: Structure
    powers: Array = field(init=False)
    at: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        at, powers = [], []
        pairs = zip(self.fitted.markers, self.reported.markers, self.fitted.indicators, strict=True)
        for old, new, (latent, _) in pairs:
            if old == new:
                continue
            here = next(k for k, s in enumerate(self.fitted.slots) if s.is_arrow and s.head == new)
            power = [
                (s.head == latent) + (-1 if s.is_arrow else 1) * (s.tail == latent)
                for s in self.fitted.slots
            ]
            # c itself becomes 1 / c, the loading of the old marker.
            power[here] = -2
            at.append(here)
            powers.append(power)
        n = len(self.fitted.slots)
        object.__setattr__(self, "at", tuple(at))
        object.__setattr__(self, "powers", read_only(np.array(powers).reshape(len(at), n)))

    def values(self, fitted: Array) -> Array:
        """Parameters by the reported markers, shape (..., n_parameters)."""
        result = fitted.copy()
        for c, power in zip(self._loadings(fitted), self.powers, strict=True):
            result *= c[..., None] ** power
        return result

    def jacobian(self, fitted: Array) -> Array:
        """Give derivatives of `values` at one point, shape (n_parameters, n_parameters)."""
        result = np.diag(np.ones(len(fitted)))
        values = self.values(fitted)
        for c, power in zip(self._loadings(fitted), self.powers, strict=True):
            result *= (c**power)[:, None]
        for here, c, power in zip(self.at, self._loadings(fitted), self.powers, strict=True):
            result[:, here] += values * power / c
        return result

    def _loadings(self, fitted: Array) -> list[Array]:
        found = [fitted[..., k] for k in self.at]
        return [np.where(np.abs(c) < LEAST, LEAST, c) for c in found]


def solve_by_markers(
    structure: Structure, moments: Array, start: Array | None
) -> tuple[Structure, Solution]:
    """Solve for one data set, by other markers or from plain values if a start ends nowhere.

    Parameters
    ----------
    structure : Structure
    moments : ndarray, shape (n_observed, n_observed)
        Correlations.
    start : ndarray, shape (n_parameters,), or None

    Returns
    -------
    structure : Structure
        With the markers by which the solution is given.
    solution : Solution
        The first one that can be used; if there is none, the first.
    """
    starts = [structure.starts()] if start is None else [start, structure.starts()]
    found = []
    for values in starts:
        fitted = structure
        for _ in range(MARKER_CHANGES + 1):
            solution = solve(fitted, moments[None], values[None])
            found.append((fitted, solution))
            if solution.is_usable[0]:
                return found[-1]
            better = choose_markers(fitted, solution.values[0])
            values = Rescaling(fitted, better).values(solution.values[0])
            fitted = better
    return found[0]
