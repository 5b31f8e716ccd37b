"""A wish about a formulation that stands, for a run that changes it instead of writing it anew."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from fivefold_solvers.formulation.elements import Formulation


class Change(BaseModel):
    """What is to be different, and in what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formulation: Formulation
    """What stands, with its data."""
    request: str
    """What is to be different, in words."""
