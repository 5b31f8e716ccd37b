"""Numbers of the text that the formulation uses nowhere, and constants that the text does not explain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, cast

from fivefold.problem import Quantity, quantities, sentence_at, word_values
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.parse import ExpressionError, parse, parse_ranges

_RELATIVE = 1e-6
_COMMON = {0.0, 1.0, 2.0, 100.0}
"""Constants that need no explanation: signs, squares, halves, per cent."""
MAX_QUOTE = 140


def constants(formulation: Formulation) -> set[float]:
    """Return every number that a formulation holds: in expressions, tables, bounds, sets and index conditions."""
    found: set[float] = set()
    for text in _texts(formulation):
        try:
            trees: list[Any] = [parse(text).tree]
        except ExpressionError:
            continue
        found |= set(_numbers_in(trees))
    for element in formulation.elements():
        for ranges in (getattr(element, "index", ()), getattr(element, "forall", ())):
            try:
                found |= set(_numbers_in(list(parse_ranges(ranges))))
            except ExpressionError:
                continue
    for parameter in formulation.parameters:
        found |= set(_plain_numbers(parameter.values)) | set(_plain_numbers(parameter.default))
    for variable in formulation.variables:
        found |= set(_plain_numbers(variable.lower)) | set(_plain_numbers(variable.upper))
    for block in formulation.sets:
        elements = list(_plain_numbers(block.elements))
        found |= set(elements)
        if isinstance(block.elements, tuple):
            found.add(float(len(block.elements)))
    return found


def check_numbers(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every number of the text that is bound nowhere and every constant out of nowhere."""
    used = constants(formulation)
    findings: list[Finding] = []
    seen: set[float] = set()
    labels = _labels(text)
    for quantity in quantities(text):
        if quantity.value in seen or quantity.start in labels or _is_used(quantity, used):
            continue
        seen.add(quantity.value)
        quote = sentence_at(text, quantity.start)[:MAX_QUOTE]
        findings.append(
            warning(
                "number-unused",
                "",
                f"the number {quantity.written} of the problem is used nowhere: “{quote}”",
                "write the constraint or coefficient that it belongs to",
            )
        )
    explained = _explained(text)
    for value in sorted(used):
        if not any(_same(value, other) for other in explained):
            findings.append(
                warning(
                    "number-unexplained",
                    "",
                    f"the number {value:g} of the formulation is not in the problem",
                    "use the problem's own numbers",
                )
            )
    return findings


_LABEL = re.compile(r"\b([A-Za-z]{2,}) (\d{1,2})(?![\d.,]*\d|%)\b")
_COUNT = re.compile(r"(\d{1,2}) (?:different|types|kinds|sorts|varieties)\b")


def _labels(text: str) -> set[int]:
    """Return where numbers stand that only name or count things: `glue 1 ... glue 2`, `3 different lines`."""
    numbered: dict[str, set[str]] = {}
    places: list[tuple[str, int]] = []
    for match in _LABEL.finditer(text):
        word = match[1].lower()
        numbered.setdefault(word, set()).add(match[2])
        places.append((word, match.start(2)))
    found = {start for word, start in places if {"1", "2"} <= numbered[word]}
    return found | {match.start(1) for match in _COUNT.finditer(text)}


def _same(first: float, second: float) -> bool:
    return abs(first - second) <= _RELATIVE * max(1.0, abs(first), abs(second))


def _is_used(quantity: Quantity, used: set[float]) -> bool:
    if quantity.value == 1 and not quantity.percent:
        return True  # a coefficient of one is not written
    readings = [quantity.value]
    if quantity.percent:
        share = quantity.value / 100
        readings += [share, 1 - share, 1 + share, 100 - quantity.value]
    elif 0 < quantity.value < 1:
        readings += [1 - quantity.value, quantity.value * 100, 1 + quantity.value]
    return any(_same(reading, value) for reading in readings for value in used)


def _explained(text: str) -> set[float]:
    """Return the values that the text's numbers explain, alone or in one step of arithmetic."""
    stated = [quantity.value for quantity in quantities(text)]
    shares = [quantity.value / 100 for quantity in quantities(text) if quantity.percent]
    base = {*stated, *shares, *word_values(text)}
    known = base | _COMMON | {1 - value for value in base} | {1 + value for value in base}
    if len(base) <= 60:
        for first, second in combinations(sorted(base), 2):
            known |= {first + second, abs(first - second), first * second}
            known |= {first / second if second else 0.0, second / first if first else 0.0}
    return known


def _texts(formulation: Formulation) -> Iterator[str]:
    yield formulation.objective.expression
    for constraint in formulation.constraints:
        yield constraint.expression
    for text in [*(block.expression for block in formulation.sets), *(p.expression for p in formulation.parameters)]:
        if text is not None:
            yield text
    for variable in formulation.variables:
        for bound in (variable.lower, variable.upper):
            if isinstance(bound, str):
                yield bound


def _numbers_in(trees: list[e.Expression | e.Clause]) -> Iterator[float]:
    for tree in trees:
        for node in e.walk(tree):
            if isinstance(node, e.Number):
                yield float(node.value)


def _plain_numbers(raw: object) -> Iterator[float]:
    if isinstance(raw, bool) or raw is None:
        return
    if isinstance(raw, int | float):
        yield float(raw)
    elif isinstance(raw, dict):
        for part in cast(dict[object, object], raw).values():
            yield from _plain_numbers(part)
    elif isinstance(raw, list | tuple):
        for part in cast(Sequence[object], raw):
            yield from _plain_numbers(part)
