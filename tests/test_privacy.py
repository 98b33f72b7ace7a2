"""Marked identifiers, free text, tags and formulas are planted in a study; all output is searched.

Identifiers and free text may be nowhere; what the manifest says may be shown, but harmless.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import re
import struct
import tomllib
import traceback
import warnings
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.text import Text

import mediation as med
from mediation import pipeline, safe_text
from mediation.cli import main
from mediation.errors import MediationError
from mediation.reporting import draw_figures, named_figure

IDENTIFIER, FREE, LABEL = "zq7id", "zq7free", "zq7label"
KEYS = ("client", "team", "organization", "case_manager")
# A number of one person that is no other number.
SENTINEL = "47.318264"
SECRETS = tuple(mark.encode() for mark in (IDENTIFIER, FREE, SENTINEL))
# Not to be found in anything that is opened by a browser, a spreadsheet or a terminal.
EVIL = f"=1+1{LABEL}<script>alert(1)</script><img src=x onerror=alert(2)>\" ' $\\\\frac{{1}}$ " + (
    "\\u001b[31m\\u202e ![p](http://x.example/p) |`a` ]] -->"
)
FREE_TEXT = f"=HYPERLINK(1){FREE}<script>alert(3)</script>\x1b[31m $x$ ]]> @a +b"


@dataclasses.dataclass
class Planted:
    """Tables as rows of cells with the header first, and the text of the manifest."""

    folder: Path
    manifest: str
    tables: dict[str, list[list[str]]]

    def column(self, table, role):
        """Position of a column of the contract, and the rows of the table."""
        rows = self.tables[table]
        return rows[0].index(self.columns(table).get(role, role)), rows

    def columns(self, table):
        return tomllib.loads(self.manifest)["tables"][table]["columns"]

    def put(self, table, role, row, value):
        position, rows = self.column(table, role)
        rows[row][position] = value

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(rows)
            (self.folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
        path = self.folder / "study.toml"
        path.write_text(self.manifest, encoding="utf-8")
        return path


SOURCE = Path(__file__).parents[1] / "data" / "synthetic"


def plant(folder, source=SOURCE):
    """Copy the study with marks in every identifier, text column and label."""
    raw = tomllib.loads((source / "study.toml").read_text(encoding="utf-8"))
    tables = {}
    for name, table in raw["tables"].items():
        with (source / table["file"]).open(newline="", encoding="utf-8") as lines:
            rows = list(csv.reader(lines))
        for role in KEYS:
            if role in table["columns"]:
                at = rows[0].index(table["columns"][role])
                for row in rows[1:]:
                    row[at] = f"=<b>{IDENTIFIER}-{role}\x1b[31m{row[at]}"
        rows[0].append(evil("notes"))
        for number, row in enumerate(rows[1:]):
            row.append(f"{FREE_TEXT} {number}")
        tables[name] = rows
    planted = Planted(folder, _manifest(source, raw), tables)
    planted.put("clients", "age", 5, SENTINEL)
    at, rows = planted.column("clients", "gender")
    for row in rows[1:]:
        if row[at] == raw["variables"]["gender"]["levels"][1]:
            row[at] = evil("level")
    return planted


def evil(what):
    """Text of the manifest as it is after TOML has read it."""
    return tomllib.loads(f'x = "{_toml(what)}"')["x"]


def _toml(what):
    return (what + EVIL if what == "level" else EVIL + what).replace('"', '\\"')


def _manifest(source, raw):
    """One model and few draws; names, labels, levels and the note are evil."""
    text = (source / "study.toml").read_text(encoding="utf-8")
    text = re.sub(r'^label = ".*"$', lambda m: f'label = "{_toml(m.group(0)[9:-1])}"', text,
                  flags=re.MULTILINE)  # fmt: skip
    text = re.sub(r'^note = ".*"$', lambda _: f'note = "{_toml("note")}"', text, flags=re.MULTILINE)
    for section in ("[study]\n", "[[models]]\n"):
        text = re.sub(
            re.escape(section) + 'name = ".*"',
            lambda _, section=section: f'{section}name = "{_toml("name")}"',
            text,
        )
    levels = raw["variables"]["gender"]["levels"]
    text = text.replace(f'"{levels[1]}"', f'"{_toml("level")}"')
    model = raw["models"][0]
    text = re.sub(r"^outcomes = .*$", f'outcomes = ["{model["outcomes"][0]}"]', text,
                  flags=re.MULTILINE)  # fmt: skip
    text = re.sub(r"^waves = \[\{.*$", "waves = [{ mediator = 4.5, outcome = 9 }]", text,
                  flags=re.MULTILINE)  # fmt: skip
    return text.replace("n_draws = 20000", "n_draws = 500").replace(
        "synthetic = true", "synthetic = false", 1
    )


@pytest.fixture
def study(tmp_path):
    return plant(tmp_path / "study")


def leaks(content):
    """Marks that are in some bytes."""
    return [mark.decode() for mark in SECRETS if mark in content]


def check_text(text, where):
    """No mark and nothing that steers a terminal."""
    assert not leaks(text.encode("utf-8", "surrogatepass")), where
    steering = re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert not steering, (where, steering)


class Page(HTMLParser):
    """Tags and attributes of a page that the reader did not escape."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.has_script = False

    def handle_starttag(self, tag, attrs):
        handlers = [name for name, _ in attrs if name.startswith("on")]
        links = [v for name, v in attrs if name in ("href", "src") and not v.startswith("#")]
        if (tag, attrs) == ("script", [("id", "enhancements")]) and not self.has_script:
            self.has_script = True
            return
        if tag in ("script", "img", "iframe", "object") or handlers or links:
            self.found.append((tag, attrs))

    def handle_comment(self, data):
        if "<" in data or ">" in data:
            self.found.append(("comment", data))


