"""Pipelines compared over a scripted endpoint with real programs: lines, resuming, the table, what goes wrong."""

import json
from pathlib import Path

import pytest

from fivefold.nodes.write_program import code_of
from fivefold_benchmarks.compare import Line, main, table
from fivefold_benchmarks.pipelines import PIPELINES
from fivefold_benchmarks.statistics import wilson
from tests.agent.solving import GOOD_PROGRAM, RIGHT, TOYS, TOYS_DECLARED, TOYS_OPTIMUM, kind_of
from tests.scripted_llm import Answer, Json, ScriptedLLM, status

TENTS = "A camp pitches tents for 5 scouts each. There are 40 scouts. What is the least number of tents?"
ITEMS = [
    {"id": "toys", "question": TOYS, "answer": TOYS_OPTIMUM, "type": "MILP"},
    {"id": "tents", "question": TENTS, "answer": 8, "type": "MILP"},
]
SOLVED = GOOD_PROGRAM.replace("\n```", "\npyo.SolverFactory('highs').solve(model)\n```")
CRASHING = "```python\nraise ValueError('no tents')\n```"


def answer(request: Json) -> Answer:
    """The toy shop is answered well; for the tents every program crashes and no formulation comes."""
    told = " ".join(str(message["content"]) for message in request["messages"])
    toys, kind = "toy shop" in told, kind_of(request)
    if kind == "program":
        if "Write no program" in told:
            return "## Variables\ntrains, boats of the toy shop" if toys else "## Variables\ntents"
        return SOLVED + "\nIt is solved." if toys else CRASHING
    if not toys:
        return "{}"
    return json.dumps(TOYS_DECLARED if kind == "declare" else RIGHT)


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(map(json.dumps, ITEMS)), "utf-8")
    return path


def lines_of(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_pipeline_is_run_recorded_and_resumed(
    items: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "run.jsonl"
    names = ["direct", "fivefold-no-repair"]
    with ScriptedLLM(answer) as server:
        command = [str(items), "--base-url", server.base_url, "--out", str(out), "--pipelines", ",".join(names)]
        assert main(command) == 0
        first, asked = capsys.readouterr(), len(server.requests)
        lines = lines_of(out)
        assert [(line["pipeline"], line["item"]) for line in lines] == [
            (name, item["id"]) for item in ITEMS for name in names
        ]
        assert [line["right"] for line in lines] == [True, True, False, False] == [line["ran"] for line in lines]
        assert (lines[0]["status"] == "ran" and lines[0]["objective"] is None) or lines[0]["objective"] == TOYS_OPTIMUM
        assert lines[1]["objective"] == pytest.approx(TOYS_OPTIMUM) and lines[1]["calls"] == 2
        assert lines[2]["status"] == "crashed" and lines[2]["objective"] is None
        assert all(line["prompt_tokens"] > 0 and line["completion_tokens"] > 0 for line in lines)
        assert "| direct | 2 | 1 | 9-91 % | 1.00 | 1 |" in first.out
        assert "4/4" in first.err

        assert main(command) == 0
        assert capsys.readouterr().out == first.out and lines_of(out) == lines and len(server.requests) == asked

        whole = out.read_text("utf-8")
        out.write_text(whole[: -len(whole.splitlines()[-1]) // 2], "utf-8")
        assert main([*command[:-1], "direct"]) == 0
        assert "| direct | 2 | 1 |" in capsys.readouterr().out
        assert main(command) == 0
        capsys.readouterr()
        kept = [line for line in out.read_text("utf-8").splitlines() if line.endswith("}")]
        assert sorted((json.loads(k)["pipeline"], json.loads(k)["item"]) for k in kept) == sorted(
            (name, str(item["id"])) for item in ITEMS for name in names
        )
        assert len(kept) == len(out.read_text("utf-8").splitlines()) - 1  # the cut one stays behind


def test_two_calls_and_chosen_ids(items: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ids").write_text("tents\n", "utf-8")
    with ScriptedLLM(answer) as server:
        chosen = ["--ids", str(tmp_path / "ids"), "--pipelines", "five-text"]
        assert main([str(items), "--base-url", server.base_url, *chosen]) == 0
    assert "| five-text | 1 | 0 | 0-79 % | - | 0 |" in capsys.readouterr().out
    assert len(server.requests) == 2
    assert "## Variables\ntents" in server.requests[1]["messages"][-1]["content"]


def line(pipeline: str, item: str, right: bool) -> Line:
    return Line(pipeline, item, right, True, "ran", 1.0, 10, 5, 1, 2.0, 0.5)


def test_the_table_compares_with_the_first_pipeline() -> None:
    lines = [line("a", str(place), place < 2) for place in range(5)]
    lines += [line("b", str(place), place < 3) for place in range(5)]
    rows = table(lines, ["a", "b", "none"]).splitlines()
    assert rows[2] == "| a | 5 | 2 | 12-77 % | 1.00 | 5 | 50 | 25 | 10 | 2 |"
    assert rows[3] == "| b | 5 | 3 | 23-88 % | 1.50 | 5 | 50 | 25 | 10 | 2 |"
    assert rows[4].startswith("| none | 0 | 0 | 0-100 % | 0.00 |")
    assert "| - |" in table([line("a", "1", False), line("b", "1", True)], ["a", "b"]).splitlines()[3]


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3: the score interval.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=6e-5)
    assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low), abs=6e-5)


def test_without_items_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_callers_mistakes_are_named(items: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(items), "--pipelines", "direct,magic"]) == 2
    message = capsys.readouterr().err
    assert "there is no pipeline magic" in message and all(name in message for name in PIPELINES)
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "cannot read the items" in capsys.readouterr().err
    assert main([str(items), "--ids", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
    items.write_text('{"id": 1}\n', "utf-8")
    assert main([str(items)]) == 2
    assert "line 1 of" in capsys.readouterr().err


def test_an_endpoint_that_refuses_ends_the_run_with_three(
    items: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run.jsonl"
    with ScriptedLLM(lambda _: status(400, "no such thing")) as server:
        command = [str(items), "--base-url", server.base_url, "--llm", "scripted", "--out", str(out)]
        assert main([*command, "--pipelines", "direct"]) == 3
    assert capsys.readouterr().err.startswith("compare: ")
    assert not out.exists()


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("Here:\n```python\nx = 1\n```\nDone.", "x = 1\n"),
        ("```\na\n```\n```py\nb\n```", "b\n"),
        ("```python\ncut = 1", "cut = 1"),
        ("x = 1", "x = 1"),
    ],
)
def test_the_program_of_a_reply(reply: str, code: str) -> None:
    assert code_of(reply) == code
