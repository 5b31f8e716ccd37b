"""Rows and bounds of a program in words: element, index, the relation with its numbers, the sentence it comes from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.formulation.elements import Formulation, Source
from fivefold_solvers.formulation.identity import Key

Kind = Literal["row", "lower", "upper", "whole"]
"""A row, the lower or upper bound of a column, or that a column must be whole."""
_TERMS = 8


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One thing that a program asks for."""

    kind: Kind
    place: int
    """The row, or the column."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A member as people know it."""

    member: Member
    element: str
    """Name of the constraint or variable."""
    key: Key
    """Its index; `()` for a scalar."""
    name: str
    """Both together, e.g. `supply['north']`."""
    text: str
    """What it asks for, with numbers: `2*x[1] + x[2] <= 18`."""
    quote: str
    """The words of the problem that it comes from; empty where nobody quoted any."""
    reason: str
    """Why it is there, where it was derived or assumed."""

    def __str__(self) -> str:
        what = {"row": "", "lower": "lower bound ", "upper": "upper bound ", "whole": ""}[self.member.kind]
        head = f"{self.name}: {self.text}" if self.member.kind == "row" else f"{what}{self.text}"
        if self.quote:
            return f'{head} ("{self.quote}")'
        return f"{head} ({self.reason})" if self.reason else head


def clause(arrays: Arrays, member: Member, formulation: Formulation | None = None) -> Clause:
    """Return what a member asks for, with the sentence of its element's source where the formulation has one."""
    if member.kind == "row":
        block, name = arrays.row_block(member.place), arrays.row_name(member.place)
        text = row_text(arrays, member.place)
    else:
        block, name = arrays.column_block(member.place), arrays.column_name(member.place)
        text = {
            "lower": f"{name} >= {number(arrays.lower[member.place])}",
            "upper": f"{name} <= {number(arrays.upper[member.place])}",
            "whole": f"{name} is a whole number",
        }[member.kind]
    source = source_of(formulation, block.name)
    return Clause(
        member=member,
        element=block.name,
        key=block.keys.key(member.place - block.start),
        name=name,
        text=text,
        quote=source.quote if source is not None else "",
        reason=source.reason if source is not None else "",
    )


def source_of(formulation: Formulation | None, name: str) -> Source | None:
    """Return where an element comes from, None where nobody said."""
    if formulation is None:
        return None
    sources = {element.name: element.source for element in formulation.elements()}
    if name in sources:
        return sources[name]
    # What `lower` makes of a constraint is named after it, with an ending.
    origins = [own for own in sources if name.startswith(f"{own}_")]
    return sources[max(origins, key=len)] if origins else None


def row_text(arrays: Arrays, row: int) -> str:
    """Return a row as a relation, long ones shortened: `x[1] + 2*x[2] + ... (9 more) <= 18`."""
    columns, coefficients = arrays.row(row)
    body = linear_text([
        (arrays.column_name(int(column)), float(value))
        for column, value in zip(columns[:_TERMS], coefficients[:_TERMS], strict=True)
    ])  # fmt: skip
    if len(columns) > _TERMS:
        body += f" + ... ({len(columns) - _TERMS} more)"
    return relation_text(body, float(arrays.row_lower[row]), float(arrays.row_upper[row]))


def number(value: float) -> str:
    """Return a number as people write it: no trailing zeros, nine digits at most, without a solver's last hair."""
    value = float(value)
    if not math.isfinite(value):
        return f"{value:g}"
    short = float(f"{value:.6g}")
    close = abs(short - value) <= 1e-7 * max(1.0, abs(value))
    # Plus 0, so that no minus stands before a zero.
    return f"{(short if close else value) + 0.0:.9g}"


def relation_text(body: str, low: float, high: float, spell: Callable[[float], str] = number) -> str:
    """Return a row's limits around its body: `2 <= x + y <= 5`, `x == 3`, `x is free`."""
    if low == high:
        return f"{body} == {spell(low)}"
    left = f"{spell(low)} <= " if math.isfinite(low) and math.isfinite(high) else ""
    if math.isfinite(high):
        return f"{left}{body} <= {spell(high)}"
    return f"{body} >= {spell(low)}" if math.isfinite(low) else f"{body} is free"


def linear_text(terms: Iterable[tuple[str, float]], spell: Callable[[float], str] = number) -> str:
    """Return a sum as it is written: `2*x - y + 3*z`."""
    text = ""
    for name, value in terms:
        sign = "-" if value < 0 else "+"
        factor = "" if abs(value) == 1 else f"{spell(abs(value))}*"
        text += f" {sign} {factor}{name}" if text else f"{'-' if value < 0 else ''}{factor}{name}"
    return text or "0"
