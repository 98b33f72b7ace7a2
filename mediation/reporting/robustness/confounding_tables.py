"""Tables on unmeasured common causes: what would end an effect, and measured covariates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mediation.reporting.contents import Entry
from mediation.reporting.format import (
    MISSING,
    degrees_of_freedom,
    has_limits,
    number,
    p_phrase,
    percent,
    point,
    point_and_interval,
)
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.robustness.confounding_rows import RHO, Asked, where
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import label, level_text, path_text
from mediation.sensitivity.confounding_curves import RhoCurve
from mediation.sensitivity.confounding_paths import PathRobustness
from mediation.vocabulary import EffectName, Level, PathName

HOLDS = "holds zero as it is"
SPENT = "0%: a degree of freedom less ends it"
POINT, FINDING = "To end the estimate", "To end the finding"


def ends_table(
    asked: Sequence[Asked], entry: Entry, labels: Mapping[str, str], position: int
) -> HtmlTable:
    """Build the table of how strong a common cause must be to end each headline effect.

    Parameters
    ----------
    asked : sequence of Asked
    entry : Entry
    labels : mapping of str to str
    position : int
        Of the entry in the page.

    Returns
    -------
    HtmlTable
    """
    body, groups = [], []
    for each in asked:
        rows = _rows(each, labels)
        body += rows
        groups += [f"{each.title}\nas estimated {_value(each)}"] * len(rows)
    return HtmlTable(
        f"confounding-ends-{position}",
        f"{entry.name}: how strong an unmeasured common cause must be",
        ("What it takes", POINT, FINDING),
        frozenset((POINT, FINDING)),
        tuple(body),
        tuple(groups),
        "The finding is whether the interval (where there is none, the test) excludes zero. It "
        "excludes zero no longer at the correlation that is given; beyond that at which the "
        "estimate is zero the effect has the other sign. One that holds zero as it is ends by "
        "excluding it. Robustness value: a common cause that explains equal shares of what is left "
        "unexplained of both ends of a path must explain that much of each; it may explain less of "
        "one and more of the other. That of a path with few degrees of freedom is large by chance: "
        "beside a stands what half of studies would exceed if a were truly zero. E-value: see the "
        "text. A last line for a measured covariate gives the effect itself.",
    )


def _value(each: Asked) -> str:
    value = each.found.value
    if has_limits(value):
        return point_and_interval(value)
    return f"{point(value)} ({p_phrase(value.p_value)})"


def _rows(each: Asked, labels: Mapping[str, str]) -> list[tuple[str, str, str]]:
    found, rows = each.found, []
    for number_, curve in enumerate(found.curves):
        name = f"Correlation of {where(curve.errors, each.cluster)} ({RHO})"
        if curve not in found.own_curves:
            name += f", for the indirect effect {level_text(curve.level, each.cluster)}"
        rows.append((name, _rho(curve.zero), _tips(curve)))
        if not number_:
            rows.append(_r2_row(curve))
    level = Level.SINGLE if found.level is Level.SINGLE else found.level
    a = f"Robustness value of {path_text(PathName.A, level)}{_place_of_a(each)}"
    b = f"Robustness value of {path_text(PathName.B, level)}"
    if found.effect is EffectName.CONTEXTUAL:
        b += f" less {path_text(PathName.B, Level.WITHIN)}"
    for name, path in ((b, found.path_b), (f"{a}{_chance(found.path_a)}", found.path_a)):
        rows.append((name, percent(path.point), _limit(path)))
    e_value = found.e_value
    limit = MISSING if math.isnan(e_value.limit) else number(e_value.limit)
    rows.append(("E-value", number(e_value.point), HOLDS if e_value.limit == 1 else limit))
    if found.strongest is not None:
        benchmark, value = found.strongest
        name = f"Left by a cause as strong as {lower_label(benchmark.name, labels)}"
        rows.append((name, point(value), MISSING))
    return rows


def _limit(path: PathRobustness) -> str:
    if path.limit > 0:
        return percent(path.limit)
    return HOLDS if path.holds_zero else SPENT


def _chance(path: PathRobustness) -> str:
    """Say how large the robustness value of a path that is truly zero is."""
    if math.isnan(path.by_chance):
        return ""
    df = degrees_of_freedom(path.df)
    return f" (df {df}; half of studies exceed {percent(path.by_chance)} if it is truly zero)"


def _place_of_a(each: Asked) -> str:
    fit = each.cell.result.fit
    level = fit.predictor_level
    if fit.predictor_varies:
        return ", pooled over time"
    return "" if level is None else f", {level_text(Level.BETWEEN, level.replace('_', ' '))}"


def _rho(rho: float | None) -> str:
    return "at none" if rho is None else number(rho)


def _tips(curve: RhoCurve) -> str:
    """Give the correlation at which the finding ends; both, where it may end by excluding zero."""
    tips = [rho for rho in (curve.below, curve.above) if rho is not None]
    if curve.excludes_zero:
        return _rho(curve.tip)
    if not tips:
        return f"{HOLDS}, and at every {RHO}"
    return f"{HOLDS}, not at {' or '.join(number(rho) for rho in tips)}"


def _r2_row(curve: RhoCurve) -> tuple[str, str, str]:
    """Give what a common cause explains of mediator times of outcome, of the rest and of all."""
    texts = []
    for rho in (curve.zero, curve.tip if curve.excludes_zero else None):
        if rho is None:
            texts.append(MISSING)
            continue
        residual, total = curve.r2_product(rho)
        all_of_it = "" if math.isnan(total) else f" ({number(total, 3)})"
        texts.append(f"{number(residual, 3)}{all_of_it}")
    name = "Product of R² of what is left unexplained"
    return (name if math.isnan(curve.left) else f"{name} (of all)", *texts)  # type: ignore[return-value]


def benchmarks_table(
    asked: Sequence[Asked], entry: Entry, labels: Mapping[str, str], position: int
) -> HtmlTable | None:
    """Build the table of measured covariates as a measure of unmeasured ones; None without any.

    Parameters
    ----------
    asked, entry, labels, position
        As in `ends_table`.

    Returns
    -------
    HtmlTable or None
    """
    of_mediator, of_outcome = "Explains of the mediator", "Of the outcome"
    bound, after = "A cause as strong, at most", "Effect after"
    body, groups = [], []
    for each in asked:
        for benchmark, value in each.found.benchmarks:
            texts = (MISSING, MISSING)
            if value is not None:
                most = percent(benchmark.bound_mediator), percent(benchmark.bound_outcome)
                texts = (" and ".join(most), point(value))
            shares = (percent(benchmark.r2_mediator), percent(benchmark.r2_outcome))
            body.append((label(benchmark.name, labels), *shares, *texts))
            groups.append(f"{each.title}\nas estimated {_value(each)}")
    if not body:
        return None
    return HtmlTable(
        f"confounding-benchmarks-{position}",
        f"{entry.name}: if an unmeasured common cause were as strong as a measured covariate",
        ("As strong as", of_mediator, of_outcome, bound, after),
        frozenset((of_mediator, of_outcome, bound, after)),
        tuple(body),
        tuple(groups),
        "Partial R² inside clusters, if there are any, given predictor and other covariates (for "
        "the outcome the mediator too). A cause as strong, beside the covariate, explains at most "
        "the next two shares of what is left of mediator and outcome. The effect after is that "
        "with such a cause left out that pulled the effect away from zero. No interval is given: "
        "its width would change with the cause. Whether a finding changes is judged by the width "
        "as estimated.",
    )
