"""What somebody meets who does not know the pages: long answers, wrong files, numbers and addresses."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, FilePayload, Page, expect

from fivefold_server.config import Config
from fivefold_server.security.callers import first_token
from fivefold_server.store.database import Database
from tests.agent.solving import settings_for
from tests.browser.browsing import QUICK, page_of
from tests.example_replies import formulation
from tests.scripted_llm import Answer, Json, ScriptedLLM
from tests.server.serving import POTTERY, Running, serving

pytestmark = pytest.mark.browser
PHOTO: FilePayload = {"name": "photo.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
JUICES = [f"juice {number} of the cellar" for number in range(60)]
PRESS: Json = {
    "sets": [{"name": "juices", "elements": JUICES}],
    "parameters": [{"name": "wanted", "index": ["j in juices"], "values": [number % 7 + 1 for number in range(60)]}],
    "variables": [{"name": "pressed", "index": ["j in juices"]}],
    "objective": {"sense": "maximize", "expression": "sum(pressed[j] for j in juices)"},
    "constraints": [{"name": "no_more", "forall": ["j in juices"], "expression": "pressed[j] <= wanted[j]"}],
}
CROWDED = formulation("maximize", "3*tents + 5*huts", ["tents + huts <= 8", "tents + huts >= 20"], tents="t", huts="h")
CAMP = (
    "A camp puts up tents and huts. A tent brings in 3 euros, a hut 5 euros. There is room for 8 of them, "
    "and at least 20 are booked. How many of each bring in the most?"
)


@pytest.fixture(scope="module")
def pottery(server: Running) -> str:
    return put_in(server, "Pottery", POTTERY)


@pytest.fixture(scope="module")
def press(server: Running) -> str:
    return put_in(server, "Press", PRESS)


@pytest.fixture
def guarded(browser: Browser, tmp_path: Path) -> Iterator[tuple[Page, str]]:
    """A page of a server that asks for a login, and a token for it."""
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path), auth=True)
    database = Database(config.database)
    token = database.submit(first_token).result()
    database.close()
    assert token is not None
    with serving(config) as server, page_of(browser, server.url) as page:
        yield page, token


def put_in(server: Running, title: str, whole: Json) -> str:
    problem = str(server.post("/problems", title=title)["id"])
    server.post(f"/problems/{problem}/formulations", formulation=whole)
    return problem


def test_long_answer_shows_its_beginning_and_end_and_the_rest_on_request(
    page: Page, server: Running, press: str
) -> None:
    server.ended(server.post(f"/problems/{press}/solve")["run"]["id"])
    page.goto(f"/p/{press}/solution")
    for place in (page.get_by_role("tabpanel"), page.get_by_role("article", name="Fivefold")):
        answer = place.locator(".said")
        expect(answer).to_contain_text(JUICES[0])
        expect(answer).to_contain_text("at their limit")
        expect(answer).not_to_contain_text(JUICES[20])
        answer.get_by_role("button", name="more lines").click()
        expect(answer).to_contain_text(JUICES[20])
        answer.get_by_role("button", name="Show fewer lines").click()
        expect(answer).not_to_contain_text(JUICES[20])


def test_question_for_an_entry_names_one_of_this_formulation(page: Page, press: str) -> None:
    page.goto(f"/p/{press}/what-if")
    expect(page.get_by_text(f"or one entry: wanted[{JUICES[0]}]")).to_be_visible()


def test_reason_why_there_is_no_solution_stands_before_the_verdict(
    page: Page, server: Running, llm: ScriptedLLM
) -> None:
    def crowded(request: Json) -> Answer:
        asked = request["response_format"]["json_schema"]["schema"]["properties"]
        return json.dumps({part: CROWDED.get(part, []) for part in asked})

    llm.rule = crowded
    started = server.post("/problems", text=CAMP, title="Camp", options=QUICK)
    assert server.ended(started["run"]["id"])["status"] == "infeasible"
    page.goto(f"/p/{started['problem']}/solution")
    work = page.get_by_role("tabpanel")
    expect(work.get_by_role("heading", name="What would make it possible")).to_be_visible(timeout=60_000)
    expect(work.locator(".headline")).not_to_contain_text("none")
    heads = work.locator("h3").all_inner_texts()
    assert heads.index("Why") < heads.index("How far can it be trusted?"), heads
    expect(work.locator(".verdict")).to_be_visible()
    expect(work.locator(".verdict")).not_to_contain_text("less sure than was asked for")


def test_wrong_file_is_refused_once_and_leaves_no_empty_problem(page: Page, server: Running) -> None:
    before = server.get("/problems")["total"]
    page.goto("/new")
    page.get_by_label("Your problem").fill("A mill grinds the grain of two farms.")
    page.locator("input[type=file]").set_input_files(PHOTO)
    page.get_by_role("button", name="Formulate and solve").click()
    expect(page.get_by_role("alert")).to_contain_text("photo.png")
    assert page.get_by_role("alert").locator("p").first.inner_text().startswith("photo.png"), "a name stays as it is"
    assert page.get_by_role("alert").inner_text().count("Use .csv") == 1
    expect(page.get_by_label("Your problem")).to_have_value("A mill grinds the grain of two farms.")
    assert server.get("/problems")["total"] == before


def test_file_for_a_formulation_without_parameters_says_the_way_on(page: Page, pottery: str) -> None:
    page.goto(f"/p/{pottery}/data")
    work = page.get_by_role("tabpanel")
    prices: FilePayload = {"name": "prices.csv", "mimeType": "text/csv", "buffer": b"good,price\nbowl,20\n"}
    work.locator("input[type=file]").set_input_files(prices)
    expect(work).to_contain_text("has no sets or parameters that files could fill")
    expect(work).not_to_contain_text("Choose above")


def test_what_was_never_solved_is_not_solved_again_and_its_changes_stand_in_a_line(page: Page, server: Running) -> None:
    problem = put_in(server, "Pottery anew", POTTERY)
    more = {
        "op": "change",
        "section": "constraints",
        "name": "clay",
        "fields": {"expression": "3*bowls + 2*vases <= 60"},
    }
    server.post(f"/problems/{problem}/formulations/1/edits", operations=[more])
    page.goto(f"/p/{problem}/formulation")
    work = page.get_by_role("tabpanel")
    expect(work.get_by_role("button", name="Solve this version")).to_be_enabled()
    work.get_by_role("button", name="Changes of version 2").click()
    changed = work.locator(".difference .changes > li").first
    expect(changed).to_contain_text("constraint clay changed")
    expect(changed).to_have_css("display", "list-item")


def test_expression_takes_the_width_of_its_form(page: Page, pottery: str) -> None:
    page.goto(f"/p/{pottery}/formulation")
    page.get_by_role("button", name="Edit kiln").click()
    expression = page.get_by_role("textbox", name="Expression").bounding_box()
    name = page.get_by_role("textbox", name="Name").bounding_box()
    assert expression is not None and name is not None
    assert expression["width"] > 1.9 * name["width"]


def test_number_that_is_not_kept_is_told(page: Page, server: Running) -> None:
    page.goto("/settings")
    expect(page).to_have_title("Settings · Fivefold")
    seconds = page.get_by_label("Seconds for one solve")
    seconds.fill("-5")
    seconds.press("Tab")
    expect(page.get_by_text("Not kept: write a number above 0")).to_be_visible()
    expect(seconds).to_have_attribute("aria-invalid", "true")
    seconds.fill("60")
    expect(page.get_by_text("Not kept")).to_have_count(0)
    assert server.get("/settings")["user"]["time_limit_s"] == 60


def test_login_goes_on_to_the_page_that_was_asked_for(guarded: tuple[Page, str]) -> None:
    page, token = guarded
    page.goto("/settings")
    page.wait_for_url("**/login")
    page.get_by_text("With a token instead").click()
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.wait_for_url("**/settings")


def test_llm_that_is_not_there_is_told_once(browser: Browser, tmp_path: Path) -> None:
    config = Config(settings=settings_for("http://127.0.0.1:9/v1", tmp_path))
    with serving(config) as server, page_of(browser, server.url) as page:
        started = server.post("/problems", text=CAMP, title="Camp", options=QUICK)
        page.goto(f"/p/{started['problem']}")
        run = page.get_by_role("article", name="Run: Formulate and solve")
        expect(run).to_contain_text("The LLM is asked again: attempt")
        expect(run.get_by_role("alert")).to_be_visible(timeout=60_000)
        assert (run.text_content() or "").count("connection refused") == 1
        page.get_by_role("tab", name="Log").click()
        expect(page.get_by_role("tabpanel")).to_contain_text("attempt 2: connection refused")


def test_first_key_of_a_problem_reaches_the_way_past_the_list(page: Page, pottery: str) -> None:
    page.goto(f"/p/{pottery}/formulation")
    expect(page.get_by_role("button", name="Edit kiln")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()


def test_chosen_tab_is_in_view_on_a_phone(browser: Browser, server: Running, pottery: str) -> None:
    with page_of(browser, server.url, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"/p/{pottery}/what-if")
        page.get_by_role("button", name="Workspace").click()
        expect(page.get_by_role("tab", name="What-if")).to_be_in_viewport(ratio=1)
