"""Files to hand on: a page, a spreadsheet, a notebook and a card, from an outcome or from a formulation."""

import json
from pathlib import Path
from typing import Any

import pytest

import fivefold
from fivefold.commands.cli import main
from fivefold.commands.report import files_of
from fivefold.deliverables.made import of_outcome
from fivefold.deliverables.page import to_html
from tests.agent.solving import TOYS, settings_for, toys
from tests.scripted_llm import ScriptedLLM

PLAN = """## Sets

## Parameters

## Variables

- **crates**, integer, at least `0`: crates packed
- **sacks**, integer, at least `0`: sacks packed

## Objective

- **Maximize** `5*crates + 3*sacks`: takings

## Constraints

- **room**: room in the <van>
  - `2*crates + sacks <= 15`
- **crates_there**: crates that are there
  - `crates <= 20`
- **pairs**: a sack for each crate
  - `sacks == crates`
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_text(PLAN, "utf-8")
    return path


async def test_a_page_tells_the_answer_the_doubts_and_every_limit(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        outcome = await fivefold.asolve(TOYS, settings=settings, checkpoint=False)
    page = to_html(of_outcome(outcome, "Toys"))
    assert "<h1>Toys</h1>" in page and '<p class="lead">The greatest earnings are 310.</p>' in page
    assert '<div class="verdict good"><p><strong>Not falsified.</strong>' in page
    assert page.count("<td>at its limit</td>") == 2 and "<svg" in page and TOYS in page
    assert page.index("Not falsified") < page.index("The plan") < page.index("What limits it") < page.index("program")
    assert "http" not in page and "<script" not in page, "it needs nothing but itself"
    assert to_html(of_outcome(outcome)) == files_of(outcome)["report.html"]

    path = tmp_path / "outcome.json"
    path.write_text(files_of(outcome)["outcome.json"], "utf-8")
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "toys.html"), "--title", "Toys"]) == 0
    assert (tmp_path / "toys.html").read_text("utf-8") == page


def test_a_formulation_is_run_and_told(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "Pack crates and sacks into a van of 15 so that the takings are greatest."
    assert main(["report", str(plan), "--problem", words]) == 0
    page = capsys.readouterr().out
    assert "The greatest takings are 40." in page and words in page
    assert "room in the &lt;van&gt;" in page and "<van>" not in page
    assert page.count("<td>at its limit</td>") == 1 and "<td>met exactly</td>" in page and "<td>15 left</td>" in page


def test_the_folder_of_a_run_is_taken(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(plan), "--out", str(tmp_path / "out")]) == 0
    assert "The greatest takings are 40." in (tmp_path / "out" / "report.html").read_text("utf-8")
    capsys.readouterr()
    assert main(["report", str(tmp_path / "out"), "--as", "csv"]) == 0
    assert capsys.readouterr().out == "variable,value,unit\ncrates,5,\nsacks,5,\n"


def test_the_ending_says_the_form(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    openpyxl: Any = pytest.importorskip("openpyxl")
    folder = plan.parent
    for name in ("a.xlsx", "a.ipynb", "a.card.md", "a.csv", "a.HTML"):
        assert main(["report", str(plan), "--out", str(folder / name)]) == 0
    book = openpyxl.load_workbook(folder / "a.xlsx")
    assert book.sheetnames == ["Summary", "crates", "sacks", "Constraints", "Checks"]
    assert [row[0] for row in book["Checks"].values][:2] == [
        "how far it was checked", "objective and rows were recomputed without a solver: not falsified",
    ]  # fmt: skip
    assert json.loads((folder / "a.ipynb").read_text())["nbformat"] == 4
    assert (folder / "a.card.md").read_text().startswith("# A decision problem")
    assert (folder / "a.csv").read_text() == "variable,value,unit\ncrates,5,\nsacks,5,\n"
    assert (folder / "a.HTML").read_text().startswith("<!doctype html>")
    capsys.readouterr()
    assert main(["report", str(plan), "--as", "csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True, "form": "csv", "text": (folder / "a.csv").read_text(),
    }  # fmt: skip


def test_a_program_without_solution_has_a_page_but_no_spreadsheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.md"
    path.write_text(PLAN.replace("sacks <= 15", "sacks <= -1"), "utf-8")
    assert main(["report", str(path)]) == 1
    assert "there is no solution" in capsys.readouterr().out
    assert main(["report", str(path), "--out", str(tmp_path / "none.xlsx")]) == 2
    assert "there is no solution, and .xlsx tells of nothing else" in capsys.readouterr().err
    assert not (tmp_path / "none.xlsx").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--as", "xlsx"], "say where it goes with --out"),
        (["--out", "report.doc"], "says no form"),
    ],
)
def test_what_cannot_be_written_is_refused(
    plan: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["report", str(plan), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_an_outcome_that_was_changed_by_hand_is_refused_with_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "outcome.json").write_text('{"run_id": "a1", "problem": {"text": 3}}')
    assert main(["report", str(tmp_path)]) == 2
    assert "problem.text" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "nothing")]) == 2
    assert "No such file" in capsys.readouterr().err
