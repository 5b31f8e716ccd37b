"""Numbers of a text that are no amounts: they name things, count kinds, or say when."""

from __future__ import annotations

import re

_LABEL = re.compile(r"\b([A-Za-z]{2,}) (\d{1,2})(?![\d.,]*\d|%)\b")
_LABELS = re.compile(
    r"\b([A-Za-z]{2,}) (?:1(?:-| to | through )\d{1,2}|1(?:, \d{1,2})*,? (?:and|or) \d{1,2})\b(?![.,]\d|%| percent)"
)
_SUBSCRIPT = re.compile(r"(?:[A-Za-z]_|\\mathbb\{[A-Z]\}\^)\{?(\d{1,2})\b")
_COUNT = re.compile(r"\b(\d{1,2}) (?:different|types|kinds|sorts|varieties)\b")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"\b(?:{_MONTHS}) \d{{1,2}}\b(?:, \d{{4}}\b)?|\b(?:\d{{1,2}} )?(?:{_MONTHS}) (?:19|20)\d\d\b|"
    r"\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b|\b\d*(?:1st|2nd|3rd|\dth)\b|"
    r"\b(?:(?:[Ii]n|[Ss]ince|[Uu]ntil) (?:19|20)\d\d(?=[,.;:)]\D|[,.;:)]?$)|year (?:19|20)\d\d\b)"
)
_NO_LABELS = frozenset(
    re.findall(
        r"\w+",
        "about all and another are at between by contain contains cost costs each earn earns either every exactly for "
        "from fewer give gives has have hold holds in into is least less make makes more most need needs of on only or "
        "over per produce produces provide provides require requires sell sells take takes than the to total under up "
        "use uses with within yield yields",
    )
)
"""Words before a number that say how much or of what, so that the number is no name."""


def labels(text: str) -> set[int]:
    """Return where numbers stand that only name or count things.

    `glue 1 ... glue 2`, `x_{1}`, `days 1 to 7`, `3 different lines`, dates, years and times of the day.
    """
    numbered: dict[str, set[str]] = {}
    places: list[tuple[str, int]] = []
    for match in _LABEL.finditer(text):
        word = match[1].lower()
        if word not in _NO_LABELS:
            numbered.setdefault(word, set()).add(match[2])
            places.append((word, match.start(2)))
    found = {start for word, start in places if {"1", "2"} <= numbered[word]}
    found |= {match.start(1) for pattern in (_COUNT, _SUBSCRIPT) for match in pattern.finditer(text)}
    listed = [match for match in _LABELS.finditer(text) if match[1].lower() not in _NO_LABELS]
    for match in [*listed, *_DATE.finditer(text)]:
        found |= {match.start() + digits.start() for digits in re.finditer(r"\d+", match.group())}
    return found
