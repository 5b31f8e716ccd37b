"""A question of a text that tries something else out, and what comes of the formulation that is changed so."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from fivefold.answer import has_values, spell_number, whole_values, without_solution, worth
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.result import ExecutionResult

MAX_MOVED = 8


class Scenario(BaseModel):
    """One further question of a text, answered by a change of the formulation, or why it is not."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    question: str
    """The sentence that asks it."""
    changes: tuple[str, ...] = ()
    """What differs from the formulation of the first question: a line `- ...` for what goes, `+ ...` for what comes."""
    formulation: Formulation | None = None
    """The changed formulation; None where none came of it."""
    result: ExecutionResult | None = None
    """What solving that gave."""
    unanswered: str = ""
    """Why it is left open; empty where it is answered."""

    @property
    def objective(self) -> float | None:
        """Objective value of its solution; None without one."""
        return self.result.objective if self.result is not None and self.result.has_solution else None


def scenarios_text(
    scenarios: Sequence[Scenario], formulation: Formulation | None, first: ExecutionResult | None
) -> list[str]:
    """Return the further questions with what differs from the first answer, as people read it."""
    answered = [one for one in scenarios if not one.unanswered]
    lines = ["Asked besides:"] if answered else []
    for one in answered:
        lines += [f"  {one.question}", *(f"    {line}" for line in (*one.changes, *_told(one, formulation, first)))]
    left = [one for one in scenarios if one.unanswered]
    if left:
        lines.append("Asked besides and not answered; put it as a change of this formulation:")
        lines += [f"  {one.question} ({one.unanswered})" for one in left]
    return lines


def _told(scenario: Scenario, before: Formulation | None, first: ExecutionResult | None) -> list[str]:
    after, result = scenario.formulation, scenario.result
    assert after is not None and result is not None and first is not None
    if not has_values(result):
        return [without_solution(result)]
    before_it = "" if first.objective is None else f" instead of {spell_number(first.objective)}"
    lines = [f"{worth(after, result)}{before_it}."]
    old, new = whole_values(before, first.values), whole_values(after, result.values)
    moved: list[str] = []
    for variable in after.variables:
        for key, value in new.get(variable.name, {}).items():
            earlier = old.get(variable.name, {}).get(key, 0.0)
            if abs(value - earlier) > 1e-6:
                name = spell_key(variable.name, key)
                moved.append(f"{name} = {spell_number(value)} instead of {spell_number(earlier)}")
    if not moved:
        return [*lines, "The plan stays as it is."]
    more = len(moved) - MAX_MOVED
    return [*lines, *moved[:MAX_MOVED], *([f"... and {more} more that differ"] if more > 0 else [])]
