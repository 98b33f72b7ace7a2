"""How often intervals hold the truth, over studies drawn from the synthetic truth.

`make coverage-study` writes docs/coverage/study.md; the slow tests use the same functions on 200
studies.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import mediation as med
from mediation.inference.interval import Estimate
from mediation.pipeline import plan_grid
from mediation.reporting.other_analyses import without_clusters
from mediation.simulation.defaults import default_truth
from mediation.simulation.variants import null
from mediation.simulation.write import write_study
from mediation.study.study import load_study

N_STUDIES = 1000
FIRST_SEED = 1
# Far above the scale's end of 96, so that no score is cut and none is out of range.
OPEN_END = 200.0


@dataclass(frozen=True)
class World:
    """A truth, and the quantities whose true value it gives."""

    name: str
    truth: med.Truth
    has_between: bool


def open_scale(truth: med.Truth) -> med.Truth:
    """The same truth without a ceiling on the alliance."""
    alliance = replace(truth.alliance, low=-100.0, high=OPEN_END)
    outcomes = tuple(replace(y, low=-300.0, high=500.0) for y in truth.outcomes)
    return replace(truth, ceiling=False, alliance=alliance, outcomes=outcomes)


WORLDS = {
    "shipped": World("the shipped study, ceiling off", open_scale(default_truth()), False),
    "constant": World(
        "the same with fidelity constant over time, ceiling off",
        replace(open_scale(default_truth()), fidelity_changes=False),
        True,
    ),
    "null": World(
        "no effect on the alliance (a = 0), ceiling off", null(open_scale(default_truth())), False
    ),
    "ceiling": World("the shipped study as it is, with its ceiling", default_truth(), False),
}


def true_values(world: World, outcome: str, wave: float) -> dict[tuple[str, str], float]:
    """True value of every quantity with an interval, by (name, level)."""
    truth = world.truth
    values = {
        ("a", "between"): truth.a,
        ("b", "within"): truth.b_within(outcome),
        ("indirect", "within"): truth.indirect_within(outcome),
        ("c_prime", "between"): truth.c_prime(outcome),
        ("total", "between"): truth.total(outcome),
    }
    if world.has_between:
        values |= {
            ("b", "between"): truth.b_between_manifest(outcome, wave),
            ("contextual", "between"): truth.contextual_manifest(outcome, wave),
            ("indirect", "between"): truth.indirect_between_manifest(outcome, wave),
            ("c_prime", "between"): truth.c_prime_manifest(outcome, wave),
        }
    return values


BLIND = {("a", "between"), ("indirect", "within"), ("total", "between")}


def analyse(world: World, seed: int) -> pd.DataFrame:
    """Write, load, link and fit one study; one row per quantity, cell and method."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        study = load_study(write_study(world.truth, seed, Path(folder), title="coverage"))
        for plan in plan_grid(study, 0):
            truths = true_values(world, plan.model.outcome, plan.waves.outcome)
            table = med.link(study, plan.waves, mediators=plan.model.mediators)
            fit = med.estimate(plan.model, table, plan.engine)
            blind = med.estimate(without_clusters(plan.model, fit), table, med.OLS())
            interval = replace(plan.interval, n_draws=5_000)
            for method, each in (("default", fit), ("blind", blind)):
                found = estimates(med.infer(each, interval, np.random.default_rng(seed)))
                rows += [
                    {"method": method, "outcome": plan.model.outcome, "wave": plan.waves.outcome}
                    | row_of(key, truths[key], found[key if method == "default" else key[0]])
                    for key in truths
                    if method == "default" or key in BLIND
                ]
    return pd.DataFrame(rows).assign(seed=seed)


def estimates(result: med.MediationResult) -> dict[tuple[str, str] | str, Estimate]:
    """Estimates by (name, level), and by name alone."""
    rows = [(r.path.value, r.level.value, r.value) for r in result.paths]
    rows += [(r.effect.value, r.level.value, r.value) for r in result.effects]
    return {(name, level): value for name, level, value in rows} | {n: v for n, _, v in rows}


