"""A result against its formulation and the words of the problem: what it says itself, and what falsifies it."""

from __future__ import annotations

from collections.abc import Mapping

from fivefold.checks.battery import run_battery
from fivefold.checks.counted_in import as_counted, as_written
from fivefold.checks.domains import check_values
from fivefold.checks.flows import check_flows
from fivefold.checks.plans import check_plans
from fivefold.checks.tours import check_tours
from fivefold_solvers.formulation.elements import Formulation
from fivefold_solvers.formulation.finding import Finding, error
from fivefold_solvers.formulation.identity import Key
from fivefold_solvers.result import ExecutionResult, Exit, Termination

BATTERY_S = 3.0
"""Seconds for all solves that try to falsify one formulation."""
_BEYOND_SENSE = 1e12
"""Objectives of this size look unlimited, so that a stop at the time limit speaks against the formulation."""
_WORDS = {
    Termination.INFEASIBLE: (
        "no values satisfy all constraints at once",
        "look for a turned-round relation or a wrong number in one of them; where all stand as the problem says, it "
        "asks for more than is possible",
    ),
    Termination.UNBOUNDED: (
        "the objective can be improved without end",
        "a limit that the problem states is missing, or the sense is turned round",
    ),
    Termination.INFEASIBLE_OR_UNBOUNDED: (
        "the program has no solution: infeasible or unbounded",
        "look for a missing limit or a turned-round relation",
    ),
    Termination.TIME_LIMIT: ("the solver ran into its time limit", "write it with tighter bounds"),
}


def check_result(result: ExecutionResult) -> list[Finding]:
    """Return what a result says against its program."""
    if result.exit is not Exit.OK:
        lines = (result.stderr.strip() or result.stdout.strip() or "it printed nothing").splitlines()
        return [error("crash", "the program", f"it ended with {result.exit}: {lines[-1][:300]}")]
    if result.solved or _found_something(result):
        return []
    message, mend = _WORDS.get(result.termination, (f"the solver says {result.termination}", ""))
    return [error("no-optimum", "the solver", message, mend)]


def _found_something(result: ExecutionResult) -> bool:
    """Whether a solver that stopped early, or that searches only near by, left a solution that means something.

    The formulation is not to blame for what was not proved; the answer says that it was not.
    """
    objective = result.objective
    return result.has_solution and (objective is None or abs(objective) < _BEYOND_SENSE)


def falsify(formulation: Formulation, text: str, values: Mapping[str, Mapping[Key, float]]) -> list[Finding]:
    """Return what speaks against a solved formulation: its values, and re-solves with other data.

    Args:
        formulation: without errors, with its data.
        text: the problem in words.
        values: its best solution.
    """
    whole, text = text, as_counted(formulation, text)
    found = [*check_values(formulation, text, values), *check_tours(formulation, text, values)]
    found += [*check_plans(formulation, text, values), *check_flows(formulation, text, values)]
    return as_written([*found, *run_battery(formulation, text, budget_s=BATTERY_S).findings()], text, whole)
