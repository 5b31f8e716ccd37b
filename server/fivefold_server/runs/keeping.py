"""Runs kept in the server's database, for whichever server goes on with them."""

from __future__ import annotations

from functools import partial

from fivefold_server.store import kept
from fivefold_server.store.database import Database
from fivefold_server.store.runs import RunRow


class LostRun(Exception):
    """Another server has the run now, or it was deleted; what it still does here is in vain."""


class KeptRun:
    """The `fivefold.keeper.Keeper` of one run that this server has."""

    def __init__(self, database: Database, run: RunRow) -> None:
        self._database = database
        self._run = run

    async def load(self, run_id: str) -> tuple[bytes, bytes] | None:
        """Return the state after the run's last step and what was set since; None where nothing is kept."""
        return await self._database.read(partial(kept.load, run=run_id))

    async def keep(self, run_id: str, state: bytes) -> None:
        """Keep the state after a step, instead of what was kept before.

        Raises:
            LostRun: the run is another server's.
        """
        if not await self._database.write(partial(kept.keep, run=self._run, state=state)):
            raise LostRun(run_id)

    async def keep_since(self, run_id: str, since: bytes) -> None:
        """Keep what was set since that state.

        Raises:
            LostRun: the run is another server's.
        """
        if not await self._database.write(partial(kept.keep_since, run=self._run, since=since)):
            raise LostRun(run_id)

    async def forget(self, run_id: str) -> None:
        """Drop what is kept of the run."""
        await self._database.write(partial(kept.forget, run=self._run))
