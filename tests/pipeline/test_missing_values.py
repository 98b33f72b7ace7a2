"""Ways with missing values from the manifest to the page."""

import re
import shutil
from pathlib import Path

import pytest

import mediation as med
from mediation.linkage.table import FlowStep, ParticipantFlow
from mediation.pipeline import analyze, rehearse
from mediation.pipeline.missing_values import flow_to
from mediation.reporting.comparison import descriptions
from mediation.reporting.page.data import missing_part, tipping_table
from mediation.reporting.wording import labels_of
from mediation.study.method_entries import MissingEntry
from mediation.study.study import load_study
from mediation.vocabulary import MissingMethod

SOURCE = Path(__file__).parents[2] / "data" / "synthetic"
IMPUTED = 'method = "multiple_imputation"\nn_imputations = 5\nn_iterations = 4\n'
FLOW = ParticipantFlow(
    (
        FlowStep("Enrolled", 50, 0, ""),
        FlowStep("Held", 45, 5, "-"),
        FlowStep("Analyzed", 40, 5, "-"),
    ),
    (),
)


def study_with(folder, missing="", *, edit=lambda text: text):
    """One model of the synthetic study, with few draws."""
    for table in SOURCE.glob("*.csv"):
        shutil.copy(table, folder)
    text = (SOURCE / "study.toml").read_text(encoding="utf-8")
    text = text[: text.index("[models.specifications]")]
    text = text.replace("[study]\n", "[study]\nrobustness = false\n", 1)
    text = re.sub(r"outcomes = \[.*\]", 'outcomes = ["quality_of_life"]', text)
    text = text.replace(", { mediator = 13.5, outcome = 18 }", "")
    text = edit(text.replace("n_draws = 20000", "n_draws = 500"))
    manifest = folder / "study.toml"
    manifest.write_text(f"{text}\n[models.missing]\n{missing}" if missing else text, "utf-8")
    return load_study(manifest)


@pytest.fixture(scope="module")
def imputed(tmp_path_factory):
    return analyze(study_with(tmp_path_factory.mktemp("imputed"), IMPUTED))


@pytest.mark.parametrize("name", ["hop_0", "alliance@12", "team", "fidelity", "case_manager"])
def test_columns_that_cannot_help_are_told_before_anything_is_estimated(tmp_path, name):
    study = study_with(tmp_path, f'{IMPUTED}auxiliary = ["{name}"]\n')
    (said,) = rehearse(study)
    assert name in said


def test_a_study_that_can_be_imputed_passes_the_rehearsal(tmp_path):
    auxiliary = 'auxiliary = ["hope_0", "alliance@13.5", "alliance@4.5"]\n'
    assert rehearse(study_with(tmp_path, IMPUTED + auxiliary)) == ()


def test_no_shift_is_the_declared_analysis_to_the_last_digit(imputed):
    (cell,) = imputed.entries[0].cells
    at_none = cell.tipping.results[cell.tipping.shifts.index(0.0)]
    assert [row.value for row in at_none.effects if row.value.estimate == row.value.estimate] == [
        row.value for row in cell.result.effects if row.value.estimate == row.value.estimate
    ]


def test_the_flow_ends_in_the_rows_that_were_analyzed(imputed):
    (cell,) = imputed.entries[0].cells
    assert cell.flow.steps[-1].n_clients == cell.result.fit.counts.n_clients == 311
    assert flow_to(FLOW, 40, MissingEntry()) is FLOW
    full = flow_to(FLOW, 48, MissingEntry(method=MissingMethod.FULL_INFORMATION))
    assert [(s.step, s.n_clients, s.n_left) for s in full.steps] == [
        ("Enrolled", 50, 0),
        ("Analyzed", 48, 2),
    ]


def test_other_values_of_the_predictor_are_not_taken_for_imputation(imputed):
    said = dict(descriptions(imputed.entries[0], imputed.row_noun))
    relinked = said["fidelity of the last assessment before the interview"]
    assert relinked == "The declared analysis with other values of the predictor."


def test_the_page_tells_how_many_rows_have_drawn_values(imputed):
    found = missing_part(imputed)
    (said,) = found["imputed"]
    assert "of 311 clients 58 (19%) have a value of the model that was drawn, 5 times" in said
    (table,) = found["information"]
    assert "b within" in table


def test_a_test_without_limits_shows_its_p_value_at_every_shift(tmp_path):
    def joint(text):
        old = 'name = "monte_carlo"\nn_draws = 500'
        assert old in text
        text = text.replace(old, 'name = "joint_significance"')
        return text.replace('mediators = ["alliance"]', 'mediators = ["alliance", "hope"]')

    contents = analyze(study_with(tmp_path, IMPUTED, edit=joint))
    table = tipping_table(contents.entries[0], labels_of(contents), 1)
    assert [row[0] for row in table.rows] == ["Estimate", "p"] * 2
    assert table.groups[0].endswith("through Working alliance")
    assert table.groups[2].endswith("through Hope")


def test_complete_rows_stand_beside_full_information(tmp_path):
    def full(text):
        text = text.replace('name = "mixed_models"', 'name = "two_level_sem"')
        return text.replace('clusters = ["organization", "team"]', 'clusters = ["team"]')

    contents = analyze(study_with(tmp_path, 'method = "full_information"\n', edit=full))
    (cell,) = contents.entries[0].cells
    beside = dict(cell.alternatives)["complete rows only"]
    assert isinstance(beside.fit.counts, type(cell.result.fit.counts))
    assert (beside.fit.counts.n_clients, cell.result.fit.counts.n_clients) == (253, 294)
    assert med.TwoLevelSEM.__name__ in beside.fit.engine
