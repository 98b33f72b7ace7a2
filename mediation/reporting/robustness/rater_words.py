"""Words of the part on common method, and the slopes they are about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from mediation.instruments.instrument import Rater
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.format import number, point_and_interval
from mediation.reporting.sentences import excludes_zero, lower_label
from mediation.reporting.wording import label, waves_text
from mediation.sensitivity.rater import RatedSlope, RaterComparison, compare_raters


class Rated(NamedTuple):
    """Path b of one mediator to every outcome at the same interviews."""

    mediator: str
    cells: tuple[Cell, ...]
    slopes: tuple[RatedSlope, ...]
    comparison: RaterComparison | None


def rated_of(entry: Entry) -> tuple[Rated, ...]:
    """Bring the slopes of an entry together, by interviews and mediator; outcomes in order.

    Outcomes with the rater of the mediator come first.
    """
    found: dict[tuple[object, str], list[tuple[Cell, RatedSlope]]] = {}
    for cell in entry.cells:
        for slope in cell.robustness.rater or ():
            found.setdefault((cell.waves, slope.mediator), []).append((cell, slope))
    groups = []
    for (_, mediator), members in found.items():
        rank = {True: 0, False: 1, None: 2}
        members.sort(key=lambda member: rank[member[1].is_shared])
        cells, slopes = zip(*members, strict=True)
        level = cells[0].result.conf_level
        groups.append(Rated(mediator, cells, slopes, compare_raters(slopes, level)))
    return tuple(groups)


def rater_text(rater: Rater) -> str:
    """Name a rater.

    Examples
    --------
    >>> rater_text(Rater.CASE_MANAGER), rater_text(Rater.NOT_STATED)
    ('case manager', 'not stated')
    """
    return rater.value.replace("_", " ")


def title(group: Rated, labels: Mapping[str, str]) -> str:
    """Name the interviews of a group, and its mediator where models have several."""
    several = len(group.cells[0].result.fit.model.mediators) > 1
    waves = waves_text(group.cells[0].waves)
    through = label(group.mediator, labels) if several or not waves else ""
    return ", ".join(part for part in (waves, through) if part)


def answer(groups: tuple[Rated, ...], labels: Mapping[str, str]) -> str:
    """Say what raters have to do with the size of b.

    Parameters
    ----------
    groups : tuple of Rated
        At least one.
    labels : mapping of str to str

    Returns
    -------
    str
    """
    compared = [group for group in groups if group.comparison is not None]
    if not compared:
        return _one_sided(groups, labels)
    said = [_compared(group, labels) for group in compared[:2]]
    if len(compared) > 2:
        n = sum(_is_told(group) for group in compared)
        said.append(f"The difference is told from zero in {n} of {len(compared)} comparisons.")
    return " ".join(said)


def _is_told(group: Rated) -> bool:
    return group.comparison is not None and excludes_zero(group.comparison.difference)


def _compared(group: Rated, labels: Mapping[str, str]) -> str:
    assert group.comparison is not None
    by = rater_text(group.slopes[0].mediator_rater)
    means = [
        number(float(np.nanmean([s.value.estimate for s in group.slopes if s.is_shared is kind])))
        for kind in (True, False)
    ]
    value = group.comparison.difference
    name = title(group, labels)
    said = (
        f"{name}: b is {means[0]} SD on average where the {by} rates both, {means[1]} SD where "
        "another person rates the outcome"
    )
    if math.isnan(value.conf_low):
        return f"{said}; whether they differ was not tested."
    text = f"{said}; difference {point_and_interval(value)}"
    if not excludes_zero(value):
        return f"{text}, which includes none."
    if _is_farther(group):
        return f"{text}, which is what a common rater would make, or outcomes of another kind."
    return f"{text}, which is the other way round than a common rater would make."


def _is_farther(group: Rated) -> bool:
    """Whether b is farther from zero with the shared rater, in the direction that it has there."""
    shared, apart = (
        float(np.nanmean([s.value.estimate for s in group.slopes if s.is_shared is kind]))
        for kind in (True, False)
    )
    return abs(shared) > abs(apart) and shared * (shared - apart) > 0


def _one_sided(groups: tuple[Rated, ...], labels: Mapping[str, str]) -> str:
    """Say what is known where outcomes cannot be compared by their raters."""
    slopes = [slope for group in groups for slope in group.slopes]
    mediators = " and ".join(dict.fromkeys(lower_label(s.mediator, labels) for s in slopes))
    kinds = {slope.is_shared for slope in slopes}
    if kinds == {True}:
        by = rater_text(slopes[0].mediator_rater)
        return (
            f"Warning: the {by} rates {mediators} and every outcome. Whether b is made by a common "
            "rater cannot be checked in these data."
        )
    if kinds == {False}:
        return (
            f"No outcome is rated by the one who rates {mediators}, so that a common rater cannot "
            "be what makes b."
        )
    return (
        "Who rates is not stated for all of mediators and outcomes, so that outcomes of a common "
        "rater cannot be compared with others."
    )


def paragraphs(groups: tuple[Rated, ...], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Say what was done, and how to read it."""
    shared = [s for g in groups for s in g.slopes if s.is_shared]
    warning: tuple[str, ...] = ()
    if shared:
        outcomes = ", ".join(dict.fromkeys(lower_label(s.outcome, labels) for s in shared))
        by = rater_text(shared[0].mediator_rater)
        mediator = lower_label(shared[0].mediator, labels)
        warning = (
            f"Warning: the {by} rates {mediator} and also {outcomes}. Whoever rates everything "
            "high, out of mood, habit or the wish to please, makes b larger without any effect "
            "(Podsakoff, MacKenzie, Lee & Podsakoff, 2003).",
        )
    return (
        *warning,
        "Path b is set beside itself for outcomes rated by the one who rates the mediator and by "
        "another person, all in standard deviations over the rows analyzed. No outcome is rated by "
        "both, so that a difference can also come from what the outcomes are: one rated by another "
        "person may be less tied to the mediator, or be measured with more error. A difference "
        "whose interval includes none does not show that there is no common method.",
    )
