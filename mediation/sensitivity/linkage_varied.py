"""The analysis repeated with every rule of linkage and several maximum ages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.errors import MediationError, SpecificationError
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.model import MediationModel
from mediation.vocabulary import LinkageRule

if TYPE_CHECKING:
    import pandas as pd

# Months; None is no maximum.
AGES: tuple[float | None, ...] = (None, 12.0, 9.0, 6.0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinkedAnalysis:
    """One way to link the predictor, with what it gives.

    Attributes
    ----------
    rule : LinkageRule
    window_months : float or None
        Of MEAN_EXPOSURE.
    ages : tuple of (float or None)
        Maximum ages that leave the same rows; None is no maximum.
    is_declared : bool
    result : MediationResult or None
        None if nothing could be estimated, or too few rows were left out to show it.
    n_rows : int or None
        Rows analyzed; None where there is no result, or the number is not to be shown.
    gap_median : float
        Months between the interview and the nearest assessment used, over the rows with all
        columns of the model.
    """

    rule: LinkageRule
    window_months: float | None
    ages: tuple[float | None, ...]
    is_declared: bool
    result: MediationResult | None
    n_rows: int | None
    gap_median: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinkageVaried:
    """The analysis with every linkage, the declared one first."""

    analyses: tuple[LinkedAnalysis, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each linkage and effect.

        Returns
        -------
        DataFrame
            Columns `rule, window_months, ages, is_declared, n_rows, gap_median`, then those of
            `MediationResult.to_frame`.
        """
        import pandas as pd

        parts = []
        for each in self.analyses:
            if each.result is None:
                continue
            part = each.result.to_frame()
            part.insert(0, "gap_median", each.gap_median)
            part.insert(0, "n_rows", each.n_rows)
            part.insert(0, "is_declared", each.is_declared)
            part.insert(0, "ages", ", ".join("none" if a is None else f"{a:g}" for a in each.ages))
            part.insert(0, "window_months", each.window_months)
            part.insert(0, "rule", each.rule.value)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)


def vary_linkage(
    model: MediationModel,
    tables: Sequence[AnalysisTable],
    analyze: Callable[[AnalysisTable], MediationResult],
    declared: tuple[LinkageRule, float | None, MediationResult],
    *,
    ages: Sequence[float | None] = AGES,
    minimum: int = 1,
) -> LinkageVaried:
    """Repeat an analysis with other rules of linkage, and without old assessments.

    Parameters
    ----------
    model : MediationModel
    tables : sequence of AnalysisTable
        One for each rule (and window), from `link(study, linkage=...)` with stale rows kept.
    analyze : callable
        Table -> MediationResult: the declared analysis, the same draws each time.
    declared : (LinkageRule, float or None, MediationResult)
        The rule and maximum age that were declared (None: stale rows are kept), and what they
        give, which is not estimated again.
    ages : sequence of float or None
        Maximum distance to the nearest assessment used, in months; rows beyond it are left out.
        None is no maximum.
    minimum : int
        What leaves out fewer rows than this, but some, beside another age of the same rule is
        not analyzed: the difference would tell of those few.

    Returns
    -------
    LinkageVaried
        Ages that leave the same rows are one analysis. Where an analysis fails, its result is
        None.

    Raises
    ------
    SpecificationError
        If a table was not linked, or none has the declared rule.

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.estimation.ols import OLS
    >>> from mediation.inference.delta import Delta
    >>> from mediation.inference.infer import infer
    >>> from mediation.linkage.table import LinkageSummary
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["x", "m", "y"])
    >>> frame["x_gap"] = np.repeat([2.0, 8.0], 30)
    >>> summary = LinkageSummary(LinkageRule.NEAREST, 12.0, 0, 0, 0, 5.0, 8.0)
    >>> table, model = AnalysisTable(frame, linkage=summary), MediationModel("x", ("m",), "y")
    >>> def analyze(table):
    ...     return infer(OLS().fit(model, table.frame), Delta(), np.random.default_rng(1))
    >>> known = (LinkageRule.NEAREST, None, analyze(table))
    >>> found = vary_linkage(model, [table], analyze, known)
    >>> [(each.ages, each.n_rows) for each in found.analyses]
    [((None, 12.0, 9.0), 60), ((6.0,), 30)]
    """
    rule, age, result = declared
    found: list[LinkedAnalysis] = []
    wanted = sorted({*ages, age}, key=lambda each: -np.inf if each is None else -each)
    for table in tables:
        found += _of_rule(model, table, analyze, (rule, age, result), wanted, minimum)
    first = [each for each in found if each.is_declared]
    if len(first) != 1:
        raise SpecificationError(
            f"One of `tables` must be linked by the declared rule {rule.value}. Found "
            f"{len(first)} of {len(tables)}. Link the table for it with stale rows kept."
        )
    return LinkageVaried((*first, *(each for each in found if not each.is_declared)))


