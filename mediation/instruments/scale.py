"""The scale of a score: its items, its range, its smallest step, its two metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mediation.arrays import Array
from mediation.errors import DataError, SpecificationError
from mediation.instruments.instrument import Instrument
from mediation.toml.complaints import suggestion
from mediation.vocabulary import Metric


def limits_of(instrument: Instrument) -> tuple[float, float]:
    """Give the lowest and the highest response to an item.

    Parameters
    ----------
    instrument : Instrument

    Returns
    -------
    low, high : float

    Raises
    ------
    SpecificationError
        If the instrument is a table of goals, which has no items.
    """
    if instrument.responses is None:
        raise SpecificationError(
            f"Expected an instrument with items; `{instrument.key}` is scored from a table of "
            "goals. Use `attain_goals`."
        )
    return instrument.responses


def metric_of(instrument: Instrument, metric: Metric | None = None) -> Metric:
    """Give the metric of a score: the one chosen, else the instrument's."""
    return metric or instrument.metric or Metric.MEAN


def items_of(instrument: Instrument, subscale: str | None = None) -> tuple[str, ...]:
    """Give the items of a subscale, or all of them, in the order of the key.

    Parameters
    ----------
    instrument : Instrument
    subscale : str, optional

    Returns
    -------
    tuple of str

    Raises
    ------
    SpecificationError
        If there is no such subscale, or no items.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> items_of(instrument("wai_s"), "goal")
    ('4', '6', '10', '11')
    """
    limits_of(instrument)
    if subscale is None:
        return instrument.items
    if subscale not in instrument.subscales:
        known = list(instrument.subscales)
        there = f"its subscales are {', '.join(known)}" if known else "it has no subscales"
        raise SpecificationError(
            f"Expected a subscale of `{instrument.key}`: {there}. Found another name. "
            f"{suggestion(subscale, known)}Choose one of them, or leave it out."
        )
    chosen = instrument.subscales[subscale]
    return tuple(item for item in instrument.items if item in chosen)


def columns_of(instrument: Instrument, subscale: str | None = None) -> Sequence[int]:
    """Give the positions of the items of a subscale among all items."""
    chosen = items_of(instrument, subscale)
    return [i for i, item in enumerate(instrument.items) if item in chosen]


def range_of(
    instrument: Instrument, metric: Metric | None = None, subscale: str | None = None
) -> tuple[float, float]:
    """Give the lowest and the highest possible score.

    Parameters
    ----------
    instrument : Instrument
        A table of goals has proportions from 0 to 1.
    metric : Metric, optional
        Left out, the instrument's.
    subscale : str, optional

    Returns
    -------
    low, high : float

    Raises
    ------
    SpecificationError
        If there is no such subscale.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> range_of(instrument("rprs_24")), range_of(instrument("rprs_24"), Metric.MEAN)
    ((24.0, 96.0), (1.0, 4.0))
    """
    if instrument.responses is None and subscale is None:
        return 0.0, 1.0
    low, high = limits_of(instrument)
    n_items = len(items_of(instrument, subscale))
    factor = n_items if metric_of(instrument, metric) is Metric.SUM else 1
    return low * factor, high * factor


def unit_of(
    instrument: Instrument, metric: Metric | None = None, subscale: str | None = None
) -> float | None:
    """Give the smallest step between scores of complete responses.

    Parameters
    ----------
    instrument : Instrument
    metric : Metric, optional
    subscale : str, optional

    Returns
    -------
    float or None
        1 for sums, 1 / number of items for means; None if there is none: responses need not be
        whole, or goals are scored.

    Raises
    ------
    SpecificationError
        If there is no such subscale.
    """
    if instrument.responses is None or not instrument.whole:
        return None
    is_sum = metric_of(instrument, metric) is Metric.SUM
    return 1.0 if is_sum else 1 / len(items_of(instrument, subscale))


def convert(
    values: ArrayLike,
    instrument: Instrument,
    source: Metric,
    target: Metric,
    subscale: str | None = None,
) -> Array:
    """Turn sums into means, or means into sums.

    Parameters
    ----------
    values : array_like
        Scores in the metric `source`; NaN stays NaN.
    instrument : Instrument
    source, target : Metric
    subscale : str, optional

    Returns
    -------
    ndarray of the same shape

    Raises
    ------
    SpecificationError
        If there is no such subscale, or no items.
    DataError
        If a value lies outside the range of its metric: it is in another one.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> convert([45.0], instrument("smcm_fidelity_11"), Metric.SUM, Metric.MEAN).round(2).tolist()
    [4.09]
    """
    scores = np.asarray(values, dtype=np.float64)
    n_items = len(items_of(instrument, subscale))
    low, high = range_of(instrument, source, subscale)
    # A mean that came from dividing may lie an ulp outside.
    slack = 1e-9 * (high - low)
    n_outside = int(np.count_nonzero((scores < low - slack) | (scores > high + slack)))
    if n_outside:
        raise DataError(
            f"Expected scores of `{instrument.key}` in the metric {source.value}: {low:g} to "
            f"{high:g}. Found {n_outside} outside. Check the metric they are in."
        )
    if source is target:
        return scores.copy()
    return scores * n_items if target is Metric.SUM else scores / n_items
