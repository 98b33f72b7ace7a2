"""The reversed order: which columns change places, and what the numbers are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mediation.errors import SpecificationError
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.delta import Delta
from mediation.inference.infer import infer
from mediation.model import MediationModel
from mediation.sensitivity.order import in_sd, path_in_sd, reverse_order, reversed_models
from mediation.vocabulary import EffectName, Level, PathName


def analyze(model, frame):
    engine = MixedModels() if model.clusters else OLS()
    return infer(engine.fit(model, frame), Delta(), np.random.default_rng(1))


def test_roles_change_and_the_rest_stays():
    model = MediationModel(
        "x",
        ("m", "n"),
        "y",
        ("age",),
        mediator_covariates=("site",),
        outcome_covariates=("wage", "y_0"),
        clusters=("team",),
    )
    one, two = reversed_models(model)
    assert (one.mediators, one.outcome, one.outcome_covariates) == (("y",), "m", ("wage", "m_0"))
    assert (two.mediators, two.outcome, two.outcome_covariates) == (("y",), "n", ("wage", "n_0"))
    assert one.covariates == ("age",)
    assert one.mediator_covariates == ("site",)
    assert one.clusters == ("team",)


def test_a_baseline_that_is_a_covariate_is_not_added_twice():
    model = MediationModel("x", ("m",), "y", ("m_0",), outcome_covariates=("y_0",))
    (turned,) = reversed_models(model)
    assert turned.covariates == ("m_0",)
    assert turned.outcome_covariates == ()


def test_reversing_twice_is_the_declared_model():
    model = MediationModel("x", ("m",), "y", ("age",), outcome_covariates=("y_0",))
    (turned,) = reversed_models(model)
    assert reversed_models(turned) == (model,)


def test_the_reversed_model_is_fitted_by_its_own_columns():
    rng = np.random.default_rng(2)
    early, late = (pd.DataFrame(rng.normal(size=(80, 4)), columns=["x", "m", "y", "m_0"])
                   for _ in range(2))  # fmt: skip
    declared = analyze(MediationModel("x", ("m",), "y"), early)
    found = reverse_order(declared, late, analyze)
    # Least squares by numpy: a of y on x, b of m on y and x.
    one = np.ones(80)
    a = np.linalg.lstsq(np.column_stack([one, late.x]), late.y, rcond=None)[0][1]
    b = np.linalg.lstsq(np.column_stack([one, late.x, late.y]), late.m, rcond=None)[0][2]
    (turned,) = found.reversed
    row = turned.effects[0]
    scale = late.x.std() / late.m.std()

    assert row.value.estimate == pytest.approx(a * b, rel=1e-9)
    assert in_sd(turned, row).estimate == pytest.approx(a * b * scale, rel=1e-9)
    assert path_in_sd(turned, PathName.B, row).estimate == pytest.approx(
        b * late.y.std() / late.m.std(), rel=1e-9
    )
    frame = found.to_frame()
    assert frame.order.tolist() == ["declared", "reversed"]
    assert frame.outcome.tolist() == ["y", "m"]
    assert frame.estimate[1] == pytest.approx(a * b * scale, rel=1e-9)


def test_b_goes_with_the_level_of_the_effect():
    rng = np.random.default_rng(3)
    team = np.repeat(np.arange(12), 8)
    x = rng.normal(size=12)[team]
    m = x + rng.normal(size=12)[team] + rng.normal(size=96)
    y = m + rng.normal(size=12)[team] + rng.normal(size=96)
    frame = pd.DataFrame({"x": x, "m": m, "y": y, "team": team})
    result = analyze(MediationModel("x", ("m",), "y", clusters=("team",)), frame)
    rows = {(row.effect, row.level): row for row in result.effects}
    paths = {(path.path, path.level): path.value.estimate for path in result.paths}
    scale = frame.m.std() / frame.y.std()
    for level in (Level.WITHIN, Level.BETWEEN):
        found = path_in_sd(result, PathName.B, rows[EffectName.INDIRECT, level])
        assert found.estimate == pytest.approx(paths[PathName.B, level] * scale, rel=1e-9)
    assert path_in_sd(result, PathName.A, rows[EffectName.DIRECT, Level.BETWEEN]) is None


def test_missing_columns_are_named():
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(30, 3)), columns=["x", "m", "y"])
    model = MediationModel("x", ("m",), "y")
    with pytest.raises(SpecificationError, match="Not in it: m"):
        reverse_order(analyze(model, frame), frame.drop(columns="m"), analyze)
