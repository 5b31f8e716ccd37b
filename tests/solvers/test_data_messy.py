"""Files as people keep them: totals and notes below, headings over two rows, sheets of words, thousands as text."""

from pathlib import Path

import numpy as np
import pytest

from fivefold_solvers.data.bind import bind
from fivefold_solvers.data.propose import propose
from fivefold_solvers.data.read import read
from fivefold_solvers.data.table import DataTable, Kind
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set
from fivefold_solvers.formulation.finding import Severity

openpyxl = pytest.importorskip("openpyxl", reason="the extra `data` is not installed")


def _csv(folder: Path, text: str) -> DataTable:
    path = folder / "goods.csv"
    path.write_text(text, encoding="utf-8")
    return read(path)[0]


def _codes(table: DataTable) -> list[str]:
    return [finding.code for finding in table.findings]


def test_a_total_that_adds_up_is_left_out_and_told(tmp_path: Path) -> None:
    table = _csv(tmp_path, "item,price,stock\nlamp,4.5,10\nvase,2,7\nTotal,,17\n")
    assert [table.columns[0].text(place) for place in range(len(table))] == ["lamp", "vase"]
    assert table.columns[0].categories == ("lamp", "vase")
    assert table.columns[1].blank is None
    assert _codes(table) == ["total-left-out"]
    assert table.findings[0].severity is Severity.NOTE
    assert table.findings[0].row == 4


@pytest.mark.parametrize("last", ["Total,,18", "Totally new,,17", "Total,x,17", "total,,"])
def test_what_is_no_sum_of_the_rows_above_stays(tmp_path: Path, last: str) -> None:
    table = _csv(tmp_path, f"item,price,stock\nlamp,4.5,10\nvase,2,7\n{last}\n")
    assert len(table) == (2 if last == "total,," else 3)


def test_a_note_below_the_table_is_left_out_with_a_warning(tmp_path: Path) -> None:
    table = _csv(tmp_path, "item,price,stock\nlamp,4.5,10\nvase,2,7\n\nSource: the stock list of May,,\n")
    assert len(table) == 2
    assert _codes(table) == ["note-left-out"]
    assert table.findings[0].severity is Severity.WARNING


def test_a_row_without_numbers_that_stands_in_the_table_is_no_note(tmp_path: Path) -> None:
    table = _csv(tmp_path, "item,price,stock\nlamp,4.5,10\nvase of green glass,,\n")
    assert len(table) == 2
    assert not table.findings


