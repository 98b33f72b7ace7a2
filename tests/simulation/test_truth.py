"""The closed form against regressions on nearly noiseless studies, and against interventions."""

from dataclasses import replace

import numpy as np
import pytest

from mediation.errors import SimulationError
from mediation.simulation import default_truth, null, scaled
from mediation.simulation.generate import simulate
from mediation.simulation.parameters import CovariateEffects

from .regression import COVARIATES, slopes, wide

PAIRS = [(4.5, 9.0), (13.5, 18.0)]
OUTCOMES = ["quality_of_life", "hope", "community_functioning"]
NOTHING = CovariateEffects(age=0.0, man=0.0, another_gender=0.0, tenure=0.0)


def large(*, alliance_noise, outcome_noise=0.0, organizations=150, **changes):
    truth = scaled(
        default_truth(),
        n_organizations=organizations,
        n_teams_per_organization=2,
        clients_per_team=20,
        alliance_noise=alliance_noise,
        outcome_noise=outcome_noise,
    )
    return replace(truth, ceiling=False, **changes)


def without_team_effects(truth):
    clusters = replace(truth.alliance.clusters, organization=0.0, team=0.0)
    return replace(truth, alliance=replace(truth.alliance, clusters=clusters))


def shifted(truth, points):
    """The same world with every fidelity score higher, on a scale that never ends."""
    fidelity = replace(truth.fidelity, start=truth.fidelity.start + points, low=-50.0, high=50.0)
    return replace(truth, fidelity=fidelity)


def scores(truth, columns, seed=3):
    return simulate(truth, np.random.default_rng(seed)).interviews[columns].to_numpy()


@pytest.mark.parametrize("pair", PAIRS)
def test_alliance_on_fidelity_gives_a(pair):
    truth = without_team_effects(large(alliance_noise=0.0))
    frame = wide(simulate(truth, np.random.default_rng(1)), pair, "hope")
    found = slopes(frame, "alliance", ["fidelity", *COVARIATES])
    assert found["fidelity"] == pytest.approx(truth.a, rel=1e-8)
    assert found["months"] == pytest.approx(truth.alliance.trend, rel=1e-8)
    assert found["age"] == pytest.approx(truth.alliance.covariates.age, rel=1e-8)


def test_alliance_on_fidelity_gives_a_beside_noise_of_known_size():
    truth = large(alliance_noise=1.0, organizations=600)
    frame = wide(simulate(truth, np.random.default_rng(2)), (4.5, 9.0), "hope")
    found = slopes(frame, "alliance", ["fidelity", *COVARIATES])["fidelity"]
    # Variance of a team mean (team, organization and managers as if nothing else counted),
    # twice for organizations of two teams, over teams times the variance of fidelity.
    alliance = truth.alliance
    spread = alliance.clusters.organization**2 * 2 + alliance.clusters.team**2
    spread += alliance.clusters.manager**2 / 5 + alliance.sd**2 / 16
    error = np.sqrt(spread / 1200 / frame.groupby("team")["fidelity"].mean().var())
    assert abs(found - truth.a) < 4 * error
    assert 4 * error < truth.a / 4


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_regression_inside_teams_gives_b_within(outcome, pair):
    truth = large(alliance_noise=1.0)
    frame = wide(simulate(truth, np.random.default_rng(4)), pair, outcome)
    predictors = ["alliance", "fidelity", "baseline", *COVARIATES]
    found = slopes(frame, "outcome", predictors, inside="team")
    assert found["alliance"] == pytest.approx(truth.b_within(outcome), rel=1e-8)
    assert found["baseline"] == pytest.approx(truth.outcome(outcome).retest, rel=1e-8)
    direct_and_contextual = truth.c_prime(outcome) + truth.contextual(outcome)
    assert found["fidelity"] == pytest.approx(direct_and_contextual, rel=1e-7)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_outcome_on_fidelity_gives_total(outcome, pair):
    truth = without_team_effects(large(alliance_noise=0.0))
    frame = wide(simulate(truth, np.random.default_rng(5)), pair, outcome)
    found = slopes(frame, "outcome", ["fidelity", "baseline", *COVARIATES])
    assert found["fidelity"] == pytest.approx(truth.total(outcome), rel=1e-8)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_team_means_give_latent_b_between_when_clients_agree(outcome):
    truth = large(alliance_noise=1e-4, fidelity_changes=False)
    alliance = replace(truth.alliance, covariates=NOTHING, trend=0.0)
    truth = replace(truth, alliance=alliance)
    frame = wide(simulate(truth, np.random.default_rng(6)), (4.5, 9.0), outcome)
    predictors = ["deviation", "team_mean", "fidelity", "baseline", *COVARIATES]
    found = slopes(frame, "outcome", predictors)
    inside = slopes(frame, "outcome", ["alliance", "baseline", *COVARIATES], inside="team")
    assert inside["alliance"] == pytest.approx(truth.b_within(outcome), rel=1e-6)
    assert found["team_mean"] == pytest.approx(truth.b_between(outcome), rel=1e-5)
    assert found["fidelity"] == pytest.approx(truth.c_prime(outcome), rel=1e-4)
    contextual = truth.a * (found["team_mean"] - inside["alliance"])
    assert contextual == pytest.approx(truth.contextual(outcome), rel=1e-4)
    assert truth.reliability(9.0) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("wave", [9.0, 18.0])
