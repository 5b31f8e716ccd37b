"""Attempts on the nodes of a Ray cluster: one actor a node, with its own event loop and pool of programs.

Only this process, the driver, writes the record. A node gets as many attempts as it has places, and the questions
that the LLM is asked at once are shared out among the nodes. When a node is lost, its attempts are made elsewhere;
nodes that join are taken in. Starting and joining nodes is Ray's business: `ray start`.
"""

from __future__ import annotations

import asyncio
import importlib
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fivefold.errors import CallerError, OutsideError
from fivefold.settings import Settings, from_environment
from fivefold_benchmarks.adaptive import Gate, hearing
from fivefold_benchmarks.attempting import Ended, Fault, Task, attempted, unended
from fivefold_benchmarks.baselines import Pipeline
from fivefold_benchmarks.endpoints import Endpoint
from fivefold_benchmarks.engines.engine import NODE
from fivefold_benchmarks.engines.here import answers
from fivefold_benchmarks.stamps import stamps

ALONE_S = 300.0
"""Longest wait for a node when none is left."""
LOOK_S = 2.0
"""Seconds between two looks at which nodes there are."""
JOIN_S = 120.0
"""Longest wait for a node's actor to be ready."""
MUST_BE_LIKE = ("version", "prompts")
"""What a node must have in common with the driver."""


class Worker:
    """What runs on a node: an actor of Ray."""

    def __init__(self, endpoint: Endpoint, pipelines: Mapping[str, Pipeline], most: int) -> None:
        self._pipelines = pipelines
        self._gate = Gate(most)
        # Folders are this node's own; endpoint and key are the driver's.
        self._llm = endpoint.connect(from_environment(), concurrency=most, on_retry=hearing(self._gate))

    async def stamps(self) -> dict[str, Any]:
        """Return with what this node makes attempts."""
        return await asyncio.to_thread(stamps)

    async def allow(self, most: int) -> None:
        """Ask at most so many questions at once."""
        self._gate.allow(most)

    async def attempt(self, task: Task) -> Ended:
        """Make an attempt once the LLM has a turn for it."""
        await self._gate.vacancy()
        return await attempted(task, self._pipelines[task.key.pipeline], self._llm, self._gate)


@dataclass(slots=True)
class Node:
    """A node with its actor."""

    name: str
    cpus: int
    actor: Any
    share: int
    """Questions at once at most."""
    busy: int = 0
    """Attempts that it was given."""

    @property
    def places(self) -> int:
        """How many attempts it is given at once: one more than ask, and those whose programs run or wait for a core."""
        return self.share + 1 + self.share // 8 + 2 * self.cpus

    @property
    def free(self) -> int:
        """Places left."""
        return self.places - self.busy


