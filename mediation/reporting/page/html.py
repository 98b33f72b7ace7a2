"""`report.html`: one file that reads as a Results section and needs nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mediation.reporting import data_tables
from mediation.reporting import page_tables as tables
from mediation.reporting.comparison import comparison_table, count_sentence, descriptions
from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.degrees_of_freedom import df_rule, df_table
from mediation.reporting.distributions import ScorePanel, score_panels
from mediation.reporting.format import whole
from mediation.reporting.headline_rows import headlines_of
from mediation.reporting.html_tables import HtmlTable, render_table
from mediation.reporting.interval_words import interval_paragraphs
from mediation.reporting.known_truth import true_values
from mediation.reporting.method_sentences import (
    analysis_sentence,
    convergence_sentence,
    limits_paragraphs,
    linkage_sentence,
)
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.page_data import measures_part, missing_part, time_part
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.sentences import (
    answer_sentence,
    blind_sentence,
    ceiling_warning,
    has_high_ceiling,
    headline_sentence,
    size_sentence,
)
from mediation.reporting.wording import innermost, label, labels_of, place_title, plural, waves_text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure as it stands in the page."""

    identifier: str
    svg: Markup
    caption: str


def report_html(
    contents: ReportContents,
    figures: Sequence[NamedFigure],
    parts: Sequence[Sequence[RobustnessPart]] = (),
) -> str:
    """Write the report as one HTML page.

    Parameters
    ----------
    contents : ReportContents
    figures : sequence of NamedFigure
        Every figure of the report, drawn.
    parts : sequence of sequence of RobustnessPart
        What was found on robustness, for each entry.

    Returns
    -------
    str
        No script, no address to load anything from; all text from the study is escaped.
    """
    environment = Environment(
        loader=PackageLoader("mediation.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("report.html.j2")
    style = environment.get_template("report.css").render()
    panels = score_panels(contents)
    sections = [
        _entry_section(contents, entry, position)
        for position, entry in enumerate(contents.entries, start=1)
    ]
    has_variances = any(section["variances"] for section in sections)
    html = template.render(
        contents=contents,
        style=Markup(style),
        size=size_sentence(contents),
        tiles=_tiles(contents),
        sections=sections,
        components="Intervals, degrees of freedom and variances"
        if has_variances
        else "Intervals and degrees of freedom",
        drawings=_by_kind(figures),
        robustness=[
            (entry.name, [_part(part) for part in found])
            for entry, found in zip(contents.entries, parts, strict=False)
        ],
        interviewed=_interviewed(contents),
        linkage=_linkage(contents),
        ends=_render(data_tables.ends_table(panels, contents.minimum_cell)),
        ceilings=_ceilings(panels),
        limits=limits_paragraphs(contents),
        measures=measures_part(contents),
        time=time_part(contents),
        missing=missing_part(contents),
        has_truth=any(
            True for e in contents.entries for c in e.cells for _ in true_values(contents.truth, c)
        ),
        predictor_varies=any(
            c.result.fit.predictor_varies for e in contents.entries for c in e.cells
        ),
    )
    return html.rstrip() + "\n"


def inline_svg(svg: str, identifier: str, alt: str) -> Markup:
    """Make a drawn figure part of a page.

    Parameters
    ----------
    svg : str
        A whole SVG document.
    identifier : str
        Prefix of every id inside it, so that ids stay unique in the page.
    alt : str
        What the figure shows, in words.

    Returns
    -------
    Markup
        The `svg` element alone, with role and label, as wide as the page allows.

    Examples
    --------
    >>> inline_svg('<svg width="72pt"><g id="a"/></svg>', "f", "A line")
    Markup('<svg role="img" aria-label="A line" style="max-width:96px"><g id="f-a"/></svg>')
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{identifier}-', body)
    body = re.sub(r'(xlink:href="|href="|url\()#', rf"\g<1>#{identifier}-", body)
    head, rest = body.split(">", 1)
    points = re.search(r'width="([\d.]+)pt"', head)
    limit = f' style="max-width:{float(points.group(1)) * 96 / 72:.0f}px"' if points else ""
    head = re.sub(r'\s(?:width|height|version)="[^"]*"', "", head)
    label_ = escape(alt)
    head = head.replace("<svg", f'<svg role="img" aria-label="{label_}"{limit}', 1)
    return Markup(f"{head}>{rest.rstrip()}")


def _by_kind(figures: Sequence[NamedFigure]) -> dict[str, list[Drawing]]:
    kinds: dict[str, list[Drawing]] = {}
    for figure in figures:
        kinds.setdefault(figure.kind, []).append(_drawing(figure))
    return kinds


def _drawing(figure: NamedFigure) -> Drawing:
    identifier = f"figure-{figure.name}"
    return Drawing(identifier, inline_svg(figure.svg, identifier, figure.alt), figure.caption)


def _part(part: RobustnessPart) -> dict[str, object]:
    """Everything the template says of one part of the chapter on robustness."""
    return {
        "identifier": part.identifier,
        "question": part.question,
        "answer": part.answer,
        "paragraphs": part.paragraphs,
        "tables": [render_table(table) for table in part.tables],
        "drawings": [_drawing(figure) for figure in part.figures],
    }


def _render(table: HtmlTable | None) -> Markup | None:
    return None if table is None else render_table(table)


def _tiles(contents: ReportContents) -> list[tuple[str, str]]:
    """Numbers of the first screen, from people to the outermost clusters."""
    rows = []
    if contents.n_rows is not None:
        rows = [(whole(contents.n_rows), contents.row_noun[contents.n_rows != 1])]
    levels = [
        (whole(count), name.replace("_", " ") if count == 1 else plural(name))
        for name, count in reversed(contents.n_by_level)
    ]
    return [*rows, *levels]


def _entry_section(contents: ReportContents, entry: Entry, position: int) -> dict[str, object]:
    """Everything the template says of one entry of the manifest."""
    labels = labels_of(contents)
    rows = tuple(row for row in headlines_of(contents) if row.entry is entry)
    first, blind = entry.cells[0].result, entry.cells[0].blind
    cluster = innermost(first)
    noun = contents.row_noun
    return {
        "position": position,
        "name": entry.name,
        "headline": render_table(tables.headline_table(entry, rows, labels, noun, position)),
        "summary": answer_sentence(rows, plural(cluster) if cluster else "clusters"),
        "sentences": [(headline_sentence(row, labels), blind_sentence(row, noun)) for row in rows],
        "analysis": analysis_sentence(first, noun),
        "blind": ""
        if blind is None
        else f"The published analysis beside it: {analysis_sentence(blind, noun)}",
        "effects": render_table(tables.effects_table(entry, labels, noun, position)),
        "paths": render_table(tables.paths_table(entry, labels, noun, position)),
        "counted": count_sentence(entry),
        "descriptions": descriptions(entry, noun),
        "comparison": render_table(comparison_table(entry, labels, position)),
        "variances": _render(tables.variance_table(entry, labels, noun, position)),
        "interval": interval_paragraphs(entry, noun),
        "df_rule": df_rule(entry, labels, noun),
        "df": _render(df_table(entry, labels, position)),
        "advice": _advice(entry, labels),
        "truth": _render(data_tables.truth_table(contents, entry, labels, position)),
    }


def _advice(entry: Entry, labels: Mapping[str, str]) -> list[str]:
    """Give notes of the fits, each once, with the models it concerns."""
    concerned: dict[str, list[str]] = {}
    for cell in entry.cells:
        # Names of columns are marked for a terminal; readers know their labels.
        said = (convergence_sentence(cell.result), *cell.result.notes)
        for text in dict.fromkeys(said):
            if text:
                named = re.sub("`([^`]*)`", lambda name: label(name.group(1), labels), text)
                concerned.setdefault(named, []).append(place_title(cell, labels))
    every = len(entry.cells)
    return [
        text if len(where) == every else f"{'; '.join(where)}: {text}"
        for text, where in concerned.items()
    ]


def _interviewed(contents: ReportContents) -> Markup | None:
    cells = [cell for entry in contents.entries for cell in entry.cells]
    if not cells:
        return None
    return _render(
        data_tables.interviewed_table(cells[0], contents.row_noun, contents.minimum_cell)
    )


def _linkage(contents: ReportContents) -> list[str]:
    """One sentence for each pair of interviews."""
    labels = labels_of(contents)
    found: dict[str, str] = {}
    for entry in contents.entries:
        for cell in entry.cells:
            if cell.table.linkage is None:
                continue
            predictor = label(cell.result.fit.model.predictor, labels)
            minimum = contents.minimum_cell
            text = linkage_sentence(cell.table.linkage, predictor, contents.row_noun, minimum)
            found.setdefault(waves_text(cell.waves), text)
    return [f"{waves}: {text}" if waves else text for waves, text in found.items()]


def _ceilings(panels: tuple[ScorePanel, ...]) -> list[str]:
    """One warning for each variable with many scores at the ceiling at any wave."""
    shares: dict[str, list[float]] = {}
    for panel in panels:
        if panel.bins is not None and has_high_ceiling(panel.bins):
            shares.setdefault(panel.label, []).append((panel.bins.at_ceiling or 0) / panel.bins.n)
    return [ceiling_warning(name, tuple(found)) for name, found in shares.items()]
