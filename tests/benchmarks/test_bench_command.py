"""The command group `fivefold bench`: found through its entry point, fast, and right in what it prints."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from fivefold.commands import cli
from fivefold_benchmarks import bench_command
from fivefold_benchmarks.registry import benchmark
from tests.benchmarks.file_server import FileServer
from tests.benchmarks.running import PRINTING
from tests.scripted_llm import ScriptedLLM

QUESTION = "A mill grinds 40 sacks of wheat in 3 hours. How many in 12 hours?"


def test_it_is_found_through_its_entry_point(capsys: pytest.CaptureFixture[str]) -> None:
    assert [entry.load() for entry in metadata.entry_points(group=cli.GROUP, name="bench")] == [bench_command]
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])
    assert "bench " in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        cli.main(["bench", "--help"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in bench_command.ACTIONS)


def test_help_loads_nothing_of_this_room() -> None:
    heavy = ("pydantic", "numpy", "openai", "fivefold_benchmarks.rescore", "fivefold_benchmarks.loaders")
    source = f"import sys, fivefold_benchmarks.bench_command; print([n for n in {heavy} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "list"]) == 0
    assert "optibench           605" in capsys.readouterr().out
    assert cli.main(["bench", "list", "task3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == 410
    assert cli.main(["bench", "list", "magic"]) == 2
    assert "no benchmark `magic`" in capsys.readouterr().err


def test_fetched_from_a_mirror(capsys: pytest.CaptureFixture[str]) -> None:
    path = benchmark("bwor").sources[0].path
    row = {"en_question": QUESTION, "en_answer": "160", "id": 0}
    with FileServer({path: json.dumps(row).encode()}) as server:
        command = ["bench", "fetch", "bwor", "--mirror", server.address]
        assert cli.main(command) == 0
        printed = capsys.readouterr()
        assert printed.out == "bwor: 1 problems; 1 files, 1 new, 1 checksums recorded for the first time\n"
        assert printed.err == f"fetching {server.address}{path}\n"
        assert cli.main(command) == 0
        assert capsys.readouterr().out == "bwor: 1 problems; 1 files, 0 new, 0 checksums recorded for the first time\n"
        assert cli.main(["bench", "fetch", "task3", "--mirror", server.address]) == 3
        assert "not there any more (404)" in capsys.readouterr().err
        assert cli.main(["bench", "fetch", "all", "--mirror", server.address]) == 3
        assert "OptiBench.json" in capsys.readouterr().err
    assert cli.main(["bench", "fetch", "nlp4lp"]) == 2
    assert "wants a login" in capsys.readouterr().err
    assert cli.main(["bench", "list"]) == 0
    assert [line.split()[3] for line in capsys.readouterr().out.splitlines() if line.startswith("bwor")] == ["yes"]


def test_recorded_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"id": "m-1", "benchmark": "mills", "answer_published": 160, "output": "160.0", "state": ""}
    (tmp_path / "recorded.jsonl").write_text(json.dumps(row), "utf-8")
    (tmp_path / "mills.jsonl").write_text(json.dumps({"id": "m-1", "question": QUESTION, "answer": 161}), "utf-8")
    assert cli.main(["bench", "rescore", str(tmp_path / "recorded.jsonl"), "--data", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "| mills | primary | best-known | 0 | 1 |" in printed and "| mills | orlm | published | 1 | 1 |" in printed
    assert cli.main(["bench", "rescore", str(tmp_path / "none")]) == 2
    assert "cannot read" in capsys.readouterr().err


def test_an_option_that_is_not_there_points_to_the_help_of_its_action(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["bench", "run", "items.jsonl", "--speed", "1"])
    assert "--speed 1; `fivefold bench run --help` lists them" in capsys.readouterr().err


def test_problems_without_answer_are_run_and_not_scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(tmp_path))
    rows = [{"id": "known", "answer": 20}, {"id": "new"}, {"id": "said", "answer": "plenty"}]
    told = [{"question": f"Crate number {n} holds how many pears?", **row} for n, row in enumerate(rows, 2)]
    Path("items.jsonl").write_text("\n".join(map(json.dumps, told)))
    with ScriptedLLM(lambda _: PRINTING.format(value=20)) as server:
        command = ["bench", "run", "items.jsonl", "--pipelines", "direct,thought", "--base-url", server.base_url]
        assert cli.main(command) == 0
    printed = capsys.readouterr()
    assert "not scored, as their `answer` is no number" in printed.err and "unbounded: new, said" in printed.err
    assert "2 of 2 right, 6 ran" in printed.err
    assert "direct is right on 1 of 1 problems" in printed.out
    assert cli.main(["bench", "compare", "runs.sqlite:direct", "runs.sqlite:thought"]) == 0
    assert "1 attempts that both have" in capsys.readouterr().out
