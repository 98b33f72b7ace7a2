"""Many tables at once: the same fits as one at a time, whatever shares a batch."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from mediation.errors import EstimationError, SpecificationError
from mediation.estimation import each as module
from mediation.estimation.each import estimate_each
from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.model import MediationModel
from mediation.vocabulary import Covariance

ORGANIZATIONS, TEAMS, SIZE = 7, 14, 9
EXACT = {"rtol": 1e-9, "atol": 1e-11}
NESTED = MediationModel(
    "x", ("m", "k"), "y", covariates=("z", "kind"), clusters=("organization", "team")
)
ONE_LEVEL = MediationModel("x", ("m",), "y", covariates=("z",), clusters=("team",))
SINGLE = MediationModel("x", ("m",), "y", covariates=("z", "kind"))


def table(seed):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(TEAMS), SIZE)
    organization = team * ORGANIZATIONS // TEAMS
    n = len(team)
    x = np.random.default_rng(1).normal(size=TEAMS)[team]
    m = 0.4 * x + 0.5 * rng.normal(size=TEAMS)[team] + rng.normal(size=n)
    k = 0.3 * x + 0.4 * rng.normal(size=ORGANIZATIONS)[organization] + rng.normal(size=n)
    y = 0.5 * m + 0.2 * k + 0.5 * rng.normal(size=TEAMS)[team] + rng.normal(size=n)
    kind = pd.Categorical(rng.choice(["a", "b", "c"], n), categories=["a", "b", "c"])
    columns = {"x": x, "m": m, "k": k, "y": y, "z": rng.normal(size=n), "kind": kind}
    return pd.DataFrame({"organization": organization, "team": team, **columns})


def assert_same(found, expected):
    """Every field of a fit, numbers up to rounding."""
    for field in fields(expected):
        if field.name in ("paths", "equations", "scales", "total_gap", "resampler"):
            continue
        assert getattr(found, field.name) == getattr(expected, field.name), field.name
    assert found.paths.parameters == expected.paths.parameters
    assert found.paths.equation == expected.paths.equation
    assert found.paths.shares_divisor == expected.paths.shares_divisor
    for name in ("values", "covariance", "df"):
        ours, theirs = getattr(found.paths, name), getattr(expected.paths, name)
        np.testing.assert_allclose(ours, theirs, **EXACT, err_msg=name)
    np.testing.assert_allclose(found.total_gap, expected.total_gap, **EXACT)
    assert len(found.equations) == len(expected.equations)
    for ours, theirs in zip(found.equations, expected.equations, strict=True):
        assert (ours.label, ours.convergence) == (theirs.label, theirs.convergence)
        for name in ("coefficients", "variances", "contrasts"):
            rows, wanted = getattr(ours, name), getattr(theirs, name)
            assert [row[0] for row in rows] == [row[0] for row in wanted]
            numbers = np.array([row[1:] for row in rows], dtype=float)
            np.testing.assert_allclose(numbers, [row[1:] for row in wanted], **EXACT)
    for ours, theirs in zip(found.scales, expected.scales, strict=True):
        assert ours.name == theirs.name
        np.testing.assert_allclose(
            (ours.sd_total, ours.sd_between), (theirs.sd_total, theirs.sd_between), **EXACT
        )
    assert (found.resampler is None) == (expected.resampler is None)


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        (NESTED, MixedModels()),
        (NESTED, OLS()),
        (NESTED, OLS(covariance=Covariance.CR2)),
        (ONE_LEVEL, MixedModels()),
        (ONE_LEVEL, TwoLevelSEM()),
        (SINGLE, OLS()),
        (SINGLE, OLS(covariance=Covariance.HC3)),
    ],
)
def test_every_field_is_that_of_one_table_at_a_time(model, engine):
    tables = [table(seed) for seed in range(10, 14)]
    for found, frame in zip(estimate_each(model, tables, engine), tables, strict=True):
        assert_same(found, estimate(model, frame, engine))


@pytest.mark.parametrize("engine", [OLS(), MixedModels()])
def test_tables_of_other_rows_levels_and_clusters_keep_their_places(engine):
    """A level that nobody was drawn for is another design; so are fewer rows."""
    whole = [table(seed) for seed in range(3)]
    without = table(3)
    without["kind"] = without["kind"].where(without["kind"] != "b", "a")
    fewer = table(4).iloc[SIZE:]
    gaps = table(5)
    gaps.loc[::11, "y"] = np.nan
    moved = table(6).iloc[::-1]
    tables = [whole[0], without, whole[1], fewer, gaps, moved, whole[2]]

    for found, frame in zip(estimate_each(NESTED, tables, engine), tables, strict=True):
        assert_same(found, estimate(NESTED, frame, engine))


def test_a_table_that_is_refused_leaves_the_others_alone():
    good = [table(seed) for seed in range(3)]
    bad = table(3).assign(m=1.0)
    found = estimate_each(ONE_LEVEL, [good[0], bad, *good[1:]], MixedModels())

    with pytest.raises(EstimationError) as refused:
        estimate(ONE_LEVEL, bad, MixedModels())
    assert isinstance(found[1], EstimationError)
    assert str(found[1]) == str(refused.value)
    for fit, frame in zip((found[0], *found[2:]), good, strict=True):
        assert_same(fit, estimate(ONE_LEVEL, frame, MixedModels()))


def test_a_table_refused_inside_a_batch_leaves_the_others_alone():
    """One client alone has a level: no robust error, known only once the batch was fitted."""
    model = MediationModel("x", ("m",), "y", covariates=("kind",))
    tables = [table(seed) for seed in range(4)]
    lone = np.full(len(tables[0]), "a", dtype=object)
    lone[0], lone[1::2] = "c", "b"
    tables[2]["kind"] = pd.Categorical(lone, categories=["a", "b", "c"])
    engine = OLS(covariance=Covariance.HC3)
    found = estimate_each(model, tables, engine)

    with pytest.raises(EstimationError) as refused:
        estimate(model, tables[2], engine)
    assert str(found[2]) == str(refused.value)
    for number in (0, 1, 3):
        assert_same(found[number], estimate(model, tables[number], engine))


@pytest.mark.parametrize("engine", [OLS(), MixedModels()])
def test_parts_of_a_batch_change_nothing(monkeypatch, engine):
    tables = [table(seed) for seed in range(5)]
    together = estimate_each(ONE_LEVEL, tables, engine)
    monkeypatch.setattr(module, "CELLS", 2 * 9 * len(tables[0]))
    for found, expected in zip(estimate_each(ONE_LEVEL, tables, engine), together, strict=True):
        assert_same(found, expected)


def test_what_no_table_can_answer_is_refused_at_once():
    with pytest.raises(SpecificationError):
        estimate_each(MediationModel("nope", ("m",), "y"), [table(0)], OLS())


def test_no_table_gives_no_fit():
    assert estimate_each(ONE_LEVEL, [], MixedModels()) == ()
