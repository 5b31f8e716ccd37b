"""The class of a formulation by its structure: LP, MILP, QP, MIQP, NLP, MINLP or CP."""

from __future__ import annotations

from enum import StrEnum

from fivefold_solvers.formulation.ground import Grounded
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Rows

PIECEWISE = frozenset({"abs", "min", "max"})
"""Nonlinear functions that `lower` rewrites with linear rows and binaries."""
_CONVEXITY_TOLERANCE = 1e-9
_CONVEXITY_LIMIT = 2_000


class ProblemClass(StrEnum):
    """What kind of solver a formulation needs."""

    LP = "LP"
    MILP = "MILP"
    QP = "QP"
    """Quadratic objective and linear rows; may be nonconvex, see `convex_objective`."""
    MIQP = "MIQP"
    NLP = "NLP"
    MINLP = "MINLP"
    CP = "CP"
    """Whole numbers only, linear, with constraints by name or logic."""


def classify(grounded: Grounded, rows: Rows) -> ProblemClass:
    """Return the class; `abs`, `min`, `max` and logic of linear parts count as linear with binaries."""
    domains = {block.element.domain for block in grounded.variables.values() if block.bounds}
    discrete = domains != {"continuous"} or bool(rows.logic)
    bodies = [body for body in (row.body for row in rows.rows) if isinstance(body, Polynomial)]
    objective = rows.objective if isinstance(rows.objective, Polynomial) else Polynomial()
    everything = [*bodies, objective]
    if any(part.beyond - PIECEWISE for part in everything) or any(part.quadratic for part in bodies):
        return ProblemClass.MINLP if discrete else ProblemClass.NLP
    if rows.logic and "continuous" not in domains and not objective.quadratic:
        return ProblemClass.CP
    piecewise = any(part.beyond for part in everything)
    if objective.quadratic:
        return ProblemClass.MIQP if discrete or piecewise else ProblemClass.QP
    return ProblemClass.MILP if discrete or piecewise else ProblemClass.LP


def convex_objective(grounded: Grounded, rows: Rows) -> bool:
    """Whether a quadratic objective is convex to minimize (concave to maximize); True without quadratic part.

    Beyond some thousand variables only sums of squares are known to be; anything else counts as nonconvex.
    """
    objective = rows.objective
    if not isinstance(objective, Polynomial) or not objective.quadratic:
        return True
    import numpy as np

    sign = -1 if grounded.formulation.objective.sense == "maximize" else 1
    terms = objective.quadratic.items()
    places = sorted({place for pair in objective.quadratic for place in pair}, key=repr)
    if len(places) > _CONVEXITY_LIMIT:
        return all(first == second and sign * coefficient >= 0 for (first, second), coefficient in terms)
    position = {place: k for k, place in enumerate(places)}
    matrix = np.zeros((len(places), len(places)))
    for (first, second), coefficient in objective.quadratic.items():
        matrix[position[first], position[second]] += coefficient / 2
        matrix[position[second], position[first]] += coefficient / 2
    matrix *= sign
    scale = float(np.abs(matrix).max())
    return bool(np.linalg.eigvalsh(matrix).min() >= -_CONVEXITY_TOLERANCE * scale)
