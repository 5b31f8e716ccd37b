"""Numbers of a text that a right formulation may do without.

A whole that is split into shares, a reach that is listed, sizes that patterns keep to, things that a row adds up.
"""

from __future__ import annotations

import math
import re

from fivefold.checks.constants import amounts_of
from fivefold.checks.cut_patterns import cut_patterns
from fivefold.checks.places import places
from fivefold.checks.sums import addends, tree_of
from fivefold.problem import quantities
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation

_SHARE = re.compile(r"\b(?:shares?|fractions?|proportions?|portions?|percentages?|weights?)\b", re.IGNORECASE)
_SPLIT = re.compile(
    r"\b(?:split|invest|allocat|divid|distribut|spread)\w*(?: (?:a|the|up|total|sum|of|its|his|her|their|some))* ?"
    r"[$\u20ac\u00a3]? ?$",
    re.IGNORECASE,
)
_OF = re.compile(r"(?<!%)(?<!percent) (?:out )?of (?:the |these |those |all |its |our )?$", re.IGNORECASE)
_NEAR = re.compile(r"\bwithin (?:a |the )?(?:\w+ of )?$", re.IGNORECASE)


def needless(formulation: Formulation, text: str) -> set[float]:
    """Return the values of such numbers."""
    before = {one: text[: one.start][-60:] for one in quantities(text)}
    found = set(cut_patterns(formulation, text).numbers)
    if _by_shares(formulation):
        found |= {one.value for one, words in before.items() if _SPLIT.search(words)}
    if _by_yes_and_no(formulation):
        found |= {one.value for one, words in before.items() if _NEAR.search(words)}
    found |= _by_a_basis(formulation, text)
    added = _added_up(formulation)
    return found | {one.value for one, words in before.items() if one.value in added and _OF.search(words)}


_BASIS = re.compile(r"\b(10|100|1,?000) ?(?:g|grams?|kg|ml|lit(?:er|re)s?|km|m|pounds?|lbs?|pieces|units)\b")
_HUNDREDS = re.compile(r"\b(?:100|hundreds?)\b", re.IGNORECASE)


def _by_a_basis(formulation: Formulation, text: str) -> set[float]:
    """Return the 380 and the 100 of `100 g of oats hold 380 kcal` where 3.8 stands for it, or hundreds are counted."""
    bases = {float(match[1].replace(",", "")) for match in _BASIS.finditer(text)}
    amounts = amounts_of(formulation) if bases else set[float]()
    found = {
        one.value
        for one in quantities(text)
        if any(math.isclose(one.value, basis * amount) for basis in bases for amount in amounts - {0.0, 1.0})
    }
    described = " ".join(variable.description for variable in formulation.variables)
    return found | ({100.0} if 100 in bases and _HUNDREDS.search(described) else set())


def _added_up(formulation: Formulation) -> set[float]:
    """Return how many decisions rows bound together, each once: the 5 of `at least 3 of 5`."""
    variables = {variable.name for variable in formulation.variables}
    found: set[float] = set()
    for row in formulation.constraints:
        match tree_of(row.expression):
            case e.Compare(_, body, e.Number()) | e.Compare(_, e.Number(), body):
                terms = list(addends(body))
                names = {term.name for term in terms if isinstance(term, e.Name)} & variables
                found |= {float(len(terms))} if len(names) == len(terms) > 1 else set()
            case _:
                continue
    return found


def _by_shares(formulation: Formulation) -> bool:
    """Whether the decisions of some row are shares that come to 1."""
    variables = {one.name: f"{one.name} {one.description}".replace("_", " ") for one in formulation.variables}
    shares = {name for name, words in variables.items() if _SHARE.search(words)}
    trees = [tree_of(row.expression) for row in formulation.constraints]
    wholes = [one for one in trees if isinstance(one, e.Compare) and one.relation == "==" and one.right == e.Number(1)]
    return any((names := e.names_used(one.left) & variables.keys()) and names <= shares for one in wholes)


def _by_yes_and_no(formulation: Formulation) -> bool:
    """Whether a table says for every pair whether it is so."""
    tables: dict[str, set[float]] = {}
    for place in places(formulation):
        if place.slot == "values" and len(place.path) > 1:
            tables.setdefault(place.element, set()).add(place.value)
    return any(values == {0, 1} for values in tables.values())
