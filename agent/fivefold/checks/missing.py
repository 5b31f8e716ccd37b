"""What a text leaves out that has to be known: read off its structure, and off a formulation where there is one.

    missing_facts("A train takes 2 hours to assemble and brings 20 EUR, a car takes 3 and brings 25. How many?")

Little is asked for: a person is only troubled where it is clear that something is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fivefold.checks.gaps import gaps
from fivefold.checks.unexplained import from_formulation
from fivefold.checks.words import stated_sense
from fivefold.clarification import MissingFact
from fivefold.problem import sentence_at, word_values
from fivefold.reading.slots import Slot, TextReading, read_text
from fivefold.reading.words import phrase_end
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Objective, Variable
from fivefold_solvers.formulation.polynomial import Polynomial

BUDGET_S = 2.0
"""Seconds for the solves that tell whether the answer depends on a number."""
_MOST_FACTS = 8
_MONEY = re.compile(
    r"[$€£]|\b(?:profits?|revenues?|costs?|prices?d?|earn\w*|sells?|sold|dollars?|euros?|worth|brings?|pays?|wages?|fees?)\b",
    re.IGNORECASE,
)
_GOAL = re.compile(r"\b(?:maximi[sz]\w*|minimi[sz]\w*)\s+(?:[\w']+\s+){0,4}?(?P<what>profits?|revenues?)\b", re.I)
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
_SAY = {
    "gain": "One of {name} brings {{}}.",
    "cost": "One of {name} costs {{}}.",
    "use": "One of {name} takes {{}} {noun}.",
    "yield": "One of {name} gives {{}} {noun}.",
    "limit": "There may be at most {{}} {noun} of {name}.",
    "requirement": "There must be at least {{}} {noun} of {name}.",
}
"""How a number that answers the question is said."""


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
        found = [*from_formulation(formulation, text, reading, budget_s), *found]
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
        first = max(place - 40, text.rfind("\n", 0, place) + 1, text.rfind(". ", 0, place) + 2 if ". " in text else 0)
        last = min(place + 30, (text + "\n").find("\n", place))
        before = text[first:place] if first > place - 40 else text[first:place].partition(" ")[2]
        after = re.sub(r"^ ?(?:some|___+|\?\?+)\b", "", text[place:last])
        after = after.rpartition(" ")[0] or after if last == place + 30 else after
        before = re.sub(r"\b(?:some|___+|\?\?+)$", "", before.strip()).strip()
        around = f"{before} ___ {after.strip()}".strip()
        question = f"Which number belongs into “{around}”?"
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
        if len(slots) < 2 or len(own) != len(slots) or not all(_of_one(reading, slot) for slot in slots):
            continue
        timed = bool(nouns & {"hour", "minute", "day", "week"}) and "time" in asked
        if any("of which" in reading.sentences.words(slot.sentence) for slot in slots):
            continue  # how much there is of it follows in the same sentence
        if timed or any(re.search(rf"\b{word}", asked) for word in nouns) or _counted_elsewhere(reading, nouns, slots):
            continue
        yield MissingFact(
            kind="amount",
            words=reading.quote(slots[0]),
            question=f"How many {_counted(reading, slots[0])} are there in all?",
            sentence=f"There are {{}} {_counted(reading, slots[0])} in all.",
            place=slots[0].quantity.start,
        )


def _of_one(reading: TextReading, slot: Slot) -> bool:
    """Whether a sentence speaks of one of something: `a box kite takes`, `for each`."""
    return slot.each or _ONE.search(reading.sentences.words(slot.sentence)) is not None


def _counted(reading: TextReading, slot: Slot) -> str:
    """Return what a number counts, in the words of the text: the `hours of sawing` of `2 hours of sawing`."""
    begin = slot.quantity.start + len(slot.quantity.written)
    return reading.text[begin : phrase_end(reading.text, slot.quantity)].strip() or " ".join(sorted(slot.nouns))


_TIMES = frozenset({"second", "minute", "hour", "day", "week"})
_ONE = re.compile(r"\b(?:an?|one|each|every|per)\b", re.IGNORECASE)
_ASKS = re.compile(r"maximi[sz]|minimi[sz]|\?|least|most|shortest|fewest", re.IGNORECASE)


def _counted_elsewhere(reading: TextReading, nouns: frozenset[str], slots: Sequence[Slot]) -> bool:
    """Whether another sentence with a number speaks of the same thing."""
    own = {slot.sentence for slot in slots}
    if nouns & _TIMES and re.search(rf"\b(?:{'|'.join(_TIMES - nouns)})s?\b", reading.text.lower()):
        return True  # in another unit of time
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
        everything = set[frozenset[str]]().union(*rows.values())
        common = everything.intersection(*rows.values())
        for nouns in everything - common:
            without = [number for number, own in rows.items() if nouns not in own]
            if len(without) == 1 and len(everything) - len(common) == 1 and common:
                words = reading.sentences.words(without[0])
                place = reading.sentences.span(without[0])[1] - 1
                question = f"How many {' '.join(sorted(nouns))} in “{words[:80]}”?"
                yield MissingFact(kind="sibling", words=words[:200], question=question, place=place)


_PAIR = re.compile(
    r"\b(?P<first>[a-z][a-z-]{2,}s) and (?P<second>[a-z][a-z-]{2,}s)\b"
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
            yield MissingFact(
                kind="amount", words=words, question=f"What is the limit on {what}?", place=match.end(),
                sentence=f"The limit on {what} is {{}}.",
            )  # fmt: skip


def _goals(reading: TextReading) -> Iterator[MissingFact]:
    """Yield a goal in money of a text without any number of money."""
    goal = _GOAL.search(reading.text)
    if goal is None or stated_sense(reading.text) is None or "|" in reading.text:
        return
    if not any(_MONEY.search(reading.sentences.words(slot.sentence)) for slot in reading.slots):
        question = f"The problem names no amount of money: what {goal['what'].lower()} comes with one of each?"
        words = sentence_at(reading.text, goal.start())[:200]
        yield MissingFact(kind="goal", words=words, question=question, place=goal.start())


def _siblings(reading: TextReading) -> Iterator[MissingFact]:
    """Yield the one of several like things that lacks the number all others have."""
    count = len(reading.entities)
    goal = reading.grounded.formulation.objective.expression.strip()
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
        if reading.entities[left].entry[0] == goal:
            continue  # the end of all is no thing that takes time itself
        if word_values(" ".join(reading.entities[left].label)):
            continue  # a dozen is so many of what the others take
        if kind == "limit" and _costs(reading, left):
            continue  # nobody wants more of it than is due
        name = next(reading.text[at.start : at.end] for at in reading.mentions if at.entity == left)
        noun = _counted(reading, slots[0])
        yield MissingFact(
            kind="sibling", words=reading.quote(slots[0]), question=_ASK[kind].format(name=name, noun=noun),
            place=slots[-1].quantity.start, element=reading.entities[left].entry[0],
            sentence=_SAY[kind].format(name=name, noun=noun),
        )  # fmt: skip


def _costs(reading: TextReading, entity: int) -> bool:
    """Whether the objective is the worse for more of a decision."""
    goal = check(reading.grounded.formulation).rows.objective
    if not isinstance(goal, Polynomial):
        return False
    gain = goal.linear.get(reading.entities[entity].entry, 0.0)
    return gain < 0 if reading.grounded.formulation.objective.sense == "maximize" else gain > 0


def _spoken_of(reading: TextReading, entity: int, nouns: frozenset[str]) -> bool:
    """Whether a number of the same things stands beside the name of a decision, or its name nowhere."""
    own = {reading.sentences.number(mention.start) for mention in reading.mentions if mention.entity == entity}
    return not own or any(slot.sentence in own and slot.nouns & nouns for slot in reading.slots)
