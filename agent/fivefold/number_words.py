"""Numbers that a text writes in several words: `a hundred`, `three hundred and forty`, `two dozen`, `forty-five`.

Fractions too: `three fifths`, `six-tenths`, `two and a half`; and decimals: `four point five`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_UP_TO_NINETEEN = re.findall(
    r"\w+",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
)
_UNITS = {word: value for value, word in enumerate(_UP_TO_NINETEEN, start=1)}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SCALES = {"thousand": 1_000, "million": 1_000_000}
_WORD = rf"(?:{'|'.join([*_UNITS, *_TENS, *_SCALES, 'hundred', 'dozen'])})"
_RUN = re.compile(
    rf"(?<![\w-])(?<!\d )(?:(?P<half>half )?(?P<one>an? )(?=hundred|thousand|million|dozen))?{_WORD}"
    rf"(?:(?: and |[ -]){_WORD})*(?![\w-])",
    re.IGNORECASE,
)
_PARTS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "twelfth": 12, "twentieth": 20,
}  # fmt: skip
_PART = rf"(?:{'|'.join(_PARTS)})"
_SEVERAL = rf"(?P<top>{'|'.join(_UP_TO_NINETEEN[1:])})[ -](?P<part>{_PART})s"
_FRACTION = re.compile(
    rf"(?<![\w-])(?:(?P<whole>{_WORD}(?:[ -]{_WORD})*)[ -]and[ -](?:an?[ -](?P<single>{_PART})|{_SEVERAL})"
    rf"|{_SEVERAL.replace('<top>', '<count>').replace('<part>', '<parts>')})(?![\w-])",
    re.IGNORECASE,
)
_DIGITS = {"zero": 0, **{word: value for word, value in _UNITS.items() if value < 10}}
_DIGIT = rf"(?:{'|'.join(_DIGITS)})"
_DECIMAL = re.compile(
    rf"(?<![\w-])(?P<whole>zero|{_WORD}(?:[ -]{_WORD})*) point (?P<behind>{_DIGIT}(?: {_DIGIT})*)(?![\w-])",
    re.IGNORECASE,
)


class Spelled(NamedTuple):
    """A number in words: its value, its words, and where they begin."""

    value: float
    written: str
    start: int


def spelled(text: str) -> list[Spelled]:
    """Return the numbers that a text writes in more than one word, in order; single words are left out."""
    found = [*_fractions(text), *_decimals(text)]
    taken = {place for one in found for place in range(one.start, one.start + len(one.written))}
    for match in _RUN.finditer(text):
        if match.start() in taken:
            continue
        words = re.findall(r"[a-z]+", match.group().lower())
        words = words[1:] if match["half"] else words
        words = ["one", *words[1:]] if match["one"] else words
        value = _value(words) if len(words) > 1 else None
        if value is not None:
            found.append(Spelled(value / 2 if match["half"] else value, match.group(), match.start()))
    return sorted(found, key=lambda one: one.start)


def _fractions(text: str) -> list[Spelled]:
    """Return `three fifths` and `two and a half`; `four quarters` are a year, and `the third` is one of several."""
    found: list[Spelled] = []
    for match in _FRACTION.finditer(text):
        said = {name: word.lower() for name, word in match.groupdict().items() if word}
        top = said.get("top") or said.get("count")
        above = _UNITS[top] if top else 1
        below = _PARTS[said.get("single") or said.get("part") or said["parts"]]
        whole = _value(re.findall(r"[a-z]+", said["whole"])) if "whole" in said else 0.0
        if above < below and whole is not None:
            found.append(Spelled(whole + above / below, match.group(), match.start()))
    return found


def _decimals(text: str) -> list[Spelled]:
    """Return `four point five` and `zero point seven five`."""
    found: list[Spelled] = []
    for match in _DECIMAL.finditer(text):
        words = re.findall(r"[a-z]+", match["whole"].lower())
        whole = 0.0 if words == ["zero"] else _value(words)
        if whole is not None:
            digits = "".join(str(_DIGITS[word]) for word in match["behind"].lower().split())
            found.append(Spelled(whole + float(f"0.{digits}"), match.group(), match.start()))
    return found


def _value(words: list[str]) -> float | None:
    """Return what words come to; None where they are several numbers: `two three` or `one and two`."""
    total, part, last = 0, 0, ""
    for word in words:
        below = part % 100
        if word == "and":
            if last not in {"hundred", *_SCALES}:
                return None
        elif word in _UNITS and (
            below == 0 or (below >= min(_TENS.values()) and below % 10 == 0 and _UNITS[word] < 10)
        ):
            part += _UNITS[word]
        elif word in _TENS and below == 0:
            part += _TENS[word]
        elif word == "hundred" and 0 < part < 100:
            part *= 100
        elif word == "dozen" and part and not total:
            part *= 12
        elif word in _SCALES and part:
            total, part = total + part * _SCALES[word], 0
        else:
            return None
        last = word
    return float(total + part)
