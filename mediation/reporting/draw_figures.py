"""Every figure of a report, drawn once: for the page and for its own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediation.reporting.contents import Cell, Entry, ReportContents, Variable
from mediation.reporting.diagram.draw import draw_diagram
from mediation.reporting.diagram.of_result import diagram_of
from mediation.reporting.diagram.words import alt_text
from mediation.reporting.distributions import score_panels
from mediation.reporting.draw_answer import answer_alt, draw_answer
from mediation.reporting.draw_fidelity import draw_fidelity
from mediation.reporting.draw_flow import draw_flow
from mediation.reporting.draw_forest import draw_forest
from mediation.reporting.draw_missing import draw_attrition, draw_patterns
from mediation.reporting.draw_scores import draw_scores
from mediation.reporting.figure_files import file_name
from mediation.reporting.figure_words import (
    fidelity_alt,
    flow_alt,
    forest_alt,
    scores_alt,
)
from mediation.reporting.headline_rows import headlines_of
from mediation.reporting.missing_words import (
    ATTRITION_CAPTION,
    PATTERNS_CAPTION,
    attrition_alt,
    patterns_alt,
)
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.wording import label, labels_of, place_title

FIGURE_NAMES = (
    *("answer", "diagram-", "forest", "participant-flow", "fidelity-over-time", "score-dist"),
    *("missing-values", "attrition", "robustness-", "specifications"),
)


def draw_all(contents: ReportContents) -> Iterator[NamedFigure]:
    """Draw the figures of a report in the order of the page.

    Parameters
    ----------
    contents : ReportContents

    Yields
    ------
    NamedFigure
    """
    labels = labels_of(contents)
    many = len(contents.entries) > 1
    for number, entry in enumerate(contents.entries, start=1):
        end = f"-{number}" if many else ""
        if any(step.n_left for cell in entry.cells for step in cell.flow.steps):
            yield _flow(contents, entry, f"participant-flow{end}", labels)
        yield from _answer(contents, entry, number, labels, end)
        caption = f"{entry.name}: the headline effect by outcome and analysis."
        forest = draw_forest(entry, labels)
        yield named_figure(f"forest{end}", "forest", forest, forest_alt(entry, labels), caption)
        for cell in entry.cells:
            yield _diagram(cell, file_name(contents, entry, cell), labels)
    if contents.fidelity is not None and len(contents.fidelity):
        yield _fidelity(contents)
    yield from _missing(contents, labels)
    panels = score_panels(contents)
    if panels:
        figure = draw_scores(panels, contents.minimum_cell)
        caption = "Distribution of scores. Bars are shares per unit of the scale."
        alt = scores_alt(panels, contents.minimum_cell)
        yield named_figure("score-distributions", "scores", figure, alt, caption)


def _answer(
    contents: ReportContents, entry: Entry, number: int, labels: Mapping[str, str], end: str
) -> Iterator[NamedFigure]:
    """Draw the figure of the first screen."""
    rows = tuple(row for row in headlines_of(contents) if row.entry is entry)
    figure = draw_answer(entry, rows, labels)
    if figure is not None:
        beside = any(row.blind is not None for row in rows)
        ending = ", with and without clusters" if beside else ""
        caption = f"The headline effects on one scale{ending}."
        alt = answer_alt(rows, labels)
        yield named_figure(f"answer{end}", f"answer-{number}", figure, alt, caption)


def _missing(contents: ReportContents, labels: Mapping[str, str]) -> Iterator[NamedFigure]:
    """Draw who missed interviews, and for each pair of interviews what is missing together."""
    noun, attrition = contents.row_noun, contents.attrition
    figure = None if attrition is None else draw_attrition(attrition, labels)
    if attrition is not None and figure is not None:
        alt = attrition_alt(attrition, labels)
        yield named_figure("attrition", "attrition", figure, alt, ATTRITION_CAPTION)
    seen: set[object] = set()
    for number, entry in enumerate(contents.entries, start=1):
        for cell in entry.cells:
            if cell.patterns is None or (number, cell.waves) in seen:
                continue
            seen.add((number, cell.waves))
            figure = draw_patterns(cell.patterns, labels)
            if figure is not None:
                alt = patterns_alt(cell.patterns, labels, noun)
                caption = f"{place_title(cell, labels)}. {PATTERNS_CAPTION}"
                yield named_figure(f"missing-values-{len(seen)}", "missing", figure, alt, caption)


def _diagram(cell: Cell, name: str, labels: Mapping[str, str]) -> NamedFigure:
    figure = draw_diagram(diagram_of(cell.result, labels))
    place = place_title(cell, labels)
    return named_figure(name, "diagram", figure, alt_text(cell.result, labels), f"{place}.")


def _flow(
    contents: ReportContents, entry: Entry, name: str, labels: Mapping[str, str]
) -> NamedFigure:
    minimum = contents.minimum_cell
    figure = draw_flow(entry.cells, labels, minimum)
    alt = flow_alt(entry.cells, labels, minimum)
    caption = "Participant flow. Losses too small to show are pooled with the next step."
    return named_figure(name, "flow", figure, alt, caption)


def _fidelity(contents: ReportContents) -> NamedFigure:
    frame = contents.fidelity
    assert frame is not None
    name = contents.entries[0].cells[0].result.fit.model.predictor if contents.entries else ""
    found = [variable for variable in contents.variables if variable.name == name]
    predictor = found[0] if found else Variable(name, label(name, {}) or "Score", None, None)
    figure = draw_fidelity(frame, predictor, contents.clusters)
    caption = (
        f"{predictor.label} over time, one line for each assessed cluster; in the background "
        "of each panel all others."
    )
    return named_figure(
        "fidelity-over-time", "fidelity", figure, fidelity_alt(frame, predictor.label), caption
    )
