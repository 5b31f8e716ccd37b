"""The line of one element in Markdown: its name, index ranges, value, domain, bounds and description."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from fivefold_solvers.formulation.markdown_text import LiteralError, read_literal, read_number, uncode, unescape
from fivefold_solvers.formulation.values import is_list, is_number, is_object

Section = Literal["sets", "parameters", "variables", "objective", "constraints", "assumptions"]
_SECTIONS: dict[str, Section] = {
    "set": "sets",
    "sets": "sets",
    "index sets": "sets",
    "indices": "sets",
    "sets and indices": "sets",
    "parameter": "parameters",
    "parameters": "parameters",
    "data": "parameters",
    "given data": "parameters",
    "variable": "variables",
    "variables": "variables",
    "decision variable": "variables",
    "decision variables": "variables",
    "objective": "objective",
    "objective function": "objective",
    "goal": "objective",
    "constraint": "constraints",
    "constraints": "constraints",
    "subject to": "constraints",
    "assumption": "assumptions",
    "assumptions": "assumptions",
}
DOMAINS = {
    "continuous": "continuous",
    "real": "continuous",
    "integer": "integer",
    "integers": "integer",
    "int": "integer",
    "binary": "binary",
    "boolean": "binary",
}

_BOLD = re.compile(r"\*\*((?:\\.|[^*\\])*)\*\*")
_NAMED = re.compile(r"`([^`]*)`|\$([^$]*)\$|([^\W\d]\w*)(?:\[([^\]]*)\])?")
_ENTRY = re.compile(r"([^\W\d]\w*)\s*\[([^\]]*)\]")
_CODES = re.compile(r"\s*(`[^`]*`(?:\s*,\s*`[^`]*`)*)")
_OVER = re.compile(r"\s*,?\s*(?:over|for all|for each|for every|forall|for|∀)\s*(?=[`\s])\s*", re.IGNORECASE)
_BOUND = re.compile(r"\s*,?\s*(at least|>=|≥|at most|<=|≤)\s*(`[^`]*`|[-+]?[\w.]+(?:\[[^\]]*\])?)", re.IGNORECASE)
_DOMAIN = re.compile(rf"\s*[,(]?\s*({'|'.join(DOMAINS)})\b", re.IGNORECASE)
_SIGNED = re.compile(r"\s*,?\s*(non-?negative|free|unrestricted)\b", re.IGNORECASE)
_END = re.compile(r"\s*(?::|[—–-](?=\s)|\Z)\s*")


def section_of(heading: str) -> Section | None:
    """Return which of the headings a text is, decorated or not, None for any other text."""
    plain = re.sub(r"\A[\s#*_\d.)(-]+|[\s#*_:]+\Z", "", heading)
    return _SECTIONS.get(re.sub(r"\s+", " ", plain).lower())


def set_value(text: str) -> tuple[Literal["elements", "expression"], Any]:
    """Return what stands behind a set's `=`: `['a', 'b']` lists elements, anything else is an expression."""
    text = text.strip()
    if dots := re.fullmatch(r"[{[]?\s*(-?\d+)\s*(?:,\s*-?\d+\s*)?,?\s*(?:\.\.\.?|…)\s*,?\s*(-?\d+)\s*[}\]]?", text):
        return "expression", f"range({dots[1]}, {int(dots[2]) + 1})"
    for bare_words in (False, True):
        try:
            value = read_literal(text, bare_words=bare_words)
        except LiteralError:
            continue
        if is_object(value) and all(isinstance(key, str) and is_list(part) for key, part in value.items()):
            return "elements", {key: tuple(part) for key, part in value.items()}
        if is_list(value) and not isinstance(value, tuple) and (text.startswith("[") or bare_words):
            return "elements", tuple(value)
    return "expression", text


def parameter_value(text: str) -> tuple[Literal["values", "expression"], Any]:
    """Return what stands behind a parameter's `=`: a number or a table, or else an expression."""
    try:
        value = read_literal(text)
    except LiteralError:
        return "expression", text
    return ("values", value) if is_number(value) or is_object(value) or is_list(value) else ("expression", text)


def bound_value(text: str) -> float | str:
    """Return a bound: a finite number, or the text of an expression; `inf` stays a word."""
    value = read_number(text)
    return text if value is None or value in (float("inf"), float("-inf")) else value


