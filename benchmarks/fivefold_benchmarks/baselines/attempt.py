"""What a pipeline makes of one problem, and the parts that the program-writing baselines share."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fivefold.llm import LLM, Reply, Schema
from fivefold.trace import span
from fivefold_benchmarks.case import Expected, quantities_of
from fivefold_prompts.store import load
from fivefold_prompts.version import render
from fivefold_solvers.program import Program
from fivefold_solvers.result import ExecutionResult, Exit, Limits
from fivefold_solvers.sandbox import arun


@dataclass(frozen=True, slots=True)
class Attempt:
    """One pipeline's answer to one problem."""

    objective: float | None
    """The objective value that it reports; None without one."""
    ran: bool
    """Whether a program ended well and reported a value."""
    status: str
    """How it ended, in a word or two."""
    run_s: float = 0.0
    """Seconds spent in solver programs."""
    formulation: str = ""
    """The formulation in words or Markdown; empty where there is none."""
    program: str = ""
    """Source of the program whose value is reported, or of the last one that was tried."""
    result: dict[str, Any] = field(default_factory=dict[str, Any])
    """How that program ended, without clocks: see `summary`."""
    ending: Expected = "unknown"
    """What the solver said: `optimal`, or explicitly that there is no optimum."""
    quantities: dict[str, float] | None = None
    """Values of the variables by name; None where they are not reported."""
    verdict: str = ""
    """Grade of the verdict; empty for a pipeline that gives none."""
    confidence: float | None = None
    """Confidence of the verdict; None where there is none."""
    corrections: int = 0
    """Times that the pipeline corrected itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one attempt may take, for pipelines that look after that themselves, and where its trace goes."""

    max_tokens: int = 40_000
    """LLM tokens, question and answer together."""
    max_seconds: float = 1800.0
    """Seconds in all."""
    seed: int = 0
    """Seed to name in the trace; the LLM that the pipeline is given already samples by it."""
    trace: Path | None = None
    """File for the spans; None keeps none."""


class Pipeline(Protocol):
    """From an LLM and a problem's text to an attempt.

    Raises `LLMError`, `SandboxError` and what the LLM it is given raises; what goes wrong with the problem is
    data in the attempt.
    """

    def __call__(self, llm: LLM, question: str, *, bounds: Bounds = ...) -> Awaitable[Attempt]:
        """Return what comes of the problem."""
        ...


RULES = """Use Pyomo, and keep to this frame:
```python
import pyomo.environ as pyo

model = pyo.ConcreteModel()
# variables and constraints, e.g. model.x = pyo.Var(domain=pyo.NonNegativeReals)
model.objective = pyo.Objective(expr=..., sense=pyo.maximize)  # or pyo.minimize
pyo.SolverFactory("highs").solve(model)  # "scip_direct" for a nonlinear problem
print("OBJECTIVE:", pyo.value(model.objective))
```"""

_FOOTER = """

import pyomo.environ as _pyo
for _built in [value for value in list(globals().values()) if isinstance(value, _pyo.ConcreteModel)][-1:]:
    for _goal in list(_built.component_data_objects(_pyo.Objective, active=True))[-1:]:
        print("OBJECTIVE:", _pyo.value(_goal))
    _found = ((_entry.name, _entry.value) for _entry in _built.component_data_objects(_pyo.Var))
    print("QUANTITIES:", __import__("json").dumps({_name: _value for _name, _value in _found if _value is not None}))
"""
"""Small LLMs forget the last line of the frame; the value is printed for them, so that this costs them nothing. The
values of the variables are for rules that want more than the objective."""
PROGRAM_LIMITS = Limits(wall_s=60)
_OBJECTIVE = re.compile(r"OBJECTIVE:\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_QUANTITIES = re.compile(r"^QUANTITIES: (\{.*\})\n?", re.MULTILINE)
_NO_OPTIMUM = re.compile(r"\b(infeasible|unbounded)\b(?! or)", re.IGNORECASE)
_FOLDER = re.compile(r'(?<=File ")[^"\n]*/(?=[^"/\n]+")')
_TAIL = 2000


_prompt = functools.cache(load)
"""A run of thousands of attempts reads each prompt once."""


async def ask(
    llm: LLM,
    prompt: str,
    values: Mapping[str, str],
    *,
    max_tokens: int,
    schema: Schema | None = None,
    temperature: float = 0.0,
    seed: int = 0,
) -> Reply:
    """Ask with a prompt of the library, filled in, and note question and answer in a span of the prompt's name."""
    version = _prompt(prompt)
    messages = [{"role": part["role"], "content": part["content"]} for part in render(version, **values)]
    with span(prompt, kind="llm") as opened:
        opened.prompt(version.name, version.number, version.sha256)
        reply = await llm.ask(messages, schema=schema, max_tokens=max_tokens, temperature=temperature, seed=seed)
        opened.asked(
            messages,
            reply.text,
            {
                "name": reply.llm,
                "sampling": {"temperature": temperature, "max_tokens": max_tokens},
                "input_tokens": reply.usage.prompt_tokens,
                "output_tokens": reply.usage.completion_tokens,
                "finish_reason": reply.finish_reason,
            },
        )
    return reply


async def attempt_with(source: str, *, formulation: str = "") -> Attempt:
    """Run a written program and return what it printed as its objective."""
    with span("run", kind="solver") as opened:
        program = Program(source=source + _FOOTER, library="pyomo", solver="highs", path="free")
        result = await arun(program, PROGRAM_LIMITS)
        quantities = _quantities(result.stdout)
        result = result.model_copy(update={"stdout": _QUANTITIES.sub("", result.stdout)})
        found = _OBJECTIVE.findall(result.stdout)
        value = float(found[-1]) if found else None
        ended_well = result.exit in {Exit.OK, Exit.NO_RESULT}
        ran = ended_well and value is not None and math.isfinite(value)
        opened.solved({"exit": str(result.exit), "objective": value if ran else None, "wall_s": result.wall_s})
    return Attempt(
        value if ran else None,
        ran,
        status="ran" if ran else "no value printed" if ended_well else str(result.exit),
        run_s=result.wall_s,
        formulation=formulation,
        program=source,
        result=summary(result),
        ending="optimal" if ran else _said_ending(f"{result.stdout}\n{result.stderr}"),
        quantities=quantities if ran else None,
    )


def _quantities(stdout: str) -> dict[str, float] | None:
    """Return the values of the variables as our own lines behind the program print them."""
    found = _QUANTITIES.findall(stdout)
    try:
        return quantities_of(json.loads(found[-1])) if found else None
    except ValueError:
        return None  # the output was cut


def _said_ending(output: str) -> Expected:
    """Return what a program without a value said of its problem, as Pyomo and solvers word it."""
    said = _NO_OPTIMUM.findall(output)
    if not said:
        return "unknown"
    return "infeasible" if said[-1].lower() == "infeasible" else "unbounded"


def summary(result: ExecutionResult) -> dict[str, Any]:
    """Return how a program ended without what differs from run to run: clocks and names of scratch folders."""
    kept: dict[str, Any] = {
        "exit": str(result.exit),
        "termination": str(result.termination),
        "solution_status": str(result.solution_status),
        "bound": result.bound,
        "gap": result.gap,
        "solver": result.solver,
        "evidence": result.evidence,
        "stdout": result.stdout[-_TAIL:],
        "stderr": _FOLDER.sub("", result.stderr)[-_TAIL:],
    }
    return {name: value for name, value in kept.items() if value not in (None, "", "unknown")}
