"""What a reader of a latent model's numbers must know, in sentences."""

from __future__ import annotations

from mediation.estimation.latent.rows import LatentRows
from mediation.estimation.latent.solve import Ending, Solution
from mediation.model import MediationModel
from mediation.vocabulary import LatentCovariance


def list_notes(
    model: MediationModel,
    rows: LatentRows,
    solution: Solution,
    method: LatentCovariance,
    n_resamples: int,
    lost: tuple[tuple[str, int], ...],
) -> tuple[str, ...]:
    """List what is to be said of a fit.

    Parameters
    ----------
    model : MediationModel
    rows : LatentRows
    solution : Solution
    method : LatentCovariance
    n_resamples : int
    lost : tuple of (str, int)
        Resamples left out, by cause.

    Returns
    -------
    tuple of str
    """
    notes = []
    if rows.counts.n_left_out:
        notes.append(
            "Rows with a missing value in a column of the model or an indicator were left out, "
            "the same rows in every equation."
        )
    if model.clusters:
        notes.append(
            "Each path of the latent model is one slope for differences inside and between "
            "clusters alike; effects within and between are not told apart."
        )
    if model.clusters and method is LatentCovariance.CLASSICAL:
        notes.append("Standard errors take rows as independent although clusters are named.")
    if method is not LatentCovariance.CLASSICAL:
        notes.append(_about_clusters(model.clusters[0], rows.clusters.count(0), method))
    if lost:
        causes = "; ".join(f"{cause}: {count}" for cause, count in lost)
        total = sum(count for _, count in lost)
        notes.append(f"Of {n_resamples} resamples of clusters {total} were left out ({causes}).")
    if rows.predictor_varies and not rows.time_adjusted:
        notes.append(
            "Calendar time is not in the model although the predictor varies inside clusters: a "
            "common trend can look like an effect."
        )
    return (*notes, *_about_measurement(rows, solution))


def _about_clusters(cluster: str, n_clusters: int, method: LatentCovariance) -> str:
    how = (
        "come from the sandwich by cluster, with the factor C / (C - 1)"
        if method is LatentCovariance.CLUSTER_ROBUST
        else "come from resampling whole clusters"
    )
    return (
        f"Standard errors take the {n_clusters} clusters of `{cluster}` as independent: they "
        f"{how}, with {n_clusters - 1} degrees of freedom. With few clusters such standard errors "
        "are too small and p values too low all the same. Chi-square, CFI, TLI and RMSEA take "
        "rows as independent."
    )


def _about_measurement(rows: LatentRows, solution: Solution) -> list[str]:
    structure, notes = rows.structure, []
    pairs = [name for name, group in structure.indicators if len(group) == 2]
    if pairs:
        notes.append(
            f"Two indicators measure {_quoted(pairs)}: the loading is identified only through "
            "predictor, outcome and the other mediators, and the measurement is not tested by "
            "itself. Three indicators or more would be."
        )
    (ending,) = solution.endings
    held = [
        s.head for s, free in zip(structure.slots, solution.is_free[0], strict=True) if not free
    ]
    if ending is Ending.BOUNDARY:
        notes.append(
            f"The residual variance of {_quoted(held)} would be negative at the maximum of the "
            "likelihood (a Heywood case) and was held at zero, without sampling error. Too few "
            "rows, a weak indicator or a wrong model can cause this: look at the loadings."
        )
    elif ending is not Ending.INTERIOR:
        notes.append(
            f"The latent model has no usable solution: {ending.value}. Usual causes are indicators "
            "that share no variance, or a mediator that predictor and covariates explain fully. Do "
            "not use these numbers; look at the correlations of the indicators, or use a score."
        )
    return notes


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
