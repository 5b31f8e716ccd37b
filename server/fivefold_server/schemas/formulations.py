"""Versions of formulations over the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fivefold_server.schemas.common import Asked, Finding, Sent

MAX_FORMULATION = 3_000_000


class NewFormulation(Asked):
    """A whole formulation that is put in as a new version."""

    text: str | None = Field(default=None, max_length=MAX_FORMULATION)
    """The formulation as JSON or Markdown text; slips of form are read as meant and noted."""
    formulation: dict[str, Any] | None = None
    """The formulation as an object, instead of `text`."""
    note: str = Field(default="", max_length=1000)
    """Why, for the list of versions."""
    preview: bool = False
    """Say what would come of it, and keep nothing."""


class Restored(Asked):
    """A version that is made the latest again."""

    note: str = Field(default="", max_length=1000)
    """Why, for the list of versions."""


class Checks(Sent):
    """What checking a formulation found, without any solver."""

    ok: bool
    """Whether it can be built."""
    problem_class: str | None = Field(alias="class")
    """LP, MILP, QP, MIQP, NLP, MINLP or CP; None where it cannot be built."""
    findings: list[Finding]
    """What is wrong, doubtful or was mended."""
    summary: list[str]
    """What a solver will see, one line per element."""
    needs_data: list[str]
    """Sets and parameters whose data is in files."""


class VersionHead(Sent):
    """A version as it is listed."""

    problem: str
    """Id of its problem."""
    version: int
    """Its number, from 1."""
    parent: int | None
    """The version that it was made from."""
    author: Literal["agent", "user"]
    """Who made it."""
    note: str
    """Why it was made."""
    run: str | None
    """The run that made it."""
    sha256: str
    """Hash of its JSON text."""
    approved: float | None
    """When somebody approved it; None where nobody has."""
    created: float
    """When it was made, in seconds since 1970."""
    ok: bool
    """Whether it can be built."""
    problem_class: str | None = Field(alias="class")
    """LP, MILP, QP, MIQP, NLP, MINLP or CP; None where it cannot be built."""
    latest: bool
    """Whether there is no later one."""


class Version(VersionHead):
    """A version with its elements."""

    checks: Checks
    """What checking it found."""
    formulation: dict[str, Any]
    """The five elements as data; see docs/formulation-language.md."""


class ElementChange(Sent):
    """An element that differs between two versions."""

    section: str
    """Which of the five elements."""
    name: str
    """Its name."""
    change: Literal["added", "dropped", "changed"]
    """What happened to it."""
    fields: dict[str, list[Any]]
    """Of a changed element: each field that differs, with its value before and after."""


class Diff(Sent):
    """What differs between two versions."""

    elements: list[ElementChange]
    """One entry per element."""
    text: str
    """The same as a unified diff of the Markdown."""


class ElementFormula(Sent):
    """An element as LaTeX."""

    section: str
    """Which of the five elements."""
    name: str
    """Its name."""
    latex: str
    """For display mode; KaTeX sets it."""


class Preview(Sent):
    """What would come of edits."""

    checks: Checks
    """What checking it found."""
    formulation: dict[str, Any]
    """The five elements as data; see docs/formulation-language.md."""
    diff: Diff
    """What would differ."""
    elements: list[ElementFormula]
    """The formulas of the elements that would differ."""


class Rendered(Sent):
    """A version for people."""

    markdown: str
    """The whole as Markdown."""
    latex: str
    """The whole as one `align*`."""
    elements: list[ElementFormula]
    """One entry per element."""


class Code(Sent):
    """A stand-alone program."""

    library: str
    """The modelling library."""
    source: str | None
    """Python source; None where the library cannot take the formulation."""
    solver: str | None
    """The solver and its version."""
    path: str | None = None
    """`emitted`: compiled from the formulation; `free`: written by the LLM itself."""
    why: str | None = None
    """Why this solver."""
    refused: str | None = None
    """Why the library cannot take the formulation."""
