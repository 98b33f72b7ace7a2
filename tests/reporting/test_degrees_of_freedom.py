"""Degrees of freedom: the rule once, what limits them, one row per model."""

import dataclasses

import pytest

from mediation.reporting.degrees_of_freedom import MEANING, df_rule, df_table
from mediation.reporting.draw_figures import draw_all
from mediation.reporting.page import report_html

NOUN = ("client", "clients")
LABELS = {"fidelity": "SMCM fidelity"}


def with_fit(entry, **changes):
    """An entry whose fits are changed."""
    cells = tuple(
        dataclasses.replace(
            cell,
            result=dataclasses.replace(
                cell.result, fit=dataclasses.replace(cell.result.fit, **changes)
            ),
        )
        for cell in entry.cells
    )
    return dataclasses.replace(entry, cells=cells)


@pytest.fixture
def entry(make):
    return make.study().entries[0]


def test_the_rule_is_said_once_with_what_limits(entry):
    assert df_rule(entry, LABELS, NOUN) == (
        f"{MEANING} SMCM fidelity differs between 14 teams; their number, not that of clients, "
        "limits a and c\u2032.",
        "Those used here: Kenward-Roger.",
    )


def test_clusters_of_the_covariance_are_those_that_limit(entry):
    first, _ = df_rule(with_fit(entry, independent_level="organization"), LABELS, NOUN)
    assert first.endswith(
        "take 7 organizations as independent; their number, not that of clients, limits every path."
    )
    assert "14 teams" not in first


def test_clusters_finer_than_those_of_the_predictor_are_told(entry):
    fine = with_fit(entry, independent_level="team", predictor_level="organization")
    assert df_rule(fine, LABELS, NOUN)[0].endswith(
        "take 14 teams as independent, although SMCM fidelity differs only between 7 "
        "organizations: those of a and c\u2032 can be too small."
    )


def test_rows_as_independent_are_told(entry):
    blind = with_fit(entry, models_clusters=False, df_label="")
    assert df_rule(blind, LABELS, NOUN) == (
        f"{MEANING} Those of this analysis count clients as independent, whatever the clusters.",
    )


def test_one_row_per_model(entry):
    table = df_table(entry, LABELS, 1)
    assert table.columns == ("Model", "a", "b within", "b between", "c\u2032")
    assert len(table.rows) == len(entry.cells)
    assert table.rows[0][1:] == ("11.0",) * 4


def test_variances_are_left_out_where_the_residual_is_the_only_one(make):
    contents = make.study()
    assert "variance components" in report_html(contents, draw_all(contents))
    entry = contents.entries[0]
    fit = entry.cells[0].result.fit
    only = tuple(dataclasses.replace(e, variances=(("residual", 4.0),)) for e in fit.equations)
    bare = dataclasses.replace(contents, entries=(with_fit(entry, equations=only),))
    page = report_html(bare, draw_all(bare))
    assert "variance components" not in page
    assert '<h2 id="components">Intervals and degrees of freedom</h2>' in page
    assert page.count(MEANING) == 1
