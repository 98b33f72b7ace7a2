"""Files that give no table: each a message with its place and advice, never a traceback."""

from __future__ import annotations

import os
import re
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation.study.entries import FileTable
from mediation.study.problems import ProblemKind
from mediation.study.readers import workbook
from mediation.study.study import validate_study
from mediation.study.tables import RawTable, read_table

FRAME = pd.DataFrame({"x": [1.0, 2.0], "name": ["Ann", "Bob"]})
LIBRARIES = {"xlsx": "openpyxl", "parquet": "pyarrow", "sav": "pyreadstat", "dta": "pyreadstat"}
Make = Callable[[Path], object]


def _read(folder: Path, file: str, **keys: Any) -> RawTable:
    columns = {"x": "x"}
    return read_table("clients", FileTable(file=file, columns=columns, **keys), folder, columns)


def _write(frame: pd.DataFrame, path: Path) -> None:
    ending = path.suffix
    if ending == ".xlsx":
        frame.to_excel(path, index=False)
    elif ending == ".parquet":
        frame.to_parquet(path, index=False)
    elif ending == ".dta":
        pyreadstat.write_dta(frame, path)
    elif ending == ".csv":
        frame.to_csv(path, index=False)
    else:
        pyreadstat.write_sav(frame, path)


def _bytes(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


def _too_many_cases(path: Path) -> None:
    """Write a file whose header speaks of a billion cases, which no room may be made for."""
    _write(FRAME, path)
    content = path.read_bytes()
    # The number of cases is the integer at byte 80 of the header.
    assert int.from_bytes(content[80:84], "little") == len(FRAME)
    path.write_bytes(content[:80] + (10**9).to_bytes(4, "little") + content[84:])


def _truncated(path: Path) -> None:
    _write(pd.concat([FRAME] * 500), path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _sheets(*names: str, hidden: tuple[str, ...] = ()) -> Make:
    def make(path: Path) -> None:
        with pd.ExcelWriter(path) as writer:
            for name in names:
                FRAME.to_excel(writer, sheet_name=name, index=False)
                state = "hidden" if name in hidden else "visible"
                writer.sheets[name].sheet_state = state

    return make


def _header_only(path: Path) -> None:
    _write(FRAME.iloc[:0], path)


def _link_out(path: Path) -> None:
    outside = path.parent.parent / f"{path.parent.name}-outside.csv"
    outside.write_text("x\n1\n")
    path.symlink_to(outside)


def _nested(path: Path) -> None:
    pd.DataFrame({"x": [[1], [2]]}).to_parquet(path)


# name: file; how it is made; keys of the manifest; kind; words of the message.
BROKEN: dict[str, tuple[str, Make, dict[str, Any], ProblemKind, tuple[str, ...]]] = {
    "nothing": ("a.csv", _bytes(b""), {}, ProblemKind.EMPTY_TABLE, ("an empty file",)),
    "blank_lines": ("a.csv", _bytes(b"\n\n\n"), {}, ProblemKind.EMPTY_TABLE, ("an empty file",)),
    "header": ("a.csv", _bytes(b"x\n"), {}, ProblemKind.EMPTY_TABLE, ("a header only",)),
    "folder": ("a.csv", Path.mkdir, {}, ProblemKind.MISSING_FILE, ("found a folder",)),
    "pipe": (
        "a.csv", os.mkfifo, {}, ProblemKind.MISSING_FILE, ("something that is no file",),
    ),
    "link_out": ("a.csv", _link_out, {}, ProblemKind.MISSING_FILE, ("leads out of it",)),
    "parent": (
        "../a.csv", lambda path: None, {}, ProblemKind.MISSING_FILE, ("leads out of it",),
    ),
    "absolute": (
        "/etc/hostname.csv", lambda path: None, {}, ProblemKind.MISSING_FILE,
        ("in the folder of study.toml",),
    ),
    "nul_in_name": (
        "a\0.csv", lambda path: None, {}, ProblemKind.MISSING_FILE, ("leads out of it",),
    ),
    "long_name": (
        "a" * 5_000 + ".csv", lambda path: None, {}, ProblemKind.MISSING_FILE,
        ("[tables.clients]",),
    ),
    "no_ending": (
        "a", _bytes(b"x\n1\n"), {}, ProblemKind.UNREADABLE_FILE, ("no ending", ".parquet"),
    ),
    "other_ending": (
        "a.rds", _bytes(b"x\n1\n"), {}, ProblemKind.UNREADABLE_FILE,
        ("the ending .rds", "Save it as one of .csv, .txt, .tsv, .xlsx"),
    ),
    "old_excel": (
        "a.xls", _bytes(b"x"), {}, ProblemKind.UNREADABLE_FILE, ("(.xls)", "Save it as .xlsx"),
    ),
    "utf16": (
        "a.csv", _bytes("x,y\n1,2\n".encode("utf-16")), {}, ProblemKind.UNREADABLE_FILE,
        ("a file in UTF-16", 'encoding = "utf-16"'),
    ),
    "latin1": (
        "a.csv", _bytes("x,y\n1,Québec\n".encode("latin-1")), {}, ProblemKind.UNREADABLE_FILE,
        ("UTF-8", "another encoding", 'encoding = "cp1252"'),
    ),
    "no_encoding": (
        "a.csv", _bytes(b"x\n1\n"), {"encoding": "utf-9"}, ProblemKind.UNREADABLE_FILE,
        ("none of an encoding",),
    ),
    "codec_of_bytes": (
        "a.csv", _bytes(b"x\n1\n"), {"encoding": "hex"}, ProblemKind.UNREADABLE_FILE,
        ("none of an encoding",),
    ),
    "nul": (
        "a.csv", _bytes(b"x,y\n1,\x00\n"), {}, ProblemKind.UNREADABLE_FILE, ("NUL characters",),
    ),
    "huge_cell": (
        "a.csv", _bytes(b"x,y\n1," + b"a" * 10**7 + b"\n"), {}, ProblemKind.UNREADABLE_FILE,
        ("field larger than field limit", "line 2"),
    ),
    "open_quote": (
        "a.csv", _bytes(b'x,y\n1,"a\n2,b\n'), {}, ProblemKind.UNREADABLE_FILE, ("no CSV", "line 3"),
    ),
    "quote_as_delimiter": (
        "a.csv", _bytes(b"x\n1\n"), {"delimiter": '"'}, ProblemKind.UNREADABLE_FILE,
        ("expected a delimiter",),
    ),
    "semicolons": (
        "a.csv", _bytes(b"x;y\n1;2\n"), {}, ProblemKind.MISSING_COLUMN,
        ('delimiter = ";"', "not by semicolons", "one column only"),
    ),
    "tabs": (
        "a.csv", _bytes(b"x\ty\n1\t2\n"), {}, ProblemKind.MISSING_COLUMN,
        ('delimiter = "\\t"', "not by tabs"),
    ),
    "no_header": (
        "a.csv", _bytes(b"Ann,1\nBob,2\n"), {}, ProblemKind.MISSING_COLUMN,
        ("none of the expected columns",),
    ),
    "date_format": (
        "a.csv", _bytes(b"x\n1\n"), {"date_format": "%d.%m."}, ProblemKind.UNREADABLE_FILE,
        ("day, month and year", "%d.%m.%Y"),
    ),
    "date_format_twice": (
        "a.csv", _bytes(b"x\n1\n"), {"date_format": "%d %d"}, ProblemKind.UNREADABLE_FILE,
        ("day, month and year",),
    ),
    "delimiter_of_excel": (
        "a.xlsx", _sheets("s"), {"delimiter": ";", "decimal": ","}, ProblemKind.UNREADABLE_FILE,
        ("`delimiter`, `decimal`", ".csv, .txt, .tsv"),
    ),
    "sheet_of_csv": (
        "a.csv", _bytes(b"x\n1\n"), {"sheet": "s"}, ProblemKind.UNREADABLE_FILE,
        ("`sheet`", ".xlsx"),
    ),
    "locked_excel": (
        "a.xlsx", _bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), {},
        ProblemKind.UNREADABLE_FILE, ("with a password",),
    ),
    "excel_that_is_text": (
        "a.xlsx", _bytes(b"x,name\n1,Ann\n"), {}, ProblemKind.UNREADABLE_FILE,
        ("an Excel workbook (.xlsx) at a.xlsx", "a damaged file, or one of another kind"),
    ),
    "excel_truncated": (
        "a.xlsx", _truncated, {}, ProblemKind.UNREADABLE_FILE, ("a damaged file",),
    ),
    "excel_without_name_of_sheet": (
        "a.xlsx", _sheets("first", "second"), {}, ProblemKind.UNREADABLE_FILE,
        ("the sheets `first`, `second`", 'sheet = "..."'),
    ),
    "excel_with_another_sheet": (
        "a.xlsx", _sheets("first"), {"sheet": "second"}, ProblemKind.UNREADABLE_FILE,
        ("a sheet `second`", "the sheets `first`"),
    ),
    "excel_empty": (
        "a.xlsx", lambda path: openpyxl.Workbook().save(path), {}, ProblemKind.EMPTY_TABLE,
        ("an empty sheet",),
    ),
    "excel_header": ("a.xlsx", _header_only, {}, ProblemKind.EMPTY_TABLE, ("a header only",)),
    "parquet_truncated": (
        "a.parquet", _truncated, {}, ProblemKind.UNREADABLE_FILE, ("a Parquet file at a.parquet",),
    ),
    "parquet_that_is_text": (
        "a.parquet", _bytes(b"x,name\n1,Ann\n"), {}, ProblemKind.UNREADABLE_FILE, ("damaged",),
    ),
    "parquet_empty": ("a.parquet", _header_only, {}, ProblemKind.EMPTY_TABLE, ("without rows",)),
    "parquet_of_lists": (
        "a.parquet", _nested, {}, ProblemKind.UNREADABLE_FILE, ("column `x`", "of another type"),
    ),
    "spss_truncated": ("a.sav", _truncated, {}, ProblemKind.UNREADABLE_FILE, ("a file of SPSS",)),
    "spss_that_is_text": (
        "a.sav", _bytes(b"x,name\n1,Ann\n"), {}, ProblemKind.UNREADABLE_FILE, ("Save it in SPSS",),
    ),
    "spss_too_many_cases": (
        "a.sav", _too_many_cases, {}, ProblemKind.UNREADABLE_FILE, ("a damaged file",),
    ),
    "spss_empty": ("a.sav", _header_only, {}, ProblemKind.EMPTY_TABLE, ("without cases",)),
    "spss_of_nothing": ("a.zsav", _bytes(b""), {}, ProblemKind.UNREADABLE_FILE, ("SPSS",)),
    "stata_truncated": ("a.dta", _truncated, {}, ProblemKind.UNREADABLE_FILE, ("Stata",)),
    "stata_that_is_text": (
        "a.dta", _bytes(b"x,name\n1,Ann\n"), {}, ProblemKind.UNREADABLE_FILE, ("a file of Stata",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_file_gives_its_message(name: str, tmp_path: Path) -> None:
    file, make, keys, kind, words = BROKEN[name]
    folder = tmp_path / "study"
    folder.mkdir()
    make(folder / file)

    table = _read(folder, file, **keys)

    (problem,) = table.problems
    assert (problem.kind, table.columns) == (kind, {}), str(problem)
    for word in words:
        assert word in str(problem)
    assert not re.search("Ann|Bob|Québec", str(problem)), "a cell in a message"


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 2**20)
    _write(FRAME, tmp_path / "a.xlsx")
    assert not _read(tmp_path, "a.xlsx").problems
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(2**20 + 1))

    (problem,) = _read(tmp_path, "a.xlsx").problems

    assert "unpacks to more than 1 MB" in str(problem)


def test_a_workbook_that_claims_a_whole_sheet_is_read_quickly(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["x"])
    book.active.append([5])
    book.active["XFD1048576"] = " "
    book.active["XFD1048576"] = None
    book.save(tmp_path / "a.xlsx")

    assert len(_read(tmp_path, "a.xlsx").rows) == 1


def test_the_only_sheet_that_is_shown_is_the_table(tmp_path: Path) -> None:
    _sheets("old", "table", hidden=("old",))(tmp_path / "a.xlsx")

    assert _read(tmp_path, "a.xlsx").rows.tolist() == [2, 3]
    assert _read(tmp_path, "a.xlsx", sheet="old").rows.tolist() == [2, 3]


def test_formulas_without_values_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["x", "y"], [1, 2], [], [None, 2], ["=1+1", 2], ["=B2", "=B2"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")

    (problem,) = _read(tmp_path, "a.xlsx").problems

    assert (problem.column, problem.rows) == ("x", (5, 6))
    assert "formulas whose values are not stored" in str(problem)


def test_a_formula_whose_value_is_an_empty_text_is_missing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["x", "y"], ["=1", 2]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    # As Excel stores =IF(A1="","",1).
    assert members[sheet].count(b'<c r="A2">') == 1
    members[sheet] = members[sheet].replace(b'<c r="A2">', b'<c r="A2" t="str">')
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)

    table = _read(tmp_path, "a.xlsx")

    assert not table.problems
    assert len(table.rows) == 1


def test_rows_of_a_sheet_are_its_own_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ([], ["x", "y"], [1, 2], [None, ""], [3], [4, 5, "note"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")

    table = _read(tmp_path, "a.xlsx")

    assert table.rows.tolist() == [3, 5]
    assert [(p.kind, p.rows) for p in table.problems] == [(ProblemKind.UNEVEN_ROW, (6,))]


def test_errors_of_a_spreadsheet_are_no_scores_and_no_names(small_study: Any) -> None:
    path = small_study.write()
    manifest = path.read_text()
    frame = pd.DataFrame(
        small_study.tables["clients"][1:], columns=small_study.tables["clients"][0]
    )
    frame = frame.astype(object)
    frame.loc[3, "team"], frame.loc[5, "age_years"] = "#REF!", "#N/A"
    frame.to_excel(small_study.folder / "clients.xlsx", index=False)
    path.write_text(manifest.replace("clients.csv", "clients.xlsx"))

    found = {(p.kind, p.column): p for p in validate_study(path).errors}

    assert found[ProblemKind.NOT_A_NUMBER, "age"].rows == (7,)
    told = found[ProblemKind.UNREADABLE_FILE, "team"]
    assert told.rows == (5,)
    assert "an error of the spreadsheet, such as #N/A" in str(told)


@pytest.mark.parametrize("ending", LIBRARIES)
def test_without_the_library_the_install_line_is_told(
    ending: str, tmp_path: Path, monkeypatch: Any
) -> None:
    _write(FRAME, tmp_path / f"a.{ending}")
    monkeypatch.setitem(sys.modules, LIBRARIES[ending], None)

    (problem,) = _read(tmp_path, f"a.{ending}").problems

    extra = {"xlsx": "excel", "sav": "spss", "dta": "stata"}.get(ending, ending)
    assert f'pip install "mediation[{extra}]"' in str(problem)


@cache
def _intact(ending: str) -> bytes:
    """Give the bytes of a table; some formats have the time in them, so they are made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"a.{ending}")
        _write(FRAME, path)
        return path.read_bytes()


@pytest.mark.parametrize("ending", ["csv", *LIBRARIES])
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_file_gives_a_table_or_a_message(
    ending: str, data: st.DataObject, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{ending}"
    content = np.frombuffer(_intact(ending), dtype=np.uint8).copy()
    n = data.draw(st.integers(1, 6))
    places = data.draw(st.lists(st.integers(0, len(content) - 1), min_size=n, max_size=n))
    content[places] = data.draw(st.lists(st.integers(0, 255), min_size=n, max_size=n))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))].tobytes())

    table = _read(tmp_path, path.name)

    assert table.problems or table.columns
    for problem in table.problems:
        assert "Ann" not in problem.found


def test_a_file_packed_to_a_few_bytes_is_no_damaged_one(tmp_path: Path) -> None:
    equal = pd.DataFrame({"x": np.ones(200_000), "y": np.ones(200_000)})
    pyreadstat.write_sav(equal, tmp_path / "a.zsav", compress=True)
    assert (tmp_path / "a.zsav").stat().st_size < equal.size / 10
    table = _read(tmp_path, "a.zsav")
    assert len(table.rows) == 200_000
