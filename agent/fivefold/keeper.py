"""Where runs can be kept instead of in a file: a place that several processes reach, so that any of them goes on."""

from __future__ import annotations

from typing import Protocol


class Keeper(Protocol):
    """Keeps where each run is. Whatever it raises ends the run: a step that is not kept is not gone on from."""

    async def load(self, run_id: str) -> tuple[bytes, bytes] | None:
        """Return the state after a run's last step and what was set since; None where nothing is kept."""
        ...

    async def keep(self, run_id: str, state: bytes) -> None:
        """Keep the state after a step, instead of what was kept before."""
        ...

    async def keep_since(self, run_id: str, since: bytes) -> None:
        """Keep what was set since that state."""
        ...

    async def forget(self, run_id: str) -> None:
        """Drop what is kept of a run."""
        ...
