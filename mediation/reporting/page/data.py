"""Parts of the page on the data: instruments, dates, missing values and who has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from mediation.inference.interval import Estimate
from mediation.inference.result import MediationResult
from mediation.linkage.changers import count_team_changers
from mediation.linkage.table import SpellSummary
from mediation.reporting.comparison import STAYED, headline_title
from mediation.reporting.contents import Cell, Entry, ReportContents
from mediation.reporting.format import MISSING, has_limits, interval, number, p_value, point
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.html_tables import HtmlTable, render_table
from mediation.reporting.imputed_tables import imputed_sentences, information_table
from mediation.reporting.measures_tables import (
    instruments_table,
    measures_warnings,
    reliability_table,
    substitution_sentences,
)
from mediation.reporting.missing_tables import (
    attendance_table,
    attrition_table,
    missing_columns_table,
    patterns_table,
)
from mediation.reporting.missing_words import attrition_sentences, patterns_sentences
from mediation.reporting.time_words import (
    planned_sentence,
    spell_sentences,
    stayed_sentence,
    time_sentence,
    window_sentences,
)
from mediation.reporting.wording import label, labels_of, place_title, waves_text


def measures_part(contents: ReportContents) -> dict[str, object]:
    """Give what the template says of instruments."""
    scales, minimum = contents.measures, contents.minimum_cell
    return {
        "instruments": _render(instruments_table(scales)),
        "reliability": _render(reliability_table(scales, minimum)),
        "cautions": list(measures_warnings(scales)),
        "made_up": list(substitution_sentences(scales, minimum)),
    }


def time_part(contents: ReportContents) -> list[str]:
    """Give sentences on windows, spells and calendar time, each once.

    What holds for one pair of interviews, or one entry of several that differ, begins with it.
    """
    said: dict[str, None] = {}
    for cell in one_for_each_pair(contents):
        for sentence in _date_sentences(contents, cell):
            said.setdefault(sentence)
    by_entry = {entry.name: _calendar_sentence(entry.cells[0]) for entry in contents.entries}
    alike = len(set(by_entry.values())) == 1
    for name, sentence in by_entry.items():
        if sentence:
            said.setdefault(sentence if alike else f"{name}: {sentence}")
    return list(said)


def _date_sentences(contents: ReportContents, cell: Cell) -> Iterator[str]:
    time, minimum, noun = cell.table.time, contents.minimum_cell, contents.row_noun
    if time is None:
        return
    if time.windows is not None:
        yield from window_sentences(time.windows, minimum)
    planned = planned_sentence(time.n_planned, noun, minimum)
    if planned:
        yield f"{waves_text(cell.waves)}: {planned}"
    if time.spells is None:
        return
    told = list(spell_sentences(time.spells, noun, minimum, n_shown=_is_shown(cell, time.spells)))
    told += _stayed_sentences(contents, cell)
    yield f"{waves_text(cell.waves)}: {' '.join(told)}"


def _stayed_sentences(contents: ReportContents, first: Cell) -> Iterator[str]:
    """Say of every model of a pair of interviews whether it is given without changers of team."""
    said: dict[str, list[str]] = {}
    entry = next(entry for entry in contents.entries if first in entry.cells)
    of_pair = [cell for cell in entry.cells if cell.waves == first.waves]
    for cell in of_pair:
        changed = count_team_changers(cell.table, cell.result.fit.model.columns)
        if changed is None:
            continue
        is_fitted = STAYED in {name for name, _ in cell.alternatives}
        sentence = stayed_sentence(changed, contents.minimum_cell, is_fitted=is_fitted)
        said.setdefault(sentence, []).append(label(cell.outcome, labels_of(contents)))
    for sentence, outcomes in said.items():
        yield sentence if len(said) == 1 else f"{', '.join(outcomes)}: {sentence}"


def _is_shown(cell: Cell, spells: SpellSummary) -> bool:
    """Whether the report counts those interviewed for the mediator elsewhere, too."""
    steps = {step.n_clients for step in cell.flow.steps}
    return spells.n_clients in steps | {n for _, n in cell.flow.interviewed}


def _calendar_sentence(cell: Cell) -> str:
    fit = cell.result.fit
    return time_sentence(
        cell.table,
        fit.model.time_adjustment,
        adjusted=fit.time_adjusted,
        varies=fit.predictor_varies,
    )


def missing_part(contents: ReportContents) -> dict[str, object]:
    """Give what the template says of missing values and attrition."""
    labels, noun, entries = labels_of(contents), contents.row_noun, contents.entries
    patterns = []
    for position, cell in enumerate(one_for_each_pair(contents), start=1):
        found = cell.patterns
        if found is None:
            continue
        title = place_title(cell, labels)
        tables = (
            patterns_table(found, labels, noun, title, f"missing-patterns-{position}"),
            missing_columns_table(found, labels, noun, title, f"missing-columns-{position}"),
        )
        patterns.append(
            {
                "title": title,
                "sentences": patterns_sentences(found, noun),
                "tables": [render_table(table) for table in tables if table is not None],
            }
        )
    attrition = contents.attrition
    sentences: tuple[str, ...] = ()
    tables_: tuple[Markup, ...] = ()
    if attrition is not None:
        sentences = attrition_sentences(attrition, labels, noun)
        made = (attendance_table(attrition, noun), attrition_table(attrition, labels, noun))
        tables_ = tuple(render_table(table) for table in made if table is not None)
    tipping = [
        _render(tipping_table(entry, labels, position))
        for position, entry in enumerate(entries, start=1)
    ]
    information = [
        _render(information_table(entry, labels, position))
        for position, entry in enumerate(entries, start=1)
    ]
    return {
        "patterns": patterns,
        "attrition": sentences,
        "tables": tables_,
        "tipping": [table for table in tipping if table is not None],
        "imputed": [text for entry in entries for text in imputed_sentences(entry, labels, noun)],
        "information": [table for table in information if table is not None],
    }


def tipping_table(entry: Entry, labels: Mapping[str, str], position: int) -> HtmlTable | None:
    """Build the table of the headline effect with imputed outcomes moved; None without any."""
    cells = [cell for cell in entry.cells if cell.tipping is not None]
    shifts = tuple(dict.fromkeys(s for c in cells if c.tipping for s in c.tipping.shifts))
    if not shifts:
        return None
    heads = tuple("as drawn" if shift == 0 else f"{number(shift)} SD" for shift in shifts)
    body, groups = [], []
    for cell in cells:
        assert cell.tipping is not None
        at = dict(zip(cell.tipping.shifts, cell.tipping.results, strict=True))
        for declared in headline_rows(cell.result, entry.headline):
            found = [_value(at[s], entry, declared.mediator) if s in at else None for s in shifts]
            second, said = "Interval", interval
            if not any(v and has_limits(v) for v in found):
                second, said = "p", lambda value: p_value(value.p_value)
            body.append(("Estimate", *(MISSING if v is None else point(v) for v in found)))
            body.append((second, *(MISSING if v is None else said(v) for v in found)))
            groups += [headline_title(cell, declared.mediator, labels)] * 2
    return HtmlTable(
        f"tipping-{position}",
        f"{entry.name}: the headline effect if missing outcomes were other than drawn",
        ("", *heads),
        frozenset(heads),
        tuple(body),
        tuple(groups),
        "Missing values are drawn as if they depended on what was observed alone; those of the "
        "outcome are then moved by so many SD of its observed values, all alike; those of other "
        "variables stay. The answer is fragile if a small shift moves zero into the interval or "
        "out of it (p, where there are no limits, across its level). That none does so does not "
        "show that values are missing at random.",
    )


def _value(result: MediationResult, entry: Entry, mediator: str | None) -> Estimate:
    return next(
        row.value for row in headline_rows(result, entry.headline) if row.mediator == mediator
    )


def one_for_each_pair(contents: ReportContents) -> tuple[Cell, ...]:
    """Take the first model of every pair of interviews of an entry."""
    found: dict[object, Cell] = {}
    for number_, entry in enumerate(contents.entries):
        for cell in entry.cells:
            found.setdefault((number_, cell.waves), cell)
    return tuple(found.values())


def _render(table: HtmlTable | None) -> Markup | None:
    return None if table is None else render_table(table)
