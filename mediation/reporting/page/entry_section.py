"""What the page says of one entry of the manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from mediation.reporting import data_tables
from mediation.reporting.comparison import comparison_table, count_sentence, descriptions
from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.degrees_of_freedom import df_rule, df_table
from mediation.reporting.headline_rows import headlines_of
from mediation.reporting.html_tables import HtmlTable, render_table
from mediation.reporting.interval_words import interval_paragraphs
from mediation.reporting.method_sentences import (
    analysis_sentence,
    convergence_sentence,
    limits_paragraphs,
)
from mediation.reporting.page import tables
from mediation.reporting.page.assumptions import assumptions_of
from mediation.reporting.page.chapters import Place, asked, places, resolve
from mediation.reporting.page.glance import at_a_glance, question
from mediation.reporting.page.methods_text import methods_text
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.sentences import blind_sentence, headline_sentence
from mediation.reporting.wording import innermost, label, labels_of, place_title
from mediation.vocabulary import EffectName, Level

_WITHIN = (EffectName.INDIRECT.value, Level.WITHIN.value)


def entry_section(
    contents: ReportContents,
    entry: Entry,
    position: int,
    parts: Sequence[RobustnessPart],
    known: Mapping[str, Place],
) -> dict[str, object]:
    """Give everything the template says of one entry.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int
        Of the entry in the page, from 1.
    parts : sequence of RobustnessPart
        Those of the entry.
    known : mapping of str to Place
        Chapters of the page.

    Returns
    -------
    dict
    """
    labels = labels_of(contents)
    rows = tuple(row for row in headlines_of(contents) if row.entry is entry)
    first, blind = entry.cells[0].result, entry.cells[0].blind
    noun = contents.row_noun
    there = places(known, parts)
    questions = [part.question for part in asked(parts)]
    return {
        "position": position,
        "name": entry.name,
        "question": question(entry, labels),
        "glance": at_a_glance(contents, entry, rows, parts, labels),
        "headline": render_table(tables.headline_table(entry, rows, labels, noun, position)),
        "reading": limits_paragraphs(contents)[0]
        if entry.headline == _WITHIN and innermost(first)
        else "",
        "sentences": [(headline_sentence(row, labels), blind_sentence(row, noun)) for row in rows],
        "analysis": analysis_sentence(first, noun),
        "blind": ""
        if blind is None
        else f"The published analysis beside it: {analysis_sentence(blind, noun)}",
        "effects": render_table(tables.effects_table(entry, labels, noun, position)),
        "paths": render_table(tables.paths_table(contents, entry, labels, position)),
        "counted": count_sentence(entry),
        "descriptions": descriptions(entry, noun),
        "comparison": render_table(comparison_table(entry, labels, position)),
        "variances": _render(tables.variance_table(entry, labels, noun, position)),
        "interval": interval_paragraphs(entry, noun),
        "df_rule": df_rule(entry, labels, noun),
        "df": _render(df_table(entry, labels, position)),
        "advice": _advice(entry, labels),
        "truth": _render(data_tables.truth_table(contents, entry, labels, position)),
        "assumptions": [
            (each.name, each.needed, resolve(each.parts, there))
            for each in assumptions_of(entry, labels, noun)
        ],
        "methods": methods_text(contents, entry, questions),
    }


def _render(table: HtmlTable | None) -> Markup | None:
    return None if table is None else render_table(table)


def _for_readers(note: str) -> str:
    """Leave out the sentences of a note that only who writes Python can follow."""
    return " ".join(s for s in re.split(r"(?<=\.) ", note) if "()" not in s)


def _advice(entry: Entry, labels: Mapping[str, str]) -> list[str]:
    """Give notes of the fits, each once, with the models it concerns."""
    concerned: dict[str, list[str]] = {}
    for cell in entry.cells:
        # Names of columns are marked for a terminal; readers know their labels.
        said = (convergence_sentence(cell.result), *map(_for_readers, cell.result.notes))
        for text in dict.fromkeys(said):
            if text:
                named = re.sub("`([^`]*)`", lambda name: label(name.group(1), labels), text)
                concerned.setdefault(named, []).append(place_title(cell, labels))
    every = len(entry.cells)
    return [
        text if len(where) == every else f"{'; '.join(where)}: {text}"
        for text, where in concerned.items()
    ]
