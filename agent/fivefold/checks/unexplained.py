"""What a formulation has and its text does not: numbers that the optimum depends on; and limits that neither has."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from fivefold.checks.bindings import how_stated, same_number
from fivefold.checks.clock import durations
from fivefold.checks.cut_patterns import cut_patterns
from fivefold.checks.discounts import discounted
from fivefold.checks.numbers import one_off
from fivefold.checks.optima import Optima, Optimum, OutOfTimeError
from fivefold.checks.place_effects import Effect, effects
from fivefold.checks.places import OBJECTIVE, Place, places, replaced
from fivefold.checks.standing import CONVERSIONS, FREE, numbers_of
from fivefold.checks.sums import tree_of
from fivefold.checks.switches import switches
from fivefold.clarification import HIGH_IMPACT, MissingFact
from fivefold.problem import Quantity, word_values
from fivefold.reading.guards import telling_words
from fivefold.reading.slots import TextReading
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation

_MANY = 60
"""Of so many unused numbers of a text at most it is tried whether others are worked out from them."""
_LEAST_TOTAL = 20
"""Smaller numbers may come out of any three."""
_OF_FORMULAS = frozenset({3.0, 4.0})
"""Numbers in the formulas of cones and balls."""
_PI = re.compile(r"\bpi\b|\b3\.14\d*")
_TINY = 1e-3
"""Smaller numbers are tolerances and steps."""
_FAR = 1e4
"""A limit that ends what has no end."""
_RATES = frozenset({"gain", "cost", "use", "yield"})
"""What numbers say of one of a thing."""


def from_formulation(
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
            change = impact(formulation, place, base, optima)
            if change is None or change > HIGH_IMPACT:
                yield _constant(formulation, place, change)


def _constant(formulation: Formulation, place: Place, change: float | None) -> MissingFact:
    named = {element.name: element for element in formulation.elements()}
    element = named.get(place.element)
    said = (element.description if element is not None else formulation.objective.description) or place.element
    at = f" for {', '.join(map(str, place.path))}" if place.slot == "values" and place.path else ""
    question = f"What was written has {place.value:g} for “{said}{at}”, which the text does not say: which is right?"
    words = f"{place}"
    return MissingFact(
        kind="constant", words=words, question=question, element=place.element, value=place.value,
        sentence=f"{said[:1].upper()}{said[1:]}{at}: {{}}.", impact=0.0 if change is None else min(change, 1e9),
    )  # fmt: skip


def impact(formulation: Formulation, place: Place, base: Optimum, optima: Optima) -> float | None:
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
    """Return the places whose number is none of the text's, nor worked out from two that stand nowhere else.

    With a reading of the text also those whose number the text says of something else only.
    """
    there = numbers_of(text)
    values = [place.value for place in places(formulation)]
    spare = [q for q in there if not any(how_stated(q, abs(value)) for value in values)]
    moved = effects(formulation)
    there += [Quantity(value, False, f"{value:g}", len(text)) for value in durations(text)]
    beside, sizes, off = {*one_off(text), *_in_names(text)}, _sizes(formulation), switches(formulation)
    curved = _curved(formulation)
    patterns = cut_patterns(formulation, text).rows
    found: dict[tuple[str, float], Place] = {}
    for place in places(formulation):
        value, does = abs(place.value), moved.get(place, ())
        if patterns and does and all(effect.name in patterns and effect.entry is not None for effect in does):
            continue
        if (
            value in FREE
            or value in beside
            or value in off
            or (value in _OF_FORMULAS and place.element in curved)
            or value < _TINY
            or (value in CONVERSIONS and not _is_data(place, does))
        ):
            continue
        if value in sizes and place.slot != "values" and place.element != OBJECTIVE:
            continue
        elsewhere = reading is not None and bool(reading.entities) and _of_others(formulation, reading, place, does)
        known = _in_one_step(value, there, spare) or _in_two(value, there, spare) or _in_a_run(value, there)
        known = known or _side_by_side(value, there, text) or _times(value, there, text)
        known = known or _discounted(value, there, spare)
        if elsewhere or not known:
            found.setdefault((place.element, value), place)
    return list(found.values())


def _curved(formulation: Formulation) -> frozenset[str]:
    """Return the objective and the rows that are formulas for what is round: the 3 of a cone's volume is no datum."""
    texts = [(OBJECTIVE, formulation.objective.expression)]
    texts += [(row.name, row.expression) for row in formulation.constraints]
    return frozenset(name for name, text in texts if _PI.search(text))


def _sizes(formulation: Formulation) -> frozenset[float]:
    """Return how many elements listed sets have, and one more and less: the last place of a tour, a big-M of orders.

    Only where something is chosen: elsewhere such a number is an amount.
    """
    if not any(variable.domain == "binary" for variable in formulation.variables):
        return frozenset()
    counts = [len(block.elements) for block in formulation.sets if isinstance(block.elements, tuple)]
    return frozenset(float(count + step) for count in counts for step in (-1, 0, 1))


def _is_data(place: Place, does: Sequence[Effect]) -> bool:
    """Whether a number is an amount of its own, in a table or as a limit, and no factor between units."""
    limit = bool(does) and all(effect.entry is None and effect.kind != "objective" for effect in does)
    return limit or (place.slot == "values" and bool(place.path))


