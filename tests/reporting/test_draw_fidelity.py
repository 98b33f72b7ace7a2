"""Fidelity over time with names instead of letters: nothing is cut off, names stay apart."""

import itertools

import pytest
from matplotlib.text import Annotation, Text

from mediation.reporting.contents import Variable
from mediation.reporting.draw_fidelity import draw_fidelity, shorten

PREDICTOR = Variable("fidelity", "SMCM fidelity", 1.0, 5.0)


def named(frame, team, organization):
    """Replace letters by names; a name is made of the position of its cluster."""
    for column, name in (("cluster", team), ("organization", organization)):
        known = {old: name(i) for i, old in enumerate(frame[column].unique())}
        frame[column] = frame[column].map(known)
    return frame


def extents(figure):
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    # Children that are texts are titles and labels; those of the ticks belong to the axis.
    drawn = [t for axes in figure.axes for t in axes.get_children() if isinstance(t, Text)]
    drawn = [text for text in drawn if text.get_text()]
    return [(text, text.get_window_extent(renderer)) for text in drawn]


def labels(figure):
    return [t.get_text() for axes in figure.axes for t in axes.texts if isinstance(t, Annotation)]


@pytest.mark.parametrize(("n_organizations", "per"), [(1, 2), (2, 2), (7, 2), (13, 1), (24, 1)])
@pytest.mark.parametrize("letter", ["e", "W"])
def test_names_of_30_characters_stay_in_their_panel(n_organizations, per, letter, make):
    frame = named(
        make.fidelity(n_organizations, per),
        lambda i: f"{letter * 28}{i:02d}",
        lambda i: f"{letter * 28}{i:02d}",
    )
    figure = draw_fidelity(frame, PREDICTOR, ("organization", "team"))
    found = extents(figure)
    assert len(found) == n_organizations * (1 + per)
    for text, box in found:
        panel = text.axes.get_window_extent()
        assert box.x0 >= panel.x0 - 1, text.get_text()
        assert box.x1 <= panel.x1 + 1, text.get_text()
        assert figure.bbox.y0 <= box.y0, text.get_text()
        assert box.y1 <= figure.bbox.y1, text.get_text()
    for (text, one), (other_text, other) in itertools.combinations(found, 2):
        assert not one.overlaps(other), (text.get_text(), other_text.get_text())
    assert len(set(labels(figure))) == n_organizations * per


def test_short_names_are_shown_whole(make):
    frame = named(make.fidelity(), lambda i: f"Program {i}", lambda i: f"Agency {i}")
    figure = draw_fidelity(frame, PREDICTOR, ("organization", "team"))
    assert set(labels(figure)) == {f"Program {i}" for i in range(14)}


def test_names_that_end_alike_are_not_taken_for_letters(make):
    frame = named(make.fidelity(1, 2), lambda i: f"{('East', 'West')[i]} NW", lambda i: "Agency")
    figure = draw_fidelity(frame, PREDICTOR, ("organization", "team"))
    assert set(labels(figure)) == {"East NW", "West NW"}


def test_a_shortened_name_keeps_both_ends():
    assert shorten("Riverside County, team 1", 7.5, 60.0) == "River\u2026eam 1"
    assert shorten("two\nlines", 7.5, 60.0) == "two lines"
