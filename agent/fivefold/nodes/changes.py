"""What an LLM may ask for when it changes a formulation: the schema of its reply, and the operations that it means.

The vocabulary is smaller and flatter than that of `fivefold.editing.operations`: small LLMs write it without slips,
and the endpoint holds them to names that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from fivefold.editing.operations import Add, Change, Drop, Operation
from fivefold.errors import CallerError
from fivefold.nodes.naming import free_name, name_of
from fivefold.nodes.writing import NAME
from fivefold.problem import quantities
from fivefold.state import Json
from fivefold_solvers.analyze.edit import EditError, ScaleParameter, SetParameter, apply
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import atom

MOST_SHOWN = 400
"""Members of a set, or values of a parameter, that an LLM is shown; it copies none of them."""
FIRST_SHOWN = 12
_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "number"}
_BOUND: Json = {"anyOf": [{"type": "number"}, {"type": "null"}]}
_DOMAIN: Json = {"type": "string", "enum": ["continuous", "integer", "binary"]}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_NEW: Json = {"type": "string", "pattern": NAME}


def changes_schema(formulation: Formulation) -> Json:
    """Return the schema of the reply; changes of elements that the formulation has none of are not in it."""
    parameters, variables, rows = (
        [element.name for element in section]
        for section in (formulation.parameters, formulation.variables, formulation.constraints)
    )
    kinds = [
        _change("add_constraint", meaning=_TEXT, forall=_TEXTS, expression=_TEXT),
        _change("change_objective", sense={"type": "string", "enum": ["minimize", "maximize"]}, expression=_TEXT),
        _change("add_variable", name=_NEW, domain=_DOMAIN, lower=_BOUND, upper=_BOUND, meaning=_TEXT),
        _change("add_parameter", name=_NEW, value=_NUMBER, meaning=_TEXT),
    ]
    if parameters:
        index: Json = {"type": "array", "items": {"anyOf": [_TEXT, _NUMBER]}}
        kinds.append(_change("set_value", parameter=_one_of(parameters), index=index, value=_NUMBER))
        kinds.append(_change("scale_parameter", parameter=_one_of(parameters), factor=_NUMBER))
    if variables:
        kinds.append(_change("change_variable", name=_one_of(variables), domain=_DOMAIN, lower=_BOUND, upper=_BOUND))
    if rows:
        kinds.append(_change("change_constraint", name=_one_of(rows), forall=_TEXTS, expression=_TEXT))
        kinds.append(_change("drop_constraint", name=_one_of(rows)))
    changes = {"type": "array", "items": {"anyOf": kinds}}
    return {"type": "object", "properties": {"changes": changes}, "required": ["changes"],
            "additionalProperties": False}  # fmt: skip


def _one_of(names: Sequence[str]) -> Json:
    return {"type": "string", "enum": list(names)}


def _change(do: str, **fields: Json) -> Json:
    properties = {"do": {"type": "string", "enum": [do]}, **fields}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def shown(formulation: Formulation) -> Json:
    """Return a formulation as the LLM is shown it: what it says, without where it comes from."""
    keep: dict[str, tuple[str, ...]] = {
        "sets": ("name", "index", "elements", "expression", "description"),
        "parameters": ("name", "index", "values", "expression", "unit", "description"),
        "variables": ("name", "index", "domain", "lower", "upper", "unit", "description"),
        "constraints": ("name", "forall", "expression", "description"),
    }
    always = {"forall", "upper", "lower"}
    plain = formulation.model_dump(mode="json")
    found: Json = {
        section: [
            {
                slot: _short(slot, element[slot])
                for slot in slots
                if slot in always or element[slot] not in (None, "", [])
            }
            for element in plain[section]
        ]
        for section, slots in keep.items()
    }
    objective = {slot: plain["objective"][slot] for slot in ("sense", "expression", "description")}
    return {"sets": found["sets"], "parameters": found["parameters"], "variables": found["variables"],
            "objective": objective, "constraints": found["constraints"]}  # fmt: skip


def _short(slot: str, data: object) -> object:
    """Return what a slot holds; of many members only some, to see how they are spelled, and of many values none."""
    size = _size(data)
    if size <= MOST_SHOWN:
        return data
    if slot == "elements" and isinstance(data, list):
        members = cast(list[object], data)
        return [*members[:FIRST_SHOWN], f"... and {len(members) - FIRST_SHOWN} more, the last is {members[-1]}"]
    return f"{size} values, not shown; an entry is changed by its index"


def _size(data: object) -> int:
    if isinstance(data, dict):
        return sum(map(_size, cast(Json, data).values()))
    return sum(map(_size, cast(list[object], data))) if isinstance(data, list) else 1


def operations_of(reply: Json, formulation: Formulation, request: str) -> list[Operation]:
    """Return the operations that a reply means; new elements say that they come from the request.

    Raises:
        CallerError: a change has not the form it should have, or names what is not there.
    """
    entries = reply.get("changes")
    if not isinstance(entries, list):
        raise CallerError('the reply has no list of "changes"')
    made: list[Operation] = []
    reached = formulation
    for place, entry in enumerate(cast(list[object], entries), start=1):
        fields = cast(Json, entry) if isinstance(entry, dict) else {}
        meant = _MEANT.get(str(fields.get("do")))
        if meant is None:
            raise CallerError(f"change {place}: there is no change {fields.get('do')!r}; there are {', '.join(_MEANT)}")
        taken = {one.name for one in formulation.elements()} | _names_added(made)
        try:
            made.append(meant(fields, reached, {"kind": "stated", "quote": request}, taken))
            if isinstance(one := made[-1], Change) and one.section == "parameters":
                # A change of one entry holds the whole table: the next one must not undo it.
                reached = apply(reached, (SetParameter(one.name, one.fields["values"]),))
        except KeyError as fault:
            raise CallerError(f"change {place} ({fields['do']}): it lacks {fault}") from None
        except (TypeError, ValueError, OverflowError) as fault:
            # Where no schema is enforced, a field may be anything.
            raise CallerError(f"change {place} ({fields['do']}): {fault}") from None
    return made


def _names_added(operations: Sequence[Operation]) -> set[str]:
    return {str(one.element.get("name")) for one in operations if isinstance(one, Add)}


def _values(fields: Json, formulation: Formulation, source: Json, _taken: set[str]) -> Operation:
    name = str(fields["parameter"])
    if fields["do"] == "scale_parameter":
        edit: SetParameter | ScaleParameter = ScaleParameter(name, float(fields["factor"]))
    else:
        index = cast(list[object], fields.get("index") or [])
        key = tuple(atom(str(part)) for part in index) if index else None
        _check_scalar(formulation, name, key is None)
        edit = SetParameter(name, float(fields["value"]), key)
    after = apply(formulation, (edit,))
    values = next(one.values for one in after.parameters if one.name == name)
    wanted: Json = {"values": values, "expression": None}
    if not isinstance(values, list | dict):
        wanted["source"] = _said(values, source["quote"])
    return Change(op="change", section="parameters", name=name, fields=wanted)


def _said(value: object, request: str) -> Json:
    """Return where a changed number comes from: the request states it, or it was computed from what that says."""
    if any(value in {one.value, one.value / 100} for one in quantities(request)):
        return {"kind": "stated", "quote": request}
    return {"kind": "derived", "reason": request}


def _check_scalar(formulation: Formulation, name: str, whole: bool) -> None:
    for parameter in formulation.parameters:
        if parameter.name == name and bool(parameter.index) == whole:
            kinds = "a table: say which entry by its index" if whole else "a single number: leave the index empty"
            raise EditError(f"'{name}' is {kinds}")


def _new_parameter(fields: Json, _formulation: Formulation, source: Json, _taken: set[str]) -> Operation:
    element = {"name": fields["name"], "values": fields["value"], "description": fields.get("meaning", "")}
    return Add(op="add", section="parameters", element={**element, "source": source})


def _new_variable(fields: Json, _formulation: Formulation, source: Json, _taken: set[str]) -> Operation:
    element = {
        "name": fields["name"],
        "domain": fields["domain"],
        "lower": 0 if fields.get("lower") is None else fields["lower"],
        "upper": fields.get("upper"),
        "description": fields.get("meaning", ""),
    }
    return Add(op="add", section="variables", element={**element, "source": source})


def _variable(fields: Json, _formulation: Formulation, _source: Json, _taken: set[str]) -> Operation:
    # Null is "as it is": LLMs that only mean the domain still have to write the bounds.
    wanted: Json = {slot: fields[slot] for slot in ("domain", "lower", "upper") if fields.get(slot) is not None}
    return Change(op="change", section="variables", name=str(fields["name"]), fields=wanted)


def _new_row(fields: Json, _formulation: Formulation, source: Json, taken: set[str]) -> Operation:
    meaning = str(fields.get("meaning", ""))
    element: Json = {
        "name": free_name(name_of(meaning) or "added", {name.lower() for name in taken}),
        "forall": fields.get("forall") or [],
        "expression": fields["expression"],
        "description": meaning,
    }
    return Add(op="add", section="constraints", element={**element, "source": source})


def _row(fields: Json, _formulation: Formulation, source: Json, _taken: set[str]) -> Operation:
    wanted: Json = {"expression": fields["expression"], "source": source}
    if "forall" in fields:
        wanted["forall"] = fields["forall"]
    return Change(op="change", section="constraints", name=str(fields["name"]), fields=wanted)


def _no_row(fields: Json, _formulation: Formulation, _source: Json, _taken: set[str]) -> Operation:
    return Drop(op="drop", section="constraints", name=str(fields["name"]))


def _goal(fields: Json, _formulation: Formulation, source: Json, _taken: set[str]) -> Operation:
    wanted = {"sense": fields["sense"], "expression": fields["expression"], "source": source}
    return Change(op="change", section="objective", fields=wanted)


_Meant = Callable[[Json, Formulation, Json, set[str]], Operation]
_MEANT: Mapping[str, _Meant] = {
    "set_value": _values,
    "scale_parameter": _values,
    "add_parameter": _new_parameter,
    "add_variable": _new_variable,
    "change_variable": _variable,
    "add_constraint": _new_row,
    "change_constraint": _row,
    "drop_constraint": _no_row,
    "change_objective": _goal,
}
