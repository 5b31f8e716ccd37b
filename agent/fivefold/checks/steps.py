"""Numbers that come of several of a text in a way of their own.

What the last of several steps takes, `the first 200, the next 300, up to 800 in all`, and radii of what is so wide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from fivefold.checks.circles import radius_of
from fivefold.problem import Quantity, quantities
from fivefold.reading.words import Sentences
from fivefold_solvers.formulation.elements import Formulation

_STEP = re.compile(r"\b(?:first|next|another|further|following|second|third)(?: \w+)? ?$", re.IGNORECASE)
_WIDE = re.compile(r"^\W*\w+ (?:wide|across|thick|in diameter)\b", re.IGNORECASE)
_WIDTH = re.compile(r"\b(?:wider|thicker|diameter|width)\b[^.;\d]*$", re.IGNORECASE)


def stepped(formulation: Formulation, text: str, amounts: Set[float]) -> dict[float, set[float]]:
    """Return the amounts that come of steps or of a width, with the numbers of the text behind them."""
    numbers = quantities(text)
    made = dict(_last_steps(text, numbers))
    if radius_of(formulation) is not None:
        made |= {one.value / 2: {one.value} for one in numbers if _is_width(text, one)}
    return {value: parts for value, parts in made.items() if value in amounts}


def _last_steps(text: str, numbers: list[Quantity]) -> Iterator[tuple[float, set[float]]]:
    """Yield what is left of a number when all steps that its sentence names before are taken off it."""
    sentences = Sentences(text)
    steps: dict[int, list[Quantity]] = {}
    for one in numbers:
        sentence = sentences.number(one.start)
        own = steps.setdefault(sentence, [])
        if _STEP.search(text[: one.start][-30:]):
            own.append(one)
        elif len(own) > 1 and one.value > (taken := sum(step.value for step in own)):
            yield one.value - taken, {one.value, *(step.value for step in own)}


def _is_width(text: str, one: Quantity) -> bool:
    after = text[one.start + len(one.written) :][:30]
    return _WIDE.search(after) is not None or _WIDTH.search(text[: one.start][-40:]) is not None
