"""Numbers of a text that belong together, with whose each is: columns of tables, lists, like clauses in a row.

    hay costs 2 and holds 30 g, oats cost 5 and hold 55 g, pulp costs 3 and holds 20 g

holds the columns 2, 5, 3 and 30, 55, 20: numbers at equal steps, each with one name before it (or one behind it).
Nothing is read of what a column means. A formulation that holds a column in another order is wrong about it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from fivefold.problem import Quantity, quantities
from fivefold.reading.entities import stem
from fivefold.reading.labels import labels
from fivefold.reading.words import stated

_TOKEN = re.compile(r"[A-Za-z]+|\d+")
_STEPS = 8
"""So many numbers may stand between two of one column."""
_MANY = 400
"""Of texts with more numbers no columns are read."""
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
_LISTED = re.compile(
    r"^[^\w.;:!?|\n]*(?:(?:and|or|then|finally)[^\w.;:!?|\n]+)?(?:[A-Za-z%€$£]{1,12}[^\w.;:!?|\n]+){0,2}$"
)
_LOOSELY = re.compile(r"^(?:[^\w.;:!?|\n]*[A-Za-z%€$£]{1,12}){0,6}?[^\w.;:!?|\n]*$")
"""The same of longer lists: `3 pairs in September, 5 in October`."""
_LONG = 4
"""From so many numbers on a list may have words between them."""
Name = str | int
Names = Callable[[Sequence[str], str], Name | None]
"""Reads the one name that the names in some words stand for; `first` or `last` where there may be others."""


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers that belong together."""

    values: Mapping[Name, float]
    """The number of each name."""
    quote: str
    """The words that it was read from."""
    near: Mapping[Name, frozenset[float]] = field(default_factory=dict[Name, frozenset[float]])
    """All numbers that stand where the name's own do: a column that misses a step is read wrongly in one row."""
    astray: frozenset[Name] = frozenset()
    """The name whose number stands in another line than all the others, so that it may be of another list."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with the places of the atoms that names are made of, and of the ends of its sentences."""

    text: str
    places: Sequence[int]
    atoms: Sequence[str]
    ends: Sequence[int]

    def between(self, start: int, end: int) -> list[str]:
        return list(self.atoms[bisect_left(self.places, start) : bisect_left(self.places, end)])

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the sentence around a number."""
        at = bisect_left(self.ends, end)
        return (self.ends[at - 1] if at else 0), (self.ends[at] if at < len(self.ends) else len(self.text))


def columns(text: str, words: Mapping[str, frozenset[str]], keys: Sequence[tuple[str, ...]]) -> list[Column]:
    """Return the columns of a text that hold one number for every key.

    Args:
        text: the problem in words.
        words: the stems by which the text means each atom; those that two share say nothing.
        keys: what each number belongs to: one atom or a pair of them, from the first to the second.
    """
    shared = Counter(word for own in words.values() for word in own)
    owners = {word: name for name, own in words.items() for word in own if shared[word] == 1}
    naming = labels(text)
    said = [
        (token.start(), owners[word])
        for token in _TOKEN.finditer(text)
        if (word := _spelt(token.group())) in owners and (not word.isdigit() or token.start() in naming)
    ]
    if {owner for _, owner in said} != set(words) or len(keys) < 2:
        return []
    there = _Text(text, [at for at, _ in said], [owner for _, owner in said], _ends(text))
    read = _names(keys)
    found: list[Column] = []
    for numbers in _sequences(text):
        found += _steps(there, numbers, len(keys), read)
    return list({(tuple(sorted(c.values.items(), key=str)), c.quote): c for c in found}.values())


def _names(keys: Sequence[tuple[str, ...]]) -> Names:
    size = len(keys[0])

    def read(atoms: Sequence[str], side: str) -> Name | None:
        distinct = list(dict.fromkeys(atoms))
        if side == "last":
            distinct = list(dict.fromkeys(reversed(atoms)))[:size][::-1]
        elif side == "first":
            distinct = distinct[:size]
        return ",".join(distinct) if tuple(distinct) in keys else None

    return read


@lru_cache(maxsize=32)
def lists(text: str, count: int) -> tuple[tuple[tuple[float, ...], str], ...]:
    """Return the lists of a text that have so many numbers and nothing but marks and units between them."""
    found: dict[int, tuple[tuple[float, ...], str]] = {}
    for numbers in _sequences(text):
        for between in (_LISTED, _LOOSELY) if count >= _LONG else (_LISTED,):
            for run in _runs(text, numbers, between):
                if len(run) == count:
                    found[run[0].start] = (_at_one_scale(run), text[run[0].start : _end(run[-1])])
    return tuple(found.values())


def _at_one_scale(run: Sequence[Quantity]) -> tuple[float, ...]:
    """Return the numbers of a list; `12, 9 and 14 thousand` are all thousands."""
    if run[-1].scale and not any(quantity.scale for quantity in run[:-1]):
        return (*(quantity.value for quantity in run[:-1]), run[-1].digits)
    return tuple(quantity.value for quantity in run)


def _runs(text: str, numbers: Sequence[Quantity], between: re.Pattern[str]) -> Iterator[list[Quantity]]:
    run: list[Quantity] = []
    for quantity in numbers:
        if run and not between.match(text[_end(run[-1]) : quantity.start]):
            yield run
            run = []
        run.append(quantity)
    yield run


@lru_cache(maxsize=8)
def _sequences(text: str) -> tuple[list[Quantity], ...]:
    """Return the numbers of a text: those in digits, and those in words with them; none where there are too many."""
    naming = labels(text)
    in_digits = [quantity for quantity in quantities(text) if quantity.start not in naming]
    both = stated(text) if len(in_digits) <= _MANY else []
    spelt = [quantity.start for quantity in both] != [quantity.start for quantity in in_digits]
    found = [in_digits, both] if spelt else [in_digits]
    return tuple(numbers for numbers in found if len(numbers) <= _MANY)


def _ends(text: str) -> list[int]:
    return [match.end() for match in _SENTENCE_END.finditer(text)]


def _spelt(token: str) -> str:
    return token if len(token) == 1 else stem(token)


def _end(quantity: Quantity) -> int:
    return quantity.start + len(quantity.written)


def _steps(there: _Text, numbers: Sequence[Quantity], count: int, read: Names) -> Iterator[Column]:
    """Yield the numbers at equal steps that have one name each, all before them or all behind them."""
    spans = [there.sentence(quantity.start, _end(quantity)) for quantity in numbers]
    for step in range(1, _STEPS + 1):
        for first in range(len(numbers) - step * (count - 1)):
            places = range(first, first + step * count, step)
            for behind in (False, True):
                names = _named(there, numbers, spans, places, step, read, behind=behind)
                if len(names) == count and len({numbers[place].percent for place in places}) == 1:
                    values = {name: numbers[place].value for name, place in names.items()}
                    start, end = numbers[first].start, _end(numbers[places[-1]])
                    near = _near(numbers, names, step)
                    astray = _astray(there.text, {name: numbers[place].start for name, place in names.items()})
                    yield Column(values, there.text[max(0, start - 40) : end + 20], near, astray)


def _named(
    there: _Text,
    numbers: Sequence[Quantity],
    spans: Sequence[tuple[int, int]],
    places: range,
    step: int,
    read: Names,
    *,
    behind: bool,
) -> dict[Name, int]:
    """Return the name of each number; fewer than there are numbers where one has none."""
    found: dict[Name, int] = {}
    for place in places:
        quantity, other = numbers[place], place + step if behind else place - step
        edge = (other >= len(numbers)) if behind else other < 0
        if behind:
            reach = len(there.text) if edge else numbers[other].start
            atoms = there.between(_end(quantity), min(spans[place][1], reach))
        else:
            reach = 0 if edge else _end(numbers[other])
            atoms = there.between(max(spans[place][0], reach), quantity.start)
        open_end = place == (places[-1] if behind else places[0])
        name = read(atoms, ("first" if behind else "last") if open_end else "all")
        if name is None or name in found:
            return {}
        found[name] = place
    return found


def _astray(text: str, starts: Mapping[Name, int]) -> frozenset[Name]:
    lines = {name: text.count("\n", 0, start) for name, start in starts.items()}
    alone = {name for name, line in lines.items() if list(lines.values()).count(line) == 1}
    return frozenset(alone) if len(alone) == 1 and len(set(lines.values())) == 2 else frozenset()


def _near(numbers: Sequence[Quantity], names: Mapping[Name, int], step: int) -> dict[Name, frozenset[float]]:
    """Return the numbers less than a step away from those of a column, which may belong to the same name."""
    return {
        name: frozenset(quantity.value for quantity in numbers[max(0, place - step + 1) : place + step])
        - {numbers[place].value}
        for name, place in names.items()
    }
