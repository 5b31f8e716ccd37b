"""Reading: dialects, encodings, types of columns, units, spreadsheets, JSON, frames."""

import csv
import datetime
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.data.finding import DataError
from fivefold_solvers.data.read import read, read_all
from fivefold_solvers.data.table import DataTable, Kind

openpyxl = pytest.importorskip("openpyxl")
pl = pytest.importorskip("polars")


def one(folder: Path, text: str | bytes, name: str = "t.csv", **options: Any) -> DataTable:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (table,) = read(path, **options)
    return table


def cells(table: DataTable) -> dict[str, list[object]]:
    return {
        column.name: [
            None if blank else column.categories[value] if column.categories is not None else value
            for value, blank in zip(column.values.tolist(), column.blanks.tolist(), strict=True)
        ]
        for column in table.columns
    }


def kinds(table: DataTable) -> list[str]:
    return [column.kind.value for column in table.columns]


@pytest.mark.parametrize(
    ("text", "delimiter", "decimal"),
    [
        ("city,cost,n\nOslo,1.5,2\nBonn,1234.5,3\n", "comma", "."),
        ("city;cost;n\nOslo;1,5;2\nBonn;1.234,5;3\n", "semicolon", ","),
        ("city\tcost\tn\nOslo\t1.5\t2\nBonn\t1,234.5\t3\n", "tab", "."),
        ("city|cost|n\nOslo|1.5|2\nBonn|1 234.5|3\n", "pipe", "."),
        ('city,cost,n\nOslo,"1,5",2\nBonn,"1234,5",3\n', "comma", ","),
        ("city;cost;n\r\nOslo;1.5;2\r\nBonn;1'234.5;3\r\n", "semicolon", "."),
    ],
)
def test_dialects(text: str, delimiter: str, decimal: str, tmp_path: Path) -> None:
    table = one(tmp_path, text)
    assert cells(table) == {"city": ["Oslo", "Bonn"], "cost": [1.5, 1234.5], "n": [2, 3]}
    assert (table.reading["delimiter"], table.reading["decimal"]) == (delimiter, decimal)
    assert kinds(table) == ["text", "number", "integer"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    table = one(tmp_path, "Stadt;Größe\nKöln;1,5\nMünchen;2\n".encode(encoding))
    assert cells(table) == {"Stadt": ["Köln", "München"], "Größe": [1.5, 2]}
    assert table.reading["encoding"].startswith(encoding[:6])


def test_rows_keep_their_numbers(tmp_path: Path) -> None:
    text = "Costs of the year\n\n# made by hand\ncity,cost\nOslo,1\n\n# halfway\nBonn,2\n,,\n\nRome,3\n"
    table = one(tmp_path, text)
    assert table.rows.tolist() == [5, 8, 11]
    assert table.header_row == 4
    assert table.reading["comments"] == "1 rows left out, the first is row 7"


def test_quoted_cells_over_several_lines(tmp_path: Path) -> None:
    table = one(tmp_path, 'city,note,cost\n"New\nYork","said ""no"", twice",1\nOslo,,2\n')
    assert cells(table) == {
        "city": ["New\nYork", "Oslo"],
        "note": ['said "no", twice', None],
        "cost": [1, 2],
    }
    assert table.rows.tolist() == [2, 4]


def test_units_are_split_off(tmp_path: Path) -> None:
    table = one(tmp_path, "city,cost (EUR),weight [kg],time in h,distance_km,stock_min,share %\na,1,2,3,4,5,6\n")
    assert [(column.name, column.unit) for column in table.columns] == [
        ("city", ""),
        ("cost", "EUR"),
        ("weight", "kg"),
        ("time", "h"),
        ("distance", "km"),
        ("stock_min", ""),
        ("share", "%"),
    ]
    assert table.columns[1].header == "cost (EUR)"
    table = one(tmp_path, "city,cost,weight\n,[EUR],[kg]\na,1,2\n")
    assert [column.unit for column in table.columns] == ["", "EUR", "kg"]
    assert table.rows.tolist() == [3]


@pytest.mark.parametrize(
    ("written", "kind", "values", "unit"),
    [
        (["1", "-2", "+3"], Kind.INTEGER, [1, -2, 3], ""),
        (["1", "2.5", ""], Kind.NUMBER, [1, 2.5, None], ""),
        (["1e3", "2.5E-2", ".5"], Kind.NUMBER, [1000, 0.025, 0.5], ""),
        (["$1", "$2.50", "$3,000"], Kind.NUMBER, [1, 2.5, 3000], "$"),
        (["10 €", "20 €", "30 €"], Kind.INTEGER, [10, 20, 30], "€"),
        (["12%", "30%", "5.5%"], Kind.NUMBER, [0.12, 0.3, 0.055], "share"),
        (["(1,200)", "3", "4"], Kind.INTEGER, [-1200, 3, 4], ""),
        (["1 000", "2 000", "3 000"], Kind.INTEGER, [1000, 2000, 3000], ""),
        (["12 kg", "15 kg", "1.5 kg"], Kind.NUMBER, [12, 15, 1.5], "kg"),
        (["−5", "6", "7"], Kind.INTEGER, [-5, 6, 7], ""),
        (["007", "010", "100"], Kind.TEXT, ["007", "010", "100"], ""),
        (["A1", "2", "3"], Kind.MIXED, ["A1", "2", "3"], ""),
        (["yes", "no", "yes"], Kind.TRUTH, ["yes", "no", "yes"], ""),
        (["2026-01-31", "2026-02-01", ""], Kind.DATE, ["2026-01-31", "2026-02-01", None], ""),
        (["31.1.2026", "1.2.2026", "2.2.2026"], Kind.DATE, ["2026-01-31", "2026-02-01", "2026-02-02"], ""),
        (["1/31/2026", "2/1/2026", "2/2/2026"], Kind.DATE, ["2026-01-31", "2026-02-01", "2026-02-02"], ""),
        (["9007199254740993", "1", "2"], Kind.INTEGER, [9007199254740993, 1, 2], ""),
        (["18446744073709551616", "1", "2"], Kind.MIXED, ["18446744073709551616", "1", "2"], ""),
    ],
)
def test_types(written: list[str], kind: Kind, values: list[object], unit: str, tmp_path: Path) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["row", "x"], *([str(place), cell] for place, cell in enumerate(written, 1))])
    column = one(tmp_path, buffer.getvalue()).column("x")
    assert column.kind is kind
    assert cells(one(tmp_path, buffer.getvalue()))["x"] == values
    assert column.unit == unit


