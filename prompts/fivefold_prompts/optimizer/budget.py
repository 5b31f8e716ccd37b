"""A budget that is never overrun: what something may cost at most is reserved before it begins."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict, Field

from fivefold_prompts.optimizer.rollout import Cost

_METERS = ("rollouts", "tokens", "money", "seconds")


class Caps(BaseModel):
    """The most that a search may spend; None is no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rollouts: int | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)
    money: float | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=None, ge=0)
    """Time of work, over all parts of a search that was interrupted; of what ran side by side, the sum."""


class OverBudget(Exception):
    """Something that was about to begin would not fit; nothing was spent on it."""


class BoundBroken(Exception):
    """Something cost more than it was said to cost at most; the bound that was given is wrong."""


class Budget:
    """What is spent, what is reserved, what is kept back for the end; safe to use from several threads."""

    def __init__(self, caps: Caps) -> None:
        """Begin with nothing spent."""
        self._caps = caps
        self._lock = threading.Lock()
        self._spent = Cost()
        self._reserved = Cost()
        self._kept_back = Cost()

    @property
    def spent(self) -> Cost:
        """What is spent so far."""
        return self._spent

    def keep_back(self, cost: Cost) -> None:
        """Set apart what the end will need, in place of what was set apart before.

        Raises:
            OverBudget: it does not fit.
        """
        with self._lock:
            kept, self._kept_back = self._kept_back, Cost()
            try:
                self._fit(cost)
            except OverBudget:
                self._kept_back = kept
                raise
            self._kept_back = cost

    def charge(self, cost: Cost) -> None:
        """Count what was spent before, as a record of it says."""
        with self._lock:
            self._spent += cost

    @contextmanager
    def reserve(self, most: Cost) -> Generator["Reservation"]:
        """Hold what something may cost at most while it runs; what it did not use comes back.

        Raises:
            OverBudget: it does not fit, and must not begin.
            BoundBroken: it used more than was reserved.
        """
        with self._lock:
            self._fit(most)
            self._reserved += most
        held = Reservation()
        try:
            yield held
        finally:
            with self._lock:
                self._reserved = _less(self._reserved, most)
                self._spent += held.used
        for meter in _METERS:
            if getattr(held.used, meter) > getattr(most, meter) + 1e-9:
                used, bound = getattr(held.used, meter), getattr(most, meter)
                raise BoundBroken(f"{used:g} {meter} were used where {bound:g} was said to be the most")

    def _fit(self, more: Cost) -> None:
        total = self._spent + self._reserved + self._kept_back + more
        for meter in _METERS:
            cap = getattr(self._caps, meter)
            if cap is not None and getattr(total, meter) > cap + 1e-9:
                free = cap - (getattr(total, meter) - getattr(more, meter))
                raise OverBudget(f"{getattr(more, meter):g} {meter} may be needed and {max(free, 0):g} are left")


class Reservation:
    """What is used of what was reserved."""

    def __init__(self) -> None:
        """Begin with nothing used."""
        self.used = Cost()
        self._lock = threading.Lock()

    def use(self, cost: Cost) -> None:
        """Count something as used."""
        with self._lock:
            self.used += cost


def _less(whole: Cost, part: Cost) -> Cost:
    return Cost(
        rollouts=whole.rollouts - part.rollouts,
        tokens=whole.tokens - part.tokens,
        money=max(0.0, whole.money - part.money),
        seconds=max(0.0, whole.seconds - part.seconds),
    )
