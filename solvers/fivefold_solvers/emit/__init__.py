"""Readable stand-alone solver programs from a checked formulation, one file a library.

`emit` writes, `choose` says in which library. A program needs its modelling library and nothing else, keeps the
formulation's names, sums and data, and prints a report for people and one line for Fivefold.
"""

from __future__ import annotations

from fivefold_solvers.emit.cpsat import emit_cpsat
from fivefold_solvers.emit.mathopt import emit_mathopt
from fivefold_solvers.emit.pyomo import emit_pyomo
from fivefold_solvers.emit.readiness import NotExpressibleError, cpsat_ready, mathopt_ready
from fivefold_solvers.emit.route import choose
from fivefold_solvers.emit.writer import tidied
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.rows import Rows, expand
from fivefold_solvers.program import Library, Program

__all__ = ["NotExpressibleError", "choose", "cpsat_ready", "emit", "mathopt_ready"]

_WRITERS = {"pyomo": emit_pyomo, "mathopt": emit_mathopt, "cpsat": emit_cpsat}


def emit(
    grounded: Grounded, library: Library, *, rows: Rows | None = None, time_limit_s: float | None = None
) -> Program:
    """Return the program of a formulation that was checked without an error and lowered to relations of sums.

    Args:
        grounded: the formulation with its data.
        library: what to write it in; `choose` says which one can.
        rows: its rows, where the check has them already.
        time_limit_s: seconds after which the solver stops with what it has; None for no limit.

    Raises:
        NotExpressibleError: the library cannot express it.
    """
    if rows is None:
        rows, _ = expand(grounded)
    return _WRITERS[library](tidied(grounded), rows, time_limit_s)
