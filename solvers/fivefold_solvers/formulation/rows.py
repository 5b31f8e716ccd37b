"""A grounded formulation written out: the objective and every row as polynomials, and what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, evaluate, holds, number
from fivefold_solvers.formulation.finding import Finding, error, note, warning
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded, at
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.listed import check_listed
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.polynomial import Place, Polynomial, add
from fivefold_solvers.formulation.scope import EvaluationError, Scope
from fivefold_solvers.formulation.show import show
from fivefold_solvers.result import FEASIBILITY_TOLERANCE

ROW_LIMIT = 300_000
_ALWAYS = e.Compare("<=", e.Number(0), e.Number(0))
_MENDS = {
    "<": "use <=; for whole numbers write `<= limit - 1`",
    ">": "use >=; for whole numbers write `>= limit + 1`",
    "!=": "say how far apart they are at least, such as `a <= b - 0.5 or a >= b + 0.5`",
    "in": "write bounds, or binaries that choose among the values",
    "not in": "write bounds, or binaries that choose among the values",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row `body <relation> 0`; a constant body means that the row says nothing about variables."""

    constraint: str
    key: Key
    relation: str
    body: float | Polynomial

    @property
    def constant(self) -> bool:
        """Whether no variable is in it."""
        return not isinstance(self.body, Polynomial)


@dataclass(frozen=True, slots=True)
class LogicRow:
    """One row that is not a relation of numbers: `implies`, `or`, `all_different`, `circuit`, `no_overlap`."""

    constraint: str
    key: Key
    kind: str
    places: frozenset[Place]


@dataclass(slots=True)
class Rows:
    """Everything that a solver would see."""

    objective: float | Polynomial = 0
    rows: list[Row] = field(default_factory=list[Row])
    logic: list[LogicRow] = field(default_factory=list[LogicRow])

    def of(self, constraint: str) -> list[Row]:
        """Return the rows of one constraint."""
        return [row for row in self.rows if row.constraint == constraint]

    def by_constraint(self) -> dict[str, list[Row]]:
        """Return the rows of every constraint that has some."""
        grouped: dict[str, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row.constraint, []).append(row)
        return grouped


def holds_constant(relation: str, body: float) -> bool:
    """Return whether `body <relation> 0` is true within the feasibility tolerance."""
    slack = FEASIBILITY_TOLERANCE
    return body <= slack if relation == "<=" else body >= -slack if relation == ">=" else abs(body) <= slack


def expand(grounded: Grounded) -> tuple[Rows, list[Finding]]:
    """Return all rows and the findings about them."""
    rows, findings = Rows(), list[Finding]()
    scope = grounded.scope()
    try:
        rows.objective = _sound(grounded.objective, number(grounded.objective, scope))
    except EvaluationError as fault:
        findings.append(error("no-value", "the objective" + at(scope), fault.message, fault.mend))
    for block in grounded.constraints:
        scope.indices.clear()
        findings += _expand_constraint(grounded, block, scope, rows)
        if scope.budget.steps < 0:
            break
        if len(rows.rows) + len(rows.logic) > ROW_LIMIT:
            message = f"there are more than {ROW_LIMIT} rows"
            findings.append(error("too-many-rows", label(block.element), message, "use smaller sets"))
            break
    return rows, findings


def _expand_constraint(grounded: Grounded, block: ConstraintBlock, scope: Scope, rows: Rows) -> Iterator[Finding]:
    """Append the rows of one constraint; yield one finding per kind of trouble, with a count."""
    where = label(block.element)
    seen: dict[str, list[Finding]] = {}
    made = written = always = 0
    try:
        for key in bindings(block.clauses, scope):
            made += 1
            outer = dict(scope.indices)
            try:
                for row in _rows(grounded, block, key, scope):
                    written += 1
                    if isinstance(row, LogicRow):
                        rows.logic.append(row)
                        continue
                    rows.rows.append(row)
                    if row.constant and isinstance(row.body, int | float):
                        if holds_constant(row.relation, row.body):
                            always += 1
                        else:
                            found = _never(where + at(scope), block.tree, row.body)
                            seen.setdefault(found.code, []).append(found)
            except EvaluationError as fault:
                found = error("no-value", where + at(scope), fault.message, fault.mend)
                seen.setdefault(fault.mend or fault.message.split("`")[0], []).append(found)
                # What failed inside a sum leaves its indices bound.
                scope.indices.clear()
                scope.indices.update(outer)
            if made > ROW_LIMIT or scope.budget.steps < 0 or sum(map(len, seen.values())) > 100:
                break
    except EvaluationError as fault:
        yield error("no-value", where + at(scope), fault.message, fault.mend)
    for group in seen.values():
        more = f" (and {len(group) - 1} more of this kind)" if len(group) > 1 else ""
        yield group[0].model_copy(update={"message": group[0].message + more})
    if made == 0 and block.clauses:
        yield warning(
            "empty-forall", where, "its index ranges match nothing, so it says nothing", "check the condition"
        )
    elif always and always == written:
        yield warning(
            "always-true", where, f"`{show(block.tree)}` is always true, so it says nothing", "use a variable"
        )
    elif always:
        yield note("some-always-true", where, f"{always} of its {written} rows are always true")


