"""Words on the analysis with one more level of clusters, and on the rows behind each analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.format import percent, whole
from mediation.reporting.robustness.levels_tables import (
    STAND_IN,
    LevelRow,
    has_stand_in,
    level_name,
    n_rows,
    value_text,
)
from mediation.reporting.wording import label, plural
from mediation.sensitivity.levels import FEW_APART, LevelChoice

# In the label of mixed models whose b within has cluster-robust standard errors.
_CR2 = "CR2 for b within"


def _more(others: Sequence[LevelRow]) -> list[LevelRow]:
    return [row for row in others if row.analysis.choice is LevelChoice.MORE_LEVELS]


def _added(row: LevelRow) -> list[str]:
    declared = row.cell.result.fit.model.clusters
    return [name for name in row.analysis.clusters if name not in declared]


def more_answer(others: Sequence[LevelRow], labels: Mapping[str, str]) -> str:
    """Say what one more level finds: its largest share of a variance, and the effect with it.

    Parameters
    ----------
    others : sequence of LevelRow
        Without the declared analyses.
    labels : mapping of str to str

    Returns
    -------
    str
        Empty where no such analysis has a number.
    """
    made = [row for row in _more(others) if row.value is not None]
    if not made:
        return ""
    shares = []
    for row in made:
        assert row.analysis.result is not None
        for equation in row.analysis.result.fit.equations[:-1]:
            variances = dict(equation.variances)
            total = sum(variances.values())
            own = sum(variances.get(name, 0.0) for name in _added(row))
            if total > 0:
                name = label(equation.label.split(" ~ ")[0], labels)
                shares.append((own / total, name, row))
    if not shares:
        return ""
    share, name, row = max(shares, key=lambda one: one[0])
    people = " and ".join(plural(each) for each in _added(row))
    where = row.title if name in row.title else f"{name}; {row.title}"
    return (
        f"With {people} as a level too, up to {percent(share)} of the variance left unexplained "
        f"lies between {people} ({where}), and the effect there is "
        f"{value_text(row.value)} instead of {value_text(row.declared.value)}. "
    )


def more_paragraph(others: Sequence[LevelRow]) -> Iterator[str]:
    """Say what one more level changes, and what else changes with it.

    Parameters
    ----------
    others : sequence of LevelRow
        Without the declared analyses.

    Yields
    ------
    str
    """
    more = [row for row in _more(others) if row.analysis.result is not None]
    if not more:
        return
    people = " and ".join(plural(name) for name in _added(more[0]))
    inner = more[0].cell.result.fit.model.clusters[-1]
    said = (
        f"With {people} as a level too, rows that share one are no longer taken as more alike "
        f"only by chance. Path b can move, as what differs between {people} then weighs less."
    )
    if _CR2 in more[0].cell.result.fit.engine_label:
        said += (
            f" Its standard error changes in kind too: CR2 then goes by {people} instead of "
            f"{plural(inner)}. Narrower intervals can come from that alone, as it leaves out that "
            f"slopes may differ between {plural(inner)}."
        )
    yield said


def about_rows(contents: ReportContents, entry: Entry, others: Sequence[LevelRow]) -> Iterator[str]:
    """Say which analyses rest on other rows or limits than the declared one.

    A number of rows is told where it differs from every other one by `minimum_cell` or by nobody.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    others : sequence of LevelRow
        Without the declared analyses.

    Yields
    ------
    str
    """
    people = contents.row_noun[1]
    if any(map(has_stand_in, others)):
        yield (
            f"The declared limits come from resampling, which is not repeated for every choice of "
            f"levels. All analyses here have Monte Carlo limits, and each is compared with the "
            f"{STAND_IN}, not with the declared limits."
        )
    if any(row.analysis.reason == FEW_APART for row in others):
        yield (
            "Rows without a known cluster drop out with its level. An analysis that differs from "
            f"the declared one by fewer than {contents.minimum_cell} {people} is not shown."
        )
    told = _told_rows(contents, entry)
    parts: dict[str, None] = {}
    for row in others:
        own = n_rows(row)
        if own is None:
            continue
        apart = all(not 0 < abs(own - n) < contents.minimum_cell for n in told)
        if apart:
            told.add(own)
        count = f"{whole(own)} {people}" if apart else "other rows"
        parts[f"{row.title} with {level_name(row.analysis)}: {count}"] = None
    if parts:
        yield (
            "Rows without a known cluster drop out with its level, so that some analyses rest on "
            f"other rows than the declared one and may differ for that reason alone: "
            f"{'; '.join(parts)}."
        )


def _told_rows(contents: ReportContents, entry: Entry) -> set[int]:
    """Numbers of rows that the report tells, or that another one could be set beside."""
    found = {c.result.fit.counts.n_clients for each in contents.entries for c in each.cells}
    for cell in entry.cells:
        part = cell.robustness.levels
        if part is not None and part.analyses[0].result is not None:
            found.add(part.analyses[0].result.fit.counts.n_clients)
    return found if contents.n_rows is None else {*found, contents.n_rows}
