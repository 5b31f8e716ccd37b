"""A run that a person stops ends with the best that it found; one that is cancelled leaves nothing that computes."""

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold_server.config import Config, Limits
from tests.agent.solving import TOYS, TOYS_OPTIMUM, UNDECLARED, kind_of, settings_for, toys
from tests.scripted_llm import Answer, ScriptedLLM
from tests.scripted_llm import Json as Request
from tests.server.serving import Json, Running, serving, waited

HZ = os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(toys()) as running:
        yield running


@pytest.fixture(scope="module")
def server(llm: ScriptedLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("stopped")
    limits = Limits(watch_after_s=0.2)
    with serving(Config(settings=settings_for(llm.base_url, folder), limits=limits)) as running:
        yield running


def hard() -> Json:
    """A knapsack with six limits: good solutions come at once, the proof of the best takes minutes."""
    draw = random.Random(1)
    items, limits = [f"i{place}" for place in range(90)], [f"r{place}" for place in range(6)]
    use = {limit: {item: draw.randint(100, 1000) for item in items} for limit in limits}
    worth = {item: sum(use[limit][item] for limit in limits) // 6 + draw.randint(0, 100) for item in items}
    return {
        "sets": [{"name": "I", "elements": items}, {"name": "R", "elements": limits}],
        "parameters": [
            {"name": "worth", "index": ["i in I"], "values": worth},
            {"name": "use", "index": ["r in R", "i in I"], "values": use},
            {"name": "room", "index": ["r in R"], "values": {one: sum(use[one].values()) // 2 for one in limits}},
        ],
        "variables": [{"name": "take", "index": ["i in I"], "domain": "binary"}],
        "objective": {"sense": "maximize", "expression": "sum(worth[i]*take[i] for i in I)"},
        "constraints": [
            {"name": "fits", "forall": ["r in R"], "expression": "sum(use[r,i]*take[i] for i in I) <= room[r]"}
        ],
    }


def long_run(server: Running) -> tuple[str, str]:
    """Begin a solve that goes on for minutes; return its problem and its id once a solution is known."""
    problem = server.post("/problems", title="Hard")["id"]
    server.post(f"/problems/{problem}/formulations", formulation=hard())
    run = server.post(f"/problems/{problem}/solve", time_limit_s=500)["run"]["id"]
    waited(lambda: {"seen": progress(server, problem)}, lambda found: bool(found["seen"]), 120)
    return problem, run


def progress(server: Running, problem: str) -> list[Json]:
    return [one["data"] for one in server.events(problem) if one["kind"] == "solver.progress"]


def computed_s() -> float:
    """Return the processor seconds of all processes that this one started, and that they started."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / HZ
    family, more = {os.getpid()}, True
    while more:
        found = {pid for pid, parent in parents.items() if parent in family} - family
        family, more = family | found, bool(found)
    return sum(used[pid] for pid in family - {os.getpid()})


def test_solve_that_is_stopped_keeps_the_best_so_far(server: Running) -> None:
    problem, run = long_run(server)
    before = progress(server, problem)[-1]
    server.post(f"/runs/{run}/stop")
    found = server.ended(run)
    assert found["status"] == "stopped" and found["can_resume"]
    solution = server.get(f"/runs/{run}/solution")
    assert solution["objective"] >= before["objective"] and solution["solution_status"] == "feasible"
    assert solution["bound"] >= solution["objective"] and solution["audit"]["holds"]
    assert "stopped before it could say that nothing is better" in solution["text"]
    assert sum(row["value"] for row in solution["variables"][0]["rows"]) > 0
    assert server.http.post(f"/api/v1/runs/{run}/stop").status_code == 409


def test_solve_that_is_cancelled_ends_at_once_and_nothing_computes_on(server: Running) -> None:
    _, run = long_run(server)
    server.post(f"/runs/{run}/cancel")
    assert server.ended(run, 20)["status"] == "cancelled"
    # Threads of the watch may need a moment; then nothing uses a processor.
    end = time.monotonic() + 30
    while True:
        before = computed_s()
        time.sleep(1)
        if computed_s() - before < 0.1:
            break
        assert time.monotonic() < end, "something computes on"


def test_run_from_words_keeps_what_it_has_solved(server: Running, llm: ScriptedLLM) -> None:
    go, asked = threading.Event(), threading.Event()

    def once(request: Request) -> Answer:
        # The second derivation is a program of the LLM's own.
        if kind_of(request) == "program":
            asked.set()
            assert go.wait(60)
        return toys()(request)

    llm.rule = once
    try:
        options = {"samples": 2, "rounds": 0, "checks": "text"}
        run = server.post("/problems", text=TOYS, options=options)["run"]["id"]
        assert asked.wait(60)
        server.post(f"/runs/{run}/stop")
        found = server.ended(run)
        assert found["status"] == "stopped" and found["can_resume"], found
    finally:
        go.set()
    solution = server.get(f"/runs/{run}/solution")
    assert solution["objective"] == TOYS_OPTIMUM and solution["verdict"]["grade"] in ("consistent", "suspicious")
    assert "not every check was made" in solution["text"]
    llm.rule = toys()
    server.post(f"/runs/{run}/resume")
    assert server.ended(run)["status"] == "succeeded"


def test_run_that_solved_nothing_keeps_its_formulation(server: Running, llm: ScriptedLLM) -> None:
    go, asked = threading.Event(), threading.Event()

    def broken(request: Request) -> Answer:
        if "changes" in kind_of(request) or len(seen) >= 2:
            asked.set()
            assert go.wait(60)
        seen.append(kind_of(request))
        return toys(UNDECLARED)(request)

    seen: list[str] = []
    llm.rule = broken
    try:
        started = server.post("/problems", text=f"{TOYS} In spring.", options={"checks": "text"})
        run, problem = started["run"]["id"], started["problem"]
        assert asked.wait(60)
        server.post(f"/runs/{run}/stop")
        assert server.ended(run)["status"] == "cancelled"
    finally:
        go.set()
        llm.rule = toys()
    version = server.get(f"/problems/{problem}/formulations/1")
    assert version["author"] == "agent" and not version["checks"]["ok"]
    said = server.get(f"/problems/{problem}")["messages"][-1]
    assert said["role"] == "agent" and "before anything was solved" in said["text"]
