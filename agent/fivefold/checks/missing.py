"""What a text leaves out that has to be known: read off its structure, and off a formulation where there is one.

    missing_facts("A train takes 2 hours to assemble and brings 20 EUR, a car takes 3 and brings 25. How many?")

Little is asked for: a person is only troubled where it is clear that something is not there.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Sequence

from fivefold.checks.bindings import how_stated, same_number
from fivefold.checks.gaps import gaps
from fivefold.checks.optima import Optima, Optimum, OutOfTimeError
from fivefold.checks.place_effects import Effect, effects
from fivefold.checks.places import OBJECTIVE, Place, places, replaced
from fivefold.checks.slots import Slot, TextReading, read_text
from fivefold.checks.standing import CONVERSIONS, FREE, numbers_of
from fivefold.checks.words import stated_sense
from fivefold.clarification import HIGH_IMPACT, MissingFact
from fivefold.problem import Quantity, sentence_at
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Objective, Variable

BUDGET_S = 2.0
"""Seconds for the solves that tell whether the answer depends on a number."""
_MOST_FACTS = 8
_MANY = 60
"""Of so many unused numbers of a text at most it is tried whether others are worked out from them."""
_TINY = 1e-3
"""Smaller numbers are tolerances and steps."""
_MONEY = re.compile(
    r"[$€£]|\b(?:profits?|revenues?|costs?|prices?d?|earn\w*|sells?|sold|dollars?|euros?|worth|brings?|pays?|wages?|fees?)\b",
    re.IGNORECASE,
)
_GOAL = re.compile(
    r"\b(?:maximi[sz]\w*|minimi[sz]\w*)\s+(?:[\w']+\s+){0,4}?(?P<what>profits?|revenues?|costs?)\b", re.I
)
_LIMITED = re.compile(
    r"\b(?P<what>[a-z]{4,})\s+(?:is|are)\s+(?:also\s+)?limited\b(?!\s+(?:to|by|in|at)\b)|"
    r"\blimited\s+(?:amount of\s+|supply of\s+|number of\s+)?"
    r"(?P<of>budget|hours|time|labor|labour|capacity|money|stock)\b",
    re.IGNORECASE,
)
_ASK = {
    "gain": "How much does one of {name} bring?",
    "cost": "How much does one of {name} cost?",
    "use": "How many {noun} does one of {name} take?",
    "yield": "How many {noun} does one of {name} give?",
    "limit": "How many {noun} of {name} may there be at most?",
    "requirement": "How many {noun} of {name} must there be at least?",
}


def missing_facts(
    text: str, formulation: Formulation | None = None, *, budget_s: float = BUDGET_S
) -> tuple[MissingFact, ...]:
    """Return what a text leaves out, what matters most first.

    Args:
        text: the problem in words.
        formulation: one that an LLM or a person made of it, with its data; what it holds and the text does not say is
            missing too, and is tried with other values.
        budget_s: seconds for these trials; numbers that no time is left for are taken to matter.
    """
    reading = _read(text, formulation)
    found = [*_holes(text)]
    if reading is not None:
        found += [
            *_amounts(reading),
            *_limited(reading),
            *_left_out(reading),
            *_unspoken(reading),
            *_goals(reading),
            *_siblings(reading),
        ]
    if formulation is not None and reading is not None:
        found = [*_from_formulation(formulation, text, reading, budget_s), *found]
    distinct: dict[str, MissingFact] = {}
    for fact in found:
        distinct.setdefault(fact.question, fact)
    ordered = sorted(distinct.values(), key=lambda fact: (not fact.changes, -fact.impact))
    return tuple(ordered[:_MOST_FACTS])


_NO_DECISIONS = Formulation(variables=(Variable(name="_"),), objective=Objective(sense="minimize", expression="_"))
"""What a text is read with where there is no formulation: none of its words names a decision."""


def _read(text: str, formulation: Formulation | None) -> TextReading | None:
    grounded = check(formulation or _NO_DECISIONS).grounded
    return None if grounded is None else read_text(text, grounded)


def _holes(text: str) -> Iterator[MissingFact]:
    """Yield the places where the words ask for a number and none is there."""
    for place in gaps(text):
        before = re.sub(r"\s+", " ", text[:place])[-40:]
        after = re.sub(r"\s+", " ", text[place:])[:30]
        before = before.partition(" ")[2] if len(before) == 40 else before
        after = re.sub(r"^ ?(?:some|___+|\?\?+)\b", "", after.rpartition(" ")[0] or after)
        question = f"Which number belongs into “{before.strip()} ___ {after.strip()}”?"
        yield MissingFact(kind="gap", words=sentence_at(text, place)[:200], question=question, place=place)


def _amounts(reading: TextReading) -> Iterator[MissingFact]:
    """Yield what is used up by several things without a word on how much there is of it."""
    uses: dict[frozenset[str], list[Slot]] = {}
    for slot in reading.slots:
        if slot.kind == "use" and not slot.conditional and slot.nouns and not slot.nouns & {"unit", "money"}:
            uses.setdefault(slot.nouns, []).append(slot)
    asked = " ".join(s for s in re.split(r"(?<=[.?!])\s", reading.text) if _ASKS.search(s)).lower()
    for nouns, slots in uses.items():
        own = [slot for slot in reading.slots if slot.nouns & nouns]
        if len(slots) < 2 or len(own) != len(slots) or not all(slot.each for slot in slots):
            continue
        timed = bool(nouns & {"hour", "minute", "day", "week"}) and "time" in asked
        if timed or any(re.search(rf"\b{word}", asked) for word in nouns) or _counted_elsewhere(reading, nouns, slots):
            continue
        named = " ".join(sorted(nouns))
        yield MissingFact(
            kind="amount", words=reading.quote(slots[0]), question=f"How much is there in all of this: {named}?",
            place=slots[0].quantity.start,
        )  # fmt: skip


_ASKS = re.compile(r"maximi[sz]|minimi[sz]|\?|least|most|shortest|fewest", re.IGNORECASE)


def _counted_elsewhere(reading: TextReading, nouns: frozenset[str], slots: Sequence[Slot]) -> bool:
    """Whether another sentence with a number speaks of the same thing."""
    own = {slot.sentence for slot in slots}
    others = {slot.sentence for slot in reading.slots} - own
    said = " ".join(reading.sentences.words(number).lower() for number in others)
    return any(re.search(rf"\b{re.escape(word[:5])}", said) for word in nouns) or "|" in reading.text


def _left_out(reading: TextReading) -> Iterator[MissingFact]:
    """Yield what one of several sentences of one form lacks: three things of a large salad, two of a small one."""
    groups: dict[str, dict[int, set[frozenset[str]]]] = {}
    for slot in reading.slots:
        if slot.kind in {"use", "yield"} and slot.nouns and not slot.conditional and slot.each:
            groups.setdefault(slot.kind, {}).setdefault(slot.sentence, set()).add(slot.nouns)
    for rows in groups.values():
        if not 2 <= len(rows) <= 6:
            continue
        everything = set().union(*rows.values())
        common = set.intersection(*rows.values())
        for nouns in everything - common:
            without = [number for number, own in rows.items() if nouns not in own]
            if len(without) == 1 and len(everything) - len(common) == 1 and common:
                words = reading.sentences.words(without[0])
                place = reading.sentences.span(without[0])[1] - 1
                question = f"How many {' '.join(sorted(nouns))} in “{words[:80]}”?"
                yield MissingFact(kind="sibling", words=words[:200], question=question, place=place)


_PAIR = re.compile(
    r"\b(?P<first>[a-z][a-z-]{3,}s) and (?P<second>[a-z][a-z-]{3,}s)\b"
    r"(?=[.,;]| (?:and|for|to|from|at|in|with|using|on)\b)|"
    r"\b(?:both|types? of \w+[,:]|kinds? of \w+[,:]|sells|makes|produces|of) (?P<one>[a-z][a-z-]{3,}) and "
    r"(?P<other>[a-z][a-z-]{3,}) [a-z]+s\b",
    re.IGNORECASE,
)
_NO_PAIR = frozenset(
    re.findall(
        r"\w+",
        "costs values needs profits resources demands requirements weighs packages limits constraints mixes hours "
        "minutes builds sells buys makes produces proteins calories vitamins nutrients goods services supplies skills",
    )
)


def _unspoken(reading: TextReading) -> Iterator[MissingFact]:
    """Yield the one of a pair that is never heard of again while numbers are said of the other."""
    numbered = {slot.sentence for slot in reading.slots}
    low = reading.text.lower()
    for match in _PAIR.finditer(reading.text):
        number = reading.sentences.number(match.start())
        pair = [word.lower() for word in match.groups() if word]
        if number in numbered or number > 2 or set(pair) & _NO_PAIR:
            continue
        for one, other in (pair, pair[::-1]):
            rest = low[: match.start()] + low[match.end() :]
            told = any(_root(other) in reading.sentences.words(at).lower() for at in numbered)
            if told and _root(one) not in rest:
                question = f"The problem gives numbers for “{other}”; which are those of “{one}”?"
                words = reading.sentences.words(number)[:200]
                yield MissingFact(kind="sibling", words=words, question=question, place=match.start())


def _root(word: str) -> str:
    return word.removesuffix("s")[:6]


def _limited(reading: TextReading) -> Iterator[MissingFact]:
    """Yield what is called limited without an amount: `the budget is limited`."""
    for match in _LIMITED.finditer(reading.text):
        what = (match["what"] or match["of"]).lower()
        told = any(what[:5] in reading.sentences.words(slot.sentence).lower() for slot in reading.slots)
        if not told and "|" not in reading.text:
            words = sentence_at(reading.text, match.start())[:200]
            yield MissingFact(kind="amount", words=words, question=f"What is the limit on {what}?", place=match.end())


def _goals(reading: TextReading) -> Iterator[MissingFact]:
    """Yield a goal in money of a text without any number of money."""
    goal = _GOAL.search(reading.text)
    if goal is None or stated_sense(reading.text) is None or "|" in reading.text:
        return
    if not any(_MONEY.search(reading.sentences.words(slot.sentence)) for slot in reading.slots):
        question = f"What {goal['what'].lower()} does each of the decisions bring about?"
        words = sentence_at(reading.text, goal.start())[:200]
        yield MissingFact(kind="goal", words=words, question=question, place=goal.start())


def _siblings(reading: TextReading) -> Iterator[MissingFact]:
    """Yield the one of several like things that lacks the number all others have."""
    count = len(reading.entities)
    groups: dict[tuple[str, frozenset[str]], list[Slot]] = {}
    for slot in reading.slots:
        if slot.kind in _ASK and slot.nouns and not slot.conditional:
            groups.setdefault((slot.kind, slot.nouns), []).append(slot)
    for (kind, nouns), slots in groups.items():
        owners = {slot.owner for slot in slots}
        if count < 3 or None in owners or len(owners) != count - 1 or len(slots) != count - 1:
            continue
        left = next(at for at in range(count) if at not in owners)
        if _spoken_of(reading, left, nouns) or len({entity.variable.domain for entity in reading.entities}) > 1:
            continue
        name = " ".join(sorted(reading.entities[left].own)) or reading.entities[left].name
        question = _ASK[kind].format(name=name, noun=" ".join(sorted(nouns)))
        yield MissingFact(
            kind="sibling", words=reading.quote(slots[0]), question=question, place=slots[-1].quantity.start,
            element=reading.entities[left].entry[0],
        )  # fmt: skip


def _spoken_of(reading: TextReading, entity: int, nouns: frozenset[str]) -> bool:
    """Whether a number of the same things stands beside the name of a decision, or its name nowhere."""
    own = {reading.sentences.number(mention.start) for mention in reading.mentions if mention.entity == entity}
    return not own or any(slot.sentence in own and slot.nouns & nouns for slot in reading.slots)


def _from_formulation(
    formulation: Formulation, text: str, reading: TextReading, budget_s: float
) -> Iterator[MissingFact]:
    """Yield the numbers that the text does not explain and that the optimum depends on, and what lacks a limit."""
    with Optima(time.perf_counter() + budget_s) as optima:
        try:
            base = optima.of(formulation)
        except OutOfTimeError:
            return
        if base.status == "unbounded":
            yield from _endless(formulation, optima)
        for place in unexplained(formulation, text, reading):
            impact = _impact(formulation, place, base, optima)
            if impact is None or impact > HIGH_IMPACT:
                yield _constant(formulation, place, impact)


def _constant(formulation: Formulation, place: Place, impact: float | None) -> MissingFact:
    named = {element.name: element for element in formulation.elements()}
    element = named.get(place.element)
    said = (element.description if element is not None else formulation.objective.description) or place.element
    at = f" for {', '.join(map(str, place.path))}" if place.slot == "values" and place.path else ""
    question = f"The problem does not say {place.value:g} ({said}{at}): which number is right?"
    words = f"{place}"
    return MissingFact(
        kind="constant", words=words, question=question, element=place.element, value=place.value,
        impact=0.0 if impact is None else min(impact, 1e9),
    )  # fmt: skip


def _impact(formulation: Formulation, place: Place, base: Optimum, optima: Optima) -> float | None:
    """Return how much the optimum changes where a number is half or twice as large; None where that is not known."""
    found = 0.0
    for factor in (2.0, 0.5):
        value = place.value * factor
        value = float(round(value)) if place.value.is_integer() and abs(value) >= 1 else value
        try:
            other = optima.of(replaced(formulation, {place: value}))
        except OutOfTimeError:
            return None
        if not other.settled or not base.settled:
            return None
        if (other.value is None) != (base.value is None):
            found = math.inf
        elif other.value is not None and base.value is not None:
            found = max(found, abs(other.value - base.value) / max(1.0, abs(base.value), abs(other.value)))
    return found


def unexplained(formulation: Formulation, text: str, reading: TextReading | None = None) -> list[Place]:
    """Return the places whose number is none of the text's, nor worked out from two that stand nowhere else."""
    there = numbers_of(text)
    values = [place.value for place in places(formulation)]
    spare = [q for q in there if not any(how_stated(q, abs(value)) for value in values)]
    found: dict[tuple[str, float], Place] = {}
    for place in places(formulation):
        value = abs(place.value)
        if value in FREE | CONVERSIONS or value < _TINY:
            continue
        if _in_one_step(value, there, spare) or _in_two(value, there, spare):
            continue
        found.setdefault((place.element, value), place)
    if reading is not None and reading.entities:
        for place, does in effects(formulation).items():
            if abs(place.value) not in FREE and _of_others(reading, place, does):
                found.setdefault((place.element, abs(place.value)), place)
    return list(found.values())


