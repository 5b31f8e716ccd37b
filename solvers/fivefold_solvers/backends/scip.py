"""SCIP by way of PySCIPOpt: mixed-integer programs, with a quadratic objective of any shape."""

from __future__ import annotations

from fivefold_solvers.backends.backend import Backend, Feature, Meaning
from fivefold_solvers.result import SolutionStatus, Termination

_LIMIT = Meaning(Termination.OTHER_LIMIT, SolutionStatus.FEASIBLE)
_LIMITS = ("nodelimit", "totalnodelimit", "stallnodelimit", "memlimit", "sollimit", "bestsollimit", "restartlimit")

STATUSES = {
    "unknown": Meaning(Termination.UNKNOWN, SolutionStatus.FEASIBLE),
    "optimal": Meaning(Termination.OPTIMAL, SolutionStatus.OPTIMAL),
    # The gap is the one asked for, which is what optimal means here.
    "gaplimit": Meaning(Termination.OPTIMAL, SolutionStatus.OPTIMAL),
    "infeasible": Meaning(Termination.INFEASIBLE, SolutionStatus.NONE),
    "unbounded": Meaning(Termination.UNBOUNDED, SolutionStatus.NONE),
    "inforunbd": Meaning(Termination.INFEASIBLE_OR_UNBOUNDED, SolutionStatus.NONE),
    "timelimit": Meaning(Termination.TIME_LIMIT, SolutionStatus.FEASIBLE),
    **dict.fromkeys((*_LIMITS, "primallimit", "duallimit", "userinterrupt"), _LIMIT),
}
"""Every name of PySCIPOpt's `PY_SCIP_STATUS`, as `getStatus` spells it."""

SCIP = Backend(
    name="scip",
    library="pyscipopt",
    engine="scip",
    features=frozenset(
        {
            Feature.CONTINUOUS,
            Feature.INTEGER,
            Feature.QUADRATIC_CONVEX,
            Feature.QUADRATIC_ANY,
            Feature.QUADRATIC_INTEGER,
            Feature.UNBOUNDED,
            Feature.START_VALUES,
            Feature.INTERRUPT,
        }
    ),
    statuses=STATUSES,
)
