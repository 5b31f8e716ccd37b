"""What several parts of the API share: the base of all classes, the problem document, pages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Sent(BaseModel):
    """What the server sends."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Asked(BaseModel):
    """What a client sends; unknown fields are refused, so that a slip does not go unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ErrorDocument(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    """A URN that names the kind of error."""
    title: str
    """The HTTP status in words."""
    status: int
    """The HTTP status."""
    code: str
    """The kind of error in short, stable."""
    detail: str
    """What went wrong."""
    mend: str = ""
    """What to do about it; empty where nobody knows."""
    instance: str = ""
    """The path that was asked for."""
    findings: list[dict[str, Any]] = []
    """Faults of a formulation or of data, each with its place and its mend."""


class Finding(BaseModel):
    """One thing that is wrong, doubtful or was mended."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    code: str
    """Stable name of the rule."""
    severity: str
    """`error`, `warning` or `note`."""
    message: str
    """What is wrong."""
    mend: str = ""
    """What to write instead."""
    text: str
    """All of it in one line for people."""


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorDocument, "description": "Nobody is logged in"},
    404: {"model": ErrorDocument, "description": "There is no such thing, or it belongs to somebody else"},
    409: {"model": ErrorDocument, "description": "Something else has happened meanwhile"},
    422: {"model": ErrorDocument, "description": "What was asked cannot be done; `mend` says what to change"},
    429: {"model": ErrorDocument, "description": "Too many requests, or too many runs that wait"},
    503: {"model": ErrorDocument, "description": "The server is busy, or lacks something"},
}
"""What any route may answer instead."""