def _of_others(reading: TextReading, place: Place, does: Sequence[Effect]) -> bool:
    """Whether every number of the text with the value of a coefficient is said of another decision."""
    entries = {effect.entry for effect in does if effect.entry is not None}
    told = [slot for slot in reading.slots if how_stated(slot.quantity, place.value) is not None]
    if len(entries) != 1 or len(does) != 1 or not told:
        return False
    return all(
        slot.kind in _ASK
        and slot.kind not in {"limit", "requirement"}
        and slot.owner is not None
        and reading.entities[slot.owner].entry not in entries
        for slot in told
    )


def _in_one_step(value: float, there: Sequence[Quantity], spare: Sequence[Quantity]) -> bool:
    """Whether a number is one of the text or one over it; in another unit only where that stands nowhere else."""
    if any(how_stated(quantity, value) or same_number(value * quantity.value, 1.0) for quantity in there):
        return True
    return any(
        same_number(value, quantity.value * scale) or same_number(value * scale, quantity.value)
        for quantity in spare
        for scale in CONVERSIONS
    )


def _in_two(value: float, there: Sequence[Quantity], spare: Sequence[Quantity]) -> bool:
    """Whether a number is worked out from two of the text, one of which stands nowhere else in the formulation."""
    for first in spare[:_MANY]:
        for second in there:
            a, b = first.value, second.value
            results = (a + b, abs(a - b), a * b, a / b if b else 0.0, b / a if a else 0.0)
            if any(same_number(value, result) or same_number(value, result / 100) for result in results):
                return True
    return False


def _endless(formulation: Formulation, optima: Optima) -> Iterator[MissingFact]:
    """Yield a question for each variable whose limit would give an objective without end an end."""
    for variable in formulation.variables:
        if variable.upper is not None or variable.domain == "binary":
            continue
        held = variable.model_copy(update={"upper": 1e4})
        others = tuple(held if one.name == variable.name else one for one in formulation.variables)
        try:
            found = optima.of(formulation.model_copy(update={"variables": others}))
        except OutOfTimeError:
            return
        if found.status == "optimal":
            said = variable.description or variable.name
            question = f"What limits this: {said}? Without a limit the result can be improved without end."
            yield MissingFact(
                kind="unbounded", words=OBJECTIVE, question=question, element=variable.name, impact=1e9
            )  # fmt: skip
