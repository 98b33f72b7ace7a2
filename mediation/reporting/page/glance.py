"""The first screen of a report: five questions, each answered in a sentence or two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mediation.inference.result import MediationResult
from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.format import degrees_of_freedom, has_limits, number, whole
from mediation.reporting.headline_rows import Headline
from mediation.reporting.page.chapters import asked, part_anchor, part_name
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.sentences import (
    blind_count_sentence,
    excludes_zero,
    finding_sentence,
    lower_label,
)
from mediation.reporting.wording import counted, innermost, label, plural
from mediation.sensitivity.order import in_sd
from mediation.vocabulary import PathName

_NOT_ASKED = (
    "That was not asked here: this is a draft, without the chapter on robustness. Do not report it."
)


@dataclass(frozen=True, slots=True)
class Glance:
    """One question of the first screen.

    Attributes
    ----------
    question, answer : str
    target : str
        The `id` of the chapter that has the rest.
    links : tuple of (str, str)
        Further places in the page with their names.
    """

    question: str
    answer: str
    target: str
    links: tuple[tuple[str, str], ...] = ()


def at_a_glance(
    contents: ReportContents,
    entry: Entry,
    headlines: tuple[Headline, ...],
    parts: Sequence[RobustnessPart],
    labels: Mapping[str, str],
) -> tuple[Glance, ...]:
    """Answer what was found, how sure that is, what would overturn it, and how to repeat it.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    headlines : tuple of Headline
        Those of the entry.
    parts : sequence of RobustnessPart
        Those of the entry.
    labels : mapping of str to str

    Returns
    -------
    tuple of Glance
    """
    cluster = innermost(entry.cells[0].result)
    groups = plural(cluster) if cluster else "clusters"
    found = [
        Glance("What was found?", _found(entry, headlines, labels), "effects"),
        Glance("How sure is that?", _sure(entry, parts, labels, contents.row_noun), "components"),
    ]
    if asked(parts):
        changed = tuple((part_anchor(p), p.question) for p in asked(parts) if p.overturns)
        n_open = sum(p.overturns is None for p in asked(parts))
        text = overturned_sentence(len(asked(parts)), len(changed), n_open)
        curve = [part.answer for part in parts if part_name(part) == "specifications"]
        text = " ".join((*curve, text))
        found.append(Glance("What would overturn it?", text, "robustness", changed))
    else:
        found.append(Glance("What would overturn it?", _NOT_ASKED, "assumptions"))
    blind = blind_count_sentence(headlines, groups)
    if blind:
        found.append(Glance(f"And if {groups} were ignored?", blind, "alternatives"))
    found.append(Glance("How can it be repeated?", _repeated(contents), "again"))
    return tuple(glance for glance in found if glance.answer)


def links_sentence(entry: Entry) -> str:
    """Say which of the two links of the indirect effect the data tell from zero.

    a is the path to the mediator, b the path from it at the level of the headline.
    """
    _, level = entry.headline
    counts = []
    for path in (PathName.A, PathName.B):
        rows = [
            row.value
            for cell in entry.cells
            for row in cell.result.paths
            if row.path is path and (path is PathName.A or row.level.value in (level, "single"))
        ]
        rows = [value for value in rows if has_limits(value)]
        counts.append((sum(excludes_zero(value) for value in rows), len(rows)))
    (a, of_a), (b, of_b) = counts
    if not of_a or not of_b:
        return ""
    return (
        f"Of its two links, the interval of path a (predictor to mediator) excludes zero in {a} of "
        f"{of_a}, that of path b (mediator to outcome) in {b} of {of_b}."
    )


def question(entry: Entry, labels: Mapping[str, str]) -> str:
    """Ask what an entry asks, in the names of its variables."""
    model = entry.cells[0].result.fit.model
    outcomes = listed(
        list(dict.fromkeys(lower_label(cell.outcome, labels) for cell in entry.cells))
    )
    through = listed([lower_label(name, labels) for name in model.mediators])
    predictor = label(model.predictor, labels)
    return f"Does {predictor} act on {outcomes} through {through}?"


def _found(entry: Entry, headlines: tuple[Headline, ...], labels: Mapping[str, str]) -> str:
    """Say what the intervals say, which link is known, and how large effects are."""
    said = " ".join(filter(None, (finding_sentence(headlines), links_sentence(entry))))
    rows = [in_sd(h.cell.result, h.row) for h in headlines]
    rows = [row for row in rows if not math.isnan(row.estimate)]
    if not rows:
        return said
    predictor = lower_label(headlines[0].cell.result.fit.model.predictor, labels)
    low, high = (number(each(row.estimate for row in rows)) for each in (min, max))
    size = f"are {low} to {high}" if low != high else f"are {low}"
    text = f"{said} Estimates {size} SD of the outcome per SD of {predictor}"
    if len(rows) == 1:
        text = f"{said} The estimate is {low} SD of the outcome per SD of {predictor}"
    limits = [limit for row in rows for limit in (row.conf_low, row.conf_high)]
    if all(math.isfinite(limit) for limit in limits):
        least, most = number(min(limits)), number(max(limits))
        reach = "its limits are" if len(rows) == 1 else "their limits reach from"
        text += f"; {reach} {least} {'and' if len(rows) == 1 else 'to'} {most}"
    return f"{text}."


def listed(names: Sequence[str]) -> str:
    """Join names with commas and "and".

    Examples
    --------
    >>> listed(["age"]), listed(["age", "gender", "tenure"])
    ('age', 'age, gender and tenure')
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _sure(
    entry: Entry,
    parts: Sequence[RobustnessPart],
    labels: Mapping[str, str],
    row_noun: tuple[str, str],
) -> str:
    """Say on how many facts the path a rests, and the smallest effect that would have shown."""
    results = [cell.result for cell in entry.cells]
    smallest = next((part.answer for part in parts if part_name(part) == "detectable"), "")
    return " ".join(filter(None, (_rests_on(results, labels, row_noun), smallest)))


