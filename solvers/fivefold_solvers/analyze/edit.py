"""Changes to a formulation, as data: what what-if, why-not and goal-seek do to it before it is solved again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import (
    Constraint,
    Domain,
    Formulation,
    Objective,
    Parameter,
    Sense,
    Set,
    Variable,
)
from fivefold_solvers.formulation.identity import Key, spell_key

_Element = TypeVar("_Element", Set, Parameter, Variable, Constraint)


class EditError(ValueError):
    """A change cannot be made to this formulation; the message says why."""


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Give a parameter another value: all of it, or the entry at a key."""

    name: str
    value: Any
    """A number for a scalar or an entry; else a table in any form that `Parameter.values` takes."""
    key: Key | None = None

    def __str__(self) -> str:
        return f"{self.name if self.key is None else spell_key(self.name, self.key)} = {self.value}"


@dataclass(frozen=True, slots=True)
class ScaleParameter:
    """Multiply every value of a parameter, or the entry at a key."""

    name: str
    factor: float
    key: Key | None = None

    def __str__(self) -> str:
        return f"{self.name if self.key is None else spell_key(self.name, self.key)} times {self.factor:g}"


@dataclass(frozen=True, slots=True)
class SetBound:
    """Give a variable other bounds, of all its entries; what is None stays."""

    name: str
    lower: float | str | None = None
    upper: float | str | None = None

    def __str__(self) -> str:
        parts = [f"{self.name} {sign} {side}" for sign, side in ((">=", self.lower), ("<=", self.upper))]
        return " and ".join(
            part for part, side in zip(parts, (self.lower, self.upper), strict=True) if side is not None
        )


@dataclass(frozen=True, slots=True)
class SetDomain:
    """Let a variable take other numbers: continuous, integer or binary."""

    name: str
    domain: Domain

    def __str__(self) -> str:
        return f"{self.name} {self.domain}"


@dataclass(frozen=True, slots=True)
class AddConstraint:
    """Ask for one thing more."""

    constraint: Constraint

    def __str__(self) -> str:
        return " for ".join([self.constraint.expression, *self.constraint.forall[:1]])


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """No longer ask for a constraint."""

    name: str

    def __str__(self) -> str:
        return f"without {self.name}"


@dataclass(frozen=True, slots=True)
class SetExpression:
    """Write a constraint anew."""

    name: str
    expression: str

    def __str__(self) -> str:
        return f"{self.name}: {self.expression}"


@dataclass(frozen=True, slots=True)
class SetObjective:
    """Pursue another objective; what is None stays."""

    expression: str | None = None
    sense: Sense | None = None

    def __str__(self) -> str:
        return f"{self.sense or 'objective'} {self.expression or ''}".strip()


Edit = (
    SetParameter | ScaleParameter | SetBound | SetDomain | AddConstraint | DropConstraint | SetExpression | SetObjective
)


def apply(formulation: Formulation, edits: Sequence[Edit]) -> Formulation:
    """Return the next version of a formulation, with every change made in turn.

    Raises:
        EditError: a change names what is not there, or cannot be made.
    """
    for edit in edits:
        formulation = _one(formulation, edit)
    return formulation.model_copy(update={"version": formulation.version + 1})


def _one(formulation: Formulation, edit: Edit) -> Formulation:
    match edit:
        case SetParameter() | ScaleParameter():
            return _parameter(formulation, edit)
        case SetBound(name, lower, upper):
            sides = {"lower": lower, "upper": upper}
            return _variable(formulation, name, {side: value for side, value in sides.items() if value is not None})
        case SetDomain(name, domain):
            return _variable(formulation, name, {"domain": domain})
        case AddConstraint(constraint):
            if any(element.name == constraint.name for element in formulation.elements()):
                raise EditError(f"the name '{constraint.name}' is taken; give the new constraint another")
            return formulation.model_copy(update={"constraints": (*formulation.constraints, constraint)})
        case DropConstraint(name):
            _named(formulation.constraints, name, "constraint")
            left = tuple(constraint for constraint in formulation.constraints if constraint.name != name)
            return formulation.model_copy(update={"constraints": left})
        case SetExpression(name, expression):
            _named(formulation.constraints, name, "constraint")
            written = _replaced(formulation.constraints, name, {"expression": expression})
            return formulation.model_copy(update={"constraints": written})
        case SetObjective(expression, sense):
            wanted = {"expression": expression, "sense": sense}
            update = {slot: value for slot, value in wanted.items() if value is not None}
            objective = Objective.model_validate(formulation.objective.model_dump() | update)
            return formulation.model_copy(update={"objective": objective})


