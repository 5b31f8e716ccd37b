"""What a pipeline makes of one problem, and the parts that the program-writing baselines share."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fivefold.llm import LLM, Usage
from fivefold_solvers.program import Program
from fivefold_solvers.result import Exit, Limits
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
    usage: Usage
    """Tokens and seconds of the LLM; a cached reply counts with its first cost."""
    run_s: float = 0.0
    """Seconds spent in solver programs."""


Pipeline = Callable[[LLM, str], Awaitable[Attempt]]
"""From an LLM and a problem's text to an attempt; raises only `LLMError`."""

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
"""
"""Small LLMs forget the last line of the frame; the value is printed for them, so that this costs them nothing."""
PROGRAM_LIMITS = Limits(wall_s=60)
_OBJECTIVE = re.compile(r"OBJECTIVE:\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


async def attempt_with(source: str, usage: Usage) -> Attempt:
    """Run a written program and return what it printed as its objective."""
    result = await arun(Program(source=source + _FOOTER, library="pyomo", solver="highs", path="free"), PROGRAM_LIMITS)
    found = _OBJECTIVE.findall(result.stdout)
    value = float(found[-1]) if found else None
    ended_well = result.exit in {Exit.OK, Exit.NO_RESULT}
    ran = ended_well and value is not None and math.isfinite(value)
    status = "ran" if ran else "no value printed" if ended_well else str(result.exit)
    return Attempt(value if ran else None, ran, status, usage, result.wall_s)
