"""Tables for LaTeX: any text is typeset as it stands, every cell is there, and it compiles."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.reporting.contents import Entry
from mediation.reporting.document.report import report_tables
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.latex import latex_files
from mediation.reporting.latex.escape import latex_text
from mediation.reporting.latex.table import MARK, table_tex
from mediation.reporting.robustness.part import RobustnessPart
from mediation.safe_text import printable

NAMES = {
    **{rf"\{c}": c for c in "{}$&#%_"},
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textasciigrave{}": "`",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textquotedbl{}": '"',
}
COMMAND = re.compile(r"\\[a-zA-Z]+|\\.")
CHARACTER = re.compile(r"\\othercharacter\{(.)\}\{([0-9A-F]{4,6})\}", re.DOTALL)


def typeset(text):
    """Read what LaTeX would print for text escaped from ASCII."""
    names = "|".join(re.escape(name) for name in NAMES)
    return re.sub(f"({names})|{{}}", lambda found: NAMES.get(found[0], ""), text)


def test_known_texts():
    assert latex_text("R\u00b2 \u2265 50% & x_1") == (
        r"R\textsuperscript{2} \ensuremath{\geq} 50\% \& x\_1"
    )
    assert latex_text("\u22120.12 \u2192 \u03c1") == (
        r"\ensuremath{-}0.12 \ensuremath{\rightarrow} \ensuremath{\rho}"
    )
    assert latex_text("c\u2032, \u00e9, \u0219, \u00f8") == (
        r"c\ensuremath{'}, \'{e}, \textcommabelow{s}, \o{}"
    )
    assert latex_text("--- '' ,,") == "-{}-{}- '{}' ,{},"
    assert latex_text("\u05d0") == "\\othercharacter{\u05d0}{05D0}"
    assert latex_text("\\input{/etc/passwd}") == r"\textbackslash{}input\{/etc/passwd\}"
    assert latex_text("\x1b[31m\u202e") == "?[31m?"


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_ascii_is_typeset_as_it_stands(text):
    assert typeset(latex_text(text)) == text


@given(st.text())
def test_any_text_is_harmless(text):
    made = latex_text(text)
    assert "\n" not in made
    assert not made.lstrip().startswith(("[", "*"))
    for shown, code in CHARACTER.findall(made):
        assert f"{ord(shown):04X}" == code
    left = COMMAND.sub("", CHARACTER.sub("", made))
    assert not set(left) & set('#$%&_^\\<>|"`')
    assert left.isascii()
    depth = 0
    for sign in left:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
    assert depth == 0


@given(st.text())
def test_every_other_character_is_told(text):
    """A letter that pdfLaTeX does not have is there with its number; none is lost."""
    lost = [c for c in printable(text) if c.isalpha() and not latex_text(c).strip()]
    assert not lost


def cells_of(tex):
    """Rows of cells between the last \\midrule and the end, without rows over all columns."""
    body = (
        tex.split(r"\endlastfoot")[-1] if r"\begin{longtable}" in tex else tex.split(r"\midrule")[1]
    )
    lines = [line for line in body.splitlines() if line.endswith(r"\\") and " & " in line]
    return [re.split(r"(?<!\\) & ", line.removesuffix(r" \\")) for line in lines]


@pytest.mark.parametrize("kind", ["study", "flat", "ugly"])
def test_every_cell_of_every_table_is_there(make, kind):
    contents = getattr(make, kind)()
    for _, table in report_tables(contents):
        found = cells_of(table_tex(table))
        assert len(found) == len(table.rows)
        for row, cells in zip(table.rows, found, strict=True):
            cleaned = [
                re.sub(r"\\phantom\{[^}]*\}|\\hspace\{1em\}|\\leavevmode\{\}", "", cell)
                for cell in cells
            ]
            assert cleaned == [latex_text(cell) for cell in row]


def test_numbers_of_the_effects_stand_in_their_file(make):
    contents = make.study()
    (effects,) = (t for _, t in report_tables(contents) if t.identifier == "effects-1")
    files = latex_files(contents)
    text = files["tables/effects-1.tex"]
    assert text.startswith(MARK)
    assert r"\label{tab:effects-1}" in text
    assert all(latex_text(cell) in text for row in effects.rows for cell in row)
    everything = files["tables/all-tables.tex"]
    names = [name.removesuffix(".tex").removeprefix("tables/") for name in files]
    assert sorted(re.findall(r"\\input\{(.*?)\}", everything)) == sorted(
        set(names) - {"all-tables"}
    )
    assert "Synthetic data" in everything
    assert "Synthetic data" not in latex_files(make.flat())["tables/all-tables.tex"]


def simple(rows, columns=("Path", "Estimate"), **changes):
    return HtmlTable("t", "A title", columns, frozenset(columns[1:]), rows, **changes)


def test_rules_header_and_decimals():
    text = table_tex(simple((("a", "0.25"), ("b", "12.5"), ("c", "\u2014")), note="A note."))
    assert [text.count(rf"\{rule}rule") for rule in ("top", "mid", "bottom")] == [1, 1, 1]
    assert r"b & 12.5\phantom{0} \\" in text
    assert r"\textit{Note.} A note." in text
    assert "|" not in re.findall(r"\\begin\{tabular\}\{(.*)\}\n", text)[0]


def test_long_tables_break_and_repeat_their_header():
    text = table_tex(simple(tuple((f"row {i}", str(i)) for i in range(80))))
    assert r"\begin{longtable}" in text
    assert r"\endfirsthead" in text
    assert text.count("Estimate") == 2
    assert r"\begin{landscape}" not in text


def test_wide_tables_are_turned():
    columns = ("Path", *(f"Interval {i}" for i in range(8)))
    row = ("a", *("[\u22120.125, 12.375]",) * 8)
    assert r"\begin{landscape}" in table_tex(simple((row,), columns))


def test_a_row_that_begins_like_an_option_is_none():
    text = table_tex(simple((("[1ex]", "1"), ("*", "2"))))
    assert "\n{}[1ex] & 1" in text
    assert "\n{}* & 2" in text


EVERYTHING = "".join(
    chr(code)
    for low, high in (
        *((0x20, 0x250), (0x300, 0x330), (0x370, 0x400), (0x5D0, 0x5EB), (0x627, 0x650)),
        *((0x1E00, 0x1F00), (0x2000, 0x2120), (0x2190, 0x2200), (0x2200, 0x2300)),
        *((0x4E00, 0x4E10), (0xFB00, 0xFB07), (0xFFF0, 0x10000), (0x1F600, 0x1F610)),
    )
    for code in range(low, high)
)


@pytest.mark.latex
@pytest.mark.parametrize("program", ["pdflatex", "xelatex"])
def test_it_compiles(make, program, tmp_path):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    lines = tuple(EVERYTHING[i : i + 24] for i in range(0, len(EVERYTHING), 24))
    tables = (
        HtmlTable("everything", EVERYTHING[:600], ("Text", "p"), frozenset("p"),
                  tuple((line, ".05") for line in lines), note=EVERYTHING),
        HtmlTable("one", "", ("", "W" * 60), frozenset(), (("[x]", "y" * 400),)),
        HtmlTable("none", "No rows", ("A", "B"), frozenset("B"), ()),
    )  # fmt: skip
    part = RobustnessPart("odd-1", "What of odd texts?", "Nothing.", (), tables)
    kinds = (make.study(), make.flat(), make.ugly())
    contents = make.contents(
        title=EVERYTHING[:200],
        variables=tuple({v.name: v for c in kinds for v in c.variables}.values()),
        entries=tuple(
            Entry(f"{i} {e.name}", e.headline, e.cells)
            for i, c in enumerate(kinds)
            for e in c.entries
        ),
    )
    for name, text in latex_files(contents, ((part,), (), ())).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "all-tables"]
    for _ in range(2):
        done = subprocess.run(command, cwd=tmp_path / "tables", capture_output=True, check=False)
        said = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, said[-1500:]
    assert "Output written on all-tables.pdf" in said
