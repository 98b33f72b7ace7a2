"""How alike a study and its twin are: figures of both, by the same functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.safe_text import safe_cell
from mediation.simulation.twin.cells import CellFit
from mediation.simulation.twin.components import nested_variances
from mediation.simulation.twin.measure_structure import number_columns
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.rounding import (
    coarse,
    coarse_correlation,
    coarse_slope,
    published,
    share_of,
    without_tails,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the study and of the twin; None where too few stand behind it.

    Attributes
    ----------
    section, name : str
    study, twin : float or None
    """

    section: str
    name: str
    study: float | None
    twin: float | None


@dataclass(frozen=True, slots=True)
class PathRow:
    """One path, estimated in the study and in the twin.

    Attributes
    ----------
    outcome, waves, path : str
    study, study_error, twin, twin_error : float
        Estimates and standard errors.
    truth : float or None
        What the twin was made with.
    from_study, from_truth : float or None
        (twin - study) and (twin - truth) in standard errors of the twin.
    """

    outcome: str
    waves: str
    path: str
    study: float
    study_error: float
    twin: float
    twin_error: float
    truth: float | None
    from_study: float
    from_truth: float | None


Figures = dict[tuple[str, str], float | None]

_TRUTHS = {
    "a": "a",
    "b within": "b_within",
    "b between": "b_between_manifest",
    "c_prime": "c_prime",
    "total": "total",
}


def compare(study: Panel, twin: Panel, minimum: int) -> tuple[Row, ...]:
    """Put figures of a study and its twin side by side.

    Parameters
    ----------
    study, twin : Panel
    minimum : int
        Smallest cell.

    Returns
    -------
    tuple of Row
    """
    left, right = _figures(study, minimum), _figures(twin, minimum)
    sections = list(dict.fromkeys(section for section, _ in left))
    places = sorted(left, key=lambda place: sections.index(place[0]))
    return tuple(Row(*place, left[place], right.get(place)) for place in places)


def compare_paths(
    study: tuple[CellFit, ...],
    twin: tuple[CellFit, ...],
    truth: dict[str, dict[str, dict[str, float]]],
) -> tuple[PathRow, ...]:
    """Put estimates of paths side by side, with the truth of the twin.

    Parameters
    ----------
    study, twin : tuple of CellFit
    truth : dict
        See `true_effects`.

    Returns
    -------
    tuple of PathRow
        Cells that could be estimated in both.
    """
    others = {(cell.outcome, cell.waves): cell for cell in twin}
    rows = []
    for cell in study:
        other = others.get((cell.outcome, cell.waves))
        for name in cell.paths if other is not None else ():
            # The slope between clusters has no meaning where the predictor varies inside them.
            varies = cell.fit.predictor_varies or (other and other.fit.predictor_varies)
            if other is not None and name in other.paths and not (varies and name == "b between"):
                waves = f"{cell.waves[0]:g}-{cell.waves[1]:g}"
                true = truth[cell.outcome].get(_TRUTHS.get(name, ""), {}).get(waves)
                rows.append(_path_row(cell, other, name, true))
    return tuple(rows)


def _path_row(study: CellFit, twin: CellFit, name: str, true: float | None) -> PathRow:
    value, error = study.paths[name]
    found, found_error = twin.paths[name]
    # Of the study no more than its rounded estimate: a distance to the exact one would tell it.
    value = coarse_slope(value, error, study.fit.counts.n_clients)
    unit = found_error if found_error > 0 else 1.0
    return PathRow(
        outcome=study.outcome,
        waves=f"{study.waves[0]:g}-{study.waves[1]:g}",
        path=name,
        study=value,
        study_error=published(error, 2),
        twin=published(found),
        twin_error=published(found_error),
        truth=true,
        from_study=round((found - value) / unit, 2),
        from_truth=None if true is None else round((found - true) / unit, 2),
    )


def _figures(panel: Panel, minimum: int) -> Figures:
    found: Figures = {("sizes", "clients"): float(len(panel.units))}
    for name, codes in zip(panel.levels, panel.codes, strict=True):
        sizes = np.bincount(codes)
        found["sizes", name] = float(len(sizes))
        enough = len(sizes) >= minimum
        found["sizes", f"SD of clients per {name}"] = _shown(float(sizes.std(ddof=1)), enough)
    for wave, held in zip(panel.layout.waves, panel.held.T, strict=True):
        share = share_of(int(held.sum()), len(held), minimum)
        found["interviews held", f"{wave:g} months"] = share
    found.update(_fidelity(panel))
    for name, values in panel.scores.items():
        found.update(_margin(panel, name, values, minimum))
        found.update(_shares(panel, name, values, minimum))
    for name, values in number_columns(panel).items():
        found.update(_margin(panel, name, without_tails(values, minimum)[:, None], minimum))
    for name in panel.layout.covariates:
        if panel.layout.is_category(name):
            counts = panel.units[name].value_counts()
            levels = panel.layout.manifest.variable(name).levels
            # Of the people in levels that are shown: the rest to one would be the hidden ones.
            large = sum(n for level in levels if (n := int(counts.get(level, 0))) >= minimum)
            for level in levels:
                count = int(counts.get(level, 0))
                of_level = share_of(count, large, minimum) if count >= minimum else None
                found["margins", f"{name}: {safe_cell(level)}"] = of_level
    found.update(_correlations(panel, minimum))
    return found


