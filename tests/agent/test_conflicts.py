"""What cannot hold together is told to the LLM and to people."""

import json
from pathlib import Path

import pytest

from fivefold import asolve
from fivefold.checks.conflicts import conflict
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from tests.agent.solving import RIGHT, TOYS, TOYS_DECLARED, TOYS_OPTIMUM, kind_of, settings_for
from tests.scripted_llm import Json, ScriptedLLM


def depots(needs: list[float]) -> Formulation:
    """Bottles between depots, of which each needs what comes in less what goes out."""
    return Formulation(
        sets=(Set(name="D", elements=("north", "south", "west")),),
        parameters=(Parameter(name="need", index=("d in D",), values=tuple(needs)),),
        variables=(Variable(name="sent", index=("a in D", "b in D if a != b"), upper=60),),
        objective=Objective(sense="minimize", expression="sum(sent[a, b] for a in D for b in D if a != b)"),
        constraints=(
            Constraint(
                name="kept",
                forall=("d in D",),
                expression="sum(sent[a, d] - sent[d, a] for a in D if a != d) == need[d]",
            ),
            Constraint(name="most", expression="sum(sent['north', b] for b in D if b != 'north') <= 90"),
        ),
    )


def test_needs_that_no_depot_meets_are_named_without_bounds_at_zero() -> None:
    said = conflict(depots([4, 5, -8]))
    assert said.startswith("these cannot all hold: constraint 'kept' (") and said.endswith(" and 1 more)")
    assert "== 4" in said and "lower" not in said and "most" not in said


def test_bounds_that_matter_are_named() -> None:
    said = conflict(depots([70, 70, -140]))
    assert "constraint 'kept'" in said and "the upper bound of 'sent'" in said


def test_what_holds_and_what_cannot_be_built_has_no_conflict() -> None:
    assert conflict(depots([4, 5, -9])) == ""
    curved = depots([4, 5, -8]).model_copy(
        update={"constraints": (Constraint(name="odd", expression="sin(sent['north', 'south']) >= 2"),)}
    )
    assert conflict(curved) == ""


async def test_the_llm_is_told_what_cannot_hold(tmp_path: Path) -> None:
    asked: list[str] = []

    def rule(request: Json) -> str:
        if kind_of(request) == "declare":
            return json.dumps(TOYS_DECLARED)
        asked.append(request["messages"][-1]["content"])
        more = [{"meaning": "too many", "expression": "trains >= 900"}] if len(asked) == 1 else []
        return json.dumps({**RIGHT, "constraints": [*RIGHT["constraints"], *more]})

    with ScriptedLLM(rule) as server:
        outcome = await asolve(TOYS, checks="text", settings=settings_for(server.base_url, tmp_path))
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)
    told = [line for turn in outcome.rounds for line in turn.told]
    assert any("these cannot all hold: constraint " in line and "trains >= 900" in line for line in told)
