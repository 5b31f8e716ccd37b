"""What a person sees where there is no best solution, or no answer of the LLM, and the way on from there."""

import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, expect

from fivefold_server.config import Config
from tests.agent.solving import BOARDS, HOURS, TOYS, TOYS_OPTIMUM, rows, settings_for, toys
from tests.browser.browsing import EXAMPLE, QUICK, page_of
from tests.example_replies import answer
from tests.scripted_llm import ScriptedLLM
from tests.server.serving import POTTERY, Json, Running, serving
from tests.server.test_stopped import hard

pytestmark = pytest.mark.browser
SLOW_MS = 90_000


def refused(_: Json) -> int:
    return 401


def put_in(server: Running, formulation: Json) -> str:
    problem = str(server.post("/problems", title="Put in")["id"])
    server.post(f"/problems/{problem}/formulations", formulation=formulation)
    return problem


def test_what_has_no_end_names_the_decision_and_is_mended(page: Page, server: Running) -> None:
    clay_only = {"name": "clay", "expression": "3*bowls - 2*vases <= 44"}
    problem = put_in(server, {**POTTERY, "constraints": [clay_only]})
    page.goto(f"/p/{problem}/solution")
    page.get_by_role("button", name="Solve version 1").click()
    work = page.get_by_role("tabpanel")
    expect(work.locator(".headline")).to_contain_text("has no limit", timeout=SLOW_MS)
    expect(work.locator(".said").last).to_contain_text("vases")
    page.get_by_role("tab", name="Formulation").click()
    work.get_by_role("button", name="Edit clay").click()
    work.get_by_role("textbox", name="Expression").fill("3*bowls + 2*vases <= 44")
    work.get_by_role("button", name="Keep as a new version").click()
    work.get_by_role("button", name="Solve this version").click()
    page.get_by_role("tab", name="Solution").click()
    expect(work.locator(".objective strong")).to_have_text("880 EUR", timeout=SLOW_MS)


def test_time_limit_shows_what_was_found_its_gap_and_more_time(page: Page, server: Running) -> None:
    problem = put_in(server, hard())
    server.post(f"/problems/{problem}/solve", time_limit_s=2)
    page.goto(f"/p/{problem}/solution")
    work = page.get_by_role("tabpanel")
    expect(work.locator(".headline")).to_contain_text("stopped at the time limit", timeout=SLOW_MS)
    expect(work.locator(".headline")).to_contain_text("It may still be improved by")
    work.get_by_role("button", name="Solve with up to 8.0 s").click()
    expect(page.get_by_role("article", name="Run: Solve version 1")).to_have_count(2)
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_role("button", name="Cancel the run")).to_have_count(0)


def test_llm_that_cannot_be_reached_is_said_and_the_run_goes_on_later(
    browser: Browser, llm: ScriptedLLM, tmp_path: Path
) -> None:
    llm.rule = refused
    config = Config(settings=settings_for(llm.base_url, tmp_path))
    with serving(config) as server, page_of(browser, server.url) as page:
        page.goto("/new")
        page.get_by_label("Your problem").fill(EXAMPLE)
        page.get_by_role("button", name="Formulate and solve").click()
        page.wait_for_url("**/p/*")
        run = page.get_by_role("article", name="Run: Formulate and solve")
        expect(run).to_contain_text("failed", timeout=SLOW_MS)
        expect(run.get_by_role("alert")).to_contain_text("The LLM refused the key of this server")
        told = run.get_by_text("LLM endpoint")
        expect(told).to_be_hidden()
        run.get_by_text("For whoever runs the LLM").click()
        expect(told).to_be_visible()
        llm.rule = answer
        run.get_by_role("button", name="Go on with this run").click()
        expect(page.locator(".objective strong")).to_have_text("331", timeout=SLOW_MS)


def test_start_page_says_that_the_llm_is_down_and_keeps_the_text(browser: Browser, tmp_path: Path) -> None:
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path))
    with serving(config) as server, page_of(browser, server.url) as page:
        page.goto("/new")
        expect(page.get_by_text("The LLM cannot be reached")).to_be_visible(timeout=SLOW_MS)
        page.get_by_label("Your problem").fill("A shop makes trains.")
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("The LLM cannot be reached")).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_label("Your problem")).to_have_value("A shop makes trains.")


