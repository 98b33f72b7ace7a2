"""Golden sentences: none claims more than its interval."""

import dataclasses

import numpy as np
import pytest

from mediation.inference.interval import NAN, Estimate
from mediation.inference.result import EffectEstimate
from mediation.linkage.table import LinkageSummary, Spread
from mediation.reporting import method_sentences, sentences
from mediation.reporting.headline_rows import headlines_of
from mediation.reporting.suppression import histogram
from mediation.reporting.wording import labels_of
from mediation.vocabulary import EffectName, EffectStatus, Level, LinkageRule

M = "\u2212"
NOUNS = ("client", "clients")


def answer(headlines, clusters):
    """What the first screen says of the headline rows, then of the blind ones."""
    said = (
        sentences.finding_sentence(headlines),
        sentences.blind_count_sentence(headlines, clusters),
    )
    return " ".join(filter(None, said))


def test_size(make):
    expected = "The study has 311 clients in 14 teams of 7 organizations."
    assert sentences.size_sentence(make.study()) == expected
    assert sentences.size_sentence(make.flat()) == "The study has 9,679 pupils in 568 schools."
    alone = make.contents(n_rows=1, n_by_level=())
    assert sentences.size_sentence(alone).startswith("The study has 1 client, taken as independent")


def test_headline_that_excludes_zero(make):
    study = make.study()
    said = sentences.headline_sentence(headlines_of(study)[0], labels_of(study))
    assert said == (
        "Quality of life (4.5 → 9 months): 0.20 points per point of SMCM fidelity (95% interval "
        "[0.10, 0.30], Holm-adjusted p = .068). The data are compatible with positive effects "
        "from 0.10 to 0.30. This is consistent with mediation through working alliance."
    )


def test_rows_without_an_order_in_time_only_would_be_consistent(make):
    flat = make.flat()
    said = sentences.headline_sentence(headlines_of(flat)[0], labels_of(flat))
    assert "excludes" not in said
    assert said.endswith("came before the outcome, which these data do not show.")


def test_headline_that_covers_zero_does_not_say_no_effect(make):
    study = make.study()
    said = sentences.headline_sentence(headlines_of(study)[1], labels_of(study))
    assert said.endswith(
        f"The data are compatible with effects from {M}0.30 to 0.50, including none."
    )


def test_blind(make):
    headlines = headlines_of(make.study())
    nouns = ("client", "clients")
    assert sentences.blind_sentence(headlines[0], nouns) == (
        "An analysis blind to teams would have said 0.23 [0.12, 0.33], an interval about as wide."
    )
    assert sentences.blind_sentence(headlines[1], nouns) == (
        "An analysis blind to teams would have said 0.11 [0.01, 0.21], an interval 0.25 times as "
        "wide, and would have excluded zero."
    )
    assert answer(headlines, "teams") == (
        "2 of the 6 intervals of the indirect effect exclude zero. An analysis blind to teams "
        "would have excluded zero in 3 of 6."
    )


def test_answer_of_one(make):
    (one,) = headlines_of(make.flat())
    said = "The interval of the indirect effect excludes zero. An analysis blind to schools would"
    assert answer((one,), "schools") == f"{said} have excluded zero."
    unsure = dataclasses.replace(one.blind, value=make.number(0, 1))
    other = dataclasses.replace(one, blind=unsure)
    assert answer((other,), "schools") == f"{said} not have excluded zero."
    alone = dataclasses.replace(one, blind=None)
    assert "blind" not in answer((alone,), "schools")


def test_answer_of_none_claims_no_absence(make):
    (one,) = headlines_of(make.flat())
    row = dataclasses.replace(one.row, value=make.number(0, 1))
    none = dataclasses.replace(one, row=row)
    assert answer((none, none), "schools") == (
        "None of the 2 intervals of the indirect effect excludes zero. These data cannot tell the "
        "effects from none. An analysis blind to schools would have excluded zero in all."
    )


def changed(headline, value, blind="same"):
    """A headline row with another number, and another blind one unless left the same."""
    row = dataclasses.replace(headline.row, value=value)
    beside = headline.blind if blind == "same" else blind
    return dataclasses.replace(headline, row=row, blind=beside)


def test_a_test_without_limits_is_no_interval(make):
    study = make.study()
    first = headlines_of(study)[0]
    sure = Estimate(0.2, 0.05, 11.0, NAN, NAN, 0.01, "JointSignificance", 0)
    said = sentences.headline_sentence(changed(first, sure), labels_of(study))
    assert said == (
        "Quality of life (4.5 → 9 months): 0.20 points per point of SMCM fidelity (no limits, "
        "Holm-adjusted p = .068). There is no interval, so nothing can be said about the size of "
        "the effect."
    )
    unsure = dataclasses.replace(sure, p_value=0.051)
    rows = (changed(first, sure), changed(first, unsure))
    assert answer(rows, "teams") == (
        "1 of the 2 tests of the indirect effect has p < .05. An analysis blind to teams would "
        "have excluded zero in all."
    )
    alone = answer(rows[1:], "teams")
    assert alone.startswith("The test of the indirect effect has p ≥ .05. These data cannot tell")
    assert "as wide" not in sentences.blind_sentence(rows[0], NOUNS)


def test_infinite_limits(make):
    study = make.study()
    first = headlines_of(study)[0]
    half = Estimate(0.2, 0.05, 11.0, 0.1, np.inf, 0.03, "WildClusterBootstrap", 128)
    said = sentences.headline_sentence(changed(first, half), labels_of(study))
    assert "(95% interval [0.10, ∞], Holm-adjusted" in said
    assert "positive effects from 0.10 to ∞." in said
    open_ = dataclasses.replace(half, conf_low=-np.inf)
    assert sentences.interval_reading(open_) == (
        "The data are compatible with effects of any size, including none."
    )
    assert "as wide" not in sentences.blind_sentence(changed(first, half), NOUNS)


