"""Sentences on how the numbers came about and what they cannot show."""

from __future__ import annotations

import math

from mediation.inference.result import MediationResult
from mediation.linkage.table import LinkageSummary, Spread
from mediation.reporting.contents import ReportContents
from mediation.reporting.format import (
    MINUS,
    conf_level,
    number,
    percent,
    small_count,
    whole,
    whole_months,
)
from mediation.reporting.interval_words import drawn_noun, interval_name
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import (
    innermost,
    label,
    labels_of,
    plural,
)
from mediation.study.wording import with_article
from mediation.vocabulary import Convergence, LinkageRule

_RULES = {
    LinkageRule.INTERPOLATE: (
        "by linear interpolation between the assessments before and after it, so it also uses "
        "assessments made after the interview"
    ),
    LinkageRule.LAST_BEFORE: "as the last assessment before it",
    LinkageRule.NEAREST: "as the assessment nearest to it",
    LinkageRule.MEAN_EXPOSURE: (
        "as its mean over the {window} months before it (on straight lines between assessments, "
        "from when the client came)"
    ),
}


def analysis_sentence(result: MediationResult, row_noun: tuple[str, str]) -> str:
    """Name the engine, the interval and the draws."""
    draws = max((row.value.n_draws for row in result.effects), default=0)
    text = f"{result.fit.engine_label[:1].upper()}{result.fit.engine_label[1:]}."
    text += f" {conf_level(result.conf_level)} intervals of effects: "
    text += interval_name(result, row_noun)
    text += f" ({whole(draws)} {drawn_noun(result)})." if draws else "."
    if result.fit.time_adjusted:
        text += " Calendar time is in every equation."
    return text


def linkage_sentence(
    linkage: LinkageSummary, predictor: str, row_noun: tuple[str, str], minimum: int
) -> str:
    """Say how the predictor was linked to interviews, and for how many that fails."""
    rule = _RULES[linkage.rule].format(window=number(linkage.window_months or 0, 0))
    text = f"{predictor} was taken at the interview of the mediator {rule}."
    if linkage.fidelity_level is not None:
        text += f" {_lifted(linkage, row_noun, minimum)}"
    if linkage.covered is not None:
        text += (
            " That needs assessments around half of these months or more; in the median they lie "
            f"around {percent(linkage.covered.median)}."
        )
    if math.isfinite(linkage.gap_median):
        text += (
            f" The nearest assessment used was {number(linkage.gap_median, 1)} months away in the "
            f"median, {number(whole_months(linkage.gap_max), 0)} at most."
        )
    stale = small_count(linkage.n_stale, minimum) if linkage.n_stale else "no"
    text += (
        f" It was beyond the limit of {linkage.max_age_months:g} months for {stale} {row_noun[1]}."
    )
    if linkage.assessments is not None:
        text += f" Assessments used for each: {_spread(linkage.assessments)}"
        if linkage.before is not None and linkage.after is not None:
            before, after = _spread(linkage.before), _spread(linkage.after)
            text += f"; made before the interview {before}, after it {after}"
        text += "."
    return text


def _lifted(linkage: LinkageSummary, row_noun: tuple[str, str], minimum: int) -> str:
    """Say that an organization has the mean of its teams, and for whom some of them lack."""
    level = (linkage.fidelity_level or "").replace("_", " ")
    inner = plural(linkage.scored_level) if linkage.scored_level else "clusters"
    text = f"Each {level} has the mean of its {inner}, each counted once"
    if linkage.clusters is not None:
        text += f": {_spread(linkage.clusters)} of them have a value"
    if linkage.n_partial:
        partial = small_count(linkage.n_partial, minimum)
        text += f"; for {partial} {row_noun[1]} some have none"
    return f"{text}."


def _spread(spread: Spread) -> str:
    """Give the range and the median of a count of assessments, which are of clusters."""
    low, high = number(spread.minimum, 0), number(spread.maximum, 0)
    return low if low == high else f"{low} to {high} (median {number(spread.median, 0)})"


def convergence_sentence(result: MediationResult) -> str:
    """Say what to know about how the fit ended; empty if nothing."""
    outcome = result.fit.convergence
    return "" if outcome is Convergence.CONVERGED else outcome.value


def limits_paragraphs(contents: ReportContents) -> tuple[str, ...]:
    """Say what the design cannot show, in plain words."""
    results = [cell.result for entry in contents.entries for cell in entry.cells]
    labels = labels_of(contents)
    first = results[0]
    cluster = innermost(first)
    predictor = label(first.fit.model.predictor, labels)
    mediator = lower_label(first.fit.model.mediators[0], labels)
    person = contents.row_noun[0]
    groups = plural(cluster) if cluster else "groups"
    paragraphs = [
        f"{predictor} was not assigned at random. Whatever differs between {groups} and goes with "
        f"both {predictor} and {mediator} is in the path a, and so in every indirect effect.",
        f"The path b is open to whatever makes one {person} differ from another in both "
        f"{mediator} and the outcome, and to one rater answering for both. Adjusting for "
        "covariates removes only what they measure.",
        f"The product a · b assumes that the slope b is the same at every value of {predictor}.",
    ]
    if cluster is not None:
        paragraphs = [*_level_paragraphs(cluster, mediator, person), *paragraphs]
    if any(result.fit.predictor_varies for result in results):
        paragraphs.append(
            f"{predictor} changes over time inside {groups}. The path a is then one pooled slope, "
            f"and effects that need a predictor constant inside {groups} are not defined; their "
            "rows say so."
        )
    paragraphs.append(
        "The total effect is no condition for the indirect one. An interval that includes zero "
        "does not show that an effect is absent."
    )
    return tuple(paragraphs)


def _level_paragraphs(cluster: str, mediator: str, person: str) -> tuple[str, str]:
    """Say what the indirect effects within and between clusters mean."""
    groups = plural(cluster)
    return (
        f"The indirect effect within {groups} is a · b within: the change expected through "
        f"the {person}'s own {mediator}, the mean of the {cluster} held fixed. Additive "
        f"differences between {groups} cannot distort b within. It is the whole mediated "
        f"effect only if the contextual part is zero, that is, if the mean {mediator} of "
        f"{with_article(cluster)} adds nothing beyond the {person}'s own.",
        f"The contextual effect is a · (b between {MINUS} b within): the change expected "
        f"through the climate of the {cluster}, over and above the {person}'s own {mediator}. "
        f"The slope between {groups} rests on as many points as there are {groups}.",
    )
