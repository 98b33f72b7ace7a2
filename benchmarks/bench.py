"""Time the package against its peers, as ratios in one run. `make bench`.

The peers in R (lme4 with pbkrtest, clubSandwich, lavaan) are timed where they are installed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

import mediation as med
from mediation.estimation.by_equation import EquationEngine
from mediation.estimation.design import prepare

N_BATCH = 1_000
PEERS = Path(__file__).parent / "peers.R"


def study(seed: int = 1) -> pd.DataFrame:
    """311 clients in 14 teams of 7 organizations."""
    rng = np.random.default_rng(seed)
    team = np.sort(rng.integers(0, 14, size=311))
    x = rng.normal(size=14)[team]
    m = 0.3 * x + 0.3 * rng.normal(size=14)[team] + rng.normal(size=311)
    y = 0.4 * m + 0.3 * rng.normal(size=7)[team // 2] + rng.normal(size=311)
    return pd.DataFrame({"organization": team // 2, "team": team, "x": x, "m": m, "y": y})


def schools(n_rows: int = 7_185, n_clusters: int = 160, seed: int = 1) -> pd.DataFrame:
    """Rows of many clusters of unequal sizes, as in a study of schools."""
    rng = np.random.default_rng(seed)
    school = np.sort(rng.integers(0, n_clusters, size=n_rows))
    x = rng.normal(size=n_clusters)[school]
    m = 0.3 * x + 0.4 * rng.normal(size=n_clusters)[school] + rng.normal(size=n_rows)
    y = 0.4 * m + 0.1 * x + 0.4 * rng.normal(size=n_clusters)[school] + rng.normal(size=n_rows)
    return pd.DataFrame({"school": school, "x": x, "m": m, "y": y})


def with_gaps(frame: pd.DataFrame, share: float = 0.2, seed: int = 2) -> pd.DataFrame:
    """A share of mediator and of outcome missing at random."""
    rng = np.random.default_rng(seed)
    gone = rng.random(size=(2, len(frame))) < share
    return frame.assign(m=frame.m.mask(gone[0]), y=frame.y.mask(gone[1]))


def median_seconds(work: Callable[[], object], runs: int = 15) -> float:
    work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def statsmodels_mixed(frame: pd.DataFrame) -> None:
    frame = frame.assign(mm=frame.groupby("team").m.transform("mean"))
    frame["mw"] = frame.m - frame.mm
    for formula in ("m ~ x", "y ~ x + mw + mm"):
        smf.mixedlm(formula, frame, groups="team").fit(reml=True)


def r_seconds(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Seconds of each peer in R, as far as R and the peer are there."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in tables.items():
            frame.to_csv(Path(folder, f"{name}.csv"), index=False)
        command = ["Rscript", "--vanilla", str(PEERS), folder]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    return {name: float(seconds) for name, seconds in map(str.split, run.stdout.splitlines())}


def drawn_batch(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    shape = (N_BATCH, len(frame))
    team, n_teams = frame.team.to_numpy(), frame.team.nunique()
    m = 0.3 * frame.x.to_numpy() + 0.3 * rng.normal(size=(N_BATCH, n_teams))[:, team]
    m = m + rng.normal(size=shape)
    y = 0.4 * m + 0.3 * rng.normal(size=(N_BATCH, 7))[:, team // 2] + rng.normal(size=shape)
    return {"m": m, "y": y}


def model_of(*clusters: str) -> med.MediationModel:
    return med.MediationModel("x", ("m",), "y", clusters=clusters)


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
    print_growth()


if __name__ == "__main__":
    main()
