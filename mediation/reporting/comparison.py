"""What other analyses of the same rows would have said: each in words, side by side, counted."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.estimation.low_df import LOW_DF
from mediation.inference.pooled_fit import PooledFit
from mediation.inference.result import MediationResult
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.disclosure import shown_n
from mediation.reporting.format import MISSING, has_limits, interval, p_value, point, whole
from mediation.reporting.headline_rows import AS_DECLARED, analyses_beside, headline_rows
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.interval_words import (
    failure_sentences,
    interval_kind,
    interval_name,
)
from mediation.reporting.sentences import rejects_none, significance
from mediation.reporting.wording import counted, innermost, label, place_title, plural
from mediation.vocabulary import PathName

FEW_CLUSTERS = 20
# Below this a bootstrap of whole clusters errs more often than it says.
FEW_TO_DRAW = 50
# The same analysis of other rows.
STAYED = "without clients who changed team"
COMPLETE = "complete rows only"
NOT_A_MENU = "Choosing among them after seeing the data is not allowed: the declared one stands."


def comparison_table(entry: Entry, labels: Mapping[str, str], position: int) -> HtmlTable:
    """Build the table of the headline effect under every analysis, one group for each row.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str
    position : int
        Of the entry in the page.

    Returns
    -------
    HtmlTable
    """
    body, groups = [], []
    for cell in entry.cells:
        for declared in headline_rows(cell.result, entry.headline):
            for name, result in analyses_beside(cell):
                for row in headline_rows(result, entry.headline):
                    if row.mediator != declared.mediator:
                        continue
                    value, n = row.value, shown_n(cell, result)
                    count = MISSING if n is None else whole(n)
                    texts = (point(value), interval(value), p_value(value.p_value), count)
                    body.append((name, *texts))
                    groups.append(headline_title(cell, declared.mediator, labels))
    return HtmlTable(
        f"alternatives-{position}",
        f"{entry.name}: the headline effect by analysis",
        ("Analysis", "Estimate", "Interval", "p", "n"),
        frozenset(("Estimate", "Interval", "p", "n")),
        tuple(body),
        tuple(groups),
        "p-values here are not adjusted." + _not_shown(entry),
    )


def _not_shown(entry: Entry) -> str:
    """Say why a number of rows is not there."""
    if not any(cell.withheld for cell in entry.cells):
        return ""
    return " n is left out where it differs by a few people only from another number shown."


def descriptions(entry: Entry, row_noun: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Say of every analysis what it is and what it leaves aside.

    Parameters
    ----------
    entry : Entry
    row_noun : (str, str)
        What a row is, singular and plural.

    Returns
    -------
    tuple of (str, str)
        Name of the analysis, and sentences on it.
    """
    found: dict[str, list[MediationResult]] = {}
    relinked = {name for cell in entry.cells for name, _ in cell.alternatives}
    for cell in entry.cells:
        for name, result in analyses_beside(cell):
            found.setdefault(name, []).append(result)
    cluster = innermost(entry.cells[0].result)
    said = []
    for name, results in found.items():
        if name in relinked:
            said.append((name, _about_other_rows(name, results[0], entry.cells[0].result)))
            continue
        first = results[0]
        what = f"{first.fit.engine_label}; {interval_name(first, row_noun)}."
        failed = () if name == AS_DECLARED else failure_sentences(results)
        parts = (f"{what[:1].upper()}{what[1:]}", _aside(first, cluster, row_noun), *failed)
        said.append((name, " ".join(part for part in parts if part)))
    return tuple(said)


def _about_other_rows(name: str, result: MediationResult, declared: MediationResult) -> str:
    """Say in what the same analysis of other rows or values differs from the declared one."""
    if isinstance(result.fit, PooledFit) and not isinstance(declared.fit, PooledFit):
        is_other = interval_kind(result)[0] != interval_kind(declared)[0]
        return (
            "The declared analysis of data sets in which missing values are drawn, also of those "
            "who were not interviewed, pooled by Rubin's rules. It assumes that what is missing "
            "depends on what was observed alone."
            + " Its interval is another one, Monte Carlo, since pooled paths have no rows to draw."
            * is_other
        )
    if name == COMPLETE:
        return "The declared analysis of the rows in which nothing is missing."
    if name == STAYED:
        return "The declared analysis of those who were served by one team throughout."
    return "The declared analysis with other values of the predictor."