def test_team_means_give_manifest_b_between_when_clients_differ(wave):
    outcome, pair = "hope", (wave - 4.5, wave)
    truth = large(alliance_noise=1.0, organizations=1000, fidelity_changes=False)
    frame = wide(simulate(truth, np.random.default_rng(7)), pair, outcome)
    predictors = ["deviation", "team_mean", "fidelity", "baseline", *COVARIATES]
    found = slopes(frame, "outcome", predictors)
    n_teams, reliability = 2000, truth.reliability(wave)
    difference = truth.b_between(outcome) - truth.b_within(outcome)
    clusters = truth.alliance.clusters
    tau2 = clusters.organization**2 + clusters.team**2
    # The residual of a team is (b_between - b_within) (T - reliability * team mean), correlated
    # inside organizations of two teams by the half at most, hence the factor 1.5.
    variance = 1.5 * difference**2 * tau2 * (1 - reliability)
    error_b = np.sqrt(variance / (n_teams * tau2 / reliability))
    spread = frame.groupby("team")["fidelity"].mean().var()
    error_c = np.sqrt(variance / (n_teams * spread) + truth.a**2 * error_b**2)
    assert abs(found["team_mean"] - truth.b_between_manifest(outcome, wave)) < 4 * error_b
    assert abs(found["fidelity"] - truth.c_prime_manifest(outcome, wave)) < 4 * error_c
    assert 4 * error_b < 0.2 * reliability * difference
    assert found["team_mean"] < truth.b_between(outcome) - 4 * error_b


def test_total_and_a_are_what_a_higher_fidelity_does():
    truth = replace(default_truth(), ceiling=False)
    columns = ["alliance", *OUTCOMES]
    before, after = scores(shifted(truth, 0.0), columns), scores(shifted(truth, 1.0), columns)
    waves = simulate(truth, np.random.default_rng(3)).interviews["wave_months"].to_numpy()
    gain = after - before
    known = ~np.isnan(gain[:, 0])
    np.testing.assert_allclose(gain[known, 0], truth.a, rtol=1e-9)
    expected = [truth.total(name) for name in OUTCOMES]
    np.testing.assert_allclose(gain[waves > 0, 1:] - expected, 0, atol=1e-9)
    np.testing.assert_allclose(gain[waves == 0, 1:], 0, atol=1e-12)


def test_direct_effect_is_what_a_higher_fidelity_does_when_it_leaves_the_alliance_alone():
    truth = replace(default_truth(), a=0.0)
    gain = scores(shifted(truth, 1.0), OUTCOMES) - scores(shifted(truth, 0.0), OUTCOMES)
    expected = [truth.c_prime(name) for name in OUTCOMES]
    np.testing.assert_allclose(gain.max(axis=0), expected, rtol=1e-9)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_indirect_within_is_the_whole_indirect_effect_without_a_contextual_part(outcome):
    default = default_truth()
    flat = tuple(replace(y, b_between=y.b_within, c_prime=0.0) for y in default.outcomes)
    truth = replace(default, outcomes=flat)
    gain = scores(shifted(truth, 1.0), outcome) - scores(shifted(truth, 0.0), outcome)
    assert gain.max() == pytest.approx(default.indirect_within(outcome), rel=1e-9)
    assert default.indirect_within(outcome) + default.contextual(outcome) == pytest.approx(
        default.indirect_between(outcome)
    )


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_manifest_effects_add_up_to_the_total(outcome):
    truth = default_truth()
    for wave in (9.0, 18.0):
        parts = truth.c_prime_manifest(outcome, wave) + truth.indirect_between_manifest(
            outcome, wave
        )
        assert parts == pytest.approx(truth.total(outcome))
        assert truth.b_within(outcome) < truth.b_between_manifest(outcome, wave)
        assert truth.b_between_manifest(outcome, wave) < truth.b_between(outcome)


def test_standardized_effects_are_the_documented_ones():
    truth = default_truth()
    spread = truth.fidelity.sd_between
    assert truth.a * spread / truth.alliance.sd == pytest.approx(0.2)
    for name, b_within, b_between in [
        ("quality_of_life", 0.2, 0.3),
        ("hope", 0.2, 0.3),
        ("community_functioning", 0.15, 0.25),
    ]:
        unit = truth.alliance.sd / truth.outcome(name).sd
        assert truth.b_within(name) * unit == pytest.approx(b_within, abs=1e-3)
        assert truth.b_between(name) * unit == pytest.approx(b_between, abs=1e-3)
        assert truth.c_prime(name) * spread / truth.outcome(name).sd == pytest.approx(0.05)


