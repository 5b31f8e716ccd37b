"""Relations of ownership: a number that the text gives to one decision stands at that decision and at no other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from fivefold.checks.battery.lab import Lab, Relation
from fivefold.checks.battery.lines import Line, lines_of
from fivefold.checks.battery.report import RelationResult, Witness
from fivefold.checks.bindings import how_stated, same_number
from fivefold.checks.place_effects import Effect
from fivefold.checks.places import OBJECTIVE, Place
from fivefold.problem import word_values
from fivefold.reading.entities import Entry
from fivefold.reading.guards import telling_words
from fivefold.reading.slots import Slot, TextReading
from fivefold_solvers.formulation.identity import Key, spell_key

STANDS = Relation(
    "number-of-decision",
    "A number that the text states of one thing only cannot be a coefficient of another.",
    "exchange the numbers, so that each stands at the decision that the text says it of",
)
THERE = Relation(
    "number-at-decision",
    "What the text says of a decision in numbers stands at that decision, written or worked out.",
    "write the number where the decision is used",
)
_OF_WHOLE = re.compile(
    r"[\d.]+ ?(?:%|per ?cent)?(?: ?[-\u2013] ?| to )?[\d.]* ?(?:%|per ?cent)? of (?:the|all|what)\b", re.I
)
_OF_ONE = {"gain", "cost", "use", "yield", "unclear"}


def check_owners(lab: Lab, moved: Mapping[Place, tuple[Effect, ...]]) -> Iterator[RelationResult]:
    """Yield every coefficient that belongs to another decision, and every number that is missing at its own."""
    reading = lab.reading
    if not reading.entities or not moved:
        yield STANDS.abstained("the words for the decisions could not be told apart, or there are too many numbers")
        return
    seen = 0
    lines = {(line.name, line.key): line for line in lines_of(lab.built.checked.rows.rows)}
    for place, does in moved.items():
        entry = _only_entry(does)
        if entry is None:
            continue
        seen += 1
        foreign = _foreign(reading, place, entry)
        if foreign is not None and not _compares(reading, does, entry, foreign, lines):
            yield _misplaced(reading, place, entry, foreign)
    yield STANDS.held(f"{seen} coefficients stand at the decisions that the text says them of")
    yield from _missing(reading, moved)


def _only_entry(does: tuple[Effect, ...]) -> Entry | None:
    """Return the decision whose coefficients a number is, None where it is more or something else."""
    entries = {effect.entry for effect in does}
    return next(iter(entries)) if len(entries) == 1 else None


def _foreign(reading: TextReading, place: Place, entry: Entry) -> Slot | None:
    """Return a statement of the number about another decision, where all its statements are about others."""
    told = [slot for slot in reading.slots if how_stated(slot.quantity, place.value) is not None]
    if not told or any(slot.owner is None or slot.kind not in _OF_ONE for slot in told):
        return None
    if any(slot.quantity.percent and _OF_WHOLE.match(reading.text, slot.quantity.start) for slot in told):
        return None  # a share of all is a matter of every decision
    if not all(slot.quantity.written[-1].isdigit() for slot in told):
        return None  # `twice`, `half of` and `double` may belong to what comes after or before
    if place.value in word_values(" ".join(_label(reading, entry))):
        return None  # 12 stands at dozens by their name
    words = telling_words(reading).get(entry, frozenset())
    if any(slot.nouns & words for slot in told):
        return None  # the 40 of `a batch is 40 loaves or 150 rolls` is said of rye loaves
    owners = {reading.entities[slot.owner].entry for slot in told if slot.owner is not None}
    return None if entry in owners else told[0]


def _compares(
    reading: TextReading, does: Sequence[Effect], entry: Entry, slot: Slot, lines: Mapping[tuple[str, Key], Line]
) -> bool:
    """Whether a number only holds a decision against its owner: `400*least <= north` for 400 people there."""
    assert slot.owner is not None
    owner = reading.entities[slot.owner].entry
    rows = [lines.get((effect.name, effect.key)) for effect in does]
    return all(
        row is not None and row.limit == 0 and set(row.weights) == {entry, owner} and abs(row.weights[owner]) == 1
        for row in rows
    )


def _label(reading: TextReading, entry: Entry) -> frozenset[str]:
    """Return the words of a decision."""
    return next((entity.label for entity in reading.entities if entity.entry == entry), frozenset[str]())


def _misplaced(reading: TextReading, place: Place, entry: Entry, slot: Slot) -> RelationResult:
    assert slot.owner is not None
    owner, quote = reading.entities[slot.owner].name, reading.quote(slot)
    here = spell_key(*entry)
    where = place.element if place.element == OBJECTIVE else f"'{place.element}'"
    words = (
        f"in {where} {place.value:g} stands at {here}, but the text says {slot.quantity.written} of {owner}: “{quote}”"
    )
    witness = Witness(change=f"{place}", before=place.value, after=None, words=words)
    return STANDS.violated(witness, f"{place} is a coefficient of {here}", where)


def _missing(reading: TextReading, moved: Mapping[Place, tuple[Effect, ...]]) -> Iterator[RelationResult]:
    at: dict[Entry, set[float]] = {}
    loose: set[float] = set()
    for place, does in moved.items():
        entries = {effect.entry for effect in does}
        named = {(effect.name, effect.key) for effect in does if effect.kind == "bound"}
        for entry in {entry for entry in entries if entry is not None} | named:
            at.setdefault(entry, set()).add(place.value)
        if None in entries or not does:
            loose.add(place.value)
    for slot in reading.slots:
        if slot.owner is None or slot.kind not in _OF_ONE or slot.conditional or not slot.nouns:
            continue
        if not slot.quantity.written[-1].isdigit() or slot.quantity.value in (0, 1) or slot.quantity.percent:
            continue
        entity = reading.entities[slot.owner]
        own = at.get(entity.entry, set())
        if _explained(reading, slot, own | loose):
            continue
        elsewhere = [spell_key(*entry) for entry, values in at.items() if slot.quantity.value in values]
        if not elsewhere:
            continue
        quote = reading.quote(slot)
        words = (
            f"the text says {slot.quantity.written} of {entity.name} (“{quote}”), but it stands only at {elsewhere[0]}"
        )
        witness = Witness(change=f"{slot.quantity.written} looked for at {entity.name}", words=words)
        yield THERE.violated(witness, f"{slot.quantity.written} of {entity.name}", f"“{quote}”")


def _explained(reading: TextReading, slot: Slot, values: set[float]) -> bool:
    """Whether a number stands among others, as it is or worked out with one more number of the text."""
    number = slot.quantity.value
    if any(how_stated(slot.quantity, value) is not None for value in values):
        return True
    for other in (further.quantity.value for further in reading.slots if further is not slot):
        worked = [number + other, number - other, other - number, number * other]
        worked += [number / other, other / number] if other and number else []
        if any(same_number(value, made) for value in values for made in worked):
            return True
    return False
