"""Markdown under LLMOPT's five headings to a formulation: what `to_markdown` wrote exactly, other hands tolerantly."""

import re
from typing import Any

from pydantic import ValidationError

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error, errors, note
from fivefold_solvers.formulation.markdown_item import (
    Head,
    bound_value,
    parameter_value,
    read_head,
    set_value,
    split_ranges,
)
from fivefold_solvers.formulation.markdown_lines import Item, Layout, sort_lines
from fivefold_solvers.formulation.markdown_loose import (
    constraint_in_words,
    objective_in_words,
    parameter_in_words,
    set_in_words,
    variable_in_words,
)
from fivefold_solvers.formulation.markdown_table import read_rows
from fivefold_solvers.formulation.markdown_text import LiteralError, read_literal, uncode, unescape

_FORM = "write the five headings ## Sets, ## Parameters, ## Variables, ## Objective and ## Constraints"
_INDEX = frozenset({"over", "for", "index", "indices", "forall", "for all", "indexed by"})
_CODES = re.compile(r"`[^`]*`(?:\s*,\s*`[^`]*`)+")
_RANGES = {"sets": "index", "parameters": "index", "variables": "index", "constraints": "forall"}
_WORDS = frozenset({"description", "meaning", "definition"})

Fields = dict[str, Any]


def from_markdown(text: str) -> tuple[Formulation | None, list[Finding]]:
    """Return the formulation of a Markdown text, None where an error is among the findings.

    Slips in the form of people and LLMs are read as meant, each with a note; whether the formulation makes
    sense is for `check` to say.
    """
    layout = sort_lines(text)
    if not layout.sections:
        return None, [error("no-headings", "line 1", "none of the five headings is there", _FORM)]
    reader = _Reader(layout)
    plain = reader.formulation()
    if errors(reader.findings):
        return None, reader.findings
    try:
        return Formulation.model_validate(plain), reader.findings
    except ValidationError as fault:
        for detail in fault.errors(include_url=False)[:8]:
            place = ".".join(str(part) for part in detail["loc"])
            reader.findings.append(error("bad-form", place, detail["msg"]))
        return None, reader.findings


