"""The commands on a saved formulation, end to end: real files, real solvers, real sandbox; optima known by hand."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fivefold
from fivefold import CallerError, formulations
from fivefold.commands.cli import main
from fivefold_solvers.sandbox import Isolation, Level
from tests.solvers.pdf_files import pdf, ruled

MIX: dict[str, Any] = {
    "title": "Workshop",
    "parameters": [{"name": "wood", "values": 60}],
    "variables": [{"name": "chairs", "description": "chairs a day"}, {"name": "tables"}],
    "objective": {"sense": "maximize", "expression": "30*chairs + 75*tables", "name": "profit", "unit": "euro"},
    "constraints": [
        {"name": "planks", "expression": "2*chairs + 4*tables <= wood"},
        {"name": "orders", "expression": "tables <= 8"},
    ],
}
INFEASIBLE: dict[str, Any] = {
    "parameters": [{"name": "demand", "values": 120}],
    "variables": [{"name": "regular"}, {"name": "overtime", "upper": 20}],
    "objective": {"sense": "minimize", "expression": "20*regular + 30*overtime", "name": "cost"},
    "constraints": [
        {
            "name": "need",
            "expression": "regular + overtime >= demand",
            "source": {"kind": "stated", "quote": "120 hours are needed"},
        },
        {"name": "crew", "expression": "regular <= 80", "source": {"kind": "stated", "quote": "the crew has 80 hours"}},
    ],
}
UNBOUNDED: dict[str, Any] = {
    "variables": [{"name": "buy"}, {"name": "sell"}],
    "objective": {"sense": "maximize", "expression": "5*sell - 3*buy", "name": "profit"},
    "constraints": [{"name": "stock", "expression": "sell <= buy + 10"}],
}
KNAPSACK: dict[str, Any] = {
    "sets": [{"name": "I", "elements": ["tent", "stove", "lamp", "rope"]}],
    "parameters": [
        {"name": "value", "index": ["i in I"], "values": {"tent": 60, "stove": 50, "lamp": 30, "rope": 20}},
        {"name": "weight", "index": ["i in I"], "values": {"tent": 5, "stove": 4, "lamp": 3, "rope": 1}},
        {"name": "capacity", "values": 8},
    ],
    "variables": [{"name": "take", "index": ["i in I"], "domain": "binary"}],
    "objective": {"sense": "maximize", "expression": "sum(value[i]*take[i] for i in I)", "name": "worth"},
    "constraints": [{"name": "bag", "expression": "sum(weight[i]*take[i] for i in I) <= capacity"}],
}
TRANSPORT: dict[str, Any] = {
    "sets": [{"name": "plants"}, {"name": "stores"}],
    "parameters": [
        {"name": "supply", "index": ["p in plants"]},
        {"name": "demand", "index": ["s in stores"]},
        {"name": "cost", "index": ["p in plants", "s in stores"]},
    ],
    "variables": [{"name": "ship", "index": ["p in plants", "s in stores"]}],
    "objective": {
        "sense": "minimize",
        "expression": "sum(cost[p,s]*ship[p,s] for p in plants for s in stores)",
        "name": "total_cost",
    },
    "constraints": [
        {"name": "supplied", "forall": ["p in plants"], "expression": "sum(ship[p,s] for s in stores) <= supply[p]"},
        {"name": "met", "forall": ["s in stores"], "expression": "sum(ship[p,s] for p in plants) >= demand[s]"},
    ],
}
TABLES = {
    "plants.csv": "plant,supply\nnorth,70\nsouth,85\n",
    "stores.csv": "store,demand\nmarl,45\nnettle,60\norme,35\n",
    "lanes.csv": "plant,store,cost\nnorth,marl,4\nnorth,nettle,7\nnorth,orme,6\n"
    "south,marl,5\nsouth,nettle,3\nsouth,orme,8\n",
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {"mix": MIX, "infeasible": INFEASIBLE, "unbounded": UNBOUNDED, "bag": KNAPSACK, "transport": TRANSPORT}
    for name, written in saved.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(written), "utf-8")
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)


class Said:
    """What a command printed, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    def said(*arguments: str) -> Said:
        try:
            code = main(list(arguments))
        except SystemExit as ended:
            code = int(str(ended.code))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Said(code, out, err)

    return said


# --- check, render, emit ----------------------------------------------------------------------------------


