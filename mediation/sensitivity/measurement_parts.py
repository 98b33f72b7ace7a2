"""What the variance of a mediator is made of: clusters, clients, and error of measurement."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import SpecificationError
from mediation.estimation.clusters import code_clusters
from mediation.model import MediationModel


@dataclass(frozen=True, slots=True)
class ErrorVariance:
    """Variance of measurement error, in squared points.

    Attributes
    ----------
    within, between : float
        Of rows, and of whole clusters.
    of_within, of_between : float
        The variance of which it is a known share; NaN where it is known by itself.
    """

    within: float
    between: float = 0.0
    of_within: float = field(default=float("nan"), compare=False)
    of_between: float = field(default=float("nan"), compare=False)


@dataclass(frozen=True, slots=True)
class VarianceParts:
    """Variance of a mediator in the rows analyzed.

    Attributes
    ----------
    within : float
        Inside the innermost clusters; of all rows where there are none.
    between : float
        Of the clusters' true means: zero where their observed means differ no more than the rows
        inside would make them. NaN without clusters.
    mean_size : float
        Rows of a cluster, as they count for the variance of its mean; NaN without clusters.
    """

    within: float
    between: float = float("nan")
    mean_size: float = float("nan")

    def error(self, within: float, between: float) -> ErrorVariance:
        """Turn reliabilities at the two levels into variances of error."""
        of_clusters = 0.0 if np.isnan(self.between) else (1 - between) * self.between
        return ErrorVariance((1 - within) * self.within, of_clusters, self.within, self.between)

    def shares_of_means(self, within: float) -> tuple[float, float, float]:
        """Say of what the differences between observed cluster means are made.

        Parameters
        ----------
        within : float
            Reliability of differences inside clusters.

        Returns
        -------
        clusters, clients, error : float
            Shares: true means of clusters; which clients are in them (their true scores); and
            error of measurement, averaged over them. The second is sampling error, which no
            better questionnaire would remove.

        Examples
        --------
        >>> VarianceParts(8.0, 1.0, 4.0).shares_of_means(0.75)
        (0.3333333333333333, 0.5, 0.16666666666666666)
        """
        sampled = self.within / self.mean_size
        total = self.between + sampled
        return self.between / total, within * sampled / total, (1 - within) * sampled / total


def variance_parts(model: MediationModel, frame: pd.DataFrame, mediator: str) -> VarianceParts:
    """Split the variance of a mediator over the innermost clusters.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        Rows that lack a column of the model are left out.
    mediator : str

    Returns
    -------
    VarianceParts
        From mean squares, as reliability at each level is estimated.

    Raises
    ------
    SpecificationError
        If the model has no such mediator.

    References
    ----------
    Snijders & Bosker (2012), Multilevel Analysis, 2nd ed., section 3.3.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1.0], "y": [1, 2, 3, 5.0], "t": [0, 0, 1, 1]})
    >>> frame["m"] = [1.0, 3.0, 4.0, 8.0]
    >>> variance_parts(MediationModel("x", ("m",), "y", clusters=("t",)), frame, "m")
    VarianceParts(within=5.0, between=5.5, mean_size=2.0)
    """
    if mediator not in model.mediators:
        raise SpecificationError(
            f"`{mediator}` must be a mediator of the model: {', '.join(model.mediators)}. "
            "Name one of them."
        )
    used = frame[list(model.columns + model.clusters)].dropna()
    values: Array = used[mediator].to_numpy(dtype=np.float64)
    if not model.clusters:
        return VarianceParts(float(values.var()))
    codes = code_clusters(model.clusters, used).codes[-1]
    sizes = np.bincount(codes)
    n, n_clusters = len(values), len(sizes)
    means = np.bincount(codes, weights=values) / sizes
    inside = float(((values - means[codes]) ** 2).sum() / (n - n_clusters))
    outside = float((sizes * (means - values.mean()) ** 2).sum() / (n_clusters - 1))
    mean_size = float((n - (sizes**2).sum() / n) / (n_clusters - 1))
    return VarianceParts(inside, max((outside - inside) / mean_size, 0.0), mean_size)
