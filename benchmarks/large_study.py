"""A study of a million interviews in Parquet: seconds and memory to validate, score and link it.

`python -m benchmarks.large_study` makes it in a temporary folder (100,000 clients of 2,000 teams,
10 interviews each with the 24 items of the alliance) and measures a process that does nothing
else; `python -m benchmarks.large_study FOLDER` keeps the study there.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

N_CLIENTS, N_TEAMS, N_ORGANIZATIONS = 100_000, 2_000, 400
WAVES = tuple(6.0 * step for step in range(10))
N_ITEMS, N_ASSESSMENTS = 24, 10
DAYS_PER_MONTH = 30.4375
SEED = 20_261_123

MANIFEST = """[study]
name = "A million interviews"
synthetic = true
seed = 1
[tables.fidelity]
file = "fidelity.parquet"
[tables.fidelity.columns]
team = "team"
date = "assessed_on"
fidelity = "fidelity"
[tables.clients]
file = "clients.parquet"
[tables.clients.columns]
client = "client"
organization = "organization"
team = "team"
case_manager = "case_manager"
age = "age"
gender = "gender"
[tables.interviews]
file = "interviews.parquet"
[tables.interviews.columns]
client = "client"
wave = "wave"
date = "held_on"
hope = "hope"
quality = "quality"
{columns}
[variables.fidelity]
kind = "score"
range = [1, 5]
[variables.hope]
kind = "score"
range = [12, 48]
[variables.gender]
kind = "category"
levels = ["woman", "man", "another"]
{scores}
[waves]
values = [{waves}]
[linkage]
predictor = "fidelity"
clock = "date"
[[models]]
name = "Hope and quality of life"
headline = "indirect within"
predictor = "fidelity"
mediators = ["alliance"]
outcomes = ["hope", "quality"]
waves = [{{ mediator = 6, outcome = 12 }}, {{ mediator = 24, outcome = 30 }}]
covariates = ["age", "gender"]
clusters = ["organization", "team"]
"""
SCORED = """[scores.alliance]
instrument = "rprs_24"
table = "interviews"
items = "item_{}"
"""


def write_tables(folder: Path, rng: np.random.Generator) -> None:
    """Write the three tables, clients and interviews in random order."""
    teams = np.array([f"T{i:04d}" for i in range(N_TEAMS)])
    team = rng.integers(N_TEAMS, size=N_CLIENTS)
    clients = pd.DataFrame(
        {
            "client": [f"P{i:06d}" for i in rng.permutation(N_CLIENTS)],
            "organization": np.char.add("A", (team % N_ORGANIZATIONS).astype(str)),
            "team": teams[team],
            "case_manager": np.char.add(teams[team], rng.choice(["a", "b", "c"], size=N_CLIENTS)),
            "age": rng.integers(18, 80, size=N_CLIENTS).astype(np.int8),
            "gender": rng.choice(["woman", "man", "another"], p=[0.5, 0.45, 0.05], size=N_CLIENTS),
        }
    )
    clients.to_parquet(folder / "clients.parquet", index=False)
    start = np.datetime64("2015-01-01", "D")
    assessed = start + np.arange(N_ASSESSMENTS) * 270
    fidelity = {
        "team": np.repeat(teams, N_ASSESSMENTS),
        "assessed_on": np.tile(assessed, N_TEAMS).astype("datetime64[s]"),
        "fidelity": np.round(rng.uniform(1, 5, size=N_TEAMS * N_ASSESSMENTS), 2),
    }
    pd.DataFrame(fidelity).to_parquet(folder / "fidelity.parquet", index=False)
    enrolled = start + rng.integers(0, 365, size=N_CLIENTS)
    after = np.rint(np.array(WAVES) * DAYS_PER_MONTH).astype(np.int64)
    n = N_CLIENTS * len(WAVES)
    order = rng.permutation(n)
    interviews = {
        "client": np.repeat(clients["client"].to_numpy(dtype=object), len(WAVES)),
        "wave": np.tile(WAVES, N_CLIENTS),
        "held_on": (enrolled[:, None] + after).ravel().astype("datetime64[s]"),
        "hope": rng.integers(12, 49, size=n).astype(np.int8),
        "quality": np.round(rng.normal(4, 1, size=n), 3),
        "alliance": rng.integers(24, 97, size=n).astype(np.int8),
    }
    items = {f"item_{i + 1}": rng.integers(1, 5, size=n).astype(np.int8) for i in range(N_ITEMS)}
    frame = pd.DataFrame({**interviews, **items}).iloc[order]
    frame.to_parquet(folder / "interviews.parquet", index=False)


def write_manifest(folder: Path, *, scored: bool) -> Path:
    """Write `study.toml`: the alliance made of its items, or beside them."""
    items = (f"item_{i + 1}" for i in range(N_ITEMS))
    plain = "\n".join(f'{name} = "{name}"' for name in ("alliance", *items))
    waves = ", ".join(f"{wave:g}" for wave in WAVES)
    columns, scores = ("", SCORED) if scored else (plain, "")
    path = folder / "study.toml"
    path.write_text(MANIFEST.format(columns=columns, scores=scores, waves=waves), encoding="utf-8")
    return path


def measure(path: Path) -> None:
    """Validate, load and link in this process, and print what it took as JSON."""
    import mediation as med

    start = time.perf_counter()
    study = med.load_study(path)
    loaded = time.perf_counter()
    table = med.link(study)
    linked = time.perf_counter()
    # Linux counts in KiB.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    found = {
        "load": loaded - start,
        "link": linked - loaded,
        "rows": len(table.frame),
        "peak_gib": peak,
    }
    print(json.dumps(found))


def run(folder: Path, *, scored: bool) -> dict[str, float]:
    """Measure in a process of its own."""
    path = write_manifest(folder, scored=scored)
    command = [sys.executable, "-m", "benchmarks.large_study", "--measure", str(path)]
    root = Path(__file__).parents[1]
    # A message of the package is what one needs to see when this fails.
    done = subprocess.run(command, cwd=root, env=os.environ, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--measure"]:
        measure(Path(arguments[1]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[0] if arguments else temporary).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "interviews.parquet").exists():
            write_tables(folder, np.random.default_rng(SEED))
        print("| alliance | validate and load, s | link, s | together, s | peak memory, GiB |")
        print("|---|---:|---:|---:|---:|")
        for scored, said in ((True, "scored from 24 items"), (False, "24 items beside it")):
            found = run(folder, scored=scored)
            together = found["load"] + found["link"]
            print(
                f"| {said} | {found['load']:.1f} | {found['link']:.1f} | {together:.1f} "
                f"| {found['peak_gib']:.2f} |"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
