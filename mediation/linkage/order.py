"""The natural order of rows, so that the order of rows in a file changes nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.arrays import IntArray
from mediation.study.letters import natural_key


def natural_order(frame: pd.DataFrame, names: tuple[str, ...]) -> IntArray:
    """Sort rows by columns of texts, "T2" before "T10".

    Parameters
    ----------
    frame : DataFrame
    names : tuple of str
        The first one counts most.

    Returns
    -------
    ndarray of int, shape (n_rows,)
        Positions of the rows in their order.

    Examples
    --------
    >>> natural_order(pd.DataFrame({"team": ["T10", "T2", "T1"]}), ("team",)).tolist()
    [2, 1, 0]
    """
    ranks = [_ranks(frame[name]) for name in names]
    order: IntArray = np.lexsort(ranks[::-1])
    return order


def _ranks(column: pd.Series) -> IntArray:
    """Rank of each text; every different text is taken apart once."""
    codes, texts = pd.factorize(column.astype(str))
    keys = [natural_key(text) for text in texts]
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return np.append(ranks, -1)[codes]
