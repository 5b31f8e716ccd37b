"""Checks of a formulation against the words of its problem; each is a plain function to findings."""

from fivefold.checks.numbers import check_numbers, constants
from fivefold.checks.relations import check_nouns, check_relations
from fivefold.checks.words import check_sense
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding

__all__ = ["check_nouns", "check_numbers", "check_relations", "check_sense", "check_text", "constants"]


def check_text(formulation: Formulation, text: str) -> list[Finding]:
    """Return what every check of a formulation against its problem's words finds."""
    return [
        finding
        for look in (check_sense, check_relations, check_nouns, check_numbers)
        for finding in look(formulation, text)
    ]
