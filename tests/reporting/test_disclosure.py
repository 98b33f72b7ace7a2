"""Everything that a report counts, held against what a reader can subtract."""

import itertools
import json
import re
from dataclasses import replace
from zipfile import ZipFile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.errors import ReportError
from mediation.linkage.table import FlowStep, ParticipantFlow, WavePair
from mediation.missing.attrition import Attendance, Attrition
from mediation.missing.baseline import Comparison, Group
from mediation.reporting import write
from mediation.reporting.contents import Entry
from mediation.reporting.disclosure import disclosed, shown_n
from mediation.reporting.frames import effects_frame
from mediation.reporting.results_json import results_text
from mediation.reporting.sentences import size_sentence

MINIMUM = 5
EARLY, LATE = WavePair(4.5, 9.0), WavePair(13.5, 18.0)
STEPS = ("Interviewed", "Mediator scored", "Linked", "Interviewed again", "Outcome scored")


def flow_of(start, losses, interviewed=()):
    steps, left = [FlowStep("Enrolled", start, 0, "")], start
    for name, loss in zip((*STEPS, "Analyzed"), losses, strict=True):
        left -= loss
        steps.append(FlowStep(name, left, loss, f"not {name.lower()}" if loss else ""))
    return ParticipantFlow(tuple(steps), tuple(interviewed))


def with_n(result, n):
    return replace(result, fit=replace(result.fit, counts=replace(result.fit.counts, n_clients=n)))


def cell_with(make, outcome, waves, flow, other=0, blind=0):
    """A cell whose analyses have the rows of its flow, one of them `other` rows more."""
    cell, n = make.cell(outcome, waves), flow.steps[-1].n_clients
    return replace(
        cell,
        flow=flow,
        result=with_n(cell.result, n),
        blind=with_n(cell.blind, n + blind),
        others=tuple((name, with_n(each, n)) for name, each in cell.others),
        alternatives=tuple((name, with_n(each, n + other)) for name, each in cell.alternatives),
    )


def contents_with(make, cells, start):
    return make.contents(
        entries=(Entry("Main", ("indirect", "within"), tuple(cells)),), n_rows=start
    )


def differences(contents):
    """Differences of shown counts of which one group lies in the other."""
    found = []
    finals = []
    for cell in contents.entries[0].cells:
        chain = [step.n_clients for step in cell.flow.steps]
        finals.append(chain[-1])
        names = {step.step: step.n_clients for step in cell.flow.steps}
        chain += [contents.n_rows] * (contents.n_rows is not None)
        found += [abs(a - b) for a, b in itertools.combinations(chain, 2)]
        for other in contents.entries[0].cells:
            # The first steps are the same people for all outcomes of one pair of waves.
            if other.waves == cell.waves:
                shared = [names[s] for s in STEPS[:4] if s in names]
                found += [abs(n - other.flow.steps[-1].n_clients) for n in shared]
        waves = dict(cell.flow.interviewed)
        if cell.waves.mediator in waves:
            held = waves[cell.waves.mediator]
            found += [abs(held - n) for n in chain]
        if cell.waves.outcome in waves:
            found.append(abs(waves[cell.waves.outcome] - finals[-1]))
            if "Interviewed again" in names:
                found.append(abs(waves[cell.waves.outcome] - names["Interviewed again"]))
        results = [result for _, result in (*cell.others, *cell.alternatives)]
        for n in (shown_n(cell, result) for result in (cell.blind, *results)):
            found += [] if n is None else [abs(n - each) for each in chain]
        # Scores of the first interview are in every model.
        if 0.0 in waves:
            found.append(abs(waves[0.0] - finals[-1]))
        if contents.n_rows is not None:
            found += [contents.n_rows - n for n in waves.values()]
    return found


losses = st.tuples(*(st.sampled_from([0, 0, 1, 2, 4, 5, 9, 20]) for _ in range(4)))
tails = st.tuples(*(st.sampled_from([0, 1, 3, 5, 12]) for _ in range(2)))


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(losses, losses),
    st.lists(tails, min_size=4, max_size=4),
    st.tuples(*(st.integers(0, 12) for _ in range(5))),
    st.tuples(st.integers(-6, 6), st.integers(-6, 6)),
)
def test_no_difference_of_two_counts_that_are_shown_tells_of_a_few(
    make, both, ends, absent, others
):
    start = 300
    pairs = (EARLY, LATE)
    # The mediator's interviews of a pair are the people of its first step.
    held = {0.0: start - absent[0]}
    for pair, (first, *_), more in zip(pairs, both, absent[1:], strict=False):
        held |= {pair.mediator: start - first, pair.outcome: start - more}
    cells = [
        cell_with(
            make,
            outcome,
            pair,
            flow_of(start, (*shared, *end), sorted(held.items())),
            *others,
        )
        for (pair, shared), outcome, end in zip(
            [*zip(pairs, both, strict=True)] * 2,
            ("hope", "hope", "quality_of_life", "quality_of_life"),
            ends,
            strict=True,
        )
    ]
    shown = disclosed(contents_with(make, cells, start))
    assert not [each for each in differences(shown) if 0 < each < MINIMUM]
    for before, after in zip(cells, shown.entries[0].cells, strict=True):
        assert after.flow.steps[-1].n_clients == before.flow.steps[-1].n_clients
        assert {step.step for step in after.flow.steps} <= {step.step for step in before.flow.steps}
        for one, other in itertools.pairwise(after.flow.steps):
            assert one.n_clients - other.n_left == other.n_clients


