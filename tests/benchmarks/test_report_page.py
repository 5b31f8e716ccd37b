"""The page of a report in a real browser: for everybody, on dark and narrow screens, and its filter."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, expect

from fivefold_benchmarks.collected import collected
from fivefold_benchmarks.record_book import RecordBook
from fivefold_benchmarks.report import facts_of
from fivefold_benchmarks.report_files import write_report
from tests.benchmarks.running import cases, info_of
from tests.benchmarks.test_report import kept, trace_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from tests.browser.browsing import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of two pipelines on four problems: 0 right with none, 1 and 2 with `fivefold`, 3 with both."""
    folder = tmp_path_factory.mktemp("report")
    with RecordBook.open(folder / "runs.sqlite") as book:
        book.begin(info_of(pipelines=["direct", "fivefold"]), cases(4, answer_published=1.0))
        for n in range(4):
            book.append(kept(n, "direct", n == 3, program="print(1)"), trace_of("Say it"))
            book.append(kept(n, "fivefold", n > 0, verdict="consistent", confidence=0.5 + n / 10), trace_of("Say it"))
        runs = collected(book, book.run())
        write_report(runs, facts_of(runs), folder)
    return (folder / "report.html").as_uri()


@pytest.mark.parametrize(("width", "colours"), [(380, "light"), (1200, "dark")])
def test_it_is_for_everybody(browser: Browser, address: str, width: int, colours: str) -> None:
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe is not installed: pip install 'fivefold[dev]'")
    scheme = {"color_scheme": colours}
    context = browser.new_context(viewport={"width": width, "height": 800}, **scheme)  # type: ignore[arg-type]  # a word
    page = context.new_page()
    page.goto(address)
    expect(page.locator("details.item")).to_have_count(4)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    # The page's own policy allows no script from elsewhere; this one is run by the browser, as its tools are.
    page.evaluate((Path(spec.origin).parent / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"][:100]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_problems_are_found(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    shown = page.locator("details.item:visible")
    expect(page.get_by_text("fivefold is right on 3 of 4 problems (75 %")).to_be_visible()
    expect(page.locator("output")).to_have_text("4 of 4 problems")
    page.locator("#m").select_option("right with none")
    expect(shown).to_have_count(1)
    expect(shown.locator("code").first).to_have_text("crates/crate-0")
    page.locator("#m").select_option("pipelines differ")
    expect(shown).to_have_count(2)
    page.locator("#p").select_option("direct")
    page.locator("#m").select_option("right")
    expect(shown).to_have_count(1)
    page.locator("#m").select_option("any")
    page.locator("#q").fill("crate-2")
    expect(page.locator("output")).to_have_text("1 of 4 problems")
    shown.locator("summary").first.click()
    expect(shown.get_by_text("Answer 20, optimal; label single.")).to_be_visible()
    page.close()
