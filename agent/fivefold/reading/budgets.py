"""Money that may be spent on all decisions together: `there is $500 to spend; a shrub costs $7 and a tree $20`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.reading.claim import Claim
from fivefold.reading.entities import stem, stems
from fivefold.reading.guards import MONEY, OF_EACH
from fivefold.reading.periods import of_one_period
from fivefold.reading.slots import Slot, TextReading

_GAP = (
    r"(?: (?:a|an|the|of|to|is|only|total|most|at|up|exceed|than|more|no|not|cannot|must|be|limited|sum))*[\s\\$€£]*$"
)
_BEFORE = re.compile(
    rf"(?:\bbudget|\bspend(?:s|ing)?|\btotal (?:cost|spending|expenses?)(?: (?:must|should|can|may|is|are))?){_GAP}",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^(?: (?:dollars|euros))?(?: (?:is|are))?(?: (?:to spend|budget|available|can be spent|may be spent))\b",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(r"\bat least\b|\bminimum\b|\bmore than\b(?<!no more than)", re.IGNORECASE)
_BOUGHT = re.compile(r"\b(?:costs?|costing|bu(?:y|ys|ying)|purchas\w+|pay(?:s|ing)?|hir(?:e|es|ing))\b", re.IGNORECASE)
_CHANGED = re.compile(r"\b(?:discounts?|rebates?|tax(?:es)?|vouchers?|coupons?|refunds?|subsid\w+|surcharges?)\b", re.I)
_FOR = re.compile(r"\bfor (?:the |a |an |its |their |his |her |this )?([a-z]+)", re.IGNORECASE)
_WHOLE = frozenset({"project", "purchase", "them", "it", "this", "that", "all", "both", "everything", "order", "plan"})
_EACH = re.compile(r"^ ?(?:dollars |euros )?(?:(?:per|an?|for an?|for each|each|every) |/ ?)([a-z]+)", re.IGNORECASE)


def budgets(reading: TextReading) -> Iterator[Claim]:
    """Yield `sum of cost * decision <= budget` where the text has one budget and one cost for each decision."""
    money = [slot for slot in reading.slots if "money" in slot.nouns and not slot.quantity.percent]
    bounds = [slot for slot in money if is_budget(reading, slot)]
    if len(bounds) != 1 or len(reading.entities) < 2 or any(e.label & MONEY for e in reading.entities):
        return
    (bound,) = bounds
    costs: dict[int, Slot] = {}
    for slot in money:
        if slot is bound or slot.kind == "gain":
            continue
        if slot.owner is None or slot.owner in costs or not _is_cost(reading, slot, slot.owner):
            return  # a fee besides, or two prices of one thing
        costs[slot.owner] = slot
    if len(costs) != len(reading.entities):
        return
    weights = {reading.entities[at].entry: slot.quantity.value for at, slot in costs.items()}
    names = (f"{slot.quantity.value:g}*{reading.entities[at].name}" for at, slot in costs.items())
    limit = bound.quantity.value
    said = f"{' + '.join(names)} <= {limit:g} money"
    yield Claim("resource", weights, "<=", limit, reading.quote(bound), said)


def is_budget(reading: TextReading, slot: Slot) -> bool:
    """Whether a number is what may be spent on everything."""
    start, end = reading.sentences.span(slot.sentence)
    before = reading.text[start : slot.quantity.start]
    after = reading.text[slot.quantity.start + len(slot.quantity.written) : end]
    if not (_BEFORE.search(before) or _AFTER.match(after)) or slot.conditional or _AT_LEAST.search(before):
        return False
    if _CHANGED.search(reading.text):
        return False  # what is paid is not what is stated
    if OF_EACH.search(before) or of_one_period(reading, slot.sentence):
        return False
    labels = [entity.label | stems(entity.variable.unit) for entity in reading.entities]
    known = labels[0].intersection(*labels[1:]) if labels else frozenset[str]()
    return all(
        word.lower() in _WHOLE or stem(word) in known for word in _FOR.findall(before + "#" + after.split(",")[0])
    )


def _is_cost(reading: TextReading, slot: Slot, owner: int) -> bool:
    """Whether a number is what one of a decision costs, counted as the decision is."""
    entity = reading.entities[owner]
    if slot.kind != "cost" or not slot.quantity.value or not _BOUGHT.search(reading.sentences.words(slot.sentence)):
        return False
    each = _EACH.match(reading.text[slot.quantity.start + len(slot.quantity.written) :])
    known = entity.label | stems(entity.variable.unit) | {"unit", "piece", "item"}
    return each is None or stem(each[1]) in known
