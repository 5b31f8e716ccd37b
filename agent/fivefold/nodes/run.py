"""Step `run`: the program in its own process, under limits; or large data as arrays, in a solver's process."""

from __future__ import annotations

import asyncio
from typing import TypedDict

from fivefold.errors import OutsideError
from fivefold.nodes.near_by import WHY, is_better, program_near_by
from fivefold.nodes.run_arrays import run_arrays
from fivefold.state import Candidate, Checked
from fivefold.tools import Tools
from fivefold_solvers.data.mapping import DataMapping
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult
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
    if candidate.get("beside"):
        formulation = Formulation.model_validate(candidate["formulation"])
        mapping = DataMapping.model_validate(candidate.get("mapping"))
        result = await asyncio.to_thread(run_arrays, formulation, mapping, tools)
    else:
        candidate, result = await _searched(candidate, tools)
    tools.solver_s += result.wall_s
    if tools.span is not None:
        tools.span.solved(
            {
                "name": result.solver or (candidate["program"] or {}).get("solver", ""),
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


async def _searched(candidate: Candidate, tools: Tools) -> tuple[Candidate, ExecutionResult]:
    """Return the result of a candidate's program; where that was stopped, of a second search if it found better."""
    program = Program.model_validate(candidate["program"])
    result = await _run_program(program, tools)
    if candidate["formulation"] is None:
        return candidate, result
    formulation = Formulation.model_validate(candidate["formulation"])
    other = await asyncio.to_thread(program_near_by, formulation, program, result)
    if other is None:
        return candidate, result
    found = await _run_program(other, tools)
    if not is_better(found, result, formulation):
        return candidate, result
    return {**candidate, "program": other.model_dump(mode="json"), "why": WHY}, found


async def _run_program(program: Program, tools: Tools) -> ExecutionResult:
    try:
        return await arun(program, tools.limits, at_least=tools.isolation)
    except SandboxError as fault:
        raise OutsideError(str(fault)) from fault
