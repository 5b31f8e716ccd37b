"""`abs`, `min`, `max`, ratios and logic rewritten as linear rows, so that every back-end can take them.

The result is again a formulation, readable and checked like any other: `max(a, b)` becomes a variable with the
rows that hold it, `implies(y == 1, x <= 5)` a row with a big-M from the variables' bounds. Where the direction
of the objective or row presses the auxiliary variable onto its value, no binary is needed (epigraph form);
elsewhere binaries choose, and a bound that neither variable nor rows give is an error that names the variable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.divisors import divisor_over
from fivefold_solvers.formulation.elements import Constraint, Formulation
from fivefold_solvers.formulation.evaluate import bindings, holds
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.functions import GROWING
from fivefold_solvers.formulation.ground import ConstraintBlock, Grounded, nice
from fivefold_solvers.formulation.horizon import with_horizon
from fivefold_solvers.formulation.implied import with_implied_bounds
from fivefold_solvers.formulation.intervals import degree_over, interval_over, unlimited
from fivefold_solvers.formulation.logic import Draft, Mark, lower_logic
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.parallel import RowLimits
from fivefold_solvers.formulation.rows import Rows
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.formulation.show import show

MAX_PASSES = 12
Pressure = Literal[-1, 0, 1]
"""1: the value is pressed down (smaller is better or needed), -1: pressed up, 0: neither."""


def lower(checked: Checked) -> Checked:
    """Return an equivalent formulation without `abs`, `min`, `max`, logic and removable ratios over variables.

    What is beyond that (a product of variables, `exp`) stays. Findings of the rewriting are errors of the result,
    which then has the formulation as it was given and no `grounded`.
    """
    given, findings = checked, list[Finding]()
    for _ in range(MAX_PASSES):
        if checked.grounded is None or not _needed(checked):
            return checked
        formulation, findings = _Pass(checked.grounded, checked.rows).run()
        if findings:
            # Where the variables' own bounds do not do, those that their rows imply may.
            bounded = with_implied_bounds(checked.grounded, checked.rows)
            formulation, findings = _Pass(bounded, checked.rows).run()
            if findings:
                # Times of a schedule without an end have bounds that no best plan needs more than.
                formulation, findings = _Pass(with_horizon(bounded, checked.rows), checked.rows).run()
        if formulation == checked.formulation:
            break
        checked = replace(check(formulation), written=given.grounded)
    return Checked(given.formulation, (*given.findings, *findings)) if findings else checked


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
    finite: bool = False
    """Whether a big-M will have to be found for what stands here, so that its bounds must be finite."""
    chosen: bool = False
    """Whether it need not hold everywhere: it is one of several, or follows from a condition."""

    def under(self, pressure: Pressure) -> _Context:
        return replace(self, pressure=pressure)

    def over(self, clauses: tuple[e.Clause, ...]) -> _Context:
        return replace(self, clauses=self.clauses + clauses)

    def where(self, test: e.Expression) -> _Context:
        """Return the context of one side of a data condition."""
        last = self.clauses[-1]
        guarded = e.Clause(last.targets, last.source, (*last.conditions, test))
        return replace(self, clauses=(*self.clauses[:-1], guarded))


@dataclass(slots=True)
class _Pass:
    """Rewrites the innermost layer once."""

    grounded: Grounded
    rows: Rows
    draft: Draft = field(init=False)

    def __post_init__(self) -> None:
        self.draft = Draft(self.grounded, RowLimits(self.rows))

    def run(self) -> tuple[Formulation, list[Finding]]:
        """Return the rewritten formulation; what cannot be rewritten is in it as it was, with a finding."""
        formulation, findings = self.grounded.formulation, list[Finding]()
        objective = formulation.objective
        try:
            pressure: Pressure = 0 if objective.sense == "satisfy" else 1 if objective.sense == "minimize" else -1
            tree = self.rewrite(self.grounded.objective, _Context((), pressure))
            if tree != self.grounded.objective:
                objective = objective.model_copy(update={"expression": show(tree)})
        except EvaluationError as fault:
            self.draft.forget(Mark())
            findings.append(error("not-linear", "the objective", fault.message, fault.mend))
        constraints: list[Constraint] = []
        for block in self.grounded.constraints:
            before = self.draft.mark()
            try:
                constraints += self.constraint(block)
            except EvaluationError as fault:
                # The next pass may find the bound in what this one makes of the other rows.
                self.draft.forget(before)
                constraints.append(block.element)
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
        context = _Context(block.clauses, 0)
        changed: e.Expression
        match block.tree:
            case e.Choice(test, then, otherwise):
                return self.sides(block, [("", test, then), ("_else", e.Not(test), otherwise)])
            case e.Call("implies", (condition, consequence)) if self.is_data(condition):
                return self.sides(block, [("", condition, consequence)])
            case e.Compare():
                plain, above = self.ratio(block.tree, block.clauses)
                changed = self.compare(plain, context)
                if above is not None:
                    self.draft.row(f"{block.element.name}_divisor", block.clauses, above)
            case _ if self.is_data(block.tree):
                return []
            case _:
                changed = self.inside(block.tree, replace(context, finite=True, chosen=True))
                if changed == block.tree:
                    return lower_logic(self.draft, block)
        if changed == block.tree:
            return [block.element]
        return [block.element.model_copy(update={"expression": show(changed)})]

    def compare(self, tree: e.Compare, context: _Context) -> e.Compare:
        """Return a row with both sides rewritten; `<=` presses its left side down and its right side up."""
        pressure: Pressure = 1 if tree.relation == "<=" else -1 if tree.relation == ">=" else 0
        left = self.rewrite(tree.left, context.under(pressure))
        return e.Compare(tree.relation, left, self.rewrite(tree.right, context.under(_flip(pressure))))

    def inside(self, node: e.Expression, context: _Context) -> e.Expression:
        """Return a logic constraint with the rows in it rewritten; what a row needs only binds where it is held."""
        match node:
            case e.Compare("<=" | ">=" | "=="):
                plain, above = self.ratio(node, context.clauses)
                held = self.compare(plain, context)
                return held if above is None else e.Logic("and", (held, above))
            case e.Logic(operator, items):
                return e.Logic(operator, tuple(self.inside(item, context) for item in items))
            case e.Call("implies", (condition, consequence)):
                return e.Call("implies", (condition, self.inside(consequence, context)))
            case _:
                return node

    def sides(self, block: ConstraintBlock, sides: list[tuple[str, e.Expression, e.Expression]]) -> list[Constraint]:
        """A row that depends on a data condition becomes constraints with that condition in their ranges."""
        made: list[Constraint] = []
        for suffix, test, side in sides:
            update: dict[str, object] = {"expression": show(side)}
            if block.clauses:
                clauses = _Context(block.clauses, 0).where(test).clauses
                update["forall"] = tuple(show(clause) for clause in clauses)
                if not any(True for _ in bindings(clauses, self.grounded.scope())):
                    continue
            elif not holds(test, self.grounded.scope()):
                continue
            if made:
                update["name"] = self.draft.fresh(block.element.name + suffix)
            made.append(block.element.model_copy(update=update))
        return made

    def ratio(self, tree: e.Compare, clauses: tuple[e.Clause, ...]) -> tuple[e.Compare, e.Compare | None]:
        """`a / b <= c` with a divisor that is never negative becomes `a <= c * b`, and for whole numbers `b >= 1`.

        Where nothing keeps the divisor above 0, the audit finds a plan in which it is 0, see `Checked.written`.
        """
        for side, other, left in ((tree.left, tree.right, True), (tree.right, tree.left, False)):
            if not (isinstance(side, e.Binary) and side.operator == "/") or self.is_data(side.right):
                continue
            if not self.is_data(other):
                continue
            divisor = divisor_over(self.grounded, self.rows, side.right, clauses)
            if divisor.sign == 0:
                continue
            relation = tree.relation
            if divisor.sign < 0:
                relation = "<=" if relation == ">=" else ">=" if relation == "<=" else relation
            product = e.Binary("*", other, side.right)
            made = e.Compare(relation, side.left, product) if left else e.Compare(relation, product, side.left)
            return made, divisor.above(side.right)
        return tree, None

    def is_data(self, node: e.Expression) -> bool:
        return _data_only(node, self.grounded)

    def rewrite(self, node: e.Expression, context: _Context) -> e.Expression:
        """Return the tree with the innermost `abs`, `min`, `max` over variables replaced."""
        if self.is_data(node):
            return node
        clauses, pressure = context.clauses, context.pressure
        opposite, neither = context.under(_flip(pressure)), context.under(0)
        match node:
            case e.Negative(operand):
                return e.Negative(self.rewrite(operand, opposite))
            case e.Binary("+", left, right):
                return e.Binary("+", self.rewrite(left, context), self.rewrite(right, context))
            case e.Binary("-", left, right):
                return e.Binary("-", self.rewrite(left, context), self.rewrite(right, opposite))
            case e.Binary("*" | "/" as operator, left, right):
                on_left = context.under(self.times(pressure, right, clauses))
                on_right = context.under(self.times(pressure, left, clauses) if operator == "*" else 0)
                parts = e.Binary(operator, self.rewrite(left, on_left), self.rewrite(right, on_right))
                return self.quotient(parts, context) if parts == node and operator == "/" else parts
            case e.Binary(operator, left, right):
                return e.Binary(operator, self.rewrite(left, neither), self.rewrite(right, neither))
            case e.Choice(test, then, otherwise):
                if not clauses:
                    return self.rewrite(then if holds(test, self.grounded.scope()) else otherwise, context)
                # Each side has a value only where its side of the test is taken.
                then = self.rewrite(then, context.where(test))
                return e.Choice(test, then, self.rewrite(otherwise, context.where(e.Not(test))))
            case e.Aggregate("sum", body, own):
                return e.Aggregate("sum", self.rewrite(body, context.over(own)), own)
            case e.Aggregate("min" | "max" as function, body, own):
                inner = self.rewrite(body, self.below(context, function).over(own))
                if inner != body:
                    return e.Aggregate(function, inner, own)
                return self.extreme(node, function, [(body, own)], context)
            case e.Call("min" | "max" | "abs" as function, arguments):
                within = (
                    replace(neither, finite=True)
                    if function == "abs" and context.pressure != 1
                    else neither
                    if function == "abs"
                    else self.below(context, function)
                )
                changed = tuple(self.rewrite(argument, within) for argument in arguments)
                if changed != arguments:
                    return e.Call(function, changed)
                if function == "abs":
                    return self.extreme(node, "max", [(arguments[0], ()), (e.Negative(arguments[0]), ())], context)
                return self.extreme(node, function, [(argument, ()) for argument in arguments], context)
            case e.Call(function, arguments):
                within = context if function in GROWING else neither
                return e.Call(function, tuple(self.rewrite(argument, within) for argument in arguments))
            case _:
                return node

    def quotient(self, node: e.Binary, context: _Context) -> e.Expression:
        """Return the auxiliary variable that equals a ratio whose divisor stays above 0; else the ratio itself.

        `ratio * divisor <= dividend` is quadratic: SCIP closes in moments what it searches for minutes as a quotient.
        """
        clauses = context.clauses
        if self.is_data(node.right) or degree_over(self.grounded, node.left, clauses) > 2:
            return node
        divisor = divisor_over(self.grounded, self.rows, node.right, clauses)
        floor, above = divisor.floor, divisor.above(node.right)
        # Where the ratio need not have a value, neither need its divisor be above 0.
        if divisor.sign <= 0 or floor == 0 or (above is not None and context.chosen):
            return node
        least, greatest = interval_over(self.grounded, node.left, clauses)
        bounds = (min(0.0, least / floor), max(0.0, greatest / floor))
        if context.finite and any(map(math.isinf, bounds)):
            return node
        aux = self.draft.variable("ratio", clauses, "continuous", bounds, f"the value of {show(node)}")
        relation: e.Relation = "<=" if context.pressure == -1 else ">=" if context.pressure == 1 else "=="
        # A row holds to a fixed tolerance, which a divisor of 0.001 would make a thousand times that of the ratio.
        scale = 10 ** max(0, math.ceil(-math.log10(floor)))
        product = _times(scale, e.Binary("*", aux.entry, node.right))
        row = e.Compare(relation, product, _times(scale, node.left))
        self.draft.row(f"{aux.name}_multiplied", clauses, row)
        if above is not None:
            # Where the divisor is 0 the ratio has no value, and the row above would let it have any.
            self.draft.row(f"{aux.name}_divisor", clauses, above)
        return aux.entry

    def below(self, context: _Context, function: str) -> _Context:
        """Return the context of the parts of `min` or `max`, which grow with each of their parts."""
        pressed = context.pressure == (1 if function == "max" else -1)
        return replace(context, finite=context.finite or not pressed)

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
        hint = "abs" if isinstance(node, e.Call) and node.function == "abs" else function
        greatest = function == "max"
        nonlinear = any(degree_over(self.grounded, part, clauses + own) > 1 for part, own in parts)
        if nonlinear and hint == "abs":
            return node  # nonlinear solvers take it as it is, with or without bounds
        if nonlinear and isinstance(node, e.Call) and context.pressure != (1 if greatest else -1):
            return _by_difference(greatest, [part for part, _ in parts])
        ranges = [interval_over(self.grounded, part, clauses + own) for part, own in parts]
        pick = max if greatest else min
        bounds = (pick(low for low, _ in ranges), pick(high for _, high in ranges))
        if context.finite and any(map(math.isinf, bounds)):
            raise self.unlimited(parts, clauses)
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
                raise self.unlimited(parts, clauses)
            slack = e.Binary("*", nice(big), e.Binary("-", e.Number(1), flag.entry))
            limit = e.Binary("+" if greatest else "-", part, slack)
            self.draft.row(f"{name}_tight", clauses + own, e.Compare("<=" if greatest else ">=", entry, limit))
            one = e.Aggregate("sum", flag.entry, own) if own else flag.entry
            total = one if total is None else e.Binary("+", total, one)
        if total is not None:
            self.draft.row(f"{name}_one", clauses, e.Compare("==", total, e.Number(1)))

    def unlimited(
        self, parts: list[tuple[e.Expression, tuple[e.Clause, ...]]], clauses: tuple[e.Clause, ...]
    ) -> EvaluationError:
        """Return the error that names a variable whose missing bound leaves one of the parts unlimited."""
        for part, own in parts:
            for up, limit in enumerate(interval_over(self.grounded, part, clauses + own)):
                if math.isinf(limit):
                    return unlimited(self.grounded, part, clauses + own, up=bool(up))
        raise AssertionError("only called where a part is unlimited")


def _times(scale: int, node: e.Expression) -> e.Expression:
    return node if scale == 1 else e.Binary("*", nice(scale), node)


def _by_difference(greatest: bool, parts: list[e.Expression]) -> e.Expression:
    """Return the greatest or least of parts as `(a + b + abs(a - b))/2`, which needs no bounds."""
    found = parts[0]
    for part in parts[1:]:
        apart = e.Call("abs", (e.Binary("-", found, part),))
        found = e.Binary("/", e.Binary("+" if greatest else "-", e.Binary("+", found, part), apart), e.Number(2))
    return found


def _flip(pressure: Pressure) -> Pressure:
    return -1 if pressure == 1 else 1 if pressure == -1 else 0


def _data_only(node: e.Expression, grounded: Grounded) -> bool:
    return not e.names_used(node) & grounded.variables.keys()
