"""From a table and a model to the arrays of each equation: the one place where they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray, read_only
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.paths import Counts, Scale
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import Level, PathName, TimeAdjustment

# A column whose spread inside clusters is below this share of its total spread is constant there.
CONSTANT = 1e-9


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
class Clusters:
    """Nested clusters of the rows, outermost first.

    Attributes
    ----------
    names : tuple of str
    codes : tuple of ndarray of int, each of shape (n_rows,)
        Codes 0..n-1 of every level.
    """

    names: tuple[str, ...]
    codes: tuple[IntArray, ...]

    def count(self, level: int) -> int:
        """Clusters at a level."""
        return int(self.codes[level].max()) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """All equations of a model on one common sample of rows.

    Attributes
    ----------
    mediator_equations : tuple of Equation, one per mediator
    outcome_equation, total_equation : Equation
        With the mediators, and without.
    clusters : Clusters
    counts, scales, predictor_level, predictor_varies, time_adjusted
        As in `Fit`.
    """

    mediator_equations: tuple[Equation, ...]
    outcome_equation: Equation
    total_equation: Equation
    clusters: Clusters
    counts: Counts
    scales: tuple[Scale, ...]
    predictor_level: str | None
    predictor_varies: bool
    time_adjusted: bool

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Every equation: mediators, outcome, total."""
        return (*self.mediator_equations, self.outcome_equation, self.total_equation)


def cluster_means(values: Array, codes: IntArray) -> Array:
    """Mean of each cluster, shape (n_clusters,)."""
    sums = np.bincount(codes, weights=values).astype(np.float64)
    means: Array = sums / np.bincount(codes)
    return means


def is_constant_inside(values: Array, codes: IntArray) -> bool:
    """Whether a column has the same value in all rows of each cluster."""
    spread = float(np.ptp(values))
    deviation = np.abs(values - cluster_means(values, codes)[codes])
    return bool(deviation.max() <= CONSTANT * max(spread, 1e-300))


def prepare(model: MediationModel, frame: pd.DataFrame) -> Prepared:
    """Build the equations of a model from the complete rows of a table.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        One row per client. Text columns among the covariates become indicators of every
        level but the first.

    Returns
    -------
    Prepared

    Raises
    ------
    SpecificationError
        If a column is missing from the table or of the wrong type, if clusters are not
        nested, or if there are too few clusters for the coefficients between them.
    EstimationError
        If no complete rows are left, a value is infinite, or a column does not vary.
    """
    _check_columns(model, frame)
    used = frame[list(model.columns + model.clusters)]
    complete = used.dropna()
    if len(complete) == 0:
        missing = ", ".join(f"`{c}` {used[c].isna().sum()}" for c in used if used[c].isna().any())
        raise EstimationError(
            "At least one row must be complete in all columns of the model. None of "
            f"{len(used)} is. Missing values: {missing or 'the table is empty'}. "
            "Remove the emptiest column from the model, or check how the tables were joined."
        )
    clusters = _code_clusters(model.clusters, complete)
    roles = {name: _numeric(name, complete) for name in _role_columns(model)}
    for name, values in roles.items():
        _check_varies(name, values)
    predictor = roles[model.predictor]
    varies = bool(model.clusters) and not is_constant_inside(predictor, clusters.codes[-1])
    timed = model.time is not None and (
        model.time_adjustment is TimeAdjustment.ALWAYS
        or (model.time_adjustment is TimeAdjustment.WHEN_PREDICTOR_VARIES and varies)
    )
    build = _Builder(model, complete, clusters, roles, timed)
    level = _predictor_level(predictor, clusters)
    rows: IntArray = np.arange(len(complete))
    at_level = rows if level is None else clusters.codes[level]
    n_clusters = len(complete) if level is None else clusters.count(level)
    prepared = Prepared(
        mediator_equations=tuple(build.mediator_equation(m) for m in model.mediators),
        outcome_equation=build.outcome_equation(),
        total_equation=build.total_equation(),
        clusters=clusters,
        counts=Counts(
            n_clients=len(complete),
            n_clusters=n_clusters,
            by_level=tuple((n, clusters.count(i)) for i, n in enumerate(clusters.names)),
            n_left_out=len(used) - len(complete),
        ),
        scales=tuple(_scale(name, values, at_level) for name, values in roles.items()),
        predictor_level=None if level is None else clusters.names[level],
        predictor_varies=varies,
        time_adjusted=timed,
    )
    _check_enough_clusters(prepared)
    return prepared


