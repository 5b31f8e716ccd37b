"""A condition on the decisions that a text states, as a linear relation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fivefold.reading.entities import Entry
from fivefold_solvers.formulation.identity import spell_key

Relation = Literal["<=", ">=", "=="]
Form = Literal["amount", "each", "comparison", "share", "total", "sum", "resource", "choice"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A condition `sum of weight * decision <relation> limit` that a text states."""

    form: Form
    """How the text says it."""
    weights: Mapping[Entry, float]
    """Coefficients of the decisions."""
    relation: Relation
    """Which side the limit is on."""
    limit: float
    """The constant side."""
    quote: str
    """The sentence."""
    said: str
    """The condition in short, with the names of the formulation."""
    either_way: bool = False
    """Whether the words may mean the opposite difference too: that between two amounts has no sign."""
    or_more: bool = False
    """Whether an exact amount may be meant as what is needed at least: `a total of 40 must be delivered`."""


def opposite(claim: Claim) -> Claim:
    """Return the same limit on the difference of two decisions, taken the other way round."""
    weights = {entry: -weight for entry, weight in claim.weights.items()}
    first, second = (spell_key(*entry) for entry in weights)
    said = f"{second} {claim.relation} {first} + {claim.limit:g}"
    return Claim(claim.form, weights, claim.relation, claim.limit, claim.quote, said)
