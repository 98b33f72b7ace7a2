"""Fidelity of an organization: the mean of its teams at the moment of an interview."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.linkage import lift
from mediation.linkage.assessments import assessments_of
from mediation.linkage.fidelity import link_clusters
from mediation.linkage.lift import lift_scores, members_of
from mediation.linkage.link import link
from mediation.linkage.table import Spread
from mediation.study.study import load_study
from mediation.vocabulary import LinkageRule

NAN = float("nan")


def test_the_mean_is_over_the_teams_with_a_value() -> None:
    # Team 0: 2 in month 0, 4 in month 10. Team 1: 5 in month 4, 3 in month 6. Team 2: never.
    # Organization 0 has all three, organization 1 has team 2 alone.
    assessed = assessments_of(
        np.array([0, 0, 1, 1]), np.array([0.0, 10, 4, 6]), np.array([2.0, 4, 5, 3]), 3
    )
    members = members_of(np.array([0, 0, 0, 0, 1]), np.array([0, 1, 2, 0, 2]), 2)
    organization = np.array([0, 0, 0, 0, 1, 0])
    at = np.array([5.0, 8.0, -1.0, 11.0, 5.0, NAN])

    found = lift_scores(assessed, members, organization, at, LinkageRule.INTERPOLATE)

    np.testing.assert_allclose(found.linked.values, [(3 + 4) / 2, 3.6, NAN, NAN, NAN, NAN])
    assert found.n_with.tolist() == [2, 1, 0, 0, 0, 0]
    assert found.n_without.tolist() == [1, 2, 3, 3, 1, 3]
    # The farthest of the assessments that are nearest to the interview in each team.
    np.testing.assert_allclose(found.linked.gaps, [5, 2, NAN, NAN, NAN, NAN])
    assert found.linked.n_used.tolist() == [4, 2, 0, 0, 0, 0]
    np.testing.assert_array_equal(found.linked.n_before, [2, 3, 0, 4, 0, NAN])
    np.testing.assert_array_equal(found.linked.n_after, [2, 1, 4, 0, 0, NAN])
    assert found.linked.before_first.tolist() == [False, False, True, False, False, False]
    assert found.linked.after_last.tolist() == [False, False, False, True, False, False]


@given(st.integers(1, 9), st.sampled_from(LinkageRule), st.integers(0, 2**32 - 1))
def test_chunks_and_single_moments_give_the_same(pairs: int, rule: LinkageRule, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assessed = assessments_of(
        rng.integers(0, 6, 20), rng.permutation(20).astype(float), rng.uniform(1, 5, 20), 6
    )
    members = members_of(np.array([0, 0, 1, 2, 2, 2]), np.arange(6), 3)
    organization, at = rng.integers(0, 3, 12), rng.uniform(-2, 22, 12)

    whole = lift_scores(assessed, members, organization, at, rule, 5.0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lift, "PAIRS", pairs)
        parts = lift_scores(assessed, members, organization, at, rule, 5.0)

    np.testing.assert_array_equal(whole.linked.values, parts.linked.values)
    for i in range(12):
        teams = np.flatnonzero(np.array([0, 0, 1, 2, 2, 2]) == organization[i])
        each = link_clusters(assessed, teams, np.full(len(teams), at[i]), rule, 5.0).values
        expected = np.nan if np.isnan(each).all() else np.nanmean(each)
        assert whole.linked.values[i] == pytest.approx(expected, rel=1e-12, nan_ok=True)


def _lifted(small_study: Any) -> Any:
    small_study.say('clock = "months"', 'clock = "months"\nfidelity_level = "organization"')
    small_study.add_agency()
    return small_study


def test_clients_of_an_organization_have_the_mean_of_its_teams(small_study: Any) -> None:
    # A1 has T1 (2.1 in month 0, 2.6 in month 10) and T2 (2.2, 2.7): 2.15 + 0.05 a month.
    table = link(load_study(_lifted(small_study).write()))

    frame = table.frame.set_index("client")
    for i in range(6):
        assert frame.loc[f"P{i + 1}", "fidelity"] == pytest.approx(2.15 + 0.05 * (6 + i / 10))
    assert table.linkage is not None
    assert table.linkage.fidelity_level == "organization"
    assert (table.linkage.clusters, table.linkage.n_partial) == (Spread(2, 2, 2), 0)
    assert table.linkage.assessments == Spread(4, 4, 4)


def test_teams_without_a_value_are_counted(small_study: Any) -> None:
    rows = small_study.tables["fidelity"]
    small_study.tables["fidelity"] = [r for r in rows if r[0] != "T1" or r[1] == "0"]

    table = link(load_study(_lifted(small_study).write()))

    # T1 was assessed in month 0 only, so that A1 has T2 alone in months 6 to 6.5.
    frame = table.frame.set_index("client")
    assert frame.loc["P1", "fidelity"] == pytest.approx(2.2 + 0.05 * 6)
    assert table.linkage is not None
    assert table.linkage.n_partial == 6
    assert table.linkage.clusters == Spread(1, 2, 2)


def test_the_level_of_the_predictor_is_that_of_the_mean(small_study: Any) -> None:
    assert load_study(small_study.write()).manifest.predictor_level == "team"
    lifted = load_study(_lifted(small_study).write()).manifest
    assert (lifted.predictor_level, lifted.fidelity_cluster) == ("organization", "team")
