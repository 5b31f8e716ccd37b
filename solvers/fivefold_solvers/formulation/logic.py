"""Logic and constraints by name as linear rows: `implies`, `and`, `or`, `not`, `all_different`, `circuit`, ...

Indicator rows use a big-M from the variables' bounds; `all_different` assignment binaries (each value taken at
most once); `circuit` the order variables of Miller, Tucker and Zemlin (J. ACM 7(4), 1960).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.conditions import cases, complement, denied, literal_of
from fivefold_solvers.formulation.elements import Constraint, Domain, Set, Variable
from fivefold_solvers.formulation.evaluate import bindings
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded, nice
from fivefold_solvers.formulation.intervals import interval, unlimited, unlimited_value
from fivefold_solvers.formulation.listed import Entry, entries
from fivefold_solvers.formulation.parallel import RowLimits
from fivefold_solvers.formulation.polynomial import Place, Polynomial
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.formulation.show import show

ALL_DIFFERENT_LIMIT = 20_000
_CHAIN = 40


class Auxiliary(NamedTuple):
    """A variable that the rewriting added, and how its entry is written in its context."""

    name: str
    entry: e.Expression


class Mark(NamedTuple):
    """How many elements a draft had at some moment."""

    sets: int = 0
    variables: int = 0
    constraints: int = 0


@dataclass(slots=True)
class Draft:
    """Collects the elements that a rewriting adds; every name is new."""

    grounded: Grounded
    limits: RowLimits
    sets: list[Set] = field(default_factory=list[Set])
    variables: list[Variable] = field(default_factory=list[Variable])
    constraints: list[Constraint] = field(default_factory=list[Constraint])
    taken: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        formulation = self.grounded.formulation
        self.taken |= {element.name for element in formulation.elements()}
        ranges = [clause for block in self.grounded.sets.values() for clause in block.clauses]
        ranges += [clause for block in self.grounded.parameters.values() for clause in block.clauses]
        ranges += [clause for block in self.grounded.variables.values() for clause in block.clauses]
        ranges += [clause for block in self.grounded.constraints for clause in block.clauses]
        trees = [self.grounded.objective, *(block.tree for block in self.grounded.constraints)]
        trees += [tree for block in self.grounded.variables.values() for tree in (block.lower, block.upper)]
        for part in (part for node in (*ranges, *trees) for part in e.walk(node)):
            if isinstance(part, e.Clause):
                self.taken |= set(part.targets)
        texts = [block.expression for block in formulation.sets]
        texts += [parameter.expression for parameter in formulation.parameters]
        self.taken |= {word for text in texts if text is not None for word in re.findall(r"\w+", text)}

    def mark(self) -> Mark:
        """Return how much there is."""
        return Mark(len(self.sets), len(self.variables), len(self.constraints))

    def forget(self, mark: Mark) -> None:
        """Take away what was added since."""
        del self.sets[mark.sets :], self.variables[mark.variables :], self.constraints[mark.constraints :]

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
        shown = tuple(_referable(clause) for clause in clauses if any(map(_can_be_named, clause.targets)))
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


def _can_be_named(target: str) -> bool:
    return not target.startswith("_")


def _referable(clause: e.Clause) -> e.Clause:
    """Return a range over those indices alone that can be named: `j in {j for (_, j) in ARCS}`."""
    targets = tuple(filter(_can_be_named, clause.targets))
    if targets == clause.targets:
        return clause
    names = tuple(e.Name(target) for target in targets)
    member = names[0] if len(names) == 1 else e.Group(names)
    return e.Clause(targets, e.Builder((member,), (clause,)))


def lower_logic(draft: Draft, block: ConstraintBlock) -> list[Constraint]:
    """Return the linear rows of a logic constraint; further rows and variables go into the draft.

    Raises:
        EvaluationError: it holds something that has no linear form; says what and what to write.
    """
    tree, name = block.tree, block.element.name
    if not any(True for _ in bindings(block.clauses, draft.grounded.scope())):
        return []  # of what holds nowhere nobody knows whether it is about whole numbers
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


def _total(parts: list[e.Expression]) -> e.Expression:
    """Return the sum of parts; long ones are split in halves, because depth is limited."""
    if len(parts) > _CHAIN:
        half = len(parts) // 2
        return e.Binary("+", _total(parts[:half]), _total(parts[half:]))
    total = parts[0]
    for part in parts[1:]:
        total = e.Binary("+", total, part)
    return total


def _require(
    draft: Draft, name: str, clauses: tuple[e.Clause, ...], tree: e.Expression, given: tuple[e.Expression, ...]
) -> None:
    """Add the rows that make a condition hold wherever all `given` literals are 1."""
    literal = literal_of(draft.grounded, tree)
    if literal is not None:
        draft.row(name, clauses, _clause_row([literal], given))
        return
    match tree:
        case e.Logic("and", items):
            for item in items:
                _require(draft, name, clauses, item, given)
        case e.Logic("or", items):
            literals = [literal_of(draft.grounded, item) for item in items]
            known = [part for part in literals if part is not None]
            others = [item for item, part in zip(items, literals, strict=True) if part is None]
            if len(others) == 1:
                # It has to hold wherever none of the binaries does: no further one is needed to say so.
                _require(draft, name, clauses, others[0], (*given, *map(complement, known)))
                return
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
            alternatives = cases(draft.grounded, condition)
            if alternatives is None:
                otherwise = denied(draft.grounded, condition, clauses)
                items = (
                    otherwise.items if isinstance(otherwise, e.Logic) and otherwise.operator == "or" else (otherwise,)
                )
                _require(draft, name, clauses, e.Logic("or", (*items, consequence)), given)
                return
            for literals_of_case in alternatives:
                _require(draft, name, clauses, consequence, (*given, *literals_of_case))
        case e.Compare(relation) if relation in {"<=", ">=", "=="}:
            _indicator(draft, name, clauses, tree, given)
        case _:
            raise EvaluationError(f"`{show(tree)}` needs a binary here", "declare a binary y and write `y == 1`")


def _clause_row(any_of: list[e.Expression], given: tuple[e.Expression, ...]) -> e.Expression:
    """At least one of `any_of` is 1, unless one of `given` is 0."""
    parts = [*any_of, *(complement(literal) for literal in given)]
    return e.Compare(">=", _total(parts), e.Number(1))


def _indicator(
    draft: Draft, name: str, clauses: tuple[e.Clause, ...], tree: e.Compare, given: tuple[e.Expression, ...]
) -> None:
    """Add `left <= right + M * (number of given literals that are 0)`, both ways for an equation."""
    if not given:
        draft.row(name, clauses, tree)
        return
    difference = e.Binary("-", tree.left, tree.right)
    low, high = draft.limits.over(draft.grounded, difference, clauses)
    off = _total([complement(literal) for literal in given])
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


def _expanded(draft: Draft, block: ConstraintBlock, make: Callable[[Draft, str, list[Entry]], None]) -> None:
    """Apply a constraint by name to every instance of its index ranges."""
    assert isinstance(block.tree, e.Call)
    scope = draft.grounded.scope()
    for _ in bindings(block.clauses, scope):
        make(draft, block.element.name, entries(block.tree, scope))


def _written(value: float | Polynomial) -> e.Expression:
    """Return a linear value as a tree."""
    if not isinstance(value, Polynomial):
        return nice(value)
    parts = [_term(place, coefficient) for place, coefficient in value.linear.items()]
    return _total([*parts, nice(value.constant)] if value.constant else parts)


def _term(place: Place, coefficient: float) -> e.Expression:
    name, key = place
    entry: e.Expression = e.Name(name)
    if key:
        entry = e.Item(name, tuple(e.Text(part) if isinstance(part, str) else nice(part) for part in key))
    return entry if coefficient == 1 else e.Binary("*", nice(coefficient), entry)


def _all_different(draft: Draft, name: str, listed: list[Entry]) -> None:
    ranges = [interval(draft.grounded, entry.values[0]) for entry in listed]
    low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
    for entry in listed:
        for up in (False, True):
            if math.isinf(interval(draft.grounded, entry.values[0])[up]):
                raise unlimited_value(draft.grounded, entry.values[0], up=up)
    if (high - low) * len(listed) > ALL_DIFFERENT_LIMIT:
        message = f"all_different over {len(listed)} items and {high - low + 1:g} values is too large"
        raise EvaluationError(message, "give the variables closer bounds")
    values = Set(name=draft.fresh(f"{name}_values"), expression=f"range({math.floor(low)}, {math.ceil(high) + 1})")
    order = Set(name=draft.fresh(f"{name}_items"), expression=f"range(1, {len(listed) + 1})")
    draft.sets += [values, order]
    k, v = draft.fresh("k"), draft.fresh("v")
    over_items, over_values = e.Clause((k,), e.Name(order.name)), e.Clause((v,), e.Name(values.name))
    flag = draft.variable(f"{name}_takes", (over_items, over_values), "binary", (0, 1), "1: this item takes this value")
    draft.row(name, (over_items,), e.Compare("==", e.Aggregate("sum", flag.entry, (over_values,)), e.Number(1)))
    draft.row(name, (over_values,), e.Compare("<=", e.Aggregate("sum", flag.entry, (over_items,)), e.Number(1)))
    for place, entry in enumerate(listed, start=1):
        taken = e.Binary("*", e.Name(v), e.Item(flag.name, (e.Number(place), e.Name(v))))
        total = e.Aggregate("sum", taken, (over_values,))
        draft.row(name, (), e.Compare("==", _written(entry.values[0]), total))


def _circuit(draft: Draft, name: str, listed: list[Entry]) -> None:
    """`circuit(x[i, j] for i in N for j in N if i != j)`: the chosen arcs form one tour through all nodes."""
    arcs = {entry.key: _written(entry.values[0]) for entry in listed}
    nodes = list(dict.fromkeys(node for arc in arcs for node in arc))
    count = len(nodes)
    bounds = (1.0, float(max(count - 1, 1)))
    order = {
        node: draft.variable(f"{name}_order", (), "integer", bounds, f"place of {node} in the tour")
        for node in nodes[1:]
    }
    for node in nodes:
        out = [literal for arc, literal in arcs.items() if arc[0] == node]
        into = [literal for arc, literal in arcs.items() if arc[-1] == node]
        draft.row(f"{name}_leave", (), e.Compare("==", _total(out), e.Number(1)))
        draft.row(f"{name}_enter", (), e.Compare("==", _total(into), e.Number(1)))
    for arc, literal in arcs.items():
        start, end = arc[0], arc[-1]
        if start in order and end in order:
            step = e.Binary("-", order[start].entry, order[end].entry)
            held = e.Binary("+", step, e.Binary("*", e.Number(count - 1), literal))
            draft.row(f"{name}_order", (), e.Compare("<=", held, e.Number(count - 2)))


def _no_overlap(draft: Draft, name: str, listed: list[Entry]) -> None:
    """`no_overlap((start[j], time[j]) for j in J)`: of any two, one ends before the other starts."""
    pairs = [tuple(map(_written, entry.values)) for entry in listed]
    for place, first in enumerate(pairs):
        for second in pairs[place + 1 :]:
            before, after = (
                e.Compare("<=", e.Binary("+", one[0], one[1]), other[0])
                for one, other in ((first, second), (second, first))
            )
            _require(draft, name, (), e.Logic("or", (before, after)), ())
