"""Methods that share a fit, and the fit."""

from __future__ import annotations

from dataclasses import replace

from mediation.estimation.batch import estimate_batch
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import PathBatch
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.simulation.laboratory.design import Method
from mediation.simulation.laboratory.least_squares_paths import fit_least_squares
from mediation.simulation.laboratory.mixed_paths import fit_mixed
from mediation.simulation.laboratory.studies import Matrices
from mediation.vocabulary import BootstrapLimits, Covariance, DfMethod, SlopeCovariance


def shared_fit(method: Method) -> str:
    """Describe what methods must have in common to use one fit, or one set of resamples."""
    engine, interval = method.engine, method.interval
    if isinstance(interval, WildClusterBootstrap):
        return f"wild {interval.weights} {interval.n_vectors}"
    if isinstance(interval, Bootstrap):
        fitted = engine.likelihood if isinstance(engine, OLS | MixedModels) else engine
        drawn = replace(interval, limits=BootstrapLimits.PERCENTILE, conf_level=0.95)
        return f"{fitted} {drawn} {method.ignores_clusters}"
    if _is_lean_ols(method):
        return f"OLS {method.ignores_clusters}"
    if isinstance(engine, MixedModels) and _is_lean_mixed(method):
        return repr(replace(engine, slope_covariance=SlopeCovariance.CR2))
    return f"{engine} {method.ignores_clusters}"


def _is_lean_ols(method: Method) -> bool:
    engine = method.engine
    return (
        isinstance(engine, OLS)
        and engine.cluster is None
        and engine.covariance is not Covariance.HC3
    )


def _is_lean_mixed(method: Method) -> bool:
    engine = method.engine
    return isinstance(engine, MixedModels) and engine.df_method is DfMethod.KENWARD_ROGER


def fit_methods(methods: tuple[Method, ...], matrices: Matrices) -> tuple[PathBatch, ...]:
    """Fit the engines of methods that share a fit."""
    engines = [method.engine for method in methods]
    if _is_lean_ols(methods[0]):
        least = tuple(engine for engine in engines if isinstance(engine, OLS))
        return fit_least_squares(least, matrices.prepared, matrices.values)
    if _is_lean_mixed(methods[0]):
        mixed = tuple(engine for engine in engines if isinstance(engine, MixedModels))
        return fit_mixed(mixed, matrices.prepared, matrices.values)
    paths = estimate_batch(matrices.model, matrices.frame, engines[0], matrices.drawn)
    return (paths,) * len(methods)
