"""Parts on linkage, reversed order and raters: words, tables, figures and plain values."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from mediation.instruments.instrument import Rater
from mediation.reporting.contents import Robustness
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.linkage import linkage_data, linkage_part
from mediation.reporting.robustness.order import REVERSED, order_data, order_part
from mediation.reporting.robustness.rater import rater_data, rater_part
from mediation.sensitivity.linkage_varied import LinkageVaried, LinkedAnalysis
from mediation.sensitivity.order import ReversedOrder
from mediation.sensitivity.rater import RatedSlope
from mediation.vocabulary import Level, LinkageRule

INTERPOLATE, LAST, MEAN = (
    LinkageRule.INTERPOLATE,
    LinkageRule.LAST_BEFORE,
    LinkageRule.MEAN_EXPOSURE,
)


def with_robustness(contents, make_it):
    """Give every cell the robustness that `make_it` makes of it."""
    entries = tuple(
        replace(e, cells=tuple(replace(c, robustness=make_it(c)) for c in e.cells))
        for e in contents.entries
    )
    return replace(contents, entries=entries)


def options_of(cell):
    model = cell.result.fit.model
    return {
        "predictor": model.predictor,
        "mediators": model.mediators,
        "outcome": model.outcome,
        "clusters": model.clusters,
        "varying": cell.result.fit.predictor_varies,
        "covariates": (),
    }


def linked(make, cell, *, error=0.05, hidden=False):
    other = make.result(**options_of(cell), scale=0.6, error=error)
    gaps = (1.6, 3.0, math.nan)
    return Robustness(
        linkage=LinkageVaried(
            (
                LinkedAnalysis(INTERPOLATE, None, (None, 12.0), True, cell.result, 243, gaps[0]),
                LinkedAnalysis(LAST, None, (6.0,), False, other, None if hidden else 229, gaps[1]),
                LinkedAnalysis(MEAN, 12.0, (None,), False, None, None, gaps[2]),
            )
        )
    )


def shown(part):
    """All words and tables of a part."""
    return " ".join([part.answer, *part.paragraphs, *(str(render_table(t)) for t in part.tables)])


def test_linkages_stand_beside_the_declared_one(make):
    contents = with_robustness(make.study(), lambda cell: linked(make, cell))
    part = linkage_part(contents, contents.entries[0], 1)
    (table,) = part.tables

    assert len(table.rows) == 2 * 6
    assert table.rows[0][:4] == ("Line between assessments (declared)", "none or 12 months",
                                 "0.20", "[0.10, 0.30]")  # fmt: skip
    assert table.rows[1][5:] == ("229 (14 fewer)", "3.0")
    # Scales of 1 and 0.5 of the declared rows: 0.12 with an error of 0.05 excludes zero, too.
    assert "One other way of linking" in part.answer
    assert "0.20 as declared, 0.12 to 0.20 over all" in part.answer
    assert part.figures[0].name == "robustness-linkage-1"
    assert part.identifier == "linkage-1"
    assert "with all variables of the model known, not over all who were interviewed" in table.note
    json.dumps(linkage_data(contents.entries[0].cells[0].robustness, 5), allow_nan=False)


def test_a_linkage_that_says_another_thing_of_zero_overturns(make):
    contents = with_robustness(make.study(), lambda cell: linked(make, cell, error=0.2))
    part = linkage_part(contents, contents.entries[0], 1)
    assert part.overturns is True
    assert "changes in" in part.answer
    assert "last assessment before" in part.answer
    same = with_robustness(make.study(), lambda cell: Robustness(linkage=LinkageVaried((
        LinkedAnalysis(INTERPOLATE, None, (None,), True, cell.result, 243, 1.0),
        LinkedAnalysis(LAST, None, (None,), False, cell.result, 243, 1.0),
    ))))  # fmt: skip
    part = linkage_part(same, same.entries[0], 1)
    assert part.overturns is False
    assert "each interval says of zero what the declared one says" in part.answer


def test_hidden_numbers_of_rows_are_nowhere(make):
    contents = with_robustness(make.study(), lambda cell: linked(make, cell, hidden=True))
    part = linkage_part(contents, contents.entries[0], 1)
    assert {row[5] for row in part.tables[0].rows} == {"243", "not shown"}
    plain = linkage_data(contents.entries[0].cells[0].robustness, 5)
    assert plain["analyses"][1]["n_rows"] is None
    assert "229" not in shown(part)


@pytest.mark.parametrize("part", [linkage_part, order_part, rater_part])
def test_parts_that_do_not_apply_are_left_out(make, part):
    for contents in (make.study(), make.flat()):
        assert part(contents, contents.entries[0], 1) is None
    for data in (linkage_data, order_data, rater_data):
        assert data(Robustness(), 5) is None


def turned(make, cell, scale=1.0):
    options = options_of(cell)
    results = tuple(
        make.result(**{**options, "mediators": (options["outcome"],), "outcome": mediator},
                    scale=scale)
        for mediator in options["mediators"]
    )  # fmt: skip
    return Robustness(order=ReversedOrder(cell.result, results))


def test_the_reversed_order_is_labeled_everywhere(make):
    contents = with_robustness(make.study(), lambda cell: turned(make, cell))
    part = order_part(contents, contents.entries[0], 1)
    (table,) = part.tables

    assert part.overturns is None
    assert "a check and not an estimate of the question" in part.answer
    assert REVERSED in table.caption
    assert REVERSED in part.figures[0].caption
    assert [row[0] for row in table.rows] == ["As declared", "Reversed (a check)"] * 6
    assert any("Three waves cannot separate" in text for text in part.paragraphs)
    assert "proves" not in shown(part)
    # 0.2 points per point, times SD 0.4 / 20.
    assert table.rows[0][1] == "0.0040"
    assert table.rows[1][1] == "0.0040"
    assert "in 6 of 6 headline rows" in part.answer
    plain = order_data(contents.entries[0].cells[0].robustness, 5)
    assert plain["note"] == REVERSED
    assert plain["declared"][0]["in_sd"]["estimate"] == pytest.approx(0.2 * 0.4 / 20)
    json.dumps(plain, allow_nan=False)


def test_both_orders_have_the_same_decimals(make):
    contents = with_robustness(make.study(), lambda cell: turned(make, cell, 0.01))
    (table,) = order_part(contents, contents.entries[0], 1).tables
    for declared, back in zip(table.rows[::2], table.rows[1::2], strict=True):
        assert len(declared[1].split(".")[1]) == len(back[1].split(".")[1])


def test_a_smaller_reversed_effect_proves_nothing(make):
    contents = with_robustness(make.study(), lambda cell: turned(make, cell, 0.01))
    part = order_part(contents, contents.entries[0], 1)
    assert "in 0 of 6 headline rows" in part.answer
    assert "does not show that the declared order is right" in part.answer


def slopes(cell, raters, n=8):
    rng = np.random.default_rng(len(cell.outcome))
    value = next(r.value for r in cell.result.paths if r.path.value == "b")
    return Robustness(
        rater=tuple(
            RatedSlope(mediator, cell.outcome, Rater.CLIENT, raters[cell.outcome], Level.WITHIN,
                       value, tuple("ABCDEFGH"[:n]), value.estimate + 0.1 * rng.normal(size=n))
            for mediator in cell.result.fit.model.mediators
        )
    )  # fmt: skip


BOTH = {
    "quality_of_life": Rater.CLIENT,
    "hope": Rater.CLIENT,
    "community_functioning": Rater.CASE_MANAGER,
}


@pytest.mark.parametrize(
    ("shared", "apart", "said"),
    [
        (0.6, 0.2, "which is what a common rater would make, or outcomes of another kind."),
        (-0.6, -0.2, "which is what a common rater would make, or outcomes of another kind."),
        (0.2, 0.6, "which is the other way round than a common rater would make."),
        (-0.2, -0.6, "which is the other way round than a common rater would make."),
    ],
)
def test_only_a_larger_b_is_what_a_common_rater_would_make(make, shared, apart, said):
    def far_apart(cell):
        b = shared if BOTH[cell.outcome] is Rater.CLIENT else apart
        noise = 0.001 * np.random.default_rng(len(cell.outcome)).normal(size=8)
        return Robustness(rater=tuple(
            replace(each, value=replace(each.value, estimate=b), left_out=b + noise)
            for each in slopes(cell, BOTH).rater
        ))  # fmt: skip

    contents = with_robustness(make.study(), far_apart)
    part = rater_part(contents, contents.entries[0], 1)
    assert said in part.answer


def test_raters_are_compared_on_a_common_scale(make):
    contents = with_robustness(make.study(), lambda cell: slopes(cell, BOTH))
    part = rater_part(contents, contents.entries[0], 1)
    (table,) = part.tables

    assert part.answer.startswith("4.5 → 9 months: b is 0.40 SD on average where the client rates")
    assert "which includes none" in part.answer
    assert [row[0] for row in table.rows[:4]] == [
        "Quality of life", "Hope", "Community functioning", "Shared rater less other"
    ]  # fmt: skip
    assert table.rows[2][1] == "Case manager"
    assert "jackknife" in table.note
    assert part.paragraphs[0].startswith("Warning: the client rates working alliance and also")
    assert part.overturns is None
    json.dumps(rater_data(contents.entries[0].cells[0].robustness, 5), allow_nan=False)


def test_names_of_clusters_are_nowhere(make):
    marked = with_robustness(make.study(), lambda cell: Robustness(rater=tuple(
        replace(each, clusters=tuple(f"SECRET{k}" for k in range(8)))
        for each in slopes(cell, BOTH).rater
    )))  # fmt: skip
    part = rater_part(marked, marked.entries[0], 1)
    plain = json.dumps(rater_data(marked.entries[0].cells[0].robustness, 5))
    assert "SECRET" not in shown(part) + part.figures[0].svg + plain


def test_estimates_that_cannot_be_paired_say_so(make):
    contents = with_robustness(make.study(), lambda cell: slopes(cell, BOTH, n=3))
    part = rater_part(contents, contents.entries[0], 1)
    assert "whether they differ was not tested" in part.answer
    assert "no test of the difference" in part.tables[0].note


@pytest.mark.parametrize(
    ("rater", "said"),
    [
        (Rater.CLIENT, "cannot be checked in these data"),
        (Rater.CASE_MANAGER, "cannot be what makes b"),
        (Rater.NOT_STATED, "is not stated for all"),
    ],
)
def test_one_kind_of_rater_cannot_be_compared(make, rater, said):
    contents = with_robustness(make.study(), lambda c: slopes(c, dict.fromkeys(BOTH, rater)))
    part = rater_part(contents, contents.entries[0], 1)
    assert said in part.answer
    assert ("Warning" in part.answer) is (rater is Rater.CLIENT)


def test_ugly_labels_and_missing_numbers(make):
    ugly = make.ugly()
    raters = {c.outcome: Rater.CLIENT for c in ugly.entries[0].cells} | {"age": Rater.CASE_MANAGER}
    contents = with_robustness(
        ugly,
        lambda cell: replace(
            linked(make, cell),
            order=turned(make, cell).order,
            rater=slopes(cell, raters).rater,
        ),
    )
    for write in (linkage_part, order_part, rater_part):
        part = write(contents, contents.entries[0], 1)
        assert "<script>" not in " ".join(str(render_table(t)) for t in part.tables)
        assert "<script>" not in part.figures[0].svg
        assert part.figures[0].png[:4] == b"\x89PNG"


def test_tests_without_limits_have_no_interval(make):
    def made(cell):
        bare = tuple(
            replace(r, value=replace(r.value, conf_low=math.nan, conf_high=math.nan))
            for r in cell.result.effects
        )
        result = replace(cell.result, effects=bare)
        return Robustness(linkage=LinkageVaried((
            LinkedAnalysis(INTERPOLATE, None, (None,), True, result, 243, 1.0),
            LinkedAnalysis(LAST, None, (None,), False, result, 243, 1.0),
        )), order=ReversedOrder(result, turned(make, cell).order.reversed))  # fmt: skip

    contents = with_robustness(make.study(), made)
    cells = tuple(replace(c, result=c.robustness.order.declared) for c in contents.entries[0].cells)
    entry = replace(contents.entries[0], cells=cells)
    part = linkage_part(contents, entry, 1)
    assert "each test says of zero what" in part.answer
    assert part.tables[0].rows[0][3] == "no limits"
    assert order_part(contents, entry, 1) is not None


def test_clusters_ignored(make):
    cell = make.cell("hope", None, clusters=(), covariates=())
    contents = make.contents(
        entries=(replace(make.study().entries[0], cells=(cell,), headline=("indirect", "single")),)
    )
    contents = with_robustness(
        contents, lambda c: replace(linked(make, c), order=turned(make, c).order)
    )
    assert "Indirect" in linkage_part(contents, contents.entries[0], 2).tables[0].caption
    part = order_part(contents, contents.entries[0], 2)
    assert part.identifier == "order-2"
    assert "at least as large as the declared" in part.answer
