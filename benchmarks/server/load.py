"""Many chats at once: first event, time to the end, memory, events lost or doubled.

    python benchmarks/server/load.py --chats 200 --running 64
    python benchmarks/server/load.py --chats 200 --running 32 --servers 2 --database postgresql://...

Prints one row of the table in README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics

from chats import Chat, chat, faults_of
from fleet import Fleet, cpu_s, fleet, llm, load_average, memory_mib, now

EVERY_S = 1.0


async def wave(servers: Fleet, first: int, many: int) -> tuple[list[Chat], list[float], list[float]]:
    """Begin so many chats at once and wait for all; return them, and the memory of servers and children meanwhile."""
    own, children, done = list[float](), list[float](), asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            taken = [memory_mib(server.pid) for server in servers.servers]
            own.append(sum(part for part, _ in taken))
            children.append(sum(part for _, part in taken))
            await asyncio.sleep(EVERY_S)

    watching = asyncio.create_task(watch())
    found = await asyncio.gather(*(chat(number, servers.urls) for number in range(first, first + many)))
    done.set()
    await watching
    return list(found), own, children


def percentile(values: list[float], part: int) -> float:
    """Return the value below which so many percent of all are."""
    return statistics.quantiles(values, n=100, method="inclusive")[part - 1] if len(values) > 1 else values[0]


def row(name: str, servers: Fleet, chats: list[Chat], own: list[float], children: list[float], seconds: float) -> str:
    """Return a row of the table."""
    first, steps, ends = ([getattr(one, part) for one in chats] for part in ("first_s", "step_s", "end_s"))
    events = sum(len(one.events) for one in chats)
    faults = [fault for one in chats for fault in faults_of(one, servers.urls[0])]
    for fault in faults[:20]:
        print(fault)
    cells = [
        name, f"{len(servers.servers)} x {servers.running}", f"{len(chats)}",
        f"{percentile(first, 50):.2f} / {percentile(first, 95):.2f}",
        f"{percentile(steps, 50):.1f} / {percentile(steps, 95):.1f}",
        f"{percentile(ends, 50):.1f} / {percentile(ends, 95):.1f}", f"{seconds:.1f}",
        f"{events / seconds:.0f}", f"{sum(map(cpu_s, (one.pid for one in servers.servers))):.0f}",
        f"{own[0]:.0f} / {max(own):.0f} / {own[-1]:.0f}", f"{max(children):.0f}", f"{len(faults)}",
        f"{load_average():.1f}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--waves", type=int, default=2, help="how often, so that memory that is never given back shows")
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--running", type=int, default=64, help="runs at once of each server")
    parser.add_argument("--database", default="sqlite", help="`sqlite`, or the address of an empty Postgres database")
    parser.add_argument("--first", type=float, default=0.5, help="seconds until the LLM's first token")
    parser.add_argument("--per-second", type=float, default=60.0, help="tokens a second of each answer")
    args = parser.parse_args()
    name = "SQLite" if args.database == "sqlite" else "Postgres"
    with llm(args.first, args.per_second) as port, fleet(args.database, args.running, port) as servers:
        for _ in range(args.servers):
            servers.start()
        for number in range(args.waves):
            begun = now()
            found = asyncio.run(wave(servers, number * args.chats, args.chats))
            print(row(name, servers, *found, now() - begun), flush=True)


if __name__ == "__main__":
    main()
