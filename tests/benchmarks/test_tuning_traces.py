"""What the optimizer reads of the agent's traces: the way of the values, the same for the same run, and no answers."""

import random
from pathlib import Path
from typing import Any

import pytest

from fivefold.trace import Trace, record, span
from fivefold_benchmarks.tuning.traces import DOCUMENTATION, READS, readable, spans_and_values
from fivefold_prompts.optimizer.candidate import Parameter
from fivefold_prompts.optimizer.feedback import feedback
from fivefold_prompts.optimizer.graph import minimal, run_graph
from fivefold_prompts.optimizer.numerals import forms_of, said_in
from fivefold_prompts.optimizer.question import Example, question
from fivefold_prompts.optimizer.rollout import Comparison, Rollout, Stage
from tests.prompts.test_optimizer_feedback import dressed

PROBLEM = {"text": "A dairy makes cheese and butter. How much of both makes the profit largest?", "data": []}
PARAMETERS = [Parameter(name="declare", placeholders=("problem",)), Parameter(name="constrain")]
PROMPTS = {"declare": "## user\nName the variables.\n{{problem}}\n", "constrain": "## user\nNow the rows.\n"}


def reply_of(said: str) -> dict[str, Any]:
    return {
        "declared": {"variables": [{"name": "cheese", "meaning": f"made of {said}", "domain": "integer"}]},
        "written": {"objective": {"sense": "maximize", "expression": f"{said}*cheese"}, "constraints": [said]},
    }


def run_of(*said: str, ending: str = "ok") -> Trace:
    """A run as the agent records it, which says these things wherever it can."""
    ways = [said[number % len(said)] for number in range(8)]
    reply = reply_of(ways[0])
    checked = {"reply": reply, "findings": [], "program": {"source": f"print({ways[1]})"}, "result": None}
    result = {"exit": "ok", "termination": "optimal", "objective": ways[2], "wall_s": random.random()}
    solved = {**checked, "result": result}
    judged = {**solved, "findings": [{"message": f"the objective is {ways[3]}"}]}
    with record(problem=PROBLEM["text"]) as trace:
        with span("read", kind="code") as s:
            s.reads(problem=PROBLEM, candidate={"reply": reply_of(ways[4])})
            s.writes(form="scalar")
        with span("formulate", kind="llm") as s:
            for name in PROMPTS:
                s.prompt(name, 1, "0" * 64)
            s.reads(problem=PROBLEM, form="scalar", best={"reply": reply_of(ways[4])})
            s.writes(**reply, round=0)
        with span("check", kind="verify") as s:
            s.reads(problem=PROBLEM, form="scalar", **reply)
            s.writes(candidate=checked)
        with span("run", kind="solver") as s:
            s.reads(problem=PROBLEM, candidate=checked)
            s.solved({"exit": ending, "termination": "optimal", "objective": 1.0, "wall_s": random.random()})
            s.writes(candidate=solved)
        with span("judge", kind="verify") as s:
            s.reads(problem=PROBLEM, candidate=solved)
            s.judged({"check": "size", "passed": False, "severity": "warning", "message": f"{ways[5]} is too much"})
            s.writes(candidate=judged, best=judged, verdict={"feedback": [ways[6]]})
        with span("explain", kind="code") as s:
            s.reads(problem=PROBLEM, candidate=judged, best=judged)
            s.writes(best=judged, explanation=f"The largest profit is {ways[7]}.", verdict={"feedback": [ways[6]]})
    return trace


def rollout_of(trace: Trace, stage: Stage = Stage.CONSISTENT, comparison: Comparison | None = None) -> Rollout:
    spans, values = spans_and_values(trace)
    return Rollout(stage=stage, comparison=comparison, spans=spans, values=values, remarks=("the first says 5",))


def test_none_of_1000_references_is_in_what_the_writer_sees():
    draw = random.Random(11)
    for seed in range(1000):
        value = round(draw.uniform(100, 10 ** draw.randint(3, 8)), draw.choice([0, 1, 2, 3]))
        trace = run_of(*(dressed(value, seed + step) for step in range(8)))
        comparison: Comparison = draw.choice(["better", "worse", "magnitude"])
        rollout = rollout_of(trace, list(Stage)[seed % len(Stage)], comparison)
        assert not said_in(feedback(rollout)) & forms_of(value), value
        if seed % 10 == 0:
            asked = question(PROMPTS, PARAMETERS, [Example("c", "LP", rollout)], documentation=DOCUMENTATION)
            told = asked.messages[0]["content"]
            assert "largest profit" in told and "made of" in told
            assert not said_in(told) & forms_of(value), (value, told)


def test_the_way_from_the_prompts_to_the_output_is_whole():
    rollout = rollout_of(run_of("12"))
    graph = run_graph(rollout.spans)
    part = minimal(graph)
    assert [visit.node for visit in part.visits] == ["formulate", "check", "run", "judge", "explain"]
    assert part.parameters == {"declare": (2,), "constrain": (2,)}
    crashed = minimal(run_graph(rollout_of(run_of("12", ending="crashed")).spans))
    assert [visit.node for visit in crashed.visits] == ["formulate", "check", "run"]
    # What no step wrote is not told: nobody could say what is in it.
    assert not any("cheese" in rollout.values.get(item.sha256, "") for item in graph.given if item.key != "problem")


def test_the_same_run_is_told_in_the_same_words():
    assert rollout_of(run_of("7")) == rollout_of(run_of("7"))


def test_a_program_that_failed_is_a_fault_of_its_step():
    told = feedback(rollout_of(run_of("12", ending="crashed"), Stage.CRASHED))
    assert "The step `run` failed (runtime crashed)" in told


def test_every_step_that_is_told_of_is_one_of_the_agent():
    from fivefold.graph.steps import build

    assert set(READS) == set(DOCUMENTATION)
    assert set(READS) <= set(build().nodes)


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("problem", '{"text": "Make it.", "data": []}', "Make it."),
        ("written", "[1, 2", "[1, 2"),
        ("written", '"a text"', '"a text"'),
        ("written", '{"constraints": {"a": 1}}', "constraints: a 1"),
        ("candidate", '{"reply": null, "findings": [{"message": "no"}]}', "finding: no"),
        ("explanation", "x" * 5000, "x" * 1000 + " [...] " + "x" * 1000),
    ],
)
def test_values_are_told_as_a_person_would_read_them(key: str, text: str, shown: str):
    assert readable(key, text) == shown


def test_a_trace_from_a_file_is_the_same(tmp_path: Path):
    trace = run_of("12")
    trace.write(tmp_path / "run.jsonl")
    assert spans_and_values(Trace.read(tmp_path / "run.jsonl")) == spans_and_values(trace)
