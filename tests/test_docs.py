"""What the documents say is so: their Python runs, their commands are read, their links and tables are right."""

import inspect
import json
import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import fivefold
from fivefold.commands import cli
from fivefold.events import Event
from tests import example_replies
from tests.example_replies import NEEDED
from tests.scripted_llm import ScriptedLLM
from tests.test_examples import BAKERY_OPTIMUM

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    EXAMPLES / "README.md",
    *sorted((ROOT / "benchmarks").glob("*/README.md")),
    ROOT / "tests" / "attacks" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
OPTIMA = {"bakery": BAKERY_OPTIMUM, "transport": 580, "staffing": 10}
OTHER_PROGRAMS = {"ray", "git", "cd", "export", "pip", "uv", "vllm", "python"}
"""What shell lines of the documents may start with besides `fivefold` and `make`."""


def blocks(kind: str) -> list[object]:
    """The fenced blocks of a kind in all documents, each named by its file and line."""
    found: list[object] = []
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        for match in re.finditer(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            place = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}"
            found.append(pytest.param(match[1], id=place))
    return found


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Stand in a folder with the examples, beside an endpoint that knows their formulations."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    with ScriptedLLM(example_replies.answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server.base_url
        assert server.errors == []


@pytest.mark.parametrize("block", blocks("python"))
def test_python_of_the_documents_runs(block: str, endpoint: str) -> None:
    exec(compile(block.replace("http://localhost:8000/v1", endpoint), "<document>", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("block", blocks("(?:console|sh)"))
def test_commands_of_the_documents_are_read(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    lines = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    assert lines, "a block without a command line"
    verbs = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for line in lines:
        words = shlex.split(line, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            del words[0]
        if words[0] == "fivefold":
            cli._parser()[0].parse_args([word for word in words[1:] if word != "--help"])
        elif words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= verbs
        else:
            assert words[0] in OTHER_PROGRAMS
        for word in words:
            if word.startswith(("examples/", "benchmarks/")):
                assert Path(word).exists(), word


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)]
    missing = [t for t in targets if t.partition("#")[0] and not (path.parent / t.partition("#")[0]).exists()]
    assert missing == []


def test_index_lists_every_document() -> None:
    text = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in text} == set()


def test_options_in_the_document_are_the_options() -> None:
    text = (ROOT / "docs" / "python-api.md").read_text("utf-8")
    table = text.split("The options:", 1)[1].split("## ", 1)[0]
    said = dict(re.findall(r"^\| `(\w+)` \| `?\"?(.*?)\"?`? \|", table, re.MULTILINE))
    defaults = fivefold.Options().model_dump()
    assert said.keys() == defaults.keys()
    for name, value in defaults.items():
        assert said[name] == (str(int(value)) if isinstance(value, float) else str(value))


def test_arguments_and_events_in_the_document_are_those() -> None:
    text = (ROOT / "docs" / "python-api.md").read_text("utf-8")
    table = text.split("| argument |", 1)[1].split("\n\n", 1)[0]
    said = {name for cell in re.findall(r"^\|([^|]*)\|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)}
    assert said == inspect.signature(fivefold.asolve).parameters.keys() - {"problem", "changed"}
    kinds = set(get_args(get_type_hints(Event)["kind"]))
    sentence = text.split("`event.kind` is", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == kinds


def test_readme_lists_the_files_of_out(endpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert cli.main(["solve", "examples/bakery.txt", "--quiet", "--out", str(out)]) == 0
    text = (ROOT / "README.md").read_text("utf-8")
    table = text.split("### What `--out` writes", 1)[1].split("##", 1)[0]
    named = {
        name for cell in re.findall(r"^\|([^|]*)\|", table, re.MULTILINE) for name in re.findall(r"`([\w.]+)`", cell)
    }
    assert named == {path.name for path in out.iterdir()}
    assert f"objective {BAKERY_OPTIMUM}; verdict: consistent" in capsys.readouterr().out


def test_set_of_the_examples_holds_their_words_and_best_values() -> None:
    rows = [json.loads(line) for line in (EXAMPLES / "problems.jsonl").read_text("utf-8").splitlines()]
    assert {row["id"]: row["answer"] for row in rows} == OPTIMA
    assert all(row["question"] == (EXAMPLES / f"{row['id']}.txt").read_text("utf-8").strip() for row in rows)


@pytest.mark.parametrize("name", OPTIMA)
def test_examples_can_be_solved(name: str, endpoint: str) -> None:
    outcome = fivefold.solve((EXAMPLES / f"{name}.txt").read_text("utf-8"))
    assert outcome.solved
    assert outcome.objective == pytest.approx(OPTIMA[name])
    assert f"{OPTIMA[name]}" in (EXAMPLES / "README.md").read_text("utf-8")


def test_python_example_runs(endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path("examples/python_api.py", run_name="__main__")
    assert f"objective: {BAKERY_OPTIMUM}" in capsys.readouterr().out


def test_transport_optimum_by_enumeration() -> None:
    costs = (
        4 * marl + 7 * nettle + 6 * orme + 5 * (45 - marl) + 3 * (60 - nettle) + 8 * (35 - orme)
        for marl in range(46)
        for nettle in range(61)
        for orme in range(36)
        if marl + nettle + orme <= 70 and 140 - marl - nettle - orme <= 85
    )
    assert min(costs) == OPTIMA["transport"]


def test_staffing_optimum_by_enumeration() -> None:
    def plans(days: int, people: int) -> Iterator[tuple[int, ...]]:
        if days == 1:
            yield (people,)
            return
        for first in range(people + 1):
            for rest in plans(days - 1, people - first):
                yield (first, *rest)

    def enough(people: int) -> bool:
        return any(
            all(sum(plan[day - back] for back in range(5)) >= needed for day, needed in enumerate(NEEDED))
            for plan in plans(7, people)
        )

    assert enough(OPTIMA["staffing"]) and not enough(OPTIMA["staffing"] - 1)
