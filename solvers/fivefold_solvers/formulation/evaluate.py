"""The value of an expression: over data a number, over variables a `Polynomial`, over a solution a number again.

One evaluator serves the checks, the audit and the explanation, so they cannot disagree about a meaning.
Arithmetic on plain numbers is Python's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.functions import call_function
from fivefold_solvers.formulation.identity import (
    INTEGER_BITS,
    Atom,
    ElementError,
    Key,
    Member,
    as_key,
    atom,
    member,
    spell,
)
from fivefold_solvers.formulation.polynomial import Polynomial, add, divide, multiply, power
from fivefold_solvers.formulation.scope import (
    SET_LIMIT,
    EvaluationError,
    Members,
    Scope,
    Value,
    parameter_entry,
    set_entry,
    variable_entry,
)
from fivefold_solvers.formulation.show import show


def number(node: e.Expression, scope: Scope) -> float | Polynomial:
    """Return the numeric value of a tree."""
    value = evaluate(node, scope)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float | Polynomial):
        return value
    what = f"the set element {spell(value)}" if isinstance(value, str | tuple) else "a set"
    raise EvaluationError(f"`{show(node)}` is {what}, not a number", "use a parameter indexed by it")


def data_number(node: e.Expression, scope: Scope) -> float:
    """Return the numeric value of a tree that may not hold variables."""
    value = number(node, scope)
    if isinstance(value, Polynomial):
        name = sorted(place[0] for place in value.places())[0]
        raise EvaluationError(f"`{show(node)}` depends on variable {name}", "only data may stand here")
    return value


def holds(node: e.Expression, scope: Scope) -> bool:
    """Return whether a condition on data is true."""
    return _truth(node, evaluate(node, scope))


def _truth(node: e.Expression, value: Value) -> bool:
    if isinstance(value, Polynomial):
        name = sorted(place[0] for place in value.places())[0]
        raise EvaluationError(
            f"condition `{show(node)}` depends on variable {name}; conditions may use data only",
            "write implies(y == 1, ...) with a binary y",
        )
    if isinstance(value, str | tuple | Members):
        raise EvaluationError(f"`{show(node)}` is neither true nor false", "compare it with something")
    return bool(value)


def bindings(clauses: tuple[e.Clause, ...], scope: Scope) -> Iterator[Key]:
    """Bind the indices of the clauses in every way that their conditions allow; yield the key of each."""

    def go(level: int, key: Key) -> Iterator[Key]:
        if level == len(clauses):
            yield key
            return
        clause = clauses[level]
        hidden = {name: scope.indices[name] for name in clause.targets if name in scope.indices}
        for value in members(clause.source, scope).order:
            parts = as_key(value)
            if len(clause.targets) == 1:
                scope.indices[clause.targets[0]] = value
            elif len(clause.targets) == len(parts):
                scope.indices.update(zip(clause.targets, parts, strict=True))
            else:
                raise EvaluationError(
                    f"`{show(clause)}` unpacks {len(clause.targets)} indices from {spell(value)}",
                    "give one index per part of the element",
                )
            scope.step()
            if all(holds(condition, scope) for condition in clause.conditions):
                yield from go(level + 1, key + parts)
        for name in clause.targets:
            scope.indices.pop(name, None)
        scope.indices.update(hidden)

    yield from go(0, ())


def members(node: e.Expression, scope: Scope) -> Members:
    """Return the elements that a set expression stands for."""
    if isinstance(node, e.Name) and node.name in scope.sets:
        return set_entry(node.name, (), scope)
    if isinstance(node, e.Item) and node.name in scope.sets:
        return set_entry(node.name, _key(node.index, scope), scope)
    if isinstance(node, e.Call) and node.function == "range":
        found = evaluate(node, scope)
        if isinstance(found, Members):
            return found
    if isinstance(node, e.Builder):
        built: dict[Member, None] = {}
        for _ in bindings(node.clauses, scope):
            for item in node.items:
                value = evaluate(item, scope)
                if isinstance(value, Polynomial | Members | bool):
                    raise EvaluationError(f"`{show(item)}` cannot be a set element")
                built[_member(value)] = None
                if len(built) > SET_LIMIT:
                    raise EvaluationError(f"the set has more than {SET_LIMIT} elements")
        return Members.of("", tuple(built))
    if isinstance(node, e.Name | e.Item) and node.name in scope.later:
        raise _undeclared(node.name, scope)
    raise EvaluationError(f"`{show(node)}` is not a set", "write a set's name, range(1, 5) or {1, 2, 3}")


def evaluate(node: e.Expression, scope: Scope) -> Value:
    """Return the value of a tree.

    Raises:
        EvaluationError: it has none, or needs more than `Scope.steps` steps.
    """
    scope.step()
    match node:
        case e.Number(value):
            return value
        case e.Text(value):
            return atom(value)
        case e.Name(name):
            return _name(name, scope)
        case e.Item(name, index):
            return _item(name, index, scope)
        case e.Negative(operand):
            inner = number(operand, scope)
            return inner.scaled(-1) if isinstance(inner, Polynomial) else -inner
        case e.Binary():
            return _arithmetic(node, scope)
        case e.Compare():
            return _compare(node, scope)
        case e.Logic(operator, items):
            return _logic(operator, items, scope)
        case e.Not(operand):
            denied = evaluate(operand, scope)
            if isinstance(denied, Polynomial):
                return Polynomial.opaque("logic", [denied])
            return not _truth(operand, denied)
        case e.Choice(test, then, otherwise):
            return evaluate(then if holds(test, scope) else otherwise, scope)
        case e.Call():
            return call_function(node, [evaluate(argument, scope) for argument in node.arguments], scope)
        case e.Aggregate():
            return _aggregate(node, scope)
        case e.Group(items):
            return tuple(_part(item, scope) for item in items)
        case e.Builder():
            return members(node, scope)


def _name(name: str, scope: Scope) -> Value:
    if name in scope.indices:
        return scope.indices[name]
    if name in scope.parameters:
        return parameter_entry(name, (), scope)
    if name in scope.variables:
        return variable_entry(name, (), scope)
    if name in scope.sets:
        return set_entry(name, (), scope)
    if name in e.CONSTANTS:
        return e.CONSTANTS[name]
    raise _undeclared(name, scope)


def _undeclared(name: str, scope: Scope) -> EvaluationError:
    if name in scope.later:
        return EvaluationError(f"'{name}' is computed from what uses it", "write one of them without the other")
    return EvaluationError(f"'{name}' is not declared")


def _item(name: str, index: tuple[e.Expression, ...], scope: Scope) -> float | Polynomial | Members:
    key = _key(index, scope)
    if name in scope.parameters:
        return parameter_entry(name, key, scope)
    if name in scope.variables:
        return variable_entry(name, key, scope)
    if name in scope.sets:
        return set_entry(name, key, scope)
    raise _undeclared(name, scope)


def _key(index: tuple[e.Expression, ...], scope: Scope) -> Key:
    key: Key = ()
    for entry in index:
        value = evaluate(entry, scope)
        if isinstance(value, Polynomial | Members | bool):
            raise EvaluationError(f"index `{show(entry)}` is not a set element", "an index may use data only")
        key += as_key(_member(value))
    return key


def _part(node: e.Expression, scope: Scope) -> Atom:
    value = evaluate(node, scope)
    if isinstance(value, Polynomial | Members | bool | tuple):
        raise EvaluationError(f"`{show(node)}` cannot be part of a tuple")
    try:
        return atom(value)
    except ElementError as fault:
        raise EvaluationError(str(fault)) from None


def _member(value: Atom | Key) -> Member:
    try:
        return member(value)
    except ElementError as fault:
        raise EvaluationError(str(fault)) from None


def _arithmetic(node: e.Binary, scope: Scope) -> float | Polynomial:
    left, right = number(node.left, scope), number(node.right, scope)
    both = isinstance(left, Polynomial) or isinstance(right, Polynomial)
    try:
        match node.operator:
            case "+":
                return _not_too_large(node, add(left, right))
            case "-":
                return _not_too_large(node, add(left, right, -1))
            case "*":
                return _not_too_large(node, multiply(left, right))
            case "/":
                return divide(left, right)
            case "**":
                return _not_too_large(node, power(left, right) if both else _plain_power(left, right, node))
            case "//" | "%":
                if isinstance(left, Polynomial) or isinstance(right, Polynomial):
                    raise EvaluationError(
                        f"`{node.operator}` cannot be used on variables", "declare an integer variable for it"
                    )
                return left // right if node.operator == "//" else left % right
    except ZeroDivisionError:
        raise EvaluationError(f"`{show(node)}` divides by zero") from None
    except OverflowError:
        raise EvaluationError(f"`{show(node)}` is too large for a number") from None


def _not_too_large(node: e.Expression, value: float | Polynomial) -> float | Polynomial:
    if isinstance(value, int) and value.bit_length() > INTEGER_BITS:
        raise EvaluationError(f"`{show(node)}` is too large for a number")
    return value


def _plain_power(left: float | Polynomial, right: float | Polynomial, node: e.Expression) -> float:
    assert not isinstance(left, Polynomial) and not isinstance(right, Polynomial)
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > 4096:
        left = float(left)
    value: float | complex = left**right
    if isinstance(value, complex) or value != value:
        raise EvaluationError(f"`{show(node)}` has no real value")
    return value


def _compare(node: e.Compare, scope: Scope) -> bool | Polynomial:
    if node.relation in {"in", "not in"}:
        value = evaluate(node.left, scope)
        if isinstance(value, Polynomial | Members | bool):
            raise EvaluationError(f"`{show(node.left)}` is no set element", "write `i in I`")
        return (_member(value) in members(node.right, scope).position) == (node.relation == "in")
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    if isinstance(left, Members) or isinstance(right, Members):
        raise EvaluationError(f"`{show(node)}` compares a set", "compare its elements or its len()")
    if isinstance(left, Polynomial) or isinstance(right, Polynomial):
        return Polynomial.opaque("comparison", [part for part in (left, right) if isinstance(part, Polynomial)])
    if node.relation == "==":
        return left == right
    if node.relation == "!=":
        return left != right
    if isinstance(left, str | tuple) or isinstance(right, str | tuple):
        raise EvaluationError(
            f"`{show(node)}` compares {spell(left)} with {spell(right)} by size",
            "compare ord(i) or parameters",
        )
    relation = node.relation
    return (
        left <= right
        if relation == "<="
        else left < right
        if relation == "<"
        else (left >= right if relation == ">=" else left > right)
    )


def _logic(operator: str, items: tuple[e.Expression, ...], scope: Scope) -> bool | Polynomial:
    open_parts: list[Polynomial] = []
    for item in items:
        value = evaluate(item, scope)
        if isinstance(value, Polynomial):
            open_parts.append(value)
        elif _truth(item, value) != (operator == "and"):
            return operator == "or"
    return Polynomial.opaque("logic", open_parts) if open_parts else operator == "and"


def _aggregate(node: e.Aggregate, scope: Scope) -> Value:
    if node.function == "sum":
        total = Polynomial()
        for _ in bindings(node.clauses, scope):
            total.add_to(number(node.body, scope))
        return total.settled()
    if node.function in {"all", "any"}:
        verdicts = [holds(node.body, scope) for _ in bindings(node.clauses, scope)]
        return all(verdicts) if node.function == "all" else any(verdicts)
    values = [number(node.body, scope) for _ in bindings(node.clauses, scope)]
    if node.function == "prod":
        product: float | Polynomial = 1
        for value in values:
            product = _not_too_large(node, multiply(product, value))
        return product
    if not values:
        raise EvaluationError(f"`{show(node)}` has nothing to choose from", "make sure that its range is not empty")
    plain = [value for value in values if not isinstance(value, Polynomial)]
    if len(plain) < len(values):
        return values[0] if len(values) == 1 else Polynomial.opaque(node.function, values)
    return min(plain) if node.function == "min" else max(plain)
