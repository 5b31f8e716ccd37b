"""Checks of a formulation against the words of its problem; each is a plain function to findings."""

from fivefold.checks.numbers import check_numbers, constants
from fivefold.checks.relations import check_nouns, check_relations, check_terms
from fivefold.checks.words import check_sense
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding

__all__ = ["check_nouns", "check_numbers", "check_relations", "check_sense", "check_terms", "check_text", "constants"]


def check_text(formulation: Formulation, text: str) -> list[Finding]:
    """Return what every check of a formulation against its problem's words finds."""
    found = [*check_sense(formulation, text), *check_terms(formulation)]
    found += [*check_relations(formulation, text), *check_nouns(formulation, text)]
    return found + check_numbers(formulation, text)
