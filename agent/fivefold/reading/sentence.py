"""A sentence with its names and numbers replaced by marks, so that patterns over it can be short."""

from __future__ import annotations

import re

from fivefold.reading.entities import Entry
from fivefold.reading.guards import MEASURES, in_packs
from fivefold.reading.slots import TextReading
from fivefold.reading.words import without_question


class Sentence:
    """A sentence with every name written `⟨0⟩` and every number `#0`, so that patterns can be short."""

    def __init__(self, reading: TextReading, number: int) -> None:
        self.reading = reading
        self.number = number
        self.quote = reading.sentences.words(number)[:200]
        start, end = reading.sentences.span(number)
        self.named = [mention for mention in reading.mentions if start <= mention.start < end]
        self.numbers = [slot for slot in reading.slots if slot.sentence == number]
        marks = [(m.start, m.end, f"⟨{m.entity}⟩") for m in self.named]
        for at, slot in enumerate(self.numbers):
            quantity = slot.quantity
            marks.append((quantity.start, quantity.start + len(quantity.written), f"#{at}"))
        parts: list[str] = []
        at = start
        for first, last, mark in sorted(marks):
            parts += [reading.text[at:first].lower(), mark]
            at = max(at, last)
        text = without_question("".join([*parts, reading.text[at:end].lower()]))
        text = re.sub(r"(?<=[⟩\w])(?:'s|’s)\b", "", text.replace("$", "").replace("\\", ""))
        text = re.sub(r"\bcan['’]t\b", "cannot", text)
        text = re.sub(r"\s+,\s*", ", ", text)
        # `one third`, `a third of` and `of the` read alike.
        self.text = re.sub(r"\s+", " ", re.sub(r"\b(?:a|one|an)\s+(?=#)", "", text))

    def value(self, at: str) -> float:
        """Return a number as a share where it is a percentage."""
        quantity = self.numbers[int(at)].quantity
        return quantity.value / 100 if quantity.percent else float(quantity.value)

    def percent(self, at: str) -> bool:
        """Whether a number is a percentage or a fraction."""
        quantity = self.numbers[int(at)].quantity
        return quantity.percent or 0 < quantity.value < 1

    def entry(self, at: str) -> Entry:
        """Return the decision that a mark stands for."""
        return self.reading.entities[int(at)].entry

    def name(self, at: str) -> str:
        """Return how the formulation writes it."""
        return self.reading.entities[int(at)].name

    def counts(self, at: str) -> bool:
        """Whether a decision is a plain count of what it is named after, not hours or money spent on it."""
        entity = self.reading.entities[int(at)]
        plain = entity.variable.domain != "binary" and not entity.label & MEASURES
        return plain and not in_packs(self.reading, self.number, int(at))

    def alike(self) -> bool:
        """Whether all decisions are numbers of one kind that may be added up."""
        variables = [entity.variable for entity in self.reading.entities]
        same = len({variable.domain for variable in variables}) == 1 and len({v.unit for v in variables}) == 1
        return same and variables[0].domain != "binary"
