"""Saved formulations from Python, as somebody uses them in a project of her own."""

import inspect
from typing import Any

import pytest

import fivefold
from fivefold import formulations
from fivefold.answer import whole_values
from fivefold.arguments import Arguments, OptionsByName, ResumeArguments
from fivefold.errors import CallerError

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


def test_editors_know_every_argument() -> None:
    options, every = set(OptionsByName.__annotations__), set(Arguments.__annotations__)
    assert options == set(fivefold.Options.model_fields)
    assert every == options | set(inspect.signature(fivefold.asolve).parameters) - {"problem", "changed"}
    assert set(ResumeArguments.__annotations__) == every - {"change", "resume", "reply", "run_id"}
