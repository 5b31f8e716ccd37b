"""Programs and the formulation as text in a real browser: colours, marks in lines, keys, the plain box."""

import re

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Locator, Page, expect

from tests.server.serving import POTTERY, Running

pytestmark = pytest.mark.browser
SLOW_MS = 60_000
"""What loading the editor may take on a busy machine."""


@pytest.fixture(scope="module")
def problem(server: Running) -> str:
    made = str(server.post("/problems", title="Pottery")["id"])
    server.post(f"/problems/{made}/formulations", formulation=POTTERY)
    return made


def opened(page: Page, problem: str) -> Locator:
    """Open the formulation as text and return the editor's box."""
    page.goto(f"/p/{problem}/formulation")
    page.get_by_text("The whole as text, to read or edit").click()
    box = page.get_by_role("textbox", name="The formulation as text")
    expect(page.locator(".mirror[data-ready=true]")).to_be_visible(timeout=SLOW_MS)
    return box


def test_program_is_shown_in_colours_and_cannot_be_changed(page: Page, problem: str) -> None:
    page.goto(f"/p/{problem}/code")
    box = page.get_by_role("textbox", name="Program for Pyomo")
    expect(box).to_be_visible(timeout=SLOW_MS)
    expect(box).to_contain_text("import pyomo.environ")
    colours = "(box) => new Set([...box.querySelectorAll('span')].map((one) => getComputedStyle(one).color)).size"
    assert box.evaluate(colours) >= 3
    box.click()
    page.keyboard.type("nonsense/")
    expect(box).not_to_contain_text("nonsense")
    page.get_by_role("button", name="OR-Tools MathOpt").click()
    expect(page.get_by_role("textbox", name="Program for OR-Tools MathOpt")).to_contain_text("mathopt")


def test_faults_are_marked_in_their_line_and_the_mended_text_is_kept(page: Page, problem: str, server: Running) -> None:
    box = opened(page, problem)
    line = box.locator(".cm-line", has_text="4*bowls + 10*vases <= 110")
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type(" + nothing")
    work = page.get_by_role("tabpanel")
    expect(work).to_contain_text("'nothing' is not declared")
    expect(work.locator(".cm-lint-marker-error")).to_have_count(1)
    expect(work.locator(".marks button").first).to_have_text(re.compile(r"line \d+"))
    work.locator(".marks button").first.click()
    expect(box).to_be_focused()
    work.get_by_role("button", name="Back to how it was").click()
    expect(work.locator(".cm-lint-marker-error")).to_have_count(0)
    line.click()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    page.keyboard.type("5")
    expect(work.locator("ins")).to_have_text("4*bowls + 10*vases <= 115")
    page.keyboard.press("Control+Enter")
    expect(work.locator(".versions li").first).to_contain_text("edited as text")
    latest = server.get(f"/problems/{problem}/formulations/latest")["formulation"]
    assert latest["constraints"][0]["expression"] == "4*bowls + 10*vases <= 115"
    assert latest["constraints"][1] == {**latest["constraints"][1], "expression": "3*bowls + 2*vases <= 44"}


def test_plain_box_does_the_same(page: Page, problem: str) -> None:
    opened(page, problem)
    page.get_by_label("a plain box").check()
    box = page.get_by_label("The formulation as text")
    box.fill("## Objective\n\nnothing")
    expect(page.get_by_role("tabpanel")).to_contain_text("It could not be solved like this")
    page.get_by_role("button", name="Back to how it was").click()
    expect(page.get_by_role("button", name="Keep as a new version")).to_be_disabled()


def test_edited_element_is_previewed_as_formula(page: Page, problem: str) -> None:
    page.goto(f"/p/{problem}/formulation")
    page.get_by_role("button", name="Edit clay").click()
    form = page.get_by_role("form", name="Edit constraint clay")
    form.get_by_role("textbox", name="Expression").fill("3*bowls + 2*vases <= 40")
    expect(form.locator(".katex annotation").first).to_contain_text("40")
