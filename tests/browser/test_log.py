"""The log of a run with thousands of lines: few are in the page, all can be searched and taken away."""

from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Page, expect

from tests.browser.logs import LINES, line, with_long_log
from tests.server.serving import POTTERY, Running

pytestmark = pytest.mark.browser
MOST_LINES = 120
"""Lines of a log that are in the page at once."""


def test_long_log_is_searched_and_scrolled_with_few_lines_in_the_page(page: Page, server: Running) -> None:
    problem = server.post("/problems", title="Long log")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    run = server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])["id"]
    printed = len(server.get(f"/runs/{run}/log"))
    with_long_log(server, run, problem, LINES - printed)
    page.goto(f"/p/{problem}/log")
    log = page.get_by_role("region", name="What the solver printed")
    work = page.get_by_role("tabpanel")
    expect(work.get_by_role("status")).to_have_text(f"{LINES} lines, as many as are kept", timeout=60_000)
    source = log.locator(".source")
    held = "(pre) => pre.textContent.split('\\n').length"
    assert source.evaluate(held) == MOST_LINES
    expect(source).not_to_contain_text(line(LINES - printed))
    log.evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
    expect(source).to_contain_text(line(LINES - printed))
    expect(log.locator(".line-numbers")).to_contain_text(str(LINES))
    bottoms = "(box) => [box, box.querySelector('.source')].map((one) => one.getBoundingClientRect().bottom)"
    end, last = log.evaluate(bottoms)
    assert abs(end - last) < 30
    assert source.evaluate(held) == MOST_LINES
    page.get_by_label("Search the solver's lines").fill("NODE  15838 ")
    expect(work.get_by_role("status")).to_contain_text(f"1 of {LINES} lines")
    expect(source).to_have_text(line(2))
    expect(log.locator(".line-numbers")).to_have_text(str(printed + 2))
    page.get_by_label("Search the solver's lines").fill("no such line")
    expect(work.get_by_role("status")).to_contain_text(f"0 of {LINES} lines")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Save as text").click()
    assert taken.value.suggested_filename == f"log-{run}.txt"
    kept = Path(taken.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(kept) == LINES and kept[-1].strip() == line(LINES - printed).strip()
