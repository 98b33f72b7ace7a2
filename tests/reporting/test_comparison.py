"""The box of other analyses: side by side, counted, none recommended."""

import dataclasses
from types import SimpleNamespace

import pytest

from mediation.inference.interval import NAN
from mediation.reporting.comparison import comparison_table, count_sentence, descriptions
from mediation.reporting.draw_figures import draw_all
from mediation.reporting.page import report_html
from mediation.reporting.wording import labels_of

NOUNS = ("client", "clients")
RELINKED = "fidelity of the last assessment before the interview"
RULE = "Choosing among them after seeing the data is not allowed: the declared one stands."


def with_value(cell, **changes):
    """A cell whose declared headline number is changed."""
    first, *rest = cell.result.effects
    row = dataclasses.replace(first, value=dataclasses.replace(first.value, **changes))
    return dataclasses.replace(cell, result=dataclasses.replace(cell.result, effects=(row, *rest)))


@pytest.fixture
def study(make):
    return make.study()


def test_every_headline_row_has_every_analysis_once(study):
    entry = study.entries[0]
    table = comparison_table(entry, labels_of(study), 1)
    assert len(table.rows) == 6 * 4
    assert len(set(table.groups)) == 6
    assert table.rows[4:8] == (
        ("as declared", "0.10", "[\u22120.30, 0.50]", ".412", "243"),
        ("published, blind to teams", "0.11", "[0.01, 0.21]", ".034", "243"),
        ("least squares, bootstrap of whole clusters", "0.10", "[0.00, 0.20]", ".412", "243"),
        (RELINKED, "0.08", "[\u22120.02, 0.18]", ".412", "243"),
    )


def test_counts_are_those_of_the_intervals(study, make):
    # By hand: a x b within 0.2 (1 - 0.3 i), halved at 18 months; limits 0.1 away, declared 0.4
    # at 18 months. Published 0.225 for 0.2, the last 0.16 for 0.2.
    assert count_sentence(study.entries[0]) == (
        "Of 4 analyses, 4 exclude zero in at least one of the 6 headline rows: as declared (2); "
        "published, blind to teams (3); least squares, bootstrap of whole clusters (2); fidelity "
        f"of the last assessment before the interview (2). {RULE}"
    )
    assert count_sentence(make.flat().entries[0]) == (
        "Of 3 analyses, 3 exclude zero: as declared; published, blind to schools; least squares, "
        f"bootstrap of whole clusters. {RULE}"
    )


def test_nobody_excludes_zero(make):
    entry = make.flat().entries[0]
    cell = with_value(entry.cells[0], conf_low=-1.0)
    alone = dataclasses.replace(cell, blind=None, others=())
    said = count_sentence(dataclasses.replace(entry, cells=(alone,)))
    assert said == f"The one analysis does not exclude zero. {RULE}"


def test_a_test_counts_by_its_p_value(make):
    entry = make.flat().entries[0]
    for p, count in ((0.049, 3), (0.05, 2)):
        cell = with_value(entry.cells[0], conf_low=NAN, conf_high=NAN, p_value=p)
        said = count_sentence(dataclasses.replace(entry, cells=(cell,)))
        start = f"Of 3 analyses, {count} exclude zero (by p < .05 where there are no limits): "
        assert said.startswith(start)


def test_each_says_what_it_leaves_aside(study):
    said = dict(descriptions(study.entries[0], NOUNS))
    assert list(said) == [
        "as declared",
        "published, blind to teams",
        "least squares, bootstrap of whole clusters",
        "fidelity of the last assessment before the interview",
    ]
    assert said["as declared"] == (
        "Mixed models by REML, random intercepts, Kenward-Roger; Monte Carlo, t draws. Takes "
        "differences between organizations and teams as random and normal."
    )
    assert "Ignores that clients of one team can be alike" in said["published, blind to teams"]
    whole = said["least squares, bootstrap of whole clusters"]
    assert "bootstrap of whole organizations, percentile limits" in whole
    assert whole.endswith(
        "Ignores that 7 organizations are few: such limits err more often than they say."
    )


def test_failed_resamples_of_others_are_counted_by_cause(study):
    entry = study.entries[0]
    (name, other), cells = entry.cells[0].others[0], entry.cells[1:]
    solution = SimpleNamespace(notes=(), failures=(("no maximum", 7),))
    failed = ((name, dataclasses.replace(other, solution=solution)),)
    cells = (dataclasses.replace(entry.cells[0], others=failed), *cells)
    said = dict(descriptions(dataclasses.replace(entry, cells=cells), NOUNS))
    assert said[name].endswith(
        "Could not be estimated and left out, 0 to 7 of 20,000 to 20,007 resamples of a model: "
        "no maximum."
    )


def test_low_degrees_of_freedom_are_said(make, study):
    entry = study.entries[0]
    result = entry.cells[0].result
    a = dataclasses.replace(result.paths[0], value=make.number(0.5, 0.05, df=2.4))
    low = dataclasses.replace(result, paths=(a, *result.paths[1:]))
    cell = dataclasses.replace(entry.cells[0], result=low)
    said = dict(descriptions(dataclasses.replace(entry, cells=(cell,)), NOUNS))
    assert said["as declared"].endswith("degrees of freedom are below 4, too few to rely on.")


def test_the_box_is_on_the_page_and_escaped(make):
    contents = make.ugly()
    entry = contents.entries[0]
    _, other = entry.cells[0].others[0]
    cell = dataclasses.replace(entry.cells[0], others=(("<script>x</script>", other),))
    changed = dataclasses.replace(
        contents, entries=(dataclasses.replace(entry, cells=(cell, *entry.cells[1:])),)
    )
    page = report_html(changed, tuple(draw_all(changed)))
    assert "What other analyses would have said" in page
    assert RULE in page
    assert page.count("<script") == 1
    assert "<dt>&lt;script&gt;x&lt;/script&gt;</dt>" in page
