"""The fits that a curve needs: tables linked once, each with its specifications."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from mediation.errors import MediationError, SpecificationError
from mediation.estimation.named import engine_of
from mediation.inference.result import EffectEstimate
from mediation.linkage.table import AnalysisTable
from mediation.missing.imputation_options import Imputation
from mediation.model import MediationModel
from mediation.pipeline.missing_values import imputation_beside, items_of_scores, link_for
from mediation.pipeline.plans import Plan, model_of
from mediation.pipeline.specifications.combine import Combination
from mediation.pipeline.specifications.samples import Sample, Samples, sample_of
from mediation.pipeline.specifications.variants import relinked, rescored, width_of
from mediation.reporting.specifications.gather import Effects
from mediation.sensitivity.specifications import Specification, Work, fit_specifications
from mediation.study.method_entries import MissingEntry
from mediation.study.study import Study
from mediation.vocabulary import MissingMethod

# Stream of random numbers of the specifications of a cell.
STREAM = 900
# Fewer fits than this are over before other processes have begun.
LEAST_SHARED = 60
TWO_ROLES = "a column would play two roles"
UNLINKED = "fidelity cannot be linked so"


@dataclass(slots=True)
class Workshop:
    """Collects the fits of all cells of an entry, and why there are others than these.

    Attributes
    ----------
    study : Study
    effects : tuple of str
        Of the entry, the headline first.
    seed : int
    left_out : Counter
    """

    study: Study
    effects: tuple[str, ...]
    seed: int
    left_out: Counter[str] = field(default_factory=Counter)
    _studies: dict[object, Study] = field(default_factory=dict)
    _tables: dict[object, AnalysisTable | None] = field(default_factory=dict)
    _samples: dict[object, Sample] = field(default_factory=dict)
    _work: dict[object, tuple[Work, list[tuple[int, Combination, float]]]] = field(
        default_factory=dict
    )

    def add(self, cell: int, plan: Plan, each: Combination, samples: Samples) -> None:
        """Take one combination of one cell, unless it cannot be made or would tell of a few."""
        study = self._study_of(each)
        why = ""
        try:
            model = model_of(study, each.entry, plan.model.outcome)
        except SpecificationError:
            self.left_out[TWO_ROLES] += len(each.effects)
            return
        missing = _with_helpers(each.entry.missing, model, plan)
        key = (cell, *self._key(each), missing.model_dump_json())
        table = self._linked(study, model, plan, missing, each)
        if table is None:
            why = UNLINKED
        elif not samples.may_show(self._sample(model, table, missing)):
            why = f"their rows differ from others' by fewer than {samples.minimum} people"
        if table is None or why:
            self.left_out[why] += len(each.effects)
            return
        made = self._specification(study, model, table, missing, each, (plan.entry, cell))
        unit = width_of(study, model.outcome) / width_of(self.study, model.outcome)
        if key not in self._work:
            self._work[key] = ((table.frame, ()), [])
        work, places = self._work[key]
        self._work[key] = ((work[0], (*work[1], made)), places)
        places.append((cell, each, unit))

    def fit(self, conf_level: float, n_workers: int | None = None) -> list[Effects]:
        """Fit everything that was taken."""
        work = [_lean(each) for each, _ in self._work.values()]
        n_fits = sum(len(specifications) for _, specifications in work)
        if n_workers is None:
            n_workers = -1 if n_fits >= LEAST_SHARED else 1
        found = fit_specifications(work, conf_level=conf_level, n_workers=n_workers)
        fitted: list[Effects] = []
        for (_, places), results in zip(self._work.values(), found, strict=True):
            for (cell, each, unit), result in zip(places, results, strict=True):
                if isinstance(result, str):
                    self.left_out[result] += len(each.effects)
                    continue
                fitted += self.read(cell, each, result, unit)
        return fitted

    def read(
        self, cell: int, each: Combination, rows: tuple[EffectEstimate, ...], unit: float
    ) -> list[Effects]:
        """Pair the effects of a fit with their choices."""
        found = []
        for at in each.effects:
            name, level = self.effects[at].split()
            named = [row for row in rows if row.effect.value == name]
            here = [row for row in named if row.level.value in (level, "single")]
            if not here:
                self.left_out[f"there is no {self.effects[at]} effect without clusters"] += 1
            for row in here:
                if row.status.value:
                    self.left_out[f"the {self.effects[at]} effect is {row.status.value}"] += 1
                else:
                    found.append(Effects(cell, (*each.choices[:-1], at), row, unit))
        return found

    def _key(self, each: Combination) -> tuple[str, str]:
        linkage = each.linkage.model_dump_json() if each.linkage else ""
        return linkage, each.scoring.model_dump_json()

    def _study_of(self, each: Combination) -> Study:
        key = self._key(each)
        if key not in self._studies:
            scored = self._studies.get(key[1]) or rescored(self.study, each.scoring)
            self._studies[key[1]] = scored
            self._studies[key] = relinked(scored, each.linkage)
        return self._studies[key]

    def _linked(
        self,
        study: Study,
        model: MediationModel,
        plan: Plan,
        missing: MissingEntry,
        each: Combination,
    ) -> AnalysisTable | None:
        """Link once what several models use; None where that cannot be done."""
        is_complete = missing.method is MissingMethod.COMPLETE_CASES
        of = (model.outcome, missing.of) if missing.auxiliary else None
        key = (*self._key(each), plan.waves, is_complete, missing.auxiliary, of)
        if key not in self._tables:
            try:
                self._tables[key] = link_for(study, model, plan.waves, missing)
            except MediationError:
                self._tables[key] = None
        return self._tables[key]

    def _sample(self, model: MediationModel, table: AnalysisTable, missing: MissingEntry) -> Sample:
        """List once who is analyzed by several engines."""
        key = (id(table), model.columns, model.clusters, missing.method)
        if key not in self._samples:
            self._samples[key] = sample_of(model, table.frame, missing.method)
        return self._samples[key]

    def _specification(
        self,
        study: Study,
        model: MediationModel,
        table: AnalysisTable,
        missing: MissingEntry,
        each: Combination,
        place: tuple[int, int],
    ) -> Specification:
        stream = (self.seed, *place, STREAM)
        made = Specification(
            model,
            engine_of(each.entry.engine),
            tuple(_pair(self.effects[at]) for at in each.effects),
            (*stream, *each.choices),
        )
        if missing.method is not MissingMethod.MULTIPLE_IMPUTATION:
            return made
        imputation = Imputation(missing.n_imputations, missing.n_iterations, missing.auxiliary)
        items = items_of_scores(study, model, table, missing)
        return replace(made, imputation=imputation, items=items, imputation_seed=stream)


def _pair(effect: str) -> tuple[str, str]:
    name, level = effect.split()
    return name, level


def _with_helpers(missing: MissingEntry, model: MediationModel, plan: Plan) -> MissingEntry:
    """Let the same columns help to impute as beside the declared analysis, if none are named."""
    is_imputed = missing.method is MissingMethod.MULTIPLE_IMPUTATION
    if not is_imputed or missing.auxiliary:
        return missing
    helpers = imputation_beside(model, plan.waves).auxiliary
    return missing.model_copy(update={"auxiliary": helpers})


def _lean(work: Work) -> Work:
    """Leave out columns that no specification reads: the table goes to another process."""
    frame, specifications = work
    needed: dict[str, None] = {}
    for each in specifications:
        helpers = each.imputation.auxiliary if each.imputation else ()
        needed |= dict.fromkeys((*each.model.columns, *each.model.clusters, *helpers))
    return frame[list(needed)], specifications
