"""Step `read`: look at the text before any LLM does, and choose how to ask for a formulation."""

from __future__ import annotations

import math
import re
from typing import NotRequired, TypedDict

from fivefold.errors import CallerError
from fivefold.options import Options
from fivefold.problem import Problem, has_numbers, looks_like_decision, quantities
from fivefold.reading.further import without_further
from fivefold.reading.labels import numbered_things
from fivefold.state import Asked, Form, Json
from fivefold.tools import Tools

INDEXED_QUANTITIES = 45
"""A text with more numbers than this is asked for with sets and tables; plain variables would not end."""
INDEXED_CHARACTERS = 3_500
INDEXED_ENTRIES = 10
"""So many products in periods, each told apart by number, are asked for with sets."""
PAIRED = 5
"""So many things that pairs are made of, too."""


class ReadSets(TypedDict):
    """What this step sets."""

    form: Form
    problem: NotRequired[Json]
    """With what the checks go by, where the text also asks what would be if its numbers were others."""


async def read(state: Asked, tools: Tools) -> ReadSets:
    """Refuse a text that holds no decision problem; choose the form of the formulation.

    Raises:
        CallerError: the text asks for no decision, or holds no number to decide with.
    """
    problem = Problem.model_validate(state["problem"])
    options = Options.model_validate(state["options"])
    if not looks_like_decision(problem.text):
        raise CallerError(
            "this does not read like a decision problem: nothing in it is to be decided, limited or made best; "
            "say what can be chosen, what limits the choice, and what should be largest or smallest"
        )
    if not tools.tables and not has_numbers(problem.text):
        raise CallerError(
            "the problem holds no numbers, so there is nothing to compute; give the amounts, limits and costs, "
            "in words or as data files"
        )
    found: ReadSets = {"form": _form(problem, options, from_data=bool(tools.tables))}
    asked = without_further(problem.checked)
    if asked != problem.checked:
        found["problem"] = {**state["problem"], "standing": asked}
    return found


def _form(problem: Problem, options: Options, *, from_data: bool) -> Form:
    if from_data:
        return "data"
    if options.form != "auto":
        return options.form
    return "indexed" if wants_sets(problem.text) else "scalar"


def wants_sets(text: str) -> bool:
    """Whether a text has more to decide than can well be written variable by variable."""
    if len(quantities(text)) > INDEXED_QUANTITIES or len(text) > INDEXED_CHARACTERS:
        return True
    things = numbered_things(text)
    if len(things) > 1 and math.prod(things.values()) >= INDEXED_ENTRIES:
        return True
    return max(things.values(), default=0) >= PAIRED and re.search(r"\bpairs? of\b", text) is not None
