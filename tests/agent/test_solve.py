"""Words to outcome, over a real endpoint with scripted replies and real solvers."""

import asyncio
import json
import random
from pathlib import Path

import pytest

import fivefold
from fivefold import CallerError, Event, Outcome, tools
from fivefold.commands.report import outcome_json, outcome_text
from fivefold.llm import LLM
from fivefold.trace import Trace
from tests.agent.solving import (
    BOARDS,
    GOOD_PROGRAM,
    HOURS,
    NO_BOARDS,
    RIGHT,
    TOYS,
    TOYS_DECLARED,
    TOYS_OPTIMUM,
    TURNED,
    UNDECLARED,
    kind_of,
    replying,
    rows,
    settings_for,
    told_last,
    toys,
)
from tests.scripted_llm import Rule, ScriptedLLM


async def solved(rule: Rule, folder: Path, text: str = TOYS, **arguments: object) -> tuple[Outcome, ScriptedLLM]:
    with ScriptedLLM(rule) as server:
        settings = settings_for(server.base_url, folder)
        outcome = await fivefold.asolve(text, settings=settings, checkpoint=False, **arguments)
    assert not server.errors
    return outcome, server


async def test_words_become_a_checked_answer(tmp_path: Path) -> None:
    events: list[Event] = []
    trace = tmp_path / "trace.jsonl"
    outcome, server = await solved(toys(), tmp_path, trace=trace, on_event=events.append)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert outcome.values["trains"][()] == pytest.approx(30) and outcome.values["boats"][()] == pytest.approx(20)
    assert outcome.solved and outcome.verdict.grade == "consistent" and outcome.stopped == ""
    assert outcome.formulation is not None
    assert [row.name for row in outcome.formulation.constraints] == ["hours_available", "boards_available"]
    assert outcome.formulation.objective.sense == "maximize"
    assert outcome.program is not None and outcome.program.path == "emitted" and "pyomo" in outcome.program.source
    assert outcome.result is not None and outcome.result.exit == "ok"
    assert "310" in outcome.explanation and "hours_available" in outcome.explanation
    assert [turn.round for turn in outcome.rounds] == [0] and outcome.rounds[0].kept
    assert outcome.usage.calls == 2 == len(server.requests)
    assert outcome.usage.prompt_tokens == 14 and outcome.usage.completion_tokens > 10
    assert outcome.usage.solver_s > 0 and outcome.usage.wall_s > outcome.usage.solver_s

    kept = Trace.read(trace)
    assert [span.node for span in kept.spans] == ["read", "formulate", "check", "emit", "run", "judge", "explain"]
    formulate, run = kept.spans[1], kept.spans[4]
    assert {read.name for read in formulate.param_reads} == {"declare", "constrain"}
    assert formulate.llm is not None and run.solver is not None and run.solver["objective"] == pytest.approx(310)

    assert [event.step for event in events if event.kind == "end"] == [span.node for span in kept.spans]
    assert events[0].kind == "run" and events[-1].data["outcome"] is outcome
    written = "".join(event.message for event in events if event.kind == "text")
    assert json.dumps(TOYS_DECLARED) in written


async def test_json_of_an_outcome_reads_back_equal(tmp_path: Path) -> None:
    outcome, _ = await solved(toys(TURNED, RIGHT), tmp_path)
    assert Outcome.model_validate_json(outcome_json(outcome)) == outcome


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (NO_BOARDS, "140"),
        (UNDECLARED, "ships"),
        (TURNED, "maximize"),
        (rows("7*trains + 5*boats", HOURS.replace("<=", ">="), BOARDS.replace("<=", ">=")), "without end"),
    ],
    ids=["missing constraint", "undeclared name", "turned sense", "turned relations"],
)
async def test_a_fault_is_told_and_mended(tmp_path: Path, first: dict[str, object], words: str) -> None:
    outcome, server = await solved(toys(first, RIGHT), tmp_path, mends=False)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.verdict.grade == "consistent"
    before, after = outcome.rounds
    assert before.round == 0 and before.penalty > after.penalty == 0 and after.kept
    assert any(words in line for line in after.told)
    assert after.changed or first is UNDECLARED
    assert words in told_last(server.requests[-1])
    assert len(server.requests) == 3


async def test_a_worse_second_formulation_is_not_kept(tmp_path: Path) -> None:
    worse = rows("boats", "hours: boats <= 120", sense="minimize")
    outcome, _ = await solved(toys(NO_BOARDS, worse), tmp_path, rounds=1, mends=False)
    assert [turn.kept for turn in outcome.rounds] == [True, False]
    assert outcome.formulation is not None and "7*trains" in outcome.formulation.objective.expression
    assert outcome.objective == pytest.approx(7 * 60) and outcome.verdict.grade == "suspicious"
    assert any("140" in line for line in outcome.verdict.feedback)


