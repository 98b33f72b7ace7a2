"""The truth a synthetic study was made from, matched to estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mediation.inference.interval import Estimate
from mediation.reporting.contents import Cell
from mediation.reporting.wording import effect_text, innermost, path_text
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName

_PATHS = {
    (PathName.A, Level.BETWEEN): ("a",),
    (PathName.B, Level.WITHIN): ("b_within",),
    (PathName.B, Level.BETWEEN): ("b_between_manifest",),
    (PathName.C_PRIME, Level.BETWEEN): ("c_prime_manifest", "c_prime"),
}
_EFFECTS = {
    (EffectName.INDIRECT, Level.WITHIN): ("indirect_within",),
    (EffectName.CONTEXTUAL, Level.BETWEEN): ("contextual_manifest",),
    (EffectName.INDIRECT, Level.BETWEEN): ("indirect_between_manifest",),
    (EffectName.TOTAL, Level.BETWEEN): ("total",),
}


def true_values(
    truth: Mapping[str, object] | None, cell: Cell
) -> Iterator[tuple[str, float, Estimate]]:
    """Pair the estimates of one model with the truth.

    Parameters
    ----------
    truth : mapping or None
        `truth.json`: `effects` by outcome.
    cell : Cell

    Yields
    ------
    (str, float, Estimate)
        Name of the quantity, its true value, its estimate. Quantities that the truth does not
        have, and effects the model does not define, are left out.
    """
    effects = None if truth is None else truth.get("effects")
    known = effects.get(cell.outcome) if isinstance(effects, Mapping) else None
    if not isinstance(known, Mapping) or len(cell.result.fit.model.mediators) != 1:
        return
    varies = cell.result.fit.predictor_varies
    for path in cell.result.paths:
        names = _PATHS.get((path.path, path.level), ())
        # The slope on observed means has a closed form only where the predictor is constant.
        if varies and path.path is PathName.B and path.level is Level.BETWEEN:
            continue
        true = _lookup(known, names[-1:] if varies else names, cell)
        if true is not None:
            yield path_text(path.path, path.level), true, path.value
    for effect in cell.result.effects:
        true = _lookup(known, _EFFECTS.get((effect.effect, effect.level), ()), cell)
        if true is not None and effect.status is EffectStatus.DEFINED:
            name = effect_text(effect.effect, effect.level, innermost(cell.result))
            yield name, true, effect.value


def _lookup(known: Mapping[str, object], names: tuple[str, ...], cell: Cell) -> float | None:
    """Take the first of these quantities that is known, at the waves of the model."""
    for name in names:
        value = known.get(name)
        if isinstance(value, Mapping) and cell.waves is not None:
            value = value.get(f"{cell.waves.mediator:g}-{cell.waves.outcome:g}")
        if isinstance(value, int | float):
            return float(value)
    return None
