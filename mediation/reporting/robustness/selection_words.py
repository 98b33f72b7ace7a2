"""What the part on selection on the mediator says in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediation.reporting.format import number, percent, point_and_interval
from mediation.reporting.robustness.selection_rows import THIN, Line
from mediation.reporting.sentences import lower_label
from mediation.sensitivity.selection_result import SelectionPoint
from mediation.vocabulary import Level


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
    names = mediators_text(lines, labels)
    known = [line for line in lines if line.farthest is not None]
    if not known:
        return (
            f"No strength tried leaves {percent(THIN)} of the rows in effect and no row most of "
            "the weight of its cluster: these rows cannot say what such a selection would have "
            "done."
        )
    most = max(known, key=_move)
    farthest = most.farthest
    assert farthest is not None
    place = f", where it moves most ({most.title})," if len(lines) > 1 else ""
    said = (
        f"If for each SD more of {names} the odds of taking part had been {farthest.odds_ratio:g} "
        f"times as high, and {percent(farthest.share)} had taken part, the effect{place} would be "
        f"{point_and_interval(farthest.effect)}{_instead(most)}, with "
        f"{percent(most.in_effect(farthest))} of the rows in effect. "
    )
    turned = [line for line in lines if line.nearest is not None]
    tried = f"At the strengths shown that leave {percent(THIN)} of the rows or more in effect"
    beside = ""
    if any(line.is_substituted for line in lines):
        beside = f" This is judged against {_base(most)}, not the declared analysis."
    if not turned:
        where = "the interval" if len(lines) == 1 else f"none of the {len(lines)} intervals"
        verb = "does not move" if len(lines) == 1 else "moves"
        return f"{said}{tried} zero {verb} into or out of {where}.{beside}"
    first = min(turned, key=lambda line: line.nearest.odds_ratio if line.nearest else 0.0)
    assert first.nearest is not None
    of_all = "the interval" if len(lines) == 1 else f"{len(turned)} of {len(lines)} intervals"
    return (
        f"{said}{tried} zero moves into or out of {of_all}, first at "
        f"{strength_text(first.nearest)}.{beside}"
    )


def _base(line: Line) -> str:
    """Name the analysis without selection."""
    return f"{line.found.engine_label.split(' with ')[0]} with equal weights and limits from draws"


def _instead(line: Line) -> str:
    """Say what the effect is without selection, and by which analysis if not the declared one."""
    value = point_and_interval(line.found.points[0].effect)
    return f"; by {_base(line)} it is {value}" if line.is_substituted else f" instead of {value}"


def _move(line: Line) -> float:
    """Largest move of the effect, in standard errors without selection."""
    first, farthest = line.found.points[0].effect, line.farthest
    if farthest is None or not first.std_error > 0:
        return 0.0
    return abs(farthest.effect.estimate - first.estimate) / first.std_error


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
            f"others of their own {cluster}. Where a {cluster} has few rows, weights undo only "
            "part of the bias of a, the less the stronger the selection. They leave few rows in "
            "effect."
        )
    thin = [line.in_effect(p) for line in lines for p in line.found.points]
    if min(thin) < THIN:
        said += (
            f" At the strongest, weights leave {percent(min(thin))} of the rows in effect. Lines "
            f"that leave fewer than {percent(THIN)} say little, and the answer above does not rest "
            "on them."
        )
    if any(line.is_substituted for line in lines):
        said += (
            " The declared analysis is another one, so that without selection the numbers here "
            "are not quite its own: look at how they change from line to line."
        )
    yield said


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
