"""Sliding a number in a real browser: the objective follows, by keys too, and cases stand side by side."""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Page, expect

from tests.browser.pottery import POTTERY, SLOW_MS
from tests.browser.test_access import RULES, violations
from tests.server.serving import Running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def problem(server: Running) -> str:
    made = str(server.post("/problems", title="Pottery")["id"])
    server.post(f"/problems/{made}/formulations", formulation=POTTERY)
    return made


def objective(server: Running, problem: str, kind: str, text: str) -> str:
    """Return the best objective after a change, as solving again gives it, as the page writes numbers."""
    changes = [{"kind": kind, "text": text}]
    after = server.post(f"/problems/{problem}/formulations/1/what-if", changes=changes)["after"]["objective"]
    return f"{after:.9g}"


def test_objective_follows_the_slider(page: Page, server: Running, problem: str) -> None:
    page.goto(f"/p/{problem}/what-if")
    page.get_by_label("Parameter or entry").fill("clay")
    slider = page.get_by_role("slider", name="Slide it")
    expect(slider).to_have_value("44", timeout=SLOW_MS)
    expect(page.locator(".slide")).to_contain_text(
        "From 22 to 82.5: each unit up changes objective (EUR) by 1.81818182."
    )
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(slider).to_be_focused()
    expect(page.get_by_label("New value")).to_have_value("47")
    follows = page.locator(".slide output")
    expect(follows).to_have_text(
        f"clay=47: {objective(server, problem, 'set', 'clay=47')} EUR (+5.45454545)", timeout=SLOW_MS
    )
    page.keyboard.press("End")
    expect(follows).to_contain_text("clay=88: ", timeout=SLOW_MS)
    expect(follows).to_contain_text(f"{objective(server, problem, 'set', 'clay=88')} EUR", timeout=SLOW_MS)
    expect(follows).to_contain_text("beyond the range")
    page.get_by_label("New value").fill("30")
    expect(slider).to_have_value("30")
    expect(follows).to_contain_text(f"clay=30: {objective(server, problem, 'set', 'clay=30')} EUR", timeout=SLOW_MS)


def test_limit_of_a_constraint_is_slid(page: Page, server: Running, problem: str) -> None:
    page.goto(f"/p/{problem}/what-if")
    page.get_by_label("What is different").select_option("limit")
    choice = page.get_by_label("Constraint")
    expect(choice.locator("option")).to_have_text(["choose …", "kiln"])
    choice.select_option("kiln")
    slider = page.get_by_role("slider", name="Slide it")
    expect(slider).to_have_value("110", timeout=SLOW_MS)
    slider.fill("120")
    follows = page.locator(".slide output")
    expect(follows).to_contain_text(f"{objective(server, problem, 'limit', 'kiln=120')} EUR", timeout=SLOW_MS)
    slider.fill("0")
    expect(follows).to_have_text("kiln=0: 0 EUR (−480), beyond the range", timeout=SLOW_MS)


def test_three_cases_side_by_side_and_one_removed(page: Page, problem: str) -> None:
    page.goto(f"/p/{problem}/what-if")
    page.get_by_label("Parameter or entry").fill("clay")
    table = page.get_by_role("region", name="Scenarios")
    for count, value in enumerate(("30", "50", "60"), start=1):
        page.get_by_label("New value").fill(value)
        page.get_by_role("button", name="Solve both and compare").click()
        expect(table.locator("tbody tr")).to_have_count(count + 1, timeout=SLOW_MS)
    expect(page.locator(".bars rect")).to_have_count(4)
    page.get_by_role("button", name="Remove clay=50").click()
    expect(table.locator("tbody tr")).to_have_count(3)
    expect(table).not_to_contain_text("clay=50")


def test_sliding_breaks_no_rule(page: Page, problem: str) -> None:
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe is not installed: pip install 'fivefold[dev]'")
    page.goto(f"/p/{problem}/what-if")
    page.get_by_label("Parameter or entry").fill("clay")
    page.get_by_label("New value").fill("50")
    expect(page.locator(".slide output")).to_contain_text("EUR", timeout=SLOW_MS)
    axe = (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    assert violations(page, axe, {"type": "tag", "values": RULES}) == []


def test_case_without_solution_names_the_few_limits_that_clash(page: Page, problem: str) -> None:
    page.goto(f"/p/{problem}/what-if")
    page.get_by_label("What is different").select_option("add")
    page.get_by_label("Constraint", exact=True).fill("bowls >= 100")
    page.get_by_role("button", name="Solve both and compare").click()
    case = page.get_by_role("article", name="with bowls >= 100")
    expect(case).to_contain_text("With this change there is no solution.", timeout=SLOW_MS)
    expect(case.get_by_role("listitem")).to_have_count(2)
    expect(case.get_by_role("listitem").last).to_contain_text("bowls >= 100")
    how = case.get_by_text("verified by dropping each member")
    expect(how).to_be_hidden()
    case.get_by_text("How this was found").click()
    expect(how).to_be_visible()


def test_case_that_cannot_be_read_is_refused_without_the_command_s_options(page: Page, problem: str) -> None:
    page.goto(f"/p/{problem}/what-if")
    page.get_by_label("Parameter or entry").fill("clay")
    page.get_by_label("New value").fill("lots")
    page.get_by_role("button", name="Solve both and compare").click()
    refused = page.get_by_role("form", name="Ask what if").get_by_role("alert").last
    expect(refused).to_contain_text("'clay=lots': `lots` is no number", timeout=SLOW_MS)
    expect(refused).not_to_contain_text("--set")
