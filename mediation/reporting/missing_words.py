"""Missing values and attrition in sentences, and in words for readers who do not see figures."""

from __future__ import annotations

from collections.abc import Mapping

from mediation.missing.attrition import Attendance, Attrition
from mediation.missing.patterns import MissingPatterns
from mediation.reporting.format import months, number, percent, whole
from mediation.reporting.missing_tables import (
    NEGLIGIBLE,
    comparison_text,
    pattern_text,
    told_patterns,
)
from mediation.reporting.wording import counted, label


def patterns_sentences(patterns: MissingPatterns, row_noun: tuple[str, str]) -> tuple[str, ...]:
    """Say how many rows are complete, and whether values go missing in one order."""
    total = f"{whole(patterns.n_rows)} {row_noun[patterns.n_rows != 1]}"
    least, most = patterns.n_complete
    if least == most == patterns.n_rows:
        return (f"All {total} have a value of every variable of the model.",)
    if patterns.is_nearly_complete:
        few = f"fewer than {patterns.minimum_cell}"
        return (f"Of {total} {few} lack a value of the model.",)
    if least == most:
        share = percent(least / patterns.n_rows)
        said = f"Of {total} {whole(least)} ({share}) have a value of every variable of the model."
    else:
        said = (
            f"Of {total} {whole(least)} to {whole(most)} have a value of every variable of the "
            "model; the pattern is among those pooled."
        )
    order = "can" if patterns.is_monotone else "cannot"
    name = "monotone" if patterns.is_monotone else "not monotone"
    return (
        said,
        f"The patterns are {name}: the variables {order} be put in an order in which whoever "
        "lacks one lacks all that follow.",
    )


def attrition_sentences(
    attrition: Attrition, labels: Mapping[str, str], row_noun: tuple[str, str]
) -> tuple[str, ...]:
    """Say who stayed, how much clusters differ, and on how many facts fidelity rests."""
    said = [_attendance_sentence(attrition, each, row_noun) for each in attrition.attendance]
    last = next((e for e in reversed(attrition.attendance) if e.clusters is not None), None)
    if last is not None:
        said.append(_cluster_sentence(attrition, last, row_noun))
    if not attrition.comparisons:
        return tuple(said)
    wave = attrition.comparisons[-1].wave
    rows = [row for row in attrition.comparisons if row.wave == wave]
    large = sorted(
        (row for row in rows if abs(row.difference) >= NEGLIGIBLE), key=lambda r: -abs(r.difference)
    )
    named = ", ".join(f"{comparison_text(r, labels)} ({number(r.difference, 2)})" for r in large)
    said.append(
        f"At {months(wave)} months those not interviewed and those interviewed differ at baseline "
        + (
            f"by {NEGLIGIBLE:g} standard deviations or more (not interviewed less interviewed) in "
            f"{named}."
            if large
            else f"by less than {NEGLIGIBLE:g} standard deviations in all that is compared."
        )
    )
    if any(row.variable == attrition.predictor for row in attrition.comparisons):
        clusters = counted(attrition.n_clusters, attrition.cluster)
        said.append(
            f"{label(attrition.predictor, labels)} is scored by "
            f"{attrition.cluster.replace('_', ' ')}: its differences rest on {clusters}, however "
            f"many {row_noun[1]} there are."
        )
    return tuple(said)


def _attendance_sentence(attrition: Attrition, each: Attendance, row_noun: tuple[str, str]) -> str:
    wave, total = months(each.wave), f"{whole(attrition.n_clients)} {row_noun[1]}"
    if each.n_interviewed is None or each.n_missed is None:
        return (
            f"How many of {total} were interviewed at {wave} months is not told: it would tell of "
            f"fewer than {attrition.minimum_cell}."
        )
    if each.n_missed == 0:
        return f"At {wave} months all {total} were interviewed."
    share = percent(each.n_interviewed / attrition.n_clients)
    said = f"At {wave} months {whole(each.n_interviewed)} of {total} ({share}) were interviewed"
    if each is attrition.attendance[-1] or each.n_back is None or each.n_gone is None:
        return f"{said}."
    return (
        f"{said}; of the {whole(each.n_missed)} others {whole(each.n_back)} were interviewed later "
        f"and {whole(each.n_gone)} not seen again."
    )


def _cluster_sentence(attrition: Attrition, each: Attendance, row_noun: tuple[str, str]) -> str:
    shares = each.clusters
    assert shares is not None
    everyone = shares.n_clusters == attrition.n_clusters
    where = counted(attrition.n_clusters, attrition.cluster)
    which = (
        f"In all {where}"
        if everyone
        else (
            f"In the {whole(shares.n_clusters)} of {where} without a count of 1 to "
            f"{attrition.minimum_cell - 1} {row_noun[1]}"
        )
    )
    return (
        f"{which} {percent(shares.low)} to {percent(shares.high)} (median "
        f"{percent(shares.median)}) were not interviewed at {months(each.wave)} months."
    )


def patterns_alt(
    patterns: MissingPatterns, labels: Mapping[str, str], row_noun: tuple[str, str]
) -> str:
    """Describe the figure of patterns: each with its count."""
    counts, n_other = told_patterns(patterns)
    said = [
        f"{pattern_text(patterns, position, labels)} missing: {whole(count)}"
        for position, count in enumerate(counts)
    ]
    said += [f"Other patterns: {whole(n_other)}"] if n_other else []
    return f"Patterns of missing values, {row_noun[1]} with each. {'. '.join(said)}."


def attrition_alt(attrition: Attrition, labels: Mapping[str, str]) -> str:
    """Describe the figure of standardized differences: each value, by interview."""
    parts = ["Standardized differences at baseline, not interviewed less interviewed."]
    for wave in dict.fromkeys(row.wave for row in attrition.comparisons):
        rows = [row for row in attrition.comparisons if row.wave == wave]
        values = [f"{comparison_text(row, labels)} {number(row.difference, 2)}" for row in rows]
        parts.append(f"At {months(wave)} months: {', '.join(values)}.")
    return " ".join(parts)


PATTERNS_CAPTION = (
    "Values that are missing together. Each column is a pattern, most frequent first; bars count "
    "the people who have it."
)
ATTRITION_CAPTION = (
    "Who was not interviewed: standardized differences at baseline from those interviewed. "
    f"Dashed: {NEGLIGIBLE:g}, a reading aid, not a test."
)
