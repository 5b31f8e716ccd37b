"""`fivefold prompts` from end to end: the real agent, a scripted LLM that forgets, a scripted writer that mends."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.commands import cli
from fivefold.settings import from_environment
from fivefold_benchmarks.prompts_actions import gate_line, kept_sets
from fivefold_prompts.optimizer.ledger import Ledger
from fivefold_prompts.sets import PromptSets
from tests.benchmarks.tuning_shop import TOLD, VARIABLES, answer, edit, problem_file, question, shop
from tests.scripted_llm import ScriptedLLM

ROOT = Path(__file__).parent.parent.parent
SMALL = (
    "--tune", "constrain", "--steps", "1", "--directions", "1", "--batch", "2", "--examples", "2",
    "--rounds", "0", "--noise", "1", "--seed", "1",
)  # fmt: skip
REFUSED = ("--parts", "2,2,3")
"""A gate of three cases: too few for any p below 0.05."""
SOME_RUNS = 15_000
"""Bytes that a few runs take in a ledger."""
PROMOTED = ("--parts", "2,2,7", "--tag", "better")


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """The questions that the writer got."""
    return []


@pytest.fixture(scope="module")
def server(asked: list[str]) -> Iterator[ScriptedLLM]:
    def writer(told: str) -> str:
        asked.append(told)
        return edit(TOLD)

    with ScriptedLLM(shop(writer)) as running:
        yield running
        assert running.errors == []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for replies and sets that the tests of this file share."""
    folder = tmp_path_factory.mktemp("prompts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIVEFOLD_DATA_DIR", str(folder / "data"))
        patch.setenv("FIVEFOLD_CACHE_DIR", str(folder / "cache"))
        yield folder


