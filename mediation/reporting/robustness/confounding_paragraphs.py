"""What was supposed of unmeasured common causes, and how to read what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mediation.reporting.format import conf_level, has_limits
from mediation.reporting.robustness.confounding_rows import RHO, Asked, where
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import label, plural
from mediation.vocabulary import Level


def paragraphs_of(
    asked: Sequence[Asked], labels: Mapping[str, str], row_noun: tuple[str, str]
) -> tuple[str, ...]:
    """Say what was supposed and how to read it."""
    parts = (
        _supposed(asked[0], labels, row_noun),
        _levels(asked, labels),
        _shares(asked[0], labels),
        _e_value(asked[0], labels),
        _limits(asked),
    )
    return tuple(part for part in parts if part)


def _supposed(each: Asked, labels: Mapping[str, str], row_noun: tuple[str, str]) -> str:
    predictor = lower_label(each.cell.result.fit.model.predictor, labels)
    mediator = lower_label(each.found.mediator, labels)
    errors = where(each.main.errors, each.cluster)
    return (
        f"The analysis supposes that no unmeasured cause moves both {mediator} and the outcome of "
        f"{row_noun[1]} who are alike in {predictor} and covariates. Here such a cause is let in: "
        f"{errors}, of the mediator and of the outcome, correlate by {RHO}, and the effect is "
        f"what it would be then (Imai, Keele & Yamamoto, 2010). A positive {RHO} is a cause that "
        "raises both, as insight or a good spell may; a negative one raises one and lowers the "
        f"other. The data cannot tell which {RHO} is true."
    )


def _levels(asked: Sequence[Asked], labels: Mapping[str, str]) -> str:
    """Say which level a cause must be at to matter."""
    first = asked[0]
    cluster = first.cluster
    if cluster is None or first.main.errors is Level.SINGLE:
        return ""
    many = plural(cluster)
    if first.found.level is Level.WITHIN:
        text = (
            f"What is the same for all of a {cluster}, such as its climate, cannot move b within "
            f"{many}: that compares people of one {cluster}. "
        )
        if any(len(each.found.curves) > 1 for each in asked):
            return text + (
                f"It moves the indirect effect between {many} instead, through a correlation of "
                f"what the {many} have in common beyond the model."
            )
        return text + (
            f"The indirect effect between {many} has no number here, the model leaves nothing "
            f"between {many} unexplained, or its errors are not told apart by level (least "
            "squares), so no correlation at that level is looked at."
        )
    text = (
        f"The effect asked for is one between {many}: the first correlation is that of what the "
        f"{many} have in common beyond the model."
    )
    if any(len(each.found.own_curves) > 1 for each in asked):
        text += (
            f" A cause that differs between people of one {cluster} moves the effect too, since it "
            f"moves b within and, where {many} are small, the slope on their means: the second "
            "correlation is that of errors within. Each is asked about with the other at zero; "
            "together they may end a finding sooner."
        )
    return text


def _shares(each: Asked, labels: Mapping[str, str]) -> str:
    predictor = lower_label(each.cell.result.fit.model.predictor, labels)
    level = each.cell.result.fit.predictor_level
    varies = each.cell.result.fit.predictor_varies
    units = "" if level is None or varies else f" between {plural(level)}"
    named = each.cell.result.fit.model.covariates + each.cell.result.fit.model.outcome_covariates
    examples = f" such as {lower_label(named[0], labels)}" if named else ""
    return (
        "The robustness value is the share of what is left unexplained of each end of a path that "
        "a common cause must explain to end it if it explains equal shares of both (Cinelli & "
        "Hazlett, 2020). An effect ends with "
        f"either path (Zhang & Ding, 2022), so that of a, which a common cause of {predictor} and "
        f"mediator{units} would end, counts as well: {predictor} was not drawn by lot. Limits use "
        "the degrees of freedom of the path. Measured covariates"
        f"{examples} give a measure: a common cause as strong as one of them, beside it, can at "
        "most do what the table says. That none of them would be enough does not show that nothing "
        "unmeasured is stronger."
    )


def _e_value(each: Asked, labels: Mapping[str, str]) -> str:
    model = each.cell.result.fit.model
    predictor = label(model.predictor, labels)
    return (
        f"The E-value asks the same on another scale (VanderWeele & Ding, 2017): with one SD more "
        f"of {predictor}, over all rows, and the outcome in its SD over all rows, the effect d is "
        "taken as a risk ratio exp(0.91 d). A common cause must be tied to mediator and to outcome "
        "by a risk ratio of that size each (for indirect effects an approximation: Smith & "
        "VanderWeele, 2019). It supposes an outcome that is about normal with one spread, and is "
        "small where the effect of one SD is small."
    )


def _limits(asked: Sequence[Asked]) -> str:
    found = asked[0].found
    interval = f"{conf_level(found.conf_level)} intervals" if has_limits(found.value) else "Tests"
    stand_in = (
        " In place of the wild bootstrap, which has no draws of the paths, Monte Carlo draws tell "
        "where a finding ends."
    ) * (not has_limits(found.value) and has_limits(asked[0].main.estimates[0]))
    several = (
        " Of several mediators each is asked about alone: the cause is one of what the others do "
        "not share."
    ) * (len(asked[0].cell.result.fit.model.mediators) > 1)
    alone = (
        " A covariate of the mediator alone stays in the mediator's error here, which is what "
        "everything in the outcome's equation leaves unexplained; the errors of the two equations "
        f"themselves correlate more strongly than {RHO}."
    ) * bool(asked[0].cell.result.fit.model.mediator_covariates)
    return (
        "All of it holds for straight lines without interaction, and for one cause left out that "
        f"the predictor does not act on. {interval} take the variances of the errors as known."
        f"{alone}{several}{stand_in}"
    )
