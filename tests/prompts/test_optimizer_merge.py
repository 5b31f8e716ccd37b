"""What helped of a step goes on in one candidate; what is mended in one place and fails in another is carried on."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold_prompts.optimizer.candidate import Parameter
from fivefold_prompts.optimizer.merge import merged
from fivefold_prompts.optimizer.reply import Edit
from fivefold_prompts.optimizer.rollout import Answer, Cost, Stage
from fivefold_prompts.optimizer.search import optimize
from tests.prompts import optimizer_landscape as land
from tests.prompts.test_optimizer_search import SMALL, Dying, small_task

TEXT = "## user\nBe careful.\nName units.\n{{problem}}\n"
PARAMETERS = {
    "formulate": Parameter(name="formulate", placeholders=("problem",)),
    "rounds": Parameter(name="rounds", kind="integer", low=0, high=9),
}
START = {"formulate": TEXT, "rounds": "2"}


def candidate(old: str = "", new: str = "", rounds: str = "2") -> dict[str, str]:
    return {"formulate": TEXT.replace(old, new) if old else TEXT, "rounds": rounds}


def test_additions_at_one_place_are_all_there_and_each_once():
    one = candidate("careful.\n", "careful.\nFirst.\n")
    other = candidate("careful.\n", "careful.\nFirst.\nSecond.\n", rounds="3")
    made = merged(START, [one, other], PARAMETERS)
    assert made == {"formulate": TEXT.replace("careful.\n", "careful.\nFirst.\nSecond.\n"), "rounds": "3"}


def test_changes_in_different_places_are_all_there():
    one, other = candidate("Be careful.\n", ""), candidate("units", "the units")
    assert merged(START, [one, other], PARAMETERS)["formulate"] == "## user\nName the units.\n{{problem}}\n"


@pytest.mark.parametrize("second", [candidate("units", "names"), candidate("Name units.\n", "")])
def test_of_changes_that_collide_the_first_counts(second: dict[str, str]):
    first = candidate("units", "all units", rounds="5")
    assert merged(START, [first, {**second, "rounds": "7"}], PARAMETERS) == first


def test_what_is_too_long_together_is_not_merged():
    short = {"formulate": Parameter(name="formulate", placeholders=("problem",), longest=len(TEXT) + 30)}
    one, other = (candidate("careful.\n", f"careful.\n{sign * 20}\n") for sign in "ab")
    start = {"formulate": TEXT}
    made = merged(start, [{"formulate": one["formulate"]}, {"formulate": other["formulate"]}], short)
    assert made["formulate"] == one["formulate"]


LINES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=6)


@settings(max_examples=200, deadline=None)
@given(LINES, LINES)
def test_one_candidate_merged_is_itself_and_order_of_equals_makes_no_difference(before: list[str], after: list[str]):
    text = Parameter(name="p", kind="text")
    old, new = {"p": "\n".join(before) + "\n"}, {"p": "\n".join(after) + "\n"}
    assert merged(old, [new], {"p": text}) == new
    assert merged(old, [new, new], {"p": text}) == new
    assert merged(old, [old, new], {"p": text}) == new


def test_a_step_keeps_what_helped_together(tmp_path: Path):
    """The writer mends each kind for itself; the search looks at all of it at once."""

    def ask(messages, sample):
        asked = "\n".join(message["content"] for message in messages)
        if "Before any edit" in asked:
            return Answer(text="name the ratios\nname the balances\nname the stocks", cost=Cost(tokens=9))
        topic = messages[-1]["content"].rpartition(" ")[2]
        text = land.tagged(Edit("formulate", "insert_after", "Be careful.", f"Think of the {topic}."))
        return Answer(text=text, cost=Cost(tokens=9))

    start = {**land.START, "code": land.START["code"].replace("It must run.", "It must run. Mind the bounds.")}
    task = land.task(start=start, ask=ask)
    with Dying(tmp_path / "l.sqlite") as ledger:
        report = optimize(
            task, SMALL.model_copy(update={"steps": 1, "batch": 12, "examples": 6, "directions": 3}), ledger
        )
        told = [event.body for event in ledger.events("proposal")]
    assert [one["outcome"] for one in told[:-1]] == ["kept, together with others"] * len(told[:-1])
    assert (told[-1]["result"], told[-1]["outcome"]) == ("merged", "kept")
    assert len(report.pool) == 2 and len(told) >= 3
    assert all(f"Think of the {topic}." in report.best.candidate["formulate"] for topic in ("ratios", "balances"))


def test_what_fails_in_a_new_way_is_carried_on_once(tmp_path: Path):
    """Two faults, of which only the first shows: mending it alone makes nothing better."""

    def evaluate(candidate, case, seed):
        missing = [
            topic for name, topic in (("formulate", "ratios"), ("code", "bounds")) if topic not in candidate[name]
        ]
        run = land.evaluate({**candidate, "code": "bounds"}, case, seed)
        if not missing:
            return run.model_copy(update={"stage": Stage.RIGHT})
        spans = [{**one, "verdicts": []} for one in run.spans]
        spans[2]["error"] = {"family": "runtime", "type": "KeyError", "message": f"{missing[0]} forgotten"}
        return run.model_copy(update={"stage": Stage.CRASHED, "spans": tuple(spans)})

    def ask(messages, sample):
        if "bounds forgotten" in messages[0]["content"]:
            edit = Edit("code", "insert_after", "It must run.", "Mind the bounds.")
        else:
            edit = Edit("formulate", "insert_after", "Be careful.", "Think of the ratios.")
        return Answer(text=land.tagged(edit), cost=Cost(tokens=9))

    steps = SMALL.model_copy(update={"steps": 1, "directions": 1})
    with Dying(tmp_path / "l.sqlite") as ledger:
        report = optimize(small_task(evaluate=evaluate, ask=ask), steps, ledger)
        told = [event.body["outcome"] for event in ledger.events("proposal")]
    assert told == ["no better on the runs that were shown", "kept"]
    assert "bounds" in report.best.candidate["code"] and "ratios" in report.best.candidate["formulate"]
