"""The protocol over standard input and output: the parts of a server in one process, without an address."""

from __future__ import annotations

from fivefold_server.config import Config
from fivefold_server.lock import locked
from fivefold_server.mcp.speaking import speaker
from fivefold_server.metrics import Metrics
from fivefold_server.running import running
from fivefold_server.store.accounts import LOCAL


async def speak(config: Config) -> None:
    """Answer until the client hangs up.

    Raises:
        CallerError: another server works on the database.
        OutsideError: the database cannot be used.
    """
    from mcp.server.stdio import stdio_server

    with locked(config.place):
        async with running(config, Metrics()) as context, stdio_server() as (incoming, outgoing):
            server = speaker(lambda: context, lambda request: LOCAL)
            await server.run(incoming, outgoing, server.create_initialization_options())
