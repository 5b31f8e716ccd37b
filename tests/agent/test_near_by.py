"""A second search where SCIP came to no end."""

from fivefold.nodes.near_by import is_better, program_near_by
from fivefold_solvers.emit import emit
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Formulation, Objective, Variable
from fivefold_solvers.formulation.lower import lower
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination
from fivefold_solvers.sandbox import run

TEA = Formulation(
    variables=(Variable(name="price"),),
    objective=Objective(sense="maximize", expression="(price - 3)*exp(8 - price/2)"),
)
"""Best at a price of 5, where it comes to 2 times exp(5.5)."""


def stopped(objective: float | None) -> ExecutionResult:
    status = SolutionStatus.NONE if objective is None else SolutionStatus.FEASIBLE
    return ExecutionResult(
        exit=Exit.OK, termination=Termination.TIME_LIMIT, solution_status=status, objective=objective
    )


def test_the_search_near_by_finds_what_a_proof_missed() -> None:
    lowered = lower(check(TEA))
    program = emit(lowered.grounded, "pyomo", rows=lowered.rows, solver="scip", time_limit_s=1)
    other = program_near_by(TEA, program, stopped(1.5))
    assert other is not None and other.solver == "ipopt"
    found = run(other)
    assert found.objective is not None and abs(found.objective - 489.38) < 0.01
    assert is_better(found, stopped(1.5), TEA) and is_better(found, stopped(None), TEA)
    assert not is_better(found, stopped(489.4), TEA) and not is_better(stopped(None), found, TEA)


def test_only_what_was_stopped_is_searched_again() -> None:
    lowered = lower(check(TEA))
    program = emit(lowered.grounded, "pyomo", rows=lowered.rows, solver="scip")
    ended = stopped(3.0).model_copy(update={"termination": Termination.OPTIMAL})
    assert program_near_by(TEA, program, ended) is None
    whole = TEA.model_copy(update={"variables": (Variable(name="price", domain="integer"),)})
    assert program_near_by(whole, program, stopped(3.0)) is None, "IPOPT takes no whole numbers"
    assert program_near_by(TEA, program.model_copy(update={"solver": "highs"}), stopped(3.0)) is None