def _of_others(formulation: Formulation, reading: TextReading, place: Place, does: Sequence[Effect]) -> bool:
    """Whether every number of the text with the value of a place is said of another decision, or of another sort."""
    entries = {effect.entry for effect in does if effect.entry is not None}
    told = [slot for slot in reading.slots if how_stated(slot.quantity, place.value) is not None]
    if len(does) != 1 or not entries or not told:
        return False
    if does[0].kind == "objective" and all(slot.kind in {"limit", "requirement"} for slot in told):
        # `up to 8 pupils at 35 each`: what one of a thing holds may be multiplied.
        return not any(slot.each for slot in told)
    words = telling_words(reading)
    if any(slot.nouns & words.get(entry, frozenset()) for slot in told for entry in entries):
        return False  # `24 % of Borde's` is said of the bags from Borde
    held = _held_together(formulation, place.element)
    owners = [reading.entities[slot.owner].entry for slot in told if slot.kind in _RATES and slot.owner is not None]
    return len(owners) == len(told) and not any(owner in entries or owner[0] in held for owner in owners)


def _held_together(formulation: Formulation, name: str) -> frozenset[str]:
    """Return both decisions of a row that holds one against the other, `400*least <= north`; none of any other."""
    row = next((one for one in formulation.constraints if one.name == name and not one.forall), None)
    tree = None if row is None else tree_of(row.expression)
    if not isinstance(tree, e.Compare) or not any(isinstance(side, e.Name) for side in (tree.left, tree.right)):
        return frozenset()
    both = e.names_used(tree) & {variable.name for variable in formulation.variables}
    return both if len(both) == 2 else frozenset()


def _in_one_step(value: float, there: Sequence[Quantity], spare: Sequence[Quantity]) -> bool:
    """Whether a number is one of the text or one over it; in another unit only where that stands nowhere else."""
    if any(how_stated(quantity, value) or same_number(value * quantity.value, 1.0) for quantity in there):
        return True
    return any(
        same_number(value, quantity.value * scale) or same_number(value * scale, quantity.value)
        for quantity in spare
        for scale in CONVERSIONS
    )


def _in_a_run(value: float, there: Sequence[Quantity]) -> bool:
    """Whether a number is what three or more numbers come to that follow one another in the text."""
    if not value >= _LEAST_TOTAL or len(there) > _MANY:
        return False
    amounts = [quantity.value for quantity in there]
    return any(
        same_number(value, sum(amounts[first:last]))
        for first in range(len(amounts))
        for last in range(first + 3, len(amounts) + 1)
    )


def _in_names(text: str) -> set[float]:
    """Return the numbers in words that are parts of names: the half of `half-page`."""
    return word_values(" ".join(re.findall(r"\b([a-z]+)-(?=[a-z])", text.lower())))


_AND = re.compile(r"[^\d.;:]{1,25}\b(?:and|plus)\b[^\d.;:]{0,15}|:")


def _side_by_side(value: float, there: Sequence[Quantity], text: str) -> bool:
    """Whether a number is the sum of two that stand side by side: `2 adults and 2 children` are 4, as is 1:3."""
    return any(
        same_number(value, first.value + second.value)
        and _AND.fullmatch(text[first.start + len(first.written) : second.start])
        for first, second in pairwise(there)
    )


_TIMES = re.compile(r"\b(?:twice|double|(?P<three>thrice|triple))\b", re.IGNORECASE)


def _times(value: float, there: Sequence[Quantity], text: str) -> bool:
    """Whether a number is twice or thrice one of the text, in these words: `no more than twice what is ordered`."""
    factors = {3 if match["three"] else 2 for match in _TIMES.finditer(text)}
    return any(same_number(value, factor * quantity.value) for factor in factors for quantity in there)


def _discounted(value: float, there: Sequence[Quantity], spare: Sequence[Quantity]) -> bool:
    """Whether a number is another less or more a percentage that stands nowhere else, less or more a third one."""
    percents = {quantity.value for quantity in spare if quantity.percent}
    amounts = {quantity.value for quantity in there if not quantity.percent}
    if not percents or len(there) > _MANY:
        return False
    return any(same_number(value, made) for made, _ in discounted(amounts, percents))


def of_three(value: float, text: str) -> bool:
    """Whether a number may come of three numbers of the text, or of two and a factor between units."""
    amounts = {quantity.value for quantity in numbers_of(text)}
    if len(amounts) > _MANY:
        return True
    products = {first * second for first, second in combinations(sorted(amounts), 2)}
    return any(
        same_number(value, made) or same_number(value * scale, made)
        for product in products
        for third in amounts
        for scale in (1.0, 60.0, 1000.0)
        for made in (product * third, product + third, product - third)
    ) or any(
        same_number(value, scale * first + second) for first in amounts for second in amounts for scale in CONVERSIONS
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
    """Yield a question for the variables whose limit would give an objective without end an end."""
    open_ones = [one for one in formulation.variables if one.upper is None and one.domain != "binary"]
    for held in (*((one,) for one in open_ones), tuple(open_ones)):
        names = {variable.name for variable in held}
        variables = tuple(
            one.model_copy(update={"upper": _FAR}) if one.name in names else one for one in formulation.variables
        )
        try:
            found = optima.of(formulation.model_copy(update={"variables": variables}))
        except OutOfTimeError:
            return
        if found.status == "optimal":
            said = " and ".join(variable.description or variable.name for variable in held)
            question = f"What limits this: {said}? Without a limit the result can be improved without end."
            yield MissingFact(kind="unbounded", words=OBJECTIVE, question=question, element=held[0].name, impact=1e9)
            return
