"""Time intervals that resample or draw, beside their peers. `python -m benchmarks.resampling`."""

from __future__ import annotations

import os
import statistics
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_info

import mediation as med
from benchmarks.frames import (
    JOBS_COVARIATES,
    in_teams,
    jobs,
    model_of,
    schools,
    study,
    three_mediators,
)
from benchmarks.python_peers import TIMED, seconds_of
from benchmarks.timing import all_seconds, r_seconds
from mediation.estimation.paths import Fit
from mediation.inference.interval import Interval

CLIENTS, BCA = med.Resample.CLIENTS, med.BootstrapLimits.BCA
N = 5_000
RUNS = 5
WIDTH = 62


@dataclass(frozen=True)
class Peer:
    """Another program on the same work: `timed` of `of` resamples are timed, the time scaled."""

    name: str
    run: Callable[[], float | str]
    timed: int = 1
    of: int = 1

    def words(self, found: float | str, ours: float) -> tuple[str, str, str]:
        """Name, seconds and ratio as the table shows them."""
        if isinstance(found, str):
            return self.name, found, ""
        scaled = found * self.of / self.timed
        few = f" ({self.timed:,} timed)" if self.timed < self.of else ""
        return self.name + few, f"{scaled:,.2f} s", f"x{scaled / ours:,.0f}"


@dataclass(frozen=True)
class Row:
    """A piece of work, the bound it is to keep in seconds, and who else does it."""

    name: str
    work: Callable[[], object]
    bound: float | None = None
    peers: tuple[Peer, ...] = ()
    runs: int = RUNS


def solved(fit: Fit, interval: Interval, n_workers: int = 1) -> Callable[[], med.MediationResult]:
    """Give the work of one call of infer, always from the same seed."""
    return lambda: med.infer(fit, interval, np.random.default_rng(1), n_workers=n_workers)


def in_r(key: str, table: str, frame: pd.DataFrame) -> Callable[[], float | str]:
    """Give the work of peers.R on one table."""
    return lambda: r_seconds({table: frame}).get(key, "not installed or fails")


def rows_of_clients() -> list[Row]:
    frame = jobs()
    model = med.MediationModel("treat", ("job_seek",), "depress2", covariates=JOBS_COVARIATES)
    fit = med.estimate(model, frame, med.OLS())
    peers = [Peer(name, partial(seconds_of, name, frame), n, N) for name, (_, n) in TIMED.items()]
    lavaan = in_r("lavaan_bootstrap", "jobs", frame)
    boot = Peer("boot with .lm.fit, bca", in_r("boot_bca", "jobs_bca", frame))
    return [
        Row(
            "5,000 bootstrap resamples of clients, n = 899",
            solved(fit, med.Bootstrap(CLIENTS, n_resamples=N)),
            0.06,
            (*peers, Peer("lavaan, se bootstrap", lavaan, 200, N)),
        ),
        Row(
            "  the same with BCa limits",
            solved(fit, med.Bootstrap(CLIENTS, BCA, n_resamples=N)),
            peers=(boot,),
        ),
    ]


def rows_of_clusters() -> list[Row]:
    frame, rows, mixed = study(), schools(7_000), med.MixedModels()
    one = med.estimate(model_of("team"), frame, mixed)
    nested = med.estimate(model_of("organization", "team"), frame, mixed)
    many = med.estimate(model_of("school"), rows, med.TwoLevelSEM())
    drawn = med.Bootstrap(n_resamples=N, enumerate_up_to=0)
    lmer = in_r("lmer_clusters", "teams", frame)
    lmer_nested = in_r("lmer_nested", "organizations", frame)
    lavaan = in_r("lavaan_two_level", "schools7", rows)
    return [
        Row(
            "5,000 of 14 teams, mixed models refitted",
            solved(one, drawn),
            2.0,
            (Peer("lmer x 2", lmer, 20, N),),
        ),
        Row(
            "5,000 of 7 organizations, teams nested",
            solved(nested, drawn),
            peers=(Peer("lmer x 2", lmer_nested, 20, N),),
        ),
        Row(
            "  all 1,716 there are, enumerated",
            solved(nested, med.Bootstrap()),
            peers=(Peer("lmer x 2", lmer_nested, 20, 1_716),),
        ),
        Row(
            "1,000 of 160 schools, 7,000 rows, two-level SEM",
            solved(many, med.Bootstrap(n_resamples=1_000)),
            10.0,
            (Peer("lavaan", lavaan, 3, 1_000),),
            runs=2,
        ),
    ]


