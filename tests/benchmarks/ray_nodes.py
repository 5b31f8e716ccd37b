"""A real Ray cluster on this machine for tests: a head without work and two nodes, each in a network of its own.

Where network namespaces cannot be had (they want root), the nodes are processes with addresses of their own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

RAY = Path(sys.executable).parent / "ray"
START_S = 240
SMALL = ("--object-store-memory", "80000000", "--include-log-monitor", "false")


class DidNotStartError(Exception):
    """This machine is too busy, or does not allow it."""


@dataclass
class Nodes:
    """The cluster."""

    folder: Path
    spaces: list[str] = field(default_factory=list)
    """Network namespaces; empty where there are none."""
    net: int = 0

    @property
    def head(self) -> str:
        return f"10.77.{self.net}.1" if self.spaces else "127.0.0.1"

    @property
    def address(self) -> str:
        return f"{self.head}:{6400 + self.net}"

    def of(self, place: int) -> str:
        return f"10.77.{self.net}.{place + 2}" if self.spaces else f"127.0.0.{place + 2}"

    def start(self, *arguments: str, inside: Sequence[str] = ()) -> None:
        env = {
            "PATH": "/usr/sbin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_agent_register_timeout_ms": "600000",
            "RAY_enable_metrics_collection": "0",
        }
        done = subprocess.run(
            [*inside, str(RAY), "start", *SMALL, *arguments], env=env, capture_output=True, text=True, timeout=START_S
        )
        if done.returncode != 0 or "Ray runtime started" not in done.stdout:
            raise DidNotStartError((done.stderr or done.stdout).strip().rsplit("\n", 1)[-1][:300])

    def kill(self, place: int) -> None:
        """End a node at once, as a power cut does."""
        mine = f"--node_ip_address={self.of(place)}"
        assert [os.kill(pid, signal.SIGKILL) for pid, told in processes() if mine in told and "raylet" in told]


def processes() -> Generator[tuple[int, str]]:
    """Every process with its command line."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


@contextmanager
def two_nodes() -> Generator[Nodes]:
    """Run the cluster.

    Raises:
        DidNotStartError: it cannot be had here.
    """
    # Not pytest's own folder: the names of Ray's sockets must stay short.
    nodes = Nodes(Path(tempfile.mkdtemp(prefix="ffray")), net=1 + os.getpid() % 250)
    try:
        _networks(nodes)
        head = ["--head", "--node-ip-address", nodes.head, "--port", nodes.address.partition(":")[2], "--num-cpus", "0"]
        nodes.start(*head, "--include-dashboard", "false", "--temp-dir", str(nodes.folder), "--disable-usage-stats")
        for place in range(2):
            inside = ["ip", "netns", "exec", nodes.spaces[place]] if nodes.spaces else []
            joining = ["--address", nodes.address, "--node-ip-address", nodes.of(place), "--num-cpus", "1"]
            nodes.start(*joining, inside=inside)
        yield nodes
    except subprocess.TimeoutExpired:
        raise DidNotStartError(f"`ray start` takes more than {START_S} s") from None
    finally:
        _end(nodes)


def _networks(nodes: Nodes) -> None:
    """Give each node a network namespace, joined by a bridge, where this process may."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return
    bridge, spaces = f"ffb{nodes.net}", [f"ff{nodes.net}n{place}" for place in range(2)]
    nodes.spaces = spaces
    commands = [f"link add {bridge} type bridge", f"addr add {nodes.head}/24 dev {bridge}", f"link set {bridge} up"]
    for place, space in enumerate(spaces):
        commands += [
            f"netns add {space}",
            f"link add {space}v type veth peer name eth0 netns {space}",
            f"link set {space}v master {bridge} up",
            f"-n {space} addr add {nodes.of(place)}/24 dev eth0",
            f"-n {space} link set eth0 up",
            f"-n {space} link set lo up",
        ]
    if any(subprocess.run(["ip", *one.split()], capture_output=True).returncode for one in commands):
        _without_networks(nodes)


def _without_networks(nodes: Nodes) -> None:
    for space in nodes.spaces:
        subprocess.run(["ip", "netns", "del", space], capture_output=True)
    if nodes.spaces:
        subprocess.run(["ip", "link", "del", f"ffb{nodes.net}"], capture_output=True)
    nodes.spaces = []


def _end(nodes: Nodes) -> None:
    give_up = time.monotonic() + 20
    while ours := [pid for pid, told in processes() if str(nodes.folder) in told and pid != os.getpid()]:
        for pid in ours:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > give_up:
            break
        time.sleep(0.05)
    _without_networks(nodes)
    shutil.rmtree(nodes.folder, ignore_errors=True)


@contextmanager
def reachable(url: str, host: str) -> Generator[str]:
    """Let a server of this machine be reached at another address of it, too; yields that URL."""
    port = int(url.rpartition(":")[2].partition("/")[0])
    loop, opened = asyncio.new_event_loop(), threading.Event()
    ports: list[int] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while block := await source.read(1 << 16):
                sink.write(block)
                await sink.drain()
        sink.close()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, ours), pump(theirs, writer))

    async def serve() -> None:
        server = await asyncio.start_server(one, host, 0)
        ports.append(server.sockets[0].getsockname()[1])
        opened.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    def work() -> None:
        asyncio.set_event_loop(loop)
        serving = loop.create_task(serve())
        stopping.append(serving.cancel)
        loop.run_until_complete(serving)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()

    stopping: list[object] = []
    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert opened.wait(30)
        yield url.replace(f"127.0.0.1:{port}", f"{host}:{ports[0]}")
    finally:
        stop = stopping[0]
        assert callable(stop)
        loop.call_soon_threadsafe(stop)
        thread.join()
