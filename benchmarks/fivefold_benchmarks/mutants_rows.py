"""Mistakes in whole elements: objective turned, rows left out, sums for each, links, tours, domains and bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from fivefold_benchmarks.mutants_edits import Edit
from fivefold_benchmarks.mutants_places import Spot, seen, tree, with_element, with_node
from fivefold_benchmarks.mutants_terms import without
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Variable
from fivefold_solvers.formulation.parse import ExpressionError, parse_ranges
from fivefold_solvers.formulation.show import show

_TURNED = {"minimize": "maximize", "maximize": "minimize"}
BIG_NUMBER = "big-M too small"
_SMALL = (0.5, 0.1)
"""Factors by which a number that should not limit anything is made too small."""


def row_edits(formulation: Formulation) -> Iterator[Edit]:
    """Yield mistakes in whole elements of a formulation."""
    if formulation.objective.sense in _TURNED:
        yield Edit("sense of the objective", f"{_TURNED[formulation.objective.sense]}", _sense)
    for number, constraint in enumerate(formulation.constraints):
        yield Edit(_dropped_kind(formulation, number), f"without constraint {constraint.name}", _without(number))
        yield from _left_out(constraint, number)
        yield from _each(formulation, constraint, number)
        yield from _tour(formulation, constraint, number)
    yield from _big_numbers(formulation)
    for number, variable in enumerate(formulation.variables):
        yield from _domain(variable, number)
        yield from _bound(variable, number)


def _sense(formulation: Formulation) -> Formulation:
    objective = formulation.objective
    turned = objective.model_copy(update={"sense": _TURNED[objective.sense]})
    return formulation.model_copy(update={"objective": turned})


def _without(number: int) -> Callable[[Formulation], Formulation]:
    return lambda formulation: _with_rows(formulation, number, ())


def _with_rows(formulation: Formulation, number: int, rows: tuple[Constraint, ...]) -> Formulation:
    old = formulation.constraints
    return formulation.model_copy(update={"constraints": (*old[:number], *rows, *old[number + 1 :])})


def _changed(number: int, **update: object) -> Callable[[Formulation], Formulation]:
    return lambda formulation: with_element(formulation, "constraints", number, **update)


def _dropped_kind(formulation: Formulation, number: int) -> str:
    if _is_subtour_row(formulation, number):
        return "tour as assignment"
    node = tree(formulation, "constraint", number)
    linked = _links(formulation, number) or (isinstance(node, e.Call) and node.function == "implies")
    return "link dropped" if linked else "constraint dropped"


def _is_subtour_row(formulation: Formulation, number: int) -> bool:
    """Whether a row is the only one to hold a variable of places: `place[i] - place[j] + n*go[i, j] <= n - 1`."""
    node = tree(formulation, "constraint", number)
    if node is None or not formulation.constraints[number].forall:
        return False
    domains = {variable.name: variable.domain for variable in formulation.variables}
    entries = [part.name for part in e.walk(node) if isinstance(part, e.Item) and part.name in domains]
    places = {name for name in entries if domains[name] != "binary" and entries.count(name) == 2}
    if not places or all(domains[name] != "binary" for name in entries):
        return False
    elsewhere = [tree(formulation, "objective", 0)]
    elsewhere += [tree(formulation, "constraint", k) for k in range(len(formulation.constraints)) if k != number]
    return not any(places & e.names_used(other) for other in elsewhere if other is not None)


def _links(formulation: Formulation, number: int) -> list[Spot]:
    """Return where data is multiplied with a binary (or 1 minus it) in a row that also holds another variable."""
    domains = {variable.name: variable.domain for variable in formulation.variables}
    node = tree(formulation, "constraint", number)
    if not isinstance(node, e.Compare) or node.relation == "==":
        return []
    names = {part.name for part in e.walk(node) if isinstance(part, e.Name | e.Item) and part.name in domains}
    if len(names) < 2 or all(domains[name] == "binary" for name in names):
        return []
    found: list[Spot] = []
    for part in seen(formulation, ("constraint",)):
        if part.spot.number == number and isinstance(part.node, e.Binary) and part.node.operator == "*":
            for field, data, other in (
                ("left", part.node.left, part.node.right),
                ("right", part.node.right, part.node.left),
            ):
                if not _has(data, domains) and _is_switch(other, domains):
                    found.append(replace(part.spot, path=(*part.spot.path, (field, None))))
    return found


def _has(node: e.Expression, names: Mapping[str, str]) -> bool:
    return any(isinstance(part, e.Name | e.Item) and part.name in names for part in e.walk(node))


def _is_switch(node: e.Expression, domains: Mapping[str, str]) -> bool:
    match node:
        case e.Name(name) | e.Item(name):
            return domains.get(name) == "binary"
        case e.Binary("-", e.Number(1), other):
            return _is_switch(other, domains)
        case _:
            return False


def _big_numbers(formulation: Formulation) -> Iterator[Edit]:
    for number, constraint in enumerate(formulation.constraints):
        for spot in _links(formulation, number):
            for factor in _SMALL:
                yield Edit(
                    "big-M too small", f"constraint {constraint.name}: big number x{factor}", _shrunk(spot, factor)
                )


def _shrunk(spot: Spot, factor: float) -> Callable[[Formulation], Formulation]:
    def apply(formulation: Formulation) -> Formulation:
        from fivefold_benchmarks.mutants_places import node_at

        node = node_at(formulation, spot)
        if isinstance(node, e.Number):
            return with_node(formulation, spot, e.Number(node.value * factor))
        assert not isinstance(node, e.Clause)
        return with_node(formulation, spot, e.Binary("*", e.Number(factor), node))

    return apply


def _left_out(constraint: Constraint, number: int) -> Iterator[Edit]:
    """Yield a family of rows without its first or last row."""
    clauses = _clauses(constraint)
    for place, clause in enumerate(clauses):
        if isinstance(clause.source, e.Name) and len(clause.targets) == 1:
            for end in ("first", "last"):
                short = (*clauses[:place], without(clause, end), *clauses[place + 1 :])
                what = f"constraint {constraint.name}: not for the {end} of {clause.source.name}"
                yield Edit("row left out", what, _changed(number, forall=tuple(show(part) for part in short)))


def _clauses(constraint: Constraint) -> tuple[e.Clause, ...]:
    try:
        return parse_ranges(constraint.forall)
    except ExpressionError:
        return ()


def _each(formulation: Formulation, constraint: Constraint, number: int) -> Iterator[Edit]:
    """Yield a limit on a sum as one on each term, and a limit on each as one on the sum."""
    node = tree(formulation, "constraint", number)
    if not isinstance(node, e.Compare):
        return
    kind = "sum for each, each for sum"
    if isinstance(node.left, e.Aggregate) and node.left.function == "sum":
        what = f"constraint {constraint.name}: the limit of the sum on each"
        yield Edit(kind, what, _on_each(number))
    elif len(list(_summands(node.left))) > 1 and not constraint.forall:
        what = f"constraint {constraint.name}: the limit of the sum on each term"
        yield Edit(kind, what, _on_each_term(number))
    if _clauses(constraint):
        what = f"constraint {constraint.name}: the limit of each on the sum"
        yield Edit(kind, what, _on_sum(number))


def _summands(node: e.Expression) -> Iterator[e.Expression]:
    if isinstance(node, e.Binary) and node.operator == "+":
        yield from _summands(node.left)
        yield from _summands(node.right)
    else:
        yield node


def _on_each(number: int) -> Callable[[Formulation], Formulation]:
    def apply(formulation: Formulation) -> Formulation:
        node = tree(formulation, "constraint", number)
        assert isinstance(node, e.Compare) and isinstance(node.left, e.Aggregate)
        forall = (*formulation.constraints[number].forall, *(show(clause) for clause in node.left.clauses))
        text = show(replace(node, left=node.left.body))
        return with_element(formulation, "constraints", number, forall=forall, expression=text)

    return apply


def _on_each_term(number: int) -> Callable[[Formulation], Formulation]:
    def apply(formulation: Formulation) -> Formulation:
        node, old = tree(formulation, "constraint", number), formulation.constraints[number]
        assert isinstance(node, e.Compare)
        rows = [
            old.model_copy(update={"name": f"{old.name}_{k}", "expression": show(replace(node, left=term))})
            for k, term in enumerate(_summands(node.left), start=1)
        ]
        return _with_rows(formulation, number, tuple(rows))

    return apply


def _on_sum(number: int) -> Callable[[Formulation], Formulation]:
    def apply(formulation: Formulation) -> Formulation:
        node, clauses = tree(formulation, "constraint", number), _clauses(formulation.constraints[number])
        assert isinstance(node, e.Compare)
        last = clauses[-1]
        depends = bool(set(last.targets) & e.names_used(node.right))
        left = e.Aggregate("sum", node.left, (last,))
        right = e.Aggregate("sum", node.right, (last,)) if depends else node.right
        forall = tuple(show(clause) for clause in clauses[:-1])
        text = show(replace(node, left=left, right=right))
        return with_element(formulation, "constraints", number, forall=forall, expression=text)

    return apply


def _tour(formulation: Formulation, constraint: Constraint, number: int) -> Iterator[Edit]:
    """Yield a tour by name as its two families of degree rows, which allow several small tours."""
    match tree(formulation, "constraint", number):
        case e.Call("circuit", (e.Builder((e.Item() as arc,), (e.Clause() as first, e.Clause() as second)),)):
            leave = e.Compare("==", e.Aggregate("sum", arc, (second,)), e.Number(1))
            back = e.Clause(first.targets, first.source, (*first.conditions, *second.conditions))
            reach = e.Compare("==", e.Aggregate("sum", arc, (back,)), e.Number(1))
            rows = (
                Constraint(name=f"{constraint.name}_leave", forall=(show(first),), expression=show(leave)),
                Constraint(
                    name=f"{constraint.name}_reach",
                    forall=(show(e.Clause(second.targets, second.source)),),
                    expression=show(reach),
                ),
            )
            what = f"constraint {constraint.name}: only one way in and out of each place"
            yield Edit("tour as assignment", what, lambda other: _with_rows(other, number, rows))
        case _:
            return


def _domain(variable: Variable, number: int) -> Iterator[Edit]:
    def changed(**update: object) -> Callable[[Formulation], Formulation]:
        return lambda formulation: with_element(formulation, "variables", number, **update)

    if variable.domain == "continuous":
        yield Edit("continuous as integer", f"{variable.name} is integer", changed(domain="integer"))
    elif variable.domain == "integer":
        yield Edit("integer as continuous", f"{variable.name} is continuous", changed(domain="continuous"))
    else:
        yield Edit("integer as continuous", f"{variable.name} from 0 to 1", changed(domain="continuous", upper=1))
        yield Edit("integer as continuous", f"{variable.name} any whole number", changed(domain="integer"))


def _bound(variable: Variable, number: int) -> Iterator[Edit]:
    def changed(**update: object) -> Callable[[Formulation], Formulation]:
        return lambda formulation: with_element(formulation, "variables", number, **update)

    if variable.upper is not None:
        yield Edit("bound missing", f"{variable.name} without upper bound", changed(upper=None))
    if variable.lower not in {0, None, "-inf"}:
        yield Edit("bound missing", f"{variable.name} without lower bound", changed(lower=0))
    if variable.lower == "-inf" or (isinstance(variable.lower, int | float) and variable.lower < 0):
        yield Edit("bound added", f"{variable.name} not below 0", changed(lower=0))
