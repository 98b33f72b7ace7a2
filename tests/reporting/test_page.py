"""The page: self-contained, escaped, accessible; the first screen answers the question."""

import itertools
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from mediation.errors import ReportError
from mediation.reporting.draw_figures import draw_all
from mediation.reporting.html_tables import HtmlTable, render_table
from mediation.reporting.page import report_html

SCRIPT = files("mediation.reporting").joinpath("templates/report.js").read_text("utf-8").rstrip()
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Collects elements and text, and checks that tags are closed in order."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.stack, self.text = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module", params=["study", "flat", "ugly"])
def named(request, make):
    contents = getattr(make, request.param)()
    html = report_html(contents, tuple(draw_all(contents)))
    return request.param, html, Page(html)


def test_well_formed_with_unique_ids(named):
    _, _, page = named
    assert page.stack == []
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"] for attrs in page.all("a")]
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_references_inside_figures_resolve(named):
    _, html, page = named
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    used = re.findall(r'xlink:href="#([^"]+)"', html) + re.findall(r"url\(#([^)]+)\)", html)
    assert used
    assert set(used) <= ids


def test_loads_nothing(named):
    _, html, page = named
    assert page.all("script") == [{"id": "enhancements"}]
    assert f'<script id="enhancements">\n{SCRIPT}' in html
    assert not page.all("link")
    assert not page.all("iframe")
    for _, attrs in page.elements:
        for key, value in attrs.items():
            assert key not in {"src", "srcset", "data", "action"}
            assert not key.startswith("on")
            if key.endswith("href"):
                assert value.startswith("#")
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)


def test_every_picture_has_words(named):
    _, _, page = named
    pictures = page.all("svg")
    assert pictures
    for attrs in pictures:
        assert attrs["role"] == "img"
        assert len(attrs["aria-label"]) > 20
    assert len(page.all("figcaption")) == len(page.all("figure"))


def test_tables_have_captions_and_scopes(named):
    _, _, page = named
    assert len(page.all("caption")) == len(page.all("table")) > 4
    assert all("scope" in attrs for attrs in page.all("th"))


def test_each_path_of_the_table_has_its_arrow(named):
    _, _, page = named
    rows = [
        attrs["data-path"] for tag, attrs in page.elements if tag == "tr" and "data-path" in attrs
    ]
    arrows = {
        attrs["data-path"] for tag, attrs in page.elements if tag == "g" and "data-path" in attrs
    }
    assert rows
    # The total slope is a row, but no arrow: the diagram has the mediator in it.
    drawn = [row for row in rows if "/path-c-" in row or "/path-a-" in row or "/path-b-" in row]
    assert set(drawn) == arrows
    assert len(drawn) == len(set(drawn))


def test_structure(named):
    _, html, page = named
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert any(attrs.get("class") == "skip" for attrs in page.all("a"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert "prefers-color-scheme:dark" in html
    assert "@media print" in html


def test_first_screen_answers(make):
    contents = make.study()
    html = report_html(contents, ())
    top = " ".join(
        Page(html[html.index("<header") : html.index('aria-labelledby="participants"')]).text
    )
    for said in (
        "Synthetic data",
        "311",
        "clients",
        "14",
        "teams",
        "7",
        "organizations",
        "Indirect, within teams",
        "Blind to teams",
    ):
        assert said in top
    rows = top.replace("\u00a0", " ")
    for said in ("0.20 [0.10, 0.30]", "0.23 [0.12, 0.33]", "0.04 [\u22120.36, 0.44]"):
        assert said in rows


def test_real_data_is_not_called_synthetic(make):
    assert "ynthetic" not in re.sub(
        r"<style>.*?</style>", "", report_html(make.flat(), ()), flags=re.DOTALL
    )


def test_sections_follow_the_contents(make):
    html = report_html(make.study(), ())
    for said in (
        "Known truth",
        "holds the truth",
        "variance components",
        "What other analyses would have said",
        "Assumptions",
    ):
        assert said in html
    assert "Known truth" not in report_html(make.flat(), ())
    assert "Changed since" not in html
    changed = make.contents(entries=make.study().entries, changes=("The estimate <b>moved</b>.",))
    assert "The estimate &lt;b&gt;moved&lt;/b&gt;." in report_html(changed, ())


def test_markup_in_labels_is_text(make):
    contents = make.ugly()
    html = report_html(contents, tuple(draw_all(contents)))
    assert html.count("<script") == 1
    assert "<img" not in html
    text = " ".join(Page(html).text)
    assert "<script>alert(1)</script>" in text
    assert "A note with <b>markup</b> & an ampersand" in text
    assert "Entry <i>one</i>" in text


def test_small_counts_are_not_shown(make):
    html = report_html(make.study(), ())
    row = html[html.index("Interviewed</th>") :].split("</tr>")[0]
    assert "&lt;5" in row
    assert ">3<" not in row


def test_table_keeps_groups_apart_and_counts_cells():
    rows = (("x", "1"), ("y", "2"), ("z", "3"))
    table = HtmlTable("t", "C", ("A", "B"), frozenset(("B",)), rows, ("g", "h", "g"))
    assert render_table(table).count("gt_group_heading_row") == 3
    with pytest.raises(ReportError, match="must have 2 cells"):
        render_table(HtmlTable("t", "C", ("A", "B"), frozenset(), (("x",),)))
