"""Servers killed with `kill -9` at random moments while chats go on: everything has to resume.

python benchmarks/server/killing.py --kills 50
python benchmarks/server/killing.py --kills 50 --servers 2 --database postgresql://...
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import urllib.request
from collections import Counter

from chats import ENDED, Chat, chat, faults_of, request, stream
from fleet import Fleet, fleet, llm, load_average, now


async def killing(servers: Fleet, kills: int, between_s: float, most_s: float) -> int:
    """Kill one server after the other, at random moments, and start it again; return how often."""
    count, end = 0, now() + most_s
    while count < kills and now() < end:
        await asyncio.sleep(random.uniform(0.1, 2 * between_s))
        number = random.randrange(len(servers.servers))
        servers.kill(number)
        count += 1
        await asyncio.to_thread(servers.restart, number)
    return count


async def lasting(servers: Fleet, at_once: int, done: asyncio.Event) -> list[Chat]:
    """Keep so many chats going until all kills are over; return all of them."""
    count, found = 0, list[Chat]()

    async def one_after_the_other() -> None:
        nonlocal count
        while not done.is_set():
            count += 1
            found.append(await chat(count, servers.urls))

    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
    return found


async def resumed(servers: Fleet, chats: list[Chat]) -> int:
    """Resume what was given up because servers fell too often in the same step, as a person would; return how many."""
    given_up = [one for one in chats if one.status == "interrupted_by_restart"]
    for one in given_up:
        await request(servers.urls[0], "POST", f"/api/v1/runs/{one.run}/resume")
        path = f"/api/v1/problems/{one.problem}/events?after={one.events[-1]['seq']}"
        async for event in stream(servers.urls[0], path):
            if event["kind"] == "run.status" and event["data"]["status"] in ENDED:
                break
    return len(given_up)


async def measured(
    servers: Fleet, kills: int, between_s: float, most_s: float, at_once: int
) -> tuple[int, list[Chat], int]:
    """Kill while chats go on; return the kills, the chats and how many a person had to resume."""
    done = asyncio.Event()
    going = asyncio.create_task(lasting(servers, at_once, done))
    count = await killing(servers, kills, between_s, most_s)
    done.set()
    chats = await going
    return count, chats, await resumed(servers, chats)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--between", type=float, default=5.0, help="mean seconds between two kills")
    parser.add_argument("--seconds", type=float, default=3600.0, help="no more kills after so many")
    parser.add_argument("--chats", type=int, default=8, help="chats at any time")
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--database", default="sqlite", help="`sqlite`, or the address of an empty Postgres database")
    parser.add_argument("--lease", type=float, default=3.0)
    args = parser.parse_args()
    with llm(0.5, 60.0) as port, fleet(args.database, 8, port, args.lease) as servers:
        for _ in range(args.servers):
            servers.start()
        begun = now()
        kills, chats, resumed_by_hand = asyncio.run(
            measured(servers, args.kills, args.between, args.seconds, args.chats)
        )
        given_up = {one.number for one in chats if one.status == "interrupted_by_restart"}
        faults = [fault for one in chats if one.number not in given_up for fault in faults_of(one, servers.urls[0])]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats") as answer:
            stats = json.load(answer)
        print(f"{kills} kills in {now() - begun:.0f} s, load {load_average():.1f}")
        print(f"{len(chats)} chats: {dict(Counter(one.status for one in chats))}, {resumed_by_hand} resumed by hand")
        print(
            f"lines cut {sum(one.cuts for one in chats)}, questions {stats['questions']}, asked again {stats['again']}"
        )
        print(f"{len(faults)} faults")
        for fault in faults:
            print(fault)


if __name__ == "__main__":
    main()