@pytest.fixture
def prompts(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """`fivefold prompts ...` in this process: exit code and what it printed."""
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(home / "cache"))
    monkeypatch.chdir(home)

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main(["prompts", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def digest_of(printed: str) -> str:
    return re.findall(r"^digest: (\w+)$", printed, re.MULTILINE)[0]


@pytest.fixture(scope="module")
def problems(home: Path) -> Path:
    return problem_file(home, 24)


def test_what_mends_a_kind_of_problem_is_promoted_and_the_agent_uses_it(
    prompts: Callable[..., Any], problems: Path, server: ScriptedLLM, asked: list[str], home: Path,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    code, out, err = prompts(
        "optimize", problems, *SMALL, *PROMOTED, "--base-url", server.base_url, "--out", home / "up.sqlite"
    )
    assert code == 0, out + err
    assert "promoted" in out and "{+Count every board as well.+}" in out
    assert "kept" in err and "gate:" in err

    # What the writer saw: where it went wrong, and no answer.
    assert "better than is possible" in asked[0] and "number-unused" in asked[0]
    for number in range(24):
        assert str(round(answer(number))) not in asked[0]

    sets = kept_sets(from_environment())
    kept = sets.get("better")
    assert TOLD in kept.values["constrain"] and kept.parent is not None
    assert kept.admission["p"] < 0.05 and kept.scores["search"] > 0.9 and "2 to search" in kept.measured
    assert "constrain" in sets.get(kept.parent).values and "gate" not in sets.get(kept.parent).scores

    text = question(0)
    for chosen, value in (("shipped", None), ("better", answer(0))):
        assert (
            cli.main(["solve", text, "--prompts", chosen, "--base-url", server.base_url, "--rounds", "0", "--json"]) < 2
        )
        outcome = json.loads(capsys.readouterr().out)
        assert (outcome["result"]["objective"] == value) == (value is not None)


def test_what_the_gate_refuses_is_kept_and_not_promoted(
    prompts: Callable[..., Any], problems: Path, server: ScriptedLLM, home: Path
):
    code, out, err = prompts(
        "optimize", problems, *SMALL, *REFUSED, "--base-url", server.base_url, "--out", home / "whole.sqlite"
    )
    assert code == 1, out + err
    assert "refused, p = 0." in out and "promoted" not in kept_sets(from_environment()).tags()
    assert "not promoted" in prompts("list")[1]

    # The same command again, and `--resume`, go on with what is done: nothing is run twice.
    before = len(server.requests)
    again = prompts("optimize", "--resume", home / "whole.sqlite", "--base-url", server.base_url, "--quiet")
    assert again[0] == 1 and digest_of(again[1]) == digest_of(out) and len(server.requests) == before
    code, _, err = prompts("optimize", problems, *SMALL, "--parts", "2,2,4", "--out", home / "whole.sqlite")
    assert code == 2 and "`parts`" in err and "--resume" in err


def optimizing(home: Path, url: str, *arguments: object) -> "subprocess.Popen[str]":
    """`fivefold prompts optimize` in a process of its own, without the replies that were kept before."""
    return subprocess.Popen(
        [sys.executable, "-m", "fivefold.commands.cli", "prompts", "optimize", *map(str, arguments), "--base-url", url],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "FIVEFOLD_CACHE_DIR": str(home / "cache"),
            "FIVEFOLD_DATA_DIR": str(home / "killed"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_search_that_is_killed_goes_on_to_the_same_end(problems: Path, server: ScriptedLLM, home: Path):
    ledger = home / "killed.sqlite"
    begin = (problems, *SMALL, *REFUSED, "--out", ledger)
    for number in (signal.SIGKILL, signal.SIGINT):
        seen = _written(ledger)
        part = optimizing(home, server.base_url, *begin)
        while part.poll() is None and _written(ledger) < seen + SOME_RUNS:
            time.sleep(0.02)
        assert part.poll() is None, part.communicate()
        part.send_signal(number)
        _, err = part.communicate()
        assert number is signal.SIGKILL or (part.returncode == 130 and "--resume" in err)
    end = optimizing(home, server.base_url, "--resume", ledger)
    out, err = end.communicate(timeout=600)
    assert end.returncode == 1, err
    with Ledger(home / "whole.sqlite") as whole:
        assert digest_of(out) == whole.digest()


def _written(ledger: Path) -> int:
    """How many bytes a ledger has; its file is locked while a search writes to it."""
    return sum(file.stat().st_size for file in ledger.parent.glob(f"{ledger.name}*"))


def test_verdicts_score_where_there_are_no_answers(
    prompts: Callable[..., Any], server: ScriptedLLM, problems: Path, home: Path, asked: list[str]
):
    rows = [json.loads(line) | {"answer": None} for line in problems.read_text("utf-8").splitlines()]
    (home / "open.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    arguments = ("optimize", home / "open.jsonl", *SMALL, *REFUSED, "--base-url", server.base_url)
    code, _, err = prompts(*arguments, "--out", home / "labels.sqlite")
    assert code == 2 and "--score verdict" in err
    asked.clear()
    code, out, err = prompts(*arguments, "--score", "verdict", "--out", home / "verdict.sqlite")
    assert code == 1 and "by verdict" in prompts("show", out.split("kept as ")[1].split()[0])[1], out + err
    assert "A check was in doubt" in asked[0] and "possible" not in asked[0]


def test_what_a_person_corrected_is_told_to_the_writer(
    prompts: Callable[..., Any], server: ScriptedLLM, problems: Path, home: Path, asked: list[str]
):
    rows = [f"2*trains + 3*boats <= {120 + 30}", f"4*trains + boats <= {140 + 30}"]
    forms = [
        {**VARIABLES, "objective": {"sense": "maximize", "expression": "7*trains + 5*boats"},
         "constraints": [{"expression": row} for row in rows[:count]]}
        for count in (1, 2)
    ]  # fmt: skip
    row = {"problem": question(30), "before": forms[0], "after": forms[1]}
    (home / "corrected.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    asked.clear()
    code, out, err = prompts(
        "optimize", problems, *SMALL, "--parts", "1,1,1", "--corrections", home / "corrected.jsonl",
        "--base-url", server.base_url, "--out", home / "corrected.sqlite",
    )  # fmt: skip
    assert code == 1, out + err
    assert "A person corrected what the step `formulate` wrote (prompt `constrain`" in asked[0]
    assert "150" not in asked[0].partition("# Others")[2]
    assert str(round(answer(30))) not in asked[0]


def test_a_budget_that_cannot_reach_the_gate_is_refused_before_anything_is_run(
    prompts: Callable[..., Any], problems: Path, server: ScriptedLLM, home: Path
):
    before = len(server.requests)
    arguments = ("optimize", problems, *SMALL, *REFUSED, "--base-url", server.base_url, "--out", home / "poor.sqlite")
    code, _, err = prompts(*arguments, "--cap-rollouts", 10)
    assert code == 2 and "one step and the gate take" in err
    code, _, err = prompts(*arguments, "--cap-tokens", 10_000)
    assert code == 2 and "too small to begin" in err
    assert len(server.requests) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give problems"),
        (("--parts", "1,2", "{problems}"), "three numbers"),
        (("--tune", "nothing", "{problems}"), "no prompt nothing"),
        (("--start", "nowhere", "{problems}"), "There is no prompt set 'nowhere'. There are: shipped"),
        (("--price", "much", "{problems}"), "two numbers"),
        (("--steps", "0", "{problems}"), "--steps"),
        (("--resume", "none.sqlite"), "no ledger"),
        (("--corrections", "none.jsonl"), "cannot read"),
    ],
)
def test_slips_are_said(
    prompts: Callable[..., Any], problems: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
):
    given = [argument.format(problems=problems) for argument in arguments]
    code, _, err = prompts("optimize", *given, "--out", tmp_path / "x.sqlite")
    assert code == 2 and said in err, err


@pytest.mark.parametrize(("arguments", "fewest"), [((), 15), (("--allow-trade",), None)])
def test_who_allows_it_lets_a_type_of_problem_get_worse(
    prompts: Callable[..., Any], problems: Path, server: ScriptedLLM, tmp_path: Path,
    arguments: tuple[str, ...], fewest: int | None,
):  # fmt: skip
    path = tmp_path / "x.sqlite"
    # Too small a budget: what is asked for is written down, and nothing is run.
    asked = ("--cap-tokens", 10_000, "--base-url", server.base_url, "--out", path)
    prompts("optimize", problems, *SMALL, "--parts", "2,2,3", *asked, *arguments)
    with Ledger(path) as ledger:
        begun = ledger.find("begun")
    assert begun is not None and begun.body["settings"]["gate"]["type_cases"] == fewest


def test_what_the_gate_let_go_is_told_with_what_it_promoted():
    said = {"cases": 80, "won": 60, "lost": 10, "p": 1e-9, "gain": 0.6, "interval": (0.5, 0.7), "reasons": ()}
    traded = gate_line({**said, "promoted": True, "traded": ("problems of type 'LP' are worse (p = 0.001)",)})
    assert traded.endswith("promoted, although problems of type 'LP' are worse (p = 0.001)")
    assert gate_line({**said, "promoted": True}).endswith(": promoted")


# --- the sets


def test_a_set_goes_out_comes_back_changed_and_is_taken_back(prompts: Callable[..., Any], home: Path, tmp_path: Path):
    assert prompts("export", "shipped", tmp_path / "out")[0] == 0
    text = (tmp_path / "out" / "constrain.md").read_text("utf-8")
    (tmp_path / "out" / "constrain.md").write_text(text + "Be exact.\n", "utf-8")
    code, out, _ = prompts("import", tmp_path / "out", "--author", "me", "--tag", "mine")
    assert code == 0
    new = PromptSets(home / "data" / "prompts").get("mine")
    assert new.id == out.strip() and (new.author, new.reason) == ("me", "changed by hand") and new.admission == {}
    assert "+Be exact." in prompts("diff", "shipped", "mine")[1]
    assert "{+Be exact." in prompts("diff", "shipped", "mine", "--words")[1]
    assert prompts("diff", "mine", "mine")[1].strip() == "no difference"

    assert prompts("tag", "mine", "shipped", "--why", "worse after all")[0] == 0
    assert "no difference" in prompts("diff", "shipped", "mine")[1]
    shown = prompts("show", "mine")[1]
    assert "worse after all" in shown and "--- constrain" in shown
    assert prompts("rollback", "mine")[0] == 0
    assert PromptSets(home / "data" / "prompts").get("mine").id == new.id
    assert prompts("show", "mine", "--prompt", "constrain")[1].endswith("Be exact.\n")
    (line,) = (line for line in json.loads(prompts("list", "--json")[1]) if "mine" in line["tags"])
    assert line["id"] == new.id and "constrain" in line["prompts"]
    assert json.loads(prompts("show", "mine", "--json")[1])["values"] == new.values


def test_what_cannot_be_used_is_not_taken(prompts: Callable[..., Any], tmp_path: Path):
    assert prompts("export", "shipped", tmp_path / "out")[0] == 0
    (tmp_path / "out" / "declare.md").write_text("## user\nNo place for the problem.\n", "utf-8")
    code, _, err = prompts("import", tmp_path / "out")
    assert code == 2 and "`declare`" in err.replace("'", "`") and "problem" in err
    for arguments, said in (
        (("show", "nowhere"), "There is no prompt set 'nowhere'"),
        (("show", "--prompt", "nothing"), "no prompt `nothing`"),
        (("rollback", "nowhere"), "stood nowhere else"),
        (("tag", "Not a tag", "shipped"), "no tag"),
        (("export", "shipped", tmp_path / "out"), "not empty"),
        (("report", tmp_path / "none.sqlite"), "no ledger"),
    ):
        code, _, err = prompts(*arguments)
        assert code == 2 and said in err


def test_a_run_with_a_set_that_is_not_there_is_refused(prompts: Callable[..., Any], server: ScriptedLLM):
    assert cli.main(["solve", question(0), "--prompts", "nowhere", "--base-url", server.base_url]) == 2


def test_help_loads_nothing_slow():
    code = (
        "import sys; from fivefold.commands import cli\ntry: cli.main(['prompts', 'optimize', '--help'])\n"
        "except SystemExit: pass\n"
        "slow = {'pydantic', 'langgraph', 'openai', 'numpy', 'fivefold_prompts'} & set(sys.modules)\n"
        "assert not slow, slow"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "--cap-rollouts" in done.stdout