def test_day_and_month_that_cannot_be_told_apart(tmp_path: Path) -> None:
    table = one(tmp_path, "day,cost\n1/2/2026,1\n3/4/2026,2\n")
    assert [(found.code, found.column) for found in table.findings] == [("mixed-notation", "day")]
    assert cells(table)["day"] == ["1/2/2026", "3/4/2026"]


def test_decimal_sign_that_is_left_open(tmp_path: Path) -> None:
    table = one(tmp_path, "a;b\nx;1,234\ny;2,500\n")
    assert [found.code for found in table.findings] == ["doubtful-decimal"]
    assert cells(one(tmp_path, "a;b\nx;1,234\ny;2,500\n", decimal="."))["b"] == [1234, 2500]
    assert cells(one(tmp_path, "a;b\nx;1,234\ny;2,500\n", decimal=","))["b"] == [1.234, 2.5]


def test_header_row_can_be_named(tmp_path: Path) -> None:
    text = "a,b\nc,d\n1,2\n"
    assert [column.name for column in one(tmp_path, text, header=2).columns] == ["c", "d"]
    assert cells(one(tmp_path, "1,2\n3,4\n", header=0)) == {"column_1": [1, 3], "column_2": [2, 4]}


number_texts = st.one_of(
    st.integers(-(10**19), 10**19).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda value: f"{value:f}"),
    st.just(""),
)
plain_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(plain_texts, number_texts), min_size=1, max_size=12))
def test_cells_are_read_as_written(rows: list[tuple[str, str]]) -> None:
    from fivefold_solvers.data.csv_file import CsvOptions, read_csv
    from fivefold_solvers.data.limits import Limits

    buffer = io.StringIO()
    csv.writer(buffer).writerows([["name", "number", "last"], *((*row, "end") for row in rows)])
    options = CsvOptions("utf-8", ",", ".", 1)
    table = read_csv(buffer.getvalue().encode(), "t.csv", "t", options, Limits())
    # Rows that begin with `#` are comments, as the report of the reading says.
    kept = [row for row in rows if not row[0].strip().startswith("#")] if "comments" in table.reading else rows
    column = table.column("number")
    assert len(table) == len(kept)
    for place, (name, text) in enumerate(kept):
        if column.kind.numeric and text:
            assert column.values[place] == (int(text) if column.kind is Kind.INTEGER else float(text))
        else:
            assert column.text(place) == text.strip()
        if table.column("name").kind in {Kind.TEXT, Kind.MIXED}:
            assert table.column("name").text(place) == name.replace("\u00a0", " ").replace("\u202f", " ").strip()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_numbers_keep_every_bit(values: list[float]) -> None:
    from fivefold_solvers.data.csv_file import CsvOptions, read_csv
    from fivefold_solvers.data.limits import Limits

    text = "a,b\n" + "".join(f"x,{value!r}\n" for value in values)
    column = read_csv(text.encode(), "t.csv", "t", CsvOptions(), Limits()).column("b")
    assert column.values.tolist() == values


