"""The field's words as enums: a choice is a type, an outcome has advice as its value."""

from __future__ import annotations

from enum import Enum


class Level(Enum):
    """Which part of a variable a path or an effect speaks of."""

    WITHIN = "within"
    BETWEEN = "between"
    SINGLE = "single"


class PathName(Enum):
    """The arrows of the diagram. `TOTAL` is the slope of the outcome without the mediator."""

    A = "a"
    B = "b"
    C_PRIME = "c_prime"
    TOTAL = "total"


class EffectName(Enum):
    """The effects of a mediation model."""

    INDIRECT = "indirect"
    CONTEXTUAL = "contextual"
    TOTAL_INDIRECT = "total_indirect"
    DIRECT = "direct"
    TOTAL = "total"
    PROPORTION_MEDIATED = "proportion_mediated"


class EffectStatus(Enum):
    """Why an effect has no number: the sentence shown instead, empty if it has one."""

    DEFINED = ""
    VARYING_PREDICTOR = "not defined for a predictor varying inside clusters"
    NOT_IDENTIFIED = (
        "not identified: the mediator does not differ between clusters beyond what the predictor "
        "explains"
    )
    TOTAL_COVERS_ZERO = "not reported: the interval of the total effect covers zero"
    NOT_CONVERGED = "not reported: the optimiser stopped before the maximum"
    SIGNS_DISAGREE = "not reported: the indirect and the direct effect have opposite signs"


class Convergence(Enum):
    """How a fit ended. The value tells the reader what it means; empty means nothing to say."""

    CONVERGED = ""
    BOUNDARY = (
        "A variance was estimated at zero. Between clusters this says that they differ no more "
        "than chance would make them. The estimates stand; unless the engine was told to keep "
        "it, that variance has no part in standard errors and degrees of freedom."
    )
    NOT_CONVERGED = (
        "The optimiser stopped before the maximum. Do not use these numbers: look for a "
        "covariate that nearly repeats another one, or for a scale in extreme units."
    )
    NOT_ESTIMABLE = (
        "This data set of a batch cannot be analysed: a column does not vary where it must, "
        "repeats others, or is fitted exactly."
    )


class Failure(Enum):
    """Why a resample could not be estimated: the sentence for readers."""

    PREDICTOR_CONSTANT = "the predictor has one value in all rows of the resample"
    NOT_ESTIMABLE = "a column of the resample repeats others, or does not vary where it must"
    NOT_CONVERGED = "the optimiser stopped before the maximum"
    NOT_IDENTIFIED = (
        "a variance between clusters is zero, so that paths made of cluster means have no value; "
        "the others do"
    )


class ZeroVariance(Enum):
    """What a variance estimated at zero does to standard errors and degrees of freedom."""

    DROP = "drop"
    KEEP = "keep"


class SlopeCovariance(Enum):
    """Standard error of b_within: cluster-robust CR2, or model-based."""

    CR2 = "cr2"
    MODEL = "model"


class Likelihood(Enum):
    """What a mixed model maximises: the restricted likelihood, or the full one."""

    REML = "reml"
    ML = "ml"


class DfMethod(Enum):
    """Degrees of freedom of a mixed model, with the covariance that goes with them."""

    KENWARD_ROGER = "kenward_roger"
    SATTERTHWAITE = "satterthwaite"
    BETWEEN_WITHIN = "between_within"


class Covariance(Enum):
    """Covariance of least squares: classical, or robust to unequal variances or to clusters."""

    CLASSICAL = "classical"
    HC3 = "hc3"
    CR1 = "cr1"
    CR2 = "cr2"


class LatentCovariance(Enum):
    """Covariance of a latent model: of independent rows, sandwich by cluster, or resampled."""

    CLASSICAL = "classical"
    CLUSTER_ROBUST = "cluster_robust"
    CLUSTER_BOOTSTRAP = "cluster_bootstrap"


class StandardErrors(Enum):
    """Standard errors of maximum likelihood: observed information, or sandwich over clusters."""

    OBSERVED = "observed"
    ROBUST = "robust"


class TimeAdjustment(Enum):
    """When calendar time enters both equations."""

    WHEN_PREDICTOR_VARIES = "when_predictor_varies"
    ALWAYS = "always"
    NEVER = "never"


class DrawDistribution(Enum):
    """Distribution of the Monte Carlo draws."""

    T = "t"
    NORMAL = "normal"


class Resample(Enum):
    """What a bootstrap draws anew.

    PUBLISHED draws clients although they come in clusters, as published analyses of such studies
    do: its intervals are too narrow, and it is there to be compared with.
    """

    CLUSTERS = "clusters"
    CLIENTS = "clients"
    PUBLISHED = "published"
    PARAMETRIC = "parametric"


class BootstrapLimits(Enum):
    """Limits of a bootstrap: percentile, bias-corrected, bias-corrected and accelerated."""

    PERCENTILE = "percentile"
    BC = "bc"
    BCA = "bca"


class WildWeights(Enum):
    """Weights of the clusters in a wild bootstrap: signs, or Webb's six points."""

    RADEMACHER = "rademacher"
    WEBB = "webb"


class StandardizeBy(Enum):
    """Standard deviations used to standardise an effect: of all rows, or of cluster means."""

    TOTAL = "total"
    BETWEEN = "between"


class LinkageRule(Enum):
    """Which fidelity belongs to an interview."""

    INTERPOLATE = "interpolate"
    LAST_BEFORE = "last_before"
    NEAREST = "nearest"
    MEAN_EXPOSURE = "mean_exposure"


class StaleRows(Enum):
    """What happens to interviews whose fidelity assessment is older than the maximum age."""

    KEEP = "keep"
    DROP = "drop"


class WaveOrder(Enum):
    """Whether the mediator must be measured before the outcome."""

    MEDIATOR_FIRST = "mediator_first"
    ANY = "any"


class VariableKind(Enum):
    """How the values of a column are to be read."""

    SCORE = "score"
    NUMBER = "number"
    CATEGORY = "category"


class MissingMethod(Enum):
    """What is done about missing values."""

    COMPLETE_CASES = "complete_cases"
    FULL_INFORMATION = "full_information"
    MULTIPLE_IMPUTATION = "multiple_imputation"


class ImputedUnit(Enum):
    """What is imputed: the scores of scales, or their items."""

    SCORES = "scores"
    ITEMS = "items"


class Metric(Enum):
    """How items make a score: their sum, or their mean."""

    SUM = "sum"
    MEAN = "mean"
