"""What the routes work with: one object a server, made when it starts."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from fivefold_server.config import Config
from fivefold_server.hub import Hub
from fivefold_server.log import Log
from fivefold_server.metrics import Metrics
from fivefold_server.rates import Rates
from fivefold_server.runs.runner import Runner
from fivefold_server.store.database import Database
from fivefold_server.work import Work


@dataclass(slots=True, kw_only=True)
class Context:
    """The parts of a running server."""

    config: Config
    database: Database
    hub: Hub
    log: Log
    runner: Runner
    work: Work
    metrics: Metrics
    logins: Rates
    """Attempts to log in, by address."""
    streams: Counter[str] = field(default_factory=Counter[str])
    """Live streams and long polls, by user."""
    later: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    """What is done in a while; dropped when the server stops."""
