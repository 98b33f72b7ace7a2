"""What happens where one thing is not as in the grid, beside the cells that differ in it alone."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mediation.reporting.coverage_summary import (
    MEASURES,
    measure_rows,
    name_clusters,
    summarize,
)
from mediation.reporting.coverage_words import TITLES, count, rates_table

_REFERENCE = "as in the grid"
# What cells have in common with the cell that they depart from. A departure may be in the teams
# of each organization, which the name of a design tells after its sizes.
_SAME = ("sizes", "n_organizations", "alliance_icc", "outcome_icc", "organization_share_of_icc")
_TWIN = (*_SAME, "a", "b")


def departures(rows: pd.DataFrame) -> Iterable[str]:
    """Write tables of what is varied one at a time, where a design has such cells.

    Each table has a reference column of exactly those cells that the others depart from; cells
    without such a counterpart come in a table without a reference.

    Parameters
    ----------
    rows : DataFrame
        Of one effect.
    """
    rows = rows.assign(sizes=rows["design"].str.split(" in ").str[0])
    twins = [tuple(each) for each in rows[list(_TWIN)].itertuples(index=False)]
    rows = rows.assign(twin=pd.Series(twins, index=rows.index), is_base=rows["variation"] == "")
    if rows["is_base"].all():
        return
    yield (
        f'## Departures\n\nOne thing is not as in the grid. The column "{_REFERENCE}" holds only '
        "the cells that the others in its table differ from in that alone: the same clusters, "
        "intraclass correlations, a and b. Mean over cells, in brackets the most (type I error) or "
        "least (coverage, power) in a cell; of one cell its Monte Carlo error after \u00b1.\n"
    )
    for measure in MEASURES:
        usable = measure_rows(rows, measure)
        departed = usable[~usable["is_base"]]
        if len(departed):
            yield f"### {TITLES[measure]}\n"
            yield from _compared(usable[usable["is_base"]], departed, measure)


def _compared(base: pd.DataFrame, departed: pd.DataFrame, measure: str) -> Iterable[str]:
    """One table for all departures from the same cells, then those from none."""
    has_twin = departed["twin"].isin(set(base["twin"]))
    twins = departed[has_twin].groupby("variation", sort=False)["twin"].agg(frozenset)
    for group in dict.fromkeys(twins):
        names = list(twins.index[twins == group])
        here = departed[has_twin & departed["variation"].isin(names)]
        reference = base[base["twin"].isin(group)].assign(variation=_REFERENCE)
        yield f"{_said(reference)}:\n"
        yield _table(pd.concat([reference, here]), measure, [_REFERENCE, *names])
    alone = departed[~has_twin]
    groups = alone.groupby("variation", sort=False)["twin"].agg(frozenset)
    for group in dict.fromkeys(groups):
        names = list(groups.index[groups == group])
        here = alone[alone["variation"].isin(names)]
        said = _said(here[here["variation"] == names[0]])
        yield f"No cell of the grid to compare with; {said}:\n"
        yield _table(here, measure, names)


def _table(rows: pd.DataFrame, measure: str, columns: list[str]) -> str:
    found = summarize(rows, measure, ["method", "variation"])
    return rates_table(found, measure, columns, list(dict.fromkeys(rows["method"])))


def _said(rows: pd.DataFrame) -> str:
    """Say which cells are compared."""
    cells = rows.drop_duplicates("cell")
    clusters = list(dict.fromkeys(name_clusters(cells)))
    iccs = " or ".join(f"{icc:g}" for icc in dict.fromkeys(cells["alliance_icc"]))
    pairs = dict.fromkeys(zip(cells["a"], cells["b"], strict=True))
    effects = " or ".join(f"a = {a:g}, b = {b:g}" for a, b in pairs)
    return f"{'; '.join(clusters)}, alliance ICC {iccs}, {effects} ({count(len(cells), 'cell')})"
