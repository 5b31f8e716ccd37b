"""Runs that wait for a person: asked, answered, approved, over a restart too, and from chat programs."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from fivefold_server.config import Config, Limits
from tests.agent.solving import RIGHT, TOYS, TOYS_OPTIMUM, UNDECLARED, settings_for, toys
from tests.agent.test_waiting import FERRIES, FERRY_REPLY, HOLED, HOURS_ASKED, LIMITS, changing, replying
from tests.scripted_llm import ScriptedLLM, status
from tests.server.serving import ENDED, Json, Running, process, serving, waited

STOPS = {*ENDED, "waiting"}


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLLM]:
    with ScriptedLLM(toys()) as running:
        yield running


@pytest.fixture(scope="module")
def server(llm: ScriptedLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("waiting")
    with serving(Config(settings=settings_for(llm.base_url, folder))) as running:
        yield running


@pytest.fixture(autouse=True)
def rule(llm: ScriptedLLM) -> None:
    llm.rule = toys()


_shops = iter(range(1000))


def text_of(text: str) -> str:
    """The text in words that no reply is kept for."""
    return f"{text} It is shop {next(_shops)} of the town."


def begun(server: Running, text: str, **options: Any) -> Json:
    return server.post("/problems", text=text_of(text), options=options)


def stopped(server: Running, run: str) -> Json:
    """Wait until a run waits for a person or is over."""
    return waited(lambda: server.get(f"/runs/{run}"), lambda found: found["status"] in STOPS, 60)


def replied(server: Running, run: Json, **reply: Any) -> Json:
    path = f"/problems/{run['problem']}/interrupts/{run['waiting']['id']}"
    started = server.post(path, **reply)
    return stopped(server, started["run"]["id"])


def test_question_is_answered_and_the_run_goes_on(server: Running, llm: ScriptedLLM) -> None:
    count = len(llm.requests)
    started = begun(server, HOLED, ask=True)
    run = stopped(server, started["run"]["id"])
    assert run["status"] == "waiting" and run["waiting"]["text"] == HOURS_ASKED and len(llm.requests) == count
    assert server.get(f"/problems/{run['problem']}")["status"] == "waiting"
    later = replied(server, run, kind="answer", text="120 hours")
    assert later["id"] == run["id"] and later["status"] == "succeeded" and later["waiting"] is None
    events = server.events(run["problem"])
    kinds = [event["kind"] for event in events]
    question = next(event["data"] for event in events if event["kind"] == "question")
    assert question["id"] == run["waiting"]["id"] and question["free_text"] and question["why"]
    assert kinds.index("question") < kinds.index("answered") < kinds.index("solution")
    answered = next(event["data"] for event in events if event["kind"] == "answered")
    assert (answered["text"], answered["question"]) == ("120 hours", HOURS_ASKED)
    assert [event["data"]["status"] for event in events if event["kind"] == "run.status"].count("running") == 2
    assert [message["text"] for message in server.get(f"/problems/{run['problem']}/messages")][1] == "120 hours"
    outcome = server.get(f"/runs/{run['id']}/outcome")
    assert "There are 120 hours in all." in outcome["problem"]["text"]
    again = server.http.post(
        f"/api/v1/problems/{run['problem']}/interrupts/{run['waiting']['id']}", json={"kind": "answer", "text": "130"}
    )
    assert again.status_code == 409 and again.json()["code"] == "stale-reply"


def test_what_was_answered_is_not_asked_again_in_a_later_message(server: Running) -> None:
    started = begun(server, HOLED, ask=True)
    replied(server, stopped(server, started["run"]["id"]), kind="answer", text="120")
    more = server.post(
        f"/problems/{started['problem']}/messages", text="A boat earns 5 dollars.", options={"ask": True}
    )
    run = stopped(server, more["run"]["id"])
    assert run["status"] == "succeeded" and "There are 120 hours in all.\n\nA boat earns" in run["asked"]["text"]


def test_second_answer_and_unsuited_replies_are_refused(server: Running) -> None:
    run = stopped(server, begun(server, HOLED, ask=True)["run"]["id"])
    path = f"/api/v1/problems/{run['problem']}/interrupts/{run['waiting']['id']}"
    for body, code in (
        ({"kind": "approve"}, 422),
        ({"kind": "answer", "text": " "}, 422),
        ({"kind": "edit"}, 404),
        ({"kind": "nod"}, 422),
    ):
        assert server.http.post(path, json=body).status_code == code, body
    other = path[:-1] + ("1" if path.endswith("0") else "0")
    assert server.http.post(other, json={"kind": "skip"}).status_code == 409
    refused = server.http.post(f"/api/v1/problems/{run['problem']}/messages", json={"text": "hello there again"})
    assert refused.status_code == 409 and "reply to what it asks" in refused.json()["mend"]
    assert refused.json()["run"] not in refused.json()["detail"]
    both = [server.http.post(path, json={"kind": "answer", "text": text}).status_code for text in ("120", "130")]
    assert both == [202, 409]
    assert stopped(server, run["id"])["status"] == "succeeded"


def test_waiting_runs_hold_no_worker_and_can_be_stopped(server: Running) -> None:
    waiting = [stopped(server, begun(server, HOLED, ask=True)["run"]["id"]) for _ in range(3)]
    assert {run["status"] for run in waiting} == {"waiting"} and server.config.limits.running == 2
    assert server.ended(begun(server, TOYS)["run"]["id"])["status"] == "succeeded"
    cancelled = server.post(f"/runs/{waiting[0]['id']}/cancel")
    assert cancelled["status"] == "cancelled" and cancelled["can_resume"] and cancelled["waiting"] is None
    server.post(f"/runs/{waiting[0]['id']}/resume")
    assert stopped(server, waiting[0]["id"])["waiting"]["text"] == HOURS_ASKED
    skipped = replied(server, waiting[1], kind="skip")
    assert skipped["status"] == "succeeded"
    version = server.get(f"/problems/{skipped['problem']}/formulations/latest")
    assert any(HOURS_ASKED in one["text"] for one in version["formulation"]["assumptions"])


def test_formulation_is_approved_edited_and_changed_in_words(server: Running, llm: ScriptedLLM) -> None:
    row: Json = {"do": "add_constraint", "meaning": "enough boats", "forall": [], "expression": "boats >= 25"}
    llm.rule = changing(toys(RIGHT), row)
    run = stopped(server, begun(server, TOYS, approve=True)["run"]["id"])
    problem = run["problem"]
    assert run["waiting"]["kind"] == "approval" and run["waiting"]["version"] == 1
    candidates = [event["data"] for event in server.events(problem) if event["kind"] == "formulation"]
    assert candidates[0]["formulation"] == server.get(f"/problems/{problem}/formulations/1")["formulation"]
    changed = replied(server, run, kind="change", text="At least 25 boats, please.")
    assert changed["waiting"]["version"] == 2 and changed["waiting"]["changes"] == ["+ boats >= 25"]
    diff = server.get(f"/problems/{problem}/formulations/diff?a=1&b=2")
    assert "boats >= 25" in diff["text"]
    edit = {"op": "change", "section": "constraints", "name": "enough_boats", "fields": {"expression": "boats >= 30"}}
    server.post(f"/problems/{problem}/formulations/2/edits", operations=[edit])
    ended = replied(server, changed, kind="edit", version=3)
    assert ended["status"] == "succeeded" and ended["formulation"] == 3
    versions = server.get(f"/problems/{problem}/formulations")
    assert [one["author"] for one in versions] == ["agent", "agent", "user"] and versions[2]["approved"]
    tables = {one["name"]: one["rows"] for one in server.get(f"/runs/{run['id']}/solution")["variables"]}
    assert tables["boats"][0]["value"] >= 30


def test_approved_version_is_the_one_that_is_solved(server: Running) -> None:
    run = stopped(server, begun(server, TOYS, approve=True, ask=True)["run"]["id"])
    ended = replied(server, run, kind="approve")
    assert ended["status"] == "succeeded" and ended["formulation"] == 1
    solution = next(event["data"] for event in server.events(run["problem"]) if event["kind"] == "solution")
    assert solution["objective"] == TOYS_OPTIMUM
    assert len(server.get(f"/problems/{run['problem']}/formulations")) == 1


def test_answer_that_was_there_is_kept_when_the_llm_fails(server: Running, llm: ScriptedLLM) -> None:
    from tests.agent.solving import NO_BOARDS

    llm.rule = toys(NO_BOARDS, status(401, "the key is no longer valid"), RIGHT)
    run = stopped(server, begun(server, TOYS, rounds=1)["run"]["id"])
    assert run["status"] == "succeeded" and run["can_resume"] and "could not be asked" in run["error"]["detail"]
    kinds = [event["kind"] for event in server.events(run["problem"])]
    assert "warning" in kinds and "error" not in kinds
    server.post(f"/runs/{run['id']}/resume")
    better = server.ended(run["id"])
    assert better["status"] == "succeeded" and better["error"] is None and not better["can_resume"]
    assert server.get(f"/runs/{run['id']}/solution")["objective"] == TOYS_OPTIMUM


def test_question_that_nobody_answers_ends_its_run(llm: ScriptedLLM, tmp_path: Path) -> None:
    limits = Limits(reply_s=0.5)
    with serving(Config(settings=settings_for(llm.base_url, tmp_path), limits=limits)) as server:
        run = server.ended(begun(server, HOLED, ask=True)["run"]["id"])
        assert run["status"] == "cancelled" and run["can_resume"]


def test_question_survives_a_kill_and_is_answered_then(tmp_path: Path) -> None:
    with ScriptedLLM(toys(UNDECLARED, RIGHT)) as llm:
        environ = {**os.environ, "OPENAI_BASE_URL": llm.base_url, "FIVEFOLD_DATA_DIR": str(tmp_path / "data")}
        environ |= {"OPENAI_API_KEY": "any", "FIVEFOLD_CACHE_DIR": str(tmp_path / "cache")}

        def look(url: str, run: str) -> Json:
            path = f"{url}/api/v1/runs/{run}"
            return waited(lambda: httpx.get(path, timeout=60).json(), lambda one: one["status"] in STOPS, 60)

        with process(tmp_path / "server", environ) as (child, url, _):
            body = {"text": HOLED, "options": {"ask": True}}
            started = httpx.post(f"{url}/api/v1/problems", json=body, timeout=60).json()
            before = look(url, started["run"]["id"])
            child.send_signal(signal.SIGKILL)
            child.wait()
        with process(tmp_path / "server", environ) as (_, url, _):
            after = look(url, started["run"]["id"])
            assert after == before and after["waiting"]["text"] == HOURS_ASKED
            path = f"{url}/api/v1/problems/{started['problem']}/interrupts/{after['waiting']['id']}"
            assert httpx.post(path, json={"kind": "answer", "text": "120"}, timeout=60).status_code == 202
            assert look(url, started["run"]["id"])["status"] == "succeeded"


def talk(client: openai.OpenAI, said: list[Any], name: str = "fivefold") -> tuple[str, str]:
    """Say the whole conversation again with one message more; return the answer and the problem."""
    raw = client.chat.completions.with_raw_response.create(messages=said, model=name)
    text = raw.parse().choices[0].message.content or ""
    said.append({"role": "assistant", "content": text})
    return text, raw.headers["x-problem-id"]


def test_chat_program_is_asked_and_answers_in_its_next_message(server: Running) -> None:
    text = text_of(HOLED)
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        said: list[Any] = [{"role": "user", "content": text}]
        question, problem = talk(client, said)
        assert HOURS_ASKED in question and "skip" in question
        said.append({"role": "user", "content": " 120 hours "})
        answer, same = talk(client, said)
        assert same == problem and "The greatest earnings are 310." in answer
        said.append({"role": "user", "content": "A boat earns 5 dollars."})
        _, same = talk(client, said)
        assert same == problem and len(server.get(f"/runs?problem={problem}")) == 2
        told, other = talk(client, [{"role": "user", "content": text}], name="fivefold-auto")
        assert other != problem and "leaves open what the answer depends on" in told


def test_chat_program_passes_and_chooses_by_letter(server: Running, llm: ScriptedLLM) -> None:
    llm.rule = replying(**FERRY_REPLY)
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        said: list[Any] = [{"role": "user", "content": text_of(FERRIES)}]
        question, ferries = talk(client, said)
        assert "- b) ferries must be whole" in question
        said.append({"role": "user", "content": "b"})
        assert "210" in talk(client, said)[0]
        said.append({"role": "user", "content": "A ferry costs 70 EUR."})
        assert talk(client, said)[1] == ferries
        llm.rule = toys()
        both = TOYS.replace(LIMITS, "")
        said = [{"role": "user", "content": text_of(both)}]
        first, problem = talk(client, said)
        said.append({"role": "user", "content": "Skip."})
        second, same = talk(client, said)
        assert same == problem and second != first and "skip" in second
        pieces = client.chat.completions.create(
            model="fivefold", messages=[*said, {"role": "user", "content": "140 boards"}], stream=True
        )
        assert "310" in "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
        assert len(server.get(f"/runs?problem={problem}")) == 1