def _rests_on(
    results: list[MediationResult], labels: Mapping[str, str], row_noun: tuple[str, str]
) -> str:
    first = results[0].fit
    level = first.predictor_level
    rows = span([result.fit.counts.n_clients for result in results])
    if level is None:
        return f"The analysis takes {rows} {row_noun[1]} as independent of each other."
    predictor = lower_label(first.model.predictor, labels)
    clusters = [dict(result.fit.counts.by_level).get(level, 0) for result in results]
    df = [
        path.value.df
        for result in results
        for path in result.paths
        if path.path is PathName.A and math.isfinite(path.value.df)
    ]
    text = f"How {predictor} acts is known from {span(clusters)} {plural(level)}"
    if len(set(clusters)) == 1:
        text = f"How {predictor} acts is known from {counted(clusters[0], level)}"
    if df:
        low, high = degrees_of_freedom(min(df)), degrees_of_freedom(max(df))
        text += f" ({low if low == high else f'{low} to {high}'} degrees of freedom)"
    return f"{text}, not from {rows} {row_noun[1]}."


def span(counts: Sequence[int]) -> str:
    """Give one count, or the smallest and the largest of several.

    Examples
    --------
    >>> span([253, 253]), span([219, 253])
    ('253', '219 to 253')
    """
    low, high = whole(min(counts)), whole(max(counts))
    return low if low == high else f"{low} to {high}"


def overturned_sentence(n_asked: int, n_changed: int, n_open: int) -> str:
    """Say how many of the questions change the finding of some model.

    Parameters
    ----------
    n_asked, n_changed : int
    n_open : int
        Questions that the data cannot answer so.

    Examples
    --------
    >>> overturned_sentence(10, 1, 0)
    '1 of the 10 questions put to it below changes the finding of at least one model:'
    """
    number_ = "one" if n_open == 1 else str(n_open)
    open_ = f" For {number_} of the {n_asked} it cannot be said." if n_open else ""
    n_said = n_asked - n_open
    if not n_changed:
        return (
            f"None of the {n_said} questions put to it below that can be answered changes the "
            f"finding of any model.{open_} That is no proof: each looks at one threat, over the "
            "range it states."
        )
    verb = "changes" if n_changed == 1 else "change"
    return (
        f"{open_.strip()} {n_changed} of the {n_asked} questions put to it below {verb} the "
        "finding of at least one model:"
    ).strip()


def _repeated(contents: ReportContents) -> str:
    return (
        f"Seed {contents.seed} and the input with SHA-256 {contents.input_hash[:8]}… give these "
        "numbers again; the command mediation verify compares every number of results.json and of "
        "the tables."
    )
