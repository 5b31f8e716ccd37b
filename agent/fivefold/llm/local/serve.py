"""The server process of the embedded LLM: `python -m fivefold.llm.local.serve`; started by `server.start`.

It reads its token from the state file, writes its port there when it answers, and ends by itself when it was
idle for long or when the state file names another process, so that nothing is left behind.
"""

import argparse
import importlib
import json
import os
import signal
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from fivefold.llm.local.hardware import physical_cores
from fivefold.llm.local.state import read_state, write_state

_LOOK_S = 1.0
_PROMPT_CACHE_MIB = 1024
"""Saved prompt prefixes; 28 KiB a token for the default LLM."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fivefold.llm.local.serve", description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--idle-exit", type=float, default=1800.0)
    options = parser.parse_args(arguments)
    state = read_state(options.state)
    if state is None:
        print(f"no state file `{options.state}`", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _leave)
    write_state(options.state, replace(state, pid=os.getpid()))
    address, server = _listen(options, token=state.token, llm=state.llm)
    port = int(address.rsplit(":", 1)[1])
    write_state(options.state, replace(state, phase="ready", pid=os.getpid(), port=port))
    try:
        _watch(options.state, address, state.token, options.idle_exit)
    finally:
        current = read_state(options.state)
        if current is not None and current.pid == os.getpid():
            options.state.unlink(missing_ok=True)
        del server
    return 0


def _leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _listen(options: argparse.Namespace, *, token: str, llm: str) -> tuple[str, object]:
    """Load the weights and start to answer; return the address and the server, which lives as long as kept."""
    # Spinning OpenMP threads cost up to six times the speed as soon as anything else runs on the same cores;
    # read by libgomp when it is loaded, so it must come before the import.
    os.putenv("OMP_WAIT_POLICY", "passive")
    # By name, since it carries no types.
    xllamacpp: Any = importlib.import_module("xllamacpp")
    threads = options.threads or physical_cores()
    params = xllamacpp.CommonParams()
    params.model.path = str(options.weights)
    params.model_alias = {llm}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.api_keys = [token]
    params.n_parallel = options.slots
    params.n_ctx = options.slots * options.context
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.cache_prompt = True
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.endpoint_slots = True
    params.ui = False
    server = xllamacpp.Server(params)
    return str(server.listening_address), server


def _watch(state_file: Path, address: str, token: str, idle_exit_s: float) -> None:
    """Return when the server is no longer wanted."""
    seen: object = None
    last = time.monotonic()
    while True:
        time.sleep(_LOOK_S)
        current = read_state(state_file)
        if current is None or current.pid != os.getpid():
            return
        if idle_exit_s > 0:
            busy, activity = _activity(address, token)
            if busy or activity != seen:
                seen, last = activity, time.monotonic()
            if time.monotonic() - last > idle_exit_s:
                print(f"no request for {idle_exit_s:.0f} s; ending", flush=True)
                return


def _activity(address: str, token: str) -> tuple[bool, object]:
    """Return whether a request is worked on, and something that differs after each request."""
    request = urllib.request.Request(f"{address}/slots", headers={"Authorization": f"Bearer {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60.0) as answer:
            slots = json.load(answer)
    except (OSError, ValueError):
        return True, None
    busy = any(slot.get("is_processing") for slot in slots)
    return busy, [slot.get("id_task") for slot in slots]


if __name__ == "__main__":
    sys.exit(main())
