"""The agent as an LLM of OpenAI's interface, for chat programs that know nothing else.

A conversation is a problem, each question a run of it: its steps come as `reasoning_content`, its answer as
`content`. What chat programs ask behind the user's back (titles, tags) is answered by the LLM and starts no run.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from fivefold.llm import LLM
from fivefold.options import Options
from fivefold_server.context import Context
from fivefold_server.errors import Refusal, not_found
from fivefold_server.routes.answers import answer_of, question_of
from fivefold_server.routes.asking import about_the_answer
from fivefold_server.routes.events import news_of
from fivefold_server.routes.interrupts import go_on
from fivefold_server.routes.problems import title_of
from fivefold_server.routes.replying import reply_of
from fivefold_server.routes.starting import from_words, start
from fivefold_server.runs.ended import pause_of
from fivefold_server.schemas.chat import ChatAsked
from fivefold_server.security.callers import Caller, Ctx
from fivefold_server.store import problems, runs
from fivefold_server.store.connection import Db
from fivefold_server.store.events import LoggedEvent, News
from fivefold_server.store.runs import OPEN, RunRow

router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])
ASKING = "fivefold"
"""The agent that asks where a text leaves open what the answer depends on; the next message is its answer."""
NAMES = (ASKING, "fivefold-auto")
"""What the agent is called: the second never asks, and says what it assumed."""
TASK = "### Task:"
"""What helper questions of Open WebUI begin with."""
TINY = 64
"""Tokens below which nobody expects a solution."""
GRACE_S = 30.0
"""Seconds that a run goes on after its client left, in case it comes back."""
ProblemHeader = Annotated[str | None, Header(alias="X-Problem-Id", max_length=64)]


@router.get("/models", summary="The agent's names")
async def names(caller: Caller) -> dict[str, Any]:
    """Return them in OpenAI's form."""
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "fivefold"} for name in NAMES]
    return {"object": "list", "data": listed}


@router.post("/chat/completions", summary="Solve the problem that a conversation states", response_model=None)
async def complete(
    asked: ChatAsked, request: Request, ctx: Ctx, caller: Caller, problem_id: ProblemHeader = None
) -> Response:
    """Answer in OpenAI's form, as a stream or in one piece."""
    said = _checked(asked)
    if is_helper(asked, said[-1]):
        return await _helped(ctx, asked)
    named = problem_id or str((asked.metadata or {}).get("problem_id") or "")
    run = (
        await _replied(ctx, caller.name, said, named)
        or await _asked_about(ctx, caller.name, said, named)
        or await _started(ctx, caller.name, said, named, ask=asked.llm == ASKING)
    )
    answer = _Answer(ctx, caller.name, run, asked.llm)
    if asked.stream:
        with_usage = asked.stream_options is not None and asked.stream_options.include_usage
        headers = {"X-Problem-Id": run.problem, "X-Accel-Buffering": "no"}
        return StreamingResponse(answer.pieces(with_usage), media_type="text/event-stream", headers=headers)
    return JSONResponse(await answer.whole(request), headers={"X-Problem-Id": run.problem})


def is_helper(asked: ChatAsked, last: str) -> bool:
    """Return whether a chat program asks for itself and not for its user."""
    most = asked.max_completion_tokens or asked.max_tokens
    return last.lstrip().startswith(TASK) or (most is not None and most <= TINY)


def openai_error(refusal: Refusal) -> Response:
    """Return a refusal in OpenAI's form."""
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(refusal.status, "invalid_request_error" if refusal.status < 500 else "server_error")
    message = f"{refusal.detail}; {refusal.mend}" if refusal.mend else refusal.detail
    error = {"message": message, "type": kind, "param": None, "code": refusal.code}
    return JSONResponse({"error": error}, refusal.status, headers=refusal.headers)


