"""What drawing missing values costs: how many rows have drawn values, and how much they tell."""

from __future__ import annotations

from collections.abc import Mapping

from mediation.inference.pooled_fit import PooledFit
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.disclosure import shown_n
from mediation.reporting.format import number, percent, whole
from mediation.reporting.headline_rows import analyses_beside
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.wording import label, path_text, place_title


def imputed_sentences(
    entry: Entry, labels: Mapping[str, str], row_noun: tuple[str, str]
) -> tuple[str, ...]:
    """Say for each model how many of its rows have a value that was drawn.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str
    row_noun : (str, str)

    Returns
    -------
    tuple of str
        Without the count where it is small, or would follow from other counts.
    """
    said = []
    for cell in entry.cells:
        found = _imputed(cell)
        if found is None:
            continue
        name, fit, n = found
        drawn = _n_drawn(cell, n)
        if n is None or drawn is None:
            continue
        times = 0 if fit.pooled is None else fit.pooled.n_imputations
        said.append(
            f"{place_title(cell, labels)}, {name}: of {whole(n)} {row_noun[1]} {whole(drawn)} "
            f"({percent(drawn / n)}) have a value of the model that was drawn, {whole(times)} "
            "times; all others are as observed."
        )
    return tuple(said)


def information_table(entry: Entry, labels: Mapping[str, str], position: int) -> HtmlTable | None:
    """Build the table of the information on each path that went with missing values.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str
    position : int
        Of the entry in the page.

    Returns
    -------
    HtmlTable or None
        None if nothing was imputed.
    """
    body, groups = [], []
    for cell in entry.cells:
        found = _imputed(cell)
        if found is None:
            continue
        name, fit, _ = found
        pooled = fit.pooled
        assert pooled is not None
        several = len(fit.model.mediators) > 1
        for k, parameter in enumerate(fit.paths.parameters):
            text = path_text(parameter.path, parameter.level)
            through = parameter.mediator
            body.append(
                (
                    f"{text}, {label(through, labels)}" if several and through else text,
                    percent(float(pooled.missing_information[k])),
                    percent(float(pooled.share_of_variance[k])),
                    number(float(pooled.df[k]), 1),
                    number(float(pooled.df_complete[k]), 1),
                )
            )
            groups.append(f"{place_title(cell, labels)}\n{name}")
    if not body:
        return None
    columns = ("Path", "Missing information", "Share of variance", "df", "df if complete")
    return HtmlTable(
        f"information-{position}",
        f"{entry.name}: what missing values cost each path",
        columns,
        frozenset(columns[1:]),
        tuple(body),
        tuple(groups),
        "Missing information: the fraction lost by missing values, with that lost by a finite "
        "number of data sets. Share of variance: of the squared standard error, what differs "
        "between the data sets. df: Barnard-Rubin; with few clusters they fall further than the "
        "information does, so intervals can be wider than those of complete rows.",
    )


def _imputed(cell: Cell) -> tuple[str, PooledFit, int | None] | None:
    """Find the analysis of drawn values: the declared one or the one beside it."""
    for name, result in analyses_beside(cell):
        if isinstance(result.fit, PooledFit):
            return name, result.fit, shown_n(cell, result)
    return None


def _n_drawn(cell: Cell, n: int | None) -> int | None:
    """Count rows with a drawn value; None where patterns do not tell how many are complete."""
    if n is None or cell.patterns is None:
        return None
    least, most = cell.patterns.n_complete
    drawn = n - least
    return drawn if least == most and drawn >= cell.patterns.minimum_cell else None
