"""Items make exactly the score they were drawn from, by the partial credit model."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mediation.errors import SimulationError
from mediation.instruments.reading import builtin_instruments, instrument
from mediation.instruments.scale import range_of
from mediation.instruments.scoring import score
from mediation.simulation import DEFAULT_SEED, default_truth
from mediation.simulation.generate import simulate
from mediation.simulation.items import draw_responses, headers_of, key_of
from mediation.simulation.parameters import ItemsTruth
from mediation.simulation.tables import tables_of
from mediation.vocabulary import Metric

WITH_ITEMS = sorted(key for key, each in builtin_instruments().items() if each.items)


def plain(key, **changes):
    return replace(ItemsTruth(key, "x_{}", 0.7, 1.2, 0.4), **changes)


def every_score(key):
    """All scores that whole responses can make."""
    low, high = range_of(key)
    n_steps = round((key.responses[1] - key.responses[0]) * len(key.items))
    return low + (high - low) * np.arange(n_steps + 1) / n_steps


@pytest.mark.parametrize("name", WITH_ITEMS)
def test_scoring_the_items_gives_the_scores_to_the_last_digit(name):
    key = instrument(name)
    scores = np.round(np.tile(every_score(key), 20), 6)
    responses = draw_responses(scores, plain(name), key, np.random.default_rng(1))
    assert responses.shape == (scores.size, len(key.items))
    assert (responses == np.rint(responses)).all()
    assert responses.min() == key.responses[0]
    assert responses.max() == key.responses[1]
    found = score(key, responses).values
    exact = metric_is_whole(key)
    np.testing.assert_allclose(found, scores, rtol=0, atol=0 if exact else 1e-6)


def metric_is_whole(key):
    """Whether a score is written without rounding: a sum, or a mean in tenths."""
    return key.metric is Metric.SUM or len(key.items) == 10


@given(
    gap=st.floats(-0.5, 6),
    difficulty=st.floats(0, 3),
    total=st.integers(12, 48),
    seed=st.integers(0, 2**32),
)
def test_any_model_of_items_keeps_the_sum(gap, difficulty, total, seed):
    key = instrument("herth_hope_index")
    items = plain(key.key, gap=gap, difficulty=difficulty, gap_spread=abs(gap) / 2)
    found = draw_responses(np.full(3, float(total)), items, key, np.random.default_rng(seed))
    assert (found.sum(axis=1) == total).all()
    assert ((found >= 1) & (found <= 4)).all()


def three_items(**changes):
    """A scale so short that every pattern of responses can be listed."""
    raw = {"items": ("1", "2", "3"), "responses": (1.0, 3.0), "metric": Metric.SUM, **changes}
    return instrument("herth_hope_index").model_copy(update=raw)


def test_patterns_given_the_sum_have_the_probabilities_of_the_partial_credit_model():
    items, key, n = plain("three", difficulty=0.9, gap=0.7, gap_spread=0.5), three_items(), 40_000
    found = draw_responses(np.full(n, 6.0), items, key, np.random.default_rng(2)) - 1
    # Every pattern with this sum, weighted by exp(-sum of thresholds), written out.
    golden, silver = (5**0.5 - 1) / 2, 2**0.5 - 1
    expected = {}
    for pattern in product(range(3), repeat=3):
        if sum(pattern) == 3:
            exponent = 0.0
            for i, response in enumerate(pattern, start=1):
                difficulty = 0.9 * (2 * (i * golden % 1) - 1)
                gap = 0.7 + 0.5 * (2 * (i * silver % 1) - 1)
                thresholds = [difficulty - gap / 2, difficulty + gap / 2]
                exponent -= sum(thresholds[:response])
            expected[pattern] = np.exp(exponent)
    total = sum(expected.values())
    counts = [(found == pattern).all(axis=1).sum() for pattern in expected]
    assert sum(counts) == n
    test = stats.chisquare(counts, [n * weight / total for weight in expected.values()])
    assert test.pvalue > 1e-4


def test_reversed_items_are_turned_back():
    key = three_items(reversed=("2",))
    items = plain("three")
    scores = np.array([3.0, 5.0, 9.0])
    straight = draw_responses(scores, items, three_items(), np.random.default_rng(3))
    turned = draw_responses(scores, items, key, np.random.default_rng(3))
    assert (turned[:, [0, 2]] == straight[:, [0, 2]]).all()
    assert (turned[:, 1] == 4 - straight[:, 1]).all()
    assert (score(key, turned).values == scores).all()


def test_a_score_that_is_missing_has_no_items_and_moves_no_others():
    key, items = instrument("mcas"), plain("mcas")
    scores = np.array([40.0, 60.0, 80.0])
    whole = draw_responses(scores, items, key, np.random.default_rng(4))
    scores[1] = np.nan
    found = draw_responses(scores, items, key, np.random.default_rng(4))
    assert np.isnan(found[1]).all()
    assert (found[[0, 2]] == whole[[0, 2]]).all()


@pytest.mark.parametrize("value", [23.0, 97.0, 50.5])
def test_scores_that_responses_cannot_make_are_refused(value):
    items, key = default_truth().alliance.items, instrument("rprs_24")
    with pytest.raises(SimulationError, match="from 24 to 96 in steps of 1"):
        draw_responses(np.array([value]), items, key, np.random.default_rng(1))


def test_headers_are_the_items_of_the_key():
    headers = headers_of(default_truth().alliance.items, instrument("rprs_24"))
    assert headers == tuple(f"rprs_{i}" for i in range(1, 25))


@pytest.mark.parametrize(
    "changes", [{"high": 150.0}, {"low": 0.0}, {"unit": 0.5}, {"items": None}], ids=str
)
def test_another_scale_than_the_instruments_has_no_items(changes):
    alliance = default_truth().alliance
    assert key_of(alliance).key == "rprs_24"
    assert key_of(replace(alliance, **changes)) is None


def alpha(responses):
    """Cronbach's alpha from the variances of items and sum."""
    n_items = responses.shape[1]
    items, total = responses.var(axis=0, ddof=1).sum(), responses.sum(axis=1).var(ddof=1)
    return n_items / (n_items - 1) * (1 - items / total)


