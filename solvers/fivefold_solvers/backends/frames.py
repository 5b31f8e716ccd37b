"""Messages between Fivefold and its solver processes: a JSON header and raw arrays, over pipes.

A frame is two lengths, the header, and the bytes of its arrays one after another. Nothing in it is executed
when it is read. Both sides of the pipe use this module, so it knows the standard library and numpy only.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays1D = Mapping[str, NDArray[Any]]
"""Flat arrays by name."""

STOPPED = 75
"""Exit code of a process that ended because its solver did not listen to a stop."""
_LENGTHS = struct.Struct("<IQ")
_DTYPES = frozenset({"<f8", "<i8", "<i4", "|i1", "|b1"})
"""What an array may be made of: plain numbers."""
_SMALL = 65536


class ClosedError(Exception):
    """The other side has closed its end, or has died."""


class LateError(Exception):
    """The other side did not answer within the time it had."""


def write_frame(descriptor: int, header: Mapping[str, Any], arrays: Arrays1D | None = None) -> None:
    """Write one message.

    Raises:
        ClosedError: nobody reads any more.
    """
    # Wide numbers first, so that each array starts where its kind may.
    sent = sorted(((name, np.ascontiguousarray(array)) for name, array in (arrays or {}).items()), key=_narrowness)
    text = json.dumps({**header, "arrays": [[name, array.dtype.str, array.size] for name, array in sent]}).encode()
    size = sum(array.nbytes for _, array in sent)
    opening = _LENGTHS.pack(len(text), size) + text
    if size <= _SMALL:
        # One write for a small message: every write wakes the reader.
        _write(descriptor, b"".join([opening, *(array.tobytes() for _, array in sent)]))
        return
    _write(descriptor, opening)
    for _, array in sent:
        if array.nbytes:
            _write(descriptor, array.data.cast("B"))


def _narrowness(item: tuple[str, NDArray[Any]]) -> int:
    return -item[1].itemsize


def _write(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as error:
        raise ClosedError(str(error)) from None


def read_frame(descriptor: int, deadline: float | None = None) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the next message: its header and its arrays, which can be written to.

    Args:
        descriptor: the pipe's end to read.
        deadline: time on the monotonic clock after which waiting is given up.

    Raises:
        ClosedError: the writer has gone.
        LateError: the deadline has passed.
    """
    header_size, size = _LENGTHS.unpack(_read(descriptor, _LENGTHS.size, deadline))
    header: dict[str, Any] = json.loads(bytes(_read(descriptor, header_size, deadline)))
    payload = _read(descriptor, size, deadline)
    arrays: dict[str, NDArray[Any]] = {}
    offset = 0
    for name, dtype, count in header.pop("arrays"):
        if dtype not in _DTYPES:
            raise ClosedError(f"an array of {dtype!r} is none of ours")
        arrays[name] = np.frombuffer(payload, dtype=dtype, count=count, offset=offset)
        offset += arrays[name].nbytes
    return header, arrays


def _read(descriptor: int, count: int, deadline: float | None) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        if deadline is not None:
            _wait(descriptor, deadline)
        try:
            got = os.readv(descriptor, [view])
        except OSError as error:
            raise ClosedError(str(error)) from None
        if got == 0:
            raise ClosedError("the other side has closed the pipe")
        view = view[got:]
    return data


def _wait(descriptor: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    left = deadline - time.monotonic()
    # A poll of zero still sees what has already come.
    if not poll.poll(max(0.0, left) * 1000):
        raise LateError("no answer in time")
