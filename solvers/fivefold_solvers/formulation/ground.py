"""A formulation with its data put in: evaluated sets, parameter tables, variable entries with their bounds.

`ground` runs after `check_names` found no error; what it finds are faults of the data: missing and foreign
entries, wrong shapes, impossible bounds.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Set, Variable
from fivefold_solvers.formulation.evaluate import bindings, data_number, members
from fivefold_solvers.formulation.finding import Finding, error, errors
from fivefold_solvers.formulation.identity import (
    INTEGER_BITS,
    ElementError,
    Key,
    Member,
    as_key,
    member,
    spell,
    spell_place,
    split_key,
)
from fivefold_solvers.formulation.names import Trees, label
from fivefold_solvers.formulation.order import data_order
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.resolve import resolve, resolve_clauses
from fivefold_solvers.formulation.scope import Budget, EvaluationError, Members, Scope, missing_variable
from fivefold_solvers.formulation.tables import read_table

ENTRY_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class SetBlock:
    """A set with its members; one entry per index of an indexed set, the entry `()` of a plain one."""

    element: Set
    clauses: tuple[e.Clause, ...]
    table: dict[Key, Members]


@dataclass(frozen=True, slots=True)
class ParameterBlock:
    """A parameter with its table; the entry `()` of a scalar."""

    element: Parameter
    clauses: tuple[e.Clause, ...]
    table: dict[Key, float]
    keys: frozenset[Key]
    """Every entry that it has; those that are not in the table have the default."""


@dataclass(frozen=True, slots=True)
class VariableBlock:
    """A variable with the bounds of each of its entries, infinite where there are none."""

    element: Variable
    clauses: tuple[e.Clause, ...]
    lower: e.Expression
    upper: e.Expression
    bounds: dict[Key, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ConstraintBlock:
    """A constraint with its resolved index ranges and tree."""

    element: Constraint
    clauses: tuple[e.Clause, ...]
    tree: e.Expression


@dataclass(slots=True)
class Grounded:
    """A formulation whose names are checked and whose data is evaluated."""

    formulation: Formulation
    sets: dict[str, SetBlock] = field(default_factory=dict[str, SetBlock])
    parameters: dict[str, ParameterBlock] = field(default_factory=dict[str, ParameterBlock])
    variables: dict[str, VariableBlock] = field(default_factory=dict[str, VariableBlock])
    objective: e.Expression = field(default_factory=lambda: e.Number(0))
    constraints: list[ConstraintBlock] = field(default_factory=list[ConstraintBlock])
    order: tuple[str, ...] = ()
    """Sets and parameters, each behind those that it is computed from."""

    def data(self) -> Iterator[SetBlock | ParameterBlock]:
        """Yield sets and parameters, each behind those that it is computed from."""
        for name in self.order:
            yield self.sets[name] if name in self.sets else self.parameters[name]

    def scope(self, budget: Budget | None = None) -> Scope:
        """Return a scope in which variables are polynomials of their entries."""
        return Scope(
            budget=budget or Budget(),
            sets={name: block.table for name, block in self.sets.items()},
            parameters={name: block.table for name, block in self.parameters.items()},
            defaults={
                name: block.element.default
                for name, block in self.parameters.items()
                if block.element.default is not None
            },
            domains={name: block.keys for name, block in self.parameters.items()},
            variable=self.entry,
            variables=frozenset(self.variables),
        )

    def entry(self, name: str, key: Key) -> Polynomial:
        """Return one entry of a variable as a polynomial.

        Raises:
            EvaluationError: the variable has no such entry.
        """
        if key not in self.variables[name].bounds:
            raise missing_variable(name, key, self.variables[name].bounds)
        return Polynomial.of((name, key))


def nice(value: float) -> e.Expression:
    """Return a number as a tree, whole where it is whole."""
    whole = int(value) if math.isfinite(value) and float(value).is_integer() else value
    return e.Negative(e.Number(-whole)) if whole < 0 else e.Number(whole)


def _is_finite(value: float) -> bool:
    return math.isfinite(value) if isinstance(value, float) else value.bit_length() <= INTEGER_BITS


def at(scope: Scope) -> str:
    """Return where in a range the scope stands: ` at i='a', t=2`, empty outside any."""
    shown = ", ".join(f"{name}={spell(value)}" for name, value in scope.indices.items() if not name.startswith("_"))
    return f" at {shown}" if shown else ""


def ground(formulation: Formulation, trees: Trees) -> tuple[Grounded, list[Finding]]:
    """Return the formulation with its data put in, and every fault of the data."""
    grounder = _Grounder(formulation, trees)
    grounder.data()
    if not errors(grounder.findings):
        for variable in formulation.variables:
            grounder.variable(variable)
        grounder.rows()
    return grounder.grounded, grounder.findings


class _Grounder:
    def __init__(self, formulation: Formulation, trees: Trees) -> None:
        self.trees = trees
        self.grounded = Grounded(formulation)
        self.findings: list[Finding] = []
        self.budget = Budget()

    @contextmanager
    def caught(self, where: str, scope: Scope) -> Generator[None]:
        """Turn an evaluation error into a finding that names the place."""
        try:
            yield
        except EvaluationError as fault:
            self.findings.append(error("no-value", where + at(scope), fault.message, fault.mend))

    def clauses(self, name: str) -> tuple[tuple[e.Clause, ...], dict[str, e.Expression]]:
        sets = {name: block.table for name, block in self.grounded.sets.items()}
        return resolve_clauses(self.trees.declared[name].clauses, sets, {})

    def tree(self, name: str, slot: str, bound: dict[str, e.Expression]) -> e.Expression | None:
        tree = self.trees.expressions.get((name, slot))
        sets = {name: block.table for name, block in self.grounded.sets.items()}
        return None if tree is None else resolve(tree, sets, bound)

    def data_scope(self) -> Scope:
        scope = self.grounded.scope(self.budget)
        scope.variable = None
        formulation = self.grounded.formulation
        scope.variables = frozenset(variable.name for variable in formulation.variables)
        data = {block.name for block in (*formulation.sets, *formulation.parameters)}
        scope.later = frozenset(data - self.grounded.sets.keys() - self.grounded.parameters.keys())
        return scope

    def data(self) -> None:
        formulation, grounded = self.grounded.formulation, self.grounded
        order = data_order(formulation, self.trees.uses)
        for block in order:
            if isinstance(block, Set):
                self.set(block)
            else:
                self.parameter(block)
        # They are listed as they were written.
        grounded.order = tuple(block.name for block in order)
        grounded.sets = {block.name: grounded.sets[block.name] for block in formulation.sets}
        grounded.parameters = {block.name: grounded.parameters[block.name] for block in formulation.parameters}

    def set(self, block: Set) -> None:
        scope = self.data_scope()
        table: dict[Key, Members] = {}
        clauses: tuple[e.Clause, ...] = ()
        with self.caught(label(block), scope):
            clauses, bound = self.clauses(block.name)
            tree = self.tree(block.name, "expression", bound)
            keys = list(bindings(clauses, scope)) if tree is None else []
            subsets = self.subsets(block, keys) if clauses and tree is None else dict[Key, object]({(): block.elements})
            table = {key: Members.of(block.name, self.written(subsets[key])) for key in keys}
            if tree is not None:
                for key in bindings(clauses, scope):
                    table[key] = Members.of(block.name, members(tree, scope).order)
        self.grounded.sets[block.name] = SetBlock(block, clauses, table)

    def subsets(self, block: Set, keys: list[Key]) -> dict[Key, object]:
        """Return what is written for every index of an indexed set; refuse what is missing, foreign or doubled."""
        raw = block.elements
        if not isinstance(raw, dict):
            raise EvaluationError("an indexed set needs one subset per index", 'write {"a": [1, 2], "b": [3]}')
        found: dict[Key, object] = {}
        for text, value in raw.items():
            key = split_key(text, len(keys[0]) if keys else 1)
            if key is None or key in found:
                raise EvaluationError(f"subset '{text}' is for {'no' if key is None else 'the same'} index", "mend it")
            found[key] = value
        missing = next((key for key in keys if key not in found), None)
        if missing is not None:
            raise EvaluationError(f"there is no subset for {spell_place(missing)}", "list it, even if empty")
        foreign = next((key for key in found if key not in set(keys)), None)
        if foreign is not None:
            raise EvaluationError(f"subset {spell_place(foreign)} is for no index", "leave it out")
        return found

    def written(self, raw: object) -> tuple[Member, ...]:
        """Return the elements that a set lists; refuse duplicates and mixed lengths of tuples."""
        if isinstance(raw, dict):
            raise EvaluationError("it has subsets but no index", 'give it an index, e.g. ["i in I"], or a plain list')
        try:
            found = tuple(member(value) for value in cast("tuple[object, ...]", raw or ()))
        except ElementError as fault:
            raise EvaluationError(str(fault)) from None
        seen: set[Member] = set()
        for value in found:
            if value in seen:
                raise EvaluationError(
                    f"{spell(value)} is listed twice", 'list each element once; "1" and 1 are the same'
                )
            seen.add(value)
        if len({len(as_key(value)) for value in found}) > 1:
            raise EvaluationError("its elements are tuples of different lengths", "give all the same length")
        return found

    def parameter(self, parameter: Parameter) -> None:
        scope = self.data_scope()
        table: dict[Key, float] = {}
        keys: list[Key] = []
        clauses: tuple[e.Clause, ...] = ()
        with self.caught(label(parameter), scope):
            clauses, bound = self.clauses(parameter.name)
            tree = self.tree(parameter.name, "expression", bound)
            if tree is not None and parameter.values is not None:
                raise EvaluationError("it has both values and an expression", "give one of them")
            if tree is not None:
                table = {key: data_number(tree, scope) for key in bindings(clauses, scope)}
                keys = list(table)
            else:
                keys = list(bindings(clauses, scope))
                axes = [members(clause.source, scope) for clause in clauses] if self.plain(clauses) else []
                table = read_table(parameter.values, keys, axes, parameter.default)
        if not all(map(_is_finite, (*table.values(), parameter.default or 0))):
            self.findings.append(
                error("not-finite", label(parameter), "a value is not finite", "leave unlimited bounds out")
            )
        self.grounded.parameters[parameter.name] = ParameterBlock(parameter, clauses, table, frozenset(keys))

    def plain(self, clauses: tuple[e.Clause, ...]) -> bool:
        """Whether the ranges form a full grid, so that nested lists have one reading."""
        targets = {target for clause in clauses for target in clause.targets}
        return all(not clause.conditions and not e.names_used(clause) & targets for clause in clauses)

    def variable(self, variable: Variable) -> None:
        scope = self.data_scope()
        where = label(variable)
        bounds: dict[Key, tuple[float, float]] = {}
        clauses: tuple[e.Clause, ...] = ()
        trees: list[e.Expression] = [e.Number(0), e.Number(0)]
        with self.caught(where, scope):
            clauses, bound = self.clauses(variable.name)
            trees = [self.bound_tree(variable, side, bound) for side in ("lower", "upper")]
            for key in bindings(clauses, scope):
                lower, upper = data_number(trees[0], scope), data_number(trees[1], scope)
                if variable.domain == "binary":
                    self.check_binary(where + at(scope), lower, upper)
                self.check_bounds(variable, lower, upper)
                bounds[key] = (lower, upper)
                if len(bounds) > ENTRY_LIMIT:
                    raise EvaluationError(f"it has more than {ENTRY_LIMIT} entries", "use smaller sets")
        self.grounded.variables[variable.name] = VariableBlock(variable, clauses, trees[0], trees[1], bounds)

    def bound_tree(self, variable: Variable, side: str, bound: dict[str, e.Expression]) -> e.Expression:
        tree = self.tree(variable.name, side, bound)
        if tree is not None:
            return tree
        written = variable.lower if side == "lower" else variable.upper
        if variable.domain == "binary" and (
            written is None or (isinstance(written, float | int) and math.isinf(written))
        ):
            return e.Number(0 if side == "lower" else 1)
        if written is None:
            return e.Number(0) if side == "lower" else e.Name("inf")
        if isinstance(written, int) and written.bit_length() > INTEGER_BITS:
            raise EvaluationError(f"its {side} bound is too large for a number", "leave it out, or write inf")
        value = float(written)
        if not math.isfinite(value):
            return e.Negative(e.Name("inf")) if value < 0 else e.Name("inf")
        return nice(value)

    def check_bounds(self, variable: Variable, lower: float, upper: float) -> None:
        """Refuse bounds between which there is no value."""
        mend = "exchange or correct the bounds"
        if not lower <= upper:
            raise EvaluationError(f"lower bound {lower:g} is above upper bound {upper:g}", mend)
        if lower == math.inf or upper == -math.inf:
            raise EvaluationError(f"bounds {lower:g} and {upper:g} leave no value", mend)
        whole = variable.domain != "continuous" and math.isfinite(lower) and math.isfinite(upper)
        if whole and math.ceil(lower) > math.floor(upper):
            raise EvaluationError(f"there is no whole number between the bounds {lower:g} and {upper:g}", mend)

    def check_binary(self, where: str, lower: float, upper: float) -> None:
        if lower not in (0, 1) or upper not in (0, 1):
            found = error(
                "binary-bounds",
                where,
                f"a binary has bounds {lower:g} and {upper:g}",
                "make it integer, or use 0 and 1",
            )
            if found not in self.findings:
                self.findings.append(found)

    def rows(self) -> None:
        sets = {name: block.table for name, block in self.grounded.sets.items()}
        scope = self.grounded.scope()
        with self.caught("the objective", scope):
            self.grounded.objective = self.tree("", "expression", {}) or e.Number(0)
        for constraint in self.grounded.formulation.constraints:
            tree = self.trees.expressions.get((constraint.name, "expression"))
            if tree is None:
                continue
            with self.caught(label(constraint), scope):
                clauses, bound = resolve_clauses(self.trees.forall[constraint.name], sets, {})
                self.grounded.constraints.append(ConstraintBlock(constraint, clauses, resolve(tree, sets, bound)))
