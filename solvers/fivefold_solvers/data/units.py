"""Units of measure in headers and cells: splitting them off, and whether two of them can be the same."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

_SCALES: dict[str, dict[str, float]] = {
    "mass": {"mg": 1e-6, "g": 1e-3, "gram": 1e-3, "kg": 1, "kilogram": 1, "kilo": 1, "t": 1e3, "tonne": 1e3,
             "ton": 1e3, "lb": 0.45359237, "pound": 0.45359237},
    "length": {"mm": 1e-3, "cm": 1e-2, "m": 1, "metre": 1, "meter": 1, "km": 1e3, "kilometre": 1e3,
               "kilometer": 1e3, "mi": 1609.344, "mile": 1609.344},
    "time": {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
             "d": 86400, "day": 86400, "week": 604800},
    "EUR": {"eur": 1, "euro": 1, "€": 1, "keur": 1e3, "k€": 1e3, "€k": 1e3, "teur": 1e3, "t€": 1e3, "meur": 1e6,
            "m€": 1e6, "€m": 1e6},
    "USD": {"usd": 1, "$": 1, "us$": 1, "dollar": 1, "kusd": 1e3, "k$": 1e3, "$k": 1e3, "m$": 1e6, "$m": 1e6},
    "GBP": {"gbp": 1, "£": 1, "kgbp": 1e3},
    "CHF": {"chf": 1},
    "JPY": {"jpy": 1, "¥": 1},
    "energy": {"wh": 1e-3, "kwh": 1, "mwh": 1e3, "gwh": 1e6},
    "power": {"w": 1e-3, "kw": 1, "mw": 1e3},
    "volume": {"ml": 1e-3, "l": 1, "liter": 1, "litre": 1, "m3": 1e3, "m³": 1e3},
    "area": {"m2": 1, "m²": 1, "ha": 1e4},
    "share": {"%": 0.01, "percent": 0.01, "pct": 0.01, "fraction": 1, "share": 1},
}  # fmt: skip
_KNOWN = {word: (dimension, factor) for dimension, words in _SCALES.items() for word, factor in words.items()}
_SUFFIXES = {word for word in _KNOWN if len(word) > 1 and word.isalpha()} - {
    "min", "second", "share", "fraction", "day", "week", "hour", "minute", "pound", "kilo", "percent", "mi", "ha",
}  # fmt: skip
"""Words that are a unit where a header ends in them after an underscore or space."""
_CENTS = {"ct", "cent"}
"""A hundredth of whichever currency they are compared with."""
_CURRENCIES = {"EUR", "USD"}
_MANY = r"(?P<many>\d{1,3}(?:[.,' ]\d{3})+|\d+|'?000'?s?|k|hundreds?|thousands?|tsd\.?|tausend|millions?|mio\.?|mn|mln)"
_SCALED = re.compile(rf"(?:in\s+)?{_MANY}(?:$|\s+(?:of\s+)?|(?<=\d)(?=\D))(?P<rest>.*)")
_SCALED_BEHIND = re.compile(rf"(?P<rest>\D*[^\d\s'])(?:\s+(?:in\s+)?|(?='000)){_MANY}")
_SCALE_WORDS = {"k": 1e3, "hundred": 1e2, "thousand": 1e3, "tsd": 1e3, "tausend": 1e3, "million": 1e6, "mio": 1e6,
                "mn": 1e6, "mln": 1e6, "000": 1e3}  # fmt: skip
_BRACKETED = re.compile(r"(?P<name>.*\S)\s*(?:\((?P<round>[^()]{1,24})\)|\[(?P<square>[^\[\]]{1,24})\])", re.DOTALL)
_IN = re.compile(r"(?P<name>.*\S)\s+in\s+(?P<unit>\S{1,12})", re.IGNORECASE)
_LAST = re.compile(r"(?P<name>.*[^\s_])[\s_]+(?P<unit>[^\s_]{1,8})")


def is_unit(text: str) -> bool:
    """Whether a text is a unit that is known, alone or as a quotient."""
    parts = _parts(text)
    return bool(parts) and all(part in _KNOWN for part in parts)


def split_unit(header: str) -> tuple[str, str]:
    """Return a header's name and its unit: `cost (EUR)`, `weight [kg]`, `time in h`, `distance_km`."""
    text = header.strip()
    if found := _BRACKETED.fullmatch(text):
        return found["name"], (found["round"] or found["square"]).strip()
    if (found := _IN.fullmatch(text)) and is_unit(found["unit"]):
        return found["name"], found["unit"]
    if (found := _LAST.fullmatch(text)) and found["unit"].lower() in {*_SUFFIXES, "%"}:
        return found["name"], found["unit"]
    return text, ""


