"""The embedded LLM: pinned weights, and a llama.cpp server of our own on this machine.

Nothing here imports llama.cpp into the calling process; it lives in the server's process alone. Names are
imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fivefold.llm.local.record import DEFAULT_WEIGHTS, PullProgress, WeightsRecord
    from fivefold.llm.local.server import RunningServer, ServerStatus, start, status, stop
    from fivefold.llm.local.weights import find, pull

__all__ = [
    "DEFAULT_WEIGHTS",
    "PullProgress",
    "RunningServer",
    "ServerStatus",
    "WeightsRecord",
    "find",
    "pull",
    "start",
    "status",
    "stop",
]

_HOMES = {
    "DEFAULT_WEIGHTS": "record",
    "PullProgress": "record",
    "RunningServer": "server",
    "ServerStatus": "server",
    "WeightsRecord": "record",
    "find": "weights",
    "pull": "weights",
    "start": "server",
    "status": "server",
    "stop": "server",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fivefold.llm.local' has no attribute {name!r}")
    return getattr(import_module(f"fivefold.llm.local.{_HOMES[name]}"), name)
