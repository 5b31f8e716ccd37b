"""The embedded LLM: pinned weights, and a llama.cpp server of our own on this machine.

Nothing here imports llama.cpp into the calling process; it lives in the server's process alone.
"""

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
