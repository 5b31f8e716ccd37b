"""Numbers that a text writes in several words: `a hundred`, `three hundred and forty`, `two dozen`, `forty-five`."""

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


class Spelled(NamedTuple):
    """A number in words: its value, its words, and where they begin."""

    value: float
    written: str
    start: int


def spelled(text: str) -> list[Spelled]:
    """Return the numbers that a text writes in more than one word, in order; single words are left out."""
    found: list[Spelled] = []
    for match in _RUN.finditer(text):
        words = re.findall(r"[a-z]+", match.group().lower())
        words = words[1:] if match["half"] else words
        words = ["one", *words[1:]] if match["one"] else words
        value = _value(words) if len(words) > 1 else None
        if value is not None:
            found.append(Spelled(value / 2 if match["half"] else value, match.group(), match.start()))
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
