"""Cells: standardized worlds against closed forms, names, and the published grid."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from mediation.errors import SimulationError
from mediation.simulation import default_truth
from mediation.simulation.cell import OUTCOME, PAIR, Cell
from mediation.simulation.generate import simulate
from mediation.simulation.published import DESIGNS, published_cells
from mediation.simulation.sizes import unequal_sizes

SIZES = unequal_sizes(14, 22)
NESTED = Cell(SIZES, (2,) * 7)


@pytest.mark.parametrize(("n_clusters", "mean"), [(7, 44), (14, 22), (20, 15), (2, 2), (5, 9)])
def test_unequal_sizes_keep_the_mean_and_reach_from_two_fifths_to_eight_fifths(n_clusters, mean):
    sizes = unequal_sizes(n_clusters, mean)
    assert len(sizes) == n_clusters
    assert sum(sizes) == n_clusters * mean
    assert min(sizes) == round(0.4 * mean)
    assert max(sizes) == round(1.6 * mean)


def test_unequal_sizes_are_those_of_the_grid():
    expected = (9, 15, 21, 27, 33, 11, 17, 23, 29, 35, 13, 19, 25, 31)
    assert unequal_sizes(14, 22) == expected


@pytest.mark.parametrize(("n_clusters", "mean"), [(1, 22), (14, 1)])
def test_sizes_that_cannot_differ_are_refused(n_clusters, mean):
    with pytest.raises(SimulationError, match=f"{n_clusters} clusters of {mean}"):
        unequal_sizes(n_clusters, mean)


@pytest.mark.parametrize("cell", [replace(NESTED, alliance_icc=0.11, a=0.3, b=0.4), DESIGNS[0]])
def test_effects_and_variances_are_the_stated_ones(cell):
    truth = cell.truth()
    assert (truth.a, truth.b_within(OUTCOME), truth.b_between(OUTCOME)) == (cell.a, cell.b, cell.b)
    assert truth.c_prime(OUTCOME) == truth.contextual(OUTCOME) == 0
    assert truth.total(OUTCOME) == pytest.approx(cell.a * cell.b)
    alliance, outcome, fidelity = truth.alliance, truth.outcomes[0], truth.fidelity
    clusters = alliance.clusters.organization**2 + alliance.clusters.team**2
    assert clusters == pytest.approx(cell.alliance_icc)
    assert clusters + alliance.sd_client**2 == pytest.approx(1)
    clusters = outcome.clusters.organization**2 + outcome.clusters.team**2
    assert clusters == pytest.approx(cell.outcome_icc)
    assert clusters + outcome.sd_residual**2 == pytest.approx(1)
    assert fidelity.sd_organization**2 + fidelity.sd_team**2 == pytest.approx(1)
    assert truth.analyzed_share(PAIR[1]) == pytest.approx(1)
    noise = np.mean((1 - cell.alliance_icc) / np.array(cell.team_sizes))
    expected = cell.alliance_icc / (cell.alliance_icc + noise)
    assert truth.reliability(PAIR[1]) == pytest.approx(expected)


def test_organizations_have_their_share_where_they_are_clusters():
    cell = replace(NESTED, predictor_organization_share=0.25, organization_share_of_icc=0.2)
    truth = cell.truth()
    assert truth.design.teams_by_organization == (2,) * 7
    assert truth.fidelity.sd_organization**2 == pytest.approx(0.25)
    assert truth.alliance.clusters.organization**2 == pytest.approx(0.2 * 0.05)
    assert truth.outcomes[0].clusters.team ** 2 == pytest.approx(0.8 * 0.05)
    flat = replace(cell, teams_per_organization=None).truth()
    spreads = (flat.fidelity.sd_organization, flat.alliance.clusters.organization)
    assert (*spreads, flat.outcomes[0].clusters.organization) == (0, 0, 0)
    assert flat.design.n_organizations == 14


def test_studies_of_a_cell_are_complete():
    study = simulate(replace(NESTED, a=0.3, b=0.4).truth(), np.random.default_rng(1))
    assert study.interviews.groupby("wave_months").size().tolist() == [308] * 5
    assert study.interviews.notna().all().all()


@pytest.mark.parametrize("a", [0.0, 0.4])
@pytest.mark.parametrize("share", [0.3, 0.56])
def test_maximum_of_a_normal_alliance_is_its_quantile(a, share):
    truth = replace(NESTED, a=a, ceiling_share=share).truth()
    assert truth.ceiling
    expected = np.sqrt(1 + a**2) * stats.norm.ppf(1 - share)
    assert truth.alliance.high == pytest.approx(expected, abs=1e-8)


def test_without_a_ceiling_share_there_is_no_ceiling():
    truth = NESTED.truth()
    assert not truth.ceiling
    assert truth.alliance.high == np.inf


def test_what_changes_over_time_is_the_synthetic_studys_in_standard_units():
    truth, study = replace(NESTED, time_varying=True).truth(), default_truth()
    assert truth.fidelity_changes
    assert truth.fidelity.gain == pytest.approx(1.2 / 0.5)
    assert truth.fidelity.sd_occasion == pytest.approx(0.2 / 0.5)
    assert truth.alliance.trend == pytest.approx(0.06 / 9)
    assert truth.outcomes[0].trend == pytest.approx(0.004)
    assert truth.design.enrolment_months == study.design.enrolment_months
    still = NESTED.truth()
    assert not still.fidelity_changes
    assert still.fidelity.gain == still.alliance.trend == still.outcomes[0].trend == 0


def test_model_is_that_of_the_design():
    assert NESTED.model().clusters == ("organization", "team")
    assert DESIGNS[1].model().clusters == ("team",)
    assert DESIGNS[1].model().columns[:3] == ("x", "m", "y")


NAMES = {
    "14x22 icc .05 a 0 b 0": Cell(SIZES),
    "14x22 icc .05 a .2 b .4 slopes .10": Cell(SIZES, a=0.2, b=0.4, slope_sd=0.1),
    "14x22 in 7 icc .11 a -.25 b 1": replace(NESTED, alliance_icc=0.11, a=-0.25, b=1.0),
    "14x22 in 1-1-1-2-2-3-4 icc .05 a 0 b 0": Cell(SIZES, (1, 1, 1, 2, 2, 3, 4)),
    "14x22 equal icc .05 a 0 b 0 ceiling .30": Cell((22,) * 14, ceiling_share=0.3),
    "sizes 8-41 icc .125 a 0 b 0 outcome icc 0": Cell((8, 41), alliance_icc=0.125, outcome_icc=0.0),
    "14x22 in 7 icc .05 a 0 b 0 organization icc share 0 organization predictor share 1": replace(
        NESTED, organization_share_of_icc=0.0, predictor_organization_share=1.0
    ),
    "7x44 icc .02 a .4 b 0 skew -2 over time": Cell(
        unequal_sizes(7, 44), alliance_icc=0.02, a=0.4, skew=-2.0, time_varying=True
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_names_say_how_a_cell_differs(name):
    assert NAMES[name].id == name


REFUSED = {
    "alliance_icc": ({"alliance_icc": 1.0}, "`alliance_icc` is a share.* less than 1. Found 1"),
    "ceiling": ({"ceiling_share": -0.1}, "`ceiling_share` is a share.*Found -0.1"),
    "not a number": ({"outcome_icc": float("nan")}, "`outcome_icc` is a share.*Found nan"),
    "predictor": (
        {"predictor_organization_share": 1.5},
        "`predictor_organization_share` is a share, at least 0 and at most 1. Found 1.5",
    ),
    "slopes": ({"slope_sd": -1.0}, r"outcome\.slope_sd = -1"),
    "organizations": ({"teams_per_organization": (2, 2)}, "share out 14 teams among 2"),
    "both": ({"ceiling_share": 0.3, "time_varying": True}, "`ceiling_share` and `time_varying`"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_impossible_cells_are_refused(name):
    changes, message = REFUSED[name]
    with pytest.raises(SimulationError, match=message):
        Cell(SIZES, **changes)


def test_the_grid_has_sixty_cells_and_eighty_one_variations_all_different():
    cells = published_cells()
    assert len(cells) == len({cell.id for cell in cells}) == len(set(cells)) == 141
    base, varied = cells[:60], cells[60:]
    plain = {"slope_sd": 0.0, "skew": 0.0, "ceiling_share": 0.0, "time_varying": False}
    for cell in base:
        assert all(getattr(cell, name) == value for name, value in plain.items())
    counted = Counter((cell.alliance_icc, cell.a, cell.b) for cell in base)
    assert len(counted) == 15
    assert set(counted.values()) == {4}
    assert all(cell.alliance_icc == 0.05 for cell in varied)
    effects = Counter((cell.a, cell.b) for cell in varied)
    assert effects == {(0.0, 0.4): 27, (0.4, 0.0): 27, (0.2, 0.4): 27}
    sizes = Counter(len(cell.team_sizes) for cell in cells)
    assert sizes == {7: 33, 14: 33 + 42, 20: 33}
    assert {sum(cell.team_sizes) for cell in cells} == {300, 308}


def test_variations_differ_from_a_cell_of_their_design_in_one_thing():
    fields = tuple(Cell.__dataclass_fields__)
    for cell in published_cells()[60:]:
        differing = {
            design: [
                name
                for name in fields
                if name not in ("a", "b") and getattr(cell, name) != getattr(design, name)
            ]
            for design in DESIGNS
        }
        assert min(len(names) for names in differing.values()) == 1
