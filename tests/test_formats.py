"""The same study as text, workbook, SPSS file and Parquet gives results equal to the last bit."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pandas.testing as pdt
import pytest

from mediation.linkage.measures import ScaleMeasures
from mediation.pipeline.report import analyze
from mediation.reporting.contents import ReportContents
from mediation.study.study import load_study

SYNTHETIC = Path(__file__).parents[1] / "data" / "synthetic"
TABLES = ("fidelity", "clients", "interviews", "spells")
# One model of one pair of interviews: files differ, not models.
MODEL = """
[[models]]
name = "Hope"
headline = "indirect within"
predictor = "fidelity"
mediators = ["alliance"]
outcomes = ["hope"]
waves = [{ mediator = 4.5, outcome = 9 }]
covariates = ["age", "gender"]
clusters = ["team"]
[models.engine]
name = "ols"
covariance = "cr2"
[models.interval]
name = "monte_carlo"
n_draws = 200
"""


def _as_workbook(table: pd.DataFrame, path: Path) -> None:
    pytest.importorskip("openpyxl")
    table.to_excel(path, index=False)


def _as_statistics(table: pd.DataFrame, path: Path) -> None:
    pytest.importorskip("pyreadstat").write_sav(table, path)


def _as_parquet(table: pd.DataFrame, path: Path) -> None:
    pytest.importorskip("pyarrow")
    table.to_parquet(path, index=False)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".xlsx": _as_workbook,
    ".sav": _as_statistics,
    ".parquet": _as_parquet,
}
DATES = {
    "fidelity": ["assessment_date"],
    "clients": ["enrolled"],
    "interviews": ["interview_date"],
    "spells": ["start", "end"],
}


def _typed(name: str) -> pd.DataFrame:
    """Read a table of the synthetic study with numbers as numbers and dates as dates."""
    table = pd.read_csv(SYNTHETIC / f"{name}.csv")
    return table.assign(**{column: pd.to_datetime(table[column]) for column in DATES[name]})


def _manifest(folder: Path, ending: str) -> Path:
    text = (SYNTHETIC / "study.toml").read_text(encoding="utf-8")
    text = text[: text.index("[[models]]")].replace(".csv", ending) + MODEL
    text = text.replace("[study]\n", "[study]\nrobustness = false\n", 1)
    assert tomllib.loads(text)["tables"]["clients"]["file"] == f"clients{ending}"
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _analyses(contents: ReportContents) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    (cell,) = contents.entries[0].cells
    assert cell.blind is not None
    named = [
        ("declared", cell.result),
        ("blind", cell.blind),
        *cell.others,
        *cell.alternatives,
    ]
    return [(name, result.to_frame(), result.paths_frame()) for name, result in named]


@pytest.fixture(scope="module")
def from_text(tmp_path_factory: pytest.TempPathFactory) -> ReportContents:
    folder = tmp_path_factory.mktemp("text")
    for name in TABLES:
        shutil.copy(SYNTHETIC / f"{name}.csv", folder)
    return analyze(load_study(_manifest(folder, ".csv")))


@pytest.mark.parametrize("ending", WRITERS)
def test_every_format_gives_identical_results(
    ending: str, tmp_path: Path, from_text: ReportContents
) -> None:
    for name in TABLES:
        WRITERS[ending](_typed(name), tmp_path / f"{name}{ending}")
    found = analyze(load_study(_manifest(tmp_path, ending)))

    expected = _analyses(from_text)
    assert [name for name, _, _ in _analyses(found)] == [name for name, _, _ in expected]
    assert len(expected) >= 4
    for (_, effects, paths), (_, as_text, paths_as_text) in zip(
        _analyses(found), expected, strict=True
    ):
        pdt.assert_frame_equal(effects, as_text, check_exact=True)
        pdt.assert_frame_equal(paths, paths_as_text, check_exact=True)
    assert found.warnings == from_text.warnings
    for one, other in zip(found.measures, from_text.measures, strict=True):
        assert one.counts == other.counts
        assert _alphas(one) == _alphas(other)


def _alphas(scale: ScaleMeasures) -> list[tuple[float, float, int]]:
    return [
        (found.reliability.alpha.value, found.reliability.alpha.conf_low, found.extremes.n)
        for _, found in scale.at
    ]
