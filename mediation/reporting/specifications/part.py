"""The specification curve as a part of the chapter on robustness."""

from __future__ import annotations

import numpy as np

from mediation.reporting.contents import Entry, ReportContents
from mediation.reporting.format import conf_level, number, percent, whole
from mediation.reporting.named_figure import named_figure
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.specifications.curve import SpecificationCurve
from mediation.reporting.specifications.draw_specifications import draw_specifications
from mediation.reporting.specifications.summary import ModelSpread, models_of, spread_of
from mediation.reporting.specifications.tables import (
    choices_table,
    decimals_of,
    model_title,
    models_table,
)
from mediation.reporting.wording import counted, label, labels_of
from mediation.sensitivity.specifications import N_DRAWS


def specifications_part(
    contents: ReportContents, entry: Entry, position: int
) -> RobustnessPart | None:
    """Write what other defensible analyses find.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int
        Of the entry in the page, from 1.

    Returns
    -------
    RobustnessPart or None
        None where the manifest lists no choices, or none could be fitted.
    """
    curve = entry.specifications
    if curve is None or not curve.is_own.any():
        return None
    labels = labels_of(contents)
    predictor = label(entry.cells[0].result.fit.model.predictor, labels)
    answer = answer_text(curve)
    titles = [model_title(entry, curve, number_, labels) for number_ in range(curve.n_models)]
    figure = named_figure(
        f"specifications-{position}",
        "specifications",
        draw_specifications(curve, labels, titles, predictor),
        f"Specification curve. {answer}",
        f"{entry.name}: every specification with its {conf_level(curve.conf_level)} interval, "
        "sorted by the estimate, and below it the choices behind each. Intervals that reach much "
        "farther than most are cut at the edge.",
    )
    turned = [each.is_turned for each in models_of(curve) if each.is_turned is not None]
    return RobustnessPart(
        identifier=f"specifications-{position}",
        question="Would other defensible analyses have found the same?",
        answer=answer,
        paragraphs=tuple(filter(None, (
            _made(contents, curve), _scale(predictor), _limits(curve), _left_out(curve), READING
        ))),
        tables=(
            models_table(entry, curve, labels, position),
            choices_table(entry, curve, labels, position),
        ),
        figures=(figure,),
        overturns=any(turned) if turned else None,
    )  # fmt: skip


READING = (
    "A specification curve describes how much an answer depends on choices. It is no test: all "
    "specifications use the same people, so that they are not so many findings, and how many of "
    "them exclude zero depends on what was listed. An interval that covers zero does not show "
    "that there is no effect (Steegen et al., 2016; Simonsohn et al., 2020)."
)


def answer_text(curve: SpecificationCurve) -> str:
    """Say in two sentences what the specifications found, beside the declared analysis."""
    spread, decimals = spread_of(curve, curve.is_own), decimals_of(curve)
    models = models_of(curve)
    low, middle, high = (
        number(value, decimals) for value in (spread.least, spread.median, spread.greatest)
    )
    first = (
        f"Of {counted(spread.n, 'specification')} of {counted(len(models), 'model')}, "
        f"{whole(spread.n_excluding)} ({percent(spread.share)}) have an interval that excludes "
        f"zero; estimates run from {low} to {high} SD, with a median of {middle}."
    )
    return f"{first} {_beside_declared(models, curve)}".rstrip()


def _beside_declared(models: tuple[ModelSpread, ...], curve: SpecificationCurve) -> str:
    known = [each for each in models if each.declared is not None and each.n_varied]
    if not known:
        return ""
    if len(known) == 1:
        (one,) = known
        found = "excludes" if curve.excludes_zero[one.declared] else "covers"
        if one.n_varied == 1:
            other = "otherwise" if one.n_turned else "the same"
            return f"The declared interval {found} zero; the other one finds {other}."
        others = "none" if not one.n_turned else whole(one.n_turned)
        verb = "finds" if one.n_turned == 1 else "find"
        return (
            f"The declared interval {found} zero; {others} of the other {whole(one.n_varied)} "
            f"{verb} otherwise."
        )
    n_excluding = sum(bool(curve.excludes_zero[each.declared]) for each in known)
    n_turned = sum(bool(each.is_turned) for each in known)
    share = f"{n_excluding} of {len(known)}" if n_excluding else f"none of {len(known)}"
    said = f"The declared interval excludes zero in {share} models"
    if n_turned == 0:
        return f"{said}; no other specification of any model finds otherwise."
    return f"{said}; in {n_turned} of the models at least one other specification finds otherwise."


def _made(contents: ReportContents, curve: SpecificationCurve) -> str:
    """Say what was combined."""
    own = curve.choices[curve.is_own]
    listed = ", ".join(
        f"{each.title.lower()} ({len(np.unique(own[:, at]))})"
        for at, each in enumerate(curve.dimensions)
        if each.is_choice and len(np.unique(own[:, at])) > 1
    )
    n_same = len(curve) - curve.n_different
    same = (
        f" {counted(n_same, 'specification')} "
        f"{'repeats' if n_same == 1 else 'repeat'} the numbers of another."
        if n_same
        else ""
    )
    published = ""
    if curve.is_published.any():
        published = (
            f" The published specification, which takes {contents.row_noun[1]} as independent and "
            "draws them one by one, is marked beside them."
        )
    return (
        "The manifest lists choices that could have been made otherwise, and every combination of "
        f"them that has a meaning was fitted. Choices of: {listed or 'nothing'}.{same}{published}"
    )


def _scale(predictor: str) -> str:
    return (
        f"Effects are in SD of the outcome per SD of {predictor}. Both SDs are those of the rows "
        "of the declared analysis of each model, the same for all its specifications, so that "
        "scores made as sums and as means of items can be compared. That sum and mean alone give "
        "one effect on this scale is no finding."
    )


def _limits(curve: SpecificationCurve) -> str:
    return (
        "The declared and the published analysis have the intervals of the report. The others have "
        f"{conf_level(curve.conf_level)} limits of the distribution of the product of two "
        f"estimates, each with its degrees of freedom, or of {whole(N_DRAWS)} t draws where the "
        "two go together (imputed values)."
    )


def _left_out(curve: SpecificationCurve) -> str:
    if not curve.left_out:
        return ""
    reasons = "; ".join(f"{reason} ({whole(count)})" for reason, count in curve.left_out)
    total = sum(count for _, count in curve.left_out)
    one = total == 1
    return (
        f"{whole(total)} {'combination is' if one else 'combinations are'} not among them: "
        f"{reasons}."
    )
