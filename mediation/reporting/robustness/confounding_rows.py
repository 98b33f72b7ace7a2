"""What was found of unmeasured common causes, for every headline row of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mediation.inference.interval import Estimate
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import innermost, label, level_text, plural, waves_text
from mediation.sensitivity.confounding_curves import RhoCurve, side_of_zero
from mediation.sensitivity.confounding_result import Confounding
from mediation.vocabulary import Level

RHO = "\u03c1"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One headline effect under unmeasured common causes.

    Attributes
    ----------
    cell : Cell
    found : Confounding
    title : str
        Of the model, with the mediator where there are several.
    heading : (str, str)
        The same for a small panel: outcome, and what else there is.
    """

    cell: Cell
    found: Confounding
    title: str
    heading: tuple[str, str]

    @property
    def main(self) -> RhoCurve:
        """The effect itself against the correlation of errors."""
        return self.found.curves[0]

    @property
    def weaker(self) -> RhoCurve:
        """The effect itself against the errors that end its finding first."""
        return self.found.weaker

    @property
    def cluster(self) -> str | None:
        """The clusters inside which b within is."""
        return innermost(self.cell.result)

    def side(self, value: Estimate) -> int:
        """On which side of zero an interval lies; 0 if it holds zero."""
        return side_of_zero(value, self.found.conf_level)


def asked_of(entry: Entry, labels: Mapping[str, str]) -> tuple[Asked, ...]:
    """List what was found for every headline row of an entry, in the order of the page."""
    return tuple(
        Asked(
            cell,
            found,
            headline_title(cell, found.mediator, labels),
            (label(cell.outcome, labels), _beside(cell, found.mediator, labels)),
        )
        for cell in entry.cells
        for found in cell.robustness.confounding or ()
    )


def _beside(cell: Cell, mediator: str, labels: Mapping[str, str]) -> str:
    """Name interviews, and the mediator where there are several."""
    several = len(cell.result.fit.model.mediators) > 1
    parts = (waves_text(cell.waves), f"through {lower_label(mediator, labels)}" * several)
    return ", ".join(part for part in parts if part)


def where(errors: Level, cluster: str | None) -> str:
    """Name the errors that correlate.

    Examples
    --------
    >>> where(Level.WITHIN, "team"), where(Level.SINGLE, None)
    ('errors within teams', 'errors')
    """
    if errors is Level.SINGLE or cluster is None:
        return "errors"
    if errors is Level.BETWEEN:
        return f"errors of {plural(cluster)}"
    return f"errors {level_text(errors, cluster)}"
