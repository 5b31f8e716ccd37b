"""Units of measure: a small algebra over time, mass, volume, length and money, and units read from words.

What only counts (loaves, buses) has no unit here: counts are compared by the checks of nouns and of subjects. A
units library would bring half a second of import for a table of some sixty words.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from fivefold.checks.wording import stem
from fivefold.problem import Quantity, quantities, word_values
from fivefold.reading.labels import labels

DIMENSIONS = ("time", "mass", "volume", "length", "money")


@dataclass(frozen=True, slots=True)
class Unit:
    """Powers of the dimensions, and the logarithm of the factor to the base units hour, kg, litre, metre, dollar."""

    powers: tuple[Fraction, ...] = (Fraction(0),) * len(DIMENSIONS)
    scale: float = 0.0

    def times(self, other: Unit, power: int = 1) -> Unit:
        """Return this unit times a power of the other."""
        powers = tuple(a + power * b for a, b in zip(self.powers, other.powers, strict=True))
        return Unit(powers, self.scale + power * other.scale)

    @property
    def plain(self) -> bool:
        """Whether it has no dimension."""
        return not any(self.powers)

    def __str__(self) -> str:
        """Return the unit in words, such as `money per mass`."""
        above = [_power(name, power) for name, power in zip(DIMENSIONS, self.powers, strict=True) if power > 0]
        below = [_power(name, -power) for name, power in zip(DIMENSIONS, self.powers, strict=True) if power < 0]
        return " ".join([" times ".join(above) or "a count", *(f"per {part}" for part in below)])


NONE = Unit()


def _power(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}^{power}"


def _unit(dimension: str, factor: float, power: int = 1) -> Unit:
    return Unit(tuple(Fraction(power if name == dimension else 0) for name in DIMENSIONS), math.log10(factor))


_WORDS: dict[str, Unit] = {}
for _dimension, _power_of, _listed in (
    ("time", 1, "hour hr h=1 minute min=1/60 second sec=1/3600"),
    ("mass", 1, "kilogram kg kilo=1 gram gramme g=0.001 milligram mg=0.000001 tonne ton=1000 pound lb=0.45359237 "
                "ounce oz=0.028349523125"),
    ("volume", 1, "litre liter l=1 hectolitre hectoliter hl=100 millilitre milliliter ml=0.001 gallon=3.785411784 "
                  "quart=0.946352946"),
    ("length", 1, "metre meter=1 centimetre centimeter cm=0.01 millimetre millimeter mm=0.001 "
                  "kilometre kilometer km=1000 mile=1609.344 foot feet ft=0.3048 inch=0.0254 yard=0.9144"),
    ("length", 2, "hectare ha=10000 acre=4046.8564224"),
    ("money", 1, "dollar usd euro eur yuan rmb=1 cent=0.01"),
):  # fmt: skip
    for _group in re.findall(r"[^=]+=\S+", _listed):
        _names, _, _factor = _group.partition("=")
        for _name in _names.split():
            _WORDS[_name] = _unit(_dimension, float(Fraction(_factor)), _power_of)
_CURRENCY = frozenset("$€£¥")
_LONG_TIMES = frozenset({"day", "week", "month", "year", "shift", "season", "quarter", "night", "decade", "term"})
"""Periods and, counted, times of no fixed length in hours."""
_UNSURE = frozenset(
    {
        "unit",
        "percent",
        "share",
        "fraction",
        "hundred",
        "thousand",
        "million",
        "billion",
        "score",
        "degree",
        "kw",
        "mw",
        "kwh",
        "mwh",
        "gwh",
        "cal",
        "kcal",
        "calorie",
    }
)
_SYMBOL = 2
"""So short are symbols of units and no words for what is counted."""
_WORK = r"(?:machine|labou?r|working|work|man|person|processing|production|staff|assembly|oven|overtime|regular)"
_BEHIND = re.compile(
    rf"^\s*-?\s*(?:{_WORK}[ -])?(?P<square>(?:square|sq\.?) )?(?P<unit>[A-Za-z]+)\b\.?(?P<squared>²|\^2)?"
)
_MATHS = re.compile(r"\$[^$\n]{0,60}[_\\^{}=][^$\n]{0,60}\$")


def unit_of_word(word: str) -> Unit | None:
    """Return the unit that a word names, None for any other word."""
    return _WORDS.get(stem(word.lower())) or _WORDS.get(word.lower())


def declared_unit(text: str) -> Unit | None:
    """Return the unit that an element declares; counts have none; None where it is not known for sure."""
    words = text.strip().lower()
    if not words or re.search(r"\d|\*|\^|²|³|·|\bx\b", words):
        return None
    above, *below = re.split(r"\s*/\s*|\s+per\s+|\s+an?\s+", words)
    unit = _of_words(re.findall(r"[^\W\d_]+|[$€£¥]", above), counted=True)
    for part in below:
        divisor = _of_words(re.findall(r"[^\W\d_]+|[$€£¥]", part), counted=False)
        if unit is None or divisor is None:
            return None
        unit = unit.times(divisor, -1)
    return unit


def _of_words(words: list[str], *, counted: bool) -> Unit | None:
    stems = [word if word in _CURRENCY else stem(word) for word in words]
    if not stems or any(word in _UNSURE for word in stems) or {"square", "cubic", "sq"} & set(stems):
        return None
    if any(word in _LONG_TIMES for word in stems):
        return None if counted else NONE
    if any(len(word) <= _SYMBOL and word not in _WORDS for word in stems if word not in _CURRENCY):
        return None
    found = [
        _unit("money", 1) if word in _CURRENCY else _WORDS[word]
        for word in stems
        if word in _CURRENCY or word in _WORDS
    ]
    return NONE if not found else found[0] if len(found) == 1 else None


def stated_units(text: str) -> dict[float, Unit]:
    """Return the units of those numbers to which every place of the text gives the same unit."""
    naming = labels(text)
    maths = _MATHS.search(text) is not None
    found: dict[float, set[Unit | None]] = defaultdict(set)
    for quantity in quantities(text):
        if quantity.start in naming:
            continue
        if quantity.percent:
            found[quantity.value / 100].add(NONE)
            found[quantity.value].add(None)
        else:
            found[quantity.value].add(unit_at(text, quantity, maths=maths))
    in_words = word_values(text) | {0.0, 1.0, 100.0}
    return {
        value: unit
        for value, units in found.items()
        if len(units) == 1 and value not in in_words and (unit := next(iter(units))) is not None
    }


def unit_at(text: str, quantity: Quantity, *, maths: bool = False) -> Unit | None:
    """Return the unit that the words around a number give it; None where they give none for sure.

    What comes after `per` is left out: `5 dollars` for a kilogram, an hour or a chair are all dollars once they are
    multiplied by how many there are.
    """
    before, after = text[: quantity.start].rstrip(), text[quantity.start + len(quantity.written) :]
    if quantity.scale:
        return None
    priced = before.endswith(("\\$", "€", "£")) or (before.endswith("$") and not maths)
    named = _BEHIND.match(after)
    if priced:
        return _unit("money", 1)
    unit = None if named is None else unit_of_word(named["unit"])
    if named is None or unit is None or re.match(r" (?:squared|cubed)", after[named.end() :]):
        return None
    if named["unit"].lower() in {"second", "min"} or (stem(named["unit"].lower()) == "pound" and "£" in text):
        return None  # the second of two, the least, and British money
    if named["square"] or named["squared"]:
        return unit.times(unit) if unit.powers == _unit("length", 1).powers else None
    return unit


def common_unit(values: Iterable[float], stated: dict[float, Unit]) -> Unit | None:
    """Return the unit that a text gives all of these numbers; None where it gives none or several."""
    units = {stated.get(abs(value)) for value in values if value}
    return units.pop() if len(units) == 1 else None
