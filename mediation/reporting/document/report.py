"""The chapters of a report as sections, in the order of a Results section."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.document import about_data, about_models
from mediation.reporting.document.about_data import Figures, tables_of
from mediation.reporting.document.section import Section
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.method_sentences import limits_paragraphs
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.page.chapters import APART, asked, chapters, part_name
from mediation.reporting.page.overview import overview_table
from mediation.reporting.page.references import references_in
from mediation.reporting.robustness.part import RobustnessPart

Parts = Sequence[Sequence[RobustnessPart]]
_ANSWER = "The answer"


def report_sections(
    contents: ReportContents, figures: Sequence[NamedFigure] = (), parts: Parts = ()
) -> tuple[Section, ...]:
    """Put the words, tables and figures of a report into sections.

    Parameters
    ----------
    contents : ReportContents
    figures : sequence of NamedFigure
        Those that belong to no part on robustness, drawn; those of parts are left out.
    parts : sequence of sequence of RobustnessPart
        What was found on robustness, for each entry; empty if that was not looked at.

    Returns
    -------
    tuple of Section
        Chapters that have nothing in them are left out. The first has the answer.
    """
    found = parts or [()] * len(contents.entries)
    made = _chapters(contents, _by_kind(figures), found)
    titles = {"answer": _ANSWER} | {name: place.title for name, place in chapters({}).items()}
    sections: list[Section] = []
    for name, title in titles.items():
        inside = [each for each in made.get(name, ()) if not each.is_empty]
        if inside and (
            inside[0].heading == title or inside[0] == replace(inside[0], heading="", depth=1)
        ):
            sections += [replace(inside[0], heading=title, depth=1), *inside[1:]]
        elif inside:
            sections += [Section(title), *inside]
    texts = [text for s in sections for text in (*s.paragraphs, *(t.note for t in s.tables))]
    works = references_in(texts)
    return (
        (*sections, Section(titles["references"], 1, works, is_list=True))
        if works
        else tuple(sections)
    )


def report_tables(contents: ReportContents, parts: Parts = ()) -> tuple[tuple[str, HtmlTable], ...]:
    """List the tables of a report in their order, each with the chapter it belongs to.

    Parameters
    ----------
    contents : ReportContents
    parts : sequence of sequence of RobustnessPart

    Returns
    -------
    tuple of (str, HtmlTable)
        Title of the chapter, table. Identifiers are unique.
    """
    chapter, found = "", []
    for section in report_sections(contents, (), parts):
        if section.heading and section.depth == 1:
            chapter = section.heading
        found += [(chapter, table) for table in section.tables]
    return tuple(found)


def _chapters(contents: ReportContents, figures: Figures, parts: Parts) -> dict[str, list[Section]]:
    """Make the sections of every chapter, by the names of the page."""
    entries = tuple(zip(contents.entries, range(1, len(parts) + 1), parts, strict=True))

    def each(make: Callable[[Entry, int, Sequence[RobustnessPart]], Section]) -> list[Section]:
        made = [make(*entry) for entry in entries]
        if len(made) == 1:
            return [replace(made[0], depth=1)]
        return [
            replace(section, heading=entry.name)
            for section, entry in zip(made, contents.entries, strict=True)
        ]

    return {
        "answer": each(lambda e, n, found: about_models.answer(contents, e, n, found, figures)),
        "methods": each(lambda e, _, found: about_models.methods(contents, e, found)),
        "participants": list(about_data.participants(contents, figures)),
        "missing": list(about_data.missing(contents, figures)),
        "measures": list(about_data.measures(contents, figures)),
        "fidelity": list(about_data.predictor(contents, figures)),
        "effects": each(lambda e, n, _: about_models.effects(contents, e, n)),
        "paths": each(lambda e, n, _: about_models.paths(contents, e, n, figures)),
        "alternatives": [
            *each(lambda e, n, _: about_models.alternatives(contents, e, n)),
            Section("", 2, figures=tuple(figures.get("forest", ()))),
        ],
        "components": each(lambda e, n, _: about_models.components(contents, e, n)),
        "robustness": list(_robustness(parts)),
        "truth": each(lambda e, n, _: about_models.truth(contents, e, n)),
        "assumptions": [
            *each(lambda e, _, found: about_models.assumptions(contents, e)),
            Section("What the numbers do not say", 2, tuple(limits_paragraphs(contents))),
        ],
        "again": [_again(contents)],
        **{kind: list(_apart(kind, parts)) for kind in APART},
    }


def _robustness(parts: Parts) -> Iterator[Section]:
    overviews = (overview_table(asked(found), n) for n, found in enumerate(parts, start=1))
    yield Section("", 1, tables=tables_of(*overviews))
    for found in parts:
        yield from about_models.part_sections(asked(found))


def _apart(kind: str, parts: Parts) -> Iterator[Section]:
    """Give the parts with a chapter of their own."""
    for found in parts:
        yield from about_models.part_sections([p for p in found if part_name(p) == kind])


def _again(contents: ReportContents) -> Section:
    versions = ", ".join(f"{name} {version}" for name, version in contents.versions)
    said = (
        f"Seed {contents.seed}. SHA-256 of the input {contents.input_hash}. Versions: {versions}. "
        f"Counts below {contents.minimum_cell} people are not shown. The same input, seed and "
        "versions give the same numbers; the command mediation verify compares them."
    )
    return Section("", 1, (said,))


def _by_kind(figures: Sequence[NamedFigure]) -> dict[str, list[NamedFigure]]:
    kinds: dict[str, list[NamedFigure]] = {}
    for figure in figures:
        kinds.setdefault(figure.kind, []).append(figure)
    return kinds
