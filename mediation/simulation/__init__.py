"""Worlds whose answer is known: truth, generator. Depends on `inference` and below."""

from mediation.simulation.defaults import DEFAULT_SEED, default_truth
from mediation.simulation.truth import Truth
from mediation.simulation.variants import null, scaled

__all__ = ["DEFAULT_SEED", "Truth", "default_truth", "null", "scaled"]
