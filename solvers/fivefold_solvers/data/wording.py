"""How alike two names are: `unit_cost`, `UnitCosts`, `cost per unit (EUR)`; plurals, short forms, slips of spelling."""

from __future__ import annotations

import re
from collections.abc import Container
from difflib import SequenceMatcher
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_EMPTY = frozenset({
    "of", "the", "per", "in", "for", "a", "an", "at", "by", "to", "from", "each", "and", "or", "id", "name", "code",
    "no", "nr", "key", "value", "values", "column", "set", "all", "is", "that", "which", "be", "its", "with", "on",
})  # fmt: skip
"""Words that say nothing about what is named."""
_SAME = (
    {"plant", "factory"}, {"customer", "client"}, {"worker", "employee", "staff"}, {"warehouse", "depot"},
    {"demand", "requirement", "need"}, {"supply", "availability"}, {"quantity", "qty", "amount", "count"},
    {"city", "town"}, {"item", "article"}, {"product", "good"}, {"vehicle", "truck"}, {"period", "t"},
    {"price", "revenue"}, {"task", "job"}, {"node", "vertex"}, {"arc", "edge", "link"}, {"machine", "resource"},
    {"duration", "time"}, {"distance", "dist"}, {"fixed", "setup"}, {"weight", "mass"},
)  # fmt: skip
GENERIC = frozenset({"value", "values", "amount", "number", "data", "quantity", "qty", "x", "v", "val", "parameter"})
"""Headers that say only that there are values."""
_FROM = frozenset({"from", "origin", "source", "start", "tail", "i", "src", "orig", "departure", "first"})
_TO = frozenset({"to", "destination", "target", "end", "head", "j", "dest", "sink", "dst", "arrival", "second"})


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case and singular, without those that say nothing."""
    every = [_single(word.lower()) for word in _WORD.findall(name)]
    return tuple(word for word in every if word not in _EMPTY) or tuple(every)


def _single(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=65_536)
def _word_likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if any(one in same and other in same for same in _SAME):
        return 0.85
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long.startswith(short):
        return 0.85
    ratio = SequenceMatcher(None, one, other).ratio()
    return ratio * 0.9 if ratio > 0.8 and len(short) > 3 else 0.0


def likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1."""
    if one.strip().casefold() == other.strip().casefold():
        return 1.0
    left, right = words(one), words(other)
    if not left or not right:
        return 0.0
    if left == right:
        return 0.98
    if "".join(left) == "".join(right):
        return 0.97
    shorter, longer = sorted((left, right), key=len)
    covered = sum(max(_word_likeness(word, other) for other in longer) for word in shorter) / len(shorter)
    # Words of the longer name that nothing answers make the match weaker.
    back = sum(max(_word_likeness(word, other) for other in shorter) for word in longer) / len(longer)
    return 0.96 * (0.6 * covered + 0.4 * back) if covered > 0.5 else 0.0


def told_by(name: str, description: str) -> float:
    """Return how well a description covers the words of a name, from 0 to 0.8."""
    asked, said = words(name), words(description)
    if not asked or not said:
        return 0.0
    covered = sum(max(_word_likeness(word, other) for other in said) for word in asked) / len(asked)
    return 0.8 * covered if covered > 0.6 else 0.0


def closeness(own: str, description: str, name: str, others: Container[str]) -> float:
    """Return how well a name in the data fits an element, by its own name or its description, from 0 to 1.

    Set `D` and parameter `d` are two elements: what is named like one of them to the letter is not the other.
    """
    if name != own and name.casefold() == own.casefold() and name in others:
        return 0.0
    return max(likeness(own, name), told_by(name, description))


def direction(name: str) -> int:
    """Return 0 for a header that says where something begins, 1 where it ends, -1 for any other."""
    every = {word.lower() for word in _WORD.findall(name)}
    if bool(every & _FROM) == bool(every & _TO):
        return -1
    return 0 if every & _FROM else 1
