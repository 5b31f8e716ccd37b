"""Variables that a text calls free: null for a lower bound means none there, and 0 otherwise."""

import pytest

from fivefold.checks.results import check_result
from fivefold.mends import proposals
from fivefold.reading.free_variables import held_above_zero, says_free, with_free_variables
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable
from fivefold_solvers.formulation.finding import error
from fivefold_solvers.formulation.read import read
from fivefold_solvers.result import ExecutionResult, Exit, SolutionStatus, Termination

FREE = "Minimize 3 times u plus 2 times v with u + v equal to -4. Both are free variables."


@pytest.mark.parametrize(
    ("text", "free"),
    [
        (FREE, True),
        ("All variables u, v and w are free to take any value.", True),
        ("The slack is unrestricted in sign.", True),
        ("u and v can be any real numbers.", True),
        ("The net position may be negative.", True),
        ("Delivery is free for members, and the area is free of charge.", False),
        ("The variables are free of rounding.", False),
        ("How many real houses are needed?", False),
    ],
)
def test_what_says_so(text: str, free: bool) -> None:
    assert says_free(text) is free


def test_null_is_no_bound_where_variables_are_free() -> None:
    written = {
        "variables": [
            {"name": "u", "domain": "continuous", "lower": None, "upper": None},
            {"name": "v", "domain": "continuous", "lower": 0},
            {"name": "n", "domain": "integer", "lower": None},
            "w",
        ],
        "objective": {"sense": "minimize", "expression": "u + v + n + w"},
    }
    found, _ = read(with_free_variables(written, FREE))
    assert found is not None
    assert [variable.lower for variable in found.variables] == ["-inf", 0, 0, 0]
    assert with_free_variables(written, "Buy the cheapest mix.") == written


def test_the_bound_goes_and_not_the_equation() -> None:
    held = Formulation(
        variables=(Variable(name="u"), Variable(name="v")),
        objective=Objective(sense="minimize", expression="3*u + 2*v"),
        constraints=(Constraint(name="balance", expression="u + v == -4"),),
    )
    assert len(held_above_zero(held, FREE)) == 2
    findings = [error("no-room", "constraint 'balance'", "no values within the variables' bounds meet it")]
    mends = proposals(held, FREE, findings)
    assert mends and all("lower bound of 'u' away" in str(mend) for mend in mends), [str(mend) for mend in mends]
    assert not any("free" in mend.why for mend in proposals(held, "Minimize 3u + 2v with u + v = -4.", findings))


def result(objective: float | None, status: SolutionStatus, termination: Termination) -> ExecutionResult:
    return ExecutionResult(exit=Exit.OK, termination=termination, solution_status=status, objective=objective)


def test_what_was_found_in_time_is_not_the_formulations_fault() -> None:
    assert not check_result(result(12.5, SolutionStatus.FEASIBLE, Termination.TIME_LIMIT))
    assert not check_result(result(12.5, SolutionStatus.FEASIBLE, Termination.OPTIMAL)), "a local optimum"
    assert check_result(result(None, SolutionStatus.NONE, Termination.TIME_LIMIT))
    assert check_result(result(-3e15, SolutionStatus.FEASIBLE, Termination.TIME_LIMIT)), "without a limit, it seems"
    assert check_result(result(None, SolutionStatus.NONE, Termination.INFEASIBLE))
