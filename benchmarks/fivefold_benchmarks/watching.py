"""What a person sees of a run while it goes: done, right, rate, time left and questions at once, on stderr."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import TextIO

from fivefold_benchmarks.engines import Load
from fivefold_benchmarks.record import EvalRecord
from fivefold_benchmarks.rules import Mark

EVERY_S = 15.0
"""Seconds between two lines where standard error is no terminal."""
RECENT = 50
"""Attempts that the rate is taken over."""


class ProgressLine:
    """One line that is written over on a terminal, and now and then a new one elsewhere."""

    def __init__(self, todo: int, earlier: Sequence[EvalRecord], out: TextIO, *, quiet: bool = False) -> None:
        self._todo, self._done = todo, 0
        self._out, self._quiet = out, quiet
        self._terminal = out.isatty()
        self._right = self._judged = self._ran = self._tokens = 0
        self._begun = self._told = time.monotonic()
        self._recent: deque[float] = deque([self._begun], maxlen=RECENT + 1)
        self._open = False
        for record in earlier:
            self._count(record)

    def _count(self, record: EvalRecord) -> None:
        self._done += 1
        self._right += record.right
        self._judged += record.mark is not Mark.NOT_APPLICABLE
        self._ran += record.ran

    def recorded(self, record: EvalRecord, load: Load) -> None:
        """Count one record and say where the run stands; pace and tokens are those of this process."""
        self._count(record)
        self._tokens += record.tokens
        moment = time.monotonic()
        self._recent.append(moment)
        if self._quiet or not (self._terminal or moment - self._told >= EVERY_S or self._done == self._todo):
            return
        self._told = moment
        text = self.text(load)
        if self._terminal:
            self._out.write(f"\r\x1b[K{text}")
            self._open = True
        else:
            self._out.write(f"{text}\n")
        self._out.flush()

    def text(self, load: Load) -> str:
        """Return the line."""
        rate = (len(self._recent) - 1) / max(1e-9, self._recent[-1] - self._recent[0])
        tokens_s = self._tokens / max(1e-9, self._recent[-1] - self._begun)
        return (
            f"{self._done}/{self._todo}  {self._right} of {self._judged} right, {self._ran} ran  "
            f"{60 * rate:.3g} a minute, {tokens_s:.0f} tokens/s  "
            f"{load.busy} of {load.limit} questions at once  about {duration((self._todo - self._done) / rate)} left"
        )

    def close(self) -> None:
        """End an open line."""
        if self._open:
            self._out.write("\n")
            self._open = False


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