def _role_columns(model: MediationModel) -> tuple[str, ...]:
    return (model.predictor, *model.mediators, model.outcome)


def _check_columns(model: MediationModel, frame: pd.DataFrame) -> None:
    absent = [name for name in model.columns + model.clusters if name not in frame.columns]
    if absent:
        raise SpecificationError(
            f"Every column of the model must be in the table. Not there: {', '.join(absent)}. "
            f"The table has: {', '.join(map(str, frame.columns))}. Correct the names."
        )


def _numeric(name: str, frame: pd.DataFrame) -> Array:
    column = frame[name]
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        raise SpecificationError(
            f"Predictor, mediators and outcome must be numbers. `{name}` is {column.dtype}. "
            "Code it as numbers first."
        )
    values = column.to_numpy(dtype=np.float64)
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise EstimationError(
            f"All values must be finite. `{name}` is infinite in {infinite} rows. "
            "Correct them or mark them as missing."
        )
    return values


def _check_varies(name: str, values: Array) -> None:
    if np.ptp(values) == 0.0:
        raise EstimationError(
            f"Predictor, mediators and outcome must vary. `{name}` has one value in all "
            f"{len(values)} rows analysed. A variable without variance explains nothing and "
            "cannot be explained: check the column and the rows left out for missing values."
        )


def _code_clusters(names: tuple[str, ...], frame: pd.DataFrame) -> Clusters:
    codes = tuple(np.unique(frame[n].to_numpy(), return_inverse=True)[1] for n in names)
    for outer, inner, o_name, i_name in zip(codes, codes[1:], names, names[1:], strict=False):
        pairs = np.unique(np.stack([inner, outer]), axis=1)
        doubled = int((np.bincount(pairs[0]) > 1).sum())
        if doubled:
            raise SpecificationError(
                f"Each `{i_name}` must lie in one `{o_name}`. {doubled} of "
                f"{int(inner.max()) + 1} lie in more than one. Name clusters outermost first, "
                f"and give every `{i_name}` a label of its own over all of `{o_name}`."
            )
    for code, name in zip(codes, names, strict=True):
        if code.max() == 0:
            raise SpecificationError(
                f"There must be several clusters at every level. `{name}` has one. "
                f"Remove `{name}` from the clusters; if it is the only level, this table "
                "cannot tell fidelity from the place where it was measured."
            )
    return Clusters(names, codes)


def _predictor_level(predictor: Array, clusters: Clusters) -> int | None:
    if not clusters.names:
        return None
    for level, codes in enumerate(clusters.codes):
        if is_constant_inside(predictor, codes):
            return level
    return len(clusters.names) - 1


def _scale(name: str, values: Array, codes: IntArray) -> Scale:
    means = cluster_means(values, codes)
    return Scale(name, float(values.std(ddof=1)), float(means.std(ddof=1)))


def _check_enough_clusters(prepared: Prepared) -> None:
    if prepared.predictor_level is None:
        return
    needed = max(sum(equation.between) for equation in prepared.equations) + 2
    if prepared.counts.n_clusters < needed:
        raise SpecificationError(
            f"There must be at least {needed} clusters at the predictor's level "
            f"(`{prepared.predictor_level}`): two more than coefficients between clusters in "
            f"the largest equation. Found {prepared.counts.n_clusters}. Remove covariates that "
            "are constant inside clusters, or collect more clusters: with so few, nothing "
            "can be said about the predictor."
        )


