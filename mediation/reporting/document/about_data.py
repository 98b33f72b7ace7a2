"""Sections on people, measures and dates, before any model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mediation.reporting import data_tables, measures_tables, missing_tables
from mediation.reporting.contents import ReportContents
from mediation.reporting.distributions import score_panels
from mediation.reporting.document.section import Section
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.imputed_tables import imputed_sentences, information_table
from mediation.reporting.missing_words import attrition_sentences, patterns_sentences
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.page.data import one_for_each_pair, time_part, tipping_table
from mediation.reporting.sentences import size_sentence
from mediation.reporting.wording import labels_of, place_title

Figures = Mapping[str, Sequence[NamedFigure]]
"""Figures of a report by their kind."""


def participants(contents: ReportContents, figures: Figures) -> Iterator[Section]:
    """Say who took part: interviews held, and who was lost on the way."""
    cells = [cell for entry in contents.entries for cell in entry.cells]
    table = data_tables.interviewed_table(cells[0], contents.row_noun, contents.minimum_cell)
    flow = tuple(figures.get("flow", ()))
    yield Section("", 1, (size_sentence(contents),), tables_of(table), flow)


def missing(contents: ReportContents, figures: Figures) -> Iterator[Section]:
    """Say what is missing, who missed interviews, and what imputing costs."""
    labels, noun = labels_of(contents), contents.row_noun
    attrition = contents.attrition
    if attrition is not None:
        yield Section(
            "",
            1,
            tuple(attrition_sentences(attrition, labels, noun)),
            tables_of(
                missing_tables.attendance_table(attrition, noun),
                missing_tables.attrition_table(attrition, labels, noun),
            ),
            tuple(figures.get("attrition", ())),
        )
    yield from _patterns(contents)
    yield Section("", 2, figures=tuple(figures.get("missing", ())))
    numbered = tuple(enumerate(contents.entries, start=1))
    yield Section(
        "What imputing missing values costs",
        2,
        tuple(text for _, each in numbered for text in imputed_sentences(each, labels, noun)),
        tables_of(*(information_table(each, labels, n) for n, each in numbered)),
    )
    yield Section(
        "If missing outcomes are not like observed ones",
        2,
        tables=tables_of(*(tipping_table(each, labels, n) for n, each in numbered)),
    )


def _patterns(contents: ReportContents) -> Iterator[Section]:
    """Say for every pair of interviews what is missing together."""
    labels, noun = labels_of(contents), contents.row_noun
    for position, cell in enumerate(one_for_each_pair(contents), start=1):
        found = cell.patterns
        if found is None:
            continue
        title = place_title(cell, labels)
        names = (f"missing-patterns-{position}", f"missing-columns-{position}")
        makers = (missing_tables.patterns_table, missing_tables.missing_columns_table)
        tables = (
            make(found, labels, noun, title, name) for make, name in zip(makers, names, strict=True)
        )
        yield Section(title, 2, tuple(patterns_sentences(found, noun)), tables_of(*tables))


def measures(contents: ReportContents, figures: Figures) -> Iterator[Section]:
    """Say how scores were made, how reliable they are, and where they end."""
    scales, minimum = contents.measures, contents.minimum_cell
    said = (
        *measures_tables.measures_warnings(scales),
        *measures_tables.substitution_sentences(scales, minimum),
    )
    tables = tables_of(
        measures_tables.instruments_table(scales),
        measures_tables.reliability_table(scales, minimum),
        data_tables.ends_table(score_panels(contents), minimum),
    )
    yield Section("", 1, said, tables, tuple(figures.get("scores", ())))


def predictor(contents: ReportContents, figures: Figures) -> Iterator[Section]:
    """Show the predictor over time, with what is known of dates."""
    if figures.get("fidelity"):
        yield Section("", 1, tuple(time_part(contents)), figures=tuple(figures["fidelity"]))


def tables_of(*tables: HtmlTable | None) -> tuple[HtmlTable, ...]:
    """Keep the tables that are there."""
    return tuple(table for table in tables if table is not None)
