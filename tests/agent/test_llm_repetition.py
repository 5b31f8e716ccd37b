"""Replies that go round in circles are given up, and asked for once more."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold import Outcome, asolve
from fivefold.llm import LLM, REPETITION
from fivefold.llm.repetition import COPIES, LONGEST, SPAN, circles
from fivefold.settings import Settings
from tests.agent.solving import RIGHT, TOYS, TOYS_DECLARED, TOYS_OPTIMUM, kind_of, settings_for
from tests.scripted_llm import Json, Rule, ScriptedLLM

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"rows": {"type": "array", "items": {"type": "string"}}},
    "required": ["rows"],
    "additionalProperties": False,
}
ROUND = '{"rows": ["trains + ' + "2*boats + " * 250
ASK = [{"role": "user", "content": "write the rows"}]


@pytest.mark.parametrize(
    "piece", ["7 + ", "2*x*y + ", '{"meaning": "least number", "expression": "boats >= 3"}, ', "a" * 40 + " - ", "*y"]
)
def test_a_piece_again_and_again_is_seen(piece: str) -> None:
    times = SPAN // len(piece) + COPIES + 2
    assert circles('{"rows": ["' + piece * times)
    assert circles('{"rows": ["' + piece * times + piece[: len(piece) // 2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0, " * 900,
        "[0, 0, 1, 0], " * 90,
        "[true, false, null], " * 90,
        "-1.5, " * 300,
        " + ".join(f"x{at}" for at in range(400)),
        ", ".join(json.dumps({"name": f"row_{at}", "expression": "x + y <= 3"}) for at in range(60)),
        "boats + " * (SPAN // 8),
        ("trains + boats + ships, " * 12)[:SPAN] + "and no more of it",
        "".join(f"{word} " * 3 for word in ("one", "two", "three")) * 3,
    ],
)
def test_what_is_no_circle_is_let_be(text: str) -> None:
    assert not any(circles(text[:end]) for end in range(0, len(text), 7))


@given(st.text(max_size=300), st.text(alphabet="abc+*= 12", min_size=1, max_size=LONGEST))
def test_whatever_comes_before_it(before: str, piece: str) -> None:
    again = piece * (SPAN // len(piece) + COPIES + 2)
    assert circles(before + again) == any(sign in "abc+*=" for sign in piece)


async def test_a_stream_in_circles_is_given_up(tmp_path: Path) -> None:
    pieces: list[str] = []
    with ScriptedLLM(lambda _: ROUND) as server:
        settings = replace(Settings(), base_url=server.base_url, llm="x", cache_dir=tmp_path)
        async with LLM.connect(settings) as llm:
            reply = await llm.ask(ASK, schema=SCHEMA, on_text=pieces.append)
            cached = await llm.ask(ASK, schema=SCHEMA, on_text=pieces.append)
            free = await llm.ask(ASK, on_text=pieces.append)
    assert reply.finish_reason == REPETITION and len(reply.text) < 1000
    assert reply.parsed is not None and "one thing again and again" in str(reply.problem)
    assert reply.rung == "json_schema" and 0 < reply.usage.completion_tokens < 1000
    assert cached.cached and cached.finish_reason == REPETITION and len(server.requests) == 2
    assert free.text == ROUND, "only what is read as a formulation is looked at"


async def solved(rule: Rule, folder: Path) -> tuple[Outcome, list[Json]]:
    with ScriptedLLM(rule) as server:
        outcome = await asolve(TOYS, settings=settings_for(server.base_url, folder))
    assert not server.errors
    return outcome, server.requests


async def test_an_llm_in_circles_is_asked_once_more_warm(tmp_path: Path) -> None:
    def rule(request: Json) -> str:
        if kind_of(request) == "declare":
            return json.dumps(TOYS_DECLARED)
        return ROUND if request["temperature"] == 0 else json.dumps(RIGHT)

    outcome, requests = await solved(rule, tmp_path)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.usage.calls == 3
    assert [request["temperature"] for request in requests] == [0, 0, 0.7]


async def test_an_llm_that_only_goes_in_circles_ends_as_an_outcome(tmp_path: Path) -> None:
    def rule(request: Json) -> str:
        return json.dumps(TOYS_DECLARED) if kind_of(request) == "declare" else ROUND

    outcome, requests = await solved(rule, tmp_path)
    assert not outcome.solved and outcome.objective is None
    assert outcome.usage.calls == len(requests) <= 9
