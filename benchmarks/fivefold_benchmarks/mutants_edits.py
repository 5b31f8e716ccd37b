"""What an edit is, and how many of a kind are taken: one way in which a formulation could have been written wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fivefold_solvers.formulation.elements import Formulation


@dataclass(frozen=True, slots=True)
class Edit:
    """One mistake; it is made of places, so it can be made in any formulation of the same shape."""

    kind: str
    """What kind of mistake."""
    what: str
    """What is done, in words."""
    apply: Callable[[Formulation], Formulation]
    """Returns the formulation with the mistake."""