@pytest.mark.parametrize("rounds", [0, 1])
async def test_rounds_bound_the_repairs(tmp_path: Path, rounds: int) -> None:
    outcome, server = await solved(toys(NO_BOARDS), tmp_path, rounds=rounds)
    assert len(outcome.rounds) == 1 + rounds and len(server.requests) == 2 + rounds
    assert outcome.stopped == "" and outcome.verdict.grade == "suspicious"


async def test_an_llm_that_repeats_itself_is_not_asked_for_ever(tmp_path: Path) -> None:
    outcome, server = await solved(toys(NO_BOARDS), tmp_path, rounds=9)
    assert [turn.repeated for turn in outcome.rounds] == [False, True, True]
    assert len(server.requests) == 4 and "again" in outcome.stopped


@pytest.mark.parametrize("budget", [{"max_tokens": 100}, {"max_seconds": 0.01}], ids=["tokens", "seconds"])
async def test_a_spent_budget_ends_the_loop_and_is_said(tmp_path: Path, budget: dict[str, float]) -> None:
    wordy = rows("7*trains + 5*boats", f"{' '.join(f'hour {at}' for at in range(60))}: 2*trains + 3*boats <= 120")
    outcome, server = await solved(toys(wordy, RIGHT), tmp_path, rounds=5, **budget)
    assert outcome.stopped.startswith(next(iter(budget)).removeprefix("max_"))
    assert len(outcome.rounds) == 1 and len(server.requests) == 2
    assert outcome.result is not None and outcome.explanation


async def test_a_budget_that_is_spent_when_all_is_well_is_not_told(tmp_path: Path) -> None:
    outcome, _ = await solved(toys(), tmp_path, max_seconds=0.01)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.stopped == ""


async def test_an_infeasible_problem_is_an_outcome(tmp_path: Path) -> None:
    text = TOYS.replace("How many", "At least 50 trains were promised. How many")
    second = rows("7*trains + 5*boats", "hours: 2*trains + 3*boats <= 120", "boards: 4*trains + boats <= 140",
                  "promised: trains >= 50")  # fmt: skip
    outcome, _ = await solved(toys(second), tmp_path, text=text, rounds=0)
    assert outcome.result is not None and outcome.result.termination == "infeasible"
    assert outcome.verdict.grade == "unsolved" and not outcome.solved and outcome.objective is None
    assert outcome.explanation.startswith("No values satisfy")


async def test_an_unbounded_problem_is_an_outcome(tmp_path: Path) -> None:
    second = rows("7*trains + 5*boats", "hours: 2*trains - 3*boats <= 120", "boards: 4*trains - boats <= 140")
    outcome, _ = await solved(toys(second), tmp_path, rounds=0)
    assert outcome.result is not None and outcome.result.termination in {"unbounded", "infeasible_or_unbounded"}
    assert outcome.verdict.grade == "unsolved" and "without end" in outcome.explanation


async def test_a_time_limit_is_an_outcome(tmp_path: Path) -> None:
    # Market split: equalities with large coefficients, which branch and bound does not settle in a moment.
    dice = random.Random(7)
    names = [f"take_{place}" for place in range(40)]
    text = "Choose which lots to take so that the shares match exactly; minimize the number of lots taken, of 40 lots."
    parts: list[str] = []
    for row in range(5):
        weights = [dice.randint(1, 99) for _ in names]
        terms = " + ".join(f"{weight}*{name}" for weight, name in zip(weights, names, strict=True))
        parts.append(f"share {row}: {terms} == {sum(weights) // 2}")
    declared = {"variables": [{"name": name, "meaning": "lot taken", "domain": "binary"} for name in names]}
    rule = replying(declare=declared, rows=rows(" + ".join(names), *parts, sense="minimize"))
    outcome, _ = await solved(rule, tmp_path, text=text, rounds=0, time_limit_s=0.3)
    assert outcome.result is not None and outcome.result.exit == "ok"
    assert outcome.result.termination == "time_limit" and outcome.verdict.grade == "unsolved"


async def test_a_box_that_may_be_endless_in_one_direction_is_closed(tmp_path: Path) -> None:
    text = "A box of sheet metal may have a surface of 600 square inches. Which length, width and height hold most?"
    sides = ("length", "width", "height")
    declared = {"variables": [{"name": name, "meaning": name, "domain": "continuous"} for name in sides]}
    surface = "surface: 2*length*width + 2*length*height + 2*width*height <= 600"
    rule = replying(declare=declared, rows=rows("length*width*height", surface, sense="maximize"))
    outcome, _ = await solved(rule, tmp_path, text=text, rounds=0)
    assert outcome.solved and outcome.objective == pytest.approx(1000, rel=1e-4)


