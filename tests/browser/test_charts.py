"""Charts in a real browser: each kind drawn for its structure, the table behind it, pictures to take away."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.browsing import page_of
from tests.server.serving import POTTERY, Running

pytestmark = pytest.mark.browser
PROBLEMS = Path(__file__).parents[1] / "problems"
SLOW_MS = 60_000
"""What loading and drawing the first chart may take on a busy machine."""
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"


def solved(server: Running, title: str, formulation: dict[str, Any]) -> str:
    """Put a formulation in, solve it and return its problem."""
    problem = str(server.post("/problems", title=title)["id"])
    server.post(f"/problems/{problem}/formulations", formulation=formulation)
    run = server.post(f"/problems/{problem}/solve")["run"]["id"]
    assert server.ended(run)["status"] == "succeeded"
    return problem


def example(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PROBLEMS / f"{name}.json").read_text(encoding="utf-8"))["formulation"]
    return found


def drawn(page: Page, problem: str, kind: str) -> Locator:
    """Show a problem's solution and return its first chart of a kind, drawn."""
    page.goto(f"/p/{problem}/solution")
    chart = page.locator(f"figure[data-kind={kind}]").first
    expect(chart.locator(f"[data-drawn={kind}]")).to_be_visible(timeout=SLOW_MS)
    return chart


@pytest.mark.parametrize(
    ("name", "kind", "marks"),
    [
        ("product_mix", "bar", "rect.role-mark.layer_0"),
        ("assignment", "heat", "rect.role-mark.layer_0"),
        ("kiln_queue", "gantt", "rect.role-mark.layer_0"),
        ("max_flow", "network", "rule.role-mark.layer_0"),
        ("stock_weeks", "line", "symbol.role-mark.layer_1"),
    ],
)
def test_each_kind_is_drawn_for_its_structure_with_its_table(
    page: Page, server: Running, name: str, kind: str, marks: str
) -> None:
    chart = drawn(page, solved(server, name, example(name)), kind)
    summary = chart.locator(".drawing").get_attribute("aria-label") or ""
    assert summary.endswith("The table below has the same.") and len(summary) > 60
    chart.get_by_text("The chart as a table").click()
    table = chart.locator("tbody tr")
    expect(table.first).to_be_visible()
    found = server.get(f"/runs/{server.get('/runs')[0]['id']}/charts")["charts"]
    rows = next(one["rows"] for one in found if one["kind"] == kind)
    expect(table).to_have_count(len(rows))
    expect(table.first.locator("td").first).to_have_text(str(rows[0][0]))
    expect(chart.locator(f".mark-{marks}_marks > *")).to_have_count(len(rows))


def test_chart_is_drawn_as_another_kind_by_keys(page: Page, server: Running) -> None:
    chart = drawn(page, solved(server, "Transport", example("transport_table")), "heat")
    kinds = chart.get_by_label("Drawn as")
    kinds.focus()
    kinds.press("ArrowDown")
    other = page.locator("figure[data-kind=bar]")
    expect(other.locator("[data-drawn=bar]")).to_be_visible()
    expect(other.locator(".mark-rect.role-mark > *")).to_have_count(6)


def test_chart_is_taken_away_as_picture_and_specification(page: Page, server: Running) -> None:
    chart = drawn(page, solved(server, "Pottery", POTTERY), "bar")
    begins = {"SVG": b"<svg", "PNG": b"\x89PNG", "Vega-Lite": b"{"}
    for name, first in begins.items():
        with page.expect_download() as taken:
            chart.get_by_role("button", name=name).click()
        content = Path(taken.value.path()).read_bytes()
        assert content.startswith(first) and len(content) > 500
    assert json.loads(content)["$schema"].endswith("v6.json")


def test_drawing_follows_width_and_colours(browser: Browser, server: Running) -> None:
    problem = solved(server, "Pottery", POTTERY)
    with page_of(browser, server.url, viewport={"width": 1600, "height": 900}) as page:
        drawn(page, problem, "bar")
        drawing = page.locator(".drawing svg")
        wide = float(drawing.get_attribute("width") or 0)
        page.set_viewport_size({"width": 950, "height": 900})
        expect(drawing).not_to_have_attribute("width", f"{wide:g}")
        light = page.locator(".drawing .mark-rect.role-mark path").first
        before = light.get_attribute("fill") or ""
        page.emulate_media(color_scheme="dark")
        expect(page.locator(f".drawing .mark-rect.role-mark path[fill='{before}']")).to_have_count(0)
        expect(page.locator(".drawing .mark-rect.role-mark path")).to_have_count(2)


def test_names_of_others_stay_text_in_a_chart(page: Page, server: Running) -> None:
    formulation = {
        "sets": [{"name": "I", "elements": [HOSTILE, "datum.value", "http://127.0.0.1:1/x.png"]}],
        "variables": [{"name": "x", "index": ["i in I"], "upper": 3, "description": HOSTILE, "unit": HOSTILE}],
        "objective": {"sense": "maximize", "expression": "sum(x[i] for i in I)"},
    }
    chart = drawn(page, solved(server, "Hostile", formulation), "bar")
    expect(chart.locator(".mark-text.role-axis-label").last).to_contain_text("<img src=x")
    expect(chart.locator("img, image, a")).to_have_count(0)
    assert page.title() != "taken"


def test_files_of_charts_come_with_the_first_chart(page: Page, server: Running) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    problem = solved(server, "Pottery", POTTERY)
    page.goto(f"/p/{problem}/formulation")
    expect(page.locator(".katex").first).to_be_visible()
    assert not any("/vendor/vega" in url for url in asked)
    drawn(page, problem, "bar")
    assert any("/vendor/vega-lite/" in url for url in asked)
