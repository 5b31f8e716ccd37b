"""Solving: `solve(arrays)` once, or a `Session` for many re-solves of programs that differ a little.

    with Session() as session:
        first = session.solve(arrays)
        second = session.solve(replace(arrays, lower=other))   # only the difference is sent; starts warm

A crash, a time-out or infeasibility comes back as a `Solved`; only asking for what cannot be is an exception.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends import wire, worker
from fivefold_solvers.backends.backend import Backend
from fivefold_solvers.backends.reading import read_reply, violation
from fivefold_solvers.backends.registry import UnusableError, backend, choose
from fivefold_solvers.backends.solved import Event, Option, Options, Solved
from fivefold_solvers.build.arrays import Arrays, Floats
from fivefold_solvers.result import FEASIBILITY_TOLERANCE, SolutionStatus, Termination

_IDS = itertools.count()
_DEFAULT = Options()
OnEvent = Callable[[Event], object]
"""Called at every event; where it returns True, the solve stops with the best so far."""


class Session:
    """One program, and what is made of it, held in a solver process; use it as a context manager."""

    def __init__(self, backend_name: str = "highs", *, options: Options = _DEFAULT) -> None:
        """Keep a process for re-solves.

        Args:
            backend_name: name of a back-end, or `auto` for the first that takes the first program.
            options: what every solve has unless told otherwise.

        Raises:
            UnusableError: there is no such back-end, or it is not installed.
        """
        self.name, self.options = backend_name, options
        self._chosen = backend_name == "auto"
        self._backend: Backend | None = None if self._chosen else _usable(backend(backend_name))
        self._worker: worker.Worker | None = None
        self._held: Arrays | None = None
        self._last: Floats | None = None
        self._id = next(_IDS)
        self._stopping = threading.Lock()
        self._solving = self._stopped = False

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the process back."""
        held, self._worker, self._held = self._worker, None, None
        if held is None:
            return
        try:
            if held.alive:
                held.ask({"op": "drop", "id": self._id}, limit_s=1.0)
        except (worker.WorkerCrashed, worker.WorkerLate):
            return
        worker.give(held)

    @property
    def backend(self) -> str | None:
        """Name of the back-end; None while `auto` has not seen a program."""
        return None if self._backend is None else self._backend.name

    def stop(self) -> None:
        """Have the solve that is going on end with the best so far; call it from another thread."""
        with self._stopping:
            self._stopped = self._solving
            if self._stopped and self._worker is not None:
                self._worker.stop()

    def solve(self, arrays: Arrays, *, options: Options | None = None, on_event: OnEvent | None = None) -> Solved:
        """Solve a program, starting from the last one where they are alike.

        Raises:
            UnusableError: the back-end cannot take this program.
        """
        with self._stopping:
            self._solving, self._stopped = True, False
        try:
            return self._solve(arrays, self.options if options is None else options, on_event)
        finally:
            with self._stopping:
                self._solving = False

    def _solve(self, arrays: Arrays, options: Options, on_event: OnEvent | None) -> Solved:
        used = self._fitting(arrays)
        begun = time.perf_counter()
        progress = _Progress(begun, on_event, self.stop)
        try:
            asked, number = self._asked(used)
            header, fields = self._message(used, arrays, options)
            reply, results = asked.ask(
                header, fields, limit_s=options.time_limit_s, number=number, on_event=progress.take
            )
        except worker.WorkerCrashed as crash:
            self._forget()
            return self._ended(arrays, used, progress, Termination.ERROR, f"{crash}; the next solve starts a new one")
        except worker.WorkerStopped as deaf:
            self._forget()
            return self._ended(arrays, used, progress, Termination.OTHER_LIMIT, f"killed: {deaf}")
        except worker.WorkerLate as late:
            self._forget()
            return self._ended(arrays, used, progress, Termination.TIME_LIMIT, f"killed: {late}")
        except BaseException:
            self._forget()
            raise
        if "failed" in reply:
            self._held = None
            return self._ended(arrays, used, progress, Termination.ERROR, str(reply["failed"]))
        self._held = arrays
        solved = read_reply(used, asked.versions[used.engine], arrays, reply, results, progress.finished())
        self._last = solved.values if solved.values is not None else self._last
        return solved

    def _asked(self, used: Backend) -> tuple[worker.Worker, int]:
        """Return the process, and the number of the solve that it is about to get."""
        asked = self._worker
        if asked is None or not asked.alive:
            self._forget()
            asked = worker.take(used.library)
        with self._stopping:
            self._worker, number = asked, asked.reserve()
            # A stop may have come while the process was starting.
            if self._stopped:
                asked.stop()
        return asked, number

    def _fitting(self, arrays: Arrays) -> Backend:
        """Return the back-end; refuse what it cannot take, looking only where something has changed."""
        if self._backend is None:
            self._backend = choose(arrays)
        held = self._held
        known = held is not None and held.integer is arrays.integer and held.quadratic is arrays.quadratic
        if not known or self._backend.refusal is not None:
            reason = self._backend.refuses(arrays)
            if reason is not None and not self._chosen:
                raise UnusableError(f"{reason}. Take another back-end, or `auto`.")
            if reason is not None:
                self.close()
                self._backend = choose(arrays)
        return self._backend

    def _message(self, used: Backend, arrays: Arrays, options: Options) -> tuple[dict[str, Any], dict[str, Any]]:
        difference = None if self._held is None or used.prepare else wire.change(self._held, arrays)
        own = used.prepare(arrays) if used.prepare else difference or wire.whole(arrays)
        header: dict[str, Any] = {
            "op": "solve", "id": self._id, "engine": used.engine, "engine_name": used.engine_name,
            "whole": difference is None, "maximize": arrays.sense == "maximize",
            "time_limit": options.time_limit_s, "gap": options.gap, "threads": options.threads,
            "seed": options.seed, "want": sorted(options.want), "solver_options": dict(options.solver),
            "accuracy": used.tolerance / 10, **own[0],
        }  # fmt: skip
        fields: dict[str, NDArray[Any]] = dict(own[1])
        start = options.start
        if start is None and self._last is not None and arrays.integer.any():
            last = self._last
            fits = last.size == arrays.column_count and violation(arrays, last) <= FEASIBILITY_TOLERANCE
            start = last if fits else None
        if start is not None and arrays.integer.any():
            fields["start"] = np.asarray(start, dtype=np.float64)
        return header, fields

    def _forget(self) -> None:
        """Put a dead process away; a program goes with it."""
        dead, self._worker, self._held = self._worker, None, None
        if dead is not None:
            worker.give(dead)

    def _ended(
        self, arrays: Arrays, used: Backend, progress: _Progress, termination: Termination, message: str
    ) -> Solved:
        """Return what is known of a solve whose process gave no answer: the best solution that it told of."""
        values, events = progress.values, progress.finished()
        fits = values is not None and values.size == arrays.column_count
        feasible = values is not None and fits and violation(arrays, values) <= used.tolerance
        bound = events[0][-1].bound if events[0] else None
        return Solved(
            termination=termination,
            solution_status=SolutionStatus.FEASIBLE if feasible else SolutionStatus.NONE,
            backend=used.name,
            objective=arrays.objective(values) if feasible and values is not None else None,
            bound=bound,
            values=values if feasible else None,
            row_values=arrays.row_values(values) if feasible and values is not None else None,
            events=events[0],
            wall_s=events[1],
            message=message,
        )


