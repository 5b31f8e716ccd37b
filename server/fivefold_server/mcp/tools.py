"""The tools: their names, what they are for, what they take and give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mcp_types import Tool as ListedTool
from mcp_types import ToolAnnotations
from pydantic import BaseModel

from fivefold_server.mcp import doing, shapes
from fivefold_server.mcp.calling import Call, Found
from fivefold_server.schemas.common import Asked
from fivefold_server.schemas.formulations import Checks
from fivefold_server.schemas.questions import Reply


@dataclass(frozen=True)
class Tool:
    """One tool."""

    name: str
    title: str
    about: str
    """What it is for, as an LLM is told."""
    asked: type[Asked]
    given: type[BaseModel]
    do: Callable[[Call, Any], Awaitable[Found]]
    adds: bool = False
    """Whether something is kept of it."""

    @cached_property
    def listed(self) -> ListedTool:
        """The tool as clients are told."""
        return ListedTool(
            name=self.name,
            title=self.title,
            description=self.about,
            input_schema=self.asked.model_json_schema(),
            output_schema=self.given.model_json_schema(mode="serialization"),
            annotations=ToolAnnotations(
                title=self.title, read_only_hint=not self.adds, destructive_hint=False, open_world_hint=False
            ),
        )


_ABOUT = " Give `formulation`, or `problem` (and `version`) of one that is kept."
_RAW = (
    Tool(
        "solve_problem", "Solve a problem in words",
        "Formulate and solve a decision problem in words (optimization: how much, which, when, in which order), check "
        "the result, and say how far it can be trusted. Takes minutes. Put tables of numbers into `data` as text.",
        shapes.SolveProblem, shapes.Solved, doing.solve_problem, adds=True,
    ),
    Tool(
        "answer_question", "Answer what a run asks",
        "Answer the `question` that `solve_problem` gave back, and solve the problem with the answer.",
        shapes.Answer, shapes.Solved, doing.answer_question, adds=True,
    ),
    Tool(
        "check_formulation", "Check a formulation",
        "Check sets, parameters, variables, objective and constraints without any solver: names, indices, data, units, "
        "class (LP, MILP, ...), each fault with its mend." + _ABOUT,
        shapes.Check, Checks, doing.check_formulation,
    ),
    Tool(
        "solve_formulation", "Solve a formulation",
        "Solve a formulation as it is, without any LLM, and recompute the result from it." + _ABOUT,
        shapes.SolveFormulation, shapes.Solved, doing.solve_formulation, adds=True,
    ),
    Tool(
        "diagnose", "Why is there no solution?",
        "Say which constraints conflict and what would mend it at which price, or what has no end." + _ABOUT,
        shapes.Diagnose, Reply, doing.ask,
    ),
    Tool(
        "what_if", "What if?",
        "Solve before and after changes (`set demand=120`, `drop kiln`, `add x <= 3`) and say what differs." + _ABOUT,
        shapes.WhatIf, Reply, doing.ask,
    ),
    Tool(
        "why_not", "Why not?",
        "Force other decisions (`open[a]=1`) and say what they cost, or what stands against them." + _ABOUT,
        shapes.WhyNot, Reply, doing.ask,
    ),
    Tool(
        "prices", "What is one unit more worth?",
        "Say dual values and reduced costs in words: what one unit more of each limit is worth." + _ABOUT,
        shapes.Prices, Reply, doing.ask,
    ),
    Tool(
        "ranges", "How far may numbers go?",
        "Say the ranges of limits and coefficients within which the answer, or its price, stays." + _ABOUT,
        shapes.Ranges, Reply, doing.ask,
    ),
    Tool(
        "alternatives", "What else is as good?",
        "Say the next best solutions, different ones, or the room of every decision." + _ABOUT,
        shapes.Alternatives, Reply, doing.ask,
    ),
    Tool(
        "pareto", "Trade-off against a second objective",
        "Say points of which none is beaten in both objectives." + _ABOUT,
        shapes.Pareto, Reply, doing.ask,
    ),
    Tool(
        "goal_seek", "What must a parameter be?",
        "Say for which value of a parameter the best objective reaches a target." + _ABOUT,
        shapes.GoalSeek, Reply, doing.ask,
    ),
    Tool(
        "get_run", "Look at a run", "Return what came of a run, or how far it is.",
        shapes.GetRun, shapes.Solved, doing.get_run,
    ),
    Tool(
        "list_problems", "List problems", "List the problems that are kept, the last changed first.",
        shapes.ListProblems, shapes.Problems, doing.list_problems,
    ),
    Tool(
        "get_formulation", "Look at a formulation", "Return a version of a problem's formulation, with its findings.",
        shapes.GetFormulation, shapes.Shown, doing.get_formulation,
    ),
    Tool(
        "export", "Take away a file",
        "Return a run or a version as program, notebook, LP, MPS, LaTeX, Markdown, JSON, model card, report or CSV.",
        shapes.Export, shapes.File, doing.export,
    ),
)  # fmt: skip
TOOLS = {tool.name: tool for tool in _RAW}
"""By name."""
