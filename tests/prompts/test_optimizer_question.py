"""The question holds what ran and what may be changed, within its room, and no number that a run computed."""

import pytest

from fivefold_prompts.optimizer.attempt import Result, Rules
from fivefold_prompts.optimizer.candidate import candidate_id
from fivefold_prompts.optimizer.memory import Memory, Trial, change
from fivefold_prompts.optimizer.numerals import forms_of, said_in
from fivefold_prompts.optimizer.proposers import View, at_random, optoprime, read_directions, rewrite
from fivefold_prompts.optimizer.question import Example, fitted, question
from fivefold_prompts.optimizer.rollout import Answer, Rollout, Stage
from tests.prompts import optimizer_landscape as land
from tests.prompts.test_optimizer_graph import span

GOOD = {
    "formulate": "## user\nBe careful. Think of ratios, balances, stocks, integers.\n{{problem}}\n",
    "code": land.START["code"],
}


def examples(count: int = 3) -> list[Example]:
    cases = land.cases("train", count)
    return [Example(case, land.kind_of(case), land.evaluate(land.START, case, 7)) for case in cases]


def test_sections_stand_in_order_and_say_what_happened():
    asked = question(land.START, land.PARAMETERS, examples(), tried=["- kept: x"], documentation={"run": "It solves."})
    text = asked.messages[0]["content"]
    names = ["Instruction", "Code", "Documentation", "Variables", "Constraints", "Inputs", "Others", "Outputs"]
    places = [text.index(f"# {name}\n") for name in [*names, "Feedback", "Tried before", "Reply"]]
    assert places == sorted(places)
    assert "formulation = formulate#1(problem; prompt formulate)" in text
    assert "Run 2 (network): A check falsified the answer." in text
    assert land.START["code"].rstrip() in text
    assert list(asked.parameters) == ["formulate", "code"] and asked.cut == {}


def test_only_what_the_runs_used_may_be_changed():
    run = Rollout(stage=Stage.CRASHED, spans=(span(1, "formulate", prompt="formulate"),))
    asked = question(land.START, land.PARAMETERS, [Example("a", "LP", run)])
    assert list(asked.parameters) == ["formulate"]
    assert "Write code" not in asked.messages[0]["content"]


def test_a_prompt_on_no_way_to_the_output_is_not_to_blame():
    spans = (span(1, "greet", {}, {"hello": "h"}, prompt="code"), span(2, "formulate", prompt="formulate"))
    asked = question(land.START, land.PARAMETERS, [Example("a", "LP", Rollout(stage=Stage.REFUTED, spans=spans))])
    assert list(asked.parameters) == ["formulate"]


@pytest.mark.parametrize("count", [1, 8, 32])
@pytest.mark.parametrize("characters", [6_000, 48_000])
def test_any_number_of_runs_fits(count: int, characters: int):
    def longer(rollout: Rollout) -> Rollout:
        return rollout.model_copy(update={"values": {key: text * 900 for key, text in rollout.values.items()}})

    long = [Example(one.case, one.kind, longer(one.rollout)) for one in examples(count)]
    asked = question(land.START, land.PARAMETERS, long, tried=["- kept: y" * 90] * 9, characters=characters)
    assert len(asked.messages[0]["content"]) <= characters
    assert asked.cut


def test_a_right_run_does_not_give_its_answer_away():
    right = land.evaluate(GOOD, "train000-blending", 1)
    told = right.model_copy(update={"values": {**right.values, "r train000-blending": "objective 48735.25, x = 117"}})
    text = question(GOOD, land.PARAMETERS, [Example("a", "LP", told)]).messages[0]["content"]
    assert "result (run 1): objective #, x = #" in text
    assert not said_in(text) & forms_of(48735.25)


def test_short_items_leave_their_room_to_long_ones():
    kept, cut = fitted(["a" * 10, "b" * 1000, "c" * 10], 500)
    assert kept[0] == "a" * 10 and "[... cut ...]" in kept[1] and cut > 500
    assert sum(map(len, kept)) <= 500
    assert fitted([], 10) == ([], 0)
    assert fitted(["x" * 90], 30) == ([], 90)


def view(**changes: object) -> View:
    given: dict[str, object] = {
        "candidate": land.START,
        "parameters": land.PARAMETERS,
        "examples": examples(),
        "tried": [],
        "scored": [(land.START, 0.1)],
        "rules": Rules(),
        "seed": 1,
        "step": 0,
        **changes,
    }
    return View(**given)  # type: ignore[arg-type]  # what is changed is chosen by each test


def test_optoprime_asks_for_directions_and_then_for_one_edit_each():
    asked: list[str] = []

    def ask(messages, sample):
        asked.append(messages[-1]["content"])
        return land.writer(messages, sample)

    made = optoprime(view(), ask)
    assert "3 different directions" in asked[0]
    assert "Go in this direction: be shorter and clearer" in "".join(asked)
    assert len(made) == 3
    new = [candidate_id(one.candidate) for one in made if one.candidate]
    assert len(new) == len(set(new)) > 0


def test_one_direction_is_one_question():
    asked: list[int] = []

    def ask(messages, sample):
        asked.append(sample)
        return Answer(text="<changes><no_change/></changes>")

    assert [one.result for one in optoprime(view(directions=1), ask)] == [Result.NO_CHANGE]
    assert len(asked) == 1


def test_rewriting_sees_scores_only():
    asked: list[str] = []

    def ask(messages, sample):
        asked.append(messages[0]["content"])
        text = land.START["formulate" if "formulate`" in asked[-1] else "code"].replace(".", ". Think twice.")
        return Answer(
            text="<changes><edit><parameter>formulate</parameter><operation>replace_all</operation>"
            f"<text>{text}</text></edit></changes>"
        )

    made = rewrite(view(directions=1), ask)
    assert made[0].result is Result.ACCEPTED
    assert "Score 0.100:" in asked[0] and "Feedback" not in asked[0]


def test_chance_keeps_prompts_whole_and_repeats_itself():
    def ask(messages, sample):
        raise AssertionError("nobody is asked")

    first, second = at_random(view(directions=20), ask), at_random(view(directions=20), ask)
    assert first == second
    assert {one.result for one in first} <= {Result.ACCEPTED, Result.INVALID, Result.DUPLICATE}
    for one in first:
        assert one.candidate is None or "{{problem}}" in one.candidate["formulate"]


def test_directions_are_read_from_lists():
    reply = (
        "<think>1. not this one</think>Here they are:\n1. Name the units.\n- Check the data first\n\n2) Name the units."
    )
    assert read_directions(reply, 3) == ["Name the units.", "Check the data first"]
    assert read_directions("<changes><no_change/></changes>", 3) == []


def test_memory_tells_kept_and_refused_edits_of_a_parent_once():
    memory = Memory()
    for number in range(9):
        memory.trials.append(Trial("p", f"formulate: {{+word {number % 4}+}}", "worse on other problems", -0.05))
    memory.trials.append(Trial("q", "code: x", "kept", 0.2))
    memory.trials.append(Trial("p", "", "leak: it repeats numbers of one problem"))
    told = memory.told("p")
    assert len(told) == len(set(told)) == 5
    assert told[-1] == "- leak: it repeats numbers of one problem: no candidate"
    assert "(-5 points)" in told[0]
    assert memory.told("unknown") == []


def test_a_change_is_told_word_by_word():
    after = {**land.START, "code": land.START["code"].replace("must run", "must always run")}
    assert change(land.START, after) == "code: {+always+}"
    assert change(land.START, GOOD).startswith("formulate: ")