def test_blocks_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"city {place % 37}", place, place / 8) for place in range(5000)]
    text = "city,n,cost\n" + "".join(f"{city},{n},{cost}\n" for city, n, cost in rows)
    whole = one(tmp_path, text)
    monkeypatch.setattr("fivefold_solvers.data.csv_file.BLOCK", 1000)
    parts = one(tmp_path, text)
    assert cells(whole) == cells(parts)
    assert parts.rows.tolist() == list(range(2, 5002))
    monkeypatch.setattr("fivefold_solvers.data.csv_file._ROWS", 100)
    quoted = one(tmp_path, text.replace("city 3,", '"city 3",'))
    assert cells(whole) == cells(quoted)
    assert quoted.rows.tolist() == parts.rows.tolist()


def test_spreadsheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Costs"
    for row in (["Costs of 2026"], [], ["plant", "city", "cost (EUR)", "day", "open"]):
        sheet.append(row)
    sheet.append(["Aachen", "Oslo", 1.5, datetime.date(2026, 1, 31), True])
    sheet.append([None, "Rome", 2, datetime.date(2026, 2, 1), False])
    sheet.merge_cells("A4:A5")
    other = book.create_sheet("Demand")
    other.append(["city", "demand"])
    other.append(["Oslo", "12"])
    book.create_sheet("Empty")
    book.save(tmp_path / "data.xlsx")
    costs, demand = read(tmp_path / "data.xlsx")
    assert cells(costs) == {
        "plant": ["Aachen", "Aachen"],
        "city": ["Oslo", "Rome"],
        "cost": [1.5, 2],
        "day": ["2026-01-31", "2026-02-01"],
        "open": ["true", "false"],
    }
    assert (costs.sheet, costs.rows.tolist(), costs.header_row) == ("Costs", [4, 5], 3)
    assert cells(demand) == {"city": ["Oslo"], "demand": [12]}
    assert cells(read(tmp_path / "data.xlsx", sheet=" demand ")[0]) == cells(demand)
    assert cells(read(tmp_path / "data.xlsx", sheet=2)[0]) == cells(demand)


