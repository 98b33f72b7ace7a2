"""The files of a coverage design beside its table: a page to read and a figure."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mediation.reporting.coverage_tables import coverage_markdown
from mediation.reporting.draw_coverage import draw_coverage
from mediation.reporting.draw_style import png_bytes, svg_text


def write_coverage(table: pd.DataFrame, out: Path) -> tuple[Path, ...]:
    """Write `coverage.md`, and `coverage.svg` and `.png`; one figure per effect.

    Parameters
    ----------
    table : DataFrame
        As `run_coverage` gives it.
    out : Path
        An existing folder.

    Returns
    -------
    tuple of Path
        The page, then the figures. That of the first effect has no effect in its name.
    """
    written = [out / "coverage.md"]
    written[0].write_text(coverage_markdown(table), encoding="utf-8")
    for number, effect in enumerate(dict.fromkeys(table["effect"])):
        stem = "coverage" if number == 0 else f"coverage_{effect.replace(' ', '_')}"
        figure = draw_coverage(table[table["effect"] == effect])
        for path, content in (
            (out / f"{stem}.svg", svg_text(figure).encode()),
            (out / f"{stem}.png", png_bytes(figure)),
        ):
            path.write_bytes(content)
            written.append(path)
    return tuple(written)
