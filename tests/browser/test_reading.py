"""Whoever reads the report can: by eye, ear or keyboard, on any screen, without scripts."""

import re

import pytest

PHONE, LAPTOP = (390, 844), (1280, 800)
pytestmark = pytest.mark.browser

# Whoever opens a `details` sees what is in it, with scripts or without.
HIDDEN = """() => {
    const all = Array.from(document.querySelectorAll('main :is(h1, h2, h3, p, table, figure, dl)'))
        .filter(node => !node.closest('details'));
    const hidden = all.filter(node => {
        const box = node.getBoundingClientRect();
        return !box.width || !box.height || getComputedStyle(node).visibility !== 'visible';
    });
    return [all.length, hidden.map(node => node.textContent.slice(0, 60))];
}"""
FOCUSED = """() => {
    const node = document.activeElement, style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    const order = Array.from(document.querySelectorAll('*')).indexOf(node);
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return {
        tag: node.tagName, order, href: node.getAttribute('href'),
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
        ring: ring || style.boxShadow !== 'none',
    };
}"""


def serious(page, rules=None):
    """What axe-core finds that keeps people from reading: rule, and where first."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = Axe().run(page, options=options).response
    # The control: rules were run at all.
    assert len(found["passes"] + found["violations"]) >= (1 if rules else 20)
    return [
        (each["id"], each["nodes"][0]["target"], len(each["nodes"]))
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_axe_finds_nothing_serious(visit, size):
    with visit(size=size) as opened:
        assert serious(opened.page) == []


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_axe_finds_enough_contrast_in_the_dark(visit, size):
    with visit(size=size, scheme="dark") as opened:
        color = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", color)[:3])) < 3 * 80
        assert serious(opened.page, ["color-contrast"]) == []


def test_axe_would_find_what_is_wrong(visit):
    """The control: a search that finds nothing anywhere would pass every page."""
    with visit() as opened:
        opened.page.set_content("<html><body><p style='color: #eee'>Pale</p></body></html>")
        rules = {rule for rule, _, _ in serious(opened.page, ["html-has-lang", "color-contrast"])}
        assert rules == {"html-has-lang", "color-contrast"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_asks_for_nothing(visit, written, scheme):
    with visit(scheme=scheme) as opened:
        opened.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        opened.page.wait_for_load_state("networkidle")
        assert [each for each in opened.asked if not each.startswith("data:")] == [written.as_uri()]


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_does_not_scroll_sideways(visit, width):
    with visit(size=(width, 844)) as opened:
        wide = opened.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_wide_tables_and_figures_scroll_inside_their_own_box(visit, size):
    """Nothing is cut off: what is wider than the screen lies in a box that scrolls."""
    with visit(size=size) as opened:
        lost = opened.page.evaluate(
            """() => Array.from(document.querySelectorAll('table, figure svg')).filter(node => {
                if (node.getBoundingClientRect().right <= innerWidth + 1) return false;
                for (let box = node.parentElement; box; box = box.parentElement)
                    if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false;
                return true;
            }).length"""
        )
        assert lost == 0


def test_without_scripts_all_text_and_tables_are_there(visit):
    with visit() as opened:
        texts = opened.page.locator("main").inner_text()
    # Scripts of the page are off; the test may still look at it.
    with visit(scripts=False) as opened:
        plain = opened.page.locator("main").inner_text()
        n_shown, hidden = opened.page.evaluate(HIDDEN)
    assert n_shown > 50
    assert hidden == []
    # Scripts may add words (names of buttons), and take none away.
    assert set(texts.split()) >= set(plain.split())
    assert len(plain) > 0.9 * len(texts)


def test_the_first_tab_leads_past_the_navigation(visit):
    with visit() as opened:
        page = opened.page
        page.keyboard.press("Tab")
        first = page.evaluate(FOCUSED)
        assert first["tag"] == "A"
        assert first["href"].startswith("#")
        assert first["seen"]
        page.keyboard.press("Enter")
        target = page.locator(first["href"])
        assert target.count() == 1
        assert target.evaluate("node => node.getBoundingClientRect().top < innerHeight")
        assert target.evaluate("node => node.closest('main') !== null")


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_the_keyboard_goes_through_in_reading_order_with_visible_focus(visit, size):
    with visit(size=size) as opened:
        page, stops = opened.page, []
        for _ in range(40):
            page.keyboard.press("Tab")
            stop = page.evaluate(FOCUSED)
            if stop["tag"] == "BODY":
                break
            stops.append(stop)
        assert len(stops) > 5
        order = [stop["order"] for stop in stops]
        assert order == sorted(set(order)), "each stop once, in the order of the page"
        assert [stop for stop in stops if not (stop["seen"] and stop["ring"])] == []


def test_every_link_inside_the_page_leads_somewhere(visit):
    with visit() as opened:
        broken = opened.page.evaluate(
            """() => Array.from(document.querySelectorAll('a[href^="#"]'))
                .map(link => link.getAttribute('href').slice(1))
                .filter(name => name && !document.getElementById(name))"""
        )
        assert broken == []


def test_the_page_raises_no_error(visit):
    with visit() as opened:
        said = []
        opened.page.on("pageerror", lambda error: said.append(str(error)))
        opened.page.on(
            "console", lambda line: said.append(line.text) if line.type == "error" else None
        )
        opened.page.reload()
        assert said == []
