"""What a run tells, as events of the log."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from fivefold.events import Event
from fivefold.plain import plain
from fivefold_server.log import Log
from fivefold_server.metrics import Metrics
from fivefold_server.store.events import News
from fivefold_server.store.runs import RunRow
from fivefold_server.telemetry import RunSpans
from fivefold_solvers.formulation.finding import Finding
from fivefold_solvers.result import RESULT_PREFIX

TEXT_S = 0.1
"""Seconds for which pieces of the LLM's text are gathered into one event."""
LINE_CHARACTERS = 2000
MOST_CHARACTERS = 200_000
"""Characters of a formulation that is told while its run still goes on."""
MOST_LINES = 5000
"""Lines of a solver's log that are told; a program may print more."""
_NEW_ATTEMPTS = ("repair", "write_program")


class Teller:
    """Hears one run, in whichever thread it goes."""

    def __init__(self, log: Log, run: RunRow, metrics: Metrics, visits: Counter[str] | None = None) -> None:
        self._log = log
        self._run = run
        self._metrics = metrics
        self._visits = visits or Counter()
        """How often each step was begun, in earlier parts of the run too."""
        self._text: list[str] = []
        self._since = 0.0
        self._step = ""
        self._judged = ""
        self._lines = 0
        self.spans = RunSpans(None, None)
        """Where the steps are traced."""

    def tell(self, kind: str, /, **data: Any) -> None:
        """Log something about the run."""
        self.flush()
        self._log.tell(self._news(kind, data))

    def hear(self, event: Event) -> None:
        """Log an event of `fivefold`; what a run waits for and what came of it is told when it is kept."""
        match event.kind:
            case "begin":
                self._begin(event.step)
            case "text":
                self._gather(event.message)
            case "end":
                self._end(event.step, event.message, event.seconds)
            case "retry":
                self.tell("retry", message=event.message, **event.data)
            case "warning":
                self.tell("warning", message=event.message)
            case "formulation":
                self._candidate(event.data)
            case _:
                pass

    @contextmanager
    def step(self, name: str) -> Generator[list[str]]:
        """Log a step that is not one of the graph; what is put into the list is told at its end."""
        said: list[str] = []
        started = time.perf_counter()
        self._begin(name)
        yield said
        self._end(name, "; ".join(said), time.perf_counter() - started)

    def line(self, text: str) -> None:
        """Log a line that a program printed, but for its report, which is told as the solution."""
        if not text.strip() or text.startswith(RESULT_PREFIX):
            return
        self._lines += 1
        if self._lines <= MOST_LINES:
            self.tell("solver.log", line=text[:LINE_CHARACTERS])

    def _begin(self, step: str) -> None:
        if step in _NEW_ATTEMPTS:
            attempt = 1 + sum(self._visits[name] for name in _NEW_ATTEMPTS)
            self.tell("attempt.failed", attempt=attempt, message=self._judged)
            self._metrics.repairs.inc()
        self.flush()
        self._visits[step] += 1
        self._step = f"{step}.{self._visits[step]}"
        self.spans.begin(step, self._visits[step])
        self.tell("step.started", id=self._step, step=step, visit=self._visits[step])

    def _candidate(self, facts: dict[str, Any]) -> None:
        """Tell a formulation that was just written; other derivations of the same problem are not shown."""
        formulation = facts["formulation"]
        if facts["derivation"] or len(json.dumps(formulation)) > MOST_CHARACTERS:
            return
        findings = [str(Finding.model_validate(one)) for one in facts["findings"] if one["severity"] != "note"]
        told = plain(formulation)
        self.tell("formulation", id=self._step, round=facts["round"], formulation=told, findings=findings)

    def _gather(self, piece: str) -> None:
        now = time.monotonic()
        if not self._text:
            self._since = now
        self._text.append(piece)
        if now - self._since >= TEXT_S:
            self.flush()

    def _end(self, step: str, message: str, seconds: float) -> None:
        self._metrics.step_s.labels(step).observe(seconds)
        self.spans.end()
        if step == "check":
            self._judged = message
        elif step == "judge":
            self._judged = f"{self._judged}; {message}" if self._judged else message
        self.tell("step.finished", id=self._step, step=step, message=message, seconds=round(seconds, 3))

    def flush(self) -> None:
        """Log what was gathered of the LLM's text."""
        if self._text:
            data = {"id": self._step, "text": "".join(self._text)}
            self._text.clear()
            self._log.tell(self._news("step.progress", data))

    def _news(self, kind: str, data: dict[str, Any]) -> News:
        return News(self._run.problem, self._run.owner, self._run.id, kind, data, self._run.fence)
