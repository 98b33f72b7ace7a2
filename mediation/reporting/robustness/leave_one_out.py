"""The part on single clusters: what is found without each organization and each team."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mediation.inference.pooled_fit import PooledFit
from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.format import (
    number,
    point_and_interval,
)
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_estimate, plain_float
from mediation.reporting.robustness.draw_leave_one_out import PANELS, draw_leave_one_out
from mediation.reporting.robustness.leave_one_out_lines import (
    HeadlineWithout,
    Line,
    headlines_without,
    shown_clusters,
)
from mediation.reporting.robustness.leave_one_out_tables import (
    FLAG,
    MOVED,
    complete_tables,
    extremes_table,
    has_stand_in,
)
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.wording import labels_of, plural
from mediation.vocabulary import EffectName, PathName

NAME = "leave_one_out"
_SOURCES = (
    "The cutoff is that of Belsley, Kuh and Welsch (1980) for DFBETAS, taken over to clusters by "
    "Van der Meer, te Grotenhuis and Pelzer (2010)."
)


def write_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write the part for one entry; None where nothing was left out.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int

    Returns
    -------
    RobustnessPart or None
    """
    labels = labels_of(contents)
    found = headlines_without(entry, labels, contents.minimum_cell)
    found = tuple(each for each in found if each.lines)
    if not found:
        return None
    nouns = _nouns(found)
    figures = tuple(_figures(entry, found, position, labels))
    return RobustnessPart(
        identifier=f"leave-one-out-{position}",
        question=f"Does the answer rest on {' or '.join(f'one {noun}' for noun in nouns)}?",
        answer=_answer(found, nouns) + _compared(found),
        paragraphs=tuple(_paragraphs(contents, entry, found, nouns)),
        tables=(extremes_table(entry, found, position), *complete_tables(entry, found, position)),
        figures=figures,
        overturns=any(line.influence.moves_zero for each in found for line in each.lines),
    )


