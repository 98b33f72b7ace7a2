"""Maxima of the likelihood of many data sets of one layout, as `maximize` finds each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.ascent import Ascent
from mediation.estimation.two_level.boundary import (
    RUNAWAY,
    Face,
    Trade,
    find_runaways,
    interior,
    settle,
)
from mediation.estimation.two_level.fit import flag_traded
from mediation.estimation.two_level.information import BLURRED, inverse_root, roots_of_inverses
from mediation.estimation.two_level.loadings import loading_form, many_from_loadings, to_loadings
from mediation.estimation.two_level.many_ascents import climb_together
from mediation.estimation.two_level.maximize import maximize
from mediation.estimation.two_level.statistics import Statistics, take_sets
from mediation.estimation.two_level.structure import Structure


@dataclass(frozen=True, slots=True, eq=False)
class ManyMaxima:
    """Where the likelihoods of N data sets are greatest.

    Attributes
    ----------
    theta : ndarray, shape (N, k)
        Parameters of standardised variables.
    at_zero : ndarray of bool, shape (N, p)
        Variances between clusters at zero.
    has_converged : ndarray of bool, shape (N,)
    root : ndarray, shape (N, k, k)
        R of the inverse information R R', zero for what is fixed; NaN where not asked for.
    lost : dict of str to ndarray of bool
        Entries of "slopes_between" (N, p, p) and "effects_between" (N, p, r) without a unique
        value.
    """

    theta: Array
    at_zero: BoolArray
    has_converged: BoolArray
    root: Array
    lost: dict[str, BoolArray]


def maximize_together(
    structure: Structure, statistics: Statistics, start: Array, *, with_root: bool
) -> ManyMaxima:
    """Maximise the likelihood of each of N data sets.

    All climb in step. Those that end where the shared way of climbing has no answer, and models
    without a loading form, are maximised one by one.

    Parameters
    ----------
    structure : Structure
    statistics : Statistics
    start : ndarray, shape (N, k)
    with_root : bool
        Whether the inverse information is wanted.

    Returns
    -------
    ManyMaxima
    """
    form = loading_form(structure)
    found = _Search(structure, form, statistics, start)
    if form is not None:
        found.climb(form, with_root=with_root)
    for member in np.flatnonzero(~found.has_converged):
        found.maximize_one(int(member))
    if with_root:
        found.take_roots()
    return found.result()


class _Search:
    """The state of a search for N maxima."""

    def __init__(
        self, structure: Structure, form: Structure | None, statistics: Statistics, start: Array
    ) -> None:
        n_sets, k = start.shape
        self.structure, self.form, self.statistics = structure, form, statistics
        self.start, self.theta = start, start.copy()
        self.has_converged = np.zeros(n_sets, bool)
        self.faces = [interior(structure)] * n_sets
        self.hessian = np.full((n_sets, k, k), np.nan)
        self.root = np.full((n_sets, k, k), np.nan)
        self.is_rooted = np.zeros(n_sets, bool)

    def climb(self, form: Structure, *, with_root: bool) -> None:
        """Climb in loadings, then on the faces where that has ended."""
        start = to_loadings(self.structure, form, self.start)
        first = climb_together(form, self.statistics, start, np.ones(start.shape, bool))
        arrived = np.flatnonzero(first.has_arrived)
        theta, at_zero = many_from_loadings(
            self.structure, form, first.theta[arrived], first.hessian[arrived]
        )
        self.theta[arrived], self.has_converged[arrived] = theta, True
        is_settled = at_zero.any(axis=1)
        for number in np.flatnonzero(is_settled):
            member = int(arrived[number])
            self.theta[member], self.faces[member] = settle(
                self.structure, theta[number], at_zero[number]
            )
        again = arrived if with_root else arrived[is_settled]
        if len(again):
            free = np.array([self.faces[member].free for member in again])
            statistics = take_sets(self.statistics, again)
            last = climb_together(self.structure, statistics, self.theta[again], free)
            self.theta[again], self.hessian[again] = last.theta, last.hessian
            self.has_converged[again] = last.has_arrived

    def maximize_one(self, member: int) -> None:
        """Maximise alone what has not arrived with the others."""
        statistics = take_sets(self.statistics, [member])
        maximum = maximize(self.structure, statistics, self.start[member])
        self.theta[member], self.faces[member] = maximum.theta, maximum.face
        self.has_converged[member] = maximum.has_converged
        self._keep_root(member, maximum.root)

    def take_roots(self) -> None:
        """Invert the information of those that climbed together."""
        waits = np.flatnonzero(~self.is_rooted)
        free = np.array([self.faces[member].free for member in waits])
        if not len(waits):
            return
        both = free[:, :, None] & free[:, None, :]
        eye = np.eye(free.shape[1])
        roots, least = roots_of_inverses(np.where(both, -self.hessian[waits], eye))
        self.root[waits], self.is_rooted[waits] = roots * free[:, :, None], True
        for member in waits[least < BLURRED]:
            self._root_alone(int(member))

    def result(self) -> ManyMaxima:
        """Give the maxima, with what has no unique value there."""
        p, r = self.structure.between.effects.shape
        n_sets = len(self.theta)
        lost = {
            "slopes_between": np.zeros((n_sets, p, p), bool),
            "effects_between": np.zeros((n_sets, p, r), bool),
        }
        slopes = self.structure.positions["slopes_between"]
        slopes = slopes[slopes >= 0]
        is_large = np.abs(self.theta[:, slopes]).max(axis=1, initial=0.0) > RUNAWAY
        for member in range(n_sets):
            trades = self.faces[member].trades
            if is_large[member]:
                trades += self._runaways(member)
            if trades:
                for name, flags in flag_traded(self.structure, trades).items():
                    lost[name][member] = flags
        at_zero = np.array([face.at_zero for face in self.faces])
        return ManyMaxima(self.theta, at_zero, self.has_converged, self.root, lost)

    def _runaways(self, member: int) -> tuple[Trade, ...]:
        if not self.is_rooted[member]:
            self._root_alone(member)
        errors = np.sqrt((self.root[member] ** 2).sum(axis=1))
        return find_runaways(self.structure, self.theta[member], errors)

    def _root_alone(self, member: int) -> None:
        statistics = take_sets(self.statistics, [member])
        face: Face = self.faces[member]
        ascent = Ascent(self.structure, statistics, self.theta[member], face)
        self._keep_root(member, inverse_root(ascent, self.form))

    def _keep_root(self, member: int, root: Array) -> None:
        """Keep a root, whose columns are as many as there are free parameters."""
        self.root[member] = 0.0
        self.root[member, :, : root.shape[1]] = root
        self.is_rooted[member] = True
