"""What the part on measurement error says in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.reporting.comparison import headline_title
from mediation.reporting.format import number, percent, point_and_interval
from mediation.reporting.robustness.measurement_lines import Line
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import innermost, plural


def mediators_text(lines: tuple[Line, ...], labels: Mapping[str, str]) -> str:
    """Name the mediators inside a sentence."""
    return " and ".join(dict.fromkeys(lower_label(line.mediator, labels) for line in lines))


def line_title(line: Line, labels: Mapping[str, str]) -> str:
    """Name a model, and what varies where that is not plain."""
    title = headline_title(line.cell, line.mediator, labels)
    if line.is_between:
        title += f", reliability between {plural(innermost(line.cell.result) or 'cluster')}"
    return title


def answer(lines: tuple[Line, ...], labels: Mapping[str, str]) -> str:
    """Give the corrected effect where it moves most, and whether a finding changes.

    Parameters
    ----------
    lines : tuple of Line
    labels : mapping of str to str

    Returns
    -------
    str
    """
    n = len({id(line.cell) for line in lines})
    changed = len({id(line.cell) for line in lines if line.overturns})
    finding = f"the finding changes in {changed} of {n} models"
    if n == 1:
        finding = f"the finding {'changes' if changed else 'does not change'}"
    known = [line for line in lines if not math.isnan(line.marked)]
    names = mediators_text(lines, labels)
    is_one = len({line.mediator for line in lines}) == 1
    if not known:
        verb = "is" if is_one else "are"
        least = min(line.curve.reliabilities[-1] for line in lines)
        return (
            f"Nothing in these data says how reliable {names} {verb}. Over reliabilities from 1 "
            f"down to {number(least)}, {finding}."
        )
    spans = sorted({number(line.marked) for line in known})
    span = spans[0] if len(spans) == 1 else f"{spans[0]} to {spans[-1]}"
    most = max(known, key=_move)
    corrected = most.at(most.marked)
    moved = "so much error leaves next to nothing of it beside the other variables"
    if corrected is not None:
        place = f", where it moves most ({line_title(most, labels)})," if len(known) > 1 else ""
        moved = (
            f"without measurement error the effect{place} would be "
            f"{point_and_interval(corrected)} instead of {point_and_interval(most.values[0])}"
        )
    verb = "has" if is_one else "have"
    text = f"{names} {verb} an estimated reliability of {span}; {moved}. "
    return text[:1].upper() + text[1:] + finding[:1].upper() + finding[1:] + "."


def _move(line: Line) -> float:
    """Move of the effect at the known reliability, in standard errors."""
    first, corrected = line.values[0], line.at(line.marked)
    if corrected is None or not first.std_error > 0:
        return 0.0
    return abs(corrected.estimate - first.estimate) / first.std_error


def paragraphs(lines: tuple[Line, ...], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Say what was done and how to read it.

    Parameters
    ----------
    lines : tuple of Line
    labels : mapping of str to str

    Returns
    -------
    tuple of str
    """
    cluster = innermost(lines[0].cell.result)
    told = [
        "A score is a true score and an error. Error that has nothing to do with anything else "
        "shrinks the slope b of the outcome on the mediator, and the direct effect c\u2032 may "
        "take up what b loses. The path a keeps its value: the mediator is its outcome, and error "
        "in an outcome widens the interval, which is that wide already. Here the variance of the "
        "error is taken out of the mediator in the equation of the outcome (Fuller, 1987, section "
        "2.2). Reliability is taken as known; the intervals of b and c\u2032 allow for what the "
        "correction itself adds, so that they are wider than declared."
    ]
    if cluster is not None:
        told.append(_levels(lines, labels, plural(cluster)))
    told.append(
        "Omega and alpha count as error what differs between the items of one scale at one time. "
        "What all items share without being the trait (a passing mood, a wish to please, the eye "
        "of a rater) is not in them: true reliability may be lower than such an estimate, so the "
        "curve goes on."
    )
    if any(len(line.cell.result.fit.model.mediators) > 1 for line in lines):
        told.append(
            "With several mediators each is corrected by itself, the others taken as they are: "
            "error in one lets the others take up a part of its effect."
        )
    labels_here = {line.found.interval_label for line in lines}
    if any(line.cell.result.interval_label not in labels_here for line in lines):
        told.append(
            f"Intervals here: {', '.join(sorted(labels_here))}. They may differ from the declared "
            "ones at reliability 1, too."
        )
    stops = [line.curve.stops_at for line in lines if line.curve.stops_at is not None]
    if stops:
        told.append(
            f"In some models there is no answer from a reliability of {number(max(stops))} "
            "downwards: that much error would leave next to nothing of the mediator beside the "
            "other variables."
        )
    return tuple(told)


def _levels(lines: tuple[Line, ...], labels: Mapping[str, str], clusters: str) -> str:
    """Tell error of measurement from sampling error of cluster means."""
    text = (
        f"Reliability within {clusters} is that of differences inside them. Reliability between "
        f"{clusters} is that of their true means. Observed means also differ by who happens to be "
        "in them: that is sampling error, not error of measurement, and no better questionnaire "
        "would remove it."
    )
    shares = [
        dict(line.found.parts)[line.mediator].shares_of_means(line.known.within)
        for line in lines
        if line.known is not None
    ]
    if shares:
        spans = [_span([share[k] for share in shares]) for k in range(3)]
        text += (
            f" Of the variance of observed means of {mediators_text(lines, labels)}, {spans[0]} "
            f"lies between {clusters}, {spans[1]} is sampling error and {spans[2]} error of "
            "measurement."
        )
    if lines[0].found.is_latent:
        return f"{text} This engine takes sampling error into account by itself."
    return (
        f"{text} Only error of measurement is corrected here; L\u00fcdtke et al. (2008) treat both."
    )


def _span(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"
