"""How far a run got, and how a wrong answer stands to the right one, in one of three words and never a number."""

from __future__ import annotations

import math
from typing import Literal

from fivefold.outcome import Outcome
from fivefold.verdict import Grade
from fivefold_benchmarks.case import ENDINGS, Case
from fivefold_benchmarks.rules import PRIMARY, Mark, Prediction
from fivefold_prompts.optimizer.rollout import Comparison, Stage
from fivefold_solvers.result import Exit

Score = Literal["labels", "verdict"]
"""What says that an answer is right: the known answer, or that no check found fault."""
_MAGNITUDE = 10.0
_GRADES = {Grade.REFUTED: Stage.REFUTED, Grade.SUSPICIOUS: Stage.SUSPICIOUS}


def stage_of(outcome: Outcome, case: Case, score: Score, *, derivations: int = 1) -> Stage:
    """Return the rung that a run reached.

    Args:
        outcome: what came of the run.
        case: the problem, with its answer where `score` is `labels`.
        score: what says that an answer is right.
        derivations: how many there were at most; with several, the verdict must be that another one agrees.
    """
    if is_right(outcome, case) if score == "labels" else is_trusted(outcome, derivations):
        return Stage.RIGHT
    result = outcome.result
    if result is None:
        return Stage.UNREADABLE if outcome.formulation is None and outcome.program is None else Stage.ERRORS
    if result.exit not in (Exit.OK, Exit.NO_RESULT):
        return Stage.CRASHED
    if not result.solved:
        return Stage.NO_OPTIMUM
    return _GRADES.get(outcome.verdict.grade, Stage.CONSISTENT)


def is_right(outcome: Outcome, case: Case) -> bool:
    """Whether the primary rule says so, whatever the verdict is."""
    ending = "unknown" if outcome.result is None else ENDINGS.get(outcome.result.termination, "unknown")
    return PRIMARY(Prediction(objective=outcome.objective, status=ending), case) is Mark.RIGHT


def is_trusted(outcome: Outcome, derivations: int) -> bool:
    """Whether no check found fault and, where there are several derivations, another one came to the same."""
    wanted = (Grade.CONFIRMED,) if derivations > 1 else (Grade.CONFIRMED, Grade.CONSISTENT)
    return outcome.solved and outcome.verdict.grade in wanted


def comparison_of(outcome: Outcome, case: Case) -> Comparison | None:
    """Return how a wrong objective stands to the known one, by the sense of the formulation where it is not doubted."""
    value, answer = outcome.objective, case.answer
    if value is None or answer is None or case.expected != "optimal" or outcome.formulation is None:
        return None
    if any(check.check == "sense" and not check.passed for check in outcome.verdict.checks):
        return None
    if not math.isfinite(value) or is_right(outcome, case):
        return None
    if abs(value) >= _MAGNITUDE * abs(answer) or abs(answer) >= _MAGNITUDE * abs(value):
        return "magnitude"
    sense = outcome.formulation.objective.sense
    if sense not in ("minimize", "maximize"):
        return None
    return "better" if (value > answer) == (sense == "maximize") else "worse"