def test_a_blind_analysis_that_failed_is_not_called_declared(make):
    first = headlines_of(make.study())[0]
    missing = changed(first, first.row.value, None)
    assert sentences.blind_sentence(missing, NOUNS) == (
        "An analysis blind to teams could not be made."
    )
    said = answer((missing,), "teams")
    assert said == "The interval of the indirect effect excludes zero."


def test_sum_over_mediators(make):
    study = make.study()
    first = headlines_of(study)[0]
    row = EffectEstimate(
        EffectName.TOTAL_INDIRECT, Level.WITHIN, None, EffectStatus.DEFINED, make.number(0.2, 0.05)
    )
    together = dataclasses.replace(first, row=row)
    said = sentences.headline_sentence(together, labels_of(study))
    assert said.endswith("This is consistent with mediation through the mediators together.")
    said = answer((together,), "teams")
    assert said.startswith("The interval of the total indirect effect excludes zero.")


def test_missing_estimate_is_said(make):
    ugly = make.ugly()
    last = headlines_of(ugly)[-1]
    assert "no estimate" in sentences.headline_sentence(last, labels_of(ugly))
    assert "no number" in sentences.blind_sentence(last, ("client", "clients"))


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.1, 0.3, "The data are compatible with positive effects from 0.10 to 0.30."),
        (-0.3, -0.1, f"The data are compatible with negative effects from {M}0.30 to {M}0.10."),
        (0.0, 0.3, "The data are compatible with effects from 0.00 to 0.30, including none."),
    ],
)
def test_interval_reading(low, high, expected):
    assert sentences.interval_reading(Estimate(0.2, 0.1, 9.0, low, high, 0.1, "t", 0)) == expected


def test_no_sentence_overclaims(make):
    forbidden = ("no effect", "proves", "significant", "causes", "p = .000")
    for contents in (make.study(), make.flat(), make.ugly()):
        labels = labels_of(contents)
        said = [sentences.headline_sentence(h, labels) for h in headlines_of(contents)]
        said += [sentences.blind_sentence(h, contents.row_noun) for h in headlines_of(contents)]
        said += method_sentences.limits_paragraphs(contents)
        for text in said:
            assert not [word for word in forbidden if word in text]


def test_analysis(make):
    assert method_sentences.analysis_sentence(make.result(varying=True), NOUNS) == (
        "Mixed models by REML, random intercepts, Kenward-Roger. 95% intervals of effects: "
        "Monte Carlo, t draws (20,000 draws). Calendar time is in every equation."
    )


def test_linkage_hides_small_counts():
    summary = LinkageSummary(LinkageRule.INTERPOLATE, 12.0, 3, 4, 8, 1.52, 5.9)
    said = method_sentences.linkage_sentence(summary, "SMCM fidelity", ("client", "clients"), 5)
    assert said == (
        "SMCM fidelity was taken at the interview of the mediator by linear interpolation between "
        "the assessments before and after it, so it also uses assessments made after the "
        "interview. The nearest assessment used was 1.5 months away in the median, 6 at most. "
        "It was beyond the limit of 12 months for <5 clients."
    )


def test_linkage_of_organizations_and_of_exposure():
    summary = LinkageSummary(
        LinkageRule.MEAN_EXPOSURE, 12.0, 0, 0, 0, 1.5, 5.9, 9.0, Spread(0.5, 0.875, 1.0),
        fidelity_level="organization", clusters=Spread(1, 2, 3), n_partial=3, scored_level="team",
    )  # fmt: skip
    said = method_sentences.linkage_sentence(summary, "Fidelity", ("client", "clients"), 5)
    assert "as its mean over the 9 months before it" in said
    assert (
        "Each organization has the mean of its teams, each counted once: 1 to 3 (median 2) of "
        "them have a value; for <5 clients some have none."
    ) in said
    assert "around half of these months or more; in the median they lie around 88%." in said
    assert "beyond the limit of 12 months for no clients" in said


def test_names_of_instruments_keep_their_capitals():
    labels = {
        "a": "Working alliance",
        "b": "Working Alliance Inventory",
        "c": "SMCM",
        "d": "4 items",
    }
    lowered = [sentences.lower_label(name, labels) for name in "abcd"]
    assert lowered == ["working alliance", "Working Alliance Inventory", "SMCM", "4 items"]


def test_limits_speak_of_what_headline_means(make):
    text = " ".join(method_sentences.limits_paragraphs(make.study()))
    for part in ("not assigned at random", "held fixed", "climate of the team", "no condition"):
        assert part in text
    assert "over time" in text
    assert "over time" not in " ".join(method_sentences.limits_paragraphs(make.flat()))


def test_ceiling():
    values, counts = np.arange(1.0, 6.0), np.array([10.0, 20, 30, 20, 20])
    bins = histogram(values, counts, (1.0, 5.0), 5)
    assert bins is not None
    assert sentences.ceiling_sentence("Alliance", "at 9 months", bins, 5) == (
        "Alliance at 9 months: 20% at the ceiling."
    )
    assert sentences.has_high_ceiling(bins)
    assert not sentences.has_high_ceiling(dataclasses.replace(bins, at_ceiling=15))


def test_truth():
    value = Estimate(0.1, 0.1, 9.0, -0.1, 0.3, 0.4, "t", 0)
    assert sentences.truth_sentence(0.3, value) == "holds the truth"
    assert sentences.truth_sentence(0.31, value) == "misses the truth"
