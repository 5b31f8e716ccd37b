"""Static check of names and forms: what is declared, what hides what, how many indices an entry takes.

All findings of a formulation are reported at once, before anything is evaluated.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, cast

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.functions import check_arity
from fivefold_solvers.formulation.identity import ElementError, atom
from fivefold_solvers.formulation.order import circle
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.formulation.show import show, show_range
from fivefold_solvers.formulation.slips import powers_of_ten

Kind = Literal["set", "parameter", "variable"]


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared name."""

    kind: Kind
    name: str
    clauses: tuple[e.Clause, ...]

    @property
    def arity(self) -> int:
        """Number of indices that an entry takes."""
        return sum(len(clause.targets) for clause in self.clauses)


@dataclass(slots=True)
class Trees:
    """The parsed texts of a formulation; names are known to be declared."""

    declared: dict[str, Declared] = field(default_factory=dict[str, Declared])
    expressions: dict[tuple[str, str], e.Expression] = field(default_factory=dict[tuple[str, str], e.Expression])
    """By element name and field: `expression`, `lower`, `upper`."""
    forall: dict[str, tuple[e.Clause, ...]] = field(default_factory=dict[str, tuple[e.Clause, ...]])
    """Index ranges by constraint name."""
    uses: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """By set and parameter, the sets and parameters that it is computed from."""


def label(element: Set | Parameter | Variable | Constraint | Objective) -> str:
    """Return how messages call an element: `constraint 'balance'`."""
    if isinstance(element, Objective):
        return "the objective"
    return f"{type(element).__name__.lower()} '{element.name}'"


def check_names(formulation: Formulation) -> tuple[Trees, list[Finding]]:
    """Return the parsed trees and every finding about names and forms."""
    checker = _Checker(formulation)
    checker.declare()
    for block in formulation.sets:
        checker.set(block)
    for parameter in formulation.parameters:
        checker.clauses_of(parameter)
        checker.text(parameter, "expression", parameter.expression, checker.indices(parameter.name))
    for variable in formulation.variables:
        checker.clauses_of(variable)
        for side in ("lower", "upper"):
            checker.text(variable, side, getattr(variable, side), checker.indices(variable.name))
    checker.text(formulation.objective, "expression", formulation.objective.expression, {})
    for constraint in formulation.constraints:
        checker.constraint(constraint)
    checker.uses()
    return checker.trees, checker.findings


