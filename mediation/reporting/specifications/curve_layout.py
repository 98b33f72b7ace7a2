"""Where the specifications of a curve and the words of their choices stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.reporting.specifications.curve import SpecificationCurve
from mediation.reporting.specifications.tables import choice_texts
from mediation.reporting.text_size import wrap

LINE, PAD, _GROUP_GAP = 0.125, 0.035, 0.09
# More models are sorted together, with their outcome and interviews among the rows.
MOST_BLOCKS = 6
_TITLE_WIDTH, _CHOICE_WIDTH = 57.0, 106.0
_MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One choice: where it stands, from the top of the matrix in inches, and its words."""

    dimension: int
    choice: int
    top: float
    lines: tuple[str, ...]

    @property
    def height(self) -> float:
        """Inches."""
        return len(self.lines) * LINE + 2 * PAD

    @property
    def middle(self) -> float:
        """Inches from the top of the matrix."""
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Group:
    """The title of a dimension, from the top of the matrix in inches."""

    top: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """The specifications of one model side by side: its number, first and last place."""

    model: int
    start: float
    end: float


def blocks_of(curve: SpecificationCurve) -> tuple[tuple[Block, ...], Array]:
    """Sort the specifications, inside each model if there are few models.

    Parameters
    ----------
    curve : SpecificationCurve

    Returns
    -------
    blocks : tuple of Block
        One where all are sorted together.
    x : ndarray, shape (n,)
        Place of every specification, from 0 in steps of 1 inside a block.
    """
    together = curve.n_models > MOST_BLOCKS
    model = np.zeros(len(curve), dtype=np.int64) if together else curve.model
    order = np.lexsort((curve.highs, curve.estimates, model))
    gap = max(1.0, 0.025 * len(curve))
    x = np.empty(len(curve))
    blocks = []
    start = 0.0
    for number in np.unique(model):
        own = order[model[order] == number]
        x[own] = start + np.arange(len(own))
        blocks.append(Block(int(number), start, start + len(own) - 1))
        start += len(own) + gap
    return tuple(blocks), x


def lay_out(
    curve: SpecificationCurve, labels: Mapping[str, str], *, with_places: bool
) -> tuple[tuple[Row, ...], tuple[Group, ...], float]:
    """Place the words of every choice.

    Parameters
    ----------
    curve : SpecificationCurve
    labels : mapping of str to str
    with_places : bool
        Whether outcome, interviews and mediator have rows too.

    Returns
    -------
    rows : tuple of Row
    groups : tuple of Group
    tall : float
        Height of the matrix in inches.
    """
    rows: list[Row] = []
    groups: list[Group] = []
    top = 0.0
    for at, dimension in enumerate(curve.dimensions):
        if not (dimension.is_choice or with_places):
            continue
        title = wrap(dimension.title, 7.5, _TITLE_WIDTH)
        groups.append(Group(top, title))
        start = top
        for number, text in enumerate(choice_texts(dimension, labels)):
            rows.append(Row(at, number, top, _shortened(wrap(text, 7.0, _CHOICE_WIDTH))))
            top += rows[-1].height
        top = max(top, start + len(title) * LINE + 2 * PAD) + _GROUP_GAP
    return tuple(rows), tuple(groups), max(top - _GROUP_GAP, 0.2)


def _shortened(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the beginning of a long list."""
    if len(lines) <= _MOST_LINES:
        return lines
    return (*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1].rstrip()}\u2026")
