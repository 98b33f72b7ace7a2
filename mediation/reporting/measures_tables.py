"""Tables and sentences of the report on instruments: what was asked, and how well it measures."""

from __future__ import annotations

from collections.abc import Iterator

from mediation.instruments.coefficients import Coefficient
from mediation.instruments.extremes import WARNING_SHARE, Extremes
from mediation.instruments.instrument import InstrumentKind, Rater, cautions
from mediation.instruments.measure import Measurement
from mediation.instruments.reliability import Reliability
from mediation.instruments.scale import items_of, range_of
from mediation.linkage.measures import ScaleMeasures
from mediation.reporting.format import MISSING, number, percent, small_count, whole
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.suppression import mean_decimals
from mediation.reporting.wording import plural
from mediation.vocabulary import Metric

_RATERS = {
    "client": "Client",
    "case_manager": "Case manager",
    "interviewer": "Interviewer",
    "reviewer": "Reviewer",
    "not_stated": "Not stated",
}


def instruments_table(scales: tuple[ScaleMeasures, ...]) -> HtmlTable | None:
    """Build the table of instruments; None where nothing is scored from items."""
    if not scales:
        return None
    return HtmlTable(
        "instruments",
        "Instruments and how they were scored",
        ("Score", "Instrument", "Items", "Range", "Rated by", "Made up for", "Scoring key"),
        frozenset(("Items", "Range")),
        tuple(_instrument_row(scale) for scale in scales),
        note="Made up for: greatest share of missing items for which the mean of the answered "
        "items stands; with more, the score is missing. A key is unverified where a fact of it was "
        "not read in a source: compare it with the form that was used.",
    )


def _instrument_row(scale: ScaleMeasures) -> tuple[str, ...]:
    key = scale.instrument
    part = f", {scale.subscale}" if scale.subscale else ""
    n_items, limits, most = _scoring(scale)
    return (
        scale.label,
        f"{key.name}, {key.version}{part}",
        n_items,
        limits,
        _RATERS[key.rater.value],
        f"up to {percent(most)}" if most else "none",
        "verified" if key.verified else "unverified",
    )


def _scoring(scale: ScaleMeasures) -> tuple[str, str, float]:
    """Give the number of items, the range, and the share of missing items made up for."""
    key, found = scale.instrument, scale.at[0][1] if scale.at else None
    if key.kind is InstrumentKind.GOALS:
        return "goals", "0 to 1 (share attained)", key.max_missing
    low, high = range_of(key, found.metric if found else None, scale.subscale)
    metric = found.metric if found else key.metric
    kind = "mean" if metric is Metric.MEAN else "sum"
    items = found.items if found else items_of(key, scale.subscale)
    most = found.max_missing if found else key.max_missing
    return str(len(items)), f"{low:g} to {high:g} ({kind})", most


def reliability_table(scales: tuple[ScaleMeasures, ...], minimum: int) -> HtmlTable | None:
    """Build the table of means, reliability and extremes; None where nothing is scored."""
    body, groups = [], []
    for scale in scales:
        for wave, found in scale.at:
            body.append(_reliability_row(wave, found, minimum))
            level = f"\nclusters: {plural(scale.cluster)}" if scale.cluster else ""
            groups.append(f"{scale.label}{level}")
    if not body:
        return None
    columns = (
        *("Months", "n", "Mean (SD)", "Alpha", "Omega", "Alpha within", "Omega within"),
        *("ICC(1)", "ICC(2)", "Item-rest r", "Floor", "Ceiling"),
    )
    return HtmlTable(
        "reliability",
        "Scores and their reliability",
        columns,
        frozenset(columns),
        tuple(body),
        tuple(groups),
        "Alpha and omega (one factor) with 95% intervals that take rows as independent, from rows "
        "without a missing item. Within: of deviations from the means of clusters. ICC(1): "
        "share of the score's variance between clusters; ICC(2): reliability of a cluster's mean. "
        "Item-rest r: lowest and highest correlation of an item with the sum of the others. "
        f"<{minimum}: fewer than {minimum} people; \u2265: fewer than {minimum} have no score.",
    )


def _reliability_row(wave: float | None, found: Measurement, minimum: int) -> tuple[str, ...]:
    ends = found.extremes
    where = "All" if wave is None else f"{wave:g}"
    if ends.n < minimum:
        return (where, small_count(ends.n, minimum), *[MISSING] * 10)
    return (
        where,
        shown_n(found, minimum),
        _mean_and_sd(found, minimum),
        *_reliability_cells(found.reliability, minimum),
        shown_end(ends.n_floor, ends.n, minimum),
        shown_end(ends.n_ceiling, ends.n, minimum),
    )


def _reliability_cells(reliability: Reliability, minimum: int) -> tuple[str, ...]:
    """Give coefficients, if enough rows answered every item."""
    levels = reliability.levels
    rest = [float(r) for r in reliability.item_rest if r == r]
    if reliability.n_rows < minimum:
        return (MISSING,) * 7
    return (
        _coefficient(reliability.alpha),
        _coefficient(reliability.omega),
        MISSING if levels is None else number(levels.alpha_within.value),
        MISSING if levels is None else number(levels.omega_within.value),
        MISSING if levels is None else number(levels.intraclass.icc1),
        MISSING if levels is None else number(levels.intraclass.icc2),
        f"{number(min(rest))} to {number(max(rest))}" if rest else MISSING,
    )


