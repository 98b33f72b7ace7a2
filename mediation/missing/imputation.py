"""Multiple imputation that respects clusters and the model: a table in, N completed tables out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray, read_only
from mediation.errors import SpecificationError
from mediation.linkage.table import AnalysisTable
from mediation.missing.imputation_chains import Chains, start_chains
from mediation.missing.imputation_columns import Coded, code_columns
from mediation.missing.imputation_options import Imputation, ScoreItems
from mediation.missing.imputation_variables import Variable
from mediation.missing.imputed import Imputed, ImputedColumn, Trace
from mediation.model import MediationModel

# Cells of the matrices of chains that are worked on at once.
CELLS = 1_000_000


def impute(
    model: MediationModel,
    table: AnalysisTable | pd.DataFrame,
    options: Imputation,
    rng: np.random.Generator,
    *,
    items: Sequence[ScoreItems] = (),
) -> Imputed:
    """Draw the missing values of a model's columns N times.

    Chained equations. Each incomplete column in turn is regressed on all others in the rows in
    which it is observed, with a random intercept for every level of the model's clusters, and its
    missing values are drawn from that regression. The cluster means of mediators and outcome are
    among the regressors (of covariates too where the model splits them), made anew whenever values
    are drawn: slopes may differ inside and between clusters, as they may in the analysis.

    An auxiliary column that holds the same values as another column is left out.

    Numbers are drawn from a normal distribution. Categories are taken from one of the five rows
    whose predicted indicators are nearest: no level is drawn that nobody has, and rare levels need
    no prior. Rows without a predictor or cluster are left out: these are facts of the team.

    Parameters
    ----------
    model : MediationModel
    table : AnalysisTable or DataFrame
        One row per client.
    options : Imputation
    rng : numpy.random.Generator
    items : sequence of ScoreItems
        Scores to be imputed by their items: each item is regressed on the mean of its siblings in
        place of its score, the other columns as they are, and the score is made anew in every row
        that lacks an item, also where it was scored from the others. Where all items are missing
        the score itself is drawn.

    Returns
    -------
    Imputed

    Raises
    ------
    SpecificationError
        If a column is absent or of the wrong kind, or an option names another column.
    EstimationError
        If too few values are observed, or one is infinite.

    References
    ----------
    van Buuren (2018), Flexible Imputation of Missing Data, 2nd ed., ch. 4 and 7; Ludtke, Robitzsch
    & Grund (2017), Psychological Methods 22, 141-165 (cluster means among the regressors);
    Resche-Rigon & White (2018), Statistical Methods in Medical Research 27, 1634-1649.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> team = np.repeat(np.arange(12), 10)
    >>> x = rng.normal(size=12)[team]
    >>> m = x + rng.normal(size=12)[team] + rng.normal(size=120)
    >>> y = np.where(rng.random(120) < 0.25, np.nan, m + rng.normal(size=120))
    >>> frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y})
    >>> model = MediationModel("x", ("m",), "y", clusters=("team",))
    >>> imputed = impute(model, frame, Imputation(n_imputations=5), rng)
    >>> len(imputed), int(imputed.frame(0)["y"].isna().sum())
    (5, 0)
    """
    frame = table.frame if isinstance(table, AnalysisTable) else table
    _check_kinds(model, frame, options, rng)
    coded = code_columns(model, frame, options, items)
    incomplete = [v for v in coded.variables if v.missing.any()]
    incomplete.sort(key=lambda variable: int(variable.missing.sum()))
    drawn, moments = _run_all(coded, incomplete, options, rng)
    kept = np.sort(coded.rows)
    source = frame.iloc[kept]
    if isinstance(table, AnalysisTable):
        whole = replace(table, _frame=source)
    else:
        whole = AnalysisTable(source.copy())
    place: IntArray = np.searchsorted(kept, coded.rows).astype(np.int64)
    any_missing = np.any([v.missing for v in coded.variables], axis=0)
    found = Imputed(
        _source=whole,
        options=replace(options, delta=()),
        columns=tuple(_column(v, d, place) for v, d in zip(incomplete, drawn, strict=True)),
        trace=Trace(_traced(incomplete), read_only(moments[0]), read_only(moments[1])),
        missing=tuple((v.name, float(v.missing.mean())) for v in coded.variables),
        n_rows=len(kept),
        n_left_out=coded.n_left_out,
        n_imputed=int(any_missing.sum()),
    )
    return found.shifted(options.delta) if options.delta else found


def _run_all(
    coded: Coded, incomplete: list[Variable], options: Imputation, rng: np.random.Generator
) -> tuple[list[Array], Array]:
    """Run all chains, as many at once as fit the cache; see `_run`."""
    n_cells = sum(len(v.values) + 1 for v in coded.variables) * len(coded.rows)
    size = max(1, CELLS // n_cells)
    parts = [
        _run(coded, incomplete, options, min(size, options.n_imputations - start), rng)
        for start in range(0, options.n_imputations, size)
    ]
    drawn = [np.concatenate(each) for each in zip(*(values for values, _ in parts), strict=True)]
    moments = np.concatenate([moment for _, moment in parts], axis=-1)
    return drawn, moments


def _run(
    coded: Coded,
    incomplete: list[Variable],
    options: Imputation,
    n_chains: int,
    rng: np.random.Generator,
) -> tuple[list[Array], Array]:
    """Run some chains; gives the values drawn for each column, and moments of all iterations."""
    chains = start_chains(coded, options, n_chains, rng)
    n_traced = len(_traced(incomplete))
    moments = np.empty((2, options.n_iterations, n_traced, n_chains))
    for iteration in range(options.n_iterations):
        at = 0
        for variable in incomplete:
            chains.visit(variable)
            drawn = _drawn(chains, variable)
            stop = at + len(variable.values)
            moments[0, iteration, at:stop] = drawn.mean(axis=-1).T
            moments[1, iteration, at:stop] = drawn.std(axis=-1).T
            at = stop
    return [_kept(chains, variable) for variable in incomplete], moments


def _drawn(chains: Chains, variable: Variable) -> Array:
    """Values of a variable in rows without one, in its unit, shape (N, n_columns, n_missing)."""
    at = chains.layout.own[variable.name][:, None]
    values = chains.matrix[:, at, np.flatnonzero(variable.missing)]
    return variable.mean + variable.sd * values


def _kept(chains: Chains, variable: Variable) -> Array:
    """Values at the end, shape (N, n_missing): numbers in their unit, or numbers of levels."""
    drawn = _drawn(chains, variable)
    if not variable.levels:
        return drawn[:, 0]
    number: Array = (drawn * np.arange(1, len(variable.levels))[:, None]).sum(axis=1)
    return number


def _column(variable: Variable, drawn: Array, place: IntArray) -> ImputedColumn:
    """Bring what was drawn into the order of the table."""
    at = place[variable.missing]
    order = np.argsort(at)
    at = at[order]
    at.flags.writeable = False
    sd = float("nan") if variable.levels else variable.sd
    return ImputedColumn(variable.name, at, read_only(drawn[:, order]), sd, variable.levels)


def _traced(variables: list[Variable]) -> tuple[str, ...]:
    """Names of the columns that are traced: of a category each level but the first."""
    return tuple(
        name
        for v in variables
        for name in ([f"{v.name}[{level}]" for level in v.levels[1:]] if v.levels else [v.name])
    )


def _check_kinds(model: object, frame: object, options: object, rng: object) -> None:
    """Refuse arguments of another kind."""
    wanted = (
        ("model", model, MediationModel),
        ("table", frame, pd.DataFrame),
        ("options", options, Imputation),
        ("rng", rng, np.random.Generator),
    )
    for name, given, kind in wanted:
        if not isinstance(given, kind):
            raise SpecificationError(
                f"`{name}` must be a {kind.__name__}. Found a {type(given).__name__}. Write "
                "impute(model, table, Imputation(), np.random.default_rng(1))."
            )
