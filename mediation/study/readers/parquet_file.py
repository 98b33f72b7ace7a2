"""Parquet files, by pyarrow."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mediation.study.readers.door import library_door, not_installed
from mediation.study.readers.raw import (
    Cells,
    Column,
    Contents,
    Days,
    Numbers,
    Unreadable,
    empty_table,
    row_numbers,
)


def read_parquet(path: Path, file: str, wanted: Iterable[str]) -> Contents:
    """Read columns of a Parquet file.

    Parameters
    ----------
    path : Path
    file : str
        Name for messages.
    wanted : iterable of str
        Names of the columns to read.

    Returns
    -------
    Contents

    Raises
    ------
    Unreadable
        If it is damaged, no Parquet file, or a wanted column holds lists or the like.
    """
    try:
        from pyarrow import parquet  # type: ignore[import-untyped]
    except ImportError:
        raise not_installed("pyarrow", ".parquet", "parquet") from None
    door = library_door(f"a Parquet file at {file}", "Write it again.")
    with door, parquet.ParquetFile(path) as source:
        header = tuple(str(name) for name in source.schema_arrow.names)
        n_rows = source.metadata.num_rows
        if n_rows == 0:
            raise empty_table(file, "columns without rows")
        columns: dict[str, Column] = {}
        # One at a time, so that only one is in memory as it is in the file.
        for name in dict.fromkeys(wanted):
            if header.count(name) == 1:
                columns[name] = _column(source.read([name]).column(0), name, file)
        return Contents(header, columns, row_numbers(n_rows))


def _column(values: Any, name: str, file: str) -> Column:
    import pyarrow
    from pyarrow import compute, types

    kind = values.type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _cells(values)
    if values.type != kind:
        values = values.cast(kind)
    if types.is_null(kind):
        return Cells(np.full(len(values), -1, dtype=np.int32), ())
    if types.is_boolean(kind):
        return Cells(values.cast(pyarrow.int32()).fill_null(-1).to_numpy(), (False, True))
    if types.is_decimal(kind):
        values = values.cast(pyarrow.float64())
    elif types.is_timestamp(kind) or types.is_date(kind):
        # A moment with a time zone belongs to the day that it is there.
        if types.is_timestamp(kind) and kind.tz is not None:
            values = compute.local_timestamp(values)
        days = values.cast(pyarrow.timestamp("us")).to_numpy().astype("datetime64[D]")
        return Days(days)
    elif not (types.is_integer(kind) or types.is_floating(kind)):
        expected = f"texts, numbers or dates in the column `{name}` of {file}"
        raise Unreadable(expected, "a column of another type", "Write it as text or number.")
    return Numbers(values.to_numpy())


def _cells(values: Any) -> Cells:
    import pyarrow
    from pyarrow import types

    if not types.is_dictionary(values.type):
        values = values.dictionary_encode()
    # Parts of a column may have dictionaries of their own.
    whole = values.unify_dictionaries().combine_chunks()
    if isinstance(whole, pyarrow.ChunkedArray):
        whole = whole.chunk(0)
    codes = whole.indices.cast(pyarrow.int32()).fill_null(-1).to_numpy(zero_copy_only=False)
    return Cells(codes, tuple(whole.dictionary.to_pylist()))
