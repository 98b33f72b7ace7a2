"""Intervals from their names in a manifest."""

from __future__ import annotations

from mediation.inference.bootstrap import Bootstrap
from mediation.inference.delta import Delta
from mediation.inference.interval import Interval
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.product_distribution import ProductDistribution
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.study.method_entries import IntervalEntry
from mediation.vocabulary import DrawDistribution


def interval_of(entry: IntervalEntry) -> Interval:
    """Make the interval that an entry names.

    Parameters
    ----------
    entry : IntervalEntry

    Returns
    -------
    Interval

    Examples
    --------
    >>> interval_of(IntervalEntry(name="delta")).label
    'delta method (Sobel), normal distribution'
    """
    level = entry.conf_level
    default = DrawDistribution.NORMAL if entry.name == "delta" else DrawDistribution.T
    distribution = entry.distribution or default
    if entry.name == "monte_carlo":
        return MonteCarlo(entry.n_draws, level, distribution)
    if entry.name == "product_distribution":
        return ProductDistribution(level, distribution)
    if entry.name == "delta":
        return Delta(level, distribution)
    if entry.name == "joint_significance":
        return JointSignificance(level, distribution)
    if entry.name == "bootstrap":
        return Bootstrap(
            entry.resample, entry.limits, entry.n_resamples, level, entry.enumerate_up_to
        )
    return WildClusterBootstrap(entry.weights, entry.n_vectors, level)
