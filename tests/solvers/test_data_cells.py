"""Cells of spreadsheets changed in place: what is read afterwards, what stays, what is refused."""

import datetime
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.data import xlsx_cells
from fivefold_solvers.data.finding import DataError
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.read import read
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.data.xlsx_cells import NewCell, with_cells
from fivefold_solvers.data.xlsx_file import read_xlsx

openpyxl = pytest.importorskip("openpyxl")


def saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def orders() -> Any:
    book = openpyxl.Workbook()
    demand = book.active
    demand.title = "Demand"
    for row in (["order", "due", "tonnes", "note"], ["A1", datetime.date(2026, 3, 1), 12.5, None],
                ["A2", datetime.date(2026, 3, 8), 7, "rush & hold"]):  # fmt: skip
        demand.append(row)
    demand["C3"].font = openpyxl.styles.Font(bold=True)
    costs = book.create_sheet("Costs")
    costs.append(["order", "cost"])
    costs.append(["A1", 4])
    return book


def tables(raw: bytes) -> dict[str, DataTable]:
    return {table.name: table for table in read_xlsx(raw, "orders.xlsx", "orders", None, None, Limits())}


def texts(table: DataTable) -> list[list[str]]:
    return [[column.text(row) for column in table.columns] for row in range(len(table))]


