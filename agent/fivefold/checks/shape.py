"""Rows against bounds and against one another: rows that say nothing, no room left, an objective nothing restrains.

These need no text; intervals of linear rows are all that is computed, so what is said here is certain.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fivefold.checks.choices import check_choices
from fivefold.checks.idle_entries import check_idle_entries
from fivefold.checks.pointless import check_pointless
from fivefold.checks.unasked import check_unasked
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.finding import Finding, note, warning
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.intervals import interval
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.rows import Row, Rows

_MANY = 50_000
"""Of more non-zeros than this the rows are not gone through."""
_SLACK = 1e-9
_EQUATIONS = 200
"""Of more equations than this it is not tried what they leave to decide."""
_SAID_ALREADY = frozenset({"free-of-rows", "trivial-optimum"})
"""What the static check says of choices that nothing asks for."""
Box = dict[Place, tuple[float, float]]
_Sum = list[tuple[object, float]]
"""Terms with their factors."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A linear row `sum of shares <relation> limit`, scaled so that its first coefficient is 1."""

    row: Row
    shape: frozenset[tuple[Place, float]]
    relation: str
    limit: float


def check_shape(checked: Checked) -> list[Finding]:
    """Return what is certain or probable from the rows alone; nothing where the formulation cannot be built."""
    grounded, rows = checked.grounded, checked.rows
    if grounded is None:
        return []
    linear = [row for row in rows.rows if isinstance(row.body, Polynomial) and row.body.degree == 1]
    if sum(len(row.body.linear) for row in linear if isinstance(row.body, Polynomial)) > _MANY:
        return []
    findings = [*_no_room(grounded, linear), *_says_nothing(grounded, linear), *_beside(linear)]
    findings += [*_one_sided(grounded, linear), *check_choices(grounded, linear), *check_idle_entries(grounded)]
    fixed: list[Finding] = []
    if len(linear) == len(rows.rows) and not rows.logic:
        findings += _unrestrained(grounded, linear, rows.objective)
        unasked = [*check_unasked(grounded, linear, rows.objective)]
        known = unasked or any(found.code in _SAID_ALREADY for found in checked.findings)
        findings += unasked if known else check_pointless(grounded, linear, rows.objective)
        fixed += _fixed(grounded, linear)
    findings += fixed or _goal_fixed(grounded, rows)
    return findings


def _where(row: Row) -> str:
    at = f" at {spell_key('', row.key)}" if row.key else ""
    return f"constraint '{row.constraint}'{at}"


def _range(grounded: Grounded, row: Row) -> tuple[float, float]:
    return interval(grounded, row.body)


def _no_room(grounded: Grounded, rows: list[Row]) -> Iterator[Finding]:
    """A row that no values within the bounds meet, and a whole variable between whose limits there is no number."""
    for row in rows:
        low, high = _range(grounded, row)
        slack = _SLACK * max(1.0, *(abs(value) for value in (low, high) if math.isfinite(value)), 1.0)
        if (row.relation != ">=" and low > slack) or (row.relation != "<=" and high < -slack):
            message = "no values within the variables' bounds meet it"
            yield warning("no-room", _where(row), message, "correct its number, its relation or the bounds")
            return
    for place, (low, high) in _boxes(grounded, rows).items():
        whole = grounded.variables[place[0]].element.domain != "continuous"
        near = whole and high - low < 1 and math.isfinite(high - low)
        first, last = (math.ceil(low - 1e-6), math.floor(high + 1e-6)) if near else (low, high)
        if first > last + _SLACK * max(1.0, abs(last) if math.isfinite(last) else 1.0):
            kind = "whole number" if whole and low <= high else "value"
            message = f"there is no {kind} between its limits {low:g} and {high:g}"
            yield warning("no-room", f"variable {spell_key(*place)}", message, "correct one of them")
            return


