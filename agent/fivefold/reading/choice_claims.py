"""Claims on yes-or-no decisions: which needs which, which exclude each other, how many are to be taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fivefold.reading.claim import Claim
from fivefold.reading.entities import Entity
from fivefold.reading.sentence import Sentence
from fivefold.reading.slots import conditional
from fivefold.reading.told_choices import choices, taken


def choice_claims(sentence: Sentence) -> Iterator[Claim]:
    """Yield what a sentence says of decisions between yes and no: `the pool requires the park`."""
    for told in choices(sentence.text):
        if any(sentence.reading.entities[int(at)].variable.domain != "binary" for at in told.weights):
            continue
        limit = sentence.value(told.limit) if isinstance(told.limit, str) else told.limit
        weights = {sentence.entry(at): weight for at, weight in told.weights.items()}
        names = [sentence.name(at) for at in told.weights]
        said = f"{names[0]} <= {names[1]}" if told.limit == 0 else f"{' + '.join(names)} {told.relation} {limit:g}"
        yield Claim("choice", weights, told.relation, limit, sentence.quote, said)
    for done, relation, number in () if conditional(sentence.text) else taken(sentence.text):
        limit = sentence.value(number) if isinstance(number, str) else number
        kinds = _done(sentence.reading.entities, done)
        if 1 < len(kinds) > limit and all(len(entity.entry[1]) < 2 for entity in kinds):
            said = f"{' + '.join(entity.name for entity in kinds)} {relation} {limit:g}"
            yield Claim("choice", {one.entry: 1.0 for one in kinds}, relation, limit, sentence.quote, said)


def _done(entities: Sequence[Entity], done: str) -> list[Entity]:
    """Return the decisions whether something is done: `1 if the mill is bought`."""
    binary = [entity for entity in entities if entity.variable.domain == "binary"]
    if len(binary) == len(entities) and done in {"chosen", "selected", "picked"}:
        return binary
    return [entity for entity in binary if re.search(rf"\b{done}\b", entity.variable.description.lower())]
