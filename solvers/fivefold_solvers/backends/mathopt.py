"""GLOP and PDLP by way of OR-Tools' MathOpt: linear programs."""

from __future__ import annotations

from fivefold_solvers.backends.backend import Backend, Feature, Meaning
from fivefold_solvers.result import SolutionStatus, Termination

_LIMIT = Meaning(Termination.OTHER_LIMIT, SolutionStatus.FEASIBLE)
_LIMITS = ("UNDETERMINED", "ITERATION", "NODE", "SOLUTION", "MEMORY", "OBJECTIVE", "NORM", "INTERRUPTED")

STATUSES = {
    "OPTIMAL": Meaning(Termination.OPTIMAL, SolutionStatus.OPTIMAL),
    "INFEASIBLE": Meaning(Termination.INFEASIBLE, SolutionStatus.NONE),
    "UNBOUNDED": Meaning(Termination.UNBOUNDED, SolutionStatus.NONE),
    "INFEASIBLE_OR_UNBOUNDED": Meaning(Termination.INFEASIBLE_OR_UNBOUNDED, SolutionStatus.NONE),
    "IMPRECISE": Meaning(Termination.UNKNOWN, SolutionStatus.FEASIBLE),
    "FEASIBLE": _LIMIT,
    "NO_SOLUTION_FOUND": _LIMIT,
    "NUMERICAL_ERROR": Meaning(Termination.ERROR, SolutionStatus.NONE),
    "OTHER_ERROR": Meaning(Termination.ERROR, SolutionStatus.NONE),
    "limit TIME": Meaning(Termination.TIME_LIMIT, SolutionStatus.FEASIBLE),
    **{f"limit {name}": _LIMIT for name in (*_LIMITS, "SLOW_PROGRESS", "OTHER")},
}
"""Every name of MathOpt's `TerminationReason`, and of its `Limit` behind the word `limit`."""

_LINEAR = frozenset({Feature.CONTINUOUS, Feature.UNBOUNDED, Feature.DUALS, Feature.INTERRUPT})

GLOP = Backend(
    name="glop", library="ortools", engine="mathopt", features=_LINEAR, statuses=STATUSES, engine_name="GLOP"
)
PDLP = Backend(
    name="pdlp",
    library="ortools",
    engine="mathopt",
    features=_LINEAR,
    statuses=STATUSES,
    engine_name="PDLP",
    # A first-order method: its points are near a vertex, not on it.
    tolerance=1e-5,
)