def test_wrong_sheet_lists_the_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Demand")
    book.save(tmp_path / "data.xlsx")

    with pytest.raises(DataError, match="its sheets are 'Sheet', 'Demand'"):
        read(tmp_path / "data.xlsx", sheet="Costs")
    with pytest.raises(DataError, match="it holds no cells"):
        read(tmp_path / "data.xlsx")


def test_spreadsheets_need_openpyxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openpyxl.Workbook().save(tmp_path / "data.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError) as caught:
        read(tmp_path / "data.xlsx")
    assert caught.value.finding.mend == 'pip install "fivefold[data]", or save the sheet as CSV'


def test_formula_without_value_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["city", "demand"], ["Oslo", 3], ["Rome", "=B2+1"]):
        sheet.append(row)
    book.save(tmp_path / "data.xlsx")
    (table,) = read(tmp_path / "data.xlsx")
    assert [(found.code, found.row, found.column) for found in table.findings] == [("no-stored-value", 3, "demand")]
    assert "let it calculate" in table.findings[0].mend


RECORDS = [{"city": "Oslo", "cost": 1.5}, {"city": "Rome", "cost": None}]


@pytest.mark.parametrize(
    "value",
    [
        RECORDS,
        {"city": ["Oslo", "Rome"], "cost": [1.5, None]},
        [["city", "cost"], ["Oslo", 1.5], ["Rome", None]],
        {"columns": ["city", "cost"], "data": [["Oslo", 1.5], ["Rome", None]]},
    ],
)
def test_json(value: object, tmp_path: Path) -> None:
    table = one(tmp_path, json.dumps(value), "t.json")
    assert cells(table) == {"city": ["Oslo", "Rome"], "cost": [1.5, None]}
    assert table.rows.tolist() in ([1, 2], [2, 3])


def test_json_lines(tmp_path: Path) -> None:
    table = one(tmp_path, "\n".join(map(json.dumps, RECORDS)), "t.jsonl")
    assert cells(table) == {"city": ["Oslo", "Rome"], "cost": [1.5, None]}


def test_json_mappings(tmp_path: Path) -> None:
    value = {
        "cost": {"p1": {"c1": 4, "c2": 5}, "p2": {"c1": 6, "c2": 7}},
        "demand": {"c1": 3, "c2": 4},
        "trips": {"p1": {"c1": {"mon": 1}, "c2": {"mon": 2}}, "p2": {"c1": {"mon": 3}}},
        "budget": 100,
    }
    (tmp_path / "t.json").write_text(json.dumps(value))
    cost, demand, trips, rest = read(tmp_path / "t.json")
    assert cells(cost) == {"column_1": ["p1", "p2"], "c1": [4, 6], "c2": [5, 7]}
    assert cells(demand) == {"key": ["c1", "c2"], "demand": [3, 4]}
    assert cells(trips)["trips"] == [1, 2, 3]
    assert cells(rest) == {"name": ["budget"], "value": [100]}
    assert [table.name for table in read(value)] == ["cost", "demand", "trips", "data"]


FRAME = {"city": ["Oslo", "Rome", None], "cost (EUR)": [1.5, None, 2.5], "n": [1, 2, 3]}


@pytest.mark.parametrize("frame", [pd.DataFrame(FRAME), pl.DataFrame(FRAME), pl.DataFrame(FRAME).lazy()])
def test_frames(frame: object) -> None:
    (table,) = read(frame, name="costs")
    assert cells(table) == {"city": ["Oslo", "Rome", None], "cost": [1.5, None, 2.5], "n": [1, 2, 3]}
    assert [column.unit for column in table.columns] == ["", "EUR", ""]
    assert (table.name, table.file) == ("costs", "costs")


