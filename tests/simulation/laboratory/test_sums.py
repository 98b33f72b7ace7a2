"""Sums add up over chunks, and become the measures that numpy gives for all studies at once."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from mediation.simulation.laboratory.sums import Sums, sum_up
from mediation.simulation.laboratory.verdicts import Verdicts

TRUTH = 0.3


def verdicts(n, seed, n_widths):
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, n)) < 0.1
    return Verdicts(
        estimates=rng.normal(0.35, 0.1, n),
        rejected=rng.random(n) < 0.4,
        covered=rng.random(n) < 0.9,
        widths=rng.gamma(5, 1, n_widths),
        causes=(("first", first), ("second", second)),
        resamples=(100 * n, 7),
    )


def test_measures_are_those_of_all_studies_with_a_verdict():
    parts = [verdicts(400, 1, 400), verdicts(300, 2, 50)]
    total = sum_up(parts[0], TRUTH) + sum_up(parts[1], TRUTH)
    judged = [~(part.causes[0][1] | part.causes[1][1]) for part in parts]

    def together(name):
        return np.concatenate(
            [getattr(p, name)[kept] for p, kept in zip(parts, judged, strict=True)]
        )

    rejected, covered = together("rejected"), together("covered")
    errors = together("estimates") - TRUTH
    widths = np.concatenate(
        [p.widths[kept[: len(p.widths)]] for p, kept in zip(parts, judged, strict=True)]
    )
    n = len(errors)
    assert (total.n, total.n_judged, total.n_failed) == (700, n, 700 - n)
    assert total.rejection[0] == pytest.approx(rejected.mean())
    assert total.coverage[0] == pytest.approx(covered.mean())
    assert total.coverage[1] == pytest.approx(np.sqrt(0.9 * 0.1 / n), rel=0.15)
    assert total.bias == pytest.approx((errors.mean(), errors.std(ddof=1) / np.sqrt(n)))
    expected = (widths.mean(), widths.std(ddof=1) / np.sqrt(len(widths)))
    assert total.mean_width == pytest.approx(expected)
    assert (total.resamples, total.resamples_failed) == (70_000, 14)


def test_a_study_that_fails_twice_counts_once():
    both = np.array([True, False])
    found = Verdicts(
        np.zeros(2), both, both, np.ones(2), (("first", both), ("second", np.ones(2, bool)))
    )
    assert sum_up(found, 0.0).failures == {"first": 1, "second": 1}


def test_infinite_widths_are_left_out_of_the_mean():
    found = Verdicts(np.zeros(3), np.zeros(3, bool), np.ones(3, bool), np.array([1, np.inf, 3.0]))
    assert sum_up(found, 0.0).mean_width[0] == 2.0


def test_without_limits_there_is_no_coverage():
    found = Verdicts(np.zeros(3), np.ones(3, bool), None, np.empty(0))
    sums = sum_up(found, 0.0)
    assert sums.rejection[0] == 1.0
    assert sums.rejection[1] > 0
    assert np.isnan([*sums.coverage, *sums.mean_width]).all()


def test_sums_survive_json_and_nothing_else_is_read():
    sums = sum_up(verdicts(20, 3, 20), TRUTH)
    assert Sums.from_json(asdict(sums)) == sums
    with pytest.raises(TypeError):
        Sums.from_json({"n": 3})