def shown_n(found: Measurement, minimum: int) -> str:
    """Give the number of scores, unless few rows have none: the report counts all rows, too."""
    n_rows, n = len(found.scored.values), found.extremes.n
    return f"\u2265{whole(n_rows - minimum + 1)}" if 0 < n_rows - n < minimum else whole(n)


def _mean_and_sd(found: Measurement, minimum: int) -> str:
    decimals = mean_decimals(least_n(found, minimum), found.sd)
    return f"{number(found.mean, decimals)} ({number(found.sd, decimals)})"


def least_n(found: Measurement, minimum: int) -> int:
    """Give the number of scores, or the fewest there may be where that is hidden."""
    n_rows, n = len(found.scored.values), found.extremes.n
    return n_rows - minimum + 1 if 0 < n_rows - n < minimum else n


def _coefficient(value: Coefficient) -> str:
    if value.status.value:
        return MISSING
    return f"{number(value.value)} [{number(value.conf_low)}, {number(value.conf_high)}]"


def shown_end(count: int, n: int, minimum: int) -> str:
    """Give a share at an end of the range, unless it or its complement is of few people."""
    if 0 < count < minimum:
        return f"<{minimum}"
    return MISSING if 0 < n - count < minimum else percent(count / n)


def measures_warnings(scales: tuple[ScaleMeasures, ...]) -> Iterator[str]:
    """Say what a reader must know of the scales before reading results.

    Parameters
    ----------
    scales : tuple of ScaleMeasures

    Yields
    ------
    str
        Cautions of the keys, each once with the scores it is of; more than 15% at an end of the
        range; items that go against the others.
    """
    concerned: dict[str, list[str]] = {}
    for scale in scales:
        for caution in cautions(scale.instrument, scale.is_predictor):
            concerned.setdefault(caution, []).append(scale.label)
    for caution, labels in concerned.items():
        yield f"{', '.join(labels)}: {caution}"
    for scale in scales:
        for end, is_reached in (("lowest", _is_floored), ("highest", _is_ceilinged)):
            # Ceilings of interviews have a warning of their own, beside the distributions.
            waves = [
                wave
                for wave, ends in scale.ends
                if is_reached(ends) and (end == "lowest" or wave is None)
            ]
            if waves:
                yield (
                    f"{scale.label}: more than {percent(WARNING_SHARE)} of scores are the {end} "
                    f"possible one{_at(waves)}. Differences beyond the scale's end are lost, which "
                    "shrinks paths."
                )
        odd: dict[str, list[float | None]] = {}
        for wave, found in scale.at:
            for item in found.items_against_the_rest:
                odd.setdefault(item, []).append(wave)
        for item, waves in odd.items():
            if len(waves) > len(scale.at) / 2:
                yield (
                    f"{scale.label}: item {item} goes against the other items{_at(waves)}. "
                    "Perhaps it is to be reversed, or is so already in the file."
                )


def unverified_warning(scales: tuple[ScaleMeasures, ...]) -> str:
    """Say how many scoring keys are unverified; empty if none is."""
    names = [scale.label for scale in scales if not scale.instrument.verified]
    if not names:
        return ""
    keys = (
        "The scoring key of one score is"
        if len(names) == 1
        else (f"The scoring keys of {len(names)} scores are")
    )
    return f"{keys} unverified ({', '.join(names)}): see Measures."


def _is_floored(ends: Extremes) -> bool:
    return ends.is_floored


def _is_ceilinged(ends: Extremes) -> bool:
    return ends.is_ceilinged


def _at(waves: list[float | None]) -> str:
    named = [f"{wave:g}" for wave in waves if wave is not None]
    return f" (at {', '.join(named)} months)" if named else ""


def substitution_sentences(scales: tuple[ScaleMeasures, ...], minimum: int) -> Iterator[str]:
    """Say of how many rows missing items were made up for, and how many have no score."""
    for scale in scales:
        counts = scale.counts
        is_goals = scale.instrument.kind is InstrumentKind.GOALS
        told = []
        if counts.n_substituted:
            n = small_count(counts.n_substituted, minimum)
            stands = (
                "the share among the goals known stands for all"
                if is_goals
                else "the mean of the answered items stands for missing ones"
            )
            told.append(f"{stands} in {n} {_forms(scale)}")
        if counts.n_too_many:
            n = small_count(counts.n_too_many, minimum)
            of = "" if told else f" {_forms(scale)}"
            lack = "goals that are not known" if is_goals else "missing items"
            told.append(f"{n}{of} have too many {lack} and no score")
        if told:
            yield f"{scale.label}: {'; '.join(told)}."


def _forms(scale: ScaleMeasures) -> str:
    """Name what a score is made of: reviews of goals, assessments, or questionnaires."""
    if scale.instrument.kind is InstrumentKind.GOALS:
        return "reviews of goals"
    return "assessments" if scale.instrument.rater is Rater.REVIEWER else "questionnaires"
