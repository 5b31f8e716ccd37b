"""Analysis equals a fresh solve by another solver; `python -m tests.solvers.analysis_questions 300` asks more."""

import time
from dataclasses import replace

import pytest

from fivefold_solvers.analyze.goal_seek import goal_seek
from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.analyze.ranges import Ranges, cost_range
from fivefold_solvers.backends.session import Session
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
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


def test_ranges_of_what_has_no_end_are_as_exact_as_others() -> None:
    """Land without end brings profit without end, and whoever buys dearer than he sells would deal without end."""
    plan = Formulation(
        sets=(Set(name="C", elements=("rape", "oats")), Set(name="S", elements=("wet", "dry"))),
        parameters=(
            Parameter(name="share", index=("s in S",), values=[0.3, 0.7]),
            Parameter(name="gain", index=("c in C", "s in S"), values=[[2.3, 3.1], [3.7, 2.9]]),
            Parameter(name="feed", index=("c in C",), values=[210, 330]),
        ),
        variables=(
            Variable(name="area", index=("c in C",)),
            Variable(name="buy", index=("c in C", "s in S")),
            Variable(name="sell", index=("c in C", "s in S")),
        ),
        objective=Objective(
            sense="maximize",
            expression="sum(sum(share[s]*(171*sell[c,s] - 239*buy[c,s]) for s in S) - 150*area[c] for c in C)",
        ),
        constraints=(
            Constraint(name="land", expression="sum(area[c] for c in C) <= 530"),
            Constraint(
                name="kept", forall=("c in C", "s in S"),
                expression="gain[c,s]*area[c] + buy[c,s] - sell[c,s] >= feed[c]",
            ),
        ),
    )  # fmt: skip
    base = instance(plan)
    with Session() as session:
        solved = session.solve(base.arrays)
        with Ranges(base, solved, session) as ranges:
            land, buying = ranges.row(0), ranges.cost(base.column("buy", ("oats", "dry")))
    assert land is not None and land.slopes is not None and solved.duals is not None
    assert land.slopes == pytest.approx([solved.duals[0]] * 2) and land.low < 530 and land.high == float("inf")
    assert buying is not None and buying.exact and buying.low == -float("inf")
    # More is bought and sold again as soon as that pays: at the price of what is kept, which is the limit's dual value.
    kept = float(solved.duals[base.arrays.constraint("kept")[0].start + 3])
    assert buying.high == pytest.approx(kept, rel=1e-9)


def test_a_whole_number_whose_worth_has_no_end_is_ranged_to_where_another_solution_overtakes() -> None:
    plan = Formulation(
        variables=(Variable(name="boxes", domain="integer"), Variable(name="bags", upper=7), Variable(name="debt")),
        objective=Objective(sense="maximize", expression="70000*boxes + 3*bags - 12*debt"),
        constraints=(
            Constraint(name="room", expression="5*boxes + bags <= 33"),
            Constraint(name="money", expression="4*bags - 3*debt <= 7"),
        ),
    )
    base = instance(plan)
    with Session() as session:
        solved = session.solve(base.arrays)
        found = cost_range(base, base.column("debt"), solved, session)
    assert found is not None and found.exact
    # One debt makes room for three quarters of a bag, which bring 2.25.
    assert found.low == -float("inf") and found.high == pytest.approx(-2.25, rel=1e-9)


def test_a_range_that_ends_where_the_objective_has_no_end_is_as_near_as_any() -> None:
    """Missing and exceeding an aim at no cost: nothing keeps them apart as soon as missing it pays."""
    plan = Formulation(
        variables=(
            Variable(name="shifts", domain="integer", upper=50),
            Variable(name="short"),
            Variable(name="over"),
            Variable(name="idle"),
        ),
        objective=Objective(sense="minimize", expression="10000*short + idle"),
        constraints=(
            Constraint(name="calls", expression="7*shifts + short - over == 260"),
            Constraint(name="desks", expression="shifts + idle >= 60"),
            Constraint(name="pay", expression="2*shifts <= 90"),
        ),
    )
    base = instance(plan)
    with Session() as session:
        solved = session.solve(base.arrays)
        found = cost_range(base, base.column("short"), solved, session)
    assert found is not None and (found.low, found.high) == (0, float("inf"))


def test_a_value_without_any_plan_says_nothing_against_the_others() -> None:
    plan = Formulation(
        parameters=(Parameter(name="most", values=5), Parameter(name="shares", values=[0.5, 2], index=("i in I",))),
        sets=(Set(name="I", elements=("a", "b")),),
        variables=(Variable(name="vats", lower=3, upper="most"), Variable(name="kegs", upper=9)),
        objective=Objective(sense="maximize", expression="shares['b']*vats + kegs"),
        constraints=(Constraint(name="room", expression="vats + kegs <= 10"),),
    )
    found = goal_seek(instance(plan), "most", 0, 10, at_least=14)
    assert found.met == ((pytest.approx(4), 10.0),)
    assert "There is no plan at 0, for one: lower bound 3 is above upper bound 0" in str(found)
    with pytest.raises(BuildError, match="above upper bound"):
        goal_seek(instance(plan), "most", 0, 2, at_least=14)
    entry = goal_seek(instance(plan), "shares", 0, 4, at_most=14, key=("b",))
    assert entry.met == ((0.0, pytest.approx(1.8)),)


def test_goal_seek_on_thousands_of_rows_does_not_write_them_out_each_time() -> None:
    plan = Formulation(
        parameters=(Parameter(name="pace", values=3),),
        sets=(Set(name="T", expression="range(1, 4001)"),),
        variables=(Variable(name="made", index=("t in T",), upper=2), Variable(name="kept", index=("t in T",))),
        objective=Objective(sense="maximize", expression="sum(made[t] - 0.01*kept[t] for t in T)"),
        constraints=(
            Constraint(
                name="flow", forall=("t in T",),
                expression="(kept[prev(t)] if t > first(T) else 0) + made[t] == pace/2 + kept[t]",
            ),
        ),
    )  # fmt: skip
    base = instance(plan)
    started = time.process_time()
    found = goal_seek(base, "pace", 0, 4, at_least=5000)
    spent = time.process_time() - started
    # What is made beyond the need is kept to the end, which pays in the last 99 periods only.
    extra = sum(1 - 0.01 * k for k in range(1, 100))
    assert found.met == ((pytest.approx((5000 - 2 * extra) / (2000 - extra / 2)), 4.0),)
    started = time.process_time()
    instance(plan)
    assert spent < 8 * (time.process_time() - started), "thirty solves cost less than eight times writing the rows out"
