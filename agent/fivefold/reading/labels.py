"""Numbers of a text that are no amounts: they name things, count kinds, or say when."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_LABEL = re.compile(r"\b([A-Za-z]{2,}) (\d{1,2})(?![\d.,]*\d|%)\b")
_LABELS = re.compile(
    r"\b([A-Za-z]{2,}) (?:1(?:-| to | through )\d{1,2}|1(?:, \d{1,2})*,? (?:and|or) \d{1,2})\b(?![.,]\d|%| percent)"
)
_FURTHER = re.compile(
    r"\b(?P<word>[A-Za-z]{2,})s (?P<list>\d{1,2}(?:, \d{1,2})*,? (?:and|or) \d{1,2})\b(?![.,]\d|%| percent)",
    re.IGNORECASE,
)
"""`weeks 3 and 4`, beside `weeks 1 and 2` or `week 1 ... week 2`."""
_SUBSCRIPT = re.compile(r"(?:[A-Za-z]_|\\mathbb\{[A-Z]\}\^)\{?(\d{1,2})\b")
_COUNT = re.compile(r"\b(\d{1,2}) (?:different|types|kinds|sorts|varieties)\b")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"\b(?:{_MONTHS}) \d{{1,2}}\b(?:, \d{{4}}\b)?|\b(?:\d{{1,2}} )?(?:{_MONTHS}) (?:19|20)\d\d\b|"
    r"\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b|\b\d*(?:1st|2nd|3rd|\dth)\b|"
    r"\b(?:(?:[Ii]n|[Ss]ince|[Uu]ntil) (?:19|20)\d\d(?=[,.;:)]\D|[,.;:)]?$)|year (?:19|20)\d\d\b)|"
    r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil) (?:19|20)\d\d(?= (?:he|she|it|we|they|you|I|the|an?|our|his|her|its|their|when|and|"
    r"was|were|is|has|had)\b)|\b(?:[Ff]ounded|[Ee]stablished|[Bb]uilt|[Oo]pened)(?: in)? (?:19|20)\d\d\b(?! [a-z])"
)
_NUMBERED_BY = re.compile(
    r"\b(?i:ext\.|extension|tel\.|nr\.|no\.|(?:contract|invoice|order|phone|telephone|ticket|flight) "
    r"(?:no\.|nr\.|number)|highway|chapter|section|paragraph|page|deck|hall|gate|building|platform|terminal) "
    r"(?P<number>\d[\d/-]*)(?! ?%|\.\d)|"
    r"(?<![\w/])(?P<dossier>(?:19|20)\d\d/\d+)(?![\w/])|"
    r"\b(?P<house>\d{1,4}) (?:[A-Z][a-z]+ ){1,3}(?:Street|Road|Avenue|Lane|Drive)\b"
)
"""Numbers of telephones, contracts, pages and houses."""
_NAMED = re.compile(
    r"(?:^|[.!?:]\s+)(?P<word>[A-Z][a-z]{3,}(?<!s)(?<!ly)) (\d{1,4}) (?:has|is|can|will|may|must|needs)\b", re.M
)
"""`Flight 318 has 150 seats`: what begins a sentence, with a number and then a verb."""
_CLOCK = re.compile(
    r"(?<![\w.,])\d{1,2}(?::\d\d)? ?[-\u2013] ?\d{1,2}(?::\d\d)?(?=: \d)|\bopen(?:s|ed)? from \d{1,2} to \d{1,2}\b"
)
_DAY = re.compile(r"\bo['’]clock\b|\b(?:midnight|noon|around the clock)\b|\b\d{1,2} ?[ap]\.?m\b", re.IGNORECASE)
_HOUR = r"(?:\d{1,2}(?::\d\d)?(?: ?[ap]\.?m\b\.?)?|midnight|noon)"
_HOURS = re.compile(
    rf"\b(?:from|between) {_HOUR} (?:to|until|till|and) {_HOUR}(?![\w%]| ?%|\.\d)|"
    rf"\b(?:{_HOUR}(?:, (?:or |and )?| or | and ))*{_HOUR} o['’]clock",
    re.IGNORECASE,
)
"""Times of the day, in a text that speaks of some."""
_OF_FAMILY = re.compile(
    r"\b(?:covers?|reach(?:es)?|serves?|visits?|connects?|touch(?:es)?) "
    r"(?P<list>\d{1,2}(?:(?:, | and |, and )\d{1,2})+)\b(?![.,]\d| ?%)"
)
"""`covers 2, 3 and 4`, where districts 1 to 5 are told apart."""
_MARK = re.compile(
    r"^[ \t]*(?:[#*>-]+[ \t]*)?\(?(?P<line>\d{1,2})[.)](?=[ \t*])|"
    r"(?<=\S )\((?P<inner>\d{1,2})\)(?= [A-Za-z*])|"
    r"(?<=[.;:,] )(?P<after>\d{1,2})[.)](?= [A-Z*])",
    re.MULTILINE,
)
"""What may number the items of a list: `2.` at the start of a line, `(2)` or `2.` between sentences."""
_WRITING = re.compile(
    r"\b(?:scaled (?:up |down )?by (?:a factor of )?(?=1[0,]+\b)|"
    r"(?:big[- ]?M(?: constant| value)?|(?:large|big) (?:constant|value|number(?! of))) (?:M |of |is |[=(])*)(\d+)",
    re.IGNORECASE,
)
"""Numbers that say how something is written down: the scale of a table, the constant that switches rows off."""
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

    `glue 1 ... glue 2`, `x_{1}`, `days 1 to 7`, `3 different lines`, the numbers of a list's items, dates, years and
    times of the day, numbers that only say how something is written (`a large constant of 10,000`), and those of
    houses, telephones and contracts.
    """
    found = {start for places in _numbered(text).values() for starts in places.values() for start in starts}
    found |= {match.start(1) for pattern in (_COUNT, _SUBSCRIPT, _WRITING) for match in pattern.finditer(text)}
    found |= _marks(text)
    listed = [match for match in _LABELS.finditer(text) if match[1].lower() not in _NO_LABELS]
    found |= _of_families(text, listed)
    found |= {match.start(2) for match in _NAMED.finditer(text) if match["word"].lower() not in _NO_LABELS}
    found |= {
        match.start() + at.start() for match in _CLOCK.finditer(text) for at in re.finditer(r"\d+", match.group())
    }
    for match in _HOURS.finditer(text) if _DAY.search(text) else ():
        found |= {match.start() + digits.start() for digits in re.finditer(r"\d+", match.group())}
    for match in _NUMBERED_BY.finditer(text):
        start, end = match.span(match.lastgroup or "")
        found |= {start + digits.start() for digits in re.finditer(r"\d+", text[start:end])}
    for match in [*listed, *_DATE.finditer(text)]:
        found |= {match.start() + digits.start() for digits in re.finditer(r"\d+", match.group())}
    return found


