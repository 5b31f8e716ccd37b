"""Rows and goals that a table states: the column whose heading names what a sentence limits, or wants the most of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from fivefold.reading.budgets import is_budget
from fivefold.reading.claim import Claim, Relation
from fivefold.reading.entities import Entry, stem, stems
from fivefold.reading.guards import NOT_WORK, OF_EACH, OF_ONE
from fivefold.reading.periods import of_one_period
from fivefold.reading.slots import Slot, TextReading
from fivefold.reading.tables import TableColumn, table_columns
from fivefold_solvers.formulation.identity import spell_key

_DIMENSIONS = (
    {"second": "second", "sec": "second", "minute": "minute", "min": "minute", "hour": "hour", "h": "hour",
     "hr": "hour", "day": "day", "week": "week"},
    {"g": "gram", "gram": "gram", "kg": "kg", "kilogram": "kg", "kilo": "kg", "t": "ton", "ton": "ton", "tonne": "ton",
     "lb": "pound", "pound": "pound", "oz": "ounce", "ounce": "ounce"},
    {"ml": "ml", "l": "litre", "litre": "litre", "liter": "litre", "gallon": "gallon"},
    {"m": "metre", "metre": "metre", "meter": "metre", "cm": "cm", "foot": "foot", "feet": "foot", "ft": "foot"},
)  # fmt: skip
_UNITS = {word: (place, unit) for place, units in enumerate(_DIMENSIONS) for word, unit in units.items()}
_IDLE = frozenset(
    re.findall(r"\w+", "time needed required requirement use used usage consumption amount number unit each piece item")
)
_SIZES = frozenset({"weight", "mass", "volume", "size", "length", "area"})
_LABOUR = frozenset({"labour", "labor", "work"})
_MONEY = frozenset(re.findall(r"\w+", "profit revenue income return gain sale price cost expense value earning margin"))
_PER = re.compile(r"(?:\bper|\bfor (?:each|every|one|an?)|\beach|\bof one|/) ?([A-Za-z]+)", re.IGNORECASE)
_ANY_ONE = re.compile(
    r"^ ?(?:[a-z]+ )?(?:(?:can|may|must|should) be )?(?:(?:spent|used|available|worked|allowed) )?(?:on|for|in|at) "
    r"(?:any one|each|any|every|any single|each single) (?!day|week|month|hour|shift)[a-z]+(?: ?\((?P<list>[^()]+)\))?",
    re.IGNORECASE,
)


def table_claims(reading: TextReading) -> Iterator[Claim]:
    """Yield the limits on a column of a table that are stated in the table, or in a sentence that names its heading."""
    columns = _columns(reading)
    physical = [column for column in columns if not _paid(column)]
    for column in physical:
        for relation, limit in column.limits.items() if _counted(reading, column) else ():
            yield _claim(column, "<=" if relation == "<=" else ">=", limit, f"the table, {column.heading}")
    if any(column.limits for column in physical):
        return
    bounds = [slot for slot in reading.slots if slot.kind in {"limit", "requirement"} and _usable(reading, slot)]
    for slot in bounds:
        fitting = _of_each(reading, slot, physical) or _fitting(reading, slot, physical)
        rivals = [other for other in bounds if any(column in fitting for column in _fitting(reading, other, physical))]
        if len(fitting) == 1 and len(rivals) > 1:
            continue  # the same heading for two limits
        for column in fitting if all(_counted(reading, column) for column in fitting) else ():
            yield _claim(column, "<=" if slot.kind == "limit" else ">=", slot.quantity.value, reading.quote(slot))
    yield from _spent(reading, columns)


def table_goal(reading: TextReading, goal: frozenset[str]) -> dict[Entry, float] | None:
    """Return the numbers of the one column that is headed by what is to be made best: profit, revenue, cost."""
    columns = _columns(reading)
    wanted = goal & _MONEY
    headed = [column for column in columns if _paid(column) & wanted]
    if len(headed) != 1 or len(wanted) != 1 or not _counted(reading, headed[0]) or not all(headed[0].values.values()):
        return None
    others = [column for column in columns if column is not headed[0] and _paid(column)]
    loose = [slot for slot in _outside(reading) if "money" in slot.nouns and not is_budget(reading, slot)]
    if loose or (others and "profit" not in wanted):
        return None  # a cost beside, or a price of something else
    variables = [entity.variable for entity in reading.entities]
    return dict(headed[0].values) if len({v.domain for v in variables}) == 1 else None


def _columns(reading: TextReading) -> list[TableColumn]:
    return list(table_columns(reading.text, reading.entities)) if reading.text.count("|") > 5 else []


def _outside(reading: TextReading) -> list[Slot]:
    """Return the numbers that stand in sentences, not in a table."""
    return [slot for slot in reading.slots if "|" not in reading.sentences.words(slot.sentence)]


def _usable(reading: TextReading, slot: Slot) -> bool:
    """Whether a number limits everything together, and in a sentence."""
    words = reading.sentences.words(slot.sentence)
    if slot.conditional or slot.quantity.percent or "|" in words or "money" in slot.nouns or slot.nouns & NOT_WORK:
        return False
    return not of_one_period(reading, slot.sentence) and re.search(r"\bmore\b(?! than)", words) is None


def _counted(reading: TextReading, column: TableColumn) -> bool:
    """Whether a column says how much one of each decision takes, counted as the decision is."""
    labels = [entity.label | stems(entity.variable.unit) for entity in reading.entities]
    known = frozenset[str]().union(*labels) | {"unit", "piece", "item", "product", "one"}
    return "%" not in column.heading and all(stem(word) in known for word in _PER.findall(column.heading))


def _words(heading: str) -> frozenset[str]:
    """Return what a heading names, without units."""
    return frozenset(word for word in stems(_PER.sub(" ", heading)) - _IDLE - _SIZES if word not in _UNITS)


def _paid(column: TableColumn) -> frozenset[str]:
    """Return the words of a heading that speak of money, or of what something is worth."""
    return frozenset(map(stem, re.findall(r"[A-Za-z]+", column.heading))) & _MONEY


def _unit(words: Sequence[str]) -> tuple[int, str] | None:
    found = {_UNITS[stem(word)] for word in words if stem(word) in _UNITS}
    return found.pop() if len(found) == 1 else None


def _fitting(reading: TextReading, slot: Slot, columns: Sequence[TableColumn]) -> list[TableColumn]:
    """Return the column whose heading names what a number limits; none where there may be two."""
    sentence = reading.sentences.statement(slot.sentence)
    if OF_EACH.search(sentence) or OF_ONE.search(sentence):
        return []
    unit = _slot_unit(reading, slot)
    named = frozenset(word for word in slot.nouns - _IDLE if word not in _UNITS)
    alike = [column for column in columns if _measured(reading, column, unit)]
    spoken = [column for column in alike if _words(column.heading) and _words(column.heading) <= stems(sentence)]
    if named:
        exact = [column for column in alike if _words(column.heading) == named]
        partly = [c for c in alike if _words(c.heading) and (_words(c.heading) <= named or named <= _words(c.heading))]
        bare = _bare(alike, unit)
        found = exact or partly or (bare if len(alike) == 1 and named <= _LABOUR else [])
        return found if len(found) == 1 else []
    found = spoken or _bare(alike, unit)
    return found if len(found) == 1 and unit is not None else []


def _bare(columns: Sequence[TableColumn], unit: tuple[int, str] | None) -> list[TableColumn]:
    """Return the columns that are headed by a unit alone: hours, or weight (kg)."""
    return [column for column in columns if unit and not _words(column.heading) and _heading_unit(column) == unit]


def _slot_unit(reading: TextReading, slot: Slot) -> tuple[int, str] | None:
    after = reading.text[slot.quantity.start + len(slot.quantity.written) :][:12]
    return _unit([*slot.nouns, *re.findall(r"^ ?([A-Za-z]+)\b", after)])


def _heading_unit(column: TableColumn) -> tuple[int, str] | None:
    return _unit(re.findall(r"[A-Za-z]+", _PER.sub(" ", column.heading)))


def _measured(reading: TextReading, column: TableColumn, unit: tuple[int, str] | None) -> bool:
    """Whether a column is measured as a limit is: its heading says so, or the text knows no other unit of the kind."""
    own = _heading_unit(column)
    if own is not None or unit is None:
        return own == unit
    spoken = {_UNITS[stem(word)] for word in re.findall(r"[a-z]{2,}", reading.text.lower()) if stem(word) in _UNITS}
    return all(other == unit for other in spoken if other[0] == unit[0])


def _of_each(reading: TextReading, slot: Slot, columns: Sequence[TableColumn]) -> list[TableColumn]:
    """Return the columns of `at most 70 hours at each station (sawing, gluing)`: one row for each."""
    match = _ANY_ONE.match(reading.text[slot.quantity.start + len(slot.quantity.written) :])
    unit = _slot_unit(reading, slot)
    if match is None or unit is None or slot.kind != "limit":
        return []
    if match["list"] is None:
        found = [column for column in columns if _heading_unit(column) == unit]
        return found if len(found) > 1 else []
    listed = [stems(part) for part in re.split(r",|\band\b|\bor\b", match["list"]) if part.strip()]
    alike = [column for column in columns if _measured(reading, column, unit)]
    found = [column for words in listed for column in alike if _words(column.heading) == words]
    return found if len(found) == len(listed) > 1 else []


def _spent(reading: TextReading, columns: Sequence[TableColumn]) -> Iterator[Claim]:
    """Yield the row of a budget, where exactly one column is of costs."""
    bounds = [slot for slot in _outside(reading) if "money" in slot.nouns]
    costs = [column for column in columns if _paid(column) & {"cost", "expense"}]
    if len(bounds) == 1 and is_budget(reading, bounds[0]) and len(costs) == 1 and _counted(reading, costs[0]):
        yield _claim(costs[0], "<=", bounds[0].quantity.value, reading.quote(bounds[0]))


def _claim(column: TableColumn, relation: Relation, limit: float, quote: str) -> Claim:
    weights: Mapping[Entry, float] = {entry: value for entry, value in column.values.items() if value}
    said = " + ".join(f"{value:g}*{spell_key(*entry)}" for entry, value in weights.items())
    return Claim("resource", weights, relation, limit, quote, f"{said} {relation} {limit:g}")
