"""What differs between two versions of a formulation, element by element and as text."""

from __future__ import annotations

import difflib
from typing import Any

from fivefold.plain import plain
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.markdown import to_markdown

_SECTIONS = ("sets", "parameters", "variables", "constraints")


def difference(before: Formulation, after: Formulation) -> dict[str, Any]:
    """Return the elements that were added, dropped and changed (field by field), and a unified diff for people."""
    elements: list[dict[str, Any]] = []
    for section in _SECTIONS:
        old = {element.name: element for element in getattr(before, section)}
        new = {element.name: element for element in getattr(after, section)}
        for name in dict.fromkeys([*old, *new]):
            if name not in new:
                elements.append({"section": section, "name": name, "change": "dropped", "fields": {}})
            elif name not in old:
                elements.append({"section": section, "name": name, "change": "added", "fields": {}})
            elif old[name] != new[name]:
                fields = _fields(old[name], new[name])
                elements.append({"section": section, "name": name, "change": "changed", "fields": fields})
    if before.objective != after.objective:
        fields = _fields(before.objective, after.objective)
        elements.append({"section": "objective", "name": after.objective.name, "change": "changed", "fields": fields})
    for section in ("assumptions", "title"):
        if getattr(before, section) != getattr(after, section):
            pair = [plain(getattr(before, section)), plain(getattr(after, section))]
            elements.append({"section": section, "name": "", "change": "changed", "fields": {section: pair}})
    return {"elements": elements, "text": _text(before, after)}


def _fields(old: Any, new: Any) -> dict[str, list[Any]]:
    """Return the fields that differ, each with the value before and after."""
    first, second = plain(old.model_dump(mode="python")), plain(new.model_dump(mode="python"))
    return {slot: [first[slot], second[slot]] for slot in first if first[slot] != second[slot]}


def _text(before: Formulation, after: Formulation) -> str:
    same = {"version": 1}
    old, new = (to_markdown(one.model_copy(update=same)).splitlines() for one in (before, after))
    return "\n".join(difflib.unified_diff(old, new, "before", "after", lineterm="", n=1))
