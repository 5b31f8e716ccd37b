"""The note about the running server: who it is, where it listens and its key; readable by its owner alone."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

Phase = Literal["starting", "ready"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """What the state file holds."""

    phase: Phase
    """`starting` until the server answers."""
    engine: str
    pid: int
    """0 until the process is there."""
    port: int
    """0 until it listens."""
    token: str = field(repr=False)
    """Bearer token that requests must carry."""
    llm: str
    weights: str
    """File, folder or name on the hub that the weights come from."""
    started: str
    """When, ISO 8601 in UTC."""
    probe: str = "/props"
    """Path that is answered with 200 when the server is ready and the key is right."""
    restarts: int = 0
    """How often it was started again after a crash."""

    @property
    def base_url(self) -> str:
        """Address of the OpenAI-compatible endpoint."""
        return f"http://127.0.0.1:{self.port}/v1"


def state_path(data_dir: Path) -> Path:
    """Return the state file's path."""
    return data_dir / "server" / "state.json"


def log_path(data_dir: Path) -> Path:
    """Return the path of the server's log."""
    return data_dir / "server" / "server.log"


def new_token() -> str:
    """Return a fresh random token."""
    return secrets.token_urlsafe(32)


def read_state(path: Path) -> ServerState | None:
    """Return what the file says, None where it is missing or damaged."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            return None
        return ServerState(**cast("dict[str, Any]", data))
    except (OSError, ValueError, TypeError):
        return None


def write_state(path: Path, state: ServerState) -> None:
    """Write the file in one step, with mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
    os.replace(scratch, path)