def row_of(key: tuple[str, str], truth: float, e: Estimate) -> dict[str, object]:
    return {
        "quantity": " ".join(key),
        "truth": truth,
        "estimate": e.estimate,
        "covered": e.conf_low <= truth <= e.conf_high,
        "rejects": not e.conf_low <= 0 <= e.conf_high,
        "width": e.conf_high - e.conf_low,
    }


def run(world: World, n_studies: int, workers: int = 2) -> pd.DataFrame:
    """All rows over studies with consecutive seeds."""
    seeds = range(FIRST_SEED, FIRST_SEED + n_studies)
    with ProcessPoolExecutor(workers) as pool:
        return pd.concat(pool.map(partial(analyse, world), seeds, chunksize=5), ignore_index=True)


def summarize(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage, rejections, bias and width per quantity, over outcomes and waves.

    The Monte Carlo error counts studies, not cells: cells of one study share its alliance.
    """
    keys = ["method", "quantity"]
    by_study = rows.groupby([*keys, "seed"], sort=False)[["covered", "rejects"]].mean()
    error = by_study.groupby(keys, sort=False).sem()
    table = rows.assign(bias=rows.estimate - rows.truth, scale=rows.truth.abs())
    means = table.groupby(keys, sort=False)[["truth", "estimate", "covered", "rejects", "width"]]
    out = means.mean()
    out["covered_error"] = error.covered
    out["rejects_error"] = error.rejects
    return out.reset_index()


HEADER = """# Coverage

How often 95% intervals hold the truth, over {n:,} studies drawn from the synthetic truth
(`mediation simulate`), each written, loaded, linked and fitted as `mediation report` does: 3
outcomes at 2 pairs of interviews, 14 teams in 7 organizations. Made by `make coverage-study`. The
error in brackets is the Monte Carlo standard error of the figure before it, taken over
studies, because the cells of one study share its alliance.

*default* is `MixedModels()` with `MonteCarlo()`; *blind* is least squares on the same columns
that takes clients as independent. Between rows are compared with the manifest truth, which is
what a regression on observed team means estimates; where fidelity varies over time, c' has no
manifest truth in closed form and is compared with the latent one (what the team mean loses goes
to c', as the next section shows).
Figures are means over the six cells, whose outcomes are on different scales.
"""


COLUMNS = (
    *("method", "quantity", "truth", "mean estimate", "coverage"),
    *("excludes zero", "mean width"),
)


def render(summaries: dict[str, pd.DataFrame], n_studies: int) -> str:
    """The page docs/coverage/study.md."""
    parts = [HEADER.format(n=n_studies)]
    for key, table in summaries.items():
        parts.append(f"\n## {WORLDS[key].name[0].upper()}{WORLDS[key].name[1:]}\n\n")
        parts.append(f"| {' | '.join(COLUMNS)} |\n")
        parts.append("|---|---|---:|---:|---:|---:|---:|\n")
        parts += [
            f"| {r.method} | {r.quantity} | {r.truth:.3f} | {r.estimate:.3f} "
            f"| {r.covered:.3f} ({r.covered_error:.3f}) | {r.rejects:.3f} ({r.rejects_error:.3f}) "
            f"| {r.width:.2f} |\n"
            for r in table.itertuples()
        ]
    return "".join(parts)


def main() -> None:
    n_studies = int(sys.argv[1]) if len(sys.argv) > 1 else N_STUDIES
    summaries = {key: summarize(run(world, n_studies)) for key, world in WORLDS.items()}
    target = Path(__file__).parents[1] / "docs" / "coverage" / "study.md"
    target.write_text(render(summaries, n_studies), encoding="utf-8")
    print(f"{target.name} written from {n_studies} studies of each of {len(WORLDS)} worlds")


if __name__ == "__main__":
    main()
