"""Least relaxations, unbounded directions and the spread of numbers, each against an independent check."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from fivefold_solvers.backends.session import Session, solve
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.diagnose.failure import explain_failure
from fivefold_solvers.diagnose.numerics import numerics
from fivefold_solvers.diagnose.relax import Relaxation, relaxations
from fivefold_solvers.diagnose.unbounded import find_direction
from fivefold_solvers.result import Termination
from tests.solvers.infeasible_programs import infeasible_program
from tests.solvers.random_programs import INF, dense, feasible_program, program


def moved(arrays: Arrays, way: Relaxation) -> Arrays:
    """Return the program with the limits where the relaxation puts them."""
    lower, upper = arrays.row_lower.copy(), arrays.row_upper.copy()
    for move in way.moves:
        place = move.clause.member.place
        if lower[place] == upper[place]:
            lower[place] = upper[place] = move.after
        else:
            (lower if move.side == "lower" else upper)[place] = move.after
    return replace(arrays, row_lower=lower, row_upper=upper)


def least_violation(arrays: Arrays) -> float:
    """Return the least total violation, from a program written down here and not by the product."""
    n, m = arrays.column_count, arrays.row_count
    rows = [
        (low, [*body, *(float(i == k) for k in range(m)), *(-float(i == k) for k in range(m))], high)
        for i, (low, body, high) in enumerate(zip(arrays.row_lower, dense(arrays), arrays.row_upper, strict=True))
    ]
    bounds = [*zip(arrays.lower, arrays.upper, strict=True), *[(0.0, INF)] * (2 * m)]
    integer = [*arrays.integer, *[False] * (2 * m)]
    elastic = program("minimize", [0.0] * n + [1.0] * (2 * m), bounds, rows, integer=integer)
    objective = solve(elastic).objective
    assert objective is not None
    return objective


def test_the_first_relaxation_is_the_least_and_each_makes_the_program_feasible() -> None:
    with Session() as session:
        for seed in range(16):
            arrays, _ = infeasible_program(seed, integer=seed % 2 == 1)
            ways = relaxations(arrays, session=session)
            assert ways and ways[0].least
            assert ways[0].cost == pytest.approx(least_violation(arrays), abs=1e-5)
            costs = [way.cost for way in ways]
            assert all(later >= earlier - 1e-5 for earlier, later in pairwise(costs))
            sets = [{(move.clause.member, move.side) for move in way.moves} for way in ways]
            assert all(sets.count(one) == 1 for one in sets)
            for way in ways:
                assert way.cost == pytest.approx(sum(move.by for move in way.moves))
                again = solve(moved(arrays, way))
                assert again.feasible and way.objective == pytest.approx(again.objective, abs=1e-5)


def test_weights_say_what_should_rather_give() -> None:
    tight = program("minimize", [1, 1], [(0, 10)] * 2, [(5, [1, 1], INF), (-INF, [1, 1], 2)])
    assert {move.clause.member.place for move in relaxations(tight)[0].moves} <= {0, 1}
    bounded = program("minimize", [1, 1], [(0, 2), (0, 1)], [(5, [1, 1], INF)])
    (first,) = relaxations(bounded, weights={"row": INF, "x": 2}, count=1)
    assert first.cost == pytest.approx(4) and all(move.clause.element == "x" for move in first.moves)
    assert relaxations(bounded, weights={"row": INF}) == ()
    assert relaxations(bounded, bounds=True, relative=True)[0].cost == pytest.approx(0.4)
    assert "instead of 5" in str(relaxations(bounded)[0])


def test_an_unbounded_direction_keeps_every_limit_and_the_named_bounds_stop_it() -> None:
    seen = 0
    with Session() as session:
        for seed in range(40):
            base = feasible_program(seed, m=2)
            opened = replace(base, upper=np.where(np.arange(base.column_count) % 2 == 0, INF, base.upper))
            found = find_direction(opened, session=session)
            unbounded = solve(opened).termination is Termination.UNBOUNDED
            assert bool(found.steps) == unbounded, seed
            if not unbounded:
                continue
            seen += 1
            direction = np.zeros(base.column_count)
            for step in found.steps:
                direction[step.column] = step.by
            gain = float(opened.cost @ direction) * (1 if opened.sense == "maximize" else -1)
            along = dense(opened) @ direction
            assert gain == pytest.approx(1, abs=1e-6) and found.feasible
            assert (along[np.isfinite(opened.row_upper)] <= 1e-7).all()
            assert (along[np.isfinite(opened.row_lower)] >= -1e-7).all()
            assert (direction >= 0).all() and set(np.flatnonzero(direction)) <= set(range(0, base.column_count, 2))
            for group in [[step] for step in found.alone] or [list(found.together)]:
                upper = opened.upper.copy()
                upper[[step.column for step in group]] = 1000.0
                assert solve(replace(opened, upper=upper)).termination is Termination.OPTIMAL
    assert seen >= 10


def test_directions_in_words() -> None:
    endless = program("maximize", [1, 1, 0], [(0, INF)] * 3, [(-INF, [1, -1, 0], 4)])
    assert "An upper bound on x[1] would stop it." in str(find_direction(endless))
    both = find_direction(program("minimize", [1, 0], [(-INF, INF)] * 2, [(0, [1, 1], 0)]))
    assert {step.missing for step in both.alone} == {"a lower bound on x[0]", "an upper bound on x[1]"}
    nowhere = find_direction(program("maximize", [1.0], [(0, 1)], []))
    assert not nowhere.steps and "no direction" in str(nowhere)
    never = program("maximize", [1, 0], [(0, INF), (0, 1)], [(3, [0, 1], INF)])
    assert find_direction(never).feasible is False


def test_a_convex_part_stops_a_direction() -> None:
    bowl = program("minimize", [-1, 0], [(-INF, INF)] * 2, [], quadratic={(0, 0): 1.0})
    assert not find_direction(bowl).steps
    valley = program("minimize", [-1, 0], [(-INF, INF)] * 2, [], quadratic={(1, 1): 1.0})
    assert [step.column for step in find_direction(valley).steps] == [0]


def test_numbers_that_are_far_apart_are_named_with_their_places() -> None:
    switch = program("minimize", [1, 2e7], [(0, 9), (0, 1)], [(-INF, [1, -1e8], 0)], integer=[False, True])
    found = numerics(switch)
    text = str(found)
    assert "coefficients of the rows: 1 (x[0] in row[0]) to 100000000 (x[1] in row[0])" in text
    assert "x[1] = 0.000001 counts as 0 and lets 100 through" in text
    assert len(found.advice) == 3
    assert not numerics(feasible_program(0)).advice


def test_everything_about_a_failure_in_one_call() -> None:
    arrays, _ = infeasible_program(3, integer=True)
    failure = explain_failure(arrays, solve(arrays))
    assert failure.conflict is not None and failure.relaxations and failure.direction is None
    assert "What would make it possible" in str(failure)
    # Here only bounds can give.
    bounded = program("minimize", [1, 1], [(2, 5), (2, 1)], [])
    assert "with" in str(explain_failure(bounded, solve(bounded)))
    endless = program("maximize", [1, 1], [(0, INF)] * 2, [])
    assert "improves without end" in str(explain_failure(endless, solve(endless)))
    fine = feasible_program(0)
    assert "nothing failed" in str(explain_failure(fine, solve(fine)))
    broken = explain_failure(fine, solve(fine, no_such_option=1))
    assert "no_such_option" in str(broken) and broken.conflict is None


def test_amounts_that_a_solver_leaves_short_by_a_hair_are_made_to_suffice() -> None:
    """HiGHS brings 5.499999 for 5.5 here, with which its presolve finds no solution."""
    arrays = program(
        "maximize",
        [1, 2, 0.5],
        [(-1, 2), (-3, 4), (-1, 5)],
        [
            (-INF, [1, -1, 2], -1),
            (-10, [-1, 0.5, 3], INF),
            (-INF, [-1, 0.5, 3], -3),
            (-INF, [-2, 3, -1], -3),
            (5, [-1, 0.5, 2], 5),
            (-INF, [3, -2, 0], 5),
        ],
        integer=[True, True, False],
    )
    ways = relaxations(arrays)
    assert ways
    for way in ways:
        assert way.objective is not None
        assert all(move.by == round(move.by, 4) for move in way.moves), str(way)
        assert solve(moved(arrays, way)).optimal
