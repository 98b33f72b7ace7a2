"""Missing values and attrition in tables: nothing that a small count follows from."""

from __future__ import annotations

from collections.abc import Mapping

from mediation.missing.attrition import Attendance, Attrition
from mediation.missing.baseline import Comparison, Group
from mediation.missing.patterns import MissingPatterns
from mediation.reporting.format import (
    MISSING,
    months,
    number,
    percent,
    whole,
)
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.suppression import mean_decimals
from mediation.reporting.wording import label

# A reading aid that many authors use, not a test: Austin (2009), doi:10.1002/sim.3697.
NEGLIGIBLE = 0.1
# Rarer patterns than these are told with the others.
MOST_PATTERNS = 25

_COLUMNS = (
    "Variable",
    "n interviewed",
    "Mean (SD) or share",
    "n not interviewed",
    "Their mean (SD) or share",
    "Difference",
)


def patterns_table(
    patterns: MissingPatterns,
    labels: Mapping[str, str],
    row_noun: tuple[str, str],
    title: str,
    identifier: str = "missing-patterns",
) -> HtmlTable | None:
    """Build the table of values that are missing together; None if no pattern can be shown.

    Parameters
    ----------
    patterns : MissingPatterns
    labels : mapping of str to str
        Labels of the columns.
    row_noun : (str, str)
    title : str
        Of the model, for the caption.
    identifier : str
        Of the table in the page.

    Returns
    -------
    HtmlTable or None
    """
    if not len(patterns.counts):
        return None
    noun = row_noun[1].capitalize()
    counts, n_other = told_patterns(patterns)
    texts = [pattern_text(patterns, position, labels) for position in range(len(counts))]
    if n_other:
        counts, texts = (*counts, n_other), [*texts, "Other patterns"]
    body = [
        (text, whole(count), percent(count / patterns.n_rows))
        for text, count in zip(texts, counts, strict=True)
    ]
    note = ""
    if n_other:
        note = f"Patterns of fewer than {patterns.minimum_cell} {row_noun[1]} are pooled"
        many = len(patterns.counts) > MOST_PATTERNS
        note += f", and all but the {MOST_PATTERNS} most frequent." if many else "."
    note = f"{note} {_rounding_note(patterns)}".strip()
    return HtmlTable(
        identifier,
        f"{title}: values that are missing together",
        ("Missing", noun, "Share"),
        frozenset((noun, "Share")),
        tuple(body),
        (),
        note,
    )


def missing_columns_table(
    patterns: MissingPatterns,
    labels: Mapping[str, str],
    row_noun: tuple[str, str],
    title: str,
    identifier: str = "missing-columns",
) -> HtmlTable | None:
    """Build the table of missing values by variable; None if nothing is missing or can be shown.

    Parameters
    ----------
    patterns : MissingPatterns
    labels, row_noun, title, identifier
        As for `patterns_table`.

    Returns
    -------
    HtmlTable or None
        With rare patterns pooled, from how many to how many: exact numbers, less the patterns
        shown, would tell small counts.
    """
    if not len(patterns.counts) or patterns.n_complete[0] == patterns.n_rows:
        return None
    noun = row_noun[1].capitalize()
    body = [
        (label(name, labels), missing_count(patterns, position), missing_share(patterns, position))
        for position, name in enumerate(patterns.columns)
    ]
    note = ""
    if patterns.n_other:
        note = (
            "From how many to how many: patterns of few people are pooled, and exact numbers "
            "would tell what is in the pool."
        )
    elif patterns.unit > 1:
        note = _rounding_note(patterns)
    return HtmlTable(
        identifier,
        f"{title}: missing values by variable",
        ("Variable", noun, "Share"),
        frozenset((noun, "Share")),
        tuple(body),
        (),
        note,
    )


def _rounding_note(patterns: MissingPatterns) -> str:
    if patterns.unit == 1:
        return ""
    return (
        f"Counts of incomplete rows are rounded to multiples of {patterns.unit}: beside numbers of "
        "interviews, exact ones would tell of few people."
    )


def told_patterns(patterns: MissingPatterns) -> tuple[tuple[int, ...], int]:
    """Give the rows of each pattern that is told, and of all others together."""
    counts = tuple(int(count) for count in patterns.counts)
    rest = sum(counts[MOST_PATTERNS:])
    return counts[:MOST_PATTERNS], patterns.n_other + rest


def pattern_text(patterns: MissingPatterns, position: int, labels: Mapping[str, str]) -> str:
    """Name the variables that are missing in a pattern."""
    missing = [
        label(name, labels)
        for name, is_there in zip(patterns.columns, patterns.observed[position], strict=True)
        if not is_there
    ]
    return "; ".join(missing) or "Nothing"