def _parameter(formulation: Formulation, edit: SetParameter | ScaleParameter) -> Formulation:
    _named(formulation.parameters, edit.name, "parameter")
    if isinstance(edit, SetParameter) and edit.key is None:
        values = edit.value
    else:
        table = _table(formulation, edit.name)
        before = dict(table)
        if edit.key is not None and edit.key not in table:
            raise EditError(f"there is no {spell_key(edit.name, edit.key)}")
        for key in table if edit.key is None else (edit.key,):
            table[key] = _plain(edit.value if isinstance(edit, SetParameter) else table[key] * edit.factor)
        old = next(one.values for one in formulation.parameters if one.name == edit.name)
        as_list = _as_before(old, list(before.values()), list(table.values()))
        values = _nested(table) if as_list is None else as_list
    written = _replaced(formulation.parameters, edit.name, {"values": values, "expression": None})
    return formulation.model_copy(update={"parameters": written})


def _table(formulation: Formulation, name: str) -> dict[Key, float]:
    """Return a parameter's numbers, those from its default and expression among them."""
    # What is made of the data has no say in it, and takes the longest to check.
    bare = {
        "variables": tuple(Variable(name=variable.name) for variable in formulation.variables),
        "objective": Objective(sense="satisfy"),
        "constraints": (),
    }
    grounded = check(formulation.model_copy(update=bare)).grounded
    if grounded is None:
        raise EditError(f"the entries of '{name}' are unknown, because the formulation has errors")
    block = grounded.parameters[name]
    default = block.element.default
    keys = [*block.table, *sorted(block.keys - block.table.keys(), key=repr)]
    return {key: block.table.get(key, default if default is not None else 0.0) for key in keys}


def _plain(value: float) -> float:
    """Return a number as people write it: whole ones without a point, none with what doubles lose."""
    short = float(f"{value:.15g}")
    return int(short) if short.is_integer() and abs(short) < 2**53 else short


def _as_before(old: Any, before: Sequence[float], after: Sequence[float]) -> Any:
    """Return numbers in the nested lists that they were written in, so that nothing else differs; None for no lists."""
    left = iter(zip(before, after, strict=True))

    def filled(part: Any) -> Any:
        if isinstance(part, list | tuple):
            return [filled(one) for one in cast(Sequence[Any], part)]
        was, now = next(left, (None, None))
        if now is None or part != was:
            raise ValueError
        return part if now == was else now

    if not isinstance(old, list | tuple):
        return None
    try:
        found = filled(old)
    except ValueError:
        return None
    return found if next(left, None) is None else None


def _nested(table: Mapping[Key, float]) -> Any:
    """Return a table as objects within objects, one level an index, which reads back whatever the elements hold."""
    if set(table) == {()}:
        return table[()]
    nested: dict[str, Any] = {}
    for key, value in table.items():
        level = nested
        for part in key[:-1]:
            level = level.setdefault(str(part), {})
        level[str(key[-1])] = value
    return nested


def _variable(formulation: Formulation, name: str, update: dict[str, Any]) -> Formulation:
    _named(formulation.variables, name, "variable")
    return formulation.model_copy(update={"variables": _replaced(formulation.variables, name, update)})


def _replaced(elements: tuple[_Element, ...], name: str, update: dict[str, Any]) -> tuple[_Element, ...]:
    return tuple(element.model_copy(update=update) if element.name == name else element for element in elements)


def _named(elements: Sequence[Parameter | Variable | Constraint], name: str, what: str) -> None:
    if not any(element.name == name for element in elements):
        raise EditError(f"there is no {what} '{name}'; there are {', '.join(e.name for e in elements) or 'none'}")
