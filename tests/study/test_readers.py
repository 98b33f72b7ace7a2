"""The same study in every format gives the same frames and the same problems."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from mediation.study.entries import FileTable
from mediation.study.load import LoadedTables, load_tables
from mediation.study.manifest import TableRole
from mediation.study.manifest_reading import read_manifest
from mediation.study.problems import ProblemKind
from mediation.study.readers.parsing import Writing
from mediation.study.readers.values import text_array, to_months, to_numbers, to_texts
from mediation.study.tables import read_table
from mediation.study.validate import validate

Write = Callable[[pd.DataFrame, Path], object]
WRITERS: dict[str, Write] = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "xlsx": lambda frame, path: frame.to_excel(path, index=False),
    "parquet": lambda frame, path: frame.to_parquet(path, index=False),
    "sav": lambda frame, path: pyreadstat.write_sav(frame, path),
    "zsav": lambda frame, path: pyreadstat.write_sav(frame, path, compress=True),
    "dta": lambda frame, path: pyreadstat.write_dta(frame, path),
}
DATES = ("assessed_on", "held_on")


def _typed(rows: list[list[str]]) -> pd.DataFrame:
    """Numbers as numbers, dates as dates, an empty cell as a missing value."""
    frame = pd.DataFrame(rows[1:], columns=rows[0]).replace("", None)
    for name in frame:
        if name in DATES:
            frame[name] = pd.to_datetime(frame[name])
        elif frame[name].dropna().str.fullmatch(r"[\d.]+").all():
            frame[name] = pd.to_numeric(frame[name])
    return frame


def _load(study: Any, ending: str) -> LoadedTables:
    """Write the small study in a format, then load it."""
    path = study.write()
    text = study.manifest
    for name, rows in study.tables.items():
        text = text.replace(f"{name}.csv", f"{name}.{ending}")
        WRITERS[ending](_typed(rows), study.folder / f"{name}.{ending}")
    path.write_text(text, encoding="utf-8")
    manifest, content = read_manifest(path)
    return load_tables(manifest, content, path.parent)


def _with_dates(study: Any) -> None:
    study.say('clock = "months"', 'clock = "date"')
    for table, column in (("fidelity", 1), ("interviews", 2)):
        for row in study.tables[table][1:]:
            day = date(2015, 1, 1) + timedelta(days=round(30 * float(row[column])))
            row[column] = day.isoformat()


def _with_gaps(study: Any) -> None:
    """Leave out scores and a date, and write identifiers as numbers."""
    study.put("interviews", 5, "alliance", "")
    study.put("interviews", 6, "held_on", "")
    study.put("interviews", 7, "hope", "20.25")
    for name in ("clients", "interviews"):
        for row in study.tables[name][1:]:
            row[0] = row[0].removeprefix("P")


def _with_errors(study: Any) -> None:
    study.put("interviews", 4, "alliance", "97")
    study.put("interviews", 8, "id", "99")
    study.put("clients", 6, "team", "")
    study.put("clients", 7, "gender", "other")


@pytest.mark.parametrize("ending", [name for name in WRITERS if name != "csv"])
@pytest.mark.parametrize("is_broken", [False, True])
def test_every_format_gives_the_same_frames_and_problems(
    ending: str, is_broken: bool, small_study: Any
) -> None:
    _with_dates(small_study)
    _with_gaps(small_study)
    if is_broken:
        _with_errors(small_study)
    expected, found = _load(small_study, "csv"), _load(small_study, ending)

    for role in expected.frames:
        assert_frame_equal(found.frames[role], expected.frames[role])
    assert found.frames[TableRole.CLIENTS]["client"].tolist()[:2] == ["1", "2"]
    said = [str(problem).replace(f".{ending}", ".csv") for problem in validate(found).problems]
    assert said == [str(problem) for problem in validate(expected).problems]
    assert len(said) >= (5 if is_broken else 2)
    assert found.input_hash != expected.input_hash


def _read(path: Path, columns: dict[str, str] | None = None, **keys: Any) -> Any:
    columns = columns or {"x": "x"}
    entry = FileTable(file=path.name, columns=columns, **keys)
    return read_table("clients", entry, path.parent, columns)


def _numbers(table: Any, name: str = "x") -> list[float]:
    assert not table.problems, [str(problem) for problem in table.problems]
    values, wrong = to_numbers(table.columns[name], table.writing)
    assert not wrong.any()
    return values.tolist()


def _texts(table: Any, name: str = "x", *, with_labels: bool = False) -> list[str | None]:
    texts, wrong = to_texts(table.columns[name], table.writing, with_labels=with_labels)
    assert not wrong.any()
    return [None if pd.isna(text) else text for text in text_array(texts)]


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        (b"\xef\xbb\xbfx;y\n1,5;a\n-2;b\n", {"delimiter": ";", "decimal": ","}),
        (b"x|y\n1.5|a\n-2|b\n", {"delimiter": "|"}),
        (b'x,y\n"1,5",a\n-2,b\n', {"decimal": ","}),
        ("x,y\n1.5,é\n-2,b\n".encode("cp1252"), {"encoding": "cp1252"}),
        ("x\ty\r\n1.5\ta\r\n-2\tb\r\n".encode("utf-16"), {"encoding": "utf-16", "delimiter": "\t"}),
        (b"x,y\r1.5,a\r-2,b\r", {}),
    ],
)
def test_text_files_as_they_arrive(content: bytes, keys: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content)

    table = _read(tmp_path / "a.csv", **keys)

    assert _numbers(table) == [1.5, -2.0]
    assert table.rows.tolist() == [2, 3]


def test_a_decimal_comma_leaves_no_room_for_a_point(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x;y\n1.5;0\n1,5;0\n1.000,5;0\n")

    table = _read(tmp_path / "a.csv", delimiter=";", decimal=",")

    values, wrong = to_numbers(table.columns["x"], table.writing)
    assert wrong.tolist() == [True, False, True]
    assert values[1] == 1.5


def test_rows_are_lines_where_cells_hold_line_breaks(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('x,y\n1,"a\nb"\n\n2,b\n3,c,d\n4,d\n')

    table = _read(tmp_path / "a.csv")

    assert table.rows.tolist() == [2, 5, 7]
    assert [p.rows for p in table.problems] == [(6,)]


def test_a_long_text_file_is_read_in_parts(tmp_path: Path) -> None:
    numbers = np.arange(25_001) % 7
    (tmp_path / "a.csv").write_text("x\n" + "".join(f"{n}\n" for n in numbers))

    table = _read(tmp_path / "a.csv")

    assert _numbers(table) == numbers.tolist()
    assert table.rows[-1] == 25_002


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "sav"])
def test_texts_of_the_manifest_mean_missing_and_dates_have_its_format(
    ending: str, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"x": [4.0, 999.0, 5.0], "day": ["31.12.2015", "-", "1.2.2016"]})
    path = tmp_path / f"a.{ending}"
    WRITERS[ending](frame.astype({"x": int}) if ending == "csv" else frame, path)

    columns = {"x": "x", "day": "day"}
    table = _read(path, columns, missing=("999", "-"), date_format="%d.%m.%Y")

    assert _numbers(table)[::2] == [4.0, 5.0]
    assert np.isnan(_numbers(table)[1])
    months, wrong = to_months(table.columns["day"], table.writing)
    days = [
        (date(2015, 12, 31) - date(1970, 1, 1)).days,
        (date(2016, 2, 1) - date(1970, 1, 1)).days,
    ]
    assert (months[[0, 2]] * 30.4375).round(9).tolist() == days
    assert np.isnan(months[1])
    assert not wrong.any()


def test_missing_values_and_labels_of_spss(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "x": [1.5, 98.0, 99.0, np.nan],
            "gender": [1.0, 2.0, 9.0, 3.0],
            "place": ["a", "b", "?", ""],
        }
    )
    pyreadstat.write_sav(
        frame,
        tmp_path / "a.sav",
        missing_ranges={"x": [{"lo": 98, "hi": 99}], "gender": [9], "place": ["?"]},
        variable_value_labels={"gender": {1: "woman", 2: "man", 9: "refused"}},
    )

    columns = {"x": "x", "gender": "gender", "place": "place"}
    table = _read(tmp_path / "a.sav", columns)

    assert [(p.column, p.severity.value) for p in table.problems] == [
        ("x", "warning"), ("gender", "warning"), ("place", "warning"),
    ]  # fmt: skip
    assert {p.kind for p in table.problems} == {ProblemKind.DECLARED_MISSING}
    assert "2 cells with a value declared missing" in str(table.problems[0])
    assert "1 cell with" in str(table.problems[1])
    values, _ = to_numbers(table.columns["x"], table.writing)
    assert values[0] == 1.5
    assert np.isnan(values[1:]).all()
    assert _texts(table, "gender", with_labels=True) == ["woman", "man", None, "3"]
    assert _texts(table, "gender") == ["1", "2", None, "3"]
    assert _texts(table, "place") == ["a", "b", None, None]


def test_missing_values_and_labels_of_stata(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.5, "a", "z", None], "gender": [1, 2, 1, 2]})
    pyreadstat.write_dta(
        frame,
        tmp_path / "a.dta",
        missing_user_values={"x": ["a", "z"]},
        variable_value_labels={"gender": {1: "woman", 2: "man"}},
    )

    table = _read(tmp_path / "a.dta", {"x": "x", "gender": "gender"})

    (warning,) = table.problems
    assert "2 cells with a value declared missing" in str(warning)
    values, wrong = to_numbers(table.columns["x"], table.writing)
    assert values[0] == 1.5
    assert np.isnan(values[1:]).all()
    assert not wrong.any()
    assert _texts(table, "gender", with_labels=True) == ["woman", "man", "woman", "man"]


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "sav", "dta"])
def test_the_time_of_day_is_dropped(ending: str, tmp_path: Path) -> None:
    moments = pd.to_datetime(["2015-01-31 23:59:59", "1969-12-31 00:00:01", None])
    WRITERS[ending](pd.DataFrame({"x": moments, "y": 1.0}), tmp_path / f"a.{ending}")

    table = _read(tmp_path / f"a.{ending}")

    months, _ = to_months(table.columns["x"], table.writing)
    assert (months[:2] * 30.4375).round(9).tolist() == [
        (date(2015, 1, 31) - date(1970, 1, 1)).days,
        -1,
    ]
    assert np.isnan(months[2])
    assert _texts(table) == ["2015-01-31", "1969-12-31", None]


def test_days_of_spss_and_stata(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [date(2015, 1, 31), date(1960, 2, 29), date(1890, 1, 1)]})
    pyreadstat.write_sav(frame, tmp_path / "a.sav")
    pyreadstat.write_dta(frame, tmp_path / "a.dta")

    for name in ("a.sav", "a.dta"):
        assert _texts(_read(tmp_path / name)) == ["2015-01-31", "1960-02-29", "1890-01-01"]


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float32", "float64", "bool"])
def test_types_of_parquet(dtype: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.array([1, 0, 1], dtype=dtype)})
    frame.to_parquet(tmp_path / "a.parquet")

    assert _numbers(_read(tmp_path / "a.parquet")) == [1.0, 0.0, 1.0]


def test_categories_decimals_and_missing_whole_numbers_of_parquet(tmp_path: Path) -> None:
    from decimal import Decimal

    frame = pd.DataFrame(
        {
            "x": pd.array([1, None, 3], dtype="Int64"),
            "y": pd.Categorical([" b", "a", None]),
            "z": [Decimal("1.50"), None, Decimal("-2.25")],
            "n": [None, None, None],
            "m": pd.to_datetime(["2015-01-31 23:30", None, "2015-06-30 23:30"]).tz_localize(
                "Europe/Berlin"
            ),
        }
    )
    frame.to_parquet(tmp_path / "a.parquet")

    table = _read(tmp_path / "a.parquet", {name: name for name in frame})

    assert _texts(table, "x") == ["1", None, "3"]
    assert _texts(table, "y") == ["b", "a", None]
    assert _numbers(table, "z")[::2] == [1.5, -2.25]
    assert _texts(table, "n") == [None, None, None]
    assert _texts(table, "m") == ["2015-01-31", None, "2015-06-30"]


CELLS = st.one_of(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=8),
    st.sampled_from(["", "NA", "01", "1.0", "2015-01-31", "nan", "#N/A!", '"', "a,b", "=1+1"]),
)


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(CELLS, min_size=1, max_size=8),
    numbers=st.lists(
        st.one_of(
            st.none(),
            st.integers(-(10**9), 10**9).map(float),
            st.floats(allow_nan=False, allow_infinity=False, width=32).map(
                lambda value: float(f"{value:.6g}")
            ),
        ),
        min_size=8,
        max_size=8,
    ),
)
def test_any_table_is_the_same_in_every_format(
    texts: list[str], numbers: list[float | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    from openpyxl import Workbook

    folder = tmp_path_factory.mktemp("formats")
    n = len(texts)
    frame = pd.DataFrame({"key": range(n), "text": texts, "number": numbers[:n]})
    frame = frame.astype({"number": float})
    frame.to_csv(folder / "a.csv", index=False)
    frame.to_parquet(folder / "a.parquet", index=False)
    book = Workbook()
    book.active.append(list(frame.columns))
    for i, row in enumerate(frame.astype(object).where(frame.notna(), None).to_numpy(), start=2):
        book.active.append(row.tolist())
        # Text that looks like a formula stays text.
        book.active.cell(i, 2).data_type = "s"
    book.save(folder / "a.xlsx")

    columns = {name: name for name in frame}
    expected = _read(folder / "a.csv", columns)
    assert _texts(expected, "text") == [
        None if text.strip() in ("", "NA") else text.strip() for text in texts
    ]
    for name in ("a.parquet", "a.xlsx"):
        found = _read(folder / name, columns)
        np.testing.assert_array_equal(_numbers(found, "number"), _numbers(expected, "number"))
        # As text, a number stays as a CSV file writes it: 1.0 is not 1 there.
        for column in ("key", "text"):
            assert _texts(found, column) == _texts(expected, column)
        assert found.rows.tolist() == expected.rows.tolist()


def test_what_the_manifest_leaves_out_is_not_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "name": ["Ann", "Bob"]})
    for ending in ("csv", "xlsx", "parquet", "sav", "dta"):
        WRITERS[ending](frame, tmp_path / f"a.{ending}")
        assert list(_read(tmp_path / f"a.{ending}").columns) == ["x"]


def test_numbers_are_no_dates_and_dates_no_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [42_000.0, np.nan], "day": pd.to_datetime(["2015-01-31", None])})
    frame.to_parquet(tmp_path / "a.parquet")
    columns = _read(tmp_path / "a.parquet", {"x": "x", "day": "day"}).columns

    assert to_months(columns["x"], Writing())[1].tolist() == [True, False]
    assert to_numbers(columns["day"], Writing())[1].tolist() == [True, False]