def test_frames_of_other_types() -> None:
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["b", "a", "b"]),
            "n": pd.array([2**60, None, 3], dtype="Int64"),
            "day": pd.to_datetime(["2026-01-31"] * 3),
            "big": np.array([2**63, 1, 2], np.uint64),
        },
        index=pd.Index(["x", "y", "z"], name="key"),
    )
    (table,) = read(frame)
    assert cells(table) == {
        "key": ["x", "y", "z"],
        "kind": ["b", "a", "b"],
        "n": [2**60, None, 3],
        "day": ["2026-01-31"] * 3,
        "big": [str(2**63), "1", "2"],
    }
    days = pl.DataFrame({"day": [datetime.date(2026, 1, 31), None], "ok": [True, False]})
    assert cells(read(days)[0]) == {"day": ["2026-01-31", None], "ok": ["true", "false"]}
    series = pd.Series([1.0, 2.0], index=pd.Index(["a", "b"], name="item"), name="cost")
    assert cells(read(series)[0]) == {"item": ["a", "b"], "cost": [1, 2]}


def test_tables_get_names_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for path in (tmp_path / "t.csv", tmp_path / "b" / "t.csv"):
        path.write_text("a,b\n1,2\n")
    tables = read_all(tmp_path / "t.csv", tmp_path / "b" / "t.csv", {"frame": pd.DataFrame({"a": [1]})})
    assert [table.name for table in tables] == ["t", "t_2", "frame"]


def test_names_that_begin_with_a_hash(tmp_path: Path) -> None:
    table = one(tmp_path, "bay,load\n#1,3\n#2,4\n#3,5\n")
    assert cells(table) == {"bay": ["#1", "#2", "#3"], "load": [3, 4, 5]}
    table = one(tmp_path, "bay,load\nA,3\n#B,4\nC,5\nD,6\nE,7\n")
    assert [(found.code, found.row) for found in table.findings] == [("commented-row", 3)]
    assert cells(table)["bay"] == ["A", "C", "D", "E"]
    assert [column.name for column in one(tmp_path, "# bay,load\nA,3\nB,4\n").columns] == ["bay", "load"]


def test_names_that_begin_with_a_number(tmp_path: Path) -> None:
    table = one(tmp_path, "gate,line,rate\n1A,7h,12 kg\n2A,8h,13 kg\n")
    assert cells(table) == {"gate": ["1A", "2A"], "line": ["7h", "8h"], "rate": [12, 13]}


ALIGNED = "Costs in our plants:\n\nplant       cost   days\nAachen       1.5      2\nNew Bremen   2.5      3\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("t.txt", ALIGNED), ("t.md", "# Costs\n\n|plant|cost|days|\n|-|-|-|\n|Aachen|1.5|2|\n|New Bremen|2.5|3|\n")],
)
def test_tables_of_texts(name: str, text: str, tmp_path: Path) -> None:
    table = one(tmp_path, text, name)
    assert cells(table) == {"plant": ["Aachen", "New Bremen"], "cost": [1.5, 2.5], "days": [2, 3]}
    assert (table.file, table.rows.tolist()) == (name, [4, 5] if name == "t.txt" else [5, 6])


def test_text_without_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no table in it"):
        one(tmp_path, "Nothing here, and nothing there.\n", "t.md")


def test_columns_kept_apart_from_their_units(tmp_path: Path) -> None:
    table = one(tmp_path, "city (of birth),cost (EUR)\nOslo,1\n")
    assert table.column("city (of birth)") is table.column("city")
    with pytest.raises(KeyError):
        table.column("cost (USD)")


def test_titles_above_a_header_with_a_gap(tmp_path: Path) -> None:
    text = "Costs,,,\n,,,\n,plant,city,cost\n,A,x,1\n,B,y,2\n"
    assert cells(one(tmp_path, text)) == {"plant": ["A", "B"], "city": ["x", "y"], "cost": [1, 2]}


def test_trailing_delimiters(tmp_path: Path) -> None:
    assert cells(one(tmp_path, "a,b,\n1,2,\n3,4,\n")) == {"a": [1, 3], "b": [2, 4]}
    assert cells(one(tmp_path, "a,b\n1,2,,\n3,4\n")) == {"a": [1, 3], "b": [2, 4]}
