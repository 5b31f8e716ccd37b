"""The way to the LLM: an endpoint client with retries, structured output, a reply cache and a budget.

Names are imported when they are first used; the OpenAI SDK with the first request.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fivefold.llm.budget import Budget, Left, Prices, cost_usd
    from fivefold.llm.client import LLM
    from fivefold.llm.repetition import REPETITION
    from fivefold.llm.reply import Message, Parsed, Reply, RetryEvent, Rung, Schema, Usage
    from fivefold.llm.retry import RetryPolicy

__all__ = [
    "LLM",
    "REPETITION",
    "Budget",
    "Left",
    "Message",
    "Parsed",
    "Prices",
    "Reply",
    "RetryEvent",
    "RetryPolicy",
    "Rung",
    "Schema",
    "Usage",
    "cost_usd",
]

_HOMES = {
    "LLM": "client",
    "REPETITION": "repetition",
    "Budget": "budget",
    "Left": "budget",
    "Message": "reply",
    "Parsed": "reply",
    "Prices": "budget",
    "Reply": "reply",
    "RetryEvent": "reply",
    "RetryPolicy": "retry",
    "Rung": "reply",
    "Schema": "reply",
    "Usage": "reply",
    "cost_usd": "budget",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the client costs what `fivefold --help` should not pay."""
    if name not in _HOMES:
        raise AttributeError(f"module 'fivefold.llm' has no attribute {name!r}")
    return getattr(import_module(f"fivefold.llm.{_HOMES[name]}"), name)
