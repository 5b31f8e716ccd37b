"""Limits that HiGHS misses by a hair: a program with whole numbers solves the others again, with these held.

A mixed program may miss a row by 0.000001. Times a price that is enough to show: 89.999992 for 90. Once the whole
numbers are held the rest is linear, and a basic solution meets its rows as well as floating-point numbers can.
"""

from __future__ import annotations

from collections.abc import Iterator

from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Rows

NAMES = frozenset({"as_found", "made_whole"})
"""Names that such a program uses beside those of all programs."""
_SETTLE = """\
    as_found = [(entry, entry.value) for entry in @ROOT@.component_data_objects(pyo.Var)]
    made_whole = [entry for entry, number in as_found if number is not None and entry.is_integer()]
    if any(row.slack() < -1e-9 for row in @ROOT@.component_data_objects(pyo.Constraint)):
        # With whole numbers HiGHS may miss a row by 0.000001; with these held the others are found more closely.
        for entry in made_whole:
            entry.fix(round(entry.value))
        closer, again = solve(), None
        if TERMINATION.get(closer.termination_condition.name, "unknown") == "optimal":
            closer.solution_loader.load_vars()
            again = pyo.value(@ROOT@.objective)
        if again is None or abs(again - objective) > 1e-6 * max(1, abs(objective)):
            for entry, number in as_found:
                entry.set_value(number, skip_validation=True)
        else:
            objective = again"""


def is_mixed(grounded: Grounded, rows: Rows) -> bool:
    """Whether rows hold whole numbers and others."""
    blocks = grounded.variables
    bodies = [row.body for row in rows.rows]
    used = {name for body in bodies if isinstance(body, Polynomial) for name, _ in body.places()}
    return len({blocks[name].element.domain == "continuous" for name in used if name in blocks}) > 1


def settle(root: str) -> Iterator[str]:
    """Yield the lines that solve again, behind those that give the objective.

    Args:
        root: the program's name for what everything is added to.
    """
    yield from _SETTLE.replace("@ROOT@", root).splitlines()