async def test_what_was_found_when_time_was_up_is_told_with_its_objective(tmp_path: Path) -> None:
    # Demand falls without end, so SCIP searches far away until its time is up; IPOPT has the best price at once.
    text = "A tea house sells exp(8 - p/2) tins at a price of p; a tin costs $3. Which price earns the greatest profit?"
    declared = {"variables": [{"name": "p", "meaning": "price", "domain": "continuous"}]}
    rule = replying(declare=declared, rows=rows("(p - 3)*exp(8 - p/2)", "cost: p >= 3", sense="maximize"))
    outcome, _ = await solved(rule, tmp_path, text=text, rounds=0, time_limit_s=3)
    assert outcome.objective == pytest.approx(489.38, rel=0.05)
    assert not outcome.solved and outcome.verdict.grade == "unsolved"
    assert "the best found so far" in outcome_text(outcome)


async def test_the_indexed_form_is_asked_for_with_sets(tmp_path: Path) -> None:
    reply = {
        "sets": [{"name": "TOYS", "elements": ["train", "boat"], "description": "toys"}],
        "parameters": [
            {"name": "hours", "index": ["t in TOYS"], "values": [2, 3], "description": "hours a toy takes"},
            {"name": "boards", "index": ["t in TOYS"], "values": [4, 1], "description": "boards a toy takes"},
            {"name": "earns", "index": ["t in TOYS"], "values": [7, 5], "description": "dollars"},
        ],
        "variables": [
            {"name": "made", "index": ["t in TOYS"], "domain": "integer", "lower": 0, "upper": None,
             "description": "toys made"}
        ],
        "objective": {"sense": "maximize", "expression": "sum(earns[t]*made[t] for t in TOYS)", "description": "sum"},
        "constraints": [
            {"name": "time", "forall": [], "expression": "sum(hours[t]*made[t] for t in TOYS) <= 120",
             "description": ""},
            {"name": "", "forall": [], "expression": "sum(boards[t]*made[t] for t in TOYS) <= 140",
             "description": "wood on stock"},
        ],
    }  # fmt: skip
    broken = {**reply, "constraints": reply["constraints"][:1]}
    outcome, server = await solved(replying(indexed=[broken, reply]), tmp_path, form="indexed")
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert outcome.values["made"][("train",)] == pytest.approx(30)
    assert outcome.formulation is not None
    assert [row.name for row in outcome.formulation.constraints] == ["time", "wood_stock"]
    assert [kind_of(request) for request in server.requests] == ["indexed", "indexed"]


async def test_ortools_solves_it_too(tmp_path: Path) -> None:
    outcome, _ = await solved(toys(), tmp_path, library="ortools")
    assert outcome.program is not None and outcome.program.library in {"mathopt", "cpsat"}
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)


async def test_rows_that_are_not_at_their_limit_say_how_much_room_is_left(tmp_path: Path) -> None:
    text = "Rods of 7 meters are cut from a bar of 100 meters. How many rods can be cut at most?"
    declared = {"variables": [{"name": "rods", "meaning": "rods cut", "domain": "integer"}]}
    rule = replying(declare=declared, rows=rows("rods", "bar length: 7*rods <= 100"))
    outcome, _ = await solved(rule, tmp_path, text=text)
    assert "bar_length (bar length): 7*rods <= 100, 2 left" in outcome.explanation


async def test_a_program_is_written_where_no_formulation_can_be_built(tmp_path: Path) -> None:
    outcome, server = await solved(toys(UNDECLARED, UNDECLARED), tmp_path, rounds=1)
    assert [kind_of(request) for request in server.requests] == ["declare", "rows", "rows", "program"]
    assert outcome.program is not None and outcome.program.path == "free" and outcome.formulation is None
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert "could not be checked" in outcome.explanation


async def test_a_free_program_that_crashes_is_repaired_once(tmp_path: Path) -> None:
    crashing = GOOD_PROGRAM.replace("model.boats = ", "boats = ")
    outcome, server = await solved(toys(program=[crashing, GOOD_PROGRAM]), tmp_path, free_program=True)
    assert [kind_of(request) for request in server.requests] == ["program", "program"]
    assert "boats" in told_last(server.requests[1]) and "failed" in told_last(server.requests[1])
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and len(outcome.rounds) == 2


async def test_a_free_program_that_only_crashes_ends_as_an_outcome(tmp_path: Path) -> None:
    outcome, server = await solved(toys(program="I would rather not."), tmp_path, free_program=True)
    assert len(server.requests) == 2 and outcome.result is not None and outcome.result.exit == "crashed"
    assert outcome.verdict.grade == "unsolved" and outcome.explanation


