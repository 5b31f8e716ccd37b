"""The schemas that hold the LLM to the language: a name that is not declared cannot even be written."""

from __future__ import annotations

import keyword
import re
from typing import cast

from fivefold.state import Json

NAME = "^[a-z][a-z_0-9]*$"
_NUMBER = r"[0-9]+(\.[0-9]+)?"


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _array(items: Json, least: int = 0) -> Json:
    # No upper bounds of length or count anywhere: llama.cpp unrolls them into grammars that cost it 3/4 of its speed.
    return {"type": "array", "minItems": least, "items": items} if least else {"type": "array", "items": items}


def variables_schema() -> Json:
    """Return the schema of the first answer: the decisions."""
    variable = {
        "name": {"type": "string", "pattern": NAME},
        "meaning": {"type": "string"},
        "domain": {"type": "string", "enum": ["continuous", "integer", "binary"]},
    }
    return _object({"variables": _array(_object(variable), least=1)})


def rows_schema(names: list[str], *, functions: bool = False) -> Json:
    """Return the schema of the second answer: objective and constraints over the declared names only.

    The patterns are anchored and use no escaped classes: llama.cpp turns only such patterns into a grammar.

    Args:
        names: what may stand in an expression.
        functions: whether pi, roots, `min`, `max` and the like may too.
    """
    objective = {
        "sense": {"type": "string", "enum": ["minimize", "maximize"]},
        "meaning": {"type": "string"},
        "expression": {"type": "string", "pattern": f"^{_expression_pattern(names, functions)}$"},
    }
    return _object({"objective": _object(objective), "constraints": _array(_row(names, functions))})


def added_rows_schema(names: list[str], *, functions: bool = False) -> Json:
    """Return the schema of constraints that are added to those there are."""
    return _object({"constraints": _array(_row(names, functions), least=1)})


def _row(names: list[str], functions: bool) -> Json:
    expression = _expression_pattern(names, functions)
    return _object(
        {
            "meaning": {"type": "string"},
            "expression": {"type": "string", "pattern": f"^{expression} (<=|>=|==) {expression}$"},
        }
    )


def data_schema() -> Json:
    """Return the schema of all five elements where the data is in tables: `from` says in which column."""
    schema = indexed_schema()
    for heading in ("sets", "parameters"):
        block = schema["properties"][heading]["items"]
        schema["properties"][heading]["items"] = _object({**block["properties"], "from": {"type": "string"}})
    return schema


def indexed_schema() -> Json:
    """Return the schema of all five elements in one answer; tables are left open, reading is tolerant there."""
    text: Json = {"type": "string"}
    texts: Json = {"type": "array", "items": text}
    anything: Json = {}
    block = {"name": text, "elements": {"type": "array", "items": anything}, "description": text}
    parameter = {"name": text, "index": texts, "values": anything, "description": text}
    bound: Json = {"anyOf": [{"type": "number"}, text, {"type": "null"}]}
    variable = {
        "name": text,
        "index": texts,
        "domain": {"type": "string", "enum": ["continuous", "integer", "binary"]},
        "lower": bound,
        "upper": bound,
        "description": text,
    }
    objective = {
        "sense": {"type": "string", "enum": ["minimize", "maximize", "satisfy"]},
        "expression": text,
        "description": text,
    }
    row = {"name": text, "forall": texts, "expression": text, "description": text}
    return _object(
        {
            "sets": {"type": "array", "items": _object(block)},
            "parameters": {"type": "array", "items": _object(parameter)},
            "variables": {"type": "array", "minItems": 1, "items": _object(variable)},
            "objective": _object(objective),
            "constraints": {"type": "array", "items": _object(row)},
        }
    )


def _expression_pattern(names: list[str], functions: bool) -> str:
    """Return a pattern for arithmetic over names and numbers; brackets may open and close around any term."""
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    operators = r" [+-] |\*|/|\*\*"
    if not functions:
        return _arithmetic(rf"{known}|{_NUMBER}", operators)
    # A call within a call cannot be written: a pattern has no way to count brackets.
    operators += r"| \* | / "
    inner = _arithmetic(rf"{known}|pi|{_NUMBER}", operators)
    call = rf"(max|min)\({inner}(, {inner})+\)|(sqrt|exp|log|abs)\({inner}\)"
    return _arithmetic(rf"{call}|{known}|pi|{_NUMBER}", operators)


def _arithmetic(atom: str, operators: str) -> str:
    term = rf"-?\(*({atom})\)*"
    return rf"{term}(({operators}){term})*"


def declared_names(declared: Json) -> list[str]:
    """Return the names that a first answer declares, as far as they can be used in a pattern."""
    entries = declared.get("variables")
    names: list[str] = []
    for entry in cast(list[object], entries) if isinstance(entries, list) else []:
        name = cast(Json, entry).get("name") if isinstance(entry, dict) else None
        usable = isinstance(name, str) and re.fullmatch(r"[A-Za-z_]\w*", name) and not keyword.iskeyword(name)
        if isinstance(name, str) and usable and name not in names:
            names.append(name)
    return names
