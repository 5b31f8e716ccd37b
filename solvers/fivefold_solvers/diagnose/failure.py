"""Everything that can be said of a solve that left no proven best solution, in one call."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.backends.solved import Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.conflict import Conflict, find_conflict
from fivefold_solvers.diagnose.numerics import Numerics, numerics
from fivefold_solvers.diagnose.relax import Relaxation, relaxations
from fivefold_solvers.diagnose.unbounded import Unbounded, find_direction
from fivefold_solvers.diagnose.words import number
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.result import Termination


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no proven best solution, as far as it applies."""

    solved: Solved
    conflict: Conflict | None
    """Of an infeasible program."""
    relaxations: tuple[Relaxation, ...]
    """Of an infeasible program: the cheapest ways to make it feasible."""
    direction: Unbounded | None
    """Of an unbounded program."""
    numerics: Numerics
    """How far the numbers are apart; its `advice` is empty where nothing is wide."""

    def __str__(self) -> str:
        parts: list[str] = []
        if self.conflict is not None:
            parts.append(str(self.conflict))
        if self.relaxations:
            parts.append("\n".join(["What would make it possible:", *(f"  - {way}" for way in self.relaxations)]))
        if self.direction is not None:
            parts.append(str(self.direction))
        if not parts:
            parts.append(_stopped(self.solved))
        return "\n".join([*parts, *self.numerics.advice])


def explain_failure(
    arrays: Arrays,
    solved: Solved,
    formulation: Formulation | None = None,
    *,
    session: Session | None = None,
    limit_s: float = 30.0,
) -> Failure:
    """Return why a solve left no proven best solution.

    Args:
        arrays: the program.
        solved: what came of it.
        formulation: where its elements' sentences are.
        session: a HiGHS session to use; a new one if None.
        limit_s: seconds for the search of a conflict, and for each other solve.
    """
    conflict: Conflict | None = None
    ways: tuple[Relaxation, ...] = ()
    direction: Unbounded | None = None
    open_question = solved.termination is Termination.INFEASIBLE_OR_UNBOUNDED
    with using(session, "highs") as used:
        if open_question or solved.termination is Termination.INFEASIBLE:
            found = find_conflict(arrays, formulation, session=used, limit_s=limit_s)
            conflict = None if found.infeasible is False else found
        if conflict is not None:
            ways = relaxations(arrays, formulation, session=used, limit_s=limit_s)
            # Where rows alone do not do it, bounds have to give as well.
            ways = ways or relaxations(arrays, formulation, bounds=True, session=used, limit_s=limit_s)
        elif open_question or solved.termination is Termination.UNBOUNDED:
            direction = find_direction(arrays, formulation, session=used, limit_s=limit_s)
    return Failure(solved, conflict, ways, direction, numerics(arrays))


def _stopped(solved: Solved) -> str:
    """Return what is known of a solve that was stopped, or went wrong."""
    if solved.optimal:
        return "The solution is proven best: nothing failed."
    text = f"{solved.backend} stopped: {solved.termination.value.replace('_', ' ')}."
    if solved.message:
        text += f" {solved.message}."
    if solved.objective is not None:
        text += f" The best solution so far has objective {number(solved.objective)}"
        text += "." if solved.bound is None else f", and none is better than {number(solved.bound)}."
    return text
