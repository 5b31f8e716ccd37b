"""Numbers of one row on different scales: per cent as 20 and 0.2, millions and ones, cents and dollars, days and weeks.

Each is told only where the text gives every number one meaning, and where the row holds nothing that converts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from fivefold.checks.limits import Amounts, amounts
from fivefold.checks.sums import addends, factors, tree_of
from fivefold.checks.wording import stems
from fivefold.problem import Quantity, sentence_at
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_MAX_QUOTE = 140
_CENTS = re.compile(r"^\s*(?:¢|cents?\b)", re.IGNORECASE)
_DOLLARS = re.compile(r"(?:\$|€|£)\s*$")
_PERIOD = r"(hour|day|week|month|year)"
_PER = re.compile(
    rf"\b(?:per|an?|each|every)[ -]{_PERIOD}\b|/{_PERIOD}\b|\b(hourly|daily|weekly|monthly|yearly)\b", re.I
)
_NAMED = {"daily": "day", "hourly": "hour", "weekly": "week", "monthly": "month", "yearly": "year"}
_TIMES = frozenset({"hour", "day", "week", "month", "year", "minute", "time", "period", "shift"})
_OBJECTIVE = "the objective"
_ZERO = (e.Number(0),)
_HUNDREDTHS = {100, 0.01}
_PERCENT_UNITS = {"%", "percent", "per cent"}
_POINTS = re.compile(r"(?:\b(?:percentage|percent|per cent)|%)[ -]points?\b", re.IGNORECASE)
_STOP = re.compile(r"[.;:!?,](?=\s|$)|\n|\b(?:and|while|but|whereas)\b")


class _Sum(NamedTuple):
    """A row or the objective: where it is, its text, and the factors of each of its addends."""

    where: str
    text: str
    addends: tuple[tuple[e.Expression, ...], ...]

    def numbers(self) -> list[float]:
        """The literal numbers that are factors or addends."""
        return [float(part.value) for parts in self.addends for part in parts if isinstance(part, e.Number)]


def check_scales(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every row that adds or compares numbers on different scales."""
    stated = amounts(text)
    in_points = _POINTS.search(text) is not None
    tables = {p.name for p in formulation.parameters if p.unit.strip().lower() in _PERCENT_UNITS}
    parameters = {parameter.name for parameter in formulation.parameters}
    words = stems(" ".join(f"{v.name.replace('_', ' ')} {v.description} {v.unit}" for v in formulation.variables))
    scaled = [quantity for same in stated.values() for quantity in same if quantity.scale]
    findings: list[Finding] = []
    for part in _sums(formulation):
        shares = [_percentage(parts, tables, parameters, stated) for parts in part.addends if parts != _ZERO]
        if _beside_data(part, parameters):
            shares.append(None)  # what the data is counted in, the bare number may be too
        found = [] if in_points and _in_percent(part, stated) else list(_percent(part, shares, by_tables=bool(tables)))
        found += _scaled(part, scaled, stated)
        found += _cents(part, stated, text)
        if not words & _TIMES and part.where != _OBJECTIVE:
            found += _periods(part, stated, text)
        # One number on a wrong scale looks wrong in several ways; the first says enough.
        findings += found[:1]
    return findings


def _sums(formulation: Formulation) -> Iterator[_Sum]:
    texts = [(_OBJECTIVE, formulation.objective.expression)]
    texts += [(f"constraint '{row.name}'", row.expression) for row in formulation.constraints]
    for where, text in texts:
        tree = tree_of(text)
        if tree is None:
            continue
        sides = (tree.left, tree.right) if isinstance(tree, e.Compare) else (tree,)
        yield _Sum(where, text, tuple(tuple(factors(addend)) for side in sides for addend in addends(side)))


def _beside_data(part: _Sum, parameters: set[str]) -> bool:
    """Whether a bare number is added to or compared with data, as in `target[c] + 0.5`."""
    names = [{node.name for node in parts if isinstance(node, e.Name | e.Item)} for parts in part.addends]
    return any(own and own <= parameters for own in names) and any(
        not own and parts != _ZERO for own, parts in zip(names, part.addends, strict=True)
    )


def _percentage(parts: tuple[e.Expression, ...], tables: set[str], parameters: set[str], stated: Amounts) -> str | None:
    """Return the percentage that an addend multiplies by, "" where it holds none, None where that is not known."""
    numbers = [float(node.value) for node in parts if isinstance(node, e.Number)]
    names = [node.name for node in parts if isinstance(node, e.Name | e.Item)]
    if any(value in _HUNDREDTHS for node in parts for value in _numbers(node)):
        return None
    if listed := next((name for name in names if name in tables), None):
        return listed
    large = next((value for value in numbers if _is_percent(value, stated)), None)
    if large is not None:
        return f"{large:g}"
    # A number beside a table of percentages may be one too.
    return None if tables and (numbers or parameters & set(names)) else ""


