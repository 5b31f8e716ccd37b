"""`a > b`, `a != b` and `not a <= b` between whole numbers have one meaning: `a >= b + 1`, either side of `b`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, evaluate, holds, number
from fivefold_solvers.formulation.finding import Finding, note
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded, nice
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.polynomial import Polynomial, add
from fivefold_solvers.formulation.scope import EvaluationError, Scope
from fivefold_solvers.formulation.show import show

_LARGEST = 2.0**53
"""Up to here, floats hold every whole number."""
_APART = 1e-6
"""A limit this near to a whole number may be met by what a solver takes for whole."""
_OPPOSITE: dict[e.Relation, e.Relation] = {"<=": ">", ">=": "<", "==": "!=", "<": ">=", ">": "<=", "!=": "=="}
_STRICT = frozenset({"<", ">", "!="})


def mend_strict(grounded: Grounded) -> list[Finding]:
    """Change every strict comparison of whole numbers in the constraints, and return a note for each.

    Comparisons that are strict somewhere between numbers that need not be whole stay, for the rows to refuse.
    """
    notes: list[Finding] = []
    for place, block in enumerate(grounded.constraints):
        meant = _meant(block, grounded)
        if meant:
            grounded.constraints[place] = replace(block, tree=_with(block.tree, meant))
        for written, read in meant.items():
            said = f"`{show(written)}` was read as `{show(read)}`: both sides are whole numbers"
            notes.append(note("slip", label(block.element), said))
    return notes


def _meant(block: ConstraintBlock, grounded: Grounded) -> dict[e.Expression, e.Expression]:
    """Return strict and denied comparisons of whole numbers, each with what it means."""
    if not any(
        isinstance(n, e.Not) or (isinstance(n, e.Compare) and n.relation in _STRICT) for n in e.walk(block.tree)
    ):
        return {}
    scope, whole = grounded.scope(), dict[e.Expression, bool]()
    try:
        for _ in bindings(block.clauses, scope):
            for node in _strict(block.tree, scope):
                whole[node] = whole.get(node, True) and is_whole(node, grounded, scope)
    except EvaluationError:
        # The rows will say what has no value.
        return {}
    sure = [node for node, everywhere in whole.items() if everywhere]
    return {
        node: meaning(node, grounded)
        for node in sure
        if not (isinstance(node, e.Not) and _of_binary(_compared(node), grounded))
    }


def _strict(tree: e.Expression, scope: Scope) -> Iterator[e.Expression]:
    """Yield the comparisons that are to be read anew among those that have to hold, or of which one has to."""
    match tree:
        case e.Compare(relation) | e.Not(e.Compare(relation)):
            read_anew = _OPPOSITE if isinstance(tree, e.Not) else _STRICT
            if relation in read_anew and e.names_used(tree) & scope.variables:
                yield tree
        case e.Logic(_, items):
            for item in items:
                yield from _strict(item, scope)
        case e.Not(e.Logic() as inner):
            yield from _strict(denied_join(inner), scope)
        case e.Choice(test, then, otherwise):
            yield from _strict(then if holds(test, scope) else otherwise, scope)
        case e.Call("implies", (condition, consequence)):
            # Where the condition is false by data, what follows may have no value.
            value = evaluate(condition, scope)
            if isinstance(value, Polynomial) or value:
                yield from _strict(consequence, scope)
        case _:
            return


def denied_join(node: e.Logic) -> e.Logic:
    """Return `not a or not b` for `a and b`, which is denied."""
    return e.Logic("or" if node.operator == "and" else "and", tuple(e.Not(item) for item in node.items))


def _compared(node: e.Expression) -> e.Compare:
    inner = node.operand if isinstance(node, e.Not) else node
    assert isinstance(inner, e.Compare)
    return inner


def is_whole(node: e.Expression, grounded: Grounded, scope: Scope) -> bool:
    """Whether a comparison, denied or not, is between whole numbers where the indices are now."""
    distance = _distance(node, grounded, scope)
    return distance is not None and distance.is_integer()


def is_between(node: e.Expression, grounded: Grounded, scope: Scope) -> bool:
    """Whether a comparison, denied or not, is of a whole number with a limit between two of them."""
    distance = _distance(node, grounded, scope)
    return distance is not None and abs(distance - round(distance)) > _APART


def _distance(node: e.Expression, grounded: Grounded, scope: Scope) -> float | None:
    """Return how far the sides of a comparison are apart with all variables at 0; None where these are not whole."""
    compared = _compared(node)
    body = add(number(compared.left, scope), number(compared.right, scope), -1)
    if not isinstance(body, Polynomial):
        return float(body) if abs(body) < _LARGEST else None
    factors = (*body.linear.values(), *body.quadratic.values())
    fits = all(abs(value) < _LARGEST and float(value).is_integer() for value in factors)
    whole = all(grounded.variables[name].element.domain != "continuous" for name, _ in body.places())
    return float(body.constant) if fits and whole and not body.beyond and abs(body.constant) < _LARGEST else None


def meaning(node: e.Expression, grounded: Grounded) -> e.Expression:
    """Return what a strict or denied comparison of whole numbers says with `<=`, `>=` and `==`."""
    compared = _compared(node)
    if isinstance(node, e.Not):
        compared = e.Compare(_OPPOSITE[compared.relation], compared.left, compared.right)
    if compared.relation == "!=":
        return _apart(compared, grounded)
    return _stepped(compared) if compared.relation in _STRICT else compared


def _apart(node: e.Compare, grounded: Grounded) -> e.Expression:
    """Return `y == 0` for `y != 1` of a binary, else `a <= b - 1 or a >= b + 1` for `a != b`."""
    left, right = node.left, node.right
    if _of_binary(node, grounded) and isinstance(right, e.Number):
        return e.Compare("==", left, nice(1 - right.value))
    return e.Logic("or", (_stepped(e.Compare("<", left, right)), _stepped(e.Compare(">", left, right))))


def _of_binary(node: e.Compare, grounded: Grounded) -> bool:
    """Whether it compares a binary alone with 0 or 1."""
    owner = grounded.variables.get(node.left.name) if isinstance(node.left, e.Name | e.Item) else None
    known = owner is not None and owner.element.domain == "binary"
    return known and isinstance(node.right, e.Number) and node.right.value in (0, 1)


def _stepped(node: e.Compare) -> e.Compare:
    """Return `a >= b + 1` for `a > b`, `a <= b - 1` for `a < b`; the step goes into a number where there is one."""
    relation: e.Relation = ">=" if node.relation == ">" else "<="
    step = 1 if relation == ">=" else -1
    if isinstance(node.left, e.Number):
        return e.Compare(relation, nice(node.left.value - step), node.right)
    return e.Compare(relation, node.left, _plus(node.right, step))


def _plus(node: e.Expression, step: int) -> e.Expression:
    match node:
        case e.Number(value):
            return nice(value + step)
        case e.Negative(e.Number(value)):
            return nice(step - value)
        case _:
            return e.Binary("+" if step > 0 else "-", node, e.Number(1))


def _with(tree: e.Expression, meant: dict[e.Expression, e.Expression]) -> e.Expression:
    """Return the tree with comparisons exchanged where `_strict` finds them."""
    match tree:
        case e.Compare() | e.Not(e.Compare()):
            return meant.get(tree, tree)
        case e.Not(e.Logic() as inner):
            turned = denied_join(inner)
            changed = _with(turned, meant)
            return tree if changed == turned else changed
        case e.Logic(operator, items):
            return e.Logic(operator, tuple(_with(item, meant) for item in items))
        case e.Choice(test, then, otherwise):
            return e.Choice(test, _with(then, meant), _with(otherwise, meant))
        case e.Call("implies", (condition, consequence)):
            return e.Call("implies", (condition, _with(consequence, meant)))
        case _:
            return tree
