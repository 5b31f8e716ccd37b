"""Questions in words about an answer: told from wishes by rule, answered by solving again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fivefold.commands.cli import main
from fivefold.errors import CallerError
from fivefold.formulations import FaultyError, loads
from fivefold.inquiry.ask import ask, inquiry
from fivefold.inquiry.meant import Back, Contrast, Plain
from fivefold.verdict import Grade, Verdict
from fivefold_solvers.formulation.elements import Formulation

POTTERY: dict[str, Any] = {
    "title": "Pottery",
    "sets": [{"name": "Goods", "elements": ["bowl", "vase", "tall jug"]}, {"name": "Weeks", "elements": [1, 2]}],
    "parameters": [
        {"name": "gain", "index": ["g in Goods"], "values": {"bowl": 7, "vase": 12, "tall jug": 5}},
        {"name": "clay", "index": ["g in Goods"], "values": {"bowl": 2, "vase": 4, "tall jug": 3}},
        {"name": "fire", "index": ["g in Goods"], "values": {"bowl": 3, "vase": 4, "tall jug": 2}},
    ],
    "variables": [
        {"name": "turn", "index": ["g in Goods", "w in Weeks"], "domain": "integer", "description": "pieces turned"}
    ],
    "objective": {
        "sense": "maximize",
        "expression": "sum(gain[g]*turn[g, w] for g in Goods for w in Weeks)",
        "name": "gain_in_all",
        "description": "gain in all",
        "unit": "euros",
    },
    "constraints": [
        {"name": "clay_there", "forall": ["w in Weeks"], "expression": "sum(clay[g]*turn[g, w] for g in Goods) <= 40"},
        {"name": "kiln", "forall": ["w in Weeks"], "expression": "sum(fire[g]*turn[g, w] for g in Goods) <= 50"},
    ],
}  # fmt: skip
MIX: dict[str, Any] = {
    "variables": [{"name": "oats", "upper": 0.6}, {"name": "corn", "description": "tonnes of maize"}],
    "objective": {"sense": "minimize", "expression": "9*oats + 4*corn", "name": "cost"},
    "constraints": [
        {"name": "weight", "expression": "oats + corn == 1"},
        {"name": "fibre", "expression": "10*oats + 2*corn >= 4"},
    ],
    "assumptions": [{"text": "Maize is dry.", "reason": "the text does not say"}],
}


def built(raw: dict[str, Any]) -> Formulation:
    return loads(json.dumps(raw))


@pytest.fixture(scope="module")
def pottery() -> Formulation:
    return built(POTTERY)


@pytest.mark.parametrize("words", [
    "There are 50 kg of clay after all.", "Make at most 3 vases in week 1.", "What if there were 60 kg of clay?",
    "Why not hire 2 more potters?", "Add a second kiln.", "hello", "", "Which is it: at most 40 or 50 kg? Take 50.",
    "We go back to 40 kg of clay.", "Is there any way to get 20 more kg? Assume 60 kg.", "x" * 400,
])  # fmt: skip
def test_wishes_are_no_questions(pottery: Formulation, words: str) -> None:
    assert inquiry(pottery, words) is None


@pytest.mark.parametrize(("words", "about"), [
    ("Why?", "reasons"), ("why is the gain so low?", "reasons"), ("What limits us?", "reasons"),
    ("Which limit matters most?", "reasons"), ("what is the bottleneck", "reasons"),
    ("Are there other plans that are as good?", "alternatives"), ("Any alternatives?", "alternatives"),
    ("Is this the only best plan?", "alternatives"), ("What did you assume?", "assumptions"),
    ("How sure are you?", "trust"), ("Is that right?", "trust"), ("Can I rely on this?", "trust"),
])  # fmt: skip
def test_questions_about_the_whole_answer(pottery: Formulation, words: str, about: str) -> None:
    found = inquiry(pottery, words)
    assert isinstance(found, Plain) and found.about == about


@pytest.mark.parametrize(("words", "version"), [
    ("undo", None), ("Undo that, please.", None), ("take it back", None), ("Go back to the previous version", None),
    ("please go back to version 3", 3), ("OK, restore v2", 2),
])  # fmt: skip
def test_going_back(pottery: Formulation, words: str, version: int | None) -> None:
    assert inquiry(pottery, words) == Back(version)


@pytest.mark.parametrize(("words", "way", "keys"), [
    ("Why no tall jugs?", "more", {("tall jug", 1), ("tall jug", 2)}),
    ("Why don't we turn more bowls in week 2?", "more", {("bowl", 2)}),
    ("why so many vases", "fewer", {("vase", 1), ("vase", 2)}),
    ("Why bowls rather than vases in week 1?", "more", {("vase", 1)}),
    ("But why turn bowls at all?", "none", {("bowl", 1), ("bowl", 2)}),
    ("Why not 4 vases in week 1?", "exactly", {("vase", 1)}),
    ("Why do we turn bowls?", "other", {("bowl", 1), ("bowl", 2)}),
])  # fmt: skip
def test_the_decisions_that_a_question_names(
    pottery: Formulation, words: str, way: str, keys: set[tuple[str, int]]
) -> None:
    found = inquiry(pottery, words)
    assert isinstance(found, Contrast)
    assert (found.way, {key for _, key in found.entries}) == (way, keys)
    assert found.amount == (4.0 if way == "exactly" else None)


def test_another_decision_is_solved_and_compared(pottery: Formulation) -> None:
    found = ask(pottery, "Why no tall jugs in week 1?")
    assert found.ok and "turn['tall jug', 1] is 0" in found.text
    best = _best(wish=False)
    forced = _best(wish=True)
    assert f"goes from {best:g} to {forced:g}, worse by {best - forced:g}" in found.text
    assert "kiln[1]" in found.text and "kiln[2]" not in found.text


def _best(*, wish: bool) -> int:
    """Return the best objective by trying all plans of both weeks, of which each is its own problem."""
    gain, clay, fire = (POTTERY["parameters"][place]["values"] for place in range(3))

    def week(jugs: int) -> int:
        plans = (
            (bowl, vase, jug)
            for bowl in range(21) for vase in range(11) for jug in range(jugs, 14)
            if clay["bowl"] * bowl + clay["vase"] * vase + clay["tall jug"] * jug <= 40
            and fire["bowl"] * bowl + fire["vase"] * vase + fire["tall jug"] * jug <= 50
        )  # fmt: skip
        return max(int(gain["bowl"] * bowl + gain["vase"] * vase + gain["tall jug"] * jug) for bowl, vase, jug in plans)

    return week(0) + week(1 if wish else 0)


def test_a_decision_that_cannot_be_is_told_with_what_stands_against_it() -> None:
    found = ask(built(MIX), "Why not 0.9 oats?")
    assert "there is no plan at all" in found.text and "oats <= 0.6" in found.text


def test_more_of_a_share_goes_as_far_as_it_can() -> None:
    found = ask(built(MIX), "why so little oats?")
    assert "With oats >= 0.6 cost goes from 5.25 to 7, worse by 1.75" in found.text


def test_words_of_the_description_name_a_decision() -> None:
    found = ask(built(MIX), "Why so much maize?")
    assert found.text.startswith("In the plan corn is 0.75.") and "With corn <= 0 there is no plan at all" in found.text


def test_what_decides_is_told_with_what_other_limits_would_bring() -> None:
    found = ask(built(MIX), "What limits it?")
    assert "has a better cost than 5.25" in found.text
    assert "1 less in fibre, 10*oats + 2*corn >= 4: 4.625, 0.625 better" in found.text
    assert "weight" not in found.text, "an equation has no room"


def test_one_unit_that_does_nothing_is_tried_with_a_tenth(pottery: Formulation) -> None:
    found = ask(pottery, "Which limit matters most?")
    assert "clay_there[1]" in found.text and "4 more in clay_there[1], " in found.text


def test_whole_numbers_may_leave_every_limit_a_little_room() -> None:
    raw = {
        "variables": [{"name": "crates", "domain": "integer"}],
        "objective": {"sense": "maximize", "expression": "5*crates", "name": "gain"},
        "constraints": [
            {"name": "room", "expression": "4*crates <= 30"}, {"name": "staff", "expression": "crates <= 20"},
        ],
    }  # fmt: skip
    found = ask(built(raw), "What limits us?")
    assert "No limit is used up to the last unit; these are the nearest" in found.text
    assert "3 more in room, 4*crates <= 30: 40, 5 better" in found.text
    assert "staff, crates <= 20: a tenth more or less room changes nothing" in found.text


def test_where_only_equations_limit_a_plan_that_is_said() -> None:
    raw = {
        "variables": [{"name": "mix"}],
        "objective": {"sense": "maximize", "expression": "5*mix", "name": "gain"},
        "constraints": [{"name": "whole", "expression": "4*mix == 30"}],
    }
    assert "Nothing but equations limits it." in ask(built(raw), "What limits us?").text


def test_assumptions_and_trust() -> None:
    mix = built(MIX)
    assert "Maize is dry. (the text does not say)" in ask(mix, "What did you assume?").text
    doubted = Verdict(grade=Grade.SUSPICIOUS, confidence=0.4)
    told = ask(mix, "How sure are you?", verdict=doubted).text
    assert told.startswith("In doubt.") and "60% were wrong" in told
    trusted = Verdict(grade=Grade.CONSISTENT, confidence=0.9)
    assert "90% were right" in ask(mix, "How sure are you?", verdict=trusted).text
    with pytest.raises(CallerError, match="fivefold verify"):
        ask(mix, "How sure are you?")


def test_a_problem_without_a_plan_says_so() -> None:
    raw = {**MIX, "constraints": [*MIX["constraints"], {"name": "none", "expression": "oats >= 0.8"}]}
    found = ask(built(raw), "Why so much maize?")
    assert not found.ok and "has no solution" in found.text


def test_a_curved_formulation_is_refused_with_the_reason() -> None:
    raw = {**MIX, "objective": {"sense": "minimize", "expression": "exp(oats) + corn", "name": "cost"}}
    with pytest.raises(FaultyError, match="cannot be answered"):
        ask(built(raw), "Why?")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mix.json"
    file.write_text(json.dumps(MIX), "utf-8")
    assert main(["ask", str(file), "why so little oats?"]) == 0
    assert "worse by 1.75" in capsys.readouterr().out
    assert main(["ask", str(file), "what limits it?", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(["ask", str(file), "make more"]) == 2
    assert "no question about the plan" in capsys.readouterr().err
