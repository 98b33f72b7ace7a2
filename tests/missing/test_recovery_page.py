"""The committed table of `docs/missing.md`: what the page says is what its numbers show."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.missing_recovery import N_STUDIES, TRUTH, summarize

PAGE = Path(__file__).parents[2] / "docs" / "missing.md"
ROW = re.compile(
    r"\| (?P<quantity>[a-z ]+) \| (?P<truth>[\d.]+) \| (?P<method>[a-z ]+) \| (?P<bold>\**)"
    r"(?P<bias>[-+][\d.]+) \((?P<error>[\d.]+)\)\** \| [\d.]+ \| (?P<coverage>[\d.]+) "
)


@pytest.fixture(scope="module")
def table():
    text = PAGE.read_text(encoding="utf-8")
    assert f"{N_STUDIES:,} studies" in text
    rows = []
    for world in ("inside", "outside"):
        part = text.split(f"by what is {world} the model")[1].split("\n## ")[0]
        rows += [match.groupdict() | {"world": world} for match in ROW.finditer(part)]
    found = pd.DataFrame(rows)
    numbers = ["truth", "bias", "error", "coverage"]
    return found.assign(**{name: found[name].astype(float) for name in numbers})


def test_every_method_is_there(table):
    assert len(table) == 2 * 4 * len(TRUTH)
    truth = {" ".join(key): value for key, value in TRUTH.items()}
    assert table.truth.tolist() == pytest.approx(table.quantity.map(truth).tolist(), abs=5e-4)


@pytest.mark.parametrize(
    ("world", "quantity"),
    [("inside", "a between"), ("inside", "indirect within"), ("outside", "b within")],
)
def test_complete_cases_are_biased_where_imputation_is_not(table, world, quantity):
    rows = table[(table.world == world) & (table.quantity == quantity)].set_index("method")
    assert rows.bold["complete cases"]
    assert rows.bias["complete cases"] < -5 * rows.error["complete cases"]
    assert not rows.bold["multiple imputation"]
    assert abs(rows.bias["multiple imputation"]) < abs(rows.bias["complete cases"]) / 5


def test_intervals_of_imputation_hold_the_truth(table):
    rows = table[table.method == "multiple imputation"]
    assert rows.coverage.min() > 0.95 - 3 * np.sqrt(0.95 * 0.05 / N_STUDIES)


def test_numbers_of_the_table_are_those_of_their_formulas():
    rows = pd.DataFrame(
        {
            "world": "w",
            "method": "m",
            "quantity": "q",
            "truth": 1.0,
            "error": [1.0, -1.0, 3.0],
            "covered": [True, False, True],
        }
    )
    (found,) = summarize(rows).to_dict("records")
    assert found["bias"] == pytest.approx(1.0)
    assert found["bias_error"] == pytest.approx(2 / np.sqrt(3))
    assert found["rmse"] == pytest.approx(np.sqrt(11 / 3))
    assert found["coverage"] == pytest.approx(2 / 3)
