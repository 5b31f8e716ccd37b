"""Saved formulations from Python, as somebody uses them in a project of her own."""

import inspect
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # ships no types
import pytest

import fivefold
from fivefold import formulations
from fivefold.answer import whole_values
from fivefold.arguments import Arguments, OptionsByName, ResumeArguments
from fivefold.errors import CallerError
from tests.agent.solving import TOYS, toys
from tests.scripted_llm import ScriptedLLM

POTTERY: dict[str, Any] = {
    "sets": [{"name": "P", "elements": ["mug", "bowl", "vase"]}],
    "parameters": [
        {"name": "profit", "index": ["P"], "values": [6, 11, 25]},
        {"name": "clay", "index": ["P"], "values": [1, 1.5, 4]},
        {"name": "kiln", "index": ["P"], "values": [0.5, 1.5, 2.5]},
    ],
    "variables": [{"name": "make", "index": ["P"], "domain": "integer"}],
    "objective": {"sense": "maximize", "expression": "sum(profit[p]*make[p] for p in P)"},
    "constraints": [
        {"name": "clay_limit", "expression": "sum(clay[p]*make[p] for p in P) <= 120"},
        {"name": "hours", "expression": "sum(kiln[p]*make[p] for p in P) <= 80"},
        {"name": "market", "expression": "make['mug'] <= 30"},
    ],
}


def test_whole_numbers_can_be_counted_with() -> None:
    plan = formulations.loads(POTTERY)
    answer = formulations.run(plan)
    made = answer.values["make"]
    profit: dict[tuple[int | float | str, ...], int] = {("mug",): 6, ("bowl",): 11, ("vase",): 25}
    assert answer.holds and sum(profit[key] * int(value) for key, value in made.items()) == 767
    hair_off: Any = {
        "make": {("mug",): 22.99999999999474, ("bowl",): 13.9, ("vase",): float("inf")},
        "left": {(): 0.3},
    }
    settled = whole_values(plan, hair_off)
    assert settled["make"] == {("mug",): 23, ("bowl",): 13.9, ("vase",): float("inf")} and settled["left"] == {(): 0.3}


def test_a_mapping_or_a_text_without_a_formulation_is_told() -> None:
    for nothing in ('{"plan": 1}', {"plan": 1}):
        with pytest.raises(CallerError, match="is no formulation"):
            formulations.loads(nothing)


def test_consoles_can_complete_the_public_names() -> None:
    assert set(fivefold.__all__) <= set(dir(fivefold))


NOWHERE: dict[str, Any] = {"base_url": "http://127.0.0.1:9/v1", "checkpoint": False}


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        ({"data": "nowhere.csv"}, "nowhere.csv: there is no such file"),
        ({"data": pd.DataFrame({"toy": ["train"], "hours": [2]}), "free_program": True}, "`free_program`"),
        ({"options": {"rounds": -1}}, "option `rounds` cannot be -1"),
        ({"rond": 1}, "there is no option `rond`"),
        ({"change": "more boats"}, "fivefold.Change("),
    ],
)
async def test_slips_in_arguments_are_told(slip: dict[str, Any], words: str) -> None:
    with pytest.raises(CallerError) as caught:
        await fivefold.asolve(TOYS, **NOWHERE, **slip)
    assert words in str(caught.value)


async def test_a_listener_beside_a_stream_hears_the_same(tmp_path: Path) -> None:
    heard: list[fivefold.Event] = []
    with ScriptedLLM(toys()) as server:
        settings = fivefold.Settings(base_url=server.base_url, cache_dir=tmp_path, data_dir=tmp_path)
        told = [event async for event in fivefold.stream(TOYS, settings=settings, on_event=heard.append)]
    assert told == heard and told[-1].kind == "done"


def test_editors_know_every_argument() -> None:
    options, every = set(OptionsByName.__annotations__), set(Arguments.__annotations__)
    assert options == set(fivefold.Options.model_fields)
    assert every == options | set(inspect.signature(fivefold.asolve).parameters) - {"problem", "changed"}
    assert set(ResumeArguments.__annotations__) == every - {"change", "resume", "reply", "run_id"}
