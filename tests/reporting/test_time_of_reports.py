"""What a report says of dates, teams and calendar time, from files to sentences."""

from __future__ import annotations

import numpy as np
import pytest

from mediation.pipeline.report import analyze, report
from mediation.reporting.comparison import STAYED
from mediation.reporting.disclosure import disclosed
from mediation.reporting.page.data import time_part
from mediation.study.study import load_study

SPELLS = """[tables.spells]
file = "spells.csv"
[tables.spells.columns]
client = "id"
team = "team"
start = "from"
end = "to"
[variables.fidelity]"""
N_TEAMS, SIZE = 16, 3
QUICK = '[models.engine]\nname = "ols"\ncovariance = "cr2"\n[models.interval]\nname = "delta"\n'


@pytest.fixture
def drawn(small_study):
    """Sixteen teams of three clients, two in each agency, with drawn scores and times."""
    rng = np.random.default_rng(8)
    fidelity = [["team", "assessed_on", "score"]]
    clients = [["id", "agency", "team", "manager", "age_years", "gender"]]
    interviews = [["id", "wave", "held_on", "alliance", "hope"]]
    for team in range(N_TEAMS):
        for month in (0, 10, 30):
            fidelity.append([f"T{team + 1}", str(month), f"{rng.uniform(2, 5):.2f}"])
        for i in range(SIZE * team, SIZE * (team + 1)):
            place = [f"A{team // 2 + 1}", f"T{team + 1}", f"M{team + 1}"]
            gender = "woman" if i % 2 else "man"
            clients.append([f"P{i + 1}", *place, str(rng.integers(20, 60)), gender])
            began = rng.uniform(0, 6)
            for wave in (0, 6, 12):
                scores = [f"{rng.uniform(24, 96):.0f}", f"{rng.uniform(10, 40):.0f}"]
                interviews.append([f"P{i + 1}", str(wave), f"{began + wave:.2f}", *scores])
    small_study.tables = {"fidelity": fidelity, "clients": clients, "interviews": interviews}
    return small_study


def with_changers(study, n):
    """Let the first clients of n teams move to the next team in month 4, before the interviews."""
    study.say("[variables.fidelity]", SPELLS)
    study.manifest += QUICK
    rows = [["id", "team", "from", "to"]]
    for i, client in enumerate(study.tables["clients"][1:]):
        rows.append([client[0], client[2], "0", "4" if i % SIZE == 0 and i // SIZE < n else ""])
        if rows[-1][3]:
            rows.append([client[0], f"T{(i // SIZE + 1) % N_TEAMS + 1}", "4", ""])
    study.tables["spells"] = rows
    return study


def analyzed(study):
    contents = disclosed(analyze(load_study(study.write())))
    (cell,) = contents.entries[0].cells
    return cell, " ".join(time_part(contents))


def test_five_changers_of_team_are_left_out_beside_the_headline(drawn):
    cell, said = analyzed(with_changers(drawn, 5))
    stayed = dict(cell.alternatives)[STAYED]

    assert "5 of 48 clients interviewed for the mediator had changed team by then" in said
    assert "without clients who changed team is among the other analyses" in said
    assert cell.result.fit.counts.n_clients - stayed.fit.counts.n_clients == 5


@pytest.mark.parametrize("n", [1, 4])
def test_fewer_changers_are_not_and_the_report_says_why(drawn, n):
    cell, said = analyzed(with_changers(drawn, n))

    assert STAYED not in dict(cell.alternatives)
    assert "Fewer than 5 of 48 clients" in said
    assert "is not given: fewer than 5 of those without a missing value did" in said


def test_five_changers_of_whom_one_has_no_outcome_would_be_told_by_subtraction(drawn):
    study = with_changers(drawn, 5)
    study.put("interviews", 4, "hope", "")
    assert study.tables["interviews"][3][:2] == ["P1", "12"]
    cell, said = analyzed(study)

    assert STAYED not in dict(cell.alternatives)
    assert "is not given: fewer than 5" in said


def test_two_entries_that_differ_in_calendar_time_are_told_apart(drawn):
    block = drawn.manifest[drawn.manifest.index("[[models]]") :]
    without = block.replace('"Main"', '"Bare"') + 'time_adjustment = "never"\n' + QUICK
    drawn.manifest += QUICK + without
    said = time_part(disclosed(analyze(load_study(drawn.write()))))

    assert any(text.startswith("Main: Calendar time is in every equation") for text in said)
    assert any("Bare: Calendar time is in no equation" in text for text in said)
    assert any('(time_adjustment = "never")' in text for text in said)


@pytest.mark.parametrize("clusters", ['"organization"', '"organization", "team"'])
def test_fidelity_of_organizations_is_reported_to_the_end(drawn, tmp_path, clusters):
    drawn.say('clock = "months"', 'clock = "months"\nfidelity_level = "organization"')
    drawn.say('clusters = ["organization", "team"]', f"clusters = [{clusters}]")
    drawn.say('covariates = ["age", "gender"]', "covariates = []\nbaseline = false")
    drawn.manifest += 'time_adjustment = "never"\n' + QUICK
    written = report(drawn.write(), tmp_path / "out")
    page = next(path for path in written if path.name == "report.html").read_text("utf-8")

    assert "Each organization has the mean of its teams, each counted once: 2 of them" in page
