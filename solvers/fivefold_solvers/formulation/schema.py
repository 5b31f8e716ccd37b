"""The JSON Schema that an LLM's formulation is held to, and the one step from such a reply to plain fields.

Strict structured output closes every object and requires all its properties, so that a table keyed by set
elements, whose keys no schema can name, comes as a list of entries; `with_tables` turns these into objects.
"""

from typing import Any

from fivefold_solvers.formulation.values import is_list, is_object

Schema = dict[str, Any]


def formulation_schema() -> Schema:
    """Return the JSON Schema of a formulation for structured output of LLMs, of OpenAI's strict kind.

    What may be left out is null, an empty text or an empty list. All fields but `version`, which counts edits
    and is not for an LLM to set.
    """
    return _object(
        "A mathematical program as its five elements.",
        {
            "title": _text("A few words that name the problem."),
            "sets": _list_of(_set(), "What indices run over."),
            "parameters": _list_of(_parameter(), "Given numbers."),
            "variables": _list_of(_variable(), "Decisions."),
            "objective": _objective(),
            "constraints": _list_of(_constraint(), "Conditions that every solution must meet."),
            "assumptions": _list_of(_assumption(), "What the problem leaves open and was settled here."),
        },
    )


def with_tables(reply: Any) -> Any:
    """Return a reply in the form of `formulation_schema` with its entry lists as objects keyed by element.

    Anything else is left as it is, so that any JSON value may be given.
    """
    if not is_object(reply):
        return reply
    changed = dict(reply)
    for heading, slot, word in (("parameters", "values", "value"), ("sets", "elements", "members")):
        if is_list(reply.get(heading)):
            changed[heading] = [
                {**element, slot: _keyed(element[slot], word)} if is_object(element) and slot in element else element
                for element in reply[heading]
            ]
    return changed


def _keyed(entries: Any, word: str) -> Any:
    """Return `[{"key": ["a", 1], "value": 5}]` as `{"a": {"1": 5}}`; a key that comes twice is left to be refused."""
    if not is_list(entries) or not entries:
        return entries
    table: dict[str, Any] = {}
    for entry in entries:
        if not is_object(entry) or entry.keys() != {"key", word}:
            return entries
        key: Any = entry["key"]
        parts = [str(part) for part in key] if is_list(key) else [str(key)]
        place: Any = table
        for part in parts[:-1]:
            place = place.setdefault(part, {}) if is_object(place) else None
        if not parts or not is_object(place) or parts[-1] in place:
            return entries
        place[parts[-1]] = entry[word]
    return table


def _object(description: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _or_null(kind: Schema) -> Schema:
    return {"anyOf": [kind, {"type": "null"}]}


def _list_of(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def _one_of(*kinds: Schema, description: str) -> Schema:
    return {"description": description, "anyOf": list(kinds)}


_ATOM: Schema = {"type": ["string", "number"]}
_NUMBER: Schema = {"type": "number"}
_NULL: Schema = {"type": "null"}
_MEMBER: Schema = {"anyOf": [_ATOM, {"type": "array", "items": _ATOM}]}
_KEY = _list_of(_ATOM, "The elements that the entry belongs to, one per index.")


def _source() -> Schema:
    kind = {"type": "string", "enum": ["stated", "derived", "assumed"]}
    return _or_null(
        _object(
            "Where the element comes from.",
            {
                "kind": {**kind, "description": "stated: in the problem's words; derived: follows; assumed: neither."},
                "quote": _text("The exact words of the problem, for `stated`, else empty."),
                "reason": _text("Why, for `derived` and `assumed`, else empty."),
            },
        )
    )


def _named(properties: dict[str, Schema]) -> dict[str, Schema]:
    """Put the fields that every element has around its own: the words come before the formula."""
    return {
        "name": _text("A plain identifier, unique over all elements."),
        "description": _text("What it means, in words."),
        "source": _source(),
        **properties,
    }


def _ranges(description: str) -> Schema:
    return _list_of(_text("One range, e.g. `i in I` or `t in T if t > first(T)`."), description)


def _set() -> Schema:
    members = _list_of(_MEMBER, "Elements in order; a tuple element is a list.")
    subset = _object("The subset of one element.", {"key": _KEY, "members": members})
    properties = {
        "index": _ranges("Empty; `i in I` where there is one subset per i."),
        "elements": _one_of(
            members,
            _list_of(subset, "One subset per element, where `index` is given."),
            _NULL,
            description="The elements, or null where `expression` is given.",
        ),
        "expression": _one_of(
            _text("E.g. `range(1, 13)` or `{i for i in N if i != 0}`."),
            _NULL,
            description="Instead of elements, else null.",
        ),
    }
    return _object("A set of elements.", _named(properties))


def _parameter() -> Schema:
    row = _list_of(_NUMBER, "One number per element of the last set, in order.")
    table = _list_of(row, "One row per element of the first set, in order.")
    entry = _object("One entry.", {"key": _KEY, "value": _NUMBER})
    properties = {
        "index": _ranges("Its index ranges; empty for a single number."),
        "values": _one_of(
            _NUMBER,
            row,
            table,
            _list_of(entry, "The entries one by one, for sparse tables or more than two indices."),
            _NULL,
            description="A number or a table, or null where `expression` is given.",
        ),
        "expression": _one_of(
            _text("Computed from sets and earlier parameters, e.g. `2*cost[i]`."),
            _NULL,
            description="Instead of values, else null.",
        ),
        "default": _one_of(_NUMBER, _NULL, description="Value of the entries that are left out; null: none are."),
        "unit": _text("Unit of measure."),
    }
    return _object("A given number, or a table of them.", _named(properties))


def _variable() -> Schema:
    bound = ({"type": ["number", "string"]}, _NULL)
    properties = {
        "index": _ranges("Its index ranges; empty for a single decision."),
        "domain": {"type": "string", "enum": ["continuous", "integer", "binary"]},
        "lower": _one_of(*bound, description='Least value: usually 0; "-inf" where it may be negative without limit.'),
        "upper": _one_of(*bound, description="Greatest value: a number, data such as `cap[i]`, or null for none."),
        "unit": _text("Unit of measure."),
    }
    return _object("A decision, or a table of them.", _named(properties))


def _objective() -> Schema:
    properties: dict[str, Schema] = {
        "name": _text("A plain identifier, e.g. `profit`."),
        "description": _text("What it measures."),
        "source": _source(),
        "sense": {"type": "string", "enum": ["minimize", "maximize", "satisfy"]},
        "expression": _text("E.g. `sum(price[i]*x[i] for i in I)`; `0` for satisfy."),
        "unit": _text("Unit of measure."),
    }
    return _object("What is minimized or maximized.", properties)


def _constraint() -> Schema:
    properties = {
        "forall": _ranges("Ranges that it holds for, each on its own; empty for a single row."),
        "expression": _text("A relation with <=, >= or ==, or a constraint by name such as `implies(y == 1, x <= 5)`."),
    }
    return _object("A condition.", _named(properties))


def _assumption() -> Schema:
    properties = {
        "text": _text("What was assumed."),
        "reason": _text("Why this reading."),
        "element": _text("Name of the element it touches, empty for the whole."),
    }
    return _object("Something that the problem leaves open.", properties)
