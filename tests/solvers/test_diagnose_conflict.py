"""Conflicts: minimal by an independent check, never empty, planted rows found, spoken in the problem's words."""

import pytest

from fivefold_solvers.backends.session import solve
from fivefold_solvers.build.from_rows import from_checked
from fivefold_solvers.diagnose.conflict import find_conflict
from fivefold_solvers.diagnose.explain import quickxplain
from fivefold_solvers.diagnose.words import Member
from fivefold_solvers.formulation.check import check
from fivefold_solvers.formulation.elements import Constraint, Formulation, Objective, Source, Variable
from fivefold_solvers.result import Termination
from tests.solvers.infeasible_programs import infeasible_program, tally
from tests.solvers.random_programs import INF, feasible_program, program


def test_planted_conflicts_are_found_and_minimal() -> None:
    total = tally(range(30))
    assert total.empty == 0 and total.not_minimal == 0
    assert total.inside >= 0.95 * total.planted


@pytest.mark.slow
def test_many_planted_conflicts_are_found_and_minimal() -> None:
    total = tally(range(30, 130))
    assert total.empty == 0 and total.not_minimal == 0
    assert total.inside >= 0.95 * total.planted


def test_a_conflict_of_whole_numbers_is_never_empty() -> None:
    """The relaxation is feasible here, and HiGHS' own answer to the question is an empty set."""
    parity = program("minimize", [1, 1, 1], [(0, 10)] * 3, [(5, [2, 2, 0], 5), (-INF, [1, 1, 1], 8)], integer=True)
    found = find_conflict(parity)
    assert found.by_integrality and found.minimal
    assert Member("row", 0) in found.members and Member("row", 1) not in found.members
    assert {Member("whole", 0), Member("whole", 1)} <= set(found.members)
    assert "With fractions they could" in str(found)


def test_bounds_take_part() -> None:
    tight = program("minimize", [1, 1], [(0, 2), (0, 1)], [(5, [1, 1], INF)])
    assert set(find_conflict(tight).members) == {Member("row", 0), Member("upper", 0), Member("upper", 1)}


def test_a_feasible_program_has_no_conflict() -> None:
    found = find_conflict(feasible_program(0))
    assert found.infeasible is False and not found.clauses and "feasible" in str(found)


def test_without_time_nothing_is_claimed() -> None:
    arrays, _ = infeasible_program(1, integer=True)
    found = find_conflict(arrays, limit_s=0.0)
    assert found.infeasible is None and not found.minimal and "within the time" in str(found)


def test_the_words_are_those_of_the_problem() -> None:
    formulation = Formulation(
        variables=(
            Variable(name="loaves", index=("d in {'mon', 'tue'}",), upper=4, source=Source(kind="assumed", reason="r")),
        ),
        objective=Objective(sense="minimize", expression="loaves['mon']"),
        constraints=(
            Constraint(
                name="demand",
                expression="loaves['mon'] + loaves['tue'] >= 12",
                source=Source(kind="stated", quote="sell twelve loaves"),
            ),
        ),
    )
    checked = check(formulation)
    assert checked.ok, checked.findings
    found = find_conflict(from_checked(checked), formulation)
    text = str(found)
    assert "demand: loaves['mon'] + loaves['tue'] >= 12 (\"sell twelve loaves\")" in text
    assert "upper bound loaves['mon'] <= 4 (r)" in text
    clauses = {clause.name: clause for clause in found.clauses}
    assert clauses["loaves['mon']"].element == "loaves" and clauses["loaves['mon']"].key == ("mon",)


@pytest.mark.parametrize("conflict", [{3}, {0, 7}, {1, 2, 9}, set(range(10))])
def test_quickxplain_finds_the_conflict_with_few_questions(conflict: set[int]) -> None:
    asked: list[int] = []

    def conflicting(chosen: object) -> bool:
        asked.append(1)
        return conflict <= set(chosen)  # type: ignore[call-overload]  # any sequence of numbers

    assert set(quickxplain(list(range(10)), conflicting)) == conflict
    assert len(asked) <= 4 * len(conflict) + 8
    assert quickxplain([], conflicting) == []


def test_the_solver_says_infeasible_as_well() -> None:
    for seed in range(6):
        arrays, _ = infeasible_program(seed, integer=seed % 2 == 1)
        assert solve(arrays).termination is Termination.INFEASIBLE