def _of_rule(
    model: MediationModel,
    table: AnalysisTable,
    analyze: Callable[[AnalysisTable], MediationResult],
    declared: tuple[LinkageRule, float | None, MediationResult],
    ages: Sequence[float | None],
    minimum: int,
) -> list[LinkedAnalysis]:
    """Analyze one table with each maximum age that changes its rows."""
    frame, summary = table.frame, table.linkage
    if summary is None or f"{model.predictor}_gap" not in frame:
        raise SpecificationError(
            f"`tables` must be linked: a column `{model.predictor}_gap` and a summary are needed. "
            "Make them with link(study, linkage=...)."
        )
    gaps = frame[f"{model.predictor}_gap"].to_numpy(dtype=float)
    complete = frame[list(model.columns)].notna().all(axis=1).to_numpy()
    known = frame[model.predictor].notna().to_numpy()
    is_rule = summary.rule is declared[0]
    groups = _groups(gaps, known, ages)
    # The declared one is shown in any case; the others stand beside it.
    groups.sort(key=lambda group: not (is_rule and declared[1] in group[0]))
    shown: list[int] = []
    found = []
    for number, (of_group, kept) in enumerate(groups):
        is_declared = is_rule and number == 0
        n_kept = int((kept & complete).sum())
        apart = [n_kept, *(abs(n_kept - other) for other in shown)]
        result = declared[2] if is_declared else None
        if not is_declared and not any(0 < each < minimum for each in apart):
            result = _attempt(analyze, table, model.predictor, kept)
        if result is not None:
            shown.append(n_kept)
        gap = float(np.median(gaps[kept & complete])) if n_kept >= max(minimum, 1) else np.nan
        n_rows = None if result is None else result.fit.counts.n_clients
        found.append(
            LinkedAnalysis(
                summary.rule, summary.window_months, tuple(of_group), is_declared, result, n_rows,
                gap if result is not None else float("nan"),
            )
        )  # fmt: skip
    return found


def _groups(
    gaps: Array, known: BoolArray, ages: Sequence[float | None]
) -> list[tuple[list[float | None], BoolArray]]:
    """Bring maximum ages together that keep the same rows; ages descend."""
    groups: list[tuple[list[float | None], BoolArray]] = []
    for age in ages:
        kept = known & (gaps <= (np.inf if age is None else age))
        if groups and np.array_equal(groups[-1][1], kept):
            groups[-1][0].append(age)
        else:
            groups.append(([age], kept))
    return groups


def _attempt(
    analyze: Callable[[AnalysisTable], MediationResult],
    table: AnalysisTable,
    predictor: str,
    kept: BoolArray,
) -> MediationResult | None:
    """Analyze the rows that are recent enough; None where that cannot be done."""
    frame = table.frame
    frame[predictor] = frame[predictor].where(kept)
    try:
        return analyze(replace(table, _frame=frame))
    except MediationError:
        return None
