"""Tipping points: values that are missing, moved until the answer changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mediation.errors import SpecificationError
from mediation.estimation.ols import OLS
from mediation.inference.delta import Delta
from mediation.inference.joint import JointSignificance
from mediation.missing.imputation import impute
from mediation.missing.imputation_options import Imputation
from mediation.model import MediationModel
from mediation.sensitivity.tipping import tipping_point
from mediation.vocabulary import EffectName, Level

MODEL = MediationModel("x", ("m",), "y")


@pytest.fixture(scope="module")
def imputed():
    """Whoever is high on x is missing: a shift of y by d SD moves the slope on x by a known way."""
    rng = np.random.default_rng(3)
    x = np.repeat([0.0, 1.0], 100)
    m = 0.5 * x + rng.normal(size=200)
    y = 0.4 * m + 0.3 * x + rng.normal(size=200)
    y[150:] = np.nan
    frame = pd.DataFrame({"x": x, "m": m, "y": y})
    return impute(MODEL, frame, Imputation(n_imputations=20), np.random.default_rng(4)), y


def test_total_moves_by_the_share_missing_times_the_shift(imputed):
    """With x in two groups the total is a difference of means: half of one group is moved."""
    drawn, y = imputed
    found = tipping_point(MODEL, drawn, OLS(), Delta(), 1, shifts=(-1.0, 0.5))
    totals = [value.estimate for value in found.values(EffectName.TOTAL, Level.SINGLE)]
    sd = np.nanstd(y)

    assert found.shifts == (-1.0, 0.0, 0.5)
    assert totals[0] - totals[1] == pytest.approx(-0.5 * sd, abs=1e-10)
    assert totals[2] - totals[1] == pytest.approx(0.25 * sd, abs=1e-10)


def test_tips_where_the_interval_first_says_another_thing_of_zero(imputed):
    drawn, _ = imputed
    shifts = (-2, -1.5, -1, -0.5, 0, 0.5, 1)
    found = tipping_point(MODEL, drawn, OLS(), Delta(), 1, shifts=shifts)
    values = found.values(EffectName.TOTAL, Level.SINGLE)
    covers = {s: v.conf_low <= 0 <= v.conf_high for s, v in zip(found.shifts, values, strict=True)}
    assert not covers[0]
    below, above = found.tips(EffectName.TOTAL, Level.SINGLE)

    assert covers[below]
    assert not any(covers[s] for s in found.shifts if below < s <= 0)
    assert above is None


def test_no_shift_is_the_analysis_at_random(imputed):
    drawn, _ = imputed
    alone = tipping_point(MODEL, drawn, OLS(), Delta(), 1, shifts=())
    beside = tipping_point(MODEL, drawn, OLS(), Delta(), 1, shifts=(-1, 1))

    expected = alone.values(EffectName.INDIRECT, Level.SINGLE)[0]
    assert beside.values(EffectName.INDIRECT, Level.SINGLE)[1] == expected


@pytest.mark.parametrize(("column", "shifts"), [("x", (1,)), ("y", (float("nan"),)), ("z", (1,))])
def test_what_cannot_be_moved_is_refused(imputed, column, shifts):
    with pytest.raises(SpecificationError):
        tipping_point(MODEL, imputed[0], OLS(), Delta(), 1, column=column, shifts=shifts)


def test_without_limits_the_p_value_tips(imputed):
    drawn, _ = imputed
    shifts = (-40, -20, -10, 0, 1)
    found = tipping_point(MODEL, drawn, OLS(), JointSignificance(), 1, shifts=shifts)
    values = found.values(EffectName.INDIRECT, Level.SINGLE)
    assert all(np.isnan(value.conf_low) for value in values)
    rejects = {s: v.p_value < 0.05 for s, v in zip(found.shifts, values, strict=True)}
    below, above = found.tips(EffectName.INDIRECT, Level.SINGLE)
    changed = [s for s in found.shifts if rejects[s] != rejects[0]]
    assert below == max((s for s in changed if s < 0), default=None)
    assert above == min((s for s in changed if s > 0), default=None)
    assert changed, "the case must tip somewhere"
