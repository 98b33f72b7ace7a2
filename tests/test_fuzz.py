"""Whatever a study is made of: a report that is whole, or a message; never anything else."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation.cli import main
from mediation.errors import MediationError
from mediation.reporting import write

SHIPPED = Path(__file__).parents[1] / "data" / "synthetic" / "study.toml"
ROLES = ("fidelity", "clients", "interviews")
# Few examples in every run, many when asked for.
FEW_AND_MANY = (10, pytest.param(300, marks=pytest.mark.slow))
WHOLE = {
    "results.json",
    "report.html",
    "report.docx",
    *(f"tables/{name}" for name in ("effects.csv", "paths.csv", "effects.md", "paths.md")),
}


@pytest.fixture
def study(small_study: Any) -> Any:
    """Give a study whose model can be estimated: scores that are no function of each other."""
    rng = np.random.default_rng(1)
    for row in small_study.tables["interviews"][1:]:
        row[3:] = [str(rng.integers(40, 90)), str(rng.integers(12, 48))]
    small_study.say('covariates = ["age", "gender"]', "covariates = []")
    small_study.manifest += '[models.interval]\nname = "monte_carlo"\nn_draws = 100\n'
    return small_study


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take most of the time of a report."""
    monkeypatch.setattr(write, "draw_all", lambda contents: iter(()))


