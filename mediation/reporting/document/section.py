"""One section of a report, whatever file it goes to."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it.

    Attributes
    ----------
    heading : str
        May be empty: what stands under it then belongs to the section before it.
    depth : int
        1 for a chapter, 2 for a section of it.
    paragraphs : tuple of str
    tables : tuple of HtmlTable
    figures : tuple of NamedFigure
    terms : tuple of str
        For each paragraph the words it begins with, set in bold; empty for none.
    is_list : bool
        Whether paragraphs are the items of a list of references.
    """

    heading: str
    depth: int = 1
    paragraphs: tuple[str, ...] = ()
    tables: tuple[HtmlTable, ...] = ()
    figures: tuple[NamedFigure, ...] = ()
    terms: tuple[str, ...] = ()
    is_list: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands under the heading."""
        return not (self.paragraphs or self.tables or self.figures)
