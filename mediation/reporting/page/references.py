"""The works that the words of a report name, as a list of references."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from tomllib import loads


@cache
def _works() -> tuple[tuple[str, int, str], ...]:
    """First author's family name, year and text of every reference, in their order."""
    text = files(__package__).joinpath("references.toml").read_text(encoding="utf-8")
    return tuple((work["author"], work["year"], work["text"]) for work in loads(text)["works"])


def references_in(texts: Iterable[str]) -> tuple[str, ...]:
    """List the works that texts name by author and year, in the order of their authors.

    Parameters
    ----------
    texts : iterable of str

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> references_in(["degrees of freedom of Kenward & Roger (1997)"])[0][:32]
    'Kenward, M. G., & Roger, J. H. ('
    """
    whole = " ".join(texts)
    return tuple(
        text
        for name, year, text in _works()
        if re.search(rf"\b{name}\b(?:[^.;]|al\.){{0,60}}?\b{year}\b", whole)
    )
