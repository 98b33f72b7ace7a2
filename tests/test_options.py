"""A choice is a member of its enum: nothing else is read, and the message names what was meant."""

import pandas as pd
import pytest

import mediation as med
from mediation.options import check_choices

ITEMS = {"alliance": ("w1", "w2", "w3")}
ROLES = {"predictor": "x", "mediators": ("m",), "outcome": "y"}
WRONG = {
    "ols": (lambda: med.OLS("cr2"), "Found 'cr2'. Give Covariance.CR2."),
    "ols by another enum": (
        lambda: med.OLS(med.SlopeCovariance.CR2),
        "Found SlopeCovariance.CR2. Give Covariance.CR2.",
    ),
    "two_level": (lambda: med.TwoLevelSEM("robust"), "Give StandardErrors.ROBUST."),
    "latent": (lambda: med.LatentSEM(ITEMS, "robust"), "Give LatentCovariance.CLUSTER_ROBUST."),
    "slope": (lambda: med.MixedModels(slope_covariance="cr2"), "Give SlopeCovariance.CR2."),
    "zero": (lambda: med.MixedModels(zero_variance="drop"), "Give ZeroVariance.DROP."),
    "likelihood": (lambda: med.MixedModels(likelihood="ML"), "Give Likelihood.ML."),
    "df": (lambda: med.MixedModels(df_method="satterthwaite"), "Give DfMethod.SATTERTHWAITE."),
    "df with a dash": (lambda: med.MixedModels(df_method="between-within"), "BETWEEN_WITHIN."),
    "time": (
        lambda: med.MediationModel(**ROLES, time_adjustment="always"),
        "Give TimeAdjustment.ALWAYS.",
    ),
    "none": (lambda: med.OLS(None), "Found None. Give one of them, for example"),
    "nothing like it": (lambda: med.OLS("sandwich"), "for example Covariance.CLASSICAL."),
    "the enum itself": (lambda: med.OLS(med.Covariance), "Found the class Covariance."),
    "a word for true": (
        lambda: med.MediationModel(**ROLES, split_covariates="no"),
        "`split_covariates` must be True or False. Found 'no'.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_member_is_refused_with_the_member_that_was_meant(name):
    make, said = WRONG[name]
    with pytest.raises(med.SpecificationError) as caught:
        make()
    assert said in str(caught.value)


def test_the_message_lists_all_members():
    with pytest.raises(med.SpecificationError) as caught:
        med.OLS("cr2")
    assert str(caught.value) == (
        "`covariance` must be a Covariance: CLASSICAL, HC3, CR1, CR2. Found 'cr2'. "
        "Give Covariance.CR2."
    )


@pytest.mark.parametrize("options", [{"distribution": "t"}, {"conf_level": "0.95"}])
def test_intervals_have_errors_of_their_own(options):
    with pytest.raises(med.InferenceError):
        med.MonteCarlo(**options)


def test_data_given_as_an_option_are_not_shown():
    frame = pd.DataFrame({"client": ["Ann"]})
    with pytest.raises(med.SpecificationError) as caught:
        med.TwoLevelSEM(frame)
    assert "Found a DataFrame." in str(caught.value)
    assert "Ann" not in str(caught.value)


def test_members_and_what_may_be_left_out_pass():
    for options in (
        med.OLS(med.Covariance.CR2),
        med.MixedModels(),
        med.TwoLevelSEM(med.StandardErrors.ROBUST),
        med.LatentSEM(ITEMS, None),
        med.MonteCarlo(),
        med.MediationModel(**ROLES),
    ):
        check_choices(options)


@pytest.mark.parametrize("role", ["predictor", "outcome"])
def test_a_list_is_not_one_column(role):
    with pytest.raises(med.SpecificationError, match=f"`{role}` must be one column"):
        med.MediationModel(**{**ROLES, role: ["x1", "x2"]})
