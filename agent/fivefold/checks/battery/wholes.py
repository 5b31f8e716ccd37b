"""Relations of whole numbers: things that come in pieces are not planned in fractions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fivefold.checks.battery.lab import Lab, Relation
from fivefold.checks.battery.report import RelationResult, Witness
from fivefold.reading.entities import stem, stems
from fivefold_solvers.result import INTEGRALITY_TOLERANCE

WHOLE = Relation(
    "whole-as-stated",
    "Where the text asks for whole numbers, or counts things that come in pieces, half a piece is no plan.",
    "make the variable an integer",
)
ALIKE = Relation(
    "domains-alike",
    "Decisions of one kind are all counted in whole numbers, or none of them is.",
    "give the variables of one kind one domain",
)
_SAID = re.compile(
    r"\b(?:whole (?:numbers?|units?|dollars?|bags?)|integers?|integral|indivisible|no fractions?|"
    r"cannot be (?:fractional|divided|split))\b",
    re.IGNORECASE,
)
_MEASURED = frozenset(
    re.findall(
        r"\w+",
        "kg kilogram gram pound ounce ton tonne liter litre gallon ml milliliter hour minute second day acre hectare "
        "mile km meter metre foot feet yard inch dollar euro cent money budget percent fraction share proportion "
        "amount time unit area volume weight length quantity gold oil fuel water flour land investment invested dose "
        "serving batch cup barrel power energy temperature price rate speed distance",
    )
)
_HOW_MANY = re.compile(r"\bhow many ((?:[a-z-]+ ){0,4}?[a-z-]+)\b", re.IGNORECASE)


def check_wholes(lab: Lab) -> Iterator[RelationResult]:
    """Yield every decision that is fractional in the best plan and comes in pieces."""
    if not lab.base.optimal or lab.base.values is None or lab.arrays.quadratic is not None:
        yield WHOLE.abstained("there is no optimum of a linear program to look at")
        return
    yield from _mixed(lab)
    said = _SAID.search(lab.reading.text) is not None
    for variable in lab.formulation.variables:
        if variable.domain != "continuous":
            continue
        words = stems(f"{variable.name} {variable.description} {variable.unit}")
        if any(map(_measured, words)) and not said:
            yield WHOLE.abstained(f"{variable.name} is measured, not counted")
            continue
        start, end = lab.built.own[variable.name]
        parts = [
            float(value) for value in lab.base.values[start:end] if abs(value - round(value)) > INTEGRALITY_TOLERANCE
        ]
        if not parts or not (said or _counted(lab.reading.text, words)):
            yield WHOLE.held(variable.name)
            continue
        told = f"the best plan has {parts[0]:g} for {variable.name}, which the text counts in whole pieces"
        yield WHOLE.violated(
            Witness(change="none", after=parts[0], words=told), variable.name, f"variable '{variable.name}'"
        )


def _mixed(lab: Lab) -> Iterator[RelationResult]:
    """Yield a decision of another domain than those of its like: whole vans beside fractions of trucks."""
    found = [entity for entity in lab.reading.entities if entity.variable.domain != "binary"]
    for first in found:
        for second in found:
            alike = first.label - first.own == second.label - second.own and first.variable.unit == second.variable.unit
            if alike and (first.variable.domain, second.variable.domain) == ("continuous", "integer"):
                words = f"{second.name} takes whole numbers only, {first.name} does not; the text speaks alike of both"
                yield ALIKE.violated(
                    Witness(change="none", words=words), first.name, f"variable '{first.variable.name}'"
                )
                return


def _counted(text: str, words: frozenset[str]) -> bool:
    """Whether a text asks how many of a thing there should be, without a measure such as litres before it."""
    for match in _HOW_MANY.finditer(text):
        asked = [stem(word) for word in re.findall(r"[a-z]+", match[1].lower())]
        if asked and not any(map(_measured, asked)) and set(asked) & words:
            return True
    return False


def _measured(word: str) -> bool:
    """Whether a word is a measure: `litre`, and `hectolitre` with it."""
    return word in _MEASURED or word.endswith(("litre", "liter", "gram", "metre", "meter", "tonne"))
