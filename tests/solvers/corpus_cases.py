"""The corpus of formulations, read, checked and lowered once; and how far values are from satisfying one."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import Checked, check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.evaluate import bindings, holds, number
from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.scope import Scope
from fivefold_solvers.result import Index
from tests.solvers.oracles import ORACLES

FOLDER = Path(__file__).parent / "corpus"
Values = dict[str, dict[Index, float]]


@dataclass(frozen=True)
class Case:
    """One problem with what is known of its optimum."""

    name: str
    status: str
    optimum: float | None
    checked: Checked
    lowered: Checked

    @property
    def original(self) -> Grounded:
        assert self.checked.grounded is not None
        return self.checked.grounded

    @property
    def linear(self) -> Grounded:
        assert self.lowered.grounded is not None, self.lowered.errors
        return self.lowered.grounded


def load(path: Path) -> Case:
    raw = json.loads(path.read_text(encoding="utf-8"))
    assert raw["why"], f"{path.name} does not say how its optimum is known"
    checked = check(Formulation.model_validate(raw["formulation"]))
    assert checked.ok, f"{path.name}: {checked.errors}"
    oracle: Callable[[], float] | None = ORACLES.get(raw.get("oracle", ""))
    return Case(path.stem, raw["status"], oracle() if oracle else raw.get("optimum"), checked, lower(checked))


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def solution_scope(grounded: Grounded, values: Values) -> Scope:
    """Return a scope in which every variable is the number that a solver gave it."""
    scope = grounded.scope()
    scope.variable = lambda name, key: values[name][key]
    return scope


def objective_of(grounded: Grounded, values: Values) -> float:
    return _plain(grounded.objective, solution_scope(grounded, values))


def worst_violation(grounded: Grounded, values: Values) -> float:
    """Return by how much values break the worst bound, integrality or row."""
    worst = 0.0
    for name, block in grounded.variables.items():
        assert values[name].keys() == block.bounds.keys()
        for key, (low, high) in block.bounds.items():
            value = values[name][key]
            worst = max(worst, low - value, value - high)
            if block.element.domain != "continuous":
                worst = max(worst, abs(value - round(value)))
    scope = solution_scope(grounded, values)
    for constraint in grounded.constraints:
        for _ in bindings(constraint.clauses, scope):
            worst = max(worst, _broken(constraint.tree, scope))
    return worst


def _plain(tree: e.Expression, scope: Scope) -> float:
    value = number(tree, scope)
    assert not isinstance(value, Polynomial)
    return value


def _broken(tree: e.Expression, scope: Scope) -> float:
    match tree:
        case e.Compare(relation, left, right):
            gap = _plain(left, scope) - _plain(right, scope)
            by = {"<=": gap, ">=": -gap, "==": abs(gap)}[relation]
            return by / max(1.0, abs(_plain(right, scope)))
        case e.Logic("and", items):
            return max(_broken(item, scope) for item in items)
        case e.Choice(test, then, otherwise):
            return _broken(then if holds(test, scope) else otherwise, scope)
        case e.Call("implies", (cause, effect)):
            return _broken(effect, scope) if _broken(cause, scope) <= 1e-6 else 0.0
        case e.Call("all_different", (built,)):
            found = list(_built(built, scope))
            return float(len({round(value) for value in found}) < len(found))
        case e.Call("circuit", (e.Builder((e.Item(name, _),), _),)):
            return _no_circuit(name, scope)
    raise AssertionError(f"no rule for {tree}")


def _built(tree: e.Expression, scope: Scope) -> Iterator[float]:
    assert isinstance(tree, e.Builder)
    for _ in bindings(tree.clauses, scope):
        for item in tree.items:
            yield _plain(item, scope)


def _no_circuit(name: str, scope: Scope) -> float:
    assert scope.variable is not None
    nodes = scope.sets["N"][()].order
    following: dict[object, object] = {}
    for i in nodes:
        for j in nodes:
            if i != j and _one(scope, name, (i, j)):
                following[i] = j
    place, steps = nodes[0], 0
    while steps < len(nodes) and place in following:
        place, steps = following[place], steps + 1
        if place == nodes[0]:
            break
    return float(steps != len(nodes) or place != nodes[0])


def _one(scope: Scope, name: str, key: tuple[object, object]) -> bool:
    assert scope.variable is not None
    value = scope.variable(name, key)  # type: ignore[arg-type]  # the nodes of the corpus are plain numbers
    assert not isinstance(value, Polynomial)
    return value > 0.5
