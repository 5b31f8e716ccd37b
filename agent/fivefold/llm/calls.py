"""Whoever wants to hear of the calls of LLMs, e.g. a tracer: facts of each, never its contents."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from fivefold.errors import LLMError
from fivefold.llm.question import Question
from fivefold.llm.reply import Reply


@dataclass(slots=True, kw_only=True)
class Call:
    """One question to an LLM, with whatever was asked again for it."""

    base_url: str
    """The endpoint; holds no secrets."""
    llm: str
    """Name of the LLM."""
    max_tokens: int
    temperature: float
    seed: int | None
    structured: bool
    """Whether the answer had to follow a schema."""
    t0: float
    """Start, in seconds since 1970."""
    t1: float = 0.0
    """End."""
    input_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = ""
    cached: bool = False
    """Whether no request was sent."""
    fault: str = ""
    """Kind of the error that it ended with; empty where there was an answer."""

    def answered(self, reply: Reply) -> None:
        """Note what came back."""
        self.input_tokens, self.output_tokens = reply.usage.prompt_tokens, reply.usage.completion_tokens
        self.finish_reason, self.cached = reply.finish_reason, reply.cached


Ear = Callable[[Call], None]
_ears: ContextVar[tuple[Ear, ...]] = ContextVar("fivefold_llm_ears", default=())


@contextmanager
def hearing(ear: Ear) -> Generator[None]:
    """Have every call that this context and the tasks started in it make told to `ear` when it is over."""
    token = _ears.set((*_ears.get(), ear))
    try:
        yield
    finally:
        _ears.reset(token)


@contextmanager
def told(base_url: str, question: Question) -> Generator[Call]:
    """Tell of a call when it is over, however it ends."""
    call = Call(
        base_url=base_url,
        llm=question.llm,
        max_tokens=question.max_tokens,
        temperature=question.temperature,
        seed=question.seed,
        structured=question.schema is not None,
        t0=time.time(),
    )
    try:
        yield call
    except BaseException as fault:
        call.fault = fault.kind if isinstance(fault, LLMError) else type(fault).__name__
        raise
    finally:
        call.t1 = time.time()
        for ear in _ears.get():
            ear(call)
