"""Feedback says where and how a run failed and nothing of the answer, whatever the run itself says."""

import base64
import random
import re
from typing import Any

import pytest

from fivefold_prompts.optimizer.feedback import failing_span, feedback, signature
from fivefold_prompts.optimizer.numerals import forms_of, said_in
from fivefold_prompts.optimizer.question import Example, question
from fivefold_prompts.optimizer.rollout import LADDER, Rollout, Stage
from tests.prompts import optimizer_landscape as land
from tests.prompts.test_optimizer_graph import span

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def forms(value: float) -> list[str]:
    """The number as a run might write it, 28 ways."""
    whole = round(value)
    digits = str(whole)
    return [
        repr(value),
        f"{value:,.2f}",
        f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
        f"{value:.3f}",
        f"{value:.6e}",
        f"{value * 100:.2f} %",
        digits,
        f"{whole:,}".replace(",", " "),
        f"{whole:,}".replace(",", "'"),
        f"{whole:x}",
        f"0x{whole:x}",
        bin(whole),
        oct(whole),
        " ".join(digits),
        "-".join(digits),
        digits[::-1],
        "\u200b".join(digits),
        f"{value / 1000:.4f} thousand",
        f"{value / 1e6:.7g} million",
        f"{value / 1000:.5g}k",
        f"{value / 10 ** (len(digits) - 1):.6g} x 10^{len(digits) - 1}",
        f"obj{whole}",
        " ".join(DIGITS[int(digit)] for digit in digits),
        "".join(chr(0xFF10 + int(digit)) for digit in digits),
        "".join(chr(0x660 + int(digit)) for digit in digits),
        "".join(f"&#{ord(digit)};" for digit in digits),
        "".join(f"\\u{ord(digit):04x}" for digit in digits),
        base64.b64encode(digits.encode()).decode(),
    ]


def dressed(value: float, way: int) -> str:
    """The number in one of these forms."""
    ways = forms(value)
    return ways[way % len(ways)]


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


REFERENCES = 1000


def references() -> list[float]:
    draw = random.Random(7)
    return [round(draw.uniform(100, 10 ** draw.randint(3, 8)), draw.choice([0, 1, 2, 3])) for _ in range(REFERENCES)]


def assert_untold(told: str, value: float) -> None:
    """The text gives the number away in no form: by what reads numbers, and by plain search."""
    assert not said_in(told) & forms_of(value), (value, told)
    bare = told.replace("\u200b", "").lower()
    given = [form for form in forms(value) if len(form) > 2 and form.replace("\u200b", "").lower() in bare]
    assert not given, (value, given, told)


def test_none_of_1000_references_is_in_its_feedback():
    seen: set[Stage] = set()
    for seed, value in enumerate(references()):
        rollout = leaky_rollout(value, seed, list(Stage)[seed % len(Stage)])
        told = feedback(rollout)
        assert_untold(told, value)
        assert not any(map(str.isdigit, told)), told
        seen.add(rollout.stage)
    assert seed + 1 == REFERENCES == 1000 and seen == set(Stage)


def test_none_of_1000_references_is_in_the_whole_question():
    """Four runs a question, each of which writes its reference into every value that it makes."""
    values = references()
    asked = 0
    for first in range(0, REFERENCES, 4):
        examples = [
            Example(f"c{seed}", "LP", full_of(values[seed], seed, list(Stage)[seed % len(Stage)]))
            for seed in range(first, first + 4)
        ]
        told = question(land.START, land.PARAMETERS, examples).messages[0]["content"]
        assert "# Outputs" in told and "# Feedback" in told
        assert all(told.count(f"(run {number})") == 3 for number in range(1, 5))
        # The rest is prompts, the problem and the form of the reply; which run it was is a number too.
        for name in ("Others", "Outputs", "Feedback"):
            part = re.sub(r"\(run \d\)|Run \d", "", told.partition(f"# {name}\n")[2].partition("\n\n# ")[0])
            assert not any(map(str.isdigit, part)), part
            for value in values[first : first + 4]:
                assert_untold(part, value)
        for value in values[first : first + 4]:
            assert repr(value) not in told and f"{value:,.2f}" not in told
        asked += len(examples)
    assert asked == REFERENCES == 1000


def full_of(value: float, seed: int, stage: Stage) -> Rollout:
    """A run whose formulation, program and result hold the reference as well."""
    leaky = leaky_rollout(value, seed, stage)
    begun = ("profit ==", "assert total ==", "objective")
    formulation, program, result = (
        f"{words} {dressed(value, seed + 7 * place)} of it" for place, words in enumerate(begun)
    )
    f, c, r = (f"{what}{seed}" for what in "fcr")
    spans = (
        span(1, "formulate", {"problem": "p"}, {"formulation": f}, prompt="formulate"),
        {**leaky.spans[0], "state_reads": {"formulation": f}, "state_writes": {"program": c, "result": r}},
    )
    texts = {"p": "How much is earned?", f: formulation, c: program, r: result}
    return leaky.model_copy(update={"spans": spans, "values": texts})


def test_feedback_is_the_same_whatever_the_reference():
    """Nothing of the number comes through, not even how long it is, where runs write it in the same way."""
    for way in (0, 1, 2, 4, 5, 13, 22):
        told = {feedback(leaky_rollout(value, 28 + way, Stage.CONSISTENT)) for value in (1234.56, 987654.32, 31415.93)}
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
