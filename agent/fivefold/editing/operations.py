"""Operations on single elements of a formulation, as people, clients and LLMs ask for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Section = Literal["sets", "parameters", "variables", "objective", "constraints", "assumptions"]


class _Operation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Add(_Operation):
    """Add an element."""

    op: Literal["add"]
    """Which operation it is."""
    section: Section
    """Which of the five elements, or `assumptions`."""
    element: dict[str, Any]
    """The element's fields, as in a formulation."""
    position: int | None = Field(default=None, ge=0, le=100_000)
    """Where it goes, from 0; at the end without it."""


class Change(_Operation):
    """Change fields of an element; the others stay."""

    op: Literal["change"]
    """Which operation it is."""
    section: Section
    """Where it is."""
    name: str = ""
    """Its name; of an assumption its number from 1; not needed for the objective."""
    fields: dict[str, Any]
    """The fields that change, with their new values."""


class Drop(_Operation):
    """Leave an element out; dropping the objective asks for any feasible point."""

    op: Literal["drop"]
    """Which operation it is."""
    section: Section
    """Where it is."""
    name: str = ""
    """Its name; of an assumption its number from 1."""


class Rename(_Operation):
    """Give an element another name, everywhere that it is named."""

    op: Literal["rename"]
    """Which operation it is."""
    name: str
    """Its name."""
    to: str = Field(max_length=200)
    """The new name."""


class Retitle(_Operation):
    """Give the formulation another title."""

    op: Literal["retitle"]
    """Which operation it is."""
    title: str = Field(max_length=200)
    """The new title."""


Operation = Annotated[Add | Change | Drop | Rename | Retitle, Field(discriminator="op")]
