"""The solvers that emitted programs can call, by library: what each takes, and whether it is installed here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

from fivefold_solvers.emit import nonlinear, readiness
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.program import Library

Refusal = Callable[[Grounded, Rows], str | None]
"""Returns why a formulation cannot be taken, None where it can."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One solver behind one modelling library."""

    library: Library
    """What the program is written in."""
    solver: str
    """What the program calls, as `Program.solver` has it."""
    title: str
    """How people call the two together."""
    modules: tuple[str, ...]
    """What a program imports, by the names of packages that are also modules."""
    refuses: Refusal
    """Why it cannot take a formulation."""
    local: bool = False
    """Whether it finds local optima only, unless the program is convex."""

    def missing(self) -> str | None:
        """Return why it cannot run here, None where it can; nothing is imported for it."""
        absent = [module for module in self.modules if importlib.util.find_spec(module) is None]
        return f"{absent[0]} is not installed, `pip install {' '.join(absent)}`" if absent else None


def _in_pyomo(refuses: Refusal) -> Refusal:
    return lambda grounded, rows: readiness.pyomo_ready(grounded, rows) or refuses(grounded, rows)


def _highs(grounded: Grounded, rows: Rows) -> str | None:
    # Pyomo hands HiGHS no `exp(k - k)`, though that is 1.
    return nonlinear.highs_refuses(grounded, rows) or readiness.function_written(grounded)


def _scip(grounded: Grounded, rows: Rows) -> str | None:
    return nonlinear.scip_refuses(grounded) or readiness.scip_sized(grounded, rows)


def _scip_linear(grounded: Grounded, rows: Rows) -> str | None:
    return readiness.mathopt_ready(grounded, rows) or readiness.scip_sized(grounded, rows)


def _ipopt(grounded: Grounded, _: Rows) -> str | None:
    return nonlinear.ipopt_refuses(grounded)


ENGINES = (
    Engine("pyomo", "highs", "Pyomo with HiGHS", ("pyomo", "highspy"), _in_pyomo(_highs)),
    Engine("pyomo", "scip", "Pyomo with SCIP", ("pyomo", "pyscipopt"), _in_pyomo(_scip)),
    Engine("pyomo", "ipopt", "Pyomo with IPOPT", ("pyomo", "casadi"), _in_pyomo(_ipopt), local=True),
    Engine("cpsat", "cp_sat", "CP-SAT", ("ortools",), readiness.cpsat_ready),
    Engine("mathopt", "highs", "MathOpt with HiGHS", ("ortools",), readiness.mathopt_ready),
    Engine("mathopt", "scip", "MathOpt with SCIP", ("ortools",), _scip_linear),
    Engine("mathopt", "glop", "MathOpt with GLOP", ("ortools",), readiness.continuous_ready),
    Engine("mathopt", "pdlp", "MathOpt with PDLP", ("ortools",), readiness.continuous_ready),
)
"""Every pair of a library and a solver that programs are written for."""


def engine(library: Library, solver: str) -> Engine:
    """Return a pair by its names.

    Raises:
        ValueError: there is no such pair; the message lists what there is.
    """
    for candidate in ENGINES:
        if (candidate.library, candidate.solver) == (library, solver):
            return candidate
    own = [candidate.solver for candidate in ENGINES if candidate.library == library]
    raise ValueError(f"There is no solver {solver!r} for {library!r}; there are {', '.join(own)}.")