def solve(
    arrays: Arrays,
    *,
    backend: str = "highs",
    options: Options = _DEFAULT,
    on_event: OnEvent | None = None,
    **own: Option,
) -> Solved:
    """Solve a program once, in a process that is kept for the next.

    Args:
        arrays: the program.
        backend: name of a back-end, or `auto`.
        options: limits, gap, what to bring.
        on_event: called at every incumbent and bound; where it returns True, the solve stops.
        own: options by the solver's own names, on top of `options.solver`.

    Raises:
        UnusableError: the back-end is not there, or cannot take this program.
    """
    if own:
        from dataclasses import replace

        options = replace(options, solver={**options.solver, **own})
    with Session(backend, options=options) as session:
        return session.solve(arrays, on_event=on_event)


@contextlib.contextmanager
def using(session: Session | None, backend_name: str = "auto") -> Generator[Session]:
    """Use a session that somebody keeps, or one of our own for as long as this lasts."""
    if session is not None:
        yield session
        return
    with Session(backend_name) as own:
        yield own


def _usable(wanted: Backend) -> Backend:
    reason = wanted.available()
    if reason is not None:
        raise UnusableError(f"{wanted.name} cannot be used: {reason}.")
    return wanted


class _Progress:
    """Gathers the events of one solve."""

    def __init__(self, begun: float, on_event: OnEvent | None, stop: Callable[[], None]) -> None:
        self.begun, self.on_event, self.stop = begun, on_event, stop
        self.events: list[Event] = []
        self.values: Floats | None = None

    def take(self, told: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """Note an event that came on the pipe."""
        if "values" in arrays:
            self.values = arrays["values"]
        objective, bound = (_finite(told[name]) for name in ("objective", "bound"))
        event = Event(time.perf_counter() - self.begun, objective, bound, bool(told["improved"]))
        self.events.append(event)
        if self.on_event is not None and self.on_event(event) is True:
            self.stop()

    def finished(self) -> tuple[tuple[Event, ...], float]:
        """Return the events and how long it took."""
        return tuple(self.events), time.perf_counter() - self.begun


def _finite(value: float | None) -> float | None:
    # Solvers write some huge number for "none yet".
    return None if value is None or not math.isfinite(value) or abs(value) >= 1e20 else value
