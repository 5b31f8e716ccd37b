"""What changes in the best solution if something in the formulation changes: solved again and compared.

Of several best solutions after the change the one nearest to the old is shown, so that a value that differs had
to differ for the sake of the objective, and not by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fivefold_solvers.analyze.edit import AddConstraint, Edit, apply
from fivefold_solvers.analyze.instance import (
    Instance,
    ValueChange,
    changes,
    goal,
    improves,
    instance,
    limited,
    said,
    same,
)
from fivefold_solvers.analyze.nearest import nearest
from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.diagnose.conflict import Conflict, find_conflict
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.elements import Constraint, Source
from fivefold_solvers.formulation.identity import spell_key
from fivefold_solvers.result import Termination

WISH = "wish"
"""Name of the constraint that forces a decision in `why_not`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The best solution before and after a change."""

    asked: str
    """The change in words."""
    before: Solved
    after: Solved
    changed: Instance
    """The formulation after the change."""
    difference: float | None
    """Objective after minus before; None where one of them has no solution."""
    better: bool | None
    """Whether the change is for the better by the sense of both; None where nothing differs or nothing can be compared,
    as where one of them minimizes and the other does not."""
    values: tuple[ValueChange, ...]
    """Entries with another value: decisions between yes and no, then the others, the largest difference first."""
    nearest: bool
    """Whether it is proven that no best solution after the change is nearer to the old one."""
    conflict: Conflict | None
    """Why there is no solution after the change; None where there is one."""
    how: str
    text: str
    """The answer in words."""

    def __str__(self) -> str:
        return self.text


def what_if(
    base: Instance,
    edits: Sequence[Edit],
    *,
    session: Session | None = None,
    limit_s: float | None = 60.0,
) -> Comparison:
    """Return what the edits do to the best solution.

    Raises:
        EditError: an edit names what is not there.
        BuildError: the formulation cannot be built after it.
    """
    changed = instance(apply(base.formulation, edits))
    asked = "; ".join(map(str, edits))
    with using(session) as used:
        before = used.solve(base.arrays, options=limited(limit_s))
        after = used.solve(changed.arrays, options=limited(limit_s))
        found: tuple[ValueChange, ...] = ()
        certain = False
        if before.values is not None and after.values is not None:
            reference = base.solution(before.values)
            near, certain = nearest(changed, after, reference, used, limit_s)
            found = _choices_first(changed, changes(reference, changed.solution(near)))
        conflict: Conflict | None = None
        if after.termination is Termination.INFEASIBLE:
            same_solver = used if used.backend == "highs" else None
            conflict = find_conflict(changed.arrays, changed.formulation, session=same_solver)
    difference: float | None = None
    better: bool | None = None
    if before.objective is not None and after.objective is not None:
        difference = after.objective - before.objective
        if _shared_sense(base, changed) and not same(after.objective, before.objective):
            better = improves(changed.arrays, difference)
    proven = "both proven optimal" if before.optimal and after.optimal else "not both proven optimal"
    if before.objective is None or after.objective is None:
        one, when = (after, "after") if before.objective is None else (before, "before")
        proven = f"proven optimal {when} it" if one.optimal else "not proven optimal"
    how = f"Solved before and after the change with {after.backend} ({proven})"
    how += ", and once more for the best solution nearest to the old one." if found and certain else "."
    text = _text(base, changed, asked, before, after, better, found, conflict)
    return Comparison(asked, before, after, changed, difference, better, found, certain, conflict, how, text)


def _choices_first(changed: Instance, found: Sequence[ValueChange]) -> tuple[ValueChange, ...]:
    """Return changes with those between yes and no first: that a depot opens says more than what it then sends."""
    binary = {variable.name for variable in changed.formulation.variables if variable.domain == "binary"}
    return tuple(sorted(found, key=lambda change: change.name not in binary))


def why_not(
    base: Instance,
    decision: str,
    *,
    session: Session | None = None,
    limit_s: float | None = 60.0,
) -> Comparison:
    """Return what it costs to force a decision, or what stands against it.

    Args:
        base: the formulation as it is.
        decision: a relation of the formulation language, e.g. `make['cake'] >= 1` or `open['north'] == 1`.
        session: a session to use; a new one if None.
        limit_s: seconds for one solve.

    Raises:
        BuildError: the decision cannot be read, or names what is not there.
    """
    taken = {element.name for element in base.formulation.elements()}
    name = next(name for name in (WISH, *(f"{WISH}_{k}" for k in range(len(taken) + 1))) if name not in taken)
    source = Source(kind="assumed", reason="the decision asked about")
    forced = AddConstraint(Constraint(name=name, expression=decision, source=source))
    return what_if(base, (forced,), session=session, limit_s=limit_s)


def _shared_sense(base: Instance, changed: Instance) -> bool:
    return base.formulation.objective.sense == changed.formulation.objective.sense


def _text(
    base: Instance,
    changed: Instance,
    asked: str,
    before: Solved,
    after: Solved,
    better: bool | None,
    found: Sequence[ValueChange],
    conflict: Conflict | None,
) -> str:
    if conflict is not None:
        return f"With the change ({asked}) the problem has no solution. {conflict}"
    if after.objective is None:
        return f"With the change ({asked}) the problem {said(after)}."
    if before.objective is None:
        best = f"{goal(changed.formulation)} is {number(after.objective)}{_decisions(changed, after)}"
        return f"Without the change the problem {said(before)}. With it ({asked}) {best}."
    moved = _moved(base, changed, before.objective, after.objective, better)
    shown = "; ".join(map(str, found[:8])) + (f"; and {len(found) - 8} more" if len(found) > 8 else "")
    rest = f" What changes: {shown}." if found else " The decisions stay as they are."
    doubt = (
        ""
        if before.optimal and after.optimal
        else " Not both are proven best, so the difference may be smaller or larger."
    )
    return f"With the change ({asked}) {moved}.{rest}{doubt}"


def _decisions(changed: Instance, solved: Solved) -> str:
    """Return in words the decisions of a solution that there is nothing to compare with."""
    if solved.values is None:
        return ""
    tables = changed.solution(solved.values)
    taken = [
        f"{spell_key(name, key)} = {number(value)}"
        for name, table in tables.items() for key, value in table.items() if not same(value, 0.0)
    ]  # fmt: skip
    more = f"; and {len(taken) - 8} more" if len(taken) > 8 else ""
    return f", with {'; '.join(taken[:8])}{more}" if taken else ", with all decisions 0"


def _moved(base: Instance, changed: Instance, before: float, after: float, better: bool | None) -> str:
    """Return in words where the objective goes, and whether that is for the better."""
    name = goal(base.formulation)
    goes = f"{name} goes from {number(before)} to {number(after)}"
    if not _shared_sense(base, changed):
        senses = f"“{base.formulation.objective.sense}” became “{changed.formulation.objective.sense}”"
        return f"{goes}; which is better cannot be said, since {senses}"
    if better is None:
        return f"{name} stays at {number(before)}"
    return f"{goes}, {'better' if better else 'worse'} by {number(abs(after - before))}"
