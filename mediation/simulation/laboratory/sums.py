"""Sums over studies, which add up over chunks, and the measures that they become."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from mediation.simulation.laboratory.verdicts import Verdicts


@dataclass(slots=True)
class Sums:
    """Of one method and effect in one cell; `a + b` is of both sets of studies.

    Attributes
    ----------
    n : int
        Studies.
    failures : dict of str to int
        Studies without a verdict, by cause.
    n_judged, rejected : int
        Studies with a verdict, and those in which zero is outside.
    n_limits, covered : int
        Studies with limits, and those in which the truth is inside.
    error, error2 : float
        Sum of estimate - truth, and of its square.
    n_widths : int
    width, width2 : float
        Studies with a finite width, sum of the widths, and of their squares.
    resamples, resamples_failed : int
    """

    n: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    n_judged: int = 0
    rejected: int = 0
    n_limits: int = 0
    covered: int = 0
    error: float = 0.0
    error2: float = 0.0
    n_widths: int = 0
    width: float = 0.0
    width2: float = 0.0
    resamples: int = 0
    resamples_failed: int = 0

    def __add__(self, other: Sums) -> Sums:
        """Sum over the studies of both."""
        causes = {**self.failures, **other.failures}
        failures = {
            cause: self.failures.get(cause, 0) + other.failures.get(cause, 0) for cause in causes
        }
        numbers = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
            if each.name != "failures"
        }
        return Sums(failures=failures, **numbers)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Sums:
        """Read what `dataclasses.asdict` wrote.

        Raises
        ------
        TypeError
            If entries are missing or unknown, or one is no number.
        ValueError
            If studies with a verdict and failures are not all studies.
        """
        if {each.name for each in fields(cls)} != set(raw):
            raise TypeError("entries")
        counts = [*raw["failures"].values()]
        for each in fields(cls):
            if each.type == "int":
                counts.append(raw[each.name])
            elif each.type == "float" and not isinstance(raw[each.name], float):
                raise TypeError("numbers")
        if not all(type(count) is int and count >= 0 for count in counts):
            raise TypeError("counts")
        sums = cls(**raw)
        if sums.n_judged + sum(sums.failures.values()) != sums.n:
            raise ValueError("studies")
        return sums

    @property
    def n_failed(self) -> int:
        """Studies without a verdict."""
        return self.n - self.n_judged

    @property
    def rejection(self) -> tuple[float, float]:
        """Share of studies in which zero is outside, with its Monte Carlo standard error."""
        return _share(self.rejected, self.n_judged)

    @property
    def coverage(self) -> tuple[float, float]:
        """Share of studies in which the truth is inside, with its error; NaN without limits."""
        return _share(self.covered, self.n_limits)

    @property
    def bias(self) -> tuple[float, float]:
        """Mean of estimate - truth, with its error."""
        return _mean(self.error, self.error2, self.n_judged)

    @property
    def mean_width(self) -> tuple[float, float]:
        """Mean width of the limits, with its error."""
        return _mean(self.width, self.width2, self.n_widths)


def sum_up(verdicts: Verdicts, truth: float) -> Sums:
    """Sum what an interval said of the studies of a chunk.

    Parameters
    ----------
    verdicts : Verdicts
    truth : float
    """
    judged = np.ones(len(verdicts.estimates), dtype=bool)
    failures = {}
    for cause, has_it in verdicts.causes:
        count = int(np.sum(has_it & judged))
        if count:
            failures[cause] = count
        judged &= ~has_it
    errors = verdicts.estimates[judged] - truth
    widths = verdicts.widths[judged[: len(verdicts.widths)]]
    widths = widths[np.isfinite(widths)]
    covered = verdicts.covered
    return Sums(
        n=len(judged),
        failures=failures,
        n_judged=int(judged.sum()),
        rejected=int(np.sum(verdicts.rejected & judged)),
        n_limits=0 if covered is None else int(judged.sum()),
        covered=0 if covered is None else int(np.sum(covered & judged)),
        error=float(errors.sum()),
        error2=float(np.sum(errors**2)),
        n_widths=len(widths),
        width=float(widths.sum()),
        width2=float(np.sum(widths**2)),
        resamples=verdicts.resamples[0],
        resamples_failed=verdicts.resamples[1],
    )


def _share(count: int, n: int) -> tuple[float, float]:
    """Share and its standard error, that of (count + 1) of (n + 2): not zero at 0% and 100%.

    Examples
    --------
    >>> [round(each, 4) for each in _share(50, 1000)]
    [0.05, 0.007]
    """
    if n == 0:
        return math.nan, math.nan
    p = (count + 1) / (n + 2)
    return count / n, math.sqrt(p * (1 - p) / n)


def _mean(total: float, square: float, n: int) -> tuple[float, float]:
    """Mean and its standard error."""
    if n == 0:
        return math.nan, math.nan
    mean = total / n
    variance = max(square / n - mean**2, 0.0) * n / max(n - 1, 1)
    return mean, math.sqrt(variance / n)
