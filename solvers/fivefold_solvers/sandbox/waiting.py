"""Waiting for descriptors of any number: a server with many streams has some above 1023, which `select` cannot take."""

import select
from collections.abc import Iterable


def readable(descriptors: Iterable[int], seconds: float) -> list[int]:
    """Return which of them can be read from or have been closed at the other end, as soon as one can.

    Args:
        descriptors: At which to look.
        seconds: How long to wait at most; 0 only looks.
    """
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(max(seconds, 0.0) * 1000)]
