"""Rows read as `sum of weight * decision <relation> limit`, and whether one is what a sentence says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fivefold.checks.bindings import same_number
from fivefold.reading.claim import Claim
from fivefold.reading.entities import Entry
from fivefold_solvers.formulation import expression as e
from fivefold_solvers.formulation.identity import Key, spell_key
from fivefold_solvers.formulation.polynomial import Polynomial
from fivefold_solvers.formulation.rows import Row


@dataclass(frozen=True, slots=True)
class Line:
    """A linear row whose limit is at least 0."""

    name: str
    """The constraint."""
    key: Key
    """Which of its rows."""
    weights: Mapping[Entry, float]
    """Coefficients of the decisions."""
    relation: str
    """`<=`, `>=` or `==`."""
    limit: float
    """The constant side."""

    @property
    def label(self) -> str:
        """How people write the row."""
        return spell_key(self.name, self.key)


def lines_of(rows: Sequence[Row]) -> Iterator[Line]:
    """Yield the linear ones of rows."""
    for row in rows:
        body = row.body
        if isinstance(body, Polynomial) and body.degree == 1:
            turned = body.constant > 0
            weights = {entry: -weight if turned else weight for entry, weight in body.linear.items()}
            relation = e.FLIPPED[row.relation] if turned else row.relation
            yield Line(row.constraint, row.key, weights, relation, abs(body.constant))


def says(line: Line, claim: Claim) -> bool:
    """Return whether a row states a claim, at any scale."""
    if set(line.weights) != set(claim.weights):
        return False
    ratios = [line.weights[entry] / weight for entry, weight in claim.weights.items() if weight]
    if not ratios or not all(same_number(ratio, ratios[0]) for ratio in ratios):
        return False
    relation = line.relation if ratios[0] > 0 else e.FLIPPED[line.relation]
    fits = relation == claim.relation or (claim.or_more and relation == ">=")
    return fits and same_number(line.limit, abs(ratios[0]) * claim.limit)
