"""Attempts in this process: one event loop, and the sandbox's pool of programs beside it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from fivefold.errors import LLMError
from fivefold.llm import LLM
from fivefold_benchmarks.adaptive import Gate
from fivefold_benchmarks.attempting import Ended, Task, attempted
from fivefold_benchmarks.baselines import Pipeline

WHILE_SOLVING = 16
"""Attempts under way beyond the questions at once: those whose programs run or wait for a core."""
_SHORT = ({"role": "user", "content": "Reply with the word yes."},)


class Here:
    """This machine as an engine."""

    def __init__(self, llm: LLM, gate: Gate, pipelines: Mapping[str, Pipeline]) -> None:
        self._llm, self._gate, self._pipelines = llm, gate, pipelines
        self._under_way = 0

    @property
    def load(self) -> Gate:
        """The questions under way."""
        return self._gate

    def take(self) -> bool:
        """Take a place for an attempt: one where the LLM will have a turn for it."""
        if not self._gate.take(full=self._under_way >= self._gate.most + WHILE_SOLVING):
            return False
        self._under_way += 1
        return True

    async def freed(self) -> None:
        """Wait until there may be a place."""
        await self._gate.moved()

    async def attempt(self, task: Task) -> Ended:
        """Make an attempt in a place that was taken, and give the place back."""
        try:
            return await attempted(task, self._pipelines[task.key.pipeline], self._llm, self._gate)
        finally:
            self._under_way -= 1
            self._gate.stir()

    async def answers(self) -> bool:
        """Whether the LLM answers a short question that it was never asked before."""
        return await answers(self._llm)


async def answers(llm: LLM) -> bool:
    """Whether an LLM answers a short question that it was never asked before."""
    try:
        await llm.ask(_SHORT, max_tokens=4, seed=time.time_ns() % 2**31)
    except LLMError:
        return False
    return True
