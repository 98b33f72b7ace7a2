"""A small valid study that tests write, break and read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

# Scripts that made the reference numbers; they need programs that tests do not.
collect_ignore_glob = ["reference/*/fit.py"]

MANIFEST = """
[study]
name = "Small study"
synthetic = true
seed = 1
robustness = false
[tables.fidelity]
file = "fidelity.csv"
[tables.fidelity.columns]
team = "team"
date = "assessed_on"
fidelity = "score"
[tables.clients]
file = "clients.csv"
[tables.clients.columns]
client = "id"
organization = "agency"
team = "team"
case_manager = "manager"
age = "age_years"
gender = "gender"
[tables.interviews]
file = "interviews.csv"
[tables.interviews.columns]
client = "id"
wave = "wave"
date = "held_on"
alliance = "alliance"
hope = "hope"
[variables.fidelity]
label = "Fidelity"
kind = "score"
range = [1, 5]
[variables.alliance]
label = "Working alliance"
kind = "score"
range = [24, 96]
[variables.gender]
kind = "category"
levels = ["woman", "man"]
[waves]
values = [0, 6, 12]
[linkage]
predictor = "fidelity"
clock = "months"
[[models]]
name = "Main"
headline = "indirect within"
predictor = "fidelity"
mediators = ["alliance"]
outcomes = ["hope"]
waves = [{ mediator = 6, outcome = 12 }]
covariates = ["age", "gender"]
clusters = ["organization", "team"]
"""

N_CLIENTS = 24


def _fidelity() -> list[list[str]]:
    """Teams T1 to T8, assessed at months 0, 10 and 20: 2 + team/10, then 1 and 2 points more."""
    rows = [["team", "assessed_on", "score"]]
    for team in range(1, 9):
        for step in range(3):
            score = 2 + team / 10 + (0 if step == 0 else 0.5 * step)
            rows.append([f"T{team}", str(10 * step), f"{score:g}"])
    return rows


def _clients() -> list[list[str]]:
    """Three clients in each team, two teams in each agency."""
    rows = [["id", "agency", "team", "manager", "age_years", "gender"]]
    for i in range(N_CLIENTS):
        team = i // 3 + 1
        gender = "woman" if i % 2 else "man"
        rows.append(
            [f"P{i + 1}", f"A{(team + 1) // 2}", f"T{team}", f"M{team}", str(20 + i), gender]
        )
    return rows


def _interviews() -> list[list[str]]:
    """Client i enrols in month i / 10 and is seen in every wave."""
    rows = [["id", "wave", "held_on", "alliance", "hope"]]
    for i in range(N_CLIENTS):
        for wave in (0, 6, 12):
            alliance, hope = 60 + i + wave, 20 + (7 * i) % 11 + wave
            rows.append([f"P{i + 1}", str(wave), f"{i / 10 + wave:g}", str(alliance), str(hope)])
    return rows


@dataclass
class SmallStudy:
    """Tables and manifest as text; `row` counts as in the file: the header is row 1."""

    folder: Path
    manifest: str = MANIFEST
    tables: dict[str, list[list[str]]] = field(
        default_factory=lambda: {
            "fidelity": _fidelity(),
            "clients": _clients(),
            "interviews": _interviews(),
        }
    )

    def put(self, table: str, row: int, column: str, value: str) -> None:
        """Write one cell."""
        rows = self.tables[table]
        rows[row - 1][rows[0].index(column)] = value

    def add_agency(self) -> None:
        """Add A5 with the teams T9 and T10: three coefficients between agencies need five."""
        for team in (9, 10):
            for month, points in ((0, 0.0), (10, 0.5), (20, 1.0)):
                score = 2 + team / 10 + points
                self.tables["fidelity"].append([f"T{team}", str(month), f"{score:g}"])
            for i in range(3 * team - 3, 3 * team):
                self.tables["clients"].append(
                    [f"P{i + 1}", "A5", f"T{team}", f"M{team}", str(20 + i), "woman"]
                )
                for wave in (0, 6, 12):
                    scores = [str(40 + i + wave), str(20 + (7 * i) % 11 + wave)]
                    row = [f"P{i + 1}", str(wave), f"{i / 10 + wave:g}", *scores]
                    self.tables["interviews"].append(row)

    def say(self, old: str, new: str) -> None:
        """Replace text of the manifest."""
        assert old in self.manifest
        self.manifest = self.manifest.replace(old, new)

    def write(self) -> Path:
        """Write everything and return the path of the manifest."""
        for name, rows in self.tables.items():
            text = "".join(",".join(row) + "\n" for row in rows)
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        path = self.folder / "study.toml"
        path.write_text(self.manifest, encoding="utf-8")
        return path


@pytest.fixture
def small_study(tmp_path: Path) -> SmallStudy:
    return SmallStudy(tmp_path)
