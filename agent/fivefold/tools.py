"""What the steps of a run call on; made once a run and handed to every step."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fivefold.computing import waited_s
from fivefold.errors import LLMError
from fivefold.events import Event
from fivefold.llm import LLM, REPETITION, Budget, Reply, Usage
from fivefold.options import Options
from fivefold.state import Json
from fivefold.trace import OpenSpan
from fivefold_prompts.store import load
from fivefold_prompts.version import Message, PromptVersion, render
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.data.table import DataTable
from fivefold_solvers.result import Limits
from fivefold_solvers.sandbox import Level

WARM = 0.7
"""Sampling temperature where the same question at 0 would bring the same answer."""
ROOM = 4
"""Times as long as was allowed at first may an answer be that was cut."""
ROOM_S = 150.0
"""Seconds that the longer answer may take at the pace of the cut one: a slow LLM mostly wandered, and costs minutes."""
STARTING_S = 30.0
"""Seconds that a program gets beside its solver's own time limit: to start, to build, to report."""


@dataclass(slots=True, kw_only=True)
class Tools:
    """LLM, budget and the ear of the caller."""

    llm: LLM
    options: Options
    budget: Budget
    tell: Callable[[Event], None]
    step: str = ""
    """Name of the step that runs."""
    span: OpenSpan | None = None
    """The step's open span."""
    usage: Usage = field(default_factory=Usage)
    """LLM usage so far."""
    cached_calls: int = 0
    """Replies that came from the cache."""
    solver_s: float = 0.0
    """Seconds of solver programs so far."""
    tables: tuple[DataTable, ...] = ()
    """Data of the problem; never part of the state, which only says where it is."""
    built: tuple[object, Arrays] | None = None
    """Arrays of large data with what they were built from, so that they are built once."""
    isolation: Level = Level.NONE
    """Least level of isolation at which programs are run."""
    prompts: Mapping[str, PromptVersion] = field(default_factory=dict[str, PromptVersion])
    """Prompts that take the place of those that come with the package."""

    @property
    def limits(self) -> Limits:
        """Limits of one program: the solver's own time limit plus time to start and report."""
        wall = self.options.time_limit_s + STARTING_S
        return Limits(wall_s=wall, cpu_s=wall * 8)

    def spend_seconds(self, seconds: float) -> None:
        """Count time that was not the LLM's against the budget."""
        self.budget.spend(Usage(seconds=max(0.0, seconds)))

    def account(self) -> Json:
        """Return what the run took so far, as it is kept with every checkpoint."""
        return {
            "usage": asdict(self.usage),
            "budget": asdict(self.budget.spent),
            "cached_calls": self.cached_calls,
            "solver_s": self.solver_s,
        }

    def go_on(self, account: Json | None) -> None:
        """Count on from what a run took before it was stopped."""
        if account is None:
            return
        self.usage = Usage(**account["usage"])
        self.budget.spent = Usage(**account["budget"])
        self.cached_calls = account["cached_calls"]
        self.solver_s = account["solver_s"]

    def prompt(self, name: str) -> PromptVersion:
        """Return the prompt in force under a name, noting in the trace that it was read."""
        version = self.prompts.get(name) or load(name)
        if self.span is not None:
            self.span.prompt(version.name, version.number, version.sha256)
        return version

    def render(self, name: str, **values: str) -> list[Message]:
        """Return the messages of a prompt, filled in."""
        return render(self.prompt(name), **values)

    async def ask(
        self,
        messages: Sequence[dict[str, str] | Message],
        *,
        schema: dict[str, Any] | None = None,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
    ) -> Reply:
        """Ask the LLM, streaming its text to the caller and counting what it takes.

        An LLM that went round in circles at temperature 0 would do so again: it is asked once more, warm, where the
        budget allows. One whose formulation was cut gets room to finish it.
        """
        reply = await self._asked(messages, schema, max_tokens, temperature, seed)
        if self.budget.exhausted():
            return reply
        if reply.finish_reason == REPETITION and temperature <= 0:
            return await self._asked(messages, schema, max_tokens, WARM, seed)
        if reply.finish_reason == "length" and schema is not None:
            return await self._asked_with_room(reply, messages, schema, max_tokens, temperature, seed)
        return reply

    async def _asked_with_room(
        self,
        cut: Reply,
        messages: Sequence[dict[str, str] | Message],
        schema: dict[str, Any],
        max_tokens: int,
        temperature: float,
        seed: int | None,
    ) -> Reply:
        """Return the answer to the same question with room for a longer one; the cut one where none comes."""
        left, taken = self.budget.left().tokens, cut.usage
        room = ROOM * max_tokens if left is None else min(ROOM * max_tokens, left)
        if room <= max_tokens or taken.seconds * room > ROOM_S * taken.completion_tokens:
            return cut
        try:
            longer = await self._asked(messages, schema, room, temperature, seed)
        except LLMError:  # the LLM's context may have no room for it
            return cut
        return longer if longer.parsed is not None else cut

    async def _asked(
        self,
        messages: Sequence[dict[str, str] | Message],
        schema: dict[str, Any] | None,
        max_tokens: int,
        temperature: float,
        seed: int | None,
    ) -> Reply:
        held_s = waited_s()
        reply = await self.llm.ask(
            [{"role": message["role"], "content": message["content"]} for message in messages],
            schema=schema,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=self.options.seed if seed is None else seed,
            on_text=lambda piece: self.tell(Event(kind="text", step=self.step, message=piece)),
        )
        self.usage = self.usage + reply.usage
        self.cached_calls += reply.cached
        taken_s = max(0.0, reply.usage.seconds - (waited_s() - held_s))
        self.budget.spend(reply.usage if reply.usage.cached else replace(reply.usage, seconds=taken_s))
        if self.span is not None:
            self.span.asked(
                [dict(message) for message in messages],
                reply.text,
                {
                    "name": reply.llm,
                    "sampling": {"temperature": temperature, "max_tokens": max_tokens},
                    "input_tokens": reply.usage.prompt_tokens,
                    "output_tokens": reply.usage.completion_tokens,
                    "finish_reason": reply.finish_reason,
                    "cached": reply.cached,
                },
            )
        return reply


def as_text(value: object) -> str:
    """Return a JSON value as the compact text that goes into a conversation."""
    return json.dumps(value, ensure_ascii=False)
