"""The table at the head of the chapter on robustness: every question with its answer."""

from __future__ import annotations

from collections.abc import Sequence

from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.robustness.part import RobustnessPart

_CHANGES = {True: "yes", False: "no", None: "cannot be said"}


def overview_table(parts: Sequence[RobustnessPart], position: int) -> HtmlTable | None:
    """Build the table of questions, answers, and whether a finding changes.

    Parameters
    ----------
    parts : sequence of RobustnessPart
        Those that put a question to the answer.
    position : int
        Of the entry in the page.

    Returns
    -------
    HtmlTable or None
        None without questions.
    """
    if not parts:
        return None
    return HtmlTable(
        f"overview-{position}",
        "Questions put to the answer",
        ("Question", "What was found", "A finding changes"),
        frozenset(),
        tuple((part.question, part.answer, _CHANGES[part.overturns]) for part in parts),
        note="A finding changes where zero comes into the interval of at least one headline "
        "effect, or leaves it, under what the question supposes. Each looks at one threat by "
        "itself; threats can add up.",
    )
