"""One suite over all back-ends: feasibility, integrality, duals and optimality, not only the number."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from fivefold_solvers.backends.backend import Backend, Feature
from fivefold_solvers.backends.reading import violation
from fivefold_solvers.backends.registry import BACKENDS, UnusableError, choose
from fivefold_solvers.backends.session import Session, solve
from fivefold_solvers.backends.solved import Event, Options, Solved
from fivefold_solvers.backends.worker import taken
from fivefold_solvers.build.arrays import Arrays
from fivefold_solvers.build.errors import BuildError
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.result import FEASIBILITY_TOLERANCE, SolutionStatus, Termination
from tests.solvers.corpus_cases import FOLDER, load, names
from tests.solvers.random_programs import INF, dense, feasible_program, program

USABLE = [backend for backend in BACKENDS.values() if backend.available() is None]
LINEAR = [backend for backend in USABLE if Feature.CONTINUOUS in backend.features]
WHOLE = [backend for backend in USABLE if Feature.INTEGER in backend.features]


def named(backend: Backend) -> str:
    return backend.name


def loose(backend: Backend) -> float:
    return 1e-3 if backend.name == "pdlp" else 1e-6


def check_point(arrays: Arrays, solved: Solved, tolerance: float) -> None:
    values = solved.solution()
    assert violation(arrays, values) <= tolerance
    whole = values[arrays.integer]
    assert (whole == np.round(whole)).all()
    assert solved.objective == pytest.approx(arrays.objective(values), abs=1e-9)
    assert solved.row_values is not None
    assert solved.row_values == pytest.approx(dense(arrays) @ values, abs=1e-9)


def check_duals(arrays: Arrays, solved: Solved, tolerance: float) -> None:
    """Signs, complementary slackness, stationarity and strong duality, in the convention of `result`."""
    assert solved.duals is not None and solved.reduced_costs is not None and solved.row_values is not None
    values, sign = solved.solution(), -1.0 if arrays.sense == "maximize" else 1.0
    gradient = arrays.cost.copy()
    if arrays.quadratic is not None:
        for first, second, factor in zip(*arrays.quadratic, strict=True):
            gradient[first] += factor * values[second]
            gradient[second] += factor * values[first]
    assert gradient == pytest.approx(dense(arrays).T @ solved.duals + solved.reduced_costs, abs=tolerance)
    scale = 1 + float(np.abs(gradient).max())
    for low, high, at, dual in (
        (arrays.row_lower, arrays.row_upper, solved.row_values, solved.duals),
        (arrays.lower, arrays.upper, values, solved.reduced_costs),
    ):
        for least, most, v, d in zip(low, high, at, sign * dual, strict=True):
            # More of a lower limit never makes a minimum smaller, more of an upper limit never larger.
            if d > tolerance * scale:
                assert v == pytest.approx(least, abs=10 * tolerance * max(1, abs(least)))
            if d < -tolerance * scale:
                assert v == pytest.approx(most, abs=10 * tolerance * max(1, abs(most)))
    if arrays.quadratic is None:
        total = arrays.offset
        for low, high, dual in (
            (arrays.row_lower, arrays.row_upper, solved.duals),
            (arrays.lower, arrays.upper, solved.reduced_costs),
        ):
            side = np.where(sign * dual > 0, low, high)
            held = np.abs(dual) > 1e-9 * scale if tolerance <= 1e-6 else np.abs(dual) > tolerance
            total += float((dual[held] * side[held]).sum())
        assert total == pytest.approx(solved.objective, rel=100 * tolerance, abs=100 * tolerance)


@pytest.mark.parametrize("backend", LINEAR, ids=named)
def test_linear_programs_meet_the_optimality_conditions(backend: Backend) -> None:
    tolerance = loose(backend)
    with Session(backend.name) as session, Session("highs") as reference:
        for seed in range(12):
            arrays = feasible_program(seed)
            solved = session.solve(arrays)
            assert solved.termination is Termination.OPTIMAL, solved.message
            check_point(arrays, solved, 10 * backend.tolerance)
            assert solved.objective == pytest.approx(reference.solve(arrays).objective, rel=tolerance, abs=tolerance)
            if Feature.DUALS in backend.features:
                check_duals(arrays, solved, tolerance)


@pytest.mark.parametrize("backend", WHOLE, ids=named)
def test_integer_programs_equal_enumeration(backend: Backend) -> None:
    with Session(backend.name) as session:
        for seed in range(8):
            arrays = feasible_program(seed, integer=True, n=3, m=3)
            solved = session.solve(arrays)
            assert solved.termination is Termination.OPTIMAL, solved.message
            check_point(arrays, solved, backend.tolerance)
            ranges = [range(int(low), int(high) + 1) for low, high in zip(arrays.lower, arrays.upper, strict=True)]
            points = [np.array(point, float) for point in product(*ranges)]
            worths = [arrays.objective(point) for point in points if violation(arrays, point) <= 1e-9]
            assert solved.objective == pytest.approx(max(worths) if arrays.sense == "maximize" else min(worths))
            assert solved.bound == pytest.approx(solved.objective, abs=1e-5)
            assert solved.duals is None


@pytest.mark.parametrize(
    "backend", [backend for backend in USABLE if Feature.QUADRATIC_CONVEX in backend.features], ids=named
)
def test_convex_quadratic_programs(backend: Backend) -> None:
    with Session(backend.name) as session:
        for seed in range(8):
            arrays = feasible_program(seed, n=4, m=3, quadratic=True)
            solved = session.solve(arrays)
            assert solved.termination is Termination.OPTIMAL, solved.message
            check_point(arrays, solved, 10 * backend.tolerance)
            if Feature.DUALS in backend.features:
                check_duals(arrays, solved, 1e-5)


@pytest.mark.parametrize("backend", LINEAR, ids=named)
def test_infeasible_and_unbounded_are_told_apart(backend: Backend) -> None:
    never = program("minimize", [1, 1], [(0, 1), (0, 1)], [(3, [1, 1], INF)])
    assert solve(never, backend=backend.name).termination is Termination.INFEASIBLE
    endless = program("maximize", [1, 1], [(0, INF), (0, INF)], [(-INF, [1, -1], 4)])
    found = solve(endless, backend=backend.name)
    assert found.termination in (Termination.UNBOUNDED, Termination.INFEASIBLE_OR_UNBOUNDED)
    assert found.solution_status is SolutionStatus.NONE and found.values is None and found.objective is None


@pytest.mark.parametrize("backend", USABLE, ids=named)
def test_changes_give_what_a_fresh_solve_gives(backend: Backend) -> None:
    """Bounds, costs, right-hand sides, coefficients, sense, rows that come and go: each change, then all back."""
    whole = Feature.CONTINUOUS not in backend.features
    tolerance = 1e-3 if backend.name == "pdlp" else 1e-6
    base = feasible_program(3, integer=whole)
    cost, upper, sides = base.cost.copy(), base.upper.copy(), base.row_upper.copy()
    cost[0], upper[1], coefficients = cost[0] + 3, upper[1] + 2, base.coefficients.copy()
    sides[np.isfinite(sides)] += 1
    coefficients[0] += 1
    more = program(base.sense, base.cost.tolist(), list(zip(base.lower, base.upper, strict=True)), [
        *((low, body, high) for low, body, high in zip(base.row_lower, dense(base), base.row_upper, strict=True)),
        (-INF, [1.0] * base.column_count, float(base.upper.sum() / 2)),
    ], integer=whole, offset=base.offset)  # fmt: skip
    sense = "minimize" if base.sense == "maximize" else "maximize"
    steps = [
        base,
        replace(base, cost=cost),
        replace(base, upper=upper, offset=7.0),
        replace(base, row_upper=sides, row_lower=np.where(base.row_lower == base.row_upper, sides, base.row_lower)),
        replace(base, coefficients=coefficients),
        replace(base, sense=sense),
        more,
        base,
    ]
    with Session(backend.name) as session:
        for step in steps:
            warm, fresh = session.solve(step), solve(step, backend=backend.name)
            assert warm.termination is fresh.termination, warm.message
            if fresh.objective is not None:
                assert warm.objective == pytest.approx(fresh.objective, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("backend", USABLE, ids=named)
def test_every_status_of_the_solver_has_a_meaning(backend: Backend) -> None:
    with taken(backend.library) as worker:
        reply, _ = worker.ask({"op": "statuses", "engine": backend.engine}, limit_s=10)
    names = set(reply["statuses"])
    assert len(names) >= 5
    # Later releases may know more words than this one; that none is missing is what counts.
    assert names <= set(backend.statuses)


def test_domains_can_change_between_solves() -> None:
    relaxed = feasible_program(5, integer=None)
    with Session() as session:
        mixed = session.solve(relaxed)
        loose_one = session.solve(replace(relaxed, integer=np.zeros(relaxed.column_count, bool)))
        assert loose_one.duals is not None and mixed.duals is None
        assert session.solve(relaxed).objective == pytest.approx(mixed.objective)
        assert loose_one.objective is not None and mixed.objective is not None
        sign = 1 if relaxed.sense == "maximize" else -1
        assert sign * loose_one.objective >= sign * mixed.objective - 1e-6


def test_a_program_goes_to_the_first_back_end_that_takes_it() -> None:
    assert choose(feasible_program(0)).name == "highs"
    hollow = program("minimize", [0, 0], [(-1, 1), (-1, 1)], [], quadratic={(0, 1): 1.0})
    with pytest.raises(UnusableError, match="does not take any quadratic objective"):
        solve(hollow)
    if BACKENDS["scip"].available() is None:
        assert solve(hollow, backend="auto").objective == pytest.approx(-1)
    with pytest.raises(UnusableError, match="there are highs"):
        solve(hollow, backend="nobody")


def test_fractions_are_scaled_exactly_or_refused() -> None:
    rows = [(0.9, [1 / 3, 0.1], INF), (-INF, [0.25, 1.5], 4.3)]
    thirds = program("minimize", [0.5, 0.75], [(0, 9), (0, 9)], rows, integer=True)
    assert solve(thirds, backend="cpsat").objective == pytest.approx(solve(thirds).objective)
    with pytest.raises(UnusableError, match="no fraction"):
        solve(replace(thirds, coefficients=thirds.coefficients * np.pi), backend="cpsat")
    # A row gives the bound; without it there is none.
    endless = replace(thirds, upper=np.array([INF, 9]))
    assert solve(endless, backend="cpsat").objective == pytest.approx(solve(endless).objective)
    with pytest.raises(UnusableError, match="has none"):
        solve(replace(endless, row_upper=np.full(2, INF)), backend="cpsat")
    with pytest.raises(UnusableError, match="continuous"):
        solve(feasible_program(0), backend="cpsat")


def test_empty_programs_and_rows_of_nothing() -> None:
    for backend in LINEAR:
        free = program("maximize", [2.0], [(0, 3)], [], offset=1.0)
        assert solve(free, backend=backend.name).objective == pytest.approx(7.0, abs=1e-4)
        hollow = program("maximize", [2.0], [(0, 3)], [(1.0, [0.0], INF)])
        assert solve(hollow, backend=backend.name).values is None


@pytest.mark.parametrize("backend", LINEAR, ids=named)
@pytest.mark.parametrize("relation", ["unbounded", "infeasible"])
def test_which_of_infeasible_and_unbounded_it_is_is_found_out(backend: Backend, relation: str) -> None:
    rows = [(-INF, [1.0, 1.0, 0.0], 1.0), (2.0, [1.0, 1.0, 0.0], INF)]
    found = solve(program("maximize", [1.0] * 3, [(0, INF)] * 3, rows[: 1 if relation == "unbounded" else 2]),
                  backend=backend.name)  # fmt: skip
    assert found.termination.value == relation and found.values is None and found.objective is None


def test_which_of_the_two_an_integer_program_is_is_found_out_and_solving_goes_on() -> None:
    row = (1.0, [3.0, -2.0], 1.0)
    without_end = program("maximize", [1.0, 1.0], [(-INF, INF)] * 2, [row], integer=True)
    for name in [backend.name for backend in USABLE if {Feature.INTEGER, Feature.UNBOUNDED} <= backend.features]:
        events: list[Event] = []
        with Session(name) as session:
            found = session.solve(without_end, on_event=events.append)
            assert found.termination is Termination.UNBOUNDED and found.values is None, name
            # Points on the way may be told, those of the solve without an objective may not: theirs is 0.
            assert all(event.objective and event.bound is None for event in events), name
            known = session.solve(replace(without_end, upper=np.array([7.0, 20.0])))
            assert known.objective == pytest.approx(17), name


@pytest.mark.parametrize("backend", WHOLE, ids=named)
def test_no_start_keeps_a_solver_from_what_is_best(backend: Backend) -> None:
    """HiGHS 1.16.0 calls some of these starts optimal, with an objective that is not theirs."""
    rows = [(33.0, [6.0, 3, 3, 3, 6], INF), (33.0, [4.0, 2, 6, 1, 5], INF), (29.0, [4.0, 2, 5, 1, 4], INF)]
    most = (2, 3, 4, 2, 2)
    arrays = program("minimize", [22.0, 11, 28, 12, 10], [(0, end) for end in most], rows, integer=True)
    points = [np.array(point, float) for point in product(*(range(end + 1) for end in most))]
    starts = [point for point in points if violation(arrays, point) <= 0]
    assert len(starts) == 103
    for start in starts:
        with Session(backend.name) as session:
            found = session.solve(arrays, options=Options(start=start))
        check_point(arrays, found, 0)
        assert found.objective == pytest.approx(142), start


@pytest.mark.parametrize("backend", [one for one in LINEAR if one.name in {"highs", "scip", "glop"}], ids=named)
def test_an_objective_beyond_what_a_solver_takes_for_infinite_is_no_missing_optimum(backend: Backend) -> None:
    greatest = program("maximize", [1e8, -1.0], [(0, 1e13), (0, INF)], [(-INF, [1.0, -1.0], 5.0)])
    assert solve(greatest, backend=backend.name).objective == pytest.approx(1e21)
    least = program("minimize", [1e9], [(1e12, INF)], [(3.0, [1.0], INF)])
    assert solve(least, backend=backend.name).objective == pytest.approx(1e21)
    # Bounds of that size are none.
    far = program("maximize", [1.0, -1.0], [(0, 1e20), (0, INF)], [(-INF, [1.0, -1.0], 5.0)])
    if backend.name != "glop":
        assert solve(far, backend=backend.name).objective == pytest.approx(5)


@pytest.mark.parametrize("backend", USABLE, ids=named)
def test_a_program_without_variables_is_its_constant_or_infeasible(backend: Backend) -> None:
    """As where the data has no line: a set is empty, and so is everything over it."""
    alone = solve(program("maximize", [], [], [(-INF, [], 1.0)], offset=3.0), backend=backend.name)
    assert alone.optimal and alone.objective == 3.0
    never = solve(program("maximize", [], [], [(1.0, [], INF)]), backend=backend.name)
    assert never.termination is Termination.INFEASIBLE


def test_ranging_and_basis_come_when_wanted() -> None:
    known = program("maximize", [3, 5], [(0, INF)] * 2, [(-INF, [1, 0], 4), (-INF, [0, 2], 12), (-INF, [3, 2], 18)])
    plain = solve(known)
    assert plain.basis is None and plain.ranging is None
    rich = solve(known, options=Options(want=frozenset({"basis", "ranging"})))
    assert rich.basis is not None and rich.basis.columns.tolist() == [1, 1]
    assert rich.ranging is not None
    assert rich.ranging.row.down.tolist()[1:] == [6, 12] and rich.ranging.row.up.tolist()[1:] == [18, 24]
    assert rich.ranging.cost.down.tolist() == pytest.approx([0, 2])
    assert rich.ranging.cost.up.tolist() == pytest.approx([7.5, INF])


def test_auto_goes_to_another_back_end_where_a_change_needs_it() -> None:
    if BACKENDS["scip"].available() is not None:
        pytest.skip("not installed")
    arrays = feasible_program(2, n=3, m=2, quadratic=True)
    with Session("auto") as session:
        assert session.solve(arrays).backend == "highs"
        assert session.solve(replace(arrays, integer=np.ones(3, bool))).backend == "scip"


@pytest.mark.parametrize("name", names())
def test_the_corpus_has_its_known_optima(name: str) -> None:
    case = load(FOLDER / f"{name}.json")
    try:
        arrays = from_checked(case.lowered)
    except BuildError:
        pytest.skip("not linear or quadratic")
    takers = [one for one in USABLE if one.refuses(arrays) is None and one.name != "pdlp"]
    assert takers
    for backend in takers:
        solved = solve(arrays, backend=backend.name)
        if case.status == "optimal":
            assert solved.termination is Termination.OPTIMAL, (backend.name, solved.message)
            assert solved.objective == pytest.approx(case.optimum or 0, rel=1e-6, abs=1e-6)
        else:
            assert solved.termination.value in (case.status, "infeasible_or_unbounded"), backend.name


@pytest.mark.parametrize("backend", WHOLE, ids=named)
def test_integers_may_have_bounds_between_whole_numbers(backend: Backend) -> None:
    """Of HiGHS 1.15, presolve calls the first infeasible and the second optimal at -67.2."""
    halves = program(
        "minimize",
        [0, 1, 0, 0],
        [(0, 1.5), (0, 0.5), (0, 1), (0, 1)],
        [(-1, [0, -2, -1, 0], INF), (0, [0, 1, 0, -4], INF), (1, [0, 0, 1, 1], INF)],
        integer=True,
    )
    falling = program(
        "minimize", [-2, -2, 5], [(-2, 1.5), (-2, 1.5), (0.25, 1)], [(-3, [0, -3, -1], INF)], integer=True
    )
    none = program("minimize", [1], [(0.3, 0.7)], [], integer=True)
    changed = replace(halves, upper=np.array([1.5, 0.5, 1, 0.5]), lower=np.array([0.5, 0, 0, -0.5]))
    with Session(backend.name) as session:
        assert [session.solve(each).objective for each in (halves, changed, falling, none)] == [0, 0, 3, None]
        assert session.solve(none).termination is Termination.INFEASIBLE


def test_rounding_in_terms_of_billions_is_no_violation_and_a_wrong_point_is() -> None:
    big = 4e9 / 3
    arrays = program("minimize", [1, 1], [(0, INF), (0, INF)], [(0, [0.3, -0.1], 0)])
    # The terms are 4e8 each; a ten-thousandth of one is what sums of them cannot tell.
    assert violation(arrays, np.array([big, 3 * big + 1e-3])) <= FEASIBILITY_TOLERANCE
    assert violation(arrays, np.array([big, 3 * big + 1])) == pytest.approx(0.1, rel=1e-2)
    assert violation(arrays, np.array([1.0, 3.0 + 1e-3])) == pytest.approx(1e-4)
