"""Whether the slope of the outcome on the mediator changes with the predictor."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.by_equation import assemble
from mediation.estimation.clusters import is_constant_inside
from mediation.estimation.column_checks import check_equation
from mediation.estimation.columns import Equation
from mediation.estimation.covary import correlate_a
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import PathEstimates
from mediation.inference.interval import Estimate, PathFunction
from mediation.inference.monte_carlo import DrawnSolution, MonteCarlo, draw_paths
from mediation.model import Form, MediationModel, Parameter, Term
from mediation.sensitivity.moderation_columns import (
    Steps,
    product_columns,
    product_role,
    steps_of,
)
from mediation.sensitivity.moderation_contrasts import PRODUCT, SLOPE, SlopesAt, slopes_at
from mediation.sensitivity.moderation_result import (
    ConditionalEffect,
    Interaction,
    Moderation,
    NaturalEffects,
)
from mediation.vocabulary import Convergence, Level, PathName


def moderation(
    model: MediationModel,
    frame: pd.DataFrame,
    rng: np.random.Generator,
    *,
    engine: MixedModels | OLS | None = None,
    interval: MonteCarlo | None = None,
) -> Moderation:
    """Let the slope of the outcome on the mediators change with the predictor.

    The equation of the outcome gets the product of the predictor, centred at its mean over
    clusters, and each mediator's deviation from its cluster mean (without clusters: from its
    mean). Where the predictor does not vary inside clusters and there are clusters enough, a second
    model has the products with the cluster means too. The slope of a product inside clusters is a
    slope like b within: its standard error is CR2 by the innermost clusters where that of b is.
    So is that of the slope at each value of the predictor, a path with df of its own.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        One row per client; rows with a missing value are left out.
    rng : numpy.random.Generator
    engine : MixedModels or OLS, optional
        Left out: `MixedModels()`, without clusters `OLS()`.
    interval : MonteCarlo, optional

    Returns
    -------
    Moderation

    Raises
    ------
    SpecificationError
        If the engine is another one, whose mediators are not columns that can be multiplied.
    EstimationError
        If a model with products cannot be estimated.

    Notes
    -----
    Y = .. + c' x + b m + d (x - xbar) m. The indirect effect at x is a (b + d (x - xbar)). A move
    from x0 to x1 has the pure natural direct effect (c' + d a (x0 - xbar)) (x1 - x0), m being
    centred, and the total natural indirect effect a (b + d (x1 - xbar)) (x1 - x0). Of a product
    with deviations from cluster means the direct effect has no part: these average zero
    whatever the predictor is.

    References
    ----------
    Preacher, Rucker & Hayes (2007), Multivariate Behavioral Research 42, 185-227, eq. 5
    (conditional indirect effects); VanderWeele & Vansteelandt (2009), Statistics and Its Interface
    2, 457-468 (natural effects by regression); Pustejovsky & Tipton (2018), JBES 36, 672-683 (CR2).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=400)
    >>> m = x + rng.normal(size=400)
    >>> y = m * (0.5 + 0.3 * x) + rng.normal(size=400)
    >>> frame = pd.DataFrame({"x": x, "m": m, "y": y})
    >>> found = moderation(MediationModel("x", ("m",), "y"), frame, rng)
    >>> round(found.interactions[0].value.estimate, 1), len(found.effects)
    (0.3, 3)
    """
    engine = engine or (MixedModels() if model.clusters else OLS())
    if not isinstance(engine, MixedModels | OLS):
        raise SpecificationError(
            "Products of predictor and mediator need an engine whose mediators are columns: "
            f"MixedModels or OLS. Found {type(engine).__name__}. Give MixedModels()."
        )
    interval = interval or MonteCarlo()
    prepared = prepare(model, frame)
    steps = steps_of(prepared, model.predictor)
    inner = Level.WITHIN if model.clusters else Level.SINGLE
    fitted = [(inner, _fit(model, prepared, steps, engine, (inner,)))]
    if inner is Level.WITHIN and _has_room(prepared, len(model.mediators)):
        both = _fit(model, prepared, steps, engine, (inner, Level.BETWEEN))
        fitted.append((Level.BETWEEN, both))
    parts = [
        _Part(
            model=model,
            level=level,
            steps=steps,
            solution=DrawnSolution(paths, interval, draw_paths(paths, interval, rng)),
            along=along,
            z=rng.standard_normal(interval.n_draws),
        )
        for level, (paths, along) in fitted
    ]
    return Moderation(
        model=model,
        engine_label=engine.label,
        interval_label=interval.label,
        conf_level=interval.conf_level,
        steps=steps,
        interactions=tuple(part.interaction(m) for part in parts for m in model.mediators),
        effects=tuple(
            part.conditional(m, at) for part in parts for m in model.mediators for at in steps.at
        ),
        curve=tuple(
            part.conditional(m, at) for part in parts for m in model.mediators for at in steps.along
        ),
        natural=tuple(part.natural() for part in parts if len(model.mediators) == 1),
        n_rows=prepared.counts.n_clients,
        n_clusters=prepared.counts.n_clusters,
    )


def _has_room(prepared: Prepared, n_products: int) -> bool:
    """Whether products with cluster means leave clusters enough to say anything."""
    if prepared.predictor_varies or prepared.not_identified:
        return False
    needed = sum(prepared.outcome_equation.between) + n_products + 2
    return prepared.counts.n_clusters >= needed


def _fit(
    model: MediationModel,
    prepared: Prepared,
    steps: Steps,
    engine: MixedModels | OLS,
    levels: tuple[Level, ...],
) -> tuple[PathEstimates, SlopesAt]:
    """Estimate all paths, the slopes of the products among them, and slopes along the predictor."""
    equations = _with_products(model, prepared, steps, levels)
    values = equations[-1].matrix[None]
    clusters, n_clusters = prepared.clusters, prepared.counts.n_clusters
    fits = engine.fit_equations(equations, values, clusters, n_clusters)
    batch = assemble(
        equations, fits, correlate_a(engine, equations, fits, values, clusters, n_clusters)
    )
    paths = batch[0]
    usable = (paths.df > 0) & (np.diag(paths.covariance) > 0)
    along = slopes_at(equations[-1], prepared, steps, engine)
    is_found = batch.convergence[0] is not Convergence.NOT_CONVERGED and along.is_usable
    if not (usable.all() and is_found):
        raise EstimationError(
            "A model with the product of predictor and mediator must have an optimum, and every "
            f"path a standard error. `{equations[-1].label}` has not. Too few clusters speak to "
            "the product; the model without it stands."
        )
    return paths, along


def _with_products(
    model: MediationModel, prepared: Prepared, steps: Steps, levels: tuple[Level, ...]
) -> tuple[Equation, ...]:
    """Equations of mediators and outcome, with the columns of the products in that of the outcome.

    The roles make an engine treat them as slopes b of mediators of their own.
    """
    outcome = prepared.outcome_equation
    found = [
        (product_role(mediator, level), column)
        for level in levels
        for mediator, column in product_columns(model, prepared, steps.center, level)
    ]
    columns = np.column_stack([column for _, column in found])
    at = outcome.matrix.shape[1] + np.arange(len(found))
    matrix = np.column_stack([outcome.matrix, columns])
    names = tuple(f"{role.mediator} ({role.level.value})" for role, _ in found)
    extended = replace(
        outcome,
        label=f"{outcome.label} + {' + '.join(names)}",
        matrix=matrix,
        x_at=(*outcome.x_at, *(int(k) for k in at)),
        names=(*outcome.names, *names),
        between=(*outcome.between, *(_is_between(prepared, column) for _, column in found)),
        roles=(*outcome.roles, *(role for role, _ in found)),
    )
    check_equation(model.outcome, extended.y, extended.x, extended.names)
    same = tuple(replace(equation, matrix=matrix) for equation in prepared.mediator_equations)
    return (*same, extended)


def _is_between(prepared: Prepared, column: Array) -> bool:
    codes = prepared.clusters.codes
    return bool(codes) and is_constant_inside(column, codes[-1])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Part:
    """One fitted model with products, and its draws; effects at `level`."""

    model: MediationModel
    level: Level
    steps: Steps
    solution: DrawnSolution
    along: SlopesAt
    z: Array

    @property
    def _parameters(self) -> tuple[Parameter, ...]:
        return self.solution.paths.parameters

    def _unit(self, wanted: Parameter) -> Array:
        return np.array([float(parameter == wanted) for parameter in self._parameters])

    def _a(self, mediator: str) -> Parameter:
        outer = next(p.level for p in self._parameters if p.path is PathName.A)
        return Parameter(PathName.A, outer, mediator)

    def _product(self, mediator: str) -> Array:
        return self._unit(product_role(mediator, self.level))

    def _at(self, mediator: str, at: float) -> DrawnSolution:
        """Draws of a, and of the slope at one value of the predictor."""
        slope, a = Parameter(PathName.B, self.level, mediator), self._a(mediator)
        return self.along.solution(slope, at, (a, self.solution), self.z)

    def _estimate(self, function: PathFunction) -> Estimate:
        return self.solution.estimate(function)

    def interaction(self, mediator: str) -> Interaction:
        """Slope of the product."""
        d = Form((Term(self._product(mediator)),))
        return Interaction(mediator, self.level, self._estimate(d))

    def conditional(self, mediator: str, at: float) -> ConditionalEffect:
        """Slope and indirect effect at one value of the predictor."""
        drawn = self._at(mediator, at)
        slope, effect = drawn.estimate(SLOPE), drawn.estimate(PRODUCT)
        return ConditionalEffect(mediator, self.level, at, slope, effect)

    def natural(self) -> NaturalEffects:
        """Natural effects of a move from low to high, of the only mediator."""
        (mediator,) = self.model.mediators
        low, high = self.steps.ends
        move, center = high - low, self.steps.center
        c = next(p for p in self._parameters if p.path is PathName.C_PRIME)
        direct = [Term(move * self._unit(c))]
        if self.level is not Level.WITHIN and low != center:
            a = self._unit(self._a(mediator))
            direct.append(Term(move * (low - center) * a, self._product(mediator)))
        indirect = Form((Term(move * PRODUCT.terms[0].left, PRODUCT.terms[0].right),))
        return NaturalEffects(
            mediator,
            self.level,
            low,
            high,
            self._estimate(Form(tuple(direct))),
            self._at(mediator, high).estimate(indirect),
        )