def test_nonsense_of_the_llm_ends_in_words_and_can_be_said_again(browser: Browser, tmp_path: Path) -> None:
    # An endpoint of its own: what an LLM cannot do is remembered of it.
    with (
        ScriptedLLM(lambda _: "I like trains.") as other,
        serving(Config(settings=settings_for(other.base_url, tmp_path))) as server,
        page_of(browser, server.url) as page,
    ):
        started = server.post("/problems", text=TOYS, title="Nonsense", options=QUICK)
        page.goto(f"/p/{started['problem']}")
        runs = page.get_by_role("article", name="Run: Formulate and solve")
        expect(runs.locator("header")).to_contain_text("failed", timeout=SLOW_MS)
        expect(page.get_by_role("article", name="Fivefold")).to_contain_text("no formulation that can be read")
        other.rule = toys()
        page.get_by_label("Say more").fill("Formulate it, please.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".objective strong")).to_have_text(f"{TOYS_OPTIMUM:g}", timeout=SLOW_MS)


def test_an_answer_that_the_checks_doubt_is_not_called_solved_alone(
    page: Page, server: Running, llm: ScriptedLLM
) -> None:
    llm.rule = toys(rows("7*trains + 5*boats", HOURS, BOARDS, "room in the store: trains + boats <= 45"))
    started = server.post("/problems", text=TOYS, options={"rounds": 0})
    server.ended(started["run"]["id"])
    page.goto(f"/p/{started['problem']}/solution")
    for place in (".headline .chip", ".title-bar .chip", ".run header .chip"):
        expect(page.locator(place)).to_contain_text("solved, in doubt")
        expect(page.locator(place)).to_have_class("chip warn")
    listed = page.locator(".rail-list a[aria-current]")
    expect(listed).to_contain_text("solved, in doubt")
    expect(listed.locator(".dot")).to_have_class("dot warn")
    expect(page).to_have_title(re.compile("^solved, in doubt"))
    expect(page.locator(".verdict")).to_contain_text(re.compile(r"with such doubts, about \d+ % were wrong"))
    expect(page.locator(".verdict")).not_to_contain_text("were right")
    judged = page.locator(".step").filter(has_text="Look for faults")
    expect(judged.locator(".sign")).to_have_class("sign warn")
    page.set_viewport_size({"width": 375, "height": 780})
    page.reload()
    expect(page.locator(".run summary").first).to_be_visible()
    expect(judged).to_be_hidden()
    page.locator(".run summary").first.click()
    expect(judged).to_be_visible()
    page.set_viewport_size({"width": 1360, "height": 850})
    page.goto("/problems")
    expect(page.locator(".list .chip").first).to_contain_text("solved, in doubt")


def test_a_question_about_the_answer_is_answered_in_the_conversation_and_undo_takes_a_version_back(
    page: Page, server: Running, llm: ScriptedLLM
) -> None:
    llm.rule = toys()
    started = server.post("/problems", text=f"{TOYS} It sells all of them.")
    server.ended(started["run"]["id"])
    page.goto(f"/p/{started['problem']}/solution")
    page.get_by_label("Say more").fill("Why not more boats?")
    page.get_by_role("button", name="Send").click()
    said = page.get_by_role("article", name="Fivefold")
    expect(said.last).to_contain_text("With boats >= 21", timeout=SLOW_MS)
    expect(page.locator(".title-bar .chip")).to_have_text(re.compile("solved"))
    expect(page.locator(".objective strong")).to_have_text(f"{TOYS_OPTIMUM:g}")
    expect(page.get_by_role("article", name="Run: Answer a question")).to_have_count(0)
    server.post(f"/problems/{started['problem']}/formulations", formulation=POTTERY)
    page.get_by_label("Say more").fill("Undo that.")
    page.get_by_role("button", name="Send").click()
    expect(said.last).to_contain_text("Version 1 stands again, as version 3.", timeout=SLOW_MS)
    expect(page.locator(".title-bar")).to_contain_text("version 3")
