"""Choices that cost, that no row asks for, and that are therefore never made: a fixed cost that nobody ever pays.

`cost 500*open`, and `open` stands in no row, or only where less of it is easier to meet. In every best plan it is 0,
whatever the data: the link is missing (`ship <= 80`), or it is turned round (`ship >= 80*open`).
"""

from __future__ import annotations

from collections.abc import Iterator

from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Row

_SHOWN = 3


def check_pointless(grounded: Grounded, rows: list[Row], objective: float | Polynomial) -> Iterator[Finding]:
    """Yield a warning for a yes or no, or most of a family of amounts, that costs and that nothing asks for.

    Of plain amounts nothing is told: the stock after the last period costs and is for nothing in right formulations.

    Args:
        grounded: the formulation with its data.
        rows: all its rows, all of them linear.
        objective: what is made best.
    """
    if not isinstance(objective, Polynomial) or objective.degree != 1:
        return
    worse = {"minimize": 1, "maximize": -1}.get(grounded.formulation.objective.sense, 0)
    asked = {place for row in rows for place, factor in _terms(row) if asks_for(row, factor)}
    for name, variable in grounded.variables.items():
        costly = {key for key in variable.bounds if objective.linear.get((name, key), 0.0) * worse > 0}
        idle = [key for key in variable.bounds if key in costly and (name, key) not in asked]
        idle = [key for key in idle if variable.bounds[key][0] == 0]
        enough = len(idle) > len(costly) / 2 if variable.element.index else variable.element.domain == "binary"
        if idle and enough:
            yield _told(grounded, name, idle)
            return


def asks_for(row: Row, factor: float) -> bool:
    """Whether less of what has this factor could break a row."""
    return row.relation == "==" or (row.relation == ">=") == (factor > 0)


def _terms(row: Row) -> list[tuple[Place, float]]:
    return list(row.body.linear.items()) if isinstance(row.body, Polynomial) else []


def _told(grounded: Grounded, name: str, idle: list[Key]) -> Finding:
    shown = ", ".join(spell_key(name, key) for key in idle[:_SHOWN])
    shown += f" and {len(idle) - _SHOWN} more" if len(idle) > _SHOWN else ""
    message = f"it costs and no row asks for it, so that every best plan has none: {shown}"
    mend = "write the row that needs it, such as `amount <= most*chosen`, or turn the relation round"
    if grounded.variables[name].element.domain != "binary":
        mend = "write the row that needs it, or turn the relation round"
    return warning("pointless", f"variable '{name}'", message, mend)
