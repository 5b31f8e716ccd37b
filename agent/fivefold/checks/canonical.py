"""A formulation in one form whatever way it is written: bounds, rows scaled to 1, one sign of every relation.

Two formulations of one problem can be compared row by row in this form, once the variables of one are known to be
those of the other (`matching`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Row

Entry = tuple[str, Key]
"""A variable's name and the index of one entry."""
Term = tuple[int, ...]
"""The columns of a term: none for a constant, one, or two for a product."""
RowKey = tuple[str, Key, int]
"""Name of a constraint, the index of a row of it, and which of several there."""
Face = tuple[tuple[tuple[Term, float], ...], float]
"""One side of a row: scaled terms, and what they are at most."""
_DIGITS = 8
_WHOLE = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """One row with more than a single variable in it."""

    terms: Mapping[Term, float]
    relation: str
    """`<=`, `>=` or `==`."""
    limit: float
    """The constant side."""

    def faces(self) -> frozenset[Face]:
        """Return the row as one or two sums that are at most something, each with 1 as its largest coefficient."""
        sides: list[float] = [1.0] if self.relation == "<=" else [-1.0] if self.relation == ">=" else [1.0, -1.0]
        scale = max(abs(value) for value in self.terms.values())
        return frozenset(
            (
                tuple(sorted((term, figure(side * value / scale)) for term, value in self.terms.items())),
                figure(side * self.limit / scale),
            )
            for side in sides
        )


@dataclass(frozen=True, slots=True)
class Canonical:
    """A formulation as columns, bounds and rows; what is not linear or quadratic is kept as words."""

    columns: tuple[Entry, ...]
    integer: Mapping[int, bool]
    """By column, whether it takes whole numbers only."""
    bounds: Mapping[int, tuple[float, float]]
    """By column, least and greatest value; rows with a single variable are in here."""
    singles: Mapping[RowKey, Line]
    """The rows that only bound a column."""
    sense: str
    goal: Mapping[Term, float]
    """The objective's terms."""
    rows: Mapping[RowKey, Line]
    opaque: Mapping[RowKey, str]
    """What is neither linear nor quadratic, as it is written with its data; the objective under its own key."""

    def names(self) -> dict[int, str]:
        """Return how the formulation writes its columns."""
        return {at: spell_key(*entry) for at, entry in enumerate(self.columns)}

    def renumbered(self, to: Mapping[int, int]) -> Canonical:
        """Return the same with other numbers for its columns; `columns` stay as they were."""

        def moved(terms: Mapping[Term, float]) -> dict[Term, float]:
            return {tuple(sorted(to[at] for at in term)): value for term, value in terms.items()}

        return replace(
            self,
            integer={to[at]: held for at, held in self.integer.items()},
            bounds={to[at]: held for at, held in self.bounds.items()},
            singles={key: replace(line, terms=moved(line.terms)) for key, line in self.singles.items()},
            goal=moved(self.goal),
            rows={key: replace(line, terms=moved(line.terms)) for key, line in self.rows.items()},
        )


GOAL: RowKey = ("", (), 0)
"""Stands for the objective where rows are listed."""


def without_logic(formulation: Formulation) -> Checked | None:
    """Return a formulation checked and with logic, `abs`, `min` and `max` as rows where that can be; else None."""
    checked = check(formulation)
    if not checked.ok:
        return None
    lowered = lower(checked)
    return lowered if lowered.ok else checked


