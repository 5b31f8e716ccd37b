"""The command `fivefold` as people meet it: every mishap is one clear message and an exit code."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold import Outcome
from fivefold.commands.cli import main
from fivefold.trace import Trace
from tests.agent.solving import NO_BOARDS, RIGHT, TOYS, kind_of, replying, rows, toys
from tests.scripted_llm import Answer, Fault, Json, ScriptedLLM, first, too_many


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caches and runs of the command below the test's folder."""
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedLLM]:
    with ScriptedLLM(toys()) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        yield running


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def begun(*arguments: str, **more: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "fivefold", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(command, start_new_session=True, **pipes)  # type: ignore[call-overload, no-any-return]  # pipes


def ended(child: "subprocess.Popen[bytes]") -> tuple[int, str, str]:
    out, err = child.communicate(timeout=60)
    assert b"Traceback" not in err and b"Exception ignored" not in err, err
    return child.returncode, (out or b"").decode(), err.decode()


def test_a_solved_problem_is_told_and_exit_is_0(server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "solve", TOYS)
    assert code == 0 and "objective 310; verdict: consistent" in out and "hours_available" in out
    assert "optimal, objective 310" in err and "  (" in err and "explain" not in err


def test_json_is_one_document_that_reads_back(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    code, out, err = said(capsys, "solve", TOYS, "--json", "--quiet", "--out", str(home / "out"))
    outcome = Outcome.model_validate_json(out)
    assert code == 0 and outcome.objective == pytest.approx(310) and json.loads(out)["run_id"] == outcome.run_id
    assert Outcome.model_validate_json((home / "out" / "outcome.json").read_text()) == outcome
    assert outcome.program is not None and (home / "out" / "program.py").read_text() == outcome.program.source
    names = {path.name for path in (home / "out").iterdir()}
    assert names == {
        *("outcome.json", "explanation.txt", "formulation.md", "formulation.tex", "formulation.json"),
        *("program.py", "result.json", "solution.csv", "report.html", "trace.jsonl"),
    }
    assert (home / "out" / "solution.csv").read_text().splitlines()[0] == "variable,value,unit"
    assert len(err.splitlines()) == 1 and err.startswith("written to")


def test_what_came_of_it_is_the_exit_code(server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> None:
    server.rule = toys(rows("7*trains", "hours: 2*trains <= 120", "boards: 4*trains <= 140", "least: trains >= 80"))
    text = TOYS.replace("How many", "At least 80 trains are ordered. How many")
    code, out, _ = said(capsys, "solve", text, "--rounds", "0", "--quiet")
    assert code == 1 and "no optimal solution" in out


def test_a_file_and_standard_input(server: ScriptedLLM, home: Path) -> None:
    path = home / "toys.txt"
    path.write_bytes(b"\xef\xbb\xbf" + TOYS.replace(". ", ".\r\n").encode())
    code, out, _ = ended(begun("solve", str(path), "--quiet"))
    assert code == 0 and "objective 310" in out
    with path.open("rb") as file:
        code, out, _ = ended(begun("solve", "-", "--quiet", stdin=file))
    assert code == 0 and "objective 310" in out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("{home}/large.txt", "1 MB"),
        ("{home}/long.txt", "characters"),
        ("{home}/binary.bin", "not UTF-8"),
        ("{home}/zeros.txt", "not text"),
        ("{home}", "folder"),
        ("{home}/missing.txt", "there is no file"),
        ("missing.md", "there is no file"),
        ("/proc/self/mem", "cannot read"),
        ("Tyger Tyger, burning bright, in the forests of the night", "decision problem"),
        ("Minimize what our bakery spends on flour and eggs", "no numbers"),
        ("minimize", "too short"),
    ],
)
def test_what_is_no_problem_is_refused(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], home: Path, given: str, words: str
) -> None:
    (home / "large.txt").write_text("Maximize 3 things. " * 110_000)
    (home / "long.txt").write_text("Maximize 3 things. " * 6_000)
    (home / "binary.bin").write_bytes(bytes(range(256)) * 20)
    (home / "zeros.txt").write_bytes(b"Maximize 3 \0\0\0\0 of 5 things")
    code, out, err = said(capsys, "solve", given.format(home=home), "--quiet")
    assert code == 2 and out == "" and words in err and err.startswith("fivefold: ") and err.count("\n") == 1
    assert server.requests == []
    assert said(capsys, "runs")[1] == ""


