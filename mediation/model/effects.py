"""Effects as functions of paths: one bilinear form each, for estimates and draws alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mediation.arrays import Array, read_only
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName


class Parameter(NamedTuple):
    """One path of the model; `mediator` is None for c' and the total slope."""

    path: PathName
    level: Level
    mediator: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """An effect as (left . paths) * (right . paths), or left . paths alone.

    Attributes
    ----------
    name, level, mediator
        What the effect is; `mediator` is None for direct and total.
    left : ndarray, shape (n_paths,)
        Weights of the first factor.
    right : ndarray, shape (n_paths,), or None
        Weights of the second factor; None for an effect that is one path.
    status : EffectStatus
        Whether the model at hand gives the effect a meaning.
    """

    name: EffectName
    level: Level
    mediator: str | None
    left: Array
    right: Array | None
    status: EffectStatus = EffectStatus.DEFINED

    def value(self, paths: Array) -> Array:
        """Value at `paths`, shape (..., n_paths) -> (...)."""
        first: Array = paths @ self.left
        return first if self.right is None else first * (paths @ self.right)

    def gradient(self, paths: Array) -> Array:
        """Give the derivative of `value` at one point, shape (n_paths,)."""
        if self.right is None:
            return self.left
        return self.left * (paths @ self.right) + self.right * (paths @ self.left)

    @property
    def weights(self) -> Array:
        """Boolean-like mask of the paths the effect depends on, shape (n_paths,)."""
        right = 0.0 if self.right is None else np.abs(self.right)
        return np.abs(self.left) + right


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
    indirect effects); Talloen et al. (2016), JEBS 41, 359-391 (the contextual part).

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

    effects = []
    for mediator in mediators:
        a = unit(PathName.A, outer, mediator)
        if Parameter(PathName.B, Level.WITHIN, mediator) not in parameters:
            b = unit(PathName.B, Level.SINGLE, mediator)
            effects.append(Effect(EffectName.INDIRECT, Level.SINGLE, mediator, a, b))
            continue
        b_within = unit(PathName.B, Level.WITHIN, mediator)
        b_between = unit(PathName.B, Level.BETWEEN, mediator)
        contrast = read_only(b_between - b_within)
        status = status_of(PathName.B, Level.BETWEEN, mediator)
        if predictor_varies:
            status = EffectStatus.VARYING_PREDICTOR
        effects += [
            Effect(EffectName.INDIRECT, Level.WITHIN, mediator, a, b_within),
            Effect(EffectName.CONTEXTUAL, Level.BETWEEN, mediator, a, contrast, status),
            Effect(EffectName.INDIRECT, Level.BETWEEN, mediator, a, b_between, status),
        ]
    c_prime = unit(PathName.C_PRIME, outer, None)
    total = unit(PathName.TOTAL, outer, None)
    status = status_of(PathName.C_PRIME, outer, None)
    effects.append(Effect(EffectName.DIRECT, outer, None, c_prime, None, status))
    effects.append(Effect(EffectName.TOTAL, outer, None, total, None))
    return tuple(effects)
