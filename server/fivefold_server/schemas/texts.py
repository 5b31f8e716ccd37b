"""A formulation as text over the wire: what is wrong in which line."""

from __future__ import annotations

from pydantic import Field

from fivefold_server.schemas.common import Asked, Sent
from fivefold_server.schemas.formulations import MAX_FORMULATION, ElementChange


class TextAsked(Asked):
    """A formulation as text, to be looked at."""

    text: str = Field(max_length=MAX_FORMULATION)
    """JSON or Markdown."""


class Mark(Sent):
    """Something that was found in a text."""

    code: str
    """Stable name of the rule."""
    severity: str
    """`error`, `warning` or `note`."""
    where: str
    """The element and the place in it."""
    message: str
    """What is wrong."""
    mend: str
    """What to write instead."""
    text: str
    """All of it as one sentence."""
    line: int | None
    """The line, from 1; None where no line is meant."""


class Marked(Sent):
    """What a text is as a formulation."""

    ok: bool
    """Whether it can be built."""
    problem_class: str | None = Field(alias="class")
    """LP, MILP, QP, MIQP, NLP, MINLP or CP; None where it cannot be built."""
    findings: list[Mark]
    """What is wrong, doubtful or was mended."""
    changes: list[ElementChange]
    """What differs from the latest version."""
