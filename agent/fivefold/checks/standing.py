"""Where the numbers of a text stand in a formulation or program, and the same with other numbers there."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fivefold.checks.bindings import Binding, Use, how_stated, perturbed
from fivefold.checks.places import Place, places
from fivefold.checks.program_numbers import Literal, Literals, literals, rewritten
from fivefold.problem import Quantity, quantities
from fivefold.reading.words import stated
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges
from fivefold_solvers.program import Program

FREE = {0.0, 1.0}
"""Numbers that need no origin."""
CONVERSIONS = {2.0, 7.0, 10.0, 12.0, 24.0, 52.0, 60.0, 100.0, 365.0, 1000.0, 3600.0}
"""Numbers that a formulation may hold of its own although the text has them too: minutes of an hour, per cent."""
Name = tuple[float, bool]
"""The value of a number of the text, and whether it is a percentage: all numbers of one name change together."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the numbers of a text stand in one formulation or program."""

    derived: Formulation | Program
    uses: Mapping[Name, Binding | Mapping[Literal, Quantity]]
    unsure: frozenset[Name]
    """Numbers that share a place with another number of the text."""
    unexplained: tuple[Place | Literal, ...]
    """Places whose number is none of the text's."""
    shapes: frozenset[float]
    """Numbers that name or shape something: in indices, ranges, sizes of sets."""

    def count(self, name: Name) -> int:
        """Return at how many places a number stands."""
        held = self.uses[name]
        return len(held.uses) if isinstance(held, Binding) else len(held)

    def changed(self, values: Mapping[Name, float]) -> Formulation | Program:
        """Return the formulation or program with other numbers of the text."""
        derived = self.derived
        if isinstance(derived, Program):
            new: dict[Literal, float] = {}
            for name, value in values.items():
                held = self.uses[name]
                assert not isinstance(held, Binding)
                new |= {literal: _followed(literal.value, quantity, value) for literal, quantity in held.items()}
            return rewritten(derived, new)
        for name, value in values.items():
            held = self.uses[name]
            assert isinstance(held, Binding)
            derived = perturbed(derived, held, value)
        return derived


def standing(derived: Formulation | Program, text: str) -> Standing | None:
    """Return where the numbers of a text stand; None where a program cannot be read."""
    if isinstance(derived, Program):
        found = literals(derived)
        return None if found is None else _in_program(derived, found, text)
    uses: dict[Name, list[Use]] = {}
    by_name = {(q.value, q.percent): q for q in reversed(numbers_of(text))}
    unsure: set[Name] = set()
    unexplained: list[Place] = []
    for place in places(derived):
        explained = _explained(by_name.values(), place.value)
        if explained:
            how = how_stated(by_name[explained[0]], place.value) or "same"
            uses.setdefault(explained[0], []).append(Use(place, how))
            unsure |= set(explained) if len(explained) > 1 else set()
        elif abs(place.value) not in FREE:
            unexplained.append(place)
    bound: dict[Name, Binding] = {name: Binding(by_name[name], tuple(held), True) for name, held in uses.items()}
    return Standing(derived, bound, frozenset(unsure), tuple(unexplained), _shapes(derived))


def _in_program(program: Program, found: Literals, text: str) -> Standing:
    uses: dict[Name, dict[Literal, Quantity]] = {}
    by_name = {(q.value, q.percent): q for q in reversed(numbers_of(text))}
    unsure: set[Name] = set()
    unexplained: list[Literal] = []
    for literal in found.amounts:
        explained = _explained(by_name.values(), literal.value)
        if explained:
            uses.setdefault(explained[0], {})[literal] = by_name[explained[0]]
            unsure |= set(explained) if len(explained) > 1 else set()
        elif literal.value not in FREE:
            unexplained.append(literal)
    return Standing(program, uses, frozenset(unsure), tuple(unexplained), found.shapes)


def numbers_of(text: str) -> list[Quantity]:
    """Return all numbers that a text has, in digits and in words, names included; `20 thousand` also as 20."""
    found = {quantity.start: quantity for quantity in [*stated(text), *quantities(text)]}
    short = [_without_scale(found[start]) for start in found]
    return [*(found[start] for start in sorted(found)), *(quantity for quantity in short if quantity is not None)]


def _without_scale(quantity: Quantity) -> Quantity | None:
    """Return the 20 of `20 thousand`: formulations count in thousands where texts do."""
    return None if quantity.digits == quantity.value else quantity._replace(value=quantity.digits)


def _explained(there: Iterable[Quantity], value: float) -> list[Name]:
    """Return the numbers of a text that a number can be, as it stands first."""
    ways = [(how_stated(quantity, value), quantity) for quantity in there]
    found = [(how != "same", (q.value, q.percent)) for how, q in ways if how is not None]
    return [name for _, name in sorted(found)]


def _followed(value: float, quantity: Quantity, new: float) -> float:
    """Return what a number of a program becomes where the text has another one; all ways from one to one are linear."""
    how = how_stated(quantity, value)
    unit = 100.0 if quantity.percent else 1.0
    slopes = {"share": 0.01, "hundredfold": 100.0, "complement": -1 / unit, "rest": -1.0, "grown": 1 / unit}
    return float(f"{value + slopes.get(how or 'same', 1.0) * (new - quantity.value):.12g}")


def _shapes(formulation: Formulation) -> frozenset[float]:
    """Return the numbers of a formulation that name or shape something, with the sizes of its sets."""
    amounts = Counter(place.value for place in places(formulation) if place.slot == "expression")
    texts = [block.expression for block in formulation.sets]
    texts += [block.expression for block in formulation.parameters]
    texts += [formulation.objective.expression, *(row.expression for row in formulation.constraints)]
    numbers = Counter(number for text in texts if text is not None for number in _in_text(text))
    found = set(numbers - amounts)
    for block in formulation.sets:
        if isinstance(block.elements, tuple):
            found |= {float(len(block.elements)), *(float(x) for x in block.elements if isinstance(x, int | float))}
    for ranges in [*(row.forall for row in formulation.constraints), *(v.index for v in formulation.variables)]:
        with contextlib.suppress(ExpressionError):
            nodes = [node for clause in parse_ranges(ranges) for node in e.walk(clause)]
            found |= {float(node.value) for node in nodes if isinstance(node, e.Number)}
    return frozenset(found)


def _in_text(text: str) -> list[float]:
    try:
        return [float(node.value) for node in e.walk(parse(text).tree) if isinstance(node, e.Number)]
    except ExpressionError:
        return []
