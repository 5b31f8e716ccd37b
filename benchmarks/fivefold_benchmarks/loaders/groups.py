"""Near-duplicates: which problems are the same one in other words, so that pooled numbers count it once."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import combinations, pairwise

from fivefold_benchmarks.case import Case

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORDS_ALIKE = 0.9
_NUMBERS_ALIKE = 0.75
_WORDS_ALIKE_WITH_EQUAL_NUMBERS = 0.6
_FEWEST_NUMBERS = 3
"""Fewer equal numbers say nothing about two texts."""


def normalised(text: str) -> str:
    """Return a text as far as it counts for being the same: small letters and digits."""
    return re.sub(r"[^0-9a-z]", "", unicodedata.normalize("NFKC", text).lower())


def grouped(cases: Sequence[Case]) -> list[Case]:
    """Return the cases with `group` set: equal texts, equal named quantities, or words and numbers alike.

    A group is named by its text that comes first in the alphabet, so that it has the same name in every benchmark
    whose member is that text.
    """
    parent = list(range(len(cases)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in _alike(cases):
        parent[root(one)] = root(other)
    first: dict[int, str] = {}
    for place, case in enumerate(cases):
        text = normalised(case.question)
        first[root(place)] = min(text, first.get(root(place), text))
    return [case.model_copy(update={"group": _name(first[root(place)])}) for place, case in enumerate(cases)]


def _name(text: str) -> str:
    return "g" + hashlib.sha256(text.encode()).hexdigest()[:12]


def _alike(cases: Sequence[Case]) -> Iterable[tuple[int, int]]:
    """Yield pairs of places that are the same problem."""
    equal: dict[object, list[int]] = defaultdict(list)
    for place, case in enumerate(cases):
        equal["text", normalised(case.question)].append(place)
        if case.quantities:
            named = frozenset((normalised(name), value) for name, value in case.quantities.items())
            equal["quantities", named].append(place)
    for places in equal.values():
        yield from pairwise(places)
    numbers = [Counter(_NUMBER.findall(case.question)) for case in cases]
    words = [re.findall(r"[a-z]+", case.question.lower()) for case in cases]
    for one, other in _with_shared_numbers(numbers):
        share = (numbers[one] & numbers[other]).total() / max(numbers[one].total(), numbers[other].total())
        least = _WORDS_ALIKE_WITH_EQUAL_NUMBERS if share == 1 else _WORDS_ALIKE
        if share >= _NUMBERS_ALIKE and _words_alike(words[one], words[other], least):
            yield one, other


def _with_shared_numbers(numbers: Sequence[Counter[str]]) -> Iterable[tuple[int, int]]:
    """Yield pairs whose rarest numbers meet: two texts that share three quarters of them share one of these."""
    common: Counter[str] = Counter(number for own in numbers for number in own)
    holders: dict[str, list[int]] = defaultdict(list)
    for place, own in enumerate(numbers):
        if own.total() < _FEWEST_NUMBERS:
            continue
        rarest = sorted(own, key=lambda number: (common[number], number))
        for number in rarest[: len(own) - int(_NUMBERS_ALIKE * len(own)) + 1]:
            holders[number].append(place)
    yield from {pair for places in holders.values() for pair in combinations(places, 2)}


def _words_alike(one: list[str], other: list[str], least: float) -> bool:
    match = SequenceMatcher(None, one, other, autojunk=False)
    return match.real_quick_ratio() >= least and match.quick_ratio() >= least and match.ratio() >= least
