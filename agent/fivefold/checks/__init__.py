"""Checks of a formulation against the words of its problem; each is a plain function to findings.

`check_shape` needs no words: it looks at the rows of a formulation that the static check found sound.
"""

from fivefold.checks.balances import check_balances
from fivefold.checks.circles import check_circles
from fivefold.checks.constants import constants
from fivefold.checks.counted_in import as_counted, as_written
from fivefold.checks.covariances import check_covariances
from fivefold.checks.domain_formulas import check_domain_formulas
from fivefold.checks.domains import check_domains, check_values
from fivefold.checks.each_one import check_each_one
from fivefold.checks.exchanged import check_exchanged
from fivefold.checks.fences import check_fences
from fivefold.checks.goal_counts import check_goal_counts, check_goal_twice
from fivefold.checks.goal_rows import check_goal_rows
from fivefold.checks.indices import check_indices
from fivefold.checks.kinds import check_kinds
from fivefold.checks.left_out import check_left_out
from fivefold.checks.limits import check_limits
from fivefold.checks.numbers import check_numbers
from fivefold.checks.off_by_one import check_off_by_one
from fivefold.checks.openings import check_openings
from fivefold.checks.quotes import check_quotes
from fivefold.checks.rates import check_rates
from fivefold.checks.ratios import check_ratios
from fivefold.checks.relations import check_nouns, check_relations, check_terms
from fivefold.checks.scales import check_scales
from fivefold.checks.shape import check_shape
from fivefold.checks.shifts import check_shifts
from fivefold.checks.sides import check_sides
from fivefold.checks.supplies import check_supplies
from fivefold.checks.table_rows import check_table_rows
from fivefold.checks.units import check_units
from fivefold.checks.words import check_sense
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding

__all__ = [
    "check_balances",
    "check_circles",
    "check_covariances",
    "check_domain_formulas",
    "check_domains",
    "check_each_one",
    "check_exchanged",
    "check_fences",
    "check_goal_counts",
    "check_goal_rows",
    "check_goal_twice",
    "check_indices",
    "check_kinds",
    "check_left_out",
    "check_limits",
    "check_nouns",
    "check_numbers",
    "check_off_by_one",
    "check_openings",
    "check_quotes",
    "check_rates",
    "check_ratios",
    "check_relations",
    "check_scales",
    "check_sense",
    "check_shape",
    "check_shifts",
    "check_sides",
    "check_supplies",
    "check_table_rows",
    "check_terms",
    "check_text",
    "check_units",
    "check_values",
    "constants",
]


def check_text(formulation: Formulation, text: str, *, quoted: str | None = None) -> list[Finding]:
    """Return what every check of a formulation against its problem's words finds.

    Args:
        formulation: what is checked.
        text: the words that it should say.
        quoted: the words that its sources may quote, where these are more.
    """
    whole, text = text, as_counted(formulation, text)
    found = [*check_sense(formulation, text), *check_terms(formulation)]
    found += [*check_relations(formulation, text), *check_nouns(formulation, text)]
    found += [*check_limits(formulation, text), *check_sides(formulation, text), *check_scales(formulation, whole)]
    found += [*check_left_out(formulation, text), *check_off_by_one(formulation, text)]
    found += [*check_kinds(formulation, text), *check_ratios(formulation, text)]
    found += [*check_rates(formulation, text), *check_circles(formulation, text)]
    found += [*check_exchanged(formulation, text), *check_supplies(formulation, text)]
    found += [*check_indices(formulation), *check_each_one(formulation, text), *check_goal_rows(formulation, text)]
    found += [*check_goal_counts(formulation, text), *check_goal_twice(formulation, text)]
    found += [*check_fences(formulation, text), *check_shifts(formulation, text)]
    found += check_covariances(formulation, text)
    found += [
        *check_balances(formulation),
        *check_domain_formulas(formulation, text),
        *check_table_rows(formulation, text),
    ]
    found += [*check_units(formulation, text), *check_domains(formulation, text), *check_openings(formulation, text)]
    found = as_written(found, text, whole)
    return [*found, *check_quotes(formulation, quoted or whole), *check_numbers(formulation, whole)]