class _Builder:
    """Columns of the equations; holds what they have in common."""

    def __init__(
        self,
        model: MediationModel,
        frame: pd.DataFrame,
        clusters: Clusters,
        roles: dict[str, Array],
        timed: bool,
    ) -> None:
        self.model = model
        self.frame = frame
        self.inner = clusters.codes[-1] if clusters.names else None
        self.roles = roles
        self.common = model.covariates + ((model.time,) if timed and model.time else ())
        self.outer = Level.BETWEEN if clusters.names else Level.SINGLE

    def mediator_equation(self, mediator: str) -> Equation:
        columns = [self._predictor(PathName.A, mediator)]
        extra = self.common + self.model.mediator_covariates
        return self._equation(mediator, columns, extra)

    def outcome_equation(self) -> Equation:
        columns = [self._predictor(PathName.C_PRIME, None)]
        for mediator in self.model.mediators:
            columns += self._mediator(mediator)
        return self._equation(
            self.model.outcome, columns, self.common + self.model.outcome_covariates
        )

    def total_equation(self) -> Equation:
        columns = [self._predictor(PathName.TOTAL, None)]
        return self._equation(
            self.model.outcome, columns, self.common + self.model.outcome_covariates
        )

    def _predictor(self, path: PathName, mediator: str | None) -> _Column:
        name = self.model.predictor
        return _Column(name, self.roles[name], Parameter(path, self.outer, mediator))

    def _mediator(self, name: str) -> list[_Column]:
        values = self.roles[name]
        if self.inner is None:
            return [_Column(name, values, Parameter(PathName.B, Level.SINGLE, name))]
        means = cluster_means(values, self.inner)[self.inner]
        cluster = self.model.clusters[-1]
        within = Parameter(PathName.B, Level.WITHIN, name)
        between = Parameter(PathName.B, Level.BETWEEN, name)
        return [
            _Column(f"{name} (deviation from {cluster} mean)", values - means, within),
            _Column(f"{name} ({cluster} mean)", means, between),
        ]

    def _equation(self, y: str, columns: list[_Column], extra: tuple[str, ...]) -> Equation:
        columns = columns + [c for name in dict.fromkeys(extra) for c in self._covariate(name)]
        names = ("(intercept)", *(c.name for c in columns))
        x = np.column_stack([np.ones(len(self.frame)), *(c.values for c in columns)])
        between = tuple(
            name == self.model.predictor
            or (self.inner is not None and is_constant_inside(x[:, k], self.inner))
            for k, name in enumerate(names)
        )
        label = f"{y} ~ {' + '.join(names[1:])}"
        _check_rank(label, x, names)
        roles = (None, *(c.role for c in columns))
        return Equation(label, read_only(self.roles[y]), read_only(x), names, between, roles)

    def _covariate(self, name: str) -> list[_Column]:
        column = self.frame[name]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            plain = [_Column(name, _numeric(name, self.frame), None)]
        else:
            values = column.astype("category").cat.remove_unused_categories()
            levels = list(values.cat.categories)
            plain = [
                _Column(f"{name}[{level}]", (values == level).to_numpy(np.float64), None)
                for level in levels[1:]
            ]
        if not self.model.split_covariates or self.inner is None or name == self.model.time:
            return plain
        return [part for one in plain for part in self._split(one)]

    def _split(self, column: _Column) -> list[_Column]:
        assert self.inner is not None
        if is_constant_inside(column.values, self.inner):
            return [column]
        means = cluster_means(column.values, self.inner)[self.inner]
        cluster = self.model.clusters[-1]
        return [
            _Column(f"{column.name} (deviation from {cluster} mean)", column.values - means, None),
            _Column(f"{column.name} ({cluster} mean)", means, None),
        ]


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    name: str
    values: Array
    role: Parameter | None


def _check_rank(label: str, x: Array, names: tuple[str, ...]) -> None:
    """Name the first columns that repeat the ones before them."""
    scale = np.abs(x).max(axis=0)
    centred = x / np.where(scale > 0, scale, 1.0)
    centred[:, 1:] -= centred[:, 1:].mean(axis=0)
    spread = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(spread > 0, spread, 1.0)
    r = np.abs(np.diag(np.linalg.qr(unit, mode="r")))
    repeated = [name for name, d in zip(names, r, strict=False) if d < 1e-8]
    repeated += [name for name in names[len(r) :]]
    if repeated:
        raise EstimationError(
            f"Each column of an equation must say something the others do not. In `{label}` "
            f"these repeat the columns before them or do not vary: {', '.join(repeated)}. "
            "Remove them from the model."
        )