class _Reader:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.findings = list(layout.findings)

    def note(self, number: int, message: str) -> None:
        self.findings.append(note("slip", f"line {number}", message))

    def error(self, number: int, message: str, mend: str) -> None:
        self.findings.append(error("bad-form", f"line {number}", message, mend))

    def formulation(self) -> Fields:
        sections = self.layout.sections
        plain: Fields = {"title": self.layout.title, "version": self.layout.version}
        readers = {"sets": self.set, "parameters": self.parameter, "variables": self.variable}
        for heading, read in readers.items():
            items = [item for section, found in sections.items() if section == heading for item in found]
            plain[heading] = [element for item in items if (element := read(item)) is not None]
        rows = sections.get("constraints", [])
        plain["constraints"] = [self.constraint(item, place) for place, item in enumerate(rows, start=1)]
        plain["assumptions"] = [self.assumption(item) for item in sections.get("assumptions", [])]
        if sections.get("objective"):
            plain["objective"] = self.objective(sections["objective"])
        return plain

    def element(self, item: Item, heading: str) -> tuple[Head, Fields] | None:
        """Return the head of an element and the fields that every kind has."""
        head = read_head(item.text)
        if head is None:
            shown = item.text if len(item.text) <= 40 else f"{item.text[:37]}..."
            self.error(item.number, f"`{shown}` does not begin with a name", "write `- **name**: what it means`")
            return None
        plain: Fields = {"name": head.name, "description": unescape(head.description)}
        ranges = list(head.ranges)
        for number, key, value in item.split_fields():
            if key in _INDEX:
                # Written by `to_markdown`, a range that backticks cannot hold has a line of its own.
                ranges += split_ranges(value) if _CODES.fullmatch(value.strip()) else [uncode(value)]
            elif not self.common(plain, key, value):
                plain.setdefault("rest", []).append((number, key, value))
        plain[_RANGES[heading]] = ranges
        return head, plain

    def common(self, plain: Fields, key: str, value: str) -> bool:
        """Read a field that elements of several kinds have; return whether it is one."""
        value = value.strip()
        if key in _WORDS:
            plain["description"] = f"{plain['description']} {unescape(value)}".strip()
        elif key == "unit":
            plain["unit"] = unescape(value)
        elif key in {"stated", "derived", "assumed"}:
            quoted = re.fullmatch(r'"(.*)"|“(.*)”', value)
            words = unescape((quoted[1] if quoted[1] is not None else quoted[2]) if quoted else value)
            slot = "quote" if quoted or key == "stated" else "reason"
            plain["source"] = {**plain.get("source", {}), "kind": key, slot: words}
        elif key in {"quote", "reason"}:
            quoted = re.fullmatch(r'"(.*)"', value) if key == "quote" else None
            plain["source"] = {
                "kind": "stated",
                **plain.get("source", {}),
                key: unescape(quoted[1] if quoted else value),
            }
        else:
            return False
        return True

    def leave(self, rest: list[tuple[int, str, str]]) -> None:
        for number, key, value in rest:
            self.note(number, f"`{key or value}` is no field of this element and was left out")

    def literal(self, number: int, text: str) -> Any:
        try:
            return read_literal(uncode(text))
        except LiteralError:
            self.error(number, f"`{uncode(text)}` is no written value", "write a number, a list or {'a': 1}")
            return None

    def set(self, item: Item) -> Fields | None:
        found = self.element(item, "sets")
        if found is None:
            return None
        head, plain = found
        rest: list[tuple[int, str, str]] = plain.pop("rest", [])
        given = head.value is not None
        if head.value is not None:
            slot, value = set_value(head.value)
            plain[slot] = value
            if isinstance(value, tuple) and not head.value.startswith("["):
                self.note(item.number, f"`{head.value}` was read as the elements {value}")
        for number, key, value in rest:
            if key == "expression":
                plain["expression"] = uncode(value)
            elif key in {"elements", "members"}:
                if uncode(value) != "none":
                    slot, read = set_value(uncode(value))
                    plain[slot] = read
            else:
                self.leave([(number, key, value)])
                continue
            given = True
        if not given and (loose := set_in_words(head.description)):
            plain.update(loose.fields)
            self.note(item.number, loose.note)
        self.no_table(item)
        return plain

    def parameter(self, item: Item) -> Fields | None:
        found = self.element(item, "parameters")
        if found is None:
            return None
        head, plain = found
        rest: list[tuple[int, str, str]] = plain.pop("rest", [])
        given = bool(item.table) or head.value is not None
        if head.value is not None:
            slot, value = parameter_value(head.value)
            loose = parameter_in_words(head.value) if slot == "expression" else None
            plain.update(loose.fields if loose else {slot: value})
            if loose:
                self.note(item.number, loose.note)
        if item.table:
            plain["values"], findings = read_rows(item.table, len(plain["index"]))
            self.findings += findings
        for number, key, value in rest:
            if key == "expression":
                plain["expression"] = uncode(value)
            elif key in {"values", "value"}:
                plain["values"] = None if value == "none" else self.literal(number, value)
            elif key == "default":
                plain["default"] = self.literal(number, value)
                continue
            else:
                self.leave([(number, key, value)])
                continue
            given = True
        if not given and (loose := parameter_in_words(plain["description"])):
            plain.update({**loose.fields, "description": ""})
            self.note(item.number, loose.note)
        return plain

    def variable(self, item: Item) -> Fields | None:
        found = self.element(item, "variables")
        if found is None:
            return None
        head, plain = found
        rest: list[tuple[int, str, str]] = plain.pop("rest", [])
        if head.domain is None and (loose := variable_in_words(plain["description"])):
            plain.update(loose.fields)
            self.note(item.number, loose.note)
        for side, bound in (("lower", head.lower), ("upper", head.upper)):
            if bound is not None:
                plain[side] = bound
        if head.domain is not None:
            plain["domain"] = head.domain
        for number, key, value in rest:
            if key in {"lower", "upper", "lower bound", "upper bound"}:
                plain[key[:5]] = self.bound(value)
            elif key in {"domain", "type"} and (loose := variable_in_words(value)):
                plain.update(loose.fields)
            else:
                self.leave([(number, key, value)])
        self.no_table(item)
        return plain

    def bound(self, value: str) -> Any:
        """Return a bound that has a line of its own: a written value, or else an expression."""
        try:
            return read_literal(uncode(value))
        except LiteralError:
            return bound_value(uncode(value))

    def objective(self, items: list[Item]) -> Fields:
        first = items[0]
        plain: Fields = {"description": ""}
        rest: list[tuple[int, str, str]] = []
        # Other hands write `- sense: maximize` and `- expression: ...` as lines of their own.
        later = Item(first.number, "", [(item.number, item.text) for item in items[1:]])
        own_line = Item(first.number, "", [(first.number, first.text)]).split_fields()[:1]
        own_line = [line for line in own_line if line[1] in {"sense", "direction", "expression"}]
        fields = [field for item in items for field in item.split_fields()] + later.split_fields()
        for number, key, value in [*own_line, *fields]:
            if key in {"expression", "function"} or (not key and value.startswith("`")):
                plain["expression"] = uncode(value)
            elif key in {"sense", "direction"}:
                plain["sense"] = uncode(value)
            elif key == "name":
                plain["name"] = unescape(value.strip())
            elif not self.common(plain, key, value):
                rest.append((number, key, value))
        self.leave(rest)
        loose = objective_in_words("" if own_line else first.text, plain)
        plain.update(loose.fields)
        if loose.note:
            self.note(first.number, loose.note)
        if plain.get("sense") not in {"minimize", "maximize", "satisfy"}:
            self.error(first.number, "the objective does not say which way is better", "write `- **Minimize** `cost``")
        elif plain["sense"] != "satisfy" and "expression" not in plain:
            self.error(first.number, "the objective has no expression", "write `- **Minimize** `cost``")
        for item in items:
            self.no_table(item)
        return plain

    def constraint(self, item: Item, place: int) -> Fields:
        head = read_head(item.text)
        bold = head is not None and head.bold
        fields = [key for _, key, value in item.split_fields() if key == "expression" or value.startswith("`")]
        if not bold or not fields:
            loose = constraint_in_words(item.text, place)
            item = Item(item.number, loose.fields.pop("head"), item.fields, item.table)
            found = self.element(item, "constraints")
            if found is None:
                return {}
            _, plain = found
            plain["forall"] += loose.fields.pop("ranges")
            plain.update(loose.fields)
            if loose.note:
                self.note(item.number, loose.note)
        else:
            found = self.element(item, "constraints")
            if found is None:
                return {}
            _, plain = found
        rest: list[tuple[int, str, str]] = plain.pop("rest", [])
        for number, key, value in rest:
            if key == "expression" or (not key and value.startswith("`")):
                plain["expression"] = uncode(value)
            else:
                self.leave([(number, key, value)])
        if not plain.get("expression") and "expression" not in fields:
            self.error(item.number, f"constraint '{plain['name']}' has no expression", "write `x + y <= 10` below it")
        self.no_table(item)
        return plain

    def assumption(self, item: Item) -> Fields:
        plain: Fields = {"text": unescape(item.text.strip())}
        for number, key, value in item.split_fields():
            if key in {"because", "reason"}:
                plain["reason"] = unescape(value.strip())
            elif key in {"about", "element"}:
                plain["element"] = unescape(value.strip())
            else:
                self.leave([(number, key, value)])
        self.no_table(item)
        return plain

    def no_table(self, item: Item) -> None:
        if item.table:
            self.note(item.table[0][0], "a table stands here only under a parameter; it was left out")
