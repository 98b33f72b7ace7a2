"""The part on slopes that change with the predictor or differ between clusters."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.inference.monte_carlo import MonteCarlo
from mediation.linkage.table import WavePair
from mediation.model import MediationModel
from mediation.reporting.contents import Entry, Robustness
from mediation.reporting.format import number, point_and_interval
from mediation.reporting.robustness.draw_moderation import Slopes, draw_slopes
from mediation.reporting.robustness.moderation import WRITER
from mediation.reporting.robustness.moderation_rows import asked_of, shown_clusters
from mediation.sensitivity.moderation import moderation
from mediation.sensitivity.moderation_slopes import SlopeModeration
from mediation.sensitivity.slopes import slopes_of_clusters
from mediation.vocabulary import Level

ROWS = Path(__file__).parents[2] / "reference" / "interaction_teams" / "data.csv"
MODEL = MediationModel(
    "fidelity", ("alliance",), "outcome", ("age",), clusters=("organization", "team")
)
INDIRECT = ("indirect", "within")
NEVER = ("no effect", "proves", "proved", "significant")


def slope_moderation(model):
    rows = pd.read_csv(ROWS)
    products = moderation(model, rows, np.random.default_rng(1), interval=MonteCarlo(n_draws=1000))
    slopes = (slopes_of_clusters(model, rows),) if model.clusters else ()
    return SlopeModeration(products, slopes)


@pytest.fixture(scope="module")
def part():
    return slope_moderation(MODEL)


def contents_with(make, part, headline=INDIRECT, **options):
    pairs = (WavePair(4.5, 9.0), WavePair(13.5, 18.0)) if options.get("clusters", True) else (None,)
    cells = tuple(
        replace(make.cell("quality_of_life", waves, **options), robustness=Robustness(moderation=p))
        for waves, p in zip(pairs, (part, part), strict=False)
    )
    return make.contents(entries=(Entry("Entry", headline, cells),))


def written(contents):
    return WRITER.part(contents, contents.entries[0], 1)


def test_nothing_is_written_where_no_cell_has_the_part(make):
    contents = make.study()
    assert written(contents) is None
    assert WRITER.data(Robustness(), 5) is None


def test_table_has_the_effects_at_low_mean_and_high(make, part):
    table = written(contents_with(make, part)).tables[0]
    inside = [e for e in part.interaction.effects if e.level is Level.WITHIN]

    assert len(table.rows) == 8
    for row, effect in zip(table.rows, inside, strict=False):
        assert row[1:] == (point_and_interval(effect.slope), point_and_interval(effect.effect))
    assert point_and_interval(part.interaction.interactions[0].value) in table.rows[3][1]


def test_words_count_the_intervals_and_claim_no_more(make, part):
    found = written(contents_with(make, part))
    value = part.interaction.interactions[0].value
    excludes = value.conf_low > 0 or value.conf_high < 0

    assert found.answer.startswith("2 of 2" if excludes else "None of 2")
    said = " ".join((found.question, found.answer, *found.paragraphs))
    assert not any(word in said for word in NEVER)
    assert "14 teams" in said


def test_answer_tells_where_the_two_tests_of_the_slopes_disagree(make, part):
    slopes = part.slopes[0]
    own = replace(slopes.own, p_value=0.008)
    other = replace(part, slopes=(replace(slopes, p_value=0.149, own=own),))
    answer = written(contents_with(make, other)).answer
    assert "likelihood ratio tells slopes apart between teams in none (p < .05)" in answer
    assert "own slopes in 2 (" in answer
    assert answer.count(f"SD {number(slopes.sd)} [{number(slopes.sd_low)}") == 2
    alike = replace(part, slopes=(replace(slopes, p_value=0.009, own=own),))
    assert "own slopes in 2." in written(contents_with(make, alike)).answer


def test_p_without_varying_intercepts_is_called_an_upper_bound(make, part):
    slopes = replace(part.slopes[0], p_value=0.06, intercepts_differ=False)
    found = written(contents_with(make, replace(part, slopes=(slopes,))))
    assert "upper bound in 2 of the models" in found.answer
    assert found.tables[-1].rows[0][3] == "at most .060"
    other = replace(slopes, intercepts_differ=True)
    found = written(contents_with(make, replace(part, slopes=(other,))))
    assert "upper bound" not in found.answer
    assert found.tables[-1].rows[0][3] == ".060"


def moved(part, low, high):
    """The part with the same made-up limits at low, mean and high."""
    effects = tuple(
        replace(e, effect=replace(e.effect, conf_low=low, conf_high=high))
        for e in part.interaction.effects
    )
    return replace(part, interaction=replace(part.interaction, effects=effects))


@pytest.mark.parametrize(("low", "overturns"), [(0.1, False), (-0.1, True)])
def test_overturns_where_zero_enters_the_interval(make, part, low, overturns):
    """The declared effect is 0.2 with limits of 0.1 and 0.3."""
    contents = contents_with(make, moved(part, low, 0.3), error=0.05)
    cells = contents.entries[0].cells
    assert cells[0].result.effects[0].value.conf_low > 0
    assert written(contents).overturns is overturns


def test_other_headlines_are_not_overturned_here(make, part):
    contents = contents_with(make, part, headline=("total", "between"))
    assert written(contents).overturns is None


def test_headline_between_teams_is_followed_between_them(make, part):
    contents = contents_with(make, part, headline=("indirect", "between"))
    asked = asked_of(contents.entries[0], {})
    assert {each.level for each in asked} == {Level.BETWEEN}
    assert "between teams" in written(contents).tables[0].columns[1]


def test_independent_rows_have_no_slopes_of_clusters(make):
    part = slope_moderation(replace(MODEL, clusters=()))
    found = written(contents_with(make, part, clusters=()))
    assert len(found.figures) == 1
    assert "teams" not in " ".join((found.question, found.answer, *found.paragraphs))


def test_one_of_the_two_may_be_missing(make, part):
    only = written(contents_with(make, replace(part, interaction=None)))
    assert [table.identifier for table in only.tables] == ["moderation-slopes-1"]
    assert only.overturns is None
    none = written(contents_with(make, replace(part, slopes=())))
    assert len(none.figures) == 1


def test_clusters_of_few_people_are_left_out_and_one_more(part):
    """A single one could be told from the others, whose departures add up to nearly nothing."""
    slopes = part.slopes[0]
    sizes = list(slopes.sizes)
    assert len(shown_clusters(slopes, 5)) == len(sizes)
    small = replace(slopes, sizes=(3, *sizes[1:]))
    left_out = set(range(len(sizes))) - set(shown_clusters(small, 5).tolist())
    assert left_out == {0, 1 + int(np.argmin(sizes[1:]))}


def test_results_have_no_cluster_of_few_people(part):
    slopes = replace(part.slopes[0], sizes=(1, 1, *part.slopes[0].sizes[2:]))
    data = WRITER.data(Robustness(moderation=replace(part, slopes=(slopes,))), 5)
    told = [each["cluster"] for each in data["slopes"][0]["clusters"]]
    assert not {slopes.names[0], slopes.names[1]} & set(told)
    assert len(told) == len(slopes.names) - 2
    assert "sizes" not in data["slopes"][0]


def test_tests_without_limits_and_broken_models_are_written(make, part):
    nan = math.nan
    effects = tuple(
        replace(e, effect=replace(e.effect, conf_low=nan, conf_high=nan))
        for e in part.interaction.effects
    )
    unlimited = replace(part, interaction=replace(part.interaction, effects=effects))
    assert "no limits" in written(contents_with(make, unlimited)).tables[0].rows[0][2]
    assert written(contents_with(make, part, broken=True)).overturns is None


def test_figures_take_long_labels_and_many_clusters(make, part):
    contents = make.ugly()
    cells = tuple(
        replace(cell, robustness=Robustness(moderation=part)) for cell in contents.entries[0].cells
    )
    found = written(replace(contents, entries=(replace(contents.entries[0], cells=cells),)))
    assert all(figure.svg.count("<svg") == 1 for figure in found.figures)
    rng = np.random.default_rng(1)
    own = np.append(rng.normal(size=499), np.nan)
    many = Slopes("A title", tuple(map(str, range(500))), own, own - 1, own + 1, np.zeros(500), 0.0)
    (axes,) = draw_slopes((many,), "Slopes").axes
    assert not axes.get_yticks().size
