"""What a number of a formulation does: which coefficients, limits and bounds move with it.

Found by changing the number and looking at what the rows become, so that every way of writing is read alike:
`3*chairs`, `hours['chairs']` in a table, `chairs*(50 - 30)`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from fivefold.checks.places import Place, places, replaced
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.polynomial import Polynomial

Entry = tuple[str, Key]
"""A variable's name and the index of one entry."""
MAX_PLACES = 160
"""Of formulations with more numbers than this the effects are not looked for."""
_STEP, _SHIFT = 1.37, 0.11


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that moves with a number."""

    kind: Literal["objective", "row", "bound"]
    """Where it moves something."""
    name: str
    """The constraint, or the variable whose bound it is; empty for the objective."""
    key: Key
    """Which row of the constraint, or which entry of the variable."""
    entry: Entry | None
    """Whose coefficient it moves; None for the constant side of a row, a bound, or the objective's constant."""


def effects(formulation: Formulation, budget_s: float = math.inf) -> dict[Place, tuple[Effect, ...]]:
    """Return what every number moves.

    Empty where the formulation cannot be checked, or has more numbers than `MAX_PLACES` or than can be tried in
    `budget_s` seconds, to judge by how long one check takes.
    """
    begun = time.perf_counter()
    base = check(formulation)
    there = places(formulation)
    if not base.ok or len(there) > MAX_PLACES or len(there) * (time.perf_counter() - begun) > budget_s:
        return {}
    return dict(_found(Written(repr(formulation), formulation)))


@dataclass(frozen=True, slots=True)
class Written:
    """A formulation that counts as the same as any other in the same words and numbers."""

    text: str
    formulation: Formulation = field(compare=False)


@lru_cache(maxsize=64)
def _found(written: Written) -> dict[Place, tuple[Effect, ...]]:
    """Return what every number moves; each check of a formulation asks for it anew."""
    formulation = written.formulation
    base = check(formulation)
    found: dict[Place, tuple[Effect, ...]] = {}
    for place in places(formulation):
        other = check(replaced(formulation, {place: place.value * _STEP + _SHIFT}))
        if other.ok and len(other.rows.rows) == len(base.rows.rows):
            found[place] = tuple(dict.fromkeys(_differences(base, other)))
        else:
            found[place] = ()
    return found


def _differences(base: Checked, other: Checked) -> Iterator[Effect]:
    for entry in _moved(base.rows.objective, other.rows.objective):
        yield Effect("objective", "", (), entry)
    for before, after in zip(base.rows.rows, other.rows.rows, strict=True):
        for entry in _moved(before.body, after.body):
            yield Effect("row", before.constraint, before.key, entry)
    assert base.grounded is not None and other.grounded is not None
    for name, block in base.grounded.variables.items():
        bounds = other.grounded.variables[name].bounds
        for key, pair in block.bounds.items():
            if pair != bounds.get(key):
                yield Effect("bound", name, key, None)


def _moved(before: float | Polynomial, after: float | Polynomial) -> Iterator[Entry | None]:
    """Yield the entries whose coefficients differ, and None where the constant does."""
    first, second = _as_polynomial(before), _as_polynomial(after)
    if first.constant != second.constant:
        yield None
    for entry in {**first.linear, **second.linear}:
        if first.linear.get(entry, 0) != second.linear.get(entry, 0):
            yield entry
    for pair in {**first.quadratic, **second.quadratic}:
        if first.quadratic.get(pair, 0) != second.quadratic.get(pair, 0):
            yield from pair


def _as_polynomial(value: float | Polynomial) -> Polynomial:
    return value if isinstance(value, Polynomial) else Polynomial(constant=value)
