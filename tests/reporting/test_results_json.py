"""`results.json` reads back exactly and knows what changed."""

import dataclasses
import json
import math
from types import SimpleNamespace

import pytest

from mediation.linkage.table import FlowStep, ParticipantFlow
from mediation.reporting.results_json import headline_changes, results_text


def with_first_cell(contents, **changes):
    entry = contents.entries[0]
    cells = (dataclasses.replace(entry.cells[0], **changes), *entry.cells[1:])
    return dataclasses.replace(contents, entries=(dataclasses.replace(entry, cells=cells),))


def test_numbers_survive(make):
    third = 1 / 3
    contents = make.contents(entries=make.flat().entries)
    result = make.result(scale=third, clusters=("school",), counts=(10, (("school", 4),)))
    data = json.loads(results_text(with_first_cell(contents, result=result)))
    cell = data["entries"][0]["cells"][0]
    assert cell["result"]["paths"][0]["estimate"] == 0.5 * third
    assert cell["headline"][0]["estimate"] == 0.2 * third
    assert cell["result"]["effects"][-1]["estimate"] is None
    assert cell["result"]["effects"][-1]["status"] == "total_covers_zero"
    assert cell["blind"]["paths"][0]["df"] == "Infinity"


def test_limits_say_how_sure_they_are(make):
    contents = make.flat()
    value = dataclasses.replace(
        make.number(0.2, 0.05), conf_low=-math.inf, conf_high=math.nan, limit_error=0.003
    )
    result = contents.entries[0].cells[0].result
    row = dataclasses.replace(result.effects[0], value=value)
    solution = SimpleNamespace(notes=("Limits are rough.",), failures=(("no maximum", 3),))
    changed = dataclasses.replace(result, effects=(row, *result.effects[1:]), solution=solution)
    data = json.loads(results_text(with_first_cell(contents, result=changed)))
    cell = data["entries"][0]["cells"][0]
    found = cell["result"]["effects"][0]
    assert found["limit_error"] == 0.003
    assert found["conf_low"] == "-Infinity"
    assert found["conf_high"] is None
    assert cell["result"]["interval_label"] == "Monte Carlo, t draws"
    assert cell["result"]["failures"] == [{"cause": "no maximum", "n_resamples": 3}]
    assert cell["result"]["notes"][-1] == "Limits are rough."
    (other,) = cell["others"]
    assert other["label"] == "least squares, bootstrap of whole clusters"
    assert other["result"]["effects"][0]["estimate"] == 0.2


def test_same_contents_same_bytes(make):
    assert results_text(make.study()) == results_text(make.study())


def test_has_what_a_reviewer_needs(make):
    data = json.loads(results_text(make.study()))
    assert data["seed"] == 20220503
    assert data["input_hash"] == "ab" * 32
    assert data["versions"]["numpy"] == "2.4.6"
    result = data["entries"][0]["cells"][0]["result"]
    assert {"effects", "paths", "equations", "scales", "total_gap", "notes"} <= result.keys()
    assert result["total_gap"] is None
    assert result["n_by_level"] == {"organization": 7, "team": 14}


def test_small_counts_are_null(make):
    flow = ParticipantFlow(
        (FlowStep("Enrolled", 30, 0, ""), FlowStep("Analyzed", 3, 27, "moved")), ((0.0, 3),)
    )
    data = json.loads(results_text(with_first_cell(make.study(), flow=flow)))
    found = data["entries"][0]["cells"][0]["flow"]
    assert found["steps"][1]["n_clients"] is None
    assert found["interviewed"][0]["n_clients"] is None


def test_nothing_changed(make):
    previous = json.loads(results_text(make.study()))
    assert headline_changes(previous, make.study()) == ()
    assert headline_changes(None, make.study()) == ()


def test_last_digits_of_another_machine_are_no_change(make):
    previous = json.loads(results_text(make.study()))
    row = previous["entries"][0]["cells"][0]["headline"][0]
    row["estimate"] = math.nextafter(row["estimate"], 1)
    assert headline_changes(previous, make.study()) == ()


NAME = "Fidelity, alliance and outcomes, Quality of life, 4.5 → 9 months, through Working alliance"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            ("headline", 0, "estimate"),
            0.25,
            "the estimate changed: it was 0.25 [0.10, 0.30], it is",
        ),
        (
            ("headline", 0, "conf_low"),
            None,
            "the interval changed: it was 0.20 (no limits, p = .034), it is 0.20 [0.10",
        ),
        (("result", "engine"), "OLS", 'the engine of the headline changed from "OLS" to'),
        (("result", "interval"), "Delta", 'the interval of the headline changed from "Delta" to'),
        (("result", "model", "covariates"), [], "the model of the headline changed."),
    ],
)
def test_changes_are_said(make, path, value, expected):
    previous = json.loads(results_text(make.study()))
    place = previous["entries"][0]["cells"][0]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (said,) = headline_changes(previous, make.study())
    assert said.startswith(f"{NAME}: {expected}")


def test_another_format_is_said(make):
    (said,) = headline_changes({"format": 0, "entries": "?"}, make.study())
    assert "another format" in said


def test_new_definition_new_and_lost_models(make):
    previous = json.loads(results_text(make.study()))
    previous["entries"][0]["headline"] = ["total", "between"]
    said = headline_changes(previous, make.study())
    assert len(said) == 6
    assert 'the headline is now "indirect within", it was "total between".' in said[0]
    previous = json.loads(results_text(make.study()))
    previous["entries"][0]["cells"][0]["outcome"] = "work"
    assert headline_changes(previous, make.study()) == (
        f"{NAME}: new since the last report.",
        "Fidelity, alliance and outcomes, Work, 4.5 → 9 months, through Working "
        "alliance: no longer in the report.",
    )
