"""A condition on the decisions that a text states, as a linear relation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fivefold.checks.slot_entities import Entry

Relation = Literal["<=", ">=", "=="]
Form = Literal["amount", "comparison", "share", "total", "sum", "resource"]


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
