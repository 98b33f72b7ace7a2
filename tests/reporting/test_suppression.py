"""Small counts stay hidden, also from subtraction."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mediation.linkage.table import FlowStep, ParticipantFlow
from mediation.reporting.suppression import histogram, pool_small_losses

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
    assert pooled[0] == flow.steps[0]
    assert pooled[-1].n_clients == flow.steps[-1].n_clients
    assert sum(step.n_left for step in pooled) == sum(losses)
    for before, after in itertools.pairwise(pooled):
        assert before.n_clients - after.n_clients == after.n_left
    if sum(losses) >= MINIMUM:
        assert not [step for step in pooled if 0 < step.n_left < MINIMUM]


def test_reasons_are_pooled_too():
    pooled = pool_small_losses(flow_from([10, 2]), MINIMUM).steps
    assert [(step.n_left, step.reason) for step in pooled] == [(0, ""), (12, "reason 0; reason 1")]


@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.integers(1, 20))
def test_histogram_has_no_small_bin(counts, n_bins):
    values = np.arange(float(len(counts)))
    ends = (0.0, float(len(counts) - 1))
    bins = histogram(values, np.array(counts, dtype=float), ends, MINIMUM, n_bins)
    if bins is None:
        assert sum(counts) < MINIMUM
        return
    assert bins.counts.sum() == sum(counts) == bins.n
    assert not np.any((bins.counts > 0) & (bins.counts < MINIMUM))
    assert np.all(np.diff(bins.edges) > 0)
    for end, position in ((bins.at_floor, 0), (bins.at_ceiling, -1)):
        if end is not None and len(bins.counts) > 1:
            assert not 0 < bins.counts[position] - end < MINIMUM
            assert not 0 < end < MINIMUM


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
