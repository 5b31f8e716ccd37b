"""From each example card to a result with a real LLM: typed, asked, approved and solved, as a person does it.

Run by `pytest -m llm tests/browser/test_llm_journeys.py -s` with `FIVEFOLD_LLM_URL` naming an endpoint, or with the
embedded LLM fetched (`fivefold model pull`). What a small LLM makes of a text may be wrong: what is held is that every
card ends in a result with a verdict, and that the page says how it ended.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, expect

from fivefold.llm.local import find
from fivefold.settings import Settings, from_environment
from fivefold_server.config import Config
from fivefold_server.routes.pages import UI
from tests.browser.browsing import page_of
from tests.server.serving import ENDED, Json, Running, serving

pytestmark = [pytest.mark.browser, pytest.mark.llm]
WITHIN_S = 900
CARDS = {
    "bakery": ("Bakery", 331), "transport": ("Spring water", 580), "staffing": ("Shifts", 10),
    "loading": ("Loading a van", 205), "blending": ("Horse feed", 68.5), "orders": ("One press, four orders", 1),
}  # fmt: skip
"""Title of each card, and the best objective of a right formulation."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    url, own = os.environ.get("FIVEFOLD_LLM_URL"), from_environment()
    if url is None and find(own.data_dir) is None:
        pytest.skip("there is no LLM: set FIVEFOLD_LLM_URL, or `fivefold model pull`")
    folder = tmp_path_factory.mktemp("journeys")
    # The embedded LLM lies in the data folder of the machine; what is made of the journeys does not go there.
    place = own.data_dir if url is None else folder / "data"
    settings = Settings(base_url=url, api_key=url and "any", data_dir=place, cache_dir=folder / "cache")
    with serving(Config(settings=settings, data_dir=folder / "server")) as running:
        yield running


def approved(page: Page, server: Running, problem: str) -> Json:
    """Go on without answers and approve whatever is shown, until the run has ended; return the run."""
    end = time.monotonic() + WITHIN_S
    while True:
        run: Json = server.get(f"/problems/{problem}")["runs"][-1]
        if run["status"] in ENDED:
            return run
        assert time.monotonic() < end, f"the run is {run['status']} after {WITHIN_S} s"
        if run["status"] == "waiting":
            known = run["waiting"]["kind"]
            button = "Approve and solve" if known == "approval" else "Go on without an answer"
            page.get_by_role("button", name=button).last.click()
        # Long enough for a click to arrive; the state is looked at again, so nothing hangs on it.
        time.sleep(2)


@pytest.mark.parametrize("name", CARDS)
def test_card_is_typed_approved_and_comes_to_a_result(browser: Browser, server: Running, name: str) -> None:
    card, best = CARDS[name]
    text = (UI / "examples" / f"{name}.txt").read_text(encoding="utf-8").strip()
    began = time.monotonic()
    with page_of(browser, server.url) as page:
        page.goto("/new")
        page.get_by_label("Questions").select_option("approve")
        page.get_by_label("Your problem").fill(text)
        page.get_by_role("button", name="Formulate and solve").click()
        page.wait_for_url("**/p/*")
        problem = page.url.split("/")[4]
        run = approved(page, server, problem)
        told = {"card": card, "status": run["status"], "best": best, "seconds": round(time.monotonic() - began)}
        if run["status"] in ("succeeded", "infeasible", "unbounded", "time_limit"):
            solution = server.get(f"/runs/{run['id']}/solution")
            verdict: Json = solution["verdict"]
            told |= {"objective": solution["objective"], "grade": verdict["grade"]}
        print(json.dumps(told))
        if folder := os.environ.get("FIVEFOLD_JOURNEYS"):
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
            (Path(folder) / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
        expect(page.locator(".bubble.agent, .run .note.bad").last).to_be_visible()
        assert run["status"] == "succeeded", told
        expect(page.locator(".objective strong")).to_be_visible()
        expect(page.get_by_role("tabpanel")).to_contain_text("How far can it be trusted?")
