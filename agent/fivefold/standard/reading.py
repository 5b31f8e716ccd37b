"""A standard model with the data of a text: recognized by rule, read by the LLM, borne out by the text or left."""

from __future__ import annotations

from collections.abc import Iterable

from fivefold.checks import check_shape, check_text
from fivefold.problem import Problem
from fivefold.standard.data import filled, members_in, named_sets, names_schema, numbers_schema, tables_told
from fivefold.standard.model import StandardModel
from fivefold.standard.recognize import recognized
from fivefold.tools import Tools
from fivefold.verdict import ACCEPTED_PENALTY, penalty_of
from fivefold_prompts.version import Message
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Parameter, Set

NAMES_TOKENS = 600
NUMBERS_TOKENS = 3_500
MOST_MODELS = 2
"""So many models are tried of those that a text may tell of."""


async def standard_formulation(problem: Problem, tools: Tools) -> Formulation | None:
    """Return the standard model that a text tells of, with its data; None where it tells of none, or of more.

    What is returned uses every number of the text, none beside them, and no check doubts it.
    """
    for kind in recognized(problem.text)[:MOST_MODELS]:
        found = await _with_data(kind, problem.text, tools)
        if found is not None and _undoubted(found, problem):
            return found
    return None


async def _with_data(kind: StandardModel, text: str, tools: Tools) -> Formulation | None:
    """Return a model with the data that the LLM reads in a text; None where the text does not bear it out."""
    picked = [one for one in kind.formulation.sets if one.name in kind.within]
    asked: list[Message | dict[str, str]] = [
        *tools.render("standard_names", problem=text, kind=kind.when, sets=_listed(named_sets(kind)))
    ]
    names = await tools.ask(asked, schema=names_schema(kind), max_tokens=NAMES_TOKENS)
    members = members_in(names.parsed, kind, text)
    if members is None:
        return None
    known = tables_told(kind, members, text)
    left = (one for one in kind.formulation.parameters if one.name not in known)
    wanted: list[Set | Parameter] = [*picked, *left]
    if not wanted:
        return filled({}, kind, members, text, known)
    asked += [
        {"role": "assistant", "content": names.text},
        *tools.render("standard_numbers", parameters=_listed(wanted)),
    ]
    numbers = await tools.ask(asked, schema=numbers_schema(kind, members, known), max_tokens=NUMBERS_TOKENS)
    return filled(numbers.parsed, kind, members, text, known)


def _listed(elements: Iterable[Set | Parameter]) -> str:
    return "\n".join(f"- {one.name}: {one.description}" for one in elements)


def _undoubted(formulation: Formulation, problem: Problem) -> bool:
    checked = check(formulation)
    found = [*checked.findings, *check_shape(checked), *check_text(formulation, problem.checked, quoted=problem.text)]
    return checked.ok and penalty_of(found) <= ACCEPTED_PENALTY
