"""Words by which a number is not a limit on the decisions: of each place, at a time, in another measure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fivefold.reading.claim import Claim
from fivefold.reading.entities import Entry, stems
from fivefold.reading.slots import Slot, TextReading
from fivefold.reading.told_sums import IDLE
from fivefold.reading.words import nouns

MEASURES = frozenset(
    re.findall(
        r"\w+",
        "hour minute day time acre kg gram pound ounce liter litre gallon ton dollar money cost percent fraction share "
        "area foot feet meter mile km budget investment amount invested spent",
    )
)
"""What hours or money spent on something are called by, rather than what is counted."""
MONEY = frozenset({"money", "dollar", "budget", "investment", "invested", "spent", "amount", "fund", "cost", "usd"})
"""What money spent is called by."""
NOT_WORK = frozenset({"rest", "break", "maintenance", "overtime", "idle", "training", "cleaning", "setup", "sleep"})
"""What hours may be for besides the work."""
OF_ONE = re.compile(
    r"\b(?:rest|wait|arrive|late|early|delay|at a time|at once|in reserve|it takes|rivals?|competitors?|penalty|"
    r"discount|bonus|fee|shipping costs|(?:one|a|an|each|every|per) (?:\w+ )?(?:teacher|driver|worker|customer|client|"
    r"person|pallet|box|crate|container|truck|van|car|lorry|shelf|bundle|bag|batch))\b|"
    r"\b(?:per|an|each) (?:hour|minute)\b|\bfor every\b|\b(?:wast\w+|remain|kept|unsold|broken|fails?|avoids?|refuses?|"
    r"impossible)\b|\b(?:an?|each|every|one) [a-z]+ (?:can |may )?(?:hold|fit|seat|serve|take|store|pack|carr|contain)"
    r"(?:s|y|ies)? (?:at most|up to|no more)\b|"
    r"\b(?:boxes|cartons|packs|bags|crates|batches|bundles|cases) of (?:at|up|no)\b",
    re.IGNORECASE,
)
"""Says that a number is not one for everything: the load of a truck, the pace of a saw, what is kept or fined."""
OF_EACH = re.compile(r"\b(?:each|every|per) (?!day|week|month|year|unit|season|shift|quarter|hour)", re.IGNORECASE)
EACH_PLACE = re.compile(r"\b(?:each|every|per) (?!unit|day|week|month|year|season|shift|quarter)")
NOT_WHOLE = MEASURES | frozenset(
    re.findall(
        r"\w+",
        "profit revenue income sale turnover return expense spending wage weight volume capacity load emission "
        "distance viewer customer passenger people person driver user reach protein fat fibre fiber calorie "
        "patient bed guest pupil student child client energy power water "
        "fuel demand waste staff worker labor labour risk trip material score",
    )
)
"""What is not all decisions together but something that they make, take or are worth."""
_COUNTED = frozenset({"available", "two", "three", "four", "five", "six", "constrained", "limited", "together"})
INVESTED = re.compile(r"\b(?:invest\w*|budgets?|spend\w*|spent|allocat\w*|funds?|funding)\b")
MADE = re.compile(r"\b(?:output|production|yield|produced|tours?|packages?|usage)\b")
EARNED = re.compile(r"\b(?:output|yields?|returns?|interest)\b")
_PACKS = frozenset(
    re.findall(
        r"\w+",
        "box pack bag crate batch dozen case carton bundle pallet tray roll basket load bunch packet jar hundred "
        "thousand million",
    )
)
_FOREIGN_UNIT = re.compile(
    r"^ ?(?:kg|g|mg|t|lbs?|oz|m|km|cm|mm|l|ml|m[23²³]|k?wh?|mwh?|ft|mi|h|hrs?|min)\b(?! ⟨)", re.IGNORECASE
)
_NO_NOUN = re.compile(r"^(?:fewer|less|lower|more)$|\w{4}ed$")
"""What stands where a noun could: the `fewer` of `5 fewer hours`, the `dedicated` of `5 hours dedicated to`."""


def _known(reading: TextReading) -> frozenset[str]:
    """Return the stems of what the decisions are called by or measured in."""
    labels = (entity.label | stems(entity.variable.unit) for entity in reading.entities)
    return frozenset[str]({"unit"}).union(*labels)


def in_packs(reading: TextReading, sentence: int, entity: int) -> bool:
    """Whether a decision counts boxes or batches of what a sentence counts one by one."""
    if not reading.entities[entity].label & _PACKS:
        return False
    own = [m for m in reading.mentions if m.entity == entity and reading.sentences.number(m.start) == sentence]
    return not all(stems(reading.text[m.start : m.end]) & _PACKS for m in own)


def understood(reading: TextReading, words: str) -> bool:
    """Whether every word between `total` and its limit is known: the weight of things is not how many there are."""
    return all(word in IDLE for word in stems(words) - _known(reading) - _COUNTED)


def same_measure(reading: TextReading, slot: Slot) -> bool:
    """Whether a number counts what the decisions are called by or measured in, or does not say what it counts."""
    known = _known(reading)
    known |= {"money", "dollar"} if known & MONEY else frozenset()
    after = reading.text[slot.quantity.start + len(slot.quantity.written) :]
    short = _FOREIGN_UNIT.match(after)
    if short and not any(short[0].strip().lower() == entity.variable.unit.lower() for entity in reading.entities):
        return False
    own = nouns(reading.text, slot.quantity)
    return {word for word in own if not _NO_NOUN.search(word)} <= known


def consistent(found: Sequence[Claim]) -> Iterator[Claim]:
    """Yield the claims of a sentence without two amounts of one thing: they are of two buyers."""
    told = {(claim.form, *claim.weights, claim.relation, claim.limit) for claim in found if claim.form == "amount"}
    for claim in found:
        same = [one for one in told if one[:-1] == (claim.form, *claim.weights, claim.relation)]
        if len(same) < 2:
            yield claim


def telling_words(reading: TextReading) -> dict[Entry, frozenset[str]]:
    """Return the words of each decision that are neither those of all decisions nor of measures."""
    shared = frozenset[str].intersection(*(entity.label for entity in reading.entities))
    return {entity.entry: entity.label - shared - MEASURES for entity in reading.entities}
