"""A finding: one thing that is wrong, doubtful or was mended, with its place and the mend."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The formulation cannot be built, or would mean something else than it seems to say."""
    WARNING = "warning"
    """It can be built and is probably not what was meant."""
    NOTE = "note"
    """A harmless slip that was read as meant, or a fact worth showing."""


class Finding(BaseModel):
    """One result of reading or checking; its text goes to people and to the LLM alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    """Stable name of the rule, e.g. `undeclared-name`."""
    severity: Severity
    """How much it matters."""
    where: str
    """The element and the place in it, e.g. `constraint 'balance' at t=1`."""
    message: str
    """What is wrong."""
    mend: str = ""
    """What to write instead."""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}; {self.mend}" if self.mend else text


def error(code: str, where: str, message: str, mend: str = "") -> Finding:
    """Return a finding that stops the formulation from being built."""
    return Finding(code=code, severity=Severity.ERROR, where=where, message=message, mend=mend)


def warning(code: str, where: str, message: str, mend: str = "") -> Finding:
    """Return a finding about something that is probably not meant."""
    return Finding(code=code, severity=Severity.WARNING, where=where, message=message, mend=mend)


def note(code: str, where: str, message: str, mend: str = "") -> Finding:
    """Return a finding about a slip that was read as meant."""
    return Finding(code=code, severity=Severity.NOTE, where=where, message=message, mend=mend)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return those findings that stop the formulation from being built."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
