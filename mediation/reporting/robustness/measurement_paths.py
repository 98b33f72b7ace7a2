"""The paths with measurement error taken out of one level after the other: a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from mediation.inference.interval import Estimate
from mediation.inference.result import MediationResult
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.format import MISSING, number, point_and_interval
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.wording import innermost, label, path_text, place_title
from mediation.sensitivity.measurement import ReliabilityCurve
from mediation.vocabulary import Level, PathName

ASSUMED = 0.8
BETWEEN = (0.9, 0.7)


class _Column(NamedTuple):
    """One analysis of a cell: the heading, and the result if there is one."""

    head: str
    result: MediationResult | None


def paths_table(entry: Entry, labels: Mapping[str, str], position: int) -> HtmlTable | None:
    """Build the table of b and c' without error within, and then without error between, too.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str
    position : int

    Returns
    -------
    HtmlTable or None
        None where no model has been corrected.
    """
    body: list[tuple[str, ...]] = []
    groups: list[str] = []
    heads: tuple[str, ...] = ()
    for cell in entry.cells:
        for mediator in cell.result.fit.model.mediators:
            columns = _columns(cell, mediator)
            if not columns:
                continue
            heads = _shared(heads, tuple(column.head for column in columns))
            title = place_title(cell, labels)
            if len(cell.result.fit.model.mediators) > 1:
                title += f", error in {label(mediator, labels)} taken out"
            for path, level, name in _rows(cell.result, mediator):
                found = [_path(column.result, path, level, name) for column in columns]
                body.append((path_text(path, level), *found))
                groups.append(title)
    if not body:
        return None
    cluster = innermost(entry.cells[0].result)
    where = "" if cluster is None else ", level by level"
    return HtmlTable(
        f"measurement-paths-{position}",
        f"{entry.name}: paths without measurement error{where}",
        ("Path", *heads),
        frozenset(heads),
        tuple(body),
        tuple(groups),
        f"Within: by the estimated reliability, or {number(ASSUMED)} where there is none. Between: "
        "with the true means of clusters measured at the reliability of the column, and without "
        "error within where that reliability is estimated. The path a is the same in all columns."
        if cluster is not None
        else f"By the estimated reliability, or {number(ASSUMED)} where there is none. The path a "
        "is the same in both columns.",
    )


def _shared(heads: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Give headings that hold for all rows so far."""
    if heads in ((), others):
        return others
    both = zip(heads, others, strict=True)
    return tuple(a if a == b else f"Between, {a.split(', ')[1]}" for a, b in both)


def _columns(cell: Cell, mediator: str) -> tuple[_Column, ...]:
    found = cell.robustness.measurement
    if found is None:
        return ()
    known = dict(found.known).get(mediator)
    inner = found.curve(mediator, Level.WITHIN) or found.curve(mediator, Level.SINGLE)
    if inner is None or not inner.results:
        return ()
    step = ASSUMED if known is None else known.within
    head = "Without error" if inner.level is Level.SINGLE else "Without error within"
    columns = [_Column("As declared", inner.results[0]), _Column(head, _at(inner, step))]
    outer = found.curve(mediator, Level.BETWEEN)
    if outer is not None:
        # Where reliability within is not known, that between is varied alone.
        first = "Between alone" if known is None else "And between"
        columns += [_Column(f"{first}, at {number(s)}", _at(outer, s)) for s in BETWEEN]
    return tuple(columns)


def _at(curve: ReliabilityCurve, step: float) -> MediationResult | None:
    return dict(zip(curve.reliabilities, curve.results, strict=True)).get(step)


def _rows(result: MediationResult, mediator: str) -> list[tuple[PathName, Level, str | None]]:
    """Paths that error in a mediator can move, c' last."""
    found = [(p.path, p.level, p.mediator) for p in result.paths]
    slopes = [each for each in found if each[0] is PathName.B and each[2] == mediator]
    return slopes + [each for each in found if each[0] is PathName.C_PRIME]


def _path(
    result: MediationResult | None, path: PathName, level: Level, mediator: str | None
) -> str:
    """Give a path with its interval."""
    if result is None:
        return MISSING
    found: list[Estimate] = [
        p.value for p in result.paths if (p.path, p.level, p.mediator) == (path, level, mediator)
    ]
    if not found or math.isnan(found[0].estimate):
        return MISSING
    return point_and_interval(found[0])
