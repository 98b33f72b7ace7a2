"""Tables, sentences and figures of missing values: numbers known by hand, nothing small."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.missing.attrition import Attendance, Attrition, ClusterShares
from mediation.missing.baseline import Comparison, Group
from mediation.missing.patterns import missing_patterns
from mediation.reporting.draw_missing import draw_attrition, draw_patterns
from mediation.reporting.draw_style import png_bytes, svg_text
from mediation.reporting.html_tables import render_table
from mediation.reporting.missing_tables import (
    attendance_table,
    attrition_table,
    missing_columns_table,
    patterns_table,
)
from mediation.reporting.missing_words import (
    attrition_alt,
    attrition_sentences,
    patterns_alt,
    patterns_sentences,
)

NOUN = ("client", "clients")
LABELS = {"fidelity": "Fidelity", "alliance": "Alliance", "hope": "Hope", "gender": "Gender"}
COLUMNS = ["fidelity", "alliance", "hope"]


def patterns_of(counts, columns=COLUMNS):
    """Patterns from {text: rows}; "0" is missing."""
    rows = [[1.0 if c == "1" else np.nan for c in p] for p, n in counts.items() for _ in range(n)]
    return missing_patterns(pd.DataFrame(rows, columns=columns), columns, 5)


def found_attrition(**changes):
    group = Group(40, True, 3.25, 0.5)
    few = Group(10, True, 3.0, 0.5)
    base = {
        "n_clients": 50,
        "minimum_cell": 5,
        "predictor": "fidelity",
        "cluster": "team",
        "n_clusters": 14,
        "attendance": (
            Attendance(6.0, None, None, None, None, None),
            Attendance(9.0, 44, 6, 0, 6, None),
            Attendance(12.0, 40, 10, 0, 10, ClusterShares(9, 0.1, 0.25, 0.5)),
        ),
        "comparisons": (
            Comparison(12.0, "fidelity", None, group, few, -0.5),
            Comparison(
                12.0,
                "hope_0",
                None,
                Group(36, False, 32.5, 5.0),
                Group(6, False, 32.25, 5.0),
                -0.05,
            ),
            Comparison(
                12.0,
                "gender",
                "woman",
                Group(40, True, 0.5, math.nan),
                Group(10, True, 0.6, math.nan),
                0.2,
            ),
            Comparison(
                12.0,
                "gender",
                "",
                Group(40, True, 0.1, math.nan),
                Group(10, True, 0.1, math.nan),
                0.0,
            ),
        ),
    }
    return Attrition(**{**base, **changes})


def test_patterns_and_columns_by_hand():
    patterns = patterns_of({"111": 60, "101": 20, "100": 10, "110": 7, "011": 3})
    table = patterns_table(patterns, LABELS, NOUN, "Main")
    assert table.rows == (
        ("Nothing", "60", "60%"),
        ("Alliance", "20", "20%"),
        ("Alliance; Hope", "10", "10%"),
        ("Other patterns", "10", "10%"),
    )
    assert table.columns == ("Missing", "Clients", "Share")
    table = missing_columns_table(patterns, LABELS, NOUN, "Main")
    # Of the pool 3 lack fidelity and 7 lack hope, none alliance.
    assert table.rows == (
        ("Fidelity", "0 to 10", "0% to 10%"),
        ("Alliance", "30", "30%"),
        ("Hope", "10 to 20", "10% to 20%"),
    )
    assert patterns_sentences(patterns, NOUN) == (
        "Of 100 clients 60 (60%) have a value of every variable of the model.",
        "The patterns are not monotone: the variables cannot be put in an order in which whoever "
        "lacks one lacks all that follow.",
    )
    assert patterns_alt(patterns, LABELS, NOUN) == (
        "Patterns of missing values, clients with each. Nothing missing: 60. Alliance missing: "
        "20. Alliance; Hope missing: 10. Other patterns: 10."
    )


def test_few_or_no_missing_values():
    nearly = patterns_of({"111": 60, "101": 2, "011": 1})
    assert patterns_table(nearly, LABELS, NOUN, "Main") is None
    assert missing_columns_table(nearly, LABELS, NOUN, "Main") is None
    assert draw_patterns(nearly, LABELS) is None
    said = patterns_sentences(nearly, NOUN)
    assert said == ("Of 63 clients fewer than 5 lack a value of the model.",)
    whole = patterns_of({"111": 60})
    assert missing_columns_table(whole, LABELS, NOUN, "Main") is None
    assert draw_patterns(whole, LABELS) is None
    assert patterns_sentences(whole, NOUN) == (
        "All 60 clients have a value of every variable of the model.",
    )


def test_complete_rows_in_the_pool_are_not_counted():
    patterns = patterns_of({"101": 20, "111": 3, "011": 4})
    said = patterns_sentences(patterns, NOUN)[0]
    assert said.startswith("Of 27 clients 0 to 7 have a value of every variable")


@given(
    st.dictionaries(
        st.text("01", min_size=3, max_size=3), st.integers(1, 40), min_size=1, max_size=8
    )
)
def test_no_small_count_in_tables_and_words(counts):
    """Every count is zero, or at least the minimum; ranges start below it only for a pool."""
    patterns = patterns_of(counts)
    if patterns.n_rows < 5:
        return
    table = patterns_table(patterns, LABELS, NOUN, "Main")
    numbers = [] if table is None else [int(row[1]) for row in table.rows]
    assert not [n for n in numbers if 0 < n < 5]
    assert table is None or sum(numbers) == patterns.n_rows
    alt = patterns_alt(patterns, LABELS, NOUN)
    assert not [n for n in map(int, re.findall(r": (\d+)", alt)) if 0 < n < 5]
    by_column = missing_columns_table(patterns, LABELS, NOUN, "Main")
    for row in () if by_column is None else by_column.rows:
        assert not 0 < int(row[1].split(" to ")[-1]) < 5


def test_attendance_by_hand():
    table = attendance_table(found_attrition(), NOUN)
    assert table.columns == ("Months", "6", "9", "12")
    assert table.rows == (
        ("Interviewed", "—", "44", "40"),
        ("Not interviewed", "—", "6", "10"),
        ("of them interviewed later", "—", "0", "0"),
        ("of them not seen again", "—", "6", "10"),
    )
    assert "under 5" in table.note
    assert attendance_table(found_attrition(attendance=()), NOUN) is None


def test_attrition_by_hand():
    table = attrition_table(found_attrition(), LABELS, NOUN)
    assert table.rows == (
        ("Fidelity", "40", "3.2 (0.5)", "10", "3.0 (0.5)", "\u22120.50"),
        ("Hope, baseline", "≥36", "32.5 (5.0)", "≥6", "32 (5)", "\u22120.05"),
        ("Gender: woman", "40", "50%", "10", "60%", "0.20"),
        ("Gender: other levels", "40", "10%", "10", "10%", "0.00"),
    )
    assert set(table.groups) == {"12 months\n40 interviewed, 10 not"}
    assert attrition_table(found_attrition(comparisons=()), LABELS, NOUN) is None


def test_sentences_of_attrition():
    assert attrition_sentences(found_attrition(), LABELS, NOUN) == (
        "How many of 50 clients were interviewed at 6 months is not told: it would tell of fewer "
        "than 5.",
        "At 9 months 44 of 50 clients (88%) were interviewed; of the 6 others 0 were interviewed "
        "later and 6 not seen again.",
        "At 12 months 40 of 50 clients (80%) were interviewed.",
        "In the 9 of 14 teams without a count of 1 to 4 clients 10% to 50% (median 25%) were not "
        "interviewed at 12 months.",
        "At 12 months those not interviewed and those interviewed differ at baseline by 0.1 "
        "standard deviations or more (not interviewed less interviewed) in Fidelity (\u22120.50), "
        "Gender: woman (0.20).",
        "Fidelity is scored by team: its differences rest on 14 teams, however many clients "
        "there are.",
    )
    alone = found_attrition(comparisons=found_attrition().comparisons[1:2])
    assert attrition_sentences(alone, LABELS, NOUN)[-1].endswith(
        "differ at baseline by less than 0.1 standard deviations in all that is compared."
    )
    shares = ClusterShares(14, 0.1, 0.25, 0.5)
    everyone = (Attendance(12.0, 50, 0, 0, 0, shares),)
    said = attrition_sentences(found_attrition(attendance=everyone, comparisons=()), LABELS, NOUN)
    assert said[0] == "At 12 months all 50 clients were interviewed."
    assert said[1].startswith("In all 14 teams 10% to 50%")


def test_alt_text_of_attrition():
    assert attrition_alt(found_attrition(), LABELS) == (
        "Standardized differences at baseline, not interviewed less interviewed. At 12 months: "
        "Fidelity \u22120.50, Hope, baseline \u22120.05, Gender: woman 0.20, "
        "Gender: other levels 0.00."
    )


def test_labels_are_escaped():
    labels = {"alliance": "<script>alert(1)</script>", "gender": "<b>$x$</b>"}
    patterns = patterns_of({"111": 60, "101": 20})
    html = render_table(patterns_table(patterns, labels, NOUN, "<i>Main</i>"))
    html += render_table(missing_columns_table(patterns, labels, NOUN, "<i>Main</i>"))
    html += render_table(attrition_table(found_attrition(), labels, NOUN))
    html += render_table(attendance_table(found_attrition(), NOUN))
    assert "<script" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;$x$" in html


def random_patterns(n_columns, n_patterns, names):
    codes = np.random.default_rng(1).permutation(2**n_columns)[:n_patterns]
    texts = [format(code, f"0{n_columns}b") for code in codes]
    counts = {text: 6 + 400 // (1 + i) ** 2 for i, text in enumerate(texts)}
    return patterns_of(counts | {"1" * n_columns: 3}, names)


@pytest.mark.parametrize(("n_columns", "n_patterns"), [(1, 1), (2, 3), (5, 9), (12, 40)])
def test_patterns_are_drawn_inside_the_figure(n_columns, n_patterns):
    names = [f"{'W' * 26} {i:02d}" for i in range(n_columns)]
    patterns = random_patterns(n_columns, n_patterns, names)
    figure = draw_patterns(patterns, {name: name for name in names})
    if n_columns == 1:
        assert figure is None
        return
    width, height = figure.get_size_inches()
    assert width <= 7.25
    figure.canvas.draw()
    inside = figure.bbox
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= inside.x0
        assert box.x1 <= inside.x1
        assert box.y0 >= inside.y0
        assert box.y1 <= inside.y1
    # Counts over the columns: the patterns drawn and the rest together are all rows.
    counts = [int(t.get_text()) for t in figure.axes[0].texts if t.get_text().isdigit()]
    assert sum(counts) == patterns.n_rows
    assert height > 0


def test_of_very_many_patterns_the_most_frequent_are_told():
    patterns = random_patterns(7, 40, [f"x{i}" for i in range(7)])
    table = patterns_table(patterns, {}, NOUN, "Main")
    assert len(table.rows) == 26
    assert sum(int(row[1]) for row in table.rows) == patterns.n_rows
    assert table.note.endswith("all but the 25 most frequent.")


@pytest.mark.parametrize("n_waves", [1, 4, 9])
def test_attrition_is_drawn_with_one_mark_for_each_difference(n_waves):
    group = Group(20, True, 1.0, 1.0)
    names = ["W" * 30, "A label of thirty letters here", "$x_1$ <b>"]
    rows = tuple(
        Comparison(4.5 * (w + 1), name, None, group, group, (-1) ** w * 0.1 * (i + w))
        for w in range(n_waves)
        for i, name in enumerate(names)
    )
    empty = Comparison(4.5, "constant", None, group, group, math.nan)
    figure = draw_attrition(found_attrition(comparisons=(*rows, empty)), {n: n for n in names})
    axes, legend = figure.axes
    marks = [line for line in axes.lines if line.get_marker() not in ("None", None, "")]
    assert sorted(float(m.get_xdata()[0]) for m in marks) == sorted(r.difference for r in rows)
    assert len(legend.lines) == n_waves
    figure.canvas.draw()
    for text in (*axes.texts, *legend.texts):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
    assert svg_text(figure).startswith("<?xml")
    assert png_bytes(figure)[:4] == b"\x89PNG"


def test_nothing_to_draw():
    assert draw_attrition(found_attrition(comparisons=()), LABELS) is None
