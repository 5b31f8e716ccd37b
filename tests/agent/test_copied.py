"""Rows of the prompt's example that an LLM copies into a like problem are left out."""

from pathlib import Path

import pytest

import fivefold
from fivefold.nodes.copied import without_copied
from fivefold_prompts.store import load
from tests.agent.solving import replying, rows, settings_for
from tests.scripted_llm import Json, ScriptedLLM

BENCH = (
    "A carpenter makes chairs and tables. A chair takes 3 hours and brings in 30 euros, a table 5 hours and 70 euros. "
    "There are 90 hours. How many of each should be made to bring in the most?"
)
SHARE = "tables <= 0.35*(chairs + tables)"
HOURS = "3*chairs + 5*tables <= 90"


async def test_a_row_of_the_example_is_none_of_the_problem(tmp_path: Path) -> None:
    assert SHARE in load("declare").text
    declared = {
        "variables": [{"name": one, "meaning": f"{one} made", "domain": "integer"} for one in ("chairs", "tables")]
    }
    written = rows("30*chairs + 70*tables", f"hours: {HOURS}", f"tables at most 35% of all pieces: {SHARE}")
    with ScriptedLLM(replying(declare=declared, rows=written)) as server:
        settings = settings_for(server.base_url, tmp_path)
        outcome = await fivefold.asolve(BENCH, settings=settings, checkpoint=False)
    assert outcome.formulation is not None
    assert [row.expression for row in outcome.formulation.constraints] == [HOURS]
    assert outcome.objective == pytest.approx(1260) and outcome.verdict.grade == "consistent"


@pytest.mark.parametrize(
    ("expression", "problem", "kept"),
    [
        (SHARE, BENCH, False),
        (SHARE, f"{BENCH} At most 35% of all pieces can be tables.", True),
        (SHARE, f"{BENCH} At most thirty-five percent can be tables.", True),
        ("tables <= 0.4*(chairs + tables)", BENCH, True),
        ("chairs >= 0", BENCH, True),
        (HOURS, BENCH, True),
    ],
)
def test_only_a_number_that_the_problem_lacks_in_the_very_words_is_copied(
    expression: str, problem: str, kept: bool
) -> None:
    written: Json = {"objective": {}, "constraints": [{"meaning": "m", "expression": expression}, expression, 5]}
    left = without_copied(written, f"{SHARE} and chairs >= 0 and {HOURS}", problem)
    assert left["constraints"] == (written["constraints"] if kept else [5])
    assert without_copied({"constraints": "none"}, "", problem) == {"constraints": "none"}
