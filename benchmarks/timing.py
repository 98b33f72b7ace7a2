"""Seconds of a piece of work, and of a script in R."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

PEERS = Path(__file__).parent / "peers.R"


def all_seconds(work: Callable[[], object], runs: int) -> list[float]:
    """Seconds of every run after one that warms up."""
    work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds


def median_seconds(work: Callable[[], object], runs: int = 15) -> float:
    return statistics.median(all_seconds(work, runs))


def r_seconds(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Seconds of each peer in R on the tables it knows, as far as R and the peer are there.

    A peer that fails prints no line, so that it is missing here and its cell says so.
    """
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in tables.items():
            frame.to_csv(Path(folder, f"{name}.csv"), index=False)
        command = ["Rscript", "--vanilla", str(PEERS), folder]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line.split() for line in run.stdout.splitlines()]
    return {line[1]: float(line[2]) for line in lines if len(line) == 3 and line[0] == "seconds"}
