"""What a person sees of a search while it goes, from the events of its ledger, on standard error."""

from __future__ import annotations

import threading
import time
from typing import TextIO

from fivefold_prompts.optimizer.ledger import Event

EVERY_S = 15.0
"""Seconds between two lines about runs where standard error is no terminal."""


class Follower:
    """Tells of proposals and the gate in lines, and of runs in one that is written over."""

    def __init__(self, out: TextIO, *, quiet: bool = False) -> None:
        self._out, self._quiet = out, quiet
        self._terminal = out.isatty()
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._told = 0.0
        self._open = False
        self._runs = self._right = self._replies = self._tokens = 0

    def heard(self, event: Event) -> None:
        """Tell of one event; comes from several threads."""
        with self._lock:
            match event.kind:
                case "rollout":
                    self._runs += 1
                    self._right += event.body["stage"] == "right"
                    self._tokens += event.body["cost"]["tokens"]
                    self._status(event.key.split("/")[1])
                case "reply":
                    self._replies += 1
                    self._tokens += event.body["cost"]["tokens"]
                    self._status("writing")
                case "proposal":
                    self._line(_proposal(event))
                case "gate":
                    body = event.body
                    said = "promoted" if body["promoted"] else "refused: " + "; ".join(body["reasons"])
                    self._line(f"gate: {body['won']} won, {body['lost']} lost, p = {body['p']:.3g}: {said}")
                case _:
                    pass

    def say(self, text: str) -> None:
        """Tell of something else."""
        with self._lock:
            self._line(text)

    def close(self) -> None:
        """End the line that is written over."""
        if self._open:
            self._out.write("\n")
            self._open = False

    def _line(self, text: str) -> None:
        if self._quiet:
            return
        self.close()
        self._out.write(f"{text}\n")
        self._out.flush()

    def _status(self, part: str) -> None:
        moment = time.monotonic()
        if self._quiet or not (self._terminal or moment - self._told >= EVERY_S):
            return
        self._told = moment
        minutes = (moment - self._begun) / 60
        text = (
            f"{part}: {self._runs} runs, {self._right} right, {self._replies} replies of the writer, "
            f"{self._tokens} tokens, {minutes:.1f} min"
        )
        if self._terminal:
            self._out.write(f"\r\x1b[K{text}")
            self._open = True
        else:
            self._out.write(f"{text}\n")
        self._out.flush()


def _proposal(event: Event) -> str:
    body = event.body
    step = int(event.key.split("/")[1]) + 1
    rise = "" if body["rise"] is None else f" ({100 * body['rise']:+.1f} points)"
    what = f": {body['change']}" if body["change"] else f": {body['reason']}" if body["reason"] else ""
    outcome = body["outcome"] if body["candidate"] is not None else body["result"]
    return f"step {step}: {outcome}{rise}{what}"
