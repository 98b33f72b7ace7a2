"""Small panels side by side, each with its title in as many lines as it needs."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mediation.reporting.draw_style import new_figure
from mediation.reporting.text_size import wrap
from mediation.safe_text import printable

MOST_PANELS = 6
_COLUMNS, _WIDTH, _TITLE, _LINE = 3, 7.2, 8.0, 0.14
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 0.62, 0.12, 0.12, 0.36, 0.42


def panel_grid(
    titles: Sequence[str], heading: str, under: str, panel_height: float, keys: float = 0.0
) -> tuple[Figure, list[Axes]]:
    """Make a figure with one empty panel for each title.

    Parameters
    ----------
    titles : sequence of str
        At most six.
    heading : str
        What is drawn.
    under : str
        Title of the axis below all panels.
    panel_height : float
        Inches.
    keys : float
        Inches left free below everything for a legend.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
    """
    n_columns = min(_COLUMNS, len(titles))
    wide = _WIDTH if n_columns > 1 else 4.2
    width = (wide - _RIGHT) / n_columns - _LEFT
    room = 72 * (width + _LEFT - 0.15)
    wrapped = [wrap(title, _TITLE, room)[:4] for title in titles]
    top_lines = wrap(heading, 9.0, 72 * (wide - 0.2))
    under_lines = wrap(under, 8.0, 72 * (wide - 0.2))
    rows = [range(at, min(at + n_columns, len(titles))) for at in range(0, len(titles), n_columns)]
    heads = [_LINE * max(len(wrapped[k]) for k in row) + 0.08 for row in rows]
    head = _TOP + 0.17 * len(top_lines) + 0.06
    foot = _BOTTOM + 0.14 * len(under_lines) + keys
    height = head + sum(heads) + len(rows) * panel_height + (len(rows) - 1) * _GAP + foot
    figure = new_figure(wide, height)
    for k, text in enumerate(top_lines):
        _write(figure, 0.08, height - _TOP - 0.17 * k - 0.06, text, size=9.0, weight="bold")
    axes, top = [], height - head
    for row, above in zip(rows, heads, strict=True):
        top -= above
        for column, k in enumerate(row):
            left = _LEFT + column * (width + _LEFT)
            box = (left / wide, (top - panel_height) / height, width / wide, panel_height / height)
            axes.append(figure.add_axes(box))
            for line, text in enumerate(reversed(wrapped[k])):
                _write(figure, left - _LEFT + 0.15, top + 0.07 + _LINE * line, text, size=_TITLE)
        top -= panel_height + _GAP
    for k, text in enumerate(reversed(under_lines)):
        at = 0.08 + keys + 0.14 * k
        _write(figure, wide / 2, at, text, size=8.0, ha="center")
    return figure, axes


def _write(figure: Figure, x: float, y: float, text: str, **options: object) -> None:
    """Write text at inches from the lower left corner."""
    wide, high = figure.get_size_inches()
    figure.text(x / wide, y / high, printable(text), parse_math=False, **options)  # type: ignore[arg-type]
