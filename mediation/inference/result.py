"""Effects with intervals: the frozen answer an analyst gets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from textwrap import shorten
from typing import TYPE_CHECKING

from mediation.errors import InferenceError
from mediation.estimation.paths import Fit
from mediation.inference.interval import Estimate, Solution
from mediation.model import Form
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName, StandardizeBy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from mediation.reporting.diagram.options import DiagramOptions

NOTE_WIDTH = 90


@dataclass(frozen=True, slots=True)
class EffectEstimate:
    """One row of the effects table."""

    effect: EffectName
    level: Level
    mediator: str | None
    status: EffectStatus
    value: Estimate


@dataclass(frozen=True, slots=True)
class PathEstimate:
    """One row of the paths table; for c' and the total slope `mediator` is None."""

    path: PathName
    level: Level
    mediator: str | None
    value: Estimate


@dataclass(frozen=True, slots=True, repr=False)
class MediationResult:
    """Effects and paths of one model, with everything needed to make them again.

    Attributes
    ----------
    fit : Fit
    effects : tuple of EffectEstimate
        In the order of the tables, proportion mediated last.
    paths : tuple of PathEstimate
    interval, interval_label : str
        The interval with its options, and in words.
    conf_level : float
    seed : int or None
        The seed of the draws; None if a Generator was passed in.
    versions : tuple of (str, str)
        Versions of the package and of the libraries behind the numbers.
    solution : Solution or None
        What was drawn, to be asked for further effects; None if the fit did not converge.
    """

    fit: Fit
    effects: tuple[EffectEstimate, ...]
    paths: tuple[PathEstimate, ...]
    interval: str
    interval_label: str
    conf_level: float
    seed: int | None
    versions: tuple[tuple[str, str], ...]
    solution: Solution | None = field(default=None, compare=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences a reader of the numbers must know: of the fit, then of the limits, in full."""
        return self.fit.notes + (() if self.solution is None else self.solution.notes)

    @property
    def failures(self) -> tuple[tuple[str, int], ...]:
        """Resamples that could not be estimated, by cause."""
        return () if self.solution is None else self.solution.failures

    def combine(self, weights: Mapping[tuple[str, str, str | None], float]) -> Estimate:
        """Weighted sum of effects, with limits from the same draws as theirs.

        Parameters
        ----------
        weights : mapping of (effect, level, mediator) to float
            Effects as the columns of `to_frame` name them; `mediator` is None where it is there.

        Returns
        -------
        Estimate

        Raises
        ------
        InferenceError
            If an effect is not among those that have a number, a weight is none or zero, or nothing
            is given; if the total
            slope, which has an equation of its own, is combined with others and neither the engine
            nor a bootstrap knows how they vary together.

        Examples
        --------
        >>> import mediation as med
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> x = rng.normal(size=(200, 1))
        >>> m = x + rng.normal(size=(200, 2))
        >>> y = m.sum(axis=1) + rng.normal(size=200)
        >>> frame = pd.DataFrame({"x": x[:, 0], "m1": m[:, 0], "m2": m[:, 1], "y": y})
        >>> result = med.mediate(frame, predictor="x", mediators=["m1", "m2"], outcome="y",
        ...                      clusters=[], seed=1)
        >>> through = [("indirect", "single", name) for name in ("m1", "m2")]
        >>> difference = result.combine({through[0]: 1, through[1]: -1})
        >>> difference.conf_low < 0 < difference.conf_high
        True
        """
        if not isinstance(weights, Mapping):
            raise InferenceError(
                "`weights` must map (effect, level, mediator) to a number. Found a "
                f'{type(weights).__name__}. Write for example {{("direct", "between", None): 1}}.'
            )
        known = {
            (e.name.value, e.level.value, e.mediator): e.form
            for e in self.fit.effects
            if e.status is EffectStatus.DEFINED
        }
        if self.solution is None or not weights or not set(weights) <= set(known):
            unknown = [key for key in weights if key not in known]
            raise InferenceError(
                "`weights` must name effects that have a number: "
                f"{', '.join(map(str, known)) if self.solution else 'there is none'}. "
                f"Found {', '.join(map(str, unknown)) or 'nothing'}. Name some of them."
            )
        wrong = [weight for weight in weights.values() if not _is_weight(weight)]
        if wrong:
            raise InferenceError(
                "Weights must be finite numbers other than zero. Found "
                f"{', '.join(map(repr, wrong))}. Give for example 1 and -1."
            )
        self._check_total(weights)
        terms = tuple(
            term
            for key, weight in weights.items()
            for term in known[key].times(float(weight)).terms
        )
        return self.solution.estimate(Form(terms))

    def _check_total(self, weights: Mapping[tuple[str, str, str | None], float]) -> None:
        """Refuse the total slope beside other effects where they are fitted and drawn apart."""
        is_total = [effect == EffectName.TOTAL.value for effect, _, _ in weights]
        is_resampled = self.solution is not None and self.solution.is_resampled
        is_apart = self.fit.paths.equation[0] >= 0 and not is_resampled
        if any(is_total) and not all(is_total) and is_apart:
            raise InferenceError(
                "How the total slope, which has an equation of its own, varies with other effects "
                f"is not known to {self.interval_label}. Add up direct and indirect effects "
                "instead, or use Bootstrap(), which estimates all in each resample."
            )

    def to_frame(self) -> pd.DataFrame:
        """One row per effect, numbers as numbers.

        Returns
        -------
        DataFrame
            Columns `effect, level, mediator, estimate, std_error, df, conf_low, conf_high,
            conf_level, p_value, engine, interval, n_draws, limit_error, n_clients, n_clusters`,
            then
            `n_<level>` for every cluster level, `status` (why a row has no number; empty if
            it has one) and `convergence`.
        """
        return self._frame(
            {
                "effect": row.effect.value,
                "level": row.level.value,
                "mediator": row.mediator,
                "value": row.value,
                "status": row.status.value,
            }
            for row in self.effects
        )

    def paths_frame(self) -> pd.DataFrame:
        """One row per path a, b, c', with the same statistics as `to_frame`.

        The slope of the outcome on the predictor without the mediators is an effect (`total`),
        not a path.
        """
        frame = self._frame(
            {
                "path": row.path.value,
                "level": row.level.value,
                "mediator": row.mediator,
                "outcome": self.fit.model.outcome,
                "value": row.value,
            }
            for row in self.paths
            if row.path is not PathName.TOTAL
        )
        return frame

    def standardized_frame(self, by: StandardizeBy = StandardizeBy.TOTAL) -> pd.DataFrame:
        """Effects per point and per standard deviation of the predictor.

        Standard deviations are those of the rows analysed and taken as known, so limits
        scale with the estimate.

        Parameters
        ----------
        by : StandardizeBy
            Which standard deviation: of all rows, or of cluster means.

        Returns
        -------
        DataFrame
            Columns `effect, level, mediator, contrast, unit, estimate, conf_low, conf_high,
            conf_level, status`; `contrast` names the step of the predictor, `unit` that of the
            outcome.
        """
        import pandas as pd

        scales = {scale.name: scale for scale in self.fit.scales}
        model = self.fit.model
        sd = "sd_total" if by is StandardizeBy.TOTAL else "sd_between"
        x, y = getattr(scales[model.predictor], sd), getattr(scales[model.outcome], sd)
        named = f"{by.value} SD"
        contrasts = (
            (f"1 point of {model.predictor}", f"points of {model.outcome}", 1.0),
            (f"1 {named} of {model.predictor} ({x:.4g})", f"points of {model.outcome}", x),
            (
                f"1 {named} of {model.predictor} ({x:.4g})",
                f"{named} of {model.outcome} ({y:.4g})",
                x / y,
            ),
        )
        return pd.DataFrame(
            {
                "effect": row.effect.value,
                "level": row.level.value,
                "mediator": row.mediator,
                "contrast": contrast,
                "unit": unit,
                "estimate": row.value.estimate * factor,
                "conf_low": row.value.conf_low * factor,
                "conf_high": row.value.conf_high * factor,
                "conf_level": self.conf_level,
                "status": row.status.value,
            }
            for row in self.effects
            if row.effect is not EffectName.PROPORTION_MEDIATED
            for contrast, unit, factor in contrasts
        )

    def diagram(
        self, labels: Mapping[str, str] | None = None, options: DiagramOptions | None = None
    ) -> Figure:
        """Path diagram with coefficients and intervals.

        Parameters
        ----------
        labels : mapping of str to str, optional
            Names to show instead of column names.
        options : DiagramOptions, optional
            Standard errors or p-values instead of intervals, standardised coefficients, items.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ReportError
            If it is to be standardised and a standard deviation is not known.
        """
        from mediation.reporting.diagram.draw import draw_diagram
        from mediation.reporting.diagram.of_result import diagram_of

        return draw_diagram(diagram_of(self, labels, options))

    def _frame(self, rows: Iterable[dict[str, object]]) -> pd.DataFrame:
        import pandas as pd

        counts = self.fit.counts
        records = []
        for row in rows:
            value = row.pop("value")
            assert isinstance(value, Estimate)
            status = {k: row.pop(k) for k in ("status",) if k in row}
            records.append(
                row
                | {
                    "estimate": value.estimate,
                    "std_error": value.std_error,
                    "df": value.df,
                    "conf_low": value.conf_low,
                    "conf_high": value.conf_high,
                    "conf_level": self.conf_level,
                    "p_value": value.p_value,
                    "engine": self.fit.engine,
                    "interval": value.interval,
                    "n_draws": value.n_draws,
                    "limit_error": value.limit_error,
                    "n_clients": counts.n_clients,
                    "n_clusters": counts.n_clusters,
                }
                | {count_column(level): n for level, n in counts.by_level}
                | status
                | {"convergence": self.fit.convergence.name.lower()}
            )
        return pd.DataFrame(records)

    def __repr__(self) -> str:
        model = self.fit.model
        counts = self.fit.counts
        clusters = ", ".join(f"{level} {n}" for level, n in counts.by_level)
        lines = [
            f"{model.predictor} -> {', '.join(model.mediators)} -> {model.outcome}",
            f"{counts.n_clients} rows ({counts.n_left_out} left out); "
            f"clusters: {clusters or 'none'}",
            self.fit.engine_label,
        ]
        seed = "generator passed in" if self.seed is None else f"seed {self.seed}"
        for row in self.effects:
            name = f"{row.effect.value} {row.level.value}"
            if len(model.mediators) > 1 and row.mediator:
                name += f" ({row.mediator})"
            if row.status is EffectStatus.DEFINED:
                v = row.value
                is_open = math.isnan(v.conf_low)
                limits = "no limits" if is_open else f"[{v.conf_low:.4f}, {v.conf_high:.4f}]"
                p_text = "" if math.isnan(v.p_value) else f"  {_p_text(v.p_value)}"
                text = f"{v.estimate:9.4f}  {limits}{p_text}"
            else:
                text = row.status.value
            lines.append(f"  {name:<30} {text}")
        lines.append(f"  {100 * self.conf_level:g}% intervals; {seed}")
        ended = (self.fit.convergence.value,) if self.fit.convergence.value else ()
        lines += [f"  Note: {_shortly(text)}" for text in (*ended, *self.notes)]
        return "\n".join(lines)


def _is_weight(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(float(value)) and value != 0


def _shortly(text: str) -> str:
    """Give the first sentence of a note, or what of it fits into a line; `notes` has all of it."""
    first = re.split(r"(?<=[.:]) ", text, maxsplit=1)[0].rstrip(".:")
    return shorten(first, width=NOTE_WIDTH, placeholder=" ...")


def _p_text(p_value: float) -> str:
    return "p < 0.0001" if p_value < 1e-4 else f"p = {p_value:.4f}"


def count_column(level: str) -> str:
    """Name the column that counts the clusters of a level.

    Examples
    --------
    >>> count_column("team"), count_column("clusters")
    ('n_team', 'n_level_clusters')
    """
    name = f"n_{level}"
    return f"n_level_{level}" if name in ("n_clients", "n_clusters", "n_draws") else name
