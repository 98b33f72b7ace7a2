"""The part on selection of people on the mediator."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.inference.monte_carlo import MonteCarlo
from mediation.linkage.table import WavePair
from mediation.model import MediationModel
from mediation.reporting.contents import Entry, Robustness
from mediation.reporting.format import MISSING, percent, point_and_interval
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.robustness.selection import WRITER
from mediation.sensitivity.selection import selection_on_mediator
from mediation.sensitivity.selection_result import Selection
from mediation.vocabulary import EffectName, Level

ROWS = Path(__file__).parents[2] / "reference" / "random_slope_teams" / "data.csv"
MODEL = MediationModel(
    "fidelity", ("alliance",), "outcome", ("age",), clusters=("organization", "team")
)
INDIRECT = ("indirect", "within")


@pytest.fixture(scope="module")
def found():
    rows = pd.read_csv(ROWS)
    rng, interval = np.random.default_rng(1), MonteCarlo(n_draws=1000)
    return selection_on_mediator(
        MODEL, rows, EffectName.INDIRECT, Level.WITHIN, rng, interval=interval
    )


def contents_with(make, *found, **options):
    cells = tuple(
        replace(
            make.cell("quality_of_life", WavePair(4.5, outcome), **options),
            robustness=Robustness(selection=(each,)),
        )
        for each, outcome in zip(found, (9.0, 18.0), strict=False)
    )
    return make.contents(entries=(Entry("Entry", INDIRECT, cells),))


def written(contents):
    return WRITER.part(contents, contents.entries[0], 1)


def limited(found, low, high, *, above=1.0):
    """The same with made-up limits at odds ratios above one that is given, else 0.1 and 0.3."""
    points = tuple(
        replace(
            p,
            effect=replace(
                p.effect,
                conf_low=low if p.odds_ratio > above else 0.1,
                conf_high=high if p.odds_ratio > above else 0.3,
            ),
        )
        for p in found.points
    )
    return replace(found, points=points)


def test_nothing_is_written_where_no_cell_has_the_part(make):
    assert written(make.study()) is None
    assert WRITER.data(Robustness(), 5) is None


def test_table_has_the_effect_at_every_strength_and_share(make, found):
    table, paths = written(contents_with(make, found, found)).tables
    assert len(table.rows) == 2 * (1 + len(found.options.odds_ratios))
    none = point_and_interval(found.points[0].effect)
    assert table.rows[0][1:] == (none, none, none)
    for row, ratio in zip(table.rows[1:5], (1.5, 2.0, 3.0, 5.0), strict=True):
        values = [
            next(p for p in found.points if (p.odds_ratio, p.share) == (ratio, share))
            for share in (0.75, 0.5, 0.25)
        ]
        shown = [MISSING if p.largest_share > 0.5 else point_and_interval(p.effect) for p in values]
        assert list(row[1:]) == shown
    assert [row[1:].count(MISSING) for row in table.rows[:5]] == [0, 0, 0, 1, 2]
    assert "more than half of the weight of its cluster" in table.note
    middle = found.of_share(0.5)
    expected = [point_and_interval(p.a) for p in middle]
    assert [row[1] for row in paths.rows[:5]] == [*expected[:-1], MISSING]
    assert paths.rows[0][-3:] == ("100%", "100%", "100%")
    for row, ratio in zip(paths.rows[1:5], (1.5, 2.0, 3.0, 5.0), strict=True):
        points = [p for p in found.points if p.odds_ratio == ratio]
        assert list(row[-3:]) == [percent(p.effective_n / found.n_rows) for p in points]


@pytest.mark.parametrize(("low", "overturns"), [(0.05, False), (-0.05, True)])
def test_overturns_where_zero_enters_the_interval(make, found, low, overturns):
    part = written(contents_with(make, limited(found, low, 0.3, above=2.0)))
    assert part.overturns is overturns
    if overturns:
        assert "odds ratio 3 per SD, 75% took part" in part.answer
    else:
        assert "zero does not move" in part.answer


def test_words_say_what_is_supposed_and_which_path_it_reaches(make, found):
    part = written(contents_with(make, found, found))
    said = " ".join((part.question, part.answer, *part.paragraphs))
    assert "took part because their working alliance was high" in part.question
    assert "reaches the path a" in said
    assert "b within stays what it is" in said
    assert "Nothing in the data says which strength is right" in said
    assert not any(word in said for word in ("no effect", "proves", "significant"))


def test_another_declared_analysis_is_pointed_at(make, found):
    """The made-up declared effect is 0.2, that of the part without selection is not."""
    assert "another one" in " ".join(written(contents_with(make, found)).paragraphs)
    declared = make.cell("quality_of_life", WavePair(4.5, 9.0)).result
    (value,) = (row.value for row in headline_rows(declared, INDIRECT))
    first = replace(value, std_error=0.05)
    same = replace(found, points=(replace(found.points[0], effect=first), *found.points[1:]))
    part = written(contents_with(make, same))
    assert "another one" not in " ".join(part.paragraphs)
    assert f"instead of {point_and_interval(first)}" in part.answer
    assert "judged against" not in part.answer


def test_substitute_of_the_declared_analysis_is_named(make, found):
    """Its estimate may be the same: other limits are another analysis too."""
    declared = make.cell("quality_of_life", WavePair(4.5, 9.0)).result
    (value,) = (row.value for row in headline_rows(declared, INDIRECT))
    first = replace(value, std_error=0.05, conf_high=value.conf_high + 0.05)
    other = replace(found, points=(replace(found.points[0], effect=first), *found.points[1:]))
    answer = written(contents_with(make, other)).answer
    assert "instead of" not in answer
    base = "by mixed models with equal weights and limits from draws it is"
    assert f"{base} {point_and_interval(first)}" in answer
    assert "not the declared analysis" in answer


def test_answer_quotes_no_line_that_leaves_few_rows_in_effect(make, found):
    """Odds ratio 5 at a share of a half moves most, but there one row rules its team."""
    every = [abs(p.effect.estimate - found.points[0].effect.estimate) for p in found.points]
    assert found.points[int(np.argmax(every))].largest_share > 0.5
    answer = written(contents_with(make, found)).answer
    assert "5 times as high, and 75% had taken part" in answer
    thin = replace(found, n_rows=3 * found.n_rows)
    assert "No strength tried leaves 50%" in written(contents_with(make, thin)).answer
    assert written(contents_with(make, limited(thin, -1.0, 1.0))).overturns is False


def test_reference_spread_is_set_beside_that_of_the_rows(make, found):
    known = replace(found, options=Selection(reference_sd=2 * found.points[0].sd))
    said = " ".join(written(contents_with(make, known)).paragraphs)
    assert "0.50 times as wide" in said
    assert "known from elsewhere" not in said


def test_results_tell_no_count_of_people(found):
    data = WRITER.data(Robustness(selection=(found,)), 5)
    text = json.dumps(data)
    assert str(found.n_rows) not in text.replace(".", " ").split()
    assert "effective_n" not in text
    strengths = data["rows"][0]["strengths"]
    assert strengths[0]["share_in_effect"] == pytest.approx(1.0)
    for strength, point in zip(strengths, found.points, strict=True):
        assert (strength["value"]["estimate"] is None) is (point.largest_share > 0.5)


def test_figure_takes_long_labels_and_broken_models(make, found):
    contents = make.ugly()
    cells = tuple(
        replace(cell, robustness=Robustness(selection=(found,)))
        for cell in contents.entries[0].cells
    )
    part = written(replace(contents, entries=(replace(contents.entries[0], cells=cells),)))
    assert part.figures[0].svg.count("<svg") == 1
    assert len(part.tables[0].rows) == 15
