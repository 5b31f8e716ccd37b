"""The verdict on formulations that somebody else made: saved ones, LP and MPS files, Pyomo programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from fivefold.commands.cli import main
from fivefold.formulations import arrays, loads
from fivefold.verdict import Grade
from fivefold.verdict.verification import foreign, verify
from fivefold_solvers.build.lp import to_lp
from fivefold_solvers.build.mps import to_mps

TEXT = (
    "A toy shop makes trains and boats. A train takes 2 hours and 4 boards, a boat takes 3 hours and 1 board. "
    "There are at most 120 hours and 140 boards available. A train earns 7 dollars and a boat 5 dollars. "
    "How many of each does it make to maximize the earnings?"
)
PROGRAM = """
import pyomo.environ as pyo

shop = pyo.ConcreteModel()
shop.trains = pyo.Var(domain=pyo.NonNegativeIntegers)
shop.boats = pyo.Var(domain=pyo.NonNegativeIntegers)
shop.hours = pyo.Constraint(expr=2*shop.trains + 3*shop.boats <= 120)
shop.boards = pyo.Constraint(expr=4*shop.trains + shop.boats <= 140)
shop.earned = pyo.Objective(expr=7*shop.trains + 5*shop.boats, sense=pyo.maximize)
"""
TURNED = PROGRAM.replace("<= 120", ">= 120")


def formulation(**changed: Any) -> str:
    plan = {
        "variables": [{"name": "trains", "domain": "integer"}, {"name": "boats", "domain": "integer"}],
        "objective": {"sense": "maximize", "expression": "7*trains + 5*boats"},
        "constraints": [
            {"name": "hours", "expression": "2*trains + 3*boats <= 120"},
            {"name": "boards", "expression": "4*trains + boats <= 140"},
        ],
    }
    return json.dumps(plan | changed)


def test_a_right_one_is_not_falsified() -> None:
    found = verify(loads(formulation()), TEXT)
    assert found.verdict.grade is Grade.CONSISTENT, found.verdict.feedback
    assert found.answer is not None and found.answer.result.objective == 310


def test_a_row_left_out_is_found() -> None:
    rows = [{"name": "hours", "expression": "2*trains + 3*boats <= 120"}]
    found = verify(loads(formulation(constraints=rows)), TEXT)
    assert found.verdict.grade in {Grade.SUSPICIOUS, Grade.REFUTED}
    assert any("140" in line for line in found.verdict.feedback)


def test_one_with_errors_has_no_answer() -> None:
    rows = [{"name": "hours", "expression": "2*trains + 3*ships <= 120"}]
    found = verify(loads(formulation(constraints=rows)), TEXT)
    assert found.answer is None and found.verdict.grade is Grade.UNSOLVED
    assert any("ships" in line for line in found.verdict.feedback)


@pytest.mark.parametrize("ending", [".lp", ".mps", ".py"])
def test_foreign_files_are_read(ending: str) -> None:
    built = arrays(loads(formulation()))
    text = {".lp": to_lp(built), ".mps": to_mps(built), ".py": PROGRAM}[ending]
    read = foreign(Path(f"shop{ending}"), text)
    assert len(read.variables) == 2 and len(read.constraints) == 2
    assert not any(row.name.startswith("c_") for row in read.constraints)
    assert read.objective.name == ("earned" if ending == ".py" else "objective")
    found = verify(read, TEXT)
    assert found.answer is not None and found.answer.result.objective == 310
    assert found.verdict.grade is Grade.CONSISTENT, found.verdict.feedback


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 3", "no pyo.ConcreteModel was built"),
        ("raise ValueError('odd')", "see that it runs by itself"),
        (PROGRAM.replace("4*shop.trains", "pyo.exp(shop.trains)"), "no linear or quadratic"),
    ],
)
def test_programs_that_build_nothing_to_look_at(
    source: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop.py").write_text(source, "utf-8")
    assert main(["verify", str(tmp_path / "shop.py"), TEXT]) == 2
    assert message in capsys.readouterr().err


def test_the_command_tells_the_doubts_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop.py").write_text(TURNED, "utf-8")
    (tmp_path / "shop.txt").write_text(TEXT, "utf-8")
    assert main(["verify", str(tmp_path / "shop.py"), str(tmp_path / "shop.txt")]) == 1
    shown = capsys.readouterr().out
    assert "120 is a limit" in shown and shown.rstrip().splitlines()[-1] in {"verdict: refuted", "verdict: suspicious"}
    (tmp_path / "shop.json").write_text(formulation(), "utf-8")
    assert main(["verify", str(tmp_path / "shop.json"), TEXT, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] and told["verdict"]["grade"] == "consistent" and told["result"]["objective"] == 310


def test_without_words_there_is_nothing_to_hold_it_against(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop.json").write_text(formulation(), "utf-8")
    assert main(["verify", str(tmp_path / "shop.json"), " "]) == 2
    assert "the problem is empty" in capsys.readouterr().err


def test_numbers_of_data_files_are_not_looked_for_in_the_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "A pottery makes mugs and vases. The table says how much clay each takes and what it earns. There are 120 kg "
        "of clay. How many of each does it make to maximize the earnings?"
    )
    table = tmp_path / "products.csv"
    table.write_text("product,clay,earns\nmug,1.5,6\nvase,4,25\n")
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({
        "sets": [{"name": "product"}],
        "parameters": [{"name": "clay", "index": ["product"]}, {"name": "earns", "index": ["product"]}],
        "variables": [{"name": "make", "index": ["product"], "domain": "integer"}],
        "objective": {"sense": "maximize", "expression": "sum(earns[p]*make[p] for p in product)"},
        "constraints": [{"name": "limit", "expression": "sum(clay[p]*make[p] for p in product) <= 120"}],
    }))  # fmt: skip
    assert main(["verify", str(plan), words, "--data", str(table)]) == 0
    assert "objective is 750" in capsys.readouterr().out
    assert main(["verify", str(plan), words]) == 2
    assert "name its files with --data" in capsys.readouterr().err


def test_a_file_that_no_rule_can_mend_is_not_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(formulation())
    assert main(["verify", str(plan), TEXT, "--mend", str(tmp_path / "better.json")]) == 0
    assert "is not written" in capsys.readouterr().err and not (tmp_path / "better.json").exists()
