"""Sets that are used as parameters: `hours[i]` where `hours` was declared as a set of numbers.

Where such a set is never gone over, and is only ever looked up by indices of the same other sets, it can but be a
parameter over these. Its elements are the values, in the order of the one other set; without elements the data is still
to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set
from fivefold_solvers.formulation.finding import Finding, note
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges

_Scope = Mapping[str, str]
"""By index the set that it goes over; empty where that is no plain set."""
_LETTERS = "ijklmn"


def mend_valued_sets(formulation: Formulation) -> tuple[Formulation, list[Finding]]:
    """Return the formulation with such sets as parameters, and a note for each."""
    sets = {block.name: block for block in formulation.sets if not block.index and block.expression is None}
    uses = _Uses(sets)
    for texts, ranges in _expressions(formulation):
        try:
            scope = uses.gone_over(parse_ranges(ranges), {})
            for text in texts:
                uses.visit(parse(text).tree, scope)
        except ExpressionError:
            return formulation, []
    parameters: list[Parameter] = []
    notes: list[Finding] = []
    for name, block in sets.items():
        over = uses.looked_up.get(name, set())
        index = next(iter(over), ())
        values = _values(block, sets.get(index[0])) if len(index) == 1 else None
        known = len(over) == 1 and all(one in sets for one in index)
        if known and name not in uses.gone and (values or not block.elements):
            ranges = tuple(f"{letter} in {one}" for letter, one in zip(_LETTERS, index, strict=False))
            parameters.append(
                Parameter(
                    name=name,
                    description=block.description,
                    source=block.source,
                    index=ranges,
                    values=values,
                )
            )
            notes.append(
                note("slip", label(block), f"it is used as a parameter over {', '.join(index)}, and was read as one")
            )
    if not parameters:
        return formulation, []
    read = {one.name for one in parameters}
    return formulation.model_copy(
        update={
            "sets": tuple(block for block in formulation.sets if block.name not in read),
            "parameters": (*formulation.parameters, *parameters),
        }
    ), notes


def _expressions(formulation: Formulation) -> Iterable[tuple[list[str], tuple[str, ...]]]:
    """Yield the expression texts of each element, with the index ranges that they stand in."""
    computed: tuple[Set | Parameter, ...] = (*formulation.sets, *formulation.parameters)
    for block in computed:
        yield [block.expression] if block.expression else [], block.index
    for variable in formulation.variables:
        yield [bound for bound in (variable.lower, variable.upper) if isinstance(bound, str)], variable.index
    yield [formulation.objective.expression], ()
    for row in formulation.constraints:
        yield [row.expression], row.forall


def _values(block: Set, index: Set | None) -> list[float] | None:
    """Return a set's elements as one number for each element of another set; None where they are not."""
    listed, over = block.elements, None if index is None else index.elements
    if not isinstance(listed, tuple) or not isinstance(over, tuple) or not listed or len(listed) != len(over):
        return None
    return list(listed) if all(type(one) in {int, float} for one in listed) else None


class _Uses:
    def __init__(self, sets: Mapping[str, Set]) -> None:
        self.sets = sets
        self.looked_up: dict[str, set[tuple[str, ...]]] = {}
        """By set the sets whose indices it is looked up by."""
        self.gone: set[str] = set()
        """Sets that are used in any other way."""

    def visit(self, node: e.Expression, scope: _Scope) -> None:
        match node:
            case e.Name(name) if name not in scope and name in self.sets:
                self.gone.add(name)
            case e.Item(name, index) if name in self.sets:
                over = tuple(scope.get(place.name, "") if isinstance(place, e.Name) else "" for place in index)
                if all(over) and len(over) <= len(_LETTERS):
                    self.looked_up.setdefault(name, set()).add(over)
                else:
                    self.gone.add(name)
            case e.Aggregate(_, body, clauses):
                self.visit(body, self.gone_over(clauses, scope))
            case e.Builder(items, clauses):
                inner = self.gone_over(clauses, scope)
                for item in items:
                    self.visit(item, inner)
            case _:
                for part in e.children(node):
                    if not isinstance(part, e.Clause):
                        self.visit(part, scope)

    def gone_over(self, clauses: Iterable[e.Clause], scope: _Scope) -> _Scope:
        """Visit index ranges; return the scope behind them."""
        inner = dict(scope)
        for clause in clauses:
            self.visit(clause.source, inner)
            source = clause.source.name if isinstance(clause.source, e.Name) and len(clause.targets) == 1 else ""
            inner |= dict.fromkeys(clause.targets, source)
            for condition in clause.conditions:
                self.visit(condition, inner)
        return inner
