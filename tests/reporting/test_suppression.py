"""Small counts stay hidden, also from subtraction."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.linkage.table import FlowStep, ParticipantFlow
from mediation.reporting.suppression import histogram, mean_decimals, pool_small_losses

MINIMUM = 5


def flow_from(losses, start=500):
    steps, remaining = [FlowStep("Enrolled", start, 0, "")], start
    for number, loss in enumerate(losses):
        remaining -= loss
        steps.append(FlowStep(f"Step {number}", remaining, loss, f"reason {number}"))
    return ParticipantFlow(tuple(steps), ())


@given(st.lists(st.integers(0, 12), max_size=8))
def test_pooled_flow_keeps_ends_and_shows_no_small_loss(losses):
    flow = flow_from(losses)
    pooled = pool_small_losses(flow, MINIMUM).steps
    assert pooled[-1].n_clients == flow.steps[-1].n_clients
    assert not [step for step in pooled if 0 < step.n_left < MINIMUM]
    for before, after in itertools.pairwise(pooled):
        assert before.n_clients - after.n_clients == after.n_left
    if 0 < sum(losses) < MINIMUM:
        # Beside the first count the last one would tell of the few.
        assert len(pooled) == 1
        return
    assert pooled[0] == flow.steps[0]
    assert sum(step.n_left for step in pooled) == sum(losses)


def test_reasons_are_pooled_too():
    pooled = pool_small_losses(flow_from([10, 2]), MINIMUM).steps
    assert [(step.n_left, step.reason) for step in pooled] == [(0, ""), (12, "reason 0; reason 1")]


@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.integers(1, 20))
def test_histogram_has_no_small_bin(counts, n_bins):
    values = np.arange(float(len(counts)))
    ends = (0.0, float(len(counts) - 1))
    bins = histogram(values, np.array(counts, dtype=float), ends, MINIMUM, n_bins)
    if bins is None:
        ends_hold = sum(count for count in (counts[0], counts[-1]) if count >= MINIMUM)
        assert sum(counts) - ends_hold < MINIMUM
        return
    assert bins.counts.sum() == sum(counts) == bins.n
    assert not np.any((bins.counts > 0) & (bins.counts < MINIMUM))
    assert np.all(np.diff(bins.edges) > 0)
    for end, position in ((bins.at_floor, 0), (bins.at_ceiling, -1)):
        if end is not None:
            assert not 0 < bins.counts[position] - end < MINIMUM
            assert not 0 < end < MINIMUM
    if len(bins.counts) == 1:
        assert not 0 < bins.n - (bins.at_floor or 0) - (bins.at_ceiling or 0) < MINIMUM


def test_all_but_a_few_at_one_end_are_not_shown():
    """With 97 of 100 at the ceiling, the share would tell of the three others."""
    scores = np.array([1.0, 3.0, 4.0])
    few = histogram(scores, np.array([1.0, 2.0, 97.0]), (1.0, 4.0), MINIMUM)
    assert few is None
    # All at one end or the other, but for three between.
    assert histogram(scores, np.array([50.0, 3.0, 60.0]), (1.0, 4.0), MINIMUM, 1) is None
    assert histogram(scores, np.array([50.0, 6.0, 60.0]), (1.0, 4.0), MINIMUM, 1) is not None


@given(
    st.lists(st.integers(-500, 500), min_size=8, max_size=40, unique=True),
    st.sampled_from([1.0, 0.37, 12.5]),
)
def test_bins_without_stated_ends_do_not_end_at_the_value_of_one_person(numbers, unit):
    values = np.sort(np.array(numbers)) * unit
    bins = histogram(values, np.ones(len(values)), (None, None), MINIMUM)
    assert bins.edges[0] <= values[0]
    assert values[-1] <= bins.edges[-1]
    span = values[-1] - values[0]
    step = np.diff(bins.edges).min()
    # Round ends: another person in their place would have given the same ones.
    moved = values.copy()
    moved[0] += 1e-9 * span
    again = histogram(moved, np.ones(len(values)), (None, None), MINIMUM)
    assert step > 0
    if not np.all(values == np.round(values)):
        np.testing.assert_array_equal(again.edges[[0, -1]], bins.edges[[0, -1]])
    assert bins.edges[-1] - bins.edges[0] <= 1.5 * span + 2


def test_histogram_of_unscaled_numbers():
    values = np.array([0.5, 1.25, 2.5, 7.75])
    bins = histogram(values, np.array([10.0, 20, 30, 6]), (None, None), MINIMUM)
    assert bins is not None
    assert bins.at_ceiling is None
    assert not bins.ceiling_is_small
    assert np.isclose((bins.density * np.diff(bins.edges)).sum(), 1)


def test_one_value_only_and_too_few():
    assert histogram(np.array([2.5]), np.array([30.0]), (None, None), MINIMUM) is None
    assert histogram(np.array([1.0, 2.0]), np.array([2.0, 2.0]), (1.0, 5.0), MINIMUM) is None


@pytest.mark.parametrize("sd", [0.3, 0.9, 5.0, 8.2, 19.0, 120.0])
@pytest.mark.parametrize("n", [5, 9, 10, 23, 27, 99, 100, 284, 5000])
def test_a_shown_mean_of_whole_scores_fits_every_number_of_people(n, sd):
    """Between the least and the greatest number there may be, none is the only one that fits."""
    unit = 10.0 ** -mean_decimals(n, sd)
    for true in range(n, n + 5):
        for total in (37 * true, 37 * true + 1, 37 * true + true // 2):
            shown = round(total / true / unit) * unit
            fits = [
                k for k in range(n, n + 5)
                if np.floor(k * (shown + unit / 2) + 1e-9) >= np.ceil(k * (shown - unit / 2) - 1e-9)
            ]  # fmt: skip
            assert fits == list(range(n, n + 5))
