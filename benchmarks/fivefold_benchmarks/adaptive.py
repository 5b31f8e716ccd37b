"""How many questions the LLM is asked at once: as many as raise its throughput, fewer when it refuses.

A gate lets questions through. It begins low, doubles while more at once gives more answered tokens a second,
goes back when it does not, tries a little more later, and gives way by a third when the endpoint says that it
has too much (429, 503, time-outs): additive increase and multiplicative decrease as in TCP (V. Jacobson,
Congestion Avoidance and Control, SIGCOMM 1988), with throughput in place of a full queue, because an LLM server
answers a batch slower than one question and still gets more done.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from fivefold.llm import RetryEvent

START = 8
"""Questions at once in the beginning."""
NO_GAIN = 0.7
"""More at once does not pay where pace falls by more than this share of the growth, both as logarithms: doubling
must give at least 2 ** 0.3, a quarter more."""
GIVE_WAY = 0.7
"""What is left of the limit after a refusal."""
SURE = 3.0
"""Standard errors that a loss must be away from chance."""
TELLING = 4
"""Answers that are the least to compare by: two that come alike would make chance look small."""
APART = 1.5
"""Limits nearer to each other than this factor are not compared: chance would decide."""

OVERLOAD = frozenset({"timeout", "rate_limit", "server"})
"""Kinds of a failed request that tell a gate to give way."""


def few(limit: int) -> int:
    """Return how many answers are enough for a first look at a limit."""
    return max(2, limit // 12)


def hearing(gate: Gate) -> Callable[[RetryEvent], None]:
    """Return what to give `LLM.connect` as `on_retry`: a server that has too much makes the gate give way."""

    def heard(event: RetryEvent) -> None:
        if event.kind in OVERLOAD:
            gate.overloaded()

    return heard


@dataclass(slots=True)
class Pace:
    """Seconds for a token, over the questions that were let through under one limit."""

    limit: int
    early: Pace | None = None
    """The first of them only, which are the short ones; to be compared with the first of another limit."""
    n: int = 0
    seconds: float = 0.0
    tokens: float = 0.0
    _seconds2: float = 0.0
    _tokens2: float = 0.0
    _both: float = 0.0

    def add(self, seconds: float, tokens: float) -> None:
        """Count one answer."""
        self.n += 1
        self.seconds += seconds
        self.tokens += tokens
        self._seconds2 += seconds * seconds
        self._tokens2 += tokens * tokens
        self._both += seconds * tokens
        if self.n == max(TELLING, few(self.limit)):
            self.early = replace(self)

    @property
    def ratio(self) -> float:
        """Seconds for a token."""
        return self.seconds / self.tokens

    @property
    def spread(self) -> float:
        """Squared relative deviation of one answer from the ratio (the usual estimate for a ratio of two sums)."""
        if self.n < 2 or not self.seconds:
            return math.inf
        squares = self._seconds2 - 2 * self.ratio * self._both + self.ratio**2 * self._tokens2
        return max(0.0, squares) / self.seconds**2 * self.n**2 / (self.n - 1)

    def chance(self, other: Pace) -> float:
        """Standard error of the difference between two paces, as logarithms.

        The wider spread counts for both: a few answers that came alike say little of how far others may be off.
        """
        return math.sqrt(max(self.spread, other.spread) * (1 / self.n + 1 / other.n))


@dataclass(slots=True)
class Gate:
    """Lets at most `limit` questions through at once, and finds the limit between 1 and `most`."""

    most: int
    limit: int = 0
    held: bool = False
    """Whether the client itself lets at most `most` requests go at once. Then some more come through here, to be ready
    with their look-up in the reply cache when a request ends: a server waits for nothing but the network."""
    busy: int = 0
    """Questions under way."""
    pace: Pace = field(default_factory=lambda: Pace(0))
    """Of the questions let through under the present limit."""
    _lower: list[Pace] = field(default_factory=list[Pace])
    """The same under the limits that it grew from, lowest first; questions of theirs still come in."""
    _hold: int = 0
    """Answers to wait for before more is tried."""
    _patience: int = 8
    """How long, in answers for each question at once, after the next attempt that does not pay."""
    _fast: bool = True
    """Whether nothing has yet spoken against more: then a first look is enough."""
    _deaf_until: float = 0.0
    _waiting: deque[asyncio.Future[None]] = field(default_factory=lambda: deque[asyncio.Future[None]]())
    _starting: int = 0
    _vacant: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Begin low."""
        self._set(self.limit or min(self.most, START))

    async def enter(self) -> Pace:
        """Wait for a turn and take it; returns what the answer is to be counted in with `answered`."""
        if self.busy < self._turns and not self._waiting:
            self.busy += 1
            return self.pace
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # the turn had come just before
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise
        return self.pace

    def leave(self) -> None:
        """Give a turn back."""
        self.busy -= 1
        self._admit()

    def answered(self, pace: Pace, seconds: float, tokens: int) -> None:
        """Count an answer that came without a hitch; now and then this moves the limit."""
        pace.add(seconds, max(1, tokens))
        if pace is not self.pace:
            return
        if self._hold > 0:
            self._hold -= 1
        enough = few(self.limit) if self._fast else self._settled
        if (better := self._loses()) is not None:
            self._go_back(better)
        elif self.limit < self.most and self._hold == 0 and pace.n >= enough and self._wanted >= self.limit:
            self._grow()

    def overloaded(self) -> None:
        """Give way: the endpoint refused, or did not answer in time. Refusals that come together count once."""
        moment = asyncio.get_running_loop().time()
        if moment < self._deaf_until:
            return
        mean = self.pace.seconds / self.pace.n if self.pace.n else 1.0
        self._deaf_until = moment + min(30.0, max(0.25, 2 * mean))
        self._fast = False
        self._lower.clear()
        self._set(max(1, math.floor(self.limit * GIVE_WAY)))
        self._hold = self.limit

    @property
    def has_room(self) -> bool:
        """Whether another item should begin: so many that a question is always ready when a turn comes."""
        return self._wanted < self._turns + 1 + self.limit // 8

    def take(self, *, full: bool = False) -> bool:
        """Take a place for another item if one should begin now; `full`: the caller has none of its own left."""
        if full or not self.has_room:
            self._vacant.clear()
            return False
        self._starting += 1
        return True

    async def moved(self) -> None:
        """Wait until something has changed since `take` last gave no place."""
        await self._vacant.wait()

    async def vacancy(self) -> None:
        """Wait until another item should begin, and take that place."""
        while not self.take():
            await self.moved()

    def begun(self) -> None:
        """An item that took a place has asked its first question, or ended without one."""
        self._starting -= 1
        self.stir()

    def stir(self) -> None:
        """Let those look again who wait for room."""
        self._vacant.set()

    def allow(self, most: int) -> None:
        """Let another number of questions through at once at most."""
        self.most = most
        if self.limit > most:
            self._set(most)

    @property
    def _turns(self) -> int:
        """How many come through at once."""
        # Below 8 a wait for the client would be a large part of an answer's time, and count as the attempt's own.
        return self.limit + (self.limit // 8 if self.held and self.limit == self.most else 0)

    @property
    def _wanted(self) -> int:
        return self.busy + self._starting + len(self._waiting)

    def _admit(self) -> None:
        while self._waiting and self.busy < self._turns:
            turn = self._waiting.popleft()
            if not turn.done():
                self.busy += 1
                turn.set_result(None)
        self._vacant.set()

    def _set(self, limit: int) -> None:
        self.limit = limit
        self.pace = Pace(limit)
        self._admit()

    @property
    def _settled(self) -> int:
        """Answers that say how a limit does: a round, or two where the first waits behind what was too much."""
        return self.limit if self._fast else 2 * self.limit

    def _loses(self) -> Pace | None:
        """Return the pace of a lower limit that clearly got as much done, None where more pays or may pay."""
        lower = next((pace for pace in reversed(self._lower) if pace.limit * APART <= self.limit), None)
        if lower is None:
            return None
        before, after = (lower.early, self.pace.early) if self._fast else (None, None)
        if self.pace.n >= self._settled:
            before, after = lower, self.pace
        if before is None or after is None:
            return None
        loss = math.log(after.ratio / before.ratio)
        growth = math.log(after.limit / before.limit)
        return lower if loss - SURE * after.chance(before) > NO_GAIN * growth else None

    def _go_back(self, before: Pace) -> None:
        self._fast = False
        del self._lower[self._lower.index(before) :]
        self._set(before.limit)
        self._hold = self._patience * self.limit
        self._patience = min(64, 2 * self._patience)

    def _grow(self) -> None:
        self._lower.append(self.pace)
        step = self.limit if self._fast else max(1, self.limit // 8)
        self._set(min(self.most, self.limit + step))
