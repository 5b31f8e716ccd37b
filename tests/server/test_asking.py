"""Questions about an answer and taking back, said in the conversation: answered without the LLM, over HTTP."""

from collections.abc import Iterator

import pytest

from fivefold_server.config import Config
from tests.agent.solving import (
    BOARDS,
    HOURS,
    RIGHT,
    TOYS,
    TOYS_DECLARED,
    TOYS_OPTIMUM,
    replying,
    rows,
    settings_for,
    toys,
)
from tests.scripted_llm import Json, ScriptedLLM
from tests.server.serving import Running, serving
from tests.server.test_words import MORE_BOARDS_OPTIMUM


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(toys()) as server:
        yield server


@pytest.fixture(scope="module")
def server(llm: ScriptedLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with serving(Config(settings=settings_for(llm.base_url, folder))) as running:
        yield running


def solved(server: Running, llm: ScriptedLLM) -> str:
    """Return the path of a problem with a first answer."""
    llm.rule = toys()
    started = server.post("/problems", text=TOYS)
    assert server.ended(started["run"]["id"])["status"] == "succeeded"
    return f"/problems/{started['problem']}"


def said(server: Running, path: str, text: str) -> tuple[Json, str]:
    """Say something; return the run that it began and what the agent said last."""
    run = server.ended(server.post(f"{path}/messages", text=text)["run"]["id"])
    return run, server.get(path)["messages"][-1]["text"]


def refused(server: Running, path: str, text: str) -> str:
    """Say something that cannot be done; return why."""
    answer = server.http.post(f"/api/v1{path}/messages", json={"text": text})
    assert answer.status_code == 409 and answer.json()["code"] == "nothing-before"
    return str(answer.json()["detail"])


def with_more_boards(server: Running, llm: ScriptedLLM, path: str) -> None:
    """Change the row of boards in words."""
    boards = server.get(f"{path}/formulations/1")["formulation"]["constraints"][1]["name"]
    more: Json = {"do": "change_constraint", "name": boards, "forall": [], "expression": "4*trains + boats <= 201"}
    llm.rule = replying(declare=TOYS_DECLARED, rows=[RIGHT], changes={"changes": [more]})
    run, _ = said(server, path, "There are 201 boards after all.")
    assert server.get(f"/runs/{run['id']}/solution")["objective"] == MORE_BOARDS_OPTIMUM


def test_a_question_is_answered_by_solving_and_changes_nothing(server: Running, llm: ScriptedLLM) -> None:
    path = solved(server, llm)
    asked = len(llm.requests)
    run, text = said(server, path, "Why not more boats?")
    assert (run["kind"], run["status"], run["formulation"]) == ("question", "succeeded", 1)
    assert text.startswith("In the plan boats is 20.") and "With boats >= 21" in text and "worse by" in text
    assert len(llm.requests) == asked
    whole = server.get(path)
    assert whole["version"] == 1 and [one["role"] for one in whole["messages"]] == ["user", "agent", "user", "agent"]
    assert "solution" not in [
        event["kind"] for event in server.events(path.split("/")[-1]) if event["run"] == run["id"]
    ]


def test_trust_is_told_from_the_verdict_that_stands(server: Running, llm: ScriptedLLM) -> None:
    path = solved(server, llm)
    _, text = said(server, path, "How sure are you?")
    assert text.startswith("Not falsified.")


def test_a_question_is_no_part_of_the_problem(server: Running, llm: ScriptedLLM) -> None:
    path = solved(server, llm)
    said(server, path, "What limits us?")
    llm.rule = toys()
    run, _ = said(server, path, "Also, think of the 7 shops.")
    assert "What limits us" not in run["asked"]["text"] and "7 shops" in run["asked"]["text"]


def test_a_question_leaves_the_state_of_the_problem_as_it_was(server: Running, llm: ScriptedLLM) -> None:
    never = rows("7*trains + 5*boats", HOURS, BOARDS, "trains at least: trains >= 100")
    llm.rule = replying(declare=TOYS_DECLARED, rows=[never])
    started = server.post("/problems", text=f"{TOYS} At least 100 trains must be made.", options={"rounds": 0})
    assert server.ended(started["run"]["id"])["status"] == "infeasible"
    path = f"/problems/{started['problem']}"
    _, text = said(server, path, "Why not more boats?")
    assert "has no solution" in text and server.get(path)["status"] == "infeasible"


def test_undo_takes_the_version_before_up_again_and_the_wish_is_gone(server: Running, llm: ScriptedLLM) -> None:
    path = solved(server, llm)
    with_more_boards(server, llm, path)
    asked = len(llm.requests)
    run, text = said(server, path, "Undo that, please.")
    assert (run["kind"], run["status"], run["formulation"]) == ("formulation", "succeeded", 3)
    assert text.startswith("Version 1 stands again, as version 3.") and f"{TOYS_OPTIMUM:g}" in text
    assert len(llm.requests) == asked
    first, third = (server.get(f"{path}/formulations/{number}")["formulation"] for number in (1, 3))
    assert first == third
    llm.rule = toys()
    again = server.post(f"{path}/messages", text="Paint is blue.", anew=True)
    said_of = server.ended(again["run"]["id"])["asked"]["text"]
    assert "201 boards" not in said_of and "Undo" not in said_of and said_of.endswith("Paint is blue.")


def test_a_change_after_undo_is_checked_against_what_still_counts(server: Running, llm: ScriptedLLM) -> None:
    path = solved(server, llm)
    with_more_boards(server, llm, path)
    said(server, path, "undo")
    with_more_boards(server, llm, path)
    run = server.get(path)["runs"][0]
    assert server.get(f"/runs/{run['id']}/solution")["verdict"]["grade"] == "consistent"
    assert run["asked"]["text"].count("201 boards") == 1
    assert server.get(path)["messages"][-1]["text"].startswith("Before, version 3 came to 310")


def test_undo_twice_goes_one_further_and_no_further_than_the_first(server: Running, llm: ScriptedLLM) -> None:
    path = solved(server, llm)
    with_more_boards(server, llm, path)
    said(server, path, "undo")
    assert refused(server, path, "undo") == "there is nothing before the first version"
    run, text = said(server, path, "go back to version 2")
    assert text.startswith("Version 2 stands again, as version 4.") and run["status"] == "succeeded"
    assert refused(server, path, "go back to version 9") == "there is no version 9"


def test_files_and_copies_tell_of_what_led_to_their_version(server: Running, llm: ScriptedLLM) -> None:
    path = solved(server, llm)
    with_more_boards(server, llm, path)
    said(server, path, "Why not more boats?")
    said(server, path, "undo")
    texts = [server.http.get(f"/api/v1{path}/formulations/{version}/export.card.md").text for version in (1, 2, 3)]
    assert ["201 boards" in text for text in texts] == [False, True, False]
    assert all("120 hours" in text and "Why not" not in text and "undo" not in text for text in texts)
    copy = server.post(f"{path}/copy")["id"]
    assert [one["text"] for one in server.get(f"/problems/{copy}")["messages"]] == [TOYS]


def test_chat_programs_get_the_answer_to_a_question(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys()
    first = {"role": "user", "content": TOYS}
    asked: Json = {"model": "fivefold-auto", "messages": [first]}
    answer = server.http.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]
    asked["messages"] = [first, answer, {"role": "user", "content": "What limits the earnings?"}]
    count = len(llm.requests)
    found = server.http.post("/v1/chat/completions", json=asked)
    assert "has a better" in found.json()["choices"][0]["message"]["content"]
    assert len(llm.requests) == count