def test_check_says_what_a_solver_sees(say: Any) -> None:
    found = say("check", "mix.json")
    assert found.code == 0 and "class LP" in found.out and "nothing wrong" in found.out


def test_check_finds_fault_and_exits_with_1(say: Any) -> None:
    Path("wrong.json").write_text(json.dumps({**MIX, "parameters": []}), "utf-8")
    found = say("check", "wrong.json", "--json")
    assert found.code == 1 and not found.data["ok"]
    assert any("wood" in str(finding) for finding in found.data["findings"])
    assert say("run", "wrong.json").code == 1


def test_rendered_markdown_is_taken_back(say: Any) -> None:
    assert say("render", "mix.json", "--out", "mix.md").code == 0
    assert formulations.load("mix.md") == formulations.load("mix.json")
    assert r"\max" in say("render", "mix.json", "--as", "latex").out
    assert json.loads(say("render", "mix.md", "--as", "json").out)["title"] == "Workshop"


@pytest.mark.parametrize(("library", "word"), [("pyomo", "pyomo"), ("mathopt", "mathopt"), ("cpsat", "cp_model")])
def test_emitted_programs_stand_alone(library: str, word: str, say: Any) -> None:
    assert say("emit", "bag.json", "--library", library, "--out", "program.py").code == 0
    text = Path("program.py").read_text("utf-8")
    assert word in text and "fivefold" not in text.split("RESULT")[0]
    done = subprocess.run([sys.executable, "program.py"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "100" in done.stdout


def test_a_library_that_cannot_take_it_is_refused_with_the_mend(say: Any) -> None:
    found = say("emit", "mix.json", "--library", "cpsat")
    assert found.code == 1 and "continuous" in found.err and "another library" in found.err
    assert say("emit", "mix.json", "--solver", "nosuch").code == 2


# --- run and audit -----------------------------------------------------------------------------------------


def test_run_answers_in_the_problems_words_and_keeps_the_files(say: Any) -> None:
    found = say("run", "mix.json", "--out", "out")
    assert found.code == 0 and "greatest profit is 1,020 euro" in found.out and "chairs a day" in found.out
    names = {"formulation.json", "formulation.md", "program.py", "result.json", "answer.txt", "certificate.json"}
    assert names <= {path.name for path in Path("out").iterdir()}
    table = Path("out/solution.csv").read_text("utf-8").splitlines()
    assert table[0].startswith("variable,") and any(row.startswith("chairs,") for row in table)
    held = say("audit", "mix.json", "--result", "out/result.json")
    assert held.code == 0 and "1020" in held.out


def test_a_changed_result_is_falsified(say: Any) -> None:
    say("run", "mix.json", "--out", "out")
    path = Path("out/result.json")
    result = json.loads(path.read_text("utf-8"))
    result["values"]["tables"] = [[[], 9.0]]
    path.write_text(json.dumps(result), "utf-8")
    found = say("audit", "mix.json", "--result", str(path), "--json")
    assert found.code == 1 and any("orders" in fault for fault in found.data["faults"])


def test_a_certificate_is_checked_against_the_formulation_beside_it(say: Any) -> None:
    say("run", "mix.json", "--out", "out")
    assert say("audit", "out/certificate.json", "--json").data["verdict"] == "not falsified"
    held = say("audit", "mix.json", "--certificate", "out/certificate.json")
    assert held.code == 0 and "not falsified" in held.out
    path = Path("out/certificate.json")
    path.write_text(path.read_text("utf-8").replace('"tables"', '"chairs"', 1), "utf-8")
    changed = say("audit", "out/certificate.json")
    assert changed.code == 1 and "was changed" in changed.out
    assert say("audit", "mix.json").code == say("audit", "mix.json", "--certificate", "mix.json").code == 2
    say("run", "infeasible.json", "--out", "none")
    assert say("audit", "none/certificate.json", "--json").data["claim"] == "infeasible"


@pytest.mark.parametrize("library", ["pyomo", "ortools"])
def test_whole_numbers_with_every_library(library: str, say: Any) -> None:
    found = say("run", "bag.json", "--library", library, "--json")
    assert found.code == 0 and found.data["ok"] and found.data["result"]["objective"] == pytest.approx(100)


def test_what_cannot_be_solved_ends_with_1_and_names_diagnose(say: Any) -> None:
    for name in ("infeasible", "unbounded"):
        found = say("run", f"{name}.json")
        assert found.code == 1 and f"fivefold diagnose {name}.json" in found.err


def test_a_formulation_comes_from_standard_input(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(MIX).encode())))
    assert "1,020" in say("run", "-").out