def test_the_check_above_finds_what_each_flow_by_itself_would_give_away(make):
    """255 were interviewed again: QoL shows it, and with it the two without a score of hope."""
    enough, few = flow_of(300, (20, 0, 0, 25, 0, 12)), flow_of(300, (20, 0, 0, 25, 2, 0))
    cells = [cell_with(make, "hope", EARLY, few), cell_with(make, "quality_of_life", EARLY, enough)]
    contents = contents_with(make, cells, 300)
    assert 2 in differences(contents)
    shown = disclosed(contents)
    assert 2 not in differences(shown)
    names = [step.step for step in shown.entries[0].cells[1].flow.steps]
    assert names == ["Enrolled", *STEPS[:3], "Analyzed"]
    last = shown.entries[0].cells[0].flow.steps[-2]
    assert (last.n_left, last.reason) == (27, "not interviewed again; not outcome scored")


def test_nothing_is_taken_out_where_nothing_is_small(make):
    held = ((0.0, 300), (4.5, 280), (9.0, 260))
    cell = cell_with(make, "hope", EARLY, flow_of(300, (20, 0, 5, 15, 0, 10), held), other=-8)
    contents = contents_with(make, [cell], 300)
    assert disclosed(contents).entries[0].cells[0].flow == cell.flow
    assert disclosed(contents).n_rows == 300
    assert disclosed(contents).entries[0].cells[0].withheld == frozenset()


def test_the_size_of_the_study_is_not_shown_beside_nearly_all_of_it(make, tmp_path):
    cell = cell_with(make, "hope", EARLY, flow_of(300, (0, 0, 0, 0, 0, 3), ((0.0, 300),)))
    contents = contents_with(make, [cell], 300)
    shown = disclosed(contents)
    assert shown.n_rows is None
    assert size_sentence(shown) == "The study has clients in 14 teams of 7 organizations."
    data = json.loads(results_text(shown))
    assert data["n_rows"] is None
    files = write.write_report(contents, tmp_path / "out")
    for path in files:
        if path.suffix == ".docx":
            with ZipFile(path) as parts:
                assert b"300 clients" not in parts.read("word/document.xml")
        elif path.suffix != ".png":
            text = path.read_text(encoding="utf-8")
            assert "300 clients" not in text
            assert '"n_rows": 300' not in text


def test_rows_of_another_linkage_that_are_nearly_the_same_are_not_counted(make, tmp_path):
    cell = cell_with(make, "hope", EARLY, flow_of(300, (20, 0, 5, 15, 0, 10)), other=2)
    contents = contents_with(make, [cell], 300)
    frame = effects_frame(disclosed(contents))
    counts = frame.groupby("analysis")["n_clients"].unique().map(list)
    name = cell.alternatives[0][0]
    assert pd.isna(counts[name][0])
    assert counts["declared"] == [250]
    files = {path.name: path for path in write.write_report(contents, tmp_path / "out")}
    for name in ("results.json", "report.html", "effects.csv", "effects.md", "paths.csv"):
        text = files[name].read_text(encoding="utf-8")
        for n, is_there in ((250, True), (252, False)):
            cells = rf">{n}<|,{n},|\| {n} \||\({n} clients\)|n_clients\": {n}\b"
            assert bool(re.search(cells, text)) == is_there, (name, n)
    assert "n is left out where" in files["report.html"].read_text(encoding="utf-8")


def test_models_of_fewer_people_than_may_be_shown_are_refused(make):
    cell = cell_with(make, "hope", EARLY, flow_of(24, (20, 0, 0, 0, 0, 0)))
    with pytest.raises(ReportError, match="needs 5 people or more in every model"):
        disclosed(contents_with(make, [cell], 24))
    few = replace(contents_with(make, [cell], 24), minimum_cell=4)
    assert disclosed(few).n_rows == 24


def test_attendance_hides_the_waves_that_the_flow_hides(make):
    """Of 253 interviewed 250 are analyzed: neither table may count the interviews."""
    flow = flow_of(300, (20, 0, 5, 15, 0, 10), ((0.0, 300), (4.5, 253), (9.0, 260)))
    contents = contents_with(make, [cell_with(make, "hope", EARLY, flow)], 300)
    group = Group(253, True, 3.0, 0.5)
    found = Attrition(
        300, 5, "fidelity", "team", 14,
        tuple(Attendance(w, n, 300 - n, 20, 20, None) for w, n in ((4.5, 253), (9.0, 260))),
        tuple(Comparison(w, "age", None, group, group, 0.0) for w in (4.5, 9.0)),
    )  # fmt: skip
    told = disclosed(replace(contents, attrition=found))
    waves = {wave for wave, _ in told.entries[0].cells[0].flow.interviewed}
    assert 4.5 not in waves
    assert {a.wave for a in told.attrition.attendance if a.n_interviewed is not None} <= waves
    assert {row.wave for row in told.attrition.comparisons} <= waves
    whole = contents_with(
        make, [cell_with(make, "hope", EARLY, flow_of(252, (0, 0, 0, 0, 0, 2)))], 252
    )
    assert disclosed(replace(whole, attrition=found)).attrition is None
