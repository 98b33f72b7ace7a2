"""Fidelity -> working alliance -> outcome mediation for clustered data with few organisations.

The public names, nothing else. They load when first used: `import mediation` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediation.api import mediate as mediate
    from mediation.errors import EstimationError as EstimationError
    from mediation.errors import InferenceError as InferenceError
    from mediation.errors import MediationError as MediationError
    from mediation.errors import SpecificationError as SpecificationError
    from mediation.estimation.batch import estimate_batch as estimate_batch
    from mediation.estimation.estimate import estimate as estimate
    from mediation.estimation.latent_sem import LatentSEM as LatentSEM
    from mediation.estimation.mixed import MixedModels as MixedModels
    from mediation.estimation.ols import OLS as OLS
    from mediation.estimation.residuals import residuals_of as residuals_of
    from mediation.estimation.two_level_sem import TwoLevelSEM as TwoLevelSEM
    from mediation.inference.bootstrap import Bootstrap as Bootstrap
    from mediation.inference.delta import Delta as Delta
    from mediation.inference.infer import infer as infer
    from mediation.inference.joint import JointSignificance as JointSignificance
    from mediation.inference.monte_carlo import MonteCarlo as MonteCarlo
    from mediation.inference.pooling import estimate_imputed as estimate_imputed
    from mediation.inference.product_distribution import ProductDistribution as ProductDistribution
    from mediation.inference.result import MediationResult as MediationResult
    from mediation.inference.wild_bootstrap import WildClusterBootstrap as WildClusterBootstrap
    from mediation.instruments.instrument import Instrument as Instrument
    from mediation.instruments.reading import instrument as instrument
    from mediation.instruments.reading import read_instrument as read_instrument
    from mediation.instruments.reliability import estimate_reliability as estimate_reliability
    from mediation.instruments.scoring import score as score
    from mediation.linkage.link import link as link
    from mediation.linkage.table import AnalysisTable as AnalysisTable
    from mediation.linkage.table import WavePair as WavePair
    from mediation.missing.imputation import impute as impute
    from mediation.missing.imputation_options import Imputation as Imputation
    from mediation.missing.imputation_options import ScoreItems as ScoreItems
    from mediation.missing.imputed import Imputed as Imputed
    from mediation.model.specification import MediationModel as MediationModel
    from mediation.reporting.diagram.draw import draw_diagram as draw_diagram
    from mediation.reporting.diagram.of_result import diagram_of as diagram_of
    from mediation.reporting.diagram.options import DiagramOptions as DiagramOptions
    from mediation.reporting.diagram.options import Statistic as Statistic
    from mediation.reporting.diagram.specification import Arrow as Arrow
    from mediation.reporting.diagram.specification import Frame as Frame
    from mediation.reporting.diagram.specification import LevelLine as LevelLine
    from mediation.reporting.diagram.specification import Node as Node
    from mediation.reporting.diagram.specification import PathDiagram as PathDiagram
    from mediation.reporting.diagram.specification import Shape as Shape
    from mediation.sensitivity.ceiling import CeilingOptions as CeilingOptions
    from mediation.sensitivity.ceiling import ceiling_correction as ceiling_correction
    from mediation.sensitivity.confounding import confounding as confounding
    from mediation.sensitivity.detectable import detectable as detectable
    from mediation.sensitivity.diagnostics import diagnose as diagnose
    from mediation.sensitivity.leave_one_out import leave_one_out as leave_one_out
    from mediation.sensitivity.levels import vary_levels as vary_levels
    from mediation.sensitivity.linkage_varied import vary_linkage as vary_linkage
    from mediation.sensitivity.measurement import KnownReliability as KnownReliability
    from mediation.sensitivity.measurement import measurement_error as measurement_error
    from mediation.sensitivity.moderation import moderation as moderation
    from mediation.sensitivity.order import reverse_order as reverse_order
    from mediation.sensitivity.rater import compare_raters as compare_raters
    from mediation.sensitivity.rater import rated_slopes as rated_slopes
    from mediation.sensitivity.selection import selection_on_mediator as selection_on_mediator
    from mediation.sensitivity.selection_result import Selection as Selection
    from mediation.sensitivity.slopes import slopes_of_clusters as slopes_of_clusters
    from mediation.sensitivity.tipping import tipping_point as tipping_point
    from mediation.simulation.generate import simulate as simulate
    from mediation.simulation.laboratory import read_design as read_design
    from mediation.simulation.laboratory import run_coverage as run_coverage
    from mediation.simulation.truth import Truth as Truth
    from mediation.study.study import Study as Study
    from mediation.study.study import load_study as load_study
    from mediation.vocabulary import BootstrapLimits as BootstrapLimits
    from mediation.vocabulary import Convergence as Convergence
    from mediation.vocabulary import Covariance as Covariance
    from mediation.vocabulary import DfMethod as DfMethod
    from mediation.vocabulary import DrawDistribution as DrawDistribution
    from mediation.vocabulary import EffectName as EffectName
    from mediation.vocabulary import EffectStatus as EffectStatus
    from mediation.vocabulary import LatentCovariance as LatentCovariance
    from mediation.vocabulary import Level as Level
    from mediation.vocabulary import Likelihood as Likelihood
    from mediation.vocabulary import LinkageRule as LinkageRule
    from mediation.vocabulary import Metric as Metric
    from mediation.vocabulary import PathName as PathName
    from mediation.vocabulary import Resample as Resample
    from mediation.vocabulary import SlopeCovariance as SlopeCovariance
    from mediation.vocabulary import StandardErrors as StandardErrors
    from mediation.vocabulary import StandardizeBy as StandardizeBy
    from mediation.vocabulary import TimeAdjustment as TimeAdjustment
    from mediation.vocabulary import WildWeights as WildWeights
    from mediation.vocabulary import ZeroVariance as ZeroVariance

_HOMES = {
    "PathName": "vocabulary",
    "Level": "vocabulary",
    "EffectName": "vocabulary",
    "residuals_of": "estimation.residuals",
    "diagnose": "sensitivity.diagnostics",
    "detectable": "sensitivity.detectable",
    "Selection": "sensitivity.selection_result",
    "selection_on_mediator": "sensitivity.selection",
    "rated_slopes": "sensitivity.rater",
    "compare_raters": "sensitivity.rater",
    "reverse_order": "sensitivity.order",
    "vary_linkage": "sensitivity.linkage_varied",
    "slopes_of_clusters": "sensitivity.slopes",
    "moderation": "sensitivity.moderation",
    "vary_levels": "sensitivity.levels",
    "leave_one_out": "sensitivity.leave_one_out",
    "CeilingOptions": "sensitivity.ceiling",
    "ceiling_correction": "sensitivity.ceiling",
    "KnownReliability": "sensitivity.measurement",
    "measurement_error": "sensitivity.measurement",
    "confounding": "sensitivity.confounding",
    "Imputation": "missing.imputation_options",
    "ScoreItems": "missing.imputation_options",
    "Imputed": "missing.imputed",
    "impute": "missing.imputation",
    "estimate_imputed": "inference.pooling",
    "tipping_point": "sensitivity.tipping",
    "read_instrument": "instruments.reading",
    "score": "instruments.scoring",
    "instrument": "instruments.reading",
    "estimate_reliability": "instruments.reliability",
    "Metric": "vocabulary",
    "Instrument": "instruments.instrument",
    "Bootstrap": "inference.bootstrap",
    "BootstrapLimits": "vocabulary",
    "Delta": "inference.delta",
    "JointSignificance": "inference.joint",
    "ProductDistribution": "inference.product_distribution",
    "Resample": "vocabulary",
    "WildClusterBootstrap": "inference.wild_bootstrap",
    "WildWeights": "vocabulary",
    "LatentCovariance": "vocabulary",
    "LatentSEM": "estimation.latent_sem",
    "Likelihood": "vocabulary",
    "DfMethod": "vocabulary",
    "Covariance": "vocabulary",
    "AnalysisTable": "linkage.table",
    "Convergence": "vocabulary",
    "DrawDistribution": "vocabulary",
    "EffectStatus": "vocabulary",
    "EstimationError": "errors",
    "InferenceError": "errors",
    "LinkageRule": "vocabulary",
    "MediationError": "errors",
    "MediationModel": "model.specification",
    "MediationResult": "inference.result",
    "MixedModels": "estimation.mixed",
    "MonteCarlo": "inference.monte_carlo",
    "OLS": "estimation.ols",
    "SlopeCovariance": "vocabulary",
    "SpecificationError": "errors",
    "StandardErrors": "vocabulary",
    "StandardizeBy": "vocabulary",
    "Study": "study.study",
    "TimeAdjustment": "vocabulary",
    "Truth": "simulation.truth",
    "TwoLevelSEM": "estimation.two_level_sem",
    "WavePair": "linkage.table",
    "ZeroVariance": "vocabulary",
    "estimate": "estimation.estimate",
    "estimate_batch": "estimation.batch",
    "infer": "inference.infer",
    "link": "linkage.link",
    "load_study": "study.study",
    "mediate": "api",
    "read_design": "simulation.laboratory",
    "run_coverage": "simulation.laboratory",
    "simulate": "simulation.generate",
    "Arrow": "reporting.diagram.specification",
    "DiagramOptions": "reporting.diagram.options",
    "Frame": "reporting.diagram.specification",
    "LevelLine": "reporting.diagram.specification",
    "Node": "reporting.diagram.specification",
    "PathDiagram": "reporting.diagram.specification",
    "Shape": "reporting.diagram.specification",
    "Statistic": "reporting.diagram.options",
    "diagram_of": "reporting.diagram.of_result",
    "draw_diagram": "reporting.diagram.draw",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