@pytest.fixture(scope="module")
def responses():
    """Complete responses at the first interview and at all assessments, by prefix."""
    rng = np.random.default_rng(DEFAULT_SEED)
    study = simulate(default_truth(), rng)
    tables = tables_of(study, rng)
    first = tables["interviews"][(study.interviews["wave_months"] == 0).to_numpy()]
    return {
        prefix: (tables["fidelity"] if prefix == "smcm" else first)
        .filter(regex=f"^{prefix}_")
        .dropna()
        .to_numpy()
        for prefix in ("smcm", "rprs", "qoli", "hhi", "mcas")
    }


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("hhi", 0.84), ("mcas", 0.82), ("rprs", 0.95), ("qoli", 0.90), ("smcm", 0.78)],
)
def test_reliability_is_what_the_defaults_say(responses, prefix, expected):
    assert alpha(responses[prefix]) == pytest.approx(expected, abs=0.02)


def test_items_of_the_alliance_are_nearly_as_alike_as_whole_responses_can_be(responses):
    # Everyone gives two neighboring responses at most, and the higher one to the same items.
    totals = responses["rprs"].sum(axis=1).astype(int)
    alike = (totals[:, None] + np.arange(24)) // 24
    assert (alike.sum(axis=1) == totals).all()
    assert alpha(alike) == pytest.approx(0.97, abs=0.005)
    assert alpha(alike) - 0.03 < alpha(responses["rprs"]) < alpha(alike)


@pytest.mark.parametrize("prefix", ["smcm", "rprs", "qoli", "hhi", "mcas"])
def test_items_differ_in_mean_and_in_how_they_go_with_the_rest(responses, prefix):
    items = responses[prefix]
    rest = items.sum(axis=1)[:, None] - items
    correlations = [np.corrcoef(items[:, i], rest[:, i])[0, 1] for i in range(items.shape[1])]
    assert 0.2 < min(correlations) < max(correlations) - 0.1
    assert max(correlations) < 0.85
    assert np.ptp(items.mean(axis=0)) > 0.3
