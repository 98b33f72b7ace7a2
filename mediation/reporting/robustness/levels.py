"""The part on levels of clusters: fixed effects, one more level, one level alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from mediation.inference.pooled_fit import PooledFit
from mediation.inference.result import MediationResult
from mediation.reporting.contents import Cell, Entry, ReportContents, Robustness
from mediation.reporting.format import degrees_of_freedom, number
from mediation.reporting.plain_values import Json, plain_estimate, plain_float
from mediation.reporting.robustness.leave_one_out_lines import path_beside
from mediation.reporting.robustness.levels_more import about_rows, more_answer, more_paragraph
from mediation.reporting.robustness.levels_tables import (
    STAND_IN,
    LevelRow,
    differs,
    effects_table,
    has_stand_in,
    level_name,
    level_rows,
    value_text,
    variances_table,
    width_ratio,
)
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import labels_of, plural
from mediation.sensitivity.levels import LevelAnalysis, LevelChoice
from mediation.vocabulary import EffectName, PathName

NAME = "levels"


def write_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write the part for one entry; None where no other levels go with the model.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int

    Returns
    -------
    RobustnessPart or None
    """
    labels = labels_of(contents)
    rows = list(level_rows(entry, labels))
    others = [row for row in rows if row.analysis.choice is not LevelChoice.DECLARED]
    if not others:
        return None
    tables = (effects_table(entry, rows, position), variances_table(entry, labels, position))
    return RobustnessPart(
        identifier=f"levels-{position}",
        question="Does the answer depend on which clusters are in the model?",
        answer=f"{_fixed_answer(others)}{more_answer(others, labels)}{_answer(others)}",
        paragraphs=(*_paragraphs(entry, others, labels), *about_rows(contents, entry, others)),
        tables=tuple(table for table in tables if table is not None),
        overturns=any(differs(row) for row in others),
    )


