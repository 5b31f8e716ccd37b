"""Recorded answers scored under every rule: the table, what a row may hold, best-known answers beside."""

import json
from pathlib import Path
from typing import Any

import pytest

from fivefold.errors import CallerError
from fivefold_benchmarks.rescore import main, read_recorded, rescore, table
from fivefold_benchmarks.rules import PRIMARY, RULES, rule

OK, NO_BEST, CRASHED = (
    "Execution Successful and Best Solution Found",
    "Execution Successful but No Best",
    "Execution Failed: x",
)
# Values of our own: what the field's rules disagree on.
ROWS: list[dict[str, Any]] = [
    {"id": "m-1", "benchmark": "mills", "answer_published": 40.0, "output": "40.0", "state": OK},
    {"id": "m-2", "benchmark": "mills", "answer_published": 40.0, "output": "41.9", "state": OK},
    {"id": "m-3", "benchmark": "mills", "answer_published": 3.0, "output": "2.51", "state": OK},
    {"id": "m-4", "benchmark": "mills", "answer_published": "No Best Solution", "output": "No Best Solution",
     "state": NO_BEST},
    {"id": "m-5", "benchmark": "mills", "answer_published": -99999.0, "output": "No Best Solution", "state": NO_BEST},
    {"id": "m-6", "benchmark": "mills", "answer_published": " 88.125", "output": None, "state": CRASHED},
    {"id": "m-7", "benchmark": "mills", "answer_published": 0, "output": "0.02", "state": OK},
    {"id": "o-1", "benchmark": "ovens", "answer_published": 5,
     "prediction": {"objective": 5.0, "status": "optimal", "altered": {}, "quantities": {}}},
    {"id": "o-2", "benchmark": "ovens", "answer_published": 5,
     "prediction": {"objective": 6.0, "altered": {"flip": 5.0}}},
]  # fmt: skip
RIGHT_OF_MILLS = {
    "primary-published": 3, "orlm": 5, "optmath": 3, "sirl-1e-6": 1, "sirl-1e-6-no-optimum": 3, "optimind": 3,
    "or-llm-agent": 2, "mamo": 2, "orthought": 3, "exact": 1,
}  # fmt: skip


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "recorded.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)), "utf-8")
    return path


def test_every_rule_on_the_same_answers(recorded: Path) -> None:
    scores = rescore(read_recorded(recorded))
    assert [(score.benchmark, score.rule.name) for score in scores] == [
        (b, r) for b in ("mills", "ovens") for r in RULES
    ]
    mills = {score.rule.name: score for score in scores if score.benchmark == "mills"}
    assert {name: mills[name].right.hits for name in RIGHT_OF_MILLS} == RIGHT_OF_MILLS
    assert all(mills[name].right.n == 7 and mills[name].not_applicable == 0 for name in RIGHT_OF_MILLS)
    # Nothing is known of best answers, quantities and altered programs.
    for name in ("primary", "optibench-all", "optmath-conversion", "sirl-1e-6-flip"):
        assert (mills[name].right.n, mills[name].not_applicable) == (0, 7)
    ovens = {score.rule.name: score.right.hits for score in scores if score.benchmark == "ovens"}
    assert ovens["sirl-1e-6"] == 1 and ovens["sirl-1e-6-flip"] == 2 and ovens["optmath-conversion"] == 1


def test_best_known_answers_stand_beside_the_published(recorded: Path, tmp_path: Path) -> None:
    better = {"id": "m-2", "question": "q", "answer": 41.9, "answer_published": 99, "status": "agreed"}
    (tmp_path / "mills.jsonl").write_text(json.dumps(better), "utf-8")
    (tmp_path / "ovens.jsonl").write_text("", "utf-8")
    from fivefold_benchmarks.loaders import load

    scores = rescore(read_recorded(recorded), cases=load("mills", data=tmp_path), rules=[PRIMARY, rule("orlm")])
    assert [(score.right.hits, score.right.n) for score in scores[:2]] == [(1, 1), (5, 7)]


def test_the_command_prints_the_table(recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(recorded)]) == 0
    printed = capsys.readouterr().out
    assert printed.strip() == table(rescore(read_recorded(recorded)))
    assert "| mills | orlm | published | 5 | 7 | 71.4 % | 36-92 % |  |" in printed
    assert "| mills | primary |" not in printed
    assert "Not applicable to any answer of mills: `primary` wants best-known answers (`--data`);" in printed
    assert main([str(recorded), "--data", str(tmp_path)]) == 2
    assert "no `mills.jsonl`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 of"),
        ("7", "line 2 of"),
        ('{"id": 1, "benchmark": "b", "output": "3"}', "answer_published"),
        ('{"id": 1, "benchmark": "b", "answer_published": 3}', "output"),
        ('{"id": 1, "answer_published": 3, "output": 3}', "benchmark"),
        ('{"id": 1, "benchmark": "b", "answer_published": 3, "prediction": {"objective": "x"}}', "no recorded answer"),
        ('{"id": 1, "benchmark": "b", "answer_published": 3, "prediction": {"ended": "soon"}}', "no recorded answer"),
    ],
)
def test_a_line_that_is_no_recorded_answer_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "recorded.jsonl"
    path.write_text("\n" + line, "utf-8")
    with pytest.raises(CallerError, match=message):
        read_recorded(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "cannot read the recorded answers" in capsys.readouterr().err
