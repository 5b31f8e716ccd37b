"""The parts of a server while it runs, put together; who listens, and on what, is not its matter."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fivefold_server.config import Config
from fivefold_server.context import Context
from fivefold_server.hub import Hub
from fivefold_server.log import Log
from fivefold_server.metrics import Metrics
from fivefold_server.rates import Counted, Rates
from fivefold_server.runs.runner import Runner
from fivefold_server.store import accounts
from fivefold_server.store.connection import Db
from fivefold_server.store.database import Database
from fivefold_server.telemetry import Telemetry
from fivefold_server.work import Work


@asynccontextmanager
async def running(
    config: Config, metrics: Metrics, telemetry: Telemetry | None = None, requests: Rates | None = None
) -> AsyncGenerator[Context]:
    """Open the database, take up the runs that were left open, and give the parts; at the end put all away.

    Args:
        config: how it is set up.
        metrics: what it counts in.
        telemetry: where it is traced; nowhere without it.
        requests: how often clients may ask; told to the other servers on the same database.

    Raises:
        OutsideError: the database cannot be used.
    """
    database = await asyncio.to_thread(Database, config.place)
    try:
        await database.write(_first_user)
        hub = Hub()
        log = Log(database, hub)
        database.listen(log.heard)
        streams: Counter[str] = Counter()
        limits = config.limits
        logins = Rates(limits.logins_per_minute)
        rates = {"logins": logins} if requests is None else {"logins": logins, "requests": requests}
        runner = Runner(config, database, log, hub, metrics, Counted(streams, rates), telemetry)
        context = Context(
            config=config,
            database=database,
            hub=hub,
            log=log,
            runner=runner,
            work=Work(limits.working, limits.working_waiting, metrics),
            metrics=metrics,
            streams=streams,
            logins=logins,
        )
        await runner.start()
        try:
            yield context
        finally:
            hub.close()
            for task in context.later:
                task.cancel()
            await runner.close()
    finally:
        await asyncio.to_thread(database.close)


def _first_user(db: Db) -> None:
    accounts.add_user(db, accounts.LOCAL)
