"""Asks whether a chosen part of a program can hold: the same loaded program, with rows, bounds and domains let go."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fivefold_solvers.backends.session import Session
from fivefold_solvers.backends.solved import Options, Solved
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.words import Kind, Member
from fivefold_solvers.result import Termination

_KINDS: tuple[Kind, ...] = ("row", "lower", "upper", "whole")


class Oracle:
    """Feasibility of subsets of what a program asks for, one after the other in one session."""

    def __init__(self, arrays: Arrays, session: Session, *, limit_s: float, each_s: float) -> None:
        """Ask about a program.

        Args:
            arrays: the program; its objective plays no part.
            session: where it is solved.
            limit_s: seconds for all questions together.
            each_s: seconds for one question.
        """
        self.program = replace(arrays, cost=np.zeros(arrays.column_count), offset=0.0, quadratic=None)
        self.session, self.each_s = session, each_s
        self.deadline = time.monotonic() + limit_s
        self.asked = 0
        self.everything = tuple(self._members())

    def _members(self) -> Iterable[Member]:
        program = self.program
        limited = np.isfinite(program.row_lower) | np.isfinite(program.row_upper)
        masks: tuple[NDArray[np.bool_], ...] = (
            limited, np.isfinite(program.lower), np.isfinite(program.upper), program.integer,
        )  # fmt: skip
        for kind, mask in zip(_KINDS, masks, strict=True):
            for place in np.flatnonzero(mask).tolist():
                yield Member(kind, place)

    def part(self, members: Iterable[Member]) -> Arrays:
        """Return the program that asks for these members only."""
        places: dict[Kind, list[int]] = {kind: [] for kind in _KINDS}
        for member in members:
            places[member.kind].append(member.place)
        program = self.program
        masks: dict[Kind, NDArray[np.bool_]] = {
            kind: np.zeros(program.row_count if kind == "row" else program.column_count, bool) for kind in _KINDS
        }
        for kind, mask in masks.items():
            mask[places[kind]] = True
        rows, lower, upper, whole = (masks[kind] for kind in _KINDS)
        return replace(
            program,
            row_lower=np.where(rows, program.row_lower, -np.inf),
            row_upper=np.where(rows, program.row_upper, np.inf),
            lower=np.where(lower, program.lower, -np.inf),
            upper=np.where(upper, program.upper, np.inf),
            integer=whole & program.integer,
        )

    def infeasible(self, members: Iterable[Member]) -> bool | None:
        """Return whether these members cannot hold together; None where time ran out or the solver could not say."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            return None
        self.asked += 1
        solved = self.solve(self.part(members), min(self.each_s, left))
        if solved.termination is Termination.INFEASIBLE:
            return True
        # Without an objective nothing is unbounded: a ray means a point.
        fits = solved.feasible or solved.termination is Termination.UNBOUNDED
        return False if fits else None

    def solve(self, arrays: Arrays, limit_s: float, want: frozenset[str] = frozenset()) -> Solved:
        """Solve one variant within a limit."""
        return self.session.solve(arrays, options=Options(time_limit_s=limit_s, want=want))
