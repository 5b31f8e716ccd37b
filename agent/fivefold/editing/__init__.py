"""Edits of a formulation, element by element; an element that is not named stays as it is, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from fivefold.editing.operations import Add, Change, Drop, Operation, Rename, Retitle, Section
from fivefold.errors import CallerError
from fivefold.formulations import FaultyError
from fivefold_solvers.formulation.elements import (
    Assumption,
    Constraint,
    Formulation,
    Parameter,
    Set,
    Variable,
)
from fivefold_solvers.formulation.json_text import from_json

Named = Set | Parameter | Variable | Constraint
_Section = Literal["sets", "parameters", "variables", "constraints"]
_SECTIONS: tuple[_Section, ...] = ("sets", "parameters", "variables", "constraints")
_PIECE = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_]\w*")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def edited(formulation: Formulation, operations: Sequence[Operation]) -> Formulation:
    """Return the formulation after all operations, made in turn.

    Raises:
        CallerError: an operation names what is not there, or takes a name that is taken.
        FaultyError: an element cannot be read.
    """
    for operation in operations:
        formulation = _one(formulation, operation)
    return formulation.model_copy(update={"version": formulation.version + 1})


def _one(formulation: Formulation, operation: Operation) -> Formulation:
    match operation:
        case Retitle():
            return formulation.model_copy(update={"title": operation.title})
        case Add():
            return _added(formulation, operation)
        case Change():
            return _changed(formulation, operation)
        case Drop():
            return _dropped(formulation, operation)
        case Rename():
            return _renamed(formulation, operation)


def _added(formulation: Formulation, operation: Add) -> Formulation:
    if operation.section == "objective":
        raise CallerError("a formulation has one objective; change it")
    made = read_element(operation.section, operation.element)
    name = getattr(made, "name", None)
    if name is not None and name in _names(formulation):
        raise CallerError(f"the name '{name}' is taken; give the new element another")
    there: tuple[Any, ...] = getattr(formulation, operation.section)
    place = len(there) if operation.position is None else min(operation.position, len(there))
    return formulation.model_copy(update={operation.section: (*there[:place], made, *there[place:])})


def _changed(formulation: Formulation, operation: Change) -> Formulation:
    if operation.section == "objective":
        old: Any = formulation.objective
        made = read_element("objective", {**old.model_dump(mode="python"), **operation.fields})
        return formulation.model_copy(update={"objective": made})
    there: tuple[Any, ...] = getattr(formulation, operation.section)
    place = _place(there, operation.section, operation.name)
    if operation.fields.get("name", operation.name) != operation.name and operation.section != "assumptions":
        raise CallerError("a change keeps the name; use the operation `rename`, which changes what refers to it too")
    made = read_element(operation.section, {**there[place].model_dump(mode="python"), **operation.fields})
    return formulation.model_copy(update={operation.section: (*there[:place], made, *there[place + 1 :])})


def _dropped(formulation: Formulation, operation: Drop) -> Formulation:
    if operation.section == "objective":
        made = read_element("objective", {"sense": "satisfy"})
        return formulation.model_copy(update={"objective": made})
    there: tuple[Any, ...] = getattr(formulation, operation.section)
    place = _place(there, operation.section, operation.name)
    return formulation.model_copy(update={operation.section: (*there[:place], *there[place + 1 :])})


def _renamed(formulation: Formulation, operation: Rename) -> Formulation:
    old, new = operation.name, operation.to
    if _IDENTIFIER.fullmatch(new) is None:
        raise CallerError(f"'{new}' is no name; write letters, digits and underscores, a letter first")
    if old not in _names(formulation):
        raise CallerError(f"there is no element '{old}'; there are {', '.join(_names(formulation)) or 'none'}")
    if new == old or new in _names(formulation):
        raise CallerError(f"the name '{new}' is taken; choose another")

    def renamed(text: str) -> str:
        return _PIECE.sub(lambda match: new if match.group() == old else match.group(), text)

    update: dict[str, Any] = {
        section: tuple(_with_names(element, old, new, renamed) for element in getattr(formulation, section))
        for section in _SECTIONS
    }
    update["objective"] = _updated(
        formulation.objective,
        expression=renamed(formulation.objective.expression),
    )
    update["assumptions"] = tuple(
        one.model_copy(update={"element": new}) if one.element == old else one for one in formulation.assumptions
    )
    return formulation.model_copy(update=update)


def _with_names(element: Named, old: str, new: str, renamed: Callable[[str], str]) -> Any:
    """Return an element under its new name, or with references to it; itself where neither changes anything."""
    fields: dict[str, Any] = {"name": new} if element.name == old else {}
    for slot in ("index", "forall"):
        ranges: tuple[str, ...] | None = getattr(element, slot, None)
        if ranges is not None:
            fields[slot] = tuple(map(renamed, ranges))
    for slot in ("expression", "lower", "upper"):
        text = getattr(element, slot, None)
        if isinstance(text, str):
            fields[slot] = renamed(text)
    return _updated(element, **fields)


def _updated(element: Any, **fields: Any) -> Any:
    """Return an element with other values in some fields; the very same one where nothing differs."""
    changed = {slot: value for slot, value in fields.items() if getattr(element, slot) != value}
    return element.model_copy(update=changed) if changed else element


def _names(formulation: Formulation) -> list[str]:
    return [element.name for element in formulation.elements()]


def _place(there: Sequence[Any], section: Section, name: str) -> int:
    """Return where an element is; assumptions have no names and go by their number from 1."""
    if section == "assumptions":
        if name.isdecimal() and 1 <= int(name) <= len(there):
            return int(name) - 1
        raise CallerError(f"there is no assumption '{name}'; name one by its number from 1 to {len(there)}")
    for place, element in enumerate(there):
        if element.name == name:
            return place
    names = ", ".join(element.name for element in there) or "none"
    raise CallerError(f"there is no '{name}' among the {section}; there are {names}")


def read_element(section: Section, fields: dict[str, Any]) -> Any:
    """Return the element that fields describe.

    Raises:
        FaultyError: a field is not as it must be.
    """
    single = section == "objective"
    try:
        text = json.dumps({section: fields if single else [fields]})
    except (ValueError, RecursionError):
        raise CallerError("the element is too deep, or holds what JSON has no word for; write plain JSON") from None
    found, findings = from_json(text)
    if found is None:
        raise FaultyError("the element cannot be read", findings)
    made = found.objective if single else getattr(found, section)[0]
    if not isinstance(made, Assumption) and _IDENTIFIER.fullmatch(made.name) is None:
        raise CallerError(f"'{made.name}' is no name; write letters, digits and underscores, a letter first")
    return made
