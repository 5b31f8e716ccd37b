"""A problem in words, from the request to the tables, over HTTP."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold_server.config import Config, Limits
from tests.agent.solving import RIGHT, TOYS, TOYS_DECLARED, TOYS_OPTIMUM, UNDECLARED, replying, settings_for, toys
from tests.scripted_llm import Answer, Json, ScriptedLLM, status
from tests.server.serving import Running, serving, waited


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(toys()) as server:
        yield server


@pytest.fixture(scope="module")
def server(llm: ScriptedLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    limits = Limits(waiting_each=2)
    with serving(Config(settings=settings_for(llm.base_url, folder), limits=limits)) as running:
        yield running


MORE_BOARDS_OPTIMUM = 376.0
"""48 trains and 8 boats."""


def test_problem_is_solved_and_every_step_told(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys(UNDECLARED, RIGHT)
    started = server.post("/problems", text=TOYS)
    run = server.ended(started["run"]["id"])
    assert (run["status"], run["formulation"], run["stale"], run["error"]) == ("succeeded", 1, False, None)
    events = server.events(started["problem"])
    kinds = [event["kind"] for event in events]
    assert kinds[:3] == ["message.final", "run.status", "run.status"] and kinds[-1] == "run.status"
    begun = [event["data"]["id"] for event in events if event["kind"] == "step.started"]
    over = [event["data"]["id"] for event in events if event["kind"] == "step.finished"]
    assert begun == over and begun[:3] == ["read.1", "formulate.1", "check.1"] and "check.2" in begun
    (failed,) = (event["data"] for event in events if event["kind"] == "attempt.failed")
    assert failed == {"attempt": 1, "message": "1 error; unsolved"}
    (solution,) = (event["data"] for event in events if event["kind"] == "solution")
    assert solution["objective"] == TOYS_OPTIMUM and solution["verdict"]["grade"] == "consistent"
    told = "".join(event["data"]["text"] for event in events if event["kind"] == "step.progress")
    assert "2*trains + 3*boats <= 120" in told
    assert len({event["seq"] for event in events}) == len(events)


def test_page_can_be_made_again_from_what_is_kept(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys()
    started = server.post("/problems", text=TOYS, title="Toys")
    run = server.ended(started["run"]["id"])
    whole = server.get(f"/problems/{started['problem']}")
    assert (whole["title"], whole["status"], whole["version"]) == ("Toys", "succeeded", 1)
    assert [message["role"] for message in whole["messages"]] == ["user", "agent"]
    assert whole["last_seq"] == server.events(started["problem"])[-1]["seq"]
    solution = server.get(f"/runs/{run['id']}/solution")
    values = {table["name"]: table["rows"][0]["value"] for table in solution["variables"]}
    assert values == {"trains": 30, "boats": 20}
    outcome = server.get(f"/runs/{run['id']}/outcome")
    assert outcome["verdict"] == solution["verdict"] and outcome["run_id"] == run["id"]
    assert server.get(f"/runs/{run['id']}/audit")["holds"]
    assert "pyomo" in server.get(f"/runs/{run['id']}/program")["source"]
    found = server.get("/problems?search=boards")
    assert started["problem"] in [problem["id"] for problem in found["problems"]]


def test_saying_more_runs_all_that_was_said_as_the_next_version(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys()
    started = server.post("/problems", text=TOYS)
    server.ended(started["run"]["id"])
    boards = server.get(f"/problems/{started['problem']}/formulations/1")["formulation"]["constraints"][1]["name"]
    more = {"do": "change_constraint", "name": boards, "forall": [], "expression": "4*trains + boats <= 199"}
    llm.rule = replying(declare=TOYS_DECLARED, rows=[RIGHT], changes={"changes": [more]})
    again = server.post(f"/problems/{started['problem']}/messages", text="There are 199 boards after all.")
    run = server.ended(again["run"]["id"])
    assert run["formulation"] == 2 and run["asked"]["text"].endswith("There are 199 boards after all.")
    assert run["asked"]["text"].startswith(TOYS[:40])
    first = server.get(f"/runs/{started['run']['id']}")
    assert first["stale"] and not run["stale"]


def test_saying_more_changes_what_stands_and_leaves_the_rest(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys()
    started = server.post("/problems", text=TOYS)
    assert server.ended(started["run"]["id"])["status"] == "succeeded"
    path = f"/problems/{started['problem']}"
    before = server.get(f"{path}/formulations/1")["formulation"]
    boards = before["constraints"][1]["name"]
    more = {"do": "change_constraint", "name": boards, "forall": [], "expression": "4*trains + boats <= 201"}
    llm.rule = replying(declare=TOYS_DECLARED, rows=[RIGHT], changes={"changes": [more]})
    asked = len(llm.requests)
    again = server.post(f"{path}/messages", text="There are 201 boards after all.")
    run = server.ended(again["run"]["id"])
    assert run["status"] == "succeeded" and run["formulation"] == 2 and len(llm.requests) == asked + 1
    assert run["asked"]["change"] == {"version": 1, "request": "There are 201 boards after all."}
    solution = server.get(f"/runs/{run['id']}/solution")
    assert solution["objective"] == MORE_BOARDS_OPTIMUM
    assert solution["verdict"]["grade"] == "consistent", solution["verdict"]
    found = server.get(f"{path}/formulations/diff?a=1&b=2")["elements"]
    assert [(one["section"], one["name"]) for one in found] == [("constraints", boards)]
    said = server.get(path)["messages"][-1]["text"]
    assert said.startswith("Before, version 1 came to 310; it is kept") and "376" in said
    anew = server.post(f"{path}/messages", text="There are 140 boards again.", anew=True)
    assert "change" not in server.ended(anew["run"]["id"])["asked"]


def test_a_message_that_changes_nothing_is_told_so_before_the_answer_that_stands(
    server: Running, llm: ScriptedLLM
) -> None:
    llm.rule = toys()
    started = server.post("/problems", text=TOYS)
    server.ended(started["run"]["id"])
    path = f"/problems/{started['problem']}"
    again = server.post(f"{path}/messages", text="Thank you, that looks fine to me.")
    run = server.ended(again["run"]["id"])
    assert server.get(f"/runs/{run['id']}/solution")["objective"] == TOYS_OPTIMUM
    first, last = (message["text"] for message in server.get(path)["messages"] if message["role"] == "agent")
    assert last.startswith("Nothing was changed: ") and "version 1" in last and last.endswith(first)


def test_a_wish_that_fails_makes_no_version_and_casts_no_doubt(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys()
    started = server.post("/problems", text=TOYS)
    server.ended(started["run"]["id"])
    path = f"/problems/{started['problem']}"
    for wish in ("What if there are 150 planks?", "What if planks = 200?"):  # the LLM knows no planks
        run = server.ended(server.post(f"{path}/messages", text=wish)["run"]["id"])
        assert run["status"] == "succeeded" and run["formulation"] == 1
        solution = server.get(f"/runs/{run['id']}/solution")
        assert solution["objective"] == TOYS_OPTIMUM and solution["verdict"]["grade"] == "consistent"
    assert [one["version"] for one in server.get(f"{path}/formulations")] == [1]
    boards = server.get(f"{path}/formulations/1")["formulation"]["constraints"][1]["name"]
    more = {"do": "change_constraint", "name": boards, "forall": [], "expression": "4*trains + boats <= 201"}
    llm.rule = replying(declare=TOYS_DECLARED, rows=[RIGHT], changes={"changes": [more]})
    run = server.ended(server.post(f"{path}/messages", text="There are 201 boards after all.")["run"]["id"])
    solution = server.get(f"/runs/{run['id']}/solution")
    assert run["formulation"] == 2 and solution["objective"] == MORE_BOARDS_OPTIMUM
    # The planks are not held against it either.
    assert solution["verdict"]["grade"] == "consistent", solution["verdict"]


def test_same_key_starts_one_run(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = toys()
    answers = [
        server.http.post("/api/v1/problems", json={"text": TOYS}, headers={"Idempotency-Key": "once"}).json()
        for _ in range(3)
    ]
    assert len({answer["run"]["id"] for answer in answers}) == 1
    server.ended(answers[0]["run"]["id"])


def test_no_problem_is_refused_with_the_mend(server: Running) -> None:
    answer = server.http.post("/api/v1/problems", json={"text": "hello"})
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert "say what is to be decided" in answer.json()["mend"]
    answer = server.http.post("/api/v1/problems", json={"text": TOYS, "options": {"rounds": -1}})
    assert answer.status_code == 422 and answer.json()["errors"][0]["place"] == "body.options.rounds"


def test_runs_wait_in_turn_and_are_cancelled(server: Running, llm: ScriptedLLM) -> None:
    go = threading.Event()

    def slow(request: Json) -> Answer:
        assert go.wait(120)
        return toys()(request)

    llm.rule = slow
    try:
        runs = [server.post("/problems", text=f"{TOYS} Variant {number}.")["run"] for number in range(4)]
        assert [run["position"] for run in runs] == [None, None, 1, 2]
        refused = server.http.post("/api/v1/problems", json={"text": TOYS})
        assert refused.status_code == 429 and refused.headers["retry-after"]
        waited(lambda: server.events(runs[3]["problem"])[-1]["data"], lambda data: data.get("position") == 2)
        assert server.post(f"/runs/{runs[2]['id']}/cancel")["status"] == "cancelled"
        last = waited(lambda: server.get(f"/runs/{runs[3]['id']}"), lambda found: found["position"] == 1)
        waited(lambda: server.events(last["problem"])[-1]["data"], lambda data: data.get("position") == 1)
        places = [event["data"].get("position") for event in server.events(last["problem"])]
        assert [place for place in places if place] == [2, 1]
        server.post(f"/runs/{runs[0]['id']}/cancel")
        assert server.ended(runs[0]["id"], 60)["status"] == "cancelled"
        waited(lambda: server.get(f"/runs/{runs[3]['id']}"), lambda found: found["status"] == "running")
        again = server.http.post(f"/api/v1/runs/{runs[0]['id']}/cancel")
        assert again.status_code == 409
        second = server.http.post(f"/api/v1/problems/{runs[1]['problem']}/messages", json={"text": "and quickly"})
        assert second.status_code == 409 and second.json()["code"] == "run-open"
    finally:
        go.set()
    for run in (runs[1], runs[3]):
        assert server.ended(run["id"])["status"] == "succeeded"


def test_llm_that_fails_is_told_and_the_run_goes_on_later(server: Running, llm: ScriptedLLM) -> None:
    text = f"{TOYS} The shop is small."
    llm.rule = lambda request: status(401, "no such key")
    started = server.post("/problems", text=text)
    run = server.ended(started["run"]["id"])
    assert run["status"] == "failed" and run["can_resume"] and run["error"]["code"] == "llm-auth"
    told = [event for event in server.events(started["problem"]) if event["kind"] == "error"]
    assert told[0]["data"]["detail"] == run["error"]["detail"]
    llm.rule = toys()
    server.post(f"/runs/{run['id']}/resume")
    assert server.ended(run["id"])["status"] == "succeeded"
    assert server.http.post(f"/api/v1/runs/{run['id']}/resume").status_code == 409


def test_deleted_problem_is_gone_with_its_run(server: Running, llm: ScriptedLLM) -> None:
    go = threading.Event()
    llm.rule = lambda request: toys()(request) if go.wait(120) else 500
    try:
        started = server.post("/problems", text=f"{TOYS} It is to be deleted.")
        assert server.http.delete(f"/api/v1/problems/{started['problem']}").status_code == 204
        assert server.http.get(f"/api/v1/problems/{started['problem']}").status_code == 404
        assert server.http.get(f"/api/v1/runs/{started['run']['id']}").status_code == 404
    finally:
        go.set()
    assert server.get("/runs?status=running") == []


def test_copy_rename_and_settings(server: Running, tmp_path: Path) -> None:
    made = server.post("/problems", title="One")
    server.http.patch(f"/api/v1/problems/{made['id']}", json={"title": "Two"})
    copy = server.post(f"/problems/{made['id']}/copy")
    assert copy["title"] == "Two (copy)" and copy["id"] != made["id"]
    changed = server.http.patch("/api/v1/settings", json={"theme": "dark"})
    assert changed.json()["theme"] == "dark"
    settings = server.get("/settings")
    assert settings["user"]["theme"] == "dark" and settings["limits"]["running"] == 2
    assert server.get("/llm/health")["ok"]
    assert {line["about"] for line in server.get("/doctor")} >= {"Python", "sandbox"}
    assert server.get("/me") == {"name": "local", "is_admin": True, "auth": False}


def test_metrics_count_what_was_run(server: Running, llm: ScriptedLLM) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    llm.rule = toys()
    server.ended(server.post("/problems", text=TOYS)["run"]["id"])
    text = server.http.get("/metrics").text
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    ended = len(server.get("/runs?status=succeeded"))
    assert found[("fivefold_runs_total", "succeeded", "words")] >= ended > 0
    assert found[("fivefold_llm_tokens_total", "answer")] > 0
    assert found[("fivefold_runs_running",)] == 0
