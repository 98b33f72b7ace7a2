"""`report.html`: one file that reads as a Results section and needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mediation.reporting import data_tables
from mediation.reporting.contents import ReportContents
from mediation.reporting.distributions import ScorePanel, score_panels
from mediation.reporting.format import whole
from mediation.reporting.html_tables import HtmlTable, render_table
from mediation.reporting.known_truth import true_values
from mediation.reporting.method_sentences import limits_paragraphs, linkage_sentence
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.page.agrema import WARNING, checklist
from mediation.reporting.page.chapters import (
    APART,
    Place,
    asked,
    chapters,
    part_anchor,
    part_name,
    resolve,
)
from mediation.reporting.page.data import measures_part, missing_part, time_part
from mediation.reporting.page.entry_section import entry_section
from mediation.reporting.page.methods_text import methods_text
from mediation.reporting.page.overview import overview_table
from mediation.reporting.page.references import references_in
from mediation.reporting.page.svg import Drawing, drawing
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.sentences import ceiling_warning, has_high_ceiling, size_sentence
from mediation.reporting.wording import label, labels_of, plural, waves_text

_LIMITS = Place("limits", "What the numbers do not say")
Parts = Sequence[Sequence[RobustnessPart]]


def report_html(
    contents: ReportContents,
    figures: Sequence[NamedFigure],
    parts: Parts = (),
    results_hash: str = "",
) -> str:
    """Write the report as one HTML page.

    Parameters
    ----------
    contents : ReportContents
    figures : sequence of NamedFigure
        Every figure of the report, drawn.
    parts : sequence of sequence of RobustnessPart
        What was found on robustness, for each entry; empty if that was not looked at.
    results_hash : str
        SHA-256 of the `results.json` that belongs to the page; empty for none.

    Returns
    -------
    str
        Nothing is loaded from elsewhere, and its script only enhances; all text from the study is
        escaped.
    """
    environment = Environment(
        loader=PackageLoader("mediation.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = parts or [()] * len(contents.entries)
    drawings = _by_kind(figures)
    known = _chapters(contents, found, drawings)
    linked = {**known, "answer": Place("answer", "The answer"), "limits": _LIMITS}
    html = environment.get_template("report.html.j2").render(
        style=Markup(environment.get_template("report.css").render()),
        script=Markup(environment.get_template("report.js").render()),
        contents=contents,
        results_hash=results_hash,
        known=known,
        titles={name: place.title for name, place in known.items()},
        drawings=drawings,
        sections=[
            entry_section(contents, entry, position, of_entry, known)
            for position, (entry, of_entry) in enumerate(
                zip(contents.entries, found, strict=True), start=1
            )
        ],
        **_data_chapters(contents),
        **_robustness_chapters(contents, found),
        checklist=[(item, resolve(item.chapters, linked)) for item in checklist(linked)],
        checklist_warning=WARNING,
        references=_references(contents, found),
    )
    return html.rstrip() + "\n"


def _chapters(
    contents: ReportContents, parts: Parts, drawings: Mapping[str, list[Drawing]]
) -> dict[str, Place]:
    """Find the chapters this report has."""
    missing, measures = missing_part(contents), measures_part(contents)
    names = {part_name(part) for found in parts for part in found}
    there = {
        "missing": bool(missing["patterns"] or missing["attrition"]),
        "measures": bool("scores" in drawings or measures["instruments"]),
        "fidelity": "fidelity" in drawings,
        "robustness": any(asked(found) for found in parts),
        "truth": any(
            True for e in contents.entries for c in e.cells for _ in true_values(contents.truth, c)
        ),
        "references": bool(_references(contents, parts)),
    }
    return chapters(there | {name: name in names for name in APART})


def _data_chapters(contents: ReportContents) -> dict[str, object]:
    """Give what the template says of people, measures and the predictor."""
    panels = score_panels(contents)
    return {
        "size": size_sentence(contents),
        "tiles": _tiles(contents),
        "interviewed": _interviewed(contents),
        "linkage": _linkage(contents),
        "ends": _render(data_tables.ends_table(panels, contents.minimum_cell)),
        "ceilings": _ceilings(panels),
        "limits": limits_paragraphs(contents),
        "measures": measures_part(contents),
        "time": time_part(contents),
        "missing": missing_part(contents),
        "predictor_varies": any(
            c.result.fit.predictor_varies for e in contents.entries for c in e.cells
        ),
    }


def _robustness_chapters(contents: ReportContents, parts: Parts) -> dict[str, object]:
    """Give what was found on robustness, and the parts with a chapter of their own."""
    named = list(zip((entry.name for entry in contents.entries), parts, strict=True))
    return {
        "robustness": [
            {
                "name": name,
                "parts": [_part(part) for part in asked(found)],
                "overview": _render(overview_table(asked(found), position)),
            }
            for position, (name, found) in enumerate(named, start=1)
        ],
        "apart": {
            kind: [(name, _part(p)) for name, found in named for p in found if part_name(p) == kind]
            for kind in APART
        },
    }


def _references(contents: ReportContents, parts: Parts) -> tuple[str, ...]:
    """List the works named in the methods and in what is said of robustness."""
    texts = [WARNING]
    for entry, found in zip(contents.entries, parts, strict=True):
        texts += [said.text for said in methods_text(contents, entry, [])]
        texts += [text for part in found for text in (part.answer, *part.paragraphs)]
        texts += [table.note for part in found for table in part.tables]
    return references_in(texts)


def _by_kind(figures: Sequence[NamedFigure]) -> dict[str, list[Drawing]]:
    kinds: dict[str, list[Drawing]] = {}
    for figure in figures:
        kinds.setdefault(figure.kind, []).append(drawing(figure))
    return kinds


def _part(part: RobustnessPart) -> dict[str, object]:
    """Everything the template says of one part on robustness."""
    return {
        "anchor": part_anchor(part),
        "question": part.question,
        "answer": part.answer,
        "paragraphs": part.paragraphs,
        "tables": [render_table(table) for table in part.tables],
        "drawings": [drawing(figure) for figure in part.figures],
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
