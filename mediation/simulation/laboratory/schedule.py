"""Tasks to processors: of this machine through joblib, or of a cluster through Dask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from mediation.errors import MediationError, SimulationError
from mediation.simulation.laboratory.analyze import Found, run_task
from mediation.simulation.laboratory.tasks import Task

Done = tuple[int, Found]
Work = Callable[[Task], Found]

SECONDS_TO_ANSWER = 10

# A host and a port, as in "tcp://10.0.0.1:8786", or the address of a cluster in this process.
_ADDRESS = re.compile(
    r"((tcp|tls|ws|wss|ucx)://)?(\[[\da-fA-F:.%]+\]|[\w.-]+):\d{1,5}/?|inproc://\S+", re.ASCII
)


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
    from joblib.externals.loky import get_reusable_executor

    work = delayed(_numbered)
    # One thread in each process: the processes fill the processors.
    with parallel_config(backend="loky", inner_max_num_threads=1):
        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
        try:
            yield from parallel(work(number, task) for number, task in enumerate(tasks))
        except KeyboardInterrupt:
            # Left to the end of the interpreter, the processes warn of what they leave behind.
            get_reusable_executor().shutdown(wait=True, kill_workers=True)
            raise


def _numbered(number: int, task: Task) -> Done:
    return number, run_task(task)


def run_distributed(tasks: list[Task], address: str) -> Iterator[Done]:
    """Send tasks to a Dask cluster; yield number and result of each as it ends.

    The tasks of a worker that is lost are given to others; Dask gives up a task that has lost
    three. A task that fails fails for good: it would fail everywhere.

    Parameters
    ----------
    tasks : list of Task
    address : str
        Of the scheduler, for example "tcp://10.0.0.1:8786".

    Raises
    ------
    SimulationError
        If `distributed` is not installed, the address is none, no scheduler answers, a cell
        cannot be analyzed, or a task cannot be run there.
    """
    # Dask would find out too, but leaves a client behind that cannot be closed.
    if not _ADDRESS.fullmatch(address):
        raise SimulationError(
            f"Expected the address of a Dask scheduler, host and port. Found {address!r}. Write "
            "it as the scheduler shows it, for example tcp://10.0.0.1:8786."
        )
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
        futures = client.map(run_task, tasks, pure=False)
        numbers = {future.key: number for number, future in enumerate(futures)}
        try:
            for future in distributed.as_completed(futures, loop=client.loop):
                if future.status != "finished":
                    raise _failure(future)
                yield numbers[future.key], future.result()
                future.release()
        finally:
            client.cancel(futures)


def _failure(future: Any) -> MediationError:
    """Say why a task has no result: the task's own error, or the workers'."""
    error = future.exception() if future.status == "error" else None
    if isinstance(error, MediationError):
        return error
    if error is None:
        return SimulationError(
            f"Expected a scheduler that answers to the end. Found a task that was {future.status}. "
            "Start it again; the same run goes on with what is left."
        )
    return SimulationError(
        f"Expected every worker to run the tasks. One could not: {type(error).__name__}: {error}. "
        "The workers need this version of the package, and memory for a task."
    )
