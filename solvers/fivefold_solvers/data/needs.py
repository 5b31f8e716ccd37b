"""What data a formulation asks for: sets without elements and parameters without values, and what their indices are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.formulation.values import is_list


@dataclass(frozen=True, slots=True)
class SetNeed:
    """A set."""

    name: str
    description: str
    letters: tuple[str, ...]
    """Indices that run over it somewhere."""
    arity: int
    """Atoms of each of its members."""
    given: bool
    """Whether the formulation says what is in it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One index range of a parameter."""

    set: str
    """The set it runs over; empty where that is no set by name."""
    targets: tuple[str, ...]
    """The indices it binds, one per position, empty where they have no name."""


@dataclass(frozen=True, slots=True)
class ParameterNeed:
    """A parameter."""

    name: str
    description: str
    unit: str
    axes: tuple[Axis, ...]
    full: bool
    """Whether every combination of members is an entry."""
    default: float | None
    given: bool
    """Whether the formulation says its values."""

    @property
    def positions(self) -> tuple[tuple[int, int], ...]:
        """Axis and place in it, for every atom of a key."""
        return tuple((axis, place) for axis, one in enumerate(self.axes) for place in range(len(one.targets)))


@dataclass(frozen=True, slots=True)
class Needs:
    """All sets and parameters of a formulation."""

    sets: dict[str, SetNeed]
    parameters: dict[str, ParameterNeed]

    @property
    def names(self) -> frozenset[str]:
        """Names of all of them."""
        return frozenset({*self.sets, *self.parameters})

    @property
    def open_sets(self) -> list[SetNeed]:
        """Sets that need data."""
        return [one for one in self.sets.values() if not one.given]

    @property
    def open_parameters(self) -> list[ParameterNeed]:
        """Parameters that need data."""
        return [one for one in self.parameters.values() if not one.given]


def needs(formulation: Formulation) -> Needs:
    """Return what a formulation asks for; texts that cannot be read are left to `formulation.check`."""
    ranges = [*_ranges(formulation)]
    arity: dict[str, int] = {}
    letters: dict[str, list[str]] = {}
    for clauses in ranges:
        for clause in clauses:
            if isinstance(clause.source, e.Name):
                name = clause.source.name
                arity[name] = max(arity.get(name, 1), len(clause.targets))
                letters.setdefault(name, []).extend(one for one in clause.targets if not one.startswith("_"))
    arity |= {name: width for name, width in _memberships(formulation).items() if width > arity.get(name, 1)}
    for block in formulation.sets:
        first = block.elements[0] if is_list(block.elements) and block.elements else None
        if is_list(first):
            arity[block.name] = len(first)
    sets = {
        block.name: SetNeed(
            block.name,
            block.description,
            tuple(dict.fromkeys(letters.get(block.name, ()))),
            arity.get(block.name, 1),
            block.elements is not None or block.expression is not None,
        )
        for block in formulation.sets
        if not block.index
    }
    parameters = {block.name: _parameter(block, arity) for block in formulation.parameters}
    return Needs(sets, parameters)


def _trees(formulation: Formulation) -> Iterator[e.Expression | e.Clause]:
    """Yield all nodes of all index ranges and expressions; those that cannot be read are left out."""
    for element in formulation.elements():
        for clause in clauses_of(element.forall if isinstance(element, Constraint) else element.index):
            yield from e.walk(clause)
    for text in [formulation.objective.expression, *(row.expression for row in formulation.constraints)]:
        try:
            yield from e.walk(parse(text).tree)
        except ExpressionError:
            continue


def _memberships(formulation: Formulation) -> dict[str, int]:
    """Return how many atoms the members have of sets that are only asked for members, as in `(i, 'hot') in KIND`."""
    found: dict[str, int] = {}
    for node in _trees(formulation):
        if isinstance(node, e.Compare) and isinstance(node.left, e.Group) and isinstance(node.right, e.Name):
            name = node.right.name
            found[name] = max(found.get(name, 1), len(node.left.items))
    return found


def _ranges(formulation: Formulation) -> list[tuple[e.Clause, ...]]:
    """Return all index ranges, those inside sums included."""
    found: list[tuple[e.Clause, ...]] = []
    for element in formulation.elements():
        found.append(clauses_of(element.forall if isinstance(element, Constraint) else element.index))
    found += [node.clauses for node in _trees(formulation) if isinstance(node, e.Aggregate | e.Builder)]
    return found


def clauses_of(texts: tuple[str, ...]) -> tuple[e.Clause, ...]:
    """Return the clauses of index ranges, none where they cannot be read."""
    try:
        return parse_ranges(texts)
    except ExpressionError:
        return ()


def _parameter(block: Parameter, arity: dict[str, int]) -> ParameterNeed:
    clauses = clauses_of(block.index)
    axes: list[Axis] = []
    names: set[str] = set()
    full = True
    for clause in clauses:
        plain = isinstance(clause.source, e.Name)
        name = clause.source.name if isinstance(clause.source, e.Name) else ""
        full = full and plain and not clause.conditions and name not in names
        targets = tuple("" if one.startswith("_") else one for one in clause.targets)
        if len(targets) == 1 and arity.get(name, 1) > 1:
            targets = ("",) * arity[name]
        axes.append(Axis(name, targets))
        names |= set(clause.targets)
    given = block.values is not None or block.expression is not None
    return ParameterNeed(block.name, block.description, block.unit, tuple(axes), full, block.default, given)
