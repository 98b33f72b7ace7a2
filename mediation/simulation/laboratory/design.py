"""What is to be simulated, by which methods it is analyzed, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from mediation.errors import SimulationError
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.delta import Delta
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.product_distribution import ProductDistribution
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.model import MediationModel
from mediation.simulation.cell import OUTCOME, PAIR, Cell
from mediation.vocabulary import Resample, TimeAdjustment

Engine = OLS | MixedModels | TwoLevelSEM
Drawless = MonteCarlo | ProductDistribution | Delta | JointSignificance
AnyInterval = Drawless | Bootstrap | WildClusterBootstrap

LARGEST_PATH = 100.0
"""Of a, b and the SD of b, in standard deviations: no study has more, and squares overflow."""

CHUNK = 250
"""Studies drawn with one stream of random numbers; all methods of a cell see the same ones."""

EFFECTS = (
    *("indirect within", "a", "b within"),
    *("indirect between", "contextual", "direct", "total"),
)
"""What can be asked for, in the words of a design file."""


class Kind(Enum):
    """What a method does to a study, which decides how many studies can be afforded."""

    ANALYTIC = "no resampling"
    JOINT_MODEL = "two-level SEM"
    RESAMPLED = "resampling"


@dataclass(frozen=True, slots=True)
class Method:
    """An engine with an interval, under the name that tables show.

    Attributes
    ----------
    name : str
    engine : OLS, MixedModels or TwoLevelSEM
    interval
        Any interval of the package. Monte Carlo limits are not drawn: the distribution of the
        product that they approach is evaluated.
    ignores_clusters : bool
        Whether the model names no clusters, so that the mediator enters as it is: the published
        specification.

    Raises
    ------
    SimulationError
        If engine, interval and clusters do not go together.

    Examples
    --------
    >>> Method("default", MixedModels(), MonteCarlo()).kind
    <Kind.ANALYTIC: 'no resampling'>
    """

    name: str
    engine: Engine
    interval: AnyInterval
    ignores_clusters: bool = False

    def __post_init__(self) -> None:
        for wrong, expected, advice in (*self._engine_conflicts(), *self._interval_conflicts()):
            if wrong:
                raise SimulationError(
                    f"Expected {expected}. Found method `{self.name}`: {self.engine.label}; "
                    f"{self.interval.label}. {advice}"
                )

    @property
    def _is_robust(self) -> bool:
        return isinstance(self.engine, OLS) and self.engine.models_clusters

    def _engine_conflicts(self) -> Iterator[tuple[object, str, str]]:
        engine, is_wild = self.engine, isinstance(self.interval, WildClusterBootstrap)
        yield (
            self.ignores_clusters and (self._is_robust or not isinstance(engine, OLS)),
            "least squares with classical or HC3 errors where clusters are ignored",
            "Change the engine, or leave `ignores_clusters` out.",
        )
        yield (
            is_wild and not self._is_robust,
            "least squares with standard errors by cluster for a wild cluster bootstrap",
            "Choose covariance CR1 or CR2.",
        )
        yield (
            is_wild and getattr(engine, "cluster", None),
            "the outermost clusters for a wild cluster bootstrap",
            "Leave `cluster` out.",
        )

    def _interval_conflicts(self) -> Iterator[tuple[object, str, str]]:
        if not isinstance(self.interval, Bootstrap):
            return
        engine, resample = self.engine, self.interval.resample
        yield (
            isinstance(engine, TwoLevelSEM),
            "least squares or mixed models for a bootstrap",
            "The two-level SEM has delta and Monte Carlo intervals in the laboratory.",
        )
        yield (
            resample in (Resample.CLIENTS, Resample.PUBLISHED) and not isinstance(engine, OLS),
            "least squares where clients are drawn one by one",
            "Choose the engine OLS, or resample clusters.",
        )
        yield (
            resample is Resample.CLIENTS and not self.ignores_clusters,
            "`ignores_clusters` where clients are drawn one by one",
            "Set it, or resample as published or by clusters.",
        )
        yield (
            resample is Resample.PUBLISHED and self._is_robust,
            "classical or HC3 errors where clients are drawn as published",
            "Choose another covariance, or resample clusters.",
        )
        yield (
            resample is Resample.PARAMETRIC
            and isinstance(engine, OLS)
            and not self.ignores_clusters,
            "mixed models where clustered data are drawn from the model",
            "Choose the engine mixed_models, or resample clusters.",
        )
        yield (
            resample is Resample.CLUSTERS and self.ignores_clusters,
            "clusters where clusters are drawn",
            "Leave `ignores_clusters` out, or resample clients.",
        )

    @property
    def kind(self) -> Kind:
        """What it costs."""
        if isinstance(self.interval, Bootstrap | WildClusterBootstrap):
            return Kind.RESAMPLED
        return Kind.JOINT_MODEL if isinstance(self.engine, TwoLevelSEM) else Kind.ANALYTIC

    @property
    def key(self) -> str:
        """Everything that decides its numbers; the name does not."""
        without = ", ignores clusters" if self.ignores_clusters else ""
        return f"{self.engine!r} {self.interval!r}{without}"

    def model(self, cell: Cell) -> MediationModel:
        """Return the model that the method fits to studies of a cell.

        The two-level SEM knows one level of clusters: the innermost, at which fidelity is scored.
        """
        model = cell.model()
        if isinstance(self.engine, TwoLevelSEM):
            return replace(model, clusters=model.clusters[-1:])
        if not self.ignores_clusters:
            return model
        # The same columns in every row of a table, so that clusters are all that differs.
        time = TimeAdjustment.ALWAYS if cell.time_varying else TimeAdjustment.NEVER
        return replace(model, clusters=(), time_adjustment=time)


@dataclass(frozen=True)
class Design:
    """A grid of cells and the methods to compare.

    Attributes
    ----------
    seed : int
    cells : tuple of Cell
    methods : tuple of Method
    effects : tuple of str
        Of `EFFECTS`.
    n_studies, n_studies_sem, n_studies_resampled : int
        Studies per cell for methods without resampling, of the two-level SEM, with resampling.

    Raises
    ------
    SimulationError
        If two cells are the same, two methods have one name or are the same, an effect is
        unknown, or a number is out of range.
    """

    seed: int
    cells: tuple[Cell, ...]
    methods: tuple[Method, ...]
    effects: tuple[str, ...] = ("indirect within",)
    n_studies: int = 10_000
    n_studies_sem: int = 2_000
    n_studies_resampled: int = 500

    def __post_init__(self) -> None:
        _refuse_twice("cell", [cell.id for cell in self.cells])
        _refuse_twice("name of a method", [method.name for method in self.methods])
        _refuse_twice("method", [method.key for method in self.methods])
        _refuse_twice("effect", list(self.effects))
        for name in ("cells", "methods", "effects"):
            if not getattr(self, name):
                raise SimulationError(f"Expected at least one of `{name}`. Found none. Add one.")
        unknown = [effect for effect in self.effects if effect not in EFFECTS]
        if unknown:
            raise SimulationError(
                f"`effects` must be some of {', '.join(EFFECTS)}. Found {', '.join(unknown)}. "
                "Correct them."
            )
        for cell in self.cells:
            for name in ("a", "b", "slope_sd"):
                if abs(getattr(cell, name)) > LARGEST_PATH:
                    raise SimulationError(
                        f"`{name}` must be at most {LARGEST_PATH:g} in size, in standard "
                        f"deviations. Found {getattr(cell, name):g}. Change it."
                    )
        for name in ("n_studies", "n_studies_sem", "n_studies_resampled"):
            if getattr(self, name) < 1:
                raise SimulationError(
                    f"`{name}` must be at least 1. Found {getattr(self, name)}. Change it."
                )

    def studies_of(self, kind: Kind) -> int:
        """Studies per cell."""
        return {
            Kind.ANALYTIC: self.n_studies,
            Kind.JOINT_MODEL: self.n_studies_sem,
            Kind.RESAMPLED: self.n_studies_resampled,
        }[kind]

    @cached_property
    def truths(self) -> dict[str, dict[str, float]]:
        """True value of every effect in every cell, by id of the cell."""
        return {cell.id: true_effects(cell) for cell in self.cells}


def true_effects(cell: Cell) -> dict[str, float]:
    """Value of every effect in a cell; between teams the slope on the latent team mean.

    It is that on the observed mean too: in every cell b is the same inside and between teams.

    Examples
    --------
    >>> from mediation.simulation.sizes import unequal_sizes
    >>> found = true_effects(Cell(unequal_sizes(14, 22), a=0.5, b=0.4))
    >>> found["indirect within"], found["contextual"], found["total"]
    (0.2, 0.0, 0.2)
    """
    truth = cell.truth()
    wave = PAIR[1]
    found = {
        "indirect within": truth.indirect_within(OUTCOME),
        "a": truth.a,
        "b within": truth.b_within(OUTCOME),
        "indirect between": truth.indirect_between_manifest(OUTCOME, wave),
        "contextual": truth.contextual_manifest(OUTCOME, wave),
        "direct": truth.c_prime_manifest(OUTCOME, wave),
        "total": truth.total(OUTCOME),
    }
    # An effect of zero decides what a rejection is, and rounding must not.
    return {name: round(value, 12) for name, value in found.items()}


def _refuse_twice(what: str, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SimulationError(
            f"Every {what} must be there once. Found twice: {'; '.join(twice)}. Remove one of them."
        )