def test_a_workbook_with_merged_headings_a_sheet_of_words_and_decimal_commas(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    goods = book.active
    goods.title = "Goods"
    goods.append(["Plan of the third quarter"])
    goods.merge_cells("A1:E1")
    goods.append([])
    goods.append(["Item", "Margin (EUR)", "Hours a piece", None, "Demand (pieces)"])
    goods.merge_cells("C3:D3")
    goods.merge_cells("A3:A4")
    goods.append([None, None, "Saw (h)", "Paint (h)", None])
    goods.append(["Table", "45,50", "1,5", "0,75", "90"])
    goods.append(["Shelf", "32,00", "1,25", "0,25", "1.400"])
    goods.append([])
    goods.append(["Sum", None, None, None, "1.490"])
    words = book.create_sheet("Read me")
    words.append(["ask the foreman before you change anything"])
    book.save(tmp_path / "plan.xlsx")

    (table,) = read(tmp_path / "plan.xlsx")
    assert [column.name for column in table.columns] == [
        "Item", "Margin", "Hours a piece Saw", "Hours a piece Paint", "Demand",
    ]  # fmt: skip
    assert [column.unit for column in table.columns] == ["", "EUR", "h", "h", "pieces"]
    assert table.columns[4].kind is Kind.INTEGER
    assert table.columns[4].values.tolist() == [90, 1400]
    assert table.columns[2].values.tolist() == [1.5, 1.25]
    assert table.rows.tolist() == [5, 6]
    assert sorted(_codes(table)) == ["sheet-passed-over", "total-left-out"]


def test_a_heading_over_a_matrix_is_left_out_and_its_columns_keep_their_names(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Plant", "Cost to", None, None])
    sheet.merge_cells("B1:D1")
    sheet.append([None, "Kiel", "Jena", "Ulm"])
    sheet.append(["north", 3, 4, 5])
    sheet.append(["south", 6, 2, 1])
    book.save(tmp_path / "cost.xlsx")
    (table,) = read(tmp_path / "cost.xlsx")
    assert [column.name for column in table.columns] == ["Plant", "Kiel", "Jena", "Ulm"]


def test_a_title_above_a_whole_header_is_no_part_of_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Stock list", None, "as of May"])
    sheet.merge_cells("A1:B1")
    sheet.append(["Item", "Price", "Stock"])
    sheet.append(["lamp", 4, 10])
    sheet.append(["vase", 2, 7])
    book.save(tmp_path / "stock.xlsx")
    (table,) = read(tmp_path / "stock.xlsx", header=None)
    assert len(table.columns) == 3


def test_thousands_that_could_be_decimals_are_doubted(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Item", "Stock"])
    sheet.append(["lamp", "1.200"])
    sheet.append(["vase", "3.400"])
    book.save(tmp_path / "stock.xlsx")
    (table,) = read(tmp_path / "stock.xlsx")
    assert "mixed-notation" in _codes(table)
    assert any("could have thousands" in finding.message for finding in table.findings)


def test_arrays_inside_of_mappings_are_read() -> None:
    (shops,) = read({"shops": {"shop": ["Kiel", "Ulm"], "need": np.array([3.5, np.float64(4)])}})
    assert shops.columns[1].values.tolist() == [3.5, 4]
    (need,) = read({"need": np.array([3, 4])})
    assert need.columns[0].values.tolist() == [3, 4]


def test_a_column_whose_rows_fit_is_offered_where_its_name_does_not() -> None:
    formulation = Formulation(
        sets=(Set(name="SHOPS", elements=("Kiel", "Ulm")),),
        parameters=(Parameter(name="need", index=("s in SHOPS",)),),
    )
    tables = read({"orte": {"ort": ["Kiel", "Ulm"], "bedarf": [4, 7]}, "other": {"town": ["Rom"], "bedarf": [4]}})
    mapping = propose(formulation, tables)
    (question,) = mapping.open
    assert not mapping.bindings
    assert [one.source for one in question.candidates] == ["orte[bedarf] by ort"]
    bound = bind(formulation, mapping.pick("need", 1), tables)
    assert bound.ok
    assert bound.columns.parameters["need"].values.tolist() == [4, 7]


def test_ticked_cells_and_yes_and_no_in_other_languages(tmp_path: Path) -> None:
    table = _csv(tmp_path, "name,early,late,trained\nAda,x,x,ja\nBo,,X,nein\nCy,x,,ja\n")
    assert table.columns[1].values.tolist() == [1, 0, 1]
    assert "a blank cell 0" in table.reading["column 'early'"]
    assert table.columns[2].values.tolist() == [1, 1, 0]
    assert table.columns[3].kind is Kind.TRUTH


def test_a_single_name_is_no_tick(tmp_path: Path) -> None:
    assert _csv(tmp_path, "node,load\nx,4\n").columns[0].kind is Kind.TEXT


def test_a_demand_at_most_is_not_weighed_against_capacity() -> None:
    tables = read({
        "machines": {"machine": ["saw", "paint"], "capacity": [40, 30]},
        "goods": {"good": ["lamp", "vase"], "max_demand": [90, 80], "demand": [90, 80]},
    })  # fmt: skip
    for name, codes in (("max_demand", []), ("demand", ["no-balance"])):
        formulation = Formulation(
            sets=(Set(name="machine", elements=("saw", "paint")), Set(name="good", elements=("lamp", "vase"))),
            parameters=(
                Parameter(name="capacity", index=("m in machine",)),
                Parameter(name=name, index=("g in good",)),
            ),
        )
        bound = bind(formulation, propose(formulation, tables), tables)
        assert [finding.code for finding in bound.findings] == codes
