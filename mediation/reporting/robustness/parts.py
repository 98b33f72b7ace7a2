"""All parts of the chapter on robustness, in the order of the page."""

from __future__ import annotations

from mediation.reporting.contents import ReportContents, Robustness
from mediation.reporting.plain_values import Json
from mediation.reporting.robustness.ceiling import WRITER as CEILING
from mediation.reporting.robustness.confounding import WRITER as CONFOUNDING
from mediation.reporting.robustness.detectable import WRITER as DETECTABLE
from mediation.reporting.robustness.diagnostics import WRITER as DIAGNOSTICS
from mediation.reporting.robustness.leave_one_out import WRITER as LEAVE_ONE_OUT
from mediation.reporting.robustness.levels import WRITER as LEVELS
from mediation.reporting.robustness.linkage import WRITER as LINKAGE
from mediation.reporting.robustness.measurement import WRITER as MEASUREMENT
from mediation.reporting.robustness.moderation import WRITER as MODERATION
from mediation.reporting.robustness.order import WRITER as ORDER
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.robustness.rater import WRITER as RATER
from mediation.reporting.robustness.selection import WRITER as SELECTION
from mediation.reporting.specifications.part import specifications_part

WRITERS: tuple[PartWriter, ...] = (
    CONFOUNDING,
    MEASUREMENT,
    CEILING,
    LEAVE_ONE_OUT,
    LEVELS,
    MODERATION,
    LINKAGE,
    ORDER,
    RATER,
    SELECTION,
    DETECTABLE,
    DIAGNOSTICS,
)


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
        curve = specifications_part(contents, entry, position)
        found.append(tuple(part for part in (*parts, curve) if part is not None))
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
