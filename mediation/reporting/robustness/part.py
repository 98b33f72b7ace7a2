"""One part of the chapter on robustness, as tables, figures and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.plain_values import Json


@dataclass(frozen=True, slots=True)
class RobustnessPart:
    """What one question to the answer found, for one entry of the manifest.

    Attributes
    ----------
    identifier : str
        Small letters and hyphens, unique in the report: "confounding-1" for the first entry.
    question : str
        The heading, as a reader asks it: "Could an unmeasured common cause explain b?".
    answer : str
        One or two sentences that the table at the head of the chapter shows. They claim no more
        than the numbers do.
    paragraphs : tuple of str
        What was done and how to read it, in plain words, with the source by author and year.
    tables : tuple of HtmlTable
    figures : tuple of NamedFigure
        Of kind "robustness"; names begin with "robustness-".
    overturns : bool or None
        Whether the finding of at least one model (zero inside or outside its interval) changes
        under what this part supposes; None if that cannot be said.
    """

    identifier: str
    question: str
    answer: str
    paragraphs: tuple[str, ...]
    tables: tuple[HtmlTable, ...] = ()
    figures: tuple[NamedFigure, ...] = ()
    overturns: bool | None = None


@dataclass(frozen=True, slots=True)
class PartWriter:
    """How one part is written.

    Attributes
    ----------
    name : str
        Key in `results.json`, the field of `Robustness` and the beginning of the identifier.
    part : callable
        (contents, entry, position) -> RobustnessPart, or None where no cell has this part;
        `position` counts entries from 1.
    data : callable
        (robustness of a cell, smallest count shown) -> plain values for `results.json`, or None.
    """

    name: str
    part: Callable[[ReportContents, Entry, int], RobustnessPart | None]
    data: Callable[[Robustness, int], Json | None]
