"""Elements written in a line of words, as people and LLMs do: `Maximize: 50*x + 60*y`, `capacity: x + y <= 10`."""

import re
from typing import Any, NamedTuple

from fivefold_solvers.formulation.markdown_item import DOMAINS, parameter_value, set_value, split_ranges
from fivefold_solvers.formulation.markdown_text import unescape

_SENSES = {"min": "minimize", "max": "maximize", "sat": "satisfy", "fea": "satisfy", "fin": "satisfy"}
_SENSE = re.compile(
    r"\W*(maximi[sz]e|minimi[sz]e|max|min|satisfy|feasibility|find)\b(?!\()\**\s*:?\**\s*", re.IGNORECASE
)
_OWN_SENSE = re.compile(r"\*\*(Minimize|Maximize|Satisfy)\*\*(?: `([^`]*)`)?(?:: (.*))?")
_LABEL = re.compile(r"(?:\*\*)?([^\W\d][\w \-]{0,60}?)(?:\*\*)?\s*(\([^)]*\))?\s*:(?:\*\*)?\s+")
_BOLD_LABEL = re.compile(
    r"\*\*((?:\\.|[^*\\])*?):?\*\*"
    r"((?:\s*(?:over|for all|for each|for|∀)\s+`[^`]*`(?:\s*,\s*`[^`]*`)*)?[^:`]*)(?::\s*|(?=`)|\Z)"
)
_AMOUNT = re.compile(r"([$€£]?)\s*(-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d+(?:\.\d+)?)\s*(%?)\s*(.*)", re.DOTALL)
_RELATION = re.compile(r"<=|>=|==|=|≤|≥|<|>|\b(?:implies|all_different|circuit|no_overlap)\(")


class Loose(NamedTuple):
    """Fields that were found in words, and what to tell about it; no note where the form is the usual one."""

    fields: dict[str, Any]
    note: str = ""


def set_in_words(words: str) -> Loose | None:
    """Return elements that stand where the description should, `**I**: {cake, bread}`."""
    code = re.search(r"`([^`]*)`", words)
    text = unescape(code[1] if code else words).strip().rstrip(".")
    if re.match(r"[{\[]|range\(|-?\d+\s*(\.\.|…)", text):
        slot, value = set_value(text)
        beside = words.replace(code[0], "").strip(" ,;=.:") if code else ""
        return Loose({slot: value, "description": unescape(beside)}, f"`{text}` was read as the {slot} {value}")
    return None


def parameter_in_words(words: str) -> Loose | None:
    """Return the value that stands where the description should, `cap: 100 hours`, `price: {'a': 5}`."""
    text = words.strip().strip("`").rstrip(".")
    slot, value = parameter_value(text)
    if slot == "values":
        return Loose({"values": value}, f"`{text}` was read as the value")
    amount = _AMOUNT.fullmatch(text)
    if amount is None or len(amount[4].split()) > 4 or re.search(r"[-+*/=<>]", amount[4]):
        return None
    number = float(amount[2].replace(",", "")) / (100 if amount[3] else 1)
    fields: dict[str, Any] = {"values": int(number) if number.is_integer() else number}
    unit = " ".join(part for part in (amount[1], amount[4].strip(" ()")) if part)
    if unit:
        fields["unit"] = unit
    return Loose(fields, f"`{text}` was read as the value {number:g}{f' and the unit {unit}' if unit else ''}")


def variable_in_words(words: str) -> Loose | None:
    """Return the domain and bounds that a description names, `x: number of cakes, integer, >= 0`."""
    fields: dict[str, Any] = {}
    if domain := re.search(rf"\b({'|'.join(DOMAINS)})\b", words, re.IGNORECASE):
        fields["domain"] = DOMAINS[domain[1].lower()]
    if re.search(r"\b(unrestricted|free variable|may be negative)\b", words, re.IGNORECASE):
        fields["lower"] = "-inf"
    for side, signs in (("lower", ">=|≥|at least"), ("upper", "<=|≤|at most")):
        if bound := re.search(rf"(?:{signs})\s*(-?\d+(?:\.\d+)?)(?!\w)", words):
            value = float(bound[1])
            fields[side] = int(value) if value.is_integer() else value
    if not fields:
        return None
    told = ", ".join(f"{slot} {value}" for slot, value in fields.items())
    return Loose(fields, f"from the words of the description: {told}")


