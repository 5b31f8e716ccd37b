"""The OpenAI-compatible endpoint, driven by OpenAI's own client."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest

from fivefold_server.config import Config
from tests.agent.solving import TOYS, settings_for, toys
from tests.scripted_llm import Answer, Json, ScriptedLLM
from tests.server.serving import Running, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")

    def rule(request: Json) -> Answer:
        return toys()(request) if "response_format" in request else "Toys and boats"

    with ScriptedLLM(rule) as llm, serving(Config(settings=settings_for(llm.base_url, folder))) as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as found:
        yield found


def test_agent_is_listed_and_answers_in_one_call(client: openai.OpenAI, server: Running) -> None:
    assert [one.id for one in client.models.list().data] == ["fivefold", "fivefold-auto"]
    answer = client.chat.completions.create(model="fivefold-auto", messages=[{"role": "user", "content": TOYS}])
    text = answer.choices[0].message.content or ""
    assert "The greatest earnings are 310." in text and "$$\n\\begin{aligned}" in text
    assert answer.choices[0].finish_reason == "stop" and answer.usage and answer.usage.completion_tokens > 0
    thoughts = (answer.choices[0].message.model_extra or {})["reasoning_content"]
    assert "run: optimal, objective 310" in thoughts


def test_steps_come_before_the_answer_in_a_stream(client: openai.OpenAI) -> None:
    pieces = list(
        client.chat.completions.create(
            model="fivefold",
            messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": f"{TOYS} Please."}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    deltas = [piece.choices[0].delta for piece in pieces if piece.choices]
    thoughts = [(delta.model_extra or {}).get("reasoning_content") for delta in deltas]
    contents = [place for place, delta in enumerate(deltas) if delta.content]
    assert len([one for one in thoughts if one]) >= 5
    assert max(place for place, one in enumerate(thoughts) if one) < contents[0]
    assert "310" in (deltas[contents[0]].content or "")
    assert pieces[-1].usage and pieces[-1].usage.total_tokens > 0


def test_conversation_goes_on_with_the_same_problem(client: openai.OpenAI, server: Running) -> None:
    first = f"{TOYS} It is spring."
    raw = client.chat.completions.with_raw_response.create(
        model="fivefold", messages=[{"role": "user", "content": first}]
    )
    problem = raw.headers["x-problem-id"]
    again = client.chat.completions.with_raw_response.create(
        model="fivefold",
        messages=[
            {"role": "user", "content": first},
            {"role": "assistant", "content": raw.parse().choices[0].message.content},
            {"role": "user", "content": "Now with 200 boards."},
        ],
    )
    assert again.headers["x-problem-id"] == problem
    said = [message["text"] for message in server.get(f"/problems/{problem}")["messages"] if message["role"] == "user"]
    assert said == [first, "Now with 200 boards."]
    retold = client.chat.completions.with_raw_response.create(
        model="fivefold", messages=[{"role": "user", "content": first}]
    )
    assert retold.headers["x-problem-id"] != problem


@pytest.mark.parametrize("text", ["### Task:\nGenerate a concise title", "### Task:\nGenerate 1-3 broad tags", "Hi"])
def test_helper_questions_start_no_run(client: openai.OpenAI, server: Running, text: str) -> None:
    before = len(server.get("/runs"))
    answer = client.chat.completions.create(
        model="fivefold", messages=[{"role": "user", "content": text}], max_tokens=20 if text == "Hi" else 1000
    )
    assert answer.choices[0].message.content == "Toys and boats"
    pieces = client.chat.completions.create(
        model="fivefold", messages=[{"role": "user", "content": text}], max_tokens=20, stream=True
    )
    assert "Toys" in "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert len(server.get("/runs")) == before


def test_refusals_have_openais_form(client: openai.OpenAI) -> None:
    said = [{"role": "user", "content": TOYS}]
    with pytest.raises(openai.NotFoundError, match="there are fivefold and fivefold-auto"):
        client.chat.completions.create(model="gpt", messages=said)  # type: ignore[arg-type]  # plain dicts
    with pytest.raises(openai.BadRequestError, match="one answer"):
        client.chat.completions.create(model="fivefold", messages=said, n=2)  # type: ignore[arg-type]  # plain dicts
    with pytest.raises(openai.UnprocessableEntityError, match="too short"):
        client.chat.completions.create(model="fivefold", messages=[{"role": "user", "content": "hello"}])


def test_wrong_key_is_told_in_openais_form(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("server")
    with serving(Config(settings=settings_for("http://127.0.0.1:9/v1", folder), auth=True)) as server:
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0)
        with client, pytest.raises(openai.AuthenticationError) as caught:
            client.models.list()
    assert caught.value.body and "not known" in str(caught.value.body)


@pytest.mark.parametrize("stream", [False, True])
def test_problem_that_is_deleted_meanwhile_ends_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    monkeypatch.setattr("fivefold_server.routes.events.PING_S", 0.2)
    came, go = threading.Event(), threading.Event()

    def held(request: Json) -> Answer:
        came.set()
        return toys()(request) if go.wait(120) else 500

    with ScriptedLLM(held) as llm, serving(Config(settings=settings_for(llm.base_url, tmp_path))) as server:
        body = {"model": "fivefold-auto", "stream": stream, "messages": [{"role": "user", "content": TOYS}]}
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(httpx.post, f"{server.url}/v1/chat/completions", json=body, timeout=60)
            try:
                assert came.wait(60)
                problem = server.get("/problems")["problems"][0]["id"]
                assert server.http.delete(f"/api/v1/problems/{problem}").status_code == 204
                answer = asked.result(60)
            finally:
                go.set()
        assert answer.status_code == (200 if stream else 404) and "the problem was deleted" in answer.text
        assert "fivefold_streams 0.0" in server.http.get("/metrics").text