@dataclass(slots=True)
class Head:
    """What the first line of an element says."""

    name: str
    ranges: list[str] = field(default_factory=list[str])
    value: str | None = None
    domain: str | None = None
    lower: float | str | None = None
    upper: float | str | None = None
    description: str = ""
    """Still escaped."""
    bold: bool = False
    """Whether the name stands between `**`, as in what `to_markdown` writes."""


def split_ranges(text: str) -> list[str]:
    """Return index ranges that stand in a row: `i in I, j in J if i != j`, or codes with commas between."""
    if "`" in text:
        return [uncode(f"`{part}`") for part in re.findall(r"`([^`]*)`", text)]
    parts: list[str] = []
    depth = 0
    for piece in re.split(r"([,()\[\]{}])", text):
        depth += (piece in {"(", "[", "{"}) - (piece in {")", "]", "}"})
        if piece == "," and depth == 0:
            parts.append("")
        elif parts:
            parts[-1] += piece
        else:
            parts.append(piece)
    return [part.strip() for part in parts if part.strip()]


def read_head(text: str) -> Head | None:
    """Return what an element's line says, None where it does not begin with a name."""
    head, rest = _name(text)
    if head is None:
        return None
    while rest:
        if end := _END.match(rest):
            head.description = rest[end.end() :]
            break
        rest, again = _part(head, rest), rest
        if rest == again:
            head.description = rest.strip()
            break
    return head


def _name(text: str) -> tuple[Head | None, str]:
    if bold := _BOLD.match(text):
        inner, rest = bold[1].strip(), text[bold.end() :]
        if ended := re.fullmatch(r"((?:\\.|[^\\])*):", inner):
            # A colon inside the bold, `**x:** ...`, belongs behind it.
            inner, rest = ended[1], f":{rest}"
        quoted = re.fullmatch(r"`([^`]*)`|\$([^$]*)\$", inner)
        plain = (quoted[1] or quoted[2] or "") if quoted else inner
        if entry := _ENTRY.fullmatch(plain):
            return Head(entry[1], split_ranges(entry[2]), bold=True), rest
        return Head(plain if quoted else unescape(plain), bold=True), rest
    found = _NAMED.match(text)
    if found is None:
        return None, text
    rest = text[found.end() :]
    if found[3] is not None:
        return Head(found[3], split_ranges(found[4] or "")), rest
    plain = (found[1] or found[2] or "").strip()
    if entry := _ENTRY.fullmatch(plain):
        return Head(entry[1], split_ranges(entry[2])), rest
    return (Head(plain), rest) if plain.isidentifier() else (None, text)


def _part(head: Head, rest: str) -> str:
    """Take one part off the front of a line; return what is left, the same where no part is known."""
    if over := _OVER.match(rest):
        if codes := _CODES.match(rest, over.end()):
            head.ranges += split_ranges(codes[1])
            return rest[codes.end() :]
        words, _, behind = rest[over.end() :].partition(":")
        if " in " in words or words.strip().isidentifier():
            head.ranges += split_ranges(words)
            return f":{behind}" if behind else ""
    if equals := re.match(r"\s*=(?!=)\s*", rest):
        if codes := re.match(r"`([^`]*)`", rest[equals.end() :]):
            head.value = codes[1]
            return rest[equals.end() + codes.end() :]
        value = re.match(r"(?:[^:{\[]|\{[^}]*\}|\[[^\]]*\])*", rest[equals.end() :])
        head.value = value[0].strip() if value else ""
        return rest[equals.end() + len(value[0] if value else "") :]
    if domain := _DOMAIN.match(rest):
        head.domain = DOMAINS[domain[1].lower()]
        return rest[domain.end() :].removeprefix(" variable").removeprefix(")")
    if bound := _BOUND.match(rest):
        side = "lower" if bound[1].lower() in {"at least", ">=", "≥"} else "upper"
        setattr(head, side, bound_value(uncode(bound[2])))
        return rest[bound.end() :].removeprefix(")")
    if signed := _SIGNED.match(rest):
        head.lower = 0 if signed[1].lower().startswith("non") else "-inf"
        return rest[signed.end() :].removeprefix(")")
    return rest
