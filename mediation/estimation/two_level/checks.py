"""What a table must hold for a two-level model; the words never show the text of a cell."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.clusters import Clusters, cluster_means, is_constant_inside
from mediation.estimation.column_checks import check_varies, check_varies_inside
from mediation.model import MediationModel
from mediation.vocabulary import StandardErrors

# Share of a variable's variance inside clusters below which what is left of it is rounding.
EXACT = 1e-10


def check_one_level(model: MediationModel) -> str:
    """Give the one level of clusters, or say how to name one."""
    if len(model.clusters) != 1:
        named = ", ".join(model.clusters) or "none"
        example = model.clusters[-1] if model.clusters else "team"
        raise SpecificationError(
            "TwoLevelSEM needs exactly one level of clusters, that at which the predictor is "
            f'measured. Named are: {named}. Name one, for example clusters=["{example}"], or '
            "use MixedModels(), which takes several."
        )
    return model.clusters[0]


def check_variables(variables: tuple[str, ...], y: Array, clusters: Clusters) -> None:
    """Refuse mediators and outcomes without values, or that do not vary inside clusters."""
    cluster = clusters.names[0]
    for name, values in zip(variables, y.T, strict=True):
        seen = ~np.isnan(values)
        if not seen.any():
            raise EstimationError(
                f"Mediators and outcome must have values. `{name}` is missing in all "
                f"{len(values)} rows that have the predictor and the covariates. Check the "
                "column, or how the tables were joined."
            )
        check_varies(name, values[seen])
        codes = recode(clusters.codes[0][seen])
        if codes.max() + 1 == seen.sum():
            raise EstimationError(
                f"Some clusters must have several rows. All {seen.sum()} rows that have "
                f"`{name}` lie in clusters of `{cluster}` of their own. Use OLS() on these rows."
            )
        if name == variables[-1] and is_constant_inside(values[seen], codes):
            raise EstimationError(
                f"The outcome must differ between the rows of a cluster. `{name}` has one "
                f"value in each `{cluster}`. Analyse one row per `{cluster}` with OLS()."
            )
        check_varies_inside(name, values[seen], Clusters(clusters.names, (codes,)))


def check_enough_clusters(
    name: str, codes: IntArray, n_coefficients: int, cluster: str, errors: StandardErrors
) -> None:
    """Refuse an equation with about as many coefficients between clusters as clusters.

    The scores of a sandwich sum to zero over clusters: it needs one cluster more.
    """
    is_robust = errors is StandardErrors.ROBUST
    spare = 2 if is_robust else 1
    found = int((np.bincount(codes) > 0).sum())
    if found < n_coefficients + spare:
        more, why = ("two", " (robust standard errors)") if is_robust else ("one", "")
        raise EstimationError(
            f"There must be at least {n_coefficients + spare} clusters of `{cluster}` in which "
            f"`{name}` is observed: {more} more than its equation has coefficients between "
            f"clusters{why}. Found {found}. Remove covariates that are constant inside "
            "clusters, or collect more clusters."
        )


def check_inside(variables: tuple[str, ...], y: Array, x: Array, codes: IntArray) -> None:
    """Refuse a variable that the ones before it explain exactly inside clusters."""
    p, q = len(variables), x.shape[1]
    complete = ~np.isnan(y).any(axis=1)
    inner = recode(codes[complete])
    spare = len(inner) - int(inner.max(initial=-1)) - 1
    if spare <= p + q:
        raise EstimationError(
            f"More than {p + q} rows, beyond one per cluster, must have all of "
            f"{', '.join(variables)}. Found {spare}. Without them the slopes inside clusters "
            "rest on nothing: leave out the variable with most missing values."
        )
    z = np.column_stack([x[complete], y[complete]])
    z = z - np.column_stack([cluster_means(column, inner) for column in z.T])[inner]
    size = np.sqrt((z**2).sum(axis=0))
    z = z / np.where(size > 0, size, 1.0)
    cross = z.T @ z
    for k, name in enumerate(variables, start=q):
        weights = np.linalg.lstsq(cross[:k, :k], cross[:k, k], rcond=1e-12)[0]
        if cross[k, k] - weights @ cross[:k, k] < EXACT:
            raise EstimationError(
                "Mediators and outcome must differ inside clusters beyond what comes before "
                f"them. There, `{name}` follows exactly from the columns before it in the "
                "model. Check whether one column was computed from others."
            )


def recode(codes: IntArray) -> IntArray:
    """Give the clusters that occur numbers without gaps."""
    occurs = np.bincount(codes) > 0
    return codes if occurs.all() else (np.cumsum(occurs) - 1)[codes]
