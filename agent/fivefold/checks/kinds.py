"""Numbers of a text that only say how many kinds of things there are: the 3 of `a gardener offers 3 layouts`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.checks.sums import limits
from fivefold.checks.wording import stems
from fivefold.problem import Quantity, quantities, sentence_at
from fivefold.reading.words import EXACT, LEAST, MOST
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning

_MOST_KINDS = 12
_CHOOSES = re.compile(
    r"\b(?:must|choos\w*|chose\w*|select\w*|pick\w*|need\w*|requir\w*|want\w*|order\w*|hir\w*|buy\w*|in total|"
    r"altogether|total of|any|exactly|limit\w*|available|capacity)\b",
    re.IGNORECASE,
)
"""Words of a sentence whose number may limit how many are taken."""
_PHRASE = re.compile(r"\s+((?:(?!(?:of|for|and|or|that|which|using|with|from|in|to)\b)[A-Za-z-]+ ){0,2}[A-Za-z-]+)")
_NUMBERED = re.compile(r"([a-z]+)_?(\d+)(?=_|$)")
_MAX_QUOTE = 140


def counts_of_kinds(formulation: Formulation, text: str) -> list[Quantity]:
    """Return the numbers that count the decisions themselves: as many as there are, called what all of them are called.

    A sentence that chooses, requires or limits says more than how many kinds there are, and is left out.
    """
    variables = formulation.variables
    if not 2 <= len(variables) <= _MOST_KINDS or any(variable.index for variable in variables):
        return []
    labels = [stems(f"{v.name.replace('_', ' ')} {v.description}") for v in variables]
    shared = labels[0].intersection(*labels[1:])
    return [q for q in quantities(text) if q.value == len(variables) and _only_counts(text, q, shared)]


def counts_of_crossed(formulation: Formulation, text: str) -> list[Quantity]:
    """Return the numbers that count what variables such as `crew2_shift3` cross: so many crews, so many shifts."""
    families: dict[str, set[str]] = {}
    for variable in formulation.variables:
        parts = _NUMBERED.findall(variable.name)
        for stem, number in parts if len(parts) > 1 and not variable.index else ():
            families.setdefault(stem, set()).add(number)
    counts = {len(numbers) for numbers in families.values() if len(numbers) > 1}
    return [q for q in quantities(text) if q.value in counts and _only_counts(text, q, None)]


def _only_counts(text: str, quantity: Quantity, shared: frozenset[str] | None) -> bool:
    before = text[max(0, quantity.start - 60) : quantity.start]
    phrase = _PHRASE.match(text, quantity.start + len(quantity.written))
    if phrase is None or quantity.percent or any(words.search(before) for words in (LEAST, MOST, EXACT)):
        return False
    called = shared is None or bool(stems(phrase[1]) & shared)
    return called and _CHOOSES.search(sentence_at(text, quantity.start)) is None


def check_kinds(formulation: Formulation, text: str) -> Iterator[Finding]:
    """Yield a warning for every row that takes the number of kinds for a limit on how many are made of them."""
    kinds = counts_of_kinds(formulation, text)
    if not kinds or len(kinds) != sum(quantity.value == kinds[0].value for quantity in quantities(text)):
        return
    for row in limits(formulation):
        if row.number == kinds[0].value and len(row.terms) == len(formulation.variables):
            quote = sentence_at(text, kinds[0].start)[:_MAX_QUOTE]
            message = f"`{row.row.expression}` limits how many, but {kinds[0].written} says how many kinds: “{quote}”"
            yield warning("kinds-as-limit", row.where, message, "leave the row out")
