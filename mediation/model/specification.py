"""The question as a value: which columns play which role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mediation.errors import SpecificationError
from mediation.options import check_choices
from mediation.vocabulary import TimeAdjustment

LISTS = (
    "mediators",
    "covariates",
    "mediator_covariates",
    "outcome_covariates",
    "clusters",
    "split_at",
)

ONE_COLUMN = ("predictor", "outcome", "predictor_level", "time", "weights")


def _check_one_column(role: str, name: object) -> None:
    """Refuse a list of columns where one column plays the role."""
    if isinstance(name, list | tuple | set | dict):
        raise SpecificationError(
            f"`{role}` must be one column. Found a {type(name).__name__} of {len(name)}. Write its "
            "name alone, and fit one model for each."
        )


def column_names(role: str, names: Sequence[str] | None) -> tuple[str, ...]:
    """Give the columns of a role as a tuple; a lone text is a slip, not a list of letters.

    Raises
    ------
    SpecificationError
        If `names` is text or None.

    Examples
    --------
    >>> column_names("mediators", ["alliance"])
    ('alliance',)
    """
    if isinstance(names, str):
        raise SpecificationError(
            f'`{role}` must be a list of columns. Found the text "{names}". Write ["{names}"].'
        )
    if names is None:
        raise SpecificationError(
            f"`{role}` must be a list of columns. Found None. Write [] for none."
        )
    return tuple(names)


@dataclass(frozen=True, slots=True)
class MediationModel:
    """A mediation model: predictor -> mediators -> outcome, with covariates and clusters.

    Attributes
    ----------
    predictor : str
        Column of the predictor (fidelity).
    mediators : tuple of str
        Columns of the mediators (working alliance), in parallel.
    outcome : str
        Column of the outcome.
    covariates : tuple of str
        Columns that enter every equation, unsplit.
    mediator_covariates, outcome_covariates : tuple of str
        Columns that enter only the mediator equations, or only the outcome equations
        (with the mediator and, for the total effect, without).
    clusters : tuple of str
        Cluster columns, outermost first, each nested in the one before. Empty says that
        rows are independent.
    predictor_level : str, optional
        Cluster column at whose level the predictor is measured. Needed only for a predictor that
        varies over time inside several levels of clusters; left out, such a predictor belongs
        to the innermost. A predictor constant inside clusters belongs to the outermost level
        inside which it is constant, whatever is said here.
    split_at : tuple of str
        Cluster columns at whose means mediators are split, outermost first. Empty: the innermost
        clusters. With several, b within is the slope on the deviation from the innermost of them,
        b between that on the mean of the outermost; those in between have a coefficient too.
    split_covariates : bool
        Split covariates that vary inside the innermost clusters into cluster mean and deviation.
    time : str, optional
        Column of calendar time.
    time_adjustment : TimeAdjustment
        When `time` enters all equations.
    weights : str, optional
        Column of weights. No engine supports weights: `estimate` refuses a model that has them
        rather than leave them out silently.

    Raises
    ------
    SpecificationError
        If a role is empty, a column plays two roles, `predictor_level` is no cluster,
        `split_at` names something else than clusters in their order, or `time_adjustment` is no
        TimeAdjustment.

    Examples
    --------
    >>> MediationModel("fidelity", ("alliance",), "hope", clusters=("team",)).columns
    ('fidelity', 'alliance', 'hope')
    """

    predictor: str
    mediators: tuple[str, ...]
    outcome: str
    covariates: tuple[str, ...] = ()
    mediator_covariates: tuple[str, ...] = ()
    outcome_covariates: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    predictor_level: str | None = None
    split_at: tuple[str, ...] = ()
    split_covariates: bool = False
    time: str | None = None
    time_adjustment: TimeAdjustment = TimeAdjustment.WHEN_PREDICTOR_VARIES
    weights: str | None = None

    def __post_init__(self) -> None:
        check_choices(self)
        for role in ONE_COLUMN:
            _check_one_column(role, getattr(self, role))
        for role in LISTS:
            object.__setattr__(self, role, column_names(role, getattr(self, role)))
        if not self.mediators:
            raise SpecificationError(
                "A mediation model needs at least one mediator. `mediators` is empty. "
                'Name one, for example mediators=["alliance"].'
            )
        _check_one_role(self)
        if self.predictor_level is not None and self.predictor_level not in self.clusters:
            known = ", ".join(self.clusters) or "none are named"
            raise SpecificationError(
                f"`predictor_level` must be one of the clusters: {known}. "
                f"Found {self.predictor_level}. Name one of them, or leave it out."
            )

        if self.split_at != tuple(name for name in self.clusters if name in self.split_at):
            known = ", ".join(self.clusters) or "none are named"
            raise SpecificationError(
                f"`split_at` must name clusters in their order, each once: {known}. "
                f"Found {', '.join(self.split_at)}. Leave it out to split at the innermost."
            )

    def is_timed(self, predictor_varies: bool) -> bool:
        """Whether calendar time enters all equations."""
        if self.time is None or self.time_adjustment is TimeAdjustment.NEVER:
            return False
        return predictor_varies or self.time_adjustment is TimeAdjustment.ALWAYS

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the model reads, without clusters."""
        time = () if self.time is None else (self.time,)
        named = (
            self.predictor,
            *self.mediators,
            self.outcome,
            *self.covariates,
            *self.mediator_covariates,
            *self.outcome_covariates,
            *time,
        )
        return tuple(dict.fromkeys(named))


def _check_one_role(model: MediationModel) -> None:
    one_equation = dict.fromkeys(model.mediator_covariates + model.outcome_covariates)
    roles = (
        [(model.predictor, "predictor"), (model.outcome, "outcome")]
        + [(name, "mediator") for name in model.mediators]
        + [(name, "covariate") for name in dict.fromkeys(model.covariates)]
        + [(name, "covariate of one equation") for name in one_equation]
        + [(name, "cluster") for name in model.clusters]
        + ([] if model.time is None else [(model.time, "time")])
    )
    counts = Counter(name for name, _ in roles)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        found = "; ".join(
            f"`{name}` is {' and '.join(role for n, role in roles if n == name)}" for name in twice
        )
        raise SpecificationError(
            f"Each column must play one role in a model. Found: {found}. "
            "Remove the column from all roles but one."
        )
