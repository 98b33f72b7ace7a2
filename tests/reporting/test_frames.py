"""Tidy tables: numbers stay numbers, every row says what it is."""

import dataclasses
import io

import numpy as np
import pandas as pd

from mediation.reporting.draw_figures import draw_all
from mediation.reporting.frames import effects_frame, equations_of, paths_frame, per_sd
from mediation.reporting.markdown import effects_markdown, paths_markdown
from mediation.reporting.page import report_html
from mediation.safe_text import escape_markdown
from mediation.vocabulary import EffectName


def test_effects_are_complete_and_unique(make):
    frame = effects_frame(make.study())
    # 6 models: the declared, another and one alternative with 6 effects each, the blind one with 4.
    assert len(frame) == 6 * (6 + 6 + 6 + 4)
    key = ["entry", "outcome", "mediator_wave", "outcome_wave", "analysis", "effect"]
    assert not frame.duplicated([*key, "level", "mediator"]).any()
    row = frame.iloc[0]
    assert (row["outcome"], row["effect"], row["level"]) == (
        "quality_of_life",
        "indirect",
        "within",
    )
    assert row["estimate"] == 0.2
    assert row["n_team"] == 14
    assert (frame["p_holm"].notna()).sum() == 6
    missing = frame.loc[frame["estimate"].isna(), "status"]
    assert (missing != "").all()


def test_other_analyses_are_rows_of_their_own(make):
    frame = effects_frame(make.study())
    assert list(frame["analysis"].drop_duplicates()) == [
        "declared",
        "blind to clusters",
        "least squares, bootstrap of whole clusters",
        "fidelity of the last assessment before the interview",
    ]
    assert "limit_error" in frame.columns
    assert "limit_error" in paths_frame(make.study()).columns


def test_sum_over_mediators_is_named_in_every_table(make):
    contents = make.flat()
    entry = contents.entries[0]
    result = entry.cells[0].result
    together = dataclasses.replace(
        result.effects[0], effect=EffectName.TOTAL_INDIRECT, mediator=None
    )
    more = dataclasses.replace(result, effects=(together, *result.effects))
    cell = dataclasses.replace(entry.cells[0], result=more)
    with_sum = dataclasses.replace(contents, entries=(dataclasses.replace(entry, cells=(cell,)),))
    frame = effects_frame(with_sum)
    assert frame.effect[0] == "total_indirect"
    name = "Indirect, all mediators, within schools"
    assert f"| {name} |  | 0.20 |" in effects_markdown(with_sum)
    page = report_html(with_sum, draw_all(with_sum))
    assert f">{name}</th>" in page
    assert f"{name}: 0.20 [0.10, 0.30]" in page


def test_csv_reads_back_exactly(make):
    frame = effects_frame(make.study())
    text = frame.to_csv(index=False)
    # Read as text and then by Python: the readers of pandas differ in the last digit by version.
    back = pd.read_csv(io.StringIO(text), dtype=str)
    for name in ("estimate", "conf_low"):
        np.testing.assert_array_equal(back[name].map(float), frame[name])


def test_paths_are_labelled_by_their_equation(make):
    result = make.result()
    assert equations_of(result) == (
        "alliance ~ fidelity + age",
        *["quality_of_life ~ fidelity + age + alliance (within) + alliance (between)"] * 3,
        "quality_of_life ~ fidelity + age",
    )
    frame = paths_frame(make.study())
    assert (frame["equation"] != "").all()


def test_standardized(make):
    # SDs over all rows: fidelity 0.4, outcome 20.
    assert per_sd(make.result(), EffectName.INDIRECT, 5.0) == 5.0 * 0.4 / 20
    assert np.isnan(per_sd(make.result(), EffectName.PROPORTION_MEDIATED, 0.5))


def test_markdown_is_golden(make):
    contents = make.flat()
    lines = effects_markdown(contents).splitlines()
    assert lines[0] == "# Effects: Catholic schools, lateness and scores"
    assert lines[2] == "Estimates in points of the outcome per point of Catholic school."
    assert lines[4] == (
        "| Outcome | Interviews | Analysis | Effect | Mediator | Estimate | 95% interval | SE | "
        "df | p | n |"
    )
    assert lines[6] == (
        "| Test score | \u2014 | as declared | Indirect, within schools | Late for school | 0.20 | "
        "[0.10, 0.30] | 0.05 | 11.0 | .034 | 9679 |"
    )
    assert "not reported: the interval of the total effect covers zero" in lines[11]
    paths = paths_markdown(contents).splitlines()
    assert paths[6] == (
        "| Test score | \u2014 | as declared | a | between schools | late ~ catholic | 0.50 | "
        "[0.40, 0.60] | 0.05 | 11.0 | .034 |"
    )


def test_markdown_says_synthetic(make):
    assert "Synthetic data" in effects_markdown(make.study())
    assert "Synthetic data" not in effects_markdown(make.flat())


def test_markdown_is_escaped(make):
    text = effects_markdown(make.ugly()) + paths_markdown(make.ugly())
    assert "<script>" not in text
    widths = {line.replace(r"\|", "").count("|") for line in text.splitlines() if line[:1] == "|"}
    assert widths == {12}
    assert escape_markdown("a\nb") == "a b"
    assert escape_markdown("[a](b)") == r"[a]\(b)"
    # An odd number of backslashes before the bar, so that it ends no cell.
    assert escape_markdown("a\\|b") == r"a\\\|b"
    assert escape_markdown("http://a.b www.c.d e@f") == "http&#58;//a.b www&#46;c.d e&#64;f"
    assert escape_markdown("a\x1b[31m\u202eb") == "a?[31m?b"


def test_each_headline_row_has_its_own_adjusted_p(make):
    contents = make.ugly()
    entry = contents.entries[0]
    cell = dataclasses.replace(entry.cells[0], headline_p_holm=(0.01, 0.7))
    changed = dataclasses.replace(entry, cells=(cell,))
    frame = effects_frame(dataclasses.replace(contents, entries=(changed,)))
    lead = frame[frame.p_holm.notna()].set_index("mediator").p_holm
    assert lead.to_dict() == {"alliance": 0.01, "hope": 0.7}


def test_an_analysis_without_clusters_has_no_blind_one_beside_it(make):
    contents = make.flat()
    entry = contents.entries[0]
    names = {"predictor": "catholic", "mediators": ("late",), "outcome": "score"}
    result = make.result(**names, clusters=(), counts=(9679, ()), covariates=())
    cell = dataclasses.replace(entry.cells[0], result=result, blind=None, others=())
    alone = dataclasses.replace(contents, entries=(dataclasses.replace(entry, cells=(cell,)),))
    assert set(effects_frame(alone).analysis) == {"declared"}
    page = report_html(alone, draw_all(alone))
    assert "blind" not in page
    # The style hides the column before the last on phones; here that would be the headline.
    assert 'id="headline-alone-1"' in page
