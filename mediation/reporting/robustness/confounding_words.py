"""Words on unmeasured common causes. None claims more than was supposed and found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mediation.reporting.format import conf_level, has_limits, number, percent, point
from mediation.reporting.robustness.confounding_rows import RHO, Asked, where
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import label, plural
from mediation.vocabulary import Level


def overturns_of(asked: Sequence[Asked]) -> bool | None:
    """Whether a common cause as strong as a measured covariate changes the finding of any model.

    Returns
    -------
    bool or None
        None if no covariate can be compared with.
    """
    known = [
        (each, value) for each in asked for _, value in each.found.benchmarks if value is not None
    ]
    if not known:
        return None
    return any(each.side(value) != each.side(each.found.value) for each, value in known)


def answer_of(asked: Sequence[Asked], labels: Mapping[str, str]) -> str:
    """Say in one to three sentences what it takes."""
    parts = (_found_sentence(asked), _point_sentence(asked), _benchmark_sentence(asked, labels))
    return " ".join(part for part in parts if part)


def _found_sentence(asked: Sequence[Asked]) -> str:
    """Say how little ends the findings, or that there is none to end."""
    what = "interval" if all(has_limits(each.found.value) for each in asked) else "test"
    sure = [each for each in asked if each.main.excludes_zero]
    if not sure:
        which = f"The {what} holds" if len(asked) == 1 else f"All {len(asked)} {what}s hold"
        how = "as it is" if len(asked) == 1 else "as they are"
        return f"{which} zero {how}, so that there is no finding for a common cause to end."
    ends = [each.main.tip for each in sure if each.main.tip is not None]
    count = f"{_how_many(len(sure), len(asked), what)} zero"
    if not ends:
        return f"{count}, and no correlation of errors up to 0.95 changes that."
    least = min(ends, key=abs)
    where_ = where(sure[0].main.errors, sure[0].cluster)
    which = "the least sure of them" if len(sure) > 1 else "it"
    return (
        f"{count}; {which} would hold zero if {where_} correlated by {number(abs(least))} or more "
        "in size."
    )


def _how_many(sure: int, total: int, what: str) -> str:
    """Begin a sentence with how many intervals, or tests, exclude zero."""
    if total == 1:
        return f"The {what} excludes"
    if sure == total:
        return f"{'Both' if total == 2 else f'All {total}'} {what}s exclude"
    return f"Of {total} {what}s {sure} {'excludes' if sure == 1 else 'exclude'}"


def _point_sentence(asked: Sequence[Asked]) -> str:
    """Say what brings the estimates to zero."""
    zeros = [each.main.zero for each in asked if each.main.zero is not None]
    if not zeros:
        return "No correlation of errors brings an estimate to zero."
    shares = [each.found.path_b.point for each in asked if each.main.zero is not None]
    estimates = "estimate is" if len(zeros) == 1 else "estimates are"
    return (
        f"The {estimates} zero where {where(asked[0].main.errors, asked[0].cluster)} correlate by "
        f"{_rhos(zeros)}: a common cause must explain "
        f"{_span([percent(share) for share in sorted(shares)])} of what is left unexplained of "
        "mediator and of outcome."
    )


def _rhos(zeros: Sequence[float]) -> str:
    """Give correlations from the least to the greatest, by size where signs differ."""
    if min(zeros) < 0 < max(zeros):
        return f"{_span([number(rho) for rho in sorted(map(abs, zeros))])} in size"
    return _span([number(rho) for rho in sorted(zeros, key=abs)])


def _span(texts: Sequence[str]) -> str:
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"


def _benchmark_sentence(asked: Sequence[Asked], labels: Mapping[str, str]) -> str:
    """Compare with the measured covariate that matters most."""
    kept = [(each, pair) for each in asked if (pair := each.found.strongest) is not None]
    if not kept:
        return ""
    each, (benchmark, value) = min(kept, key=lambda pair: pair[0].found.value.p_value)
    named = lower_label(benchmark.name, labels)
    at_most = (
        f"A common cause as strong as {named} would at most bring the effect from "
        f"{point(each.found.value)} to {point(value)}"
    )
    if len(asked) > 1:
        at_most += f" in the model with the clearest effect ({each.title})"
    changes = [a for a in asked if _is_changed(a)]
    if not any(a.main.excludes_zero for a in asked):
        return f"{at_most}."
    if not changes:
        return f"{at_most}; none as strong as a measured covariate would change a finding."
    models = "model" if len(changes) == 1 else "models"
    return f"{at_most}; one as strong would change the finding of {len(changes)} {models}."


def _is_changed(each: Asked) -> bool:
    declared = each.side(each.found.value)
    return any(
        value is not None and each.side(value) != declared for _, value in each.found.benchmarks
    )


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
            f"The indirect effect between {many} has no number here, or the model leaves nothing "
            f"between {many} unexplained, so no correlation at that level is looked at."
        )
    return (
        f"The effect asked for is one between {many}: the correlation is that of what the {many} "
        "have in common beyond the model."
    )


def _shares(each: Asked, labels: Mapping[str, str]) -> str:
    predictor = lower_label(each.cell.result.fit.model.predictor, labels)
    level = each.cell.result.fit.predictor_level
    units = "" if level is None else f" between {plural(level)}"
    named = each.cell.result.fit.model.covariates + each.cell.result.fit.model.outcome_covariates
    examples = f" such as {lower_label(named[0], labels)}" if named else ""
    return (
        "The robustness value is the share of what is left unexplained of both ends of a path that "
        "a common cause must explain to end it (Cinelli & Hazlett, 2020). An effect ends with "
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
    return (
        "All of it holds for straight lines without interaction, and for one cause left out that "
        f"the predictor does not act on. {interval} take the variances of the errors as known."
        f"{several}{stand_in}"
    )
