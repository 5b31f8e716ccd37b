"""Tolerant reading of a formulation that an LLM or a person wrote as JSON.

Harmless slips of form are read as meant and noted; whatever could mean two things is left for `check` to refuse.
`read` never raises on any JSON value.
"""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from pydantic import ValidationError

from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error, note, warning
from fivefold_solvers.formulation.open_sums import mend_sums
from fivefold_solvers.formulation.parse import ExpressionError, parse_ranges
from fivefold_solvers.formulation.range_texts import dotted, plain_ranges
from fivefold_solvers.formulation.repair_names import mend_names
from fivefold_solvers.formulation.slips import joined, tokens
from fivefold_solvers.formulation.spellings import ALLOWED, FIELDS, INFINITE, SENSES, domain_of, heading_of
from fivefold_solvers.formulation.valued_sets import mend_valued_sets

_SENSE_WORD = re.compile(r"\s*(minimi[sz]e|maximi[sz]e|min|max)\b[\s:]+(.*)", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(r"\s*([A-Za-z_][\w ]{0,40}):\s*(.+)", re.DOTALL)
_RESULT = re.compile(r"\s*[A-Za-z_]\w*\s*=(?!=)\s*(.+)", re.DOTALL)
_MONEY = re.compile(r"[$€£]?\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)\s*(%?)")
_SLOT_OF_BARE = {"sets": "elements", "parameters": "values", "variables": "description", "assumptions": "text"}


class Reading(NamedTuple):
    """A formulation as far as it could be read, and what was noted or refused on the way."""

    formulation: Formulation | None
    findings: tuple[Finding, ...]


def read(raw: object) -> Reading:
    """Return the formulation that a JSON value describes; None with an error where its form is beyond reading."""
    reader = _Reader()
    try:
        plain = reader.formulation(raw)
    except RecursionError:
        return Reading(None, (error("bad-form", "", "the reply is nested too deep", "write the five elements"),))
    if plain is None or reader.refused:
        return Reading(None, tuple(reader.findings))
    try:
        formulation = Formulation.model_validate(plain)
    except ValidationError as fault:
        for problem in fault.errors()[:8]:
            place = ".".join(str(part) for part in problem["loc"])
            reader.refuse(place, problem["msg"], "write it as in the example")
        return Reading(None, tuple(reader.findings))
    formulation, notes = mend_names(formulation)
    formulation, sums = mend_sums(formulation)
    formulation, values = mend_valued_sets(formulation)
    return Reading(formulation, (*reader.findings, *notes, *sums, *values))


class _Reader:
    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.refused = False

    def note(self, where: str, message: str) -> None:
        found = note("slip", where, message)
        if found not in self.findings:
            self.findings.append(found)

    def refuse(self, where: str, message: str, mend: str) -> None:
        self.findings.append(error("bad-form", where, message, mend))
        self.refused = True

    def unread(self, where: str, names: list[str]) -> None:
        """Tell what was left out; beside a set or a parameter, whose data is checked anyway, that is a note."""
        tell = note if where.startswith(("set ", "parameter ")) else warning
        self.findings += [tell("unread", where, f"'{name[:40]}' was not read", "see the example") for name in names]

    def formulation(self, raw: object) -> dict[str, object] | None:
        given = _object(raw)
        if given is not None and len(given) == 1 and not any(map(heading_of, given)):
            given = _object(next(iter(given.values())))
        if given is None:
            self.refuse("", "the reply is not one JSON object", "write the five elements")
            return None
        self.unread("the formulation", [key for key in given if heading_of(key) is None])
        plain: dict[str, object] = {}
        for heading in ("sets", "parameters", "variables", "constraints", "assumptions"):
            found = [
                entry for key in given if heading_of(key) == heading for entry in self.entries(heading, given[key])
            ]
            plain[heading] = [self.entry(heading, entry, place) for place, entry in enumerate(found, start=1)]
        goals = [value for key, value in given.items() if heading_of(key) == "objective"]
        plain["objective"] = self.objective(goals[0] if len(goals) == 1 else goals)
        title, version = given.get("title"), given.get("version")
        if isinstance(title, str):
            plain["title"] = title
        if isinstance(version, int) and not isinstance(version, bool):
            plain["version"] = version
        self.shapes(plain)
        return plain

    def entries(self, heading: str, raw: object) -> list[object]:
        """Return a heading's entries as a list; an object keyed by name is one too."""
        if raw is None:
            return []
        given = _object(raw)
        if given is None:
            listed = _list(raw)
            return [raw] if listed is None else listed
        if "name" in given or "expression" in given:
            return [given]
        if given:
            self.note(heading, "an object keyed by name was read as a list")
        return [self.named(heading, name, value) for name, value in given.items()]

    def named(self, heading: str, name: str, value: object) -> dict[str, object]:
        """Return an entry that was keyed by its name."""
        given = _object(value)
        known = {spelling for slot in ALLOWED[heading] for spelling in FIELDS[slot]}
        # A table keyed by set element is an object too, but holds none of an element's fields.
        if given is not None and any(key.strip().lower() in known for key in given):
            return {**given, "name": name}
        return {"name": name, _SLOT_OF_BARE.get(heading, "expression"): value}

    def entry(self, heading: str, raw: object, place: int) -> dict[str, object]:
        """Return one element with the field names and words of the language."""
        kind = heading.removesuffix("s")
        given = _object(raw)
        plain = self.fields(f"{kind} {place}", heading, self.bare(heading, raw) if given is None else given)
        if heading == "assumptions":
            return {slot: str(value) for slot, value in {"text": "", **plain}.items()}
        plain["name"] = str(plain.get("name") or f"{kind}_{place}").strip()
        for slot in ("description", "unit"):
            if slot in plain:
                plain[slot] = str(plain[slot])
        where = f"{kind} '{plain['name']}'"
        for slot in ("index", "forall"):
            if slot in plain:
                plain[slot], slip = plain_ranges(_texts(plain[slot]))
                if slip:
                    self.note(where, slip)
        if isinstance(plain.get("source"), str):
            words = str(plain["source"])
            plain["source"] = {"kind": words} if words in {"stated", "derived", "assumed"} else _quoted(words)
        if heading == "sets":
            self.set(where, plain)
        elif heading == "parameters":
            self.parameter(where, plain)
        elif heading == "variables":
            self.variable(where, plain)
        else:
            self.constraint(where, plain)
        return plain

    def bare(self, heading: str, raw: object) -> dict[str, object]:
        """Return what a bare string stands for: a row, a variable's name, an assumption."""
        text = str(raw)
        if heading == "constraints":
            labelled = _LABEL.fullmatch(text)
            return {"name": labelled[1], "expression": labelled[2]} if labelled else {"expression": text}
        return {"text": text} if heading == "assumptions" else {"name": text}

    def fields(self, where: str, heading: str, raw: dict[str, object]) -> dict[str, object]:
        """Return the fields that an element may have, under their own names; tell which were not read."""
        plain: dict[str, object] = {}
        left = {key.strip().lower(): (key, value) for key, value in raw.items() if value is not None}
        for slot in ALLOWED[heading]:
            spelling = next((spelling for spelling in FIELDS[slot] if spelling in left), None)
            if spelling is not None:
                plain[slot] = left.pop(spelling)[1]
        bounds = _list(left["bounds"][1]) if heading == "variables" and "bounds" in left else None
        if bounds is not None and len(bounds) == 2 and not {"lower", "upper"} & plain.keys():
            plain |= {slot: bound for slot, bound in zip(("lower", "upper"), bounds, strict=True) if bound is not None}
            left.pop("bounds")
        if heading == "constraints" and "expression" not in plain and {"lhs", "rhs"} <= left.keys():
            relation = next(
                (left.pop(word)[1] for word in ("sense", "relation", "operator", "type") if word in left), ""
            )
            plain["expression"] = f"{left.pop('lhs')[1]} {relation} {left.pop('rhs')[1]}"
        name = str(raw.get("name", "")) or where
        self.unread(f"{heading.removesuffix('s')} '{name}'", [key for key, _ in left.values()])
        return plain

    def set(self, where: str, plain: dict[str, object]) -> None:
        elements = plain.get("elements")
        if isinstance(elements, str):
            elements = dotted(elements)
            plain["elements"] = elements
            if elements.strip().startswith(("range", "{", "[")):
                plain["expression"] = plain.pop("elements")
            else:
                plain["elements"] = [part.strip() for part in elements.split(",")]
                self.note(where, "a comma-separated text was read as a list of elements")
        if plain.get("expression") == "":
            plain.pop("expression")

    def parameter(self, where: str, plain: dict[str, object]) -> None:
        values = self.numbers(where, plain.pop("values", None))
        listed = _list(values)
        if listed is not None and len(listed) == 1 and not plain.get("index") and isinstance(listed[0], int | float):
            values = listed[0]
            self.note(where, "a table of one value was read as a scalar")
        if plain.get("expression") == "":
            plain.pop("expression")
        if isinstance(values, str) and "expression" not in plain:
            plain["expression"], values = values, None
        if isinstance(plain.get("expression"), int | float) and values is None:
            values = plain.pop("expression")
        if values is not None:
            plain["values"] = values
        if isinstance(plain.get("default"), str):
            plain["default"] = self.numbers(where, plain["default"])

    def numbers(self, where: str, raw: object) -> object:
        """Return a table with numbers written as text turned into numbers."""
        given, listed = _object(raw), _list(raw)
        if given is not None:
            return {key: self.numbers(where, value) for key, value in given.items()}
        if listed is not None:
            return [self.numbers(where, value) for value in listed]
        if isinstance(raw, str) and len(raw) < 40 and (found := _MONEY.fullmatch(raw.strip())):
            value = float(found[1].replace(",", "")) / (100 if found[2] else 1)
            self.note(where, f"the text '{raw}' was read as {value:g}")
            return int(value) if value.is_integer() else value
        return raw

    def variable(self, where: str, plain: dict[str, object]) -> None:
        written = str(plain.get("domain", "continuous"))
        domain = domain_of(written)
        if domain is None and re.fullmatch(r"\s*(free|unrestricted)\s*", written, re.IGNORECASE):
            domain = "continuous"
            plain.setdefault("lower", "-inf")
        if domain is None:
            self.refuse(where, f"domain '{written[:40]}' has no one reading", "write continuous, integer or binary")
        elif domain != written:
            self.note(where, f"domain '{written}' was read as {domain}")
        plain["domain"] = domain or "continuous"
        for slot in ("lower", "upper"):
            value = plain.get(slot)
            if isinstance(value, str):
                text = value.strip().lower()
                plain[slot] = INFINITE.get(text, self.numbers(where, value.strip()))
                if text in {"", "none", "null"}:
                    plain.pop(slot)
            elif value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                name = plain["name"]
                mend = f'declare a parameter {name}_{slot} with these values and write "{name}_{slot}[i]"'
                self.refuse(where, f"its {slot} bound is no number and no expression", mend)

    def constraint(self, where: str, plain: dict[str, object]) -> None:
        text = str(plain.get("expression", ""))
        labelled = _LABEL.fullmatch(text)
        if labelled and "for " not in labelled[1]:
            text = labelled[2]
            self.note(where, f"the label '{labelled[1]}' before the expression was left out")
        text, ranges = _without_ranges(text)
        if ranges:
            said = [re.sub(r"\s", "", part) for part in _texts(plain.get("forall"))]
            if said and said != [re.sub(r"\s", "", part) for part in ranges]:
                self.refuse(where, f"it has index ranges twice: forall {said} and {ranges}", "give them once")
            plain["forall"] = ranges
            self.note(where, f"`for {' for '.join(ranges)}` behind the expression was read as its forall")
        plain["expression"] = text

    def objective(self, raw: object) -> dict[str, object]:
        listed = _list(raw)
        if listed is not None and len(listed) == 1:
            raw, listed = listed[0], None
        if raw is None or listed == []:
            message = "there is no objective, so any feasible point counts"
            self.findings.append(warning("no-objective", "the objective", message, "say what is best, or satisfy"))
            return {"sense": "satisfy"}
        given = _object({"expression": raw} if isinstance(raw, str) else raw)
        if given is None:
            self.refuse("the objective", "it is not one objective", "add several up with weights")
            return {"sense": "satisfy"}
        plain = self.fields("objective", "objective", given)
        text = str(plain.get("expression", "0"))
        worded = _SENSE_WORD.fullmatch(text)
        said = str(plain.get("sense", worded[1] if worded else ""))
        sense = SENSES.get(said.strip().lower())
        if worded:
            text = worded[2]
            if sense is not None and SENSES.get(worded[1].lower()) != sense:
                self.refuse("the objective", f"it says both '{said}' and '{worded[1]}'", "say one of them")
        result = _RESULT.fullmatch(text)
        if result:
            self.note("the objective", f"`{text[: result.start(1)].strip()}` before the expression was left out")
            text = result[1]
        if sense is None:
            self.refuse("the objective", f"its sense is '{said[:40]}'", "write minimize, maximize or satisfy")
        elif sense != said:
            self.note("the objective", f"sense '{said}' was read as {sense}")
        plain |= {slot: str(plain[slot]) for slot in ("name", "description", "unit") if slot in plain}
        if isinstance(plain.get("source"), str):
            plain["source"] = _quoted(str(plain["source"]))
        return {**plain, "expression": text, "sense": sense or "satisfy"}

    def shapes(self, plain: dict[str, object]) -> None:
        """Give tables without an index the one set that fits them."""
        sets: dict[str, list[str]] = {}
        for entry in cast("list[dict[str, object]]", plain["sets"]):
            sets[str(entry["name"])] = [str(part) for part in _list(entry.get("elements")) or ()]
        for entry in cast("list[dict[str, object]]", plain["parameters"]):
            given, listed = _object(entry.get("values")), _list(entry.get("values"))
            if entry.get("index") or (given is None and listed is None):
                continue
            fitting = [
                name
                for name, elements in sets.items()
                if elements and (set(given) == set(elements) if given else len(listed or ()) == len(elements))
            ]
            if len(fitting) == 1:
                entry["index"] = [fitting[0]]
                self.note(f"parameter '{entry['name']}'", f"its table was read as indexed by {fitting[0]}")


def _object(raw: object) -> dict[str, object] | None:
    if not isinstance(raw, dict):
        return None
    return {str(key): value for key, value in cast("dict[object, object]", raw).items()}


def _list(raw: object) -> list[object] | None:
    return list(cast("list[object]", raw)) if isinstance(raw, list | tuple) else None


def _quoted(words: str) -> dict[str, object]:
    return {"kind": "stated", "quote": words}


def _texts(raw: object) -> list[str]:
    """Return index ranges as a list of texts."""
    if isinstance(raw, str):
        return [raw] if raw.strip() else []
    given = _object(raw)
    if given is not None:
        return [f"{index} in {source}" for index, source in given.items()]
    return [str(part) for part in _list(raw) or () if str(part).strip()]


def _without_ranges(text: str) -> tuple[str, list[str]]:
    """Return `x[i] <= 5 for i in I` without what stands behind its outermost `for`, and that as index ranges."""
    pieces = tokens(re.sub(r"[,;]?\s*(?:∀|\b(?:for all|forall|for each|for every)\b)", " for ", text))
    depth = 0
    for place, token in enumerate(pieces):
        depth += (token.text in "([{") - (token.text in ")]}") if token.kind == "operator" else 0
        if depth == 0 and token.kind == "name" and token.text == "for" and place:
            end = place - 1 if pieces[place - 1].text == "," else place
            ranges = joined(pieces[place + 1 :])
            try:
                parse_ranges((ranges,))
            except ExpressionError:
                return text, []
            return joined(pieces[:end]), [ranges]
    return text, []
