"""Readable stand-alone solver programs from a checked formulation, one file a library.

`emit` writes, `select` says for which library and solver. A program needs its modelling library and its solver and
nothing else, keeps the formulation's names, sums and data, and prints a report for people and one line for Fivefold.
"""

from __future__ import annotations

from typing import cast

from fivefold_solvers.emit.cpsat import emit_cpsat
from fivefold_solvers.emit.engines import ENGINES, Engine, engine
from fivefold_solvers.emit.mathopt import MathOptSolver, emit_mathopt
from fivefold_solvers.emit.pyomo import PyomoSolver, emit_pyomo
from fivefold_solvers.emit.readiness import NotExpressibleError, cpsat_ready, mathopt_ready, needed
from fivefold_solvers.emit.route import Choice, in_pyomo, select
from fivefold_solvers.emit.writer import tidied
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.rows import Rows, expand
from fivefold_solvers.program import Library, Program

__all__ = [
    "ENGINES",
    "Choice",
    "Engine",
    "NotExpressibleError",
    "cpsat_ready",
    "emit",
    "mathopt_ready",
    "select",
]


def emit(
    grounded: Grounded | None,
    library: Library,
    *,
    rows: Rows | None = None,
    time_limit_s: float | None = None,
    solver: str | None = None,
) -> Program:
    """Return the program of a formulation that was checked without an error and lowered to relations of sums.

    Args:
        grounded: the formulation with its data, as in `lower(check(formulation)).grounded`.
        library: what to write it in; `select` says which one can.
        rows: its rows, where the check has them already.
        time_limit_s: seconds after which the solver stops with what it has; None for no limit.
        solver: the solver that the program calls; None for the one that `select` would take in this library.

    Raises:
        NotExpressibleError: the library or the solver cannot take it, or check or lowering found errors.
        ValueError: the library has no such solver.
    """
    grounded = needed(grounded)
    if rows is None:
        rows, _ = expand(grounded)
    if solver is not None:
        asked = engine(library, solver)
        reason = asked.refuses(grounded, rows)
        if reason is not None:
            raise NotExpressibleError(asked.title, reason)
    match library:
        case "pyomo":
            chosen = cast(PyomoSolver, solver or in_pyomo(grounded, rows).solver)
            return emit_pyomo(tidied(grounded), rows, time_limit_s, chosen)
        case "mathopt":
            return emit_mathopt(tidied(grounded), rows, time_limit_s, cast(MathOptSolver, solver or "highs"))
        case "cpsat":
            return emit_cpsat(tidied(grounded), rows, time_limit_s)
