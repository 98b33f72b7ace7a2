"""The data of a fit, to be estimated again many times: what every bootstrap asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mediation.arrays import Array, BoolArray, read_only
from mediation.errors import EstimationError
from mediation.vocabulary import Failure, Resample

Multiplicities = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Resampled:
    """Paths in N resamples.

    Attributes
    ----------
    values : ndarray, shape (N, n_paths)
        In the order of `Fit.paths.parameters`; NaN in all places of a resample that failed, and
        in those of paths that a resample does not identify.
    failures : tuple of (Failure, int)
        Resamples that failed, by cause; only causes that happened. NOT_IDENTIFIED counts those in
        which some paths have a value and others none.
    """

    values: Array
    failures: tuple[tuple[Failure, int], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values))


class Resampler(Protocol):
    """The data of a fit, ready to be resampled and estimated again. Point estimates only.

    Attributes
    ----------
    n_rows : int
        Rows that can be drawn.
    n_outer : int
        Outermost clusters; 0 without clusters.
    """

    @property
    def n_rows(self) -> int:
        """Rows that can be drawn."""

    @property
    def n_outer(self) -> int:
        """Outermost clusters; 0 without clusters."""

    @property
    def ways(self) -> frozenset[Resample]:
        """What can be drawn: of CLUSTERS, CLIENTS (rows) and PARAMETRIC."""

    def by_clusters(self, counts: Multiplicities) -> Resampled:
        """Estimate resamples of whole outermost clusters.

        Parameters
        ----------
        counts : ndarray of int, shape (N, n_outer)
            How often each cluster is in each resample. Clusters are numbered in the order in which
            they first appear in the rows analysed; one drawn twice counts as two clusters.

        Raises
        ------
        EstimationError
            If there are no clusters, or `counts` has another shape.
        """

    def by_rows(self, counts: Multiplicities) -> Resampled:
        """Estimate resamples of rows, drawn as if they were independent.

        Parameters
        ----------
        counts : ndarray of int, shape (N, n_rows)
            How often each row analysed is in each resample.

        Raises
        ------
        EstimationError
            If the engine models clusters, or `counts` has another shape.
        """

    def parametric(self, n: int, rng: np.random.Generator) -> Resampled:
        """Draw mediators and outcome from the fitted model n times, and estimate each time.

        Raises
        ------
        EstimationError
            If the engine has no model to draw from.
        """


def check_counts(counts: Multiplicities, n_units: int, what: str) -> Multiplicities:
    """Refuse multiplicities of another number of units.

    Raises
    ------
    EstimationError
        If there are no such units, or the shape is another one.
    """
    if n_units == 0:
        raise EstimationError(
            f"Resamples of {what} need {what}. The model names none. Resample rows."
        )
    if counts.ndim != 2 or counts.shape[1] != n_units:
        raise EstimationError(
            f"`counts` must have one column for each of {n_units} {what}. Found shape "
            f"{counts.shape}. Give how often each is in each resample."
        )
    return counts


def collect(values: Array, causes: tuple[tuple[Failure, BoolArray], ...]) -> Resampled:
    """Put NaN where a resample failed, and count the first cause of each.

    Examples
    --------
    >>> flat = np.array([True, False, False])
    >>> wrong = np.array([True, True, False])
    >>> causes = ((Failure.PREDICTOR_CONSTANT, flat), (Failure.NOT_ESTIMABLE, wrong))
    >>> found = collect(np.ones((3, 1)), causes)
    >>> found.values[:, 0].tolist(), [(cause.name, n) for cause, n in found.failures]
    ([nan, nan, 1.0], [('PREDICTOR_CONSTANT', 1), ('NOT_ESTIMABLE', 1)])
    """
    failed = np.zeros(len(values), dtype=bool)
    counted = []
    for cause, has_it in causes:
        counted.append((cause, int(np.sum(has_it & ~failed))))
        failed |= has_it
    kept = np.where(failed[:, None], np.nan, values)
    return Resampled(kept, tuple((cause, n) for cause, n in counted if n))
