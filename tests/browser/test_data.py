"""Data files in the page: spreadsheets with several sheets, large tables, files that hold no data."""

import io
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Locator, Page, expect

from tests.server.serving import Running

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


def bring(work: Locator, name: str, content: bytes) -> None:
    work.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_cell_of_a_second_sheet_is_changed_and_the_solve_uses_it(page: Page, server: Running) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book: Any = openpyxl.Workbook()
    book.active.title = "Profits"
    rooms = book.create_sheet("Rooms")
    for sheet, header, values in ((book.active, "profit", (20, 40)), (rooms, "room", (1, 2))):
        for row in (["good", header], ["bowl", values[0]], ["vase", values[1]]):
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    problem, work = data_tab(page, server, "Two sheets")
    bring(work, "shop.xlsx", stream.getvalue())
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
