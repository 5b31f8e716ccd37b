"""Sentences that the plan itself breaks: something is left over at the end, price steps come out of order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from fivefold.checks.battery.lines import lines_of
from fivefold.checks.bindings import same_number
from fivefold.problem import quantities
from fivefold.reading.entities import Entry
from fivefold.reading.words import Sentences
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.identity import Key, spell_key

Values = Mapping[str, Mapping[Key, float]]
Broken = Iterator[tuple[str, str]]
"""What a plan breaks, and how to mend the formulation."""
_TINY = 1e-6

_OWED = r"(?:owed|owing|outstanding|unfilled|unmet|undelivered|back-?(?:logg|order)ed|back-?(?:log|order)s?|late)"
_KEPT = r"(?:left(?: over)?|in stock|in store|stored|remaining|unsold|on hand|stocks?|inventor(?:y|ies)|leftovers?)"
_MAY = r"(?:may|must|should|shall|can|is (?:allowed |permitted )?to|are (?:allowed |permitted )?to|will|is|are)"
_NOTHING_LEFT = re.compile(
    rf"\b(?:nothing|none|no [a-z]+(?: [a-z]+)?) {_MAY} (?:be |remain |then be )?(?P<what>{_OWED}|{_KEPT})\b"
    r"(?P<on>[^.;]*)|"
    rf"\b(?:the|all|any|no) (?P<store>{_OWED}|{_KEPT})\b[a-z ]*? {_MAY} be (?:empty|zero|0|cleared|used up)\b"
    r"(?P<then>[^.;]*)"
)
_AT_END = re.compile(r"\b(?:at the end|by the end|in the end|after|at the close|when)\b")
_CONDITION = re.compile(r"\b(?:if|unless|except|each|every|any)\b")
_NAMES = {
    "owed": re.compile(r"owe|owing|outstanding|unfilled|unmet|undelivered|back[ -]?(?:log|order)|late\b"),
    "kept": re.compile(r"stock|store|stored|inventor|left|kept|remain|carried|unsold|on hand"),
}
_AT_START = re.compile(r"\b(?:start|beginning|begin|opening|before)\b")
_PERIOD = re.compile(r"week|month|day|period|quarter|year|season|hour|shift|stage|time|horizon|\bt\b", re.I)

_STEPS = re.compile(r"\bfirst (?P<a>[\d.,]+)\b[^.;]*?\b(?:next|following|second|another) (?P<b>[\d.,]+)\b")


def check_plans(formulation: Formulation, text: str, values: Values) -> list[Finding]:
    """Return a warning for each sentence that the values of the best solution break, in words that leave no doubt.

    Args:
        formulation: the formulation.
        text: the problem in words.
        values: its best solution.
    """
    sentences = Sentences(text)
    found: list[Finding] = []
    for number in range(len(sentences.ends)):
        words = sentences.statement(number)
        for look in (_left, _steps):
            found += (
                warning("falsified-plan", f"“{words[:200]}”", message, mend)
                for message, mend in look(formulation, words.lower(), values)
            )
    return found


def _left(formulation: Formulation, words: str, values: Values) -> Broken:
    """`nothing may be owed after week 6`: what the last entries of a series are."""
    for match in _NOTHING_LEFT.finditer(words):
        after = match["on"] or match["then"] or ""
        if not _AT_END.search(after) or _CONDITION.search(words):
            continue
        kind = "owed" if re.fullmatch(_OWED, match["what"] or match["store"]) else "kept"
        named = {float(one.value) for one in quantities(after)}
        for label, last, value in _ends(formulation, _NAMES[kind], values):
            if abs(value) > _TINY and (not named or last in named):
                yield f"the plan has {label} = {value:.6g} at the end", f"add a row such as {label} == 0"


def _ends(formulation: Formulation, name: re.Pattern[str], values: Values) -> Iterator[tuple[str, float | None, float]]:
    """Yield the last entries of series with such a name, what their last place is called, and their values."""
    series: dict[str, dict[int, str]] = {}
    for variable in formulation.variables:
        said = f"{variable.name.replace('_', ' ')} {variable.description}".lower()
        if variable.domain == "binary" or not name.search(said) or _AT_START.search(said):
            continue
        for at, index in enumerate(variable.index):
            if _PERIOD.search(index):
                entries = values.get(variable.name, {})
                last = list(dict.fromkeys(key[at] for key in entries))[-1:]
                for key, value in entries.items():
                    if [key[at]] == last:
                        yield spell_key(variable.name, key), _number(key[at]), value
        numbered = re.fullmatch(r"(.*?)_?(\d+)", variable.name)
        if numbered and not variable.index:
            series.setdefault(numbered[1], {})[int(numbered[2])] = variable.name
    for members in series.values():
        if len(members) > 1:
            last_one = max(members)
            yield members[last_one], float(last_one), values.get(members[last_one], {}).get((), 0.0)


def _number(part: object) -> float | None:
    found = re.search(r"\d+$", str(part))
    return float(found.group()) if found else None


def _steps(formulation: Formulation, words: str, values: Values) -> Broken:
    """`the first 200 at 5 euros, the next 300 at 4`: no later step before the earlier is full."""
    for match in _STEPS.finditer(words):
        sizes = [one.value for part in ("a", "b") for one in quantities(match[part])]
        if len(sizes) != 2 or sizes[0] == sizes[1]:
            continue
        early, late = (_limited(formulation, size) for size in sizes)
        if len({name for name, _ in early}) != 1:
            continue
        for before, key in sorted(early, key=str):
            filled = values.get(before, {}).get(key, sizes[0])
            later = {name for name, other in late if other == key}
            if len(later) > 1:  # further steps of this price are also after it, other decisions of that size are not
                later = {name for name in later if _stem(name) == _stem(before)}
            taken, name = max(((values.get(name, {}).get(key, 0.0), name) for name in later), default=(0.0, ""))
            if taken > _TINY and filled < sizes[0] * (1 - _TINY):
                message = (
                    f"the plan takes {taken:.6g} of {spell_key(name, key)} before {spell_key(before, key)} is full "
                    f"({filled:.6g} of {sizes[0]:g})"
                )
                yield message, f"let {name} be more than 0 only where {before} is full, by a yes or no"


def _stem(name: str) -> str:
    return re.split(r"[_\d]", name, maxsplit=1)[0]


def _limited(formulation: Formulation, size: float) -> set[Entry]:
    """Return the decisions with an upper limit of a size, alone or by a yes or no."""
    checked = check(formulation)
    if checked.grounded is None:
        return set()
    blocks = checked.grounded.variables
    found = {(name, key) for name, one in blocks.items() for key, (_, high) in one.bounds.items() if high == size}
    for line in lines_of(checked.rows.rows):
        (entry, weight), *others = sorted(line.weights.items(), key=lambda one: -one[1])
        switched = [-by for (name, _), by in others if blocks[name].element.domain == "binary"]
        limit = line.limit if not others else switched[0] if len(others) == len(switched) == 1 and not line.limit else 0
        if line.relation == "<=" and weight == 1 and same_number(limit, size):
            found.add(entry)
    return {entry for entry in found if blocks[entry[0]].element.domain != "binary"}
