"""Tables of the report as HTML, made by great_tables and styled by the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from great_tables import GT
from markupsafe import Markup, escape

from mediation.errors import ReportError


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """A table of texts.

    Attributes
    ----------
    identifier : str
        The `id` of the table in the page.
    caption : str
    columns : tuple of str
        The first is the label of the row.
    numeric : frozenset of str
        Columns set flush right.
    rows : tuple of tuple of str
    groups : tuple of str
        A heading for each row, with a quieter second line after a line break if there is one.
        Neighboring rows with one heading form a group. Empty for none.
    note : str
    keys : tuple of str
        For each row what it belongs to elsewhere in the page, as `data-path`; empty for nothing.
    """

    identifier: str
    caption: str
    columns: tuple[str, ...]
    numeric: frozenset[str]
    rows: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...] = ()
    note: str = ""
    keys: tuple[str, ...] = ()


def render_table(table: HtmlTable) -> Markup:
    """Render a table with escaped cells, a caption and scoped headings.

    Parameters
    ----------
    table : HtmlTable

    Returns
    -------
    Markup
        A scrollable box with the table, the same for the same table.

    Raises
    ------
    ReportError
        If a row has not one cell per column.
    """
    _check(table)
    keys = [f"c{position}" for position in range(len(table.columns))]
    frame = pd.DataFrame(list(table.rows), columns=keys, dtype="object")
    group = None
    if table.groups:
        group = "group"
        frame[group] = _numbered(table.groups)
    made = GT(frame, id=table.identifier, rowname_col=keys[0], groupname_col=group)
    made = made.cols_label(dict(zip(keys[1:], table.columns[1:], strict=True)))
    made = made.tab_stubhead(label=table.columns[0])
    right = [key for key, name in zip(keys, table.columns, strict=True) if name in table.numeric]
    left = [key for key in keys[1:] if key not in right]
    if right:
        made = made.cols_align(align="right", columns=right)
    if left:
        made = made.cols_align(align="left", columns=left)
    return _adapt(made.as_raw_html(), table)


_NUMBER = "\u2063"


def _numbered(groups: Sequence[str]) -> list[str]:
    """Invisible separators keep groups apart that have one heading but do not touch."""
    numbered: list[str] = []
    count = 0
    for position, name in enumerate(groups):
        if position and groups[position - 1] != name:
            count += 1
        numbered.append(name + _NUMBER * count)
    return numbered


def _adapt(html: str, table: HtmlTable) -> Markup:
    """Take the markup without the inline style, so that the page alone decides the look."""
    html = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    found = re.search(r"<table.*</table>", html, flags=re.DOTALL)
    if found is None:
        raise ReportError(
            "The table library must return a <table>. It returned none. "
            "Install the versions of requirements.lock."
        )
    body = found.group(0).replace(_NUMBER, "")
    # The second line of a group heading is set apart from the first.
    body = re.sub(
        r'(<th class="gt_group_heading"[^>]*>[^<\n]*)\n([^<]*)</th>',
        r'\1 <span class="under">\2</span></th>',
        body,
    )
    # `scope` ties headings to cells; the library's ids repeat where labels repeat.
    body = re.sub(r'(<(?:th|td|tr)\b[^>]*?) (?:id|headers)="[^"]*"', r"\1", body)
    body = re.sub(r"<table[^>]*>", "", body, count=1).removesuffix("</table>")
    body = re.sub(r' (?:rowspan|colspan)="1"', "", body)
    note = f'<p class="table-note">{escape(table.note)}</p>' if table.note else ""
    caption = f"<caption><span>{escape(table.caption)}</span></caption>"
    body = _with_keys(body, table.keys)
    lines = [line.rstrip() for line in body.splitlines() if line.strip()]
    return Markup(
        f'<div class="table-box" tabindex="0" role="region" aria-label="{escape(table.caption)}">\n'
        f'<table id="{escape(table.identifier)}" class="gt_table">\n{caption}\n'
        + "\n".join(lines)
        + f"\n</table></div>{note}"
    )


def _with_keys(body: str, keys: Sequence[str]) -> str:
    """Mark the rows of the body of a table with what they belong to."""
    if not keys:
        return body
    head, rest = body.split("<tbody", 1)
    given = iter(keys)
    # Headings of groups have a class of their own; every other row is one of the table's.
    rest = re.sub(r"<tr>", lambda _: f'<tr data-path="{escape(next(given))}">', rest)
    return f"{head}<tbody{rest}"


def _check(table: HtmlTable) -> None:
    wrong = [row for row in table.rows if len(row) != len(table.columns)]
    if wrong or (table.groups and len(table.groups) != len(table.rows)):
        raise ReportError(
            f"Table `{table.identifier}` must have {len(table.columns)} cells in each row and one "
            f"heading for each row. Found {len(wrong)} rows of another length and "
            f"{len(table.groups)} headings for {len(table.rows)} rows. Give every row all cells."
        )
