"""The two ways in which the slope of the outcome on the mediator may not be one number."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.sensitivity.moderation_result import Moderation
from mediation.sensitivity.slopes import SlopesOfClusters


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SlopeModeration:
    """Slopes that change with the predictor, and slopes that differ between clusters.

    Attributes
    ----------
    interaction : Moderation or None
        None where the model with products could not be estimated.
    slopes : tuple of SlopesOfClusters
        For each mediator; empty without clusters.
    """

    interaction: Moderation | None
    slopes: tuple[SlopesOfClusters, ...]
