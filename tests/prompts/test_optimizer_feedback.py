"""Feedback says where and how a run failed and nothing of the answer, whatever the run itself says."""

import random
from typing import Any

import pytest

from fivefold_prompts.optimizer.feedback import failing_span, feedback, signature
from fivefold_prompts.optimizer.numerals import forms_of, said_in
from fivefold_prompts.optimizer.rollout import LADDER, Rollout, Stage
from tests.prompts.test_optimizer_graph import span


def dressed(value: float, way: int) -> str:
    """The number as a run might write it."""
    whole = round(value)
    return [
        repr(value),
        f"{value:,.2f}",
        f"{value:.3f}",
        f"{value:.6e}",
        f"{value * 100:.2f} %",
        f"{whole}",
        f"{whole:,}".replace(",", " "),
        f"{whole:x}",
        f"0x{whole:x}",
        " ".join(str(whole)),
        str(whole)[::-1],
        "\u200b".join(str(whole)),
        f"{value / 1000:.4f} thousand",
        f"obj{whole}",
    ][way % 14]


def leaky_rollout(value: float, seed: int, stage: Stage) -> Rollout:
    """A run that writes the reference wherever it can."""
    ways = [dressed(value, seed + step) for step in range(6)]
    failing: dict[str, Any] = span(2, "run")
    failing["error"] = {
        "family": "runtime",
        "type": "ValueError",
        "message": f"objective {ways[0]} is not {ways[1]}",
        "excerpt": f"total = {ways[2]}\nassert total == {ways[3]}",
    }
    failing["verdicts"] = [{"check": "size", "passed": False, "message": f"{ways[4]} is more than {ways[5]}"}]
    return Rollout(stage=stage, status=f"optimal {ways[1]}", conflict=(f"cap_{ways[5]}",), spans=(failing,))


def test_none_of_1000_references_is_in_its_feedback():
    draw = random.Random(7)
    for seed in range(1000):
        value = round(draw.uniform(100, 10 ** draw.randint(3, 8)), draw.choice([0, 1, 2, 3]))
        told = feedback(leaky_rollout(value, seed, list(Stage)[seed % len(Stage)]))
        assert not said_in(told) & forms_of(value), (value, told)
        assert not any(map(str.isdigit, told)), told


def test_feedback_is_the_same_whatever_the_reference():
    """Nothing of the number comes through, not even how long it is, where runs write it in the same way."""
    for way in (0, 1, 3, 5, 9):
        told = {feedback(leaky_rollout(value, 14 + way, Stage.CONSISTENT)) for value in (1234.56, 987654.32, 31415.93)}
        assert len(told) == 1


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_is_said_in_words_and_has_its_rung(stage: Stage):
    told = feedback(Rollout(stage=stage, comparison="worse"))
    assert len(told) > 15
    wrong = stage in (Stage.REFUTED, Stage.SUSPICIOUS, Stage.CONSISTENT)
    assert ("worse than is possible" in told) == wrong
    assert 0 <= LADDER[stage] <= 1


def test_rungs_rise_and_only_the_last_is_right():
    scores = [Rollout(stage=stage).score for stage in Stage]
    assert scores == sorted(set(scores))
    assert [stage for stage in Stage if Rollout(stage=stage).right] == [Stage.RIGHT]


def test_the_step_and_the_message_are_told():
    error = {"family": "static", "type": "", "message": "unknown name `cost` at line 12"}
    rollout = Rollout(stage=Stage.ERRORS, spans=(span(1, "read"), span(2, "check", error=error)))
    told = feedback(rollout)
    assert "step `check` failed (static)" in told and "unknown name `cost`" in told and "12" not in told


def test_a_failure_made_good_is_not_told():
    error = {"family": "runtime", "message": "no"}
    mended = Rollout(
        stage=Stage.CONSISTENT, spans=(span(1, "run", error=error), span(2, "repair"), span(3, "run", visit=2))
    )
    assert failing_span(mended) is None
    assert "failed" not in feedback(mended)


def test_alike_failures_have_one_signature():
    def failed(line: int, stage: Stage = Stage.CRASHED) -> str:
        error = {"family": "runtime", "type": "KeyError", "message": f"line {line}: no {line * 7}"}
        return signature(Rollout(stage=stage, spans=(span(1, "run", error=error),)))

    assert failed(3) == failed(88)
    assert failed(3) != failed(3, Stage.ERRORS)