# --- data --------------------------------------------------------------------------------------------------


def test_transport_with_data_from_csv(say: Any) -> None:
    found = say("run", "transport.json", "--data", "plants.csv", "stores.csv", "cost=lanes.csv", "--out", "out")
    assert found.code == 0 and "580" in found.out and "| supply | parameter |" in found.err
    again = say("run", "transport.json", "--data", *TABLES, "--map", "out/mapping.json", "--json")
    assert again.code == 1 and "no such table" in again.data["error"], "the table has another name here"
    assert say("run", "out/formulation.json", "--json").data["result"]["objective"] == pytest.approx(580)


def test_open_data_is_said_and_can_be_mapped(say: Any) -> None:
    missing = say("run", "transport.json")
    assert missing.code == 2 and "--data" in missing.err
    part = say("run", "transport.json", "--data", "plants.csv", "--write-map", "map.json")
    assert part.code == 1 and "--map" in part.err and "stores" in part.err
    Path("odd.csv").write_text("a,b\nmarl,45\nnettle,60\norme,35\n", "utf-8")
    bindings = [
        {"element": "stores", "kind": "set", "table": "odd", "columns": ["a"]},
        {"element": "demand", "kind": "parameter", "table": "odd", "columns": ["a"], "value": "b"},
    ]
    Path("map.json").write_text(json.dumps({"bindings": bindings}), "utf-8")
    done = say("run", "transport.json", "--data", "plants.csv", "odd.csv", "lanes.csv", "--map", "map.json", "--json")
    assert done.code == 0 and done.data["result"]["objective"] == pytest.approx(580)


def test_values_that_are_there_are_replaced_only_when_named(say: Any) -> None:
    Path("wood.csv").write_text("wood\n40\n", "utf-8")
    kept = say("run", "mix.json", "--data", "wood.csv")
    assert kept.code == 2 and "--replace wood" in kept.err
    done = say("run", "mix.json", "--data", "wood.csv", "--replace", "wood", "--json")
    assert done.data["result"]["objective"] == pytest.approx(30 * 4 + 75 * 8)


def test_a_fault_of_the_data_names_its_place(say: Any) -> None:
    Path("stores.csv").write_text("store,demand\nmarl,45\nnettle,\norme,35\n", "utf-8")
    found = say("run", "transport.json", "--data", *TABLES)
    assert found.code == 1 and "stores.csv, row 3" in found.err


def test_data_too_large_to_write_out_is_solved_as_arrays(say: Any) -> None:
    count = 25_000
    lines = [f"item{place},{place % 7 + 1}" for place in range(count)]
    Path("items.csv").write_text("\n".join(["item,worth", *lines, ""]), "utf-8")
    large = {
        "sets": [{"name": "items"}],
        "parameters": [{"name": "worth", "index": ["i in items"]}],
        "variables": [{"name": "take", "index": ["i in items"], "upper": 1}],
        "objective": {"sense": "maximize", "expression": "sum(worth[i]*take[i] for i in items)"},
        "constraints": [{"name": "room", "expression": "sum(take[i] for i in items) <= 3"}],
    }
    Path("large.json").write_text(json.dumps(large), "utf-8")
    found = say("run", "large.json", "--data", "items.csv")
    assert found.code == 0 and "21" in found.out and "solved as arrays" in found.err
    assert len(found.out.splitlines()) < 60
    assert say("analyze", "large.json", "what-if", "--data", "items.csv", "--drop", "room").code == 1


