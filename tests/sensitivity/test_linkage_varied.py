"""Other linkages: which rows stay, what is repeated, what is not told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.ols import OLS
from mediation.inference.delta import Delta
from mediation.inference.infer import infer
from mediation.linkage.table import AnalysisTable, LinkageSummary
from mediation.model import MediationModel
from mediation.sensitivity.linkage_varied import vary_linkage
from mediation.vocabulary import LinkageRule

MODEL = MediationModel("x", ("m",), "y")
LAST, NEAR = LinkageRule.LAST_BEFORE, LinkageRule.NEAREST


def table(rule, gaps, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(len(gaps), 3)), columns=["x", "m", "y"])
    frame["x_gap"] = gaps
    return AnalysisTable(frame, linkage=LinkageSummary(rule, 12.0, 0, 0, 0, 1.0, 2.0))


def analyze(each):
    return infer(OLS().fit(MODEL, each.frame), Delta(), np.random.default_rng(1))


GAPS = np.repeat([2.0, 7.0, 10.0, 20.0], [40, 20, 10, 30])


def test_each_age_is_the_analysis_of_the_rows_that_are_recent_enough():
    tables = [table(LAST, GAPS), table(NEAR, GAPS / 10, seed=2)]
    declared = analyze(tables[0])
    found = vary_linkage(MODEL, tables, analyze, (LAST, None, declared)).analyses

    assert [(each.rule, each.ages, each.n_rows) for each in found] == [
        (LAST, (None,), 100),
        (LAST, (12.0,), 70),
        (LAST, (9.0,), 60),
        (LAST, (6.0,), 40),
        (NEAR, (None, 12.0, 9.0, 6.0), 100),
    ]
    assert found[0].result is declared
    by_hand = infer(OLS().fit(MODEL, tables[0].frame[GAPS <= 9]), Delta(), np.random.default_rng(1))
    assert found[2].result.effects == by_hand.effects
    assert [each.gap_median for each in found[:3]] == [7.0, 2.0, 2.0]


def test_a_declared_maximum_age_is_not_estimated_again():
    calls = []

    def counted(each):
        calls.append(each)
        return analyze(each)

    declared = analyze(AnalysisTable(table(LAST, GAPS).frame[GAPS <= 11]))
    found = vary_linkage(
        MODEL, [table(LAST, GAPS)], counted, (LAST, 11.0, declared), ages=(None, 6.0)
    ).analyses
    assert [(each.ages, each.is_declared) for each in found] == [
        ((11.0,), True), ((None,), False), ((6.0,), False),
    ]  # fmt: skip
    assert len(calls) == 2


def test_a_few_rows_less_are_not_analyzed():
    gaps = np.repeat([2.0, 10.0, 20.0], [60, 8, 3])
    tables = [table(LAST, gaps)]
    found = vary_linkage(
        MODEL, tables, analyze, (LAST, None, analyze(tables[0])), ages=(None, 12.0, 6.0), minimum=5
    ).analyses
    known = {each.ages: each.n_rows for each in found}
    # 68 rows are 3 less than all; 60 are 11 less than all, and 68 are not told.
    assert known == {(None,): 71, (12.0,): None, (6.0,): 60}
    assert [each.result is None for each in found] == [False, True, False]
    assert np.isnan(found[1].gap_median)


def test_an_analysis_that_fails_has_no_result():
    def fails(_):
        raise EstimationError("No. Nothing. Do less.")

    tables = [table(LAST, GAPS), table(NEAR, GAPS)]
    found = vary_linkage(MODEL, tables, fails, (LAST, None, analyze(tables[0])))
    assert [each.result is None for each in found.analyses] == [False] + [True] * 7
    assert set(found.to_frame().rule) == {"last_before"}


def test_rows_without_the_predictor_stay_out():
    one = table(LAST, GAPS)
    frame = one.frame
    frame.loc[:9, "x"] = np.nan
    lacking = AnalysisTable(frame, linkage=one.linkage)
    found = vary_linkage(MODEL, [lacking], analyze, (LAST, None, analyze(lacking)))
    assert found.analyses[0].n_rows == 90
    assert found.analyses[3].n_rows == 30


def test_tables_must_be_linked_and_one_as_declared():
    known = (LAST, None, analyze(table(LAST, GAPS)))
    with pytest.raises(SpecificationError, match="must be linked"):
        vary_linkage(MODEL, [AnalysisTable(table(LAST, GAPS).frame)], analyze, known)
    with pytest.raises(SpecificationError, match="declared rule last_before"):
        vary_linkage(MODEL, [table(NEAR, GAPS)], analyze, known)
