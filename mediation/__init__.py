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
    from mediation.vocabulary import EffectStatus as EffectStatus
    from mediation.vocabulary import LatentCovariance as LatentCovariance
    from mediation.vocabulary import Likelihood as Likelihood
    from mediation.vocabulary import LinkageRule as LinkageRule
    from mediation.vocabulary import Metric as Metric
    from mediation.vocabulary import Resample as Resample
    from mediation.vocabulary import SlopeCovariance as SlopeCovariance
    from mediation.vocabulary import StandardErrors as StandardErrors
    from mediation.vocabulary import StandardizeBy as StandardizeBy
    from mediation.vocabulary import TimeAdjustment as TimeAdjustment
    from mediation.vocabulary import WildWeights as WildWeights
    from mediation.vocabulary import ZeroVariance as ZeroVariance

_HOMES = {
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
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
