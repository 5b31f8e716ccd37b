"""The numbers of a text, each read by the words around it: limit, requirement, gain, cost, use, yield, or unclear.

A reading promises little and keeps it: where words can be read in two ways the number stays `unclear`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeVar

from fivefold.problem import Quantity
from fivefold.reading import words
from fivefold.reading.entities import Entity, Mention, entities, mentions
from fivefold.reading.targets import Counted, by_target
from fivefold_solvers.formulation.ground import Grounded

Kind = Literal["limit", "requirement", "exact", "ratio", "gain", "cost", "use", "yield", "unclear"]
_VERBS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (words.GAIN, "gain"),
    (words.COST, "cost"),
    (words.USE, "use"),
    (words.YIELD, "yield"),
)
_Placed = TypeVar("_Placed", Quantity, Mention)
_REACH = 70
_LISTED = 200
"""A sentence with more numbers than this is a list of data, whose words say nothing of each of them."""
_CONDITION = re.compile(
    r"\b(?:if|unless|when|whenever|once|otherwise|either|except|in case|then|at all|only after)\b", re.IGNORECASE
)
_LOOSE = re.compile(
    r"\b(?:ideally|preferabl[ey]|would like|hope[sd]?|in stock|already|last (?:year|month|week|season|quarter)|"
    r"previous(?:ly)?|historically|on average|need not|(?:does|do|did|is|are) not (?:need|require|have)|"
    r"(?:does|do)n't (?:need|require|have)|not (?:required|necessary|needed)|excluding|except for|not counting)\b",
    re.IGNORECASE,
)
"""Says that something is wished, past, or not asked for."""
_QUESTION = re.compile(
    r"^\W*(?:if|given)\b[^?]*(?:, (?:then )?(?:how|what|which|find|determine|formulate)|\?$)|"
    r"^\W*how (?:many|much)\b(?:(?!\b(?:would|were|could|instead)\b)[^?])*\?$",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\n(?!eq\b|abla\b|ot\b|u\b|e\b|i\b)")
_RESPECTIVELY = re.compile(r"\brespective(?:ly)?\b", re.IGNORECASE)
_PRONOUN = re.compile(r"^\W*(?:it|they|this|these|each of these|each one|one)\b", re.IGNORECASE)
_HOLDS = re.compile(r"\b(?:has|have|with) $", re.IGNORECASE)
_BESIDE = re.compile(r"^(?: (?:of )?[a-z-]+){1,4}(?:,|,? and) [$€£]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Slot:
    """One number of the text with what its words say of it."""

    quantity: Quantity
    """The number."""
    kind: Kind
    """What it is."""
    nouns: frozenset[str]
    """Stems of what it counts: `hour`, `money`; empty where nothing follows it."""
    owner: int | None
    """The entity that it belongs to, as its place in `TextReading.entities`; None where that is not clear."""
    each: bool
    """Whether the sentence speaks of each or per something."""
    conditional: bool
    """Whether the sentence has an `if` or the like."""
    sentence: int
    """Which sentence it stands in."""


@dataclass(frozen=True, slots=True)
class TextReading:
    """A text with its sentences, its numbers, and the decisions that it names."""

    text: str
    sentences: words.Sentences
    slots: tuple[Slot, ...]
    entities: tuple[Entity, ...]
    """Empty where the words for the decisions could not be told apart."""
    mentions: tuple[Mention, ...]
    grounded: Grounded
    """The formulation whose decisions these are."""

    def quote(self, slot: Slot) -> str:
        """Return the sentence that a number stands in."""
        return self.sentences.words(slot.sentence)[:160]


def read_text(text: str, grounded: Grounded) -> TextReading:
    """Return what the words of a text say about its numbers and about the decisions of a formulation."""
    # Some files hold the two characters of an escape where a line ends; as long, so that places stay.
    text = _ESCAPED.sub(" \n", text)
    sentences = words.Sentences(text)
    found = entities(grounded, text)
    named = mentions(found, text)
    stated = _unnamed(words.stated(text), named)
    named = _not_within_nouns(text, named, found, stated)
    numbers, names = _by_sentence(stated, sentences), _by_sentence(named, sentences)
    slots: list[Slot] = []
    for quantity in stated:
        number = sentences.number(quantity.start)
        if len(numbers[number]) > _LISTED:
            slots.append(Slot(quantity, "unclear", frozenset(), None, False, False, number))
            continue
        before = slots[-1] if slots and slots[-1].sentence == number else None
        nouns = words.nouns(text, quantity) or (before.nouns if before else frozenset())
        nouns = nouns if before is None else words.ones(text, nouns, before.quantity)
        sentence = sentences.words(number)
        slots.append(
            Slot(
                quantity,
                _kind(text, quantity, sentences.span(number), nouns, before, whole=number not in names),
                nouns,
                _owner(text, quantity, numbers[number], names, sentences),
                words.EACH.search(sentences.statement(number)) is not None,
                conditional(sentence),
                number,
            )
        )
    slots = _to_places(text, _supplies(text, slots))
    return TextReading(text, sentences, _sure(slots), found, named, grounded)


def _to_places(text: str, slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots with the places that what they count goes to, where these are several."""
    counted = [
        Counted(
            slot.quantity, slot.nouns, slot.kind in {"use", "yield", "unclear"}, slot.kind in {"limit", "requirement"}
        )
        for slot in slots
    ]
    return [replace(slot, nouns=nouns) for slot, nouns in zip(slots, by_target(text, counted), strict=True)]


