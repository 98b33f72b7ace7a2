"""What the part on ceilings says in words."""

from __future__ import annotations

from collections.abc import Mapping

from mediation.instruments.extremes import WARNING_SHARE
from mediation.reporting.comparison import headline_title
from mediation.reporting.format import MISSING, number, percent, point_and_interval
from mediation.reporting.measures_tables import shown_end
from mediation.reporting.robustness.ceiling_lines import Line
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import label, plural
from mediation.sensitivity.ceiling import NEGLIGIBLE


def mediators_text(lines: tuple[Line, ...], labels: Mapping[str, str]) -> str:
    """Name the mediators inside a sentence."""
    return " and ".join(dict.fromkeys(lower_label(line.share.mediator, labels) for line in lines))


def share_text(line: Line, minimum: int) -> str:
    """Give the share at the highest score, unless it tells of few people."""
    return shown_end(line.share.n_at_ceiling, line.share.n, minimum)


def line_title(line: Line, labels: Mapping[str, str]) -> str:
    """Name a model, and the mediator where there are several."""
    return headline_title(line.cell, line.share.mediator, labels)


def answer(lines: tuple[Line, ...], labels: Mapping[str, str], minimum: int) -> str:
    """Give the share at the ceiling, the effect where it moves most, and whether a finding changes.

    Parameters
    ----------
    lines : tuple of Line
    labels : mapping of str to str
    minimum : int
        Shares of fewer people are not told.

    Returns
    -------
    str
    """
    corrected = [line for line in lines if line.is_corrected]
    if not corrected:
        return (
            f"Fewer than {percent(NEGLIGIBLE)} of the scores of {mediators_text(lines, labels)} "
            "are the highest possible: a ceiling has nothing to hide here."
        )
    n = len({id(line.cell) for line in corrected})
    changed = len({id(line.cell) for line in corrected if line.overturns})
    most = max(corrected, key=_move)
    before, after = most.effects
    place = f", where it moves most ({line_title(most, labels)})," if len(corrected) > 1 else ""
    finding = f"The finding changes in {changed} of {n} models."
    if n == 1:
        finding = f"The finding {'changes' if changed else 'does not change'}."
    return (
        f"{_shares(tuple(corrected), labels, minimum)} On a scale that went on the effect{place} "
        f"would be {point_and_interval(after)} instead of {point_and_interval(before)}, if scores "
        f"beyond the end were normal. {_basis(tuple(corrected), labels, minimum)}{finding}"
    )


def _basis(lines: tuple[Line, ...], labels: Mapping[str, str], minimum: int) -> str:
    """Say on what a correction rests where more than half of the scores are at the end."""
    beyond = [line for line in lines if line.share.at_ceiling > 0.5]
    told = []
    for name in dict.fromkeys(line.share.mediator for line in beyond):
        of = [line for line in beyond if line.share.mediator == name]
        most = max(of, key=lambda line: line.share.at_ceiling)
        shown = share_text(most, minimum)
        # The complement of what is shown, so that it tells no more.
        left = f"{100 - int(shown[:-1])}%" if shown[:-1].isdigit() else "a minority"
        told.append(
            f"For {lower_label(name, labels)} this rests on {left} of the scores; the "
            "others are only known to be at the end or beyond it."
        )
    return "".join(f"{text} " for text in told)


def _shares(lines: tuple[Line, ...], labels: Mapping[str, str], minimum: int) -> str:
    """Say how many scores are the highest possible."""
    told = []
    reached = [line for line in lines if line.share.at_ceiling >= NEGLIGIBLE]
    for name in dict.fromkeys(line.share.mediator for line in reached):
        of = [line for line in reached if line.share.mediator == name]
        known = [line for line in of if share_text(line, minimum).endswith("%")]
        ordered = sorted(known, key=lambda line: line.share.at_ceiling)
        spans = list(dict.fromkeys(share_text(line, minimum) for line in ordered))
        span = " to ".join(dict.fromkeys((spans[0], spans[-1]))) if spans else "Some"
        told.append(
            f"{span} of the scores of {lower_label(name, labels)} are the highest possible "
            f"({_plain(of[0].share.high)})."
        )
    return " ".join(told)


def _plain(value: float) -> str:
    """Write an end of a scale."""
    return number(value, 0 if value == round(value) else 2)


def _move(line: Line) -> float:
    """Move of the effect in standard errors."""
    before, after = line.effects
    error = before.std_error
    return abs(after.estimate - before.estimate) / error if error > 0 else 0.0


def paragraphs(lines: tuple[Line, ...], labels: Mapping[str, str], minimum: int) -> tuple[str, ...]:
    """Say what was done and how to read it.

    Parameters
    ----------
    lines : tuple of Line
    labels : mapping of str to str
    minimum : int

    Returns
    -------
    tuple of str
    """
    corrected = [line for line in lines if line.is_corrected]
    told = []
    if corrected:
        first = corrected[0]
        clusters = first.cell.result.fit.model.clusters
        random = " and ".join(plural(name) for name in clusters)
        effects = f" and random intercepts of {random}" if clusters else ""
        told += [
            "A score at the end of its scale says that the true one is there or higher. Taken as "
            "it stands it makes the path a too small, by about the share of scores at the end "
            "(Greene, 1981), and the path b too large; their product falls by less. "
            + _mark(corrected),
            f"Here each such score is drawn {first.found.n_imputations} times from what it would "
            f"have been beyond the end: a Tobit model with normal errors{effects}, given the "
            "predictor, the covariates and the outcome (a Gibbs sampler; Chib, 1992). The declared "
            "engine analyzes each completed table, and Rubin's rules pool them. All of a, b and "
            "c\u2032 are corrected together. What would have to be true: scores beyond the end go "
            "on as the normal distribution does, and the outcome goes on rising with them. No data "
            "at the end can show either.",
        ]
        if any(line.found.as_scored is not line.cell.result for line in corrected):
            told.append(
                "Both analyses are of the rows that are complete in every column of the model, so "
                "that \u201cas scored\u201d may differ from the declared analysis."
            )
    told += _cautions(lines, labels, minimum)
    return tuple(told)


def _mark(lines: list[Line]) -> str:
    n, marked = len(lines), sum(line.has_the_mark for line in lines)
    if n == 1:
        return (
            "That is what is seen here: a is larger, and b smaller, once corrected."
            if marked
            else "Here the correction does not move both of them in these directions."
        )
    return f"Corrected, a is larger and b smaller in {marked} of {n} models."


def _cautions(lines: tuple[Line, ...], labels: Mapping[str, str], minimum: int) -> list[str]:
    told = []
    apart = dict.fromkeys(name for line in lines for name, _ in line.found.apart)
    if apart:
        names = ", ".join(label(name, labels) for name in apart)
        told.append(
            f"The chains that draw scores had not come together ({names}): do not rely on these "
            "corrections. Fewer covariates would help."
        )
    floored = {
        line.share.mediator: shown_end(line.share.n_at_floor, line.share.n, minimum)
        for line in lines
        if line.share.at_floor > WARNING_SHARE
    }
    for name, share in floored.items():
        if share != MISSING:
            told.append(
                f"{label(name, labels)}: {share} of scores are the lowest possible. The same holds "
                "there, the other way up; it is not corrected here."
            )
    return told