def parts(raw: bytes, *, other: dict[str, tuple[bytes, bytes]] | None = None) -> bytes:
    """Return a spreadsheet with some bytes of its parts replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            before, after = (other or {}).get(name, (b"", b""))
            content = old.read(name)
            assert before in content, content
            new.writestr(name, content.replace(before, after) if before else content)
    return stream.getvalue()


def test_cells_are_changed_and_all_else_stays() -> None:
    raw = saved(orders())
    demand = tables(raw)["Demand"]
    changes = [NewCell(1, 2, "9.25"), NewCell(0, 3, " <new> & \u00e9 "), NewCell(1, 0, "B7"), NewCell(1, 3, "")]
    after = with_cells(raw, demand, changes)
    found = tables(after)
    assert texts(found["Demand"]) == [["A1", "2026-03-01", "12.5", "<new> & \u00e9"], ["B7", "2026-03-08", "9.25", ""]]
    assert found["Demand"].columns[2].kind == "number" and not found["Demand"].findings
    assert texts(found["Costs"]) == [["A1", "4"]]
    sheet = openpyxl.load_workbook(io.BytesIO(after))["Demand"]
    assert sheet["C3"].value == 9.25 and sheet["C3"].font.bold and sheet["A3"].value == "B7"
    with zipfile.ZipFile(io.BytesIO(raw)) as one, zipfile.ZipFile(io.BytesIO(after)) as other:
        same = [name for name in one.namelist() if one.read(name) == other.read(name)]
        assert one.namelist() == other.namelist() and len(same) == len(one.namelist()) - 1


def test_second_sheet_is_changed_by_its_own_rows() -> None:
    raw = saved(orders())
    after = with_cells(raw, tables(raw)["Costs"], [NewCell(0, 1, "5")])
    assert texts(tables(after)["Costs"]) == [["A1", "5"]]
    assert texts(tables(after)["Demand"]) == texts(tables(raw)["Demand"])


def test_dates_and_codes_stay_what_they_are() -> None:
    raw = saved(orders())
    after = with_cells(
        raw, tables(raw)["Demand"], [NewCell(0, 1, "2026-04-02"), NewCell(0, 0, "7"), NewCell(1, 0, "007")]
    )
    demand = tables(after)["Demand"]
    assert demand.columns[1].kind == "date" and demand.columns[1].text(0) == "2026-04-02"
    assert [row[0] for row in texts(demand)] == ["7", "007"]


def test_rows_and_columns_that_are_left_blank_count() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for place, value in {"B3": "site", "D3": "load", "B4": "x", "D4": 3, "B7": "y", "D7": 8}.items():
        sheet[place] = value
    raw = saved(book)
    (table,) = tables(raw).values()
    load = next(place for place, column in enumerate(table.columns) if column.header == "load")
    after = with_cells(raw, table, [NewCell(1, load, "11")])
    assert openpyxl.load_workbook(io.BytesIO(after)).active["D7"].value == 11
    (again,) = tables(after).values()
    assert [row[load] for row in texts(again)] == ["3", "11"]


def with_formula(raw: bytes) -> bytes:
    formula = (b"<v>7</v></c>", b"<f>C2-5.5</f><v>7</v></c>")
    return parts(raw, other={"xl/worksheets/sheet1.xml": formula})


def test_formulas_that_are_not_calculated_are_told() -> None:
    raw = parts(with_formula(saved(orders())), other={"xl/workbook.xml": (b' fullCalcOnLoad="1"', b"")})
    before = tables(raw)["Demand"]
    assert not before.findings and before.columns[2].text(1) == "7"
    after = with_cells(raw, before, [NewCell(0, 2, "20")])
    demand = tables(after)["Demand"]
    (finding,) = demand.findings
    assert finding.code == "outdated-formula" and "C3" in finding.message and finding.row == 3
    assert [row[2] for row in texts(demand)] == ["20", "7"] and "calculate" in finding.mend


def test_a_total_by_formula_stays_left_out_after_a_change() -> None:
    book = orders()
    book["Demand"].append(["Total", None, 19.5, None])
    formula = (b"<v>19.5</v></c>", b"<f>SUM(C2:C3)</f><v>19.5</v></c>")
    calculated = {"xl/worksheets/sheet1.xml": formula, "xl/workbook.xml": (b' fullCalcOnLoad="1"', b"")}
    raw = parts(saved(book), other=calculated)
    before = tables(raw)["Demand"]
    assert len(before) == 2 and [finding.code for finding in before.findings] == ["total-left-out"]
    demand = tables(with_cells(raw, before, [NewCell(0, 2, "20")]))["Demand"]
    assert [row[2] for row in texts(demand)] == ["20", "7"]
    assert [finding.code for finding in demand.findings] == ["outdated-formula", "total-left-out"]


def test_formula_gives_way_to_a_number() -> None:
    raw = with_formula(saved(orders()))
    after = with_cells(raw, tables(raw)["Demand"], [NewCell(1, 2, "6")])
    assert openpyxl.load_workbook(io.BytesIO(after))["Demand"]["C3"].value == 6
    assert not tables(after)["Demand"].findings


@pytest.mark.parametrize("calculation", [b"<definedNames></definedNames>", b""])
def test_mark_to_calculate_is_put_where_it_belongs(calculation: bytes) -> None:
    raw = with_formula(saved(orders()))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = archive.read("xl/workbook.xml")
    start = text.index(b"<calcPr")
    old = text[start : text.index(b">", start) + 1]
    raw = parts(raw, other={"xl/workbook.xml": (old, calculation)})
    after = with_cells(raw, tables(raw)["Demand"], [NewCell(0, 2, "20")])
    openpyxl.load_workbook(io.BytesIO(after))
    assert [finding.code for finding in tables(after)["Demand"].findings] == ["outdated-formula"]


def test_merged_cells_are_changed_at_their_first() -> None:
    book = openpyxl.Workbook()
    for row in (["region", "city", "load"], ["north", "a", 1], [None, "b", 2]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    raw = saved(book)
    (table,) = tables(raw).values()
    with pytest.raises(DataError, match="merged with the one in row 2"):
        with_cells(raw, table, [NewCell(1, 0, "south")])
    (after,) = tables(with_cells(raw, table, [NewCell(0, 0, "south")])).values()
    assert [row[0] for row in texts(after)] == ["south", "south"]


def test_shared_formula_is_left_alone() -> None:
    raw = parts(
        saved(orders()),
        other={"xl/worksheets/sheet1.xml": (b"<v>7</v></c>", b'<f t="shared" ref="C3:C9" si="0">1+6</f><v>7</v></c>')},
    )
    with pytest.raises(DataError, match="C3 belongs to other cells too"):
        with_cells(raw, tables(raw)["Demand"], [NewCell(1, 2, "6")])


def test_sheet_in_another_encoding_is_left_alone() -> None:
    raw = saved(orders())
    table = tables(raw)["Demand"]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = archive.read("xl/worksheets/sheet1.xml")
    other = parts(raw, other={"xl/worksheets/sheet1.xml": (text, text.decode().encode("utf-16"))})
    with pytest.raises(DataError, match="not written in UTF-8"):
        with_cells(other, table, [NewCell(0, 0, "6")])


def test_rows_and_cells_without_places_follow_each_other(tmp_path: Path) -> None:
    raw = saved(orders())
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = archive.read("xl/worksheets/sheet2.xml")
    bare = re.sub(rb'(<(?:c|row)) r="[A-Z]*\d+"', rb"\1", text)
    path = tmp_path / "orders.xlsx"
    path.write_bytes(parts(raw, other={"xl/worksheets/sheet2.xml": (text, bare)}))
    costs = read(path, sheet="Costs")[0]
    after = with_cells(path.read_bytes(), costs, [NewCell(0, 1, "8")])
    assert texts(tables(after)["Costs"]) == [["A1", "8"]]


SOME = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf")), min_size=1, max_size=12
)


@settings(max_examples=40, deadline=None)
@given(SOME)
def test_any_text_comes_back(text: str) -> None:
    raw = saved(orders())
    after = with_cells(raw, tables(raw)["Demand"], [NewCell(1, 3, text)])
    assert openpyxl.load_workbook(io.BytesIO(after))["Demand"]["D3"].value == text


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_broken_file_is_changed_or_refused(data: st.DataObject) -> None:
    raw = saved(orders())
    table = tables(raw)["Demand"]
    name = data.draw(st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"]))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = archive.read(name)
    place = data.draw(st.integers(0, len(text) - 1))
    bits = [b"", b"<", b">", b'"', b"&", b"\x00", b"\xff", b"<row>", b"</c>", b'r="x"', b"<!--", b"]]>"]
    other = text[:place] + data.draw(st.sampled_from(bits)) + text[place + data.draw(st.integers(0, 9)) :]
    broken = parts(raw, other={name: (text, other)})
    try:
        with_cells(broken, table, [NewCell(1, 2, "6"), NewCell(0, 3, "x")])
    except DataError as fault:
        assert "orders.xlsx" in str(fault) and fault.finding.mend


def test_damaged_and_large_files_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = saved(orders())
    table = tables(raw)["Demand"]
    stream = io.BytesIO(raw)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/media/image1.png", b"picture" * 100)
    marked = stream.getvalue()
    damaged = marked.replace(b"picture" * 99, b"pictura" * 99)
    assert damaged != marked
    with pytest.raises(DataError, match="damaged"):
        with_cells(damaged, table, [NewCell(0, 0, "6")])
    monkeypatch.setattr(xlsx_cells, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="too large"):
        with_cells(raw, table, [NewCell(0, 0, "6")])
