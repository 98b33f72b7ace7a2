"""The columns of each equation: predictor, split mediators, covariates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.estimation.clusters import (
    CONSTANT,
    Clusters,
    cluster_means,
    is_constant_inside,
    means_of_rows,
)
from mediation.estimation.column_checks import (
    check_category,
    is_number,
    numeric,
)
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import Level, PathName

INTERCEPT = "(intercept)"


class Part(NamedTuple):
    """What a column takes of the column behind it: means of clusters less means of larger ones.

    `of` is the level of the means, None for the rows as they are; `less` the level of the means
    taken off, None for nothing. Levels are numbered from 0, the outermost.
    """

    of: int | None = None
    less: int | None = None

    def take(self, values: Array, clusters: Clusters) -> Array:
        """Values of the part, shape (..., n_rows) -> (..., n_rows)."""
        taken = values if self.of is None else means_of_rows(values, clusters.codes[self.of])
        if self.less is not None:
            taken = taken - means_of_rows(values, clusters.codes[self.less])
        return taken


WHOLE = Part()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Column:
    """One column of an equation: its name, the table's column behind it, values and role."""

    name: str
    source: str
    values: Array
    role: Parameter | None = None
    part: Part = WHOLE

    @property
    def key(self) -> tuple[str, str, Part]:
        """What tells two columns apart, whatever their roles."""
        return self.name, self.source, self.part


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Equation:
    """One regression of the model, as columns of a matrix that all equations share.

    Attributes
    ----------
    label : str
    matrix : ndarray, shape (n_rows, n_columns)
        Columns of all equations.
    y_at : int
        Column of the outcome of this equation.
    x_at : tuple of int, length n_coefficients
        Columns of its coefficients; the first is the intercept.
    names : tuple of str, length n_coefficients
    between : tuple of bool, length n_coefficients
        True for coefficients of columns constant inside the innermost clusters, and for the
        predictor even where it varies over time.
    roles : tuple of (Parameter or None), length n_coefficients
        The path each coefficient is, if it is one.
    """

    label: str
    matrix: Array
    y_at: int
    x_at: tuple[int, ...]
    names: tuple[str, ...]
    between: tuple[bool, ...]
    roles: tuple[Parameter | None, ...]

    @property
    def y(self) -> Array:
        """Outcome of the equation, shape (n_rows,)."""
        values: Array = self.matrix[:, self.y_at]
        return values

    @property
    def x(self) -> Array:
        """Columns of the coefficients, shape (n_rows, n_coefficients)."""
        values: Array = self.matrix[:, self.x_at]
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Complete rows of a table, with what all equations have in common.

    Attributes
    ----------
    model : MediationModel
    frame : DataFrame
    clusters : Clusters
    roles : dict of str to ndarray, shape (n_rows,) each
        Predictor, mediators and outcome.
    is_timed : bool
        Whether calendar time enters all equations.
    """

    model: MediationModel
    frame: pd.DataFrame
    clusters: Clusters
    roles: dict[str, Array]
    is_timed: bool

    def regressors(
        self, y: str, path: PathName, mediators: tuple[str, ...], covariates: tuple[str, ...]
    ) -> list[Column]:
        """Columns that explain `y`, with the predictor in the role of `path`."""
        model = self.model
        time = (model.time,) if self.is_timed and model.time else ()
        outer = Level.BETWEEN if self.clusters.names else Level.SINGLE
        role = Parameter(path, outer, y if path is PathName.A else None)
        columns = [
            Column(INTERCEPT, INTERCEPT, np.ones(len(self.frame))),
            Column(model.predictor, model.predictor, self.roles[model.predictor], role),
        ]
        for name in mediators:
            columns += self._mediator(name)
        for name in dict.fromkeys(model.covariates + time + covariates):
            columns += self.covariate(name)
        return columns

    def outcome(self, name: str) -> Column:
        """Return the column of a mediator or outcome as left-hand side."""
        return Column(name, name, self.roles[name])

    def is_between(self, column: Column) -> bool:
        """Whether a column is the predictor or constant inside the innermost clusters."""
        if column.source == self.model.predictor:
            return True
        names = self.clusters.names
        return bool(names) and is_constant_inside(column.values, self.clusters.codes[-1])

    def _mediator(self, name: str) -> list[Column]:
        column = Column(name, name, self.roles[name])
        if not self.clusters.names:
            return [Column(name, name, column.values, Parameter(PathName.B, Level.SINGLE, name))]
        within = Parameter(PathName.B, Level.WITHIN, name)
        between = Parameter(PathName.B, Level.BETWEEN, name)
        parts = self._split(column, self._split_levels, within, between)
        return parts[:-1] if name in self.not_identified else parts

    @property
    def _split_levels(self) -> tuple[int, ...]:
        """Levels at which mediators are split, outermost first."""
        names = self.model.split_at or self.clusters.names[-1:]
        return tuple(self.clusters.names.index(name) for name in names)

    @property
    def not_identified(self) -> frozenset[str]:
        """Mediators whose cluster means do not differ, so that there is no slope between."""
        if not self.clusters.names:
            return frozenset()
        return frozenset(
            name
            for name in self.model.mediators
            if np.ptp(cluster_means(self.roles[name], self.clusters.codes[self._split_levels[0]]))
            <= CONSTANT * np.ptp(self.roles[name])
        )

    def covariate(self, name: str) -> list[Column]:
        """Columns of a covariate: itself, indicators of its levels, or its parts if split."""
        values = self.frame[name]
        if is_number(values):
            plain = [Column(name, name, numeric(name, self.frame))]
        else:
            check_category(name, values)
            levels = values.astype("category").cat.remove_unused_categories()
            plain = [
                Column(f"{name}[{level}]", name, (levels == level).to_numpy(np.float64))
                for level in list(levels.cat.categories)[1:]
            ]
        if not (self.model.split_covariates and self.clusters.names) or name == self.model.time:
            return plain
        inner = len(self.clusters.names) - 1
        return [
            part
            for column in plain
            for part in (
                [column]
                if is_constant_inside(column.values, self.clusters.codes[inner])
                else self._split(column, (inner,))
            )
        ]

    def _split(
        self,
        column: Column,
        levels: tuple[int, ...],
        within: Parameter | None = None,
        between: Parameter | None = None,
    ) -> list[Column]:
        """Deviation from the innermost means, deviations between levels, the outermost means."""

        def part(name: str, taken: Part, role: Parameter | None = None) -> Column:
            values = taken.take(column.values, self.clusters)
            return Column(f"{column.name} ({name})", column.source, values, role, taken)

        names = self.clusters.names
        first, last = levels[0], levels[-1]
        steps = list(pairwise(levels))[::-1]
        return [
            part(f"deviation from {names[last]} mean", Part(less=last), within),
            *(
                part(f"{names[inner]} mean, deviation from {names[outer]} mean", Part(inner, outer))
                for outer, inner in steps
            ),
            part(f"{names[first]} mean", Part(of=first), between),
        ]
