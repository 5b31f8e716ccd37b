"""Units of rows and objective: what is added or compared must have one unit.

Units come from the declarations and from the words around the numbers; those of variables follow from the rows, as
types do in a program without annotations. Only what is known for sure on both sides is told.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from fivefold.checks.measures import DIMENSIONS, NONE, Unit, common_unit, declared_unit, stated_units, unit_of_word
from fivefold.checks.sums import addends, tree_of
from fivefold.problem import quantities, sentence_at
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation, Parameter, Variable
from fivefold_solvers.formulation.finding import Finding, warning

_MAX_QUOTE = 140
_SAME_SCALE = 1e-6
_MONEY = re.compile(r"\b(?:profits?|costs?|revenues?|earnings?|incomes?|expens\w+|budget|price)\b", re.IGNORECASE)
_TIME = re.compile(r"\b(?:time|hours?|minutes?|duration|makespan)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Measure:
    """A unit times powers of the units of variables, which are still to be found."""

    unit: Unit
    of: Counter[str]


@dataclass(slots=True)
class _Sheet:
    """What is known of units so far: those of data, and for variables how they follow from one another."""

    parameters: dict[str, Unit | None]
    numbers: dict[float, Unit]
    variables: frozenset[str]
    solved: dict[str, _Measure] = field(default_factory=dict[str, "_Measure"])
    clash: tuple[Unit, Unit] | None = None


def check_units(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every row that adds or compares what has different units."""
    numbers = stated_units(text)
    sheet = _Sheet(
        {parameter.name: _parameter_unit(parameter, numbers) for parameter in formulation.parameters},
        numbers,
        frozenset(variable.name for variable in formulation.variables),
    )
    for variable in formulation.variables:
        unit = _variable_unit(variable)
        if unit is not None:
            sheet.solved[variable.name] = _Measure(unit, Counter())
    findings: list[Finding] = []
    for row in formulation.constraints:
        tree = tree_of(row.expression)
        if isinstance(tree, e.Compare):
            _equal(_measure(tree.left, sheet), _measure(tree.right, sheet), sheet)
            findings += _told(sheet, f"constraint '{row.name}'", row.expression, text, tree)
    return findings + _objective(formulation, sheet, text)


def _objective(formulation: Formulation, sheet: _Sheet, text: str) -> list[Finding]:
    objective = formulation.objective
    tree = tree_of(objective.expression)
    if tree is None or objective.sense == "satisfy":
        return []
    measure = _measure(tree, sheet)
    declared = declared_unit(objective.unit)
    if declared is not None and not declared.plain:
        _equal(measure, _Measure(Unit(declared.powers, 0.0), Counter()), sheet)
        if sheet.clash and sheet.clash[0].powers == sheet.clash[1].powers:
            sheet.clash = None  # thousands of dollars or minutes for hours: only the words for the value
    findings = _told(sheet, "the objective", objective.expression, text, tree)
    if findings or measure is None:
        return findings
    found = _resolved(measure, sheet)
    wanted = _wanted(objective.description)
    if (
        wanted is not None
        and not found.of
        and not found.unit.plain
        and found.unit.powers[wanted] != 1
        and not _squared(found.unit)
    ):
        message = f"`{objective.expression}` comes to {found.unit}, but it is meant as “{objective.description}”"
        return [warning("units", "the objective", message, "use the numbers of what is optimized")]
    return []


def _wanted(description: str) -> int | None:
    """Return the place of the dimension that the words for an objective ask for."""
    money, time = _MONEY.search(description), _TIME.search(description)
    return None if bool(money) == bool(time) else 4 if money else 0


def _told(sheet: _Sheet, where: str, expression: str, text: str, tree: e.Expression) -> list[Finding]:
    if sheet.clash is None:
        return []
    (left, right), sheet.clash = sheet.clash, None
    if _squared(left) or _squared(right):
        return []
    literals = {float(node.value) for node in e.walk(tree) if isinstance(node, e.Number)}
    places = [q.start for q in quantities(text) if q.value in literals and q.value in sheet.numbers]
    quote = f": “{sentence_at(text, places[-1])[:_MAX_QUOTE]}”" if places else ""
    if left.powers == right.powers:
        message = f"`{expression}` adds or compares {left} in units of different size{quote}"
        return [warning("unit-scale", where, message, "convert one of them")]
    message = f"`{expression}` adds or compares {left} with {right}{quote}"
    return [warning("units", where, message, "use numbers of one kind in a sum")]


def _squared(unit: Unit) -> bool:
    """Whether a unit is money times money and the like: one of the two is a share or a rate, whatever it says."""
    return any(abs(power) > 1 and name != "length" for name, power in zip(DIMENSIONS, unit.powers, strict=True))


def _parameter_unit(parameter: Parameter, numbers: dict[float, Unit]) -> Unit | None:
    if parameter.unit.strip():
        return declared_unit(parameter.unit)
    if isinstance(parameter.values, int | float) and not isinstance(parameter.values, bool):
        return common_unit([float(parameter.values)], numbers)
    return None


