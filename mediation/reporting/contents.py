"""Everything a report shows, as one value. The pipeline fills it; the writers read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediation.inference.result import MediationResult
from mediation.linkage.measures import ScaleMeasures
from mediation.linkage.table import AnalysisTable, ParticipantFlow, WavePair
from mediation.missing.attrition import Attrition
from mediation.missing.patterns import MissingPatterns
from mediation.reporting.specifications.curve import SpecificationCurve
from mediation.sensitivity.ceiling import Ceiling
from mediation.sensitivity.confounding_result import Confounding
from mediation.sensitivity.detectable_value import Detectable
from mediation.sensitivity.diagnostics_values import Diagnostics
from mediation.sensitivity.leave_one_out import LeaveOneOut
from mediation.sensitivity.levels import ClusterLevels
from mediation.sensitivity.linkage_varied import LinkageVaried
from mediation.sensitivity.measurement import MeasurementError
from mediation.sensitivity.moderation_slopes import SlopeModeration
from mediation.sensitivity.order import ReversedOrder
from mediation.sensitivity.rater import RatedSlope
from mediation.sensitivity.selection_result import SelectionOnMediator
from mediation.sensitivity.tipping import TippingPoint

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Variable:
    """A column as readers know it; `low` and `high` are the ends of the scale, if it has any."""

    name: str
    label: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """What could overturn the answer of a cell, in the order of the page.

    A part is None where it does not apply to the model, or could not be made.
    """

    confounding: tuple[Confounding, ...] | None = None
    measurement: MeasurementError | None = None
    ceiling: Ceiling | None = None
    leave_one_out: LeaveOneOut | None = None
    levels: ClusterLevels | None = None
    moderation: SlopeModeration | None = None
    linkage: LinkageVaried | None = None
    order: ReversedOrder | None = None
    rater: tuple[RatedSlope, ...] | None = None
    selection: tuple[SelectionOnMediator, ...] | None = None
    detectable: tuple[Detectable, ...] | None = None
    diagnostics: Diagnostics | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One model of a grid: an outcome at a pair of interviews.

    Attributes
    ----------
    outcome : str
    waves : WavePair or None
    result : MediationResult
        By the declared engine and interval.
    blind : MediationResult or None
        The published specification: least squares that takes clients as independent, with a
        percentile bootstrap of clients. None where the model has no clusters, or it failed.
    others : tuple of (str, MediationResult)
        Two other analyses of the same rows, each with its name, for example
        ("mixed models, t draws", ...).
    alternatives : tuple of (str, MediationResult)
        The same analysis of other rows or values, each with its label, for example
        ("fidelity of the last assessment before the interview", ...).
    table : AnalysisTable
    flow : ParticipantFlow
        With the rows analysed as its last step.
    headline_p_holm : tuple of float
        Holm-adjusted p-values of the headline rows, one for each mediator, adjusted over all
        headline rows of the entry.
    patterns : MissingPatterns or None
        Which columns of the model are missing together.
    tipping : TippingPoint or None
        The analysis with imputed outcomes moved; None where nothing is imputed.
    robustness : Robustness
    withheld : frozenset of int
        Numbers of rows that are not shown, as `disclosed` finds them.
    """

    outcome: str
    waves: WavePair | None
    result: MediationResult
    blind: MediationResult | None
    others: tuple[tuple[str, MediationResult], ...]
    alternatives: tuple[tuple[str, MediationResult], ...]
    table: AnalysisTable
    flow: ParticipantFlow
    headline_p_holm: tuple[float, ...]
    patterns: MissingPatterns | None = None
    tipping: TippingPoint | None = None
    robustness: Robustness = Robustness()
    withheld: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the manifest's models; `headline` is (effect, level), as in the manifest.

    `specifications` is None where the manifest lists no choices.
    """

    name: str
    headline: tuple[str, str]
    cells: tuple[Cell, ...]
    specifications: SpecificationCurve | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReportContents:
    """What the report is made from.

    Attributes
    ----------
    title : str
    is_synthetic : bool
    note : str
        The manifest's own words on the data, shown under the title. May be empty.
    row_noun : (str, str)
        What a row is, singular and plural: ("client", "clients").
    variables : tuple of Variable
        Predictor, mediators, outcomes, covariates.
    clusters : tuple of str
        Cluster columns of the study, outermost first.
    n_rows, n_by_level
        Rows and clusters in the study before any exclusion; `n_rows` is None where it may not be
        shown.
    entries : tuple of Entry
    fidelity : DataFrame or None
        Assessments: columns `cluster` (already lettered), `organization` (lettered), `months`
        since the first assessment of the study, `score`. None for a flat study.
    scores : DataFrame or None
        Distribution source for mediators and outcomes: columns `variable`, `wave` (NaN if
        none), `value`, `count`; aggregated, values in cells below the minimum are in coarser bins.
    minimum_cell : int
        Counts below it are not shown.
    warnings : tuple of str
        From validation.
    changes : tuple of str
        What changed in the headline since the last `results.json`; empty if nothing.
    truth : dict or None
        Known truth beside a synthetic study (`truth.json`), if it lies there.
    seed : int
    input_hash : str
        SHA-256 over the manifest and the tables.
    versions : tuple of (str, str)
    measures : tuple of ScaleMeasures
        Of every score made of items.
    attrition : Attrition or None
        Interviews missed, and who missed them; None for a flat study.
    """

    title: str
    is_synthetic: bool
    note: str
    row_noun: tuple[str, str]
    variables: tuple[Variable, ...]
    clusters: tuple[str, ...]
    n_rows: int | None
    n_by_level: tuple[tuple[str, int], ...]
    entries: tuple[Entry, ...]
    fidelity: pd.DataFrame | None
    scores: pd.DataFrame | None
    minimum_cell: int
    warnings: tuple[str, ...]
    changes: tuple[str, ...]
    truth: dict[str, object] | None
    seed: int
    input_hash: str
    versions: tuple[tuple[str, str], ...]
    measures: tuple[ScaleMeasures, ...] = ()
    attrition: Attrition | None = None
