"""A latent mediation model as arrows and covariances between observed and latent variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mediation.arrays import Array, IntArray
from mediation.model import Parameter
from mediation.vocabulary import Level, PathName

BoolArray = NDArray[np.bool_]
Indicators = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a free parameter stands: an arrow tail -> head, or a covariance of two residuals.

    Attributes
    ----------
    head, tail : str
        Variables; for a variance both are the same.
    is_arrow : bool
    role : Parameter or None
        The path it is, if it is one.
    """

    head: str
    tail: str
    is_arrow: bool
    role: Parameter | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """Variables and free parameters of a latent model, in the notation of McArdle.

    With A the arrows and P the covariances of what no arrow explains, the variables have the
    covariance E P E', E = (I - A)^-1; the observed ones come first.

    Attributes
    ----------
    variables : tuple of str, length n_variables
        Observed variables (exogenous, mediators without indicators, indicators, outcome), then
        latent ones.
    n_exogenous, n_observed : int
        The first `n_exogenous` variables are given, not modelled; `n_observed` are observed.
    slots : tuple of Slot, length n_parameters
        Loadings, regressions, variances, covariances.
    indicators : tuple of (str, tuple of str)
        Latent variables and their indicators.
    markers : tuple of str
        The indicator of each latent variable whose loading is one.
    head, tail : ndarray of int, shape (n_parameters,)
        Positions of `slots` among `variables`.
    is_arrow : ndarray of bool, shape (n_parameters,)

    References
    ----------
    McArdle & McDonald (1984), British Journal of Mathematical and Statistical Psychology 37,
    234-251.
    """

    variables: tuple[str, ...]
    n_exogenous: int
    n_observed: int
    slots: tuple[Slot, ...]
    indicators: Indicators
    markers: tuple[str, ...]
    head: IntArray = field(init=False)
    tail: IntArray = field(init=False)
    is_arrow: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        at = {name: k for k, name in enumerate(self.variables)}
        for name, values in (
            ("head", [at[slot.head] for slot in self.slots]),
            ("tail", [at[slot.tail] for slot in self.slots]),
            ("is_arrow", [slot.is_arrow for slot in self.slots]),
        ):
            array = np.array(values)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def is_variance(self) -> BoolArray:
        """Which parameters are residual variances, shape (n_parameters,)."""
        mask: BoolArray = ~self.is_arrow & (self.head == self.tail)
        return mask

    @property
    def observed(self) -> tuple[str, ...]:
        """The observed variables."""
        return self.variables[: self.n_observed]

    def fixed_arrows(self) -> Array:
        """Give A with all free parameters at zero: the loadings of the markers are one."""
        arrows = np.zeros((len(self.variables),) * 2)
        for marker, (latent, _) in zip(self.markers, self.indicators, strict=True):
            arrows[self.variables.index(marker), self.variables.index(latent)] = 1.0
        return arrows

    def scale(self, deviations: Array) -> Array:
        """Give the factor from standardised to raw parameters, shape (n_parameters,).

        Parameters
        ----------
        deviations : ndarray, shape (n_observed,)
            Standard deviations of the observed variables; a latent variable has the scale of
            its marker.
        """
        markers = [self.variables.index(marker) for marker in self.markers]
        widths = np.concatenate([deviations, deviations[markers]])
        scaled: Array = np.where(
            self.is_arrow,
            widths[self.head] / widths[self.tail],
            widths[self.head] * widths[self.tail],
        )
        return scaled

    def starts(self) -> Array:
        """Give plain starting values for standardised variables: equal loadings, no paths."""
        values: Array = np.where(self.is_variance, 0.5, 0.0)
        measured = {(item, latent) for latent, items in self.indicators for item in items}
        for k, slot in enumerate(self.slots):
            if slot.is_arrow and (slot.head, slot.tail) in measured:
                values[k] = 1.0
        return values


def build_structure(
    *,
    predictor: str,
    mediators: tuple[str, ...],
    outcome: str,
    mediator_terms: tuple[str, ...],
    outcome_terms: tuple[str, ...],
    indicators: Indicators,
) -> Structure:
    """Write a mediation model with latent mediators as arrows and covariances.

    Every mediator depends on predictor and `mediator_terms`, the outcome on mediators, predictor
    and `outcome_terms`; the residuals of mediators covary.

    Parameters
    ----------
    predictor, outcome : str
    mediators : tuple of str
        Keys of `indicators` are latent, all others observed.
    mediator_terms, outcome_terms : tuple of str
        Columns of the covariates of each equation.
    indicators : tuple of (str, tuple of str)

    Returns
    -------
    Structure

    Examples
    --------
    >>> structure = build_structure(
    ...     predictor="x", mediators=("m",), outcome="y", mediator_terms=(), outcome_terms=(),
    ...     indicators=(("m", ("i", "j", "k")),))
    >>> structure.variables
    ('x', 'i', 'j', 'k', 'y', 'm')
    >>> len(structure.slots)
    10
    """
    latent = tuple(name for name, _ in indicators)
    items = tuple(item for _, group in indicators for item in group)
    exogenous = tuple(dict.fromkeys((predictor, *mediator_terms, *outcome_terms)))
    plain = tuple(name for name in mediators if name not in latent)
    observed = (*exogenous, *plain, *items, outcome)
    slots = [Slot(item, name, True) for name, group in indicators for item in group[1:]]
    for name in mediators:
        slots.append(Slot(name, predictor, True, Parameter(PathName.A, Level.SINGLE, name)))
        slots += [Slot(name, term, True) for term in mediator_terms]
    slots += [
        Slot(outcome, name, True, Parameter(PathName.B, Level.SINGLE, name)) for name in mediators
    ]
    slots.append(Slot(outcome, predictor, True, Parameter(PathName.C_PRIME, Level.SINGLE, None)))
    slots += [Slot(outcome, term, True) for term in outcome_terms]
    slots += [Slot(name, name, False) for name in (*items, *mediators, outcome)]
    slots += [Slot(one, other, False) for one, other in combinations(mediators, 2)]
    return Structure(
        variables=(*observed, *latent),
        n_exogenous=len(exogenous),
        n_observed=len(observed),
        slots=tuple(slots),
        indicators=indicators,
        markers=tuple(group[0] for _, group in indicators),
    )


def describe_structure(structure: Structure) -> str:
    """Write a structure in semopy's language, with neutral names that it can parse.

    Variable k is `v<k>`, parameter k is `p<k>`.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    str
    """
    name = {variable: f"v{k}" for k, variable in enumerate(structure.variables)}
    loadings = {
        latent: [f"1*{name[marker]}"]
        for marker, (latent, _) in zip(structure.markers, structure.indicators, strict=True)
    }
    measured = {(item, latent) for latent, items in structure.indicators for item in items}
    lines = []
    for k, slot in enumerate(structure.slots):
        term = f"p{k}*{name[slot.head if (slot.head, slot.tail) in measured else slot.tail]}"
        if not slot.is_arrow:
            lines.append(f"{name[slot.head]} ~~ {term}")
        elif (slot.head, slot.tail) in measured:
            loadings[slot.tail].append(term)
        else:
            lines.append(f"{name[slot.head]} ~ {term}")
    measurement = [f"{name[latent]} =~ {' + '.join(terms)}" for latent, terms in loadings.items()]
    return "\n".join(measurement + lines)
