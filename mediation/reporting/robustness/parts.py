"""All parts of the chapter on robustness, in the order of the page."""

from __future__ import annotations

from mediation.reporting.contents import ReportContents, Robustness
from mediation.reporting.plain_values import Json
from mediation.reporting.robustness.part import PartWriter, RobustnessPart

WRITERS: tuple[PartWriter, ...] = ()


def robustness_parts(contents: ReportContents) -> tuple[tuple[RobustnessPart, ...], ...]:
    """Write the parts of every entry of a report.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    tuple of tuple of RobustnessPart
        For each entry the parts that apply to it, in the order of the page.
    """
    found = []
    for position, entry in enumerate(contents.entries, start=1):
        parts = (writer.part(contents, entry, position) for writer in WRITERS)
        found.append(tuple(part for part in parts if part is not None))
    return tuple(found)


def robustness_data(robustness: Robustness, minimum: int) -> Json:
    """Give the robustness of a cell as plain values for `results.json`.

    Parameters
    ----------
    robustness : Robustness
    minimum : int
        Counts of people below it are not given.

    Returns
    -------
    dict
    """
    return {writer.name: writer.data(robustness, minimum) for writer in WRITERS}
