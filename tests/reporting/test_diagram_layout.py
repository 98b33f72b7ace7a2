"""The grid is the one source of placement of nodes, frames and arrows; what is refused."""

import itertools
import math

import pytest

from mediation.errors import SpecificationError
from mediation.reporting.diagram.areas import Area, find_areas
from mediation.reporting.diagram.geometry import leave_outline, segment_hits
from mediation.reporting.diagram.layout import layout_diagram
from mediation.reporting.diagram.rectangles import size_tracks
from mediation.reporting.diagram.routes import Way, find_routes
from mediation.reporting.diagram.shapes import Outline, Rect
from mediation.reporting.diagram.specification import (
    Arrow,
    Frame,
    LevelLine,
    Node,
    PathDiagram,
    Shape,
)
from mediation.reporting.diagram.words import describe_diagram


def diagram_on(grid, arrows=(), **more):
    names = dict.fromkeys(name for row in grid for name in row if name)
    return PathDiagram(grid, tuple(map(Node, names)), tuple(Arrow(*a) for a in arrows), **more)


def ways(diagram):
    routes = find_routes(diagram, find_areas(diagram), frozenset())
    return {(r.arrow.tail, r.arrow.head): r.way for r in routes}


def boxes(diagram):
    return {box.name: box.rect for box in layout_diagram(diagram).boxes}


def test_a_repeated_name_is_one_tall_node():
    areas = find_areas(diagram_on((("x", "m", "y"), ("x", "", "y"))))
    assert areas["x"] == Area(0, 0, 1, 0)
    assert areas["m"] == Area(0, 1, 0, 1)


def test_order_of_the_grid_is_order_of_the_picture():
    rects = boxes(diagram_on((("a", "b"), ("c", "d"))))
    assert rects["a"].x1 < rects["b"].x0
    assert rects["a"].y0 > rects["c"].y1
    assert rects["a"].x0 == rects["c"].x0


def test_free_rows_and_columns_are_used():
    grid = (("x", "m", "y"), ("x", "", "y"), ("z", "", ""))
    found = ways(diagram_on(grid, [("x", "y"), ("x", "m"), ("x", "z"), ("m", "z")]))
    assert found == {
        ("x", "y"): Way.ROW,
        ("x", "m"): Way.ROW,
        ("x", "z"): Way.COLUMN,
        ("m", "z"): Way.ASLANT,
    }


def test_an_arrow_goes_around_what_stands_in_its_way():
    found = ways(diagram_on((("x", "m", "y"),), [("x", "y"), ("x", "m")]))
    assert found["x", "y"] in (Way.OVER, Way.UNDER)
    assert found["x", "m"] is Way.ROW


def test_four_nodes_in_a_row_need_no_crossing_and_five_need_one():
    """K4 has a drawing on two pages without crossings, K5 has none with fewer than one."""
    for n_nodes, least in ((4, 0), (5, 1)):
        names = [f"n{k}" for k in range(n_nodes)]
        diagram = diagram_on((tuple(names),), itertools.combinations(names, 2))
        lines = [line.points for line in layout_diagram(diagram).lines]
        crossings = sum(
            proper_crossing(*one, *other)
            for first, second in itertools.combinations(lines, 2)
            for one in itertools.pairwise(first)
            for other in itertools.pairwise(second)
        )
        assert crossings == least


