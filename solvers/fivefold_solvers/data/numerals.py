"""One written number at a time: decimal comma, thousands, currency, percent, minus signs, units behind it.

The fast way through a column is `cells`; this is for the cells that are more than plain digits.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from fivefold_solvers.data.finding import shown
from fivefold_solvers.data.units import is_unit

MISSING = frozenset({
    "na", "n/a", "n.a.", "nan", "null", "none", "nil", "-", "--", "—", "–", "?", "tbd", "x", ".", "...", "missing",
    "unknown", "#n/a", "#value!", "#ref!", "#div/0!", "#name?", "#num!", "#null!", "#nv",
})  # fmt: skip
"""What people and programs write where a value is missing."""
INFINITE = frozenset({"inf", "-inf", "+inf", "infinity", "-infinity", "∞", "-∞"})
TRUTHS = {
    **dict.fromkeys(("true", "yes", "y", "ja", "wahr", "oui", "vrai"), 1.0),
    **dict.fromkeys(("false", "no", "n", "nein", "falsch", "non", "faux"), 0.0),
}
"""Words for yes and no, in small letters."""
MARKS = frozenset({"x", "\u2713", "\u2714"})
"""What is put into a cell to tick it; a cell of such a column that is left blank is not ticked."""
_CURRENCY = re.compile(r"(?:US\$|[$€£¥]|\b(?:EUR|USD|GBP|CHF|JPY|euros?|dollars?)\b\.?)", re.IGNORECASE)
_CURRENCY_STARTS = frozenset({"US", "EU", "GB", "CH", "JP", "DO"})
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'\u2019]")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_DIGITS = {
    ".": re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?"),
    ",": re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?(?:,\d*)?(?:[eE][+-]?\d{1,3})?"),
}
"""Thousands never begin with 0: `0,125` is an eighth."""
_SPACED = re.compile(r"[+-]?[1-9]\d{0,2}(?:[\s\u00a0\u202f\u2009'\u2019]\d{3})+(?:[.,]\d*)?")
_WITH_UNIT = re.compile(r"(?P<number>[+-]?[\d.,\u00a0\u202f']*\d[.,]?)\s*(?P<unit>[^\d\s.,+-][^\d]{0,15})")


class Numeral(NamedTuple):
    """A number that was read off a text."""

    value: float
    percent: bool = False
    """It had a percent sign and was divided by 100."""
    currency: str = ""
    """The currency that stood beside it."""
    grouped: bool = False
    """Thousands were separated."""


def read_number(text: str, decimal: str = ".") -> Numeral | None:
    """Return the number that a text writes with this decimal sign, None where it writes none.

    Text such as `007` is a number here; whether a column of such texts is one of numbers is decided elsewhere.
    """
    plain = text.strip().translate(_MINUS)
    if not plain or len(plain) > 60 or not any(letter.isdigit() for letter in plain):
        return None
    if plain[0].isalpha() and plain[:2].upper() not in _CURRENCY_STARTS:
        return None
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1].strip() if negative else plain
    found = _CURRENCY.findall(plain)
    currency: str = found[0] if found else ""
    plain = _CURRENCY.sub("", plain).strip() if len(found) == 1 else plain
    percent = plain.endswith("%")
    plain = plain[:-1].strip() if percent else plain
    grouped = False
    if _SPACED.fullmatch(plain):
        plain, grouped = _SPACES.sub("", plain), True
    if not plain.isascii() or not any(letter.isdigit() for letter in plain) or not _DIGITS[decimal].fullmatch(plain):
        return None
    separator = "," if decimal == "." else "."
    grouped = grouped or separator in plain
    value = float(plain.replace(separator, "").replace(decimal, "."))
    if not math.isfinite(value):
        return None
    value = -value if negative else value
    return Numeral(value / 100 if percent else value, percent, currency, grouped)


def with_unit(text: str, decimal: str = ".") -> tuple[float, str] | None:
    """Return number and unit of a text such as `12 kg`, None for any other text."""
    found = _WITH_UNIT.fullmatch(text.strip().translate(_MINUS))
    number = read_number(found["number"], decimal) if found else None
    return (number.value, found["unit"].strip()) if found and number else None


def with_known_unit(text: str, decimal: str = ".") -> tuple[float, str] | None:
    """Return number and unit of a text whose unit is a known one; names such as `12A` and `7h` are none."""
    found = with_unit(text, decimal)
    if found is None or not is_unit(found[1]):
        return None
    apart = not text.strip().removesuffix(found[1])[-1:].isdigit()
    return found if apart or len(found[1]) > 1 else None


def mend_of(text: str, decimal: str = ".") -> str:
    """Return how a cell that should be a number is mended."""
    plain = text.strip()
    if plain.lower() in MISSING:
        return "write the number, or leave the cell blank and give the parameter a default"
    if plain.lower() in INFINITE:
        return "write a finite number, or leave the cell blank where there is no limit"
    other = read_number(plain, "," if decimal == "." else ".")
    if other is not None:
        return f"write {other.value:.15g}"
    united = with_unit(plain, decimal)
    if united is not None:
        # Letters close to digits may be digits (`1O`) or many (`2k`): there only units that are known are read off.
        number, unit = f"write {united[0]:.15g}", shown(united[1])
        if not unit or unit[0] in "*(":
            return number
        if is_unit(unit) or (unit.replace(" ", "").isalpha() and plain.removesuffix(united[1])[-1:].isspace()):
            return f"{number} and put the unit '{unit}' into the header"
    return "write a plain number, such as 12.5"
