"""Stopping a long solve in a real browser: the best so far is the result, with what can be said of it."""

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Page, expect

from tests.server.serving import Running
from tests.server.test_stopped import hard

pytestmark = pytest.mark.browser
SLOW_MS = 90_000


def test_long_solve_tells_its_progress_and_is_stopped_with_the_best(page: Page, server: Running) -> None:
    problem = server.post("/problems", title="Hard")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=hard())
    server.post(f"/problems/{problem}/solve", time_limit_s=500)
    page.goto(f"/p/{problem}")
    run = page.get_by_role("article", name="Run: Solve version 1")
    expect(run).to_contain_text("Best so far:", timeout=SLOW_MS)
    page.reload()
    expect(run).to_contain_text("Best so far:", timeout=SLOW_MS)
    page.get_by_role("button", name="Stop and keep the best").click()
    expect(run).to_contain_text("stopped with the best so far", timeout=SLOW_MS)
    work = page.get_by_role("tabpanel")
    expect(work.locator(".objective strong")).to_be_visible(timeout=SLOW_MS)
    expect(work).to_contain_text("It may still be improved by")
    expect(work).to_contain_text("Recomputed without the solver: it holds")
    expect(page.get_by_role("button", name="Cancel the run")).to_have_count(0)
    expect(run.get_by_role("button", name="Go on with this run")).to_be_visible()
