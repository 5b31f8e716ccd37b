"""`fivefold bench run --prompts`: Fivefold's own pipelines with a set of prompts, stamped, resumed as begun."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.commands import cli
from fivefold.llm import LLM
from fivefold.settings import Settings, from_environment
from fivefold_benchmarks.baselines import Bounds
from fivefold_benchmarks.pipelines import PIPELINES
from fivefold_benchmarks.prompted import chosen_set, with_set
from fivefold_benchmarks.prompts_actions import kept_sets
from fivefold_benchmarks.record import EvalRecord, RunInfo
from fivefold_benchmarks.record_book import RecordBook
from fivefold_prompts.sets import PromptSet, PromptSets
from fivefold_prompts.store import load
from tests.benchmarks.tuning_shop import ANCHOR, TOLD, answer, problem_file, question, shop
from tests.scripted_llm import ScriptedLLM

BETTER = load("constrain").text.replace(ANCHOR, f"{ANCHOR}\n{TOLD}")


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(shop(lambda told: "no more")) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FIVEFOLD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bench(home: Path, server: ScriptedLLM, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """`fivefold bench ...` in this process: exit code and what it told."""

    def run(*arguments: object) -> tuple[int, str]:
        code = cli.main(["bench", *map(str, arguments), "--base-url", server.base_url, "--quiet"])
        return code, capsys.readouterr().err

    return run


def recorded(path: Path) -> tuple[RunInfo, dict[tuple[str, str], EvalRecord]]:
    with RecordBook.open(path) as book:
        info = book.run()
        return info, {(one.item, one.pipeline): one for one in book.records(info.run_id)}


def test_a_set_changes_what_the_agent_does_and_is_in_the_record(
    home: Path, bench: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    sets = kept_sets(from_environment())
    id = sets.put(PromptSet(values={"constrain": BETTER}))
    sets.tag("better", id)
    problems = problem_file(home, 2)
    run = ("run", problems, "--pipelines", "fivefold-bare")
    assert bench(*run, "--out", home / "plain.sqlite")[0] == 0
    assert bench(*run, "--out", home / "better.sqlite", "--prompts", "better")[0] == 0
    plain, better = recorded(home / "plain.sqlite"), recorded(home / "better.sqlite")
    for number in range(2):
        key = (f"shops/shop-{number}", "fivefold-bare")
        assert not plain[1][key].right
        assert better[1][key].right and better[1][key].objective == answer(number)
    assert (plain[0].config.prompts, better[0].config.prompts) == ("", id)
    changed = {name for name, ref in better[0].prompts.items() if plain[0].prompts[name] != ref}
    assert changed == {"constrain"}

    # The two can be set side by side, which is what a set is run for.
    assert cli.main(["bench", "compare", str(home / "plain.sqlite"), str(home / "better.sqlite"), "--json"]) == 0
    (compared,) = json.loads(capsys.readouterr().out)
    assert (compared["only_first"], compared["only_second"]) == (0, 2)


def test_a_run_goes_on_with_the_set_that_it_began_with(home: Path, bench: Callable[..., Any]) -> None:
    sets = kept_sets(from_environment())
    id = sets.put(PromptSet(values={"constrain": BETTER}))
    sets.tag("better", id)
    run = ("run", problem_file(home, 2), "--pipelines", "fivefold-bare", "--prompts", "better")
    assert bench(*run, "--out", home / "whole.sqlite")[0] == 0
    path = home / "cut.sqlite"
    with RecordBook.open(home / "whole.sqlite") as whole, RecordBook.open(path, create=True) as cut:
        info = whole.run()
        cut.begin(info, list(whole.cases(info.run_id).values()))
    sets.tag("better", "shipped")
    assert bench("resume", path)[0] == 0
    info, records = recorded(path)
    assert info.config.prompts == id and records["shops/shop-1", "fivefold-bare"].right

    # Without the set it cannot go on, and says so.
    (home / "data" / "prompts" / "sets" / f"{id}.json").unlink()
    code, told = bench("resume", path)
    assert code == 2 and "There is no prompt set" in told


def test_a_folder_is_taken_too(home: Path, bench: Callable[..., Any]) -> None:
    sets = kept_sets(from_environment())
    sets.export("shipped", home / "mine")
    (home / "mine" / "constrain.md").write_text(BETTER, "utf-8")
    problems = problem_file(home, 1)
    code, told = bench("run", problems, "--pipelines", "fivefold-bare", "--prompts", home / "mine")
    assert code == 0, told
    info, records = recorded(home / "runs.sqlite")
    assert sets.get(info.config.prompts).values["constrain"] == BETTER
    assert all(record.right for record in records.values())


def test_sets_that_do_not_fit_are_refused(home: Path, bench: Callable[..., Any]) -> None:
    problems = problem_file(home, 1)
    sets = kept_sets(from_environment())
    sets.tag("once", sets.put(PromptSet(values={"constrain": BETTER, "rounds": "2"})))
    for arguments, said in (
        (("--prompts", "nowhere"), "There is no prompt set 'nowhere'. There are: shipped"),
        (("--prompts", "once", "--pipelines", "direct"), "none of those is to be run"),
        (
            ("--prompts", "once", "--pipelines", "fivefold,fivefold-no-repair"),
            "`rounds`, which the pipeline fivefold-no-",
        ),
    ):
        code, told = bench("run", problems, *arguments)
        assert code == 2 and said in told, told
    assert bench("run", problems, "--prompts", "shipped", "--pipelines", "fivefold-bare")[0] == 0
    assert recorded(home / "runs.sqlite")[0].config.prompts == ""


def test_a_machine_that_lacks_the_set_gets_it(
    home: Path, server: ScriptedLLM, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept_sets(from_environment()).put(PromptSet(values={"constrain": BETTER}))
    (id,) = kept_sets(from_environment()).ids()
    made = with_set(PIPELINES, chosen_set(id, from_environment()))
    elsewhere = tmp_path / "node"
    monkeypatch.setenv("FIVEFOLD_DATA_DIR", str(elsewhere))

    async def attempt() -> float | None:
        settings = Settings(base_url=server.base_url, llm="scripted", cache_dir=tmp_path / "c", data_dir=elsewhere)
        async with LLM.connect(settings) as llm:
            return (await made["fivefold-bare"](llm, question(0), bounds=Bounds())).objective

    assert asyncio.run(attempt()) == answer(0)
    assert PromptSets(elsewhere / "prompts").ids() == [id]


def test_where_the_problems_come_from_is_stamped_and_lost_ids_are_told(home: Path, bench: Callable[..., Any]) -> None:
    folder = home / "problems"
    folder.mkdir()
    problem_file(folder, 2)
    first = json.loads((folder / "shops.jsonl").read_text("utf-8").splitlines()[0])["id"]
    (home / "ids").write_text(f"{first} nowhere")
    run = ("run", "shops", "--data", folder, "--ids", home / "ids", "--pipelines", "direct", "--run-id", "one")
    code, told = bench(*run)
    assert code == 0 and "no problem has the id nowhere" in told
    info, records = recorded(home / "runs.sqlite")
    assert list(info.data) == ["shops.jsonl"] and [item for item, _ in records] == [f"shops/{first}"]
    code, told = bench(*run)
    assert code == 2 and "--run one` goes on" in told
