"""A foreign Pyomo program made to write what it built as LP text, so that it can be read as a formulation."""

from __future__ import annotations

import re

from fivefold_solvers.program import Program

BEGIN = "FIVEFOLD_LP_BEGIN"
END = "FIVEFOLD_LP_END"
_PLAIN = re.compile(r"^c_[uel]_(\S+)_:", re.MULTILINE)
"""A row of Pyomo's: the constraint `hours` is written as `c_u_hours_`."""
_CLOSING = f'''

# --- Write what was built --------------------------------------------------------------------------------------


def _fivefold_dump(names):
    """Print the last concrete formulation as LP text."""
    import pyomo.environ as pyo

    found = [value for value in names.values() if isinstance(value, pyo.ConcreteModel)]
    if not found:
        raise SystemExit("no pyo.ConcreteModel was built; keep it in a global name such as `model`")
    found[-1].write("built.lp", format="lp", io_options={{"symbolic_solver_labels": True}})
    with open("built.lp", encoding="utf-8") as file:
        print("\\n{BEGIN}")
        print(file.read())
        print("{END}")


_fivefold_dump(globals())
'''


def dumping(source: str) -> Program:
    """Return a program that builds what the source builds, and prints it as LP text.

    Args:
        source: Python that builds a `pyo.ConcreteModel` in a global name; hostile until it has run in the sandbox.
    """
    return Program(source=source.rstrip() + "\n" + _CLOSING, library="pyomo", solver="highs", path="free")


def dumped(stdout: str) -> str | None:
    """Return the LP text in the output of such a program; None where there is none."""
    _, found, rest = stdout.rpartition(f"\n{BEGIN}\n")
    text, ended, _ = rest.partition(f"\n{END}")
    return _PLAIN.sub(r"\1:", text) if found and ended else None
