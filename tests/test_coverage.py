"""Intervals hold the truth as often as they should: 200 studies of the synthetic truth.

Bounds follow from the Monte Carlo error over studies. `docs/coverage/study.md` has the
same figures from 1,000 studies.
"""

from functools import cache

import pandas as pd
import pytest

from benchmarks.coverage import WORLDS, run, summarize

N_STUDIES = 200
# With few clusters the df limit makes single paths conservative by up to this coverage.
MOST_OF_A_PATH = 0.975
PATHS = ("a between", "b within", "c_prime between", "total between")
pytestmark = pytest.mark.slow


@cache
def summary(world: str) -> pd.DataFrame:
    return summarize(run(WORLDS[world], N_STUDIES))


@pytest.fixture(params=["shipped", "constant", "null"])
def coverage(request) -> tuple[str, pd.DataFrame]:
    return request.param, summary(request.param)


def test_every_interval_holds_the_truth_often_enough(coverage):
    name, table = coverage
    ours = table[table.method == "default"]
    assert len(ours) == (8 if name == "constant" else 5)
    for row in ours.itertuples():
        assert row.covered >= 0.95 - 3 * row.covered_error, (row.quantity, row.covered)


def test_single_paths_are_not_needlessly_wide(coverage):
    _, table = coverage
    for row in table[(table.method == "default") & table.quantity.isin(PATHS)].itertuples():
        assert row.covered <= MOST_OF_A_PATH + 3 * row.covered_error, (row.quantity, row.covered)


def test_least_squares_blind_to_clusters_does_not_hold_it(coverage):
    _, table = coverage
    blind = table[table.method == "blind"].set_index("quantity")
    for quantity in ("a between", "indirect within", "total between"):
        assert blind.covered[quantity] + 3 * blind.covered_error[quantity] < 0.95


def test_without_an_effect_the_indirect_effect_is_seldom_declared():
    table = summary("null").set_index(["method", "quantity"])
    row = table.loc[("default", "indirect within")]
    assert row.rejects <= 0.05 + 3 * row.rejects_error
