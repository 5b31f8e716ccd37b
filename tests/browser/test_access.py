"""Pages for everybody: rules of WCAG 2.1 A and AA as axe knows them, dark colours, narrow screens, many values."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import page_of, solved
from tests.server.serving import POTTERY, Running

pytestmark = pytest.mark.browser
TABS = ("problem", "data", "formulation", "code", "solution", "sensitivity", "what-if", "log")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
NARROW = 900
BUSY = ".loading, .starting"


@pytest.fixture(scope="module")
def problem(server: Running) -> str:
    return solved(server)


@pytest.fixture(scope="module")
def axe() -> str:
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe is not installed: pip install 'fivefold[dev]'")
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def settled(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("h1").first).to_be_visible()
    expect(page.locator(BUSY)).to_have_count(0)


def all_pages(page: Page, problem: str) -> Iterator[str]:
    """Show one page after the other and yield its name; tabs are chosen, not loaded anew."""
    for path in ("/new", "/settings"):
        settled(page, path)
        yield path
    settled(page, f"/p/{problem}/problem")
    if page.viewport_size and page.viewport_size["width"] <= NARROW:
        page.get_by_role("button", name="Workspace").click()
    for tab in TABS:
        page.locator(f"#tab-{tab}").click()
        expect(page.get_by_role("tabpanel")).to_have_attribute("aria-labelledby", f"tab-{tab}")
        expect(page.locator(BUSY)).to_have_count(0)
        yield tab


def violations(page: Page, axe: str, only: dict[str, Any]) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(axe)
    found = page.evaluate("(only) => axe.run(document, {runOnly: only, resultTypes: ['violations']})", only)
    return [f"{one['id']}: {node['html'][:150]}" for one in found["violations"] for node in one["nodes"]]


@pytest.fixture(scope="module")
def dark(browser: Browser, server: Running) -> Iterator[Page]:
    with page_of(browser, server.url, color_scheme="dark") as page:
        yield page


def test_pages_break_no_rule(page: Page, problem: str, axe: str) -> None:
    found: dict[str, list[str]] = {}
    for path in ("/problems", "/login"):
        settled(page, path)
        found[path] = violations(page, axe, {"type": "tag", "values": RULES})
    for name in all_pages(page, problem):
        found[name] = violations(page, axe, {"type": "tag", "values": RULES})
    page.locator("#tab-formulation").click()
    page.get_by_role("button", name="Edit row_1").click()
    page.get_by_role("textbox", name="Expression").fill("rye_trays <= 3")
    # The whole form, so that a failure tells what stands there instead.
    expect(page.locator("form.editing")).to_contain_text("What would change", timeout=60_000)
    expect(page.locator("ins")).to_have_count(1)
    found["editing"] = violations(page, axe, {"type": "tag", "values": RULES})
    assert not any(found.values()), {path: those for path, those in found.items() if those}


def test_dark_colours_can_be_read(dark: Page, problem: str, axe: str) -> None:
    found: dict[str, list[str]] = {}
    for name in all_pages(dark, problem):
        if name in ("/new", "problem", "formulation", "solution", "log"):
            found[name] = violations(dark, axe, {"type": "rule", "values": ["color-contrast"]})
    assert not any(found.values()), {path: those for path, those in found.items() if those}
    assert dark.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 22, 26)"


def test_narrow_page_does_not_scroll_sideways(browser: Browser, server: Running, problem: str) -> None:
    inside = "[...document.querySelectorAll('.panel, .page')].every((one) => one.scrollWidth <= one.clientWidth + 1)"
    with page_of(browser, server.url, viewport={"width": 360, "height": 740}) as page:
        for name in all_pages(page, problem):
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            assert page.evaluate(inside), name


MOST_ROWS = 122
"""Rows of a table that are in the page at once, with those that stand for the others."""


def test_thousand_values_take_no_more_of_the_page_than_a_hundred(page: Page, server: Running) -> None:
    formulation = {
        "sets": [{"name": "I", "expression": "range(1, 1001)"}],
        "variables": [{"name": "x", "index": ["i in I"], "upper": 3}],
        "objective": {"sense": "maximize", "expression": "sum(x[i] for i in I)"},
        "constraints": [{"name": "most", "expression": "sum(x[i] for i in I) <= 1500"}],
    }
    made = server.post("/problems", title="Many")["id"]
    server.post(f"/problems/{made}/formulations", formulation=formulation)
    server.ended(server.post(f"/problems/{made}/solve")["run"]["id"])
    settled(page, f"/p/{made}/solution")
    table = page.get_by_role("region", name="Values of x")
    expect(table.locator("table")).to_have_attribute("aria-rowcount", "201")
    page.get_by_role("button", name="Show more").click()
    expect(table.locator("table")).to_have_attribute("aria-rowcount", "1001")
    rows = table.locator("tbody tr")
    assert rows.count() <= MOST_ROWS
    expect(table.get_by_role("cell", name="1000", exact=True)).to_have_count(0)
    table.evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
    page.wait_for_function(
        "(box) => { const last = box.querySelector('tbody tr:last-child').getBoundingClientRect();"
        " return last.bottom <= box.getBoundingClientRect().bottom + 2 && box.innerText.includes('1000'); }",
        arg=table.element_handle(),
    )
    assert rows.count() <= MOST_ROWS
    page.get_by_label("Search x").fill("99")
    expect(rows).to_have_count(19)
    page.get_by_label("Search x").fill("999")
    expect(rows).to_have_count(1)


def test_many_problems_leave_no_memory_behind(page: Page, server: Running, problem: str) -> None:
    session = page.context.new_cdp_session(page)
    settled(page, f"/p/{problem}/solution")
    for number in range(20):
        made = server.post("/problems", title=f"One of many {number}")["id"]
        server.post(f"/problems/{made}/formulations", formulation=POTTERY)
        page.evaluate(
            "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
            f"/p/{made}/formulation",
        )
        expect(page.get_by_role("button", name=f"One of many {number}", exact=True)).to_be_visible()
        expect(page.locator(BUSY)).to_have_count(0)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    assert told["JSHeapUsedSize"] < 150 * 2**20


def test_page_at_twice_the_size_does_not_scroll_sideways(browser: Browser, server: Running, problem: str) -> None:
    # What a browser does at 200 %: half as many pixels of CSS on the same screen.
    half = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
    with page_of(browser, server.url, **half) as page:
        for name in all_pages(page, problem):
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_nothing_moves_where_less_motion_is_wished_for(browser: Browser, server: Running) -> None:
    with page_of(browser, server.url, reduced_motion="reduce") as page:
        settled(page, "/new")
        moving = "() => document.body.appendChild(Object.assign(document.createElement('i'), {className: 'spinner'}))"
        assert page.evaluate(f"getComputedStyle(({moving})()).animationName") == "none"


def test_forced_colours_keep_what_matters_visible(browser: Browser, server: Running, problem: str, axe: str) -> None:
    with page_of(browser, server.url, forced_colors="active") as page:
        found = {name: violations(page, axe, {"type": "tag", "values": RULES}) for name in all_pages(page, problem)}
        assert not any(found.values()), {path: those for path, those in found.items() if those}
        page.locator("#tab-solution").click()
        for part in (".chip", ".tabs [aria-selected=true]", "button.primary"):
            width = page.locator(part).first.evaluate("(one) => parseFloat(getComputedStyle(one).borderBottomWidth)")
            assert width >= 1, part
        page.locator("#tab-what-if").click()
        pressed = page.locator(".switch.always [aria-pressed=true]")
        expect(pressed).to_have_css("outline-style", "solid")


def test_two_pages_show_the_same(browser: Browser, server: Running) -> None:
    made = server.post("/problems", title="Shared")["id"]
    server.post(f"/problems/{made}/formulations", formulation=POTTERY)
    with page_of(browser, server.url) as one, page_of(browser, server.url) as other:
        settled(one, f"/p/{made}/formulation")
        settled(other, f"/p/{made}/solution")
        one.get_by_role("button", name="Edit clay").click()
        one.get_by_role("textbox", name="Expression").fill("3*bowls + 2*vases <= 40")
        one.get_by_role("button", name="Keep as a new version").click()
        other.get_by_role("button", name="Solve version 2").click()
        expect(other.locator(".objective strong")).to_be_visible()
        expect(one.get_by_role("article", name="Run: Solve version 2")).to_contain_text("solved")
