"""The pictures of the documentation that show no data: `python docs/draw_figures.py` draws them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mediation import Arrow, Frame, Node, PathDiagram, Shape, draw_diagram
from mediation.reporting.draw_style import png_bytes, svg_text

FOLDER = Path(__file__).parent / "figures"

ALLIANCE = {"task": "Task orientation", "flexibility": "Flexibility", "fit": "Fit"}
ELEMENTS = {"goals": "Goals", "strengths": "Strengths", "choice": "Choice", "hope": "Hope"}
CHANGES = {
    "mental": "Mental health",
    "housing": "Housing",
    "well_being": "Well-being",
    "relationships": "Relationships",
    "services": "Services",
    "others": "Money, children, education, work, physical health",
}
# How many of 20 clients spoke of it; for fit the text gives parts and no sum.
CLIENTS = {
    **{"task": 17, "flexibility": 13, "goals": 20, "strengths": 15, "choice": 15, "hope": 6},
    **{"mental": 12, "housing": 10, "well_being": 9, "relationships": 6, "services": 5},
}


def conceptual() -> PathDiagram:
    """Show what clients said of their working alliance, and what they linked with what."""
    labels = {**ALLIANCE, **ELEMENTS, **CHANGES}
    grid = (
        ("choice", "task", "mental"),
        ("hope", "flexibility", "housing"),
        ("goals", "fit", "well_being"),
        ("goals", "", "relationships"),
        ("strengths", "", "services"),
        ("strengths", "", "others"),
    )
    return PathDiagram(
        grid,
        tuple(
            Node(name, text, tag=f"{CLIENTS[name]} of 20" if name in CLIENTS else "")
            for name, text in labels.items()
        ),
        (
            Arrow("alliance", "changes", "18 of 20"),
            Arrow("goals", "changes", "4 of 20"),
            Arrow("strengths", "changes", "4 of 20"),
        ),
        (
            Frame("alliance", "Working alliance", tuple(ALLIANCE)),
            Frame("elements", "Elements of SMCM", tuple(ELEMENTS)),
            Frame("changes", "Life changes", tuple(CHANGES)),
            Frame("organization", "Organization", ("alliance", "elements", "changes")),
            Frame("community", "Community mental health system", ("organization",)),
        ),
        rule=(
            "Rebuilt from the text of the interview study (doi 10.1007/s10597-021-00903-9), not "
            "copied from its figure. Numbers: clients, of 20 interviewed, who spoke of an element, "
            "a change or a link. An arrow is a link that clients drew, not an estimated effect."
        ),
    )


def theory_chain() -> PathDiagram:
    """Show mediators one after the other: what reaching a goal is thought to do."""
    nodes = (
        Node("goals", "Goal achieved"),
        Node("hope", "Hope and motivation", Shape.ELLIPSE),
        Node("alliance", "Working alliance", Shape.ELLIPSE),
        Node("life", "Quality of life"),
    )
    arrows = (
        Arrow("goals", "alliance", "a1"),
        Arrow("goals", "hope", "a2"),
        Arrow("alliance", "hope", "d"),
        Arrow("alliance", "life", "b1"),
        Arrow("hope", "life", "b2"),
        Arrow("goals", "life", "c\u2032", solid=False),
    )
    grid = (
        ("goals", "alliance", "", "life"),
        ("goals", "alliance", "hope", "life"),
        ("goals", "", "hope", "life"),
        ("goals", "", "", "life"),
    )
    return PathDiagram(grid, nodes, arrows)


FIGURES: dict[str, Callable[[], PathDiagram]] = {
    "conceptual": conceptual,
    "serial": theory_chain,
}


def draw_figures(folder: Path) -> None:
    """Write every picture as SVG and PNG."""
    folder.mkdir(exist_ok=True)
    for name, make in FIGURES.items():
        figure = draw_diagram(make())
        (folder / f"{name}.svg").write_text(svg_text(figure), encoding="utf-8")
        (folder / f"{name}.png").write_bytes(png_bytes(figure))


if __name__ == "__main__":
    draw_figures(FOLDER)