def _boxes(grounded: Grounded, rows: list[Row]) -> Box:
    """Return the bounds of every variable that rows of its own narrow further."""
    boxes: Box = {}
    for row in rows:
        assert isinstance(row.body, Polynomial)
        if len(row.body.linear) != 1:
            continue
        ((place, factor),) = row.body.linear.items()
        low, high = boxes.get(place, grounded.variables[place[0]].bounds[place[1]])
        limit = -row.body.constant / factor
        above = row.relation == "==" or (row.relation == "<=") == (factor > 0)
        below = row.relation == "==" or (row.relation == ">=") == (factor > 0)
        boxes[place] = (max(low, limit) if below else low, min(high, limit) if above else high)
    return boxes


def _says_nothing(grounded: Grounded, rows: list[Row]) -> Iterator[Finding]:
    """Rows that the bounds imply; what only repeats a bound is how many write it, and no fault."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.constraint, []).append(row)
    for own in grouped.values():
        if not all(_implied(grounded, row) for row in own):
            continue
        message = "the variables' own bounds imply it, so it says nothing"
        mend = "if the problem states more than the bounds, write that"
        yield note("implied", _where(own[0]), message, mend)


def _implied(grounded: Grounded, row: Row) -> bool:
    low, high = _range(grounded, row)
    if row.relation == "==":
        return False
    return high <= _SLACK if row.relation == "<=" else low >= -_SLACK


def _one_sided(grounded: Grounded, rows: list[Row]) -> Iterator[Finding]:
    """A comparison of amounts from 0 up that always holds, or holds only where all are 0: `x >= 30*(x + y)`."""
    told: set[str] = set()
    for row in rows:
        assert isinstance(row.body, Polynomial)
        signs = {factor > 0 for factor in row.body.linear.values()}
        lowest = {grounded.variables[name].bounds[key][0] for name, key in row.body.linear}
        # A sum with one factor may be kept at 0 on purpose, as where a table allows none.
        factors = {abs(factor) for factor in row.body.linear.values()}
        weighed = len(factors) > 1 or (len(row.body.linear) == 1 and factors != {1})
        plain = row.relation == "==" or row.body.constant or row.constraint in told
        if plain or not weighed or len(signs) > 1 or lowest != {0}:
            continue
        told.add(row.constraint)
        if signs == {row.relation == "<="}:
            message, what = "it can hold only where all its variables are 0", "forced-zero"
        else:
            message, what = "it holds whatever its variables are", "says-nothing"
        yield warning(what, _where(row), message, "correct its factor (a share is below 1) or turn it round")


def _lines(rows: list[Row]) -> Iterator[_Line]:
    for row in rows:
        assert isinstance(row.body, Polynomial)
        first = row.body.linear[min(row.body.linear, key=repr)]
        shape = frozenset((place, round(factor / first, 12)) for place, factor in row.body.linear.items())
        turned = {"<=": ">=", ">=": "<="} if first < 0 else {}
        relation = turned.get(row.relation, row.relation)
        yield _Line(row, shape, relation, -row.body.constant / first)


def _beside(rows: list[Row]) -> Iterator[Finding]:
    """Rows of several variables on the same sum and the same side: at most one of them binds."""
    seen: dict[tuple[frozenset[tuple[Place, float]], str], _Line] = {}
    told: set[frozenset[tuple[Place, float]]] = set()
    for line in _lines(rows):
        other = seen.setdefault((line.shape, line.relation), line)
        if other is line or len(line.shape) < 2 or line.shape in told:
            continue
        close = abs(line.limit - other.limit) <= _SLACK * max(1.0, abs(other.limit))
        if close and line.row.constraint == other.row.constraint:
            continue
        told.add(line.shape)
        if close:
            if line.row.body != other.row.body:  # the same text twice is told by the static check
                message = f"it says the same as '{other.row.constraint}' times a number"
                yield warning("doubled", _where(line.row), message, "leave one out, or write what was meant")
        elif line.relation == "==":
            message = f"it contradicts '{other.row.constraint}': the same sum cannot be both"
            yield warning("no-room", _where(line.row), message, "correct one of them")
        elif _same_sum(line.row, other.row):
            message = f"it limits the same sum in the same direction as '{other.row.constraint}', so only one can bind"
            yield warning("dominated", _where(line.row), message, "write each limit over the variables that it is for")


def _same_sum(first: Row, second: Row) -> bool:
    """Whether two rows add with the very same factors; in proportion they may well limit two different things."""
    assert isinstance(first.body, Polynomial) and isinstance(second.body, Polynomial)
    return first.body.linear == second.body.linear


def _unrestrained(grounded: Grounded, rows: list[Row], objective: float | Polynomial) -> Iterator[Finding]:
    """A variable that improves the objective, has no bound that way, and that every row lets go on for ever."""
    sense = grounded.formulation.objective.sense
    if sense == "satisfy" or not isinstance(objective, Polynomial) or objective.degree != 1:
        return
    pressed = {place: (gain > 0) == (sense == "maximize") for place, gain in objective.linear.items()}
    held: set[Place] = set()
    touched: set[Place] = set()
    for row in rows:
        assert isinstance(row.body, Polynomial)
        for place, factor in row.body.linear.items():
            touched.add(place)
            if place in pressed and (
                row.relation == "==" or (row.relation == "<=") == ((factor > 0) == pressed[place])
            ):
                held.add(place)
    for place, up in pressed.items():
        bound = grounded.variables[place[0]].bounds[place[1]][1 if up else 0]
        if place in touched - held and math.isinf(bound):
            way = "grows" if up else "falls"
            message = f"the objective improves without end as {spell_key(*place)} {way}: every row lets it"
            mend = "add the limit that the problem states, or turn the relation or the sense round"
            yield warning("unbounded", f"variable '{place[0]}'", message, mend)
            return


def _goal_fixed(grounded: Grounded, rows: Rows) -> Iterator[Finding]:
    """An objective that the equations leave one value only, such as `v*h` where `v*h == 100`: every plan is as good."""
    goal = rows.objective
    if grounded.formulation.objective.sense == "satisfy" or not isinstance(goal, Polynomial) or goal.beyond:
        return
    bodies = [row.body for row in rows.rows if row.relation == "==" and isinstance(row.body, Polynomial)]
    equations = [_monomials(body) for body in bodies if not body.beyond]
    wanted = _monomials(goal)
    terms = {term for body in equations for term, _ in body}
    if not {term for term, _ in wanted} <= terms or len(equations) > _EQUATIONS:
        return
    if _rank([*equations, wanted]) == _rank(equations):
        message = "its equations leave it one value only, so that every plan is as good as any other"
        yield warning("goal-fixed", "the objective", message, "write what makes one plan better than another")


def _fixed(grounded: Grounded, rows: list[Row]) -> Iterator[Finding]:
    """As many independent equations as variables leave nothing to decide."""
    count = sum(len(block.bounds) for block in grounded.variables.values())
    bodies = [row.body for row in rows if row.relation == "==" and isinstance(row.body, Polynomial)]
    if grounded.formulation.objective.sense == "satisfy" or not 2 <= count <= min(len(bodies), _EQUATIONS):
        return
    if _rank([_monomials(body) for body in bodies]) == count:
        message = f"its {len(bodies)} equations fix all {count} variables, so nothing is left to decide"
        yield warning("fixed", "the formulation", message, "write as <= or >= what the problem states as a limit")


def _monomials(body: Polynomial) -> _Sum:
    return [*body.linear.items(), *body.quadratic.items()]


def _rank(bodies: Sequence[_Sum]) -> int:
    """Return how many of several sums are independent."""
    import numpy as np

    at = {term: column for column, term in enumerate(dict.fromkeys(term for body in bodies for term, _ in body))}
    matrix = np.zeros((len(bodies), len(at)))
    for number, body in enumerate(bodies):
        for term, factor in body:
            matrix[number, at[term]] = factor
    return int(np.linalg.matrix_rank(matrix))
