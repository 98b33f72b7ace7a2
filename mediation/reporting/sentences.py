"""Sentences of the report. None claims more than its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.inference.interval import Estimate
from mediation.reporting.contents import ReportContents
from mediation.reporting.format import (
    NO_LIMITS,
    conf_level,
    estimate_decimals,
    has_limits,
    interval,
    number,
    p_phrase,
    percent,
    point,
    point_and_interval,
    whole,
)
from mediation.reporting.headline_rows import Headline
from mediation.reporting.suppression import Histogram
from mediation.reporting.wording import (
    counted,
    innermost,
    label,
    plural,
    waves_text,
)
from mediation.vocabulary import EffectName, EffectStatus

CEILING_WARNING = 0.15


def size_sentence(contents: ReportContents) -> str:
    """How many rows and clusters the study has, innermost clusters first."""
    rows = contents.row_noun[1]
    if contents.n_rows is not None:
        rows = f"{whole(contents.n_rows)} {contents.row_noun[contents.n_rows != 1]}"
    levels = [counted(count, name) for name, count in reversed(contents.n_by_level)]
    if not levels:
        return f"The study has {rows}, taken as independent of each other."
    return f"The study has {rows} in {' of '.join(levels)}."


def excludes_zero(value: Estimate) -> bool:
    """Whether both limits lie on one side of zero; false without limits."""
    return value.conf_low > 0 or value.conf_high < 0


def rejects_none(value: Estimate, level: float) -> bool:
    """Whether an analysis excludes zero: by its limits, or by p where a test gives none."""
    if has_limits(value):
        return excludes_zero(value)
    # Rounded, since 1 - 0.95 is a little more than 0.05.
    return value.p_value < round(1 - level, 12)


def interval_reading(value: Estimate) -> str:
    """Say what an interval allows one to say.

    Examples
    --------
    >>> interval_reading(Estimate(0.1, 0.1, 11.0, -0.12, 0.31, 0.3, "t", 0))
    'The data are compatible with effects from \u22120.12 to 0.31, including none.'
    """
    if not has_limits(value):
        return "There is no interval, so nothing can be said about the size of the effect."
    if math.isinf(value.conf_low) and math.isinf(value.conf_high):
        return "The data are compatible with effects of any size, including none."
    decimals = estimate_decimals(value)
    span = f"from {number(value.conf_low, decimals)} to {number(value.conf_high, decimals)}"
    if excludes_zero(value):
        side = "positive" if value.conf_low > 0 else "negative"
        return f"The data are compatible with {side} effects {span}."
    return f"The data are compatible with effects {span}, including none."


def headline_sentence(headline: Headline, labels: Mapping[str, str]) -> str:
    """State the headline effect of one model, with its interval and adjusted p-value."""
    row, cell = headline.row, headline.cell
    model = cell.result.fit.model
    place = label(cell.outcome, labels)
    if cell.waves is not None:
        place = f"{place} ({waves_text(cell.waves)})"
    if row.status is not EffectStatus.DEFINED:
        return f"{place}: {row.status.value}."
    if math.isnan(row.value.estimate):
        return f"{place}: no estimate. {cell.result.fit.convergence.value}".rstrip()
    level = conf_level(cell.result.conf_level)
    holm = headline.p_holm
    is_one_of_several = sum(len(each.headline_p_holm) for each in headline.entry.cells) > 1
    adjusted = f", Holm-adjusted {p_phrase(holm)}" if is_one_of_several else f", {p_phrase(holm)}"
    if row.mediator is not None and len(model.mediators) > 1:
        place += f", through {lower_label(row.mediator, labels)}"
    reading = interval_reading(row.value)
    if excludes_zero(row.value) and row.mediator is not None:
        reading += _consistent(lower_label(row.mediator, labels), cell.waves is not None)
    if excludes_zero(row.value) and row.effect is EffectName.TOTAL_INDIRECT:
        reading += _consistent("the mediators together", cell.waves is not None)
    limits = f"{level} interval {interval(row.value)}" if has_limits(row.value) else NO_LIMITS
    return (
        f"{place}: {point(row.value)} points per point of {label(model.predictor, labels)} "
        f"({limits}{adjusted}). {reading}"
    )


def _consistent(mediator: str, is_ordered: bool) -> str:
    """Say what an indirect effect other than zero fits with, and on what condition."""
    if is_ordered:
        return f" This is consistent with mediation through {mediator}."
    return (
        f" This would be consistent with mediation through {mediator} only if the predictor came "
        "before it and it came before the outcome, which these data do not show."
    )


def blind_sentence(headline: Headline, row_noun: tuple[str, str]) -> str:
    """Say what an analysis that ignores clusters would have said instead."""
    cluster = innermost(headline.cell.result)
    if cluster is None:
        return f"The declared analysis itself takes {row_noun[1]} as independent."
    if headline.blind is None:
        return f"An analysis blind to {plural(cluster)} could not be made."
    row, blind = headline.row.value, headline.blind.value
    if headline.row.status is not EffectStatus.DEFINED:
        return ""
    if math.isnan(blind.estimate):
        return f"An analysis blind to {plural(cluster)} gives no number here."
    text = f"An analysis blind to {plural(cluster)} would have said {point_and_interval(blind)}"
    width, other = row.conf_high - row.conf_low, blind.conf_high - blind.conf_low
    if width > 0 and math.isfinite(width) and other > 0:
        ratio = other / width
        wide = "about" if 0.95 <= ratio <= 1.05 else f"{number(ratio, 2)} times"
        text += f", an interval {wide} as wide"
    if excludes_zero(blind) and not excludes_zero(row):
        return f"{text}, and would have excluded zero."
    if excludes_zero(row) and not excludes_zero(blind):
        return f"{text}, and would not have excluded zero."
    return f"{text}."


def finding_sentence(headlines: tuple[Headline, ...]) -> str:
    """Say in how many headline rows the interval excludes zero, and what follows from that."""
    defined = _defined(headlines)
    if not defined:
        return "The declared headline has no estimate in these data; the table says why."
    effect = str(defined[0].row.effect.value).replace("_", " ")
    level = defined[0].cell.result.conf_level
    declared = sum(rejects_none(h.row.value, level) for h in defined)
    said = f"{_count_of(declared, len(defined), f'of the {effect} effect')} zero."
    if not all(has_limits(h.row.value) for h in defined):
        said = _count_of_tests(declared, len(defined), effect, level)
    if not declared:
        what = "effect" if len(defined) == 1 else "effects"
        said += f" These data cannot tell the {what} from none."
    return said


def blind_count_sentence(headlines: tuple[Headline, ...], clusters: str) -> str:
    """Say in how many headline rows an analysis blind to clusters would exclude zero."""
    defined = _defined(headlines)
    if not defined:
        return ""
    if not defined[0].cell.result.fit.model.clusters:
        return "The analysis takes rows as independent."
    blind = [h.blind for h in defined if h.blind is not None]
    if not blind:
        return ""
    level = defined[0].cell.result.conf_level
    would = sum(rejects_none(row.value, level) for row in blind)
    if len(blind) > 1 and would in (0, len(blind)):
        verb, where = ("would", "all") if would else ("would not", "any")
        return f"An analysis blind to {clusters} {verb} have excluded zero in {where}."
    if len(blind) == 1:
        verb = "would" if would else "would not"
        return f"An analysis blind to {clusters} {verb} have excluded zero."
    return f"An analysis blind to {clusters} would have excluded zero in {would} of {len(blind)}."


def _defined(headlines: tuple[Headline, ...]) -> list[Headline]:
    return [h for h in headlines if not math.isnan(h.row.value.estimate)]


def _count_of(found: int, total: int, what: str) -> str:
    """Begin a sentence with how many intervals exclude zero."""
    if total == 1:
        return f"The interval {what} {'excludes' if found else 'includes'}"
    if found in (0, total):
        return f"{'None' if not found else 'All'} of the {total} intervals {what} " + (
            "exclude" if found else "excludes"
        )
    return f"{found} of the {total} intervals {what} {'excludes' if found == 1 else 'exclude'}"


def _count_of_tests(found: int, total: int, effect: str, level: float) -> str:
    """Say how many tests tell an effect from none, where there are no limits."""
    size = significance(level)
    if total == 1:
        return f"The test of the {effect} effect has p {'<' if found else '≥'} {size}."
    some = {0: "None", total: "All"}.get(found, str(found))
    return f"{some} of the {total} tests of the {effect} effect {_have(found)} p < {size}."


def significance(level: float) -> str:
    """Write the p-value that goes with a confidence level.

    Examples
    --------
    >>> significance(0.95), significance(0.9)
    ('.05', '.1')
    """
    return number(1 - level, 3).rstrip("0").removeprefix("0")


def _have(found: int) -> str:
    return "has" if found < 2 else "have"


def has_high_ceiling(bins: Histogram) -> bool:
    """Whether more than 15% of scores are at the top of the scale."""
    return bins.at_ceiling is not None and bins.at_ceiling / bins.n > CEILING_WARNING


def ceiling_sentence(name: str, where: str, bins: Histogram, minimum: int) -> str:
    """Give the share of scores at the top of the scale."""
    place = f"{name} {where}".strip()
    if bins.ceiling_is_small:
        return f"{place}: fewer than {minimum} at the ceiling."
    if bins.at_ceiling is None:
        return f"{place}: the scale has no stated maximum."
    share = bins.at_ceiling / bins.n
    return f"{place}: {percent(share)} at the ceiling."


def ceiling_warning(name: str, shares: tuple[float, ...]) -> str:
    """Warn of scores that pile up at the top of the scale.

    Examples
    --------
    >>> ceiling_warning("Working alliance", (0.2, 0.23))
    'Working alliance: 20% to 23% at the ceiling. Differences among the highest scores are lost: \
paths to it come out too small, paths from it too large.'
    """
    span = " to ".join(dict.fromkeys((percent(min(shares)), percent(max(shares)))))
    return (
        f"{name}: {span} at the ceiling. Differences among the highest scores are lost: "
        "paths to it come out too small, paths from it too large."
    )


def truth_sentence(true: float, value: Estimate) -> str:
    """Whether an interval holds the known truth.

    Examples
    --------
    >>> truth_sentence(0.2, Estimate(0.1, 0.1, 11.0, -0.12, 0.31, 0.3, "t", 0))
    'holds the truth'
    """
    if not has_limits(value):
        return "no interval"
    return "holds the truth" if value.conf_low <= true <= value.conf_high else "misses the truth"


def lower_label(name: str, labels: Mapping[str, str]) -> str:
    """Give a label inside a sentence: a capitalized word becomes lower case, names stay."""
    text = label(name, labels)
    # A capital letter after the first is that of an acronym or of the name of an instrument.
    return text if text[1:] != text[1:].lower() else text[:1].lower() + text[1:]
