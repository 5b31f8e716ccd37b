"""What a solve is asked for and what comes of it, for every back-end alike; signs and gap as in `result.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fivefold_solvers.build.arrays import Floats, Places
from fivefold_solvers.result import OPTIMALITY_TOLERANCE, SolutionStatus, Termination, relative_gap

Option = bool | int | float | str
"""The value of an option of a solver's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to solve; what a solver calls its own goes into `solver`, by the name that the solver gives it."""

    time_limit_s: float | None = 60.0
    """Seconds for one solve; the process is killed 200 ms later. None: no limit."""
    gap: float = OPTIMALITY_TOLERANCE
    """Relative gap at which an integer program counts as optimal."""
    threads: int = 1
    """Threads that the solver may use."""
    seed: int = 0
    """Seed of what the solver draws by chance."""
    want: frozenset[str] = frozenset()
    """What else to bring: `basis`, `ranging`, `iis`. Duals come where the back-end has them."""
    start: Floats | None = None
    """Shape (n,): values to start an integer program from; need not be feasible."""
    solver: Mapping[str, Option] = field(default_factory=dict[str, Option])
    """Options by the solver's own names, e.g. `{"presolve": "off"}` for HiGHS."""


@dataclass(frozen=True, slots=True)
class Event:
    """Progress of an integer program."""

    time_s: float
    """Seconds since the solve was asked for."""
    objective: float | None
    """Objective of the best solution so far, None before the first."""
    bound: float | None
    """Proven bound so far, None without one."""
    improved: bool
    """Whether a better solution was just found, rather than a better bound."""

    @property
    def gap(self) -> float | None:
        """Relative gap; None without a solution or a bound."""
        return relative_gap(self.objective, self.bound)


@dataclass(frozen=True, slots=True)
class Basis:
    """Which columns and rows are basic in a vertex of a linear program."""

    columns: Places
    """Shape (n,): 0 at its lower bound, 1 basic, 2 at its upper bound, 3 free at zero, 4 nonbasic."""
    rows: Places
    """Shape (m,): likewise for the rows."""


@dataclass(frozen=True, slots=True)
class Range:
    """How far numbers may go down and up, and the objective at either end; infinite where there is no end."""

    down: Floats
    down_objective: Floats
    up: Floats
    up_objective: Floats


@dataclass(frozen=True, slots=True)
class Ranging:
    """Ranges of an optimal basis; of a degenerate one they may be shorter than the true ranges."""

    cost: Range
    """Shape (n,): of the objective's coefficients, within which the solution stays optimal."""
    bound: Range
    """Shape (n,): of the values at which nonbasic columns may be held."""
    row: Range
    """Shape (m,): of right-hand sides, within which the dual values stay."""


@dataclass(frozen=True, slots=True)
class SolverIis:
    """A conflicting set as a solver says it; to be checked, for it may be empty or too large."""

    columns: Places
    column_sides: Places
    """2 the lower bound, 3 the upper, 4 both, 1 none."""
    rows: Places
    row_sides: Places


@dataclass(frozen=True, slots=True)
class Solved:
    """Everything that is known after a solve. A crash, a limit or infeasibility is data, not an exception."""

    termination: Termination
    """Why the solver stopped."""
    solution_status: SolutionStatus
    """What it left."""
    backend: str
    """Name of the back-end."""
    solver_version: str = ""
    """Version of the solver's library."""
    objective: float | None = None
    """Objective of the solution, in the problem's own sense; None without one."""
    bound: float | None = None
    """Proven bound on the optimum; None without one."""
    values: Floats | None = None
    """Shape (n,): values of the columns; None without a solution. Whole where the column is an integer's."""
    row_values: Floats | None = None
    """Shape (m,): `A @ values`."""
    duals: Floats | None = None
    """Shape (m,): change of the objective per unit of right-hand side; None for integer programs."""
    reduced_costs: Floats | None = None
    """Shape (n,): change of the objective per unit by which the bound that holds a column moves."""
    basis: Basis | None = None
    ranging: Ranging | None = None
    iis: SolverIis | None = None
    events: tuple[Event, ...] = ()
    """Incumbents and bounds over time, of integer programs."""
    violation: float = 0.0
    """Largest violation of a row, bound or integrality, as a share of max(1, abs(limit))."""
    solve_s: float = 0.0
    """Seconds inside the solver."""
    wall_s: float = 0.0
    """Seconds from asking to having it."""
    iterations: int = 0
    nodes: int = 0
    message: str = ""
    """What went wrong, with the mend; empty if nothing did."""

    @property
    def gap(self) -> float | None:
        """Relative gap; None without a solution or a bound."""
        return relative_gap(self.objective, self.bound)

    @property
    def optimal(self) -> bool:
        """Whether the solution is proven best."""
        return self.solution_status is SolutionStatus.OPTIMAL

    @property
    def feasible(self) -> bool:
        """Whether there is a solution, proven best or not."""
        return self.solution_status is not SolutionStatus.NONE

    def solution(self) -> Floats:
        """Return the values of the columns.

        Raises:
            LookupError: there is no solution; look at `feasible` first.
        """
        if self.values is None:
            raise LookupError(f"there is no solution ({self.termination}); look at `feasible` first")
        return self.values
