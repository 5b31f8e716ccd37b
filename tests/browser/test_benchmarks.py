"""The page of benchmarks in a real browser: runs of a folder, and a report in a window that reaches nothing."""

from collections.abc import Iterator

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, expect

from fivefold.settings import Settings
from fivefold_server.config import Config
from tests.browser.browsing import page_of
from tests.server.serving import Running, serving
from tests.server.test_benchmarks import write_runs

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("runs")
    write_runs(folder)
    settings = Settings(cache_dir=folder / ".cache", data_dir=folder / ".data")
    with serving(Config(settings=settings, benchmarks=folder)) as running:
        yield running


def test_runs_and_their_report_are_shown(browser: Browser, runs: Running) -> None:
    with page_of(browser, runs.url) as page:
        page.goto("/new")
        page.get_by_role("link", name="Benchmarks").click()
        run = page.get_by_role("region", name="Pipelines of run r1")
        expect(run.locator("tbody tr")).to_have_count(2)
        expect(run.locator("tbody tr").first).to_contain_text("1 (50 %)")
        link = page.get_by_role("link", name="Report report/report.html").first
        expect(link).to_have_attribute("rel", "noopener noreferrer")
        page.goto(str(link.get_attribute("href")))
        expect(page).to_have_title("own")
        assert page.evaluate("self.origin") == "null"


def test_without_a_folder_the_page_says_how_to_set_one(page: Page) -> None:
    page.goto("/benchmarks")
    expect(page.get_by_text("No folder of runs is set")).to_be_visible()
