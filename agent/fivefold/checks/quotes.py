"""Quotes that elements give as their source: they must stand in the text, with a number of the element in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from fivefold.checks.constants import constants
from fivefold.checks.sums import tree_of
from fivefold.problem import quantities, sentence_at, word_values
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.elements import Constraint, Formulation, Parameter, Set, Source, Variable
from fivefold_solvers.formulation.finding import Finding, warning

Element = Set | Parameter | Variable | Constraint

_SAME = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-"})
_RELATIVE = 1e-6
_MAX_QUOTE = 140
_PLAIN = {0.0, 1.0}
"""Numbers that stand in rows without the text stating them."""


def check_quotes(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning for every quote that is not in the text, or that holds numbers but none of its element's."""
    plain, places = _plain(text)
    findings: list[Finding] = []
    for where, source, element in _sourced(formulation):
        if source is None or source.kind != "stated" or not source.quote.strip():
            continue
        own = _numbers(element)
        quote, _ = _plain(source.quote)
        start = plain.find(quote)
        shown = f"“{source.quote[:_MAX_QUOTE]}”"
        if start < 0:
            findings.append(
                warning("quote-missing", where, f"its quote {shown} is not in the problem", "quote the problem's words")
            )
            continue
        found = _foreign(source.quote, own)
        # A quote may stop before its sentence's number, so the whole sentence speaks for it.
        if found is not None and _foreign(f"{source.quote} {sentence_at(text, places[start])}", own) is not None:
            message = f"its quote {shown} has the number {found}, but none of the numbers of the element"
            findings.append(warning("quote-number", where, message, "quote the words that its numbers come from"))
    return findings


def _sourced(formulation: Formulation) -> Iterator[tuple[str, Source | None, Element]]:
    """Yield the elements with their place and source; the objective as if it were a constraint."""
    for element in formulation.elements():
        yield f"{type(element).__name__.lower()} '{element.name}'", element.source, element
    objective = formulation.objective
    yield "the objective", objective.source, Constraint(name="_", expression=objective.expression)


def _numbers(element: Element) -> set[float]:
    """Return the numbers that a quote should hold; none of tables, whose quote may be a heading, nor of indices."""
    match element:
        case Parameter(values=int() | float()):
            return constants(Formulation(parameters=(element,))) - _PLAIN
        case Constraint(forall=()):
            tree = tree_of(element.expression)
            if tree is None or any(isinstance(node, e.Item | e.Aggregate) for node in e.walk(tree)):
                return set()
            return constants(Formulation(constraints=(element,))) - _PLAIN
        case _:
            return set()


def _foreign(words: str, own: set[float]) -> str | None:
    """Return a number of the words where they hold some and none explains a number of the element."""
    stated = quantities(words)
    values = {q.value for q in stated} | {float(re.sub(r"[^\d.]", "", q.written)) for q in stated}
    values |= {q.value / 100 for q in stated if q.percent} | word_values(words)
    if not stated or not own:
        return None
    # One step of arithmetic, such as hours times rate or minutes as hours, still rests on the quoted number.
    explained = values | {1 - value for value in values}
    explained |= {60 * value for value in values} | {value / 60 for value in values}
    explained |= {first * second for first in values for second in values}
    if any(abs(mine - value) <= _RELATIVE * max(1.0, abs(value)) for mine in own for value in explained):
        return None
    return stated[0].written


def _plain(text: str) -> tuple[str, list[int]]:
    """Return a text in lower case, with plain marks and single spaces, and where each character comes from."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text.translate(_SAME)):
        for letter in unicodedata.normalize("NFKC", character).casefold():
            gap = letter.isspace()
            if gap and (not letters or letters[-1] == " "):
                continue
            letters.append(" " if gap else letter)
            places.append(place)
    joined = "".join(letters)
    return re.sub(r" $", "", joined), places
