"""Methods that resample every study: bootstraps, and the wild cluster bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.equation import Scaling
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import PathBatch
from mediation.estimation.resample_equations import EquationResampler, resampler_of
from mediation.estimation.resampling import Multiplicities, Resampled
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.interval import factors_of
from mediation.inference.limits import Sample, correction_of
from mediation.inference.resampled import MOST_FAILURES
from mediation.inference.resampling import (
    draw_counts,
    enumerate_resamples,
    leave_one_out,
    n_multisets,
)
from mediation.inference.wild import wild_p_values
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.inference.wild_vectors import WildVectors, draw_wild_vectors
from mediation.model import Form
from mediation.simulation.laboratory.least_squares_paths import (
    equation_gram,
    fit_least_squares,
    outermost_grams,
)
from mediation.simulation.laboratory.path_columns import places_of
from mediation.simulation.laboratory.studies import Matrices
from mediation.simulation.laboratory.verdicts import NO_ESTIMATE, Verdicts
from mediation.vocabulary import BootstrapLimits, Resample

TOO_MANY_FAILED = "more than half of the resamples could not be estimated"
NOT_WITHOUT_ONE = "not estimable with one unit left out"
NO_TEST = "no test statistic"


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """Paths in the resamples of one study.

    Attributes
    ----------
    point : ndarray, shape (n_paths,)
        The study itself.
    values : ndarray, shape (n_kept, n_paths)
        Resamples that could be estimated.
    weights : ndarray, shape (n_kept,), or None
        Their probabilities, where all resamples are enumerated.
    left_out : ndarray, shape (n_units, n_paths), or None
        With one unit left out, where BCa needs it.
    n_drawn : int
    """

    point: Array
    values: Array
    weights: Array | None
    left_out: Array | None
    n_drawn: int

    @property
    def has_too_few(self) -> bool:
        """Whether so many failed that the others say nothing."""
        kept = len(self.values) / self.n_drawn if self.weights is None else self.weights.sum()
        return bool(kept < 1 - MOST_FAILURES)


def resample_studies(
    engine: OLS | MixedModels,
    options: Bootstrap,
    matrices: Matrices,
    rng: np.random.Generator,
    *,
    with_left_out: bool,
) -> list[Resamples]:
    """Estimate the resamples of every study, once for all methods that use the same ones.

    Parameters
    ----------
    engine : OLS or MixedModels
    options : Bootstrap
        Which resamples, and how many.
    matrices : Matrices
    rng : numpy.random.Generator
    with_left_out : bool
        Whether a method has BCa limits.
    """
    found = []
    for values in matrices.values:
        resampler = resampler_of(engine, matrices.prepared, values)
        unit = options.resample
        unit = _whole(resampler) if unit is Resample.PARAMETRIC else unit
        units = resampler.n_outer if unit is Resample.CLUSTERS else resampler.n_rows
        everyone = np.ones((1, units), dtype=np.int64)
        if options.resample is Resample.PARAMETRIC:
            point = _by_units(resampler, unit, everyone)
            drawn, weights = resampler.parametric(options.n_resamples, rng), None
        else:
            counts, weights = _counts(options, units, rng)
            both = np.concatenate([everyone, counts])
            estimated = _by_units(resampler, options.resample, both)
            point = Resampled(estimated.values[:1], ())
            drawn = Resampled(estimated.values[1:], estimated.failures)
        left_out = None
        if with_left_out:
            left_out = _by_units(resampler, options.resample, leave_one_out(units)).values
        kept = np.asarray(~np.isnan(drawn.values).any(axis=1))
        weights = None if weights is None else weights[kept]
        found.append(Resamples(point.values[0], drawn.values[kept], weights, left_out, len(kept)))
    return found


def _whole(resampler: EquationResampler) -> Resample:
    """Units in which the study itself is estimated."""
    return Resample.CLUSTERS if resampler.n_outer else Resample.CLIENTS


def _counts(
    options: Bootstrap, units: int, rng: np.random.Generator
) -> tuple[Multiplicities, Array | None]:
    """Multiplicities of the resamples, with probabilities where they are enumerated."""
    is_clusters = options.resample is Resample.CLUSTERS
    if is_clusters and n_multisets(units) <= options.enumerate_up_to:
        return enumerate_resamples(units)
    return draw_counts(units, options.n_resamples, rng), None


def _by_units(
    resampler: EquationResampler, resample: Resample, counts: Multiplicities
) -> Resampled:
    if resample is Resample.CLUSTERS:
        return resampler.by_clusters(counts)
    return resampler.by_rows(counts)


def judge_resamples(
    options: Bootstrap, resamples: list[Resamples], form: Form, truth: float
) -> Verdicts:
    """Limits of an effect from the resamples of every study.

    Parameters
    ----------
    options : Bootstrap
    resamples : list of Resamples, one per study
    form : Form
    truth : float
    """
    n_drawn = sum(study.n_drawn for study in resamples)
    too_few = np.array([study.has_too_few for study in resamples])
    missing = np.array([bool(np.isnan(study.point).any()) for study in resamples])
    unstable = np.array(
        [study.left_out is not None and bool(np.isnan(study.left_out).any()) for study in resamples]
    ) & (options.limits is BootstrapLimits.BCA)
    limits = np.zeros((len(resamples), 2))
    for number in np.flatnonzero(~(too_few | missing | unstable)):
        limits[number] = _limits(options, resamples[number], form)
    low, high = limits.T
    return Verdicts(
        estimates=np.nan_to_num(form.value(np.stack([study.point for study in resamples]))),
        rejected=np.asarray((low > 0) | (high < 0)),
        covered=np.asarray((low <= truth) & (truth <= high)),
        widths=high - low,
        causes=((NO_ESTIMATE, missing), (TOO_MANY_FAILED, too_few), (NOT_WITHOUT_ONE, unstable)),
        resamples=(n_drawn, n_drawn - sum(len(study.values) for study in resamples)),
    )


def _limits(options: Bootstrap, study: Resamples, form: Form) -> tuple[float, float]:
    """Limits of one study, as `Bootstrap` gives them."""
    sample = Sample.of(form.value(study.values), study.weights)
    left_out = None if study.left_out is None else form.value(study.left_out)
    _, correction = correction_of(sample, float(form.value(study.point)), options.limits, left_out)
    tail = (1 - options.conf_level) / 2
    low, high = (sample.quantile(correction.probability(each)) for each in (tail, 1 - tail))
    return low, high


@dataclass(frozen=True, slots=True, eq=False)
class WildStudies:
    """Studies reduced to what a wild cluster bootstrap of any of their paths needs.

    Attributes
    ----------
    matrices : Matrices
    paths : PathBatch
        Least squares.
    gram : ndarray, shape (N, n_clusters, n_columns, n_columns)
        Cross-products of standardized columns by outermost cluster.
    scaling : Scaling
        What standardized them.
    vectors : WildVectors
        The same for all studies.
    """

    matrices: Matrices
    paths: PathBatch
    gram: Array
    scaling: Scaling
    vectors: WildVectors


def reduce_for_wild(
    options: WildClusterBootstrap, matrices: Matrices, rng: np.random.Generator
) -> WildStudies:
    """Reduce every study to cross-products of its outermost clusters, and draw the weights."""
    gram, scaling = outermost_grams(matrices.prepared, matrices.values)
    vectors = draw_wild_vectors(gram.shape[1], options.weights, int(options.n_vectors), rng)
    (paths,) = fit_least_squares((OLS(),), matrices.prepared, matrices.values)
    return WildStudies(matrices, paths, gram, scaling, vectors)


def wild_effect_p_values(studies: WildStudies, form: Form) -> Array:
    """Test an effect in every study: the largest of the p-values of its paths, shape (N,)."""
    factors = factors_of(form)
    weights = (form.terms[0].left,) if factors is None else factors
    p_values: Array = np.max([_p_values(studies, each) for each in weights], axis=0)
    return p_values


def judge_wild(conf_level: float, studies: WildStudies, form: Form, p_values: Array) -> Verdicts:
    """Reject an effect where p is at most 1 - `conf_level`; there are no limits."""
    missing = np.isnan(p_values)
    # 1 - .95 is .05 but for rounding, and p can be exactly that.
    rejected = np.where(missing, 1.0, p_values) <= (1 - conf_level) * (1 + 1e-9)
    estimates = form.value(studies.paths.values)
    return Verdicts(estimates, rejected, None, np.empty(0), ((NO_TEST, missing),))


def _p_values(studies: WildStudies, weights: Array) -> Array:
    """Test a combination of the paths of one equation in every study."""
    paths = studies.paths
    used = np.flatnonzero(weights)
    equation = studies.matrices.prepared.equations[paths.equation[used[0]]]
    places = places_of(equation, studies.scaling)
    first = paths.equation.index(paths.equation[used[0]])
    contrast = np.zeros((len(paths), len(equation.x_at)))
    for k in used:
        contrast[:, places.at[k - first]] = weights[k] * places.units[:, k - first]
    return wild_p_values(equation_gram(studies.gram, equation), contrast, studies.vectors)
