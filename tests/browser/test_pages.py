"""What a person does with the pages, in a real browser: from words to a solution and beyond."""

import json
import re
import threading
from collections.abc import Iterator

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Browser, Page, expect

from tests.agent.solving import replying
from tests.browser.browsing import EXAMPLE, QUICK, fresh, page_of, solved
from tests.example_replies import BAKERY, answer
from tests.scripted_llm import Answer, Json, ScriptedLLM
from tests.server.serving import POTTERY, Running

pytestmark = pytest.mark.browser
BAKERY_OPTIMUM = "331"
WITHOUT_FLOUR = "465"
MOST_FIRST_BYTES = 300_000
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
LINK = "\\href{javascript:document.title='taken'}{here}"


@pytest.fixture
def held(llm: ScriptedLLM) -> Iterator[threading.Event]:
    """The LLM answers nothing until this is set."""
    go = threading.Event()

    def rule(request: Json) -> Answer:
        assert go.wait(120)
        return answer(request)

    llm.rule = rule
    yield go
    go.set()


def test_from_an_example_to_a_solution_an_edit_and_another_case(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Bakery").click()
    expect(page.get_by_label("Your problem")).to_have_value(EXAMPLE)
    page.get_by_role("button", name="Formulate and solve").click()
    page.wait_for_url("**/p/*")
    work = page.get_by_role("tabpanel")
    expect(work.locator(".objective strong")).to_have_text(BAKERY_OPTIMUM)
    expect(page.get_by_role("article", name="Run: Formulate and solve")).to_contain_text("Look for faults")
    expect(work).to_contain_text("Not falsified")
    rows = work.get_by_role("region", name="Values of the decisions").locator("tbody tr").count()
    expect(work.locator(".mark-rect path")).to_have_count(rows)

    page.get_by_role("tab", name="Formulation").click()
    expect(work.locator(".katex").first).to_be_visible()
    assert page.evaluate("document.fonts.load('16px KaTeX_Main').then((faces) => faces.length)")
    work.get_by_role("button", name="Edit row_1").click()
    expression = work.get_by_role("textbox", name="Expression")
    expression.fill("4*rye_trays + 7*nothing <= 71")
    expect(work).to_contain_text("'nothing' is not declared")
    expression.fill("4*rye_trays + 7*walnut_trays <= 71")
    expect(work.locator("ins").first).to_have_text("4*rye_trays + 7*walnut_trays <= 71")
    work.get_by_role("button", name="Keep as a new version").click()
    expect(work).to_contain_text("The solution is of version 1")
    work.get_by_role("button", name="Solve this version").click()
    expect(page.get_by_role("article", name="Run: Solve version 2")).to_contain_text("solved")
    page.get_by_role("tab", name="Solution").click()
    expect(work.locator(".objective strong")).not_to_have_text(BAKERY_OPTIMUM)
    expect(work).to_contain_text("Recomputed without the solver: it holds")

    page.get_by_role("tab", name="What-if").click()
    work.get_by_label("What is different").select_option("drop")
    work.get_by_label("Constraint").select_option("row_1")
    work.get_by_role("button", name="Solve both and compare").click()
    expect(work.get_by_role("article", name="without row_1")).to_contain_text("better")
    expect(work.get_by_role("region", name="Scenarios")).to_contain_text(WITHOUT_FLOUR)


def test_reload_in_the_middle_of_a_run_loses_nothing(page: Page, server: Running, held: threading.Event) -> None:
    page.goto("/new")
    page.get_by_label("Your problem").fill(fresh())
    page.get_by_role("button", name="Formulate and solve").click()
    page.wait_for_url("**/p/*")
    run = page.get_by_role("article", name="Run: Formulate and solve")
    expect(run).to_contain_text("Write the formulation")
    expect(page.get_by_role("button", name="Cancel the run")).to_be_visible()
    before = run.locator(".step-name").all_inner_texts()
    page.reload()
    expect(run.locator(".step-name")).to_have_text(before)
    expect(page.get_by_role("article", name="You", exact=True)).to_have_count(1)
    page.context.set_offline(True)
    expect(page.get_by_text("The connection is lost")).to_be_visible()
    held.set()
    page.context.set_offline(False)
    expect(page.locator(".objective strong")).to_have_text(BAKERY_OPTIMUM)
    expect(page.get_by_text("The connection is lost")).to_have_count(0)
    names = run.locator(".step-name").all_inner_texts()
    begun = [one for one in server.events(page.url.split("/")[4]) if one["kind"] == "step.started"]
    assert len(names) == len(begun)
    expect(page).to_have_title(re.compile("^solved"))


def test_run_is_stopped_and_gone_on_with(page: Page, server: Running, held: threading.Event) -> None:
    started = server.post("/problems", text=fresh(), title="To be stopped", options=QUICK)
    page.goto(f"/p/{started['problem']}")
    page.get_by_role("button", name="Cancel the run").click()
    run = page.get_by_role("article", name="Run: Formulate and solve")
    expect(run).to_contain_text("cancelled")
    held.set()
    run.get_by_role("button", name="Go on with this run").click()
    expect(page.locator(".objective strong")).to_have_text(BAKERY_OPTIMUM)


def test_text_of_others_stays_text(page: Page, server: Running, llm: ScriptedLLM) -> None:
    meanings = {"rye_trays": HOSTILE, "walnut_trays": LINK}
    variables = [{**one, "meaning": meanings[one["name"]]} for one in BAKERY["variables"]]
    objective = {**BAKERY["objective"], "meaning": f"{HOSTILE} {LINK}"}
    reply = {"variables": variables, "objective": objective, "constraints": BAKERY["constraints"]}

    def rule(request: Json) -> Answer:
        asked = request["response_format"]["json_schema"]["schema"]["properties"]
        return json.dumps({part: reply[part] for part in asked})

    llm.rule = rule
    started = server.post("/problems", text=f"{fresh()} {HOSTILE}", title=HOSTILE, options=QUICK)
    server.ended(started["run"]["id"])
    page.goto(f"/p/{started['problem']}")
    for tab in ("Problem", "Formulation", "Code", "Solution", "Log"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel")).not_to_contain_text("Loading")
        expect(page.get_by_role("article", name="You", exact=True)).to_contain_text("<img src=x")
        assert page.locator("img[src=x], a[href^=javascript]").count() == 0
        assert page.title() != "taken"


def test_what_is_said_after_a_solution_changes_what_stands(page: Page, server: Running, llm: ScriptedLLM) -> None:
    problem = solved(server)
    row = server.get(f"/problems/{problem}/formulations/1")["formulation"]["constraints"][0]["name"]
    more = {"do": "change_constraint", "name": row, "forall": [], "expression": "4*rye_trays + 7*walnut_trays <= 80"}
    llm.rule = replying(changes={"changes": [more]})
    page.goto(f"/p/{problem}")
    page.get_by_label("Say more").fill("There are 80 kg of flour after all.")
    expect(page.get_by_text("What you do not name stays as it is.")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article", name="Run: Change version 1")).to_contain_text("1 element changed")
    expect(page.locator(".objective strong")).to_have_text("395")
    page.locator("#tab-formulation").click()
    page.get_by_role("button", name="Changes of version 2").click()
    expect(page.locator(".difference ins").last).to_have_text("4*rye_trays + 7*walnut_trays <= 80")
    page.get_by_label("Formulate everything anew").check()
    expect(page.get_by_text("The whole conversation is formulated.")).to_be_visible()


def test_ten_pages_of_different_problems_all_live(browser: Browser, server: Running, llm: ScriptedLLM) -> None:
    problems = [server.post("/problems", text=fresh(), title=f"Bakery {number}", options=QUICK) for number in range(10)]
    for one in problems:
        assert server.ended(one["run"]["id"])["status"] == "succeeded"
    with page_of(browser, server.url) as first:
        context = first.context
        # Pages that a test opens all count as looked at; in a browser only one of them is.
        context.add_init_script(
            "Object.defineProperty(document, 'hidden', { get: () => !sessionStorage.getItem('looked at') });"
        )
        pages = [context.new_page() for _ in problems]
        for page, one in zip(pages, problems, strict=True):
            page.goto(f"/p/{one['problem']}")
            expect(page.locator(".objective strong")).to_have_text(BAKERY_OPTIMUM)
            expect(page).to_have_title(re.compile("^solved"))
        server.ended(server.post(f"/problems/{problems[0]['problem']}/solve", version=1)["run"]["id"])
        expect(pages[0].get_by_role("article", name="Run: Solve version 1")).to_be_visible(timeout=60_000)


def test_infeasible_case_says_what_conflicts_and_what_would_mend_it(page: Page, server: Running) -> None:
    many = {"name": "many", "expression": "bowls >= 100", "description": "a large order"}
    problem = server.post("/problems", title="Pottery")["id"]
    server.post(
        f"/problems/{problem}/formulations", formulation={**POTTERY, "constraints": [*POTTERY["constraints"], many]}
    )
    page.goto(f"/p/{problem}/solution")
    page.get_by_role("button", name="Solve version 1").click()
    work = page.get_by_role("tabpanel")
    expect(work).to_contain_text("These cannot all hold together")
    expect(work).to_contain_text("What would make it possible")
    told = work.locator("article h4").all_inner_texts()
    assert "a large order" in told
    assert not [one for one in told if one in ("bowls", "vases")]
    expect(work.locator("article pre").filter(has_text=">= 0")).to_have_count(0)
    expect(work).to_contain_text("What names no words of your text may have been read wrongly")
    work.get_by_role("button", name="Take this over and solve").first.click()
    expect(page.get_by_role("article", name="Run: Solve version 2")).to_contain_text("solved", timeout=60_000)
    expect(work.locator(".objective strong")).to_be_visible()


def test_data_from_a_file_goes_into_the_formulation(page: Page, server: Running) -> None:
    formulation = {
        "sets": [{"name": "G", "elements": ["bowl", "vase"]}],
        "parameters": [{"name": "profit", "index": ["g in G"], "values": None}],
        "variables": [{"name": "make", "index": ["g in G"], "upper": 5}],
        "objective": {"sense": "maximize", "expression": "sum(profit[g]*make[g] for g in G)"},
        "constraints": [],
    }
    problem = server.post("/problems", title="Pottery from a file")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=formulation)
    page.goto(f"/p/{problem}/data")
    work = page.get_by_role("tabpanel")
    expect(work).to_contain_text("The formulation waits for data")
    content = b"good,profit\nbowl,20\nvase,40\n"
    work.locator("input[type=file]").set_input_files({"name": "profits.csv", "mimeType": "text/csv", "buffer": content})
    expect(work.get_by_role("region", name="Columns of profits")).to_contain_text("20 to 40")
    work.get_by_role("button", name="Show rows").click()
    work.get_by_role("button", name="Change cells").click()
    expect(work.get_by_role("button", name="Keep the changes")).to_be_disabled()
    work.get_by_label("profit, row 2").fill("55")
    work.get_by_role("button", name="Keep the changes").click()
    expect(work.get_by_role("region", name="Columns of profits")).to_contain_text("20 to 55")
    work.get_by_role("button", name="Put the data into a new version").click()
    expect(work).not_to_contain_text("The formulation waits for data")
    assert server.get(f"/problems/{problem}/formulations/latest")["formulation"]["parameters"][0]["values"] == [20, 55]
    broken = {"name": "broken.xlsx", "mimeType": "application/zip", "buffer": b"no spreadsheet"}
    work.locator("input[type=file]").set_input_files(broken)
    expect(work.get_by_role("alert")).to_contain_text("broken.xlsx")


def test_page_is_used_by_keys(page: Page, server: Running, held: threading.Event) -> None:
    page.goto(f"/p/{solved(server, held)}/solution")
    page.get_by_role("tab", name="Solution").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Sensitivity")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_contain_text("How far numbers may go")
    held.clear()
    page.keyboard.press("/")
    expect(page.get_by_label("Say more")).to_be_focused()
    page.keyboard.type("There are 70 kg of flour.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("article", name="You", exact=True).last).to_have_text("There are 70 kg of flour.")
    page.get_by_role("button", name="Cancel the run").press("Enter")
    expect(page.get_by_role("article", name="Run: Change version 1")).to_contain_text("cancelled")


def test_first_page_is_light_and_formulas_come_when_they_are_needed(page: Page) -> None:
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    page.goto("/new", wait_until="networkidle")
    assert sum(sizes.values()) < MOST_FIRST_BYTES, sizes
    assert not any("katex.min.js" in url or "woff2" in url for url in sizes)
