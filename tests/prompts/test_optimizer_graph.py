"""The graph of a run: every value and every prompt belongs to the visit that wrote or used it, whatever runs beside."""

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

from fivefold_prompts.optimizer.graph import INSIDE, Edge, Given, merged, minimal, run_graph

MOST_CALLS = 50
"""A step costs 38."""


def span(
    id: int,
    node: str,
    reads: dict[str, str] | None = None,
    writes: dict[str, str] | None = None,
    *,
    visit: int = 1,
    prompt: str = "",
    error: dict[str, str] | None = None,
    parent: int | None = None,
    times: tuple[float, float] | None = None,
) -> dict[str, Any]:
    t0, t1 = times or (float(2 * id), float(2 * id + 1))
    return {
        "id": id,
        "parent_id": parent,
        "node": node,
        "visit": visit,
        "kind": "llm",
        "param_reads": [{"name": prompt, "number": 1, "sha256": "of " + prompt}] if prompt else [],
        "state_reads": reads or {},
        "state_writes": writes or {},
        "error": error,
        "verdicts": [],
        "t0": t0,
        "t1": t1,
    }


REPAIRED = [
    span(1, "read", {"text": "t"}, {"problem": "p"}),
    span(2, "greet", {"text": "t"}, {"hello": "h"}, prompt="greeting"),
    span(3, "formulate", {"problem": "p"}, {"formulation": "f1"}, prompt="formulate"),
    span(4, "run", {"formulation": "f1"}, {"result": "r1"}, error={"family": "runtime"}),
    span(5, "repair", {"formulation": "f1", "result": "r1"}, {"formulation": "f2"}, prompt="repair"),
    span(6, "run", {"formulation": "f2"}, {"result": "r2"}, visit=2),
]


def test_loops_are_unrolled_and_reads_belong_to_who_wrote_that_value():
    graph = run_graph(REPAIRED)
    assert set(graph.edges) == {
        Edge(1, 3, "problem", "p"),
        Edge(3, 4, "formulation", "f1"),
        Edge(3, 5, "formulation", "f1"),
        Edge(4, 5, "result", "r1"),
        Edge(5, 6, "formulation", "f2"),
    }
    assert set(graph.given) == {Given(1, "text", "t"), Given(2, "text", "t")}
    assert graph.parameters == {"greeting": (2,), "formulate": (3,), "repair": (5,)}
    assert [visit.name for visit in graph.visits][-1] == "run#2"


def test_only_what_lies_between_prompt_and_output_is_kept():
    part = minimal(run_graph(REPAIRED))
    assert [visit.id for visit in part.visits] == [3, 4, 5, 6]
    assert part.given == (Given(3, "problem", "p"),)


def test_output_is_a_failure_that_was_not_made_good():
    good = run_graph(REPAIRED).output()
    assert good is not None and good.name == "run#2"
    bad = run_graph([*REPAIRED[:4], span(5, "explain", {"result": "r1"})]).output()
    assert bad is not None and bad.name == "run#1"
    interrupted = run_graph([span(1, "run", error={"family": "interrupted"})]).output()
    assert interrupted is not None and not interrupted.failed
    assert run_graph([]).output() is None


def test_a_value_written_after_a_reader_began_is_not_its_source():
    """Two branches at once write the same value; the reader had it from the one before."""
    spans = [
        span(1, "first", {}, {"x": "v"}, times=(0, 1)),
        span(3, "second", {}, {"x": "v"}, times=(2, 5)),
        span(2, "reader", {"x": "v"}, times=(4, 6)),
    ]
    assert run_graph(spans).edges == (Edge(1, 2, "x", "v"),)


def test_what_ran_inside_a_visit_counts_for_it():
    spans = [
        span(2, "ask", prompt="formulate", parent=1, times=(1, 2)),
        span(1, "formulate", {}, {"formulation": "f"}, times=(0, 3)),
    ]
    graph = run_graph(spans)
    assert graph.edges == (Edge(2, 1, INSIDE, ""),)
    assert [visit.id for visit in minimal(graph).visits] == [2, 1]


def test_ways_of_a_batch_are_shown_once():
    short = [REPAIRED[0], REPAIRED[2], span(4, "run", {"formulation": "f1"}, {"result": "r"})]
    ways = merged([run_graph(short), run_graph(REPAIRED), run_graph(short)])
    assert [way.runs for way in ways] == [(0, 2), (1,)]
    assert ways[0].code[1] == "formulation = formulate#1(problem; prompt formulate)"
    assert ways[1].code[3].endswith("# failed")


def made_up_run(seed: int) -> tuple[list[dict[str, Any]], set[Edge], dict[str, tuple[int, ...]]]:
    """A run of 40 visits with values shared between runs, and what is true of it by construction."""
    draw = random.Random(seed)
    last: dict[str, tuple[int, str]] = {}
    spans: list[dict[str, Any]] = []
    edges: set[Edge] = set()
    users: dict[str, list[int]] = {}
    visits: dict[str, int] = {}
    for id in range(1, 41):
        node = draw.choice("abcde")
        visits[node] = visits.get(node, 0) + 1
        keys = draw.sample(sorted(last), min(len(last), draw.randint(0, 3)))
        edges |= {Edge(last[key][0], id, key, last[key][1]) for key in keys}
        writes = {draw.choice("uvwxyz"): f"value {draw.randint(0, 5)}" for _ in range(draw.randint(0, 2))}
        prompt = draw.choice(["", "p", "q", "r"])
        spans.append(span(id, node, {k: last[k][1] for k in keys}, writes, visit=visits[node], prompt=prompt))
        if prompt:
            users.setdefault(prompt, []).append(id)
        last |= {key: (id, value) for key, value in writes.items()}
    return spans, edges, {name: tuple(ids) for name, ids in users.items()}


def test_64_runs_at_once_have_no_wrong_attribution_and_a_step_costs_few_calls():
    runs = [made_up_run(seed) for seed in range(64)]
    with ThreadPoolExecutor(64) as pool:
        graphs = list(pool.map(lambda run: run_graph(run[0]), runs))
    for graph, (_, edges, users) in zip(graphs, runs, strict=True):
        assert set(graph.edges) == edges
        assert graph.parameters == users
    steps = sum(len(spans) for spans, _, _ in runs)
    # Calls and not seconds, which depend on what else the machine does; benchmarks/optimizer has those.
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        for spans, _, _ in runs:
            minimal(run_graph(spans))
    finally:
        sys.setprofile(None)
    print(f"{calls / steps:.1f} calls a step")
    assert calls / steps < MOST_CALLS
