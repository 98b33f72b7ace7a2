"""A flat study comes as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediation.errors import LinkageError
from mediation.linkage.flow import flow_of
from mediation.linkage.link import link
from mediation.linkage.scores import score_distribution
from mediation.linkage.series import fidelity_series
from mediation.linkage.table import WavePair
from mediation.study.study import Study, load_study

MANIFEST = """
[study]
name = "Schools"
synthetic = true
seed = 1
[tables.rows]
file = "rows.csv"
[tables.rows.columns]
school = "school"
sector = "sector"
ses = "ses"
math = "math"
[[models]]
name = "Sector"
headline = "indirect within"
predictor = "sector"
mediators = ["ses"]
outcomes = ["math"]
clusters = ["school"]
"""


@pytest.fixture
def schools(tmp_path: Path) -> Study:
    """Eight schools of three pupils; one ses and one math are missing."""
    rows = [[f"S{s}", str(s % 2), str(p), str(s + p)] for s in range(8) for p in range(3)]
    rows[0][2], rows[4][3] = "", ""
    text = "school,sector,ses,math\n" + "\n".join(",".join(row) for row in rows)
    (tmp_path / "rows.csv").write_text(text)
    (tmp_path / "study.toml").write_text(MANIFEST)
    return load_study(tmp_path / "study.toml")


def test_rows_stay_in_their_order_without_waves(schools: Study) -> None:
    table = link(schools)

    assert table.frame["school"].tolist() == [f"S{s}" for s in range(8) for _ in range(3)]
    assert (table.waves, table.linkage, table.flow) == (None, None, None)


def test_the_flow_has_no_interviews(schools: Study) -> None:
    flow = flow_of(link(schools), ("sector", "ses", "math"), "math", ("ses",))

    assert [(s.step, s.n_clients, s.n_left) for s in flow.steps] == [
        ("In the table", 24, 0),
        ("Mediator scored", 23, 1),
        ("Outcome scored", 22, 1),
        ("Analyzed", 22, 0),
    ]


def test_waves_and_series_belong_to_interviews(schools: Study) -> None:
    with pytest.raises(LinkageError, match="interviews"):
        link(schools, WavePair(0, 1))
    with pytest.raises(LinkageError, match="assessments"):
        fidelity_series(schools)


def test_scores_of_rows_have_no_wave(schools: Study) -> None:
    counts = score_distribution(schools, ("ses",))

    assert counts["count"].tolist() == [7, 8, 8]
    assert counts["wave"].isna().all()