def plain_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give the indirect effects and the paths a and b without each cluster that is shown.

    Parameters
    ----------
    robustness : Robustness
    minimum : int

    Returns
    -------
    dict or None
    """
    part = robustness.leave_one_out
    if part is None:
        return None
    rows = []
    for place in shown_clusters(part, minimum):
        each = part.without[place]
        row: Json = {"level": each.level, "cluster": each.cluster, "reason": each.reason}
        row["cook"] = plain_float(each.cook)
        row["effects"] = [
            {"effect": e.effect.value, "level": e.level.value, "mediator": e.mediator}
            | plain_estimate(e.value)
            for e in (() if each.result is None else each.result.effects)
            if e.effect is EffectName.INDIRECT
        ]
        row["paths"] = [
            {"path": p.path.value, "level": p.level.value, "mediator": p.mediator}
            | plain_estimate(p.value)
            for p in (() if each.result is None else each.result.paths)
            if p.path in (PathName.A, PathName.B)
        ]
        rows.append(row)
    return {
        "interval": part.everyone.interval,
        "cutoffs": {level: part.cutoff(level) for level in part.levels},
        "n_withheld": len(part.without) - len(rows),
        "without": rows,
    }


def _nouns(found: tuple[HeadlineWithout, ...]) -> tuple[str, ...]:
    levels = dict.fromkeys(line.influence.level for each in found for line in each.lines)
    return tuple(level.replace("_", " ") for level in levels)


def _answer(found: tuple[HeadlineWithout, ...], nouns: tuple[str, ...]) -> str:
    """Where zero moves, else how far the estimate moves at most."""
    moving = [(e, line) for e in found for line in e.lines if line.influence.moves_zero]
    what = "the headline effect" if len(found) == 1 else f"{len(found)} headline effects"
    left = f"any one {' or '.join(nouns)}"
    left += " that is shown" if any(each.n_withheld for each in found) else ""
    if moving:
        n = len({id(each) for each, _ in moving})
        of_all = "" if len(found) == 1 else f"{n} of "
        each, line = moving[0]
        said = (
            f"Leaving out {left} moves zero into or out of the interval of "
            f"{of_all}{what}; for example {_moved(each, line)}."
        )
        return said
    largest = _largest(found)
    if largest is None:
        return f"Nothing could be estimated without {left}."
    each, line = largest
    said = f"Leaving out {left} moves zero neither into nor out of the interval of "
    said += what if len(found) == 1 else f"any of the {what}"
    errors = number(abs(line.influence.dfbetas), 2)
    return f"{said}. The largest change is {errors} standard errors: {_moved(each, line)}."


def _compared(found: tuple[HeadlineWithout, ...]) -> str:
    """Say what is compared, where limits are not the declared ones."""
    if not any(map(has_stand_in, found)):
        return ""
    return (
        " Compared are Monte Carlo limits of all rows and of the rest, not those declared, which "
        "come from resampling."
    )


def _moved(each: HeadlineWithout, line: Line) -> str:
    assert line.influence.value is not None
    return (
        f"{each.title}, {point_and_interval(each.row.value)}, without {line.influence.cluster} "
        f"{point_and_interval(line.influence.value)}"
    )


def _largest(found: tuple[HeadlineWithout, ...]) -> tuple[HeadlineWithout, Line] | None:
    lines = [
        (each, line)
        for each in found
        for line in each.lines
        if not math.isnan(line.influence.dfbetas)
    ]
    return max(lines, key=lambda pair: abs(pair[1].influence.dfbetas), default=None)


def _paragraphs(
    contents: ReportContents,
    entry: Entry,
    found: tuple[HeadlineWithout, ...],
    nouns: tuple[str, ...],
) -> Iterator[str]:
    people = contents.row_noun[1]
    yield (
        f"The declared analysis is repeated without each {' and without each '.join(nouns)}, from "
        "the beginning: nothing but the rows differs"
        + (", not even the draws behind the limits" if found[0].row.value.n_draws else "")
        + ". If the answer did not rest on any one of them, every estimate would lie close to that "
        "of all rows, and no interval would say another thing of zero. With few of them the "
        "intervals of the rest are wide whatever is left out, and a change alone is no fault of "
        "the one that was left out. Which variance is estimated at zero can change with the rows, "
        "and degrees of freedom and widths of intervals with it: an interval can move for that "
        "reason alone, where the estimate hardly does."
    )
    cutoffs = {line.influence.level: line.influence.cutoff for line in found[0].lines}
    said = "; ".join(f"{number(value, 2)} for {plural(level)}" for level, value in cutoffs.items())
    yield (
        f"{FLAG} marks a change of more than 2/√J standard errors of the rest, J being the number "
        f"of clusters ({said}); {MOVED} marks that zero moves into the interval or out of it. "
        f"{_SOURCES}"
    )
    if any(each.n_withheld for each in found):
        yield (
            f"Analyses that differ from that of all rows by fewer than {contents.minimum_cell} "
            f"{people} are not shown, nor those that would tell how many these are."
        )
    yield from _stand_ins(entry, found)


def _stand_ins(entry: Entry, found: tuple[HeadlineWithout, ...]) -> Iterator[str]:
    """Say where limits or rows are other than declared, as it would take too long."""
    stand_ins = [each for each in found if has_stand_in(each)]
    if stand_ins:
        label = stand_ins[0].everyone.interval_label
        yield f"The limits are those of {label}, since resampling would be repeated every time."
    if any(isinstance(cell.result.fit, PooledFit) for cell in entry.cells):
        yield (
            "Missing values are not drawn anew every time: these are analyses of the complete rows."
        )


def _figures(
    entry: Entry, found: tuple[HeadlineWithout, ...], position: int, labels: dict[str, str]
) -> Iterator[NamedFigure]:
    for number_, start in enumerate(range(0, len(found), PANELS), start=1):
        part = found[start : start + PANELS]
        n_figures = math.ceil(len(found) / PANELS)
        end = f"-{number_}" if n_figures > 1 else ""
        which = f" ({number_} of {n_figures})" if n_figures > 1 else ""
        flagged = sum(line.influence.is_flagged for each in part for line in each.lines)
        alt = (
            f"Headline effect with its interval, for {len(part)} "
            f"{'model' if len(part) == 1 else 'models'}, without each cluster in turn. "
            f"{flagged or 'No'} {'change is' if flagged == 1 else 'changes are'} marked. The table "
            "has the numbers."
        )
        effect = headline_rows(part[0].everyone, entry.headline)[0]
        yield named_figure(
            f"robustness-leave-one-out-{position}{end}",
            "robustness",
            draw_leave_one_out(part, effect, labels),
            alt,
            f"{entry.name}: the headline effect without each cluster{which}. Line and band: all "
            "rows.",
        )


WRITER = PartWriter(NAME, write_part, plain_data)
