"""The coverage laboratory: how often intervals of any engine hold in any design."""

from mediation.simulation.laboratory.design import Design, Method
from mediation.simulation.laboratory.design_file import read_design
from mediation.simulation.laboratory.run import run_coverage

__all__ = ["Design", "Method", "read_design", "run_coverage"]
