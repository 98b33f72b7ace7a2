"""What a study consists of, by its manifest; and which studies a twin can be made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mediation.errors import SimulationError
from mediation.simulation.twin.censored import Scale
from mediation.study.entries import ModelEntry, VariableEntry
from mediation.study.manifest import (
    BASELINE_SUFFIX,
    CLIENT,
    DATE,
    ENROLLED,
    Manifest,
    TableRole,
)
from mediation.vocabulary import VariableKind


@dataclass(frozen=True, slots=True)
class Layout:
    """Roles of the columns of a study with interviews.

    Attributes
    ----------
    manifest : Manifest
    predictor, mediator : str
    outcomes : tuple of str
    others : tuple of str
        Interview scores that are neither.
    waves : tuple of float
    """

    manifest: Manifest
    predictor: str
    mediator: str
    outcomes: tuple[str, ...]
    others: tuple[str, ...]
    waves: tuple[float, ...]

    @property
    def scores(self) -> tuple[str, ...]:
        """Interview scores: the mediator first."""
        return (self.mediator, *self.outcomes, *self.others)

    @property
    def fidelity_scores(self) -> tuple[str, ...]:
        """Score columns of the fidelity table, the predictor first."""
        keys = (DATE, self.scored_level)
        names = self.manifest.columns(TableRole.FIDELITY)
        return tuple(sorted((n for n in names if n not in keys), key=lambda n: n != self.predictor))

    @property
    def scored_level(self) -> str:
        """Cluster column that fidelity is scored for."""
        return self.manifest.fidelity_cluster or ""

    @property
    def covariates(self) -> tuple[str, ...]:
        """Columns of the clients that are neither keys, clusters nor dates."""
        keys = (CLIENT, ENROLLED, *self.manifest.cluster_columns)
        return tuple(n for n in self.manifest.columns(TableRole.CLIENTS) if n not in keys)

    def entry(self, outcome: str) -> ModelEntry:
        """Give the first model with an outcome: the one whose equations the twin has."""
        return next(entry for entry in self.manifest.models if outcome in entry.outcomes)

    def is_category(self, name: str) -> bool:
        """Whether a column holds a category."""
        return self.manifest.variable(name).kind is VariableKind.CATEGORY

    def mediator_wave(self, outcome: str, wave: float) -> float:
        """Interview whose mediator acts on an outcome at `wave`: of the first pair that has it.

        For a wave in no pair, the interview before.
        """
        for pair in self.entry(outcome).waves:
            if pair.outcome == wave:
                return pair.mediator
        return self.waves[max(self.waves.index(wave) - 1, 0)]

    def known_pairs(self, outcome: str) -> tuple[tuple[float, float], ...]:
        """Waves of mediator and outcome for which the twin has a truth."""
        found = ((w.mediator, w.outcome) for w in self.entry(outcome).waves)
        return tuple(
            (m, y) for m, y in found
            if y != self.waves[0] and self.mediator_wave(outcome, y) == m
        )  # fmt: skip

    def scale(self, name: str, resolution: float) -> Scale:
        """Give ends and unit of a column; without a unit, the resolution of the data."""
        entry: VariableEntry = self.manifest.variable(name)
        low, high = entry.range or (-math.inf, math.inf)
        return Scale(low, high, entry.unit or resolution)


def layout_of(manifest: Manifest) -> Layout:
    """Read the roles of the columns, and refuse what a twin cannot be made of.

    Parameters
    ----------
    manifest : Manifest

    Returns
    -------
    Layout

    Raises
    ------
    SimulationError
        If the study is one table of rows, or its models have several mediators, another
        predictor than the linked score, or a covariate that changes from interview to interview.
    """
    if manifest.is_flat or manifest.linkage is None or manifest.waves is None:
        raise SimulationError(
            "A twin can be made of a study with fidelity, clients and interviews. Found one table "
            "of rows. Share such a table by other means, or describe it by its report alone."
        )
    models = manifest.models
    mediators = tuple(dict.fromkeys(name for model in models for name in model.mediators))
    outcomes = tuple(dict.fromkeys(name for model in models for name in model.outcomes))
    if len(mediators) != 1 or mediators[0] in outcomes:
        raise SimulationError(
            "A twin has one mediator, the same in every model and in no model the outcome, since "
            f"its truth is one set of paths for each outcome. Found {len(mediators)}: "
            f"{', '.join(mediators)}. Make a manifest with the models of one of them."
        )
    predictor = manifest.linkage.predictor
    if any(model.predictor != predictor for model in models):
        raise SimulationError(
            f"A twin needs the linked score `{predictor}` as the predictor of every model. Found "
            "another one. Make a manifest without those models."
        )
    _check_covariates(manifest)
    others = (n for n in manifest.interview_scores if n not in (*mediators, *outcomes))
    return Layout(manifest, predictor, mediators[0], outcomes, tuple(others), manifest.waves.values)


def covariates_of(entry: ModelEntry, of_mediator: bool) -> tuple[str, ...]:
    """Covariates of the mediator's or of the outcome's equation, without the baseline."""
    own = entry.mediator_covariates if of_mediator else entry.outcome_covariates
    return tuple(dict.fromkeys(entry.covariates + own))


def is_baseline(name: str, manifest: Manifest) -> bool:
    """Whether a covariate is an interview score at the first wave."""
    return (
        name.endswith(BASELINE_SUFFIX)
        and name.removesuffix(BASELINE_SUFFIX) in manifest.interview_scores
    )


def _check_covariates(manifest: Manifest) -> None:
    scores = manifest.interview_scores
    for model in manifest.models:
        named = covariates_of(model, True) + covariates_of(model, False)
        changing = [name for name in named if name in scores]
        if changing:
            raise SimulationError(
                "A twin can hold covariates of the clients and scores at the first wave. Found "
                f"`{changing[0]}`, an interview score at the wave of the outcome. Make a manifest "
                f"without it, or with `{changing[0]}{BASELINE_SUFFIX}`."
            )
