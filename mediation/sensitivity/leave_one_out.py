"""The analysis without each cluster in turn, to see whether the answer rests on one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.paths import Fit
from mediation.inference.infer import infer
from mediation.inference.interval import Estimate, Interval
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.model import MediationModel
from mediation.sensitivity.leave_one_out_rest import (
    Rest,
    Without,
    analyze_rest,
    bare,
    in_order,
    used_rows,
)
from mediation.vocabulary import Convergence, EffectName, Level, PathName

Wanted = tuple[EffectName | PathName, Level]


@dataclass(frozen=True, slots=True)
class Influence:
    """What one cluster does to one effect.

    Attributes
    ----------
    level, cluster : str
    value : Estimate or None
        Without the cluster; None where there is none.
    change : float
        Estimate of all rows less that without the cluster: what the cluster adds.
    dfbetas : float
        The change in standard errors of the rest.
    cutoff : float
        2 / sqrt(J) for J clusters of the level.
    moves_zero : bool
        Whether zero moves into the interval, or out of it (p across its level where there are no
        limits).
    """

    level: str
    cluster: str
    value: Estimate | None
    change: float
    dfbetas: float
    cutoff: float
    moves_zero: bool

    @property
    def is_flagged(self) -> bool:
        """Whether the change is beyond the cutoff, or moves zero."""
        return self.moves_zero or abs(self.dfbetas) > self.cutoff


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LeaveOneOut:
    """The analysis without each cluster in turn.

    Attributes
    ----------
    everyone : MediationResult
        Of all rows, with the same seed.
    n_clients : int
        Rows analysed.
    without : tuple of Without
        Level by level, outermost first; clusters in natural order of their names.
    """

    everyone: MediationResult
    n_clients: int
    without: tuple[Without, ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """Columns whose clusters were left out, outermost first."""
        return tuple(dict.fromkeys(each.level for each in self.without))

    def cutoff(self, level: str) -> float:
        """DFBETAS beyond which a cluster of a level is flagged: 2 / sqrt(J)."""
        return float(2 / np.sqrt(sum(each.level == level for each in self.without)))

    def influence(
        self, effect: EffectName, level: Level, mediator: str | None = None
    ) -> tuple[Influence, ...]:
        """Say what each cluster does to an effect, in the order of `without`.

        Parameters
        ----------
        effect : EffectName
        level : Level
        mediator : str, optional

        Returns
        -------
        tuple of Influence

        Raises
        ------
        EstimationError
            If the effect has no number in the analysis of all rows.
        """
        return self._influence((effect, level), mediator)

    def path_influence(
        self, path: PathName, level: Level, mediator: str | None = None
    ) -> tuple[Influence, ...]:
        """Say what each cluster does to a path, as `influence` does of an effect."""
        return self._influence((path, level), mediator)

    def _influence(self, wanted: Wanted, mediator: str | None) -> tuple[Influence, ...]:
        value = _value(self.everyone, wanted, mediator)
        if value is None:
            raise EstimationError(
                f"The analysis of all rows must have the {wanted[0].value} {wanted[1].value} "
                "with a number. It has none. Ask for another effect or path."
            )
        alpha = round(1 - self.everyone.conf_level, 12)
        found = []
        for each in self.without:
            rest = _value(each.result, wanted, mediator)
            change = float("nan") if rest is None else value.estimate - rest.estimate
            found.append(
                Influence(
                    level=each.level,
                    cluster=each.cluster,
                    value=rest,
                    change=change,
                    dfbetas=float("nan") if rest is None else change / rest.std_error,
                    cutoff=self.cutoff(each.level),
                    moves_zero=rest is not None
                    and covers_zero(rest, alpha) != covers_zero(value, alpha),
                )
            )
        return tuple(found)

    def to_frame(self) -> pd.DataFrame:
        """One row for each effect and path, with all rows and without each cluster.

        Returns
        -------
        DataFrame
            Columns `without_level, without` (empty for all rows), `n_clients, kind` ("effect" or
            "path"), `name, level, mediator, estimate, std_error, df, conf_low, conf_high, p_value,
            reason`.
        """
        everyone = Without("", "", self.n_clients, self.everyone, "", 0.0)
        return pd.DataFrame([row for each in (everyone, *self.without) for row in _rows(each)])


def leave_one_out(
    model: MediationModel,
    table: AnalysisTable | pd.DataFrame,
    engine: Engine,
    interval: Interval,
    seed: int | Sequence[int],
    *,
    levels: Sequence[str] | None = None,
) -> LeaveOneOut:
    """Analyse the rows without each cluster in turn, each time from the beginning.

    Parameters
    ----------
    model : MediationModel
    table : AnalysisTable or DataFrame
    engine : Engine
    interval : Interval
        Analytic, or MonteCarlo: a bootstrap is repeated for every cluster.
    seed : int or sequence of int
        Of the draws, the same without every cluster, so that nothing else differs.
    levels : sequence of str, optional
        Columns whose clusters are left out, outermost first. Left out, the clusters of the model
        down to the level of the predictor.

    Returns
    -------
    LeaveOneOut

    Raises
    ------
    SpecificationError
        If there is no level, or it is no column of the table.
    EstimationError, InferenceError
        As in `estimate` and `infer`, for all rows; also if these have no converged fit. What
        cannot be analysed without a cluster has a reason instead of a result.

    References
    ----------
    Belsley, Kuh & Welsch (1980), Regression Diagnostics, sec. 2.1 (DFBETAS and 2 / sqrt(n));
    Van der Meer, te Grotenhuis & Pelzer (2010), American Sociological Review 75, 173-178, and
    Nieuwenhuis, te Grotenhuis & Pelzer (2012), R Journal 4(2), 38-47 (clusters of multilevel
    models; Cook's distance with the covariance of the rest).

    Examples
    --------
    >>> from mediation.estimation.ols import OLS
    >>> from mediation.inference.delta import Delta
    >>> rng = np.random.default_rng(1)
    >>> team = np.repeat(list("ABCDEF"), 5)
    >>> x = np.repeat(rng.normal(size=6), 5)
    >>> m = x + rng.normal(size=30)
    >>> frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": m + rng.normal(size=30)})
    >>> model = MediationModel("x", ("m",), "y", clusters=("team",))
    >>> found = leave_one_out(model, frame, OLS(), Delta(), 1)
    >>> effects = found.influence(EffectName.INDIRECT, Level.WITHIN)
    >>> len(effects), effects[0].cluster, round(effects[0].cutoff, 2)
    (6, 'A', 0.82)
    """
    frame = table.frame if isinstance(table, AnalysisTable) else table
    fit = estimate(model, frame, engine)
    everyone = bare(infer(fit, interval, np.random.default_rng(seed)))
    if fit.convergence is Convergence.NOT_CONVERGED:
        raise EstimationError(
            "There is nothing to compare with: the fit to all rows did not converge. Look for a "
            "covariate that nearly repeats another one."
        )
    used = used_rows(model, frame, fit.counts.n_clients)
    found: list[Without] = []
    for level in _levels(model, frame, fit, levels):
        labels = frame[level]
        for cluster in in_order(used[level]):
            kept = (labels != cluster).to_numpy()
            n_rest = int((used[level] != cluster).sum())
            part = Rest(model, frame[kept], engine, interval, seed)
            found.append(analyze_rest(part, level, str(cluster), n_rest, fit))
    return LeaveOneOut(everyone, len(used), tuple(found))


def covers_zero(value: Estimate, alpha: float) -> bool:
    """Whether zero lies inside the limits; by the p-value where a test gives none."""
    if np.isnan([value.conf_low, value.conf_high]).any():
        return not value.p_value < alpha
    return value.conf_low <= 0 <= value.conf_high


def _levels(
    model: MediationModel, frame: pd.DataFrame, fit: Fit, levels: Sequence[str] | None
) -> tuple[str, ...]:
    if levels is None:
        last = fit.predictor_level
        levels = model.clusters[: model.clusters.index(last) + 1] if last else ()
    unknown = [name for name in levels if name not in frame.columns]
    if unknown or not levels:
        raise SpecificationError(
            "`levels` must name columns of clusters of the table. Found "
            f"{', '.join(unknown) or 'none, and the model has no clusters'}. Name for example "
            '["team"].'
        )
    return tuple(levels)


def _value(result: MediationResult | None, wanted: Wanted, mediator: str | None) -> Estimate | None:
    if result is None:
        return None
    named = [((row.effect, row.level), row.mediator, row.value) for row in result.effects]
    named += [((row.path, row.level), row.mediator, row.value) for row in result.paths]  # type: ignore[misc]
    for name, through, value in named:
        if name == wanted and mediator in (None, through):
            return None if np.isnan(value.estimate) else value
    return None


def _rows(each: Without) -> list[dict[str, object]]:
    head: dict[str, object] = {
        "without_level": each.level,
        "without": each.cluster,
        "n_clients": each.n_clients,
    }
    if each.result is None:
        return [{**head, "kind": "", "name": "", "reason": each.reason}]
    named = [("effect", row.effect.value, row) for row in each.result.effects]
    named += [("path", row.path.value, row) for row in each.result.paths]  # type: ignore[misc]
    return [
        {
            **head,
            "kind": kind,
            "name": name,
            "level": row.level.value,
            "mediator": row.mediator,
            "estimate": row.value.estimate,
            "std_error": row.value.std_error,
            "df": row.value.df,
            "conf_low": row.value.conf_low,
            "conf_high": row.value.conf_high,
            "p_value": row.value.p_value,
            "reason": "",
        }
        for kind, name, row in named
    ]
