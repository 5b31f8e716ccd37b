"""The live steps of a run on a terminal: one line a step, and how much the LLM has written so far."""

from __future__ import annotations

import time
from typing import TextIO

from fivefold.events import Event

_BUSY = {
    "formulate": "the LLM writes the five elements",
    "repair": "the LLM mends what the check found",
    "write_program": "the LLM writes a program",
    "rederive": "the LLM derives it once more, blind",
    "run": "the solver runs",
    "try_out": "the LLM changes it as the text asks besides",
}


class Progress:
    """Hears the events of a run and writes them to a stream; keeps the run's id for resuming."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self.run_id = ""
        """Id of the run, empty before it has one."""
        self.begun = False
        """Whether a step has begun, so that there is something to resume."""
        self._stream = stream
        self._quiet = quiet
        self._live = stream.isatty()
        self._written = 0
        self._shown = 0.0

    def say(self, line: str) -> None:
        """Write one line for the user."""
        self._clear()
        print(line, file=self._stream, flush=True)

    def hear(self, event: Event) -> None:
        """Show one event."""
        if event.kind == "run":
            self.run_id = event.message
        if event.kind == "warning":
            self.say(f"{'warning':>14}  {event.message}")
        self.begun = self.begun or event.kind == "begin"
        if self._quiet:
            return
        if event.kind == "begin":
            self._written = 0
            self._update(_BUSY.get(event.step, ""))
        elif event.kind == "text":
            self._written += len(event.message)
            if time.monotonic() - self._shown > 0.2:
                self._update(f"{_BUSY.get(event.step, 'writing')}: {self._written} characters")
        elif event.kind == "retry":
            self.say(f"{'endpoint':>14}  {event.message}")
        elif event.kind == "end" and event.message:
            self.say(f"{event.step:>14}  {event.message}  ({event.seconds:.1f} s)")

    def close(self) -> None:
        """Leave the line clean."""
        self._clear()

    def _update(self, text: str) -> None:
        self._shown = time.monotonic()
        if not text:
            return
        if self._live:
            print(f"\r\x1b[K{'':>14}  {text} ...", end="", file=self._stream, flush=True)
        elif self._written == 0:
            print(f"{'':>14}  {text} ...", file=self._stream, flush=True)

    def _clear(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
