"""Sources of elements, found by string match: the sentence of the problem that an element's numbers stand in."""

from __future__ import annotations

import re
from collections import Counter

from fivefold.checks.numbers import constants
from fivefold.problem import quantities, sentence_at
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Source

MAX_QUOTE = 200


def with_sources(formulation: Formulation, text: str) -> Formulation:
    """Return the formulation in which elements without a source quote the sentences of their numbers.

    A quote that an LLM gave and that is not in the text is dropped: a quote is checked, never believed.
    """
    constraints = tuple(
        row.model_copy(update={"source": _source(row, text, Formulation(constraints=(row,)))})
        for row in formulation.constraints
    )
    parameters = tuple(
        block.model_copy(update={"source": _source(block, text, Formulation(parameters=(block,)))})
        for block in formulation.parameters
    )
    objective = formulation.objective
    source = _source(objective, text, Formulation(objective=objective))
    return formulation.model_copy(
        update={
            "constraints": constraints,
            "parameters": parameters,
            "objective": objective.model_copy(update={"source": source}),
        }
    )


def _source(element: Constraint | Parameter | Objective, text: str, alone: Formulation) -> Source | None:
    given = element.source
    if given is not None and given.quote and given.quote in text:
        return given
    if given is not None and given.kind != "stated":
        return given.model_copy(update={"quote": ""})
    wanted = constants(alone) - {0.0, 1.0}
    if not wanted:
        return None
    stated = quantities(text)
    times = Counter(quantity.value for quantity in stated)
    quotes: dict[str, float] = {}
    for quantity in stated:
        if quantity.value in wanted or (quantity.percent and quantity.value / 100 in wanted):
            sentence = sentence_at(text, quantity.start)
            # A number that the text writes once tells where a row comes from; one that stands everywhere does not.
            quotes[sentence] = quotes.get(sentence, 0) + 1 / times[quantity.value] + _shared(element, sentence)
    if not quotes:
        return None
    best = max(quotes, key=lambda sentence: quotes[sentence])
    return Source(kind="stated", quote=best[:MAX_QUOTE])


def _shared(element: Constraint | Parameter | Objective, sentence: str) -> float:
    """Return a weight for the words that an element's description shares with a sentence."""
    own = set(re.findall(r"[a-z]{4,}", element.description.lower()))
    return 0.2 * len(own & set(re.findall(r"[a-z]{4,}", sentence.lower())))
