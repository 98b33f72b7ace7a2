"""Which counts of a report may stand beside each other: no difference of two tells of a few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mediation.errors import ReportError
from mediation.inference.result import MediationResult
from mediation.linkage.table import FlowStep, ParticipantFlow
from mediation.missing.attrition import Attendance, Attrition
from mediation.reporting.contents import Cell, Entry, ReportContents

Place = tuple[int, int]
"""Position of an entry in the report and of a cell in the entry."""


def disclosed(contents: ReportContents) -> ReportContents:
    """Take out of a report every count of people that another would turn into a small one.

    The rows analyzed are shown. Whatever holds them or lies in them (all rows of the study, the
    steps of the flow, the interviews of a wave, the rows of another analysis) is shown if it
    differs from all that is shown already by nobody, or by `minimum_cell` people or more. Models
    of the same interviews share the first steps of their flows; so do all their entries.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    ReportContents
        `n_rows` is None where it may not be shown, and attrition and patterns with it; attendance
        is without the waves whose counts are not shown; `flow` of every cell without the steps, and
        `interviewed` without the waves; `withheld` of a cell names the numbers of rows of its
        other analyses.

    Raises
    ------
    ReportError
        If a model rests on fewer people than the smallest count shown.
    """
    minimum = contents.minimum_cell
    cells = {
        (i, j): cell
        for i, entry in enumerate(contents.entries)
        for j, cell in enumerate(entry.cells)
    }
    _refuse_small(contents.entries, minimum)
    analyzed = {place: _analyzed(cell) for place, cell in cells.items()}
    everyone = {n for found in analyzed.values() for n in found}
    n_rows = contents.n_rows
    if n_rows is not None and not _apart(n_rows, everyone, minimum):
        n_rows = None
    all_rows = {} if n_rows is None else {n_rows}
    shown = {place: {*analyzed[place], *all_rows} for place in cells}
    flows = _flows(cells, shown, keep_first=n_rows is not None, minimum=minimum)
    waves = _waves(cells, shown, {*all_rows}, everyone, minimum)
    held = {
        place: replace(
            cell,
            flow=ParticipantFlow(flows[place], waves),
            withheld=_withheld(cell, {*shown[place]}, minimum),
            patterns=cell.patterns if n_rows is not None else None,
        )
        for place, cell in cells.items()
    }
    entries = tuple(
        replace(entry, cells=tuple(held[i, j] for j in range(len(entry.cells))))
        for i, entry in enumerate(contents.entries)
    )
    attrition = None if n_rows is None else contents.attrition
    if attrition is not None:
        counted = {wave for cell in cells.values() for wave, _ in cell.flow.interviewed}
        attrition = _attended(attrition, counted - {wave for wave, _ in waves})
    return replace(contents, n_rows=n_rows, entries=entries, attrition=attrition)


def _attended(attrition: Attrition, hidden: set[float]) -> Attrition:
    """Leave out what would tell how many were interviewed at waves whose counts are hidden."""
    return replace(
        attrition,
        attendance=tuple(
            Attendance(each.wave, None, None, None, None, None) if each.wave in hidden else each
            for each in attrition.attendance
        ),
        comparisons=tuple(row for row in attrition.comparisons if row.wave not in hidden),
    )


def shown_n(cell: Cell, result: MediationResult) -> int | None:
    """Give the number of rows of an analysis of a cell; None where it may not be shown."""
    n = result.fit.counts.n_clients
    return None if n in cell.withheld else n


def _apart(count: int, others: Iterable[int], minimum: int) -> bool:
    """Whether a count differs from each of the others by nobody or by enough people."""
    return not any(0 < abs(count - other) < minimum for other in others)


def _analyzed(cell: Cell) -> set[int]:
    return {cell.result.fit.counts.n_clients, cell.flow.steps[-1].n_clients}


def _refuse_small(entries: tuple[Entry, ...], minimum: int) -> None:
    small = [
        entry.name
        for entry in entries
        if any(cell.result.fit.counts.n_clients < minimum for cell in entry.cells)
    ]
    if small:
        raise ReportError(
            f"A report needs {minimum} people or more in every model, the smallest count shown. "
            f"Found fewer in {', '.join(small)}. Leave the model out, or lower `minimum_cell` in "
            "[study] if these are no data of people."
        )


def _flows(
    cells: dict[Place, Cell], shown: dict[Place, set[int]], *, keep_first: bool, minimum: int
) -> dict[Place, tuple[FlowStep, ...]]:
    """Choose the steps of every flow, adding their counts to what is shown of a cell."""
    kept: dict[Place, set[str]] = {place: set() for place in cells}
    for step, places in _shared_steps(cells):
        # Also flows without the step: reasons of losses can tell that it is the same count there.
        waves = cells[places[0]].waves
        beside = {n for place, cell in cells.items() if cell.waves == waves for n in shown[place]}
        if _apart(step.n_clients, beside, minimum):
            for place in places:
                shown[place].add(step.n_clients)
                kept[place].add(step.step)
    return {
        place: tuple(_thinned(cell.flow.steps, kept[place], keep_first=keep_first))
        for place, cell in cells.items()
    }


def _shared_steps(cells: dict[Place, Cell]) -> Iterator[tuple[FlowStep, list[Place]]]:
    """List the inner steps, each with the cells of the same interviews that have it."""
    found: dict[object, tuple[FlowStep, list[Place]]] = {}
    for place, cell in cells.items():
        for step in cell.flow.steps[1:-1]:
            key = (cell.waves, step.step, step.n_clients)
            found.setdefault(key, (step, []))[1].append(place)
    yield from found.values()


def _thinned(
    steps: tuple[FlowStep, ...], kept: set[str], *, keep_first: bool
) -> Iterator[FlowStep]:
    """Leave steps out; who left on the way to them left on the way to the next one shown."""
    before: int | None = None
    reasons: list[str] = []
    for number, step in enumerate(steps):
        is_first, is_last = number == 0, number == len(steps) - 1
        reasons += [step.reason] * bool(step.n_left and step.reason)
        if not (is_last or step.step in kept or (is_first and keep_first)):
            continue
        n_left = 0 if before is None else before - step.n_clients
        words = "; ".join(dict.fromkeys(reasons)) if n_left else ""
        yield FlowStep(step.step, step.n_clients, n_left, words)
        before, reasons = step.n_clients, []


def _waves(
    cells: dict[Place, Cell],
    shown: dict[Place, set[int]],
    all_rows: set[int],
    everyone: set[int],
    minimum: int,
) -> tuple[tuple[float, int], ...]:
    """Choose the waves whose interviews are counted, adding the counts to what is shown."""
    counted = next((cell.flow.interviewed for cell in cells.values()), ())
    found = []
    for number, (wave, count) in enumerate(counted):
        holding = [
            place
            for place, cell in cells.items()
            if cell.waves is not None and wave in (cell.waves.mediator, cell.waves.outcome)
        ]
        others = {n for place in holding for n in shown[place]} | all_rows
        # Scores of the first interview are covariates of every model.
        others |= everyone if number == 0 else set()
        if _apart(count, others, minimum):
            found.append((wave, count))
            for place in holding:
                shown[place].add(count)
    return tuple(found)


def _withheld(cell: Cell, shown: set[int], minimum: int) -> frozenset[int]:
    """List numbers of rows of other analyses that are too near to one that is shown."""
    blind = () if cell.blind is None else (cell.blind,)
    named = (*cell.others, *cell.alternatives)
    withheld = set()
    for result in (*blind, *(result for _, result in named)):
        n = result.fit.counts.n_clients
        if n < minimum or not _apart(n, shown, minimum):
            withheld.add(n)
        else:
            shown.add(n)
    return frozenset(withheld)
