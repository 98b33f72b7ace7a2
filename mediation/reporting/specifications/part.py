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
    effect_words,
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
            _made(contents, curve), _scale(predictor), _rank(curve), _limits(curve),
            _left_out(curve), READING,
        ))),
        tables=(
            models_table(entry, curve, labels, position),
            choices_table(entry, curve, labels, position),
        ),
        figures=(figure,),
        overturns=any(turned) if turned else None,
    )  # fmt: skip


TWO_LEVEL = "two-level model"
READING = (
    "A specification curve describes how much an answer depends on choices. It is no test: all "
    "specifications use the same people, so that they are not so many findings, and how many of "
    "them exclude zero depends on what was listed. An interval that covers zero does not show "
    "that there is no effect (Steegen et al., 2016; Simonsohn et al., 2020)."
)


def answer_text(curve: SpecificationCurve) -> str:
    """Say what the specifications of the headline effect found, beside the declared analysis."""
    models = models_of(curve)
    if not models:
        return "No specification has a number for the headline effect."
    spread, decimals = spread_of(curve, curve.is_compared), decimals_of(curve)
    if spread.n == len(models) and not any(each.n_varied for each in models):
        return (
            "Nothing could be varied: no other specification could be fitted, so that these data "
            "do not say how much the answer depends on the choices."
        )
    low, middle, high = (
        number(value, decimals) for value in (spread.least, spread.median, spread.greatest)
    )
    of = f" of the {effect_words(curve)}" if curve.effects else ""
    first = (
        f"Of {counted(spread.n, 'specification')} of {counted(len(models), 'model')}{of}, "
        f"{whole(spread.n_excluding)} ({percent(spread.share)}) have an interval that excludes "
        f"zero; estimates run from {low} to {high} SD, with a median of {middle}."
    )
    said = (first, _by_engine(curve), _beside_declared(models, curve))
    return " ".join(text for text in said if text)


def _by_engine(curve: SpecificationCurve) -> str:
    """Name the engines of the specifications that exclude zero."""
    at = [k for k, each in enumerate(curve.dimensions) if each.name == "engines"]
    excluding = curve.is_compared & curve.excludes_zero
    if not at or not excluding.any():
        return ""
    made, names = curve.choices[:, at[0]], curve.dimensions[at[0]].choices
    found = {name: int((excluding & (made == k)).sum()) for k, name in enumerate(names)}
    by = [(name, n) for name, n in found.items() if n]
    without_df = ", whose limits take the clusters as many (no degrees of freedom)"
    texts = [f"by {_engine(name)}{without_df * name.startswith(TWO_LEVEL)}" for name, _ in by]
    if len(by) == 1:
        n = by[0][1]
        return f"{'That one is' if n == 1 else f'All {whole(n)} are'} {texts[0]}."
    return f"They are {'; '.join(f'{whole(n)} {t}' for (_, n), t in zip(by, texts, strict=True))}."


def _engine(name: str) -> str:
    """Name an engine inside a sentence."""
    return f"the {name}" if name.startswith(TWO_LEVEL) else name


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


def _rank(curve: SpecificationCurve) -> str:
    """Say where the declared estimate stands among the others of its model."""
    known = [each for each in models_of(curve) if each.rank is not None and each.n_varied]
    if not known:
        return ""
    if len(known) == 1:
        (one,) = known
        return (
            f"Counted from the lowest, the declared estimate is number {whole(one.rank or 0)} of "
            f"the {whole(one.spread.n)} of its model."
        )
    above = sum(curve.estimates[each.declared] > each.spread.median for each in known)
    highest = sum(curve.estimates[each.declared] == each.spread.greatest for each in known)
    return (
        f"The declared estimate lies above the median of its model in {above} of {len(known)} "
        f"models, and is the highest in {highest}; the table has its rank in each."
    )


def _limits(curve: SpecificationCurve) -> str:
    engines = [name for each in curve.dimensions if each.name == "engines" for name in each.choices]
    without_df = (
        "; the two-level model has none, so that its limits take the clusters as many and are too "
        "narrow where they are few"
        if any(name.startswith(TWO_LEVEL) for name in engines)
        else ""
    )
    return (
        "The declared and the published analysis have the intervals of the report. The others have "
        f"{conf_level(curve.conf_level)} limits of the distribution of the product of two "
        f"estimates, or of {whole(N_DRAWS)} t draws where the two go together (imputed values). "
        f"Each estimate has the degrees of freedom of its engine{without_df}."
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
