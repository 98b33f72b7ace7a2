"""Columns of products of predictor and mediators, and the values at which effects are given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.clusters import cluster_means, means_of_rows
from mediation.estimation.design import Prepared
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import Level, PathName

# Standard deviations on either side of the mean that a curve covers, and its points.
REACH, N_POINTS = 1.5, 41


@dataclass(frozen=True, slots=True)
class Steps:
    """Values of the predictor at which effects are given.

    Attributes
    ----------
    center : float
        Mean over the clusters at the predictor's level.
    sd : float
        Standard deviation between these clusters.
    at : tuple of float
        Mean - SD, mean, mean + SD; both values of a predictor that has two.
    names : tuple of str
        "low", "mean", "high"; "low", "high".
    along : tuple of float
        Of a curve.
    """

    center: float
    sd: float
    at: tuple[float, ...]
    names: tuple[str, ...]
    along: tuple[float, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value at which effects are given."""
        low, *_, high = self.at
        return low, high


def steps_of(prepared: Prepared, predictor: str) -> Steps:
    """Choose the values of the predictor; none is that of one cluster or person.

    Parameters
    ----------
    prepared : Prepared
    predictor : str
    """
    values = _column(prepared, Parameter(PathName.C_PRIME, _outer(prepared), None))
    if prepared.predictor_level is not None:
        level = prepared.clusters.names.index(prepared.predictor_level)
        center = float(cluster_means(values, prepared.clusters.codes[level]).mean())
    else:
        center = float(values.mean())
    sd = next(scale.sd_between for scale in prepared.scales if scale.name == predictor)
    different = np.unique(values)
    if len(different) == 2:
        low, high = map(float, different)
        return Steps(center, sd, (low, high), ("low", "high"), (low, high))
    along = center + sd * np.linspace(-REACH, REACH, N_POINTS)
    at = (center - sd, center, center + sd)
    return Steps(center, sd, at, ("low", "mean", "high"), tuple(along.tolist()))


def product_role(mediator: str, level: Level) -> Parameter:
    """Give the role of a product: a slope b of its own.

    Examples
    --------
    >>> product_role("alliance", Level.WITHIN).mediator
    'alliance x predictor'
    """
    return Parameter(PathName.B, level, f"{mediator} x predictor")


def product_columns(
    model: MediationModel, prepared: Prepared, center: float, level: Level
) -> Iterator[tuple[str, Array]]:
    """Multiply the centred predictor with the part of each mediator at a level.

    Products inside clusters are taken from their cluster means: of a predictor that varies inside
    clusters they would else hold differences between these.

    Yields
    ------
    mediator : str
    column : ndarray, shape (n_rows,)
    """
    x = _column(prepared, Parameter(PathName.C_PRIME, _outer(prepared), None)) - center
    for mediator in model.mediators:
        part = _column(prepared, Parameter(PathName.B, level, mediator))
        if level is Level.SINGLE:
            part = part - part.mean()
        elif level is Level.BETWEEN:
            part = part - cluster_means(part, prepared.clusters.codes[-1]).mean()
        product = x * part
        if level is Level.WITHIN:
            product = product - means_of_rows(product, prepared.clusters.codes[-1])
        yield mediator, product


def _outer(prepared: Prepared) -> Level:
    return Level.BETWEEN if prepared.clusters.names else Level.SINGLE


def _column(prepared: Prepared, role: Parameter) -> Array:
    equation = prepared.outcome_equation
    values: Array = equation.x[:, equation.roles.index(role)]
    return values