def _checked(asked: ChatAsked) -> list[str]:
    """Return what the user said, message by message.

    Raises:
        Refusal: something is asked for that the agent does not do.
    """
    if asked.llm not in NAMES:
        raise Refusal(404, "model_not_found", f"there is no '{asked.llm}'", f"there are {' and '.join(NAMES)}")
    if asked.n is not None and asked.n > 1:
        raise Refusal(400, "unsupported", "`n` above 1: a problem has one answer", "leave `n` out")
    if asked.tools:
        raise Refusal(400, "unsupported", "`tools`: the agent calls none but its own", "leave `tools` out")
    for message in asked.messages:
        if isinstance(message.content, list) and any(part.type != "text" for part in message.content):
            raise Refusal(400, "unsupported", "only text can be read", "send the words, or upload files at /api/v1")
    said = [message.text for message in asked.messages if message.role == "user" and message.text.strip()]
    if not said:
        raise Refusal(400, "empty", "nobody has asked anything", "send a message of the role `user`")
    return said


def _thread(said: list[str]) -> str:
    return hashlib.sha256(said[0].encode("utf-8", "replace")).hexdigest()


def _goes_on(db: Db, owner: str, name: str, said: list[str]) -> bool:
    """Return whether a conversation is that of a problem, with one message more."""
    known = [row.text.strip() for row in problems.messages(db, owner, name) if row.role == "user"]
    return known == [text.strip() for text in said[:-1]]


async def _replied(ctx: Ctx, owner: str, said: list[str], named: str) -> RunRow | None:
    """Go on with the run that waits for the conversation's last message; None where none does."""

    def find(db: Db) -> RunRow | None:
        name = named or problems.in_thread(db, owner, _thread(said))
        if name is None or problems.one(db, owner, name) is None or not (named or _goes_on(db, owner, name, said)):
            return None
        row = runs.open_in(db, name)
        return row if row is not None and row.status == "waiting" else None

    row = await ctx.database.read(find)
    pause = None if row is None else await ctx.work.do(pause_of, row)
    if row is None or pause is None:
        return None
    return await go_on(ctx, owner, row.problem, reply_of(pause, said[-1]), spoken=said[-1])


async def _asked_about(ctx: Ctx, owner: str, said: list[str], named: str) -> RunRow | None:
    """Begin the run that answers a question about the answer, or takes it back; None where the message is neither."""

    def find(db: Db) -> str | None:
        name = named or problems.in_thread(db, owner, _thread(said))
        return name if name is not None and (named or _goes_on(db, owner, name, said)) else None

    name = await ctx.database.read(find) if len(said) > 1 or named else None
    work = None if name is None else await about_the_answer(ctx, owner, name, said[-1])
    return None if work is None else await start(ctx, owner, None, work)


async def _started(ctx: Ctx, owner: str, said: list[str], named: str, *, ask: bool) -> RunRow:
    """Begin a run of the conversation's problem; one that goes on from what is known goes on with the same problem."""
    thread = _thread(said)
    limits = ctx.config.limits

    def work(db: Db) -> tuple[RunRow, Sequence[News]]:
        name = named or problems.in_thread(db, owner, thread)
        text = said[-1]
        if named and problems.one(db, owner, named) is None:
            raise not_found("such problem")
        goes_on = name is not None and _goes_on(db, owner, name, said) and runs.open_in(db, name) is None
        if name is None or not (named or goes_on):
            name, text = problems.add(db, owner, title_of(said[0]), thread), "\n\n".join(said)
        return from_words(db, owner=owner, problem=name, text=text, options=Options(ask=ask), llm=None, limits=limits)

    return await start(ctx, owner, None, work)


async def _helped(ctx: Ctx, asked: ChatAsked) -> Response:
    """Have the LLM answer a helper question by itself."""
    messages = [
        {"role": message.role if message.role in ("system", "assistant") else "user", "content": message.text}
        for message in asked.messages
    ]
    most = min(asked.max_completion_tokens or asked.max_tokens or 512, 1024)
    async with LLM.connect(ctx.config.settings, timeout_s=60) as llm:
        reply = await llm.ask(messages, max_tokens=most)
    body = _body(asked.llm, {"role": "assistant", "content": reply.text}, usage=(
        reply.usage.prompt_tokens, reply.usage.completion_tokens
    ))  # fmt: skip
    if not asked.stream:
        return JSONResponse(body)

    async def pieces() -> AsyncGenerator[bytes]:
        yield _piece(asked.llm, body["id"], {"role": "assistant", "content": reply.text})
        yield _piece(asked.llm, body["id"], {}, "stop")
        yield b"data: [DONE]\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream")


