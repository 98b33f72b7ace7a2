"""What a reader must know of the standard errors of a two-level model, in sentences."""

from __future__ import annotations

from mediation.vocabulary import StandardErrors

# Clusters below which standard errors from the curvature of the likelihood are known to be short.
FEW_CLUSTERS = 50
NOT_REACHED = (
    "The maximum of the likelihood was not reached: do not use these numbers. Usual causes are "
    "more covariates or mediators than the clusters can tell apart. Remove some, or use "
    "MixedModels()."
)


def note_few_clusters(cluster: str, n_clusters: int, errors: StandardErrors) -> tuple[str, ...]:
    """Say what few clusters do to standard errors of either kind.

    Parameters
    ----------
    cluster : str
    n_clusters : int
    errors : StandardErrors

    Returns
    -------
    tuple of str
        Empty where clusters are many.

    Examples
    --------
    >>> note_few_clusters("team", 200, StandardErrors.ROBUST)
    ()
    """
    if n_clusters >= FEW_CLUSTERS:
        return ()
    if errors is StandardErrors.ROBUST:
        return (
            f"Robust standard errors need many clusters, and {n_clusters} clusters of "
            f"`{cluster}` are few: below about {FEW_CLUSTERS} the sandwich is the worse choice, "
            "too short by more than the observed information. Use "
            "TwoLevelSEM(StandardErrors.OBSERVED), or better MixedModels(), the default for few "
            "clusters.",
        )
    return (
        f"Standard errors of this engine are asymptotic, and {n_clusters} clusters of "
        f"`{cluster}` are few: they can be too short. MixedModels() is the default for few "
        "clusters.",
    )
