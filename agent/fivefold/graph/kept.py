"""LangGraph's checkpoints at a `Keeper`: of each run the last one, which is all that going on needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
)

from fivefold.keeper import Keeper


class KeptElsewhere(BaseCheckpointSaver[int]):
    """The checkpoints of one run, written through to its keeper."""

    def __init__(self, keeper: Keeper, run_id: str) -> None:
        super().__init__()
        self._keeper = keeper
        self._run_id = run_id
        self._state: bytes | None = None
        self._since: dict[tuple[str, int], tuple[str, str, Any]] = {}
        """What tasks have set, by task and number: path of the task, channel, value."""
        self._loaded = False

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the last checkpoint, unless another one is asked for."""
        await self._load()
        if self._state is None:
            return None
        kept = self._decoded(self._state)
        checkpoint: Checkpoint = kept["checkpoint"]
        if get_checkpoint_id(config) not in (None, checkpoint["id"]):
            return None
        ordered = sorted(self._since.items(), key=lambda one: (one[1][0], *one[0]))
        return CheckpointTuple(
            config=self._place(checkpoint["id"]),
            checkpoint=checkpoint,
            metadata=kept["metadata"],
            parent_config=None if kept["parent"] is None else self._place(kept["parent"]),
            pending_writes=[(task, channel, value) for (task, _), (_, channel, value) in ordered],
        )

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Yield the last checkpoint; the ones before it are not kept."""
        last = None if before is not None else await self.aget_tuple(self._place(None))
        if last is not None:
            yield last

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep the state after a step."""
        place: dict[str, Any] = config.get("configurable", {})
        kept = {"checkpoint": checkpoint, "metadata": metadata, "parent": place.get("checkpoint_id")}
        self._state, self._since, self._loaded = self._encoded(kept), {}, True
        await self._keeper.keep(self._run_id, self._state)
        return self._place(checkpoint["id"])

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what a step set; questions and answers replace what was there, results do not."""
        replaces = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        for number, (channel, value) in enumerate(writes):
            at = (task_id, WRITES_IDX_MAP.get(channel, number))
            if replaces or at not in self._since:
                self._since[at] = (task_path, channel, value)
        rows = [[*at, *set_] for at, set_ in self._since.items()]
        await self._keeper.keep_since(self._run_id, self._encoded(rows))

    async def keep_last(self, run_id: str) -> None:
        """Do nothing: only the last checkpoint is kept anyway."""

    async def forget(self, run_id: str) -> None:
        """Drop all that is kept of the run."""
        self._state, self._since = None, {}
        await self._keeper.forget(run_id)

    async def _load(self) -> None:
        if self._loaded:
            return
        found = await self._keeper.load(self._run_id)
        self._loaded = True
        if found is not None:
            self._state, since = found
            rows: list[list[Any]] = self._decoded(since) if since else []
            self._since = {(task, number): (path, channel, value) for task, number, path, channel, value in rows}

    def _place(self, checkpoint_id: str | None) -> RunnableConfig:
        named = {} if checkpoint_id is None else {"checkpoint_id": checkpoint_id}
        return {"configurable": {"thread_id": self._run_id, "checkpoint_ns": "", **named}}

    def _encoded(self, what: Any) -> bytes:
        kind, content = self.serde.dumps_typed(what)
        return kind.encode() + b"\n" + content

    def _decoded(self, content: bytes) -> Any:
        kind, _, rest = content.partition(b"\n")
        return self.serde.loads_typed((kind.decode(), rest))
