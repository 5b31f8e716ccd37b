"""Which library writes the program: what was wanted where it can, and the reason where it cannot."""

from __future__ import annotations

from typing import Literal

from fivefold_solvers.emit.pyomo import pyomo_solver
from fivefold_solvers.emit.readiness import cpsat_ready, mathopt_ready
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.rows import Rows, expand
from fivefold_solvers.program import Library

Wanted = Literal["pyomo", "ortools"]


def choose(grounded: Grounded, wanted: Wanted, *, rows: Rows | None = None) -> tuple[Library, str]:
    """Return the library to write in, and the reason in words.

    With OR-Tools, CP-SAT takes bounded whole numbers, MathOpt everything else that is linear; what is not linear
    goes to Pyomo.

    Args:
        grounded: the formulation with its data, lowered.
        wanted: the family that the user asked for.
        rows: its rows, where the check has them already.
    """
    if rows is None:
        rows, _ = expand(grounded)
    engine = {"highs": "HiGHS", "scip": "SCIP"}[pyomo_solver(grounded, rows)]
    if wanted == "pyomo":
        return "pyomo", f"Pyomo with {engine}"
    not_linear = mathopt_ready(grounded, rows)
    if not_linear is not None:
        return "pyomo", f"Pyomo with {engine}, because OR-Tools needs linear rows: {not_linear}"
    not_whole = cpsat_ready(grounded, rows)
    if not_whole is None:
        return "cpsat", "CP-SAT: all variables are whole numbers within finite bounds"
    return "mathopt", f"MathOpt with HiGHS, because CP-SAT cannot take it: {not_whole}"
