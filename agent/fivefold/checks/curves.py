"""Problems beyond sums: ratios, figures, curves, the greater of several amounts.

Their words decide which examples the LLM is shown and what it may write, and how sure an answer is without a finding.

A schema that allows only sums and products keeps a small LLM from writing what cannot be read; but pi, a square root
or the greater of two times cannot be written under it either, however large the LLM.
"""

from __future__ import annotations

import re

from fivefold.checks.sums import tree_of
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Formulation

_LENGTHS = r"f(?:ee|oo)t|ft|inch(?:es)?|yards?|miles?|(?:centi|kilo|milli)?met(?:er|re)s?|[ck]?m"
_TIMES = r"day|week|month|year|shift|quarter|period"
_RATIOS = (
    r"ratios?|divided by|quotient|rate at which|efficiency(?= \()"
    rf"|m(?:ax|in)imi[sz]\w+ (?!(?:the )?(?:total )?number)(?:the )?(?:average|[a-z -]{{3,30}} per (?!{_TIMES})\w+)"
)
_FIGURES = (
    r"rectang\w+|cylind\w+|circ(?:le|ular|umference)|perimeter|radius|diameter|sphere|cone|triang\w+|surface area"
    r"|dimensions of|length of (?:the|a) (?:rope|wire|cable|ladder|path)"
)
_POWERS = rf"squared|square root|cubed|squares? of|cubic(?! (?:{_LENGTHS}))|quadratic\w*|exponential\w*|logarithm\w*"
_CHANGES = r"(?:increas|decreas|reduc|rise|fall|drop|lower|grow)\w*"
_CURVES = (
    r"diminishing|economies of scale|scale effects?|proportional to the (?:square|product)|interact(?:ion|s)|beyond \d"
    rf"|{_CHANGES} (?:linearly |[^.]{{0,40}} )?(?:with|for|per) (?:the|each|every) \$?\w+"
    rf"|(?:each|every) (?:additional|extra|dollar|\d+ cents) [^.]{{0,60}}{_CHANGES}"
    r"|set the price|price to set|should [^.?]{0,50} charge"
)
_EXTREMES = (
    r"(?:minimi[sz]e|reduce) the (?:maximum|longest|largest|longer|greater)"
    r"|maximi[sz]e the (?:minimum|smallest|smaller|least)|times? (?:required|needed) to (?:meet|finish|complete|reach)"
)
_SIGNS = r"\^|[\w)]\*\*[\w(]|\) ?\* ?[A-Za-z]|[²³√π]|\\sqrt|\\frac"
_FUNCTIONS = e.NUMERIC_FUNCTIONS - {"abs", "min", "max"}
"""Functions that linear rows cannot say."""
_WORDS = "|".join((_RATIOS, _FIGURES, _POWERS, _CURVES, _EXTREMES))
_FIGURE = re.compile(rf"\b(?:{_FIGURES})(?!\w)", re.IGNORECASE)
_BEYOND_SUMS = re.compile(rf"\b(?:{_WORDS})(?!\w)|{_SIGNS}", re.IGNORECASE)


def beyond_sums(text: str) -> bool:
    """Whether a problem's words speak of ratios, figures, powers, curves or the greater of several amounts."""
    return _BEYOND_SUMS.search(text) is not None


def wants_examples(text: str) -> bool:
    """Whether a small LLM is better shown ratios and curves; areas and volumes it writes better without an example."""
    return beyond_sums(text) and _FIGURE.search(text) is None


def is_curved(text: str, formulation: Formulation | None) -> bool:
    """Whether a problem goes beyond sums, by its words or by the formulation that came of it."""
    if beyond_sums(text):
        return True
    if formulation is None:
        return False
    names = frozenset(variable.name for variable in formulation.variables)
    texts = (formulation.objective.expression, *(row.expression for row in formulation.constraints))
    trees = [tree for tree in map(tree_of, texts) if tree is not None]
    return any(_bends(node, names) for tree in trees for node in e.walk(tree))


def _bends(node: object, names: frozenset[str]) -> bool:
    """Whether a node is a product or quotient of decisions, a power or a function of one."""
    match node:
        case e.Binary("*", left, right):
            return bool(e.names_used(left) & names and e.names_used(right) & names)
        case e.Binary("/", _, right):
            return bool(e.names_used(right) & names)
        case e.Binary("**", left, right):
            return bool((e.names_used(left) | e.names_used(right)) & names)
        case e.Call(function, arguments):
            return function in _FUNCTIONS and any(e.names_used(one) & names for one in arguments)
        case _:
            return False
