"""Checkpoints in SQLite: every step of every run, kept until the run has ended."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from fivefold.errors import OutsideError

Warn = Callable[[str], None]
WAIT_S = 30.0
"""Seconds to wait while another run writes to the same file."""


class Waiting(NamedTuple):
    """A run that has not ended."""

    run_id: str
    """Names it."""
    step: str
    """The step that it was in."""
    text: str
    """Its problem."""


class Checkpoints(AsyncSqliteSaver):
    """LangGraph's saver, for which a full disk or a broken file costs the checkpoints and not the run."""

    def __init__(self, connection: aiosqlite.Connection, warn: Warn) -> None:
        super().__init__(connection)
        self._warn = warn
        self.given_up = False
        """Whether nothing is kept any more."""

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep the state after a step."""
        if not self.given_up:
            try:
                return await super().aput(config, checkpoint, metadata, new_versions)
            except sqlite3.Error as fault:
                self._give_up(fault)
        place: dict[str, Any] = config.get("configurable", {})
        return {"configurable": {**place, "checkpoint_id": checkpoint["id"]}}

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what a step set."""
        if self.given_up:
            return
        try:
            await super().aput_writes(config, writes, task_id, task_path)
        except sqlite3.Error as fault:
            self._give_up(fault)

    async def keep_last(self, run_id: str) -> None:
        """Drop all checkpoints of a run but its last: an ended run is read again, never gone on with."""
        if self.given_up:
            return
        try:
            for table in ("checkpoints", "writes"):
                await self.conn.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < "
                    "(SELECT MAX(checkpoint_id) FROM checkpoints WHERE thread_id = ?)",
                    (run_id, run_id),
                )
            await self.conn.commit()
        except sqlite3.Error as fault:
            self._give_up(fault)

    async def forget(self, run_id: str) -> None:
        """Drop all checkpoints of a run."""
        if self.given_up:
            return
        try:
            await self.adelete_thread(run_id)
        except sqlite3.Error as fault:
            self._give_up(fault)

    async def run_ids(self) -> list[str]:
        """Return the names of all runs, latest first."""
        await self.setup()
        query = "SELECT thread_id FROM checkpoints GROUP BY thread_id ORDER BY MAX(checkpoint_id) DESC"
        async with self.conn.execute(query) as rows:
            return [str(row[0]) async for row in rows]

    def _give_up(self, fault: sqlite3.Error) -> None:
        self.given_up = True
        self._warn(f"checkpoints are given up, the run goes on and cannot be resumed from here: {fault}")


@asynccontextmanager
async def writing(path: Path | None, warn: Warn) -> AsyncGenerator[Checkpoints | None]:
    """Open the checkpoints for a new run; None where there is no place for them, after a warning."""
    async with AsyncExitStack() as stack:
        saver = None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                saver = Checkpoints(await stack.enter_async_context(_connection(path)), warn)
                await saver.setup()
            except (OSError, sqlite3.Error) as fault:
                warn(f"no checkpoints are kept in {path}, the run cannot be resumed: {fault}")
                saver = None
        yield saver


@asynccontextmanager
async def reading(path: Path, warn: Warn) -> AsyncGenerator[Checkpoints | None]:
    """Open the checkpoints that are there; None where there is no such file.

    Raises:
        OutsideError: the file cannot be read.
    """
    if not await asyncio.to_thread(path.exists):
        yield None
        return
    try:
        async with _connection(path) as connection:
            saver = Checkpoints(connection, warn)
            await saver.setup()
            yield saver
    except sqlite3.Error as fault:
        raise OutsideError(f"the runs kept in {path} cannot be read: {fault}; move the file away") from fault


@asynccontextmanager
async def _connection(path: Path) -> AsyncGenerator[aiosqlite.Connection]:
    """Open and close a database, both to the end even where the run is cancelled meanwhile.

    aiosqlite answers from a thread of its own, which must not find the event loop closed.
    """
    opening = asyncio.ensure_future(_open(path))
    try:
        yield await asyncio.shield(opening)
    finally:
        closing = asyncio.ensure_future(_close(opening))
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait([closing])
            raise


async def _open(path: Path) -> aiosqlite.Connection:
    return await aiosqlite.connect(path, timeout=WAIT_S)


async def _close(opening: asyncio.Future[aiosqlite.Connection]) -> None:
    try:
        connection = await opening
    except (OSError, sqlite3.Error):
        return  # whoever waited for it has been told
    await connection.close()
