"""Sentences on dates: counts of few people are never told."""

from __future__ import annotations

from mediation.linkage.table import AnalysisTable, SpellSummary, TimeSummary, WavePair
from mediation.reporting.results_data import time_dict
from mediation.reporting.time_words import (
    planned_sentence,
    spell_sentences,
    stayed_sentence,
    time_sentence,
    window_sentences,
)
from mediation.study.waves import WaveCount, WindowSummary
from mediation.vocabulary import TimeAdjustment

NOUN = ("client", "clients")


def test_windows_are_told_with_early_late_and_left_out():
    waves = (WaveCount(0, 100, 0, 0, 0), WaveCount(6, 90, 7, 9, 2))
    said = " ".join(window_sentences(WindowSummary(1.5, waves, 12, 0), 5))

    assert "at most 1.5 months before or after" in said
    # Half of the window.
    assert (
        "7 of those interviews were held more than 0.75 months before the planned time and 9 more "
        "than 0.75 months after it."
    ) in said
    assert "Left out: 12 lie in no window; <5 are second interviews" in said
    assert "no known time" not in said


def test_nobody_early_is_none():
    waves = (WaveCount(0, 100, 0, 3, 0),)

    said = list(window_sentences(WindowSummary(1, waves, 0, 0), 5))

    assert said[1] == (
        "None of those interviews were held more than 0.5 months before the planned time and <5 "
        "more than 0.5 months after it."
    )
    assert len(said) == 2


def test_all_on_time_is_one_sentence():
    said = list(window_sentences(WindowSummary(2, (WaveCount(0, 100, 0, 0, 0),), 0, 0), 5))

    assert said[1:] == [
        "None of those interviews was held more than 1 months before or after the planned time."
    ]


def test_spells_are_told_without_small_counts():
    spells = SpellSummary(200, 30, 3, 0, 3, 0, 0)
    said = list(spell_sentences(spells, NOUN, 5))

    assert said[0].startswith("30 of 200 clients interviewed for the mediator had changed case")
    assert said[1].startswith(
        "Fewer than 5 of 200 clients interviewed for the mediator had changed"
    )
    assert len(said) == 2


def test_all_but_few_is_a_small_count_too():
    said = list(spell_sentences(SpellSummary(50, 48, None, None, None, 9, 6), NOUN, 5))

    assert said[0].startswith("Nearly all of 50 clients")
    assert "9 were in no spell" in said[1]
    assert "6 have no spell that began before it" in said[1]


def test_a_number_interviewed_that_is_withheld_elsewhere_is_not_told_here():
    said = " ".join(spell_sentences(SpellSummary(203, 30, 20, 0, 20, 0, 0), NOUN, 5, n_shown=False))

    assert "203" not in said
    assert said.startswith("30 of the clients interviewed for the mediator had changed")


def test_few_who_changed_case_manager_but_not_team_are_not_told_by_subtraction():
    spells = SpellSummary(200, 23, 20, 0, 20, 0, 0)
    said = list(spell_sentences(spells, NOUN, 5))

    assert said[0].startswith("Some of 200 clients")
    assert said[1].startswith("20 of 200 clients")
    assert "23" not in " ".join(said)
    found = time_dict(TimeSummary(None, spells, 0), 5)["spells"]
    assert found == {
        "n_changed_manager": None,
        "n_changed_team": 20,
        "n_changed_team_later": 0,
        "n_after_spell": 0,
        "n_without_spell": 0,
    }


def test_early_and_late_are_exported_as_totals_only():
    """Totals less what is shown of single waves would tell small counts at the others."""
    waves = (WaveCount(0, 100, 0, 0, 0), WaveCount(6, 90, 7, 9, 0), WaveCount(12, 80, 2, 4, 1))
    found = time_dict(TimeSummary(WindowSummary(1.5, waves, 12, 3)), 5)

    assert found["windows"] == {
        "window": 1.5,
        "n_early": 9,
        "n_late": 13,
        "n_second": None,
        "n_outside": 12,
        "n_undated": None,
    }


def test_headline_without_changers_of_team_is_named_or_refused():
    assert "is among the other analyses" in stayed_sentence(7, 5, is_fitted=True)
    few = stayed_sentence(4, 5, is_fitted=False)
    assert "is not given: fewer than 5 of those" in few
    assert "the difference would tell of them" in few
    assert "not given: none of those" in stayed_sentence(0, 5, is_fitted=False)
    assert "failed: see the warnings" in stayed_sentence(7, 5, is_fitted=False)


def test_planned_dates_are_counted():
    assert planned_sentence(0, NOUN, 5) == ""
    assert planned_sentence(3, NOUN, 5).startswith("Fewer than 5 clients without a date")
    assert planned_sentence(31, NOUN, 5).startswith("31 clients without a date")


def test_calendar_time_is_told_by_choice_and_need():
    table = AnalysisTable(None, WavePair(6, 12))
    by_default = TimeAdjustment.WHEN_PREDICTOR_VARIES

    assert "common trend would look" in time_sentence(table, by_default, adjusted=True, varies=True)
    never = time_sentence(table, TimeAdjustment.NEVER, adjusted=False, varies=True)
    assert 'chosen in the manifest (time_adjustment = "never")' in never
    assert "counts as an effect of fidelity" in never
    always = time_sentence(table, TimeAdjustment.ALWAYS, adjusted=True, varies=False)
    assert "as the manifest says" in always
    assert time_sentence(table, by_default, adjusted=False, varies=False) == ""
    assert time_sentence(AnalysisTable(None), by_default, adjusted=True, varies=True) == ""