class _Checker:
    """Walks a formulation once, collecting trees and findings."""

    def __init__(self, formulation: Formulation) -> None:
        self.formulation = formulation
        self.trees = Trees()
        self.findings: list[Finding] = []
        self.homes: dict[str, list[str]] = {}
        """Textual set element -> names of the sets it is in."""

    def declare(self) -> None:
        """Register every name; refuse clashes, keywords and words of the language."""
        seen: dict[str, str] = {}
        for element in self.formulation.elements():
            where, name = label(element), element.name
            if not name.isidentifier() or keyword.iskeyword(name):
                plain = "".join(c if c.isalnum() else "_" for c in name).strip("_") or "name"
                plain = plain if plain.isidentifier() and not keyword.iskeyword(plain) else f"{plain}_"
                self.report("bad-name", where, "the name is not an identifier", f"call it {plain}")
            elif name in e.FUNCTIONS or name in e.CONSTANTS or name.startswith("__"):
                self.report("reserved-name", where, f"'{name}' is a word of the language", f"call it {name}_value")
            if name in seen:
                self.report("name-clash", where, f"{seen[name]} has the same name", "give each element its own name")
            seen.setdefault(name, where)
            if isinstance(element, Constraint):
                continue
            kind: Kind = (
                "set" if isinstance(element, Set) else "parameter" if isinstance(element, Parameter) else "variable"
            )
            clauses = self.ranges(where, element.index)
            self.trees.declared.setdefault(name, Declared(kind, name, clauses))
        for block in self.formulation.sets:
            for value in atoms(block.elements):
                if isinstance(value, str) and block.name not in self.homes.setdefault(value, []):
                    self.homes[value].append(block.name)

    def report(self, code: str, where: str, message: str, mend: str = "") -> None:
        finding = error(code, where, message, mend)
        if finding not in self.findings:
            self.findings.append(finding)

    def ranges(self, where: str, texts: tuple[str, ...]) -> tuple[e.Clause, ...]:
        try:
            return parse_ranges(texts)
        except ExpressionError as fault:
            self.report("bad-index", where, f"index {list(texts)}: {fault.message}", fault.mend)
            return ()

    def indices(self, name: str) -> dict[str, e.Expression]:
        """Return the indices that a declaration binds, each with the set it runs over."""
        clauses = self.trees.declared[name].clauses
        return {target: clause.source for clause in clauses for target in clause.targets}

    def set(self, block: Set) -> None:
        self.clauses_of(block)
        if (block.elements is None) == (block.expression is None):
            what = (
                "both elements and an expression" if block.elements is not None else "neither elements nor expression"
            )
            self.report("set-form", label(block), f"it has {what}", 'give one, e.g. elements ["a", "b"]')
        self.text(block, "expression", block.expression, self.indices(block.name))

    def clauses_of(self, element: Set | Parameter | Variable) -> None:
        self.bind(label(element), self.trees.declared[element.name].clauses, {})

    def constraint(self, constraint: Constraint) -> None:
        clauses = self.ranges(label(constraint), constraint.forall)
        self.trees.forall[constraint.name] = clauses
        self.text(constraint, "expression", constraint.expression, self.bind(label(constraint), clauses, {}))

    def uses(self) -> None:
        """Note what sets and parameters are computed from; refuse those that are computed from themselves."""
        elements: tuple[Set | Parameter, ...] = (*self.formulation.sets, *self.formulation.parameters)
        blocks = {element.name: element for element in elements}
        for name in blocks:
            tree = self.trees.expressions.get((name, "expression"))
            parts = [*self.trees.declared[name].clauses, *([] if tree is None else [tree])]
            self.trees.uses[name] = frozenset[str]().union(*map(e.names_used, parts)) & blocks.keys()
        path = circle(self.trees.uses)
        if path:
            steps = ", ".join(f"{name} uses {other}" for name, other in zip(path, (*path[1:], path[0]), strict=True))
            mend = "write one of them without the other" if path[1:] else "write it without itself, or give values"
            self.report("circle", label(blocks[path[0]]), f"it is computed from itself: {steps}", mend)

    def text(
        self,
        element: Set | Parameter | Variable | Constraint | Objective,
        slot: str,
        text: float | str | None,
        bound: dict[str, e.Expression],
    ) -> None:
        """Parse one expression text and check its names."""
        if not isinstance(text, str):
            return
        where = label(element) + (f", {slot} bound" if slot in {"lower", "upper"} else "")
        try:
            tree = parse(text).tree
        except ExpressionError as fault:
            self.report("bad-expression", where, fault.message, fault.mend)
            return
        for number, inner in powers_of_ten(text):
            if inner in self.trees.declared:
                message = f"`{number}` is the number {float(number):g}, and '{inner}' is declared"
                self.report("two-readings", where, message, f"write a product with `*{inner}`, or {float(number):g}")
        name = "" if isinstance(element, Objective) else element.name
        self.trees.expressions[name, slot] = tree
        self.visit(where, tree, bound)

    def bind(
        self, where: str, clauses: tuple[e.Clause, ...], bound: dict[str, e.Expression]
    ) -> dict[str, e.Expression]:
        """Check index ranges from left to right; return the indices that are bound behind them."""
        bound = dict(bound)
        for clause in clauses:
            self.source(where, clause.source, bound)
            for target in clause.targets:
                self.index_name(where, target, bound)
                bound[target] = clause.source
            for condition in clause.conditions:
                self.visit(where, condition, bound)
        return bound

    def index_name(self, where: str, target: str, bound: Mapping[str, e.Expression]) -> None:
        if target in self.trees.declared:
            kind = self.trees.declared[target].kind
            self.report(
                "hidden-name", where, f"index '{target}' hides the {kind} '{target}'", "give the index another name"
            )
        elif target in bound and not target.startswith("_"):
            self.report("hidden-index", where, f"index '{target}' is used twice", "give each index its own name")
        elif target in e.FUNCTIONS or target in e.CONSTANTS:
            self.report("reserved-name", where, f"index '{target}' is a word of the language", "give it another name")

    def source(self, where: str, node: e.Expression, bound: dict[str, e.Expression]) -> None:
        if isinstance(node, e.Name | e.Item) and node.name not in bound:
            found = self.trees.declared.get(node.name)
            if found is not None and found.kind != "set":
                self.report("not-a-set", where, f"'{node.name}' is a {found.kind}, not a set", "go over a set")
                return
        self.visit(where, node, bound)

    def visit(self, where: str, node: e.Expression, bound: dict[str, e.Expression]) -> None:
        match node:
            case e.Name(name):
                if name.startswith("_") and name in bound:
                    mend = "give it a name without the underscore"
                    self.report("unnamed-index", where, f"index '{name}' cannot be referred to", mend)
                elif name not in bound:
                    self.name(where, name, bound)
            case e.Item(name, index):
                self.item(where, node, bound)
                for entry in index:
                    self.visit(where, entry, bound)
            case e.Aggregate(_, body, clauses):
                self.visit(where, body, self.bind(where, clauses, bound))
            case e.Builder(items, clauses):
                inner = self.bind(where, clauses, bound)
                for item in items:
                    self.visit(where, item, inner)
            case e.Call():
                self.call(where, node, bound)
            case _:
                for part in _parts(node):
                    self.visit(where, part, bound)

    def name(self, where: str, name: str, bound: Mapping[str, e.Expression]) -> None:
        found = self.trees.declared.get(name)
        if found is not None:
            if found.arity:
                self.report(
                    "missing-index", where, f"{found.kind} '{name}' has {found.arity} indices", f"write {_form(found)}"
                )
            return
        if name in e.CONSTANTS:
            return
        if name in self.homes:
            home = self.homes[name][0]
            self.report("element-as-name", where, f"{name} is an element of {home}", f"write it quoted: x['{name}']")
            return
        self.undeclared(where, name, bound)

    def undeclared(self, where: str, name: str, bound: Mapping[str, e.Expression]) -> None:
        known = [*self.trees.declared, *(index for index in bound if not index.startswith("_"))]
        near = get_close_matches(name, known, n=1, cutoff=0.6) or _spelled_apart(name, known)
        mend = (
            f"did you mean '{near[0]}'?"
            if near
            else f"declare it, or use one of: {', '.join(known[:12]) or 'nothing is declared'}"
        )
        self.report("undeclared-name", where, f"'{name}' is not declared", mend)

    def item(self, where: str, node: e.Item, bound: Mapping[str, e.Expression]) -> None:
        found = self.trees.declared.get(node.name)
        if node.name in bound:
            self.report("indexed-index", where, f"index '{node.name}' cannot have `[...]`", "use a declared name")
        elif found is None:
            self.undeclared(where, node.name, bound)
        elif not found.arity:
            self.report("not-indexed", where, f"{found.kind} '{node.name}' has no index", f"write {node.name}")
        elif found.arity != len(node.index) and not self.may_hold_tuples(node, bound) and not self.over_tuples(found):
            self.report(
                "index-count",
                where,
                f"`{show(node)}` gives {len(node.index)} indices; {found.kind} '{node.name}' has {found.arity}",
                f"write {_form(found)}",
            )

    def may_hold_tuples(self, node: e.Item, bound: Mapping[str, e.Expression]) -> bool:
        """Whether one index may stand for several: an element of a set of tuples, as in `x[a]` with `a in ARCS`."""
        return any(
            isinstance(entry, e.Group) or (isinstance(entry, e.Name) and entry.name in bound) for entry in node.index
        )

    def over_tuples(self, found: Declared) -> bool:
        """Whether one declared index may run over tuples, as in `a in ARCS`; the data then says how many parts."""
        sources = [clause.source for clause in found.clauses if len(clause.targets) == 1]
        if any(not isinstance(source, e.Name) for source in sources):
            return True
        names = {source.name for source in sources if isinstance(source, e.Name)}
        blocks = [block for block in self.formulation.sets if block.name in names]
        return any(block.expression is not None or _holds_tuple(block.elements) for block in blocks)

    def call(self, where: str, node: e.Call, bound: dict[str, e.Expression]) -> None:
        found = self.trees.declared.get(node.function)
        if found is not None and node.function not in e.FUNCTIONS:
            inner = ", ".join(show(argument) for argument in node.arguments)
            mend = f"write {node.function}[{inner}]" if found.arity else f"write {node.function}*({inner})"
            self.report("called-name", where, f"{found.kind} '{node.function}' is no function", mend)
        else:
            try:
                check_arity(node)
            except EvaluationError as fault:
                self.report("bad-call", where, fault.message, fault.mend)
                return
        for argument in node.arguments:
            owner = self.trees.declared.get(argument.name) if isinstance(argument, e.Name) else None
            if owner is not None and owner.arity and owner.kind == "variable" and node.function in e.LOGIC_FUNCTIONS:
                message = f"{owner.kind} '{owner.name}' has {owner.arity} indices"
                self.report("missing-index", where, message, f"write {node.function}({_over(owner)})")
            else:
                self.visit(where, argument, bound)


