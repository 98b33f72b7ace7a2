"""The codebook: every column, nothing of a person, harmless wherever it is opened."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mediation.cli import main
from mediation.errors import ReportError
from mediation.reporting.codebook import (
    COLUMNS,
    codebook_frame,
    codebook_markdown,
    write_codebook,
)
from mediation.study.study import Study, load_study

SHIPPED = Path(__file__).parents[2] / "data" / "synthetic" / "study.toml"

SMALL = """\
# Codebook: Small study

Invented data. Missing values are counted in multiples of 5; fewer than 5 are not told.

## fidelity (24 rows)

| name | header | label | kind | values | instrument | role | missing |
|---|---|---|---|---|---|---|---|
| team | team | team | identifier |  |  | cluster | 0 |
| date | assessed_on | Date | date |  |  |  | 0 |
| fidelity | score | Fidelity | score | 1 to 5 |  | predictor | 0 |

## clients (24 rows)

| name | header | label | kind | values | instrument | role | missing |
|---|---|---|---|---|---|---|---|
| client | id | Client | identifier |  |  |  | 0 |
| organization | agency | organization | identifier |  |  | cluster | 0 |
| team | team | team | identifier |  |  | cluster | 0 |
| case_manager | manager | case manager | identifier |  |  |  | 0 |
| age | age_years | age | number |  |  | covariate | 0 |
| gender | gender | gender | category | woman, man |  | covariate | 0 |

## interviews (about 70 rows)

