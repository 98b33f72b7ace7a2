"""The AGReMA checklist: which of its 25 items a report fills and where, which the author writes.

Items are those of Lee et al. (2021), A Guideline for Reporting Mediation Analyses, JAMA 326,
1045-1056. Their names and every word here are this package's: compare them with the published
checklist before numbers of items go into a manuscript.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

WARNING = (
    "Items are named in this package's words, after AGReMA (Lee et al., 2021). Compare names and "
    "numbers with the published checklist (agrema-statement.org) before they go into a manuscript."
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist.

    Attributes
    ----------
    number : int
    name : str
    chapters : tuple of str
        `id` of the chapters of the report that fill it; empty where none does.
    author : str
        What is left for the author to write; empty if nothing.
    """

    number: int
    name: str
    chapters: tuple[str, ...]
    author: str


def checklist(chapters: Collection[str]) -> tuple[Item, ...]:
    """Give the 25 items with the chapters of a report that fill them.

    Parameters
    ----------
    chapters : collection of str
        `id` of the chapters that this report has.

    Returns
    -------
    tuple of Item
        In their order, each with the chapters that exist.

    Examples
    --------
    >>> found = checklist({"effects", "paths"})
    >>> len(found), found[17].chapters
    (25, ('effects', 'paths'))
    """
    return tuple(
        Item(number, name, tuple(c for c in where if c in chapters), author)
        for number, (name, where, author) in enumerate(_ITEMS, start=1)
    )


_ITEMS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Title", (), "Say in the title that it is a mediation analysis."),
    ("Abstract", (), "Give design, effects with intervals, and the main assumption."),
    ("Background and rationale", (), "Say why the mediator is thought to carry the effect."),
    ("Objectives", (), "Say whether effects were to be tested or estimated."),
    ("Registration", (), "Give the registration or protocol, or say that there is none."),
    ("Design and source of data", ("participants",), "Describe setting, period and recruitment."),
    ("Participants", ("participants",), "Give criteria of inclusion and where people came from."),
    ("Sample size", ("participants", "detectable"), "Say how the sample size came about."),
    ("Effects of interest", ("effects", "methods"), "Say why these effects answer the question."),
    (
        "Assumed causal model",
        ("paths", "assumptions"),
        "Draw the causes that were considered and not measured.",
    ),
    ("Causal assumptions", ("assumptions",), "Argue for each in your setting."),
    (
        "Measurement",
        ("measures", "fidelity"),
        "Say who measured what and when, and what they knew.",
    ),
    ("Levels of measurement", ("measures", "fidelity", "components"), ""),
    ("Statistical methods", ("methods", "components", "missing"), ""),
    ("Sensitivity analyses", ("robustness", "specifications"), "Say which were planned."),
    ("Ethics", (), "Give approval and consent."),
    ("Flow of participants", ("participants", "missing"), ""),
    ("Outcomes and estimates", ("effects", "paths"), ""),
    ("Sensitivity parameters", ("robustness", "specifications"), ""),
    ("Limitations", ("limits", "assumptions"), "Say which of them matter most here."),
    ("Interpretation", ("answer",), "Set the intervals beside what was known before."),
    ("Implications", (), "Say what follows for practice, and what does not."),
    ("Funding", (), "Name sources of funding and their part in the work."),
    ("Conflicts of interest", (), "Declare them."),
    ("Data and code", ("again",), "Say where data, or a twin of them, and code can be had."),
)
