"""A model fitted to every completed table, and the fits made one by Rubin's rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from mediation.arrays import Array
from mediation.errors import EstimationError, InferenceError
from mediation.estimation.each import estimate_each
from mediation.estimation.estimate import Engine
from mediation.estimation.paths import EquationSummary, Fit, PathEstimates, Scale
from mediation.inference.pooled_fit import PooledFit
from mediation.inference.rubin import Pooled, pool_estimates
from mediation.missing.imputed import APART, Imputed
from mediation.model import MediationModel
from mediation.vocabulary import Convergence, EffectName, EffectStatus, Level

DF_LABEL = "Barnard-Rubin, over the imputations, from the degrees of freedom of complete data: "
# Of the imputations that cannot be used.
MOST_FAILURES = 0.5


def estimate_imputed(model: MediationModel, imputed: Imputed, engine: Engine) -> PooledFit:
    """Estimate a model in every completed table, and pool the fits.

    Parameters
    ----------
    model : MediationModel
        The model that the values were imputed for, or one with some of its columns.
    imputed : Imputed
    engine : Engine

    Returns
    -------
    PooledFit
        For `infer`, with every interval that resamples nothing.

    Raises
    ------
    SpecificationError, EstimationError
        As in `estimate`, if more than half of the completed tables cannot be analysed.

    References
    ----------
    Zhang & Wang (2013), Psychometrika 78, 154-184 (mediation with missing values).

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.estimation.mixed import MixedModels
    >>> from mediation.inference.infer import infer
    >>> from mediation.inference.monte_carlo import MonteCarlo
    >>> from mediation.missing.imputation import Imputation, impute
    >>> rng = np.random.default_rng(1)
    >>> team = np.repeat(np.arange(12), 10)
    >>> x = rng.normal(size=12)[team]
    >>> m = x + rng.normal(size=12)[team] + rng.normal(size=120)
    >>> y = np.where(rng.random(120) < 0.25, np.nan, m + rng.normal(size=120))
    >>> frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y})
    >>> model = MediationModel("x", ("m",), "y", clusters=("team",))
    >>> imputed = impute(model, frame, Imputation(n_imputations=10), rng)
    >>> fit = estimate_imputed(model, imputed, MixedModels())
    >>> fit.engine, fit.counts.n_clients
    ('MixedModels, 10 imputations', 120)
    >>> result = infer(fit, MonteCarlo(n_draws=1000), rng)
    >>> result.to_frame()["effect"].iloc[0]
    'indirect'
    """
    each = estimate_each(model, imputed, engine)
    fits = [fit for fit in each if isinstance(fit, Fit)]
    refused = [error for error in each if isinstance(error, EstimationError)]
    if len(refused) > MOST_FAILURES * len(imputed):
        raise refused[0]
    pooled = pool(fits, n_failed=len(refused))
    counts = replace(pooled.counts, n_left_out=pooled.counts.n_left_out + imputed.n_left_out)
    notes = (*_about(imputed), *pooled.notes)
    return replace(pooled, counts=counts, notes=notes)


def pool(fits: Sequence[Fit], *, n_failed: int = 0) -> PooledFit:
    """Pool fits of one model to M completed tables.

    Parameters
    ----------
    fits : sequence of Fit
        Of one model and engine. Those that did not converge, or lack a path that most have, are
        left out and counted.
    n_failed : int
        Tables that could not be analysed, to be counted with them.

    Returns
    -------
    PooledFit
        Its paths have the pooled covariance of all of them, across equations too, and the df of
        Barnard & Rubin from the mean df of complete data. It cannot be resampled.

    Raises
    ------
    InferenceError
        If fits are of several models or engines.
    EstimationError
        If fewer than two, or fewer than half, can be used.
    """
    fits = list(fits)
    if not fits or len({(fit.model, fit.engine) for fit in fits}) > 1:
        raise InferenceError(
            f"Fits of one model and one engine can be pooled. Found {len(fits)} fits of "
            f"{len({(fit.model, fit.engine) for fit in fits})}. Pool each apart."
        )
    usable = _usable(fits)
    n_all = len(fits) + n_failed
    if len(usable) < max(2, (1 - MOST_FAILURES) * n_all):
        raise EstimationError(
            f"At least two imputations, and half of them, must give all paths. {len(usable)} of "
            f"{n_all} do. Impute more, or simplify the model."
        )
    pooled = pool_estimates(
        np.stack([fit.paths.values for fit in usable]),
        np.stack([fit.paths.covariance for fit in usable]),
        np.stack([fit.paths.df for fit in usable]),
    )
    found = _joined(usable, pooled, n_all)
    return replace(found, total_gap=_total_gap(found))


def _joined(usable: list[Fit], pooled: Pooled, n_all: int) -> PooledFit:
    """Make one fit of many."""
    first, m = usable[0], len(usable)
    own = {field.name: getattr(first, field.name) for field in fields(Fit)}
    own |= {
        "engine": f"{first.engine}, {m} imputations",
        "engine_label": f"{first.engine_label}, {m} imputations",
        "paths": PathEstimates(
            parameters=first.paths.parameters,
            values=pooled.values,
            covariance=pooled.covariance,
            df=pooled.df,
            equation=first.paths.equation,
            shares_divisor=first.paths.shares_divisor,
        ),
        "equations": tuple(
            _pool_equation(each) for each in zip(*(fit.equations for fit in usable), strict=True)
        ),
        "scales": tuple(
            _mean_scale(each) for each in zip(*(f.scales for f in usable), strict=True)
        ),
        "notes": (*_shared_notes(usable), *_about_imputations(usable, n_all)),
        "df_label": DF_LABEL + first.df_label,
        "fit_indices": (),
        "resampler": None,
    }
    return PooledFit(**own, pooled=pooled)


def _usable(fits: list[Fit]) -> list[Fit]:
    """Leave out fits that did not converge, or have other paths than most."""
    ended = (Convergence.NOT_CONVERGED, Convergence.NOT_ESTIMABLE)
    converged = [fit for fit in fits if fit.convergence not in ended]
    if not converged:
        return []
    (usual, _), *_ = Counter(fit.paths.parameters for fit in converged).most_common(1)
    return [fit for fit in converged if fit.paths.parameters == usual]


def _pool_equation(equations: Sequence[EquationSummary]) -> EquationSummary:
    """Pool coefficients and contrasts; variances are means."""
    at_boundary = [e.convergence is Convergence.BOUNDARY for e in equations]
    variances = np.mean([[v for _, v in e.variances] for e in equations], axis=0)
    return EquationSummary(
        label=equations[0].label,
        coefficients=_pool_rows([e.coefficients for e in equations]),
        variances=tuple(
            (name, float(v)) for (name, _), v in zip(equations[0].variances, variances, strict=True)
        ),
        convergence=Convergence.BOUNDARY if np.mean(at_boundary) > 0.5 else Convergence.CONVERGED,
        contrasts=_pool_rows([e.contrasts for e in equations]),
    )


def _pool_rows(
    rows: Sequence[tuple[tuple[str, float, float, float], ...]],
) -> tuple[tuple[str, float, float, float], ...]:
    """Pool each of several estimates by itself; those without a number in all are left out."""
    known = [{row[0]: row[1:] for row in each if not np.isnan(row[1:]).any()} for each in rows]
    names = [name for name in known[0] if all(name in each for each in known)]
    if not names:
        return ()
    numbers: Array = np.array([[each[name] for name in names] for each in known])
    covariance = numbers[:, :, 1, None] ** 2 * np.eye(len(names))
    found = pool_estimates(numbers[:, :, 0], covariance, numbers[:, :, 2])
    errors = np.sqrt(np.diagonal(found.covariance))
    return tuple(
        (name, float(v), float(e), float(d))
        for name, v, e, d in zip(names, found.values, errors, found.df, strict=True)
    )


def _mean_scale(scales: Sequence[Scale]) -> Scale:
    return Scale(
        scales[0].name,
        float(np.mean([scale.sd_total for scale in scales])),
        float(np.mean([scale.sd_between for scale in scales])),
    )


def _total_gap(fit: Fit) -> float:
    """Give total - (indirect between + direct) of the pooled paths."""
    of = {EffectName.TOTAL: 1.0, EffectName.DIRECT: -1.0, EffectName.INDIRECT: -1.0}
    used = [
        (of[effect.name], effect)
        for effect in fit.effects
        if effect.name in of
        and not (effect.name is EffectName.INDIRECT and effect.level is Level.WITHIN)
    ]
    if any(effect.status is not EffectStatus.DEFINED for _, effect in used):
        return float("nan")
    return float(sum(sign * effect.value(fit.paths.values) for sign, effect in used))


def _shared_notes(fits: list[Fit]) -> tuple[str, ...]:
    """Give the notes of all imputations, without those that tell numbers of one alone."""
    others = [set(fit.notes) for fit in fits]
    return tuple(note for note in fits[0].notes if all(note in notes for notes in others))


def _about_imputations(usable: list[Fit], n_all: int) -> tuple[str, ...]:
    notes = []
    n_boundary = sum(fit.convergence is Convergence.BOUNDARY for fit in usable)
    if n_boundary:
        notes.append(
            f"In {n_boundary} of {len(usable)} imputations a variance of an equation was estimated "
            "at zero."
        )
    if len(usable) < n_all:
        notes.append(
            f"{n_all - len(usable)} of {n_all} imputations could not be estimated, or not all "
            "their paths, and are left out."
        )
    return tuple(notes)


def _about(imputed: Imputed) -> tuple[str, ...]:
    """Say what was imputed, and that this rests on an assumption."""
    notes = [
        f"Missing values were imputed {len(imputed)} times, as if missing at random given the "
        f"columns of the model{' and the auxiliary ones' if imputed.options.auxiliary else ''}."
    ]
    moved = [(name, by) for name, by in imputed.options.delta if by]
    if moved:
        listed = ", ".join(f"`{name}` by {by:+g} SD" for name, by in moved)
        notes.append(f"Imputed values were moved, as if missing not at random: {listed}.")
    apart = imputed.trace.apart
    if apart:
        listed = ", ".join(f"`{name}` ({value:.2f})" for name, value in apart)
        notes.append(
            f"The chains had not come together after {imputed.options.n_iterations} iterations "
            f"(potential scale reduction above {APART:g}): {listed}. Raise `n_iterations`."
        )
    if imputed.n_left_out:
        notes.append("Rows without a predictor or cluster were left out: these are not imputed.")
    return tuple(notes)