def _parts(node: e.Expression) -> Iterator[e.Expression]:
    for part in e.children(node):
        assert not isinstance(part, e.Clause)
        yield part


def _form(found: Declared) -> str:
    indices = [target if not target.startswith("_") else "..." for clause in found.clauses for target in clause.targets]
    return f"{found.name}[{', '.join(indices)}]" if indices else found.name


def _over(found: Declared) -> str:
    """Return how to go over all entries of a variable: `x[i, j] for i in N for j in N`."""
    letters = iter("ijklmnpqrstuvw")
    clauses: list[e.Clause] = []
    for clause in found.clauses:
        targets = tuple(next(letters, target) if target.startswith("_") else target for target in clause.targets)
        clauses.append(e.Clause(targets, clause.source, clause.conditions))
    return f"{_form(Declared(found.kind, found.name, tuple(clauses)))} for {show_range(tuple(clauses))}"


def _holds_tuple(elements: object) -> bool:
    if isinstance(elements, dict):
        return any(_holds_tuple(part) for part in cast("dict[object, object]", elements).values())
    parts = cast("list[object]", elements) if isinstance(elements, list | tuple) else []
    return any(isinstance(part, list | tuple) for part in parts)


def _spelled_apart(name: str, known: list[str]) -> list[str]:
    """Return the declared name that differs only by case, underscores or a plural s."""

    def bare(text: str) -> str:
        return text.lower().replace("_", "").rstrip("s")

    return [other for other in known if bare(other) == bare(name)][:1]


def atoms(elements: object) -> Iterator[int | float | str]:
    """Yield every atom of written set elements; what cannot be an element is reported elsewhere."""
    if isinstance(elements, dict):
        for part in cast("dict[object, object]", elements).values():
            yield from atoms(part)
    elif isinstance(elements, list | tuple):
        for part in cast("list[object]", elements):
            yield from atoms(part)
    elif elements is not None:
        try:
            yield atom(elements)
        except ElementError:
            return
