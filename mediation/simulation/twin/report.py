"""`twin.md`: how alike a twin is, what was checked, and what that does not guarantee."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from mediation.safe_text import escape_markdown
from mediation.simulation.twin.cells import ENGINE_WORDS
from mediation.simulation.twin.checks import DisclosureChecks
from mediation.simulation.twin.compare import PathRow, Row
from mediation.simulation.twin.files import ABOUT

NO_GUARANTEE = (
    "No differential privacy: the figures in `aggregates.json` are rounded, but no noise was "
    "added, and there is no bound on what they tell of a person. Who knows the values of many in "
    "the study may learn whether someone else was in it; who has all rows but one, and this seed, "
    "can find out.",
    "An aggregate can be moved by one person who is far from everyone else. Columns of clients are "
    "cut at their ends for that reason; slopes and correlations are not.",
    "Figures on fidelity speak of how clusters work. Where there are few clusters, those who know "
    "them can tell which ones stand out, although no score of a cluster is given.",
    "That no record equals a real one leaves a faint trace itself: a combination of values that "
    "the study has is not in the twin.",
    "Names of columns, labels and levels of categories are those of `study.toml`. They were not "
    "checked: read them before you share the folder.",
    "Several twins of one study, made with other seeds or after rows were added, tell more "
    "together than each alone. Share one.",
)


# What the figures of a section are, where its name alone does not say it.
SECTION_WORDS = {
    "interviews held": "share of clients interviewed",
    "margins": "columns and scores, over all interviews (shares of categories and ends of scales)",
    "share of variance": "share of the variance that lies between",
}


@dataclass(frozen=True, slots=True)
class TwinReport:
    """Everything that `twin.md` and `twin.json` say.

    Attributes
    ----------
    seed : int
    rows : tuple of Row
    paths : tuple of PathRow
    checks : DisclosureChecks
    left_out : tuple of str
        Covariates that cause nothing in the twin.
    shrunk : tuple of (str, float)
        Scores whose effects were made smaller by a factor.
    has_between : bool
        Whether b between differs from b within for any outcome.
    changes : bool
        Whether fidelity varies inside clusters.
    """

    seed: int
    rows: tuple[Row, ...]
    paths: tuple[PathRow, ...]
    checks: DisclosureChecks
    left_out: tuple[str, ...]
    shrunk: tuple[tuple[str, float], ...]
    has_between: bool
    changes: bool


def report_json(report: TwinReport) -> str:
    """Write the numbers."""
    content = {"synthetic": True, "about": ABOUT, **asdict(report)}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def report_text(report: TwinReport) -> str:
    """Write the report as Markdown.

    Parameters
    ----------
    report : TwinReport

    Returns
    -------
    str
    """
    lines = [
        "# A synthetic twin",
        "",
        f"**{ABOUT}**",
        "",
        f"Drawn with seed {report.seed}; the same study and seed write the same files, the seed "
        "without the study does not. Everything taken from the study is in `aggregates.json`; "
        "figures of the study are rounded there and here so that one person does not show in them.",
        "",
        *_alike(report.rows),
        *_paths(report),
        *_checked(report.checks),
        "## What is not guaranteed",
        "",
        *(f"- {sentence}" for sentence in NO_GUARANTEE),
        "",
        "## How it was made",
        "",
        *(f"- {sentence}" for sentence in _made(report)),
        "",
    ]
    return "\n".join(lines)


def _alike(rows: Sequence[Row]) -> Iterator[str]:
    yield from (
        "## How alike",
        "",
        "The twin is one draw, and differs from the study as another sample would.",
    )
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            words = SECTION_WORDS.get(section, section)
            yield from ("", f"| {words} | study | twin |", "|---|---|---|")
        yield f"| {escape_markdown(row.name)} | {_number(row.study)} | {_number(row.twin)} |"
    yield ""


def _paths(report: TwinReport) -> Iterator[str]:
    yield from (
        "## Estimates",
        "",
        f"Both by {ENGINE_WORDS}; standard errors in brackets. The truth of the twin is what the "
        "study estimates, pooled over its waves. The last two columns are the distance of the "
        "twin's estimate from its truth and from the study's estimate, in standard errors of the "
        "twin. Sampling alone puts an estimate within 2 of its truth in about 19 rows of 20; rows "
        "with one mediator and wave move together. It can be further from the study's, since the "
        "truth is one value for all waves.",
        "",
        "| outcome | waves | path | study | twin | truth of the twin | from truth | from study |",
        "|---|---|---|---|---|---|---|---|",
    )
    for row in report.paths:
        from_truth = "" if row.from_truth is None else _distance(row.from_truth)
        yield (
            f"| {escape_markdown(row.outcome)} | {row.waves} | {row.path} | {row.study:.3g} "
            f"({row.study_error:.2g}) | {row.twin:.3g} ({row.twin_error:.2g}) | "
            f"{'' if row.truth is None else f'{row.truth:.3g}'} | {from_truth} | "
            f"{_distance(row.from_study)} |"
        )
    yield ""


def _checked(checks: DisclosureChecks) -> Iterator[str]:
    near = checks.near
    yield from (
        "## Disclosure checks",
        "",
        "On the files as written; identifiers, clusters and dates aside, since those are invented.",
        "",
        "| looked for | found |",
        "|---|---|",
        "| clients equal to a real one in all columns and all scores at all interviews | "
        f"{checks.equal_persons} |",
        "| interviews equal to a real one in all scores and the client's columns | "
        f"{_count(checks.equal_interviews)} |",
        f"| rows of clients equal to a real one | {_count(checks.equal_clients)} |",
        "| clusters whose assessments, with the days between them, are those of a real one | "
        f"{_count(checks.equal_clusters)} |",
        f"| identifiers that the study has too | {checks.equal_identifiers} |",
        f"| fewest people or clusters behind a figure (minimum {checks.minimum}) | "
        f"{checks.smallest_cell} |",
        "",
        "Distance to the nearest real record, all columns and scores together, in standard "
        "deviations (a category: 0 or 1), median and the value that one in ten fall below:",
        "",
        "| from | median | one in ten |",
        "|---|---|---|",
        f"| a record of the twin | {near.twin_median:.3g} | {near.twin_low:.3g} |",
        f"| a real record, to another one | {near.study_median:.3g} | {near.study_low:.3g} |",
        "",
        "A twin that copied would be much nearer than real records are to each other.",
        "",
    )


def _made(report: TwinReport) -> Iterator[str]:
    yield (
        "Structural equations are linear, and errors are such that scores as written have exactly "
        "the expected values of the equations, ceiling and rounding included: the truth in "
        "`truth.json` is what estimators find on average."
    )
    if report.changes:
        yield (
            "Fidelity varies inside clusters: the mediator acts alike inside and between clusters, "
            "since another slope between them is not defined there."
        )
    elif not report.has_between:
        yield (
            "The mediator acts alike inside and between clusters: the study tells too little of a "
            "difference."
        )
    else:
        yield (
            "The difference of the mediator's slopes between and inside clusters is that of the "
            "study, drawn toward zero by what its standard error leaves open."
        )
    yield (
        "Scores at the first wave, and who leaves, do not depend on fidelity; columns of clients "
        "do not differ between clusters beyond chance; categories do not depend on other columns. "
        "Where the study is otherwise, the twin is not like it."
    )
    yield (
        "Mediator and first scores correlate inside clusters as in the study, where the models "
        "hold first scores; effects of clusters on them do not correlate. A correlation of "
        "mediator and outcome can so be lower than in the study (by 0.01 to 0.03 on average in "
        "trial studies; by 0.08 where the mediator's own first score is a covariate), and differs "
        "from twin to twin, while the paths are kept."
    )
    yield (
        "Everyone has a first interview. Calendar and sizes of clusters are drawn, not kept; a "
        "client has one team, and at most two case managers."
    )
    for name, factor in report.shrunk:
        yield (
            f"Scores of `{name}` lie so near an end of their scale that linear effects have no "
            f"room: all effects on it are {factor:.2g} of the study's."
        )
    if report.left_out:
        names = ", ".join(f"`{name}`" for name in report.left_out)
        yield f"Not in the equations of the twin, and so without a slope: {names}."


def _number(value: float | None) -> str:
    return "too few" if value is None else f"{value:.3g}"


def _distance(value: float) -> str:
    """Write a distance with its sign, and 0.0 with none."""
    text = f"{value:+.1f}"
    return text if float(text) else "0.0"


def _count(value: int | None) -> str:
    return (
        "not counted: more than a tenth, as chance has it; too few values to tell anyone apart"
        if (value is None)
        else str(value)
    )
