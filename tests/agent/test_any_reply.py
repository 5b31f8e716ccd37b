"""Whatever a user writes and an LLM replies, a run ends as an `Outcome` or as one error of ours."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

import fivefold
from fivefold import FivefoldError, Options, Outcome
from fivefold.llm import LLM, Budget
from fivefold.nodes.check import check
from fivefold.nodes.emit import emit
from fivefold.nodes.explain import explain
from fivefold.nodes.judge import buildable, judge
from fivefold.nodes.telling import told
from fivefold.tools import Tools
from tests.agent.solving import RIGHT, TOYS, TOYS_DECLARED, settings_for
from tests.scripted_llm import ScriptedLLM

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=8), st.just("x <= 1")
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["sets", "parameters", "variables", "objective", "constraints", "name", "meaning", "domain", "lower", "upper",
     "expression", "sense", "forall", "index", "values", "elements", "description", "default", "unit", "source"]
)  # fmt: skip
LIKE_A_FORMULATION = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)
SOUND = [
    "trains + boats",
    "7*trains + 5*boats",
    "trains*boats",
    "abs(trains - boats)",
    "trains/3",
    "120",
    "0",
    "-trains",
]
ODD = st.sampled_from(
    [
        "trains + boats", "7*trains + 5*boats", "trains/boats", "trains/0", "trains**2", "sqrt(trains)", "trains*boats",
        "1e400*trains", "sum(trains)", "sum(x for x in trains)", "boats[1]", "abs(trains - boats)", "-trains", "0", "",
        "max(trains, boats) + min(trains, 3)", "2**trains", "10**400", "nan", "inf", "trains if boats else 1", "((((",
        "ships", "trains == boats", "trains and boats", "trains <= boats <= 3", "lambda: 1", "é + 1", "1" * 5000,
    ]
)  # fmt: skip
EXPRESSIONS = st.sampled_from(SOUND) | st.sampled_from(SOUND) | ODD
RELATIONS = st.sampled_from(["<=", ">=", "=="]) | st.sampled_from(["=", "<", "!=", "≤", ""])


@st.composite
def toy_rows(draw: st.DrawFn) -> dict[str, Any]:
    """Objective and constraints over the toys, with odd expressions and odd data in some places."""
    row = st.builds(
        lambda left, relation, right, meaning: {"meaning": meaning, "expression": f"{left} {relation} {right}"},
        EXPRESSIONS, RELATIONS, EXPRESSIONS, st.text(max_size=12) | st.just("hours") | LEAVES,
    )  # fmt: skip
    objective = {
        "sense": draw(st.sampled_from(["maximize", "minimize"]) | st.sampled_from(["satisfy", "max", "", 3])),
        "meaning": draw(st.text(max_size=8)),
        "expression": draw(EXPRESSIONS),
    }
    return {"objective": objective, "constraints": draw(st.lists(row, max_size=3) | st.lists(row | LEAVES, max_size=4))}


DECLARED = st.sampled_from(["continuous", "integer", "binary", "positive", 7]).map(
    lambda domain: {
        "variables": [
            {"name": "trains", "meaning": "trains", "domain": domain},
            {"name": "boats", "meaning": "boats", "domain": "integer"},
        ]
    }
)


@given(declared=DECLARED | ANYTHING, written=toy_rows() | LIKE_A_FORMULATION | ANYTHING)
@settings(max_examples=200)
@example(declared=TOYS_DECLARED, written=RIGHT)
def test_every_reply_is_read_checked_and_judged(declared: Any, written: Any) -> None:
    options = Options()
    tools = Tools(llm=_no_llm(), options=options, budget=Budget(), tell=lambda _: None)

    async def steps() -> None:
        state: Any = {
            "run_id": "r",
            "problem": {"text": TOYS, "id": ""},
            "options": options.model_dump(),
            "form": "scalar",
            "declared": declared if isinstance(declared, dict) else {},
            "written": written if isinstance(written, dict) else {},
            "round": 0,
        }
        assert told("formulate", state)
        state |= await check(state, tools)
        event("buildable" if buildable(state["candidate"]) else "refused")
        if buildable(state["candidate"]):
            state |= await emit(state, tools)
        state |= await judge(state, tools)
        state |= await explain(state, tools)
        assert state["explanation"] and state["verdict"]["grade"] == "unsolved"
        json.dumps(state)

    asyncio.run(steps())


def _no_llm() -> LLM:
    return LLM.connect(settings_for("http://127.0.0.1:9/v1", Path(tempfile.gettempdir())), cache=False)


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(lambda _: "") as running:
        yield running


def as_reply(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@given(
    text=st.just(TOYS) | st.text() | st.text(min_size=20).map(lambda words: f"maximize 3 things of 7 {words}"),
    first=(DECLARED | ANYTHING).map(as_reply),
    second=(toy_rows() | ANYTHING).map(as_reply),
)
@settings(max_examples=20)
@example(text=TOYS, first=json.dumps(TOYS_DECLARED), second=json.dumps(RIGHT))
@example(text="maximize 3 \udc80 things of 7", first="", second="")
def test_every_run_ends_as_an_outcome_or_one_error(server: ScriptedLLM, text: str, first: str, second: str) -> None:
    replies = [first, second]
    server.rule = lambda _: replies.pop(0) if len(replies) > 1 else replies[0]
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = fivefold.solve(
                text, settings=settings_for(server.base_url, Path(folder)), checkpoint=False, rounds=0, time_limit_s=5
            )
        except FivefoldError as refused:
            assert str(refused)
            return
    assert Outcome.model_validate_json(outcome.model_dump_json()).verdict == outcome.verdict
    assert outcome.explanation
