"""Logic and constraints by name as linear rows: `implies`, `and`, `or`, `not`, `all_different`, `circuit`, ...

Indicator rows use a big-M from the variables' bounds; `all_different` assignment binaries (each value taken at
most once); `circuit` the order variables of Miller, Tucker and Zemlin (J. ACM 7(4), 1960).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Domain, Set, Variable
from fivefold_solvers.formulation.evaluate import bindings, number
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.intervals import interval, interval_over, nice, unlimited
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.scope import EvaluationError, Scope
from fivefold_solvers.formulation.show import show

ALL_DIFFERENT_LIMIT = 20_000


class Auxiliary(NamedTuple):
    """A variable that the rewriting added, and how its entry is written in its context."""

    name: str
    entry: e.Expression


@dataclass(slots=True)
class Draft:
    """Collects the elements that a rewriting adds; every name is new."""

    grounded: Grounded
    sets: list[Set] = field(default_factory=list[Set])
    variables: list[Variable] = field(default_factory=list[Variable])
    constraints: list[Constraint] = field(default_factory=list[Constraint])
    taken: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.taken |= {element.name for element in self.grounded.formulation.elements()}
        ranges = [block.clauses for block in self.grounded.variables.values()]
        ranges += [block.clauses for block in self.grounded.constraints]
        self.taken |= {target for clauses in ranges for clause in clauses for target in clause.targets}

    def fresh(self, stem: str) -> str:
        """Return a name that nothing has yet."""
        number = 1
        while f"{stem}_{number}" in self.taken:
            number += 1
        self.taken.add(f"{stem}_{number}")
        return f"{stem}_{number}"

    def variable(
        self, stem: str, clauses: tuple[e.Clause, ...], domain: Domain, bounds: tuple[float, float], description: str
    ) -> Auxiliary:
        """Add a variable over the ranges in reach."""
        name = self.fresh(stem)
        shown = tuple(clause for clause in clauses if not clause.targets[0].startswith("_"))
        lower = "-inf" if math.isinf(bounds[0]) else bounds[0]
        upper = None if math.isinf(bounds[1]) else bounds[1]
        index = tuple(show(clause) for clause in shown)
        self.variables.append(
            Variable(name=name, index=index, domain=domain, lower=lower, upper=upper, description=description)
        )
        key = tuple(e.Name(target) for clause in shown for target in clause.targets)
        return Auxiliary(name, e.Item(name, key) if key else e.Name(name))

    def row(self, stem: str, clauses: tuple[e.Clause, ...], tree: e.Expression) -> Constraint:
        """Add a constraint for every instance of the ranges."""
        constraint = Constraint(
            name=self.fresh(stem), forall=tuple(show(clause) for clause in clauses), expression=show(tree)
        )
        self.constraints.append(constraint)
        return constraint


def lower_logic(draft: Draft, block: ConstraintBlock) -> list[Constraint]:
    """Return the linear rows of a logic constraint; further rows and variables go into the draft.

    Raises:
        EvaluationError: it holds something that has no linear form; says what and what to write.
    """
    tree, name = block.tree, block.element.name
    before = len(draft.constraints)
    match tree:
        case e.Call("all_different"):
            _expanded(draft, block, _all_different)
        case e.Call("circuit"):
            _expanded(draft, block, _circuit)
        case e.Call("no_overlap"):
            _expanded(draft, block, _no_overlap)
        case _:
            _require(draft, name, block.clauses, tree, ())
    made = draft.constraints[before:]
    del draft.constraints[before:]
    note = block.element.description or show(tree)
    return [row.model_copy(update={"description": note, "source": block.element.source}) for row in made]


def _literal(draft: Draft, node: e.Expression) -> e.Expression | None:
    """Return an expression that is 1 where a condition on one binary holds and 0 where not, else None."""
    if isinstance(node, e.Name | e.Item):
        found = draft.grounded.variables.get(node.name)
        return node if found is not None and found.element.domain == "binary" else None
    if isinstance(node, e.Not):
        inner = _literal(draft, node.operand)
        return None if inner is None else _complement(inner)
    if isinstance(node, e.Compare) and isinstance(node.right, e.Number):
        inner, value = _literal(draft, node.left), node.right.value
        if inner is None or value not in (0, 1):
            return None
        if (node.relation, value) in {("==", 1), (">=", 1), ("!=", 0), (">", 0)}:
            return inner
        if (node.relation, value) in {("==", 0), ("<=", 0), ("!=", 1), ("<", 1)}:
            return _complement(inner)
    return None


def _complement(literal: e.Expression) -> e.Expression:
    if isinstance(literal, e.Binary) and literal.operator == "-" and literal.left == e.Number(1):
        return literal.right
    return e.Binary("-", e.Number(1), literal)


def _total(parts: list[e.Expression]) -> e.Expression:
    total = parts[0]
    for part in parts[1:]:
        total = e.Binary("+", total, part)
    return total


def _require(
    draft: Draft, name: str, clauses: tuple[e.Clause, ...], tree: e.Expression, given: tuple[e.Expression, ...]
) -> None:
    """Add the rows that make a condition hold wherever all `given` literals are 1."""
    literal = _literal(draft, tree)
    if literal is not None:
        draft.row(name, clauses, _clause_row([literal], given))
        return
    match tree:
        case e.Logic("and", items):
            for item in items:
                _require(draft, name, clauses, item, given)
        case e.Logic("or", items):
            literals = [_literal(draft, item) for item in items]
            known = [part for part in literals if part is not None]
            for item, part in zip(items, literals, strict=True):
                if part is None:
                    flag = draft.variable(f"{name}_case", clauses, "binary", (0, 1), f"1: {show(item)} is chosen")
                    known.append(flag.entry)
                    _require(draft, name, clauses, item, (*given, flag.entry))
            draft.row(f"{name}_one", clauses, _clause_row(known, given))
        case e.Not(e.Logic(operator, items)):
            turned = e.Logic("or" if operator == "and" else "and", tuple(e.Not(item) for item in items))
            _require(draft, name, clauses, turned, given)
        case e.Call("implies", (condition, consequence)):
            for literals_of_case in _cases(draft, condition):
                _require(draft, name, clauses, consequence, (*given, *literals_of_case))
        case e.Compare(relation) if relation in {"<=", ">=", "=="}:
            _indicator(draft, name, clauses, tree, given)
        case _:
            raise EvaluationError(f"`{show(tree)}` needs a binary here", "declare a binary y and write `y == 1`")


def _cases(draft: Draft, condition: e.Expression) -> list[tuple[e.Expression, ...]]:
    """Return the condition as alternatives, each a tuple of literals that hold together."""
    literal = _literal(draft, condition)
    if literal is not None:
        return [(literal,)]
    if isinstance(condition, e.Logic) and condition.operator == "or":
        return [case for item in condition.items for case in _cases(draft, item)]
    if isinstance(condition, e.Logic):
        joined: list[tuple[e.Expression, ...]] = [()]
        for item in condition.items:
            joined = [(*case, *more) for case in joined for more in _cases(draft, item)]
        return joined
    raise EvaluationError(
        f"the condition `{show(condition)}` is not about binaries",
        "declare a binary y, tie it to the quantity, and write implies(y == 1, ...)",
    )


def _clause_row(any_of: list[e.Expression], given: tuple[e.Expression, ...]) -> e.Expression:
    """At least one of `any_of` is 1, unless one of `given` is 0."""
    parts = [*any_of, *(_complement(literal) for literal in given)]
    return e.Compare(">=", _total(parts), e.Number(1))


def _indicator(
    draft: Draft, name: str, clauses: tuple[e.Clause, ...], tree: e.Compare, given: tuple[e.Expression, ...]
) -> None:
    """Add `left <= right + M * (number of given literals that are 0)`, both ways for an equation."""
    if not given:
        draft.row(name, clauses, tree)
        return
    difference = e.Binary("-", tree.left, tree.right)
    low, high = interval_over(draft.grounded, difference, clauses)
    off = _total([_complement(literal) for literal in given])
    if tree.relation in {"<=", "=="}:
        if math.isinf(high):
            raise unlimited(draft.grounded, difference, clauses, up=True)
        slack = e.Binary("*", nice(max(high, 0)), off)
        draft.row(name, clauses, e.Compare("<=", tree.left, e.Binary("+", tree.right, slack)))
    if tree.relation in {">=", "=="}:
        if math.isinf(low):
            raise unlimited(draft.grounded, difference, clauses, up=False)
        slack = e.Binary("*", nice(max(-low, 0)), off)
        draft.row(name, clauses, e.Compare(">=", tree.left, e.Binary("-", tree.right, slack)))


class _Entry(NamedTuple):
    """One instance of what a constraint by name goes over: its key and the text of its parts."""

    key: Key
    parts: tuple[e.Expression, ...]
    values: tuple[float | Polynomial, ...]


def _expanded(draft: Draft, block: ConstraintBlock, make: Callable[[Draft, str, list[_Entry]], None]) -> None:
    """Apply a constraint by name to every instance of its index ranges."""
    assert isinstance(block.tree, e.Call)
    scope = draft.grounded.scope()
    for _ in bindings(block.clauses, scope):
        make(draft, block.element.name, _entries(block.tree, scope))


def _entries(tree: e.Call, scope: Scope) -> list[_Entry]:
    """Return every part that a constraint by name lists, with indices put in."""
    entries: list[_Entry] = []
    for argument in tree.arguments:
        if not isinstance(argument, e.Builder):
            entries.append(_entry((), argument, scope))
            continue
        for key in bindings(argument.clauses, scope):
            entries += [_entry(key, item, scope) for item in argument.items]
    return entries


def _entry(key: Key, node: e.Expression, scope: Scope) -> _Entry:
    parts = node.items if isinstance(node, e.Group) else (node,)
    values = tuple(number(part, scope) for part in parts)
    return _Entry(key, tuple(_written(value, show(node)) for value in values), values)


def _written(value: float | Polynomial, shown: str) -> e.Expression:
    """Return a linear value as a tree."""
    if not isinstance(value, Polynomial):
        return nice(value)
    if value.degree > 1:
        raise EvaluationError(f"`{shown}` is not linear", "declare a variable for it")
    parts = [_term(place, coefficient) for place, coefficient in value.linear.items()]
    return _total([*parts, nice(value.constant)] if value.constant else parts)


def _term(place: Place, coefficient: float) -> e.Expression:
    name, key = place
    entry: e.Expression = e.Name(name)
    if key:
        entry = e.Item(name, tuple(e.Text(part) if isinstance(part, str) else nice(part) for part in key))
    return entry if coefficient == 1 else e.Binary("*", nice(coefficient), entry)


def _all_different(draft: Draft, name: str, entries: list[_Entry]) -> None:
    ranges = [interval(draft.grounded, entry.values[0]) for entry in entries]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    if math.isinf(low) or math.isinf(high) or (high - low) * len(entries) > ALL_DIFFERENT_LIMIT:
        raise EvaluationError(
            "all_different needs variables with finite bounds", "give them a lower and an upper bound"
        )
    values = Set(name=draft.fresh(f"{name}_values"), expression=f"range({math.floor(low)}, {math.ceil(high) + 1})")
    order = Set(name=draft.fresh(f"{name}_items"), expression=f"range(1, {len(entries) + 1})")
    draft.sets += [values, order]
    k, v = draft.fresh("k"), draft.fresh("v")
    over_items, over_values = e.Clause((k,), e.Name(order.name)), e.Clause((v,), e.Name(values.name))
    flag = draft.variable(f"{name}_takes", (over_items, over_values), "binary", (0, 1), "1: this item takes this value")
    draft.row(name, (over_items,), e.Compare("==", e.Aggregate("sum", flag.entry, (over_values,)), e.Number(1)))
    draft.row(name, (over_values,), e.Compare("<=", e.Aggregate("sum", flag.entry, (over_items,)), e.Number(1)))
    for place, entry in enumerate(entries, start=1):
        taken = e.Binary("*", e.Name(v), e.Item(flag.name, (e.Number(place), e.Name(v))))
        total = e.Aggregate("sum", taken, (over_values,))
        draft.row(name, (), e.Compare("==", entry.parts[0], total))


def _circuit(draft: Draft, name: str, entries: list[_Entry]) -> None:
    """`circuit(x[i, j] for i in N for j in N if i != j)`: the chosen arcs form one tour through all nodes."""
    arcs: dict[tuple[object, object], e.Expression] = {}
    for entry in entries:
        if len(entry.key) != 2:
            raise EvaluationError("circuit needs arcs", "write circuit(x[i, j] for i in N for j in N if i != j)")
        arcs[entry.key[0], entry.key[1]] = entry.parts[0]
    nodes = list(dict.fromkeys(node for arc in arcs for node in arc))
    count = len(nodes)
    bounds = (1.0, float(max(count - 1, 1)))
    order = {
        node: draft.variable(f"{name}_order", (), "continuous", bounds, f"place of {node} in the tour")
        for node in nodes[1:]
    }
    for node in nodes:
        out = [literal for (start, _), literal in arcs.items() if start == node]
        into = [literal for (_, end), literal in arcs.items() if end == node]
        if not out or not into:
            raise EvaluationError(f"node {node!r} has no arc {'out' if not out else 'in'}", "give every node arcs")
        draft.row(f"{name}_leave", (), e.Compare("==", _total(out), e.Number(1)))
        draft.row(f"{name}_enter", (), e.Compare("==", _total(into), e.Number(1)))
    for (start, end), literal in arcs.items():
        if start in order and end in order and start != end:
            step = e.Binary("-", order[start].entry, order[end].entry)
            held = e.Binary("+", step, e.Binary("*", e.Number(count - 1), literal))
            draft.row(f"{name}_order", (), e.Compare("<=", held, e.Number(count - 2)))


def _no_overlap(draft: Draft, name: str, entries: list[_Entry]) -> None:
    """`no_overlap((start[j], time[j]) for j in J)`: of any two, one ends before the other starts."""
    if any(len(entry.parts) != 2 for entry in entries):
        raise EvaluationError("no_overlap needs pairs", "write no_overlap((start[j], duration[j]) for j in J)")
    for place, first in enumerate(entries):
        for second in entries[place + 1 :]:
            before, after = (
                e.Compare("<=", e.Binary("+", one.parts[0], one.parts[1]), other.parts[0])
                for one, other in ((first, second), (second, first))
            )
            _require(draft, name, (), e.Logic("or", (before, after)), ())