def plain_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give the indirect effects, paths and variances of every choice of levels.

    Parameters
    ----------
    robustness : Robustness
    minimum : int
        Of no use here: clusters are counted, people are not.

    Returns
    -------
    dict or None
    """
    part = robustness.levels
    return None if part is None else {"analyses": [_plain(each) for each in part.analyses]}


def _plain(each: LevelAnalysis) -> Json:
    found: Json = {
        "choice": each.choice.value,
        "clusters": list(each.clusters),
        "fixed": each.fixed,
        "reason": each.reason,
    }
    if each.result is None:
        return found
    found["n_clusters"] = dict(each.result.fit.counts.by_level)
    found["effects"] = [
        {"effect": e.effect.value, "level": e.level.value, "mediator": e.mediator}
        | plain_estimate(e.value)
        for e in each.result.effects
        if e.effect is EffectName.INDIRECT
    ]
    found["paths"] = [
        {"path": p.path.value, "level": p.level.value, "mediator": p.mediator}
        | plain_estimate(p.value)
        for p in each.result.paths
        if p.path in (PathName.A, PathName.B)
    ]
    found["variances"] = {
        equation.label: {level: plain_float(value) for level, value in equation.variances}
        for equation in each.result.fit.equations
    }
    return found


def _fixed_answer(others: list[LevelRow]) -> str:
    """Say the headline effect with fixed effects; empty where it has no number."""
    fixed = [r for r in others if r.analysis.choice is LevelChoice.FIXED_EFFECTS and r.value]
    if not fixed or fixed[0].analysis.fixed is None:
        return ""
    row = fixed[0]
    outer = plural(row.analysis.fixed or "")
    said = f"With fixed effects of {outer}, which take out whatever {outer} differ in, "
    said += f"the headline effect is {value_text(row.value)} instead of "
    said += f"{value_text(row.declared.value)} ({row.title})"
    widths = _widths(fixed)
    base = "those declared" if not has_stand_in(row) else f"those of the {STAND_IN}"
    if widths and len(fixed) > 1:
        said += f"; the {len(fixed)} intervals are {widths} times as wide as {base}"
    elif widths:
        said += f", an interval {widths} times as wide"
    return f"{said}. "


def _answer(others: list[LevelRow]) -> str:
    """Where zero lies on the other side of an interval."""
    moved = [row for row in others if differs(row)]
    made = [row for row in others if row.value is not None]
    if not made:
        return "No other choice of levels can be estimated from these data."
    base = f" than with the {STAND_IN}" if any(map(has_stand_in, made)) else ""
    if not moved:
        what = f"{len(made)} other analyses" if len(made) > 1 else "The one other analysis"
        none = f"None of {what} puts" if len(made) > 1 else f"{what} does not put"
        return f"{none} zero on the other side of its interval{base}."
    verb = "puts" if len(moved) == 1 else "put"
    examples = f"{moved[0].title} with {level_name(moved[0].analysis)} {value_text(moved[0].value)}"
    of_all = f"{len(moved)} of {len(made)} other analyses"
    return f"{of_all} {verb} zero on the other side of the interval{base}, such as {examples}."


def _widths(rows: list[LevelRow]) -> str:
    """Least and greatest width as a multiple of the declared one; empty without limits."""
    widths = sorted(w for w in map(width_ratio, rows) if not math.isnan(w))
    if not widths:
        return ""
    low, high = number(widths[0], 1), number(widths[-1], 1)
    return low if low == high else f"{low} to {high}"


def _paragraphs(entry: Entry, others: list[LevelRow], labels: Mapping[str, str]) -> Iterator[str]:
    fixed = [r for r in others if r.analysis.choice is LevelChoice.FIXED_EFFECTS]
    if fixed:
        outer = (fixed[0].analysis.fixed or "").replace("_", " ")
        predictor = lower_label(others[0].cell.result.fit.model.predictor, labels)
        yield (
            f"Fixed effects give every {outer} a level of its own (Allison, 2009; McNeish & "
            f"Kelley, 2019). Nothing that all rows of one {outer} share can then confound path a. "
            f"What is left to estimate a are differences in {predictor} inside one {outer}, and "
            f"these are few: {_power(fixed)}. An interval that covers zero here says little; one "
            f"that lies elsewhere than the declared one would say that {plural(outer)} differ in "
            "something else that matters."
        )
    yield from more_paragraph(others)
    if any(r.analysis.choice is LevelChoice.ONE_LEVEL for r in others):
        yield (
            "One level alone takes all other clusters as nothing but chance: limits are too narrow "
            "where clusters that were left out are alike inside. With the outer level alone, "
            "mediators are split at its means, so that b within is a slope inside larger clusters."
        )
    if any(isinstance(cell.result.fit, PooledFit) for cell in entry.cells):
        yield "Missing values are not drawn here: these are analyses of the complete rows."


def _power(fixed: list[LevelRow]) -> str:
    """Degrees of freedom of a and the widths of the intervals, with and without fixed effects."""
    parts = []
    row = fixed[0]
    own = path_beside(row.analysis.result, row.declared, PathName.A)
    declared = path_beside(_declared(row.cell), row.declared, PathName.A)
    if own is not None and declared is not None and math.isfinite(own.df):
        parts.append(
            f"path a has {degrees_of_freedom(own.df)} degrees of freedom instead of "
            f"{degrees_of_freedom(declared.df)} ({row.title}), the number of clusters less the "
            "coefficients between them being an upper bound"
        )
    widths = _widths(fixed)
    if widths:
        where = f" over the {len(fixed)} headline effects" if len(fixed) > 1 else ""
        parts.append(f"intervals are {widths} times as wide as declared{where}")
    return "; ".join(parts) or "so that power is low"


def _declared(cell: Cell) -> MediationResult | None:
    part = cell.robustness.levels
    return None if part is None else part.analyses[0].result


WRITER = PartWriter(NAME, write_part, plain_data)
