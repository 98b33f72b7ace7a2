"""What is to be estimated: roles, design, effects as functions of paths.

Depends on `vocabulary` and `errors`; knows no data.
"""

from mediation.model.effects import Effect, Form, Parameter, Ratio, Term, effects_of
from mediation.model.specification import MediationModel

__all__ = ["Effect", "Form", "MediationModel", "Parameter", "Ratio", "Term", "effects_of"]
