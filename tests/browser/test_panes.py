"""Other questions beside what-if in a real browser: other solutions, the trade-off, the number it takes."""

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Page, expect

from tests.browser.pottery import POTTERY, SLOW_MS
from tests.server.serving import Running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def problem(server: Running) -> str:
    made = str(server.post("/problems", title="Pottery")["id"])
    server.post(f"/problems/{made}/formulations", formulation=POTTERY)
    return made


def asking(page: Page, problem: str, question: str) -> None:
    page.goto(f"/p/{problem}/what-if")
    page.get_by_role("group", name="Question").get_by_role("button", name=question).click()


def test_room_of_each_decision_and_others_that_differ(page: Page, problem: str) -> None:
    asking(page, problem, "What else?")
    page.get_by_label("Solutions").select_option("freedom")
    page.get_by_label("Loss, at most").fill("5")
    page.get_by_role("button", name="Solve", exact=True).click()
    room = page.get_by_role("region", name="Room of each decision")
    expect(room.locator("tbody tr")).to_have_count(2, timeout=SLOW_MS)
    page.get_by_label("Solutions").select_option("diverse")
    page.get_by_role("button", name="Solve", exact=True).click()
    expect(page.get_by_role("region", name="Other solutions")).to_contain_text("480 EUR", timeout=SLOW_MS)


def test_trade_off_is_drawn_with_its_table(page: Page, problem: str) -> None:
    asking(page, problem, "Trade-off")
    solve = page.get_by_role("button", name="Solve", exact=True)
    expect(solve).to_be_disabled()
    page.get_by_label("The other goal").fill("bowls + nothing")
    solve.click()
    expect(page.get_by_role("alert")).to_contain_text("nothing", timeout=SLOW_MS)
    page.get_by_label("The other goal").fill("vases")
    page.get_by_label("Which way").select_option("minimize")
    page.get_by_label("Call it").fill("fragile things")
    solve.click()
    answer = page.get_by_role("region", name="Answer: What is the trade-off against another goal?")
    expect(answer.locator("[data-drawn=line]")).to_be_visible(timeout=SLOW_MS)
    answer.get_by_text("The chart as a table").click()
    expect(answer.locator("th").last).to_have_text("fragile things")
    expect(answer.locator(".mark-symbol.role-mark > *")).to_have_count(answer.locator("tbody tr").count())


def test_number_that_a_target_takes(page: Page, problem: str) -> None:
    asking(page, problem, "Which number?")
    for label, text in {"Parameter or entry": "clay", "From": "40", "To": "60", "Target": "490"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Solve", exact=True).click()
    answer = page.get_by_role("region", name="Answer: What must a number be?")
    expect(answer).to_contain_text("from 49.5 to 60", timeout=SLOW_MS)
    expect(answer.locator("[data-drawn=line]")).to_be_visible(timeout=SLOW_MS)