| name | header | label | kind | values | instrument | role | missing |
|---|---|---|---|---|---|---|---|
| client | id | Client | identifier |  |  |  | 0 |
| wave | wave | Interview, months since enrolment | number | 0, 6, 12 |  |  | 0 |
| date | held_on | Date | date |  |  |  | 0 |
| alliance | alliance | Working alliance | score | 24 to 96 |  | mediator | 0 |
| hope | hope | hope | number |  |  | outcome | 0 |
"""


def table(markdown: str, name: str) -> dict[str, list[str]]:
    """Give the rows of a table of the page, by the names of the columns."""
    part = markdown.split(f"## {name}")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][1:]
    return {line.split(" | ")[0].removeprefix("| "): line.split(" | ")[1:] for line in lines}


def page_of(study: Study) -> str:
    return codebook_markdown(study, codebook_frame(study))


def _empty(study: Any, name: str, column: str, n: int) -> None:
    for row in range(2, n + 2):
        study.put(name, row, column, "")


def test_the_small_study_as_it_is_written(small_study: Any) -> None:
    path = small_study.write()
    # Months are dates on the study's own clock.
    page = page_of(load_study(path)).replace("| Date | number |", "| Date | date |")

    written, made = page.split("\n## made by linkage\n")

    assert written == SMALL
    assert [line.split(" | ")[0] for line in made.splitlines() if line.startswith("| ")][1:] == [
        *(f"| fidelity_{each}" for each in ("gap", "stale", "assessments", "before", "after")),
        *("| calendar_months", "| alliance_0", "| hope_0"),
    ]


def test_columns_of_the_csv_are_in_order_and_whole(small_study: Any) -> None:
    files = write_codebook(load_study(small_study.write()), small_study.folder / "out")

    assert [file.name for file in files] == ["codebook.csv", "codebook.md"]
    rows = list(csv.reader(io.StringIO(files[0].read_text(encoding="utf-8"))))
    assert tuple(rows[0]) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert [row[1] for row in rows if row[0] == "interviews"] == [
        "client", "wave", "date", "alliance", "hope",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("n_missing", "shown"),
    [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "about 5"), (7, "about 5"),
     (8, "about 10"), (19, "about 20"), (20, "all but fewer than 5"), (23, "all but fewer than 5")],
)  # fmt: skip
def test_counts_of_missing_values_are_of_groups(
    n_missing: int, shown: str, small_study: Any
) -> None:
    small_study.say('covariates = ["age", "gender"]', "covariates = []")
    _empty(small_study, "clients", "age_years", n_missing)

    page = page_of(load_study(small_study.write()))

    assert table(page, "clients")["age"][-1] == f"{shown} |"


def test_two_columns_do_not_tell_of_one_person(small_study: Any) -> None:
    """With exact counts the difference, one client, would be known; with these it is not."""
    pages = []
    for n in (6, 7):
        _empty(small_study, "clients", "age_years", 6)
        _empty(small_study, "clients", "gender", n)
        frame = codebook_frame(load_study(small_study.write()))
        pages.append(frame["n_missing"].tolist())

    assert pages[0] == pages[1]
    assert "about 5" in pages[0]


def test_rows_that_are_more_than_clients_do_not_tell_of_one_person(small_study: Any) -> None:
    columns = 'client = "id"\nteam = "team"\nstart = "from"\n'
    small_study.say(
        "[variables.fidelity]",
        f'[tables.spells]\nfile = "spells.csv"\n[tables.spells.columns]\n{columns}'
        "[variables.fidelity]",
    )
    rows = [[row[0], row[2], "-1"] for row in small_study.tables["clients"][1:]]
    small_study.tables["spells"] = [["id", "team", "from"], *rows, ["P1", "T2", "5"]]

    page = page_of(load_study(small_study.write()))

    assert "## spells (about 25 rows)" in page
    assert table(page, "spells")["start"][:3] == ["from", "First day", "number"]
    assert "changed_team" in page
    assert "program_tenure" in page


def test_items_and_goals_and_moments_that_are_made(small_study: Any) -> None:
    rows = small_study.tables["interviews"]
    for i, row in enumerate(rows):
        row[4:] = [f"shs_{k}" if i == 0 else str(1 + (i + k) % 8) for k in range(1, 7)]
        del row[1]
    small_study.tables["goals"] = [["id", "wave", "status"], ["P1", "6", "done"]]
    for i, row in enumerate(small_study.tables["clients"]):
        row.append("since" if i == 0 else f"{(i - 1) / 10:g}")
    small_study.say('hope = "hope"\n', "")
    small_study.say('wave = "wave"\n', "")
    small_study.say('age = "age_years"', 'age = "age_years"\nenrolled = "since"')
    small_study.say("values = [0, 6, 12]", "values = [0, 6, 12]\nwindow = 1")
    small_study.say(
        "[waves]",
        '[scores.hope]\ninstrument = "state_hope"\nitems = "shs_{}"\n'
        '[scores.goals]\ninstrument = "goal_attainment"\ntable = "goals"\nattained = ["done"]\n'
        '[tables.goals]\nfile = "goals.csv"\n[tables.goals.columns]\n'
        'client = "id"\nwave = "wave"\nstatus = "status"\n[waves]',
    )
    small_study.put("interviews", 3, "shs_2", "")

    page = page_of(load_study(small_study.write()))

    interviews = table(page, "interviews")
    assert interviews["hope"][:5] == ["", "State Hope Scale", "score", "6 to 48", "state_hope"]
    assert interviews["goals"][4] == "goal_attainment"
    assert interviews["hope[2]"][:4] == [
        "shs_2", "Item 2 of State Hope Scale", "item", "1 to 8",
    ]  # fmt: skip
    assert interviews["hope[2]"][-1] == "fewer than 5 |"
    assert "wave" not in interviews
    assert "Planned interview" in table(page, "made by linkage")["wave"][1]
    assert "## goals (fewer than 5 rows)" in page
    assert "done" not in page


def test_a_flat_study_has_its_rows_alone(tmp_path: Path) -> None:
    rows = "\n".join(f"S{i // 5},{i % 7},{i % 3},{i * i % 11},A" for i in range(40))
    (tmp_path / "rows.csv").write_text(f"school,ses,sector,math,date\n{rows}\n")
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "Schools"\nsynthetic = false\nseed = 1\n[tables.rows]\n'
        'file = "rows.csv"\n[tables.rows.columns]\nschool = "school"\nses = "ses"\n'
        'sector = "sector"\nmath = "math"\ndate = "date"\n'
        '[variables.date]\nlabel = "Form"\nkind = "category"\n'
        '[[models]]\nname = "M"\nheadline = "indirect within"\npredictor = "sector"\n'
        'mediators = ["ses"]\noutcomes = ["math"]\nclusters = ["school"]\n'
    )

    page = page_of(load_study(tmp_path / "study.toml"))

    assert re.findall("^## (.*)$", page, re.MULTILINE) == ["rows (40 rows)"]
    assert table(page, "rows")["date"][1:3] == ["Form", "category"]
    assert "Invented" not in page


def test_the_manifest_starts_nothing_on_the_page_or_in_a_spreadsheet(small_study: Any) -> None:
    evil = "=1+1|<script>alert(1)</script>[a](http://x.example)`\\n# b"
    small_study.say('label = "Working alliance"', f'label = "{evil}"')
    small_study.say('name = "Small study"', f'name = "{evil}"')

    files = write_codebook(load_study(small_study.write()), small_study.folder / "out")

    text, page = (file.read_text(encoding="utf-8") for file in files)
    assert "<script" not in page
    assert "](http" not in page
    assert "\n# b" not in page
    lines = [line for line in page.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {9}
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert [cell for cell in cells if cell.startswith("'=1+1|")]


def test_the_command_writes_all_or_nothing(small_study: Any) -> None:
    path, out = small_study.write(), small_study.folder / "out"
    done = CliRunner().invoke(main, ["codebook", str(path), "--out", str(out)])
    assert done.exit_code == 0
    assert sorted(file.name for file in out.iterdir()) == ["codebook.csv", "codebook.md"]
    (small_study.folder / "taken").write_text("mine")
    with pytest.raises(ReportError, match="a file of this name exists"):
        write_codebook(load_study(path), small_study.folder / "taken")
    small_study.put("clients", 2, "team", "T99")
    again = CliRunner().invoke(main, ["codebook", str(small_study.write()), "--out", f"{out}2"])
    assert again.exit_code == 1
    assert not Path(f"{out}2").exists()


def test_the_shipped_study_has_every_column(tmp_path: Path) -> None:
    study = load_study(SHIPPED)
    frame = codebook_frame(study)

    headers = {
        header
        for role in study.manifest.roles
        for header in study.manifest.all_columns(role).values()
    }
    assert headers <= set(frame["header"])
    assert not frame.duplicated(["table", "name"]).any()
    assert frame.loc[frame["table"] != "made by linkage", "label"].str.len().min() > 0
