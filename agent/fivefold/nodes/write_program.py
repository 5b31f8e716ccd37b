"""Step `write_program`: the free-program path, where the LLM writes Pyomo itself."""

from __future__ import annotations

import re
from typing import TypedDict

from fivefold.options import Options
from fivefold.problem import Problem
from fivefold.state import Candidate, Reply, State
from fivefold.tools import Tools
from fivefold_prompts.version import Message
from fivefold_solvers.emit.free import free_program
from fivefold_solvers.program import Program

PROGRAM_TOKENS = 2_000
MAX_FAULT = 600
_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)


class WriteProgramSets(TypedDict):
    """What this step sets."""

    candidate: Candidate
    free_tries: int
    told: list[str]


async def write_program(state: State, tools: Tools) -> WriteProgramSets:
    """Return a candidate that is a program only; a failed one before it is shown to the LLM with its fault."""
    problem = Problem.model_validate(state["problem"])
    options = Options.model_validate(state["options"])
    tries = state.get("free_tries", 0)
    told: list[str] = []
    messages: list[Message | dict[str, str]] = [*tools.render("free_program", problem=problem.text)]
    if tries:
        before = state["candidate"]
        own = before["reply"]["written"].get("source", "")
        told = [str(finding["message"]) for finding in before["findings"]]
        fault = "\n".join(told)[:MAX_FAULT]
        written = {"role": "assistant", "content": f"```python\n{own}\n```"}
        messages = [*messages, written, *tools.render("repair_program", fault=fault)]
    reply = await tools.ask(
        messages, max_tokens=PROGRAM_TOKENS, temperature=0.0 if tries < 2 else 0.7, seed=options.seed + tries
    )
    candidate = program_candidate(reply.text, options, state.get("round", 0))
    return {"candidate": candidate, "free_tries": tries + 1, "told": told}


def program_candidate(text: str, options: Options, turn: int) -> Candidate:
    """Return the candidate that an LLM's answer with a program makes."""
    source = code_of(text)
    program: Program = free_program(source, time_limit_s=options.time_limit_s)
    return Candidate(
        reply=Reply(declared={}, written={"source": source}),
        formulation=None,
        findings=[],
        penalty=0.0,
        program=program.model_dump(mode="json"),
        result=None,
        round=turn,
    )


def code_of(text: str) -> str:
    """Return the last fenced block of a reply, or all of it where there is none."""
    blocks = _FENCE.findall(text)
    return str(blocks[-1]) if blocks else text
