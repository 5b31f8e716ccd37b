"""Conditions of `implies`: as literals where they are about binaries, else as what holds where they do not.

`implies(x >= 5, ...)` over whole numbers is `x <= 4 or ...`, `implies(x >= 5.5, ...)` is `x <= 5.5 or ...`, and
`implies(x > 5, ...)` is `x <= 5 or ...` for any quantity. The other side of `x >= 5` has no last value where `x` need
not be whole, so that is refused.
"""

from __future__ import annotations

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.formulation.show import show
from fivefold_solvers.formulation.strict import denied_join, is_between, is_whole, meaning

_BINARY_MEND = "declare a binary y, tie it to the quantity, and write implies(y == 1, ...)"
_CLOSED: dict[e.Relation, e.Relation] = {">": "<=", "<": ">=", "!=": "=="}
_BEYOND: dict[e.Relation, e.Relation] = {">=": "<=", "<=": ">="}
"""The other side of a limit that is never met, such as `n >= 2.5` of a whole number."""


def literal_of(grounded: Grounded, node: e.Expression) -> e.Expression | None:
    """Return an expression that is 1 where a condition on data or on one binary holds and 0 where not, else None."""
    if not e.names_used(node) & grounded.variables.keys():
        return e.Choice(node, e.Number(1), e.Number(0))
    if isinstance(node, e.Name | e.Item):
        found = grounded.variables.get(node.name)
        return node if found is not None and found.element.domain == "binary" else None
    if isinstance(node, e.Not):
        inner = literal_of(grounded, node.operand)
        return None if inner is None else complement(inner)
    if isinstance(node, e.Compare) and isinstance(node.right, e.Number):
        inner, value = literal_of(grounded, node.left), node.right.value
        if inner is None or value not in (0, 1):
            return None
        if (node.relation, value) in {("==", 1), (">=", 1), ("!=", 0), (">", 0)}:
            return inner
        if (node.relation, value) in {("==", 0), ("<=", 0), ("!=", 1), ("<", 1)}:
            return complement(inner)
    return None


def complement(literal: e.Expression) -> e.Expression:
    """Return the literal that is 1 where this one is 0."""
    if isinstance(literal, e.Binary) and literal.operator == "-" and literal.left == e.Number(1):
        return literal.right
    return e.Binary("-", e.Number(1), literal)


def cases(grounded: Grounded, condition: e.Expression) -> list[tuple[e.Expression, ...]] | None:
    """Return the condition as alternatives, each a tuple of literals that hold together; None where it has others."""
    literal = literal_of(grounded, condition)
    if literal is not None:
        return [(literal,)]
    match condition:
        case e.Not(e.Logic() as inner):
            return cases(grounded, denied_join(inner))
        case e.Not(e.Not(inner)):
            return cases(grounded, inner)
        case e.Logic(operator, items):
            parts = [cases(grounded, item) for item in items]
        case _:
            return None
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if operator == "or":
        return [case for part in known for case in part]
    joined: list[tuple[e.Expression, ...]] = [()]
    for part in known:
        joined = [(*case, *more) for case in joined for more in part]
    return joined


def denied(grounded: Grounded, condition: e.Expression, clauses: tuple[e.Clause, ...]) -> e.Expression:
    """Return what holds exactly where a condition does not, with `<=`, `>=` and `==` only.

    Args:
        grounded: the variables' domains.
        condition: what is not to hold.
        clauses: the index ranges that it stands in.

    Raises:
        EvaluationError: there is no such thing; says what to write.
    """
    if literal_of(grounded, condition) is not None:
        return e.Not(condition)
    match condition:
        case e.Logic():
            return _joined(denied_join(condition), grounded, clauses)
        case e.Not(e.Logic(operator, items)):
            return _joined(e.Logic(operator, items), grounded, clauses)
        case e.Not(e.Not(inner)):
            return denied(grounded, inner, clauses)
        case e.Not(e.Compare(relation) as inner):
            return _told(grounded, inner, clauses) if relation in _CLOSED else inner
        case e.Compare():
            return _told(grounded, e.Not(condition), clauses)
        case _:
            raise EvaluationError(f"the condition `{show(condition)}` is not about binaries", _BINARY_MEND)


def _joined(node: e.Logic, grounded: Grounded, clauses: tuple[e.Clause, ...]) -> e.Expression:
    """Return parts that are to hold, one or all, each without what is strict; nested ones of one kind are one."""
    made: list[e.Expression] = []
    for item in node.items:
        part = denied(grounded, item.operand if isinstance(item, e.Not) else e.Not(item), clauses)
        made += part.items if isinstance(part, e.Logic) and part.operator == node.operator else [part]
    return e.Logic(node.operator, tuple(made))


def _told(grounded: Grounded, node: e.Compare | e.Not, clauses: tuple[e.Clause, ...]) -> e.Expression:
    """Return what a strict or denied comparison says without either."""
    inner = node.operand if isinstance(node, e.Not) else node
    assert isinstance(inner, e.Compare)
    scope = grounded.scope()
    if all(is_whole(node, grounded, scope) for _ in bindings(clauses, scope)):
        return meaning(node, grounded)
    if isinstance(node, e.Not) and inner.relation in _CLOSED:
        return e.Compare(_CLOSED[inner.relation], inner.left, inner.right)
    if inner.relation in _BEYOND and all(is_between(node, grounded, scope) for _ in bindings(clauses, scope)):
        return e.Compare(_BEYOND[inner.relation], inner.left, inner.right)
    raise _refusal(inner)


def _refusal(inner: e.Compare) -> EvaluationError:
    message = f"the condition `{show(inner)}` is not about binaries or whole numbers"
    strict: e.Relation | None = "<" if inner.relation == "<=" else ">" if inner.relation == ">=" else None
    if strict is None:
        return EvaluationError(message, _BINARY_MEND)
    open_ = show(e.Compare(strict, inner.left, inner.right))
    return EvaluationError(
        f"{message}, so that nothing tells its limit from what lies just short of it",
        f"write `{open_}` if nothing is asked at the limit itself, or {_BINARY_MEND}",
    )
