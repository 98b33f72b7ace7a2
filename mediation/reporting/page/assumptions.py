"""What the effects rest on, in plain words, with what would have to be true for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mediation.reporting.contents import Entry
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import innermost, label, plural
from mediation.study.wording import with_article


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption.

    Attributes
    ----------
    name : str
        What is assumed, as a heading.
    needed : str
        What would have to be true, in the words of the study.
    parts : tuple of str
        Names of the chapters and parts that look at it; empty where no data can.
    """

    name: str
    needed: str
    parts: tuple[str, ...] = ()


def assumptions_of(
    entry: Entry, labels: Mapping[str, str], row_noun: tuple[str, str]
) -> tuple[Assumption, ...]:
    """List what the effects of an entry rest on.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str
    row_noun : (str, str)
        What a row is, singular and plural.

    Returns
    -------
    tuple of Assumption
        First those of a causal reading (VanderWeele & Vansteelandt 2009), then those of time and
        measurement, then those of the models.
    """
    result = entry.cells[0].result
    cluster = innermost(result)
    words = {
        "x": label(result.fit.model.predictor, labels),
        "m": lower_label(result.fit.model.mediators[0], labels),
        "group": cluster or "group",
        "a_group": with_article(cluster or "group"),
        "groups": plural(cluster or "group"),
        "Groups": plural(cluster or "group").capitalize(),
        "person": row_noun[0],
        "people": row_noun[1],
    }
    in_time = _IN_TIME if entry.cells[0].waves else _AT_ONCE
    listed = (*_CAUSAL, *in_time, *_MEASURED, *(_CLUSTERED if cluster else _INDEPENDENT))
    return tuple(Assumption(a.name, a.needed.format(**words), a.parts) for a in listed)


_CAUSAL = (
    Assumption(
        "Nothing unmeasured drives both the predictor and the mediator",
        "{Groups} with a higher {x} would have had the same {m} as the others had their {x} been "
        "the same. {x} was not randomized: whatever else differs between them could drive "
        "both. Every indirect effect contains the path a and so rests on this.",
        ("levels", "leave_one_out", "detectable"),
    ),
    Assumption(
        "Nothing unmeasured drives both the mediator and the outcome",
        "Two {people} of one {group} with the same covariates but another {m} would differ in the "
        "outcome, on average, only because of it. Severity, insight or a person's way of answering "
        "could drive both.",
        ("confounding", "rater"),
    ),
    Assumption(
        "Nothing unmeasured drives both the predictor and the outcome",
        "{Groups} with a higher {x} would otherwise have had the same outcomes. The direct and "
        "the total effect rest on this; the indirect effect does not.",
        ("levels",),
    ),
    Assumption(
        "No cause of mediator and outcome is itself changed by the predictor",
        "Nothing that a higher {x} brings about, other than {m}, drives both {m} and the outcome. "
        "No analysis of these data can look at it; with such a cause direct and indirect effects "
        "cannot be told apart.",
    ),
)
_IN_TIME = (
    Assumption(
        "Predictor before mediator, mediator before outcome",
        "{x} came before {m}, and {m} before the outcome. The interviews put them in this order, "
        "but a state that lasts can have begun before either, and outcomes can change {m}.",
        ("order",),
    ),
)
_AT_ONCE = (
    Assumption(
        "Predictor before mediator, mediator before outcome",
        "{x} came before {m}, and {m} before the outcome. These data do not show it: they hold no "
        "dates.",
    ),
)
_MEASURED = (
    Assumption(
        "The mediator is measured without error and over its whole range",
        "Scores of {m} differ only where {m} does, up to the highest. Error in them makes the path "
        "b too small; scores piled up at the top make the path a too small and the path b too "
        "large.",
        ("measurement", "ceiling"),
    ),
    Assumption(
        "The predictor is that to which the person was exposed",
        "The score of {x} taken for each {person} is the one that acted before {m} was measured.",
        ("linkage",),
    ),
    Assumption(
        "Who is in the analysis does not depend on what is missing",
        "Scores are missing for reasons that the observed ones tell, and {people} came into the "
        "study whatever their {m} was.",
        ("missing", "selection"),
    ),
)
_MODELED = (
    Assumption(
        "One slope for all, and straight lines",
        "The slope of the outcome on {m} is the same at every value of {x} and in every {group}, "
        "and lines are straight over the range observed.",
        ("moderation", "diagnostics"),
    ),
)
_CLUSTERED = (
    *_MODELED,
    Assumption(
        "Clusters are independent, and the models know them all",
        "What makes {people} of one {group} alike is in the models as {a_group} of its own, and "
        "one outermost cluster tells nothing of another. With so few of them, intervals rest on "
        "normal random effects as well.",
        ("levels", "leave_one_out", "diagnostics"),
    ),
)
_INDEPENDENT = (
    *_MODELED,
    Assumption(
        "Rows are independent",
        "No two {people} are alike for a reason that is not in the covariates. If they come in "
        "clusters, intervals are too narrow.",
    ),
)
