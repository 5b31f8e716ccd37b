"""Questions that a text asks beside its own: their numbers are tried out, and are no faults of the first answer."""

from pathlib import Path

import pytest

import fivefold
from fivefold.reading.further import further_questions, supposed, without_further
from fivefold.verdict.verification import verify
from tests.agent.solving import TOYS, TOYS_OPTIMUM, settings_for, toys
from tests.scripted_llm import ScriptedLLM

TRIED = "If a train earned 4 dollars and a boat were sold at a gain of 9, how many of each would it make?"
TABLE = """
| toy | earned (now) | earned (tried) | hours |
|---|---|---|---|
| train | 7 | 4 | 2 |
| boat | 5 | 9 | 3 |
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{TOYS} {TRIED}", 1),
        (f"{TOYS} And what would the answer be if 150 hours were there? {TRIED}", 2),
        ("Determine the cheapest mix. Suppose the price of oats rose to 12, what would be the new mix?", 1),
        (f"{TOYS} What if the price of a boat doubled?", 1),
        (f"{TOYS} What if the boss were angry?", 0),
        (TOYS, 0),
        ("There are 20 crates. If 30 hours were available, how many of each should be made?", 0),
        ("How many should be made? If more than 40 are made, a second oven is rented for 90.", 0),
        ("How many should be made? If the price were raised by 1, 5 fewer would be sold.", 0),
        ("How many should be made? If it were up to you, which would you choose?", 0),
    ],
)
def test_only_what_tries_other_numbers_after_a_first_question_is_further(text: str, found: int) -> None:
    assert len(further_questions(text)) == found
    assert (without_further(text) == text) is (found == 0)
    assert len(without_further(text)) == len(text)


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        (TRIED, "a train earned 4 dollars and a boat were sold at a gain of 9"),
        ("How would the plan change if 1,200 boards were there instead?", "1,200 boards were there instead"),
        ("What if boats earned 5.5 dollars?", "boats earned 5.5 dollars"),
        ("Suppose that oats cost 12, and wheat 7, what would be the new mix?", "oats cost 12, and wheat 7"),
        ("If wages rose by 10 %, would it still pay?", "wages rose by 10 %"),
        ("Would 30 hours do?", "Would 30 hours do?"),
    ],
)
def test_what_a_question_supposes_is_told_in_its_own_words(question: str, clause: str) -> None:
    assert supposed(question) == clause


def test_a_column_that_only_the_further_question_speaks_of_goes_with_it() -> None:
    left = without_further(f"{TOYS} {TRIED}\n{TABLE}")
    assert "9" not in left and "tried" not in left
    assert "earned (now)" in left and "hours" in left and left.count("|") == TABLE.count("|")


async def test_the_first_question_is_the_one_that_is_formulated_and_checked(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        outcome = await solved(server, tmp_path, f"{TOYS} {TRIED}\n{TABLE}")
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert outcome.verdict.grade == "consistent"
    assert outcome.formulation is not None
    assert verify(outcome.formulation, f"{TOYS} {TRIED}").verdict.grade == "consistent"


async def solved(server: ScriptedLLM, folder: Path, text: str) -> fivefold.Outcome:
    return await fivefold.asolve(text, settings=settings_for(server.base_url, folder), checkpoint=False)