def test_variance_shares_of_the_alliance_are_the_documented_ones():
    truth = default_truth()
    clusters, total = truth.alliance.clusters, truth.alliance.sd**2
    assert clusters.manager**2 / total == pytest.approx(0.11, abs=1e-4)
    assert clusters.team**2 / total == pytest.approx(0.03, abs=1e-4)
    assert clusters.organization**2 / total == pytest.approx(0.02, abs=1e-4)


def test_total_variances_come_out_as_stated():
    truth = replace(
        scaled(
            default_truth(), n_organizations=400, n_teams_per_organization=2, clients_per_team=20
        ),
        ceiling=False,
    )
    interviews = simulate(truth, np.random.default_rng(8)).interviews
    for wave in (0.0, 9.0, 18.0):
        rows = interviews[interviews["wave_months"] == wave]
        assert rows["alliance"].std() == pytest.approx(truth.alliance.sd, rel=0.03)
        for outcome in truth.outcomes:
            assert rows[outcome.name].std() == pytest.approx(outcome.sd, rel=0.03)


def test_confounding_biases_the_slope_inside_teams():
    truth = large(alliance_noise=1.0, confounding=-0.2)
    frame = wide(simulate(truth, np.random.default_rng(4)), (4.5, 9.0), "hope")
    predictors = ["alliance", "fidelity", "baseline", *COVARIATES]
    found = slopes(frame, "outcome", predictors, inside="team")["alliance"]
    # Severity given baseline: its slope on what the alliance adds, from the stated variances.
    outcome, alliance = truth.outcome("hope"), truth.alliance
    noise = outcome.sd_baseline**2 + outcome.baseline_clusters.manager**2
    left = 1 - outcome.severity**2 / (outcome.severity**2 + noise)
    others = alliance.sd_client**2 + alliance.sd_occasion**2 + alliance.clusters.manager**2
    bias = truth.confounding * outcome.sd * alliance.severity * left
    bias /= alliance.severity**2 * left + others
    assert found - truth.b_within("hope") == pytest.approx(bias, rel=0.25)


def test_retention_is_what_studies_show():
    truth = scaled(
        default_truth(), n_organizations=250, n_teams_per_organization=2, clients_per_team=40
    )
    interviews = simulate(truth, np.random.default_rng(9)).interviews
    assert 1 - default_truth().retention(18.0) == pytest.approx(0.22, abs=0.005)
    n_clients = truth.design.n_clients
    for wave in (4.5, 9.0, 13.5, 18.0):
        held = (interviews["wave_months"] == wave).sum() / n_clients
        expected = truth.retention(wave) * (1 - truth.attrition.missed_interview)
        assert abs(held - expected) < 4 * np.sqrt(expected * (1 - expected) / n_clients)
    for pair in PAIRS:
        analyzed = len(wide(simulate(truth, np.random.default_rng(9)), pair, "hope")) / n_clients
        share = truth.analyzed_share(pair[1])
        assert abs(analyzed - share) < 4 * np.sqrt(share * (1 - share) / n_clients)


def test_null_changes_a_alone():
    truth = default_truth()
    assert null(truth) == replace(truth, a=0.0)
    assert null(truth).total("hope") == truth.c_prime("hope")


def test_scaled_keeps_effects_and_team_variance():
    truth = default_truth()
    large_truth = large(alliance_noise=0.5, outcome_noise=0.5)
    assert large_truth.design.n_clients == 6000
    assert large_truth.total("hope") == truth.total("hope")
    assert large_truth.alliance.clusters.team == truth.alliance.clusters.team
    assert large_truth.alliance.sd_client == pytest.approx(truth.alliance.sd_client / 2)
    assert large_truth.outcome("hope").sd_baseline == truth.outcome("hope").sd_baseline


BROKEN = {
    "uneven organizations": (
        lambda t: replace(t.design, n_organizations=5),
        "14 teams in 5 organizations",
    ),
    "empty team": (
        lambda t: replace(t.design, team_sizes=(0,) * 7),
        "smallest team of 0 clients",
    ),
    "interviews after the last assessment": (
        lambda t: replace(t.design, enrolment_months=(1.0, 25.0)),
        "enrolment in months 1 to 25",
    ),
    "pair that skips an interview": (
        lambda t: replace(t.design, pairs=((4.5, 18.0),)),
        "Each of `pairs` must be an interview and the one after it",
    ),
    "negative spread": (
        lambda t: replace(t, alliance=replace(t.alliance, sd_client=-1.0)),
        "alliance.sd_client = -1",
    ),
    "unknown driver of attrition": (
        lambda t: replace(t, attrition=replace(t.attrition, driver="housing")),
        "Found `housing`",
    ),
    "wave that is no follow-up": (lambda t: t.retention(0.0), "Choose from: 4.5, 9, 13.5, 18"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_impossible_studies_are_refused(name):
    build, message = BROKEN[name]
    with pytest.raises(SimulationError, match=message):
        build(default_truth())
