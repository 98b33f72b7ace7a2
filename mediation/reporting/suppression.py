"""Keep small counts of people out of figures and tables, also out of reach of subtraction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, read_only
from mediation.linkage.table import FlowStep, ParticipantFlow


def pool_small_losses(flow: ParticipantFlow, minimum: int) -> ParticipantFlow:
    """Pool steps of a flow until no loss between two shown steps is a small count.

    Hiding the loss alone would not do: it is the difference of the two counts around it.

    Parameters
    ----------
    flow : ParticipantFlow
    minimum : int
        Losses of 1 to `minimum` - 1 are pooled with the next step, or with the one before.

    Returns
    -------
    ParticipantFlow
        Only the last step if all losses together are below `minimum`.

    Examples
    --------
    >>> steps = (FlowStep("Enrolled", 50, 0, ""), FlowStep("Seen", 48, 2, "moved"),
    ...          FlowStep("Analyzed", 40, 8, "a value is missing"))
    >>> [(s.step, s.n_left) for s in pool_small_losses(ParticipantFlow(steps, ()), 5).steps]
    [('Enrolled', 0), ('Analyzed', 10)]
    """
    shown: list[FlowStep] = []
    pending = 0
    reasons: list[str] = []
    for step in flow.steps:
        pending += step.n_left
        if step.n_left and step.reason:
            reasons.append(step.reason)
        if 0 < pending < minimum:
            continue
        shown.append(FlowStep(step.step, step.n_clients, pending, "; ".join(reasons)))
        pending, reasons = 0, []
    if pending:
        last = flow.steps[-1]
        while len(shown) > 1 and pending < minimum:
            before = shown.pop()
            pending += before.n_left
            reasons = [text for text in (before.reason, *reasons) if text]
        if pending < minimum:
            # The first count would give away the few beside the last one.
            return ParticipantFlow((FlowStep(last.step, last.n_clients, 0, ""),), flow.interviewed)
        shown.append(FlowStep(last.step, last.n_clients, pending, "; ".join(reasons)))
    return ParticipantFlow(tuple(shown), flow.interviewed)


def mean_decimals(n: int, sd: float) -> int:
    """Decimals of a mean that do not tell how many people it is of.

    A sum of whole scores is whole, so that a mean with more decimals than this fits one number of
    people only, and two means tell the value of whoever is in one of them alone.

    Parameters
    ----------
    n : int
        People, or the fewest there may be.
    sd : float
        Of the scores.

    Returns
    -------
    int
        At most that of two significant digits of the SD, and so few that half a unit of the last
        one is half a person's share or more.

    Examples
    --------
    >>> mean_decimals(284, 8.2), mean_decimals(27, 8.2), mean_decimals(27, 0.4)
    (1, 1, 1)
    """
    of_spread = max(0, 1 - math.floor(math.log10(sd))) if sd > 0 and math.isfinite(sd) else 1
    return min(of_spread, max(0, math.floor(math.log10(max(n, 1)))))


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts in bins of unequal width, none of them small.

    Attributes
    ----------
    edges : ndarray, shape (n_bins + 1,)
    counts : ndarray, shape (n_bins,)
    n : int
        All values.
    at_floor, at_ceiling : int or None
        Values at the ends of the scale; None if the scale has no such end, or the count is small.
    floor_is_small, ceiling_is_small : bool
        Whether the count exists but is too small to show.
    """

    edges: Array
    counts: Array
    n: int
    at_floor: int | None
    at_ceiling: int | None
    floor_is_small: bool
    ceiling_is_small: bool

    @property
    def density(self) -> Array:
        """Share of values per unit of the scale, shape (n_bins,)."""
        density: Array = self.counts / self.n / np.diff(self.edges)
        return density


