"""How often something may be done: a bucket of tokens a client, refilled evenly, over all servers on one database.

Each server tells the others with its sign of life how often its clients did something, and takes what they did
elsewhere out of its own buckets: a client that asks several servers gets a little more than one server allows, never
as much as all of them.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping

MOST_CLIENTS = 10_000
MOST_TOLD = 500
"""Clients that the others are told of, those that do most."""
TOLD_S = 180.0
"""Seconds after which a client that did nothing is not told of any more."""


class Rates:
    """Buckets by client; the one that was idle longest is forgotten first."""

    def __init__(self, per_minute: int, burst: int | None = None) -> None:
        self._per_s = per_minute / 60
        self._burst = float(burst or per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._done: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._elsewhere: Mapping[str, int] | None = None
        self._lock = threading.Lock()

    def wait_s(self, client: str) -> float:
        """Take a token and return 0, or the seconds until there is one."""
        now = time.monotonic()
        with self._lock:
            left = self._left(client, now)
            wait = 0.0 if left >= 1 else (1 - left) / self._per_s
            self._put(client, left - 1 if left >= 1 else left, now)
            if not wait:
                count, _ = self._done.pop(client, (0, now))
                self._done[client] = (count + 1, now)
                if len(self._done) > MOST_CLIENTS:
                    self._done.popitem(last=False)
        return wait

    def done(self) -> Counter[str]:
        """Return how often each client that was heard of lately did it here, since it was heard of first."""
        now = time.monotonic()
        with self._lock:
            while self._done and now - next(iter(self._done.values()))[1] > TOLD_S:
                self._done.popitem(last=False)
            return Counter(
                dict(Counter({client: count for client, (count, _) in self._done.items()}).most_common(MOST_TOLD))
            )

    def hear(self, elsewhere: Mapping[str, int]) -> None:
        """Take out what clients did at the other servers since these were heard of last."""
        now = time.monotonic()
        with self._lock:
            before, self._elsewhere = self._elsewhere, dict(elsewhere)
            if before is None:
                return  # what was done before this server began is not of this minute
            for client, count in elsewhere.items():
                more = count - before.get(client, 0)
                if more > 0:
                    self._put(client, max(self._left(client, now) - more, -self._burst), now)

    def _left(self, client: str, now: float) -> float:
        left, since = self._buckets.pop(client, (self._burst, now))
        return min(self._burst, left + (now - since) * self._per_s)

    def _put(self, client: str, left: float, now: float) -> None:
        self._buckets[client] = (left, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)


class Counted:
    """What servers on one database tell each other with their signs of life."""

    def __init__(self, streams: Counter[str], rates: Mapping[str, Rates]) -> None:
        self._streams = streams
        self._rates = rates

    def told(self) -> Counter[str]:
        """Return live streams by user, and how often clients did what is limited."""
        found = Counter(self._streams)
        for name, rates in self._rates.items():
            found.update({f"{name} {client}": count for client, count in rates.done().items()})
        return found

    def heard(self, others: Counter[str]) -> None:
        """Take note of what the others told."""
        for name, rates in self._rates.items():
            start = f"{name} "
            rates.hear({key.removeprefix(start): count for key, count in others.items() if key.startswith(start)})