def _shown(value: float, enough: bool) -> float | None:
    return published(value) if enough else None


def _margin(panel: Panel, name: str, values: Array, minimum: int) -> Figures:
    """Mean, SD and shares at the ends; values of shape (n_people, n_each)."""
    known = values[np.isfinite(values)]
    n = int(np.isfinite(values).any(axis=1).sum())
    enough = n >= 2 * minimum
    mean, sd = (float(known.mean()), float(known.std(ddof=1))) if enough else (0.0, 0.0)
    found: Figures = {
        ("margins", f"{name}: mean"): coarse(mean, sd, n) if enough else None,
        ("margins", f"{name}: SD"): coarse(sd, sd, n) if enough else None,
    }
    ends = panel.layout.manifest.variable(name).range
    if ends is not None and enough:
        for where, end in zip(("lowest", "highest"), ends, strict=True):
            at = np.isclose(values, end)
            people = (int(at.any(axis=1).sum()), int((np.isfinite(values) & ~at).any(axis=1).sum()))
            n_at = int(at.sum())
            found["margins", f"{name}: at the {where}"] = share_of(
                n_at, len(known), minimum, people
            )
    return found


def _fidelity(panel: Panel) -> Figures:
    scores = panel.assessments.scores[panel.layout.predictor]
    known = np.isfinite(scores)
    means = np.array([row[own].mean() for row, own in zip(scores, known, strict=True) if own.any()])
    inside = scores - np.where(known, scores, 0.0).sum(axis=1, keepdims=True) / np.maximum(
        known.sum(axis=1, keepdims=True), 1
    )
    return {
        ("fidelity", "assessments"): float(known.sum()),
        ("fidelity", "mean"): published(float(scores[known].mean())),
        ("fidelity", "SD of the means of clusters"): published(float(means.std(ddof=1))),
        ("fidelity", "SD inside clusters"): published(float(inside[known].std())),
    }


def _shares(panel: Panel, name: str, values: Array, minimum: int) -> Figures:
    """Shares of the variance of each level of clusters, and of the client."""
    left = values - np.nanmean(np.where(np.isfinite(values).any(axis=0), values, 0.0), axis=0)
    client, wave = np.nonzero(np.isfinite(left))
    codes: tuple[IntArray, ...] = (*panel.codes, np.arange(len(left)))
    inside = tuple(np.unique(code[client], return_inverse=True)[1] for code in codes)
    variances = nested_variances(left[client, wave], inside, minimum)
    total = sum(variances)
    levels = (*panel.levels, "client")
    return {
        ("share of variance", f"{name}: {level}"): round(v / total, 2) if total > 0 else None
        for level, v in zip(levels, variances, strict=False)
    }


def _correlations(panel: Panel, minimum: int) -> Figures:
    """Correlate mediator and outcome in their waves, and each score with its first."""
    layout, found = panel.layout, {}
    for outcome in layout.outcomes:
        for mediator_wave, outcome_wave in layout.known_pairs(outcome):
            x = panel.scores[layout.mediator][:, layout.waves.index(mediator_wave)]
            y = panel.scores[outcome][:, layout.waves.index(outcome_wave)]
            name = f"{layout.mediator} and {outcome}, {mediator_wave:g}-{outcome_wave:g}"
            found["correlations", name] = _correlation(x, y, minimum)
    for name, values in panel.scores.items():
        pairs = [_correlation(values[:, 0], column, minimum) for column in values.T[1:]]
        known = [pair for pair in pairs if pair is not None]
        found["correlations", f"{name}, first and later"] = (
            round(float(np.mean(known)), 2) if known else None
        )
    return found


def _correlation(x: Array, y: Array, minimum: int) -> float | None:
    frame = pd.DataFrame({"x": x, "y": y}).dropna()
    if len(frame) < 4 * minimum or frame.std().min() == 0:
        return None
    return coarse_correlation(float(frame["x"].corr(frame["y"])), len(frame))
