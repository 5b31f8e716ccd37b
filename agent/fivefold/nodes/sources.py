"""Sources of elements, found by string match: the sentence of the problem that an element's numbers stand in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

from fivefold.checks.constants import constants
from fivefold.checks.standing import CONVERSIONS
from fivefold.checks.sums import tree_of
from fivefold.checks.wording import stem
from fivefold.number_words import spelled
from fivefold.problem import Quantity, quantities, sentence_at
from fivefold.reading.labels import labels
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Source

MAX_QUOTE = 200
_LARGE = 8
_LIMITS = {
    "<=": re.compile(
        r"\b(?:at most|maximum|(?:no|not)(?: [a-z]+){0,4} more|exceed|up to|available|limit(?:ed)?)\b", re.IGNORECASE
    ),
    ">=": re.compile(r"\b(?:at least|minimum|(?:no|not) (?:less|fewer))\b", re.IGNORECASE),
}
"""What sentences of limits say, by the relation that they are written with."""
_OF_LIMIT = 0.5
"""What the number that a row is compared with counts more than a factor: it tells what the row is about."""


def with_sources(formulation: Formulation, text: str) -> Formulation:
    """Return the formulation in which elements without a source quote the sentences of their numbers.

    A quote that an LLM gave and that is not in the text is dropped: a quote is checked, never believed.
    """
    data = frozenset(block.name for block in formulation.parameters)
    words = (Quantity(one.value, False, one.written, one.start) for one in spelled(text))
    stated = [*quantities(text), *words]
    constraints = tuple(
        row.model_copy(update={"source": _source(row, text, stated, Formulation(constraints=(row,)), data)})
        for row in formulation.constraints
    )
    parameters = tuple(
        block.model_copy(update={"source": _source(block, text, stated, Formulation(parameters=(block,)))})
        for block in formulation.parameters
    )
    objective = formulation.objective
    source = _source(objective, text, stated, Formulation(objective=objective))
    return formulation.model_copy(
        update={
            "constraints": constraints,
            "parameters": parameters,
            "objective": objective.model_copy(update={"source": source}),
        }
    )


def _source(
    element: Constraint | Parameter | Objective,
    text: str,
    stated: Sequence[Quantity],
    alone: Formulation,
    data: frozenset[str] = frozenset(),
) -> Source | None:
    given = element.source
    if given is not None and given.quote and given.quote in text:
        return given
    if given is not None and given.kind != "stated":
        return given.model_copy(update={"quote": ""})
    limits, conversions = _compared(element, data) if isinstance(element, Constraint) else (set[float](), set[float]())
    wanted = constants(alone) - {0.0, 1.0} - conversions
    if not wanted:
        return None
    if isinstance(element, Parameter) and len(followers := _followers(element.values)) > 1:
        return _of_table(element, followers, text, stated)
    times = Counter(quantity.value for quantity in stated)
    quotes: dict[str, float] = {}
    for quantity in stated:
        if quantity.value in wanted or (quantity.percent and quantity.value / 100 in wanted):
            sentence = sentence_at(text, quantity.start)
            # A number that the text writes once tells where a row comes from; one that stands everywhere does not.
            share = quantity.percent and quantity.value / 100 in limits
            limit = _OF_LIMIT if quantity.value in limits or share else 0.0
            weight = (1 + limit) / times[quantity.value] + _shared(element, sentence)
            quotes[sentence] = quotes.get(sentence, 0) + weight
    if not quotes:
        return None
    best = max(quotes, key=lambda sentence: quotes[sentence])
    return Source(kind="stated", quote=best[:MAX_QUOTE])


def _compared(row: Constraint, data: frozenset[str]) -> tuple[set[float], set[float]]:
    """Return the numbers of the side without decisions, and those that only convert what stands beside them there.

    60 minutes of an hour stand in `25*60` and in `60*hours` and are stated nowhere.
    """
    tree = tree_of(row.expression)
    sides = (tree.left, tree.right) if isinstance(tree, e.Compare) else ()
    fixed = [side for side in sides if e.names_used(side) <= data and not isinstance(side, e.Compare)]
    numbers = {float(part.value) for side in fixed for part in e.walk(side) if isinstance(part, e.Number)}
    converted = any(isinstance(side, e.Binary) and side.operator in {"*", "/"} for side in fixed)
    if not converted:
        return numbers, set()
    shares = {number for number in numbers if 0 < number < 1}
    return shares or numbers - CONVERSIONS, numbers & CONVERSIONS


def _of_table(
    table: Parameter, followers: set[tuple[float, float]], text: str, stated: Sequence[Quantity]
) -> Source | None:
    """Return the sentence with most numbers that follow each other as in a table; else one with a number and its words.

    In a sentence with numbers of another table hardly one follows the other as here.
    """
    naming = labels(text)
    amounts = [quantity for quantity in stated if quantity.start not in naming]
    values = {value for pair in followers for value in pair}
    follow: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for first, second in pairwise(amounts):
        here, there = sentence_at(text, first.start), sentence_at(text, second.start)
        if here == there:
            (follow if (first.value, second.value) in followers else apart)[here] += 1
    least = 1 if len(followers) < _LARGE else 2  # of many numbers two follow each other somewhere by chance
    found = ((sentence, count - 2 * apart[sentence]) for sentence, count in follow.items())
    usual = {sentence: count for sentence, count in found if count >= least}
    if not usual:
        single = (sentence_at(text, quantity.start) for quantity in amounts if quantity.value in values)
        usual = {sentence: 0 for sentence in single if not apart[sentence] and _shared(table, sentence)}
    if not usual:
        return None
    best = max(usual, key=lambda sentence: usual[sentence] + _shared(table, sentence))
    return Source(kind="stated", quote=best[:MAX_QUOTE])


def _followers(values: object) -> set[tuple[float, float]]:
    """Return the pairs of numbers that stand behind one another in a row of a table, or below one another."""
    rows = [list(row) for row in _rows(values)]
    alike = len({len(row) for row in rows}) == 1
    columns = [list(column) for column in zip(*rows, strict=True)] if alike and len(rows) > 1 else []
    whole = [value for row in rows for value in row]
    return {pair for line in [whole, *columns] for pair in pairwise(line)}


def _rows(values: object) -> Iterator[list[float]]:
    """Yield the innermost lists of a table's numbers."""
    parts: list[object] = []
    if isinstance(values, dict):
        parts = list(cast("dict[object, object]", values).values())
    elif isinstance(values, list | tuple):
        parts = list(cast("Sequence[object]", values))
    numbers = [float(part) for part in parts if isinstance(part, int | float)]
    if numbers:
        yield numbers
    for part in parts:
        yield from _rows(part)


_PER = re.compile(r"\b(?:per|of an?|of each|for each) [a-z]+", re.IGNORECASE)


def _shared(element: Constraint | Parameter | Objective, sentence: str) -> float:
    """Return a weight for the words that an element's description and names share with a sentence."""
    expression = element.expression or ""
    said = _PER.sub(" ", element.description) if isinstance(element, Parameter) else element.description
    own = _words(f"{said} {expression}".replace("_", " "))
    limited = any(relation in expression and words.search(sentence) for relation, words in _LIMITS.items())
    return 0.2 * len(own & _words(sentence)) + 0.5 * limited


def _words(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[a-z]{4,}", text.lower())}