def test_bytes_that_are_no_text_as_an_argument(server: ScriptedLLM) -> None:
    code, _, err = ended(begun("solve", os.fsdecode(b"maximize 3 \xff\xfe things of 5")))
    assert code == 2 and "not text" in err


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (500, "500"),
        (Fault(kind="garbage"), "OpenAI-compatible"),
        (Fault(kind="half"), "broke off"),
        (Fault(kind="never"), "no reply within"),
        (Fault(kind="hang_up"), "broke off"),
    ],
    ids=["500", "garbage", "half", "never", "hang up"],
)
def test_an_endpoint_that_fails_is_named_and_the_run_kept(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], answer: Answer, words: str
) -> None:
    server.rule = lambda _: answer
    code, out, err = said(capsys, "solve", TOYS, "--llm-timeout", "0.3", "--quiet")
    assert code == 3 and out == "" and words in err and server.base_url in err and "--resume" in err
    run_id = err.split("--resume ")[1].split("`")[0]
    server.rule = toys()
    code, out, _ = said(capsys, "runs")
    assert code == 0 and out.startswith(f"{run_id}  at formulate")
    code, _, err = said(capsys, "solve", "--resume", run_id, "--form", "indexed")
    assert code == 2 and "`form` 'auto'" in err and err.count("\n") == 1
    code, out, _ = said(capsys, "solve", "--resume", run_id, "--quiet", "--time-limit", "7", "--json")
    assert code == 0 and Outcome.model_validate_json(out).objective == 310
    code, _, err = said(capsys, "solve", "--resume", run_id, "--quiet", "--samples", "3")
    assert code == 2 and "has ended" in err and "`samples`" in err


def test_an_endpoint_that_is_down(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = said(capsys, "solve", TOYS, "--quiet", "--base-url", "http://127.0.0.1:9/v1")
    assert code == 3 and "refused" in err and "127.0.0.1:9" in err


def test_an_endpoint_that_is_busy_for_a_while(server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> None:
    server.rule = first(2, too_many(0.05), toys())
    code, out, err = said(capsys, "solve", TOYS)
    assert code == 0 and "objective 310" in out and err.count("Rate limit") == 2


def test_a_wrong_key_is_not_repeated(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedLLM(toys(), key="right") as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-wrong-wrong")
        code, _, err = said(capsys, "solve", TOYS, "--quiet")
    assert code == 3 and "OPENAI_API_KEY" in err and "wrong-wrong" not in err


def test_an_unknown_llm_is_told_those_that_are_there(server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> None:
    server.rule = lambda _: Fault(kind="status", status=404, text='{"error": {"message": "model not found"}}')
    code, _, err = said(capsys, "solve", TOYS, "--quiet", "--llm", "gpt-17")
    assert code == 3 and "gpt-17" in err and "`scripted`" in err


def test_no_llm_at_all(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, _, err = said(capsys, "solve", TOYS, "--quiet")
    assert code == 2 and "OPENAI_BASE_URL" in err and "model pull" in err


@pytest.mark.parametrize(
    "wrong",
    [["--rounds", "-1"], ["--time-limit", "0"], ["--max-tokens", "3"], ["--llm-timeout", "0"], ["--resume", "nothing"]],
)
def test_wrong_options_end_with_2(server: ScriptedLLM, capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    code, _, err = said(capsys, "solve", TOYS, *wrong)
    assert code == 2 and err.startswith("fivefold: ")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--data", "nowhere.csv"], "nowhere.csv"),
        (["--samples", "0"], "option `samples` cannot be 0: it should be greater than or equal to 1"),
        (["--prompts", "nowhere"], "nowhere"),
        (["--resume", "nowhere"], "nowhere"),
        (["--reply", "yes"], "`--resume`"),
    ],
)
def test_a_mistake_is_told_before_an_llm_is_fetched(
    home: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], words: str
) -> None:
    code, _, err = said(capsys, "solve", TOYS, *wrong)
    assert code == 2 and words in err and "LLM" not in err and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (["solve", "--data", "prices.csv", "problem.txt"], "--data"),
        (["run", "--data", "prices.csv", "plan.json"], "`--data` takes all that follows it"),
        (["analyze", "plan.json", "--data", "prices.csv", "prices"], "`--data` takes all that follows it"),
        (["solve", "problem.txt", "--dta", "x"], "fivefold solve --help"),
        (["sovle", "problem.txt"], "did you mean `solve`?"),
    ],
)
def test_what_cannot_be_read_says_where_to_look(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], typed: list[str], hint: str
) -> None:
    with contextlib.suppress(SystemExit):
        assert main(typed) == 2
    assert hint in capsys.readouterr().err.splitlines()[-1]