def _supplies(text: str, slots: Sequence[Slot]) -> list[Slot]:
    """Return the slots with both limits of `60 brown eggs and 50 white eggs are available`."""
    found = list(slots)
    for at in range(len(found) - 2, -1, -1):
        first, second = found[at], found[at + 1]
        end = second.quantity.start + len(second.quantity.written)
        between = text[first.quantity.start + len(first.quantity.written) : second.quantity.start]
        there = (
            second.kind == "limit"
            and words.AVAILABLE.match(text[end : end + _REACH])
            and first.sentence == second.sentence
        )
        known = first.kind == "unclear" or (first.kind == "yield" and _HOLDS.search(_before(text, first)))
        if there and known and first.owner is None and _BESIDE.match(between):
            found[at] = replace(first, kind="limit")
    return found


def _before(text: str, slot: Slot) -> str:
    return text[max(0, slot.quantity.start - _REACH) : slot.quantity.start]


def _sure(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """Return the slots without owners where one sentence would say two numbers of one kind of the same decision."""
    said = Counter((slot.sentence, slot.owner, slot.nouns, slot.kind) for slot in slots)
    return tuple(
        replace(slot, owner=None) if said[slot.sentence, slot.owner, slot.nouns, slot.kind] > 1 else slot
        for slot in slots
    )


def conditional(sentence: str) -> bool:
    """Whether a sentence says something for some cases only; `if 30 hours are available, how many ...?` does not."""
    found = _CONDITION.findall(sentence)
    if _LOOSE.search(sentence):
        return True
    return len(found) > (1 if _QUESTION.match(sentence.strip()) else 0)


def _by_sentence(found: Iterable[_Placed], sentences: words.Sentences) -> dict[int, list[_Placed]]:
    """Return what stands in each sentence, in order."""
    grouped: dict[int, list[_Placed]] = {}
    for one in found:
        grouped.setdefault(sentences.number(one.start), []).append(one)
    return grouped


def _unnamed(stated: Sequence[Quantity], named: Sequence[Mention]) -> list[Quantity]:
    """Return the numbers that are no part of a name, such as the 2 of `table 2`."""
    starts = [mention.start for mention in named]
    return [q for q in stated if not (at := bisect_right(starts, q.start)) or q.start >= named[at - 1].end]


def _not_within_nouns(
    text: str, named: Sequence[Mention], found: Sequence[Entity], stated: Sequence[Quantity]
) -> tuple[Mention, ...]:
    """Return the names but those that are part of what a number counts: the coffee of `3 units of coffee powder`."""
    ends = [words.phrase_end(text, quantity) for quantity in stated]
    starts = [quantity.start for quantity in stated]
    longest = max((end - start for start, end in zip(starts, ends, strict=True)), default=0)
    kept: list[Mention] = []
    for mention in named:
        near = range(bisect_left(starts, mention.start - longest), bisect_left(starts, mention.start))
        around = (
            at for at in near if mention.start < ends[at] and re.search(r"[A-Za-z]", text[mention.end : ends[at]])
        )
        first = next(around, None)
        if first is None or words.nouns(text, stated[first]) <= found[mention.entity].label:
            kept.append(mention)
    return tuple(kept)


def _kind(
    text: str,
    quantity: Quantity,
    span: tuple[int, int],
    nouns: frozenset[str],
    above: Slot | None = None,
    *,
    whole: bool = False,
) -> Kind:
    """Return what a number is; `whole` where its sentence speaks of no decision, so that what it needs is for all."""
    before = text[max(span[0], quantity.start - _REACH) : quantity.start]
    after = text[quantity.start + len(quantity.written) : span[1]]
    if words.RATIO.match(after):
        return "ratio"
    if words.LEAST.search(before) or words.OR_MORE.match(after):
        return "requirement"
    if words.EXACT.search(before):
        return "exact"
    if words.LEAST_OF.search(before) or (whole and words.NEEDS.search(before) and not words.EACH.search(text, *span)):
        return "requirement"
    if words.MOST.search(before) or words.AVAILABLE.match(after) or words.HAS.search(before):
        return "limit"
    alike = above is not None and above.quantity.percent == quantity.percent
    if above is not None and alike and above.kind in {"limit", "requirement", "exact"}:
        between = text[above.quantity.start + len(above.quantity.written) : quantity.start]
        own = words.nouns(text, quantity)
        rate = re.match(r"\s*[A-Za-z\u20ac$\u00a3]{0,4}/", after) is not None
        if own and not rate and words.JOINING.match(between) and not any(verb.search(between) for verb, _ in _VERBS):
            return above.kind
    verbs: list[tuple[int, Kind]] = []
    for pattern, meant in _VERBS:
        for match in pattern.finditer(text, span[0], quantity.start):
            verbs.append((match.end(), meant))
    if "money" in nouns:
        spoken = {meant for _, meant in verbs} - {"use", "yield"}
        return "unclear" if len(spoken) != 1 else "gain" if "gain" in spoken else "cost"
    last: Kind = max(verbs, key=lambda verb: verb[0])[1] if verbs else "unclear"
    return "unclear" if last in {"gain", "cost"} else last


def _owner(
    text: str,
    quantity: Quantity,
    numbers: Sequence[Quantity],
    names: Mapping[int, Sequence[Mention]],
    sentences: words.Sentences,
) -> int | None:
    """Return the entity that a number belongs to, by the order of names and numbers in its sentence."""
    number = sentences.number(quantity.start)
    start, end = sentences.span(number)
    if text[start:end].count("|") > 1 or (quantity.value == 1 and quantity.written.isalpha()):
        return None  # a row of a table, or `one unit of paint`
    own = names.get(number, ())
    aside = [match.span() for match in _ASIDE.finditer(text, start, end)]
    if _within(quantity.start, aside) and len({_within(one.start, aside) for one in own}) > 1:
        return None  # the 2 of `families (2 adults and 3 children)` is said of families and of adults
    if aside and not _within(quantity.start, aside):
        # What is said of a family in brackets, `families (2 adults, 2 children) 22`, parts no name from its number.
        numbers = [one for one in numbers if not _within(one.start, aside)]
        own = [one for one in own if not _within(one.start, aside)] or own
    if _RESPECTIVELY.search(text, start, end):
        return _by_list(quantity, numbers, own or names.get(number - 1, ()))
    if not own:
        return _by_pronoun(text, number, names, sentences)
    if len({mention.entity for mention in own}) == 1:
        return own[0].entity if _near(text, quantity, own) else None
    behind = _by_preposition(text, quantity, numbers, own)
    return _by_order(quantity, numbers, own) if behind is None else behind


_ASIDE = re.compile(r"\([^()]*\)")


def _within(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(first <= place < last for first, last in spans)


def _by_list(quantity: Quantity, numbers: Sequence[Quantity], own: Sequence[Mention]) -> int | None:
    """Return the owner of `$4, $5 and $6 respectively`: as many numbers as names, in their order."""
    order = list(dict.fromkeys(mention.entity for mention in own))
    fits = len(order) == len(numbers) > 1
    return order[list(numbers).index(quantity)] if fits else None


_FOR = re.compile(
    r"^(?:\s*(?!(?:and|or|while|but|plus|is|are)\b)\w+)?(?:\s+(?:per|an?|each|every)\s+\w+(?:\s+of\s+\w+)?)?\s+(?:for|per|on)\s+"
    r"(?:each |every |an? |the |one |unit of |units of )*\W*$",
    re.IGNORECASE,
)


def _by_preposition(text: str, quantity: Quantity, numbers: Sequence[Quantity], own: Sequence[Mention]) -> int | None:
    """Return the owner of `$5 per unit for stocks`: the name that directly follows."""
    begin = quantity.start + len(quantity.written)
    after = next((mention for mention in own if mention.start >= begin), None)
    if after is None or any(begin <= other.start < after.start for other in numbers):
        return None
    return after.entity if _FOR.match(text[begin : after.start]) else None


def _by_pronoun(
    text: str, number: int, names: Mapping[int, Sequence[Mention]], sentences: words.Sentences
) -> int | None:
    start, end = sentences.span(number)
    if number == 0 or not _PRONOUN.match(text[start:end]):
        return None
    known = {mention.entity for mention in names.get(number - 1, ())}
    return known.pop() if len(known) == 1 else None


def _near(text: str, quantity: Quantity, own: Sequence[Mention]) -> bool:
    """Whether a number goes with the only name of its sentence: the name comes first, or follows without a break."""
    first = own[0]
    between = text[quantity.start + len(quantity.written) : first.start]
    return first.start < quantity.start or not re.search(r"[,;()]|\b(?:before|after|without|instead)\b", between)


def _by_order(quantity: Quantity, numbers: Sequence[Quantity], own: Sequence[Mention]) -> int | None:
    """Return the owner where the sentence is `name numbers name numbers` or `number name number name`."""
    items = sorted(
        [(m.start, m.end, m.entity) for m in own] + [(q.start, q.start + len(q.written), -1) for q in numbers]
    )
    kept: list[tuple[int, int, int]] = []
    for item in items:
        if kept and item[2] >= 0 and kept[-1][2] == item[2]:
            kept[-1] = (kept[-1][0], item[1], item[2])
        else:
            kept.append(item)
    shape = [item[2] for item in kept]
    at = next(place for place, item in enumerate(kept) if item[0] == quantity.start)
    before = next((kept[place] for place in range(at - 1, -1, -1) if shape[place] >= 0), None)
    after = next((kept[place] for place in range(at + 1, len(kept)) if shape[place] >= 0), None)
    if before is not None and after is not None and before[2] == after[2]:
        return before[2]
    pairs = list(pairwise(shape))
    names = [who for who in shape if who >= 0]
    if len(names) == len(numbers) == len(set(names)) > 1 and all(who >= 0 for who in shape[: len(names)]):
        return names[at - len(names)]
    if any(first >= 0 and second >= 0 for first, second in pairs):
        return None
    if before is not None and shape[0] >= 0 and shape[-1] < 0:
        return before[2]
    lone = all(first >= 0 or second >= 0 for first, second in pairs)
    if after is not None and shape[0] < 0 and shape[-1] >= 0 and lone:
        return after[2]
    return None
