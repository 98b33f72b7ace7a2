"""The columns of each equation: predictor, split mediators, covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, read_only
from mediation.estimation.clusters import CONSTANT, Clusters, cluster_means, is_constant_inside
from mediation.estimation.column_checks import (
    check_category,
    check_rank,
    check_residual,
    is_number,
    numeric,
)
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import Level, PathName


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """One regression of the model.

    Attributes
    ----------
    label : str
    y : ndarray, shape (n_rows,)
    x : ndarray, shape (n_rows, n_coefficients)
        First column the intercept.
    names : tuple of str, length n_coefficients
    between : tuple of bool, length n_coefficients
        True for coefficients of columns constant inside the innermost clusters, and for the
        predictor even where it varies over time.
    roles : tuple of (Parameter or None), length n_coefficients
        The path each coefficient is, if it is one.
    """

    label: str
    y: Array
    x: Array
    names: tuple[str, ...]
    between: tuple[bool, ...]
    roles: tuple[Parameter | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column of an equation: its name, the table's column behind it, values and role."""

    name: str
    source: str
    values: Array
    role: Parameter | None = None


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

    def equation(
        self, y: str, path: PathName, mediators: tuple[str, ...], covariates: tuple[str, ...]
    ) -> Equation:
        """Build the equation of `y`, with the predictor in the role of `path`.

        Raises
        ------
        EstimationError
            If its columns are collinear or fit `y` exactly.
        """
        model = self.model
        time = (model.time,) if self.is_timed and model.time else ()
        outer = Level.BETWEEN if self.clusters.names else Level.SINGLE
        role = Parameter(path, outer, y if path is PathName.A else None)
        columns = [
            Column("(intercept)", "(intercept)", np.ones(len(self.frame))),
            Column(model.predictor, model.predictor, self.roles[model.predictor], role),
        ]
        for name in mediators:
            columns += self._mediator(name)
        for name in dict.fromkeys(model.covariates + time + covariates):
            columns += self.covariate(name)
        x = np.column_stack([column.values for column in columns])
        names = tuple(column.name for column in columns)
        check_rank(y, x, tuple(column.source for column in columns))
        check_residual(y, self.roles[y], x)
        return Equation(
            label=f"{y} ~ {' + '.join(names[1:])}",
            y=read_only(self.roles[y]),
            x=read_only(x),
            names=names,
            between=tuple(map(self._is_between, columns)),
            roles=tuple(column.role for column in columns),
        )

    def _is_between(self, column: Column) -> bool:
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
        parts = self._split(column, within, between)
        return parts[:1] if name in self.not_identified else parts

    @property
    def not_identified(self) -> frozenset[str]:
        """Mediators whose cluster means do not differ, so that there is no slope between."""
        if not self.clusters.names:
            return frozenset()
        return frozenset(
            name
            for name in self.model.mediators
            if np.ptp(cluster_means(self.roles[name], self.clusters.codes[-1]))
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
        inner = self.clusters.codes[-1]
        return [
            part
            for column in plain
            for part in (
                [column] if is_constant_inside(column.values, inner) else self._split(column)
            )
        ]

    def _split(
        self, column: Column, within: Parameter | None = None, between: Parameter | None = None
    ) -> list[Column]:
        inner, cluster = self.clusters.codes[-1], self.clusters.names[-1]
        means = cluster_means(column.values, inner)[inner]
        deviation = f"{column.name} (deviation from {cluster} mean)"
        return [
            Column(deviation, column.source, column.values - means, within),
            Column(f"{column.name} ({cluster} mean)", column.source, means, between),
        ]
