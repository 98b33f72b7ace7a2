"""Options of multiple imputation, and the items of a score that is imputed by its items."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from mediation.arrays import Array, read_only
from mediation.errors import SpecificationError
from mediation.model.specification import column_names
from mediation.options import check_choices

Shift = tuple[str, float]
"""A column, and how far its imputed values are moved in SD of its observed values."""


@dataclass(frozen=True, slots=True)
class Imputation:
    """How missing values are drawn: chained equations with random intercepts of the clusters.

    Attributes
    ----------
    n_imputations : int
        At least 2.
    n_iterations : int
        Visits of every incomplete column before its values are kept.
    auxiliary : tuple of str
        Columns that are in no equation of the model but say something of missing values, or of
        why they are missing; numbers or categories.
    delta : tuple of (str, float)
        Imputed values of a column are moved by this many SD of its observed values, after all have
        been drawn: values missing not at random.
    limits : tuple of (str, float, float)
        Least and greatest value that is drawn for a column. Left out, a drawn score may lie beyond
        the end of its scale and between its points: clipping and rounding would bias means, slopes
        and variances.
    cluster_scale : float
        Scale of the half-Cauchy prior on the SD of every level of clusters, in SD of the observed
        values of the column that is drawn.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    van Buuren (2018), Flexible Imputation of Missing Data, 2nd ed., ch. 4 and 7; Gelman (2006),
    Bayesian Analysis 1, 515-534 (half-Cauchy prior); von Hippel (2013), Sociological Methods &
    Research 42, 105-138, and Horton, Lipsitz & Parzen (2003), The American Statistician 57, 229-232
    (why values are neither clipped nor rounded).

    Examples
    --------
    >>> Imputation().label
    '50 imputations by chained equations'
    """

    n_imputations: int = 50
    n_iterations: int = 20
    auxiliary: tuple[str, ...] = ()
    delta: tuple[Shift, ...] = ()
    limits: tuple[tuple[str, float, float], ...] = ()
    cluster_scale: float = 0.5

    def __post_init__(self) -> None:
        check_choices(self)
        auxiliary = column_names("auxiliary", self.auxiliary)
        object.__setattr__(self, "auxiliary", tuple(dict.fromkeys(auxiliary)))
        object.__setattr__(self, "delta", check_shifts(self.delta))
        object.__setattr__(self, "limits", _check_limits(self.limits))
        _check_whole("n_imputations", self.n_imputations, 2, "50 are usual.")
        _check_whole("n_iterations", self.n_iterations, 1, "20 are usual.")
        if not is_real(self.cluster_scale) or self.cluster_scale <= 0:
            raise SpecificationError(
                f"`cluster_scale` must be a number above 0. Found {self.cluster_scale!r}. Give 0.5."
            )

    @property
    def label(self) -> str:
        """One line for readers."""
        moved = ", ".join(f"{name} moved by {by:+g} SD" for name, by in self.delta if by)
        text = f"{self.n_imputations} imputations by chained equations"
        return f"{text}; imputed values of {moved}" if moved else text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreItems:
    """Items of one score, to be imputed in its place.

    Attributes
    ----------
    score : str
        Column of the table that the items make.
    items : ndarray, shape (n_rows, n_items)
        Answers in the order of the rows of the table, NaN where there is none.
    score_of : callable
        Scores complete answers, shape (..., n_items) -> (...).
    is_reversed : tuple of bool, optional
        Items that count the other way round.

    Raises
    ------
    SpecificationError
        If there are fewer than two items, or `is_reversed` has another length.
    """

    score: str
    items: Array
    score_of: Callable[[Array], Array]
    is_reversed: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", read_only(self.items))
        if self.items.ndim != 2 or self.items.shape[1] < 2:
            raise SpecificationError(
                f"Items of `{self.score}` must be a table of at least two columns. Found shape "
                f"{self.items.shape}. Impute the score instead."
            )
        n_items = self.items.shape[1]
        if len(self.is_reversed) not in (0, n_items):
            raise SpecificationError(
                f"`is_reversed` must say it of each of {n_items} items of `{self.score}`. Found "
                f"{len(self.is_reversed)}. Leave it out if no item is reversed."
            )

    def __repr__(self) -> str:
        """Sizes only."""
        n_rows, n_items = self.items.shape
        return f"ScoreItems({self.score}, {n_items} items, {n_rows} rows)"

    @property
    def signs(self) -> Array:
        """Minus one for reversed items, shape (n_items,)."""
        signs = np.ones(self.items.shape[1])
        signs[: len(self.is_reversed)][np.array(self.is_reversed, dtype=bool)] = -1.0
        return signs


def is_real(value: Any) -> bool:
    """Whether a value is a finite number, and not True or False."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return is_number and math.isfinite(float(value))


def check_shifts(shifts: Iterable[Shift]) -> tuple[Shift, ...]:
    """Give shifts as a tuple, each column once.

    Raises
    ------
    SpecificationError
        If one is no pair of a column and a finite number, or a column is named twice.

    Examples
    --------
    >>> check_shifts([("hope", -0.5)])
    (('hope', -0.5),)
    """
    found: tuple[Any, ...] = tuple(tuple(shift) for shift in shifts)
    wrong = [s for s in found if len(s) != 2 or not isinstance(s[0], str) or not is_real(s[1])]
    names = [shift[0] for shift in found]
    if wrong or len(set(names)) < len(names):
        raise SpecificationError(
            "A shift must be a column and a number of SD, each column once. Found "
            f"{len(found)} shifts, of which {len(wrong)} are no such pair. "
            'Write, for example, (("hope", -0.5),).'
        )
    return tuple((str(name), float(by)) for name, by in found)


def _check_limits(
    limits: Iterable[tuple[str, float, float]],
) -> tuple[tuple[str, float, float], ...]:
    found: tuple[Any, ...] = tuple(tuple(each) for each in limits)
    for each in found:
        is_pair = len(each) == 3 and isinstance(each[0], str)
        if not is_pair or not (is_real(each[1]) and is_real(each[2]) and each[1] < each[2]):
            raise SpecificationError(
                "Limits must be a column, its least and its greatest value. Found something else. "
                'Write, for example, (("alliance", 24, 96),).'
            )
    return tuple((str(name), float(low), float(high)) for name, low, high in found)


def _check_whole(name: str, value: object, least: int, why: str) -> None:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or int(str(value)) < least:
        raise SpecificationError(
            f"`{name}` must be a whole number, at least {least}. Found {value!r}. {why}"
        )
