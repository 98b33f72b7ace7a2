"""The chapters of a report, and how other places of the page refer to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mediation.reporting.robustness.part import RobustnessPart

# Parts with a chapter of their own, which are not among the questions to the answer.
APART = ("diagnostics", "detectable", "specifications")
_TITLES = (
    ("participants", "Participants and flow"),
    ("missing", "Missing values"),
    ("measures", "Measures"),
    ("fidelity", "Predictor over time"),
    ("effects", "Models and effects"),
    ("paths", "Paths"),
    ("alternatives", "What other analyses would have said"),
    ("components", "Intervals and degrees of freedom"),
    ("diagnostics", "Do the models describe the data?"),
    ("detectable", "The smallest effect this design could have shown"),
    ("robustness", "What could overturn the answer"),
    ("specifications", "All analyses declared defensible"),
    ("truth", "Known truth"),
    ("assumptions", "Assumptions and limits"),
    ("checklist", "Reporting checklist (AGReMA)"),
    ("methods", "Methods, ready to paste"),
    ("references", "References"),
    ("again", "Making these numbers again"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the page: its `id` and how links name it."""

    anchor: str
    title: str


def chapters(there: Mapping[str, bool]) -> dict[str, Place]:
    """List the chapters of a report in their order.

    Parameters
    ----------
    there : mapping of str to bool
        Whether the report has a chapter; those not named are always there.

    Returns
    -------
    dict of str to Place

    Examples
    --------
    >>> list(chapters({"truth": False}))[-3:]
    ['methods', 'references', 'again']
    """
    return {name: Place(name, title) for name, title in _TITLES if there.get(name, True)}


def places(known: Mapping[str, Place], parts: Sequence[RobustnessPart]) -> dict[str, Place]:
    """Add the parts on robustness of one entry to the chapters, by the names of their writers."""
    named = {part_name(part): Place(part_anchor(part), part.question) for part in parts}
    return {**named, **known}


def resolve(names: Iterable[str], known: Mapping[str, Place]) -> tuple[Place, ...]:
    """Give the places of those names that the page has."""
    return tuple(known[name] for name in names if name in known)


def part_anchor(part: RobustnessPart) -> str:
    """Give the `id` of a part in the page, apart from those of its tables."""
    return f"part-{part.identifier}"


def part_name(part: RobustnessPart) -> str:
    """Give the name of the writer of a part, from its identifier."""
    return part.identifier.rpartition("-")[0].replace("-", "_")


def asked(parts: Sequence[RobustnessPart]) -> tuple[RobustnessPart, ...]:
    """Give the parts that put a question to the answer."""
    return tuple(part for part in parts if part_name(part) not in APART)