def proper_crossing(a, b, c, d):
    """Whether the open pieces a-b and c-d cross."""

    def side(p, q, r):
        return math.copysign(1, (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)


GRIDS = {
    "lanes": (("x", "m", "", "y"), ("x", "m", "n", "y"), ("x", "", "n", "y"), ("x", "", "", "y")),
    "row": (("x", "m", "n", "y"),),
    "above": (("", "m", "n", ""), ("x", "", "", "y")),
    "corner": (("m", "n", ""), ("x", "", "y")),
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("shape", list(Shape))
def test_arrows_join_the_borders_of_their_ends_and_cross_no_other_box(grid, shape):
    names = ("x", "m", "n", "y")
    arrows = [Arrow(*ends) for ends in itertools.combinations(names, 2)]
    picture = layout_diagram(PathDiagram(grid, [Node(n, shape=shape) for n in names], arrows))
    rects = {box.name: box.rect for box in picture.boxes}
    for arrow, line in zip(arrows, picture.lines, strict=True):
        for name, (x, y) in ((arrow.tail, line.points[0]), (arrow.head, line.points[-1])):
            rect = rects[name]
            (cx, cy), a, b = rect.center, rect.width / 2, rect.height / 2
            away = math.hypot((x - cx) / a, (y - cy) / b)
            if shape is Shape.BOX:
                away = max(abs(x - cx) / a, abs(y - cy) / b)
            # One point of air: a border at 1, and the smallest half-axis is 18 points.
            assert 1 < away < 1 + 2 / 18
        for name in set(names) - {arrow.tail, arrow.head}:
            pieces = itertools.pairwise(line.points)
            assert not any(segment_hits(rects[name], *piece) for piece in pieces)


def test_frames_nest_and_hold_their_members():
    diagram = diagram_on(
        (("a", "b"), ("c", "")),
        frames=(Frame("outer", "Community", ("inner", "b")), Frame("inner", "Team", ("a", "c"))),
    )
    rects = boxes(diagram)
    assert rects["outer"].encloses(rects["inner"].grown(2))
    assert rects["inner"].encloses(rects["a"].grown(2))
    assert rects["inner"].encloses(rects["c"].grown(2))
    assert not rects["inner"].overlaps(rects["b"])
    # Outer frames are drawn first.
    names = [box.name for box in layout_diagram(diagram).boxes]
    assert names.index("outer") < names.index("inner") < names.index("a")


def test_level_line_lies_between_its_rows():
    diagram = diagram_on((("a",), ("b",)), level_lines=(LevelLine(0, "between", "within"),))
    picture = layout_diagram(diagram)
    rects = {box.name: box.rect for box in picture.boxes}
    (dashes,) = picture.dashes
    assert rects["a"].y0 > dashes.y > rects["b"].y1
    y = {text.lines[0]: text.y for text in picture.texts}
    assert y["between"] > dashes.y > y["within"]


def test_no_arrow_runs_along_a_level_line():
    grid = (("x", "a"), ("x", "b"))
    diagram = diagram_on(
        grid,
        [("x", "f")],
        frames=(Frame("f", "M", ("a", "b")),),
        level_lines=(LevelLine(0),),
    )
    picture = layout_diagram(diagram)
    (line,), (dashes,) = picture.lines, picture.dashes
    assert abs(line.points[0][1] - dashes.y) > 15


def test_tracks_are_the_smallest():
    """By hand: a gap of 7 for the distance, then 41 - 10 - 20 - 7 = 4, half to each track."""
    tracks = size_tracks([(0, 0, 10), (1, 1, 20), (0, 1, 41)], [5.0], [(0, 1, 7)])
    assert tracks.starts == (0.0, 19.0)
    assert tracks.ends == (12.0, 41.0)


@pytest.mark.parametrize("angle", range(0, 360, 15))
def test_a_line_leaves_an_ellipse_on_the_ellipse(angle):
    rect = Rect(-3, -2, 3, 2)
    toward = 50 * math.cos(math.radians(angle)), 50 * math.sin(math.radians(angle))
    x, y = leave_outline(rect, Outline.ELLIPSE, (0.5, 0.5), toward)
    assert (x / 3) ** 2 + (y / 2) ** 2 == pytest.approx(1)
    x, y = leave_outline(rect, Outline.BOX, (0.5, 0.5), toward)
    assert max(abs(x) / 3, abs(y) / 2) == pytest.approx(1)


def test_the_picture_in_words():
    diagram = PathDiagram(
        (("a", "b"),),
        (Node("a", "Goals"), Node("b", "Life")),
        (Arrow("f", "b", "4 of 20", solid=False),),
        (Frame("f", "Elements", ("a",)),),
    )
    said = "Path diagram. Elements: Goals. Elements to Life: 4 of 20, dashed arrow."
    assert describe_diagram(diagram) == said


@pytest.mark.parametrize(
    ("grid", "arrows", "more", "message"),
    [
        ((("a", "b"), ("a",)), (), {}, "rows of length 2, 1"),
        ((("", ""),), (), {}, "a name in some cell"),
        ((("a", "b", "a"),), (), {}, 'node "a" must form one rectangle'),
        ((("a", "b"),), [("a", "c")], {}, 'from "a" to "c". Name two of: a, b'),
        ((("a", "b"),), [("a", "a")], {}, 'from "a" to "a"'),
        ((("a", "b"),), [("a", "b"), ("a", "b", "again")], {}, "more than once"),
        ((("a",), ("b",)), (), {"level_lines": (LevelLine(1),)}, "after row 0 to 0. Found 1"),
        ((("a", "b"),), (), {"frames": (Frame("f", "F", ("z",)),)}, "Found z. Name some of"),
        ((("a", "b"),), (), {"frames": (Frame("a", "F", ("b",)),)}, "more than once or empty: a"),
        (("ab", "cd"), (), {}, "must be a list of texts"),
    ],
)
def test_what_is_no_diagram_is_refused(grid, arrows, more, message):
    with pytest.raises(SpecificationError) as refused:
        find_areas(diagram_on(grid, arrows, **more))
    assert message in str(refused.value)


def test_a_node_without_a_place_is_refused():
    with pytest.raises(SpecificationError, match=r"Not in the grid: b; in the grid but no node: c"):
        PathDiagram((("a", "c"),), (Node("a"), Node("b")), ())


def test_frames_that_cut_others_are_refused():
    around = Frame("f", "F", ("a", "c"))
    with pytest.raises(SpecificationError, match="though no members: b"):
        layout_diagram(diagram_on((("a", "b", "c"),), frames=(around,)))
    circle = (Frame("f", "F", ("g",)), Frame("g", "G", ("f",)))
    with pytest.raises(SpecificationError, match="in a circle"):
        layout_diagram(diagram_on((("a", "b", "c"),), frames=circle))
