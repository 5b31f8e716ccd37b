"""Links, what they show, and the record of who did what, over the wire."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from fivefold_server.schemas.common import Asked, Sent
from fivefold_server.schemas.questions import VariableTable


class NewShare(Asked):
    """A link to make."""

    version: int | None = Field(default=None, ge=1, le=1_000_000)
    """The version that it shows; the latest without it."""
    with_solution: bool = True
    """Whether it shows the latest solution of that version too, where there is one."""
    days: float = Field(default=7.0, gt=0, le=365)
    """How long it holds."""
    label: str = Field(default="", max_length=100)
    """What it is for."""


class Share(Sent):
    """A link as it is listed."""

    id: str
    """Its id."""
    problem: str
    """Id of the problem."""
    version: int
    """The version that it shows."""
    run: str | None
    """The run whose solution it shows; None for the formulation alone."""
    label: str
    """What it is for."""
    created: float
    """When it was made, in seconds since 1970."""
    expires: float
    """When it ends, in seconds since 1970."""
    revoked: float | None
    """When it was revoked, in seconds since 1970; None where it was not."""
    holds: bool
    """Whether it still shows something."""
    seen: int
    """How often it was looked at."""


class MadeShare(Share):
    """A link that was made."""

    path: str
    """The page to send to somebody; it holds the secret and is told this once."""


class Shared(Sent):
    """What a link shows: one version, and its solution where that is shared too."""

    title: str
    """Title of the problem."""
    text: str
    """The problem in words, as far as it was known when the version was made."""
    version: int
    """Number of the version."""
    expires: float
    """When the link ends, in seconds since 1970."""
    formulation: dict[str, Any]
    """The five elements as data."""
    markdown: str
    """The same as Markdown."""
    answer: str
    """The answer in words; empty where no solution is shared."""
    objective: float | None
    """Value of the objective; None where no solution is shared."""
    unit: str | None
    """Unit of measure."""
    variables: list[VariableTable]
    """The values of the solution, at most 1000 of each variable."""
    verdict: dict[str, Any] | None
    """What the checks say, as the agent gave it."""


class AuditEntry(Sent):
    """One thing that somebody did."""

    id: str
    """Its id."""
    ts: float
    """When, in seconds since 1970."""
    who: str
    """Name of the user; of a login that was refused the name that was given."""
    what: str
    """What was done; the kinds are in docs/server.md."""
    about: dict[str, Any]
    """What it was done to."""
    address: str
    """Where the request came from."""