def histogram(
    values: Array,
    counts: Array,
    scale_ends: tuple[float | None, float | None],
    minimum: int,
    n_bins: int = 16,
) -> Histogram | None:
    """Bin counted values and merge bins until none holds a small count.

    Parameters
    ----------
    values, counts : ndarray, shape (n_values,)
    scale_ends : (float or None, float or None)
        Lowest and highest possible score.
    minimum : int
        Smallest count shown.
    n_bins : int
        Bins of equal width to begin with.

    Returns
    -------
    Histogram or None
        None if there are fewer than `minimum` values in all, or all but so few are at the ends
        of the scale, or all are one value of a scale without ends.

    Examples
    --------
    >>> h = histogram(np.arange(5.0), np.array([1.0, 4, 20, 9, 6]), (0.0, 4.0), 5, n_bins=5)
    >>> h.counts, h.at_ceiling, h.floor_is_small
    (array([ 5., 20.,  9.,  6.]), 6, True)
    """
    n = int(counts.sum())
    if n < minimum:
        return None
    low, high = scale_ends
    if low is None and high is None and values.min() == values.max():
        return None
    edges, binned = _equal_bins(values, counts, low, high, n_bins)
    floor, small_floor = _at_end(values, counts, low, minimum)
    ceiling, small_ceiling = _at_end(values, counts, high, minimum)
    edges, binned = _merge_small(edges, binned, minimum)
    # The rest of an end bin is visible beside its marked part, so it must not be small either.
    while len(binned) > 1 and _is_small(binned[0], floor, minimum):
        _merge(edges, binned, 0)
    while len(binned) > 1 and _is_small(binned[-1], ceiling, minimum):
        _merge(edges, binned, len(binned) - 2)
    if len(binned) == 1 and 0 < n - (floor or 0) - (ceiling or 0) < minimum:
        return None
    return Histogram(
        read_only(edges), read_only(binned), n, floor, ceiling, small_floor, small_ceiling
    )


def _equal_bins(
    values: Array, counts: Array, low: float | None, high: float | None, n_bins: int
) -> tuple[list[float], list[float]]:
    """Bins of equal width; whole scores stay in the middle of bins of whole widths."""
    found_least, found_most = float(values.min()), float(values.max())
    step = _round_step(found_most - found_least)
    # Round ends where the scale has none: the least and the most are values of one person each.
    least = step * float(np.floor(found_least / step)) if low is None else low
    most = step * float(np.ceil(found_most / step)) if high is None else high
    if most <= least:
        least, most = least - step, most + step
    if np.all(values == np.round(values)) and most - least >= 1:
        width = max(1.0, float(np.ceil((most - least + 1) / n_bins)))
        top = most + 0.5
        number = int(np.ceil((top - (least - 0.5)) / width))
        edges = top - width * np.arange(number, -1, -1.0)
    else:
        edges = np.linspace(least, most, n_bins + 1)
    binned, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges, weights=counts)
    return [float(edge) for edge in edges], [float(count) for count in binned]


def _round_step(span: float) -> float:
    """Give a tenth of a span, rounded up to 1, 2 or 5 times a power of ten."""
    if span <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(span / 10))
    return next(float(n * power) for n in (1, 2, 5, 10) if n * power >= span / 10 * (1 - 1e-9))


def _at_end(
    values: Array, counts: Array, end: float | None, minimum: int
) -> tuple[int | None, bool]:
    if end is None:
        return None, False
    count = int(counts[values == end].sum())
    small = 0 < count < minimum
    return (None if small else count), small


def _is_small(in_bin: float, at_end: int | None, minimum: int) -> bool:
    """Whether the count beside the marked part of an end bin is small."""
    return at_end is not None and 0 < int(in_bin) - at_end < minimum


def _merge_small(
    edges: list[float], counts: list[float], minimum: int
) -> tuple[list[float], list[float]]:
    """Merge every small bin into its neighbor; empty bins may stand alone."""
    edges, counts = list(edges), list(counts)
    while len(counts) > 1:
        small = [i for i, count in enumerate(counts) if 0 < count < minimum]
        if not small:
            break
        position = min(small, key=lambda i: counts[i])
        # Toward the mode, so that thin tails become one wide bin and the middle stays fine.
        to_left = position > int(np.argmax(counts)) or position == len(counts) - 1
        _merge(edges, counts, position - 1 if to_left else position)
    return edges, counts


def _merge(edges: list[float], counts: list[float], position: int) -> None:
    """Join bin `position` with the one to its right."""
    counts[position : position + 2] = [counts[position] + counts[position + 1]]
    del edges[position + 1]
