"""A long solve watched: the same formulation in a solver's process beside its program, which tells how far it is.

A program says what it found when it ends. A solver's process tells each better solution and bound as they come, and
ends with the best so far when it is asked to. It is begun only where a program takes long.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from fivefold.events import Event as Told
from fivefold_solvers.analyze.instance import Instance, instance
from fivefold_solvers.backends.registry import UnusableError
from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Event, Options, Solved
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination, relative_gap

TOLD_S = 1.0
"""Seconds between two events about the progress at least."""
STOPPING_S = 8.0
"""Seconds for which a solver that was asked to stop is waited for."""
Tell = Callable[..., None]


class Best(NamedTuple):
    """The best solution that was found until a solve was stopped."""

    formulation: Formulation
    result: ExecutionResult


class _Given(Exception):
    """Nobody wants the solve any more: raised where it would tell of its progress, which ends its process."""


class Watcher:
    """Watches the solves of one run, in the event loop of the run."""

    def __init__(self, tell: Tell, after_s: float, limit_s: float) -> None:
        self._tell = tell
        self._after_s = after_s
        self._limit_s = limit_s
        self._written: Any = None
        self._solve: _Solve | None = None
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, event: Told) -> None:
        """Take note of an event of `fivefold`: what was written, and when its program runs."""
        if event.kind == "formulation":
            self._written = event.data["formulation"]
        elif event.kind == "begin" and event.step == "run" and self._written is not None:
            self.begin(self._written)
        elif event.kind == "end" and event.step == "run":
            self.end()

    def begin(self, formulation: Formulation | Mapping[str, Any]) -> None:
        """A program of this formulation runs from now on; it is read only where the program takes long."""
        self.end()
        loop = asyncio.get_running_loop()

        def tell(kind: str, **facts: Any) -> None:
            with suppress(RuntimeError):  # the run, and its loop, may be over
                loop.call_soon_threadsafe(partial(self._tell, kind, **facts))

        self._solve = _Solve(formulation, tell, self._limit_s)
        self._timer = loop.call_later(self._after_s, self._solve.start)

    def end(self) -> None:
        """The program is over, or nobody wants to know any more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._solve is not None:
            self._solve.give_up()
        self._timer = self._solve = None

    async def best(self) -> Best | None:
        """Stop, and return the best solution so far; None where there is none."""
        solve = self._solve
        if solve is None:
            return None
        try:
            return await asyncio.wait_for(asyncio.to_thread(solve.stopped, STOPPING_S), STOPPING_S + 2)
        except TimeoutError:
            return None
        finally:
            self.end()


class _Solve:
    """One solve in a thread of its own."""

    def __init__(self, formulation: Formulation | Mapping[str, Any], tell: Tell, limit_s: float) -> None:
        self._formulation = formulation
        self._tell = tell
        self._limit_s = limit_s
        self._session: Session | None = None
        self._ready = threading.Event()
        self._stopping = self._unwanted = False
        self._told = 0.0
        self._found: Best | None = None
        self._thread = threading.Thread(target=self._work, name="fivefold-watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stopped(self, within_s: float) -> Best | None:
        """Ask the solver to stop; return the best that it has."""
        if self._thread.ident is None:
            return None
        self._stopping = True
        if self._session is not None:
            self._session.stop()
        self._ready.wait(within_s)
        return self._found

    def give_up(self) -> None:
        """End it without waiting."""
        self._unwanted = True
        self._ready.set()
        if self._session is not None:
            self._session.stop()

    def _work(self) -> None:
        try:
            formulation = Formulation.model_validate(self._formulation)
            base = instance(formulation)
            with Session("auto") as session:
                self._session = session
                if not self._unwanted:
                    solved = session.solve(
                        base.arrays, options=Options(time_limit_s=self._limit_s), on_event=self._hear
                    )
                    self._found = _best(formulation, base, solved)
        except (_Given, BuildError, UnusableError):
            pass  # who runs it says why it cannot be built or solved
        finally:
            self._ready.set()

    def _hear(self, event: Event) -> bool:
        """Tell of the progress; return whether it is to stop."""
        if self._unwanted:
            raise _Given
        now = time.monotonic()
        if event.objective is not None and now - self._told >= TOLD_S:
            self._told = now
            facts: dict[str, Any] = {"t": round(event.time_s, 1), "objective": event.objective}
            self._tell("solver.progress", **facts, bound=event.bound, gap=event.gap)
        return self._stopping


def _best(formulation: Formulation, base: Instance, solved: Solved) -> Best | None:
    if solved.values is None or solved.solution_status is SolutionStatus.NONE:
        return None
    ended = solved.termination if solved.optimal else Termination.OTHER_LIMIT
    result = ExecutionResult(
        exit=Exit.OK,
        termination=ended,
        solution_status=solved.solution_status,
        objective=solved.objective,
        bound=solved.bound,
        gap=relative_gap(solved.objective, solved.bound),
        values=base.solution(solved.values),
        stderr=solved.message,
        wall_s=solved.wall_s,
        solver=solved.backend,
        solver_version=solved.solver_version,
        evidence="printed",
    )
    return Best(formulation, result)
