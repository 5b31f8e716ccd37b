"""Edits of a formulation, as clients send them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from fivefold.editing.operations import Operation


class Edits(BaseModel):
    """Edits that make one new version."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    operations: list[Operation] = Field(min_length=1, max_length=200)
    """Made in turn; all or none."""
    note: str = Field(default="", max_length=1000)
    """Why, for the list of versions."""
    preview: bool = False
    """Say what would come of it, and keep nothing."""
