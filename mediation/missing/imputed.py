"""N completed tables: what was observed once, what was drawn N times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.errors import SpecificationError
from mediation.linkage.table import AnalysisTable
from mediation.missing.imputation_options import Imputation, Shift, check_shifts

# Potential scale reduction above which chains have not come together; over the ten iterations that
# are usual it is 1 give or take a few hundredths where they have.
APART = 1.2


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ImputedColumn:
    """What was drawn for one column.

    Attributes
    ----------
    name : str
    at : ndarray of int, shape (n_missing,)
        Rows whose value was drawn.
    values : ndarray, shape (N, n_missing)
        In the unit of the column; of a category the number of the level.
    sd : float
        Of the observed values; NaN for a category.
    levels : tuple of object
        Of a category; empty for numbers.
    """

    name: str
    at: IntArray
    values: Array
    sd: float
    levels: tuple[object, ...] = ()

    def __repr__(self) -> str:
        """Sizes only."""
        return f"ImputedColumn({self.name}, {len(self.at)} values drawn {len(self.values)} times)"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trace:
    """How the chains went: mean and SD of the drawn values of each column at each iteration.

    Attributes
    ----------
    names : tuple of str
        Columns; of a category each level but the first.
    means, sds : ndarray, shape (n_iterations, n_names, N)
    """

    names: tuple[str, ...]
    means: Array
    sds: Array

    def __repr__(self) -> str:
        """Sizes only."""
        n_iterations, n_names, n_chains = self.means.shape
        return f"Trace({n_names} columns, {n_iterations} iterations, {n_chains} chains)"

    def scale_reduction(self) -> Array:
        """Potential scale reduction of the chain means over the second half of the iterations.

        Near 1 when chains that began apart have come together.

        Returns
        -------
        ndarray, shape (n_names,)
            NaN with fewer than four iterations.

        References
        ----------
        Gelman & Rubin (1992), Statistical Science 7, 457-472.
        """
        late = self.means[len(self.means) // 2 :]
        n = len(late)
        if n < 2:
            return np.full(len(self.names), np.nan)
        inside = late.var(axis=0, ddof=1).mean(axis=-1)
        between = late.mean(axis=0).var(axis=-1, ddof=1)
        found: Array = np.sqrt((n - 1) / n + between / np.where(inside > 0, inside, 1.0))
        return found

    @property
    def apart(self) -> tuple[tuple[str, float], ...]:
        """Columns whose chains have not come together, with their potential scale reduction."""
        pairs = zip(self.names, self.scale_reduction().tolist(), strict=True)
        return tuple((name, value) for name, value in pairs if value > APART)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Imputed:
    """A table with its missing values drawn N times.

    Attributes
    ----------
    options : Imputation
    columns : tuple of ImputedColumn
        Columns with missing values; all others are the same in every completed table.
    trace : Trace
    missing : tuple of (str, float)
        Share of missing values of every column used.
    n_rows, n_left_out, n_imputed : int
        Rows of the completed tables; rows left out without a predictor or cluster; rows with at
        least one value drawn.
    """

    _source: AnalysisTable
    options: Imputation
    columns: tuple[ImputedColumn, ...]
    trace: Trace
    missing: tuple[tuple[str, float], ...]
    n_rows: int
    n_left_out: int
    n_imputed: int

    def __len__(self) -> int:
        return self.options.n_imputations

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return (self.frame(which) for which in range(len(self)))

    def __repr__(self) -> str:
        """Sizes only: rows are data of people."""
        names = ", ".join(column.name for column in self.columns) or "nothing missing"
        return (
            f"Imputed({len(self)} tables of {self.n_rows} rows, {self.n_left_out} left out; "
            f"{self.n_imputed} rows with values drawn: {names})"
        )

    def frame(self, which: int) -> pd.DataFrame:
        """Give one completed table, complete in the columns of the model and the auxiliary ones.

        Parameters
        ----------
        which : int
            From 0.

        Returns
        -------
        DataFrame
            Rows and index of the table less the rows left out.
        """
        frame = self._source.frame
        return frame.assign(**{c.name: _completed(frame[c.name], c, which) for c in self.columns})

    def table(self, which: int) -> AnalysisTable:
        """Give one completed table with its waves, linkage, flow and dates."""
        return replace(self._source, _frame=self.frame(which))

    def shifted(self, delta: Iterable[Shift]) -> Imputed:
        """Move the drawn values of columns: values missing not at random.

        A shift of -0.5 says that whoever has no value would have been half an SD lower than others
        who are alike in all that was observed. The same draws serve any number of shifts.

        Parameters
        ----------
        delta : iterable of (str, float)
            Columns, and shifts in SD of their observed values, added to those there are already.

        Returns
        -------
        Imputed

        Raises
        ------
        SpecificationError
            If a column is a category or has no missing values.

        References
        ----------
        van Buuren (2018), Flexible Imputation of Missing Data, 2nd ed., section 3.8 (delta
        adjustment).
        """
        shifts = dict(check_shifts(delta))
        numbers = {column.name for column in self.columns if not column.levels}
        wrong = [name for name in shifts if name not in numbers]
        if wrong:
            raise SpecificationError(
                "Imputed values of numbers can be moved. These are categories, are complete or are "
                f"not in the model: {', '.join(wrong)}. There are: "
                f"{', '.join(sorted(numbers)) or 'none'}."
            )
        columns = tuple(
            replace(c, values=_frozen(c.values + shifts.get(c.name, 0.0) * c.sd))
            if shifts.get(c.name)
            else c
            for c in self.columns
        )
        both = dict(self.options.delta)
        both.update({name: both.get(name, 0.0) + by for name, by in shifts.items()})
        return replace(
            self, columns=columns, options=replace(self.options, delta=tuple(both.items()))
        )


def _completed(column: pd.Series, drawn: ImputedColumn, which: int) -> pd.Series:
    """Put the values of one completed table in their places."""
    if not drawn.levels:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan).copy()
        values[drawn.at] = drawn.values[which]
        return pd.Series(values, index=column.index)
    codes = pd.Categorical(column, categories=list(drawn.levels)).codes.copy()
    codes[drawn.at] = drawn.values[which]
    filled = pd.Index(drawn.levels).take(codes.astype(np.int64))
    return pd.Series(filled, index=column.index).astype(column.dtype)


def _frozen(values: Array) -> Array:
    values.flags.writeable = False
    return values
