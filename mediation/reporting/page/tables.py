"""The tables of the report: which rows and columns each of them has."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.inference.interval import Estimate
from mediation.reporting.contents import Cell, Entry, ReportContents
from mediation.reporting.figure_files import arrow_name, file_name
from mediation.reporting.format import (
    MISSING,
    NO_LIMITS,
    conf_level,
    degrees_of_freedom,
    estimate_decimals,
    has_limits,
    interval,
    number,
    p_value,
    percent,
    point,
    point_and_interval,
    whole,
)
from mediation.reporting.frames import equations_of, per_sd
from mediation.reporting.headline_rows import Headline
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.wording import (
    effect_text,
    innermost,
    label,
    level_text,
    path_text,
    place_title,
    plural,
    waves_text,
)
from mediation.vocabulary import PathName

_STATISTICS = ("Estimate", "Interval", "SE", "df", "p")


def cell_title(cell: Cell, labels: Mapping[str, str], row_noun: tuple[str, str]) -> str:
    """Name a model of a grid, with its interviews and the rows it was fitted to."""
    count = whole(cell.result.fit.counts.n_clients)
    return f"{place_title(cell, labels)} ({count} {row_noun[1]})"


def headline_table(
    entry: Entry,
    rows: tuple[Headline, ...],
    labels: Mapping[str, str],
    row_noun: tuple[str, str],
    position: int,
) -> HtmlTable:
    """Build the table of the first screen: declared analysis beside the blind one."""
    first = rows[0]
    cluster = innermost(first.cell.result)
    groups = plural(cluster) if cluster else "clusters"
    what = effect_text(first.row.effect, first.row.level, cluster)
    level = conf_level(first.cell.result.conf_level)
    waves = any(row.cell.waves is not None for row in rows)
    blind = f"Blind to {groups}"
    several = len(first.cell.result.fit.model.mediators) > 1 and first.row.mediator is not None
    p_name = "p (Holm)" if len(rows) > 1 else "p"
    noun = row_noun[1].capitalize()
    columns = ["Outcome", "Months", "Through", noun, what, p_name, blind]
    shown = {"Months": waves, "Through": several, blind: first.blind is not None}
    left_out = {name for name, kept in shown.items() if not kept}
    body = []
    for row in rows:
        pair = row.cell.waves
        stated = row.row.status.value or _beside_p(row.row.value)
        other = ""
        if row.blind is not None:
            other = row.blind.status.value or point_and_interval(row.blind.value)
        cells = (
            label(row.cell.outcome, labels),
            MISSING if pair is None else waves_text(pair).removesuffix(" months"),
            label(row.row.mediator or "", labels),
            whole(row.cell.result.fit.counts.n_clients),
            _unbroken(stated),
            p_value(row.p_holm),
            _unbroken(other),
        )
        kept = zip(columns, cells, strict=True)
        body.append(tuple(cell for name, cell in kept if name not in left_out))
    predictor = label(first.cell.result.fit.model.predictor, labels)
    through = ""
    if first.row.mediator is not None and not several:
        through = f", through {label(first.row.mediator, labels)}"
    return HtmlTable(
        f"headline-{position}" if first.blind is not None else f"headline-alone-{position}",
        f"{what}{through}. Points of the outcome per point of {predictor}, with {level} intervals",
        tuple(name for name in columns if name not in left_out),
        frozenset((what, p_name, blind)),
        tuple(body),
    )


def effects_table(
    entry: Entry, labels: Mapping[str, str], row_noun: tuple[str, str], position: int
) -> HtmlTable:
    """Build the table of all effects of the declared analysis."""
    body: list[tuple[str, ...]] = []
    groups = []
    without: dict[str, dict[str, list[Cell]]] = {}
    for cell in entry.cells:
        result = cell.result
        several = len(result.fit.model.mediators) > 1
        for row in result.effects:
            name = effect_text(row.effect, row.level, innermost(result))
            if several and row.mediator is not None:
                name += f", {label(row.mediator, labels)}"
            if row.status.value:
                without.setdefault(row.status.value, {}).setdefault(name, []).append(cell)
                continue
            standard = per_sd(result, row.effect, row.value.estimate)
            body.append((name, *_statistics(row.value), _or_dash(standard)))
            groups.append(cell_title(cell, labels, row_noun))
    level = conf_level(entry.cells[0].result.conf_level)
    return HtmlTable(
        f"effects-{position}",
        f"{entry.name}: effects",
        ("Effect", *_STATISTICS, "Per SD"),
        frozenset((*_STATISTICS, "Per SD")),
        tuple(body),
        tuple(groups),
        f"{level} intervals. Per SD: standard deviations of the outcome per standard deviation of "
        f"the predictor, both over all {row_noun[1]} analyzed. p-values here are not adjusted."
        + _adding_up(entry)
        + _without_number(without, len(entry.cells), labels),
    )


def _adding_up(entry: Entry) -> str:
    """Say why direct and indirect effects do not add up to the total, where clusters split them."""
    cluster = innermost(entry.cells[0].result)
    if cluster is None:
        return ""
    return (
        " Direct and indirect within do not add up to the total: what runs through the mean of the "
        f"{cluster} is not in the indirect effect within."
    )


def _without_number(
    without: dict[str, dict[str, list[Cell]]], n_cells: int, labels: Mapping[str, str]
) -> str:
    """Name the effects that have no number, with the reason and, if not all, the models."""
    text = ""
    for reason, names in without.items():
        by_place: dict[str, list[str]] = {}
        for name, cells in names.items():
            everywhere = len(cells) == n_cells
            titles = "" if everywhere else "; ".join(place_title(c, labels) for c in cells)
            by_place.setdefault(titles, []).append(name)
        for titles, found in by_place.items():
            where = f" ({titles})" if titles else ""
            text += f" {'; '.join(found)}{where}: {reason}."
    return text


def paths_table(
    contents: ReportContents, entry: Entry, labels: Mapping[str, str], position: int
) -> HtmlTable:
    """Build the table of all paths, grouped by equation; each row knows its arrow."""
    body, groups, keys = [], [], []
    row_noun = contents.row_noun
    for cell in entry.cells:
        result = cell.result
        equations = equations_of(result)
        for row, equation in zip(result.paths, equations, strict=True):
            pooled = result.fit.predictor_varies and row.path is not PathName.B
            level = "pooled over time" if pooled else level_text(row.level, innermost(result))
            name = path_text(row.path, row.level)
            if row.mediator is not None and len(result.fit.model.mediators) > 1:
                name += f", {label(row.mediator, labels)}"
            body.append((name, level, *_statistics(row.value)))
            groups.append(f"{cell_title(cell, labels, row_noun)}\n{equation}")
            keys.append(f"{file_name(contents, entry, cell)}/{arrow_name(row)}")
    return HtmlTable(
        f"paths-{position}",
        f"{entry.name}: paths",
        ("Path", "Level", *_STATISTICS),
        frozenset(_STATISTICS),
        tuple(body),
        tuple(groups),
        "In points of the arrow's head per point of its tail. Each group of rows is one equation.",
        tuple(keys),
    )


def variance_table(
    entry: Entry, labels: Mapping[str, str], row_noun: tuple[str, str], position: int
) -> HtmlTable | None:
    """Build the table of variance components; None where the residual is the only one."""
    equations = [equation for cell in entry.cells for equation in cell.result.fit.equations]
    if all(len(equation.variances) < 2 for equation in equations):
        return None
    body, groups = [], []
    for cell in entry.cells:
        for equation in cell.result.fit.equations:
            total = sum(value for _, value in equation.variances)
            for name, value in equation.variances:
                share = percent(value / total) if total > 0 else MISSING
                words = name.replace("_", " ")
                body.append((words, _significant(value), share))
                groups.append(f"{cell_title(cell, labels, row_noun)}\n{equation.label}")
    return HtmlTable(
        f"variances-{position}",
        f"{entry.name}: variance components of the declared analysis",
        ("Component", "Variance", "Share"),
        frozenset(("Variance", "Share")),
        tuple(body),
        tuple(groups),
        "Shares are of the variance left by the terms of the equation.",
    )


def _statistics(value: Estimate) -> tuple[str, str, str, str, str]:
    error = number(value.std_error, estimate_decimals(value))
    df = degrees_of_freedom(value.df)
    return point(value), interval(value), error, df, p_value(value.p_value)


def _beside_p(value: Estimate) -> str:
    """Give the estimate with its limits, without the p-value that has a column of its own."""
    none = math.isnan(value.estimate) or has_limits(value)
    return point_and_interval(value) if none else f"{point(value)} ({NO_LIMITS})"


def _unbroken(text: str) -> str:
    """Keep limits on one line where a narrow screen breaks the cell."""
    return text.replace(", ", ",\u00a0")


def _or_dash(value: float) -> str:
    return MISSING if math.isnan(value) else number(value, 3)


def _significant(value: float) -> str:
    if value == 0:
        return "0"
    return number(value, min(7, max(0, 2 - math.floor(math.log10(abs(value))))))
