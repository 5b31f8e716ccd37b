"""`abs`, `min`, `max`, ratios and logic rewritten as linear rows, so that every back-end can take them.

The result is again a formulation, readable and checked like any other: `max(a, b)` becomes a variable with the
rows that hold it, `implies(y == 1, x <= 5)` a row with a big-M from the variables' bounds. Where the direction
of the objective or row presses the auxiliary variable onto its value, no binary is needed (epigraph form);
elsewhere binaries choose, and a missing bound is an error that names the variable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.evaluate import holds
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded
from fivefold_solvers.formulation.intervals import degree_over, interval_over, nice, unlimited
from fivefold_solvers.formulation.logic import Draft, lower_logic
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.rows import logic_kind
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.formulation.show import show

MAX_PASSES = 12
Pressure = Literal[-1, 0, 1]
"""1: the value is pressed down (smaller is better or needed), -1: pressed up, 0: neither."""


def lower(checked: Checked) -> Checked:
    """Return an equivalent formulation without `abs`, `min`, `max`, logic and removable ratios over variables.

    What is beyond that (a product of variables, `exp`) stays. Findings of the rewriting are errors of the result,
    which then has no `grounded`.
    """
    for _ in range(MAX_PASSES):
        if checked.grounded is None or not _needed(checked):
            return checked
        lowered = _Pass(checked.grounded)
        formulation, findings = lowered.run()
        if findings:
            return Checked(checked.formulation, (*checked.findings, *findings))
        if formulation == checked.formulation:
            return checked
        checked = check(formulation)
    return checked


def _needed(checked: Checked) -> bool:
    assert checked.grounded is not None
    if any(not isinstance(block.tree, e.Compare) for block in checked.grounded.constraints):
        return True
    bodies = [row.body for row in checked.rows.rows] + [checked.rows.objective]
    return any(getattr(body, "beyond", None) for body in bodies)


@dataclass(slots=True)
class _Context:
    """Where a node stands: index ranges in reach and the pressure on its value."""

    clauses: tuple[e.Clause, ...]
    pressure: Pressure


@dataclass(slots=True)
class _Pass:
    """Rewrites the innermost layer once."""

    grounded: Grounded
    draft: Draft = field(init=False)

    def __post_init__(self) -> None:
        self.draft = Draft(self.grounded)

    def run(self) -> tuple[Formulation, list[Finding]]:
        formulation, findings = self.grounded.formulation, list[Finding]()
        objective = formulation.objective
        try:
            pressure: Pressure = 0 if objective.sense == "satisfy" else 1 if objective.sense == "minimize" else -1
            tree = self.rewrite(self.grounded.objective, _Context((), pressure))
            if tree != self.grounded.objective:
                objective = objective.model_copy(update={"expression": show(tree)})
        except EvaluationError as fault:
            findings.append(error("not-linear", "the objective", fault.message, fault.mend))
        constraints: list[Constraint] = []
        for block in self.grounded.constraints:
            try:
                constraints += self.constraint(block)
            except EvaluationError as fault:
                findings.append(error("not-linear", label(block.element), fault.message, fault.mend))
        update = {
            "sets": (*formulation.sets, *self.draft.sets),
            "variables": (*formulation.variables, *self.draft.variables),
            "objective": objective,
            "constraints": (*constraints, *self.draft.constraints),
        }
        return formulation.model_copy(update=update), findings

    def constraint(self, block: ConstraintBlock) -> list[Constraint]:
        """Return what a constraint becomes; itself where nothing has to change."""
        if isinstance(block.tree, e.Choice):
            return self.sides(block, block.tree)
        if logic_kind(block.tree) is not None and not _data_only(block.tree, self.grounded):
            return lower_logic(self.draft, block)
        if not isinstance(block.tree, e.Compare):
            return [block.element]
        tree = self.ratio(block.tree, block.clauses)
        sides: tuple[Pressure, Pressure] = (0, 0)
        if tree.relation in {"<=", ">="}:
            sides = (1, -1) if tree.relation == "<=" else (-1, 1)
        left = self.rewrite(tree.left, _Context(block.clauses, sides[0]))
        right = self.rewrite(tree.right, _Context(block.clauses, sides[1]))
        changed = e.Compare(tree.relation, left, right)
        if changed == block.tree:
            return [block.element]
        return [block.element.model_copy(update={"expression": show(changed)})]

    def sides(self, block: ConstraintBlock, tree: e.Choice) -> list[Constraint]:
        """A row that depends on a data condition becomes two constraints with that condition in their ranges."""
        if not block.clauses:
            side = tree.then if holds(tree.test, self.grounded.scope()) else tree.otherwise
            return [block.element.model_copy(update={"expression": show(side)})]
        made: list[Constraint] = []
        for suffix, test, side in (("", tree.test, tree.then), ("_else", e.Not(tree.test), tree.otherwise)):
            last = block.clauses[-1]
            clauses = (*block.clauses[:-1], e.Clause(last.targets, last.source, (*last.conditions, test)))
            name = self.draft.fresh(block.element.name + suffix) if suffix else block.element.name
            forall = tuple(show(clause) for clause in clauses)
            made.append(block.element.model_copy(update={"name": name, "forall": forall, "expression": show(side)}))
        return made

    def ratio(self, tree: e.Compare, clauses: tuple[e.Clause, ...]) -> e.Compare:
        """`a / b <= c` with a divisor that is never negative becomes `a <= c * b`."""
        for side, other, left in ((tree.left, tree.right, True), (tree.right, tree.left, False)):
            if not (isinstance(side, e.Binary) and side.operator == "/") or self.is_data(side.right):
                continue
            if not self.is_data(other):
                continue
            low, high = interval_over(self.grounded, side.right, clauses)
            if low < 0 and high > 0:
                continue
            relation = tree.relation
            if low < 0:
                relation = "<=" if relation == ">=" else ">=" if relation == "<=" else relation
            product = e.Binary("*", other, side.right)
            return e.Compare(relation, side.left, product) if left else e.Compare(relation, product, side.left)
        return tree

    def is_data(self, node: e.Expression) -> bool:
        return _data_only(node, self.grounded)

    def rewrite(self, node: e.Expression, context: _Context) -> e.Expression:
        """Return the tree with the innermost `abs`, `min`, `max` over variables replaced."""
        if self.is_data(node):
            return node
        clauses, pressure = context.clauses, context.pressure
        opposite = _Context(clauses, _flip(pressure))
        match node:
            case e.Negative(operand):
                return e.Negative(self.rewrite(operand, opposite))
            case e.Binary("+", left, right):
                return e.Binary("+", self.rewrite(left, context), self.rewrite(right, context))
            case e.Binary("-", left, right):
                return e.Binary("-", self.rewrite(left, context), self.rewrite(right, opposite))
            case e.Binary("*" | "/" as operator, left, right):
                on_left = _Context(clauses, self.times(pressure, right, clauses))
                on_right = _Context(clauses, self.times(pressure, left, clauses) if operator == "*" else 0)
                return e.Binary(operator, self.rewrite(left, on_left), self.rewrite(right, on_right))
            case e.Binary(operator, left, right):
                neither = _Context(clauses, 0)
                return e.Binary(operator, self.rewrite(left, neither), self.rewrite(right, neither))
            case e.Choice(test, then, otherwise):
                # The aux variable must exist on either side of the test, so it is made without pressure conditions.
                return e.Choice(test, self.rewrite(then, context), self.rewrite(otherwise, context))
            case e.Aggregate("sum", body, own):
                return e.Aggregate("sum", self.rewrite(body, _Context(clauses + own, pressure)), own)
            case e.Aggregate("min" | "max" as function, body, own):
                inner = self.rewrite(body, _Context(clauses + own, 0))
                if inner != body:
                    return e.Aggregate(function, inner, own)
                return self.extreme(node, function, [(body, own)], context)
            case e.Call("min" | "max" | "abs" as function, arguments):
                changed = tuple(self.rewrite(argument, _Context(clauses, 0)) for argument in arguments)
                if changed != arguments:
                    return e.Call(function, changed)
                if function == "abs":
                    return self.extreme(node, "max", [(arguments[0], ()), (e.Negative(arguments[0]), ())], context)
                return self.extreme(node, function, [(argument, ()) for argument in arguments], context)
            case _:
                return node

    def times(self, pressure: Pressure, factor: e.Expression, clauses: tuple[e.Clause, ...]) -> Pressure:
        """Return the pressure on `x` in `factor * x`."""
        if not self.is_data(factor):
            return 0
        low, high = interval_over(self.grounded, factor, clauses)
        return pressure if low >= 0 else _flip(pressure) if high <= 0 else 0

    def extreme(
        self,
        node: e.Expression,
        function: str,
        parts: list[tuple[e.Expression, tuple[e.Clause, ...]]],
        context: _Context,
    ) -> e.Expression:
        """Return the auxiliary variable that equals the least or greatest of the parts."""
        clauses = context.clauses
        if any(degree_over(self.grounded, part, clauses + own) > 1 for part, own in parts):
            return node
        greatest = function == "max"
        ranges = [interval_over(self.grounded, part, clauses + own) for part, own in parts]
        pick = max if greatest else min
        bounds = (pick(low for low, _ in ranges), pick(high for _, high in ranges))
        hint = "abs" if isinstance(node, e.Call) and node.function == "abs" else function
        aux = self.draft.variable(hint, clauses, "continuous", bounds, f"the value of {show(node)}")
        relation: e.Relation = ">=" if greatest else "<="
        for part, own in parts:
            self.draft.row(
                f"{aux.name}_{'above' if greatest else 'below'}", clauses + own, e.Compare(relation, aux.entry, part)
            )
        if context.pressure != (1 if greatest else -1):
            self.choose(aux.name, aux.entry, parts, clauses, greatest, bounds)
        return aux.entry

    def choose(
        self,
        name: str,
        entry: e.Expression,
        parts: list[tuple[e.Expression, tuple[e.Clause, ...]]],
        clauses: tuple[e.Clause, ...],
        greatest: bool,
        bounds: tuple[float, float],
    ) -> None:
        """Add binaries, one of which says which part the auxiliary variable equals."""
        total: e.Expression | None = None
        for part, own in parts:
            flag = self.draft.variable(f"{name}_is", clauses + own, "binary", (0, 1), f"{name} takes this part")
            low, high = interval_over(self.grounded, part, clauses + own)
            big = bounds[1] - low if greatest else high - bounds[0]
            if math.isinf(big):
                raise unlimited(
                    self.grounded, part, clauses + own, up=greatest if math.isinf(bounds[1]) else not greatest
                )
            slack = e.Binary("*", nice(big), e.Binary("-", e.Number(1), flag.entry))
            limit = e.Binary("+" if greatest else "-", part, slack)
            self.draft.row(f"{name}_tight", clauses + own, e.Compare("<=" if greatest else ">=", entry, limit))
            one = e.Aggregate("sum", flag.entry, own) if own else flag.entry
            total = one if total is None else e.Binary("+", total, one)
        if total is not None:
            self.draft.row(f"{name}_one", clauses, e.Compare("==", total, e.Number(1)))


def _flip(pressure: Pressure) -> Pressure:
    return -1 if pressure == 1 else 1 if pressure == -1 else 0


def _data_only(node: e.Expression, grounded: Grounded) -> bool:
    return not e.names_used(node) & grounded.variables.keys()
