"""How well a two-level model fits: against the saturated model, and against no relations at all.

Definitions are those of lavaan 0.6-14, which counts rows (not clusters) as the sample size of BIC
and RMSEA, and takes the SRMR of each level over correlations, covariates included.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from mediation.arrays import Array
from mediation.estimation.two_level.fit import (
    Prepared,
    TwoLevelData,
    TwoLevelFit,
    log_likelihood,
)
from mediation.estimation.two_level.structure import Structure, saturated, unrelated
from mediation.estimation.two_level.units import positions_of, to_data_units


def fit_indices(
    fit: TwoLevelFit, data: TwoLevelData, prepared: Prepared, variables: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """Log-likelihood and fit indices by name; those without a value are left out.

    Parameters
    ----------
    fit : TwoLevelFit
    data : TwoLevelData
    prepared : Prepared
    variables : tuple of str, length p
        Names for the intraclass correlations.

    Returns
    -------
    tuple of (str, float)
        `log_likelihood`, `n_parameters`, `chi_square` and `df` (against all paths and
        covariances free at both levels), `p_value`, `aic`, `bic`, `cfi` (baseline: variances
        only), `rmsea`, `srmr_within`, `srmr_between`, `icc_<variable>`.
    """
    structure, n_rows = fit.structure, len(data.y)
    full = saturated(structure)
    df = full.n_parameters - structure.n_parameters
    value, best, cells_full = fit.log_likelihood, fit.log_likelihood, fit.values
    if df:
        maximum, best = log_likelihood(prepared, full)
        cells_full = to_data_units(full, prepared.units, maximum.theta[None])[0]
    chi_square = max(2.0 * (best - value), 0.0)
    k = structure.n_parameters
    found = {
        "log_likelihood": value,
        "n_parameters": float(k),
        "chi_square": chi_square if df else 0.0,
        "df": float(df),
        "p_value": float(special.chdtrc(df, chi_square)) if df else np.nan,
        "aic": 2 * k - 2 * value,
        "bic": k * float(np.log(n_rows)) - 2 * value,
        "cfi": _cfi(chi_square, df, best, full, prepared) if df else 1.0,
        "rmsea": np.sqrt(max(chi_square - df, 0.0) / (df * n_rows)) if df else 0.0,
    }
    ours, theirs = _joint(structure, fit.values, data), _joint(full, cells_full, data)
    for level in ("within", "between"):
        found[f"srmr_{level}"] = _srmr(ours[level], theirs[level])
    for k, name in enumerate(variables):
        between, within = theirs["between"][k, k], theirs["within"][k, k]
        found[f"icc_{name}"] = between / (between + within)
    return tuple((name, float(number)) for name, number in found.items() if np.isfinite(number))


def _cfi(chi_square: float, df: int, best: float, full: Structure, prepared: Prepared) -> float:
    nothing = unrelated(full)
    _, value = log_likelihood(prepared, nothing)
    own = max(chi_square - df, 0.0)
    excess = 2.0 * (best - value) - (full.n_parameters - nothing.n_parameters)
    return 1.0 - own / max(excess, own, 1e-300)


def _joint(structure: Structure, values: Array, data: TwoLevelData) -> dict[str, Array]:
    """Model-implied covariance of variables and covariates at both levels."""
    at = positions_of(structure)
    found = {}
    p = data.y.shape[1]
    for level, columns in (("within", data.x), ("between", data.w[:, 1:])):
        slopes, psi = values[at[f"slopes_{level}"]], values[at[f"covariance_{level}"]]
        effects = values[at[f"reduced_{level}"]][:, 1 if level == "between" else 0 :]
        path = np.linalg.inv(np.eye(p) - slopes)
        centered = columns - columns.mean(axis=0)
        spread = centered.T @ centered / len(columns)
        carried = effects @ spread
        found[level] = np.block(
            [[path @ psi @ path.T + carried @ effects.T, carried], [carried.T, spread]]
        )
    return found


def _srmr(ours: Array, theirs: Array) -> float:
    """Root mean square difference of two correlation matrices, NaN where a variance is zero."""
    scales = [np.sqrt(np.diag(matrix)) for matrix in (ours, theirs)]
    if min(scale.min() for scale in scales) <= 0:
        return float("nan")
    first, second = (m / np.outer(s, s) for m, s in zip((ours, theirs), scales, strict=True))
    below = np.tril_indices(len(first))
    return float(np.sqrt(np.mean((first - second)[below] ** 2)))
