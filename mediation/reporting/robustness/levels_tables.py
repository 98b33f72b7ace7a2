"""Tables of the part on levels of clusters, and the rows that they show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.format import (
    MISSING,
    TIMES,
    degrees_of_freedom,
    has_limits,
    interval,
    number,
    percent,
    point,
    point_and_interval,
)
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.robustness.leave_one_out_lines import path_beside
from mediation.reporting.sentences import rejects_none
from mediation.reporting.wording import counted, label, place_title, plural
from mediation.sensitivity.levels import FEW_APART, ClusterLevels, LevelAnalysis, LevelChoice
from mediation.vocabulary import PathName

NOT_MADE, NOT_SHOWN = "not estimable", "not shown"
# Beside the declared analysis where resampling is not repeated for every choice.
STAND_IN = "declared model, Monte Carlo limits"


class LevelRow(NamedTuple):
    """One choice of levels for one headline row; `value` is None where it has no number."""

    title: str
    cell: Cell
    declared: EffectEstimate
    analysis: LevelAnalysis
    value: Estimate | None


def level_rows(entry: Entry, labels: Mapping[str, str]) -> Iterator[LevelRow]:
    """List every choice of levels for every headline row that has a number."""
    for cell in entry.cells:
        part = cell.robustness.levels
        if part is None:
            continue
        first = part.analyses[0].result
        assert first is not None
        for declared in headline_rows(first, entry.headline):
            if math.isnan(declared.value.estimate):
                continue
            title = headline_title(cell, declared.mediator, labels)
            for each in part.analyses:
                yield LevelRow(title, cell, declared, each, _value(each, declared))


def _value(each: LevelAnalysis, declared: EffectEstimate) -> Estimate | None:
    if each.result is None:
        return None
    key = (declared.effect, declared.level, declared.mediator)
    for row in each.result.effects:
        if (row.effect, row.level, row.mediator) == key and not math.isnan(row.value.estimate):
            return row.value
    return None


def differs(row: LevelRow) -> bool:
    """Whether zero lies on the other side of an interval than in the declared analysis."""
    if row.value is None or row.analysis.result is None:
        return False
    level = row.analysis.result.conf_level
    return rejects_none(row.value, level) != rejects_none(row.declared.value, level)


def has_stand_in(row: LevelRow) -> bool:
    """Whether limits are other than declared, as resampling is not repeated for every choice."""
    part = row.cell.robustness.levels
    first = None if part is None else part.analyses[0].result
    return first is not None and first.interval != row.cell.result.interval


def n_rows(row: LevelRow) -> int | None:
    """Rows of an analysis that rests on others than the declared one; None if the same."""
    part = row.cell.robustness.levels
    if part is None or part.analyses[0].result is None or row.analysis.result is None:
        return None
    own = row.analysis.result.fit.counts.n_clients
    return None if own == part.analyses[0].result.fit.counts.n_clients else own


def width_ratio(row: LevelRow) -> float:
    """How many times as wide as the declared interval; NaN without finite limits."""
    if row.value is None:
        return math.nan
    own = row.value.conf_high - row.value.conf_low
    declared = row.declared.value.conf_high - row.declared.value.conf_low
    return own / declared if declared > 0 and math.isfinite(own / declared) else math.nan


def level_name(each: LevelAnalysis) -> str:
    """Name a choice of levels inside a sentence."""
    names = [name.replace("_", " ") for name in each.clusters]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    if each.choice is LevelChoice.FIXED_EFFECTS:
        return f"fixed effects of {plural(each.fixed or '')}, clusters {listed}"
    if each.choice is LevelChoice.ONE_LEVEL:
        return f"clusters {listed} alone"
    return f"clusters {listed}"


def value_text(value: Estimate | None) -> str:
    """Give a value with its interval; a dash where there is none."""
    return MISSING if value is None else point_and_interval(value)


def effects_table(entry: Entry, rows: list[LevelRow], position: int) -> HtmlTable:
    """Build the table of the headline effect with every choice of levels."""
    heads = ("Effect", "Interval", "Width", "Path a", "df of a", "Path b")
    body = []
    reasons: dict[str, None] = {}
    for row in rows:
        body.append((_heading(row), *_cells(row)))
        if row.analysis.reason:
            reasons[f"{_heading(row)}: {row.analysis.reason}"] = None
    base = f"that of the {STAND_IN}" if any(map(has_stand_in, rows)) else "the declared one"
    note = f"Width: that of the interval, as a multiple of {base}."
    if reasons:
        note += f" Without a number: {' '.join(reasons)}".replace("`", "")
    return HtmlTable(
        f"levels-{position}",
        f"{entry.name}: the headline effect with other levels of clusters",
        ("Clusters", *heads),
        frozenset(heads),
        tuple(body),
        tuple(row.title for row in rows),
        note,
    )


def _heading(row: LevelRow) -> str:
    each = row.analysis
    name = level_name(each).removeprefix("clusters ").replace(", clusters ", "; ")
    word = STAND_IN if has_stand_in(row) else "declared"
    mark = f" ({word})" if each.choice is LevelChoice.DECLARED else ""
    return f"{name[:1].upper()}{name[1:]}{mark}"


def _cells(row: LevelRow) -> tuple[str, ...]:
    a, b = (path_beside(row.analysis.result, row.declared, p) for p in (PathName.A, PathName.B))
    df = MISSING if a is None else degrees_of_freedom(a.df)
    if row.value is None:
        word = NOT_SHOWN if row.analysis.reason == FEW_APART else NOT_MADE
        return (word, MISSING, MISSING, value_text(a), df, value_text(b))
    width = width_ratio(row)
    text = f"{number(width, 1)}{TIMES}" if has_limits(row.value) and width == width else MISSING
    return (point(row.value), interval(row.value), text, value_text(a), df, value_text(b))


def variances_table(entry: Entry, labels: Mapping[str, str], position: int) -> HtmlTable | None:
    """Build the table of shares of the unexplained variance, with as many levels as there are."""
    body, groups = [], []
    parts = [(c, _widest(c.robustness.levels)) for c in entry.cells if c.robustness.levels]
    levels = tuple(
        dict.fromkeys(
            level
            for _, each in parts
            for equation in (each.result.fit.equations if each and each.result else ())
            for level, _ in equation.variances
            if level != "residual"
        )
    )
    if not levels:
        return None
    for cell, each in parts:
        if each is None or each.result is None:
            continue
        fit = each.result.fit
        for equation in fit.equations[:-1]:
            shares = dict(equation.variances)
            total = sum(shares.values())
            told = [
                *(shares.get(name, math.nan) for name in levels),
                shares.get("residual", math.nan),
            ]
            name = label(equation.label.split(" ~ ")[0], labels)
            body.append((name, *(percent(v / total) if total else MISSING for v in told)))
            counts = [counted(n, level) for level, n in fit.counts.by_level]
            groups.append(f"{place_title(cell, labels)}\n{', '.join(counts)}")
    heads = (*(label(name, {}) for name in levels), "Inside all of them")
    return HtmlTable(
        f"level-variances-{position}",
        f"{entry.name}: shares of the variance that the equations leave unexplained",
        ("Equation of", *heads),
        frozenset(heads),
        tuple(body),
        tuple(groups),
        "A share of 0% is a variance estimated at zero; with few clusters a true one of some size "
        "is often estimated at zero.",
    )


def _widest(part: ClusterLevels | None) -> LevelAnalysis | None:
    """Choose the analysis with most levels that has numbers."""
    made = [] if part is None else [each for each in part.analyses if each.result is not None]
    return max(made, key=lambda each: len(each.clusters), default=None)