def _variable_unit(variable: Variable) -> Unit | None:
    """Return the unit of a variable: declared, or the first words of its description."""
    if variable.domain == "binary":
        return NONE
    if variable.unit.strip():
        return declared_unit(variable.unit)
    described = re.match(r"(?:the )?(?:number of )?([A-Za-z]+)\b", variable.description.strip().lower())
    if described is None:
        return None
    return unit_of_word(described[1])


def _measure(node: e.Expression, sheet: _Sheet) -> _Measure | None:
    """Return the unit of an expression, None where it is not known; sums inside it are compared on the way."""
    match node:
        case e.Number(value):
            unit = sheet.numbers.get(float(value))
            return None if unit is None else _Measure(unit, Counter())
        case e.Name(name) | e.Item(name, _):
            if name in sheet.variables:
                return _Measure(NONE, Counter({name: 1}))
            unit = sheet.parameters.get(name)
            return None if unit is None else _Measure(unit, Counter())
        case e.Negative(operand) | e.Call("abs", (operand,)) | e.Aggregate("sum" | "min" | "max", operand, _):
            return _measure(operand, sheet)
        case e.Binary("+" | "-", _, _):
            return _sum(list(addends(node, into_sums=False)), sheet)
        case e.Binary("*" | "/" as operator, left, right):
            return _product(operator, left, right, sheet)
        case _:
            return None


def _sum(parts: list[e.Expression], sheet: _Sheet) -> _Measure | None:
    """Return the unit of a sum, its addends compared.

    A variable without a number beside others with one stands for `1 hour` or `1 kg` of it, so its unit is not its own.
    """
    if any(_literal(part) for part in parts):
        parts = [part for part in parts if not isinstance(part, e.Name | e.Item) or part.name not in sheet.variables]
    known = [measure for part in parts if (measure := _measure(part, sheet)) is not None]
    for other in known[1:]:
        _equal(known[0], other, sheet)
    return known[0] if known else None


def _product(operator: str, left: e.Expression, right: e.Expression, sheet: _Sheet) -> _Measure | None:
    """Return the unit of a product; a number times a number, or over one, may convert and is not known."""
    if not _holds(left, sheet) and not _holds(right, sheet) and (_literal(left) or _literal(right)):
        return None
    if operator == "/" and _literal(right):
        return None
    for number, other in ((left, right), (right, left)):
        measure = _measure(number, sheet) if isinstance(number, e.Number) and _count(other, sheet) else None
        if measure is not None and operator == "*" and not measure.unit.plain:
            return measure  # 3 hours for each of whatever the variable counts or measures
    first, second = _measure(left, sheet), _measure(right, sheet)
    if first is None or second is None:
        return None
    sign = 1 if operator == "*" else -1
    of = Counter(first.of)
    for name, power in second.of.items():
        of[name] += sign * power
    return _Measure(first.unit.times(second.unit, sign), of)


def _literal(node: e.Expression) -> bool:
    return any(isinstance(below, e.Number) for below in e.walk(node))


def _holds(node: e.Expression, sheet: _Sheet) -> bool:
    return bool(e.names_used(node) & sheet.variables)


def _plain(node: e.Expression, sheet: _Sheet) -> bool:
    return isinstance(node, e.Name | e.Item) and node.name in sheet.variables


def _count(node: e.Expression, sheet: _Sheet) -> bool:
    """Whether a node is a variable, or a sum of some: `4*(oak + ash)` is `4*oak + 4*ash`."""
    match node:
        case e.Binary("+" | "-", left, right):
            return _count(left, sheet) and _count(right, sheet)
        case e.Aggregate("sum", body, _):
            return _count(body, sheet)
        case _:
            return _plain(node, sheet)


def _resolved(measure: _Measure, sheet: _Sheet) -> _Measure:
    """Return a measure with the units of variables put in, as far as they are known."""
    unit, of = measure.unit, Counter({name: power for name, power in measure.of.items() if power})
    while known := next((name for name in of if name in sheet.solved), None):
        power, put = of.pop(known), sheet.solved[known]
        unit = unit.times(put.unit, power)
        for name, inner in put.of.items():
            of[name] += power * inner
            if not of[name]:
                del of[name]
    return _Measure(unit, of)


def _equal(first: _Measure | None, second: _Measure | None, sheet: _Sheet) -> None:
    """Take over that two measures are the same: a unit becomes known, or they clash."""
    if first is None or second is None:
        return
    left, right = _resolved(first, sheet), _resolved(second, sheet)
    of = Counter(left.of)
    of.subtract(right.of)
    open_names = {name: power for name, power in of.items() if power}
    if not open_names:
        same = left.unit.powers == right.unit.powers and abs(left.unit.scale - right.unit.scale) <= _SAME_SCALE
        if not same and sheet.clash is None:
            sheet.clash = (left.unit, right.unit)
        return
    single = next((name for name, power in open_names.items() if abs(power) == 1), None)
    if single is None:
        return
    sign = -open_names.pop(single)
    difference = left.unit.times(right.unit, -1)
    unit = Unit(tuple(Fraction(sign) * power for power in difference.powers), sign * difference.scale)
    sheet.solved[single] = _Measure(unit, Counter({name: sign * power for name, power in open_names.items()}))
