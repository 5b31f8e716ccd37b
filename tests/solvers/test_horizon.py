"""Schedules without an end of their own: times get bounds that cut off no best plan, or none at all."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_solvers.analyze.instance import instance
from fivefold_solvers.backends.session import solve
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Parameter, Set, Variable
from fivefold_solvers.formulation.horizon import with_horizon
from fivefold_solvers.formulation.lower import lower

ONE_MACHINE = "no_overlap((start[j], time[j]) for j in JOBS)"


def one_machine(times: list[int], due: list[int], **changes: Any) -> Formulation:
    """Jobs on one machine, each late by what it ends after its due time."""
    jobs = tuple(range(len(times)))
    parts: dict[str, Any] = {
        "sets": (Set(name="JOBS", elements=jobs),),
        "parameters": (
            Parameter(name="time", index=("j in JOBS",), values=times),
            Parameter(name="due", index=("j in JOBS",), values=due),
        ),
        "variables": (Variable(name="start", index=("j in JOBS",)), Variable(name="late", index=("j in JOBS",))),
        "objective": Objective(sense="minimize", expression="sum((j + 1)*late[j] for j in JOBS)"),
        "constraints": (
            Constraint(name="machine", expression=ONE_MACHINE),
            Constraint(name="lateness", forall=("j in JOBS",), expression="late[j] >= start[j] + time[j] - due[j]"),
        ),
    }
    return Formulation(**{**parts, **changes})


def bounds(formulation: Formulation) -> list[float]:
    """Upper bounds of the starts with a horizon."""
    checked = check(formulation)
    assert checked.grounded is not None
    found = with_horizon(checked.grounded, checked.rows).variables["start"].bounds
    return [high for _, high in found.values()]


def optimum(formulation: Formulation) -> float | None:
    return solve(instance(formulation).arrays, backend="highs").objective


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 12)), min_size=2, max_size=4),
    st.sampled_from(["continuous", "integer"]),
)
def test_the_best_order_is_found_without_any_bound(jobs: list[tuple[int, int]], domain: Any) -> None:
    times, due = [time for time, _ in jobs], [end for _, end in jobs]
    variables = (
        Variable(name="start", index=("j in JOBS",), domain=domain),
        Variable(name="late", index=("j in JOBS",)),
    )
    best = math.inf
    for order in itertools.permutations(range(len(jobs))):
        ends = dict(zip(order, itertools.accumulate(times[job] for job in order), strict=True))
        best = min(best, sum((job + 1) * max(0, end - due[job]) for job, end in ends.items()))
    assert optimum(one_machine(times, due, variables=variables)) == pytest.approx(best)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=2, max_size=2), st.integers(0, 5))
def test_a_job_shop_with_waits_has_the_makespan_of_its_best_order(times: list[list[int]], wait: int) -> None:
    routes = [[0, 1, 2], [1, 0, 2]]
    shop = Formulation(
        sets=(
            Set(name="JOBS", elements=(0, 1)),
            Set(name="STEPS", elements=(0, 1, 2)),
            Set(name="MACHINES", elements=(0, 1, 2)),
        ),
        parameters=(
            Parameter(name="time", index=("j in JOBS", "k in STEPS"), values=times),
            Parameter(name="on", index=("j in JOBS", "k in STEPS"), values=routes),
        ),
        variables=(Variable(name="start", index=("j in JOBS", "k in STEPS")), Variable(name="makespan")),
        objective=Objective(sense="minimize", expression="makespan"),
        constraints=(
            Constraint(name="in_turn", forall=("j in JOBS", "k in STEPS if k > 0"),
                       expression=f"start[j, k] >= start[j, k-1] + time[j, k-1] + {wait}"),
            Constraint(name="machine", forall=("m in MACHINES",),
                       expression="no_overlap((start[j, k], time[j, k])"
                                  " for j in JOBS for k in STEPS if on[j, k] == m)"),
            Constraint(name="end", forall=("j in JOBS",), expression="makespan >= start[j, 2] + time[j, 2]"),
        ),
    )  # fmt: skip
    best = math.inf
    for orders in itertools.product(((0, 1), (1, 0)), repeat=3):
        best = min(best, _makespan(times, routes, orders, wait))
    assert optimum(shop) == pytest.approx(best)


def _makespan(times: list[list[int]], routes: list[list[int]], orders: tuple[tuple[int, int], ...], wait: int) -> float:
    """Longest path of one order of both jobs on every machine; infinite where the orders go in a circle."""
    start = [[0.0] * 3 for _ in times]
    step = {(job, machine): route.index(machine) for job, route in enumerate(routes) for machine in route}
    for _ in range(20):
        for job, k in itertools.product(range(2), range(1, 3)):
            start[job][k] = max(start[job][k], start[job][k - 1] + times[job][k - 1] + wait)
        for machine, (first, second) in enumerate(orders):
            before, after = step[first, machine], step[second, machine]
            start[second][after] = max(start[second][after], start[first][before] + times[first][before])
    if max(itertools.chain(*start)) > 150:
        return math.inf
    return max(start[job][2] + times[job][2] for job in range(2))


def test_the_bound_is_the_sum_of_what_can_push_a_start() -> None:
    assert bounds(one_machine([3, 5], [6, 9])) == [3 + 5 + 3 + 4] * 2  # times, and lateness from 3 - 6 and 5 - 9


@pytest.mark.parametrize("changes", [
    {"objective": Objective(sense="minimize", expression="sum(late[j] - start[j] for j in JOBS)")},
    {"objective": Objective(sense="maximize", expression="sum(start[j] for j in JOBS)")},
    {"constraints": (Constraint(name="machine", expression=ONE_MACHINE),
                     Constraint(name="early", forall=("j in JOBS",), expression="late[j] >= due[j] - start[j]"))},
    {"constraints": (Constraint(name="machine", expression=ONE_MACHINE),
                     Constraint(name="together", expression="sum(start[j] for j in JOBS) >= 50"))},
    {"constraints": (Constraint(name="machine", expression=ONE_MACHINE),
                     Constraint(name="bonus", expression="implies(start[0] >= 9, late[1] >= 3)"))},
])  # fmt: skip
def test_no_bound_where_a_later_time_could_be_worth_it(changes: dict[str, Any]) -> None:
    formulation = one_machine([3, 5], [6, 9], **changes)
    assert all(map(math.isinf, bounds(formulation)))
    lowered = lower(check(formulation))
    assert not lowered.ok and "finite upper bound" in str(lowered.errors[0])


def test_choices_between_orders_written_as_logic_need_no_bound_either() -> None:
    either = Constraint(
        name="machine",
        expression="start[0] + 3 <= start[1] or start[1] + 5 <= start[0]",
    )
    lateness = one_machine([3, 5], [4, 5]).constraints[1]
    assert optimum(one_machine([3, 5], [4, 5], constraints=(either, lateness))) == pytest.approx(4)


def test_what_nothing_ties_to_a_time_stays_without_a_bound() -> None:
    more = (*one_machine([3, 5], [6, 9]).variables, Variable(name="spare"))
    checked = check(one_machine([3, 5], [6, 9], variables=more))
    assert checked.grounded is not None
    assert math.isinf(with_horizon(checked.grounded, checked.rows).variables["spare"].bounds[()][1])
