"""Limits of one day, month or shift, which are none on everything where a plan spans several."""

from __future__ import annotations

import re
from functools import lru_cache

from fivefold.reading.slots import TextReading

_LENGTHS = ("hour", "shift", "day", "week", "month", "quarter", "season", "year")
_PERIOD = rf"(?:{'|'.join(_LENGTHS)}|night|weekend)"
_ADVERBS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_EACH = re.compile(
    rf"\b(?:an?|per|each|every|any|one) (?:single |given |working )?({_PERIOD})\b|\b({'|'.join(_ADVERBS)})\b|"
    rf"/({_PERIOD})\b"
)
_SEVERAL = re.compile(
    rf"\b(?:[2-9]|\d\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|several|all|both|these|those)"
    rf"(?: [a-z]+ |[- ])({_PERIOD})s?\b"
)
_SPOKEN = re.compile(rf"\b({_PERIOD})s?\b|\b({'|'.join(_ADVERBS)})\b")
_MONTH = (
    "january|february|april|june|july|august|september|october|november|december|"
    "(?:in|during|from|by|until) (?:march|may)"
)
_PARTICULAR = re.compile(
    rf"\b(?:{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    rf"(?:first|second|third|fourth|last|final|following) {_PERIOD}|(?<!each )(?<!every )(?<!per ){_PERIOD} \d+|"
    r"(?:in|on|during|over|at) (?:the )?(?:mornings?|afternoons?|evenings?|nights?|noon|weekends?|weekdays?|"
    r"summer|winter|spring|autumn))\b"
)


def of_one_period(reading: TextReading, number: int) -> bool:
    """Whether a sentence limits what happens in one of several days, months or the like.

    Args:
        reading: the text.
        number: which sentence.
    """
    words = _words(reading, number)
    return _particular(reading, number, words) or _repeated(reading, words)


def _particular(reading: TextReading, number: int, words: str) -> bool:
    """Whether it names one of several months, or a day with which the text does not set out."""
    here = _named(words)
    if not here or number == 0:
        return False
    everywhere = _named(reading.text.lower())
    return len(everywhere) > 1 or not here <= _named(_words(reading, 0))


@lru_cache(maxsize=64)
def _named(words: str) -> frozenset[str]:
    return frozenset(match[0].split()[-1].removesuffix("s") for match in _PARTICULAR.finditer(words))


def _words(reading: TextReading, number: int) -> str:
    """Return a sentence in lower case without the names of the decisions, which may be those of days."""
    start, end = reading.sentences.span(number)
    words = list(reading.text[start:end].lower())
    for mention in reading.mentions:
        if start <= mention.start < end:
            words[mention.start - start : mention.end - start] = " " * (mention.end - mention.start)
    return "".join(words)


def _repeated(reading: TextReading, words: str) -> bool:
    """Whether it says so much a day, where the text speaks of several days or of something longer."""
    each = {_period(match) for match in _EACH.finditer(words)}
    if not each:
        return False
    several, longest = _spoken(reading.text.lower())
    return bool(each & several) or longest > min(map(_length, each))


@lru_cache(maxsize=16)
def _spoken(text: str) -> tuple[frozenset[str], int]:
    """Return the periods of which a text has several, and the length of the longest that it names."""
    several = frozenset(match[1] for match in _SEVERAL.finditer(text))
    return several, max((_length(_period(match)) for match in _SPOKEN.finditer(text)), default=-1)


def _period(match: re.Match[str]) -> str:
    word = next(word for word in match.groups() if isinstance(word, str))
    return _ADVERBS.get(word, word)


def _length(period: str) -> int:
    return _LENGTHS.index(period) if period in _LENGTHS else _LENGTHS.index("day")
