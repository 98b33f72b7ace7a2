"""What a model with products of predictor and mediators says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.inference.interval import Estimate
from mediation.model import MediationModel
from mediation.sensitivity.moderation_columns import Steps
from mediation.vocabulary import Level


@dataclass(frozen=True, slots=True)
class Interaction:
    """How much the slope b of one mediator changes per point of the predictor.

    Attributes
    ----------
    mediator : str
    level : Level
        Which slope: b within, b between, or the only one.
    value : Estimate
        Points of the outcome per point of the mediator and point of the predictor.
    """

    mediator: str
    level: Level
    value: Estimate


@dataclass(frozen=True, slots=True)
class ConditionalEffect:
    """The slope b and the product a b where the predictor has one value.

    Attributes
    ----------
    mediator : str
    level : Level
    at : float
        Value of the predictor.
    slope, effect : Estimate
        b + d (x - mean), and a times it: the indirect effect per point of the predictor.
    """

    mediator: str
    level: Level
    at: float
    slope: Estimate
    effect: Estimate


@dataclass(frozen=True, slots=True)
class NaturalEffects:
    """Natural effects of moving the predictor from low to high, with the interaction allowed.

    Attributes
    ----------
    mediator : str
    level : Level
    low, high : float
    direct : Estimate
        Pure natural direct effect: the mediator stays what it would be at `low`.
    indirect : Estimate
        Total natural indirect effect: the predictor is at `high`, the mediator moves.
    """

    mediator: str
    level: Level
    low: float
    high: float
    direct: Estimate
    indirect: Estimate


@dataclass(frozen=True, slots=True, repr=False)
class Moderation:
    """A model of the outcome with products of predictor and mediators.

    Attributes
    ----------
    model : MediationModel
    engine_label, interval_label : str
    conf_level : float
    steps : Steps
        Values of the predictor at which effects are given.
    interactions : tuple of Interaction
        For every mediator within (or single), then, where it can be estimated, between.
    effects : tuple of ConditionalEffect
        At the values named in `steps`.
    curve : tuple of ConditionalEffect
        The same at more values, for a line.
    natural : tuple of NaturalEffects
        With one mediator; empty with several.
    n_rows, n_clusters : int
        Rows analysed, and clusters at the predictor's level.
    """

    model: MediationModel
    engine_label: str
    interval_label: str
    conf_level: float
    steps: Steps
    interactions: tuple[Interaction, ...]
    effects: tuple[ConditionalEffect, ...]
    curve: tuple[ConditionalEffect, ...]
    natural: tuple[NaturalEffects, ...]
    n_rows: int
    n_clusters: int

    def to_frame(self) -> pd.DataFrame:
        """One row per interaction, conditional slope, conditional effect and natural effect.

        Returns
        -------
        DataFrame
            Columns `quantity, mediator, level, at, estimate, std_error, df, conf_low, conf_high,
            p_value`; `at` is the value of the predictor, NaN where there is none.
        """
        rows: list[tuple[str, str, Level, float, Estimate]] = []
        for each in self.interactions:
            rows.append(("interaction", each.mediator, each.level, np.nan, each.value))
        for at in self.effects:
            rows.append(("slope", at.mediator, at.level, at.at, at.slope))
            rows.append(("indirect", at.mediator, at.level, at.at, at.effect))
        for n in self.natural:
            rows.append(("natural_direct", n.mediator, n.level, np.nan, n.direct))
            rows.append(("natural_indirect", n.mediator, n.level, np.nan, n.indirect))
        return pd.DataFrame(
            {
                "quantity": name,
                "mediator": mediator,
                "level": level.value,
                "at": at_value,
                "estimate": v.estimate,
                "std_error": v.std_error,
                "df": v.df,
                "conf_low": v.conf_low,
                "conf_high": v.conf_high,
                "p_value": v.p_value,
            }
            for name, mediator, level, at_value, v in rows
        )
