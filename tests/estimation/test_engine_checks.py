"""A model, a table and an engine, in this order: anything else is refused by name."""

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.engine_checks import check_batch_engine, check_engine, check_request
from mediation.linkage.table import AnalysisTable

BARE = med.MediationModel("x", ("m",), "y")
MODEL = med.MediationModel("x", ("m",), "y", clusters=("team",))
ITEMS = {"alliance": ("w1", "w2", "w3")}


def study():
    rng = np.random.default_rng(2)
    team = np.repeat(np.arange(8), 6)
    x = rng.normal(size=8)[team]
    m = x + rng.normal(size=48)
    return pd.DataFrame({"team": team, "x": x, "m": m, "y": m + rng.normal(size=48)})


FRAME = study()
WRONG = {
    "class": (MODEL, FRAME, med.MixedModels, "parentheses are missing. Write MixedModels()."),
    "class with items": (MODEL, FRAME, med.LatentSEM, 'Write LatentSEM({"alliance": ('),
    "text": (MODEL, FRAME, "mixed", "Found a text. Write MixedModels(), without quotes."),
    "other text": (MODEL, FRAME, "bayes", "Write one of MixedModels(), OLS()"),
    "none": (MODEL, FRAME, None, "Found None. Write one of"),
    "interval": (MODEL, FRAME, med.MonteCarlo(), "An interval goes to `interval`"),
    "table first": (FRAME, MODEL, med.OLS(), "The order is estimate(model, table, engine)."),
    "engine second": (MODEL, med.OLS(), FRAME, "Found an OLS. The model comes first"),
    "mapping as model": ({"predictor": "x"}, FRAME, med.OLS(), "Found a dict. Write, for example"),
    "mapping as table": (MODEL, {"x": [1.0]}, med.OLS(), "Write pandas.DataFrame(...) around it."),
    "path as table": (MODEL, "rows.csv", med.OLS(), "Found a text. Read the file first"),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_kinds_are_refused_with_what_to_write(name):
    *arguments, said = WRONG[name]
    with pytest.raises(med.SpecificationError) as caught:
        med.estimate(*arguments)
    assert said in str(caught.value)
    assert "rows.csv" not in str(caught.value)


def test_mediate_asks_the_same():
    roles = {"predictor": "x", "mediators": ["m"], "outcome": "y", "clusters": ["team"]}
    with pytest.raises(
        med.SpecificationError, match=r"parentheses are missing\. Write TwoLevelSEM"
    ):
        med.mediate(FRAME, **roles, engine=med.TwoLevelSEM)
    with pytest.raises(med.InferenceError, match=r"parentheses are missing\. Write MonteCarlo"):
        med.mediate(FRAME, **roles, interval=med.MonteCarlo)
    with pytest.raises(med.SpecificationError, match=r"Give its `\.frame`"):
        med.mediate(AnalysisTable(FRAME, None), **roles)


def test_infer_asks_too():
    fit, rng = med.estimate(MODEL, FRAME, med.MixedModels()), np.random.default_rng(1)
    with pytest.raises(med.InferenceError, match="the parentheses are missing"):
        med.infer(fit, med.MonteCarlo, rng)
    with pytest.raises(med.InferenceError, match=r"infer\(fit, interval, rng\)"):
        med.infer(med.MonteCarlo(), fit, rng)


def test_missing_clusters_are_named_with_what_the_engine_needs():
    for engine, said, other in (
        (med.MixedModels(), "MixedModels needs clusters", "OLS()"),
        (med.OLS(med.Covariance.CR2), "OLS with CR2 needs clusters", "CLASSICAL or HC3"),
        (med.TwoLevelSEM(), "needs one level of clusters", 'clusters=["team"]'),
    ):
        with pytest.raises(med.SpecificationError) as caught:
            check_request(BARE, FRAME, engine)
        assert said in str(caught.value)
        assert other in str(caught.value)
        assert ("use OLS()" in str(caught.value)) == (not isinstance(engine, med.OLS))
    assert "organization" not in str(caught.value)


def test_weights_are_refused_for_every_engine():
    model = med.MediationModel("x", ("m",), "y", clusters=("team",), weights="w")
    for engine in (med.OLS(), med.MixedModels(), med.TwoLevelSEM(), med.LatentSEM(ITEMS)):
        with pytest.raises(med.EstimationError, match="No engine supports weights"):
            check_request(model, FRAME, engine)


def test_engines_that_batch_are_named():
    check_batch_engine(med.OLS())
    check_batch_engine(med.MixedModels())
    check_batch_engine(med.TwoLevelSEM())
    with pytest.raises(med.SpecificationError, match=r"TwoLevelSEM\(\). Found LatentSEM"):
        check_batch_engine(med.LatentSEM(ITEMS))
    with pytest.raises(med.SpecificationError, match="parentheses are missing"):
        check_batch_engine(med.OLS)


def test_engines_pass():
    for engine in (med.OLS(), med.MixedModels(), med.TwoLevelSEM(), med.LatentSEM(ITEMS)):
        check_engine(engine)


def test_a_batch_shows_its_size_and_how_it_ended():
    batch = med.estimate_batch(MODEL, FRAME, med.OLS(), {"y": np.stack([FRAME.y, FRAME.y + 1.0])})
    assert repr(batch).splitlines() == [
        "PathBatch of 2 data sets",
        "  paths: a between m, c_prime between, b within m, b between m, total between",
        "  2 converged, 0 boundary, 0 not_converged, 0 not_estimable",
    ]


def test_equations_are_one_frame():
    fit = med.estimate(MODEL, FRAME, med.MixedModels())
    frame = fit.equations_frame()
    assert list(frame.columns) == ["equation", "kind", "name", "estimate", "std_error", "df"]
    n_coefficients = sum(len(equation.coefficients) for equation in fit.equations)
    assert frame.kind.value_counts().to_dict() == {"coefficient": n_coefficients, "contrast": 1}
    contrast = frame[frame.kind == "contrast"].iloc[0]
    assert tuple(contrast[2:]) == fit.equations[1].contrasts[0]


def test_low_df_of_cr2_are_said():
    rng = np.random.default_rng(5)
    frame = FRAME.assign(site=FRAME.team // 2, x=(FRAME.team < 2) * 1.0 + rng.normal(size=48) / 9)
    model = med.MediationModel("x", ("m",), "y", clusters=("site", "team"))
    robust = med.estimate(model, frame, med.OLS(med.Covariance.CR2))
    assert robust.independent_level == "site"
    assert robust.engine_label == "ordinary least squares (CR2 by site, Satterthwaite df)"
    low = [p for p, df in zip(robust.paths.parameters, robust.paths.df, strict=True) if df < 4]
    assert low
    (said,) = (note for note in robust.notes if "below 4" in note)
    assert "Satterthwaite's degrees of freedom for CR2 are below 4 for a" in said
    for covariance in (med.Covariance.CLASSICAL, med.Covariance.CR1):
        fit = med.estimate(model, frame, med.OLS(covariance))
        assert not [note for note in fit.notes if "below 4" in note]