def count_sentence(entry: Entry) -> str:
    """Count the analyses that exclude zero, and say that none may be picked for it.

    Parameters
    ----------
    entry : Entry

    Returns
    -------
    str
        Two sentences, the first on counts alone.
    """
    level = entry.cells[0].result.conf_level
    counts: dict[str, list[bool]] = {}
    by_test = False
    for cell in entry.cells:
        for name, result in analyses_beside(cell):
            for row in headline_rows(result, entry.headline):
                if math.isnan(row.value.estimate):
                    continue
                by_test |= not has_limits(row.value)
                counts.setdefault(name, []).append(rejects_none(row.value, level))
    if not counts:
        return "No analysis has an estimate of the headline effect in these data."
    total = max(map(len, counts.values()))
    found = {name: sum(values) for name, values in counts.items() if any(values)}
    names = [name if total == 1 else f"{name} ({count})" for name, count in found.items()]
    verb = "excludes" if len(found) < 2 else "exclude"
    analyses = "1 analysis" if len(counts) == 1 else f"{len(counts)} analyses"
    where = "at least one" if found else "any"
    text = f"Of {analyses}, {len(found)} {verb} zero"
    if not found:
        is_one = len(counts) == 1
        text = "The one analysis does not exclude zero" if is_one else f"None of {analyses} {verb}"
        text += "" if is_one else " zero"
    text += "" if total == 1 else f" in {where} of the {total} headline rows"
    if by_test:
        text += f" (by p < {significance(level)} where there are no limits)"
    return f"{text}{': ' * bool(names)}{'; '.join(names)}. {NOT_A_MENU}"


def headline_title(cell: Cell, mediator: str | None, labels: Mapping[str, str]) -> str:
    """Name a headline row, with the mediator where there are several."""
    place = place_title(cell, labels)
    if mediator is None or len(cell.result.fit.model.mediators) < 2:
        return place
    return f"{place}, through {label(mediator, labels)}"


def _aside(result: MediationResult, cluster: str | None, row_noun: tuple[str, str]) -> str:
    """Say what an analysis ignores or gives up."""
    parts = (
        _engine_aside(result, cluster, row_noun[1]),
        _interval_aside(result),
        "Its degrees of freedom are below 4, too few to rely on." * _has_low_df(result),
    )
    return " ".join(part for part in parts if part)


def _engine_aside(result: MediationResult, cluster: str | None, people: str) -> str:
    fit = result.fit
    if cluster is None:
        return f"Takes {people} as independent."
    if not fit.models_clusters and interval_kind(result) != ("Bootstrap", "CLUSTERS"):
        return (
            f"Ignores that {people} of one {cluster} can be alike: where they are, its limits are "
            "too narrow."
        )
    if fit.independent_level is not None:
        count = dict(fit.counts.by_level)[fit.independent_level]
        few = ": with so few, it can tell little" if count < FEW_CLUSTERS else ""
        groups = counted(count, fit.independent_level)
        return f"Takes {groups} as independent and models nothing inside them{few}."
    if fit.engine.startswith("MixedModels"):
        levels = " and ".join(plural(name) for name in fit.model.clusters)
        return f"Takes differences between {levels} as random and normal."
    return ""


def _has_low_df(result: MediationResult) -> bool:
    """Whether paths between clusters rest on fewer df than approximations of them can bear."""
    return any(
        row.value.df < LOW_DF for row in result.paths if row.path in (PathName.A, PathName.TOTAL)
    )


def _interval_aside(result: MediationResult) -> str:
    name, option = interval_kind(result)
    if (name, option) == ("Bootstrap", "CLUSTERS"):
        outer = result.fit.model.clusters[0]
        count = dict(result.fit.counts.by_level).get(outer, FEW_TO_DRAW)
        few = count < FEW_TO_DRAW
        groups = counted(count, outer)
        said = f"Ignores that {groups} are few: such limits err more often than they say."
        return said if few else ""
    if name in ("JointSignificance", "WildClusterBootstrap"):
        return "Gives no limits of products."
    aside = "Ignores that the distribution of a product is skewed." if name == "Delta" else ""
    if option == "NORMAL":
        aside += " Ignores that standard errors are estimated."
    return aside.strip()
