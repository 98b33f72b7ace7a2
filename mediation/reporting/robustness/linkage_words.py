"""Words of the part on the linkage of fidelity, and the headline rows they are about."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mediation.inference.interval import Estimate
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.format import estimate_decimals, has_limits, number
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.sentences import rejects_none
from mediation.sensitivity.linkage_varied import LinkedAnalysis
from mediation.vocabulary import LinkageRule


class Varied(NamedTuple):
    """One headline row with every linkage, the declared one first."""

    cell: Cell
    mediator: str | None
    values: tuple[tuple[LinkedAnalysis, Estimate], ...]

    @property
    def declared(self) -> Estimate:
        """The estimate as declared."""
        return self.values[0][1]

    @property
    def changed(self) -> tuple[LinkedAnalysis, ...]:
        """Linkages that say another thing of zero."""
        level = self.cell.result.conf_level
        known = [(a, v) for a, v in self.values if not math.isnan(v.estimate)]
        said = rejects_none(self.declared, level)
        return tuple(a for a, v in known if rejects_none(v, level) is not said)


def varied_of(entry: Entry) -> Iterator[Varied]:
    """Give every headline row of an entry with its linkages."""
    for cell in entry.cells:
        found = cell.robustness.linkage
        if found is None:
            continue
        for declared in headline_rows(cell.result, entry.headline):
            values = []
            for each in found.analyses:
                if each.result is None:
                    continue
                rows = headline_rows(each.result, entry.headline)
                value = next(r.value for r in rows if r.mediator == declared.mediator)
                values.append((each, value))
            yield Varied(cell, declared.mediator, tuple(values))


def rule_text(rule: LinkageRule, window: float | None = None) -> str:
    """Name a rule of linkage.

    Examples
    --------
    >>> rule_text(LinkageRule.MEAN_EXPOSURE, 12.0)
    'mean of the 12 months before'
    """
    return {
        LinkageRule.INTERPOLATE: "line between assessments",
        LinkageRule.LAST_BEFORE: "last assessment before",
        LinkageRule.NEAREST: "nearest assessment",
        LinkageRule.MEAN_EXPOSURE: f"mean of the {window or 0:g} months before",
    }[rule]


def age_text(ages: tuple[float | None, ...]) -> str:
    """Name the maximum ages that leave the same rows.

    Examples
    --------
    >>> age_text((None, 12.0, 9.0)), age_text((6.0,))
    ('none, 12 or 9 months', '6 months')
    """
    named = ["none" if age is None else f"{age:g}" for age in ages]
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
    return listed if ages == (None,) else f"{listed} months"


def answer(varied: list[Varied], labels: Mapping[str, str]) -> str:
    """Say how many linkages change what is said of zero, and where the estimate moves most.

    Parameters
    ----------
    varied : list of Varied
        At least one, each with an estimate as declared.
    labels : mapping of str to str

    Returns
    -------
    str
        Two sentences.
    """
    most = max(len(each.values) - 1 for each in varied)
    ways = "One other way" if most == 1 else f"{most} other ways"
    judge = "interval" if all(has_limits(each.declared) for each in varied) else "test"
    changed = [each for each in varied if each.changed]
    if changed:
        rules = [rule_text(a.rule, a.window_months) for each in changed for a in each.changed]
        where = f" in {len(changed)} of {len(varied)} headline rows" if len(varied) > 1 else ""
        said = f"what the {judge} says of zero changes{where} ({', '.join(dict.fromkeys(rules))})."
    else:
        which = f"each {judge}" if len(varied) > 1 else f"the {judge}"
        said = f"{which} says of zero what the declared one says."
    widest = max(varied, key=_moves)
    estimates = [v.estimate for _, v in widest.values if not math.isnan(v.estimate)]
    decimals = estimate_decimals(widest.declared)
    low, high = (number(each, decimals) for each in (min(estimates), max(estimates)))
    return (
        f"{ways} of linking: {said} The estimate moves most, beside its standard error, in "
        f"{headline_title(widest.cell, widest.mediator, labels)}: "
        f"{number(widest.declared.estimate, decimals)} as declared, {low} to {high} over all."
    )


def _moves(each: Varied) -> float:
    """How far the estimate moves, in standard errors of the declared one."""
    error = each.declared.std_error
    gaps = [abs(v.estimate - each.declared.estimate) for _, v in each.values]
    known = [gap for gap in gaps if not math.isnan(gap)]
    return max(known) / error if error > 0 else max(known)


def paragraphs(predictor: str, row_noun: tuple[str, str]) -> tuple[str, ...]:
    """Say what was done, and how to read it."""
    return (
        f"{predictor} is assessed at other times than {row_noun[1]} are interviewed, so that a "
        "rule says which score belongs to an interview. The declared analysis is repeated with "
        "every rule: the point on the straight line between the assessments before and after, the "
        "last one at or before the interview, the nearest one, and the mean of the line over "
        "months before the interview. Each is repeated without interviews whose nearest "
        "assessment used is older than a maximum age.",
        "All other choices and the stream of random numbers stay. Rules differ in what they "
        "suppose: the line and the nearest assessment may use one that came after the interview, "
        "the last one before cannot. Agreement between them does not show that any is right.",
    )
