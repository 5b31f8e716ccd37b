"""Mends by rule: what the words of a problem state is put right without an LLM, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

import fivefold
from fivefold.checks.kinds import check_kinds, counts_of_kinds
from fivefold.commands.cli import main
from fivefold.events import Event
from fivefold.formulations import run
from fivefold.mends import mended, proposals
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.read import read
from tests.agent.solving import replying, settings_for
from tests.scripted_llm import ScriptedLLM

KITES = (
    "A workshop makes box kites and delta kites. A box kite takes 40 minutes of sewing and a delta kite takes "
    "25 minutes of sewing. There are 900 minutes of sewing available. At least 6 box kites must be made, and at least "
    "twice as many delta kites as box kites. The profit is $9 per box kite and $5 per delta kite. "
    "Maximize profit."
)
RIGHT = ("40*box + 25*delta <= 900", "box >= 6", "delta >= 2*box")


def kites(*rows: str, objective: str = "9*box + 5*delta", sense: str = "maximize") -> Formulation:
    names = [{"name": name, "domain": "integer", "description": f"{name} kites made"} for name in ("box", "delta")]
    listed = [{"name": f"row_{place}", "expression": row} for place, row in enumerate(rows)]
    found = read({"variables": names, "objective": {"sense": sense, "expression": objective}, "constraints": listed})
    assert found.formulation is not None
    return found.formulation


def rows(formulation: Formulation) -> set[str]:
    return {row.expression for row in formulation.constraints}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(("40*box <= 900", "25*delta <= 900", *RIGHT[1:]), id="one limit on each for one on both"),
        pytest.param(("40*box + 25*delta <= 900", "box <= 6", RIGHT[2]), id="turned"),
        pytest.param(RIGHT[::2], id="left out"),
        pytest.param(("40*box + 25*delta <= 900", "box + delta >= 6", RIGHT[2]), id="on both for on one"),
        pytest.param((*RIGHT, "box + delta <= 7777"), id="out of nowhere"),
        pytest.param((*RIGHT, "13*box + 17*delta <= 50"), id="factors out of nowhere"),
    ],
)
def test_a_row_becomes_what_its_sentence_says(wrong: tuple[str, ...]) -> None:
    found = mended(kites(*wrong), KITES, budget_s=120)
    assert found.mends and found.after < found.before
    assert optimum(found.formulation) == optimum(kites(*RIGHT))
    assert check(found.formulation).ok and set(RIGHT) <= rows(found.formulation)


@pytest.mark.parametrize(
    ("objective", "sense"),
    [("9*box + 5*delta", "minimize"), ("5*box + 9*delta", "maximize"), ("40*box + 25*delta", "maximize")],
)
def test_the_objective_becomes_what_the_text_asks_for(objective: str, sense: str) -> None:
    found = mended(kites(*RIGHT, objective=objective, sense=sense), KITES, budget_s=120)
    assert found.formulation.objective.sense == "maximize" and found.after == 0
    assert optimum(found.formulation) == optimum(kites(*RIGHT))


def test_what_has_no_fault_stays_as_it_is_and_nothing_is_proposed_for_errors() -> None:
    right = kites(*RIGHT)
    assert mended(right, KITES).formulation is right
    assert proposals(kites("box <= nothing"), KITES, []) == []
    assert mended(right, KITES, budget_s=0).mends == ()


def test_every_mend_says_what_it_did_and_why() -> None:
    (one,) = mended(kites("40*box <= 900", "25*delta <= 900", *RIGHT[1:]), KITES).mends
    assert "40*box + 25*delta <= 900" in str(one) and "because" in str(one) and "900" in one.why


def test_two_decisions_named_together_are_both_in_the_objective() -> None:
    text = (
        "A hotel rents vans and carts. A van carries 8 and a cart 3 guests; 50 guests come. Minimize the number of vans"
    )
    both, one = f"{text} and carts used.", f"{text} used."
    names = [{"name": name, "domain": "integer", "description": f"{name} rented"} for name in ("vans", "carts")]
    given = {"sense": "minimize", "expression": "vans + carts"}
    row = {"name": "guests", "expression": "8*vans + 3*carts >= 50"}
    formulation = read({"variables": names, "objective": given, "constraints": [row]}).formulation
    assert formulation is not None
    assert mended(formulation, both).formulation.objective.expression == "vans + carts"
    assert mended(formulation, one).formulation.objective.expression == "vans"


def test_how_many_kinds_there_are_is_no_limit() -> None:
    text = f"{KITES} The workshop has 2 kites in its catalogue."
    found = kites(*RIGHT, "box + delta == 2")
    assert [one.value for one in counts_of_kinds(found, text)] == [2.0]
    assert [one.code for one in check_kinds(found, text)] == ["kinds-as-limit"]
    assert "box + delta == 2" not in rows(mended(found, text).formulation)
    assert not list(check_kinds(found, f"{KITES} Exactly 2 kites must be made in total."))
    assert counts_of_kinds(found, f"{KITES} At most 2 kites.") == []


async def test_a_run_mends_before_it_asks_again_and_says_so(tmp_path: Path) -> None:
    declared = [
        {"name": "box", "meaning": "box kites made", "domain": "integer"},
        {"name": "delta", "meaning": "delta kites made", "domain": "integer"},
    ]
    written = {
        "objective": {"sense": "maximize", "meaning": "profit", "expression": "9*box + 5*delta"},
        "constraints": [
            {"meaning": f"row {place}", "expression": row}
            for place, row in enumerate(("40*box <= 900", "25*delta <= 900", *RIGHT[1:]))
        ],
    }
    with ScriptedLLM(replying(declare={"variables": declared}, rows=written)) as server:
        settings, heard = settings_for(server.base_url, tmp_path), list[Event]()
        outcome = await fivefold.asolve(KITES, settings=settings, on_event=heard.append)
        asked = len(server.requests)
        without = await fivefold.asolve(KITES, settings=settings, mends=False, rounds=0)
    steps = [event.step for event in heard]
    assert asked == 2 and "mend" in steps and "repair" not in steps
    assert outcome.verdict.grade == "consistent" and outcome.objective == pytest.approx(optimum(kites(*RIGHT)))
    assert [turn.mended != () for turn in outcome.rounds] == [False, True]
    assert any(finding.code == "mended" for finding in outcome.findings)
    assert without.verdict.grade == "refuted" and without.objective != outcome.objective


def test_the_command_says_what_could_be_mended_and_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, better = tmp_path / "kites.json", tmp_path / "better.md"
    given.write_text(kites("40*box <= 900", "25*delta <= 900", *RIGHT[1:]).model_dump_json())
    assert main(["verify", str(given), KITES]) == 1
    assert "--mend FILE writes it" in capsys.readouterr().out
    assert main(["verify", str(given), KITES, "--mend", str(better)]) == 1
    said = capsys.readouterr().out
    assert "40*box + 25*delta <= 900" in said and "no check finds fault with it then" in said
    assert main(["verify", str(better), KITES]) == 0
    assert "By rule" not in capsys.readouterr().out


def optimum(formulation: Formulation) -> float:
    result = run(formulation).result
    assert result.objective is not None
    return result.objective
