"""Step `run`: the program in its own process, under limits."""

from __future__ import annotations

from typing import TypedDict

from fivefold.errors import OutsideError
from fivefold.state import Candidate, Checked
from fivefold.tools import Tools
from fivefold_solvers.program import Program
from fivefold_solvers.sandbox import SandboxError, arun


class RunSets(TypedDict):
    """What this step sets."""

    candidate: Candidate


async def run(state: Checked, tools: Tools) -> RunSets:
    """Return the candidate with the result of its program.

    Raises:
        OutsideError: this machine cannot run programs, or cannot hold them as well as the settings ask.
    """
    candidate = state["candidate"]
    program = Program.model_validate(candidate["program"])
    try:
        result = await arun(program, tools.limits, at_least=tools.isolation)
    except SandboxError as fault:
        raise OutsideError(str(fault)) from fault
    tools.solver_s += result.wall_s
    if tools.span is not None:
        tools.span.solved(
            {
                "name": result.solver or program.solver,
                "exit": str(result.exit),
                "termination": str(result.termination),
                "solution_status": str(result.solution_status),
                "objective": result.objective,
                "bound": result.bound,
                "gap": result.gap,
                "wall_s": result.wall_s,
                "isolation": result.isolation,
            }
        )
    return {"candidate": {**candidate, "result": result.model_dump(mode="json")}}
