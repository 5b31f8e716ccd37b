"""Decisions between yes and no that a formulation lets be 2 or 3: `whether the pool is built`, but any integer."""

from __future__ import annotations

from collections.abc import Iterator

from fivefold.checks.domains import is_choice
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Row

_CLOSE = 1e-9


def check_choices(grounded: Grounded, rows: list[Row]) -> Iterator[Finding]:
    """Yield a warning for every yes or no that neither its bounds nor a row of its own keeps below 2."""
    asked = {
        name: block
        for name, block in grounded.variables.items()
        if block.element.domain == "integer" and is_choice(block.element)
    }
    if not asked:
        return
    held = {place for row in rows for place in _held(grounded, row) if place[0] in asked}
    for name, block in asked.items():
        free = [key for key, (_, high) in block.bounds.items() if high >= 2 and (name, key) not in held]
        if free:
            message = f"{spell_key(name, free[0])} may be 2 or more, but it says “{block.element.description}”"
            yield warning("choice-counted", f"variable '{name}'", message, "make it binary")


def _held(grounded: Grounded, row: Row) -> Iterator[Place]:
    """Yield the places that a row keeps below 2, whatever the others are."""
    if not isinstance(row.body, Polynomial) or row.body.degree != 1:
        return
    terms = row.body.linear.items()
    for sign in {"<=": (1,), ">=": (-1,), "==": (1, -1)}.get(row.relation, ()):
        least = {place: _least(grounded, place, sign * factor) for place, factor in terms}
        for place, factor in terms:
            if sign * factor > 0:
                rest = sum(value for other, value in least.items() if other != place)
                if (-sign * row.body.constant - rest) / (sign * factor) < 2 - _CLOSE:
                    yield place


def _least(grounded: Grounded, place: Place, factor: float) -> float:
    low, high = grounded.variables[place[0]].bounds[place[1]]
    return factor * (low if factor > 0 else high)
