"""HiGHS: linear, mixed-integer and convex quadratic programs."""

from __future__ import annotations

from fivefold_solvers.backends.backend import Backend, Feature, Meaning
from fivefold_solvers.result import SolutionStatus, Termination

_NOTHING = Meaning(Termination.ERROR, SolutionStatus.NONE)
_LIMIT = Meaning(Termination.OTHER_LIMIT, SolutionStatus.FEASIBLE)

STATUSES = {
    "kNotset": Meaning(Termination.UNKNOWN, SolutionStatus.NONE),
    "kLoadError": _NOTHING,
    "kModelError": _NOTHING,
    "kPresolveError": _NOTHING,
    "kSolveError": _NOTHING,
    "kPostsolveError": _NOTHING,
    "kModelEmpty": Meaning(Termination.OPTIMAL, SolutionStatus.OPTIMAL),
    "kOptimal": Meaning(Termination.OPTIMAL, SolutionStatus.OPTIMAL),
    "kInfeasible": Meaning(Termination.INFEASIBLE, SolutionStatus.NONE),
    "kUnboundedOrInfeasible": Meaning(Termination.INFEASIBLE_OR_UNBOUNDED, SolutionStatus.NONE),
    "kUnbounded": Meaning(Termination.UNBOUNDED, SolutionStatus.NONE),
    "kObjectiveBound": _LIMIT,
    "kObjectiveTarget": _LIMIT,
    "kTimeLimit": Meaning(Termination.TIME_LIMIT, SolutionStatus.FEASIBLE),
    "kIterationLimit": _LIMIT,
    "kSolutionLimit": _LIMIT,
    "kInterrupt": _LIMIT,
    "kHighsInterrupt": _LIMIT,
    "kMemoryLimit": _LIMIT,
    "kUnknown": Meaning(Termination.UNKNOWN, SolutionStatus.FEASIBLE),
}
"""Every name of `highspy.HighsModelStatus`."""

HIGHS = Backend(
    name="highs",
    library="highspy",
    engine="highs",
    features=frozenset(Feature) - {Feature.QUADRATIC_ANY, Feature.QUADRATIC_INTEGER},
    statuses=STATUSES,
)
