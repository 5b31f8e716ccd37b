"""Asking for JSON by what the endpoint can enforce, and reading what came: the ladder of three rungs.

`json_schema` lets the endpoint enforce the schema; `json_object` asks for JSON alone and describes the schema
in the last message; `text` only describes it. The schema is sent as it was given: llama.cpp and vLLM turn
its `pattern`s into grammars.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from fivefold.llm.repetition import REPETITION
from fivefold.llm.reply import Message, Parsed, Rung, Schema
from fivefold.llm.tolerant import Reading, read_json

RUNGS: tuple[Rung, ...] = ("json_schema", "json_object", "text")
"""From the strongest to the weakest."""

_CUTS = {"length": "cut at `max_tokens`", REPETITION: "given up, since it said one thing again and again"}
"""What ends a reply before its end, by `finish_reason`."""

# Keywords that OpenAI's strict mode refuses (https://platform.openai.com/docs/guides/structured-outputs).
_NOT_STRICT = {
    "allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
    "propertyNames", "unevaluatedProperties", "unevaluatedItems", "contains", "uniqueItems", "prefixItems",
    "default",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A reply read against its schema."""

    parsed: Parsed | None
    """None where nothing could be read or it is not what was asked for."""
    problem: str | None
    """What is wrong; None when all is well."""
    enforced: bool
    """False: the text is nothing that an endpoint which enforces the schema could have let through."""
    notes: tuple[str, ...]
    """Slips that were mended."""


def weaker(one: Rung, other: Rung) -> Rung:
    """Return the weaker of two rungs."""
    return one if RUNGS.index(one) >= RUNGS.index(other) else other


def rung_below(rung: Rung, schema: Schema) -> Rung | None:
    """Return the next weaker rung, None at the end; `json_object` cannot give a list."""
    below = RUNGS[RUNGS.index(rung) + 1 :]
    if "json_object" in below and _root(schema).get("type") == "array":
        below = below[1:]
    return below[0] if below else None


def response_format(rung: Rung, schema: Schema) -> dict[str, Any] | None:
    """Return the request's `response_format`, None on the last rung."""
    if rung == "json_schema":
        asked: dict[str, Any] = {"name": "reply", "schema": schema}
        if fits_strict_mode(schema):
            asked["strict"] = True
        return {"type": "json_schema", "json_schema": asked}
    return {"type": "json_object"} if rung == "json_object" else None


def messages_for(rung: Rung, messages: Sequence[Message], schema: Schema) -> list[Message]:
    """Return the messages, with the schema described in the last one where the endpoint does not enforce it."""
    if rung == "json_schema" or not messages:
        return list(messages)
    described = (
        "Answer with one JSON value and nothing else: no explanation, no code fence. "
        f"It must follow this JSON schema:\n{json.dumps(schema, ensure_ascii=False)}"
    )
    last = messages[-1]
    return [*messages[:-1], {**last, "content": f"{last['content']}\n\n{described}"}]


def fits_strict_mode(schema: Schema) -> bool:
    """Return whether OpenAI's strict mode takes the schema: every object closed, all its keys required."""
    return _root(schema).get("type") == "object" and _closed(schema)


def _closed(node: Any) -> bool:
    if isinstance(node, list):
        return all(_closed(item) for item in cast(Sequence[Any], node))
    if not isinstance(node, dict):
        return True
    fields = cast(dict[str, Any], node)
    if _NOT_STRICT & fields.keys():
        return False
    if fields.get("type") == "object" or "properties" in fields:
        properties = cast(dict[str, Any], fields.get("properties", {}))
        if fields.get("additionalProperties") is not False:
            return False
        if set(cast(list[str], fields.get("required", []))) != set(properties):
            return False
    # Names of properties and definitions are not keywords: only what stands under them is looked at.
    named = [list(cast(dict[str, Any], fields.get(group, {})).values()) for group in ("properties", "$defs")]
    return all(_closed(group) for group in named) and all(_closed(fields.get(key)) for key in ("items", "anyOf"))


def _root(schema: Schema) -> Schema:
    """Return the top of the schema with a reference into its own `$defs` followed."""
    node = schema
    for _ in range(8):
        ref = node.get("$ref")
        if not isinstance(ref, str) or not ref.startswith("#/"):
            break
        target: Any = schema
        for part in ref[2:].split("/"):
            target = cast(dict[str, Any], target).get(part) if isinstance(target, dict) else None
        if not isinstance(target, dict):
            break
        node = cast(dict[str, Any], target)
    return node


def light_check(value: Parsed, schema: Schema) -> str | None:
    """Return what is wrong at the top level (type, required keys), None where it will do.

    The rest is for the one who asked: what it means is known there.
    """
    root = _root(schema)
    kinds: Any = root.get("type")
    allowed = list(cast(Sequence[Any], kinds)) if isinstance(kinds, list) else [kinds]
    found = "array" if isinstance(value, list) else "object"
    if kinds is not None and found not in allowed:
        return f"the reply is a JSON {found}, asked for was {' or '.join(str(kind) for kind in allowed)}"
    if isinstance(value, dict):
        missing = [key for key in cast(list[str], root.get("required", [])) if key not in value]
        if missing:
            return "the reply lacks the keys " + ", ".join(f"`{key}`" for key in missing)
    return None


def verify(text: str, schema: Schema, *, finish_reason: str) -> Verified:
    """Read a reply and check it lightly; what is wrong is told, not raised."""
    reading: Reading = read_json(text, lambda value: light_check(value, schema))
    wrong = None if reading.value is None else light_check(reading.value, schema)
    cut = finish_reason in _CUTS
    how = _CUTS.get(finish_reason, "")
    # What merely stops early tells nothing: a proxy or a full context may have cut it.
    enforced = cut or reading.cut or not text.strip() or (reading.strict and wrong is None)
    notes = tuple(f"read over: {note}" for note in reading.notes)
    if reading.value is None:
        shown = " ".join(text.split())[:120]
        what = f"the reply holds no JSON that can be read: {shown!r}" if shown else "the reply is empty"
        if cut:
            what += f"; it was {how}"
        return Verified(parsed=None, problem=what, enforced=enforced, notes=notes)
    if wrong is not None:
        wrong += f"; it was {how}" if cut else ""
        return Verified(parsed=None, problem=wrong, enforced=enforced, notes=notes)
    problem: str | None = None
    if cut and not reading.strict:
        problem = f"the reply was {how}; what was read may lack its end"
    elif reading.cut:
        problem = "the reply stops before its brackets are closed; what was read may lack its end"
    return Verified(parsed=reading.value, problem=problem, enforced=enforced, notes=notes)
