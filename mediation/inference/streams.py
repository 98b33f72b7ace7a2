"""Parallel work that gives the same numbers for any number of workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

T = TypeVar("T")


def spawn(rng: np.random.Generator, n: int) -> list[np.random.Generator]:
    """Make independent generators from one; the one moves on.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int

    Examples
    --------
    >>> first, second = spawn(np.random.default_rng(1), 2)
    >>> bool(first.random() == second.random())
    False
    """
    # Drawn, not `rng.spawn`: works for a generator of any origin, and a copy of one in the same
    # state gives the same streams.
    entropy = rng.integers(2**63, size=4).tolist()
    return [np.random.default_rng(seed) for seed in np.random.SeedSequence(entropy).spawn(n)]


def one_thread() -> AbstractContextManager[object]:
    """Keep products of matrices on one thread: how they are split would change last digits.

    Many small products are quicker so, too.
    """
    limited: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limited


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def run_all(work: Sequence[Callable[[], T]], n_workers: int) -> list[T]:
    """Call functions without arguments, in processes if there are to be several.

    Parameters
    ----------
    work : sequence of callable
    n_workers : int

    Examples
    --------
    >>> run_all([lambda: 1, lambda: 2], 1)
    [1, 2]
    """
    if n_workers == 1 or len(work) < 2:
        return [each() for each in work]
    from joblib import Parallel, delayed

    # Without `max_nbytes` large arrays, rows of people among them, would go into files.
    parallel = Parallel(n_jobs=n_workers, max_nbytes=None)
    return list(parallel(delayed(each)() for each in work))
