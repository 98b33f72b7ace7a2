"""The files of a coverage design beside its table: a page to read and a figure."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mediation.errors import SimulationError
from mediation.outputs import write_files
from mediation.reporting.coverage_tables import coverage_markdown
from mediation.reporting.draw_coverage import draw_coverage
from mediation.reporting.draw_style import png_bytes, svg_text
from mediation.simulation.laboratory.design import EFFECTS


def write_coverage(table: pd.DataFrame, out: Path) -> tuple[Path, ...]:
    """Write `coverage.md`, and `coverage.svg` and `.png`; one figure per effect.

    All files are written, or none. Figures of effects that the table does not have, from an
    earlier design in the same folder, are removed.

    Parameters
    ----------
    table : DataFrame
        As `run_coverage` gives it.
    out : Path

    Returns
    -------
    tuple of Path
        The page, then the figures. That of the first effect has no effect in its name.

    Raises
    ------
    SimulationError
        If the folder cannot be written to.
    """
    files = {"coverage.md": coverage_markdown(table).encode()}
    for number, effect in enumerate(dict.fromkeys(table["effect"])):
        stem = "coverage" if number == 0 else _stem(effect)
        figure = draw_coverage(table[table["effect"] == effect])
        files[f"{stem}.svg"] = svg_text(figure).encode()
        files[f"{stem}.png"] = png_bytes(figure)
    obsolete = [f"{_stem(effect)}.{kind}" for effect in EFFECTS for kind in ("svg", "png")]
    write_files(files, out, failure=SimulationError, obsolete=obsolete)
    return tuple(out / name for name in files)


def _stem(effect: str) -> str:
    return f"coverage_{effect.replace(' ', '_')}"
