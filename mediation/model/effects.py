"""Effects as functions of paths: sums of products, for estimates and draws alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mediation.arrays import Array, BoolArray, read_only
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName


class Parameter(NamedTuple):
    """One path of the model; `mediator` is None for c' and the total slope."""

    path: PathName
    level: Level
    mediator: str | None


class Term(NamedTuple):
    """A product (left . paths) * (right . paths), or left . paths alone if `right` is None."""

    left: Array
    right: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A sum of products of linear forms in the paths: what every effect is.

    Attributes
    ----------
    terms : tuple of Term
        With weights of shape (n_paths,).
    """

    terms: tuple[Term, ...]

    def value(self, paths: Array) -> Array:
        """Value at `paths`, shape (..., n_paths) -> (...)."""
        total: Array | float = 0.0
        for left, right in self.terms:
            first = _linear(paths, left)
            total = total + (first if right is None else first * _linear(paths, right))
        return np.asarray(total)

    def gradient(self, paths: Array) -> Array:
        """Give the derivative of `value`, shape (..., n_paths) -> (..., n_paths)."""
        total: Array = np.zeros(paths.shape)
        for left, right in self.terms:
            if right is None:
                total = total + left
            else:
                total = total + left * _linear(paths, right)[..., None]
                total = total + right * _linear(paths, left)[..., None]
        return total

    @property
    def uses(self) -> BoolArray:
        """Which paths it depends on, shape (n_paths,)."""
        found: BoolArray = np.zeros(self.terms[0].left.shape, dtype=bool)
        for left, right in self.terms:
            found = found | (left != 0) | (False if right is None else right != 0)
        return found

    def times(self, factor: float) -> Form:
        """Multiply by a number."""
        return Form(tuple(Term(factor * left, right) for left, right in self.terms))

    def plus(self, other: Form) -> Form:
        """Add another."""
        return Form(self.terms + other.terms)


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """One form over another."""

    part: Form
    whole: Form

    def value(self, paths: Array) -> Array:
        """Value at `paths`, shape (..., n_paths) -> (...)."""
        return self.part.value(paths) / self.whole.value(paths)

    def gradient(self, paths: Array) -> Array:
        """Give the derivative of `value` at one point, shape (n_paths,)."""
        whole = self.whole.value(paths)
        share = self.part.value(paths) / whole
        slope: Array = (self.part.gradient(paths) - share * self.whole.gradient(paths)) / whole
        return slope

    @property
    def uses(self) -> BoolArray:
        """Which paths it depends on, shape (n_paths,)."""
        return self.part.uses | self.whole.uses


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """An effect as a function of the paths.

    Attributes
    ----------
    name, level, mediator
        What the effect is; `mediator` is None for direct and total effects and for sums over
        mediators.
    form : Form
    status : EffectStatus
        Whether the model at hand gives the effect a meaning.
    """

    name: EffectName
    level: Level
    mediator: str | None
    form: Form
    status: EffectStatus = EffectStatus.DEFINED

    def value(self, paths: Array) -> Array:
        """Value at `paths`, shape (..., n_paths) -> (...)."""
        return self.form.value(paths)


def effects_of(
    parameters: tuple[Parameter, ...],
    mediators: tuple[str, ...],
    *,
    predictor_varies: bool,
    not_identified: frozenset[Parameter] = frozenset(),
) -> tuple[Effect, ...]:
    """List the effects that a model with these paths has, in the order of the tables.

    Parameters
    ----------
    parameters : tuple of Parameter
        The order of the path vector.
    mediators : tuple of str
        Mediators in the order of the tables.
    predictor_varies : bool
        Whether the predictor varies inside the innermost clusters; between and contextual
        effects have no meaning then.
    not_identified : frozenset of Parameter
        Paths the data could not identify; an effect made of one has no number.

    Returns
    -------
    tuple of Effect

    References
    ----------
    Preacher, Zyphur & Zhang (2010), Psychological Methods 15, 209-233 (within and between
    indirect effects); Talloen et al. (2016), JEBS 41, 359-391 (the contextual part); Preacher &
    Hayes (2008), Behavior Research Methods 40, 879-891 (the sum over mediators).

    Examples
    --------
    >>> a = Parameter(PathName.A, Level.SINGLE, "m")
    >>> b = Parameter(PathName.B, Level.SINGLE, "m")
    >>> c = Parameter(PathName.C_PRIME, Level.SINGLE, None)
    >>> t = Parameter(PathName.TOTAL, Level.SINGLE, None)
    >>> first, *_ = effects_of((a, b, c, t), ("m",), predictor_varies=False)
    >>> float(first.value(np.array([0.5, 0.4, 0.1, 0.3])))
    0.2
    """
    outer = next(p.level for p in parameters if p.path is PathName.A)

    def unit(path: PathName, level: Level, mediator: str | None) -> Array:
        return read_only([p == Parameter(path, level, mediator) for p in parameters])

    def status_of(path: PathName, level: Level, mediator: str | None) -> EffectStatus:
        is_missing = Parameter(path, level, mediator) in not_identified
        return EffectStatus.NOT_IDENTIFIED if is_missing else EffectStatus.DEFINED

    effects: list[Effect] = []
    for mediator in mediators:
        a = unit(PathName.A, outer, mediator)
        if Parameter(PathName.B, Level.WITHIN, mediator) not in parameters:
            b = unit(PathName.B, Level.SINGLE, mediator)
            effects.append(Effect(EffectName.INDIRECT, Level.SINGLE, mediator, _product(a, b)))
            continue
        b_within = unit(PathName.B, Level.WITHIN, mediator)
        b_between = unit(PathName.B, Level.BETWEEN, mediator)
        contrast = read_only(b_between - b_within)
        status = status_of(PathName.B, Level.BETWEEN, mediator)
        if predictor_varies:
            status = EffectStatus.VARYING_PREDICTOR
        effects += [
            Effect(EffectName.INDIRECT, Level.WITHIN, mediator, _product(a, b_within)),
            Effect(EffectName.CONTEXTUAL, Level.BETWEEN, mediator, _product(a, contrast), status),
            Effect(EffectName.INDIRECT, Level.BETWEEN, mediator, _product(a, b_between), status),
        ]
    if len(mediators) > 1:
        effects += _sums(effects)
    c_prime = Form((Term(unit(PathName.C_PRIME, outer, None)),))
    total = Form((Term(unit(PathName.TOTAL, outer, None)),))
    status = status_of(PathName.C_PRIME, outer, None)
    effects.append(Effect(EffectName.DIRECT, outer, None, c_prime, status))
    effects.append(Effect(EffectName.TOTAL, outer, None, total))
    return tuple(effects)


def _linear(paths: Array, weights: Array) -> Array:
    """Weighted sum of the paths, reading only those with a weight; (..., n_paths) -> (...)."""
    at = np.flatnonzero(weights)
    if len(at) == 0:
        return np.zeros(paths.shape[:-1])
    total: Array = weights[at[0]] * paths[..., at[0]]
    for k in at[1:]:
        total = total + weights[k] * paths[..., k]
    return total


def _product(left: Array, right: Array) -> Form:
    return Form((Term(left, right),))


def _sums(effects: list[Effect]) -> list[Effect]:
    """Indirect effects summed over mediators, level by level."""
    sums = []
    for level in (Level.SINGLE, Level.WITHIN, Level.BETWEEN):
        parts = [e for e in effects if e.name is EffectName.INDIRECT and e.level is level]
        if parts:
            form = Form(tuple(term for part in parts for term in part.form.terms))
            without = [e.status for e in parts if e.status is not EffectStatus.DEFINED]
            status = without[0] if without else EffectStatus.DEFINED
            sums.append(Effect(EffectName.TOTAL_INDIRECT, level, None, form, status))
    return sums
