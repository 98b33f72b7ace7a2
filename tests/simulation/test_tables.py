"""The tables of files hold the scores of the study as items, and its dates."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from mediation.instruments.reading import instrument
from mediation.instruments.scoring import score
from mediation.simulation import default_truth
from mediation.simulation.cell import Cell
from mediation.simulation.generate import simulate
from mediation.simulation.items import headers_of, key_of
from mediation.simulation.tables import tables_of

SCORES = ("alliance", "quality_of_life", "hope", "community_functioning")


def drawn(seed=1, **attrition):
    """A study and its tables."""
    truth = default_truth()
    truth = replace(truth, attrition=replace(truth.attrition, **attrition))
    rng = np.random.default_rng(seed)
    study = simulate(truth, rng)
    return study, tables_of(study, rng)


def part_of(truth, name):
    parts = {"fidelity": truth.fidelity, "alliance": truth.alliance}
    return parts[name] if name in parts else truth.outcome(name)


def responses_of(tables, truth, name):
    part = part_of(truth, name)
    table = tables["fidelity" if name == "fidelity" else "interviews"]
    return table[list(headers_of(part.items, key_of(part)))]


@pytest.mark.parametrize("name", ["fidelity", *SCORES])
def test_complete_items_score_to_what_was_drawn_to_the_last_digit(name):
    study, tables = drawn(missing_item=0.0)
    frame = study.fidelity if name == "fidelity" else study.rounded().interviews
    found = score(key_of(part_of(study.truth, name)), responses_of(tables, study.truth, name))
    assert (found.values == frame[name].to_numpy())[frame[name].notna()].all()
    assert (np.isnan(found.values) == frame[name].isna()).all()
    assert found.n_substituted == found.n_too_many == 0
    assert found.n_empty == frame[name].isna().sum()


@pytest.mark.parametrize("name", SCORES)
def test_a_stated_share_of_items_is_missing_and_hardly_moves_scores(name):
    study, tables = drawn(missing_item=0.02)
    drawn_scores = study.rounded().interviews[name]
    responses = responses_of(tables, study.truth, name)[drawn_scores.notna()]
    share = responses.isna().to_numpy().mean()
    assert abs(share - 0.02) < 4 * np.sqrt(0.02 * 0.98 / responses.size)
    by_item = responses.isna().mean()
    assert by_item.between(0.005, 0.04).all()
    found = score(key_of(part_of(study.truth, name)), responses)
    moved = found.values - drawn_scores.dropna()
    assert moved.std() < 0.1 * drawn_scores.std()
    assert (moved[found.n_missing == 0] == 0).all()


def test_fidelity_is_complete():
    _, tables = drawn()
    assert tables["fidelity"].notna().all().all()


def test_missing_items_leave_the_other_responses_as_they_are():
    _, whole = drawn(missing_item=0.0)
    _, tables = drawn(missing_item=0.2)
    answered = tables["interviews"].notna()
    pdt.assert_frame_equal(
        tables["interviews"], whole["interviews"].where(answered), check_dtype=False
    )


def test_items_change_nothing_of_the_study():
    rng, other = np.random.default_rng(5), np.random.default_rng(5)
    study = simulate(default_truth(), rng)
    before = study.interviews.copy()
    tables_of(study, rng)
    pdt.assert_frame_equal(study.interviews, before)
    simulate(default_truth(), other)
    # Items come from streams of their own: the generator itself is where it was.
    assert rng.bit_generator.state == other.bit_generator.state


def test_tables_have_dates_and_no_wave():
    study, tables = drawn()
    assert list(tables) == ["fidelity", "clients", "interviews", "spells"]
    assert all((table["synthetic"] == 1).all() for table in tables.values())
    assert not {"wave_months", "team", "case_manager", *SCORES} & set(tables["interviews"])
    dates = {
        "fidelity": ["assessment_date"],
        "clients": ["enrolled"],
        "interviews": ["interview_date"],
        "spells": ["start", "end"],
    }
    for name, columns in dates.items():
        assert all(pd.api.types.is_datetime64_dtype(tables[name][each]) for each in columns)
    pdt.assert_frame_equal(tables["clients"].drop(columns="synthetic"), study.clients)
    pdt.assert_frame_equal(tables["spells"].drop(columns="synthetic"), study.spells)


def test_a_truth_without_instruments_keeps_its_scores():
    rng = np.random.default_rng(1)
    study = simulate(Cell((8, 9, 10), a=0.3, b=0.4).truth(), rng)
    tables = tables_of(study, rng)
    pdt.assert_frame_equal(tables["fidelity"].drop(columns="synthetic"), study.fidelity)
    keys = ["client_id", "interview_date", "alliance", "outcome"]
    pdt.assert_frame_equal(
        tables["interviews"].drop(columns="synthetic"), study.rounded().interviews[keys]
    )


def test_items_of_a_score_are_in_the_order_of_the_key():
    _, tables = drawn()
    columns = [name for name in tables["interviews"] if name.startswith("mcas_")]
    assert columns == [f"mcas_{item}" for item in instrument("mcas").items]
