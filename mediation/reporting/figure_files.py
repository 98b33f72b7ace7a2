"""How path diagrams and their arrows are named in files and in the page."""

from __future__ import annotations

from mediation.inference.result import PathEstimate
from mediation.reporting.contents import Cell, Entry, ReportContents
from mediation.reporting.diagram.lines import line_name
from mediation.reporting.diagram.specification import Arrow
from mediation.vocabulary import Level, PathName


def file_name(contents: ReportContents, entry: Entry, cell: Cell) -> str:
    """Name the files of a path diagram after the place of its model in the grid.

    Names of columns may hold any character; only letters and digits are kept, and the position
    is added where two models would share a name.
    """
    several = len(contents.entries) > 1
    number = contents.entries.index(entry) + 1 if several else ""
    name = _slug(f"diagram {number} {cell.outcome}")
    if cell.waves is not None:
        name += f"-{cell.waves.mediator:g}-to-{cell.waves.outcome:g}"
    same = [c for c in entry.cells if (c.outcome, c.waves) == (cell.outcome, cell.waves)]
    slugs = [_slug(c.outcome) for c in entry.cells]
    unique = len(same) == 1 and len(set(slugs)) == len({c.outcome for c in entry.cells})
    return name if unique else f"{name}-{entry.cells.index(cell) + 1}"


def _slug(text: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in text)
    return "-".join(kept.lower().split())


def arrow_name(row: PathEstimate) -> str:
    """Give the name that a path diagram gives the arrow of a path.

    Examples
    --------
    >>> from mediation.inference.interval import Estimate
    >>> value = Estimate(0.1, 0.1, 11.0, -0.12, 0.31, 0.3, "t", 0)
    >>> arrow_name(PathEstimate(PathName.B, Level.WITHIN, "alliance", value))
    'path-b-within-alliance'
    """
    if row.path is PathName.C_PRIME:
        return "path-c-prime"
    level = row.level.value if row.path is PathName.B and row.level is not Level.SINGLE else ""
    return line_name(Arrow("", "", name=" ".join((row.path.value, level, row.mediator or ""))))