def check_file(path, allowed=()):
    """Check one file by what opens it; `allowed` marks may be in it, but harmless."""
    content, where = path.read_bytes(), path.name
    for mark in allowed:
        content = content.replace(mark, b"")
    assert not leaks(content), where
    assert IDENTIFIER not in where
    if path.suffix == ".png":
        check_png(content, where)
        return
    if path.suffix == ".docx":
        check_docx(content, where, allowed)
        return
    text = content.decode("utf-8")
    if path.suffix in (".html", ".svg"):
        page = Page()
        page.feed(text)
        assert not page.found, (where, page.found)
    if path.suffix == ".svg":
        ElementTree.fromstring(text)
    if path.suffix == ".csv":
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                assert safe_text.without_formula(cell) == cell, (where, cell)
    if path.suffix == ".md":
        check_markdown(text, where)
    if path.suffix == ".tex":
        # The planted label has a command in it.
        assert "\\frac" not in text, where
    if path.suffix == ".toml":
        # Levels must stay as they are in the tables; control characters are no TOML.
        tomllib.loads(text)
    elif path.suffix == ".json":
        assert "\x1b" not in text
    else:
        check_text(text, where)


def check_docx(content, where, allowed):
    """Every part of a Word file: nothing from outside, no program, no field but a number."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            part = parts.read(name)
            for mark in allowed:
                part = part.replace(mark, b"")
            assert not leaks(part), (where, name)
            if name.endswith(".png"):
                check_png(part, name)
                continue
            assert name.endswith((".xml", ".rels")), (where, name)
            check_text("".join(ElementTree.fromstring(part).itertext()), name)
            assert b'TargetMode="External"' not in part, (where, name)
            fields = re.findall(rb"<w:instrText[^>]*>([^<]*)<", part)
            assert all(re.match(rb" (PAGE|SEQ (Table|Figure)) ", field) for field in fields), fields


def check_markdown(text, where):
    """No tag, image, link or code, and as many cells in every row of a table as in its head."""
    prose = re.sub(r"\\.", "", text)
    assert not re.search(r"<(?!!--)[a-z/]", re.sub(r"`[^`]*`", "", prose)), where
    assert "](" not in prose, where
    assert "http://x.example" not in text, where
    rows = [line for line in prose.splitlines() if line.startswith("|")]
    widths = []
    for row, after in zip(rows, [*rows[1:], ""], strict=True):
        if set(after) <= set("|-: ") and after:
            widths = row.count("|")
        assert row.count("|") == widths, (where, row)


def check_png(content, where):
    """Only pixels and their size: no chunk of text, time or program."""
    kinds, at = set(), 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kinds.add(content[at + 4 : at + 8])
        at += 12 + length
    assert kinds <= {b"IHDR", b"IDAT", b"IEND", b"pHYs"}, where


# Every command that reads a study; the others know none.
COMMANDS = {
    "validate": lambda study, out: [str(study)],
    "report": lambda study, out: [str(study), "--out", str(out)],
    "codebook": lambda study, out: [str(study), "--out", str(out)],
    "init": lambda study, out: [str(study.parent)],
    "twin": lambda study, out: [str(study), "--out", str(out), "--seed", "1"],
    "verify": lambda study, out: [str(out), "--study", str(study)],
}
WITHOUT_STUDY = {"simulate", "coverage", "power"}


def run(command, study, out):
    """Run a command; its output, and the text of every exception behind it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = CliRunner().invoke(main, [command, *COMMANDS[command](study, out)])
    error = result.exception
    said = "".join(traceback.format_exception(error)) if error is not None else ""
    said += "".join(str(warning.message) for warning in caught)
    is_ours = error is None or isinstance(error, SystemExit | MediationError)
    return result.exit_code, result.output, said, is_ours


