"""Run a design: what is not there yet is computed, then everything is put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd

from mediation.errors import SimulationError
from mediation.safe_text import csv_text
from mediation.simulation.laboratory.analyze import Found
from mediation.simulation.laboratory.design import Design
from mediation.simulation.laboratory.effects import effects_in
from mediation.simulation.laboratory.parts import (
    prepare_folder,
    read_part,
    write_part,
    write_whole,
)
from mediation.simulation.laboratory.schedule import run_distributed, run_local
from mediation.simulation.laboratory.table import coverage_table
from mediation.simulation.laboratory.tasks import Task, tasks_of

Progress = Callable[[int, int], None]
"""Called with the number of studies analyzed and of those to analyze."""


def run_coverage(
    design: Design,
    out: Path | str,
    *,
    n_jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Simulate the studies of a design, let its methods analyze them, and count.

    The numbers do not depend on processes, machines or order. Finished tasks are kept in
    `out/parts`; the same design started again goes on from there.

    Parameters
    ----------
    design : Design
    out : Path or str
        Folder for the parts and `coverage.csv`.
    n_jobs : int
        Processes on this machine; -1 is one for each processor.
    scheduler : str, optional
        Address of a Dask scheduler that does the work instead.
    progress : callable, optional
        See `Progress`; called at the start and after each task.

    Returns
    -------
    DataFrame
        One row per cell, method and effect; see `coverage_table`.

    Raises
    ------
    SimulationError
        If `design` is none, `n_jobs` is zero, no effect has a meaning in any cell, the folder
        cannot be written to, the scheduler does not answer, or a cell cannot be analyzed.

    Examples
    --------
    >>> import tempfile
    >>> import mediation as med
    >>> from mediation.simulation.cell import Cell, unequal_sizes
    >>> from mediation.simulation.laboratory.design import Method
    >>> design = Design(1, (Cell(unequal_sizes(7, 10)),),
    ...                 (Method("default", med.MixedModels(), med.MonteCarlo()),), n_studies=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = run_coverage(design, folder)
    >>> int(table.loc[0, "n_studies"]), table.loc[0, "rejection_kind"]
    (20, 'type I error')
    """
    _check_request(design, n_jobs)
    out = Path(out)
    prepare_folder(out)
    tasks = tasks_of(design)
    found: dict[int, Found] = {}
    for number, task in enumerate(tasks):
        part = read_part(out, task)
        if part is not None:
            found[number] = part
    todo = [number for number in range(len(tasks)) if number not in found]
    _compute([tasks[number] for number in todo], todo, found, out, n_jobs, scheduler, progress)
    table = coverage_table(design, [(task, found[number]) for number, task in enumerate(tasks)])
    write_whole(out / "coverage.csv", csv_text(table).encode())
    return table


def _check_request(design: Design, n_jobs: int) -> None:
    if not isinstance(design, Design):
        raise SimulationError(
            f"`design` must be a Design. Found {type(design).__name__}. Read it from its file "
            "with `read_design`."
        )
    if n_jobs == 0:
        raise SimulationError("`n_jobs` must not be 0. Found 0. Give 1, or -1 for all processors.")
    has_meaning = any(
        effects_in(cell, method, design.effects)
        for cell in design.cells
        for method in design.methods
    )
    if not has_meaning:
        raise SimulationError(
            f"Expected an effect with a meaning in a cell. Found {', '.join(design.effects)}: none "
            "between clusters where fidelity changes over time, none contextual where clusters "
            "are ignored. Ask for other effects."
        )


def _compute(
    tasks: list[Task],
    numbers: list[int],
    found: dict[int, Found],
    out: Path,
    n_jobs: int,
    scheduler: str | None,
    progress: Progress | None,
) -> None:
    """Run the tasks that are left, keeping each as it ends."""
    say = progress or (lambda done, of: None)
    total, done = sum(task.n_studies for task in tasks), 0
    say(0, total)
    if not tasks:
        return
    running = run_local(tasks, n_jobs) if scheduler is None else run_distributed(tasks, scheduler)
    with closing(running):  # type: ignore[type-var]
        for number, part in running:
            write_part(out, tasks[number], part)
            found[numbers[number]] = part
            done += tasks[number].n_studies
            say(done, total)