def _of_families(text: str, listed: Sequence[re.Match[str]]) -> set[int]:
    """Return where further numbers stand of things that a text tells apart: `years 4 and 5` beside `years 1 to 3`."""
    last = {match[1].lower().removesuffix("s"): int(re.findall(r"\d+", match.group())[-1]) for match in listed}
    known = last.keys() | {word.removesuffix("s") for word in _numbered(text)}
    further = [match for match in _FURTHER.finditer(text) if match["word"].lower() in known]
    found: set[int] = set()
    for match in further:
        numbers = [int(number) for number in re.findall(r"\d+", match["list"])]
        if numbers == sorted(set(numbers)):
            last[match["word"].lower()] = max(numbers[-1], last.get(match["word"].lower(), 0))
            found |= {match.start("list") + at.start() for at in re.finditer(r"\d+", match["list"])}
    found |= {match.start(2) for match in _LABEL.finditer(text) if 0 < int(match[2]) <= last.get(match[1].lower(), 0)}
    for match in _OF_FAMILY.finditer(text) if last else ():
        numbers = [int(number) for number in re.findall(r"\d+", match["list"])]
        if numbers == sorted(set(numbers)) and numbers[-1] <= max(last.values()):
            found |= {match.start("list") + at.start() for at in re.finditer(r"\d+", match["list"])}
    return found


def numbered_things(text: str) -> dict[str, int]:
    """Return how many things a text tells apart by number, by their name: of tanks 0 to 2 the 3 under `tank`."""
    return {word: len(places) for word, places in _numbered(text.replace("_", " ")).items()}


def _numbered(text: str) -> dict[str, dict[str, list[int]]]:
    """Return where the numbers stand that tell things of one name apart, by name and number."""
    found: dict[str, dict[str, list[int]]] = {}
    for match in _LABEL.finditer(text):
        word = match[1].lower()
        if word not in _NO_LABELS:
            found.setdefault(word, {}).setdefault(match[2], []).append(match.start(2))
    return {word: places for word, places in found.items() if {"1", "2"} <= places.keys() or _from_zero(places.keys())}


def _from_zero(numbers: Collection[str]) -> bool:
    """Whether numbers are 0, 1 and so on, without a gap: `be 0`, `be 1` and `be 15` are no names."""
    return len(numbers) > 1 and set(numbers) == {str(number) for number in range(len(numbers))}


def _marks(text: str) -> set[int]:
    """Return where the numbers stand that count the items of a list: each is the one before it and one more."""
    found: set[int] = set()
    last: dict[str, int] = {}
    first: dict[str, int] = {}
    for match in _MARK.finditer(text):
        kind = match.lastgroup or ""
        number, start = int(match[kind]), match.start(kind)
        if number == 1:
            first[kind], last[kind] = start, 1
        elif last.get(kind, 0) and number == last[kind] + 1:
            found |= {first[kind], start}
            last[kind] = number
    return found
