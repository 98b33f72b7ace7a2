"""Tasks to processors: of this machine through joblib, or of a cluster through Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from mediation.errors import SimulationError
from mediation.simulation.laboratory.analyze import Found, run_task
from mediation.simulation.laboratory.tasks import Task

Done = tuple[int, Found]
Work = Callable[[Task], Found]

SECONDS_TO_ANSWER = 10
# A task that a lost worker had is given to another; after so many lost workers it is the task.
RETRIES = 3


def run_local(tasks: list[Task], n_jobs: int) -> Iterator[Done]:
    """Run tasks on this machine; yield number and result of each as it ends.

    Parameters
    ----------
    tasks : list of Task
    n_jobs : int
        Processes; 1 is this one, -1 all processors.
    """
    if n_jobs == 1:
        yield from (_numbered(number, task) for number, task in enumerate(tasks))
        return
    from joblib import Parallel, delayed, parallel_config

    work = delayed(_numbered)
    # One thread in each process: the processes fill the processors.
    with parallel_config(backend="loky", inner_max_num_threads=1):
        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
        yield from parallel(work(number, task) for number, task in enumerate(tasks))


def _numbered(number: int, task: Task) -> Done:
    return number, run_task(task)


def run_distributed(tasks: list[Task], address: str) -> Iterator[Done]:
    """Send tasks to a Dask cluster; yield number and result of each as it ends.

    The tasks of a worker that is lost are given to others.

    Parameters
    ----------
    tasks : list of Task
    address : str
        Of the scheduler, for example "tcp://10.0.0.1:8786".

    Raises
    ------
    SimulationError
        If `distributed` is not installed, no scheduler answers, or a task cannot be run there.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise SimulationError(
            "A scheduler needs the package `distributed`. It is not installed. Install it: "
            "pip install 'mediation[distributed]'"
        ) from None
    try:
        client = distributed.Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SimulationError(
            f"Expected a Dask scheduler at {address}. None answers ({type(error).__name__}). "
            "Start one with `dask scheduler` and workers with `dask worker`, or leave the "
            "address out to use this machine."
        ) from None
    with client:
        futures = client.map(run_task, tasks, pure=False, retries=RETRIES)
        numbers = {future.key: number for number, future in enumerate(futures)}
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                if future.status == "error":
                    raise SimulationError(
                        "Expected every worker to run the tasks. One could not: "
                        f"{future.exception()}. The workers need this version of the package."
                    )
                yield numbers[future.key], future.result()
                future.release()
        finally:
            client.cancel(futures)