def test_a_workbook_is_no_problem_in_words_and_a_reply_needs_its_run(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "plan.xlsx").write_bytes(b"PK\x03\x04\xff\xfe")
    code, _, err = said(capsys, "solve", str(home / "plan.xlsx"))
    assert code == 2 and "--data" in err
    code, _, err = said(capsys, "solve", "", "--reply", "yes")
    assert code == 2 and "--resume" in err


def test_a_trace_that_is_something_else_is_not_overwritten(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "mine.txt").write_text("my notes")
    code, _, err = said(capsys, "solve", TOYS, "--quiet", "--trace", str(home / "mine.txt"))
    assert code == 2 and "not overwritten" in err and (home / "mine.txt").read_text() == "my notes"


def test_a_folder_that_cannot_be_written_is_told_before_the_llm_is_asked(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "file").write_text("")
    for folder in (home / "file", home / "file" / "deeper", Path("/proc/fivefold")):
        code, _, err = said(capsys, "solve", TOYS, "--quiet", "--out", str(folder))
        assert code == 2 and "cannot make the folder" in err
    assert server.requests == []


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for next to nothing."""
    folder = tmp_path / "full"
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(options, capture_output=True).returncode:
        pytest.skip("only root mounts a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_for_the_files_costs_the_files(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], full: Path, home: Path
) -> None:
    code, out, err = said(capsys, "solve", TOYS, "--quiet", "--out", str(full))
    assert code == 3 and "objective 310" in out and "No space left" in err and "--resume" in err
    assert not list(full.glob(".*"))
    run_id = err.split("--resume ")[1].split(" ")[0]
    code, out, _ = said(capsys, "solve", "--resume", run_id, "--quiet", "--out", str(home / "out"))
    assert code == 0 and (home / "out" / "outcome.json").exists() and len(server.requests) == 2


def test_a_full_disk_for_runs_and_caches_is_warned_of(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(full / "cache"))
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(full / "data"))
    code, out, err = said(capsys, "solve", TOYS, "--quiet")
    assert code == 0 and "objective 310" in out and err.count("warning") == 1 and "cannot be resumed" in err


def test_standard_output_on_a_full_disk(server: ScriptedLLM) -> None:
    with open("/dev/full", "wb") as sink:
        code, _, err = ended(begun("solve", TOYS, "--quiet", stdout=sink))
    assert code == 3 and err.count("\n") == 1 and "No space left" in err


def test_a_reader_that_leaves_early_costs_no_file(server: ScriptedLLM, home: Path) -> None:
    child = begun("solve", TOYS, "--quiet", "--out", str(home / "out"))
    assert child.stdout is not None
    child.stdout.close()
    child.stdout = None
    code, _, _ = ended(child)
    assert code == 0 and (home / "out" / "outcome.json").exists()
    child = begun("--help")
    assert child.stdout is not None
    child.stdout.close()
    child.stdout = None
    assert ended(child)[0] == 0


def test_a_terminal_without_the_letters_gets_escapes(server: ScriptedLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    server.rule = toys(NO_BOARDS)
    code, out, _ = ended(begun("solve", TOYS, "--rounds", "0"))
    assert code == 0 and "\\u201c" in out


LOOPS = "```python\nimport os, time\nopen('started', 'w').close()\ntime.sleep(600)\n```"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("step", ["formulate", "run", "repair"])
def test_a_stopped_run_says_how_to_go_on(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str], home: Path, step: str, number: signal.Signals
) -> None:
    rest = toys(NO_BOARDS, RIGHT, program=LOOPS)
    asked = {"formulate": 1, "run": 1, "repair": 3}[step]
    seen: list[str] = []

    def rule(request: Json) -> Answer:
        seen.append(kind_of(request))
        return Fault(kind="never") if step != "run" and len(seen) == asked else rest(request)

    server.rule = rule
    options = ["--free-program"] if step == "run" else []
    child = begun("solve", TOYS, "--trace", str(home / "trace.jsonl"), *options)
    for _ in range(asked):
        assert server.came.acquire(timeout=60)
    if step == "run":
        wait_for(lambda: len(below(child.pid)) > 1)
    time.sleep(0.3)
    family = below(child.pid)
    os.kill(child.pid, number)
    code, out, err = ended(child)
    assert code == 130 and out == ""
    last = err.splitlines()[-1]
    assert last.startswith("fivefold: stopped; what was done is kept") and err.count("fivefold: ") == 1
    wait_for(lambda: not family & set(parents()))
    spans = Trace.read(home / "trace.jsonl").spans
    assert spans[0].node == "read" and spans[-1].node == step and spans[-1].error is not None
    assert spans[-1].error["family"] == "interrupted"

    server.rule = toys(RIGHT)
    run_id = last.split("--resume ")[1].split("`")[0]
    if step != "run":
        code, out, _ = said(capsys, "solve", "--resume", run_id, "--trace", str(home / "trace.jsonl"))
        assert code == 0 and "objective 310" in out
        assert Trace.read(home / "trace.jsonl").spans[-1].node == "explain"


def parents() -> dict[int, int]:
    """Every living process and its parent."""
    found: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found[int(stat.parent.name)] = int(fields[1])
    return found


def below(pid: int) -> set[int]:
    """All that a process has started, and what that has started."""
    known, found = parents(), {pid}
    while more := {child for child, parent in known.items() if parent in found} - found:
        found |= more
    return found - {pid}


def wait_for(condition: object) -> None:
    assert callable(condition)
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to pass within 30 s")


def test_a_term_in_a_background_without_ctrl_c(server: ScriptedLLM) -> None:
    server.rule = lambda _: Fault(kind="never")
    child = begun("solve", TOYS, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    assert server.came.acquire(timeout=60)
    child.terminate()
    code, _, err = ended(child)
    assert code == 130 and "--resume" in err


def test_version_help_and_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ended(begun("--version"))
    assert code == 0 and out.startswith("fivefold ")
    code, out, _ = said(capsys)
    assert code == 0 and "solve" in out
    with pytest.raises(SystemExit) as exit_info:
        main(["solve", "--nonsense"])
    assert exit_info.value.code == 2


def test_the_program_of_the_free_path_is_said_to_be_unchecked(
    server: ScriptedLLM, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "solve", TOYS, "--free-program")
    assert code == 0 and "written by the LLM itself" in out and "could not be checked" in out
    assert "the LLM writes a program" in err and "as asked" in err


def test_an_llm_that_declares_nothing_is_no_dead_end(server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> None:
    server.rule = replying(declare="I cannot.", rows="no", program="no")
    code, out, _ = said(capsys, "solve", TOYS, "--quiet")
    assert code == 1 and "verdict: unsolved" in out
