"""Time the package against its peers, as ratios in one run. `make bench`."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.stats.mediation import Mediation

import mediation as med

R_SCRIPT = """
suppressPackageStartupMessages({library(lme4); library(pbkrtest)})
d <- read.csv(commandArgs(TRUE)[1])
d$mm <- ave(d$m, d$team); d$mw <- d$m - d$mm
models <- list(m ~ x + (1|organization/team), y ~ x + mw + mm + (1|organization/team))
once <- function() for (f in models) {
  fit <- lmer(f, d); v <- vcovAdj(fit); get_Lb_ddf(fit, c(0, 1, rep(0, length(fixef(fit)) - 2)))
}
suppressMessages(once())
cat(median(replicate(7, system.time(suppressMessages(once()))[["elapsed"]])))
"""


def study(seed: int = 1) -> pd.DataFrame:
    """311 clients in 14 teams of 7 organizations."""
    rng = np.random.default_rng(seed)
    team = np.sort(rng.integers(0, 14, size=311))
    x = rng.normal(size=14)[team]
    m = 0.3 * x + 0.3 * rng.normal(size=14)[team] + rng.normal(size=311)
    y = 0.4 * m + 0.3 * rng.normal(size=7)[team // 2] + rng.normal(size=311)
    return pd.DataFrame({"organization": team // 2, "team": team, "x": x, "m": m, "y": y})


def median_seconds(work: Callable[[], object], runs: int = 7) -> float:
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
        model = smf.mixedlm(
            formula, frame, groups="organization", vc_formula={"team": "0 + C(team)"}
        )
        model.fit(reml=True)


def statsmodels_mediation(frame: pd.DataFrame) -> None:
    np.random.seed(0)  # noqa: NPY002 - the peer reads the global state
    Mediation(smf.ols("y ~ m + x", frame), smf.ols("m ~ x", frame), "x", "m").fit(
        method="parametric", n_rep=1000
    )


def r_seconds(frame: pd.DataFrame) -> float | None:
    """Both nested mixed models with Kenward-Roger df in R, if R is there."""
    if shutil.which("Rscript") is None:
        return None
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "data.csv"), Path(folder, "bench.R")
        frame.to_csv(data, index=False)
        script.write_text(R_SCRIPT)
        run = subprocess.run(
            ["Rscript", "--vanilla", str(script), str(data)], capture_output=True, text=True
        )
    return float(run.stdout) if run.returncode == 0 else None


def main() -> None:
    warnings.simplefilter("ignore")
    frame = study()
    roles = {"predictor": "x", "mediators": ["m"], "outcome": "y"}
    nested = {**roles, "clusters": ["organization", "team"], "seed": 1}
    model = med.MediationModel("x", ("m",), "y", clusters=("organization", "team"))
    rows = [
        (
            "nested REML + KR + CR2, three equations",
            median_seconds(lambda: med.estimate(model, frame, med.MixedModels())),
            {
                "statsmodels MixedLM, two equations, no KR": median_seconds(
                    lambda: statsmodels_mixed(frame), 3
                ),
                "lmer + pbkrtest, two equations": r_seconds(frame),
            },
        ),
        (
            "least squares + 20,000 Monte Carlo draws",
            median_seconds(lambda: med.mediate(frame, **roles, clusters=[], seed=1)),
            {
                "statsmodels Mediation, 1,000 draws": median_seconds(
                    lambda: statsmodels_mediation(frame), 3
                )
            },
        ),
        ("mediate() with clusters", median_seconds(lambda: med.mediate(frame, **nested)), {}),
    ]
    print(f"{'work':<45}{'ms':>10}   peer (ms, ratio)")
    for name, ours, peers in rows:
        others = "; ".join(
            f"{peer}: {1e3 * t:.0f} ms, x{t / ours:.0f}" for peer, t in peers.items() if t
        )
        print(f"{name:<45}{1e3 * ours:>10.1f}   {others}")


if __name__ == "__main__":
    main()
