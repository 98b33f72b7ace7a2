"""The page for users of other programs shows the numbers of the references, and ours agree."""

import re
from functools import cache

import pandas as pd
import pytest

import mediation as med

from .pages import ROOT

REFERENCE = ROOT / "tests" / "reference"
PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.reference


def shown(heading):
    """The rows of the table with this head: what, the numbers of the other program, ours."""
    table = PAGE.split(heading)[1].split("\n\n")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines()[1:]]
    return {row[0].strip(): tuple(map(numbers, row[1:])) for row in rows}


def numbers(text):
    return [float(n) for n in re.findall(r"-?\d+\.\d+", text.replace("\u2212", "-"))]


@cache
def result(case, engine, *mediators):
    frame = pd.read_csv(REFERENCE / case / "data.csv")
    names = ("x", "y", []) if case.startswith("ols") else ("w1", "y2", ["cluster"])
    return med.mediate(
        frame,
        predictor=names[0],
        outcome=names[1],
        clusters=names[2],
        mediators=mediators,
        engine=engine,
        interval=med.Delta(distribution=med.DrawDistribution.T),
    )


def rounded(values, like):
    return [
        round(value, 1 if abs(number) > 2 else 4)
        for value, number in zip(values, like, strict=True)
    ]


def test_process():
    table = shown("| | PROCESS 2.16.3 | here |\n")
    printed = pd.read_csv(REFERENCE / "ols_process_4" / "ols.csv")
    paths = result("ols_process_4", med.OLS(med.Covariance.HC3), "m1", "m2").paths_frame()
    rows = {
        "a, m1 (HC3 se)": ("m1", "x", "a"),
        "a, m2": ("m2", "x", "a"),
        "b, m1": ("y", "m1", "b"),
        "b, m2": ("y", "m2", "b"),
        "c'": ("y", "x", "c_prime"),
    }
    for name, (equation, term, path) in rows.items():
        theirs, ours = table[name]
        cells = printed.query("equation == @equation and term == @term")
        assert theirs == cells.value.tolist()
        mediator = equation if path == "a" else term
        mine = paths[paths.path == path]
        mine = mine[mine.mediator == mediator] if path != "c_prime" else mine
        assert ours == rounded(mine[["estimate", "std_error"]].iloc[0], ours)
        assert theirs == pytest.approx(ours, abs=1.01e-4)


def test_lavaan():
    table = shown("| | lavaan 0.6-14 | here |\n")
    expected = pd.read_csv(REFERENCE / "sem_demo_40" / "expected.csv").query("variant == 'ml'")
    fit = result("sem_demo_40", med.TwoLevelSEM(), "y1")
    paths, effects = fit.paths_frame(), fit.to_frame()
    rows = {
        "`a`, path a": ("between", "y1", "w1", ("a", "between")),
        "`bw`, b within": ("within", "y2", "y1", ("b", "within")),
        "`bb`, b between": ("between", "y2", "y1", ("b", "between")),
        "`cp`, c'": ("between", "y2", "w1", ("c_prime", "between")),
        "`indirect_within`": (None, "indirect_within", None, ("indirect", "within")),
        "`indirect_between`": (None, "indirect_between", None, ("indirect", "between")),
    }
    assert set(rows) == set(table)
    for name, (level, left, right, (path, at)) in rows.items():
        theirs, ours = table[name]
        cells = expected[(expected.lhs == left) & expected.op.isin(["~", ":="])]
        if right is not None:
            cells = cells[(cells.level == level) & (cells.rhs == right)]
        assert theirs == rounded(cells.value, theirs)
        frame = effects.rename(columns={"effect": "path"}) if path == "indirect" else paths
        mine = frame[(frame.path == path) & (frame.level == at)]
        assert ours == rounded(mine[["estimate", "std_error"]].iloc[0], ours)


def test_mixed_models():
    table = shown("| | lme4, pbkrtest, clubSandwich | here |\n")
    expected = pd.read_csv(REFERENCE / "demo_twolevel_40" / "expected.csv")
    paths = result("demo_twolevel_40", med.MixedModels(), "y1").paths_frame()
    rows = {
        "a (Kenward-Roger se; df)": ("mediator", "w1", "full", ("a", "between")),
        "b within (CR2 se; df)": ("outcome", "m_within", "cr2", ("b", "within")),
        "b between": ("outcome", "m_mean", "full", ("b", "between")),
        "c'": ("outcome", "w1", "full", ("c_prime", "between")),
    }
    assert set(rows) == set(table)
    for name, (equation, term, variant, (path, at)) in rows.items():
        theirs, ours = table[name]
        here = expected[(expected.equation == equation) & (expected.term == term)]
        value = here.set_index(["variant", "quantity"]).value
        other = [value["full", "estimate"], value[variant, "std_error"], value[variant, "df"]]
        assert theirs == rounded(other, theirs)
        mine = paths[(paths.path == path) & (paths.level == at)].iloc[0]
        assert ours == rounded([mine.estimate, mine.std_error, mine.df], ours)
