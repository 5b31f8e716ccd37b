"""How long it is from one time of the day to another: `from 3:30 to 9:00` is 5.5 hours, or 330 minutes."""

from __future__ import annotations

import re

_HALF = r" ?[ap]\.?m\b\.?"
_TIME = rf"\d{{1,2}}:\d\d(?:{_HALF})?|\d{{1,2}}{_HALF}|midnight|noon|midday"
_TO = r" ?(?:to|and|until|till|[-\u2013]) ?"
_SPAN = re.compile(
    rf"(?<![\w:.])(?P<begin>{_TIME}|\d{{1,2}}(?={_TO}\d{{1,2}}{_HALF})){_TO}(?P<end>{_TIME})(?![\w:])", re.IGNORECASE
)
_DAY = 24 * 60


def durations(text: str) -> set[float]:
    """Return how long the spans between times of a text are, in hours and in minutes."""
    found: set[float] = set()
    for match in _SPAN.finditer(text):
        end = match["end"].lower()
        begin = match["begin"].lower()
        if begin.isdigit():
            begin += " pm" if "p" in end and int(begin) <= int(re.findall(r"\d+", end)[0]) else " am"
        minutes = (_minutes(end) - _minutes(begin)) % _DAY or _DAY
        found |= {minutes / 60, float(minutes)}
    return found


def _minutes(time: str) -> int:
    """Return how many minutes a time is after midnight."""
    if not time[0].isdigit():
        return 0 if time == "midnight" else _DAY // 2
    hours, *rest = map(int, re.findall(r"\d+", time))
    if re.search(r"[ap]\.?m", time):
        hours = hours % 12 + (12 if "p" in time else 0)
    return 60 * hours + sum(rest)
