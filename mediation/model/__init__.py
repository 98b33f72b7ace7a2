"""What is to be estimated: roles, design, effects as functions of paths.

Depends on `vocabulary` and `errors`; knows no data.
"""

from mediation.model.effects import Effect, Parameter, effects_of
from mediation.model.specification import MediationModel

__all__ = ["Effect", "MediationModel", "Parameter", "effects_of"]
