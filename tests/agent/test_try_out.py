"""Further questions of a text are answered by changes of the formulation, beside the first answer that stands."""

from pathlib import Path

import pytest

import fivefold
from tests.agent.solving import RIGHT, TOYS, TOYS_DECLARED, TOYS_OPTIMUM, replying, settings_for
from tests.scripted_llm import Json, ScriptedLLM

TRIED = "If a train earned 4 dollars and a boat were sold at a gain of 9, how many of each would it make?"
FEWER = "What would be made if only 100 instead of 140 boards were there?"
EARNINGS: Json = {"do": "change_objective", "sense": "maximize", "expression": "4*trains + 9*boats"}


def boards(count: int) -> Json:
    return {
        "do": "change_constraint",
        "name": "boards_available",
        "forall": [],
        "expression": f"4*trains + boats <= {count}",
    }


async def solved(folder: Path, text: str, *changes: list[Json], **arguments: object) -> tuple[fivefold.Outcome, int]:
    """Return the outcome, and how often the LLM was asked for changes."""
    with ScriptedLLM(
        replying(declare=TOYS_DECLARED, rows=RIGHT, changes=[{"changes": one} for one in changes])
    ) as server:
        settings = settings_for(server.base_url, folder)
        outcome = await fivefold.asolve(text, settings=settings, checkpoint=False, **arguments)  # type: ignore[arg-type]
        return outcome, len(server.requests) - 2


async def test_a_further_question_is_answered_beside_the_first(tmp_path: Path) -> None:
    outcome, asked = await solved(tmp_path, f"{TOYS} {TRIED}", [EARNINGS])
    assert asked == 1 and outcome.objective == pytest.approx(TOYS_OPTIMUM)
    (scenario,) = outcome.scenarios
    # 40 boats take all 120 hours; every train takes two thirds of a boat.
    assert scenario.objective == pytest.approx(360) and scenario.question == TRIED
    assert scenario.formulation is not None and scenario.formulation.objective.expression == "4*trains + 9*boats"
    assert outcome.explanation.endswith(
        f"Asked besides:\n  {TRIED}\n    - maximize 7*trains + 5*boats\n    + maximize 4*trains + 9*boats\n"
        "    The greatest earnings are 360 instead of 310.\n"
        "    trains = 0 instead of 30\n    boats = 40 instead of 20"
    )


async def test_each_of_several_questions_starts_from_the_first_formulation(tmp_path: Path) -> None:
    outcome, asked = await solved(tmp_path, f"{TOYS} {TRIED} {FEWER}", [EARNINGS], [boards(100)])
    assert asked == 2
    first, second = outcome.scenarios
    assert first.objective == pytest.approx(360)
    # trains = 18, boats = 28: 126 + 140, both limits met.
    assert second.objective == pytest.approx(266)
    assert "    - 4*trains + boats <= 140\n    + 4*trains + boats <= 100\n" in outcome.explanation


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([[]], "the LLM found nothing to change"),
        ([[boards(110)]], "its number 100 is in none of the changes"),
        ([[{"do": "drop_constraint", "name": "no such row"}]], "the LLM named no changes that can be made"),
    ],
)
async def test_what_no_change_was_found_for_is_named_with_the_reason(
    changes: list[list[Json]], why: str, tmp_path: Path
) -> None:
    outcome, _ = await solved(tmp_path, f"{TOYS} {FEWER}", *changes)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.verdict.grade == "consistent"
    (scenario,) = outcome.scenarios
    assert why in scenario.unanswered and scenario.objective is None
    assert f"not answered; put it as a change of this formulation:\n  {FEWER} ({why}" in outcome.explanation


async def test_a_change_after_which_nothing_is_possible_is_told(tmp_path: Path) -> None:
    text = f"{TOYS} What would be made if at least 100 trains were ordered?"
    row: Json = {"do": "add_constraint", "meaning": "trains ordered", "forall": [], "expression": "trains >= 100"}
    outcome, _ = await solved(tmp_path, text, [row])
    assert "    + trains >= 100\n    No values satisfy all constraints at once" in outcome.explanation
    assert outcome.scenarios[0].objective is None and not outcome.scenarios[0].unanswered


async def test_no_question_is_tried_out_when_the_budget_is_spent(tmp_path: Path) -> None:
    outcome, asked = await solved(tmp_path, f"{TOYS} {TRIED}", [EARNINGS], max_seconds=1e-3)
    assert asked == 0 and outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert outcome.scenarios[0].unanswered.startswith("seconds: ")


async def test_a_text_without_further_questions_takes_no_more_of_the_llm(tmp_path: Path) -> None:
    outcome, asked = await solved(tmp_path, TOYS, [EARNINGS])
    assert asked == 0 and outcome.scenarios == () and "Asked besides" not in outcome.explanation