def _is_percent(value: float, stated: Amounts) -> bool:
    mentions = stated.get(value, [])
    return value not in {1, 100} and bool(mentions) and all(quantity.percent for quantity in mentions)


def _in_percent(part: _Sum, stated: Amounts) -> bool:
    """Whether a percentage stands alone in a row, as in `30 + 2*x >= 45`: what is added to it are percentage points."""
    alone = [parts[0].value for parts in part.addends if len(parts) == 1 and isinstance(parts[0], e.Number)]
    return any(_is_percent(float(value), stated) for value in alone)


def _percent(part: _Sum, shares: list[str | None], *, by_tables: bool) -> Iterator[Finding]:
    """`20*x` for 20 % of x beside terms that are no percentages."""
    percents = [share for share in shares if share]
    all_are = len(percents) == len(shares)
    if not percents or None in shares or (all_are and (by_tables or part.where != _OBJECTIVE)):
        return
    why = "so its value is a hundred times what is meant" if all_are else "beside numbers that are none"
    message = f"`{part.text}` multiplies by {percents[0]}, which is a percentage, {why}"
    yield warning("percent", part.where, message, f"write {percents[0]} per cent as a share, divided by 100")


def _numbers(node: e.Expression) -> Iterator[float]:
    return (float(below.value) for below in e.walk(node) if isinstance(below, e.Number))


def _scaled(part: _Sum, scaled: list[Quantity], stated: Amounts) -> Iterator[Finding]:
    """`1.6` for 1.6 million beside `6000000` for 6 million."""
    numbers = part.numbers()
    short = {float(re.sub(r"[^\d.]", "", q.written)): q for q in scaled}
    full = {q.value: q for q in scaled}
    cut = next((short[value] for value in numbers if value in short and value not in stated), None)
    whole = next((full[value] for value in numbers if value in full), None)
    if cut is not None and whole is not None:
        message = f"`{part.text}` holds {cut.written} without its scale and {whole.written} with it"
        yield warning("scale", part.where, message, f"write {cut.value:g}")


def _cents(part: _Sum, stated: Amounts, text: str) -> Iterator[Finding]:
    """`35*x` for 35 cents beside `2*y` for 2 dollars."""
    cents: list[float] = []
    dollars: list[float] = []
    for value in part.numbers():
        mentions = stated.get(value, [])
        if mentions and all(_CENTS.match(text[q.start + len(q.written) :][:8]) for q in mentions):
            cents.append(value)
        elif mentions and all(_DOLLARS.search(text[max(0, q.start - 4) : q.start]) for q in mentions):
            dollars.append(value)
    if cents and dollars:
        message = f"`{part.text}` adds {cents[0]:g} cents and {dollars[0]:g} dollars"
        yield warning("scale", part.where, message, f"write {cents[0] / 100:g} for {cents[0]:g} cents")


def _periods(part: _Sum, stated: Amounts, text: str) -> Iterator[Finding]:
    """`30*x >= 500` for 30 a day and 500 a week, where x is no time."""
    found: dict[str, Quantity] = {}
    for parts in part.addends:
        numbers = [float(node.value) for node in parts if isinstance(node, e.Number)]
        if len(numbers) > 1:
            return  # a product of numbers may convert
        mentions = stated.get(numbers[0], []) if numbers else []
        periods = {_period(text, quantity) for quantity in mentions}
        if len(periods) == 1 and (period := periods.pop()) is not None:
            found.setdefault(period, mentions[0])
    if len(found) == 2:
        (first, one), (second, other) = found.items()
        quotes = " / ".join(f"“{sentence_at(text, q.start)[:_MAX_QUOTE]}”" for q in (one, other))
        message = f"`{part.text}` compares {one.written} a {first} with {other.written} a {second}: {quotes}"
        yield warning("period", part.where, message, f"count both per {first} or both per {second}")


def _period(text: str, quantity: Quantity) -> str | None:
    """Return the period that the words behind a number give it, up to the end of its clause."""
    after = text[quantity.start + len(quantity.written) :][:70]
    stop = _STOP.search(after)
    said = _PER.search(after[: stop.start()] if stop else after)
    if said is None:
        return None
    word = next(group for group in said.groups() if group).lower()
    return _NAMED.get(word, word)
