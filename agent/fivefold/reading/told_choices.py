"""Conditions on yes-or-no decisions, told in words: `the pool can only be built if the park is`, `one of A and B`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fivefold.reading.claim import Relation

_A = r"⟨(?P<a>\d+)⟩"
_B = r"⟨(?P<b>\d+)⟩"
_THE = r"(?:(?:the|a|an|both|project|option|site|product|plant|item) )*"
_LIST = rf"(?P<list>{_THE}⟨\d+⟩(?:(?:, (?:and |or )?| and | or ){_THE}⟨\d+⟩)+)"
_MUST = r"(?:must|has to|have to|needs? to|should|shall)"
_CANNOT = r"(?:cannot|can not|may not|must not|should not|(?:is|are) not (?:allowed|permitted) to)"
_IS = r"(?:is|are|gets?|has been|will be)(?: also)?"
_TOO = r"(?: (?:as well|too|also))?"
_END = r"(?=[.,;:!?)]| and | or |$)"
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_COUNT = rf"(?:#(?P<digits>\d+)|(?P<word>{'|'.join(_NUMBERS)}))"
_BARRED = re.compile(r"\b(?:unless|each(?! other)|every|per|whenever|respectively|not only|neither|nor)\b")
_DONE = rf"{_IS} (?!not\b)\w+"
_LEFT = rf"{_IS} not(?: \w+)?"
_NOR = rf"(?:{_CANNOT} be|(?:is|are|gets?) not)"

_NEEDS = (
    # the pool can only be built if the park is built
    re.compile(
        rf"{_A} (?:can|may|should|must|will|is|are) (?:only )?(?:be )?\w+ ?(?:only )?(?:if|when|provided(?: that)?) "
        rf"{_THE}{_B} {_IS}(?: (?!not\b)\w+)?{_TOO}{_END}"
    ),
    # the pool requires the park
    re.compile(rf"{_A} (?:requires|presupposes|depends on) (?:that )?{_THE}{_B}(?: to be \w+| {_IS} \w+)?{_TOO}{_END}"),
    # if the pool is built, the park must be built too
    re.compile(
        rf"\bif {_THE}{_A} {_DONE},? (?:then )?(?:so must )?{_THE}{_B}"
        rf"(?: {_MUST}(?: also)?(?: be)?(?: (?!not\b)\w+)?)?{_TOO}{_END}"
    ),
    # the pool cannot be built without the park
    re.compile(rf"{_A} {_CANNOT} be \w+ (?:(?P<if>if)|without) {_THE}{_B}(?(if) {_LEFT}|){_TOO}{_END}"),
    # if the park is not built, the pool cannot be built either
    re.compile(rf"\b(?:(?P<if>if)|without) {_THE}{_B}(?(if) {_LEFT}|),? (?:then )?{_THE}{_A} {_NOR}\b"),
)
# the pool cannot be built unless the park is
_UNLESS = (
    re.compile(rf"{_A} {_CANNOT} be \w+ unless {_THE}{_B} {_IS}(?: (?!not\b)\w+)?{_TOO}{_END}"),
    re.compile(rf"\bunless {_THE}{_B} {_IS}(?: (?!not\b)\w+)?,? {_THE}{_A} {_NOR}\b"),
)
_ONLY = re.compile(r"\bonly\b|\bprovided\b")
_SO_MUST = re.compile(rf"\bso must\b|⟩ {_MUST}")
_SURE = {_NEEDS[0]: _ONLY, _NEEDS[2]: _SO_MUST}
_EXCLUDES = (
    # the pool and the park exclude each other
    re.compile(
        rf"{_A} and {_THE}{_B} (?:exclude (?:each other|one another)|are (?:mutually exclusive|incompatible)|"
        rf"(?:cannot|can not|must not|may not) both\b|{_CANNOT} be \w+ (?:together|at the same time|simultaneously))"
    ),
    # if the pool is built, the park cannot be
    re.compile(rf"\bif {_THE}{_A} {_DONE},? (?:then )?{_THE}{_B} {_CANNOT}\b"),
    # the pool cannot be built if the park is
    re.compile(rf"{_A} {_CANNOT} be \w+ if {_THE}{_B} {_IS}(?: (?!not\b)\w+)?{_TOO}{_END}"),
)
# if the park is not built, the pool must be
_INSTEAD = re.compile(rf"\bif {_THE}{_A} {_LEFT},? (?:then )?{_THE}{_B} {_MUST}(?! not\b)(?: also)?(?: be)?(?! not\b)")
_SOME = re.compile(rf"(?P<side>at least|at most|no more than|not more than|exactly|only) {_COUNT} of {_LIST}")
# at least three machines must be bought
_TAKEN = re.compile(
    rf"(?P<side>at least|at most|no more than|not more than|no fewer than|exactly) {_COUNT} (?:different )?[a-z]+s "
    r"(?:must|should|may|can|shall|have to|need to|are to|will) be (?P<done>built|opened|bought|chosen|selected|picked|"
    r"hired|rented|leased|used|planted|installed|made|run)(?= ?[.,;:]| and | in total| altogether| overall|$)"
)
_SIDES: dict[str, Relation] = {"at least": ">=", "no fewer than": ">=", "exactly": "=="}
_EITHER = re.compile(rf"\beither {_THE}{_A} or {_THE}{_B}[^.;⟨]*\bbut not both\b")


class Choice(NamedTuple):
    """A limit on a sum of yes-or-no decisions."""

    weights: dict[str, float]
    """By the place of the decision in its sentence."""
    relation: Relation
    limit: float | str
    """The number, or its place in the sentence."""


def choices(sentence: str) -> Iterator[Choice]:
    """Yield what a sentence says of decisions between yes and no, written `⟨0⟩`, with numbers `#0`.

    Args:
        sentence: in lower case.
    """
    barred = {found.group() for found in _BARRED.finditer(sentence)}
    if barred == {"unless"}:
        yield from _pairs(sentence, _UNLESS, -1.0, "<=", 0.0)
    if barred:
        return
    yield from _pairs(sentence, _NEEDS, -1.0, "<=", 0.0)
    yield from _pairs(sentence, _EXCLUDES, 1.0, "<=", 1.0)
    yield from _pairs(sentence, (_INSTEAD,), 1.0, ">=", 1.0)
    for match in _SOME.finditer(sentence):
        places = re.findall(r"⟨(\d+)⟩", match["list"])
        if len(set(places)) == len(places) and not re.match(r"(?:, | and | or )", sentence[match.end() :]):
            yield Choice(dict.fromkeys(places, 1.0), _SIDES.get(match["side"], "<="), _count(match))
    yield from _pairs(sentence, (_EITHER,), 1.0, "==", 1.0)


def taken(sentence: str) -> Iterator[tuple[str, Relation, float | str]]:
    """Yield how many are to be taken of all that a sentence says is done: `bought`, `>=`, 3 or its place.

    Args:
        sentence: in lower case.
    """
    for match in _TAKEN.finditer(sentence) if not _BARRED.search(sentence) else ():
        yield match["done"], _SIDES.get(match["side"], "<="), _count(match)


def _count(match: re.Match[str]) -> float | str:
    return match["digits"] or float(_NUMBERS[match["word"]])


def _pairs(
    sentence: str, patterns: Sequence[re.Pattern[str]], weight: float, relation: Relation, limit: float
) -> Iterator[Choice]:
    """Yield what is said of two decisions, the first with weight 1."""
    for pattern in patterns:
        told = _SURE.get(pattern)
        for match in pattern.finditer(sentence):
            if match["a"] != match["b"] and (told is None or told.search(match.group())):
                yield Choice({match["a"]: 1.0, match["b"]: weight}, relation, limit)
