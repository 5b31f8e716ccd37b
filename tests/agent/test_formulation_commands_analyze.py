"""The command `analyze` and the exchange of files: arguments as people type them, answers known by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fivefold import CallerError, formulations
from tests.agent.test_formulation_commands import KNAPSACK, files, say

__all__ = ["files", "say"]


def test_prices_of_a_product_mix(say: Any) -> None:
    found = say("analyze", "mix.json", "prices", "--json")
    worth = {price["clause"]["element"]: price["value"] for price in found.data["prices"]}
    assert found.code == 0 and worth == pytest.approx({"planks": 15, "orders": 15})


def test_ranges_of_what_is_named(say: Any) -> None:
    found = say("analyze", "mix.json", "ranges", "orders", "chairs", "--json")
    ends = [(one["low"], one["high"]) for one in found.data["ranges"]]
    assert ends == [pytest.approx((0, 15)), pytest.approx((0, 37.5))]
    assert say("analyze", "mix.json", "ranges", "wood").code == 2


def test_how_ranges_were_found_is_said_once(say: Any) -> None:
    lines = say("analyze", "mix.json", "ranges").out.splitlines()
    ways = [line for line in lines if line.startswith("Found by")]
    assert sum("Found by" in line for line in lines) == len(ways) == len(set(ways)) > 0
    assert sum("from" in line and " to " in line for line in lines) > len(ways)


@pytest.mark.parametrize(
    ("changes", "objective"),
    [
        (["--set", "wood=80"], 30 * 24 + 75 * 8),
        (["--scale", "wood=50%"], 15 * 30 + 15 * 0 + 112.5),
        (["--drop", "orders"], 75 * 15),
        (["--add", "chairs <= 4"], 30 * 4 + 75 * 8),
        (["--add", "chairs >= 20", "--force", "tables=1"], 30 * 28 + 75),
        (["--bound", "tables<=2"], 30 * 26 + 75 * 2),
        (["--set", "orders=2"], 30 * 26 + 75 * 2),
        (["--scale", "orders=25%"], 30 * 26 + 75 * 2),
    ],
)
def test_what_if(changes: list[str], objective: float, say: Any) -> None:
    found = say("analyze", "mix.json", "what-if", *changes, "--json")
    assert found.code == 0 and found.data["after"]["objective"] == pytest.approx(objective)


def test_limits_that_cannot_be_set_say_what_can(say: Any) -> None:
    assert "--drop it and --add" in say("analyze", "mix.json", "what-if", "--set", "planks=3").err
    sought = say("analyze", "mix.json", "goal-seek", "orders", "--from", "1", "--to", "9", "--at-least", "3")
    assert sought.code == 2 and "what-if --set orders=..." in sought.err


def test_entries_and_elements_need_no_quotes(say: Any) -> None:
    heavier = say("analyze", "bag.json", "what-if", "--set", "weight[rope]=2", "--set", "capacity=9", "--json")
    assert heavier.data["after"]["objective"] == pytest.approx(110)
    table = json.dumps({"tent": 1, "stove": 2, "lamp": 3, "rope": 4})
    assert say("analyze", "bag.json", "what-if", "--set", f"value={table}", "--json").data["after"]["objective"] == 9


def test_why_not_costs_or_conflicts(say: Any) -> None:
    dearer = say("analyze", "bag.json", "why-not", "take[tent]=1", "--json")
    assert dearer.code == 0 and dearer.data["difference"] == pytest.approx(-10)
    never = say("analyze", "mix.json", "why-not", "tables >= 20")
    assert never.code == 1 and "orders: tables <= 8" in never.out
    both = say("analyze", "bag.json", "why-not", "take[tent]=1", "take[stove]=1", "--json")
    assert both.code == 1 and both.data["conflict"]["clauses"]


def test_elements_with_spaces_need_no_quotes_either(say: Any) -> None:
    spaced = {
        "sets": [{"name": "C", "elements": ["New York", "Oslo"]}],
        "parameters": [{"name": "gain", "index": ["c in C"], "values": [3, 2]}],
        "variables": [{"name": "send", "index": ["c in C"], "upper": 5}],
        "objective": {"sense": "maximize", "expression": "sum(gain[c]*send[c] for c in C)"},
        "constraints": [{"name": "cars", "expression": "sum(send[c] for c in C) <= 6"}],
    }
    Path("cities.json").write_text(json.dumps(spaced))
    found = say("analyze", "cities.json", "why-not", "send[New York]<=2", "--json")
    assert found.code == 0 and found.data["difference"] == pytest.approx(-3)
    changed = say("analyze", "cities.json", "what-if", "--add", "2*send[New York] <= send['Oslo']", "--json")
    assert changed.data["after"]["objective"] == pytest.approx(14)
    ends = say("analyze", "cities.json", "pareto", "--minimize", "send[New York]", "--json")
    assert ends.code == 0


def test_alternatives_and_the_room_of_each_decision(say: Any) -> None:
    found = say("analyze", "bag.json", "alternatives", "--count", "2", "--json")
    assert [one["objective"] for one in found.data["alternatives"]] == pytest.approx([90, 80])
    rooms = say("analyze", "mix.json", "alternatives", "--freedom", "--within", "5%", "--json").data["freedom"]
    assert (rooms[1]["low"], rooms[1]["high"]) == pytest.approx((4.6, 8), abs=1e-4)
    assert say("analyze", "mix.json", "alternatives").code == 2


def test_pareto_and_goal_seek(say: Any) -> None:
    front = say("analyze", "mix.json", "pareto", "--minimize", "chairs", "--points", "3", "--json").data["points"]
    assert [(one["first"], one["second"]) for one in front] == [
        pytest.approx(pair, abs=1e-4) for pair in ((1020, 14), (810, 7), (600, 0))
    ]
    goal = say("analyze", "mix.json", "goal-seek", "wood", "--from", "40", "--to", "80", "--at-least", "900", "--json")
    assert goal.data["found"]["met"][0] == pytest.approx([52, 80])


def test_without_a_best_solution_there_is_nothing_to_ask(say: Any) -> None:
    for question in ("prices", "ranges", "alternatives --diverse"):
        found = say("analyze", "unbounded.json", *question.split())
        assert found.code == 1 and "diagnose" in found.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["what-if"], "say what changes"),
        (["what-if", "--set", "wod=3"], "there is no parameter 'wod'"),
        (["what-if", "--set", "chairs=3"], "--force 'chairs=3'"),
        (["what-if", "--set", "wood=many"], "is no number"),
        (["what-if", "--set", "wood[1]=3"], "there is no wood[1]"),
        (["what-if", "--set", "wood={"], "no JSON"),
        (["what-if", "--add", "chairs <="], "--add 'chairs <='"),
        (["what-if", "--add", "chirs <= 3"], "did you mean 'chairs'"),
        (["what-if", "--drop", "budget"], "there are planks, orders"),
        (["what-if", "--domain", "chairs=round"], "continuous|integer|binary"),
        (["what-if", "--bound", "chairs"], "--bound 'chairs'"),
        (["pareto", "--minimize", "chirs"], "did you mean"),
        (["goal-seek", "wood", "--from", "3", "--to", "1", "--at-most", "5"], "--from 3 --to 1"),
        (["why-not"], "say which decision"),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_exit_2(arguments: list[str], words: str, say: Any) -> None:
    found = say("analyze", "mix.json", *arguments)
    assert found.code == 2 and words in found.err and len(found.err.strip().splitlines()) == 1 and not found.out


@pytest.mark.parametrize("form", ["lp", "mps"])
def test_exported_files_come_back_as_formulations(form: str, say: Any) -> None:
    assert say("export", "bag.json", "--as", form, "--out", f"bag.{form}").code == 0
    assert say("import", f"bag.{form}", "--out", "again.json").code == 0
    again = formulations.load("again.json")
    assert [variable.domain for variable in again.variables] == ["binary"] * 4
    assert formulations.run(again).result.objective == pytest.approx(100)
    assert say("import", "bag.json").code == 2


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("kiln.lp", "Maximize\n net_profit: 3 x + 2 y\nSubject To\n oven: x + y <= 4\nEnd\n"),
        ("kiln.mps", "NAME k\nOBJSENSE\n MAX\nROWS\n N net_profit\n L oven\nCOLUMNS\n x net_profit 3 oven 1\n"
                     " y net_profit 2 oven 1\nRHS\n r oven 4\nENDATA\n"),
    ],
)  # fmt: skip
def test_the_name_of_an_objective_is_kept(file: str, text: str, say: Any) -> None:
    Path(file).write_text(text, "utf-8")
    assert say("import", file, "--out", "kiln.json").code == 0
    assert formulations.load("kiln.json").objective.name == "net_profit"
    Path(file).write_text(text.replace("net_profit", "x"), "utf-8")
    assert say("import", file, "--out", "kiln.json").code == 0
    objective = formulations.load("kiln.json").objective
    assert (objective.name, objective.description) == ("x_2", "x in the file")


def test_broken_files_are_the_callers_mistake(say: Any) -> None:
    Path("broken.mps").write_text("NAME x\nROWS\n N obj\nCOLUMNS\n x y 3\nENDATA\n", "utf-8")
    assert "line 5" in say("import", "broken.mps").err
    Path("broken.json").write_text('{"variables": [', "utf-8")
    for command in (["run"], ["emit"], ["diagnose"], ["export", "--as", "lp"]):
        found = say(command[0], "broken.json", *command[1:])
        assert found.code == 2 and "line 1" in found.err
    told = say("run", "broken.json", "--json")
    assert told.code == 2 and told.data["exit_code"] == 2 and "line 1" in told.data["error"]
    assert say("check", "broken.json").code == 1
    assert say("check", "nosuch.json").code == say("check", ".").code == 2
    Path("bytes.json").write_bytes(b"\xff\xfe\x00")
    assert say("check", "bytes.json").code == 2


def test_the_same_from_python(tmp_path: Path) -> None:
    bag = formulations.loads(json.dumps(KNAPSACK))
    answer = formulations.run(bag, library="ortools")
    assert answer.holds and answer.program.library == "cpsat" and "greatest worth is 100" in answer.text
    with pytest.raises(CallerError, match="no formulation"):
        formulations.loads("a bakery makes bread")
    with pytest.raises(CallerError, match="cannot read"):
        formulations.load(tmp_path / "nosuch.json")


def test_the_parent_imports_no_solver_and_help_imports_little() -> None:
    code = (
        "import sys\nfrom fivefold.commands.cli import main\n"
        "try:\n    main(['analyze', '--help'])\nexcept SystemExit:\n    pass\n"
        "assert not {'numpy', 'pydantic', 'fivefold.formulations'} & set(sys.modules), 'help is slow'\n"
        "assert main(['run', 'mix.json']) == 0 and main(['analyze', 'mix.json', 'prices']) == 0\n"
        "assert not {'highspy', 'ortools', 'pyomo', 'pyscipopt'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_whole_numbers_that_only_rows_limit_have_alternatives(say: Any) -> None:
    plan = {
        "variables": [{"name": "stools", "domain": "integer"}, {"name": "benches", "domain": "integer"}],
        "objective": {"sense": "maximize", "expression": "20*stools + 35*benches"},
        "constraints": [{"name": "hours", "expression": "2*stools + 5*benches <= 60"},
                        {"name": "planks", "expression": "3*stools + 4*benches <= 70"}],
    }  # fmt: skip
    best = sorted(
        (20 * s + 35 * b for s in range(31) for b in range(13) if 2 * s + 5 * b <= 60 and 3 * s + 4 * b <= 70),
        reverse=True,
    )
    Path("joiner.json").write_text(json.dumps(plan))
    found = say("analyze", "joiner.json", "alternatives", "--count", "6", "--json").data
    assert [found["best"]["objective"], *(one["objective"] for one in found["alternatives"])] == pytest.approx(best[:7])
    near = say("analyze", "joiner.json", "alternatives", "--count", "50", "--within", "2%", "--json").data
    assert near["complete"] and len(near["alternatives"]) == sum(value >= 0.98 * best[0] for value in best) - 1
    plan = {"variables": [{"name": "trucks", "domain": "integer"}],
            "objective": {"sense": "minimize", "expression": "9*trucks"},
            "constraints": [{"name": "need", "expression": "4*trucks >= 30"}]}  # fmt: skip
    Path("trucks.json").write_text(json.dumps(plan))
    refused = say("analyze", "trucks.json", "alternatives")
    assert refused.code == 2 and "nothing limits trucks" in refused.err and "--within 5%" in refused.err
    kept = say("analyze", "trucks.json", "alternatives", "--within", "30%", "--json").data
    assert [one["objective"] for one in kept["alternatives"]] == pytest.approx([81, 90]) and kept["complete"]
