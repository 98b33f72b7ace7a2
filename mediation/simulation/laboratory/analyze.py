"""One task: draw the studies, let every method analyze them, sum up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mediation.errors import MediationError, SimulationError
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.model import Form, Parameter
from mediation.simulation.laboratory.design import CHUNK, Method, true_effects
from mediation.simulation.laboratory.effects import forms_of
from mediation.simulation.laboratory.fits import fit_methods, shared_fit
from mediation.simulation.laboratory.resampled import (
    judge_resamples,
    judge_wild,
    reduce_for_wild,
    resample_studies,
    wild_effect_p_values,
)
from mediation.simulation.laboratory.studies import (
    Matrices,
    draw_studies,
    matrices_of,
    parameters_of,
    resampling_stream,
)
from mediation.simulation.laboratory.sums import Sums, sum_up
from mediation.simulation.laboratory.tasks import WIDTHS, Task
from mediation.simulation.laboratory.verdicts import NO_ESTIMATE, Verdicts, judge
from mediation.vocabulary import BootstrapLimits

Found = dict[str, dict[str, Sums]]
Analyzed = Iterator[tuple[Method, str, Verdicts]]


def run_task(task: Task) -> Found:
    """Draw the studies of a task, analyze them, and sum up.

    Parameters
    ----------
    task : Task

    Returns
    -------
    dict of dict of Sums
        By key of the method, then by effect; effects without a meaning in the cell are left out.

    Raises
    ------
    SimulationError
        If a method cannot analyze the studies of the cell at all.
    """
    found: Found = {method.key: {} for method in task.methods}
    try:
        _fill(task, found)
    except MediationError as error:
        names = ", ".join(method.name for method in task.methods)
        raise SimulationError(
            f"Expected studies that the methods can analyze. Found in cell {task.cell.id}, "
            f"methods {names}: {error}"
        ) from error
    return found


def _fill(task: Task, found: Found) -> None:
    """Sum up over the chunks of a task."""
    truths = true_effects(task.cell)
    for start in range(0, task.n_studies, CHUNK):
        chunk = task.first_chunk + start // CHUNK
        n_studies = min(CHUNK, task.n_studies - start)
        for method, effect, verdicts in _analyze(task, chunk, n_studies, truths):
            sums = found[method.key]
            sums[effect] = sums.get(effect, Sums()) + sum_up(verdicts, truths[effect])


def _analyze(task: Task, chunk: int, n_studies: int, truths: dict[str, float]) -> Analyzed:
    """Say what each method of a task finds in the first studies of a chunk."""
    batch, first = draw_studies(task.cell, task.seed, chunk), task.methods[0]
    with_total = "total" in task.effects
    matrices = matrices_of(first.model(task.cell), batch, n_studies, with_total=with_total)
    # The SEM says itself which studies it cannot analyze.
    is_joint = isinstance(first.engine, TwoLevelSEM)
    impossible = np.zeros(n_studies, bool) if is_joint else ~matrices.possible
    for method, effect, verdicts in _judge(task, chunk, n_studies, truths, matrices):
        causes = ((NO_ESTIMATE, impossible), *verdicts.causes)
        yield method, effect, replace(verdicts, causes=causes)


def _judge(
    task: Task, chunk: int, n_studies: int, truths: dict[str, float], matrices: Matrices
) -> Analyzed:
    """Evaluate the intervals of a task."""
    first = task.methods[0]
    if isinstance(first.interval, WildClusterBootstrap):
        yield from _wild(task, chunk, matrices, first.interval)
    elif isinstance(first.interval, Bootstrap):
        yield from _resamples(task, chunk, matrices, truths, first.interval)
    else:
        n_widths = max(0, min(n_studies, WIDTHS - chunk * CHUNK))
        for method, paths in zip(task.methods, fit_methods(task.methods, matrices), strict=True):
            assert not isinstance(method.interval, Bootstrap | WildClusterBootstrap)
            for effect, form in _forms(paths.parameters, task, matrices).items():
                found = judge(method.interval, paths, form, truths[effect], n_widths)
                yield method, effect, found


def _resamples(
    task: Task, chunk: int, matrices: Matrices, truths: dict[str, float], shared: Bootstrap
) -> Analyzed:
    """Limits of bootstraps from the same resamples."""
    first = task.methods[0]
    assert not isinstance(first.engine, TwoLevelSEM)
    rng = resampling_stream(task.cell, task.seed, chunk, shared_fit(first))
    intervals = [m.interval for m in task.methods if isinstance(m.interval, Bootstrap)]
    with_left_out = any(each.limits is BootstrapLimits.BCA for each in intervals)
    resamples = resample_studies(first.engine, shared, matrices, rng, with_left_out=with_left_out)
    parameters = parameters_of(matrices.prepared)
    for effect, form in _forms(parameters, task, matrices).items():
        for method, interval in zip(task.methods, intervals, strict=True):
            yield method, effect, judge_resamples(interval, resamples, form, truths[effect])


def _wild(task: Task, chunk: int, matrices: Matrices, shared: WildClusterBootstrap) -> Analyzed:
    """Test with the same weights."""
    rng = resampling_stream(task.cell, task.seed, chunk, shared_fit(task.methods[0]))
    studies = reduce_for_wild(shared, matrices, rng)
    for effect, form in _forms(studies.paths.parameters, task, matrices).items():
        p_values = wild_effect_p_values(studies, form)
        for method in task.methods:
            yield method, effect, judge_wild(method.interval.conf_level, studies, form, p_values)


def _forms(parameters: tuple[Parameter, ...], task: Task, matrices: Matrices) -> dict[str, Form]:
    varies = matrices.prepared.predictor_varies
    return forms_of(parameters, task.effects, predictor_varies=varies)
