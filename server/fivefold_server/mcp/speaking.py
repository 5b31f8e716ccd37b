"""The protocol's side: lists the tools, reads what is asked, answers in words and facts, refuses with the mend."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)
from pydantic import ValidationError

from fivefold.version import own_version
from fivefold_server.context import Context
from fivefold_server.errors import EXPECTED, refusal_of
from fivefold_server.mcp.calling import Call
from fivefold_server.mcp.tools import TOOLS

INSTRUCTIONS = (
    "Fivefold turns decision problems in words into checked formulations (sets, parameters, variables, objective, "
    "constraints), solves them and says how far the answer can be trusted. Begin with `solve_problem`; ask about its "
    "result with `what_if`, `why_not`, `prices`, `diagnose` and the others, which solve and do not guess. Where a "
    "result has a `question`, put it to the user and give the answer to `answer_question`."
)
Request = ServerRequestContext[Any, Any]
_log = logging.getLogger("fivefold.server")


def speaker(context: Callable[[], Context], owner: Callable[[Request], str]) -> Server[Any]:
    """Return the protocol's server.

    Args:
        context: gives the parts of the server that runs.
        owner: tells whose request it is.
    """

    async def listed(request: Request, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[tool.listed for tool in TOOLS.values()])

    async def called(request: Request, params: CallToolRequestParams) -> CallToolResult | InputRequiredResult:
        return await _done(Call(context(), owner(request), request, params))

    server: Server[Any] = Server(
        "fivefold",
        version=own_version(),
        title="Fivefold",
        instructions=INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )
    # The library's own tracing would tell error texts; what is told of requests is ours to say.
    server.middleware.clear()
    return server


async def _done(call: Call) -> CallToolResult | InputRequiredResult:
    tool = TOOLS.get(call.params.name)
    if tool is None:
        return _refused(f"there is no tool '{call.params.name}'; there are {', '.join(TOOLS)}")
    try:
        found = await tool.do(call, tool.asked.model_validate(call.params.arguments or {}))
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(map(str, first["loc"])) or "arguments"
        return _refused(f"{place}: {first['msg']}; {tool.name} takes {', '.join(tool.asked.model_fields)}")
    except EXPECTED as fault:
        refusal = refusal_of(fault)
        assert refusal is not None, "only expected errors come here"
        more = [str(finding.get("text", finding)) for finding in refusal.more.get("findings", ())]
        return _refused("\n".join([f"{refusal.detail}; {refusal.mend}".rstrip("; "), *more]))
    except Exception:
        _log.exception("the tool %s failed", tool.name)
        return _refused("the server failed; its own log says more")
    if isinstance(found, InputRequiredResult):
        return found
    facts = json.loads(found.facts.model_dump_json(by_alias=True))
    return CallToolResult(content=[TextContent(text=found.text)], structured_content=facts)


def _refused(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], is_error=True)
