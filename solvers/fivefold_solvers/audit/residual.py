"""How rows stand at reported values: slack, violation and tolerance of every relation, without rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fivefold_solvers.audit.affine import Affine, NotLinearError
from fivefold_solvers.audit.evaluator import Evaluator
from fivefold_solvers.audit.exact import Number, nearest, size, top, written
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.formulation.scope import EvaluationError
from fivefold_solvers.result import FEASIBILITY_TOLERANCE

TOLERANCE = Fraction(written(FEASIBILITY_TOLERANCE))
"""The feasibility tolerance of `result.py` as a fraction."""
RESOLUTION = Fraction(1, 1 << 42)
"""Share of the size of a row's terms that is not held against it: what solvers lose in sums of doubles."""


@dataclass(frozen=True, slots=True)
class Residual:
    """How one row stands at the reported values."""

    constraint: str
    place: str
    """Where in its index ranges, e.g. ` at t=1`."""
    slack: float
    """Room that is left, next float to the exact one; negative where the row is violated."""
    binding: bool
    """Whether no room is left, within the feasibility tolerance."""
    key: Key = ()
    """The indices of the row."""
    part: int = 0
    """Which relation of a chained comparison."""
    exact_slack: Fraction | None = None
    """The slack without rounding; None where only bounds of it are known (`exp`, `log`, roots, `sin`, `cos`, pi)."""
    violation: float = 0.0
    """By how much the row is violated, as a share of `max(1, abs(right-hand side))`; 0 where it holds."""
    tolerance: float = FEASIBILITY_TOLERANCE
    """The largest violation that is accepted, as such a share."""
    sides: tuple[float, float] = (0.0, 0.0)
    """Values of the left and the right side."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of two expressions, compiled."""

    tree: e.Compare
    left: Any
    right: Any

    @classmethod
    def of(cls, tree: e.Compare, evaluator: Evaluator) -> Relation:
        """Compile a relation."""
        return cls(tree, evaluator.number(tree.left), evaluator.number(tree.right))


class Measure:
    """Measures relations at the values that the evaluator has just now."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Keep the evaluator; `open_entries` makes its variables unknowns where a row's coefficients are needed."""
        self.evaluator = evaluator
        self.open_entries: Mapping[str, Mapping[Key, Affine]] = {
            name: {key: Affine.of((name, key)) for key in table} for name, table in evaluator.entries.items()
        }

    def residual(self, relation: Relation, constraint: str, key: Key, part: int = 0) -> Residual:
        """Return how a relation stands where the indices are now."""
        left, right = relation.left(), relation.right()
        slack: Number = slack_of(relation.tree.relation, left, right)
        # Of bounds the worse end counts.
        low = -top(-slack)
        largest = max(Fraction(1), size(left), size(right))
        scale, extra = Fraction(1), Fraction(0)
        if low < 0 or TOLERANCE < low <= TOLERANCE * largest:
            scale, extra = self._scale(relation, largest)
        violation = max(-low, Fraction(0))
        return Residual(
            constraint,
            self.evaluator.place(),
            nearest(slack),
            -TOLERANCE * scale <= low <= TOLERANCE * scale,
            key,
            part,
            Fraction(slack) if isinstance(slack, int | Fraction) else None,
            nearest(violation / scale),
            nearest(TOLERANCE + extra / scale),
            (nearest(left), nearest(right)),
        )

    def _scale(self, relation: Relation, largest: Fraction | float) -> tuple[Fraction, Fraction]:
        """Return `max(1, abs(right-hand side))` and what doubles cannot resolve.

        The right-hand side of a linear row is its constant once all variables stand on the left; a row that is not
        linear is measured by the larger of its sides.
        """
        values = self.evaluator.entries
        self.evaluator.entries = self.open_entries
        try:
            form = relation.left() - relation.right()
        except (NotLinearError, EvaluationError):
            form = None
        finally:
            self.evaluator.entries = values
        if not isinstance(form, Affine):
            scale = Fraction(1) if isinstance(largest, float) else Fraction(largest)
            return scale, RESOLUTION * scale
        constant = Fraction(max(form.constant, -form.constant))
        terms = constant
        for (name, key), factor in form.terms.items():
            terms += abs(Fraction(factor * values[name][key]))
        return (constant if constant > 1 else Fraction(1)), RESOLUTION * terms


def slack_of(relation: str, left: Any, right: Any) -> Any:
    """Return the room that a relation leaves."""
    if relation in {"<=", "<"}:
        return right - left
    if relation in {">=", ">"}:
        return left - right
    return -abs(left - right)


def accepted(residual: Residual) -> bool:
    """Whether a row holds within its tolerance."""
    return residual.violation <= residual.tolerance
