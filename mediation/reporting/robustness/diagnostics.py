"""The part on what the equations leave over: residuals, cluster effects, influence."""

from __future__ import annotations

from collections.abc import Iterator

from mediation.inference.pooled_fit import PooledFit
from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.format import number, p_phrase
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_float
from mediation.reporting.robustness.diagnostics_tables import (
    DiagnosedEquation,
    cook_table,
    equations_of,
    residuals_table,
    shown_effects,
)
from mediation.reporting.robustness.draw_diagnostics import draw_quantiles, draw_spread
from mediation.reporting.robustness.draw_diagnostics_clusters import draw_cluster_effects
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.wording import labels_of, plural
from mediation.sensitivity.diagnostics_values import Diagnostics, EquationDiagnostics

NAME = "diagnostics"


def write_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write the part for one entry; None where there are no residuals.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int

    Returns
    -------
    RobustnessPart or None
    """
    labels = labels_of(contents)
    found = equations_of(entry, labels)
    if not found:
        return None
    tables = (
        residuals_table(entry, found, position),
        cook_table(entry, labels, contents.minimum_cell, position),
    )
    return RobustnessPart(
        identifier=f"diagnostics-{position}",
        question="Do the models describe the data?",
        answer=_answer(found),
        paragraphs=tuple(_paragraphs(contents, entry, found)),
        tables=tuple(table for table in tables if table is not None),
        figures=tuple(_figures(entry, found, contents.minimum_cell, position)),
        overturns=None,
    )


def plain_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give bins of residuals, tests of spread and the cluster effects that are shown.

    Parameters
    ----------
    robustness : Robustness
    minimum : int

    Returns
    -------
    dict or None
    """
    part = robustness.diagnostics
    if part is None:
        return None
    return {
        "engine": part.engine,
        "is_substitute": part.is_substitute,
        "equations": [_plain(each, minimum) for each in part.equations],
    }


def _plain(each: EquationDiagnostics, minimum: int) -> Json:
    found: Json = {
        "label": each.label,
        "sd": plain_float(each.sd),
        "skewness": plain_float(each.skewness),
        "kurtosis": plain_float(each.kurtosis),
    }
    if each.quantiles is not None and each.quantiles.smallest >= minimum:
        of_bins = ("expected", "found", "low", "high")
        found["quantiles"] = {name: getattr(each.quantiles, name).tolist() for name in of_bins}
    if each.spread is not None and each.spread.smallest >= minimum:
        of_fitted = ("fitted", "means", "sds")
        found["spread"] = {name: getattr(each.spread, name).tolist() for name in of_fitted}
    if each.test is not None:
        found["brown_forsythe"] = {
            "statistic": plain_float(each.test.statistic),
            "df_between": each.test.df_between,
            "p_value": plain_float(each.test.p_value),
            "ratio": plain_float(each.test.ratio),
        }
    found["cluster_effects"] = [
        {
            "level": effects.level,
            "cluster": effects.clusters[k],
            "value": plain_float(effects.values[k]),
            "error": plain_float(effects.errors[k]),
        }
        for effects, shown in shown_effects(each, minimum)
        for k in shown
    ]
    return found


def _unlike(found: tuple[DiagnosedEquation, ...]) -> tuple[DiagnosedEquation, ...]:
    """List equations once: one of a mediator is the same in models of the same rows."""
    seen: dict[tuple[str, int, float, float], DiagnosedEquation] = {}
    for each in found:
        seen.setdefault((each.name, each.of.n, each.of.sd, each.of.skewness), each)
    return tuple(seen.values())


def _answer(found: tuple[DiagnosedEquation, ...]) -> str:
    unlike = _unlike(found)
    counted = [(each, each.of.quantiles) for each in unlike if each.of.quantiles is not None]
    bent = [(each, bins) for each, bins in counted if bins.is_bent]
    of_all = f"{len(counted)} different equations" if len(counted) > 1 else "the one equation"
    if not counted:
        said = "There are too few rows to look at the shape of the residuals."
    elif bent:
        each, bins = max(bent, key=lambda one: (one[1].n_outside, abs(one[0].of.skewness)))
        said = (
            f"Residuals of {len(bent)} of {of_all} do not look normal, most clearly those of "
            f"{each.title}: {bins.n_outside} of {len(bins.found)} points lie outside a 95% band, "
            f"where {number(bins.expected_outside, 1)} would on average and 99 in 100 sets of "
            f"normal residuals have at most {bins.most_outside} (skewness "
            f"{number(each.of.skewness, 1)})."
        )
    else:
        said = (
            f"Residuals of {of_all} leave the 95% band no more often than 99 in 100 sets of "
            "normal ones; with few rows a departure is seen only if it is large."
        )
    tests = [(each, each.of.test) for each in unlike if each.of.test is not None]
    if tests:
        each, test = min(tests, key=lambda pair: pair[1].p_value)
        least = f"the smallest p-value of {len(tests)} is that of" if len(tests) > 1 else "for"
        said += (
            f" Whether spread differs between {plural(test.level)}: {least} {each.title}, "
            f"{p_phrase(test.p_value)}, not adjusted for looking at all of them."
        )
    return said


