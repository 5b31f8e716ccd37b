"""One call of a tool: who calls, how they hear of progress, and how they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import NoBackChannelError
from mcp_types import (
    CallToolRequestParams,
    ElicitRequest,
    ElicitRequestedSchema,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import is_version_at_least
from pydantic import BaseModel

from fivefold_server.context import Context

RETURNED_SINCE = "2026-07-28"
"""From this protocol on a question is returned, and the call made again with its answer."""
DECLINED = ""
"""What stands for the answer of a person who gave none, and wants to go on."""
_SLOT = "answer"
_FORM: ElicitRequestedSchema = {
    "type": "object",
    "properties": {_SLOT: {"type": "string", "title": "Answer", "description": "In words"}},
    "required": [_SLOT],
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool found: the words for people, and the facts."""

    text: str
    facts: BaseModel


Found = Told | InputRequiredResult


@dataclass(slots=True)
class Call:
    """One call."""

    ctx: Context
    owner: str
    """Who calls: a user's name."""
    request: ServerRequestContext[Any, Any]
    params: CallToolRequestParams
    told: int = 0
    """How often the caller heard of progress."""

    async def tell(self, line: str) -> None:
        """Say how far it is, where the caller wants to hear it."""
        self.told += 1
        await self.request.session.report_progress(self.told, None, line)

    @property
    def can_be_asked(self) -> bool:
        """Whether the caller's program can show a question to a person."""
        declared = self.request.session.client_capabilities
        asking = None if declared is None else declared.elicitation
        return asking is not None and (asking.form is not None or asking.url is None)

    @property
    def resumed(self) -> str | None:
        """What was returned with a question before, where this call brings its answer."""
        return self.params.request_state

    @property
    def given(self) -> str | None:
        """The answer that this call brings; None where there is none, `DECLINED` where nobody wanted to give one."""
        answer = (self.params.input_responses or {}).get(_SLOT)
        return _words(answer) if isinstance(answer, ElicitResult) else None

    async def ask(self, question: str, state: str) -> str | InputRequiredResult | None:
        """Put a question; return its answer, what to return for it, or None where nobody can be asked now."""
        if not self.can_be_asked:
            return None
        if is_version_at_least(self.request.protocol_version, RETURNED_SINCE):
            form = ElicitRequestFormParams(message=question, requested_schema=_FORM)
            return InputRequiredResult(input_requests={_SLOT: ElicitRequest(params=form)}, request_state=state)
        try:
            return _words(await self.request.session.elicit_form(question, _FORM, self.request.request_id))
        except NoBackChannelError:
            return None


def _words(answer: ElicitResult) -> str | None:
    """Return what a person answered; None where they closed the question and may come back to it."""
    content: Mapping[str, Any] = answer.content or {}
    match answer.action:
        case "accept":
            return str(content.get(_SLOT) or DECLINED).strip()
        case "decline":
            return DECLINED
        case "cancel":
            return None