class Comparison(NamedTuple):
    """How two units relate."""

    same: bool | None
    """None where one of them is unknown, so that nothing can be said."""
    factor: float | None
    """What numbers in the first have to be multiplied by to be in the second; None where nothing does it."""


def compare(first: str, second: str) -> Comparison:
    """Return whether two units are the same, and the factor between them where they measure the same.

    Words for many count: `1000 EUR`, `EUR in thousands`, and `thousands` alone of whatever the other unit is.
    """
    left, right = _measures(first), _measures(second)
    if not left or not right:
        return Comparison(True, 1) if left == right else Comparison(None, None)
    for lone, whole in ((left, right), (right, left)):
        if len(lone) == 1 and not lone[0].word:
            lone[:] = [_Measure(part.word, 1.0 if place else lone[0].factor) for place, part in enumerate(whole)]
    if len(left) != len(right):
        known = all(part.word in _KNOWN for part in (*left, *right))
        return Comparison(False if known else None, None)
    ratios = [_ratio(one.word, other.word) for one, other in zip(left, right, strict=True)]
    if None in ratios:
        return Comparison(None, None)
    if 0 in ratios:
        return Comparison(False, None)
    factor = 1.0
    for place, (ratio, one, other) in enumerate(zip(ratios, left, right, strict=True)):
        own = (ratio or 1.0) * one.factor / other.factor
        factor = factor / own if place else factor * own
    return Comparison(math.isclose(factor, 1), factor)


def scale_of(unit: str) -> float:
    """Return what a number in this unit is multiplied by to count ones: 0.01 for %, 1000 for `thousand EUR`, else 1."""
    parts = _measures(unit)
    if len(parts) != 1:
        return 1.0
    known = _KNOWN.get(parts[0].word)
    return parts[0].factor * (known[1] if known is not None and known[0] == "share" else 1.0)


class _Measure(NamedTuple):
    """One part of a quotient of units."""

    word: str
    """The unit, empty where there is only a word for many."""
    factor: float
    """How many of it."""


def _ratio(one: str, other: str) -> float | None:
    """Return how many of one unit another is; None where one is unknown, 0 where they measure different things."""
    if one == other:
        return 1.0
    if one in _KNOWN and other in _CENTS:
        return _KNOWN[one][1] * 100 if _KNOWN[one][0] in _CURRENCIES else 0
    if one in _CENTS and other in _KNOWN:
        return 0.01 / _KNOWN[other][1] if _KNOWN[other][0] in _CURRENCIES else 0
    if one not in _KNOWN or other not in _KNOWN:
        return None
    return _KNOWN[one][1] / _KNOWN[other][1] if _KNOWN[one][0] == _KNOWN[other][0] else 0


def _measures(text: str) -> list[_Measure]:
    plain = re.sub(r"\s+per\s+", "/", text.strip().lower())
    return [_measure(part.strip()) for part in plain.split("/") if part.strip()]


def _measure(part: str) -> _Measure:
    found = None if _word(part) in _KNOWN else _SCALED.fullmatch(part) or _SCALED_BEHIND.fullmatch(part)
    if found is None:
        return _Measure(_word(part), 1.0)
    many = re.sub(r"[.,' ]", "", found["many"]).removesuffix("s")
    rest = _word(found["rest"].strip())
    number = float(many) if many.isdigit() and many != "000" else 0.0
    if number and ((not rest and number not in {1e2, 1e3, 1e6}) or 1900 <= number <= 2100):
        # A year, or a number of which nothing says what it counts.
        return _Measure(part, 1.0)
    return _Measure(rest, number or _SCALE_WORDS[many])


def _parts(text: str) -> list[str]:
    plain = re.sub(r"\s+per\s+", "/", text.strip().lower())
    return [_word(part.strip()) for part in plain.split("/") if part.strip()]


def _word(text: str) -> str:
    if text in _KNOWN:
        return text
    single = text.removesuffix("s")
    return single if single in _KNOWN or single in _CENTS else text
