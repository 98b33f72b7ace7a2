"""Where the paths of a mediation model stand among the matrices of a two-level model."""

from __future__ import annotations

from mediation.arrays import IntArray
from mediation.estimation.two_level.design import TwoLevelDesign
from mediation.estimation.two_level.units import positions_of
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import Level, PathName


def path_cells(model: MediationModel, design: TwoLevelDesign) -> dict[Parameter, int]:
    """Position of each path in the vector that `to_data_units` gives, in the order of paths.

    Parameters
    ----------
    model : MediationModel
    design : TwoLevelDesign

    Returns
    -------
    dict of Parameter to int
    """
    at = positions_of(design.structure)
    n = len(model.mediators)
    where = "within" if design.predictor_varies else "between"
    names = design.within_names if design.predictor_varies else design.between_names
    x = names.index(model.predictor)
    effects, total = at[f"effects_{where}"], at[f"reduced_{where}"]
    slopes: dict[Level, IntArray] = {
        Level.WITHIN: at["slopes_within"],
        Level.BETWEEN: at["slopes_between"],
    }
    cells = {
        Parameter(PathName.A, Level.BETWEEN, m): effects[k, x]
        for k, m in enumerate(model.mediators)
    }
    cells[Parameter(PathName.C_PRIME, Level.BETWEEN, None)] = effects[n, x]
    for k, mediator in enumerate(model.mediators):
        for level, matrix in slopes.items():
            cells[Parameter(PathName.B, level, mediator)] = matrix[n, k]
    cells[Parameter(PathName.TOTAL, Level.BETWEEN, None)] = total[n, x]
    return {parameter: int(cell) for parameter, cell in cells.items()}
