"""Units of measure in headers and cells: splitting them off, and whether two of them can be the same."""

from __future__ import annotations

import re
from typing import NamedTuple

_SCALES: dict[str, dict[str, float]] = {
    "mass": {"mg": 1e-6, "g": 1e-3, "gram": 1e-3, "kg": 1, "kilogram": 1, "kilo": 1, "t": 1e3, "tonne": 1e3,
             "ton": 1e3, "lb": 0.45359237, "pound": 0.45359237},
    "length": {"mm": 1e-3, "cm": 1e-2, "m": 1, "metre": 1, "meter": 1, "km": 1e3, "kilometre": 1e3,
               "kilometer": 1e3, "mi": 1609.344, "mile": 1609.344},
    "time": {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
             "d": 86400, "day": 86400, "week": 604800},
    "EUR": {"eur": 1, "euro": 1, "€": 1, "keur": 1e3, "k€": 1e3, "teur": 1e3, "meur": 1e6},
    "USD": {"usd": 1, "$": 1, "us$": 1, "dollar": 1, "kusd": 1e3, "k$": 1e3},
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
    if (found := _LAST.fullmatch(text)) and found["unit"].lower() in _SUFFIXES:
        return found["name"], found["unit"]
    return text, ""


class Comparison(NamedTuple):
    """How two units relate."""

    same: bool | None
    """None where one of them is unknown, so that nothing can be said."""
    factor: float | None
    """What numbers in the first have to be multiplied by to be in the second; None where nothing does it."""


def compare(first: str, second: str) -> Comparison:
    """Return whether two units are the same, and the factor between them where they measure the same."""
    left, right = _parts(first), _parts(second)
    if left == right:
        return Comparison(True, 1)
    if not left or not right or not all(part in _KNOWN for part in (*left, *right)):
        return Comparison(None, None)
    if [_KNOWN[part][0] for part in left] != [_KNOWN[part][0] for part in right]:
        return Comparison(False, None)
    factor = 1.0
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        ratio = _KNOWN[one][1] / _KNOWN[other][1]
        factor = factor / ratio if place else factor * ratio
    return Comparison(factor == 1, factor)


def _parts(text: str) -> list[str]:
    plain = re.sub(r"\s+per\s+", "/", text.strip().lower())
    return [_word(part.strip()) for part in plain.split("/") if part.strip()]


def _word(text: str) -> str:
    if text in _KNOWN:
        return text
    single = text.removesuffix("s")
    return single if single in _KNOWN else text
