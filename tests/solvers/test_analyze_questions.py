"""Analysis equals a fresh solve by another solver; `python -m tests.solvers.analysis_questions 300` asks more."""

import pytest

from fivefold_solvers.backends.session import Session
from tests.solvers.analysis_questions import CHECKS, question

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
