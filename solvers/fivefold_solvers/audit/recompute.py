"""Objective, rows, bounds and domains recomputed from the formulation, its data and the reported values.

Without any solver, and without rounding: what a program prints is a claim, this says whether the claim holds for the
formulation that was checked. Data are the decimals that people wrote, reported values the exact values of the floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from fivefold_solvers.audit.exact import Number, nearest, reported, size, top, written
from fivefold_solvers.audit.interval import Interval
from fivefold_solvers.audit.logic import Judge
from fivefold_solvers.audit.residual import RESOLUTION, TOLERANCE, Measure, Relation, Residual, accepted
from fivefold_solvers.audit.scene import Scene, scene
from fivefold_solvers.audit.undefined import MEND, cleared, undefined_rows
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked
from fivefold_solvers.formulation.ground import ConstraintBlock
from fivefold_solvers.formulation.identity import ElementError, Key, atom, spell_key
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.result import COMPARISON_TOLERANCE, INTEGRALITY_TOLERANCE, ExecutionResult, Index

Row = Callable[[Key], None]
"""Judges a row where the indices are now, given its key."""
Values = dict[str, dict[Key, int | Fraction]]
_INTEGRALITY = Fraction(written(INTEGRALITY_TOLERANCE))
_COMPARISON = Fraction(written(COMPARISON_TOLERANCE))


@dataclass(frozen=True, slots=True)
class Worst:
    """The largest deviation of one kind."""

    size: float = 0.0
    """0 where there is none."""
    where: str = ""
    """What deviates: `x[1]`, `capacity at t=1`."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What recomputing found."""

    objective: float | None
    """Recomputed value of the objective; None where it cannot be computed."""
    residuals: tuple[Residual, ...]
    """One per row, in order; constraints by name and logic have none."""
    faults: tuple[str, ...]
    """Every way in which the claim does not hold; empty if it does."""
    exact: bool = True
    """Whether no number was rounded. Where `exp`, `log`, roots, `sin`, `cos` or pi stand, rigorous bounds of more than
    50 digits were used instead, and the worse end of them counts."""
    exact_objective: Fraction | None = None
    """The objective without rounding; None where only bounds of it are known."""
    rows: Worst = field(default=Worst())
    """Largest violation of a row, as a share of `max(1, abs(right-hand side))`."""
    bounds: Worst = field(default=Worst())
    """Largest violation of a bound, as a share of `max(1, abs(bound))`."""
    integrality: Worst = field(default=Worst())
    """Largest distance of an integer variable from a whole number."""


def audit(checked: Checked, result: ExecutionResult) -> Audit:
    """Return the audit of a result that left a solution.

    Args:
        checked: the formulation, lowered or as written; where lowered, with values of the variables it added.
        result: what running a program gave; its `values` name the formulation's variables.
    """
    if checked.grounded is None:
        return Audit(None, (), ("the formulation cannot be built",))
    made = scene(checked.grounded)
    faults = list(made.faults)
    values = _read(made, result.values, faults)
    if faults:
        return Audit(None, (), tuple(faults))
    work = _Audit(made, values)
    work.domains()
    objective = work.objective(result.objective)
    work.constraints()
    if not work.faults:
        # Told once: a row that has no value at exact zeros was found already.
        work.faults += undefined_rows(checked.written or checked.grounded, values)
    exact = not isinstance(objective, Interval) and all(own.exact_slack is not None for own in work.residuals)
    worst = max(work.residuals, key=lambda own: own.violation, default=None)
    return Audit(
        objective=None if objective is None else nearest(objective),
        residuals=tuple(work.residuals),
        faults=tuple(work.faults),
        exact=exact,
        exact_objective=Fraction(objective) if isinstance(objective, int | Fraction) else None,
        rows=Worst() if worst is None else Worst(worst.violation, worst.constraint + worst.place),
        bounds=work.bounds,
        integrality=work.integrality,
    )


def _read(made: Scene, given: Mapping[str, Mapping[Index, float]], faults: list[str]) -> Values:
    """Return the reported values by key; what is missing, foreign, doubled or no number becomes a fault."""
    values: Values = {}
    for name, bounds in made.bounds.items():
        table = values[name] = {}
        for index, value in given.get(name, {}).items():
            try:
                key = tuple(atom(part) for part in index)
            except ElementError as fault:
                faults.append(f"the values of {name} have an index that is none: {fault}")
                continue
            shown = spell_key(name, key)
            if key not in bounds:
                faults.append(f"{shown} has a value but does not exist")
            elif key in table:
                faults.append(f"{shown} has two values")
            elif not math.isfinite(value):
                faults.append(f"{shown} has no value, only {value}")
                table[key] = 0
            else:
                table[key] = reported(float(value))
        faults += [f"{spell_key(name, key)} has no value" for key in bounds if key not in table]
    faults += [f"'{name}' has values but is no variable" for name in given if name not in made.bounds]
    return values


