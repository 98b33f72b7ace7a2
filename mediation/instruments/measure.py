"""What a measures section says of one scale: scores, extremes and reliability of the same items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mediation.instruments.extremes import Extremes, count_extremes
from mediation.instruments.instrument import Instrument
from mediation.instruments.reliability import Reliability, estimate_reliability
from mediation.instruments.scale import items_of, metric_of, range_of
from mediation.instruments.scoring import Scored, score, turn
from mediation.vocabulary import Metric


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measurement:
    """One scale in one table.

    Attributes
    ----------
    instrument : Instrument
    subscale : str or None
    items : tuple of str
        In the order of `reliability.item_rest`.
    metric : Metric
    max_missing : float
        Share of missing items up to which scores were made.
    scored : Scored
    mean, sd : float
        Of the scores; NaN with none, the SD with fewer than two.
    extremes : Extremes
    reliability : Reliability
    """

    instrument: Instrument
    subscale: str | None
    items: tuple[str, ...]
    metric: Metric
    max_missing: float
    scored: Scored
    mean: float
    sd: float
    extremes: Extremes
    reliability: Reliability

    @property
    def items_against_the_rest(self) -> tuple[str, ...]:
        """Items that go against the others: perhaps they must be reversed."""
        return tuple(self.items[i] for i in self.reliability.against_the_rest)


def measure(
    instrument: Instrument,
    items: ArrayLike,
    clusters: ArrayLike | None = None,
    metric: Metric | None = None,
    subscale: str | None = None,
    max_missing: float | None = None,
    conf_level: float = 0.95,
) -> Measurement:
    """Score a scale, and say how well it measures.

    Parameters
    ----------
    instrument : Instrument
    items : array_like (n, n_items)
        All items in the order of the key, as they were answered; NaN is missing.
    clusters : array_like (n,), optional
        Whole-number codes from 0 of each row's cluster.
    metric : Metric, optional
    subscale : str, optional
    max_missing : float, optional
    conf_level : float

    Returns
    -------
    Measurement

    Raises
    ------
    DataError
        If responses are invalid, or clusters do not go with them.
    SpecificationError
        If there is no such subscale, no items, or an option is out of range.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> rng = np.random.default_rng(1)
    >>> found = measure(instrument("state_hope"), rng.integers(1, 9, (50, 6)))
    >>> round(found.mean, 2), found.extremes.is_ceilinged, found.reliability.n_rows
    (27.84, False, 50)
    """
    scored = score(instrument, items, metric, subscale, max_missing)
    known = scored.values[~np.isnan(scored.values)]
    return Measurement(
        instrument,
        subscale,
        items_of(instrument, subscale),
        metric_of(instrument, metric),
        instrument.max_missing if max_missing is None else max_missing,
        scored,
        float(known.mean()) if len(known) else float("nan"),
        float(known.std(ddof=1)) if len(known) > 1 else float("nan"),
        count_extremes(known, *range_of(instrument, metric, subscale)),
        estimate_reliability(turn(instrument, items, subscale), clusters, conf_level),
    )
