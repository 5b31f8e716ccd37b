"""The baselines over a scripted endpoint with real programs: what is asked in which order, and what comes of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fivefold.llm import LLM
from fivefold.settings import Settings
from fivefold_benchmarks.baselines import Attempt, direct, experts, five_text, staged, thought, vote
from fivefold_benchmarks.baselines.attempt import RULES, attempt_with
from fivefold_benchmarks.baselines.experts import ROLES, SPEAKERS
from fivefold_benchmarks.pipelines import ABOUT, PIPELINES
from fivefold_prompts.store import names
from tests.agent.solving import GOOD_PROGRAM, TOYS, TOYS_OPTIMUM
from tests.scripted_llm import Answer, Json, Rule, ScriptedLLM

SOLVED = GOOD_PROGRAM.replace("\n```", "\npyo.SolverFactory('highs').solve(model)\n```")
CRASHING = "```python\nraise ValueError('no boats')\n```"


def told(request: Json) -> str:
    return "\n".join(str(message["content"]) for message in request["messages"])


def fields(request: Json) -> set[str]:
    """What a structured reply is asked to hold."""
    schema = request.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return set(schema.get("properties", {}))


async def attempted(rule: Rule, baseline: Callable[..., object], folder: Path) -> tuple[Attempt, list[Json]]:
    with ScriptedLLM(rule) as server:
        settings = Settings(base_url=server.base_url, llm="scripted", cache_dir=folder, data_dir=folder)
        async with LLM.connect(settings) as llm:
            attempt = await baseline(llm, TOYS)  # type: ignore[misc]  # an async function
        assert server.errors == []
        assert isinstance(attempt, Attempt)
        return attempt, server.requests


@pytest.mark.parametrize(("baseline", "calls"), [(direct, 1), (thought, 1), (five_text, 2)])
async def test_plain_baselines_solve_and_show_their_work(
    baseline: Callable[..., object], calls: int, tmp_path: Path
) -> None:
    def rule(request: Json) -> Answer:
        return "## Variables\ntrains, boats" if "Write no program" in told(request) else f"I think so.\n{SOLVED}"

    attempt, requests = await attempted(rule, baseline, tmp_path)
    assert attempt.objective == pytest.approx(TOYS_OPTIMUM) and attempt.ran and attempt.ending == "optimal"
    assert len(requests) == calls
    assert attempt.quantities == {"trains": pytest.approx(30), "boats": pytest.approx(20)}
    assert "QUANTITIES" not in attempt.result["stdout"]
    assert "pyo.Var" in attempt.program and "_pyo" not in attempt.program
    assert all(TOYS in told(request) for request in requests) and RULES in told(requests[-1])
    expected = {thought: "I think so.", five_text: "## Variables\ntrains, boats"}.get(baseline, "")
    assert attempt.formulation == expected


async def test_stages_formulate_each_sentence_and_debug(tmp_path: Path) -> None:
    extracted = {
        "parameters": [{"name": "hours", "value": "120", "meaning": "hours there are"}],
        "objective": "Maximize the earnings.",
        "constraints": ["Hours are limited.", "Boards are limited."],
    }
    programs = [CRASHING, CRASHING, SOLVED]

    def rule(request: Json) -> Answer:
        if "parameters" in fields(request):
            return json.dumps(extracted)
        if "formula" in fields(request):
            first = "Maximize" in told(request).rsplit("Sentence", 1)[1]
            added = [{"name": "trains", "domain": "integer", "meaning": "trains made"}] if first else []
            return json.dumps({"formula": "7*trains + 5*boats", "new_variables": added})
        return programs.pop(0)

    attempt, requests = await attempted(rule, staged, tmp_path)
    assert attempt.objective == pytest.approx(TOYS_OPTIMUM) and attempt.status == "ran, correction 2"
    assert [sorted(fields(request))[:1] for request in requests] == [
        ["constraints"], *[["formula"]] * 3, [], [], []
    ]  # fmt: skip
    clauses = [told(request).rsplit("mathematics:\n", 1)[1] for request in requests[1:4]]
    assert clauses == ["Objective: Maximize the earnings.", "Hours are limited.", "Boards are limited."]
    assert '"trains made"' not in told(requests[1]) and '"trains made"' in told(requests[2])
    assert "ValueError: no boats" in told(requests[5])
    assert "7*trains + 5*boats" in attempt.formulation


async def test_stages_go_on_without_an_extraction(tmp_path: Path) -> None:
    attempt, requests = await attempted(lambda r: "none" if fields(r) else SOLVED, staged, tmp_path)
    assert attempt.ran and TOYS in told(requests[-1])


async def test_experts_speak_reduce_and_look_back(tmp_path: Path) -> None:
    programs = [CRASHING, SOLVED]

    def rule(request: Json) -> Answer:
        if fields(request) == {"expert"}:
            return json.dumps({"expert": "formulation" if "- formulation" in told(request) else "nobody"})
        if "mistaken" in fields(request):
            mine = ROLES["variables"] in told(request)
            return json.dumps({"mistaken": mine, "comment": "Both are whole numbers."})
        if "You sum up a meeting" in told(request):
            return programs.pop(0)
        return f"comment by {next(name for name, role in ROLES.items() if role in told(request))}"

    attempt, requests = await attempted(rule, experts, tmp_path)
    assert attempt.objective == pytest.approx(TOYS_OPTIMUM) and attempt.status == "ran, after looking back"
    speakers = [told(request) for request in requests if not fields(request) and "sum up" not in told(request)]
    # The conductor's choice first; a name that is not there means the first who has not spoken.
    heard = ["formulation", "terminology", "parameters", "variables"]
    assert len(speakers) == SPEAKERS
    assert all(ROLES[name] in said for name, said in zip(heard, speakers, strict=True))
    assert "comment by formulation" in speakers[1]
    looked_back = [told(request) for request in requests if "mistaken" in fields(request)]
    assert len(looked_back) == 1 and "ValueError: no boats" in looked_back[0]
    assert (
        "variables: Both are whole numbers." in attempt.formulation and "comment by terminology" in attempt.formulation
    )


async def test_the_majority_wins(tmp_path: Path) -> None:
    values = {0: 5.0, 1: 7.0, 2: None, 3: 7.0 + 1e-9, 4: 5.5}

    def rule(request: Json) -> Answer:
        assert request["temperature"] == 0.7
        value = values[request["seed"]]
        return CRASHING if value is None else f"```python\nprint('OBJECTIVE:', {value})\n```"

    attempt, requests = await attempted(rule, vote, tmp_path)
    assert attempt.objective == 7.0 and attempt.status == "2 of 5 agree" and len(requests) == 5
    attempt, _ = await attempted(lambda _: CRASHING, vote, tmp_path / "none")
    assert attempt.objective is None and attempt.status == "crashed"


@pytest.mark.parametrize(
    ("source", "status", "ending"),
    [
        ("print('OBJECTIVE: 3')\nprint('OBJECTIVE: 4.5e1')", "ran", "optimal"),
        ("print('the problem is infeasible')", "no value printed", "infeasible"),
        ("raise RuntimeError('Unbounded')", "crashed", "unbounded"),
        ("print('OBJECTIVE: nan')", "no value printed", "unknown"),
    ],
)
async def test_what_a_program_says(source: str, status: str, ending: str) -> None:
    attempt = await attempt_with(source)
    assert (attempt.status, attempt.ending) == (status, ending)
    assert attempt.objective == (45.0 if status == "ran" else None)
    assert attempt.program == source and attempt.result["exit"] in ("ok", "no_result", "crashed")


def test_every_prompt_of_a_baseline_is_used() -> None:
    import fivefold_benchmarks.baselines as room

    folder = Path(str(room.__file__)).parent
    code = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    packaged = {name for name in names() if name.startswith("baseline_")}
    assert packaged and {name for name in packaged if f'"{name}"' not in code} == set()


def test_every_pipeline_says_what_it_does() -> None:
    assert list(PIPELINES) == list(ABOUT)