class _Audit:
    def __init__(self, made: Scene, values: Values) -> None:
        self.made, self.values = made, values
        self.faults: list[str] = []
        self.residuals: list[Residual] = []
        self.bounds, self.integrality = Worst(), Worst()
        self.evaluator = made.evaluator
        self.evaluator.entries = values
        self.measure = Measure(self.evaluator)
        variables = made.grounded.variables
        whole: Values = dict(values)
        for name, table in values.items():
            if variables[name].element.domain != "continuous":
                whole[name] = {key: round(value) for key, value in table.items()}
        self.judge = Judge(made, self.measure, whole)

    def domains(self) -> None:
        """Hold the values against bounds and domains."""
        for name, block in self.made.grounded.variables.items():
            whole = block.element.domain != "continuous"
            for key, value in self.values[name].items():
                self._bounds(name, key, value)
                off = Fraction(size(value - round(value))) if whole else Fraction(0)
                if off and off > self.integrality.size:
                    self.integrality = Worst(nearest(off), spell_key(name, key))
                if off > _INTEGRALITY:
                    self.faults.append(f"{spell_key(name, key)} = {_shown(value)} is not whole")

    def _bounds(self, name: str, key: Key, value: int | Fraction) -> None:
        lower, upper = self.made.bounds[name][key]
        for bound, excess in ((lower, lower - value), (upper, value - upper)):
            worst = top(excess)
            if isinstance(bound, float) or isinstance(worst, float) or worst <= 0:
                continue
            scale = max(Fraction(1), Fraction(size(bound)))
            share = worst / scale
            if share > self.bounds.size:
                self.bounds = Worst(nearest(share), spell_key(name, key))
            if worst > TOLERANCE * scale + RESOLUTION * Fraction(size(value)):
                shown = f"{_shown(lower)} to {_shown(upper)}"
                self.faults.append(f"{spell_key(name, key)} = {_shown(value)} is outside its bounds {shown}")

    def objective(self, claimed: float | None) -> Number | None:
        """Return the objective, held against what is claimed."""
        try:
            found: Number = self.evaluator.number(self.made.grounded.objective)()
            shown = nearest(found)
        except EvaluationError as fault:
            self.faults.append(f"the objective has no value: {fault}")
            return None
        self._rounding()
        if claimed is None:
            return found
        if not math.isfinite(claimed):
            self.faults.append(f"the objective is {shown:.9g} at the reported values, not {claimed:.9g}")
            return found
        off = size(found - reported(float(claimed)))
        if off > _COMPARISON * max(Fraction(1), Fraction(abs(shown))):
            self.faults.append(f"the objective is {shown:.9g} at the reported values, not {claimed:.9g}")
        return found

    def _rounding(self) -> None:
        """Find an objective that rests on rounding: `profit / hours` where the hours are 1e-9, which is none."""
        self.evaluator.entries = {name: cleared(table, self.made.bounds[name]) for name, table in self.values.items()}
        try:
            self.evaluator.number(self.made.grounded.objective)()
        except EvaluationError as fault:
            self.faults.append(f"the objective has no value once what is 0 up to rounding is 0: {fault}; {MEND}")
        finally:
            self.evaluator.entries = self.values

    def constraints(self) -> None:
        """Hold the values against every row."""
        for block in self.made.grounded.constraints:
            self.evaluator.indices.clear()
            try:
                self._constraint(block)
            except EvaluationError as fault:
                where = f"constraint '{block.element.name}'{self.evaluator.place()}"
                self.faults.append(f"{where} has no value: {fault}")

    def _constraint(self, block: ConstraintBlock) -> None:
        row = self._row(block.tree, block.element.name)
        for key in self.evaluator.over(block.clauses)():
            row(key)

    def _row(self, tree: e.Expression, name: str) -> Row:
        """Return the function that judges one row; relations give residuals, logic a verdict."""
        if isinstance(tree, e.Choice):
            test = self.evaluator.truth(tree.test)
            then, otherwise = self._row(tree.then, name), self._row(tree.otherwise, name)
            return lambda key: then(key) if test() else otherwise(key)
        links = tree.items if isinstance(tree, e.Logic) and tree.operator == "and" else (tree,)
        if all(isinstance(link, e.Compare) and link.relation in {"<=", ">=", "=="} for link in links):
            parts = [Relation.of(link, self.evaluator) for link in links if isinstance(link, e.Compare)]

            def measured(key: Key) -> None:
                for part, own in enumerate(parts):
                    self._relation(own, name, key, part)

            return measured
        holds = self.judge.holds(tree)

        def judged(key: Key) -> None:
            self.judge.undefined = None
            if not holds():
                why = self.judge.undefined
                what = "does not hold" if why is None else f"has no value: {why}"
                self.faults.append(f"constraint '{name}'{self.evaluator.place()} {what}")

        return judged

    def _relation(self, relation: Relation, name: str, key: Key, part: int) -> None:
        found = self.measure.residual(relation, name, key, part)
        self.residuals.append(found)
        if not accepted(found):
            left, right = found.sides
            self.faults.append(
                f"constraint '{name}'{found.place} is violated by {-found.slack:g}: {left:g} against {right:g}"
            )


def _shown(value: Number) -> str:
    return f"{nearest(value):g}"
