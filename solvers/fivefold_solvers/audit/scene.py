"""A grounded formulation with its data as exact numbers: parameters and bounds computed again without rounding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fivefold_solvers.audit.affine import NotLinearError
from fivefold_solvers.audit.evaluator import Evaluator, Parameters
from fivefold_solvers.audit.exact import Number, written
from fivefold_solvers.formulation.ground import Grounded, ParameterBlock, SetBlock, VariableBlock
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.names import label
from fivefold_solvers.formulation.parse import parse
from fivefold_solvers.formulation.resolve import resolve, resolve_clauses
from fivefold_solvers.formulation.scope import EvaluationError

Bounds = dict[Key, tuple[Number, Number]]


@dataclass(slots=True)
class Scene:
    """What an audit computes with."""

    grounded: Grounded
    evaluator: Evaluator
    bounds: dict[str, Bounds] = field(default_factory=dict[str, Bounds])
    """By variable and entry, infinite where there are none."""
    faults: list[str] = field(default_factory=list[str])
    """Where the data means something else when it is computed without rounding."""


def scene(grounded: Grounded) -> Scene:
    """Return the exact data of a grounded formulation; what has no value is among the faults."""
    sets = {name: block.table for name, block in grounded.sets.items()}
    made = Scene(grounded, Evaluator(sets, frozenset(grounded.variables)))
    for block in grounded.data():
        made.faults += _guarded(made, label(block.element), lambda own=block: _data(made, own))
    for name, variable in grounded.variables.items():
        made.faults += _guarded(made, f"variable '{name}'", lambda own=variable: _variable(made, own))
    return made


def _guarded(made: Scene, what: str, step: Any) -> Iterator[str]:
    try:
        message = step()
    except (EvaluationError, NotLinearError) as fault:
        message = f"has no value{made.evaluator.place()} when computed exactly: {fault}"
    made.evaluator.indices.clear()
    if message is not None:
        yield f"{what} {message}"


def _data(made: Scene, block: SetBlock | ParameterBlock) -> str | None:
    return _check_set(made, block) if isinstance(block, SetBlock) else _parameter(made, block)


def _check_set(made: Scene, block: SetBlock) -> str | None:
    """A computed set must have the same elements without rounding, or programs solve something else."""
    if block.element.expression is None:
        return None
    sets = made.evaluator.sets
    _, bound = resolve_clauses(block.clauses, sets, {})
    members = made.evaluator.members(resolve(parse(block.element.expression).tree, sets, bound))
    for key in made.evaluator.over(block.clauses)():
        if members().order != block.table[key].order:
            return "has other elements when computed without rounding"
    return None


def _parameter(made: Scene, block: ParameterBlock) -> str | None:
    name, element, evaluator = block.element.name, block.element, made.evaluator
    default = None if element.default is None else written(element.default)
    if element.expression is None:
        table: dict[Key, Number] = {key: written(value) for key, value in block.table.items()}
        evaluator.parameters[name] = Parameters(name, table, block.keys, default)
        return None
    sets = evaluator.sets
    _, bound = resolve_clauses(block.clauses, sets, {})
    value = evaluator.number(resolve(parse(element.expression).tree, sets, bound))
    table = {key: value() for key in evaluator.over(block.clauses)()}
    evaluator.parameters[name] = Parameters(name, table, block.keys, default)
    return None if table.keys() == block.keys else "has other entries when computed without rounding"


def _variable(made: Scene, block: VariableBlock) -> str | None:
    evaluator = made.evaluator
    lower, upper = evaluator.number(block.lower), evaluator.number(block.upper)
    found = {key: (lower(), upper()) for key in evaluator.over(block.clauses)()}
    made.bounds[block.element.name] = found
    return None if found.keys() == block.bounds.keys() else "has other entries when computed without rounding"