def test_a_pdf_is_read_at_the_isolation_that_programs_are_run_at(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pdfplumber", reason="pdfplumber is not installed: pip install 'fivefold[pdf]'")
    Path("prices.pdf").write_bytes(pdf(ruled([["wood"], ["40"]])))
    weak = Isolation(Level.LIMITED, ("no seccomp: it is not there",))
    monkeypatch.setattr("fivefold_solvers.sandbox.runner.isolation", lambda *_: weak)
    monkeypatch.setenv("FIVEFOLD_ISOLATION", "confined")
    found = say("check", "mix.json", "--data", "prices.pdf", "--replace", "wood")
    assert found.code == 2 and "'confined' is asked for" in found.err and found.err.count("\n") == 1
    with pytest.raises(CallerError, match="'confined' is asked for"):
        fivefold.solve("How many chairs bring the most?", data="prices.pdf", base_url="http://127.0.0.1:9/v1")


def test_a_level_of_isolation_that_there_is_none_of_is_a_mistake_of_the_caller(
    say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIVEFOLD_ISOLATION", "string")
    found = say("run", "mix.json")
    assert found.code == 2 and "there is no level 'string'; there are none, limited, confined, strict" in found.err


# --- diagnose ----------------------------------------------------------------------------------------------


def test_an_infeasible_one_is_explained_with_quotes_and_ways_out(say: Any) -> None:
    found = say("diagnose", "infeasible.json")
    assert found.code == 1 and "120 hours are needed" in found.out and "upper bound overtime" in found.out
    priced = say("diagnose", "infeasible.json", "--price", "need=inf", "--price", "overtime=5", "--json")
    moves = [way["moves"][0]["clause"]["element"] for way in priced.data["relaxations"]]
    assert moves == ["crew", "overtime"] and priced.data["relaxations"][1]["cost"] == pytest.approx(100)


def test_an_unbounded_one_names_the_missing_bound(say: Any) -> None:
    found = say("diagnose", "unbounded.json", "--json")
    assert found.code == 1 and {step["name"] for step in found.data["direction"]["steps"]} == {"buy", "sell"}


def test_nothing_to_diagnose_is_0(say: Any) -> None:
    found = say("diagnose", "mix.json")
    assert found.code == 0 and "1020" in found.out
    assert say("diagnose", "mix.json", "--price", "wod=2").code == 2


def test_what_is_missing_or_unknown_is_said_with_where_to_look(say: Any) -> None:
    assert say("export", "mix.json").err.endswith("the following arguments are required: --as\n")
    assert "if it stands behind `--data`, name it before" in say("run", "--data", "plants.csv").err
    assert (
        "`fivefold analyze FILE pareto --help`"
        in say("analyze", "mix.json", "pareto", "--maximize", "chairs", "-x").err
    )


def test_shares_are_told_as_they_are_typed(say: Any) -> None:
    assert "within 5 % of the best" in say("analyze", "mix.json", "alternatives", "--freedom", "--within", "5%").out
    assert "within 2.5 % of the best" in say("analyze", "mix.json", "alternatives", "--diverse", "--within", "2.5%").out


def test_a_change_that_makes_a_best_solution_is_an_answer(say: Any) -> None:
    found = say("analyze", "unbounded.json", "what-if", "--add", "buy <= 4")
    assert found.code == 0 and "Without the change the problem has no best solution" in found.out
    assert "profit is 58, with buy = 4; sell = 14" in found.out


def test_a_two_sided_constraint_at_its_limit_is_named(say: Any) -> None:
    band = {
        "variables": [{"name": "x"}, {"name": "y"}],
        "objective": {"sense": "minimize", "expression": "x + 2*y"},
        "constraints": [{"name": "band", "expression": "2 <= x + y <= 6"}, {"name": "few", "expression": "x <= 1"}],
    }
    Path("band.json").write_text(json.dumps(band), "utf-8")
    found = say("run", "band.json")
    assert found.out.count("band: 2 <= x + y <= 6") == 1 and "few: x <= 1" in found.out
    wide = {**band, "objective": {"sense": "minimize", "expression": "(x - 0.5)**2 + (y - 2)**2"}}
    Path("band.json").write_text(json.dumps(wide), "utf-8")
    assert "band: 2 <= x + y <= 6, 0.5 left" in say("run", "band.json").out


def test_goal_seek_over_a_table_asks_for_an_entry(say: Any) -> None:
    found = say("analyze", "bag.json", "goal-seek", "value", "--from", "1", "--to", "9", "--at-least", "50")
    assert found.code == 2 and "'value' is a table: name the entry that varies, such as value['tent']" in found.err


def test_prices_are_told_in_the_names_of_the_formulation(say: Any) -> None:
    spread = {
        "variables": [{"name": "x"}, {"name": "y"}],
        "objective": {"sense": "minimize", "expression": "abs(x - 3) + max(y, 2)"},
        "constraints": [{"name": "sum_of_both", "expression": "6 <= x + y <= 9"}],
    }
    Path("spread.json").write_text(json.dumps(spread), "utf-8")
    found = say("analyze", "spread.json", "prices")
    assert found.code == 0 and "sum_of_both_1: each unit up changes objective by 1" in found.out
    assert "abs_1" not in found.out and "max_1" not in found.out
