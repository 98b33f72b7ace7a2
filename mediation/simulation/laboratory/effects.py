"""The effects that a design asks for, as functions of the paths of a model."""

from __future__ import annotations

from mediation.arrays import read_only
from mediation.model import Form, Parameter, effects_of
from mediation.model.effects import Term
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory.design import Method
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName

_NAMES = {
    "indirect within": (EffectName.INDIRECT, Level.WITHIN),
    "indirect between": (EffectName.INDIRECT, Level.BETWEEN),
    "contextual": (EffectName.CONTEXTUAL, Level.BETWEEN),
    "direct": (EffectName.DIRECT, None),
    "total": (EffectName.TOTAL, None),
}
# What needs a mediator that is split, and what needs fidelity that is constant inside clusters.
_OF_CLUSTERS = frozenset({"contextual"})
_BETWEEN = frozenset({"contextual", "indirect between"})
_PATHS = {"a": (PathName.A, None), "b within": (PathName.B, Level.WITHIN)}


def forms_of(
    parameters: tuple[Parameter, ...], effects: tuple[str, ...], *, predictor_varies: bool
) -> dict[str, Form]:
    """Give the function of the paths that each effect is; those without a meaning are left out.

    Parameters
    ----------
    parameters : tuple of Parameter
        Of a model with one mediator. Where that is not split, there is one b and one indirect
        effect, which stands for all of them.
    effects : tuple of str
        Names as in a design.
    predictor_varies : bool
        Whether the predictor varies inside clusters: nothing between is defined then.

    Returns
    -------
    dict of str to Form

    Examples
    --------
    >>> a, b = (Parameter(path, Level.SINGLE, "m") for path in (PathName.A, PathName.B))
    >>> list(forms_of((a, b), ("indirect within", "a", "contextual"), predictor_varies=False))
    ['indirect within', 'a']
    """
    found = effects_of(parameters, _mediators(parameters), predictor_varies=predictor_varies)
    forms = {}
    for name in effects:
        if name in _PATHS:
            path, level = _PATHS[name]
            at = [
                p.path is path and p.level in (level or p.level, Level.SINGLE) for p in parameters
            ]
            forms[name] = Form((Term(read_only(at)),))
            continue
        wanted, level = _NAMES[name]
        for effect in found:
            fits = level is None or effect.level in (level, Level.SINGLE)
            if effect.name is wanted and fits and effect.status is EffectStatus.DEFINED:
                forms[name] = effect.form
    return forms


def effects_in(cell: Cell, method: Method, effects: tuple[str, ...]) -> tuple[str, ...]:
    """List the effects that have a meaning for a method in a cell: those of `forms_of`.

    Parameters
    ----------
    cell : Cell
    method : Method
    effects : tuple of str
        Names as in a design.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> import mediation as med
    >>> from mediation.simulation.sizes import unequal_sizes
    >>> default = Method("default", med.MixedModels(), med.MonteCarlo())
    >>> changing = Cell(unequal_sizes(14, 22), time_varying=True)
    >>> effects_in(changing, default, ("a", "contextual", "indirect between"))
    ('a',)
    """
    without = frozenset[str]()
    if method.ignores_clusters:
        without = _OF_CLUSTERS
    elif cell.time_varying:
        without = _BETWEEN
    return tuple(effect for effect in effects if effect not in without)


def _mediators(parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.mediator for p in parameters if p.mediator is not None))
