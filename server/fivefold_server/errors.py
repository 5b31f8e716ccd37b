"""Errors as RFC 9457 problem documents: what went wrong, and the mend.

Every error of the API is `application/problem+json` with `type`, `title`, `status`, `detail`, `code` and, where one
is known, `mend`.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fivefold.errors import CallerError, FivefoldError, LLMError, OutsideError
from fivefold.formulations import FaultyError
from fivefold.plain import plain
from fivefold_solvers.analyze.edit import EditError
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.build.errors import BuildError, NotVectorised
from fivefold_solvers.data.finding import DataError

MEDIA_TYPE = "application/problem+json"
MAX_DETAIL = 2000
MAX_FINDINGS = 100


class Refusal(Exception):
    """A request that is not done; becomes a problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        mend: str = "",
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.mend = mend
        self.headers = headers or {}
        self.more = more

    def document(self, instance: str = "") -> dict[str, Any]:
        """Return the problem document."""
        found: dict[str, Any] = {
            "type": f"urn:fivefold:error:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail[:MAX_DETAIL],
        }
        if self.mend:
            found["mend"] = self.mend
        if instance:
            found["instance"] = instance
        return found | self.more


EXPECTED: tuple[type[Exception], ...] = (
    Refusal, FivefoldError, BuildError, EditError, DataError, UnusableError, NotVectorised,
)  # fmt: skip
"""What the rooms below raise for other reasons than a bug."""


def not_found(what: str) -> Refusal:
    """Return the refusal for what is not there, or belongs to somebody else: both read the same."""
    return Refusal(404, "not-found", f"there is no {what}", "look at the list, it may have been deleted")


def refusal_of(fault: Exception) -> Refusal | None:
    """Return the refusal for an expected error of the rooms below; None for a bug."""
    match fault:
        case Refusal():
            return fault
        case FaultyError():
            return _said(422, "faulty-formulation", fault, findings=_findings(fault.findings))
        case LLMError():
            return _said(502, f"llm-{fault.kind}", fault)
        case OutsideError():
            return _said(503, "outside", fault)
        case CallerError() | FivefoldError():
            return _said(422, "caller", fault)
        case BuildError():
            return _said(422, "not-buildable", fault, findings=_findings(fault.findings))
        case EditError():
            return _said(422, "edit", fault)
        case DataError():
            return _said(422, "data", fault, findings=_findings((fault.finding,)))
        case UnusableError() | NotVectorised():
            return _said(422, "unusable", fault)
        case _:
            return None


def _said(status: int, code: str, fault: Exception, **more: Any) -> Refusal:
    """Return a refusal in the error's own words; what stands behind their last semicolon is the mend."""
    text = str(fault)
    detail, _, mend = text.rpartition("; ")
    return Refusal(status, code, detail or text, mend if detail else "", **more)


def _findings(findings: Sequence[object]) -> list[Any]:
    return [{**plain(finding), "text": str(finding)} for finding in findings[:MAX_FINDINGS]]
