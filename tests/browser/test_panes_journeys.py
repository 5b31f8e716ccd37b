"""From each example card of the first page to a solution with its chart, with replies of a well-meaning LLM."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed: pip install 'fivefold[dev]'")

from playwright.sync_api import Page, expect

from tests.example_replies import KNOWN, formulation
from tests.scripted_llm import Answer, Json, ScriptedLLM

pytestmark = pytest.mark.browser
SLOW_MS = 90_000
"""What a whole run may take on a busy machine."""
CRATES = {
    "lamps": (60, 2, 70), "costumes": (35, 3, 60), "curtain": (50, 2, 45), "piano": (110, 4, 90),
    "props": (25, 1, 30), "smoke": (20, 1, 25),
}  # fmt: skip
ORDERS = {"posters": (3, 5), "brochures": (2, 4), "calendars": (4, 12), "menus": (1, 3)}


def weighted(place: int) -> str:
    return " + ".join(f"{facts[place]}*{name}" for name, facts in CRATES.items())


def loading() -> Json:
    found = formulation(
        "maximize", weighted(2), [f"{weighted(0)} <= 180", f"{weighted(1)} <= 9"],
        **{name: f"1 if the {name} come along" for name in CRATES},
    )  # fmt: skip
    return {**found, "variables": [{**one, "domain": "binary"} for one in found["variables"]]}


def blending() -> Json:
    found = formulation(
        "minimize", "0.30*oats + 0.25*barley + 0.80*linseed",
        ["oats + barley + linseed == 200", "0.11*oats + 0.10*barley + 0.22*linseed >= 24",
         "0.05*oats + 0.02*barley + 0.35*linseed >= 12", "linseed <= 30"],
        oats="kg of oats", barley="kg of barley", linseed="kg of linseed",
    )  # fmt: skip
    return {**found, "variables": [{**one, "domain": "continuous"} for one in found["variables"]]}


def orders() -> Json:
    pairs = ", ".join(f"(start_{name}, {took})" for name, (took, _) in ORDERS.items())
    late = [f"late_{name} >= start_{name} + {took} - {due}" for name, (took, due) in ORDERS.items()]
    names = {f"start_{name}": f"hour at which the {name} start" for name in ORDERS}
    names |= {f"late_{name}": f"hours by which the {name} are late" for name in ORDERS}
    total = " + ".join(f"late_{name}" for name in ORDERS)
    within = [f"start_{name} <= 12" for name in ORDERS]
    return formulation("minimize", total, [f"no_overlap({pairs})", *late, *within], **names)


REPLIES: dict[str, Json] = {
    **KNOWN, "theatre company": loading(), "horse feed": blending(), "print shop": orders(),
}  # fmt: skip
JOURNEYS = [
    ("Bakery", "331", "bar"),
    ("Spring water", "580", "heat"),
    ("Shifts", "10", "line"),
    ("Loading a van", "205", "bar"),
    ("Horse feed", "68.5", "bar"),
    ("One press, four orders", "1", "gantt"),
]


@pytest.fixture
def replying(llm: ScriptedLLM) -> Iterator[None]:
    def rule(request: Json) -> Answer:
        asked: dict[str, Any] = request["response_format"]["json_schema"]["schema"]["properties"]
        told = " ".join(" ".join(message["content"].split()) for message in request["messages"])
        (known,) = (reply for words, reply in REPLIES.items() if words in told)
        return json.dumps({part: known[part] for part in asked})

    llm.rule = rule
    yield


@pytest.mark.parametrize(("card", "best", "kind"), JOURNEYS, ids=[one[0] for one in JOURNEYS])
def test_card_leads_to_a_solution_with_its_chart(page: Page, replying: None, card: str, best: str, kind: str) -> None:
    page.goto("/new")
    page.get_by_role("button", name=card).click()
    expect(page.get_by_label("Your problem")).not_to_have_value("")
    page.get_by_role("button", name="Formulate and solve").click()
    page.wait_for_url("**/p/*")
    objective = page.locator(".objective strong")
    expect(objective).to_have_text(best, timeout=SLOW_MS)
    expect(page.locator(f".drawing[data-drawn={kind}]").first).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("tabpanel")).to_contain_text("How far can it be trusted?")
