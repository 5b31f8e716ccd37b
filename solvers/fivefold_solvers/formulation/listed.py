"""What `all_different`, `circuit` and `no_overlap` go over, written out and checked."""

from __future__ import annotations

from typing import NamedTuple

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.identity import Key, spell
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.scope import EvaluationError, Scope
from fivefold_solvers.formulation.show import show

_FORMS = {
    "all_different": "all_different(x[i] for i in I)",
    "circuit": "circuit(x[i, j] for i in N for j in N if i != j)",
    "no_overlap": "no_overlap((start[j], duration[j]) for j in J)",
}


class Entry(NamedTuple):
    """One thing that a constraint by name goes over."""

    key: Key
    """The indices of the generator there; empty for an argument of its own."""
    node: e.Expression
    """How it is written."""
    values: tuple[float | Polynomial, ...]
    """Its parts: one, or a start and a duration."""


def entries(tree: e.Call, scope: Scope) -> list[Entry]:
    """Return everything that a constraint by name goes over, with indices put in."""
    found: list[Entry] = []
    for argument in tree.arguments:
        if not isinstance(argument, e.Builder):
            found.append(_entry((), argument, scope))
            continue
        for key in bindings(argument.clauses, scope):
            found += [_entry(key, item, scope) for item in argument.items]
    return found


def _entry(key: Key, node: e.Expression, scope: Scope) -> Entry:
    parts = node.items if isinstance(node, e.Group) else (node,)
    return Entry(key, node, tuple(number(part, scope) for part in parts))


def check_listed(tree: e.Call, scope: Scope, grounded: Grounded) -> None:
    """Refuse what a constraint by name cannot go over.

    Raises:
        EvaluationError: says what does not fit, and how such a constraint is written.
    """
    if tree.function not in _FORMS:
        return
    found, form = entries(tree, scope), f"write {_FORMS[tree.function]}"
    if not found:
        raise EvaluationError(f"`{show(tree)}` goes over nothing", "check its index ranges")
    wanted = 2 if tree.function == "no_overlap" else 1
    for entry in found:
        if len(entry.values) != wanted:
            what = "pairs of a start and a duration" if wanted == 2 else "single expressions, no tuples"
            raise EvaluationError(f"{tree.function} needs {what}, not `{show(entry.node)}`", form)
        if any(isinstance(value, Polynomial) and value.degree > 1 for value in entry.values):
            raise EvaluationError(f"`{show(entry.node)}` is not linear", "declare a variable for it")
    if tree.function == "all_different":
        _check_whole(found, grounded)
    elif tree.function == "circuit":
        _check_arcs(found, grounded, form)
    elif any(not isinstance(entry.values[1], Polynomial) and entry.values[1] < 0 for entry in found):
        raise EvaluationError("no_overlap has a negative duration", "correct the data")


def _check_whole(found: list[Entry], grounded: Grounded) -> None:
    for entry in found:
        value = entry.values[0]
        numbers = [value] if not isinstance(value, Polynomial) else [value.constant, *value.linear.values()]
        places = value.linear if isinstance(value, Polynomial) else {}
        continuous = [name for name, _ in places if grounded.variables[name].element.domain == "continuous"]
        if continuous:
            raise EvaluationError(
                f"all_different needs whole numbers; variable {continuous[0]} is continuous", "make it integer"
            )
        if any(part != int(part) for part in numbers):
            raise EvaluationError(f"all_different needs whole numbers, not `{show(entry.node)}`", "scale the data")


def _check_arcs(found: list[Entry], grounded: Grounded, form: str) -> None:
    arcs: set[Key] = set()
    for entry in found:
        value = entry.values[0]
        if len(entry.key) != 2:
            raise EvaluationError("circuit needs arcs from one node to another", form)
        if entry.key[0] == entry.key[1]:
            raise EvaluationError(f"circuit has an arc from {spell(entry.key[0])} to itself", "add `if i != j`")
        if entry.key in arcs:
            raise EvaluationError(f"circuit has the arc {spell(entry.key)} twice", form)
        arcs.add(entry.key)
        single = isinstance(value, Polynomial) and not value.constant and list(value.linear.values()) == [1]
        places = value.linear if isinstance(value, Polynomial) else {}
        if not single or any(grounded.variables[name].element.domain != "binary" for name, _ in places):
            raise EvaluationError(f"circuit needs a binary variable for each arc, not `{show(entry.node)}`", form)
    starts, ends = {key[0] for key in arcs}, {key[1] for key in arcs}
    for node in sorted(starts ^ ends, key=repr):
        side = "out of" if node in ends else "into"
        raise EvaluationError(f"circuit has no arc {side} {spell(node)}", "give every node arcs both ways")
