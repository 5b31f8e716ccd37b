"""Data files in the page: spreadsheets with several sheets, large tables, files that hold no data."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Locator, Page, expect

from tests.agent.test_data_problems import FREIGHT, OPTIMUM, ORDERS, QUARRIES, TEXT, replying
from tests.agent.test_data_problems import written as formulated
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import Running
from tests.solvers.pdf_files import PICTURE, pdf, ruled

pytestmark = pytest.mark.browser
FORMULATION = {
    "sets": [{"name": "G", "elements": ["bowl", "vase"]}],
    "parameters": [{"name": "profit", "index": ["g in G"]}, {"name": "room", "index": ["g in G"]}],
    "variables": [{"name": "make", "index": ["g in G"], "upper": 5}],
    "objective": {"sense": "maximize", "expression": "sum(profit[g]*make[g] for g in G)"},
    "constraints": [{"name": "shelf", "expression": "sum(room[g]*make[g] for g in G) <= 10"}],
}


def data_tab(page: Page, server: Running, title: str) -> tuple[str, Locator]:
    """Open the data of a new problem."""
    problem = server.post("/problems", title=title)["id"]
    server.post(f"/problems/{problem}/formulations", formulation=FORMULATION)
    page.goto(f"/p/{problem}/data")
    work = page.get_by_role("tabpanel")
    expect(work).to_contain_text("The formulation waits for data")
    return str(problem), work


def bring(work: Locator, path: Path) -> None:
    work.locator("input[type=file]").set_input_files(path)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_cell_of_a_second_sheet_is_changed_and_the_solve_uses_it(page: Page, server: Running, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book: Any = openpyxl.Workbook()
    book.active.title = "Profits"
    rooms = book.create_sheet("Rooms")
    for sheet, header, values in ((book.active, "profit", (20, 40)), (rooms, "room", (1, 2))):
        for row in (["good", header], ["bowl", values[0]], ["vase", values[1]]):
            sheet.append(row)
    book.save(tmp_path / "shop.xlsx")
    problem, work = data_tab(page, server, "Two sheets")
    bring(work, tmp_path / "shop.xlsx")
    expect(work.get_by_role("region", name="Columns of Profits")).to_contain_text("20 to 40")
    expect(work.get_by_role("region", name="Columns of Rooms")).to_contain_text("1 to 2")
    work.get_by_role("button", name="Show rows").last.click()
    work.get_by_role("button", name="Change cells").click()
    work.get_by_label("room, row 2").fill("4")
    work.get_by_role("button", name="Keep the changes").click()
    expect(work.get_by_role("region", name="Columns of Rooms")).to_contain_text("1 to 4")
    expect(work.get_by_role("region", name="Columns of Profits")).to_contain_text("20 to 40")
    work.get_by_role("button", name="Put the data into a new version").click()
    expect(work).not_to_contain_text("The formulation waits for data")
    run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])
    assert server.get(f"/runs/{run['id']}/solution")["objective"] == pytest.approx(150)


def test_million_rows_are_read_and_looked_at_by_the_hundred(page: Page, server: Running, tmp_path: Path) -> None:
    _, work = data_tab(page, server, "Many rows")
    content = "good,weight\n" + "".join(f"a{number},{number % 97}\n" for number in range(1_000_000))
    bring(work, written(tmp_path, "many.csv", content.encode()))
    columns = work.get_by_role("region", name="Columns of many")
    expect(columns).to_contain_text("0 to 96", timeout=120_000)
    expect(work.get_by_role("article", name="many.csv")).to_contain_text("1000000 rows")
    work.get_by_role("button", name="Show rows").click()
    expect(work).to_contain_text("100 of 1000000", timeout=60_000)
    work.get_by_role("button", name="Show more").click()
    expect(work).to_contain_text("200 of 1000000", timeout=60_000)
    assert work.get_by_role("region", name="Rows of many").locator("tbody tr").count() <= 122


def test_file_over_the_limit_is_refused_with_its_size(page: Page, server: Running, tmp_path: Path) -> None:
    _, work = data_tab(page, server, "Too large")
    bring(work, written(tmp_path, "large.csv", b"a,b\n" + b"1,2\n" * (5 * 2**20)))
    expect(work.get_by_role("alert")).to_contain_text("20.0 MB is the most")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("setup.csv", b"MZ\x90\x00\x03\x00\x00\x00\x04", "no text"),
        ("broken.xlsx", b"PK\x03\x04 broken", "spreadsheet"),
        ("empty.csv", b"", "empty"),
    ],
)
def test_file_that_holds_no_data_is_refused(
    page: Page, server: Running, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    _, work = data_tab(page, server, f"Not {name}")
    bring(work, written(tmp_path, name, content))
    expect(work.get_by_role("alert")).to_contain_text(name)
    expect(work.get_by_role("alert")).to_contain_text(said)
    expect(work.get_by_role("article")).to_have_count(0)


def test_latin_letters_semicolons_and_decimal_commas_are_read(page: Page, server: Running, tmp_path: Path) -> None:
    _, work = data_tab(page, server, "Latin")
    content = "Stück;Preis\nSchüssel;4,50\nGefäß;12,25\n".encode("cp1252")
    bring(work, written(tmp_path, "preise.csv", content))
    columns = work.get_by_role("region", name="Columns of preise")
    expect(columns).to_contain_text("Stück")
    expect(columns).to_contain_text("Schüssel")
    expect(columns).to_contain_text("4.5 to 12.25")
    expect(work).to_contain_text("encoding cp1252 · delimiter semicolon · decimal ,")


def test_table_in_a_pdf_is_shown_and_goes_into_the_formulation(page: Page, server: Running, tmp_path: Path) -> None:
    pytest.importorskip("pdfplumber", reason="pdfplumber is not installed: pip install 'fivefold[pdf]'")
    problem, work = data_tab(page, server, "Printed")
    rows = [["good", "profit (EUR)", "room"], ["bowl", "20", "1,5"], ["vase", "40", "2,25"]]
    bring(work, written(tmp_path, "prices.pdf", pdf(ruled(rows))))
    expect(work.get_by_role("region", name="Columns of prices")).to_contain_text("1.5 to 2.25", timeout=60_000)
    work.get_by_role("button", name="Show rows").click()
    expect(work.get_by_role("region", name="Rows of prices")).to_contain_text("vase")
    expect(work).to_contain_text("found on page 1. Compare it with the page.")
    expect(work.get_by_role("button", name="Change cells")).to_have_count(0)
    work.get_by_role("button", name="Put the data into a new version").click()
    expect(work).not_to_contain_text("The formulation waits for data")
    parameters = server.get(f"/problems/{problem}/formulations/latest")["formulation"]["parameters"]
    assert [one["values"] for one in parameters] == [[20, 40], [1.5, 2.25]]
    bring(work, written(tmp_path, "scan.pdf", pdf(PICTURE)))
    expect(work.get_by_role("alert")).to_contain_text("a scan", timeout=60_000)


def test_files_chosen_with_a_new_problem_are_what_it_is_solved_with(
    page: Page, llm: ScriptedLLM, tmp_path: Path
) -> None:
    llm.rule = replying(formulated())
    tables = {"quarries.csv": QUARRIES, "orders.csv": ORDERS, "freight.csv": FREIGHT}
    page.goto("/new")
    page.get_by_label("Your problem").fill(TEXT)
    page.locator("input[type=file]").set_input_files(
        [written(tmp_path, name, content.encode()) for name, content in tables.items()]
    )
    page.get_by_role("button", name="Formulate and solve").click()
    expect(page.locator(".objective strong")).to_have_text(str(OPTIMUM))
