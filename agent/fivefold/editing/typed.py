"""Changes as people type them, `cost[north,2]=7`, to the edits that analysis makes to a formulation."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, get_args

from fivefold.errors import CallerError
from fivefold_solvers.analyze.edit import (
    AddConstraint,
    DropConstraint,
    Edit,
    ScaleParameter,
    SetBound,
    SetDomain,
    SetExpression,
    SetParameter,
)
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Domain, Formulation, Objective, Source
from fivefold_solvers.formulation.finding import errors
from fivefold_solvers.formulation.identity import ElementError, Key, split_key
from fivefold_solvers.formulation.read import read
from fivefold_solvers.formulation.values import is_list, is_object

_ENTRY = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\[(.*)\])?\s*", re.DOTALL)
_RELATION = re.compile(r"\s*([A-Za-z_]\w*)\s*(<=|>=|==?)\s*(.+?)\s*", re.DOTALL)
_LIMITED = re.compile(r"([^<>=]+(?:<=|>=|==))\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")
"""A row with a number alone on its right."""
_ADDED = "added"
_FORCED = "forced"


def edits(formulation: Formulation, changes: Sequence[tuple[str, str]]) -> list[Edit]:
    """Return the edits that typed changes ask for, in order.

    Args:
        formulation: what they are made to.
        changes: pairs of an option, such as `--set`, and what stands behind it.

    Raises:
        CallerError: one of them cannot be read, or names what is not there.
    """
    found: list[Edit] = []
    taken = {element.name for element in formulation.elements()}
    for option, text in changes:
        where = f"{option} '{text}'"
        match option:
            case "--set" | "--scale":
                found.append(_parameter(formulation, option, text, where))
            case "--drop":
                found.append(DropConstraint(text.strip()))
            case "--add" | "--force":
                name = free_name(_ADDED if option == "--add" else _FORCED, taken)
                taken.add(name)
                found.append(AddConstraint(typed_constraint(formulation, name, text, where)))
            case "--bound":
                found.append(_bound(text, where))
            case _:
                found.append(_domain(text, where))
    return found


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that nothing has yet: `added`, `added_2`, ..."""
    candidates = (name, *(f"{name}_{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)


def entry(formulation: Formulation, text: str, where: str) -> tuple[str, Key | None]:
    """Return the name and index of `cost[north,2]`; None for no index.

    Raises:
        CallerError: it is no name, or has another number of indices than its element.
    """
    match = _ENTRY.fullmatch(text)
    if match is None:
        raise CallerError(f"{where}: `{text.strip()}` is no name; write demand or 'cost[north,2]'")
    name, inside = match[1], match[2]
    if inside is None:
        return name, None
    try:
        # A trailing comma, as Python writes a tuple of one, is no index of its own.
        arity = inside.strip().removesuffix(",").count(",") + 1
        return name, split_key(inside.strip().removesuffix(","), arity)
    except ElementError as fault:
        raise CallerError(f"{where}: {fault}") from None


def typed_constraint(formulation: Formulation, name: str, text: str, where: str) -> Constraint:
    """Return a constraint as people type it: `=` for `==`, elements without quotes, `for i in I` behind it.

    Raises:
        CallerError: it cannot be read.
    """
    known = formulation.model_dump(mode="json", include={"sets", "parameters", "variables"})
    wanted = {"name": name, "expression": _quoted(formulation, text)}
    reading = read({**known, "objective": {"sense": "satisfy"}, "constraints": [wanted]})
    faults = errors(list(reading.findings))
    if reading.formulation is None or faults or not reading.formulation.constraints:
        raise CallerError(f"{where}: {faults[0] if faults else 'it is no relation; write one with <=, >= or =='}")
    origin = Source(kind="assumed", reason="asked about")
    constraint = reading.formulation.constraints[0].model_copy(update={"name": name, "source": origin})
    alone = {"constraints": (constraint,), "objective": Objective(sense="satisfy")}
    wrong = [one for one in check(formulation.model_copy(update=alone)).errors if f"'{name}'" in one.where]
    if wrong:
        raise CallerError(f"{where}: {wrong[0].message}{f'; {wrong[0].mend}' if wrong[0].mend else ''}")
    return constraint


def _quoted(formulation: Formulation, text: str) -> str:
    """Return a relation with quotes around the elements in brackets that hold spaces or signs, `x[New York, b]`."""
    texts = {part for block in formulation.sets for part in _texts(block.elements) if not part.isidentifier()}

    def quoted(found: re.Match[str]) -> str:
        parts = [part.strip() for part in found[1].split(",")]
        return f"[{', '.join(repr(part) if part in texts else part for part in parts)}]"

    return re.sub(r"\[([^\[\]'\"]*)\]", quoted, text) if texts else text


def _texts(elements: object) -> list[str]:
    """Return the texts among the elements of a set, those in tuples and subsets included."""
    if isinstance(elements, str):
        return [elements]
    inner = elements.values() if is_object(elements) else elements if is_list(elements) else ()
    return [text for one in inner for text in _texts(one)]


def typed_expression(formulation: Formulation, text: str, where: str) -> str:
    """Return an expression with slips mended, as in `typed_constraint`.

    Raises:
        CallerError: it cannot be read, or is one for every index.
    """
    name = free_name(_ADDED, {element.name for element in formulation.elements()})
    made = typed_constraint(formulation, name, f"{text} >= 0", where)
    if made.forall:
        raise CallerError(f"{where}: it has one value for each {', '.join(made.forall)}; write a sum over them")
    return made.expression.rsplit(">=", 1)[0].strip()


def _parameter(formulation: Formulation, option: str, text: str, where: str) -> Edit:
    left, equals, right = text.partition("=")
    if "]" in right and "[" in left and "]" not in left:
        # An element may itself hold `=`: the sign behind the bracket counts.
        head, _, right = text.rpartition("=")
        left = head
    if not equals or not right.strip():
        raise CallerError(f"{where}: write NAME=NUMBER, such as demand=120 or 'cost[north,2]=7'")
    name, key = entry(formulation, left, where)
    rows = [row for row in formulation.constraints if row.name == name]
    if rows and key is None:
        return _limit(rows[0], option, right, where)
    if name not in {parameter.name for parameter in formulation.parameters}:
        there = ", ".join(parameter.name for parameter in formulation.parameters) or "none"
        variable = any(variable.name == name for variable in formulation.variables)
        hint = f"; `{name}` is a variable: --force '{text}' decides it" if variable else ""
        raise CallerError(f"{where}: there is no parameter '{name}'; there are {there}{hint}")
    if option == "--scale":
        return ScaleParameter(name, _number(right, where, percent=True), key)
    if key is not None:
        return SetParameter(name, _number(right, where), key)
    return SetParameter(name, _value(right, where))


def _limit(row: Constraint, option: str, right: str, where: str) -> Edit:
    """Return a row with another limit: formulations of small problems have their numbers in the rows."""
    match = _LIMITED.fullmatch(row.expression)
    if match is None:
        raise CallerError(
            f"{where}: '{row.name}' is a constraint without a number alone on its right: {row.expression}; "
            "set a parameter of it, or --drop it and --add what is to hold"
        )
    limit = _number(right, where, percent=option == "--scale")
    limit = limit * float(match[2]) if option == "--scale" else limit
    return SetExpression(row.name, f"{match[1]} {limit:.12g}")


def _number(text: str, where: str, *, percent: bool = False) -> float:
    plain = text.strip()
    try:
        value = float(plain.removesuffix("%")) / 100 if percent and plain.endswith("%") else float(plain)
    except ValueError:
        raise CallerError(f"{where}: `{plain}` is no number; write it like 7, 0.5 or 1e6") from None
    if value != value or abs(value) == float("inf"):
        raise CallerError(f"{where}: the number must be finite")
    return int(value) if value.is_integer() else value


def _value(text: str, where: str) -> Any:
    """Return a number, or a table written as JSON."""
    if not text.strip().startswith(("[", "{")):
        return _number(text, where)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise CallerError(f'{where}: the table is no JSON ({fault}); write [10, 20] or {{"a": 10}}') from None


def _bound(text: str, where: str) -> Edit:
    match = _RELATION.fullmatch(text)
    if match is None:
        raise CallerError(f"{where}: write a variable, <= or >=, and its bound, such as 'x <= 20'")
    name, relation, side = match[1], match[2], match[3]
    try:
        bound: float | str = float(side)
    except ValueError:
        bound = side
    return SetBound(name, None if relation == "<=" else bound, None if relation == ">=" else bound)


def _domain(text: str, where: str) -> Edit:
    name, _, domain = (part.strip() for part in text.partition("="))
    if domain not in get_args(Domain):
        raise CallerError(f"{where}: write NAME={'|'.join(get_args(Domain))}")
    return SetDomain(name, next(known for known in get_args(Domain) if known == domain))
