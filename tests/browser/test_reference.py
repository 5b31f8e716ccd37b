"""The reference for programs in a real browser: all of openapi.json, under the same policy as every page."""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Page, expect

from tests.browser.test_access import RULES, violations
from tests.server.serving import Running

pytestmark = pytest.mark.browser


def test_every_operation_and_shape_is_there(page: Page, server: Running) -> None:
    told = server.http.get("/openapi.json").json()
    operations = sum(len(methods) for methods in told["paths"].values())
    answer = page.goto("/docs")
    assert answer is not None and "'unsafe" not in answer.headers["content-security-policy"]
    expect(page.locator("details.operation")).to_have_count(operations)
    expect(page.locator("article.operation")).to_have_count(len(told["components"]["schemas"]))
    page.get_by_label("Search").fill("what-if")
    expect(page.locator("details.operation")).to_have_count(1)
    page.get_by_text("What changes if something else changes?").click()
    expect(page.get_by_role("region", name="Parameters")).to_contain_text("Number of a version")
    page.get_by_role("link", name="WhatIfAsked").click()
    shape = page.locator("#shape-WhatIfAsked")
    expect(shape).to_be_in_viewport()
    expect(shape).to_contain_text("30 unless given (> 0, ≤ 600)")
    page.get_by_label("Search").fill("no such thing")
    expect(page.get_by_text("Nothing is called so")).to_be_visible()


def test_it_breaks_no_rule_and_fits_a_narrow_screen(page: Page) -> None:
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe is not installed: pip install 'fivefold[dev]'")
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/docs")
    page.locator("details.operation summary").nth(12).click()
    expect(page.get_by_role("region", name="Answers")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe = (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    assert violations(page, axe, {"type": "tag", "values": RULES}) == []