def test_every_command_is_here():
    assert set(main.commands) - WITHOUT_STUDY <= set(COMMANDS)


def test_the_search_finds_what_it_looks_for(study, tmp_path):
    """The planted study itself is full of marks, and every check fails on it."""
    path = study.write()
    for name in study.tables:
        assert leaks((path.parent / f"{name}.csv").read_bytes())
    with pytest.raises(AssertionError):
        check_text(FREE_TEXT, "")
    with pytest.raises(AssertionError):
        check_text("\x1b[31m", "")
    bad = {
        "a.html": "<p>" + evil("x"),
        "b.svg": "<svg><img src='x'/></svg>",
        "c.csv": "x\n=1+1\n",
        "d.md": f"| a |\n| --- |\n| {evil('x')} |\n",
        "e.json": '{"a": "zq7id"}',
        "f.md": "| a |\n| --- |\n| a|b |\n",
        "g.tex": evil("x"),
    }
    for name, text in bad.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(AssertionError):
            check_file(tmp_path / name)
    # Identifiers and free text are read and used, so that they could come out.
    loaded = med.load_study(path)
    assert loaded.units["client"].str.contains(IDENTIFIER).all()
    assert float(SENTINEL) in loaded.units["age"].to_numpy()


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_is_written_of_a_study_without_problems(
    study, command, tmp_path, monkeypatch, capfd
):
    for name in ("TMPDIR", "JOBLIB_TEMP_FOLDER", "XDG_CACHE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    path, out = study.write(), tmp_path / "out"
    if command == "init":
        path.unlink()
    if command == "verify":
        assert run("report", path, out)[0] == 0
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    code, output, said, is_ours = run(command, path, out)
    assert is_ours, said
    assert code == 0, output
    check_text(output + said, command)
    captured = capfd.readouterr()
    check_text(captured.out + captured.err, command)
    written = [each for each in tmp_path.rglob("*") if each.is_file() and before.get(each) is None]
    assert bool(written) == (command not in ("validate", "verify"))
    for each in written:
        check_file(each)
    assert before == {each: each.read_bytes() for each in before}
    # What the manifest says is there: the report is not clean because it is empty.
    if command in ("report", "codebook"):
        assert any(LABEL.encode() in each.read_bytes() for each in written)
    assert not [each for each in tmp_path.rglob(".*")]


def test_names_of_teams_that_the_manifest_wants_to_show_are_harmless(study, tmp_path):
    study.manifest = study.manifest.replace("[study]\n", "[study]\nletter_clusters = false\n")
    code, output, said, is_ours = run("report", study.write(), tmp_path / "out")
    assert (code, is_ours) == (0, True), output + said
    # Figures break long names over lines, so that the beginning alone is allowed at an end of one.
    allowed = tuple(f"{IDENTIFIER}{end}".encode() for end in ("-team", "-organization", " "))
    hidden = tuple(f"{IDENTIFIER}-{role}".encode() for role in ("client", "case_manager"))
    written = [each for each in (tmp_path / "out").rglob("*") if each.is_file()]
    for each in written:
        assert not any(mark in each.read_bytes() for mark in hidden), each.name
        check_file(each, allowed)
    assert "fidelity-over-time.svg" in {each.name for each in written}


def _break(study, kind):
    """Break a table so that a message about it would like to quote it."""
    tables = study.tables
    row = tables["clients"][3]
    if kind == "duplicate client":
        tables["clients"].append(list(row))
    elif kind == "unknown client":
        study.put("interviews", "client", 4, f"{IDENTIFIER}-nobody")
    elif kind == "no team":
        study.put("clients", "team", 4, "")
    elif kind == "team without fidelity":
        study.put("clients", "team", 4, f"{IDENTIFIER}-new")
    elif kind == "text for a number":
        study.put("clients", "age", 4, FREE_TEXT)
    elif kind == "text for a date":
        study.put("interviews", "date", 4, FREE_TEXT)
    elif kind == "text for an item":
        study.put("interviews", "rprs_3", 4, FREE_TEXT)
    elif kind == "unknown level":
        study.put("clients", "gender", 4, FREE_TEXT)
    elif kind == "case manager of two teams":
        study.put("clients", "case_manager", 4, study.tables["clients"][-1][4])
    elif kind == "team of two organizations":
        study.put("clients", "organization", 4, f"{IDENTIFIER}-other")
    elif kind == "uneven row":
        tables["clients"][6].append(FREE_TEXT)
    elif kind == "no header":
        tables["clients"].pop(0)
    elif kind == "header gone":
        tables["clients"][0][1] = "\x1b[31m<script>"
    elif kind == "one covariate twice":
        (age, rows), (tenure, _) = (study.column("clients", r) for r in ("age", "tenure"))
        for each in rows[1:]:
            each[age] = each[tenure]
    elif kind == "two interviews":
        tables["interviews"].append(list(tables["interviews"][2]))


BROKEN = (
    "duplicate client",
    "unknown client",
    "no team",
    "team without fidelity",
    "text for a number",
    "text for a date",
    "text for an item",
    "unknown level",
    "case manager of two teams",
    "team of two organizations",
    "uneven row",
    "no header",
    "header gone",
    "one covariate twice",
    "two interviews",
)


@pytest.mark.parametrize("kind", BROKEN)
def test_messages_about_broken_tables_quote_nobody(study, kind, tmp_path):
    _break(study, kind)
    path = study.write()
    out = tmp_path / "out"
    code, output, said, is_ours = run("validate", path, out)
    assert is_ours, said
    assert "0 errors, 0 warnings" not in output
    check_text(output + said, kind)
    if kind != "case manager of two teams":
        assert code == 1
        code, output, said, is_ours = run("report", path, out)
        assert (code, is_ours) == (1, True), said
        check_text(output + said, kind)
        assert not out.exists()


@pytest.mark.parametrize("what", ["bytes", "semicolons", "manifest"])
def test_messages_about_broken_files_quote_nobody(study, what, tmp_path):
    path = study.write()
    clients = path.parent / "clients.csv"
    if what == "bytes":
        clients.write_bytes(clients.read_bytes().replace(b"zq7free", b"zq7free\xff\xfe\x00"))
    elif what == "semicolons":
        clients.write_bytes(clients.read_bytes().replace(b",", b";"))
    else:
        path.write_text(study.manifest.replace("[[models]]", "[[models]]\n" + FREE_TEXT))
    code, output, said, is_ours = run("validate", path, tmp_path / "out")
    assert (code, is_ours) == (1, True), said
    check_text(re.sub(re.escape(str(tmp_path)), "", output + said), what)


def reachable(thing, seen):
    """Every object of the package that can be reached from one, with itself."""
    if id(thing) in seen or isinstance(thing, str | int | float | np.ndarray | type(None)):
        return
    seen[id(thing)] = thing
    inner = []
    if isinstance(thing, dict):
        inner = [*thing.values()]
    elif isinstance(thing, tuple | list | set | frozenset):
        inner = [*thing]
    elif type(thing).__module__.startswith("mediation."):
        names = {n for kind in type(thing).__mro__ for n in getattr(kind, "__slots__", ())}
        names |= set(getattr(thing, "__dict__", {}))
        inner = [getattr(thing, name) for name in names if hasattr(thing, name)]
    for each in inner:
        reachable(each, seen)


def test_no_object_shows_rows(study):
    loaded = med.load_study(study.write())
    contents = pipeline.analyze(loaded)
    table, result = contents.entries[0].cells[0].table, contents.entries[0].cells[0].result
    seen = {}
    for each in (loaded, contents, table, result, pipeline.plan_grid(loaded, 0)):
        reachable(each, seen)
    ours = [each for each in seen.values() if type(each).__module__.startswith("mediation.")]
    assert {"Study", "ReportContents", "AnalysisTable", "MediationResult", "Fit"} <= {
        type(each).__name__ for each in ours
    }
    assert leaks(repr(loaded.units[["client", "age"]].iloc[:5]).encode()), "the control"
    for each in ours:
        assert not leaks(repr(each).encode()), type(each).__name__
        assert not leaks(str(each).encode()), type(each).__name__
        arrays = re.findall(r"array\(\[", repr(each))
        assert not arrays or type(each).__name__ in WITHOUT_PEOPLE, type(each).__name__


# Their arrays are as long as there are paths or parameters, not people.
WITHOUT_PEOPLE = {"PathEstimates"}


@pytest.mark.parametrize(
    ("engine", "mediator"),
    [
        (med.OLS(), "m"),
        (med.OLS(covariance=med.Covariance.CR2), "m"),
        (med.MixedModels(), "m"),
        (med.TwoLevelSEM(), "m"),
        (med.LatentSEM(indicators={"latent": ("m", "k", "l")}), "latent"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_no_result_of_an_engine_shows_rows(engine, mediator):
    rng = np.random.default_rng(1)
    team = np.repeat(np.arange(12), 20)
    frame = pd.DataFrame({"team": [f"{IDENTIFIER}{t}" for t in team]})
    frame["x"] = rng.normal(size=12)[team]
    for name in "mkl":
        frame[name] = frame.x + rng.normal(size=12)[team] + rng.normal(size=240)
    frame["y"] = frame.m + rng.normal(size=240)
    frame["age"] = rng.normal(40, 9, size=240)
    frame.loc[3, "age"] = float(SENTINEL)
    result = med.mediate(
        frame, predictor="x", mediators=[mediator], outcome="y", covariates=["age"],
        clusters=["team"], engine=engine, interval=med.Delta(), seed=1,
    )  # fmt: skip
    seen = {}
    reachable(result, seen)
    assert len(seen) > 50
    for each in seen.values():
        if type(each).__module__.startswith("mediation."):
            assert not leaks(repr(each).encode()), type(each).__name__


def test_labels_start_no_formula_in_figures(study, monkeypatch):
    """Of every figure of a report, every text with a dollar sign stands as it is."""
    found = []

    def looking(figure, real=named_figure.svg_text):
        found.extend(each for each in figure.findobj(Text) if "$" in each.get_text())
        return real(figure)

    monkeypatch.setattr(named_figure, "svg_text", looking)
    contents = pipeline.analyze(med.load_study(study.write()))
    assert len(list(draw_figures.draw_all(contents))) > 4
    assert len(found) > 4
    assert not [each.get_text() for each in found if each.get_parse_math()]
    # The control: matplotlib by itself would set it as a formula.
    assert Text(0, 0, "$x$").get_parse_math()