async def test_a_hostile_free_program_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    steals = "```python\nimport os\nprint('got', os.environ.get('OPENAI_API_KEY'))\nraise SystemExit(3)\n```"
    loops = "```python\nwhile True:\n    pass\n```"
    with ScriptedLLM(toys(program=[steals, loops])) as server:
        settings = settings_for(server.base_url, tmp_path, key="sk-very-secret")
        monkeypatch.setattr(tools, "STARTING_S", 1.0)
        outcome = await fivefold.asolve(
            TOYS, settings=settings, free_program=True, time_limit_s=1, trace=tmp_path / "t.jsonl"
        )
    assert outcome.result is not None and outcome.verdict.grade == "unsolved"
    assert len(outcome.rounds) == 2 and len(server.requests) == 2
    assert outcome.result.exit in {"timed_out", "crashed"}
    assert_no_secret(tmp_path, "sk-very-secret")
    assert "got None" in (tmp_path / "t.jsonl").read_text()


def assert_no_secret(folder: Path, secret: str) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert secret.encode() not in path.read_bytes(), path


async def test_the_key_is_kept_nowhere(tmp_path: Path) -> None:
    key = "sk-" + "q7" * 12
    with ScriptedLLM(toys(NO_BOARDS, RIGHT), key=key) as server:
        settings = settings_for(server.base_url, tmp_path)
        outcome = await fivefold.asolve(
            TOYS, settings=settings, base_url=server.base_url, api_key=key, trace=tmp_path / "trace.jsonl"
        )
    assert outcome.solved and key not in outcome.model_dump_json()
    assert (settings.data_dir / "runs.sqlite").exists()
    assert_no_secret(tmp_path, key)


async def test_a_connected_llm_is_used_and_left_open(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        async with LLM.connect(settings) as llm:
            first = await fivefold.asolve(TOYS, llm=llm, settings=settings, checkpoint=False)
            second = await fivefold.asolve(TOYS, llm=llm, settings=settings, checkpoint=False)
            assert await llm.list_llms() == ["scripted"]
    assert first.objective == second.objective == pytest.approx(TOYS_OPTIMUM)
    assert first.usage.cached_calls == 0 and second.usage.cached_calls == 2


async def test_a_stream_tells_and_ends_with_the_outcome(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        heard = [event async for event in fivefold.stream(TOYS, settings=settings, checkpoint=False)]
    assert heard[0].kind == "run" and heard[-1].kind == "done"
    assert heard[-1].data["outcome"].objective == pytest.approx(TOYS_OPTIMUM)


async def test_leaving_a_stream_stops_the_run(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        events = fivefold.stream(TOYS, settings=settings, checkpoint=False)
        async for event in events:
            if event.kind == "begin" and event.step == "formulate":
                break
        await events.aclose()
        assert len(asyncio.all_tasks()) == 1
    assert len(server.requests) <= 1


async def test_a_stream_raises_what_the_run_raises() -> None:
    with pytest.raises(CallerError, match="empty"):
        async for _ in fivefold.stream(" "):
            pass


async def test_solve_inside_a_loop_is_refused() -> None:
    with pytest.raises(CallerError, match="asolve"):
        fivefold.solve(TOYS)


def test_solve_waits_for_the_outcome(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        outcome = fivefold.solve(TOYS, settings=settings_for(server.base_url, tmp_path), checkpoint=False)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rounds": -1}, "rounds"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"library": "gurobi"}, "library"),
        ({"colour": "red"}, "colour"),
        ({"time_limit_s": 0}, "time_limit_s"),
        ({"llm_timeout_s": 0}, "timeout_s"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, changed: dict[str, object], words: str) -> None:
    with pytest.raises(CallerError, match=words):
        fivefold.solve(TOYS, settings=settings_for("http://127.0.0.1:9/v1", tmp_path), **changed)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("too short", "too short"),
        ("shall I compare thee to a summer day, thou art more lovely", "decision problem"),
        ("minimize the cost of everything that we make in the shop", "no numbers"),
        ("minimize the cost \ud800 of 3 things with 2 wheels", "not text"),
        ("minimize \0 3 things of 5 kinds", "not text"),
        ("minimize 3 things of 5 kinds " * 5_000, "characters"),
    ],
)
def test_what_is_no_problem_is_refused_without_a_question(tmp_path: Path, text: str, words: str) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        with pytest.raises(CallerError, match=words):
            fivefold.solve(text, settings=settings)
        assert asyncio.run(fivefold.api.unfinished_runs(settings)) == []
    assert server.requests == []
