"""Step `repair`: the LLM is told what the checks found in the best candidate, and writes it again."""

from __future__ import annotations

from typing import TypedDict

from fivefold.nodes.formulate import INDEXED_TOKENS, ROWS_TOKENS, as_object, conversation_of, whole
from fivefold.nodes.writing import declared_names, indexed_schema, rows_schema
from fivefold.options import Options
from fivefold.problem import Problem
from fivefold.state import Json, State
from fivefold.tools import Tools, as_text
from fivefold.verdict import penalty_of
from fivefold_prompts.version import Message
from fivefold_solvers.formulation.finding import Finding, Severity

MAX_TOLD = 6
WARM = 0.7
"""Sampling temperature from the second repair on: the same question at 0 would bring the same answer."""


class RepairSets(TypedDict):
    """What this step sets."""

    declared: Json
    written: Json
    round: int
    told: list[str]


async def repair(state: State, tools: Tools) -> RepairSets:
    """Return a new formulation, written in the knowledge of what was wrong with the best one."""
    problem = Problem.model_validate(state["problem"])
    options = Options.model_validate(state["options"])
    best = state.get("best") or state["candidate"]
    faults = [Finding.model_validate(finding) for finding in best["findings"]]
    faults = [finding for finding in faults if finding.severity is not Severity.NOTE]
    faults.sort(key=lambda finding: -penalty_of([finding]))
    told = [str(finding) for finding in faults[:MAX_TOLD]]
    turn = state["round"] + 1
    temperature = 0.0 if turn == 1 else WARM
    findings = "\n".join(f"- {line}" for line in told)
    before = best["reply"]
    messages: list[Message | dict[str, str]]
    if state["form"] == "indexed":
        messages = [
            *tools.render("formulate_indexed", problem=problem.text),
            {"role": "assistant", "content": as_text(whole(before))},
            *tools.render("repair", findings=findings),
        ]
        schema, most = indexed_schema(), INDEXED_TOKENS
    else:
        messages = [
            # The faulty answer itself is not shown: small LLMs copy what they see, fault and all.
            *conversation_of(tools, problem, before["declared"])[:-1],
            *tools.render("constrain_again", findings=findings),
        ]
        schema, most = rows_schema(declared_names(before["declared"]) or ["x"]), ROWS_TOKENS
    reply = await tools.ask(messages, schema=schema, max_tokens=most, temperature=temperature, seed=options.seed + turn)
    return {"declared": before["declared"], "written": as_object(reply.parsed), "round": turn, "told": told}
