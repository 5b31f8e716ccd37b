"""From each example card to a result with a real LLM: typed, asked, approved and solved, as a person does it.

Run by `pytest -m llm tests/browser/test_llm_journeys.py -s` with `FIVEFOLD_LLM_URL` naming an endpoint, or with the
embedded LLM fetched (`fivefold model pull`); `FIVEFOLD_JOURNEYS` names a folder for pictures of how each ended. What a
small LLM makes of a text may be wrong: what is held is that every card ends in a result with a verdict, and that the
page shows a solution, or why there is none.
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
from fivefold.llm.local import server as llm_server
from fivefold.settings import Settings, from_environment
from fivefold_server.config import Config
from fivefold_server.routes.pages import UI
from tests.browser.browsing import page_of
from tests.server.serving import ENDED, Json, Running, serving

pytestmark = [pytest.mark.browser, pytest.mark.llm]
WITHIN_S = 900
RESULTS = ("succeeded", "infeasible", "unbounded", "time_limit")
URL, PICTURES = os.environ.get("FIVEFOLD_LLM_URL"), os.environ.get("FIVEFOLD_JOURNEYS")
"""Read here: the tests themselves run in an environment that names no LLM."""
CARDS = {
    "bakery": ("Bakery", 331), "transport": ("Spring water", 580), "staffing": ("Shifts", 10),
    "loading": ("Loading a van", 205), "blending": ("Horse feed", 68.5), "orders": ("One press, four orders", 1),
}  # fmt: skip
"""Title of each card, and the best objective of a right formulation."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    own = from_environment()
    if URL is None and find(own.data_dir) is None:
        pytest.skip("there is no LLM: set FIVEFOLD_LLM_URL, or `fivefold model pull`")
    folder = tmp_path_factory.mktemp("journeys")
    # The embedded LLM lies in the data folder of the machine; what is made of the journeys does not go there.
    place = own.data_dir if URL is None else folder / "data"
    settings = Settings(base_url=URL, api_key=URL and "any", data_dir=place, cache_dir=folder / "cache")
    ours = URL is None and llm_server.serving(own.data_dir) is None
    try:
        with serving(Config(settings=settings, data_dir=folder / "server")) as running:
            yield running
    finally:
        if ours:
            llm_server.stop(own.data_dir)


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
        if run["status"] in RESULTS:
            solution = server.get(f"/runs/{run['id']}/solution")
            verdict: Json = solution["verdict"]
            told |= {"objective": solution["objective"], "grade": verdict["grade"]}
        print(json.dumps(told))
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)
        expect(page.locator(".bubble.agent, .run .note.bad").last).to_be_visible()
        assert run["status"] in RESULTS, told
        expect(page.locator(".objective strong" if run["status"] == "succeeded" else "#why")).to_be_visible()
        expect(page.get_by_role("tabpanel")).to_contain_text("How far can it be trusted?")
