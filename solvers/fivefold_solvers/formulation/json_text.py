"""Formulations as JSON: exact text out, and strict reading of it with the place of every fault."""

import json
import math
import re
from typing import Any

from pydantic import ValidationError

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.values import is_list, is_object

_INFINITE = re.compile(r'"(?:[^"\\]|\\.)*"|Infinity')


def to_json(formulation: Formulation, *, indent: int | None = 2) -> str:
    """Return a formulation as JSON; an infinite number is written `1e999`, which every JSON reader takes."""
    data = _without_nan(formulation.model_dump(mode="python"))
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    return _INFINITE.sub(lambda match: "1e999" if match.group() == "Infinity" else match.group(), text)


def from_json(text: str) -> tuple[Formulation | None, list[Finding]]:
    """Return the formulation that `to_json` wrote, or None and an error for each field that is not as it must be."""
    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        return None, [error("bad-json", place, fault.msg, "write one JSON object")]
    except (ValueError, RecursionError):
        return None, [error("bad-json", "", "the JSON is too deep or has a number that is too long")]
    try:
        return Formulation.model_validate(_with_tuples(data)), []
    except ValidationError as fault:
        return None, [_finding(data, detail["loc"], detail["msg"]) for detail in fault.errors(include_url=False)]


def _finding(data: Any, place: tuple[int | str, ...], message: str) -> Finding:
    """Return a finding whose place names the element: `variables[0] (x).domain`."""
    where = ""
    for part in place:
        if is_object(data):
            where += f".{part}" if where else str(part)
            data = data.get(part)
        elif is_list(data):
            where += f"[{part}]"
            data = data[part] if isinstance(part, int) and part < len(data) else None
        else:
            # What is left of the path is pydantic's name for a branch of a union.
            break
        name: Any = data.get("name") if is_object(data) else None
        if isinstance(name, str):
            where += f" ({name})"
    return error("bad-field", where, message)


def _without_nan(value: Any) -> Any:
    """Return data in which what is not a number is null; JSON has no word for it."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if is_object(value):
        return {str(key): _without_nan(part) for key, part in value.items()}
    return [_without_nan(part) for part in value] if is_list(value) else value


def _with_tuples(data: Any) -> Any:
    """Return data in which set elements that are lists are tuples, as in a formulation made in Python."""
    if not is_object(data) or not is_list(data.get("sets")):
        return data
    return {**data, "sets": [_set_with_tuples(block) for block in data["sets"]]}


def _set_with_tuples(block: Any) -> Any:
    elements: Any = block.get("elements") if is_object(block) else None
    if is_object(elements):
        return {**block, "elements": {key: _deep_tuple(members) for key, members in elements.items()}}
    return {**block, "elements": _deep_tuple(elements)} if is_list(elements) else block


def _deep_tuple(value: Any) -> Any:
    return tuple(_deep_tuple(part) for part in value) if is_list(value) else value
