"""Words, tables and figure of a specification curve with numbers chosen by hand."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from mediation.arrays import read_only
from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate
from mediation.linkage.table import WavePair
from mediation.reporting.contents import Entry
from mediation.reporting.draw_style import svg_text
from mediation.reporting.format import MINUS, MISSING
from mediation.reporting.results_dict import results_dict
from mediation.reporting.robustness.parts import robustness_parts
from mediation.reporting.specifications.choice_words import engine_words, linkage_words
from mediation.reporting.specifications.curve import Dimension, SpecificationCurve, Standard
from mediation.reporting.specifications.curve_layout import blocks_of, lay_out
from mediation.reporting.specifications.draw_specifications import draw_specifications
from mediation.reporting.specifications.gather import Effects, gather_curve
from mediation.reporting.specifications.part import answer_text, specifications_part
from mediation.reporting.specifications.summary import models_of, spread_of
from mediation.reporting.specifications.tables import choices_table, models_table
from mediation.study.entries import Clock, LinkageEntry
from mediation.study.method_entries import EngineEntry
from mediation.vocabulary import DfMethod, EffectName, EffectStatus, Level, LinkageRule, StaleRows

LABELS = {"hope": "Hope", "quality_of_life": "Quality of life", "alliance": "Working alliance"}
PAIR = WavePair(4.5, 9.0)


def curve_of(estimates, half=0.05, *, model=None, declared=(0,), published=(), dimensions=None):
    """A curve of one model whose intervals reach `half` to both sides."""
    estimates = np.asarray(estimates, dtype=float)
    n = len(estimates)
    model = np.zeros(n, dtype=np.int64) if model is None else np.asarray(model)
    dimensions = dimensions or (Dimension("engines", "Engine", ("mixed models", "least squares")),)
    sizes = [len(each.choices) for each in dimensions]
    every = np.array(list(itertools.product(*map(range, sizes))))
    return SpecificationCurve(
        dimensions=dimensions,
        choices=every[np.arange(n) % len(every)],
        model=model,
        estimates=read_only(estimates),
        lows=read_only(estimates - half),
        highs=read_only(estimates + half),
        is_declared=np.isin(np.arange(n), declared),
        is_published=np.isin(np.arange(n), published),
        standards=tuple(Standard("hope", 0.4, 20.0) for _ in range(int(model.max()) + 1)),
        mediators=("alliance",),
        left_out=(("mixed models need clusters", 3),),
        conf_level=0.95,
    )


@pytest.fixture
def entry_of(make):
    return lambda curve: Entry("Grid", ("indirect", "within"), (make.cell("hope", PAIR),), curve)


def test_counts_are_those_of_the_intervals():
    curve = curve_of([0.1, 0.02, -0.2, 0.06, 0.9], published=(4,))
    spread = spread_of(curve, curve.is_own)
    assert (spread.n, spread.n_excluding, spread.n_positive) == (4, 3, 3)
    assert (spread.median, spread.least, spread.greatest) == (0.04, -0.2, 0.1)
    (model,) = models_of(curve)
    assert (model.declared, model.published, model.is_turned) == (0, 4, True)


def test_the_published_one_alone_turns_no_finding():
    curve = curve_of([0.01, 0.02, 0.9], published=(2,))
    (model,) = models_of(curve)
    assert model.is_turned is False
    assert answer_text(curve) == (
        "Of 2 specifications of 1 model, 0 (0%) have an interval that excludes zero; estimates run "
        "from 0.010 to 0.020 SD, with a median of 0.015. The declared interval covers zero; the "
        "other one finds the same."
    )


def test_an_interval_on_the_other_side_of_zero_is_another_finding():
    (model,) = models_of(curve_of([0.1, 0.2, -0.1, 0.0]))
    assert (model.n_varied, model.n_turned) == (3, 2)
    assert answer_text(curve_of([0.1, 0.2, -0.1, 0.0])).endswith(
        "The declared interval excludes zero; 2 of the other 3 find otherwise."
    )


def test_answer_tells_of_models_that_turn():
    curve = curve_of([0.1, 0.02, 0.01, 0.03], model=[0, 0, 1, 1], declared=(0, 2))
    assert answer_text(curve_of([0.0] * 4, model=[0, 0, 1, 1], declared=(0, 2))).endswith(
        "excludes zero in none of 2 models; no other specification of any model finds otherwise."
    )
    assert answer_text(curve).endswith(
        "The declared interval excludes zero in 1 of 2 models; in 1 of the models at least one "
        "other specification finds otherwise."
    )


def test_words_claim_nothing_that_a_curve_cannot_show(make, entry_of):
    contents = make.contents(entries=(entry_of(curve_of([0.1, 0.02, 0.9], published=(2,))),))
    part = specifications_part(contents, contents.entries[0], 1)
    said = " ".join((part.question, part.answer, *part.paragraphs))
    assert "It is no test" in said
    assert "does not show that there is no effect" in said
    assert "Steegen et al., 2016; Simonsohn et al., 2020" in said
    assert "mixed models need clusters (3)" in said
    assert "Choices of: engine (2)." in said
    assert not any(word in said for word in ("proves", "robust", "confirms", "no effect was"))
    assert part.overturns is True


def test_without_a_curve_there_is_no_part(make, entry_of):
    contents = make.contents(entries=(entry_of(None),))
    assert specifications_part(contents, contents.entries[0], 1) is None
    only = entry_of(curve_of([0.1], declared=(), published=(0,)))
    assert specifications_part(contents, only, 1) is None


def test_the_part_is_the_last_of_the_chapter_and_in_the_results(make, entry_of):
    contents = make.contents(entries=(entry_of(curve_of([0.1, 0.02])), entry_of(None)))
    first, second = robustness_parts(contents)
    assert first[-1].identifier == "specifications-1"
    assert [part.identifier for part in second if "specifications" in part.identifier] == []
    data = results_dict(contents)["entries"]
    assert data[1]["specifications"] is None
    found = json.loads(json.dumps(data[0]["specifications"], allow_nan=False))
    assert found["estimate"] == [0.1, 0.02]
    assert found["models"][0]["finding_changes"] is True
    assert found["left_out"] == [{"reason": "mixed models need clusters", "n": 3}]


def test_tables_have_a_row_for_each_model_and_choice(entry_of):
    curve = curve_of([0.1, 0.02, 0.3, 0.06, 0.9], published=(4,))
    entry = entry_of(curve)
    models = models_table(entry, curve, LABELS, 1)
    assert models.rows == (
        ("Hope, 4.5 → 9 months", "0.10 [0.05, 0.15]", "0.90 [0.85, 0.95]", "3 of 4", "4", "0.08",
         "0.02", "0.30", "3 (75%)"),
    )  # fmt: skip
    assert models.note.endswith("in points: Hope, 4.5 → 9 months: 0.40 and 20.00.")
    choices = choices_table(entry, curve, LABELS, 1)
    assert [row[:2] for row in choices.rows] == [("Mixed models", "2"), ("Least squares", "2")]
    assert choices.rows[1] == ("Least squares", "2", "0.04", "0.02", "0.06", "1 (50%)")


EFFECTS = Dimension("effects", "Effect", ("indirect within", "total between"))
ENGINES = Dimension("engines", "Engine", ("mixed models", "two-level model"))


def test_other_effects_are_not_counted_with_the_headline(make, entry_of):
    """Two engines by two effects: 0.01 and 0.02 are indirect, 0.9 and 0.8 total."""
    curve = curve_of([0.01, 0.9, 0.02, 0.8], dimensions=(ENGINES, EFFECTS))
    assert answer_text(curve) == (
        "Of 2 specifications of 1 model of the indirect within effect, 0 (0%) have an interval "
        "that excludes zero; estimates run from 0.010 to 0.020 SD, with a median of 0.015. The "
        "declared interval covers zero; the other one finds the same."
    )
    entry = entry_of(curve)
    models = models_table(entry, curve, LABELS, 1)
    assert models.groups == ("Indirect within effect", "Total between effect")
    assert [row[4] for row in models.rows] == ["2", "2"]
    assert [row[1] for row in models.rows] == [f"0.010 [{MINUS}0.040, 0.060]", MISSING]
    choices = choices_table(entry, curve, LABELS, 1)
    assert choices.caption.endswith("specifications by choice, indirect within effect")
    assert [row[:2] for row in choices.rows] == [("Mixed models", "1"), ("Two-level model", "1")]
    contents = make.contents(entries=(entry,))
    assert specifications_part(contents, entry, 1).overturns is False
    data = results_dict(contents)["entries"][0]["specifications"]
    assert (data["n"], data["n_compared"], data["n_excluding_zero"]) == (4, 2, 0)
    assert data["median"] == pytest.approx(0.015)


def test_engines_behind_findings_are_named():
    curve = curve_of([0.01, 0.1, 0.02, 0.2], dimensions=(ENGINES, LONG[2]))
    assert "They are 1 by mixed models; 1 by the two-level model, whose" in answer_text(curve)
    alone = curve_of([0.01, 0.02, 0.1, 0.2], dimensions=(ENGINES, LONG[2]))
    assert (
        "2 (50%) have an interval that excludes zero; estimates run from 0.01 to 0.20 SD, with a "
        "median of 0.06. All 2 are by the two-level model, whose limits take the clusters as many "
        "(no degrees of freedom)."
    ) in answer_text(alone)


def test_one_specification_says_that_nothing_could_be_varied(make, entry_of):
    contents = make.contents(entries=(entry_of(curve_of([0.1])),))
    part = specifications_part(contents, contents.entries[0], 1)
    assert part.answer.startswith("Nothing could be varied")
    assert part.overturns is None


def test_limits_beside_zero_show_their_sign(entry_of):
    curve = replace(
        curve_of([0.05, 0.09]), lows=read_only([0.0004, 0.01]), highs=read_only([0.1, 0.2])
    )
    (row,) = models_table(entry_of(curve), curve, LABELS, 1).rows
    assert row[1] == "0.0500 [0.0004, 0.1000]"


def test_rank_of_the_declared_estimate_is_told(make, entry_of):
    contents = make.contents(entries=(entry_of(curve_of([0.1, 0.02, 0.3, 0.06])),))
    said = " ".join(specifications_part(contents, contents.entries[0], 1).paragraphs)
    assert "the declared estimate is number 3 of the 4 of its model" in said


def test_effects_come_to_one_scale(make):
    cells = [make.cell("hope", PAIR), make.cell("hope", WavePair(13.5, 18.0))]
    value = Estimate(2.0, 1.0, 9.0, 0.0, 4.0, 0.05, "t", 0)
    row = EffectEstimate(EffectName.INDIRECT, Level.WITHIN, "alliance", EffectStatus.DEFINED, value)
    found = [
        Effects(0, (0, 0), row, 1.0, is_declared=True),
        Effects(0, (1, 0), row, 0.1),
        Effects(1, (0, 2), row, 1.0, is_declared=True),
    ]
    dimensions = [
        Dimension("scoring", "Scores", ("sum", "mean")),
        Dimension("clusters", "Clusters", ("both", "nobody's", "team")),
    ]
    curve = gather_curve(dimensions, cells, found, {"b": 1, "a": 1, "c": 5}, 0.95)
    # SD 0.4 of the predictor and 20 of the outcome: 2 * 0.4 / 20.
    np.testing.assert_allclose(curve.estimates, [0.04, 0.4, 0.04])
    np.testing.assert_allclose(curve.highs, [0.08, 0.8, 0.08])
    assert [d.name for d in curve.dimensions] == ["waves", "scoring", "clusters"]
    assert curve.dimensions[2].choices == ("both", "team")
    assert curve.choices.tolist() == [[0, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert curve.left_out == (("c", 5), ("a", 1), ("b", 1))
    assert curve.n_models == 2
    assert list(curve.to_frame().columns[:3]) == ["waves", "scoring", "clusters"]


def test_repeated_numbers_are_counted():
    assert curve_of([0.1, 0.1, 0.1 + 1e-12, 0.2]).n_different == 2


def test_specifications_are_sorted_inside_each_model():
    curve = curve_of([0.3, 0.1, 0.2, 0.0], model=[0, 0, 1, 1])
    blocks, x = blocks_of(curve)
    assert [(b.start, b.end) for b in blocks] == [(0.0, 1.0), (3.0, 4.0)]
    assert x.tolist() == [1.0, 0.0, 4.0, 3.0]
    many = curve_of(np.arange(8) / 10, model=np.arange(8)[::-1])
    blocks, x = blocks_of(many)
    assert len(blocks) == 1
    assert x.tolist() == list(range(8))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (EngineEntry(name="mixed_models"), "mixed models"),
        (
            EngineEntry(name="mixed_models", df_method=DfMethod.SATTERTHWAITE),
            "mixed models, Satterthwaite",
        ),
        (EngineEntry(name="two_level_sem"), "two-level model"),
        (EngineEntry(name="ols"), "least squares, classical"),
    ],
)
def test_engines_have_words(entry, words):
    assert engine_words(entry) == words


def test_linkage_says_what_is_dropped():
    entry = LinkageEntry(
        predictor="x", clock=Clock.DATE, rule=LinkageRule.LAST_BEFORE, max_age_months=6.0,
        stale=StaleRows.DROP,
    )  # fmt: skip
    assert linkage_words(entry) == "last before, up to 6 months"


LONG = (
    Dimension("engines", "Engine", ("mixed models, Satterthwaite, model errors", "least squares")),
    Dimension("covariates", "Covariates", ("Age, Gender, Tenure, Diagnosis, Housing, $x_1$, Income "
                                           "at enrolment, Living alone", "none")),
    Dimension("baseline", "Outcome at baseline", ("adjusted", "not adjusted")),
)  # fmt: skip


def boxes(figure):
    figure.canvas.draw()
    return [
        text.get_window_extent()
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and text.get_fontsize() in (6.6, 7.0, 7.5)
    ]


@pytest.mark.parametrize("n_models", [1, 3, 6, 9])
def test_words_of_the_figure_do_not_touch(n_models):
    n = 8 * n_models
    rng = np.random.default_rng(n_models)
    curve = curve_of(
        rng.normal(0.02, 0.03, n), model=np.repeat(np.arange(n_models), 8),
        declared=range(0, n, 8), published=range(1, n, 8), dimensions=LONG,
    )  # fmt: skip
    titles = ["Community functioning, 13.5 → 18 months"] * n_models
    figure = draw_specifications(curve, LABELS, titles, "Fidelity to the strengths model (SMCM)")
    found = [box for box in boxes(figure) if box.width]
    width, height = figure.bbox.size
    for one in found:
        assert one.x0 >= 0
        assert one.x1 <= width + 1
        assert one.y0 >= -1
        assert one.y1 <= height + 1
    touching = [
        (a, b)
        for a, b in itertools.combinations(found, 2)
        if a.x0 < b.x1 - 1 and b.x0 < a.x1 - 1 and a.y0 < b.y1 - 1 and b.y0 < a.y1 - 1
    ]
    assert touching == []


def test_five_hundred_specifications_are_a_small_file():
    n, sizes = 504, (3, 2, 2, 2, 3, 2)
    dimensions = tuple(
        Dimension(f"d{k}", f"Choice {k}", tuple("abc"[:size])) for k, size in enumerate(sizes)
    )
    estimates = np.random.default_rng(1).normal(0, 0.1, n)
    curve = curve_of(estimates, model=np.repeat(np.arange(6), 84), dimensions=dimensions)
    assert len(svg_text(draw_specifications(curve, LABELS, ["M"] * 6, "x"))) < 400_000


def test_infinite_and_wild_limits_are_cut():
    curve = curve_of(np.linspace(0, 0.1, 40))
    wild = replace(
        curve,
        lows=read_only([-np.inf, -50.0, *curve.lows[2:]]),
        highs=read_only([np.inf, 50.0, *curve.highs[2:]]),
    )
    figure = draw_specifications(wild, LABELS, ["Hope"], "x")
    low, high = figure.axes[0].get_ylim()
    assert -0.5 < low < 0 < high < 0.5


def test_layout_leaves_out_the_rows_that_headings_tell():
    dimensions = (Dimension("outcome", "Outcome", ("hope", "age"), is_choice=False), *LONG)
    curve = curve_of(np.arange(16) / 10, dimensions=dimensions)
    rows, groups, _ = lay_out(curve, LABELS, with_places=False)
    assert len(groups) == 3
    assert {row.dimension for row in rows} == {1, 2, 3}
    rows, groups, _ = lay_out(curve, LABELS, with_places=True)
    assert rows[0].lines == ("Hope",)
    rows_end = [a.top + a.height <= b.top + 1e-9 for a, b in itertools.pairwise(rows)]
    assert all(rows_end)
