"""A run that waits for a person: questions about the text, approval of the formulation, replies of every kind."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import fivefold
from fivefold import CallerError, Event, Formulation, Outcome, PersonReply
from fivefold.api import unfinished_runs
from fivefold.checks.missing import missing_facts
from fivefold.clarification import Question, amended, question_for, worded
from tests.agent.solving import (
    BOARDS,
    GOOD_PROGRAM,
    NO_BOARDS,
    RIGHT,
    TOYS,
    TOYS_OPTIMUM,
    UNDECLARED,
    kind_of,
    replying,
    rows,
    settings_for,
    toys,
)
from tests.scripted_llm import Answer, Json, Rule, ScriptedLLM, status

LIMITS = "There are 120 hours and 140 boards. "
HOLED = TOYS.replace(LIMITS, "There are 140 boards. ")
HOURS_ASKED = "How many hours are there in all?"
SHIFTED = rows("7*trains + 5*boats", "the hours available: 2*trains + 3*boats <= 90", BOARDS)
FERRIES = "A ferry takes 40 cars and costs 70 EUR. At least 100 cars cross at the least cost. How many ferries sail?"
FERRY_REPLY = {
    "declare": {"variables": [{"name": "ferries", "meaning": "ferries hired", "domain": "continuous"}]},
    "rows": rows("70*ferries", "cars taken: 40*ferries >= 100", sense="minimize"),
}


class Heard(list[Event]):
    """Events of a run."""

    def of(self, kind: str) -> list[Event]:
        return [event for event in self if event.kind == kind]

    @property
    def steps(self) -> list[str]:
        return [event.step for event in self if event.kind == "begin"]


async def solved(text: str, server: ScriptedLLM, folder: Path, **more: Any) -> tuple[Outcome, Heard]:
    heard = Heard()
    outcome = await fivefold.asolve(text, settings=settings_for(server.base_url, folder), on_event=heard.append, **more)
    return outcome, heard


async def resumed(run: Outcome, reply: Any, server: ScriptedLLM, folder: Path, **more: Any) -> tuple[Outcome, Heard]:
    heard = Heard()
    settings = settings_for(server.base_url, folder)
    outcome = await fivefold.aresume(run.run_id, reply, settings=settings, on_event=heard.append, **more)
    return outcome, heard


async def test_what_the_text_lacks_is_asked_before_the_llm_is(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        waiting, heard = await solved(HOLED, server, tmp_path, ask=True)
        pause = waiting.waiting
        assert pause is not None and pause.kind == "question" and pause.text == HOURS_ASKED and pause.id
        assert "uses" in pause.why or "used up" in pause.why
        assert waiting.result is None and server.requests == [] and pause.text in waiting.explanation
        assert [event.data["pause"] for event in heard.of("question")] == [pause]
        assert heard[-1].kind == "done" and heard[-1].data["outcome"] == waiting
        assert [run.step for run in await unfinished_runs(settings_for(server.base_url, tmp_path))] == ["wait"]
        outcome, heard = await resumed(waiting, "120", server, tmp_path)
        asked = server.requests[0]["messages"]
    assert outcome.waiting is None and outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert [(one.question, one.answer) for one in outcome.answers] == [(HOURS_ASKED, "120")]
    assert outcome.problem.text.endswith("There are 120 hours in all.") and outcome.question == ""
    assert "There are 120 hours in all." in str(asked)
    assert [event.data["text"] for event in heard.of("answered")] == ["120"]
    assert heard.steps[:2] == ["clarify", "formulate"]


async def test_nothing_is_asked_where_nothing_is_open(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        outcome, heard = await solved(TOYS, server, tmp_path, ask=True)
    assert outcome.waiting is None and outcome.objective == pytest.approx(TOYS_OPTIMUM)
    assert not heard.of("question") and outcome.answers == ()


async def test_two_gaps_are_asked_about_one_after_the_other(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        first, _ = await solved(TOYS.replace(LIMITS, ""), server, tmp_path, ask=True)
        second, _ = await resumed(first, "There are 120 hours.", server, tmp_path)
        assert first.waiting is not None and second.waiting is not None
        assert first.waiting.text != second.waiting.text and first.waiting.id != second.waiting.id
        outcome, _ = await resumed(second, "140 boards", server, tmp_path)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and len(outcome.answers) == 2


async def test_who_does_not_know_gets_an_assumption(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        waiting, _ = await solved(HOLED, server, tmp_path, ask=True)
        outcome, _ = await resumed(waiting, False, server, tmp_path)
    assert outcome.waiting is None and outcome.problem.text == HOLED
    assert outcome.answers[0].answer == "" and outcome.answers[0].question == HOURS_ASKED
    assert any(HOURS_ASKED in one.text for one in outcome.assumptions)


async def test_a_reading_is_chosen_without_asking_the_llm_again(tmp_path: Path) -> None:
    with ScriptedLLM(replying(**FERRY_REPLY)) as server:
        waiting, heard = await solved(FERRIES, server, tmp_path, ask=True)
        pause, count = waiting.waiting, len(server.requests)
        assert pause is not None and pause.text == "May ferries be fractions, or only whole numbers?"
        assert pause.choices == ("ferries may be fractional", "ferries must be whole")
        assert pause.default == pause.choices[0] and pause.formulation is not None
        whole, _ = await resumed(waiting, pause.choices[1], server, tmp_path)
        assert len(server.requests) == count
        again, _ = await solved(FERRIES, server, tmp_path / "again", ask=True)
        parts, _ = await resumed(again, pause.choices[0], server, tmp_path / "again")
    assert heard.steps.count("clarify") == 2
    assert whole.objective == pytest.approx(210) and whole.question == ""
    assert parts.objective == pytest.approx(175)
    assert whole.formulation is not None and whole.formulation.variables[0].domain == "integer"


async def test_formulation_is_approved_before_it_is_solved(tmp_path: Path) -> None:
    with ScriptedLLM(toys(UNDECLARED, RIGHT)) as server:
        waiting, heard = await solved(TOYS, server, tmp_path, approve=True)
        pause = waiting.waiting
        assert pause is not None and pause.kind == "approval" and pause.formulation is not None
        assert "run" not in heard.steps and "emit" not in heard.steps and heard.steps.count("repair") == 1
        assert waiting.result is None and waiting.formulation == pause.formulation
        outcome, heard = await resumed(waiting, True, server, tmp_path)
    assert heard.steps == ["emit", "run", "judge", "explain"]
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.formulation == pause.formulation


async def test_edited_formulation_is_solved_as_it_was_given(tmp_path: Path) -> None:
    with ScriptedLLM(toys(NO_BOARDS)) as server:
        waiting, _ = await solved(TOYS, server, tmp_path, approve=True, rounds=0)
        assert waiting.waiting is not None and waiting.waiting.doubts
        assert waiting.formulation is not None
        row = waiting.formulation.constraints[0]
        added = row.model_copy(update={"name": "boards", "expression": "4*trains + boats <= 140"})
        edited = waiting.formulation.model_copy(update={"constraints": (row, added)})
        broken = waiting.formulation.model_copy(
            update={"constraints": (row.model_copy(update={"expression": "nothing <= 1"}),)}
        )
        with pytest.raises(CallerError, match="nothing"):
            await resumed(waiting, broken, server, tmp_path)
        outcome, heard = await resumed(waiting, edited, server, tmp_path)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and outcome.formulation == edited
    assert "repair" not in heard.steps and heard.steps[0] == "check"


def changing(rule: Rule, *changes: Json) -> Rule:
    """A rule that names these changes of a formulation where it is asked for some."""

    def answer(request: Json) -> Answer:
        asked = request.get("response_format", {}).get("json_schema", {}).get("schema", {}).get("properties", {})
        return json.dumps({"changes": changes}) if "changes" in asked else rule(request)

    return answer


async def test_change_in_words_touches_nothing_else_and_is_shown_again(tmp_path: Path) -> None:
    wish = "At least 25 boats, please."
    row: Json = {"do": "add_constraint", "meaning": "enough boats", "forall": [], "expression": "boats >= 25"}
    with ScriptedLLM(changing(toys(RIGHT), row)) as server:
        waiting, _ = await solved(TOYS, server, tmp_path, approve=True)
        changed, heard = await resumed(waiting, wish, server, tmp_path)
        assert changed.waiting is not None and heard.steps == ["revise", "check", "judge", "approve"]
        assert changed.waiting.changes == ("+ boats >= 25",)
        outcome, heard = await resumed(changed, True, server, tmp_path)
    before, after = waiting.formulation, outcome.formulation
    assert before is not None and after is not None and after.constraints[:-1] == before.constraints
    assert outcome.values["boats"][()] >= 25 and wish in outcome.problem.text and "repair" not in heard.steps


async def test_change_that_cannot_be_named_is_formulated_again(tmp_path: Path) -> None:
    with ScriptedLLM(changing(toys(RIGHT, SHIFTED))) as server:
        waiting, _ = await solved(TOYS, server, tmp_path, approve=True)
        changed, heard = await resumed(waiting, "There are only 90 hours.", server, tmp_path)
        pause = changed.waiting
        assert pause is not None and pause.kind == "approval" and "revise" in heard.steps
        assert any("90" in line for line in pause.changes)
        outcome, _ = await resumed(changed, True, server, tmp_path)
    assert outcome.objective is not None and outcome.objective < TOYS_OPTIMUM
    assert "only 90 hours" in outcome.problem.text


async def test_asked_first_and_approved_then(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        first, _ = await solved(HOLED, server, tmp_path, ask=True, approve=True)
        second, _ = await resumed(first, "120 hours", server, tmp_path)
        outcome, _ = await resumed(second, True, server, tmp_path)
    assert first.waiting is not None and first.waiting.kind == "question"
    assert second.waiting is not None and second.waiting.kind == "approval"
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM)


async def test_nothing_that_nobody_approved_is_solved(tmp_path: Path) -> None:
    with ScriptedLLM(toys(UNDECLARED, program=GOOD_PROGRAM)) as server:
        outcome, heard = await solved(TOYS, server, tmp_path, approve=True, rounds=1)
    assert outcome.waiting is None and outcome.result is None
    assert "run" not in heard.steps and "write_program" not in heard.steps


async def test_stale_and_unsuited_replies_are_refused(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        waiting, _ = await solved(TOYS.replace(LIMITS, ""), server, tmp_path, ask=True)
        assert waiting.waiting is not None
        same, heard = await resumed(waiting, None, server, tmp_path)
        assert same.waiting == waiting.waiting and heard.of("question")
        for reply, words in ((True, "no reply to a question"), ("  ", "empty"), ("x" * 5000, "few sentences")):
            with pytest.raises(CallerError, match=words):
                await resumed(waiting, reply, server, tmp_path)
        reply_to_it = PersonReply(kind="answer", text="120", to=waiting.waiting.id)
        then, _ = await resumed(waiting, reply_to_it, server, tmp_path)
        assert then.waiting is not None and then.waiting.id != waiting.waiting.id
        with pytest.raises(CallerError, match="replied to already"):
            await resumed(then, reply_to_it, server, tmp_path)
        outcome, _ = await resumed(then, "140", server, tmp_path)
        with pytest.raises(CallerError, match="waits for no reply"):
            await resumed(outcome, "140", server, tmp_path)
        for more in ({"checkpoint": False, "ask": True}, {"approve": True, "free_program": True}, {"reply": "120"}):
            with pytest.raises(CallerError):
                await solved(TOYS, server, tmp_path, **more)


WAITING = """
import os, signal, sys
import fivefold
from pathlib import Path
text, url, data, cache = sys.argv[1:]
settings = fivefold.Settings(base_url=url, cache_dir=Path(cache), data_dir=Path(data))
outcome = fivefold.solve(text, settings=settings, run_id="asks", ask=True)
assert outcome.waiting is not None
os.kill(os.getpid(), signal.SIGKILL)
"""


def ask_and_die(url: str, folder: Path) -> None:
    settings = settings_for(url, folder)
    arguments = [HOLED, url, str(settings.data_dir), str(settings.cache_dir)]
    done = subprocess.run([sys.executable, "-c", WAITING, *arguments], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL


async def test_question_outlives_the_process_that_asked(tmp_path: Path) -> None:
    with ScriptedLLM(toys()) as server:
        settings = settings_for(server.base_url, tmp_path)
        ask_and_die(server.base_url, tmp_path)
        again = await fivefold.aresume("asks", settings=settings)
        assert again.waiting is not None and again.waiting.text == HOURS_ASKED
        with pytest.raises(CallerError, match="another problem"):
            await fivefold.asolve(TOYS, resume="asks", reply="120", settings=settings)
        outcome = await fivefold.asolve(HOLED, resume="asks", reply="120", settings=settings)
        told = await fivefold.asolve(HOLED, resume="asks", settings=settings)
    assert outcome.objective == pytest.approx(TOYS_OPTIMUM) and told.objective == outcome.objective


async def test_every_formulation_is_told_before_anything_is_solved(tmp_path: Path) -> None:
    with ScriptedLLM(toys(NO_BOARDS, RIGHT)) as server:
        outcome, heard = await solved(TOYS, server, tmp_path)
    told = heard.of("formulation")
    assert [event.data["round"] for event in told] == [0, 1]
    shown = [Formulation.model_validate(event.data["formulation"]) for event in told]
    assert len(shown[0].constraints) == 1 and shown[1] == outcome.formulation
    assert heard.index(told[0]) < next(at for at, event in enumerate(heard) if event.step == "run")


@pytest.mark.parametrize("options", [{"rounds": 1}, {"rounds": 0, "samples": 3}], ids=["repair", "rederive"])
async def test_llm_that_fails_later_costs_no_answer(tmp_path: Path, options: dict[str, int]) -> None:
    broken = status(401, "the key is no longer valid")
    second: Sequence[Any] = [NO_BOARDS, RIGHT] if "samples" in options else [NO_BOARDS, broken, RIGHT]
    with ScriptedLLM(toys(*second, program=[broken, GOOD_PROGRAM])) as server:
        ended, heard = await solved(TOYS, server, tmp_path, **options)
        assert ended.solved and ended.resumable and ended.explanation and ended.verdict.feedback
        (warning,) = heard.of("warning")
        assert "could not be asked" in warning.message and "key" in ended.stopped
        waiting = await unfinished_runs(settings_for(server.base_url, tmp_path))
        assert [run.run_id for run in waiting] == [ended.run_id]
        better, _ = await resumed(ended, None, server, tmp_path)
    assert not better.resumable and "could not" not in better.stopped
    if "samples" not in options:
        assert better.objective == pytest.approx(TOYS_OPTIMUM) and not better.stopped


async def test_llm_that_fails_before_anything_is_solved_is_an_error(tmp_path: Path) -> None:
    with ScriptedLLM(toys(UNDECLARED, status(401, "no"))) as server:
        with pytest.raises(fivefold.LLMError):
            await solved(TOYS, server, tmp_path, rounds=1)
        assert [kind_of(request) for request in server.requests] == ["declare", "rows", "rows"]


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        (HOLED, "120", "There are 120 hours in all."),
        (HOLED, "120 hours.", "There are 120 hours in all."),
        (HOLED, "The shop is open for 120 hours", "The shop is open for 120 hours."),
        (HOLED, "no limit", "How many hours are there in all? no limit."),
        ("A farm sells at least kilograms of plums at 3 EUR each.", "40", "at least 40 kilograms"),
        ("A farm sells some kilograms of plums at 3 EUR each.", "40", "sells 40 kilograms"),
    ],
)
def test_answers_become_sentences_that_settle_the_question(text: str, answer: str, expected: str) -> None:
    facts = missing_facts(text)
    question = question_for(facts, ())
    assert question is not None, facts
    after = amended(text, question, answer)
    assert expected in after
    if any(character.isdigit() for character in answer):
        assert question.text not in [fact.question for fact in missing_facts(after)]


def test_braces_in_a_text_are_no_places_for_answers() -> None:
    question = Question(text="How much {x}?", about="", impact=0, sentence="There are {} {x} in all.")
    assert worded(question, "$1,200") == "There are $1,200 {x} in all."
    assert worded(question, "20 %") == "There are 20 % {x} in all."


async def test_other_bounds_of_a_run_that_goes_on_waiting_are_asked_for_again(tmp_path: Path) -> None:
    with ScriptedLLM(toys(NO_BOARDS, RIGHT)) as server:
        waiting, _ = await solved(HOLED, server, tmp_path, ask=True)
        still, heard = await resumed(waiting, None, server, tmp_path, rounds=0)
        assert still.waiting == waiting.waiting
        assert ["beside the reply" in event.message for event in heard.of("warning")] == [True]
        _, heard = await resumed(waiting, "120", server, tmp_path, rounds=0)
    assert "repair" not in heard.steps and heard.of("warning") == []
