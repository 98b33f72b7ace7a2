"""Effects and paths as Markdown tables, for a README or a manuscript."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mediation.reporting.contents import Cell, ReportContents
from mediation.reporting.disclosure import shown_n
from mediation.reporting.format import (
    MISSING,
    conf_level,
    degrees_of_freedom,
    estimate_decimals,
    interval,
    number,
    p_value,
    point,
)
from mediation.reporting.frames import DECLARED, analyses_of, equations_of
from mediation.reporting.wording import (
    effect_text,
    innermost,
    label,
    labels_of,
    level_text,
    path_text,
    waves_text,
)
from mediation.safe_text import escape_markdown


def effects_markdown(contents: ReportContents) -> str:
    """Write the effects of every analysis as Markdown.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    str
        One table with a row per effect, formatted numbers, ending in a newline.
    """
    labels = labels_of(contents)
    header = ["Outcome", "Interviews", "Analysis", "Effect", "Mediator", "Estimate"]
    header += [_interval_header(contents), "SE", "df", "p", "n"]
    rows = []
    for analysis in analyses_of(contents):
        cluster = innermost(analysis.result)
        for row in analysis.result.effects:
            value = row.value
            missing = row.status.value
            rows.append(
                [
                    *_place(analysis.cell, labels),
                    _name(analysis.name),
                    effect_text(row.effect, row.level, cluster),
                    "" if row.mediator is None else label(row.mediator, labels),
                    missing or point(value),
                    MISSING if missing else interval(value),
                    number(value.std_error, estimate_decimals(value)),
                    degrees_of_freedom(value.df),
                    p_value(value.p_value),
                    _count(shown_n(analysis.cell, analysis.result)),
                ]
            )
    note = f"Estimates in points of the outcome per point of {_predictors(contents, labels)}."
    return _document(contents, "Effects", header, rows, note)


def paths_markdown(contents: ReportContents) -> str:
    """Write the paths as Markdown, each with the equation it belongs to.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    str
    """
    labels = labels_of(contents)
    header = ["Outcome", "Interviews", "Analysis", "Path", "Level", "Equation", "Estimate"]
    header += [_interval_header(contents), "SE", "df", "p"]
    rows = []
    for analysis in analyses_of(contents):
        cluster = innermost(analysis.result)
        equations = equations_of(analysis.result)
        for row, equation in zip(analysis.result.paths, equations, strict=True):
            value = row.value
            rows.append(
                [
                    *_place(analysis.cell, labels),
                    _name(analysis.name),
                    path_text(row.path, row.level),
                    level_text(row.level, cluster),
                    equation,
                    point(value),
                    interval(value),
                    number(value.std_error, estimate_decimals(value)),
                    degrees_of_freedom(value.df),
                    p_value(value.p_value),
                ]
            )
    note = "Estimates in points of the arrow's head per point of its tail."
    return _document(contents, "Paths", header, rows, note)


def _document(
    contents: ReportContents,
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    note: str,
) -> str:
    synthetic = " Synthetic data: these numbers say nothing about people." * contents.is_synthetic
    lines = [f"# {title}: {escape_markdown(contents.title)}", "", note + synthetic, ""]
    first_number = header.index("Estimate")
    marks = ["---" if i < first_number else "---:" for i in range(len(header))]
    lines += [_line(header), _line(marks)]
    lines += [_line([escape_markdown(cell) for cell in row]) for row in rows]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _place(cell: Cell, labels: dict[str, str]) -> tuple[str, str]:
    return label(cell.outcome, labels), waves_text(cell.waves) or MISSING


def _count(n: int | None) -> str:
    return MISSING if n is None else str(n)


def _name(analysis: str) -> str:
    return "as declared" if analysis == DECLARED else analysis


def _interval_header(contents: ReportContents) -> str:
    levels = {a.result.conf_level for a in analyses_of(contents)}
    return f"{' / '.join(conf_level(level) for level in sorted(levels))} interval"


def _predictors(contents: ReportContents, labels: dict[str, str]) -> str:
    names = dict.fromkeys(a.result.fit.model.predictor for a in analyses_of(contents))
    return escape_markdown(" or ".join(label(name, labels) for name in names))
