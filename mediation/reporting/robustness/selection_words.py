"""What the part on selection on the mediator says in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from mediation.reporting.format import number, percent, point_and_interval
from mediation.reporting.robustness.selection_rows import Line
from mediation.reporting.sentences import lower_label
from mediation.sensitivity.selection_result import SelectionPoint
from mediation.vocabulary import Level

# Share of the rows that weights may leave in effect before the reader is warned.
THIN = 0.5


def mediators_text(lines: tuple[Line, ...], labels: Mapping[str, str]) -> str:
    """Name the mediators inside a sentence."""
    return " or ".join(dict.fromkeys(lower_label(line.found.mediator, labels) for line in lines))


def strength_text(point_: SelectionPoint) -> str:
    """Name one strength."""
    return f"odds ratio {point_.odds_ratio:g} per SD, {percent(point_.share)} took part"


def answer_of(lines: tuple[Line, ...], labels: Mapping[str, str]) -> str:
    """Give the estimate that moves most, and where a finding changes.

    Parameters
    ----------
    lines : tuple of Line
    labels : mapping of str to str

    Returns
    -------
    str
    """
    options = lines[0].found.options
    strongest, least = max(options.odds_ratios), min(options.shares)
    names = mediators_text(lines, labels)
    most = max(lines, key=_move)
    in_effect = most.farthest.effective_n / most.found.n_rows
    place = f", where it moves most ({most.title})," if len(lines) > 1 else ""
    said = (
        f"If for each SD more of {names} the odds of taking part had been up to {strongest:g} "
        f"times as high, and as few as {percent(least)} had taken part, the effect{place} would be "
        f"{point_and_interval(most.farthest.effect)} instead of "
        f"{point_and_interval(most.found.points[0].effect)}, with {percent(in_effect)} of the rows "
        "in effect. "
    )
    turned = [line for line in lines if line.nearest is not None]
    if not turned:
        where = "the interval" if len(lines) == 1 else f"none of the {len(lines)} intervals"
        verb = "does not move" if len(lines) == 1 else "moves"
        return f"{said}At the strengths tried zero {verb} into or out of {where}."
    first = min(turned, key=lambda line: line.nearest.odds_ratio if line.nearest else 0.0)
    assert first.nearest is not None
    of_all = "the interval" if len(lines) == 1 else f"{len(turned)} of {len(lines)} intervals"
    return f"{said}Zero moves into or out of {of_all}, first at {strength_text(first.nearest)}."


def _move(line: Line) -> float:
    """Largest move of the effect, in standard errors without selection."""
    first = line.found.points[0].effect
    if not first.std_error > 0:
        return 0.0
    return abs(line.farthest.effect.estimate - first.estimate) / first.std_error


def paragraphs_of(
    lines: tuple[Line, ...], labels: Mapping[str, str], row_noun: tuple[str, str]
) -> tuple[str, ...]:
    """Say what was done, which paths it concerns and what it cannot undo.

    Parameters
    ----------
    lines : tuple of Line
    labels : mapping of str to str
    row_noun : (str, str)

    Returns
    -------
    tuple of str
    """
    names = mediators_text(lines, labels)
    return tuple(
        [
            _why(names, row_noun[1]),
            _which_paths(names, lines),
            *_how(lines, row_noun[1]),
            *_spreads(lines, names),
        ]
    )


def _why(names: str, people: str) -> str:
    people = f"{people[:1].upper()}{people[1:]}"
    return (
        f"{people} may be referred to a study, or stay in it, because their {names} is high. "
        f"Suppose the odds of taking part are so many times higher for each SD of {names}, and "
        "that so many of those who could did take part. Each row then stands for 1 / P people, P "
        "being its probability, and the analysis is repeated with these weights (Horvitz and "
        "Thompson, 1952; a slope that is supposed and varied: Scharfstein, Rotnitzky and Robins, "
        "1999). Nothing in the data says which strength is right."
    )


def _which_paths(names: str, lines: tuple[Line, ...]) -> str:
    inside = "b" if lines[0].found.level is Level.SINGLE else "b within"
    return (
        f"Such a selection reaches the path a, whose outcome {names} is: with the lowest of every "
        "place missing, places look more alike than they are. The slope "
        f"{inside} stays what it is, since {names} is in its equation; it changes here only so far "
        "as the slope is not the same among high and low. If taking part hangs on the outcome "
        "too, or on what moves it, b is biased as well, and no weight here undoes that."
    )


def _how(lines: tuple[Line, ...], people: str) -> Iterator[str]:
    labels = sorted({line.found.engine_label for line in lines})
    said = f"By {', '.join(labels)}."
    model = lines[0].cell.result.fit.model
    if model.clusters:
        cluster = model.clusters[-1].replace("_", " ")
        said += (
            f" Weights add up to the number of rows of each {cluster}, so that {people} speak for "
            f"others of their own {cluster}. Where a {cluster} has few rows, strong weights undo "
            "most of the bias of a and not all of it, and leave few rows in effect."
        )
    thin = [p.effective_n / line.found.n_rows for line in lines for p in line.found.points]
    if min(thin) < THIN:
        said += (
            f" At the strongest, weights leave {percent(min(thin))} of the rows in effect: that "
            "line of the table says little."
        )
    if any(_differs(line) for line in lines):
        said += (
            " The declared analysis is another one, so that without selection the numbers here "
            "are not quite its own: look at how they change from line to line."
        )
    yield said


def _differs(line: Line) -> bool:
    """Whether the analysis without selection is not the declared one."""
    first, declared = line.found.points[0].effect, line.row.value
    return not math.isclose(first.estimate, declared.estimate, rel_tol=1e-6)


def _spreads(lines: tuple[Line, ...], names: str) -> Iterator[str]:
    """Set the spread of the mediator beside that of all, where it is known."""
    known = [line for line in lines if line.found.options.reference_sd is not None]
    for line in known[:1]:
        sd, reference = line.found.points[0].sd, line.found.options.reference_sd
        assert reference is not None
        yield (
            f"The SD of {names} in these rows is {number(sd)}, that of the reference "
            f"{number(reference)}: {number(sd / reference)} times as wide."
        )
    if not known:
        yield (
            f"If the SD of {names} among all who could have taken part is known from elsewhere, "
            "compare it with the table: the strengths whose SD comes near are the likely ones."
        )
