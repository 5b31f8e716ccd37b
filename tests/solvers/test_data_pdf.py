"""Tables in PDF files: with lines and without, over pages; scans, prose, broken and hostile files."""

import zlib
from pathlib import Path

import pytest

from fivefold_solvers.data import pdf_file
from fivefold_solvers.data.finding import DataError
from fivefold_solvers.data.limits import Limits
from fivefold_solvers.data.read import read
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.sandbox import Isolation, Level, isolation
from tests.solvers.pdf_files import PICTURE, TOP, aligned, pdf, ruled, text

pytest.importorskip("pdfplumber", reason="pdfplumber is not installed: pip install 'fivefold[pdf]'")

PROFITS = [["good", "profit (EUR)", "room"], ["bowl", "20", "1,5"], ["vase, tall", "40", "2,25"]]
PROSE = "\n".join(
    text(60, TOP - 16 * at, "We make bowls and vases and sell all of them on the market.") for at in range(9)
)


def tables(folder: Path, content: bytes) -> tuple[DataTable, ...]:
    path = folder / "prices.pdf"
    path.write_bytes(content)
    return read(path)


def texts(table: DataTable) -> list[list[str]]:
    return [[column.text(row) for column in table.columns] for row in range(len(table))]


def refused(folder: Path, content: bytes) -> DataError:
    with pytest.raises(DataError) as caught:
        tables(folder, content)
    assert caught.value.finding.file == "prices.pdf" and caught.value.finding.mend
    return caught.value


@pytest.mark.parametrize("drawn", [ruled, aligned])
def test_table_is_read_with_its_numbers_and_units(tmp_path: Path, drawn: object) -> None:
    page = (ruled if drawn is ruled else aligned)(PROFITS, TOP - 60)
    (table,) = tables(tmp_path, pdf("\n".join([text(60, TOP, "Price list of the pottery"), page])))
    assert table.name == "prices" and table.sheet == "page 1"
    assert [(column.name, column.unit, column.kind) for column in table.columns] == [
        ("good", "", "text"), ("profit", "EUR", "integer"), ("room", "", "number")]  # fmt: skip
    assert texts(table) == [["bowl", "20", "1.5"], ["vase, tall", "40", "2.25"]]


def test_tables_of_several_pages_are_told_apart_and_put_together(tmp_path: Path) -> None:
    more = [["good", "profit (EUR)", "room"], ["jar", "5", "0,5"]]
    demand = [["town", "demand"], ["Oslo", "7"]]
    content = pdf(ruled(PROFITS), "\n".join([ruled(more), ruled(demand, TOP - 200)]), ruled([["Rome", "9"]]))
    profits, towns = tables(tmp_path, content)
    assert [profits.name, towns.name] == ["prices_1", "prices_2"]
    assert [row[0] for row in texts(profits)] == ["bowl", "vase, tall", "jar"]
    assert profits.reading["found on"] == "pages 1 to 2" and texts(towns) == [["Oslo", "7"]]


def test_table_goes_on_without_its_header(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, pdf(ruled(PROFITS), ruled([["jar", "5", "0,5"], ["cup", "3", "0,25"]])))
    assert texts(table)[2:] == [["jar", "5", "0.5"], ["cup", "3", "0.25"]]


def test_cell_over_several_rows_counts_in_each(tmp_path: Path) -> None:
    rows = [["region", "town", "demand"], ["north", "Oslo", "7"], [None, "Bergen", "4"], ["south", "Rome", "9"]]
    (table,) = tables(tmp_path, pdf(ruled(rows)))
    assert [row[0] for row in texts(table)] == ["north", "north", "south"]


def test_blank_cells_without_lines_stay_in_their_columns(tmp_path: Path) -> None:
    rows = [["site", "room", "cost"], ["a", "5", "7"], ["b", "", "8"], ["c", "6", ""], ["d", "", ""], ["e", "9", "10"]]
    above = text(60, TOP + 20, "Sites and what they cost us in the year that is over, as we were told in March")
    below = text(60, TOP - 6 * 18, "As of March")
    (table,) = tables(tmp_path, pdf("\n".join([above, aligned(rows), below])))
    assert [column.header for column in table.columns] == ["site", "room", "cost"]
    assert texts(table) == rows[1:]


def test_finding_names_the_page(tmp_path: Path) -> None:
    (table,) = tables(tmp_path, pdf("", ruled([["a", "a"], ["1", "2"]])))
    assert str(table.findings[0]).startswith("prices.pdf, sheet 'page 2', row 1")


def test_files_without_a_table_say_why(tmp_path: Path) -> None:
    assert "a scan" in str(refused(tmp_path, pdf(PICTURE, PICTURE)))
    assert "there is no table in it" in str(refused(tmp_path, pdf(PROSE)))
    assert "it holds no text" in str(refused(tmp_path, pdf("")))
    assert "it is no PDF" in str(refused(tmp_path, b"MZ\x90\x00 not at all"))
    assert "no PDF that can be read" in str(refused(tmp_path, b"%PDF-1.4\nnothing else"))
    assert "101 pages; 100 is the most that is read" in str(refused(tmp_path, pdf(*[""] * 101)))


def test_file_that_grows_without_measure_ends_in_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "BOUNDS", pdf_file.BOUNDS.model_copy(update={"memory_mib": 256}))
    packer = zlib.compressobj(1)
    bomb = b"".join(packer.compress(b" " * 2**24) for _ in range(32)) + packer.flush()
    assert len(bomb) < 4 * 2**20
    assert "more memory" in str(refused(tmp_path, pdf("", packed=bomb)))


def test_file_that_takes_too_long_ends_in_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "BOUNDS", pdf_file.BOUNDS.model_copy(update={"cpu_s": 1.0, "wall_s": 20.0}))
    slow = "\n".join(text(60 + at % 50, TOP - at % 700, "x y z") for at in range(60_000))
    assert "took more than 1 s" in str(refused(tmp_path, pdf(slow)))


def test_missing_library_says_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        return None

    monkeypatch.setattr(pdf_file, "find_spec", nothing)
    assert "fivefold[pdf]" in str(refused(tmp_path, pdf(ruled(PROFITS))))


def test_file_is_read_at_the_isolation_that_is_asked_for_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prices.pdf"
    path.write_bytes(pdf(ruled(PROFITS)))
    assert len(read(path, limits=Limits(isolation=isolation().level))) == 1
    weak = Isolation(Level.LIMITED, ("no seccomp: it is not there",))
    monkeypatch.setattr("fivefold_solvers.sandbox.runner.isolation", lambda *_: weak)
    with pytest.raises(DataError, match=r"cannot be read safely here.*'limited' here, and 'confined' is asked for"):
        read(path, limits=Limits(isolation="confined"))
