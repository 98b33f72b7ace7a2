"""Time the package against its peers, as ratios in one run. `make bench`.

The peers in R (lme4 with pbkrtest, clubSandwich, lavaan, semTools, boot) and in Python (pingouin,
pyprocessmacro, semopy, statsmodels) are timed where they are installed.
"""

from __future__ import annotations

import tracemalloc
import warnings
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

import mediation as med
from benchmarks.frames import model_of, schools, study, with_gaps
from benchmarks.resampling import print_resampling
from benchmarks.timing import median_seconds, r_seconds
from mediation.estimation.by_equation import EquationEngine
from mediation.estimation.design import prepare

N_BATCH = 1_000


def statsmodels_mixed(frame: pd.DataFrame) -> None:
    frame = frame.assign(mm=frame.groupby("team").m.transform("mean"))
    frame["mw"] = frame.m - frame.mm
    for formula in ("m ~ x", "y ~ x + mw + mm"):
        smf.mixedlm(formula, frame, groups="team").fit(reml=True)


def drawn_batch(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    shape = (N_BATCH, len(frame))
    team, n_teams = frame.team.to_numpy(), frame.team.nunique()
    m = 0.3 * frame.x.to_numpy() + 0.3 * rng.normal(size=(N_BATCH, n_teams))[:, team]
    m = m + rng.normal(size=shape)
    y = 0.4 * m + 0.3 * rng.normal(size=(N_BATCH, 7))[:, team // 2] + rng.normal(size=shape)
    return {"m": m, "y": y}


def print_table() -> None:
    """Each row fits the equations of mediator, outcome and total from the rows of a frame."""
    frame, many = study(), schools()
    gaps = with_gaps(many)
    peers = r_seconds({"study": frame, "schools": many, "schools_missing": gaps})
    peers["statsmodels"] = median_seconds(lambda: statsmodels_mixed(frame), 3)
    drawn = drawn_batch(frame)
    mixed, cr2, sem = med.MixedModels(), med.OLS(med.Covariance.CR2), med.TwoLevelSEM()
    # Kenward-Roger for every coefficient and nothing else, as the peer does.
    kr = med.MixedModels(slope_covariance=med.SlopeCovariance.MODEL)
    one, nested, school = model_of("team"), model_of("organization", "team"), model_of("school")

    def batch(model: med.MediationModel, engine: EquationEngine) -> float:
        return median_seconds(lambda: med.estimate_batch(model, frame, engine, drawn), 5) / N_BATCH

    def two(model: med.MediationModel, engine: EquationEngine, n_sets: int = 1) -> float:
        """Seconds for the equations of mediator and outcome alone, as the peers fit them."""
        prepared = prepare(model, frame)
        values = np.repeat(prepared.equations[0].matrix[None], n_sets, axis=0)
        for at, column in enumerate(prepared.columns):
            if n_sets > 1 and column.source in drawn:
                values[:, :, at] = column.part.take(drawn[column.source], prepared.clusters)
        # In parts that fit the processor's cache, as `estimate_batch` works.
        parts = np.array_split(values, max(1, n_sets // 250))

        def fit() -> None:
            for part in parts:
                engine.fit_equations(prepared.equations[:2], part, prepared.clusters, 14)

        return median_seconds(fit, 15 if n_sets == 1 else 5) / n_sets

    def single(model: med.MediationModel, rows: pd.DataFrame, engine: object) -> float:
        return median_seconds(lambda: med.estimate(model, rows, engine))

    rows = [
        ("mixed models, teams", single(one, frame, mixed), "mixed_one", "lmer + pbkrtest"),
        ("  the same beside statsmodels", single(one, frame, mixed), "statsmodels", "MixedLM, z"),
        ("  each of 1,000 in a batch", batch(one, mixed), "mixed_one", "lmer + pbkrtest"),
        ("  two with KR, from arrays", two(one, kr), "mixed_one", "lmer + pbkrtest"),
        ("  the same in a batch", two(one, kr, N_BATCH), "mixed_one", "lmer + pbkrtest"),
        ("mixed models, nested", single(nested, frame, mixed), "mixed_nested", "lmer + pbkrtest"),
        ("  each of 1,000 in a batch", batch(nested, mixed), "mixed_nested", "lmer + pbkrtest"),
        ("  two with KR, from arrays", two(nested, kr), "mixed_nested", "lmer + pbkrtest"),
        ("  the same in a batch", two(nested, kr, N_BATCH), "mixed_nested", "lmer + pbkrtest"),
        ("least squares, CR2 and df", single(one, frame, cr2), "cr2", "lm + clubSandwich"),
        ("  each of 1,000 in a batch", batch(one, cr2), "cr2", "lm + clubSandwich"),
        ("  two equations, from arrays", two(one, cr2), "cr2", "lm + clubSandwich"),
        ("  the same in a batch", two(one, cr2, N_BATCH), "cr2", "lm + clubSandwich"),
        ("two-level SEM, 7,185 rows, 160 clusters", single(school, many, sem), "sem", "lavaan"),
        ("  with a fifth missing", single(school, gaps, sem), "sem_missing", "lavaan"),
    ]  # fmt: skip
    print(f"{'work':<42}{'ms':>9}   peer")
    for name, ours, key, peer in rows:
        theirs = peers.get(key)
        beside = (
            "not installed" if theirs is None else f"{1e3 * theirs:.0f} ms, x{theirs / ours:,.0f}"
        )
        print(f"{name:<42}{1e3 * ours:>9.3f}   {peer}: {beside}")
    print(
        "estimate() fits three equations, that of the total too, from a frame, checks included; "
        "the peers fit two.\n"
    )


def print_growth() -> None:
    """Time and peak memory of one fit as rows grow, 45 rows a cluster."""
    engines = {
        "mixed models": med.MixedModels(),
        "least squares, CR2": med.OLS(med.Covariance.CR2),
        "two-level SEM": med.TwoLevelSEM(),
    }
    print(f"{'rows':>10}{'clusters':>10}  " + "".join(f"{name:>26}" for name in engines))
    for n_rows in (1_000, 10_000, 100_000, 1_000_000):
        frame = schools(n_rows, max(20, n_rows // 45))
        cells = []
        for engine in engines.values():
            fit = partial(med.estimate, model_of("school"), frame, engine)
            seconds = median_seconds(fit, 3)
            tracemalloc.start()
            fit()
            peak = tracemalloc.get_traced_memory()[1] / 1e6
            tracemalloc.stop()
            cells.append(f"{1e3 * seconds:,.1f} ms {peak:,.0f} MB")
        print(f"{n_rows:>10,}{frame.school.nunique():>10,}  " + "".join(f"{c:>26}" for c in cells))


def main() -> None:
    warnings.simplefilter("ignore")
    print_table()
    print_resampling()
    print_growth()


if __name__ == "__main__":
    main()
