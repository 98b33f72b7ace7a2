"""Tables of the part on single clusters."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mediation.inference.interval import Estimate
from mediation.reporting.contents import Entry
from mediation.reporting.format import MISSING, interval, point, point_and_interval
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.robustness.leave_one_out_lines import HeadlineWithout, Line, path_beside
from mediation.vocabulary import PathName

FLAG, MOVED = "†", "‡"
NOT_MADE = "not estimable"
# Headline rows beside each other in one table, at most.
COLUMNS = 4


def has_stand_in(each: HeadlineWithout) -> bool:
    """Whether limits are other than declared, as resampling is not repeated for every cluster."""
    return each.everyone.interval != each.cell.result.interval


def everything(each: HeadlineWithout) -> str:
    """Name the row of the analysis that all others are compared with."""
    return "nothing (Monte Carlo limits)" if has_stand_in(each) else "nothing"


def extremes_table(entry: Entry, found: tuple[HeadlineWithout, ...], position: int) -> HtmlTable:
    """Build the table of the least and the greatest estimate by level, with its paths."""
    rows: list[tuple[str, ...]] = []
    groups: list[str] = []
    for each in found:
        own = [path_beside(each.everyone, each.row, p) for p in (PathName.A, PathName.B)]
        body = [_row(everything(each), each.row.value, own)]
        levels = dict.fromkeys(line.influence.level for line in each.lines)
        for level in levels:
            lines = [x for x in each.lines if x.influence.level == level and x.influence.value]
            lines.sort(key=_estimate)
            for word, line in (("least", lines[0]), ("greatest", lines[-1])) if lines else ():
                beside = [
                    path_beside(line.without.result, each.row, p) for p in (PathName.A, PathName.B)
                ]
                name = f"{line.influence.cluster} ({word})"
                body.append(_row(name, line.influence.value, beside, line))
        rows += body
        groups += [each.title] * len(body)
    return HtmlTable(
        f"leave-one-out-extremes-{position}",
        f"{entry.name}: the least and the greatest estimate without one cluster",
        ("Left out", "Effect", "Interval", "Path a", "Path b"),
        frozenset(("Effect", "Interval", "Path a", "Path b")),
        tuple(rows),
        tuple(groups),
    )


def _estimate(line: Line) -> float:
    return math.nan if line.influence.value is None else line.influence.value.estimate


def _row(
    name: str, value: Estimate | None, paths: list[Estimate | None], line: Line | None = None
) -> tuple[str, ...]:
    both = (MISSING if p is None else point_and_interval(p) for p in paths)
    if value is None:
        return (name, MISSING, MISSING, *both)
    return (f"{name}{_mark(line)}", point(value), interval(value), *both)


def _mark(line: Line | None) -> str:
    if line is None or not line.influence.is_flagged:
        return ""
    beyond = abs(line.influence.dfbetas) > line.influence.cutoff
    return f" {FLAG * beyond}{MOVED * line.influence.moves_zero}"


def complete_tables(
    entry: Entry, found: tuple[HeadlineWithout, ...], position: int
) -> Iterator[HtmlTable]:
    """Build the tables of every cluster, some headline rows beside each other in each."""
    n_tables = math.ceil(len(found) / COLUMNS)
    wide = math.ceil(len(found) / n_tables)
    for number_, start in enumerate(range(0, len(found), wide), start=1):
        part = found[start : start + wide]
        columns = tuple(_unlike([each.title for each in part]))
        places = dict.fromkeys(
            (line.influence.level, line.influence.cluster) for e in part for line in e.lines
        )
        body = [(everything(part[0]), *(point_and_interval(each.row.value) for each in part))]
        groups = ["All rows"]
        for level, cluster in places:
            body.append((cluster, *(_cell(each, level, cluster) for each in part)))
            groups.append(f"Without one {level.replace('_', ' ')}")
        end = f"-{number_}" if n_tables > 1 else ""
        which = f" ({number_} of {n_tables})" if n_tables > 1 else ""
        yield HtmlTable(
            f"leave-one-out-all-{position}{end}",
            f"{entry.name}: the headline effect without each cluster{which}",
            ("Left out", *columns),
            frozenset(columns),
            tuple(body),
            tuple(groups),
        )


def _unlike(titles: list[str]) -> Iterator[str]:
    """Tell titles that are alike apart by a number, as columns must differ."""
    for place, title in enumerate(titles):
        same = titles[:place].count(title)
        yield f"{title} ({same + 1})" if same else title


def _cell(each: HeadlineWithout, level: str, cluster: str) -> str:
    for line in each.lines:
        if (line.influence.level, line.influence.cluster) == (level, cluster):
            value = line.influence.value
            return NOT_MADE if value is None else f"{point_and_interval(value)}{_mark(line)}"
    return MISSING
