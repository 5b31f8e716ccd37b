"""One number to be slid: what it is, between which ends, and how far the price of a unit of it stays the same."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np

from fivefold.editing.typed import edits, entry
from fivefold.errors import CallerError
from fivefold.plain import plain
from fivefold_solvers.analyze.edit import Edit, SetExpression, apply
from fivefold_solvers.analyze.instance import Instance, instance, limited
from fivefold_solvers.analyze.interval import Interval
from fivefold_solvers.analyze.ranges import cost_range, row_range
from fivefold_solvers.backends.session import Session
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.formulation.elements import Formulation

_LIMIT = re.compile(r"(?P<left>[^<>=!]*[^<>=!\s])\s*(?P<sign><=|>=|==)\s*(?P<limit>[-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")
"""A constraint with a number alone on its right side."""
_MARKS = 40
"""Steps of a slider at least."""
_NUMBERS = ("sense", "offset", "cost", "lower", "upper", "integer", "starts", "columns", "coefficients",
            "row_lower", "row_upper")  # fmt: skip
"""What of a program a number can stand in; its names stay."""
_SLIP = 1e-6
"""What of a step is a slip of arithmetic."""
_ROUND_NOTHING = (0.0, 10.0)
"""Ends for a number that is 0."""


class _Touched(NamedTuple):
    """The one place of the arrays that a number stands in."""

    kind: str
    """`row` or `cost`."""
    place: int
    factor: float
    """Change there for each unit of the number."""


def limit_edit(formulation: Formulation, text: str) -> Edit:
    """Return the edit that gives a constraint another number on its right side; `text` is `flour=80`.

    Raises:
        CallerError: there is no such constraint, or no number stands there.
    """
    name, _, number = (part.strip() for part in text.partition("="))
    left, sign, _ = _parts(formulation, name)
    try:
        limit = float(number)
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise CallerError(f"{name}: `{number}` is no number; write it like {name}=7")
    return SetExpression(name, f"{left} {sign} {int(limit) if limit.is_integer() else limit!r}")


def asked_slider(formulation: Formulation, kind: str, name: str, limit_s: float) -> dict[str, Any]:
    """Return the value of a number, the ends and step of a slider for it, and the range that can be claimed.

    Raises:
        CallerError: there is no such number.
    """
    value = _limit_of(formulation, name) if kind == "limit" else _entry_of(formulation, name)
    claimed = _claimed(formulation, kind, name, value, limit_s)
    low, high, step = _ends(value, claimed)
    range_told = None if claimed is None else {**plain(claimed), "text": str(claimed)}
    text = f"{name} is {value:g}." if claimed is None else str(claimed)
    return {"ok": True, "text": text, "value": value, "low": low, "high": high, "step": step, "range": range_told}


def _parts(formulation: Formulation, name: str) -> tuple[str, str, str]:
    found = next((one for one in formulation.constraints if one.name == name), None)
    if found is None:
        there = ", ".join(one.name for one in formulation.constraints) or "none"
        raise CallerError(f"there is no constraint '{name}'; there are {there}")
    match = _LIMIT.fullmatch(found.expression.strip())
    if match is None:
        raise CallerError(f"no number alone stands on the right side of '{name}'; edit the constraint instead")
    return match["left"], match["sign"], match["limit"]


def _limit_of(formulation: Formulation, name: str) -> float:
    return float(_parts(formulation, name)[2])


def _entry_of(formulation: Formulation, text: str) -> float:
    name, key = entry(formulation, text, f"'{text}'")
    if name not in {parameter.name for parameter in formulation.parameters}:
        there = ", ".join(parameter.name for parameter in formulation.parameters) or "none"
        raise CallerError(f"there is no parameter '{name}'; there are {there}")
    block = instance(formulation).checked.grounded
    assert block is not None, "an instance is grounded"
    table = block.parameters[name].table
    default = block.parameters[name].element.default
    if key is None and set(table) != {()}:
        example = next(iter(table), ())
        raise CallerError(f"'{name}' is a table; write one entry of it, such as {name}[{','.join(map(str, example))}]")
    value = table.get(key or (), default)
    if value is None:
        raise CallerError(f"there is no entry {text.strip()}")
    return float(value)


def _claimed(formulation: Formulation, kind: str, name: str, value: float, limit_s: float) -> Interval | None:
    """Return the range of the number within which its price, or the solution, stays; None where none is claimed."""
    base = instance(formulation)
    touched = _touched(formulation, base, kind, name, value)
    if touched is None:
        return None
    find = row_range if touched.kind == "row" else cost_range
    with Session("auto") as session:
        solved = session.solve(base.arrays, options=limited(limit_s))
        found = find(base, touched.place, solved, session, limit_s=limit_s)
    if found is None:
        return None
    ends = sorted(value + (end - found.value) / touched.factor for end in (found.low, found.high))
    slopes = None
    if found.slopes is not None:
        scaled = [slope * touched.factor for slope in found.slopes]
        slopes = (scaled[0], scaled[1]) if touched.factor > 0 else (scaled[1], scaled[0])
    return Interval(name, value, ends[0], ends[1], found.claim, found.beyond, found.exact, found.how, slopes)


def _touched(formulation: Formulation, base: Instance, kind: str, name: str, value: float) -> _Touched | None:
    """Return where in the arrays a number stands, if it is one place and the place moves evenly with it."""
    step = max(1.0, abs(value)) / 8
    seen: list[_Touched] = []
    for times in (1, 2):
        text = f"{name}={value + times * step!r}"
        edit = limit_edit(formulation, text) if kind == "limit" else edits(formulation, [("--set", text)])[0]
        place = _only_difference(base.arrays, instance(apply(formulation, [edit])).arrays)
        if place is None:
            return None
        seen.append(place._replace(factor=place.factor / (times * step)))
    first, second = seen
    even = math.isclose(first.factor, second.factor, rel_tol=1e-9)
    return first if even and first[:2] == second[:2] else None


def _only_difference(base: Arrays, moved: Arrays) -> _Touched | None:
    """Return the one limit of a row or the one cost in which two programs differ, with the difference."""
    differs = {name for name in _NUMBERS if not np.array_equal(getattr(base, name), getattr(moved, name))}
    if base.quadratic is not None:
        return None
    if differs == {"cost"}:
        return _moved("cost", moved.cost - base.cost)
    if not differs or not differs <= {"row_lower", "row_upper"}:
        return None
    found = {_moved("row", _shift(getattr(base, side), getattr(moved, side))) for side in differs}
    return found.pop() if len(found) == 1 else None


def _shift(before: Floats, after: Floats) -> Floats:
    finite = np.isfinite(before) & np.isfinite(after)
    return np.where(finite, after, 0.0) - np.where(finite, before, 0.0)


def _moved(kind: str, shift: Floats) -> _Touched | None:
    places = np.flatnonzero(shift)
    return _Touched(kind, int(places[0]), float(shift[places[0]])) if len(places) == 1 else None


def _ends(value: float, claimed: Interval | None) -> tuple[float, float, float]:
    """Return ends and step of a slider: twice the number, and what of the claimed range is not far beyond that."""
    low, high = _ROUND_NOTHING if value == 0 else (min(0.0, 2 * value), max(0.0, 2 * value))
    if claimed is not None:
        width = high - low
        low = min(low, claimed.low) if claimed.low >= low - width else low
        high = max(high, claimed.high) if claimed.high <= high + width else high
    step = 10.0 ** math.floor(math.log10((high - low) / _MARKS))
    down, up = math.floor(low / step + _SLIP), math.ceil(high / step - _SLIP)
    return round(down * step, 12), round(up * step, 12), step
