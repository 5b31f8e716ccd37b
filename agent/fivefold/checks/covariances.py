"""The variance of a sum holds each covariance twice: `0.09*x^2 + 0.04*y^2 + 2*0.02*x*y` (Markowitz, 1952)."""

from __future__ import annotations

from fivefold.checks.bindings import same_number
from fivefold.problem import quantities
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, warning
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.formulation.polynomial import Polynomial


def check_covariances(formulation: Formulation, text: str) -> list[Finding]:
    """Return a warning where variances and covariances of a text are added up as they stand, each of them once.

    Args:
        formulation: the formulation.
        text: the problem in words.
    """
    if "covarianc" not in text.lower():
        return []
    told = {abs(one.value) for one in quantities(text)} | {abs(one.value) / 100 for one in quantities(text)}
    checked = check(formulation)
    if checked.grounded is not None:
        told |= {abs(value) for block in checked.grounded.parameters.values() for value in block.table.values()}
    rows = checked.rows
    bodies = [("the objective", rows.objective), *((f"constraint '{row.constraint}'", row.body) for row in rows.rows)]
    for where, body in bodies:
        if not isinstance(body, Polynomial) or body.degree != 2:
            continue
        squares = [factor for (one, other), factor in body.quadratic.items() if one == other]
        mixed = {pair: factor for pair, factor in body.quadratic.items() if pair[0] != pair[1] and factor}
        if not squares or not mixed or not all(_among(factor, told) for factor in (*squares, *mixed.values())):
            continue
        if not all(_among(factor / 2, told) for factor in mixed.values()):
            (one, other), factor = next(iter(mixed.items()))
            message = f"it has {factor:g} for {spell_key(*one)} times {spell_key(*other)}, the covariance once"
            mend = f"write it twice, 2*{factor:g}: the variance of a sum holds each covariance in both directions"
            return [warning("covariance-once", where, message, mend)]
    return []


def _among(number: float, told: set[float]) -> bool:
    return any(same_number(abs(number), one) for one in told)
