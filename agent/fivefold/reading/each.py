"""Limits on each of the decisions: `at least 15 crates of each jam`, `each game must have at most 12 teams`.

Such a sentence names no decision, so it counts only where its noun is what the decisions are kinds of, and the
decisions are one for each kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from fivefold.problem import Quantity
from fivefold.reading.claim import Claim, Relation
from fivefold.reading.entities import stem, stems
from fivefold.reading.periods import of_one_period
from fivefold.reading.slots import TextReading, conditional
from fivefold.reading.words import LEAST, MOST

_KIND = r"(?:types?|kinds?|sorts?|variet(?:y|ies)|categor(?:y|ies))"
_EACH = rf"(?:each|every)(?: of the)?(?: single| different)?(?: {_KIND})?(?: of)?"
_BE = r"(?:(?:must|should|has to|have to|needs? to|can|may|is|are)(?: be)? (?:\w+ed |made )?)?"
_HAS = r"(?:must|should|shall|needs?|requires?|has|have|can|may|gets?|receives?|is|are)"
_BEHIND = re.compile(
    rf"^ (?P<unit>(?:[a-z-]+ ){{0,2}}?){_BE}(?:of|in|on|to|for|from|at|with) {_EACH}(?P<noun>(?: [a-z-]+){{0,3}})",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"\b{_EACH} (?P<noun>(?:[a-z-]+ ){{1,3}}?){_HAS}\b(?: [a-z-]+){{0,6}}? ?$",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\bno (?P<noun>(?:[a-z-]+ ){1,3}?)(?:may|can|should|must|shall|is allowed to|will)(?: [a-z-]+){0,4}? more than $",
    re.IGNORECASE,
)
_ENDS = frozenset(
    re.findall(
        r"\w+",
        "must should shall has have can may is are will to in on at by for from with and or next this that per during "
        "so while but as be produced made used installed working available needs need gets",
    )
)
_ONE = re.compile(r"\b(?:at least|at most|a minimum of|a maximum of|no more than) (?P<one>one)\b", re.IGNORECASE)
_ANY_KIND = frozenset({"type", "kind", "product", "item", "one", "option", "variety", "sort"})
_TIMES = frozenset({"day", "week", "month", "year", "hour", "shift", "period", "quarter", "season", "time", "minute"})
_FEWEST = 2
_MAX_QUOTE = 160
_MOST_NUMBERS = 8


def each(reading: TextReading) -> Iterator[Claim]:
    """Yield `decision <relation> limit` for every decision, where the text limits each of them by one number."""
    entities = reading.entities
    if len(entities) < _FEWEST or len({(one.variable.domain, one.variable.unit) for one in entities}) > 1:
        return
    told = Counter(word for one in entities for word in one.label)
    if entities[0].variable.domain == "binary" or set(told.values()) - {1, len(entities)}:
        return  # `small vans, large vans, small trucks`: which of them `each truck` is takes more than a word
    shared = frozenset(word for word, times in told.items() if times == len(entities))
    taken = {reading.sentences.number(mention.start) for mention in reading.mentions}
    for number, quantities in _by_sentence(reading).items():
        sentence = reading.sentences.words(number)
        if number in taken or conditional(sentence) or of_one_period(reading, number):
            continue
        for quantity in quantities:
            relation = _relation(reading, quantity, shared)
            if relation is None:
                continue
            for entity in entities:
                said = f"{entity.name} {relation} {quantity.value:g}"
                yield Claim("each", {entity.entry: 1.0}, relation, quantity.value, sentence[:_MAX_QUOTE], said)


def _by_sentence(reading: TextReading) -> dict[int, list[Quantity]]:
    """Return the numbers that may limit each decision, by their sentence; where there are many it is a table."""
    found: dict[int, list[Quantity]] = {}
    for quantity in _numbers(reading):
        if not quantity.percent:
            found.setdefault(reading.sentences.number(quantity.start), []).append(quantity)
    return {number: own for number, own in found.items() if len(own) <= _MOST_NUMBERS}


def _numbers(reading: TextReading) -> Iterator[Quantity]:
    """Yield the numbers that belong to no single decision, and `one` in `at least one team`."""
    yield from (slot.quantity for slot in reading.slots if slot.owner is None)
    known = {slot.quantity.start for slot in reading.slots}
    for match in _ONE.finditer(reading.text):
        if match.start("one") not in known:
            yield Quantity(1.0, False, match["one"], match.start("one"))


def _relation(reading: TextReading, quantity: Quantity, shared: frozenset[str]) -> Relation | None:
    """Return which side a number limits each decision on, None where it does not."""
    start, end = reading.sentences.span(reading.sentences.number(quantity.start))
    before = reading.text[start : quantity.start].lstrip()
    after = reading.text[quantity.start + len(quantity.written) : end]
    least, most = LEAST.search(before), MOST.search(before)
    none = _NONE.search(before)
    if none is not None:
        fits = _counted(after, shared, none["noun"]) and _is_class(reading, none["noun"], shared)
        return "<=" if fits else None
    if (least is None) == (most is None):
        return None
    relation: Relation = ">=" if least else "<="
    behind = _BEHIND.match(after)
    if behind is not None:
        unit = stems(behind["unit"])
        fits = unit <= shared and _is_class(reading, behind["noun"], shared, alone=True)
    else:
        found = least or most
        front = _BEFORE.search(before[: found.start()]) if found else None
        fits = (
            front is not None and _counted(after, shared, front["noun"]) and _is_class(reading, front["noun"], shared)
        )
    return relation if fits else None


def _counted(after: str, shared: frozenset[str], noun: str) -> bool:
    """Whether the words behind a number begin with what all decisions count: the teams of `12 teams`, on a game."""
    word = re.match(r" ([a-z-]+)", after, re.IGNORECASE)
    return word is not None and stem(word[1]) in shared and stem(word[1]) not in stems(noun)


def _is_class(reading: TextReading, phrase: str, shared: frozenset[str], *, alone: bool = False) -> bool:
    """Whether words are what the decisions are kinds of: called so in their names, or said before a list of them."""
    words: list[str] = []
    for word in re.findall(r"[A-Za-z-]+", phrase):
        if word.lower() in _ENDS:
            break
        words.append(stem(word))
    if not words:
        return alone
    noun = words[-1]
    if noun in _TIMES:
        return False
    return noun in shared or (alone and noun in _ANY_KIND) or _heads_list(reading, noun)


def _heads_list(reading: TextReading, noun: str) -> bool:
    """Whether a sentence or the first column of a table names every decision behind a noun."""
    count = len(reading.entities)
    for number in range(len(reading.sentences.ends)):
        start, end = reading.sentences.span(number)
        own = [mention for mention in reading.mentions if start <= mention.start < end]
        heading = reading.text[start : own[0].start] if own else ""
        # A colon may end the sentence that the list goes on from.
        heading = heading if heading.strip() or not number else reading.sentences.words(number - 1)
        if len({mention.entity for mention in own}) == count and noun in map(stem, re.findall(r"[A-Za-z]+", heading)):
            return True
    table = re.search(r"^\s*\|\s*([A-Za-z ]+?)\s*\|", reading.text, re.MULTILINE)
    named = table is not None and noun in map(stem, re.findall(r"[A-Za-z]+", table[1]))
    return (
        named
        and len(
            {mention.entity for mention in reading.mentions if reading.text[mention.start - 2 : mention.start] == "| "}
        )
        == count
    )
