"""Sections on the models of the entries of a report: the answer, its numbers, its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mediation.reporting import data_tables
from mediation.reporting.comparison import comparison_table, count_sentence, descriptions
from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.degrees_of_freedom import df_rule, df_table
from mediation.reporting.document.about_data import Figures, tables_of
from mediation.reporting.document.section import Section
from mediation.reporting.figure_files import file_name
from mediation.reporting.headline_rows import Headline, headlines_of
from mediation.reporting.interval_words import interval_paragraphs
from mediation.reporting.method_sentences import analysis_sentence
from mediation.reporting.page import tables
from mediation.reporting.page.assumptions import assumptions_of
from mediation.reporting.page.chapters import asked
from mediation.reporting.page.glance import at_a_glance, question
from mediation.reporting.page.methods_text import methods_text
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.sentences import blind_sentence, headline_sentence
from mediation.reporting.wording import labels_of

Parts = Sequence[RobustnessPart]


def answer(
    contents: ReportContents, entry: Entry, position: int, parts: Parts, figures: Figures
) -> Section:
    """Answer the question of an entry on one page."""
    labels, rows = labels_of(contents), _headlines(contents, entry)
    found = at_a_glance(contents, entry, rows, parts, labels)
    said = [" ".join((each.answer, *(text for _, text in each.links))) for each in found]
    return Section(
        "",
        2,
        (question(entry, labels), *said),
        (tables.headline_table(entry, rows, labels, contents.row_noun, position),),
        tuple(figures.get(f"answer-{position}", ())),
        ("", *(each.question for each in found)),
    )


def effects(contents: ReportContents, entry: Entry, position: int) -> Section:
    """Say every effect of the declared analysis in words and numbers."""
    labels, noun = labels_of(contents), contents.row_noun
    said = (
        f"{headline_sentence(row, labels)} {blind_sentence(row, noun)}".strip()
        for row in _headlines(contents, entry)
    )
    return Section(
        "",
        2,
        (analysis_sentence(entry.cells[0].result, noun), *said),
        (tables.effects_table(entry, labels, noun, position),),
    )


def paths(contents: ReportContents, entry: Entry, position: int, figures: Figures) -> Section:
    """Show every path, as diagrams and in numbers."""
    names = {file_name(contents, entry, cell) for cell in entry.cells}
    return Section(
        "",
        2,
        tables=(tables.paths_table(contents, entry, labels_of(contents), position),),
        figures=tuple(each for each in figures.get("diagram", ()) if each.name in names),
    )


def alternatives(contents: ReportContents, entry: Entry, position: int) -> Section:
    """Say what other analyses would have said."""
    described = descriptions(entry, contents.row_noun)
    return Section(
        "",
        2,
        (count_sentence(entry), *(said for _, said in described)),
        (comparison_table(entry, labels_of(contents), position),),
        terms=("", *(f"{name[:1].upper()}{name[1:]}." for name, _ in described)),
    )


def components(contents: ReportContents, entry: Entry, position: int) -> Section:
    """Say how intervals are made, and on how many degrees of freedom they rest."""
    labels, noun = labels_of(contents), contents.row_noun
    return Section(
        "",
        2,
        (*interval_paragraphs(entry, noun), *df_rule(entry, labels, noun)),
        tables_of(
            df_table(entry, labels, position),
            tables.variance_table(entry, labels, noun, position),
        ),
    )


def truth(contents: ReportContents, entry: Entry, position: int) -> Section:
    """Hold the estimates against the values that synthetic data were made from."""
    made = data_tables.truth_table(contents, entry, labels_of(contents), position)
    said = ("These data were made from known values.",) if made is not None else ()
    return Section("", 2, said, tables_of(made))


def assumptions(contents: ReportContents, entry: Entry) -> Section:
    """List what a causal reading of the effects rests on."""
    found = assumptions_of(entry, labels_of(contents), contents.row_noun)
    return Section(
        "", 2, tuple(each.needed for each in found), terms=tuple(f"{each.name}." for each in found)
    )


def methods(contents: ReportContents, entry: Entry, parts: Parts) -> Section:
    """Say what was done, in paragraphs for a Methods section."""
    found = methods_text(contents, entry, [part.question for part in asked(parts)])
    return Section(
        "", 2, tuple(each.text for each in found), terms=tuple(f"{e.heading}." for e in found)
    )


def part_sections(parts: Parts) -> Iterator[Section]:
    """Give every part on robustness a section of its own."""
    for part in parts:
        said = tuple(text for text in (part.answer, *part.paragraphs) if text)
        yield Section(part.question, 2, said, part.tables, part.figures)


def _headlines(contents: ReportContents, entry: Entry) -> tuple[Headline, ...]:
    return tuple(row for row in headlines_of(contents) if row.entry is entry)
