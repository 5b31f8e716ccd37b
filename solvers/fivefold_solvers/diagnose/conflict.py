"""Why a program is infeasible: a smallest set of rows, bounds and domains that cannot hold together.

"Smallest" means irreducible: without any one of its members the others can hold, which is verified by solving.
There may be other such sets; a repair must touch every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fivefold_solvers.backends.session import Session, using
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.explain import quickxplain
from fivefold_solvers.diagnose.oracle import Oracle
from fivefold_solvers.diagnose.words import Clause, Kind, Member, clause
from fivefold_solvers.formulation.elements import Formulation

_LOWER, _UPPER, _BOTH = 2, 3, 4
"""How HiGHS says which side of a bound takes part."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot hold together."""

    clauses: tuple[Clause, ...]
    """The members in words, rows first; empty if the program is feasible or nothing could be found."""
    infeasible: bool | None
    """Whether the program as a whole is infeasible; None if that could not be settled in time."""
    minimal: bool
    """Whether for every member it was verified that the others can hold without it."""
    by_integrality: bool
    """Whether fractions would make the program feasible."""
    how: str
    """How it was found and verified."""
    solves: int
    """How many programs were solved for it."""

    def __str__(self) -> str:
        if self.infeasible is False:
            return "The program is feasible: nothing conflicts."
        if not self.clauses:
            return "No conflict was found within the time."
        opening = "These cannot all hold"
        closing = "without any one of them the others can" if self.minimal else "perhaps not all of them are needed"
        lines = "\n".join(f"  - {part}" for part in self.clauses)
        fractions = " With fractions they could." if self.by_integrality else ""
        return f"{opening}; {closing}:\n{lines}\n{self.how}{fractions}"

    @property
    def members(self) -> tuple[Member, ...]:
        """The rows and columns behind the clauses."""
        return tuple(part.member for part in self.clauses)


def find_conflict(
    arrays: Arrays,
    formulation: Formulation | None = None,
    *,
    session: Session | None = None,
    limit_s: float = 30.0,
    each_s: float = 5.0,
) -> Conflict:
    """Return a minimal conflict of an infeasible program.

    Args:
        arrays: the program.
        formulation: where its elements' sentences are.
        session: a HiGHS session to use; a new one if None.
        limit_s: seconds for everything; when they run out, the set found so far is returned as not minimal.
        each_s: seconds for one question to the solver.
    """
    with using(session, "highs") as used:
        oracle = Oracle(arrays, used, limit_s=limit_s, each_s=each_s)
        whole = oracle.infeasible(oracle.everything)
        if whole is not True:
            return Conflict((), whole, False, False, "The whole program was solved once.", oracle.asked)
        relaxed = [member for member in oracle.everything if member.kind != "whole"]
        by_integrality = bool(arrays.integer.any()) and oracle.infeasible(relaxed) is not True
        start = None if by_integrality else _by_solver(oracle)
        how = "HiGHS' proof of infeasibility named a set; " if start else "Re-solving narrowed it down (QuickXplain); "
        if start is None:
            start = _narrowed(oracle, oracle.everything if by_integrality else relaxed)
        members, minimal = _minimal(oracle, start)
    clauses = tuple(clause(arrays, member, formulation) for member in sorted(members, key=_order))
    how += "that the rest can hold was verified by dropping each member in turn and solving."
    if not minimal:
        how += " For some members the time did not suffice."
    return Conflict(clauses, True, minimal, by_integrality, how, oracle.asked)


def _by_solver(oracle: Oracle) -> list[Member] | None:
    """Return the set that HiGHS names for the program without domains, None where it is empty or no conflict."""
    program = replace(oracle.program, integer=np.zeros(oracle.program.column_count, bool))
    solved = oracle.solve(program, oracle.each_s, frozenset({"iis"}))
    oracle.asked += 1
    found = solved.iis
    if found is None:
        return None
    members = [Member("row", int(row)) for row in found.rows]
    for column, side in zip(found.columns.tolist(), found.column_sides.tolist(), strict=True):
        if side in (_LOWER, _BOTH):
            members.append(Member("lower", column))
        if side in (_UPPER, _BOTH):
            members.append(Member("upper", column))
    known = set(oracle.everything)
    members = [member for member in members if member in known]
    # A set that does not conflict, the empty one above all, is never shown.
    return members if members and oracle.infeasible(members) is True else None


def _narrowed(oracle: Oracle, members: Sequence[Member]) -> list[Member]:
    """Return a conflict among the members: first whole elements, then the entries of those that are needed."""
    groups: dict[tuple[Kind, int], list[Member]] = {}
    for member in members:
        groups.setdefault((member.kind, _element(oracle.program, member)), []).append(member)
    blocks = quickxplain(list(groups.values()), lambda chosen: oracle.infeasible(_flat(chosen)))
    return quickxplain(_flat(blocks), oracle.infeasible)


def _minimal(oracle: Oracle, members: list[Member]) -> tuple[list[Member], bool]:
    """Drop what is not needed; return what is left, and whether each of it was seen to be needed."""
    kept, minimal = list(members), True
    for member in members:
        others = [one for one in kept if one != member]
        needed = oracle.infeasible(others)
        if needed is True:
            kept = others
        minimal = minimal and needed is not None
    return kept, minimal


def _element(arrays: Arrays, member: Member) -> int:
    block = arrays.row_block(member.place) if member.kind == "row" else arrays.column_block(member.place)
    return block.start


def _flat(groups: Sequence[list[Member]]) -> list[Member]:
    return [member for group in groups for member in group]


def _order(member: Member) -> tuple[int, int]:
    return ("row", "lower", "upper", "whole").index(member.kind), member.place