class _Answer:
    """The answer of one run."""

    def __init__(self, ctx: Context, owner: str, run: RunRow, name: str) -> None:
        self._ctx = ctx
        self._owner = owner
        self._run = run
        self._name = name
        self._id = f"chatcmpl-{run.id}"

    async def whole(self, request: Request) -> dict[str, Any]:
        """Return the answer in one piece."""
        steps: list[str] = []
        has_left = False
        async with self._news() as news:
            async for event in news:
                steps += [line] if (line := _step(event)) else []
                if not has_left and await request.is_disconnected():
                    has_left = True
                    self._cancel_later()
        text, usage = await self._said()
        message = {"role": "assistant", "content": text, "reasoning_content": "\n".join(steps)}
        return _body(self._name, message, usage, self._id)

    async def pieces(self, with_usage: bool) -> AsyncGenerator[bytes]:
        """Yield the answer as it comes."""
        over = False
        try:
            yield _piece(self._name, self._id, {"role": "assistant", "content": ""})
            async with self._news() as news:
                async for event in news:
                    if line := _step(event):
                        yield _piece(self._name, self._id, {"reasoning_content": f"{line}\n"})
            over = True
            text, usage = await self._said(in_stream=True)
            yield _piece(self._name, self._id, {"content": text})
            yield _piece(self._name, self._id, {}, "stop")
            if with_usage:
                yield _data(
                    {**_head("chat.completion.chunk", self._name, self._id), "choices": [], "usage": _usage(usage)}
                )
            yield b"data: [DONE]\n\n"
        finally:
            if not over:
                self._cancel_later()

    def _news(self) -> aclosing[AsyncGenerator[LoggedEvent | None]]:
        return aclosing(news_of(self._ctx, self._owner, self._run))

    async def _said(self, *, in_stream: bool = False) -> tuple[str, tuple[int, int]]:
        """Return the answer in Markdown, or the question that the run waits with, and its tokens.

        Raises:
            Refusal: the run failed; within a stream that is said in words instead.
        """
        row = await self._ctx.database.read(partial(runs.one, owner=self._owner, name=self._run.id))
        if row is None or row.found is None:
            error: dict[str, Any] = json.loads(row.error) if row is not None and row.error else {}
            detail = str(
                error.get("detail") or ("the problem was deleted" if row is None else f"the run is {row.status}")
            )
            if in_stream:
                return f"The run ended without an answer: {detail}", (0, 0)
            # What is not there is not asked for again, as programs do after 503: that would solve it once more.
            status = 404 if row is None else int(error.get("status") or 503)
            raise Refusal(status, str(error.get("code") or "no-answer"), detail)
        pause = pause_of(row)
        if pause is not None:
            return question_of(pause), (0, 0)
        return await self._ctx.work.do(answer_of, row.found)

    def _cancel_later(self) -> None:
        """Cancel the run if it still goes when nobody has come back for it."""

        async def later() -> None:
            await asyncio.sleep(GRACE_S)
            row = await self._ctx.database.read(partial(runs.one, owner=self._owner, name=self._run.id))
            if row is not None and row.status in OPEN and not self._ctx.hub.closing:
                await self._ctx.runner.cancel(row)

        task = asyncio.get_running_loop().create_task(later())
        self._ctx.later.add(task)
        task.add_done_callback(self._ctx.later.discard)


def _step(event: LoggedEvent | None) -> str:
    """Return an event as a line of what the agent thinks; empty where it is none."""
    if event is None:
        return ""
    data = json.loads(event.data)
    if event.kind == "step.finished":
        return f"{data['step']}: {data['message']}" if data["message"] else str(data["step"])
    return f"attempt {data['attempt']} failed: {data['message']}" if event.kind == "attempt.failed" else ""


def _head(kind: str, name: str, made: str) -> dict[str, Any]:
    return {"id": made, "object": kind, "created": int(time.time()), "model": name}


def _body(name: str, message: dict[str, Any], usage: tuple[int, int], made: str = "") -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = _head("chat.completion", name, made or f"chatcmpl-{secrets.token_hex(8)}")
    return {**head, "choices": [choice], "usage": _usage(usage)}


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    asked, answered = usage
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def _piece(name: str, made: str, delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({**_head("chat.completion.chunk", name, made), "choices": [choice]})


def _data(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()
