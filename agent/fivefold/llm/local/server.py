"""Starts, finds and stops the server of a local LLM; one a data folder, shared by all processes of its user."""

import datetime
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fivefold.errors import LLMError
from fivefold.llm.local.endpoint import answers
from fivefold.llm.local.engine import Engine, LlamaCpp, Served
from fivefold.llm.local.lock import file_lock
from fivefold.llm.local.state import ServerState, log_path, new_token, read_state, state_path, write_state
from fivefold.llm.local.weights import find

_LOOK_S = 0.1
_LOG_LINES = 15
_END_S = 40.0
"""What a server has for ending itself and what it started."""
_STOP_WAIT_S = 5.0
"""How long `stop` waits for somebody who starts a server."""
_children: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this very process started: kept so that they are reaped when they end."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers."""

    base_url: str
    """OpenAI-compatible endpoint."""
    api_key: str = field(repr=False)
    """Key that it wants."""
    pid: int
    llm: str
    """Name under which it lists the LLM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """What there is of the embedded LLM."""

    phase: Literal["stopped", "starting", "ready", "dead"]
    """`dead`: a state file, but no process behind it."""
    weights: Path | None
    """The weights that are there, or that it serves."""
    pid: int | None = None
    base_url: str | None = None
    llm: str | None = None
    started: str | None = None
    """When, ISO 8601 in UTC."""
    engine: str | None = None
    restarts: int = 0
    """How often it was started again after a crash."""


def start(
    data_dir: Path,
    *,
    weights: Path | str | None = None,
    engine: Engine | None = None,
    port: int = 0,
    timeout_s: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> RunningServer:
    """Return a server that answers: the running one, or a new one that outlives this process.

    Args:
        data_dir: Where the weights, the log and the state file are.
        weights: What to serve instead of the embedded LLM: a GGUF file for llama.cpp, a folder or a name on the
            hub for vLLM.
        engine: What serves; None: llama.cpp.
        port: Where to listen; 0 takes a free port.
        timeout_s: How long loading the weights may take; None: as long as the engine usually takes.
        progress: Called with the seconds waited so far.

    Raises:
        WeightsError: The weights are not there; `pull` first.
        LLMError: The server cannot be started.
    """
    engine = engine or LlamaCpp()
    data_dir = data_dir.resolve()
    served = engine.locate(data_dir, weights)
    timeout_s = engine.start_s if timeout_s is None else timeout_s
    deadline = time.monotonic() + timeout_s
    try:
        with file_lock(_lock(data_dir), timeout_s=timeout_s):
            state = _reusable(data_dir, engine, served)
            child = _spawn(data_dir, engine, served, port) if state is None else None
            state = _wait(data_dir, engine, child, deadline, progress)
    except TimeoutError as error:
        raise LLMError(
            f"another start of the embedded LLM is not done after {timeout_s:.0f} s", kind="timeout"
        ) from error
    return RunningServer(state.base_url, state.token, state.pid, state.llm)


def serving(data_dir: Path) -> ServerState | None:
    """Return the note about the server that is there or is starting, whatever its engine; None where none is."""
    data_dir = data_dir.resolve()
    state = read_state(state_path(data_dir))
    return state if state is not None and _is_ours(state, data_dir) else None


def join(
    data_dir: Path, *, timeout_s: float = 1800.0, progress: Callable[[float], None] | None = None
) -> RunningServer:
    """Return the server that is there once it answers; it may be starting again after a crash.

    Raises:
        LLMError: It ended, or does not answer in time.
    """
    begun = time.monotonic()
    while (state := serving(data_dir)) is not None:
        if _is_ready(state):
            return RunningServer(state.base_url, state.token, state.pid, state.llm)
        if time.monotonic() - begun > timeout_s:
            raise LLMError(f"{state.engine} did not answer in time; see `{log_path(data_dir)}`", kind="timeout")
        if progress is not None:
            progress(time.monotonic() - begun)
        time.sleep(_LOOK_S)
    raise LLMError(f"the server ended before it answered; see `{log_path(data_dir)}`", kind="server")


def stop(data_dir: Path) -> bool:
    """End the server with everything that it started; return whether there was one."""
    data_dir = data_dir.resolve()
    try:
        with file_lock(_lock(data_dir), timeout_s=_STOP_WAIT_S):
            return _stop(data_dir)
    except TimeoutError:
        # Somebody waits for a server to start, which may take an hour; that one is meant.
        return _stop(data_dir)


def status(data_dir: Path) -> ServerStatus:
    """Return what there is, asking the server itself."""
    data_dir = data_dir.resolve()
    state = read_state(state_path(data_dir))
    if state is None:
        return ServerStatus(phase="stopped", weights=find(data_dir))
    phase: Literal["starting", "ready", "dead"] = "dead"
    if _is_ours(state, data_dir):
        phase = "ready" if _is_ready(state) else "starting"
    return ServerStatus(
        phase=phase,
        weights=Path(state.weights),
        pid=state.pid,
        base_url=state.base_url if state.port else None,
        llm=state.llm,
        started=state.started,
        engine=state.engine,
        restarts=state.restarts,
    )


def _lock(data_dir: Path) -> Path:
    return data_dir / "server" / "start.lock"


def _is_ready(state: ServerState) -> bool:
    return state.phase == "ready" and answers(state)


def _reusable(data_dir: Path, engine: Engine, served: Served) -> ServerState | None:
    """Return the state of a server that answers or is starting; end one that does neither or serves another file."""
    state = read_state(state_path(data_dir))
    if state is None:
        return None
    same = state.weights == served.source and state.engine == engine.name
    if same and _is_ours(state, data_dir) and (state.phase == "starting" or answers(state)):
        return state
    _stop(data_dir)
    return None


def _spawn(data_dir: Path, engine: Engine, served: Served, port: int) -> subprocess.Popen[bytes]:
    mend = engine.missing()
    if mend is not None:
        raise LLMError(mend, kind="server")
    path = state_path(data_dir)
    command = engine.command(served, port=port, state_file=path)
    state = ServerState(
        phase="starting",
        engine=engine.name,
        pid=0,
        port=0,
        token=new_token(),
        llm=served.llm,
        weights=served.source,
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        probe=engine.probe,
    )
    write_state(path, state)
    with log_path(data_dir).open("wb") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Not the caller's folder, which `python -m` would put in front of the installed packages.
            cwd=path.parent,
            start_new_session=True,
        )
    _children[child.pid] = child
    return child


def _wait(
    data_dir: Path,
    engine: Engine,
    child: subprocess.Popen[bytes] | None,
    deadline: float,
    progress: Callable[[float], None] | None,
) -> ServerState:
    """Return the state once the server answers; `child` is None where another process started it."""
    begun = time.monotonic()
    while True:
        state = read_state(state_path(data_dir))
        if state is not None and _is_ready(state):
            return state
        gone = child.poll() is not None if child is not None else state is None or not _is_ours(state, data_dir)
        if gone:
            failure = _failure(data_dir, engine, None if child is None else child.returncode)
            _stop(data_dir)
            if child is not None:
                _reap(child.pid)
            raise failure
        if time.monotonic() > deadline:
            _stop(data_dir)
            if child is not None:
                child.kill()
                _reap(child.pid)
            raise LLMError(f"{engine.name} did not answer in time; see `{log_path(data_dir)}`", kind="timeout")
        if progress is not None:
            progress(time.monotonic() - begun)
        time.sleep(_LOOK_S)


def _failure(data_dir: Path, engine: Engine, exit_code: int | None) -> LLMError:
    """Return the error that shows why the server ended: its last lines and, where they are known, the mend."""
    try:
        text = log_path(data_dir).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    mend = engine.mend(text, exit_code)
    if mend is None:
        mend = f"the whole log is in `{log_path(data_dir)}`; `fivefold model pull` checks the weights"
    last = "\n".join(f"  {line}" for line in text.splitlines()[-_LOG_LINES:])
    code = "" if exit_code is None else f" with exit code {exit_code}"
    return LLMError(f"{engine.name} ended while starting{code}: {mend}\n{last}".rstrip(), kind="server")


def _stop(data_dir: Path) -> bool:
    path = state_path(data_dir)
    state = read_state(path)
    path.unlink(missing_ok=True)
    if state is None or not _is_ours(state, data_dir):
        return False
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        try:
            os.kill(state.pid, number)
        except OSError:
            break
        end = time.monotonic() + _END_S
        while time.monotonic() < end and _is_ours(state, data_dir):
            time.sleep(_LOOK_S)
        if not _is_ours(state, data_dir):
            break
    _reap(state.pid)
    return True


def _reap(pid: int) -> None:
    """Collect an ended child of this very process, where it was one."""
    child = _children.pop(pid, None)
    if child is not None:
        child.wait()


def _is_ours(state: ServerState, data_dir: Path) -> bool:
    """Tell whether the process of the state is our server, and not one that got its number later."""
    child = _children.get(state.pid)
    if child is not None and child.poll() is not None:
        return False
    return state.pid > 0 and str(state_path(data_dir)) in _command_line(state.pid)


def _command_line(pid: int) -> str:
    """Return the command line of a process; empty where there is none such, or it ended and was not reaped."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            return ""
    if sys.platform == "win32":
        question = f"(Get-CimInstance Win32_Process -Filter 'ProcessId={pid}').CommandLine"
        command = ["powershell", "-NoProfile", "-Command", question]
    else:
        command = ["ps", "-p", str(pid), "-o", "command=", "-ww"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
