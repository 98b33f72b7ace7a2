"""The report on paper, A4 and Letter: nothing cut, every chapter there."""

import io
import re
import unicodedata

import pytest

pytestmark = pytest.mark.browser

# CSS pixels at 96 per inch.
PAPER = {"A4": (794, 1123), "Letter": (816, 1056)}


@pytest.fixture(scope="session", params=PAPER)
def printed(request, visit):
    """A format, the headings of the page, its PDF, and the words on each sheet."""
    from pypdf import PdfReader

    with visit(size=PAPER[request.param]) as opened:
        content = opened.page.pdf(format=request.param, prefer_css_page_size=False)
        headings = opened.page.locator("h2").evaluate_all("all => all.map(h => h.textContent)")
    pdf = PdfReader(io.BytesIO(content))
    return request.param, headings, pdf, [sheet.extract_text() for sheet in pdf.pages]


def words(text):
    """Letters and digits only: lines break, and letters join, otherwise on paper."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", text).lower())


def test_every_chapter_is_on_paper(printed):
    _, headings, _, sheets = printed
    text = words("".join(sheets))
    assert len(headings) > 5
    assert [heading for heading in headings if words(heading) not in text] == []


def test_paper_has_its_size(printed):
    name, _, pdf, _ = printed
    width, height = PAPER[name]
    box = pdf.pages[0].mediabox
    assert float(box.width) == pytest.approx(width * 0.75, abs=1)
    assert float(box.height) == pytest.approx(height * 0.75, abs=1)


def test_no_sheet_is_empty(printed):
    """Every sheet has words, or the many strokes of a figure."""
    _, _, pdf, sheets = printed
    few = [n for n, text in enumerate(sheets) if len(text.strip()) < 20]
    drawn = {n: len(pdf.pages[n].get_contents().get_data()) for n in few}
    assert [n + 1 for n in few if drawn[n] < 2_000] == []


@pytest.mark.parametrize("paper", PAPER)
def test_no_figure_is_cut(visit, paper):
    """A figure fits a page and is not broken over two; nothing sticks out of the paper."""
    width, height = PAPER[paper]
    # Margins of Chromium where the style sheet sets none: 0.4 inch.
    with visit(size=(width - 77, height), media="print") as opened:
        cut = opened.page.evaluate(
            """room => Array.from(document.querySelectorAll('figure')).filter(figure => {
                const box = figure.getBoundingClientRect();
                if (!box.height) return false;
                const drawn = figure.querySelector('svg').getBoundingClientRect();
                const whole = /avoid/.test(getComputedStyle(figure).breakInside);
                return !whole || box.height > room || drawn.right > innerWidth + 1;
            }).map(figure => figure.querySelector('figcaption').textContent.slice(0, 60))""",
            height - 77,
        )
        assert opened.page.locator("figure").count() > 5
        assert cut == []


def test_paper_is_white_also_where_the_screen_is_dark(visit):
    with visit(scheme="dark", media="print") as opened:
        background, color = opened.page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
                      getComputedStyle(document.body).color]"""
        )
        assert background in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
        assert sum(map(int, re.findall(r"\d+", color)[:3])) < 3 * 90