def missing_count(patterns: MissingPatterns, position: int) -> str:
    """How many rows lack a column, as far as may be told."""
    least, most = patterns.n_missing[position]
    return whole(least) if least == most else f"{whole(least)} to {whole(most)}"


def missing_share(patterns: MissingPatterns, position: int) -> str:
    """Give the share of rows that lack a column, as far as may be told."""
    least, most = (percent(n / patterns.n_rows) for n in patterns.n_missing[position])
    return least if least == most else f"{least} to {most}"


def attendance_table(attrition: Attrition, row_noun: tuple[str, str]) -> HtmlTable | None:
    """Build the table of interviews held and missed after the first; None for one wave only."""
    if not attrition.attendance:
        return None
    rows = (
        ("Interviewed", [each.n_interviewed for each in attrition.attendance]),
        ("Not interviewed", [each.n_missed for each in attrition.attendance]),
        ("of them interviewed later", [each.n_back for each in attrition.attendance]),
        ("of them not seen again", [each.n_gone for each in attrition.attendance]),
    )
    waves = tuple(months(each.wave) for each in attrition.attendance)
    hidden = any(count is None for _, counts in rows for count in counts)
    return HtmlTable(
        "attendance",
        f"Interviews of {whole(attrition.n_clients)} {row_noun[1]}, by months since enrollment",
        ("Months", *waves),
        frozenset(waves),
        tuple((name, *(_or_dash(count) for count in counts)) for name, counts in rows),
        (),
        "At the last interview nobody can come back: whoever was not interviewed counts as not "
        "seen again."
        + (
            f" {MISSING}: a count, or its difference to another one, is under "
            f"{attrition.minimum_cell}."
            if hidden
            else ""
        ),
    )


def attrition_table(
    attrition: Attrition, labels: Mapping[str, str], row_noun: tuple[str, str]
) -> HtmlTable | None:
    """Build the table of those not interviewed beside those interviewed, as they were at baseline.

    Parameters
    ----------
    attrition : Attrition
    labels : mapping of str to str
    row_noun : (str, str)

    Returns
    -------
    HtmlTable or None
        None if there is no comparison to show.
    """
    if not attrition.comparisons:
        return None
    sizes = {each.wave: each for each in attrition.attendance}
    body = [
        (
            comparison_text(row, labels),
            _size(row.interviewed),
            _center(row.interviewed, row.level),
            _size(row.missed),
            _center(row.missed, row.level),
            number(row.difference, 2),
        )
        for row in attrition.comparisons
    ]
    return HtmlTable(
        "attrition",
        f"{row_noun[1].capitalize()} not interviewed beside those interviewed, at baseline",
        _COLUMNS,
        frozenset(_COLUMNS[1:]),
        tuple(body),
        tuple(_heading(sizes[row.wave]) for row in attrition.comparisons),
        "Difference: not interviewed less interviewed, in standard deviations (root of the mean "
        f"of both variances). Under {NEGLIGIBLE:g} is often taken as negligible (Austin 2009, "
        "doi:10.1002/sim.3697); in small groups larger ones arise by chance. Left out is what "
        f"would describe fewer than {attrition.minimum_cell} {row_noun[1]}, or a change of so few "
        "from one interview to another.",
    )


def comparison_text(row: Comparison, labels: Mapping[str, str]) -> str:
    """Name a variable, with the level of a category.

    Examples
    --------
    >>> group = Group(9, True, 0.5, float("nan"))
    >>> comparison_text(Comparison(9.0, "gender", "", group, group, 0.0), {"gender": "Gender"})
    'Gender: other levels'
    """
    name = label(row.variable, labels)
    return name if row.level is None else f"{name}: {row.level or 'other levels'}"


def _heading(each: Attendance) -> str:
    return (
        f"{months(each.wave)} months\n{_or_dash(each.n_interviewed)} interviewed, "
        f"{_or_dash(each.n_missed)} not"
    )


def _or_dash(count: int | None) -> str:
    return MISSING if count is None else whole(count)


def _size(group: Group) -> str:
    return whole(group.n) if group.n_is_exact else f"\N{GREATER-THAN OR EQUAL TO}{whole(group.n)}"


def _center(group: Group, level: str | None) -> str:
    if level is not None:
        return percent(group.mean)
    decimals = mean_decimals(group.n, group.sd)
    return f"{number(group.mean, decimals)} ({number(group.sd, decimals)})"
