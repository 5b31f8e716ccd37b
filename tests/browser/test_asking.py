"""Questions and approvals as a person meets them in the pages."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Locator, Page, expect

from tests.agent.solving import RIGHT, TOYS, UNDECLARED, kind_of, toys
from tests.agent.test_waiting import FERRIES, FERRY_REPLY, HOLED, HOURS_ASKED, changing, replying
from tests.browser.browsing import page_of
from tests.browser.test_access import RULES, violations
from tests.browser.test_access import axe as axe  # a fixture
from tests.scripted_llm import Answer, Json, ScriptedLLM
from tests.server.serving import Running

pytestmark = pytest.mark.browser
_towns = iter(range(1000))


@pytest.fixture
def shop(llm: ScriptedLLM) -> Iterator[ScriptedLLM]:
    llm.rule = toys()
    yield llm


def asked(page: Page, text: str, mode: str = "ask") -> str:
    """Say a problem on the first page, in words that no LLM was asked before; return its path."""
    page.goto("/new")
    page.get_by_label("Questions").select_option(mode)
    page.get_by_label("Your problem").fill(f"{text} It is town {next(_towns)}.")
    page.get_by_role("button", name="Formulate and solve").click()
    page.wait_for_url("**/p/*")
    return page.url


def question(page: Page) -> Locator:
    return page.get_by_role("article", name="Question")


def objective(page: Page) -> Locator:
    return page.locator(".objective strong")


def test_question_stays_over_a_reload_and_is_answered_in_own_words(page: Page, shop: ScriptedLLM) -> None:
    asked(page, HOLED)
    expect(question(page)).to_contain_text(HOURS_ASKED)
    expect(question(page)).to_contain_text("needs your answer")
    expect(page.get_by_role("status").filter(has_text="A question: ")).to_have_count(1)
    page.reload()
    expect(question(page)).to_have_count(1)
    expect(question(page).get_by_role("button", name="Answer", exact=True)).to_be_disabled()
    question(page).get_by_label("Your answer").fill("120 hours")
    question(page).get_by_role("button", name="Answer", exact=True).click()
    expect(objective(page)).to_have_text("310")
    expect(question(page)).to_contain_text("answered")
    expect(question(page).get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("article", name="You", exact=True).last).to_have_text("120 hours")


def test_readings_are_buttons(page: Page, llm: ScriptedLLM) -> None:
    llm.rule = replying(**FERRY_REPLY)
    asked(page, FERRIES)
    choices = question(page).get_by_role("group", name="Possible answers")
    expect(choices.get_by_role("button")).to_have_text(["ferries may be fractional", "ferries must be whole"])
    choices.get_by_role("button", name="ferries must be whole").click()
    expect(objective(page)).to_have_text("210")


def test_composer_answers_too_and_by_keys(page: Page, shop: ScriptedLLM) -> None:
    asked(page, HOLED)
    expect(question(page)).to_be_visible()
    page.get_by_label("Your reply").press_sequentially("120")
    page.get_by_label("Your reply").press("Control+Enter")
    expect(objective(page)).to_have_text("310")


def test_who_passes_reads_what_was_taken(page: Page, shop: ScriptedLLM) -> None:
    asked(page, HOLED)
    question(page).get_by_role("button", name="Go on without an answer").click()
    expect(question(page)).to_contain_text("It stands among the assumptions")
    expect(objective(page)).to_be_visible()
    page.get_by_role("tab", name="Formulation").click()
    expect(page.get_by_role("article", name="Assumption 1")).to_contain_text(HOURS_ASKED)


def test_never_ask_asks_nothing_and_stop_ends_a_question(page: Page, shop: ScriptedLLM) -> None:
    asked(page, HOLED, "never")
    expect(objective(page)).to_be_visible()
    expect(question(page)).to_have_count(0)
    asked(page, HOLED)
    expect(question(page)).to_be_visible()
    page.get_by_role("button", name="Cancel the run").click()
    expect(question(page)).to_contain_text("no longer asked")
    page.get_by_role("button", name="Go on with this run").click()
    expect(question(page)).to_contain_text("needs your answer")
    expect(question(page)).to_have_count(1)


def test_answer_in_one_page_clears_the_other(browser: Browser, server: Running, shop: ScriptedLLM) -> None:
    with page_of(browser, server.url) as one, page_of(browser, server.url) as other:
        url = asked(one, HOLED)
        other.goto(url)
        expect(question(other)).to_contain_text("needs your answer")
        question(one).get_by_label("Your answer").fill("120")
        question(one).get_by_label("Your answer").press("Enter")
        expect(question(other)).to_contain_text("answered")
        expect(objective(other)).to_have_text("310")


def test_formulation_is_approved_after_an_edit_and_a_change_in_words(page: Page, llm: ScriptedLLM) -> None:
    row: Json = {"do": "add_constraint", "meaning": "enough boats", "forall": [], "expression": "boats >= 25"}
    llm.rule = changing(toys(RIGHT), row)
    asked(page, TOYS, "approve")
    approval = page.get_by_role("article", name="Approval")
    expect(approval).to_contain_text("Is this what you mean?")
    approval.get_by_role("button", name="Change in words").click()
    approval.get_by_label("What is to be different?").fill("At least 25 boats, please.")
    approval.get_by_role("button", name="Have it changed").click()
    expect(approval).to_have_count(2)
    expect(approval.last.locator("ins")).to_have_text("boats >= 25")
    approval.last.get_by_role("button", name="Edit").click()
    work = page.get_by_role("tabpanel")
    work.get_by_role("button", name="Edit enough_boats").click()
    work.get_by_role("textbox", name="Expression").fill("boats >= 30")
    work.get_by_role("button", name="Keep as a new version").click()
    approval.last.get_by_role("button", name="Approve and solve version 3").click()
    expect(approval.last).to_contain_text("approved as edited")
    page.get_by_role("tab", name="Solution").click()
    expect(objective(page)).to_have_text("255")


def test_tab_approves_as_well(page: Page, shop: ScriptedLLM) -> None:
    asked(page, TOYS, "approve")
    expect(page.get_by_role("article", name="Approval")).to_contain_text("Is this what you mean?")
    page.reload()
    expect(page.get_by_role("article", name="Approval")).to_have_count(1)
    page.get_by_role("tab", name="Formulation").click()
    page.get_by_role("tabpanel").get_by_role("button", name="Approve and solve").click()
    expect(page.get_by_role("article", name="Approval")).to_contain_text("approved")
    page.get_by_role("tab", name="Solution").click()
    expect(objective(page)).to_have_text("310")
    page.reload()
    expect(objective(page)).to_have_text("310")
    expect(page.get_by_role("article", name="Approval")).to_have_count(1)


def test_formulation_is_shown_while_its_run_goes_on(page: Page, llm: ScriptedLLM) -> None:
    go, rule, rows = threading.Event(), toys(UNDECLARED, RIGHT), iter(range(10))

    def held(request: Json) -> Answer:
        if kind_of(request) == "rows" and next(rows) == 1:
            assert go.wait(60)
        return rule(request)

    llm.rule = held
    try:
        asked(page, TOYS, "never")
        page.get_by_role("tab", name="Formulation").click()
        work = page.get_by_role("tabpanel")
        expect(work).to_contain_text("Just written, still being worked on")
        expect(work.get_by_role("article", name="variable trains")).to_be_visible()
        expect(work).to_contain_text("ships")
        expect(work.get_by_role("button", name="Edit")).to_have_count(0)
    finally:
        go.set()
    expect(work.get_by_role("button", name="Solve again")).to_be_enabled()
    expect(work).not_to_contain_text("ships")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_is_asked_breaks_no_rule(
    browser: Browser, server: Running, llm: ScriptedLLM, axe: str, colours: Any
) -> None:
    only = {"type": "tag", "values": RULES}
    with page_of(browser, server.url, color_scheme=colours, viewport={"width": 390, "height": 800}) as page:
        llm.rule = replying(**FERRY_REPLY)
        asked(page, FERRIES)
        expect(question(page)).to_be_visible()
        assert violations(page, axe, only) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        llm.rule = toys()
        asked(page, TOYS, "approve")
        approval = page.get_by_role("article", name="Approval")
        approval.get_by_role("button", name="Change in words").click()
        expect(approval.get_by_label("What is to be different?")).to_be_visible()
        assert violations(page, axe, only) == []
        approval.get_by_role("button", name="Approve and solve").click()
        expect(approval).to_contain_text("approved")
        assert violations(page, axe, only) == []