def objective_in_words(text: str, known: dict[str, Any]) -> Loose:
    """Return sense, expression and description of the objective's line."""
    if own := _OWN_SENSE.fullmatch(text):
        fields: dict[str, Any] = {"sense": own[1].lower(), "description": unescape(own[3] or "")}
        if own[2] is not None:
            fields["expression"] = own[2]
        return Loose(fields)
    fields = {}
    note = "the objective was read from a line of words" if text else ""
    rest = text
    if sense := _SENSE.match(text):
        rest = text[sense.end() :]
        fields["sense"] = _SENSES[sense[1][:3].lower()]
    elif "sense" in known:
        fields["sense"] = _SENSES.get(str(known["sense"])[:3].lower(), known["sense"])
        note = note or f"the sense '{known['sense']}' was read as {fields['sense']}"
        note = note if text or known["sense"] != fields["sense"] else ""
    if "expression" not in known and rest:
        codes = re.findall(r"`([^`]*)`", rest)
        expression = codes[0] if codes else rest
        expression = re.sub(r"\A\W*[^\W\d]\w*\s*=(?!=)\s*", "", expression).strip().strip("*").strip()
        if fields.get("sense") != "satisfy" or codes:
            fields["expression"] = expression
        if codes:
            fields["description"] = unescape(re.sub(r"`[^`]*`", "", rest).strip(" :.-"))
    return Loose(fields, note)


def constraint_in_words(text: str, place: int) -> Loose:
    """Return a constraint's line in the usual form as `head`, and what else it says.

    The name is the label before the colon, `constraint_1` where there is none; ranges may stand behind.
    """
    note = "the constraint was read from a line of words"
    label = _BOLD_LABEL.match(text) or _LABEL.match(text)
    # `for t in T: x[t] <= 5` has ranges before the colon, and no name.
    name, middle, rest = "", "", text
    if label is not None and not _RELATION.search(label[1]) and not label[1].startswith("for "):
        name, middle, rest = label[1], (label[2] or "").strip(), text[label.end() :]
    if leading := re.match(r"(?:for all|for each|for|∀)\s+([^:]*\bin\b[^:]*):\s*", rest, re.IGNORECASE):
        rest, middle = rest[leading.end() :], f"{middle} for {leading[1]}"
    ranges: list[str] = []
    if over := re.search(r"(?:over|for all|for each|for|∀)\s+(.*)", middle, re.IGNORECASE):
        ranges += split_ranges(over[1].strip("() "))
        middle = middle[: over.start()]
    expression, words = _expression(rest, ranges)
    plain = re.sub(r"\W+", "_", unescape(name)).strip("_") or f"constraint_{place}"
    if plain[0].isdigit():
        plain = f"c_{plain}"
    if not name:
        note = f"the constraint has no name and was called {plain}"
    fields: dict[str, Any] = {"head": f"**{plain}**", "ranges": ranges}
    description = " ".join(part for part in (unescape(middle.strip(" ()")), words) if part)
    if expression:
        fields["expression"] = expression
    fields["description"] = description
    return Loose(fields, note)


def _expression(text: str, ranges: list[str]) -> tuple[str, str]:
    """Return expression and further words of the text behind a label; ranges found are added."""
    codes = list(re.finditer(r"`([^`]*)`", text))
    chosen = next((code for code in codes if _RELATION.search(code[1])), None)
    if chosen is not None:
        behind = text[chosen.end() :]
        words = text[: chosen.start()].strip(" :,")
        body = chosen[1]
        if over := re.match(r"\s*,?\s*(?:for all|for each|for every|forall|for|∀)\s+(.*)", behind, re.IGNORECASE):
            ranges += split_ranges(over[1].rstrip(". "))
            behind = ""
        words = unescape(f"{words} {behind.strip(' :,.')}".strip())
    else:
        body, words = text.strip(), ""
        if not _RELATION.search(body):
            return "", unescape(body)
    if tail := _tail(body):
        ranges += split_ranges(tail[1])
        body = tail[0]
    return body.strip(), words


def _tail(text: str) -> tuple[str, str] | None:
    """Split `x[t] <= 5 for t in T` at the `for` that stands outside of all brackets."""
    depth = 0
    for match in re.finditer(r"[(\[{]|[)\]}]|\s*,?\s*(?:\bfor all\b|\bfor each\b|\bforall\b|\bfor\b|∀)\s*", text):
        piece = match[0]
        if piece in {"(", "[", "{"}:
            depth += 1
        elif piece in {")", "]", "}"}:
            depth -= 1
        elif depth == 0:
            return text[: match.start()], text[match.end() :]
    return None
