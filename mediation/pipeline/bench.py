"""What every analysis of one cell of a grid needs: study, plan, streams of random numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from mediation.errors import MediationError
from mediation.inference.infer import infer
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.missing_values import fit_model
from mediation.pipeline.plans import Plan
from mediation.study.method_entries import MissingEntry
from mediation.study.study import Study
from mediation.vocabulary import MissingMethod

Found = TypeVar("Found")


@dataclass(slots=True)
class Bench:
    """What every analysis of a cell needs, and the warnings of those that failed.

    Attributes
    ----------
    study : Study
    plan : Plan
    seed : int
    warnings : list of str
        Grows by what could not be made beside the declared analysis.
    """

    study: Study
    plan: Plan
    seed: int
    warnings: list[str] = field(default_factory=list)

    def rng(self, variant: int) -> np.random.Generator:
        """Give the stream of random numbers of one analysis; each has a number of its own."""
        return np.random.default_rng([self.seed, self.plan.entry, self.plan.cell, variant])

    def fit(
        self, plan: Plan, table: AnalysisTable, variant: int, missing: MissingEntry | None = None
    ) -> MediationResult:
        """Fit with one stream of random numbers."""
        rng, missing = self.rng(variant), missing or MissingEntry()
        fitted = fit_model(self.study, plan.model, table, plan.engine, missing, rng)
        if missing.method is MissingMethod.MULTIPLE_IMPUTATION:
            # As at the shift of none of the tipping point, so that both are one number.
            rng = np.random.default_rng(self.limits_seed(variant))
        return replace(infer(fitted, plan.interval, rng), seed=self.seed)

    def limits_seed(self, variant: int) -> list[int]:
        """Seed of the intervals of pooled fits."""
        return [self.seed, self.plan.entry, self.plan.cell, variant, 1]

    def attempt(
        self,
        name: str,
        plan: Plan,
        table: AnalysisTable,
        variant: int,
        missing: MissingEntry | None = None,
    ) -> tuple[tuple[str, MediationResult], ...]:
        """Fit what stands beside the declared analysis; what cannot be fitted is a warning."""
        try:
            return ((name, self.fit(plan, table, variant, missing)),)
        except MediationError as error:
            said = for_readers(error)
            self.warnings.append(f"{plan.model.outcome}: not fitted with {name}. {said}")
            return ()

    def part(self, name: str, make: Callable[[], Found]) -> Found | None:
        """Make one part of the robustness of a cell; what cannot be made is a warning."""
        try:
            return make()
        except MediationError as error:
            self.warnings.append(f"{self.plan.model.outcome}: no {name}. {for_readers(error)}")
            return None


def for_readers(error: MediationError) -> str:
    """Leave out what only who writes Python can follow: advice in code, and lists of options."""
    said = str(error).partition(" Intervals that go with this fit:")[0]
    kept = [sentence for sentence in re.split(r"(?<=\.) ", said) if "()" not in sentence]
    return " ".join(kept) or said
