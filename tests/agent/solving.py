"""Small problems of our own, and the replies of an LLM that formulates them, well or badly."""

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fivefold.settings import Settings
from fivefold.standard.model import library
from tests.scripted_llm import Answer, Json, Rule

TOYS = (
    "A toy shop makes trains and boats. A train takes 2 hours and 4 boards, a boat takes 3 hours and 1 board. "
    "There are 120 hours and 140 boards. A train earns 7 dollars and a boat 5 dollars. "
    "How many of each does it make to maximize the earnings?"
)
TOYS_OPTIMUM = 310.0
"""30 trains and 20 boats."""
TOYS_DECLARED: Json = {
    "variables": [
        {"name": "trains", "meaning": "trains made", "domain": "integer"},
        {"name": "boats", "meaning": "boats made", "domain": "integer"},
    ]
}


def rows(objective: str, *constraints: str, sense: str = "maximize") -> Json:
    """The second answer: objective and constraints, each `meaning: expression`."""
    parts = [row.split(": ") for row in constraints]
    return {
        "objective": {"sense": sense, "meaning": "earnings", "expression": objective},
        "constraints": [{"meaning": meaning, "expression": expression} for meaning, expression in parts],
    }


HOURS, BOARDS = "the hours available: 2*trains + 3*boats <= 120", "boards available: 4*trains + boats <= 140"
RIGHT = rows("7*trains + 5*boats", HOURS, BOARDS)
NO_BOARDS = rows("7*trains + 5*boats", HOURS)
TURNED = rows("7*trains + 5*boats", HOURS, BOARDS, sense="minimize")
UNDECLARED = rows("7*trains + 5*boats", HOURS, "boards available: 4*trains + ships <= 140")

GOOD_PROGRAM = """```python
import pyomo.environ as pyo

model = pyo.ConcreteModel()
model.trains = pyo.Var(domain=pyo.NonNegativeIntegers)
model.boats = pyo.Var(domain=pyo.NonNegativeIntegers)
model.hours = pyo.Constraint(expr=2*model.trains + 3*model.boats <= 120)
model.boards = pyo.Constraint(expr=4*model.trains + model.boats <= 140)
model.objective = pyo.Objective(expr=7*model.trains + 5*model.boats, sense=pyo.maximize)
```"""


STANDARD_SETS = {block.name for model in library() for block in model.formulation.sets}
STANDARD_PARAMETERS = {block.name for model in library() for block in model.formulation.parameters}


def kind_of(request: Json) -> str:
    """What a request asks for: `declare`, `rows`, `indexed`, `changes`, `program`; repairs are `rows` and `indexed`.

    For a standard model: the `names` in its sets, then the `numbers` of its parameters.
    """
    schema = request.get("response_format", {}).get("json_schema", {}).get("schema", {})
    properties = schema.get("properties", {})
    if not properties:
        return "program"
    if "changes" in properties:
        return "changes"
    if "sets" in properties:
        return "indexed"
    if properties.keys() & STANDARD_SETS:
        return "names" if all(one["type"] == "array" for one in properties.values()) else "numbers"
    if properties.keys() & STANDARD_PARAMETERS:
        return "numbers"
    return "declare" if "variables" in properties else "rows"


def replying(**answers: Answer | Sequence[Answer] | Callable[[Json], Answer]) -> Rule:
    """A rule that answers each kind of request in turn, the last answer for ever; objects go out as JSON text."""
    left: dict[str, list[Any]] = {
        kind: list(given) if isinstance(given, list | tuple) else [given] for kind, given in answers.items()
    }
    # Without one of its own, a wish for changes brings none.
    left.setdefault("changes", [{"changes": []}])
    lock = threading.Lock()

    def rule(request: Json) -> Answer:
        with lock:
            queue = left[kind_of(request)]
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(answer):
            answer = answer(request)
        return json.dumps(answer) if isinstance(answer, dict) else answer

    return rule


def toys(*second: Answer, program: Answer | Sequence[Answer] = GOOD_PROGRAM) -> Rule:
    """The toy shop, with the given second answers in turn."""
    return replying(declare=TOYS_DECLARED, rows=list(second) or [RIGHT], program=program)


def settings_for(base_url: str, folder: Path, *, key: str | None = None) -> Settings:
    """Settings whose caches and runs lie below a folder."""
    return Settings(base_url=base_url, api_key=key, cache_dir=folder / "cache", data_dir=folder / "data")


def told_last(request: Json) -> str:
    """The last thing that a request says to the LLM."""
    return str(request["messages"][-1]["content"])
