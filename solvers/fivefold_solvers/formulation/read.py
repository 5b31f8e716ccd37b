"""Tolerant reading of a formulation that an LLM or a person wrote as JSON.

Harmless slips of form are read as meant and noted; whatever could mean two things is left for `check` to refuse.
`read` never raises on any JSON value.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from pydantic import ValidationError

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error, note
from fivefold_solvers.formulation.repair_names import mend_names

_HEADINGS = {
    "sets": ("sets", "set", "indices"),
    "parameters": ("parameters", "parameter", "params", "data", "constants"),
    "variables": ("variables", "variable", "decision_variables", "decisions", "decision variables"),
    "objective": ("objective", "objective_function", "objective function", "goal"),
    "constraints": ("constraints", "constraint", "subject_to", "subject to", "rows"),
    "assumptions": ("assumptions", "assumption"),
    "title": ("title",),
    "version": ("version",),
}
_FIELDS = {
    "name": ("name", "symbol", "id"),
    "description": ("description", "meaning", "definition", "desc", "comment"),
    "index": ("index", "indices", "indexed_by", "dimensions", "over"),
    "forall": ("forall", "for_all", "for all", "for", "index", "indices"),
    "elements": ("elements", "members"),
    "values": ("values", "value", "table", "data"),
    "expression": ("expression", "formula", "expr", "equation", "rule"),
    "domain": ("domain", "type", "vtype", "kind"),
    "lower": ("lower", "lower_bound", "lb", "min", "minimum"),
    "upper": ("upper", "upper_bound", "ub", "max", "maximum"),
    "sense": ("sense", "direction", "type", "goal"),
    "unit": ("unit", "units"),
    "source": ("source",),
    "default": ("default",),
    "text": ("text", "assumption"),
    "reason": ("reason",),
    "element": ("element",),
}
_ALLOWED = {
    "sets": ("name", "description", "index", "elements", "expression", "source"),
    "parameters": ("name", "description", "index", "values", "expression", "default", "unit", "source"),
    "variables": ("name", "description", "index", "domain", "lower", "upper", "unit", "source"),
    "objective": ("name", "description", "sense", "expression", "unit", "source"),
    "constraints": ("name", "description", "forall", "expression", "source"),
    "assumptions": ("text", "reason", "element"),
}
_SENSES = {
    "minimize": "minimize", "minimise": "minimize", "min": "minimize", "minimization": "minimize",
    "maximize": "maximize", "maximise": "maximize", "max": "maximize", "maximization": "maximize",
    "satisfy": "satisfy", "feasibility": "satisfy", "none": "satisfy",
}  # fmt: skip
_DOMAINS = {
    "continuous": "continuous", "real": "continuous", "float": "continuous", "nonnegative": "continuous",
    "integer": "integer", "int": "integer", "integers": "integer", "whole": "integer", "discrete": "integer",
    "binary": "binary", "bool": "binary", "boolean": "binary", "0-1": "binary", "0/1": "binary",
}  # fmt: skip
_INFINITE = {"inf": "inf", "+inf": "inf", "infinity": "inf", "-inf": "-inf", "-infinity": "-inf"}
_SENSE_WORD = re.compile(r"\s*(minimi[sz]e|maximi[sz]e|min|max)\b[\s:]+(.*)", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(r"\s*([A-Za-z_][\w ]{0,40}):\s*(.+)", re.DOTALL)
_MONEY = re.compile(r"[$€£]?\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)\s*(%?)")


class Reading(NamedTuple):
    """A formulation as far as it could be read, and what was noted or refused on the way."""

    formulation: Formulation | None
    findings: tuple[Finding, ...]


def read(raw: Any) -> Reading:
    """Return the formulation that a JSON value describes; None with an error where its form is beyond reading."""
    reader = _Reader()
    plain = reader.formulation(raw)
    if plain is None:
        return Reading(None, tuple(reader.findings))
    try:
        formulation = Formulation.model_validate(plain)
    except ValidationError as fault:
        for problem in fault.errors()[:8]:
            place = ".".join(str(part) for part in problem["loc"])
            reader.findings.append(error("bad-form", place, problem["msg"], "write it as in the example"))
        return Reading(None, tuple(reader.findings))
    formulation, notes = mend_names(formulation)
    return Reading(formulation, tuple(reader.findings) + tuple(notes))


class _Reader:
    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def note(self, where: str, message: str) -> None:
        found = note("slip", where, message)
        if found not in self.findings:
            self.findings.append(found)

    def formulation(self, raw: Any) -> dict[str, Any] | None:
        if isinstance(raw, dict) and len(raw) == 1 and not _has_heading(raw):
            raw = next(iter(raw.values()))
        if not isinstance(raw, dict):
            self.findings.append(error("bad-form", "", "the reply is not one JSON object", "write the five elements"))
            return None
        plain: dict[str, Any] = {}
        for heading, spellings in _HEADINGS.items():
            found = next((key for key in raw if str(key).strip().lower() in spellings), None)
            if found is not None:
                plain[heading] = raw[found]
        read: dict[str, Any] = {}
        for heading in ("sets", "parameters", "variables", "constraints", "assumptions"):
            entries = self.entries(heading, plain.get(heading))
            read[heading] = [self.entry(heading, entry, place) for place, entry in enumerate(entries, start=1)]
        read["objective"] = self.objective(plain.get("objective"))
        if isinstance(plain.get("title"), str):
            read["title"] = plain["title"]
        if isinstance(plain.get("version"), int):
            read["version"] = plain["version"]
        self.shapes(read)
        return read

    def entries(self, heading: str, raw: Any) -> list[Any]:
        """Return a heading's entries as a list; an object keyed by name is one too."""
        if raw is None:
            return []
        if isinstance(raw, dict):
            if "name" in raw or "expression" in raw:
                return [raw]
            self.note(heading, "an object keyed by name was read as a list")
            return [
                {**value, "name": name} if _is_element(heading, value) else self.named(heading, name, value)
                for name, value in raw.items()
            ]
        return list(raw) if isinstance(raw, list | tuple) else [raw]

    def named(self, heading: str, name: str, value: Any) -> dict[str, Any]:
        slot = {"sets": "elements", "parameters": "values", "variables": "description", "assumptions": "text"}
        return {"name": name, slot.get(heading, "expression"): value}

    def entry(self, heading: str, raw: Any, place: int) -> dict[str, Any]:
        """Return one element with the field names and words of the language."""
        if not isinstance(raw, dict):
            raw = self.bare(heading, raw)
        plain = self.fields(heading, raw)
        if heading == "assumptions":
            plain.pop("name", None)
            return {"text": str(plain.get("text", "")), **{k: str(v) for k, v in plain.items() if k != "text"}}
        if not plain.get("name"):
            plain["name"] = f"{heading.rstrip('s')}_{place}"
        plain["name"] = str(plain["name"]).strip()
        if not isinstance(plain.get("description", ""), str):
            plain["description"] = str(plain["description"])
        for slot in ("index", "forall"):
            if slot in plain:
                plain[slot] = _texts(plain[slot])
        where = f"{heading.rstrip('s')} '{plain['name']}'"
        if heading == "sets":
            self.set(where, plain)
        if heading == "parameters":
            self.parameter(where, plain)
        if heading == "variables":
            self.variable(where, plain)
        if heading == "constraints":
            self.constraint(plain)
        return plain

    def bare(self, heading: str, raw: Any) -> dict[str, Any]:
        """Return what a bare string stands for: a row, a variable's name, an assumption."""
        text = str(raw)
        if heading == "constraints":
            labelled = _LABEL.fullmatch(text)
            return {"name": labelled[1], "expression": labelled[2]} if labelled else {"expression": text}
        return {"text": text} if heading == "assumptions" else {"name": text}

    def fields(self, heading: str, raw: dict[str, Any]) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for slot in _ALLOWED[heading]:
            spelling = next((s for s in _FIELDS[slot] for key in raw if str(key).strip().lower() == s), None)
            if spelling is not None and slot not in plain:
                value = next(value for key, value in raw.items() if str(key).strip().lower() == spelling)
                if value is not None:
                    plain[slot] = value
        return plain

    def set(self, where: str, plain: dict[str, Any]) -> None:
        elements = plain.get("elements")
        if isinstance(elements, str):
            if elements.strip().startswith(("range", "{", "[")):
                plain["expression"] = plain.pop("elements")
            else:
                plain["elements"] = [part.strip() for part in elements.split(",")]
                self.note(where, "a comma-separated text was read as a list of elements")

    def parameter(self, where: str, plain: dict[str, Any]) -> None:
        if "values" in plain:
            plain["values"] = self.numbers(where, plain["values"])
            if isinstance(plain["values"], list) and len(plain["values"]) == 1 and not plain.get("index"):
                plain["values"] = plain["values"][0]
                self.note(where, "a table of one value was read as a scalar")
            if isinstance(plain["values"], str):
                plain.setdefault("expression", plain.pop("values"))
        if plain.get("expression") in ("", None) or "values" in plain:
            plain.pop("expression", None)
        if isinstance(plain.get("expression"), int | float):
            plain["values"] = plain.pop("expression")
        if not isinstance(plain.get("default"), int | float | None):
            plain["default"] = self.numbers(where, plain["default"])

    def numbers(self, where: str, raw: Any) -> Any:
        """Return a table with numbers written as text turned into numbers."""
        if isinstance(raw, dict):
            return {str(key): self.numbers(where, value) for key, value in raw.items()}
        if isinstance(raw, list | tuple):
            return [self.numbers(where, value) for value in raw]
        if isinstance(raw, str) and (found := _MONEY.fullmatch(raw.strip())):
            value = float(found[1].replace(",", "")) / (100 if found[2] else 1)
            self.note(where, f"the text '{raw}' was read as {value:g}")
            return int(value) if value.is_integer() else value
        return raw

    def variable(self, where: str, plain: dict[str, Any]) -> None:
        word = str(plain.get("domain", "continuous")).strip().lower()
        domain = _DOMAINS.get(word) or next((d for w, d in _DOMAINS.items() if re.search(rf"\b{w}\b", word)), word)
        if domain != plain.get("domain", "continuous"):
            self.note(where, f"domain '{plain['domain']}' was read as {domain}")
        plain["domain"] = domain
        for slot in ("lower", "upper"):
            value = plain.get(slot)
            if isinstance(value, str):
                text = value.strip().lower()
                plain[slot] = _INFINITE.get(text, self.numbers(where, value.strip()))
                if text in {"", "none", "null"}:
                    plain.pop(slot)
            elif isinstance(value, bool) or (value is not None and not isinstance(value, int | float)):
                plain.pop(slot)

    def constraint(self, plain: dict[str, Any]) -> None:
        expression = plain.get("expression", "")
        labelled = _LABEL.fullmatch(expression) if isinstance(expression, str) else None
        plain["expression"] = labelled[2] if labelled and "for " not in labelled[1] else str(expression)

    def objective(self, raw: Any) -> dict[str, Any]:
        if isinstance(raw, str):
            raw = {"expression": raw}
        if isinstance(raw, list) and len(raw) == 1:
            raw = raw[0]
        if not isinstance(raw, dict):
            return {"sense": "satisfy"}
        plain = self.fields("objective", raw)
        expression = str(plain.get("expression", "0"))
        worded = _SENSE_WORD.fullmatch(expression)
        if worded and not expression.strip().lower().startswith(("min(", "max(")):
            expression = worded[2]
            plain.setdefault("sense", worded[1])
        plain["expression"] = re.sub(r"^\s*[A-Za-z_]\w*\s*=(?!=)\s*", "", expression)
        word = str(plain.get("sense", "")).strip().lower()
        plain["sense"] = _SENSES.get(word, word)
        if word != plain["sense"]:
            self.note("the objective", f"sense '{word}' was read as {plain['sense']}")
        return plain

    def shapes(self, read: dict[str, Any]) -> None:
        """Give tables without an index the one set that fits them."""
        sets = {entry["name"]: [str(part) for part in entry.get("elements") or ()] for entry in read["sets"]}
        for entry in read["parameters"]:
            values = entry.get("values")
            if entry.get("index") or not isinstance(values, dict | list):
                continue
            fitting = [name for name, elements in sets.items() if elements and _fits(values, elements)]
            if len(fitting) == 1:
                entry["index"] = [fitting[0]]
                self.note(f"parameter '{entry['name']}'", f"its table was read as indexed by {fitting[0]}")


def _has_heading(raw: dict[Any, Any]) -> bool:
    spellings = {spelling for group in _HEADINGS.values() for spelling in group}
    return any(str(key).strip().lower() in spellings for key in raw)


def _is_element(heading: str, value: Any) -> bool:
    """Whether an object holds an element's fields, and is not a table keyed by set element."""
    known = {spelling for slot in _ALLOWED[heading] for spelling in _FIELDS[slot]}
    return isinstance(value, dict) and any(str(key).strip().lower() in known for key in value)


def _fits(values: dict[str, Any] | list[Any], elements: list[str]) -> bool:
    if isinstance(values, dict):
        return set(map(str, values)) == set(elements)
    return len(values) == len(elements)


def _texts(raw: Any) -> list[str]:
    """Return index ranges as a list of texts."""
    if isinstance(raw, str):
        return [raw] if raw.strip() else []
    if isinstance(raw, dict):
        return [f"{index} in {source}" for index, source in raw.items()]
    return [str(part) for part in raw if str(part).strip()] if isinstance(raw, list | tuple) else []
