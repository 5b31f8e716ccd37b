"""Lateness, shortage or deviation that costs and that nothing asks for: `late <= end - due`, so that none is paid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Row

_SHOWN = 4
# Other costs may well be worth nothing: one of several ways to make a thing is often used for none of it.
_AMISS = re.compile(
    r"(?<![a-z])(?:late|lateness|tard\w*|delay\w*|overdue|overrun\w*|overtime|deviat\w*|short(?:age|fall)s?|unmet|"
    r"unserved|missed|missing|lacking|owed|owing|back-?(?:log|order)\w*|under|over|below|above|excess\w*)(?![a-z])",
    re.I,
)


def check_unasked(grounded: Grounded, rows: list[Row], objective: float | Polynomial) -> Iterator[Finding]:
    """Yield a warning for what falls short or is too late, costs, and could be 0 without breaking a row.

    Each entry of such a variable is 0 in every best plan, whatever the plan is like: a relation is turned round, or
    the row is missing that should measure it.
    """
    if not isinstance(objective, Polynomial) or objective.degree != 1:
        return
    worse = 1 if grounded.formulation.objective.sense == "minimize" else -1
    costs = {place for place, factor in objective.linear.items() if factor * worse > 0}
    asked = {place for row in rows for place, factor in _terms(row) if _holds_up(row, factor)}
    names = [
        name
        for name, variable in grounded.variables.items()
        if variable.bounds
        and _AMISS.search(f"{name.replace('_', ' ')} {variable.element.description}")
        and all((name, key) in costs - asked and low == 0 for key, (low, _) in variable.bounds.items())
    ]
    if names:
        shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        message = f"no row asks for any of it and it costs, so that every best plan has none: {shown}"
        mend = "turn round the relation that should measure it, or add the row by which it becomes more than 0"
        yield warning("unasked", f"variable '{names[0]}'", message, mend)


def _terms(row: Row) -> Iterable[tuple[Place, float]]:
    assert isinstance(row.body, Polynomial)
    return row.body.linear.items()


def _holds_up(row: Row, factor: float) -> bool:
    """Whether less of what has this factor could break a row."""
    return row.relation == "==" or (row.relation == ">=") == (factor > 0)