def try_many(strategy: st.SearchStrategy[Any], check: Callable[[Any], None], n: int) -> None:
    """Check `n` examples of a strategy."""

    @settings(max_examples=n, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def examples(example: Any) -> None:
        check(example)

    examples()


def report_is_whole_or_absent(manifest: Path, out: Path) -> int:
    """Run the report and give its exit code, after looking at what it said and wrote."""
    before = set(manifest.parent.rglob("*"))
    result = CliRunner().invoke(main, ["report", str(manifest), "--out", str(out)])
    error = result.exception
    if error is not None and not isinstance(error, SystemExit | MediationError):
        raise error
    written = {path for path in manifest.parent.rglob("*")} - before
    if result.exit_code == 0:
        files = {path.relative_to(out).as_posix() for path in written if path.is_file()}
        # Which tables there are for LaTeX depends on the study; what reads them is always there.
        others = {name for name in files if name.startswith("figures/") or name.endswith(".tex")}
        assert files - others == WHOLE
        assert "tables/all-tables.tex" in others
        assert json.loads((out / "results.json").read_text(encoding="utf-8"))
        assert (out / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    else:
        assert result.exit_code == 1
        assert not written
        assert "Error: " in result.output
        assert "Traceback" not in result.output
    return int(result.exit_code)


# Tables as files of every format, damaged.


@cache
def _intact(rows: tuple[tuple[str, ...], ...], ending: str) -> bytes:
    """Give a table as a file; some formats have the time in them, so that each is made once."""
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    for name in frame:
        if name not in ("id", "team", "agency", "manager", "gender"):
            frame[name] = pd.to_numeric(frame[name])
    with TemporaryDirectory() as folder:
        path = Path(folder, f"a{ending}")
        writers: dict[str, Callable[[Any, Path], object]] = {
            ".csv": lambda f, p: f.to_csv(p, index=False),
            ".xlsx": lambda f, p: f.to_excel(p, index=False),
            ".parquet": lambda f, p: f.to_parquet(p, index=False),
            ".sav": pyreadstat.write_sav,
            ".dta": pyreadstat.write_dta,
        }
        writers[ending](frame, path)
        return path.read_bytes()


@st.composite
def damage(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """Draw a change of bytes: other bytes, some cut out, some twice, or another file at all."""
    kind = draw(st.sampled_from(("other", "cut", "twice", "short", "bytes")))
    share, length = draw(st.floats(0, 1)), draw(st.integers(1, 40))
    inserted = draw(st.binary(max_size=40))

    def change(content: bytes) -> bytes:
        at = int(share * len(content))
        return {
            "other": content[:at] + inserted + content[at + len(inserted) :],
            "cut": content[:at] + content[at + length :],
            "twice": content[:at] + content[at : at + length] * 2 + content[at + length :],
            "short": content[:at],
            "bytes": inserted,
        }[kind]

    return change


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("n", FEW_AND_MANY)
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".sav", ".dta", ".parquet"])
def test_damaged_files(ending: str, n: int, study: Any) -> None:
    path, numbers = study.write(), count()
    text = path.read_text(encoding="utf-8")
    contents = {role: _intact(tuple(map(tuple, study.tables[role])), ending) for role in ROLES}

    def check(example: tuple[str, Callable[[bytes], bytes]]) -> None:
        role, change = example
        for each in ROLES:
            (study.folder / f"{each}{ending}").write_bytes(contents[each])
        path.write_text(text.replace(".csv", ending), encoding="utf-8")
        (study.folder / f"{role}{ending}").write_bytes(change(contents[role]))
        report_is_whole_or_absent(path, study.folder / f"out{next(numbers)}")

    check(("clients", lambda content: content))
    assert (study.folder / "out0" / "report.html").is_file(), "the control"
    try_many(st.tuples(st.sampled_from(ROLES), damage()), check, n)


# Manifests with other values.


def as_toml(value: Any) -> str:
    """Write a value of TOML in one line."""
    if isinstance(value, dict):
        inner = ", ".join(f"{as_toml(str(key))} = {as_toml(each)}" for key, each in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return value.isoformat() if isinstance(value, date) else str(value).lower()


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List where the values of a manifest are."""
    if here:
        yield here
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*here, key))


WORDS = ("team", "client", "alliance", "hope", "hope_0", "fidelity", "date", "months", "ols", "{}")
SCALARS = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.integers(-3, 30),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.booleans(),
    st.dates(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=6,
)


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[float, str, Any]]:
    """Draw changes of a manifest: where (a share of all places), what, and another value."""
    kinds = st.sampled_from(("replace", "delete", "again", "add"))
    return draw(st.lists(st.tuples(st.floats(0, 0.999), kinds, VALUES), min_size=1, max_size=3))


def changed(raw: dict[str, Any], what: list[tuple[float, str, Any]]) -> dict[str, Any]:
    raw = deepcopy(raw)
    for share, kind, value in what:
        known = list(places(raw))
        *way, last = known[int(share * len(known))] if known else ("x",)
        inner: Any = raw
        for key in way:
            inner = inner[key]
        if kind == "delete":
            del inner[last]
        elif kind == "replace" or isinstance(inner, list):
            inner[last] = value
        else:
            inner[f"{last}_too" if kind == "again" else "x"] = inner.get(last, value)
    return raw


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("n", [30, pytest.param(1500, marks=pytest.mark.slow)])
def test_changed_manifests(n: int, study: Any) -> None:
    path, numbers = study.write(), count()
    raw = tomllib.loads(study.manifest)
    # The tables that the shipped manifest names are not here, so its own text is fuzzed alone.
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert tomllib.loads("x = " + as_toml(shipped))["x"] == shipped, "the writer"

    def check(example: tuple[bool, list[tuple[float, str, Any]]]) -> None:
        is_shipped, what = example
        new = changed(shipped if is_shipped else raw, what)
        text = "\n".join(f"{as_toml(str(key))} = {as_toml(value)}" for key, value in new.items())
        path.write_text(text, encoding="utf-8")
        report_is_whole_or_absent(path, study.folder / f"out{next(numbers)}")

    assert "study_too" in changed(raw, [(0.0, "again", 1)])
    try_many(st.tuples(st.booleans(), changes()), check, n)


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("n", FEW_AND_MANY)
def test_changed_text_of_manifests(n: int, study: Any) -> None:
    path, numbers = study.write(), count()
    content = path.read_bytes()

    def check(change: Callable[[bytes], bytes]) -> None:
        path.write_bytes(change(content))
        report_is_whole_or_absent(path, study.folder / f"out{next(numbers)}")

    try_many(damage(), check, n)


# Tables with other cells.

CELLS = st.one_of(
    st.sampled_from(
        (
            *("", " ", "NA", "nan", "inf", "-1", "0", "-0.0", "1e308", "1e-320", "9" * 400, "1,5"),
            *("=1+1", "2015-02-31", "P1", "p1", "P1 ", "T1", "A1", "woman", "\u202e", "12", '"'),
        )
    ),
    st.integers(-100, 100).map(str),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
EDITS = st.tuples(
    st.sampled_from(ROLES),
    st.sampled_from(("cell", "column", "drop", "again", "keep", "shuffle", "numbers", "narrow")),
    st.floats(0, 0.999),
    st.floats(0, 0.999),
    CELLS,
    st.integers(0, 2**31),
)


def edit(table: list[list[str]], kind: str, row: int, column: int, cell: str, seed: int) -> None:
    """Change a table in place; row 0 is its header."""
    rng = np.random.default_rng(seed)
    if kind == "cell":
        table[row][column % len(table[row])] = cell
    elif kind == "drop":
        del table[max(row, 1) : row + 1]
    elif kind == "again":
        table.append(list(table[row]))
    elif kind == "keep":
        del table[row + 1 :]
    elif kind == "shuffle":
        table[1:] = [table[1 + i] for i in rng.permutation(len(table) - 1)]
    elif kind == "narrow":
        table[:] = [line[:column] + line[column + 1 :] for line in table]
    else:
        for line in table[1:]:
            if column < len(line):
                line[column] = cell if kind == "column" else f"{rng.normal(50, 9):.2f}"


@pytest.mark.parametrize("n", [8, pytest.param(400, marks=pytest.mark.slow)])
def test_changed_tables(n: int, study: Any) -> None:
    intact, numbers = deepcopy(study.tables), count()

    def check(edits: list[tuple[str, str, float, float, str, int]]) -> None:
        study.tables = deepcopy(intact)
        for role, kind, row, column, cell, seed in edits:
            table = study.tables[role]
            if table and table[0]:
                places = int(row * len(table)), int(column * len(table[0]))
                edit(table, kind, *places, cell, seed)
        report_is_whole_or_absent(study.write(), study.folder / f"out{next(numbers)}")

    try_many(st.lists(EDITS, max_size=4), check, n)
