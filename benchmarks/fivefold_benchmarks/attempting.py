"""One attempt, wherever it is made: a pipeline on a problem, counted, held to its bounds, and how it ended as data."""

from __future__ import annotations

import asyncio
import atexit
import functools
import itertools
import shutil
import tempfile
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from fivefold.errors import FivefoldError, LLMError
from fivefold.llm import LLM, Usage
from fivefold_benchmarks.adaptive import Gate
from fivefold_benchmarks.baselines import Attempt, Bounds, Pipeline
from fivefold_benchmarks.metering import SEED_STEP, BudgetSpentError, Clock, MeteredLLM
from fivefold_benchmarks.record import Key, RunConfig
from fivefold_solvers.sandbox import SandboxError

_NUMBERS = itertools.count()
SANDBOX = "sandbox"
"""Kind of a fault: programs cannot be run on that machine."""
_ERROR_TAIL = 3000


@dataclass(frozen=True, slots=True)
class Task:
    """An attempt that is to be made, with all that decides what comes of it."""

    key: Key
    question: str
    config: RunConfig


class Fault(NamedTuple):
    """What of the outside world kept an attempt from ending."""

    kind: str
    """As in `LLMError.kind`, or `SANDBOX`, or what an engine adds."""
    message: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended, and what it took."""

    attempt: Attempt
    error: str = ""
    """The end of the traceback, for a crash."""
    fault: Fault | None = None
    """Why it did not end; nothing else counts then."""
    usage: Usage = field(default_factory=Usage)
    cached_calls: int = 0
    wall_s: float = 0.0
    """Seconds without the wait for the LLM's turn."""
    trace: str = ""
    """Lines of its trace."""


async def attempted(task: Task, pipeline: Pipeline, llm: LLM, gate: Gate) -> Ended:
    """Make an attempt whose place at the gate is taken; nothing that a pipeline does wrong is raised."""
    config = task.config
    clock = Clock(config.max_seconds)
    metered = MeteredLLM(
        llm,
        gate,
        clock,
        max_tokens=config.max_tokens,
        seed=config.seed + SEED_STEP * task.key.sample,
        temperature=config.temperature,
    )
    trace = _folder() / f"{next(_NUMBERS)}.jsonl"
    try:
        attempt, error, fault = await _made(task, pipeline, metered, clock, trace)
        spent = clock.seconds
    finally:
        metered.started()
        lines = await asyncio.to_thread(_taken, trace)
    return Ended(attempt, error, fault, metered.usage, metered.cached_calls, spent, lines)


@functools.cache
def _folder() -> Path:
    """Return the folder for the traces of this process, which goes with it."""
    folder = tempfile.mkdtemp(prefix="fivefold-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _taken(trace: Path) -> str:
    """Return the lines of a trace and remove its file; a busy disk must not hold up the other attempts."""
    try:
        lines = trace.read_text("utf-8", errors="replace")
        trace.unlink()
    except FileNotFoundError:
        return ""
    return lines


async def _made(
    task: Task, pipeline: Pipeline, llm: MeteredLLM, clock: Clock, trace: Path
) -> tuple[Attempt, str, Fault | None]:
    config = task.config
    bounds = Bounds(max_tokens=config.max_tokens, max_seconds=config.max_seconds, seed=config.seed, trace=trace)
    try:
        async with clock.limit:
            return await pipeline(llm, task.question, bounds=bounds), "", None
    except TimeoutError:
        if not clock.limit.expired():
            return *_crash(traceback.format_exc()), None
        return unended(f"budget: {config.max_seconds:g} s spent"), "", None
    except BudgetSpentError as spent:
        return unended(f"budget: {spent}"), "", None
    except LLMError as fault:
        return unended(f"LLM: {fault.kind}"), str(fault), Fault(fault.kind, str(fault))
    except SandboxError as fault:
        return unended(SANDBOX), str(fault), Fault(SANDBOX, str(fault))
    except FivefoldError as fault:
        return *_crash(traceback.format_exc(), str(fault)), None
    except Exception:
        # Whatever a pipeline does wrong is a result of that pipeline; the other attempts go on.
        return *_crash(traceback.format_exc()), None


def unended(status: str) -> Attempt:
    """Return an attempt that came to nothing."""
    return Attempt(None, ran=False, status=status)


def _crash(trail: str, message: str = "") -> tuple[Attempt, str]:
    last = message or trail.strip().rsplit("\n", 1)[-1]
    return unended(f"crashed: {last[:200]}"), trail[-_ERROR_TAIL:]
