"""Tables over pairs as texts tell them: `from A it costs 5 to B and 7 to C`, read by rule.

An LLM that fills a large table slips into the row above, or fills a gap that the text leaves. Where a text tells every
pair by its two names, no LLM is needed to read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from fivefold.problem import quantities
from fivefold.reading.labels import labels

Pairs = dict[tuple[str, str], float]
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-Z\d*-])|\n+")
_FROM = re.compile(r"\bfrom(?:/to)?(?: the)?(?: (?!to\b|and\b|it\b)\w+){0,2} ?$", re.IGNORECASE)
_NEAR = 20
"""So many characters at most lie between a number and the name behind it: `14 km from Aland`."""


class _Seen(NamedTuple):
    """A name or a number at its place in a sentence."""

    start: int
    name: str
    """Empty for a number."""
    value: float = 0.0
    heads: bool = False
    """Whether `from` stands before the name."""

    @property
    def digits(self) -> bool:
        """Whether it is a name that may be an amount as well."""
        return self.name.isdigit()


def told_pairs(
    text: str, rows: Sequence[str], columns: Sequence[str], meant: Callable[[int], bool] = lambda _: True
) -> Pairs | None:
    """Return the number that a text tells of each pair; None where it tells two of one. What cannot be read is left.

    In a sentence the first name, and each behind `from`, is that of the row; then come names of columns, each with
    its number behind it, or each behind its number. A row may stand alone on a line, its columns on lines of their own
    below it.

    Args:
        text: the problem's words.
        rows: names of the first elements.
        columns: names of the second ones.
        meant: whether the number at a place of the text is one of those wanted.
    """
    named, numbers = labels(text), {one.start: one.value for one in quantities(text) if meant(one.start)}
    spellings = [*_spellings({*rows, *columns})]
    found: Pairs = {}
    begin, above = 0, ""
    for end in (*(match.end() for match in _SENTENCE.finditer(text)), len(text)):
        names = [one for one in _names(text, begin, end, spellings) if not one.digits or one.start in named]
        seen = sorted([*names, *_numbers(numbers, named, begin, end)])
        begin = end
        told = _below(above, seen, columns) or _told(seen, rows, columns)
        for pair, value in told.items():
            if found.setdefault(pair, value) != value:
                return None
        if len(seen) == 1 and seen[0].name in rows:
            above = seen[0].name
        elif len(seen) != 2:  # one name and one number are the row's above
            above = ""
    return found


def told_each(text: str, names: Sequence[str], meant: Callable[[int], bool]) -> dict[str, float]:
    """Return the number that a text tells of each name, of those where names and numbers take turns in a sentence.

    Args:
        text: the problem's words.
        names: the elements.
        meant: whether the number at a place of the text is one of those wanted.
    """
    named, numbers = labels(text), {one.start: one.value for one in quantities(text)}
    spellings = [*_spellings(names)]
    found: dict[str, float] = {}
    begin = 0
    for end in (*(match.end() for match in _SENTENCE.finditer(text)), len(text)):
        known = [one for one in _names(text, begin, end, spellings) if not one.digits or one.start in named]
        seen = sorted([*known, *_numbers(numbers, named, begin, end)])
        begin = end
        if not any(one.heads for one in seen):
            for name, number in pairwise(seen):
                if name.name and not number.name and meant(number.start):
                    found.setdefault(name.name, number.value)
    return found


def _below(row: str, seen: Sequence[_Seen], columns: Sequence[str]) -> Pairs:
    """Return the pair that a line tells below the line of its row; none where it is no such line."""
    names, numbers = [one for one in seen if one.name], [one for one in seen if not one.name]
    if not row or len(names) != 1 or len(numbers) != 1 or names[0].name not in columns or names[0].name == row:
        return {}
    return {(row, names[0].name): numbers[0].value}


def _told(seen: Sequence[_Seen], rows: Sequence[str], columns: Sequence[str]) -> Pairs:
    """Return the pairs that a sentence tells."""
    whole = _in_threes(seen, rows, columns)
    if whole:
        return whole
    found: Pairs = {}
    for row, entries in _by_row(seen, set(rows)):
        for column, value in (_paired(entries, set(columns) - {row}) or {}).items():
            found[row, column] = value
    return found


def _in_threes(seen: Sequence[_Seen], rows: Sequence[str], columns: Sequence[str]) -> Pairs:
    """Return pairs of which each is told whole: `14 km from A to B, 9 km from A to C`; none where it is not so."""
    found: Pairs = {}
    if not seen or len(seen) % 3:
        return {}
    before = not seen[0].name
    for at in range(0, len(seen), 3):
        number, row, column = seen[at : at + 3] if before else (*seen[at + 2 : at + 3], *seen[at : at + 2])
        if number.name or row.name not in rows or column.name not in columns or row.name == column.name:
            return {}
        if before and row.start - number.start > _NEAR:
            return {}
        found[row.name, column.name] = number.value
    return found if 3 * len(found) == len(seen) else {}


def _names(text: str, begin: int, end: int, spellings: Sequence[tuple[str, re.Pattern[str]]]) -> Iterator[_Seen]:
    """Yield the names in a part of a text, the longest where one is part of another."""
    taken: set[int] = set()
    for name, spelled in spellings:
        for match in spelled.finditer(text, begin, end):
            places = range(*match.span())
            if taken.isdisjoint(places):
                taken.update(places)
                yield _Seen(match.start(), name, heads=_FROM.search(text, begin, match.start()) is not None)


def _spellings(members: Iterable[str]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield names, the longest first, each with the ways to write it.

    `Relay Station 3` may also be `Station 3`, `City F` just `F`, and 3 is `node 3`.
    """
    for name in sorted(members, key=len, reverse=True):
        words = name.split()
        least = 2 if words[-1].isdigit() else 1
        shorter = (re.escape(" ".join(words[-size:])) for size in range(len(words), least - 1, -1))
        ways = rf"(?<=[a-z] ){name}" if name.isdigit() else "|".join(shorter)
        yield name, re.compile(rf"(?<!\w)(?:{ways})(?!\w|[.,]\d)")


def _numbers(numbers: dict[int, float], named: set[int], begin: int, end: int) -> Iterator[_Seen]:
    for start, value in numbers.items():
        if begin <= start < end and start not in named:
            yield _Seen(start, "", value)


def _by_row(seen: Sequence[_Seen], rows: set[str]) -> Iterator[tuple[str, list[_Seen]]]:
    """Yield the rows that a sentence tells of, each with what is said of it."""
    row, entries = "", list[_Seen]()
    for one in seen:
        if one.name in rows and (not row or (one.heads and one.name != row)):
            if row:
                yield row, entries
            row, entries = one.name, []
        elif row and not (one.heads and one.name == row):
            entries.append(one)
    if row:
        yield row, entries


def _paired(entries: Sequence[_Seen], columns: set[str]) -> dict[str, float] | None:
    """Return the number of each column; None where names and numbers do not take turns."""
    if not entries or len(entries) % 2:
        return None
    firsts, seconds = entries[::2], entries[1::2]
    names, values = (firsts, seconds) if firsts[0].name else (seconds, firsts)
    if any(one.name not in columns for one in names) or any(one.name for one in values):
        return None
    if len({one.name for one in names}) < len(names):
        return None
    return {name.name: number.value for name, number in zip(names, values, strict=True)}
