"""Limits on all decisions together: `35 printers`, `8 hours a chair ... 400 hours available`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fivefold.reading.claim import Claim, Relation
from fivefold.reading.entities import stems
from fivefold.reading.guards import MEASURES, MONEY, NOT_WHOLE, NOT_WORK, OF_EACH, OF_ONE
from fivefold.reading.periods import of_one_period
from fivefold.reading.processes import only_a_step, to_some
from fivefold.reading.slots import Slot, TextReading
from fivefold.reading.words import phrase_end
from fivefold.reading.zeros import unused

LABELS = re.compile(r"\b(?:[A-Za-z]_?\{?\d+\}?|(?<!\. )(?<!^)[B-HJ-Z])\b")
"""Names such as `x1`, `C` or `$y_{2}$`, of which a formulation may know nothing."""


_GIVEN = re.compile(r"\b(?:land|farm|fields?|money|budget|capital|funds|wealth|savings|cash|available)\b")
_TAKEN = re.compile(r"\b(?:invest\w*|planted|used|spent|cultivated|sown)\b")


def shared_words(reading: TextReading) -> frozenset[str]:
    """Return the stems that all decisions are called by: the boats of rowing boats and sailing boats."""
    labels = [entity.label | stems(entity.variable.unit) for entity in reading.entities]
    return frozenset(word for word in labels[0] - MEASURES if all(word in label for label in labels))


def all_together(reading: TextReading, whole: str) -> bool:
    """Whether words are those for all decisions together; the profit or the weight of them is something else."""
    if _GIVEN.search(whole) and not _TAKEN.search(whole):
        return False  # of the land that there is, or of the land that is planted?
    foreign = stems(whole) - shared_words(reading)
    if all(entity.label & MEASURES for entity in reading.entities):
        foreign -= MONEY | MEASURES
    made = (slot.nouns for slot in reading.slots if slot.owner is not None and slot.kind in {"use", "yield"})
    return not foreign & NOT_WHOLE.union(*made)


def totals(reading: TextReading) -> Iterator[Claim]:
    """Yield `all decisions together <relation> limit` where the limit counts what all of them are: `35 printers`."""
    shared = shared_words(reading)
    variables = [entity.variable for entity in reading.entities]
    if len(variables) < 2 or len({(v.domain, v.unit) for v in variables}) > 1 or variables[0].domain == "binary":
        return
    for slot in reading.slots:
        if slot.kind not in {"limit", "requirement"} or slot.conditional or slot.each or slot.quantity.percent:
            continue
        after = reading.text[slot.quantity.start + len(slot.quantity.written) :]
        named = any(reading.sentences.number(mention.start) == slot.sentence for mention in reading.mentions)
        if LABELS.search(reading.quote(slot)) or of_one_period(reading, slot.sentence):
            continue  # it may be about some of them only
        if named or not slot.quantity.written[-1].isdigit() or after.lstrip().startswith("more"):
            continue
        start, end = reading.sentences.span(slot.sentence)
        rest = reading.text[phrase_end(reading.text, slot.quantity) : end].lower()
        if only_a_step(reading, reading.text[start : slot.quantity.start].lower(), rest):
            continue
        if slot.kind == "limit" and to_some(reading, rest):
            continue
        if slot.nouns and slot.nouns <= shared:
            relation: Relation = "<=" if slot.kind == "limit" else ">="
            weights = {entity.entry: 1.0 for entity in reading.entities}
            said = f"all {' '.join(sorted(slot.nouns))} together {relation} {slot.quantity.value:g}"
            yield Claim("total", weights, relation, slot.quantity.value, reading.quote(slot), said)


def resources(reading: TextReading) -> Iterator[Claim]:
    """Yield `sum of use * decision <= limit` where each decision's use of a limited thing is stated once."""
    per_unit = [slot for slot in reading.slots if slot.owner is not None and slot.kind in {"use", "yield", "unclear"}]
    without = list(unused(reading)) if per_unit else []
    for bound in reading.slots:
        if bound.kind not in {"limit", "requirement"} or bound.conditional or bound.quantity.percent:
            continue
        if bound.nouns <= {"unit", "money"} or bound.owner is not None or bound.nouns & NOT_WORK:
            continue
        if OF_EACH.search(reading.sentences.statement(bound.sentence)) and not any(
            slot.sentence == bound.sentence for slot in per_unit
        ):
            continue  # it is the limit of each depot
        if OF_ONE.search(reading.quote(bound)) and not any(slot.sentence == bound.sentence for slot in per_unit):
            continue
        if re.search(r"\bmore\b(?! than)", reading.quote(bound)) or of_one_period(reading, bound.sentence):
            continue  # besides what there is, or one day of several
        uses = _uses(reading, bound, per_unit, without)
        if uses is None:
            continue
        weights = {reading.entities[at].entry: slot.quantity.value for at, slot in uses.items()}
        relation: Relation = "<=" if bound.kind == "limit" else ">="
        names = (f"{slot.quantity.value:g}*{reading.entities[at].name}" for at, slot in uses.items())
        said = f"{' + '.join(names)} {relation} {bound.quantity.value:g} {' '.join(sorted(bound.nouns))}"
        yield Claim("resource", weights, relation, bound.quantity.value, reading.quote(bound), said)


def _uses(
    reading: TextReading, bound: Slot, per_unit: Sequence[Slot], without: Sequence[tuple[int, frozenset[str]]]
) -> dict[int, Slot] | None:
    """Return what each decision uses of the thing that is bounded; None where any is missing or there are two."""
    bounds = [slot.nouns for slot in reading.slots if slot.kind in {"limit", "requirement"}]
    named = frozenset[str]().union(*(entity.own for entity in reading.entities))

    def meant(nouns: frozenset[str]) -> bool:
        # `15 hours` of the `1000 hours of labour`, where nothing else is limited that is counted in hours.
        part = bool(nouns) and nouns < bound.nouns and sum(nouns <= other for other in bounds) == 1
        part = part and not (bound.nouns - nouns) & named  # `600 tonnes of wheat` are none of rye
        return nouns == bound.nouns or part

    if bounds.count(bound.nouns) != 1:
        return None
    uses: dict[int, Slot] = {}
    for slot in per_unit:
        if meant(slot.nouns) and slot is not bound:
            if slot.owner is None or slot.owner in uses or slot.quantity.percent:
                return None
            uses[slot.owner] = slot
    none = {at for at, nouns in without if meant(nouns)}
    complete = len(uses.keys() | none) == len(reading.entities) >= 2 and not uses.keys() & none
    return uses if complete and uses else None