def rows_of_draws() -> list[Row]:
    frame, names = three_mediators(), ("m1", "m2", "m3")
    draws = med.MonteCarlo(n_draws=1_000_000)
    alone = med.estimate(med.MediationModel("x", names, "y"), frame, med.OLS())
    in_clusters = med.MediationModel("x", names, "y", clusters=("team",))
    split = med.estimate(in_clusters, frame, med.MixedModels())
    peer = Peer("semTools, normal draws", in_r("monte_carlo", "mediators", frame))
    rows = []
    for fit, words, peers in ((alone, "clients alone", (peer,)), (split, "within and between", ())):
        for n_workers in (1, 2):
            name = f"1e6 t draws, 3 mediators, {words}, {n_workers} worker(s)"
            rows.append(Row(name, solved(fit, draws, n_workers), 0.5, peers))
    return rows


def rows_of_others() -> list[Row]:
    rows = []
    for n_teams, vectors in ((10, "1,024 vectors, all there are"), (20, "9,999 vectors")):
        fit = med.estimate(model_of("team"), in_teams(n_teams), med.OLS(med.Covariance.CR1))
        name = f"wild cluster bootstrap, J = {n_teams}, {vectors}"
        rows.append(Row(name, solved(fit, med.WildClusterBootstrap())))
    fit = med.estimate(model_of("team"), study(), med.MixedModels())
    rows.append(Row("product distribution, 14 teams", solved(fit, med.ProductDistribution())))
    return rows


def print_row(row: Row) -> None:
    """Our time before the peers and after them: on a shared machine the load changes."""
    seconds = all_seconds(row.work, row.runs)
    found = [peer.run() for peer in row.peers]
    if found:
        seconds += all_seconds(row.work, row.runs)
    ours, least = statistics.median(seconds), min(seconds)
    bound = "" if row.bound is None else f"{row.bound:g}"
    kept = "" if row.bound is None else ("yes" if ours <= row.bound else "NO")
    first = f"{row.name:<{WIDTH}}{ours:>8.3f}{least:>8.3f}{bound:>7}{kept:>5}"
    lines = [peer.words(time, ours) for peer, time in zip(row.peers, found, strict=True)]
    for name, time, ratio in lines or [("-", "", "")]:
        print(f"{first:<{WIDTH + 28}}  {name:<34}{time:>13}{ratio:>8}", flush=True)
        first = ""


FOOT = """\
Seconds of one call of infer(): drawing, estimating every resample and the limits of every path and
effect. The median of {runs} runs before the peers and {runs} after them ({runs} where there is no
peer; of the two-level SEM 2 and 2), the least, and whether the median keeps the project's bound.
The fit itself is not in them. Ratio: the peer's time over our median. Peers marked "timed" did so
few resamples, and their time was scaled up. pyprocessmacro, pingouin and boot resample the
indirect effect alone; lmer and lavaan leave out the equation of the total; semTools draws normal.
{cores} cores, load {load:.1f} at the end; BLAS threads as they come: {threads}.
"""


def print_foot() -> None:
    pools = {f"{p['internal_api']} {p['num_threads']}" for p in threadpool_info()}
    threads, load = ", ".join(sorted(pools)), os.getloadavg()[0]
    print(FOOT.format(runs=RUNS, cores=os.cpu_count(), load=load, threads=threads))


def print_resampling() -> None:
    titles = f"{'work':<{WIDTH}}{'median':>8}{'least':>8}{'bound':>7}{'kept':>5}"
    print(f"{titles}  {'peer':<34}{'its time':>13}{'ratio':>8}")
    for row in rows_of_clients() + rows_of_clusters() + rows_of_draws() + rows_of_others():
        print_row(row)
    print_foot()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print_resampling()
