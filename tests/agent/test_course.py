"""Which step follows which, and the names that rows get."""

import sys
from typing import Any

import pytest

from fivefold.commands.progress import Progress
from fivefold.events import Event
from fivefold.graph.course import MAX_FREE_TRIES, Course, course
from fivefold.llm import LLM, Budget, Usage
from fivefold.nodes.naming import MAX_NAME, name_of, named_rows
from fivefold.options import Options
from fivefold.tools import Tools
from tests.agent.solving import TOYS_DECLARED, settings_for


def state(**given: Any) -> Any:
    """The state after `judge`: a first formulation with a result and no fault, but for what is given."""
    reply = {"declared": TOYS_DECLARED, "written": {}}
    found = {"formulation": None, "penalty": 0.0, "result": {}, "round": 0, "reply": reply}
    changed = {key: given.pop(key) for key in list(given) if key in found}
    candidate = {**found, **changed}
    base = {"options": {"rounds": 2}, "form": "scalar", "candidate": candidate, "best": candidate, "problem": {}}
    return {**base, "rounds": [{"repeated": False}], **given}


UNSOLVED: dict[str, Any] = {"penalty": 20.0, "result": None, "round": 2, "form": "data"}


@pytest.mark.parametrize(
    ("given", "spent", "expected"),
    [
        ({}, None, Course("explain")),
        ({}, "tokens", Course("explain")),
        ({"penalty": 5.0}, None, Course("repair")),
        ({"penalty": 5.0}, "tokens", Course("explain", "tokens")),
        ({"penalty": 5.0, "round": 2}, None, Course("explain")),
        ({"penalty": 5.0, "round": 2}, "tokens", Course("explain")),
        ({"penalty": 20.0, "result": None}, None, Course("repair")),
        ({"penalty": 20.0, "result": None, "round": 2}, None, Course("write_program")),
        ({"penalty": 20.0, "result": None, "round": 2}, "seconds", Course("explain", "seconds")),
        ({**UNSOLVED, "problem": {"data": [{"name": "hours.csv"}]}}, None, Course("explain")),
        ({**UNSOLVED, "problem": {"data": [], "pasted": ["hours"]}}, None, Course("write_program")),
        ({"penalty": 20.0, "result": None, "reply": {"declared": {}, "written": {}}}, None, Course("write_program")),
        ({"penalty": 20.0, "free_tries": 1}, None, Course("write_program")),
        ({"penalty": 20.0, "free_tries": 1}, "tokens", Course("explain", "tokens")),
        ({"penalty": 20.0, "free_tries": MAX_FREE_TRIES}, None, Course("explain")),
        ({"penalty": 0.0, "free_tries": 1}, None, Course("explain")),
        ({"penalty": 1.0, "formulation": {}}, None, Course("mend")),
        ({"penalty": 5.0, "formulation": {}}, "tokens", Course("mend")),
        ({"penalty": 0.0, "formulation": {}}, None, Course("explain")),
        ({"penalty": 5.0, "formulation": {}, "mends_tried": True}, None, Course("repair")),
        ({"penalty": 5.0, "formulation": {}, "options": {"rounds": 2, "mends": False}}, None, Course("repair")),
        ({"penalty": 5.0, "formulation": {}, "options": {"rounds": 2, "checks": "text"}}, None, Course("repair")),
        ({"penalty": 5.0, "formulation": {}, "form": "data"}, None, Course("repair")),
        ({"penalty": 5.0, "formulation": {}, "derived": [{}]}, None, Course("explain")),
    ],
)
def test_the_course_after_the_judge(given: dict[str, Any], spent: str | None, expected: Course) -> None:
    assert course(state(**given), spent) == expected


def test_an_llm_that_insists_is_not_asked_again() -> None:
    twice = [{"repeated": False}, {"repeated": True}, {"repeated": True}]
    many = {"rounds": 9}
    assert course(state(penalty=5.0, options=many, rounds=twice[:2]), None).step == "repair"
    stopped = course(state(penalty=5.0, options=many, rounds=twice), None)
    assert stopped.step == "explain" and "again" in stopped.stopped
    assert course(state(penalty=20.0, result=None, options=many, rounds=twice), None) == Course("write_program")


@pytest.mark.parametrize(
    ("meaning", "name"),
    [
        ("the hours available", "hours_available"),
        ("Total budget of $5,000 for ads", "total_budget_5_000"),
        ("at least 3 of them", "least_3_them"),
        ("3 shifts at least", "row_3_shifts_least"),
        ("Größe der Fläche", "groe_der_flache"),
        ("all must be", "all_must_be"),
        ("sum", "sum_row"),
        ("if", "if_row"),
        ("", ""),
        ("时间", ""),
        ("x" * 80, "x" * MAX_NAME),
    ],
)
def test_names_of_rows_are_short_identifiers(meaning: str, name: str) -> None:
    assert name_of(meaning) == name
    assert name == "" or name.isidentifier()


def test_rows_keep_their_names_and_never_share_one() -> None:
    rows: list[object] = [
        {"meaning": "hours", "expression": "a"},
        {"meaning": "hours", "expression": "b"},
        {"name": "Mine", "meaning": "hours"},
        {"name": "", "description": "Trains"},
        {"expression": "c"},
        "odd",
        {"meaning": 3},
    ]
    named = named_rows(rows, taken={"trains", "Mine"})
    assert [row.get("name") if isinstance(row, dict) else row for row in named] == [
        "hours", "hours_2", "Mine", "trains_2", None, "odd", None,
    ]  # fmt: skip
    assert named[4:] == rows[4:]


def test_time_and_tokens_go_on_counting_after_a_stop(tmp_path: Any) -> None:
    def tools() -> Tools:
        llm = LLM.connect(settings_for("http://127.0.0.1:9/v1", tmp_path))
        return Tools(llm=llm, options=Options(), budget=Budget(max_tokens=50, max_seconds=9), tell=lambda _: None)

    before, after = tools(), tools()
    usage = Usage(prompt_tokens=20, completion_tokens=20, calls=1, seconds=3.0)
    before.usage += usage
    before.budget.spend(usage)
    before.spend_seconds(5.0)
    before.spend_seconds(-1.0)
    after.go_on(before.account())
    assert after.usage == before.usage and after.budget.left() == before.budget.left()
    assert after.budget.exhausted() is None
    after.spend_seconds(1.5)
    assert "seconds" in str(after.budget.exhausted())


def test_progress_shows_warnings_even_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Progress(sys.stderr, quiet=True)
    shown.hear(Event(kind="run", message="abc"))
    shown.hear(Event(kind="end", step="read", message="read"))
    shown.hear(Event(kind="warning", message="no checkpoints"))
    assert shown.run_id == "abc" and not shown.begun
    shown.hear(Event(kind="begin", step="read"))
    assert shown.begun and capsys.readouterr().err.split() == ["warning", "no", "checkpoints"]