@dataclass(slots=True)
class Cluster:
    """The nodes of a cluster as an engine."""

    endpoint: Endpoint
    settings: Settings
    pipelines: Mapping[str, Pipeline]
    concurrency: int
    """Questions at once over all nodes."""
    tell: Callable[[str, str], None]
    """Hears what happens to nodes: kind and words."""
    ray: Any
    hosts: dict[str, str] = field(default_factory=dict[str, str])
    """Address of each node, by its id."""
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    refused: set[str] = field(default_factory=set[str])
    """Nodes that are not like the driver."""
    _last_node: float = field(default_factory=time.monotonic)
    """When there was a node for the last time."""
    _taken: deque[Node] = field(default_factory=deque[Node])
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def load(self) -> Cluster:
        """How much is under way."""
        return self

    @property
    def busy(self) -> int:
        """Attempts that nodes were given."""
        return sum(node.busy for node in self.nodes.values())

    @property
    def limit(self) -> int:
        """Places of all nodes."""
        return sum(node.places for node in self.nodes.values())

    def take(self) -> bool:
        """Take a place on the node that has most of them free."""
        best = max(self.nodes.values(), key=lambda node: node.free, default=None)
        if best is None and time.monotonic() - self._last_node > ALONE_S:
            raise OutsideError(f"the Ray cluster has had no node for {ALONE_S:.0f} s; what was done is recorded")
        if best is None or best.free <= 0:
            self._freed.clear()
            return False
        best.busy += 1
        self._taken.append(best)
        return True

    async def freed(self) -> None:
        """Wait until there may be a place."""
        await self._freed.wait()

    async def attempt(self, task: Task) -> Ended:
        """Make an attempt on the node whose place was taken."""
        node = self._taken.popleft()
        try:
            ended: Ended = await node.actor.attempt.remote(task)
        except self.ray.exceptions.RayTaskError as fault:
            raise OutsideError(f"node {node.name} cannot make attempts: {fault}") from fault
        except self.ray.exceptions.RayError as fault:
            self._lose(node, fault)
            lost = f"node {self._named(node.name)} was lost"
            return Ended(unended(lost), str(fault), Fault(NODE, lost))
        finally:
            node.busy -= 1
            self._freed.set()
        return ended

    async def answers(self) -> bool:
        """Whether the LLM answers a short question that it was never asked before."""
        async with self.endpoint.connect(self.settings) as llm:
            return await answers(llm)

    async def look_around(self) -> None:
        """Take in nodes that have come, let go those that are gone, and share the questions out anew."""
        there = [node for node in await asyncio.to_thread(self.ray.nodes) if node["Alive"]]
        alive = {str(node["NodeID"]): int(node["Resources"].get("CPU", 0)) for node in there}
        self.hosts.update((str(node["NodeID"]), str(node["NodeManagerAddress"])) for node in there)
        for gone in [node for name, node in self.nodes.items() if name not in alive]:
            self._lose(gone, "it left the cluster")
        new = [name for name, cpus in alive.items() if cpus and name not in self.nodes and name not in self.refused]
        joined = await asyncio.gather(*(self._join(name, alive[name], len(self.nodes) + len(new)) for name in new))
        if any(joined):
            self._share_out()
        if self.nodes:
            self._last_node = time.monotonic()
        else:
            self._freed.set()  # who waits for a place looks at how long there was none

    async def _join(self, name: str, cpus: int, nodes: int) -> bool:
        """Start the actor of a node, and take the node in if it is like the driver."""
        here = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(name, soft=False)
        share = max(1, self.concurrency // max(1, nodes))
        # Anything of its own that the user runs on the node has the node's other resources.
        options = {"num_cpus": cpus, "scheduling_strategy": here, "max_restarts": 0, "max_task_retries": 0}
        made = self.ray.remote(Worker).options(max_concurrency=10_000, **options)
        actor = made.remote(self.endpoint, self.pipelines, self.concurrency)
        try:
            theirs = await asyncio.wait_for(actor.stamps.remote(), JOIN_S)
        except (self.ray.exceptions.RayError, TimeoutError) as fault:
            self.ray.kill(actor)
            self.tell("node not ready", f"{self._named(name)}: {type(fault).__name__}")
            return False
        ours = await asyncio.to_thread(stamps)
        unlike = [what for what in MUST_BE_LIKE if theirs[what] != ours[what]]
        if unlike:
            self.ray.kill(actor)
            self.refused.add(name)
            self.tell(
                "node not used", f"{self._named(name)}: another {' and another '.join(unlike)} of Fivefold than here"
            )
            return False
        self.nodes[name] = Node(name, cpus, actor, share)
        self.tell("node joined", f"{self._named(name)}: {cpus} cores")
        return True

    def _lose(self, node: Node, why: object) -> None:
        if self.nodes.get(node.name) is not node:
            return
        del self.nodes[node.name]
        with suppress(Exception):  # it may be gone already
            self.ray.kill(node.actor)
        self.tell("node lost", f"{self._named(node.name)}: {str(why).strip().splitlines()[0][:200]}")
        self._share_out()

    def _named(self, name: str) -> str:
        return f"{self.hosts.get(name, '')} {name[:8]}"

    def _share_out(self) -> None:
        """Let each node ask its part of the questions at once."""
        for node in self.nodes.values():
            node.share = max(1, self.concurrency // len(self.nodes))
            node.actor.allow.remote(node.share)
        self._freed.set()


@asynccontextmanager
async def opened(
    address: str,
    endpoint: Endpoint,
    settings: Settings,
    pipelines: Mapping[str, Pipeline],
    concurrency: int,
    tell: Callable[[str, str], None],
) -> AsyncGenerator[Cluster]:
    """Connect to a Ray cluster and take in its nodes.

    Args:
        address: of the cluster; `auto` is the one that this machine is part of.
        endpoint: the LLM; every node must reach it under that address.
        settings: of the driver; the key in it goes to the nodes.
        pipelines: those that are run, by name.
        concurrency: questions at once over all nodes.
        tell: hears what happens to nodes.

    Raises:
        CallerError: Ray is not installed, there is no cluster, or it has no node to work on.
    """
    if endpoint.embedded:
        raise CallerError("the nodes of a cluster cannot reach the embedded LLM of this machine; give `--base-url`")
    ray = _connected(address)
    cluster = Cluster(_with_key(endpoint, settings), settings, pipelines, concurrency, tell, ray)
    try:
        await cluster.look_around()
        if not cluster.nodes:
            raise CallerError("the Ray cluster has no node with a free core and the same Fivefold as here")
        looking = asyncio.create_task(_looking(cluster))
        try:
            yield cluster
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
    finally:
        ray.shutdown()


async def _looking(cluster: Cluster) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        await cluster.look_around()


def _with_key(endpoint: Endpoint, settings: Settings) -> Endpoint:
    """Return the endpoint with its key, which nodes do not have in their environment."""
    key = endpoint.api_key or (settings.api_key if endpoint.base_url == settings.base_url else None)
    return Endpoint(endpoint.base_url, endpoint.llm, key)


def _connected(address: str) -> Any:
    """Return Ray, connected.

    Raises:
        CallerError: it is not installed, or there is no cluster at the address.
    """
    try:
        ray: Any = importlib.import_module("ray")
        importlib.import_module("ray.util.scheduling_strategies")
    except ImportError:
        raise CallerError("`--engine ray` wants Ray: `pip install 'fivefold[ray]'`, on every node") from None
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError) as fault:
        raise CallerError(
            f"there is no Ray cluster at `{address}` ({fault}); start one with `ray start --head` and join nodes with "
            "`ray start --address HOST:PORT`"
        ) from None
    return ray
