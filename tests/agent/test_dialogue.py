"""Questions of a run on a terminal and in a pipe."""

import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold import CallerError, Formulation
from fivefold.commands.dialogue import ask_person, how_to_reply, meant
from fivefold.waiting import Given, Pause
from tests.agent.solving import RIGHT, TOYS, toys
from tests.agent.test_command import said
from tests.agent.test_waiting import HOLED, HOURS_ASKED
from tests.scripted_llm import ScriptedLLM

DOMAIN = Pause(
    kind="question", text="May they be fractions?", choices=("they may", "they must not"), default="they may"
)
SHOWN = Pause(kind="approval", text="Is this what you mean?", formulation=Formulation(), doubts=("no row",))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedLLM]:
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    with ScriptedLLM(toys(RIGHT)) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.base_url)
        yield running


def on_terminal(typed: str, *arguments: str) -> tuple[int, str, str]:
    """Run the command with a terminal that somebody types into; return its exit code, its answer and the terminal."""
    ours, theirs = pty.openpty()
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "fivefold", *arguments], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        out, _ = child.communicate(timeout=120)
        shown = b""
        while piece := _read(ours):
            shown += piece
    finally:
        os.close(ours)
    return child.returncode, out.decode(), shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what a terminal says when nobody is at its other end
        return b""


def test_question_is_asked_on_a_terminal(server: ScriptedLLM) -> None:
    code, out, shown = on_terminal("120\n", "solve", HOLED, "--ask")
    assert code == 0 and "objective 310" in out
    assert HOURS_ASKED in shown and "Enter alone goes on without" in shown and "Traceback" not in shown


def test_end_of_the_terminal_leaves_the_run_waiting(server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, shown = on_terminal("\x04", "solve", HOLED, "--ask", "--quiet")
    assert code == 130 and "--resume" in shown
    run = shown.split("--resume ")[1].split("`")[0].split()[0]
    code, out, err = said(capsys, "solve", "--resume", run)
    assert code == 1 and f"--resume {run} --reply" in err and HOURS_ASKED in out
    code, out, _ = said(capsys, "solve", "--resume", run, "--reply", "120 hours")
    assert code == 0 and "objective 310" in out
    assert said(capsys, "solve", "--resume", run, "--reply", "120")[0] == 2


def test_in_a_pipe_nobody_is_asked(server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "solve", HOLED, "--ask")
    assert code == 0 and "leaves open what the answer depends on: " in out


def test_formulation_waits_for_approval_and_is_edited_in_a_file(
    server: ScriptedLLM, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "solve", TOYS, "--approve", "--out", "shown")
    assert code == 1 and "--reply yes" in err and "hours_available" in out
    assert "not solved yet: it waits for a reply" in out and "no optimal solution" not in out
    run = err.split("--resume ")[1].split()[0]
    text = (tmp_path / "shown" / "formulation.json").read_text("utf-8")
    (tmp_path / "mine.json").write_text(text.replace("<= 140", "<= 100"), "utf-8")
    code, out, _ = said(capsys, "solve", "--resume", run, "--reply", "mine.json")
    assert code == 0 and "<= 100" in out and "objective 310" not in out


def asked(pause: Pause, *lines: str) -> tuple[Given, str]:
    typed, told = io.StringIO("".join(f"{line}\n" for line in lines)), io.StringIO()
    return ask_person(pause, lambda line: print(line, file=told), typed.readline), told.getvalue()


def test_lines_are_read_as_replies(tmp_path: Path) -> None:
    assert asked(DOMAIN, "b")[0] == "they must not" and asked(DOMAIN, "")[0] is False
    assert asked(DOMAIN, "only boats")[0] == "only boats"
    assert asked(SHOWN, "")[0] is True and asked(SHOWN, "Yes")[0] is True
    given, told = asked(SHOWN, "nowhere.json", "only 90 hours")
    assert given == "only 90 hours" and "cannot read nowhere.json" in told and "no row" in told
    with pytest.raises(KeyboardInterrupt):
        asked(DOMAIN)
    (tmp_path / "empty.json").write_text("nothing")
    with pytest.raises(CallerError):
        meant(SHOWN, str(tmp_path / "empty.json"))
    assert "--resume r1 --reply yes" in how_to_reply(SHOWN, "r1")
