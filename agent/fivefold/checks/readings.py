"""Both readings of what a text leaves open, solved: whole or in parts, exactly or at least, more than or not less.

for reading in readings(formulation, text, objective):
    reading.assumed, reading.objective, reading.instead, reading.other_objective
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fivefold.checks.bindings import how_stated, same_number
from fivefold.checks.optima import Optima, OutOfTimeError
from fivefold.checks.place_effects import Effect, effects
from fivefold.checks.places import Place, places, replaced
from fivefold.checks.unexplained import unexplained
from fivefold.checks.wording import BODIES, MASSES, stems
from fivefold.clarification import Reading, ReadingKind
from fivefold.reading.slots import TextReading, read_text
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Variable
from fivefold_solvers.formulation.parse import ExpressionError, parse
from fivefold_solvers.formulation.show import show

BUDGET_S = 2.0
"""Seconds for all solves of one formulation."""
_SAID = re.compile(
    r"\b(?:whole|integers?|integral|integrality|indivisible|fractions?|fractional|fractionally|continuous|divisible|"
    r"(?:be|is|are) (?:split|divided)|partial)\b",
    re.IGNORECASE,
)
"""Words that settle whether amounts come in parts."""
_MEANT = re.compile(r"\b(?:demands?|orders?|needs?|requires?|required|wants?|must|have to|has to)\b", re.IGNORECASE)
_SETTLED = re.compile(
    r"\b(?:exactly|precisely|equal\w*|at least|at most|minimum|maximum|min|max|least|most|up to|or (?:more|less|fewer)|"
    r"more than|less than|fewer than|exceed\w*|limit\w*|capacity|available|total(?:s|ling)?|sum|altogether|all|each|"
    r"every|both|per|same|as (?:many|much)|times|balance\w*|flows?|only|enough|meet|met|satisf\w*|fulfil\w*)\b",
    re.IGNORECASE,
)
"""Words that settle whether an amount is a limit, a requirement or exact, or that speak of something else."""
_UNNEGATED = r"(?<!no )(?<!not )(?<!not be )"
_STRICT = re.compile(
    rf"{_UNNEGATED}(?:(?P<more>\b(?:more|greater|larger|higher) than|\bover|\babove|\bexceeds?|\bexceeding)|"
    r"(?P<less>\b(?:less|fewer|smaller|lower) than|\bunder|\bbelow))[\s\\$€£]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Other:
    """Another reading, before it is solved."""

    kind: ReadingKind
    element: str
    assumed: str
    instead: str
    formulation: Formulation
    usual: bool = True
    question: str = ""


def readings(
    formulation: Formulation, text: str, objective: float | None = None, *, budget_s: float = BUDGET_S
) -> tuple[Reading, ...]:
    """Return the other readings of a text that change the optimum of a formulation, the largest change first.

    Args:
        formulation: without errors, with its data.
        text: the problem in words.
        objective: its optimum, solved for where it is not given.
        budget_s: seconds for all solves; what is not reached in time is left out.
    """
    grounded = check(formulation).grounded
    if grounded is None or formulation.objective.sense == "satisfy":
        return ()
    reading = read_text(text, grounded)
    found: list[Reading] = []
    with Optima(time.perf_counter() + budget_s) as optima:
        try:
            base = optima.of(formulation).value if objective is None else objective
            if base is None:
                return ()
            for other in _others(formulation, text, reading):
                solved = optima.of(other.formulation)
                # What has no solution, or no end, cannot be what is meant.
                if solved.value is not None:
                    found.append(_read(other, base, solved.value))
        except OutOfTimeError:
            pass
    return tuple(sorted((one for one in found if one.changes), key=lambda one: -one.impact))


def read_otherwise(formulation: Formulation, text: str, reading: Reading) -> Formulation | None:
    """Return a formulation as another reading of its text has it; None where that reading is not found again."""
    grounded = check(formulation).grounded
    if grounded is None:
        return None
    for other in _others(formulation, text, read_text(text, grounded)):
        if (other.kind, other.element, other.instead) == (reading.kind, reading.element, reading.instead):
            return other.formulation
    return None


def _read(other: _Other, objective: float, instead: float) -> Reading:
    return Reading(
        kind=other.kind,
        element=other.element,
        assumed=other.assumed,
        instead=other.instead,
        objective=objective,
        other_objective=instead,
        usual=other.usual,
        question=other.question,
    )


def _others(formulation: Formulation, text: str, reading: TextReading) -> Iterator[_Other]:
    yield from _domains(formulation, text)
    yield from _relations(formulation, reading)
    yield from _strictness(formulation, reading)
    for place in unexplained(formulation, text, reading):
        double = place.value * 2
        changed = replaced(formulation, {place: double})
        yield _Other("constant", place.element, f"is {place.value:g}", f"is {double:g}", changed)


def _domains(formulation: Formulation, text: str) -> Iterator[_Other]:
    """Yield the other domain for what is whole, and for what is not, where the text does not say."""
    if _SAID.search(text):
        return
    whole = [variable for variable in formulation.variables if variable.domain == "integer"]
    parts = [
        variable for variable in formulation.variables if variable.domain == "continuous" and not _measured(variable)
    ]
    if whole:
        changed = _with_domain(formulation, whole, continuous=True)
        usual = not any(stems(variable.unit.partition("/")[0]) & MASSES for variable in whole)
        question = f"May {_names(whole)} be fractions, or only whole numbers?"
        yield _Other("domain", _names(whole), "is whole", "may be fractional", changed, usual, question)
    if parts:
        changed = _with_domain(formulation, parts, continuous=False)
        usual = not any(_words(variable) & BODIES for variable in parts)
        question = f"May {_names(parts)} be fractions, or only whole numbers?"
        yield _Other("domain", _names(parts), "may be fractional", "must be whole", changed, usual, question)


def _with_domain(formulation: Formulation, changed: list[Variable], *, continuous: bool) -> Formulation:
    names = {variable.name for variable in changed}
    domain = "continuous" if continuous else "integer"
    variables = tuple(
        variable.model_copy(update={"domain": domain}) if variable.name in names else variable
        for variable in formulation.variables
    )
    return formulation.model_copy(update={"variables": variables})


def _names(variables: list[Variable]) -> str:
    names = [variable.name for variable in variables]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _words(variable: Variable) -> frozenset[str]:
    name = re.sub(r"[_\d]+", " ", variable.name)
    return stems(f"{name} {variable.description} {variable.unit}")


def _measured(variable: Variable) -> bool:
    """Whether a variable is an amount of something that comes in any part."""
    return bool(_words(variable) & MASSES)


def _relations(formulation: Formulation, reading: TextReading) -> Iterator[_Other]:
    """Yield `at least` for what was read as exact and `exactly` for what was read as a bound, where neither is said."""
    held = _limits(formulation, reading)
    for row in formulation.constraints:
        sentences = held.get(row.name, [])
        open_ones = [said for said in sentences if _MEANT.search(said) and not _SETTLED.search(said)]
        if not sentences or len(open_ones) != len(sentences):
            continue
        said = row.description or row.name
        question = f"Is “{open_ones[0][:120]}” meant exactly, or may it be more?"
        if (exact := _related(row, "==", ">=")) is not None:
            changed = _with_row(formulation, row, exact)
            yield _Other("relation", said, "is met exactly", "may be exceeded", changed, False, question)
        elif (bound := _related(row, ">=", "==")) is not None:
            changed = _with_row(formulation, row, bound)
            yield _Other("relation", said, "may be exceeded", "must be met exactly", changed)


def _limits(formulation: Formulation, reading: TextReading) -> dict[str, list[str]]:
    """Return for each constraint the sentences that state the numbers on its constant side."""
    found: dict[str, list[str]] = {}
    for place, does in effects(formulation).items():
        rows = {effect.name for effect in does if effect.kind == "row" and effect.entry is None}
        if not rows or any(effect.entry is not None for effect in does):
            continue
        told = [slot for slot in reading.slots if how_stated(slot.quantity, place.value) is not None]
        for name in rows:
            found.setdefault(name, []).extend(reading.sentences.words(slot.sentence) for slot in told)
    return found


def _related(row: Constraint, old: str, new: str) -> str | None:
    """Return a constraint with another relation; None where it has not the one that is to be replaced."""
    try:
        tree = parse(row.expression).tree
    except ExpressionError:
        return None
    if not isinstance(tree, e.Compare) or tree.relation != old or isinstance(tree.left, e.Compare):
        return None
    relation: e.Relation = "==" if new == "==" else ">="
    # With the amount on the left, `at least` reads the other way round.
    if relation == ">=" and isinstance(tree.left, e.Number):
        relation = "<="
    return show(e.Compare(relation, tree.left, tree.right))


def _with_row(formulation: Formulation, row: Constraint, expression: str) -> Formulation:
    rows = tuple(
        one.model_copy(update={"expression": expression}) if one.name == row.name else one
        for one in formulation.constraints
    )
    return formulation.model_copy(update={"constraints": rows})


def _strictness(formulation: Formulation, reading: TextReading) -> Iterator[_Other]:
    """Yield one more, or one less, where the text says more than or less than a whole number of whole things."""
    if any(variable.domain == "continuous" for variable in formulation.variables):
        return
    moved = effects(formulation)
    for slot in reading.slots:
        before = reading.text[max(0, slot.quantity.start - 30) : slot.quantity.start]
        match = _STRICT.search(before)
        same = [place for place in places(formulation) if same_number(place.value, slot.quantity.value)]
        if match is None or len(same) != 1 or not _bounding(same[0], moved):
            continue
        step = 1.0 if match["more"] else -1.0
        value = same[0].value + step
        instead = f"{'more' if match['more'] else 'less'} than {slot.quantity.written} in the strict sense"
        changed = replaced(formulation, {same[0]: value})
        yield _Other("strict", same[0].element, f"may be {same[0].value:g} itself", f"is {instead}", changed)


def _bounding(place: Place, moved: Mapping[Place, tuple[Effect, ...]]) -> bool:
    """Whether a number is the constant side of rows or a bound, and whole."""
    does = moved.get(place, ())
    return bool(does) and place.value.is_integer() and all(effect.entry is None for effect in does)
