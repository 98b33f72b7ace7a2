"""Planned dates for missing interviews, scores at any wave, items, and calendar time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediation.errors import LinkageError
from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.linkage.flow import flow_of
from mediation.linkage.link import link
from mediation.linkage.table import Spread, WavePair
from mediation.model import MediationModel
from mediation.study.manifest import CALENDAR
from mediation.study.score_entries import ScoreEntry
from mediation.study.study import Study, load_study
from mediation.vocabulary import TimeAdjustment


def _row(frame: pd.DataFrame, client: str) -> pd.Series:
    return frame.set_index("client").loc[client]


def _without(small_study: Any, *missing: tuple[str, str]) -> Any:
    """Remove interviews, given as client and wave."""
    rows = small_study.tables["interviews"]
    small_study.tables["interviews"] = [row for row in rows if (row[0], row[1]) not in missing]
    return small_study


def test_missing_interviews_are_linked_at_the_planned_date(small_study: Any) -> None:
    # P4 (enrolled in month 0.3) was not seen in month 6, P7 (0.6) without a date.
    _without(small_study, ("P4", "6"))
    for row in small_study.tables["interviews"]:
        row[2] = "" if row[:2] == ["P7", "6"] else row[2]
    study = load_study(small_study.write())

    table = link(study, planned=True)

    row = _row(table.frame, "P4")
    assert row["fidelity"] == pytest.approx(2.2 + 0.05 * 6.3)
    assert row["calendar_months"] == pytest.approx(6.3)
    assert np.isnan(row["alliance"])
    assert _row(table.frame, "P7")["fidelity"] == pytest.approx(2.3 + 0.05 * 6.6)
    assert table.time is not None
    assert table.time.n_planned == 2
    as_before = link(study)
    assert np.isnan(_row(as_before.frame, "P4")["fidelity"])
    assert as_before.time is not None
    assert as_before.time.n_planned == 0


def test_the_flow_and_the_summary_tell_of_interviews_that_were_held(small_study: Any) -> None:
    _without(small_study, ("P4", "6"), ("P23", "6"))
    study = load_study(small_study.write())
    columns = ("fidelity", "alliance", "hope")

    as_before, planned = link(study), link(study, planned=True)

    assert planned.linkage == as_before.linkage
    assert planned.flow == as_before.flow
    flows = [flow_of(t, columns, "hope", ("alliance",)) for t in (as_before, planned)]
    assert flows[0] == flows[1]


def test_the_plan_counts_from_the_first_interview_that_has_a_date(small_study: Any) -> None:
    # P4 was seen in month 0.3 for wave 0, which has no date here, and in month 12.5 for wave 12.
    _without(small_study, ("P4", "6"))
    for row in small_study.tables["interviews"]:
        if row[0] == "P4":
            row[2] = {"0": "", "12": "12.5"}[row[1]]

    frame = link(load_study(small_study.write()), planned=True).frame

    assert _row(frame, "P4")["calendar_months"] == pytest.approx(6.5)


def test_the_plan_counts_from_enrollment_if_it_is_known(small_study: Any) -> None:
    small_study.say('team = "team"\ncase_manager', 'team = "team"\nenrolled = "in"\ncase_manager')
    small_study.tables["clients"][0].append("in")
    for row in small_study.tables["clients"][1:]:
        row.append("0.25" if row[0] == "P4" else "")
    _without(small_study, ("P4", "6"), ("P5", "6"), ("P6", "0"), ("P6", "6"), ("P6", "12"))

    frame = link(load_study(small_study.write()), planned=True).frame

    assert _row(frame, "P4")["calendar_months"] == pytest.approx(6.25)
    assert _row(frame, "P5")["calendar_months"] == pytest.approx(6.4)
    assert np.isnan(_row(frame, "P6")["calendar_months"])


def test_scores_at_any_wave_are_columns(small_study: Any) -> None:
    frame = link(
        load_study(small_study.write()), auxiliary=("hope_0", "alliance@12", "hope@6", "age")
    ).frame

    # P1: alliance 60 + wave, hope 20 + wave.
    row = _row(frame, "P1")
    assert (row["alliance@12"], row["hope@6"], row["hope_0"]) == (72, 26, 20)
    assert (row["alliance"], row["hope"]) == (66, 32)


@pytest.mark.parametrize("name", ["alliance@7", "mood@6", "nonsense", "alliance@", "@6"])
def test_other_auxiliary_names_are_errors(name: str, small_study: Any) -> None:
    with pytest.raises(LinkageError, match=r"alliance, hope; waves are 0, 6, 12"):
        link(load_study(small_study.write()), auxiliary=(name,))


def _with_items(small_study: Any) -> Study:
    """Say that alliance is made of two items, whose responses are beside the frames."""
    study = load_study(small_study.write())
    interviews = study.frame(next(r for r in study.manifest.roles if r.value == "interviews"))
    clients = study.units
    alliance = pd.DataFrame({"1": interviews["alliance"] - 1, "2": interviews["alliance"] + 1})
    age = pd.DataFrame({"1": clients["age"] * 2})
    score = {"instrument": "rprs_24", "items": "x{}"}
    made = study.manifest.model_copy(
        update={
            "scores": {
                "alliance": _entry(score),
                "hope": _entry(score),
                "age": _entry({**score, "table": "clients"}),
                "fidelity": _entry({**score, "table": "fidelity"}),
            }
        }
    )
    return replace(
        study, manifest=made, _items={"alliance": alliance, "hope": alliance, "age": age}
    )


def _entry(values: dict[str, str]) -> Any:
    return ScoreEntry.model_validate(values)


def test_items_stand_at_the_wave_of_their_score(small_study: Any) -> None:
    _without(small_study, ("P4", "6"))

    frame = link(_with_items(small_study), items=("alliance", "hope", "age")).frame

    # Mediator in month 6, outcome in month 12, age at all times: P3 is 62 + wave, and 22.
    row = _row(frame, "P3")
    assert (row["alliance[1]"], row["alliance[2]"]) == (67, 69)
    assert (row["hope[1]"], row["hope[2]"]) == (73, 75)
    assert row["age[1]"] == 44
    assert np.isnan(_row(frame, "P4")["alliance[1]"])


@pytest.mark.parametrize("name", ["gender", "fidelity"])
def test_items_of_other_columns_are_errors(name: str, small_study: Any) -> None:
    with pytest.raises(LinkageError, match="alliance, hope, age"):
        link(_with_items(small_study), items=(name,))


def test_assessments_around_the_interview_are_counted(small_study: Any) -> None:
    small_study.tables["fidelity"].append(["T2", "4", ""])

    table = link(load_study(small_study.write()))

    # Month 6 lies between the assessments of months 0 and 10; one more is in month 20.
    row = _row(table.frame, "P4")
    made = [row[f"fidelity_{what}"] for what in ("assessments", "before", "after")]
    assert made == [2, 1, 2]
    assert table.linkage is not None
    assert table.linkage.assessments == Spread(2, 2, 2)
    assert (table.linkage.before, table.linkage.after) == (Spread(1, 1, 1), Spread(2, 2, 2))
    assert (table.linkage.window_months, table.linkage.fidelity_level) == (None, None)


WINDOWED = "values = [0, 6, 12]\nwindow = 1.5"


def test_windows_are_counted_in_the_table_and_named_in_the_flow(small_study: Any) -> None:
    small_study.say("values = [0, 6, 12]", WINDOWED)
    for row in small_study.tables["interviews"]:
        if row[:2] == ["P1", "6"]:
            row[1:3] = ["7.6", "7.6"]
        elif row[:2] == ["P4", "6"]:
            row[1:3] = ["6.9", "7.2"]
    table = link(load_study(small_study.write()))

    assert table.time is not None
    assert table.time.windows is not None
    assert [(w.wave, w.n_held, w.n_late) for w in table.time.windows.waves] == [
        (0, 24, 0),
        (6, 23, 1),
        (12, 24, 0),
    ]
    assert table.time.windows.n_outside == 1
    assert _row(table.frame, "P4")["calendar_months"] == pytest.approx(7.2)
    assert table.flow is not None
    assert table.flow.steps[1].reason == "no interview within 1.5 months of 6 months"
    assert table.flow.interviewed == ((0.0, 24), (6.0, 23), (12.0, 24))


def test_calendar_time_enters_by_default_where_fidelity_varies_inside_teams(
    small_study: Any,
) -> None:
    for i, row in enumerate(small_study.tables["interviews"][1:]):
        row[3:] = [str(60 + 13 * i % 29), str(20 + 7 * i % 11 + 5 * i % 3)]
    table = link(load_study(small_study.write()), WavePair(6, 12))
    model = MediationModel("fidelity", ("alliance",), "hope", clusters=("team",), time=CALENDAR)

    fit = estimate(model, table, MixedModels())
    without = estimate(replace(model, time_adjustment=TimeAdjustment.NEVER), table, MixedModels())

    # Clients of one team are interviewed on different days, on a line that rises.
    assert table.frame.groupby("team")["fidelity"].std().min() > 0
    assert (fit.time_adjusted, without.time_adjusted) == (True, False)