def _never(where: str, tree: e.Expression, body: float) -> Finding:
    message = f"`{show(tree)}` holds no variable and can never be true (it is off by {abs(body):g})"
    return error("never-true", where, message, "correct the data or the relation")


def _rows(grounded: Grounded, block: ConstraintBlock, key: Key, scope: Scope) -> Iterator[Row | LogicRow]:
    """Yield the rows of one instance of a constraint."""
    name = block.element.name
    tree = _chosen(block.tree, scope)
    if isinstance(tree, e.Logic) and tree.operator == "and" and all(isinstance(p, e.Compare) for p in tree.items):
        for part in tree.items:
            assert isinstance(part, e.Compare)
            yield _row(grounded, name, key, part, scope)
        return
    if isinstance(tree, e.Compare):
        yield _row(grounded, name, key, tree, scope)
        return
    kind = logic_kind(tree)
    if kind is None:
        raise EvaluationError(f"`{show(tree)}` is a row without a comparison", "add <=, >= or == and the other side")
    if isinstance(tree, e.Call):
        check_listed(tree, scope, grounded)
    places = places_of(tree, scope)
    if places or isinstance(tree, e.Call):
        yield LogicRow(name, key, kind, places)
    else:
        yield Row(name, key, "==", 0 if holds(tree, scope) else 1)


def _chosen(tree: e.Expression, scope: Scope) -> e.Expression:
    """Return the side of a data condition that applies here, as in `(x <= 1 if t > first(T) else x <= 2)`."""
    while True:
        match tree:
            case e.Choice(test, then, otherwise):
                tree = then if holds(test, scope) else otherwise
            case e.Call("implies", (condition, consequence)) if not _calls_logic(condition):
                value = evaluate(condition, scope)
                if isinstance(value, Polynomial):
                    return tree
                tree = consequence if value else _ALWAYS
            case _:
                return tree


def _calls_logic(tree: e.Expression) -> bool:
    return any(isinstance(part, e.Call) and part.function in e.LOGIC_FUNCTIONS for part in e.walk(tree))


def _row(grounded: Grounded, name: str, key: Key, tree: e.Compare, scope: Scope) -> Row:
    if tree.relation in _MENDS:
        raise _no_row(grounded, tree, scope)
    return Row(name, key, tree.relation, _sound(tree, add(number(tree.left, scope), number(tree.right, scope), -1)))


def _no_row(grounded: Grounded, tree: e.Compare, scope: Scope) -> EvaluationError:
    """Return why a comparison cannot be a row; strict ones of whole numbers were mended before."""
    value, relation, mend = evaluate(tree, scope), tree.relation, _MENDS[tree.relation]
    if not isinstance(value, Polynomial):
        why = "compares data only"
    elif relation in {"in", "not in"}:
        why = "is not allowed over variables"
    elif any(grounded.variables[owner].element.domain == "continuous" for owner, _ in value.places()):
        why = "is not allowed between continuous expressions"
    else:
        why = "is only allowed where both sides are sums of whole numbers, which is not so"
        mend = "multiply both sides until they are"
        mend += "" if relation == "!=" else f", or use {relation}="
    return EvaluationError(f"`{relation}` {why} in `{show(tree)}`", mend)


def _sound(tree: e.Expression, body: float | Polynomial) -> float | Polynomial:
    """Return a body with finite coefficients and without conditions used as numbers.

    Raises:
        EvaluationError: it has others.
    """
    numbers = [body]
    if isinstance(body, Polynomial):
        if body.beyond & {"comparison", "logic"}:
            raise EvaluationError(
                f"`{show(tree)}` counts a condition on variables as a number",
                "declare a binary y, tie it with implies(y == 1, ...), and count y",
            )
        numbers = [body.constant, *body.linear.values(), *body.quadratic.values()]
    if not all(math.isfinite(value) for value in numbers if not isinstance(value, Polynomial)):
        raise EvaluationError(f"`{show(tree)}` holds a number that is not finite", "leave out what is unlimited")
    return body


def logic_kind(tree: e.Expression) -> str | None:
    """Return the kind of a row that is not a relation of numbers, None where it is no constraint at all."""
    if isinstance(tree, e.Call) and tree.function in e.LOGIC_FUNCTIONS:
        return tree.function
    if isinstance(tree, e.Logic):
        return tree.operator
    if isinstance(tree, e.Not):
        return "not"
    return None


def places_of(tree: e.Expression, scope: Scope) -> frozenset[Place]:
    """Return the variables in a logic row.

    Raises:
        EvaluationError: a part has no value.
    """
    found: frozenset[Place] = frozenset()
    match tree:
        case e.Call(_, arguments) if tree.function in e.LOGIC_FUNCTIONS:
            parts: tuple[e.Expression, ...] = arguments
        case e.Logic(_, items):
            parts = items
        case e.Group(items):
            parts = items
        case e.Not(operand):
            parts = (operand,)
        case e.Compare(_, left, right):
            parts = (left, right)
        case e.Builder(items, clauses):
            for _ in bindings(clauses, scope):
                for item in items:
                    found |= places_of(item, scope)
            return found
        case _:
            value = evaluate(tree, scope)
            return value.places() if isinstance(value, Polynomial) else found
    for part in parts:
        found |= places_of(part, scope)
    return found