def _paragraphs(
    contents: ReportContents, entry: Entry, found: tuple[DiagnosedEquation, ...]
) -> Iterator[str]:
    people = contents.row_noun[1]
    parts = [cell.robustness.diagnostics for cell in entry.cells]
    first = next(part for part in parts if part is not None)
    own = "" if not first.is_substitute else (
        f" Residuals of the declared engine are not known row by row; these are those of "
        f"{first.engine}, with the same equations."
    )  # fmt: skip
    rows = ""
    if any(isinstance(cell.result.fit, PooledFit) for cell in entry.cells):
        rows = " Missing values are not drawn here: these are the complete rows."
    smallest = [e.of.quantiles.smallest for e in found if e.of.quantiles is not None]
    least = f" Every point stands for {min(smallest)} {people} or more." if smallest else ""
    yield (
        "If an equation described the data, its residuals would be normal with one spread "
        "everywhere. In the first figure the points would lie on the line, about 95 in 100 of "
        "them in the band that simulated normal residuals stay in (Atkinson, 1985). A score with "
        f"a ceiling bends them down at the upper end.{least}{own}{rows}"
    )
    yield (
        "In the second figure dots would lie near zero and bars be equally long whatever the "
        "fitted value. A bend of the dots says that a line is not the right shape; bars that "
        "shrink toward one end say that scores are pressed against the end of their scale."
    )
    if any(e.of.test is not None for e in found):
        yield (
            "The test of Brown and Forsythe (1974) asks whether residuals of clusters differ in "
            "spread. A large p-value does not show that they do not: with few rows in each "
            "cluster it sees only large differences."
        )
    if any(_effects(e, contents.minimum_cell) for e in found):
        yield _effects_words(first)


def _effects_words(part: Diagnostics) -> str:
    if any(effects.variance == effects.variance for e in part.equations for effects in e.effects):
        return (
            "The third figure shows what the model predicts for each cluster beyond its "
            "predictor and covariates (Robinson, 1991), in SD of the residuals, with 95% intervals "
            "that take the variances as known. If the model was right these would scatter around "
            "zero without one far away from all others. Where a variance is estimated at zero all "
            "of them are zero."
        )
    return (
        "The third figure shows the mean residual of each cluster, in SD of the residuals, with "
        "the 95% interval that independent residuals would have. If rows were independent, about "
        "95 in 100 intervals would cover zero."
    )


def _effects(found: DiagnosedEquation, minimum: int) -> bool:
    return any(shown for _, shown in shown_effects(found.of, minimum))


def _has_open(found: tuple[DiagnosedEquation, ...], minimum: int) -> bool:
    shown = (
        effects for each in found for effects, places in shown_effects(each.of, minimum) if places
    )
    return any(effects.variance == 0 for effects in shown)


def _figures(
    entry: Entry,
    found: tuple[DiagnosedEquation, ...],
    minimum: int,
    position: int,
) -> Iterator[NamedFigure]:
    name = f"robustness-diagnostics-{position}"
    titles = tuple(dict.fromkeys(each.place for each in found))
    quantiles = draw_quantiles(found)
    models = "1 model" if len(titles) == 1 else f"{len(titles)} models"
    if quantiles is not None:
        yield named_figure(
            f"{name}-quantiles",
            "robustness",
            quantiles,
            f"Residuals of the equations of {models} against normal quantiles, in bins. The table "
            "counts the points outside the band.",
            f"{entry.name}: residuals against normal quantiles, means of bins. Filled: outside the "
            "band of normal residuals; open: inside it.",
        )
    spread = draw_spread(found)
    if spread is not None:
        yield named_figure(
            f"{name}-spread",
            "robustness",
            spread,
            f"Mean and SD of the residuals of the equations of {models} in bins of fitted values.",
            f"{entry.name}: residuals by fitted value. Dots are means of bins, bars one SD to "
            "either side. Dashed: one SD of all residuals of the equation.",
        )
    effects = draw_cluster_effects(found, minimum)
    if effects is not None:
        yield named_figure(
            f"{name}-clusters",
            "robustness",
            effects,
            f"Effect of each cluster in the equations of {models}, with 95% intervals.",
            f"{entry.name}: what the equations leave over for each cluster."
            + (" Open: the variance is estimated at zero." if _has_open(found, minimum) else ""),
        )


WRITER = PartWriter(NAME, write_part, plain_data)