def canonical(formulation: Formulation) -> Canonical | None:
    """Return a formulation in one form; None where the static check finds errors."""
    checked = without_logic(formulation)
    if checked is None or checked.grounded is None:
        return None
    formulation = checked.formulation
    grounded = checked.grounded
    columns = [(name, key) for name, block in grounded.variables.items() for key in block.bounds]
    places = {entry: at for at, entry in enumerate(columns)}
    integer = {at: grounded.variables[name].element.domain != "continuous" for at, (name, _) in enumerate(columns)}
    bounds = {at: grounded.variables[name].bounds[key] for at, (name, key) in enumerate(columns)}
    goal, beyond = _polynomial(checked.rows.objective, places)
    singles: dict[RowKey, Line] = {}
    rows: dict[RowKey, Line] = {}
    opaque: dict[RowKey, str] = {GOAL: _as_written(formulation, "")} if beyond else {}
    for key, row in _numbered(checked):
        terms, beyond = _polynomial(row.body, places)
        limit = -terms.pop((), 0.0)
        if beyond:
            opaque[key] = _as_written(formulation, row.constraint)
        elif len(terms) == 1 and len(next(iter(terms))) == 1:
            ((at,),) = terms
            bounds[at] = _tightened(bounds[at], terms[at,], row.relation, limit)
            singles[key] = Line(terms, row.relation, limit)
        elif terms:
            rows[key] = Line(terms, row.relation, limit)
    for logic in checked.rows.logic:
        opaque[logic.constraint, logic.key, 0] = _as_written(formulation, logic.constraint)
    return Canonical(
        columns=tuple(columns),
        integer=integer,
        bounds={at: _rounded(pair, integer[at]) for at, pair in bounds.items()},
        singles=singles,
        sense=formulation.objective.sense,
        goal=goal,
        rows=rows,
        opaque=opaque,
    )


def figure(value: float) -> float:
    """Return a number to so many digits that what is the same is equal."""
    return float(f"{value:.{_DIGITS}g}") + 0.0


def spelled(terms: Mapping[Term, float], names: Mapping[int, str]) -> str:
    """Return terms as an expression: `12*rye - 3*x['a']*y + 5`."""
    text = ""
    for term, value in terms.items():
        size = f"{abs(value):.12g}"
        parts = [names[at] for at in term]
        part = "*".join(parts if size == "1" and parts else [size, *parts])
        sign = "-" if value < 0 else "+"
        text += f" {sign} {part}" if text else f"-{part}" if value < 0 else part
    return text or "0"


def row_text(line: Line, names: Mapping[int, str]) -> str:
    """Return a row as an expression."""
    return f"{spelled(line.terms, names)} {line.relation} {line.limit + 0.0:.12g}"


def _numbered(checked: Checked) -> Iterator[tuple[RowKey, Row]]:
    """Yield the rows with their keys."""
    seen: dict[tuple[str, Key], int] = {}
    for row in checked.rows.rows:
        count = seen.get((row.constraint, row.key), 0)
        seen[row.constraint, row.key] = count + 1
        yield (row.constraint, row.key, count), row


def _polynomial(body: float | Polynomial, places: Mapping[Entry, int]) -> tuple[dict[Term, float], bool]:
    """Return the terms of a body, and whether there is more than linear and quadratic ones."""
    if not isinstance(body, Polynomial):
        return ({(): float(body)} if body else {}), False
    terms: dict[Term, float] = {(): body.constant} if body.constant else {}
    for entry, value in body.linear.items():
        terms[places[entry],] = value
    for (one, other), value in body.quadratic.items():
        terms[tuple(sorted((places[one], places[other])))] = value
    return {term: float(value) for term, value in terms.items() if value}, bool(body.beyond)


def _tightened(pair: tuple[float, float], factor: float, relation: str, limit: float) -> tuple[float, float]:
    low, high = pair
    value = limit / factor
    upward = relation == "==" or (relation == "<=") == (factor > 0)
    downward = relation == "==" or not upward
    return (max(low, value) if downward else low), (min(high, value) if upward else high)


def _rounded(pair: tuple[float, float], integer: bool) -> tuple[float, float]:
    low, high = pair
    if integer:
        low = math.ceil(low - _WHOLE) if math.isfinite(low) else low
        high = math.floor(high + _WHOLE) if math.isfinite(high) else high
    return figure(low), figure(high)


def _as_written(formulation: Formulation, constraint: str) -> str:
    """Return what cannot be compared by its terms, with everything that it may depend on."""
    own = [(row.forall, row.expression) for row in formulation.constraints if row.name == constraint]
    text = repr(own or formulation.objective.expression)
    blocks = {block.name: repr(block) for block in (*formulation.sets, *formulation.parameters)}
    blocks |= {variable.name: repr((variable.name, variable.index)) for variable in formulation.variables}
    seen: set[str] = set()
    while used := (set(re.findall(r"\w+", text)) & blocks.keys()) - seen:
        seen |= used
        text += "".join(blocks[name] for name in sorted(used))
    return text
