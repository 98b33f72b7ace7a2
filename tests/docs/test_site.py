"""The site: its menu, its links, its formulas; built where mkdocs is installed."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mediation

from .pages import PAGES, ROOT

DOCS = ROOT / "docs"
MENU = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]
CODE = re.compile(r"^```.*?^```\s*?$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
DISPLAY = re.compile(r"\$\$\n(.*?)\n\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?!\s)([^$]+?)(?<!\s)\$")


def load(name):
    spec = importlib.util.spec_from_file_location(name, DOCS / "site" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


mathematics, check_links = load("mathematics"), load("check_links")


def formulas():
    for page in PAGES[1:]:
        text = CODE.sub("", page.read_text(encoding="utf-8"))
        for found in DISPLAY.findall(text):
            yield page.name, found, True
        for found in INLINE.findall(DISPLAY.sub("", text)):
            yield page.name, found, False


def test_every_page_is_in_the_menu_once():
    named = re.findall(r": ([\w/-]+\.md)$", MENU, flags=re.MULTILINE)
    pages = [str(page.relative_to(DOCS)) for page in PAGES[1:]]
    assert sorted(named) == sorted(pages)


def test_every_formula_of_the_pages_can_be_set():
    found = list(formulas())
    assert len(found) > 200
    for page, tex, display in found:
        frame = r'<div class="arithmatex">\[{}\]</div>' if display else None
        frame = frame or r'<span class="arithmatex">\({}\)</span>'
        drawn = mathematics.draw_mathematics(frame.replace("{}", tex))
        assert "arithmatex" not in drawn, (page, tex)
        assert "<svg" in drawn, (page, tex)


def test_formula_that_cannot_be_set_is_shown():
    with pytest.raises(ValueError, match=r"\\nothing"):
        mathematics.draw_mathematics(r'<span class="arithmatex">\(\nothing\)</span>')


def test_lines_of_a_formula_stand_under_each_other():
    tex = r"\begin{aligned} a &= b \\ c &= d \end{aligned}"
    drawn = mathematics.draw_mathematics(rf'<div class="arithmatex">\[{tex}\]</div>')
    assert drawn.count("<tr>") == 2
    assert drawn.count("<td>") == 4
    assert re.findall(r'aria-label="([^"]+)"', drawn) == ["equation", "a", "= b", "c", "= d"]


def test_every_public_name_is_in_the_reference():
    text = "".join(p.read_text(encoding="utf-8") for p in (DOCS / "api").glob("*.md"))
    named = {name.rpartition(".")[2] for name in re.findall(r"^::: (\S+)", text, flags=re.M)}
    assert set(mediation.__all__) <= named


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="other.html">x</a>', None),
        ('<a href="other.html#there">x</a>', None),
        ('<a href="#here"></a><p id="here">', None),
        ('<a href="https://example.org/x">x</a>', None),
        ('<a href="gone.html">x</a>', "gone.html has no target"),
        ('<a href="other.html#gone">x</a>', "other.html#gone names no place"),
        ('<script src="https://example.org/x.js"></script>', "from elsewhere"),
        ('<link href="//example.org/x.css">', "from elsewhere"),
        ('<img src="gone.png">', "gone.png has no target"),
    ],
)
def test_broken_links_are_found(tmp_path, html, said):
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    (tmp_path / "other.html").write_text('<h1 id="there">', encoding="utf-8")
    problems, _ = check_links.find_problems(tmp_path)
    assert len(problems) == (said is not None)
    assert all(said in problem for problem in problems)


def test_site_is_built_and_its_links_hold(tmp_path):
    pytest.importorskip("material", reason="the site needs mkdocs: make docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"]
    environment = {"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    built = subprocess.run(
        [*command, "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-2000:]
    problems, elsewhere = check_links.find_problems(tmp_path / "site")
    assert problems == []
    assert all(address.startswith("https://") for address in elsewhere)
    assert not list(Path(tmp_path / "site").rglob("*.py"))
