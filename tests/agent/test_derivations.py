"""Deriving a problem more than once: when it is done, which answer is kept, what is told of the others."""

from pathlib import Path
from typing import Any

import pytest

from fivefold.api import solve
from fivefold.outcome import Outcome
from fivefold.verdict.derivations import choose, groups, settled
from tests.agent.solving import (
    BOARDS,
    GOOD_PROGRAM,
    NO_BOARDS,
    RIGHT,
    TOYS,
    TOYS_OPTIMUM,
    TURNED,
    rows,
    settings_for,
    toys,
)
from tests.scripted_llm import Rule, ScriptedLLM

BAD_PROGRAM = GOOD_PROGRAM.replace("<= 140", "<= 100")


def derived(rule: Rule, folder: Path, **options: Any) -> tuple[Outcome, list[dict[str, Any]]]:
    with ScriptedLLM(rule) as server:
        return solve(TOYS, settings=settings_for(server.base_url, folder), **options), server.requests


def test_two_that_agree_are_enough(tmp_path: Path) -> None:
    outcome, requests = derived(toys(RIGHT), tmp_path, samples=5)
    assert outcome.verdict.grade == "confirmed" and outcome.objective == TOYS_OPTIMUM
    assert [one.kind for one in outcome.derivations] == ["formulation", "program"]
    assert [(one.kept, one.agrees) for one in outcome.derivations] == [(True, False), (False, True)]
    assert len(requests) == 3
    assert "1 of the others come to the same" in outcome.explanation


def test_another_derivation_is_blind(tmp_path: Path) -> None:
    _, requests = derived(toys(NO_BOARDS, RIGHT), tmp_path, samples=3, rounds=0)
    later = requests[2:]
    assert len(later) == 3
    assert not any("2*trains + 3*boats" in message["content"] for one in later[:2] for message in one["messages"])
    assert later[0]["temperature"] == 0 and later[1]["temperature"] > 0


def test_the_answer_that_others_come_to_is_kept(tmp_path: Path) -> None:
    outcome, _ = derived(toys(NO_BOARDS, RIGHT), tmp_path, samples=3, rounds=0)
    assert outcome.objective == TOYS_OPTIMUM and outcome.verdict.grade == "confirmed"
    assert [one.kept for one in outcome.derivations] == [False, False, True]
    assert outcome.formulation is not None and len(outcome.formulation.constraints) == 2
    assert "others to 420" in outcome.explanation


def test_where_all_differ_the_least_doubtful_is_kept(tmp_path: Path) -> None:
    rule = toys(RIGHT, NO_BOARDS, program=BAD_PROGRAM)
    outcome, _ = derived(rule, tmp_path, samples=3, rounds=0)
    assert outcome.verdict.grade == "suspicious" and outcome.objective == TOYS_OPTIMUM
    assert len(outcome.derivations) == 3 and not any(one.agrees for one in outcome.derivations)
    assert [check.check for check in outcome.verdict.checks] == ["derivations-differ"]
    assert "2 other derivations come to something else" in outcome.explanation


def test_one_derivation_unless_asked(tmp_path: Path) -> None:
    outcome, requests = derived(toys(RIGHT), tmp_path, samples=1)
    assert outcome.verdict.grade == "consistent" and outcome.derivations == () and len(requests) == 2


def test_a_spent_budget_ends_the_derivations(tmp_path: Path) -> None:
    wordy = rows(
        "7*trains + 5*boats", f"{' '.join(f'hour {at}' for at in range(99))}: 2*trains + 3*boats <= 120", BOARDS
    )
    outcome, requests = derived(toys(wordy), tmp_path, samples=5, max_tokens=100)
    assert len(requests) == 2 and "tokens" in outcome.stopped and outcome.objective == TOYS_OPTIMUM


def test_a_program_of_its_own_is_a_derivation_too(tmp_path: Path) -> None:
    outcome, _ = derived(toys(RIGHT), tmp_path, samples=2, free_program=True)
    assert [one.kind for one in outcome.derivations] == ["program", "formulation"]
    assert outcome.formulation is not None, "of two that agree the one that can be checked is kept"


def candidate(objective: float | None, *, program: bool = False, warned: bool = False) -> Any:
    warning = {"code": "sense", "severity": "warning", "where": "", "message": "odd", "mend": ""}
    result = {"exit": "ok", "termination": "optimal", "solution_status": "optimal", "objective": objective}
    return {
        "formulation": None if program else {},
        "findings": [warning] if warned else [],
        "penalty": 4.0 if warned else 0.0,
        "result": None if objective is None else result,
    }


@pytest.mark.parametrize(
    ("candidates", "kept", "enough"),
    [
        ([candidate(None)], 0, False),
        ([candidate(None), candidate(5.0, program=True)], 1, False),
        ([candidate(5.0), candidate(5.0001, program=True)], 0, True),
        ([candidate(5.0, warned=True), candidate(7.0, program=True)], 0, False),
        ([candidate(None), candidate(7.0, program=True)], 1, False),
        ([candidate(5.0), candidate(7.0, program=True), candidate(7.0)], 2, True),
        ([candidate(5.0), candidate(7.0)], 0, False),
        ([candidate(7.0, warned=True), candidate(7.0)], 1, True),
    ],
)
def test_the_choice(candidates: list[Any], kept: int, enough: bool) -> None:
    assert choose(candidates) == kept and settled(candidates) == enough
    assert sorted(place for group in groups(candidates) for place in group) == [
        place for place, one in enumerate(candidates) if one["result"] is not None
    ]


def test_warm_samples_differ_by_seed(tmp_path: Path) -> None:
    _, requests = derived(toys(NO_BOARDS, TURNED, NO_BOARDS, program=BAD_PROGRAM), tmp_path, samples=4, rounds=0)
    seeds = [one["seed"] for one in requests if one["temperature"] > 0]
    assert len(set(seeds)) == 2
