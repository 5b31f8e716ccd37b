"""The way to the LLM: an endpoint client with retries, structured output, a reply cache and a budget.

Importing this package does not import the OpenAI SDK; that happens with the first request.
"""

from fivefold.llm.budget import Budget, Left, Prices, cost_usd
from fivefold.llm.client import LLM
from fivefold.llm.reply import Message, Parsed, Reply, RetryEvent, Rung, Schema, Usage
from fivefold.llm.retry import RetryPolicy

__all__ = [
    "LLM",
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
