"""Advice of a small LLM is put into a prompt for it: whole sentences, in one place, under the rules for any edit."""

from collections.abc import Sequence

import pytest

from fivefold_prompts.optimizer.advice import LONGEST, advise, read_advice, with_advice
from fivefold_prompts.optimizer.attempt import Result, Rules
from fivefold_prompts.optimizer.candidate import faults
from fivefold_prompts.optimizer.leaks import Guard
from fivefold_prompts.optimizer.proposers import View
from fivefold_prompts.optimizer.question import Example
from fivefold_prompts.optimizer.rollout import Answer, Cost, Turn
from fivefold_prompts.store import load, versions
from tests.prompts.optimizer_landscape import PARAMETERS, START, evaluate


def view(**changes: object) -> View:
    run = evaluate(START, "train001-network", 1)
    given: dict[str, object] = {
        "candidate": START, "parameters": PARAMETERS, "examples": [Example("train001-network", "network", run)],
        "tried": [], "scored": [], "rules": Rules(), "seed": 0, "step": 0, "directions": 2, **changes,
    }  # fmt: skip
    return View(**given)  # type: ignore[arg-type]  # what is changed is chosen by each test


def saying(*replies: str) -> tuple[list[str], object]:
    asked: list[str] = []

    def ask(messages: Sequence[Turn], sample: int) -> Answer:
        asked.append(messages[-1]["content"])
        return Answer(text=replies[min(len(asked), len(replies)) - 1], cost=Cost(tokens=10))

    return asked, ask


def test_each_prompt_gets_its_advice_in_turn():
    asked, ask = saying("1. Keep every balance.", '"Check the units."')
    first, second = advise(view(), ask)  # type: ignore[arg-type]
    assert first.result is second.result is Result.ACCEPTED
    assert first.candidate is not None and second.candidate is not None
    assert first.candidate["formulate"] == "## user\nBe careful.\n{{problem}}\nKeep every balance.\n"
    assert second.candidate["code"].endswith("Check the units.\n")
    assert "added to the prompt `formulate`" in asked[0] and "# Feedback" in asked[0] and "<edit>" not in asked[0]


def test_advice_that_gives_something_away_is_asked_for_again():
    guard = Guard({"a": "Seven purple llamas carry granite slabs over the northern ridge each day."}, {"a": 4711.5})
    asked, ask = saying(
        "The answer is 4711.5.", "Seven purple llamas carry granite slabs over the northern ridge.", "Be exact."
    )
    done = advise(view(directions=1, rules=Rules(guard)), ask)[0]  # type: ignore[arg-type]
    assert done.result is Result.REPAIRED and len(asked) == 3
    assert done.candidate is not None and "Be exact." in done.candidate["formulate"]


def test_what_is_no_advice_is_refused():
    done = advise(view(directions=1), saying("")[1])[0]  # type: ignore[arg-type]
    assert done.result is Result.UNPARSABLE and done.candidate is None and done.reason


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        ("<think>well</think>\n- Count all limits.\n- Use their numbers.", "Count all limits. Use their numbers."),
        ("Here it is:\n\n**Count all limits.**", "Count all limits."),
        ("x. " * 200, ("x. " * 100).strip()[:LONGEST]),
        ("x" * 500, ""),
        ("", ""),
    ],
)
def test_only_whole_sentences_are_taken(reply: str, advice: str):
    assert read_advice(reply) == advice


def test_every_shipped_prompt_stays_one_with_advice():
    from fivefold_prompts.optimizer.candidate import Parameter

    for version in versions():
        parameter = Parameter(name=version.name, placeholders=version.placeholders)
        assert faults([parameter], {version.name: with_advice(version.text, "Be exact.") + "\n"}) == []
    declare = with_advice(load("declare").text, "Be exact.")
    assert declare.index("Be exact.") < declare.index("Example problem") < declare.index("## user")
