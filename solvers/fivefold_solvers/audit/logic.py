"""Whether constraints that are no plain relation hold: `and`, `or`, `not`, `implies` and the constraints by name.

Integer variables count as the whole numbers next to their values here. A relation over whole numbers only is true or
false exactly; one with continuous variables may, within the tolerance of its limit, count either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

from fivefold_solvers.audit.exact import ordering
from fivefold_solvers.audit.functions import Thunk, comparable, related
from fivefold_solvers.audit.residual import TOLERANCE, Measure, Relation, accepted
from fivefold_solvers.audit.scene import Scene
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.scope import EvaluationError

Test = Callable[[], bool]
Entries = Mapping[str, Mapping[Key, Any]]


class Judge:
    """Compiles conditions into tests that say whether they hold, or fail, as far as the tolerances go."""

    def __init__(self, scene: Scene, measure: Measure, whole: Entries) -> None:
        """Keep the values as reported (the evaluator's) and with integers made whole."""
        self.scene, self.measure, self.whole = scene, measure, whole
        self.evaluator = scene.evaluator
        self.reported = scene.evaluator.entries
        variables = scene.grounded.variables
        self.undefined: EvaluationError | None = None
        """Why the relation looked at last has no value; it counts as neither true nor false then."""
        self.continuous = {name for name, block in variables.items() if block.element.domain == "continuous"}

    def holds(self, node: e.Expression) -> Test:
        """Return the test whether a condition may count as true."""
        match node:
            case e.Logic(operator, items):
                tests = [self.holds(item) for item in items]
                return lambda: _joined(tests, every=operator == "and")
            case e.Not(operand):
                return self.fails(operand)
            case e.Call("implies", (condition, consequence)):
                without, then = self.fails(condition), self.holds(consequence)
                return lambda: without() or then()
            case e.Choice(test, then, otherwise):
                return self._chosen(test, self.holds(then), self.holds(otherwise))
            case e.Call(function, arguments) if function in _BY_NAME:
                return self._by_name(function, arguments)
            case e.Compare("<=" | ">=" | "==") if self._open(node):
                return self._near(node)
            case e.Compare("<" | ">" as relation, left, right) if self._open(node):
                return self._near(e.Compare("<=" if relation == "<" else ">=", left, right))
            case _:
                return self._exactly(node, wanted=True)

    def fails(self, node: e.Expression) -> Test:
        """Return the test whether a condition may count as false."""
        match node:
            case e.Logic(operator, items):
                tests = [self.fails(item) for item in items]
                return lambda: _joined(tests, every=operator == "or")
            case e.Not(operand):
                return self.holds(operand)
            case e.Call("implies", (condition, consequence)):
                given, without = self.holds(condition), self.fails(consequence)
                return lambda: given() and without()
            case e.Choice(test, then, otherwise):
                return self._chosen(test, self.fails(then), self.fails(otherwise))
            case e.Call(function, arguments) if function in _BY_NAME:
                test_by_name = self._by_name(function, arguments)
                return lambda: not test_by_name()
            case e.Compare("<=" | "<", left, right) if self._open(node):
                return self._near(e.Compare(">=", left, right))
            case e.Compare(">=" | ">", left, right) if self._open(node):
                return self._near(e.Compare("<=", left, right))
            case _:
                return self._exactly(node, wanted=False)

    def _open(self, node: e.Expression) -> bool:
        return not self.continuous.isdisjoint(e.names_used(node))

    def _chosen(self, test: e.Expression, then: Test, otherwise: Test) -> Test:
        condition = self.evaluator.truth(test)
        return lambda: then() if condition() else otherwise()

    def _with_whole(self, step: Callable[[], Any]) -> Any:
        self.evaluator.entries = self.whole
        try:
            return step()
        finally:
            self.evaluator.entries = self.reported

    def _near(self, node: e.Compare) -> Test:
        """A relation with continuous variables holds within the tolerance, integers as reported or made whole."""
        relation = Relation.of(node, self.evaluator)

        def test() -> bool:
            def once() -> bool:
                return accepted(self.measure.residual(relation, "", ()))

            return once() or bool(self._with_whole(once))

        return self._defined(test)

    def _defined(self, test: Test) -> Test:
        """Return a test that is not passed where something in it has no value, such as a quotient over 0."""
        indices = self.evaluator.indices

        def guarded() -> bool:
            bound = dict(indices)
            try:
                return test()
            except EvaluationError as fault:
                self.undefined = fault
                # What failed inside a sum leaves its indices bound.
                indices.clear()
                indices.update(bound)
                return False

        return guarded

    def _exactly(self, node: e.Expression, *, wanted: bool) -> Test:
        if isinstance(node, e.Compare) and node.relation not in {"in", "not in"}:
            left, right = self.evaluator.value(node.left), self.evaluator.value(node.right)

            def truth() -> bool:
                return related(node.relation, comparable(node, left(), right()))
        else:
            truth = self.evaluator.truth(node)
        return self._defined(lambda: self._with_whole(truth) is wanted)

    # --- constraints by name ---------------------------------------------------------------------------------

    def _by_name(self, function: str, arguments: tuple[e.Expression, ...]) -> Test:
        listed = [self._listed(argument) for argument in arguments]
        rule = _BY_NAME[function]
        return lambda: rule([entry for own in listed for entry in self._with_whole(own)])

    def _listed(self, argument: e.Expression) -> Callable[[], list[tuple[Key, tuple[Any, ...]]]]:
        """Return the function that gives the key and the parts of all that an argument goes over."""
        if not isinstance(argument, e.Builder):
            alone = self._parts(argument)
            return lambda: [((), tuple(own() for own in alone))]
        over, items = self.evaluator.over(argument.clauses), [self._parts(item) for item in argument.items]
        return lambda: [(key, tuple([own() for own in parts])) for key in over() for parts in items]

    def _parts(self, node: e.Expression) -> list[Thunk]:
        return [self.evaluator.number(part) for part in (node.items if isinstance(node, e.Group) else (node,))]


def _joined(tests: list[Test], *, every: bool) -> bool:
    for test in tests:
        if test() is not every:
            return not every
    return every


Listed = list[tuple[Key, tuple[Any, ...]]]


def _all_different(listed: Listed) -> bool:
    values = [parts[0] for _, parts in listed]
    try:
        return len(set(values)) == len(values)
    except TypeError:
        return all(ordering(first, second) != 0 for first, second in combinations(values, 2))


def _circuit(listed: Listed) -> bool:
    """The arcs whose value is 1 form one tour through every node."""
    following: dict[Any, Any] = {}
    nodes = {node for key, _ in listed for node in key}
    for key, (value,) in listed:
        if value not in (0, 1) or (value == 1 and key[0] in following):
            return False
        if value == 1:
            following[key[0]] = key[-1]
    start = place = next(iter(nodes))
    for _ in nodes:
        if place not in following:
            return False
        place = following.pop(place)
    return bool(place == start and not following)


def _no_overlap(listed: Listed) -> bool:
    """Of any two, one ends before the other starts; sorted by start, neighbours decide unless some are empty."""
    spans = [(parts[0], parts[0] + parts[1]) for _, parts in listed]
    for (start, end), (other_start, other_end) in combinations(spans, 2):
        apart = max(other_start - end, start - other_end)
        if apart < -TOLERANCE * max(1, abs(end), abs(other_end)):
            return False
    return True


_BY_NAME: dict[str, Callable[[Listed], bool]] = {
    "all_different": _all_different,
    "circuit": _circuit,
    "no_overlap": _no_overlap,
}
