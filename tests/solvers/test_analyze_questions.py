"""Analysis equals a fresh solve by another solver; `python -m tests.solvers.analysis_questions 300` asks more."""

from dataclasses import replace

import pytest

from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.analyze.ranges import cost_range
from fivefold_solvers.backends.session import Session
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Variable
from fivefold_solvers.result import Termination
from tests.solvers.analysis_questions import CHECKS, question
from tests.solvers.random_programs import INF, program

FEW = 2 * len(CHECKS)


@pytest.mark.parametrize("kind", range(len(CHECKS)), ids=[check.__name__ for check in CHECKS])
def test_answers_equal_a_fresh_solve(kind: int) -> None:
    with Session() as session:
        for seed in range(kind, FEW, len(CHECKS)):
            name, fault = question(seed, session)
            assert fault is None, f"{name} {seed}: {fault}"


@pytest.mark.slow
def test_many_answers_equal_a_fresh_solve() -> None:
    with Session() as session:
        faults = [(seed, *question(seed, session)) for seed in range(FEW, 150)]
    assert [fault for fault in faults if fault[2]] == []


def test_the_worth_of_a_decision_without_any_limit_cannot_move_at_all() -> None:
    """Any other coefficient makes the objective endless; a solver may stop there with some point that is not best."""
    plan = Formulation(
        variables=(
            Variable(name="free", lower="-inf"),
            Variable(name="a", lower=-2, upper=5),
            Variable(name="b", lower="-inf", upper=-1),
            Variable(name="c", lower=-3, upper=4),
        ),
        objective=Objective(sense="maximize", expression="3*c - a - 2*b + 0*free"),
        constraints=(
            Constraint(name="room", expression="-2*b - c <= 1"),
            Constraint(name="least", expression="a >= 1"),
            Constraint(name="most", expression="a + b - c <= 10"),
        ),
    )
    base = instance(plan)
    with Session() as session:
        solved = session.solve(base.arrays)
        found = cost_range(base, base.column("free"), solved, session)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([0, 0], abs=1e-6)


def test_a_resolve_of_an_endless_program_is_unbounded_after_others_were() -> None:
    arrays = program(
        "maximize",
        [0, -1, -2, 3],
        [(-INF, INF), (-2, 5), (-INF, -1), (-3, 4)],
        [(-INF, [0, 0, -2, -1], 1), (-INF, [0, -1, 0, 0], -1), (-INF, [0, 1, 1, -1], 10)],
    )
    with Session() as session:
        for worth in (-4.1, -3.9, -3.8):
            cost = arrays.cost.copy()
            cost[0] = worth
            assert session.solve(replace(arrays, cost=cost)).termination is Termination.UNBOUNDED, worth
