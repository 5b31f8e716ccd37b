import asyncio
import logging
import socket
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from fivefold.errors import CallerError, LLMError
from fivefold.llm import LLM, RetryEvent, RetryPolicy
from fivefold.llm.failure import Failure, to_error
from fivefold.settings import Settings
from tests.scripted_llm import Fault, ScriptedLLM, completion, first, in_turn, status, too_many

HELLO = [{"role": "user", "content": "hello"}]
QUICK = RetryPolicy(attempts=4, total_s=20, base_s=0.005, cap_s=0.02)
KEY = "sk-very-secret-0123456789"


def settings_for(server: ScriptedLLM, folder: Path, **more: str) -> Settings:
    return replace(Settings(base_url=server.base_url, cache_dir=folder, data_dir=folder), **more)


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def failing(server: ScriptedLLM, folder: Path, **options: object) -> LLMError:
    async with LLM.connect(settings_for(server, folder), **{"retry": QUICK} | options) as llm:
        with pytest.raises(LLMError) as caught:
            await llm.ask(HELLO)
    return caught.value


async def test_an_answer_comes_with_its_tokens_and_the_first_listed_llm(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "four it is", llms=["alpha", "beta"]) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(HELLO, max_tokens=11, temperature=0.3, seed=5, stop=["END"])
            await llm.ask([{"role": "user", "content": "again"}])
    assert (reply.text, reply.parsed, reply.problem, reply.llm) == ("four it is", None, None, "alpha")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.calls) == (7, 3, 1)
    assert reply.usage.cost_usd is None and not reply.cached and reply.finish_reason == "stop"
    assert reply.rung == "text" and len(reply.request_hash) == 64 and reply.retries == ()
    assert reply.usage.seconds > 0
    assert server.listings == 1
    expected = {"model": "alpha", "messages": HELLO, "max_tokens": 11, "temperature": 0.3, "seed": 5, "stop": ["END"]}
    assert server.requests[0] == expected


async def test_a_named_llm_is_not_looked_up_and_its_price_is_counted(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "a b") as server:
        settings = settings_for(server, tmp_path, llm="beta")
        async with LLM.connect(settings, prices={"beta": (1.0, 10.0)}) as llm:
            reply = await llm.ask(HELLO)
    assert server.listings == 0 and reply.llm == "beta"
    assert reply.usage.cost_usd == pytest.approx((7 * 1.0 + 2 * 10.0) / 1e6)


async def test_retry_after_is_kept_to_and_every_retry_is_told(tmp_path: Path) -> None:
    events: list[RetryEvent] = []
    with ScriptedLLM(first(2, too_many(0.15), lambda _: "ok")) as server:
        async with LLM.connect(settings_for(server, tmp_path), retry=QUICK, on_retry=events.append) as llm:
            begun = time.monotonic()
            reply = await llm.ask(HELLO)
    assert reply.text == "ok" and time.monotonic() - begun >= 0.3
    assert [event.kind for event in events] == ["rate_limit", "rate_limit"]
    assert [event.status for event in events] == [429, 429]
    assert reply.retries == tuple(str(event) for event in events)
    assert "Rate limit reached" in reply.retries[0] and reply.usage.calls == 1


async def test_retry_after_as_a_date_is_understood(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: too_many(formatdate(time.time() + 3600, usegmt=True))) as server:
        error = await failing(server, tmp_path)
    assert error.kind == "rate_limit" and "asks to wait 3" in str(error)
    assert len(server.requests) == 1


async def test_429_for_long_gives_up_at_once_when_the_wait_is_too_long(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: too_many(7200)) as server:
        error = await failing(server, tmp_path)
    assert (error.kind, error.status, len(server.requests)) == ("rate_limit", 429, 1)
    assert "the endpoint asks to wait" in str(error) and server.base_url in str(error)


async def test_a_spent_quota_is_not_retried(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: status(429, "You exceeded your quota", code="insufficient_quota")) as server:
        error = await failing(server, tmp_path)
    assert error.kind == "rate_limit" and len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (500, "server", "HTTP 500"),
        (503, "server", "HTTP 503"),
        (409, "server", "HTTP 409"),
        (408, "timeout", "HTTP 408"),
        (too_many(0.001), "rate_limit", "HTTP 429"),
        (Fault(kind="garbage"), "garbage", "It works!"),
        (Fault(kind="garbage", text="[1, 2]"), "garbage", "no JSON object"),
        (Fault(kind="garbage", text="[" * 100_000), "garbage", "no JSON object"),
        ({"object": "nothing"}, "garbage", "no message"),
        ({"choices": [{"message": None}]}, "garbage", "no message"),
        ({"error": {"message": "overloaded", "code": 502}}, "server", "overloaded"),
        ({"error": "upstream is gone"}, "server", "upstream is gone"),
        (Fault(kind="half"), "truncated", "broke off"),
        (Fault(kind="hang_up"), "truncated", "broke off"),
    ],
)
async def test_passing_faults_are_retried_then_told(tmp_path: Path, fault: object, kind: str, words: str) -> None:
    with ScriptedLLM(first(2, fault, lambda _: "ok")) as server:
        async with LLM.connect(settings_for(server, tmp_path), retry=QUICK, cache=False) as llm:
            reply = await llm.ask(HELLO)
            assert reply.text == "ok" and len(reply.retries) == 2 and words in reply.retries[0]
            server.rule = lambda _: fault
            server.requests.clear()
            with pytest.raises(LLMError) as caught:
                await llm.ask(HELLO)
    message = str(caught.value)
    assert caught.value.kind == kind and words in message and "after 4 attempts" in message
    assert server.base_url in message and "attempt 1" not in message and len(server.requests) == 4


def test_attempts_that_ended_otherwise_are_told() -> None:
    last = Failure(kind="server", detail="HTTP 503: loading (after 3 attempts)", status=503)
    trail = ("attempt 1: HTTP 429: slow down; again after 1 s", "attempt 2: HTTP 503: loading; again after 2 s")
    message = str(to_error(last, base_url="http://llm.example/v1", trail=trail))
    assert "slow down" in message and message.count("loading") == 1


async def test_an_endpoint_that_never_answers_times_out(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: Fault(kind="never")) as server:
        begun = time.monotonic()
        error = await failing(server, tmp_path, timeout_s=0.6, retry=replace(QUICK, attempts=2))
    assert error.kind == "timeout" and "no reply within 0.6 s" in str(error) and "`timeout_s`" in str(error)
    assert len(server.requests) == 2 and time.monotonic() - begun < 20


async def test_total_seconds_bound_all_attempts_together(tmp_path: Path) -> None:
    policy = RetryPolicy(attempts=100, total_s=0.5, base_s=0.05, cap_s=0.1)
    with ScriptedLLM(lambda _: Fault(kind="never")) as server:
        begun = time.monotonic()
        error = await failing(server, tmp_path, timeout_s=0.2, retry=policy)
    assert error.kind == "timeout" and time.monotonic() - begun < 15


async def test_connection_refused_says_so(tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/v1"
        async with LLM.connect(Settings(base_url=url, cache_dir=tmp_path), retry=QUICK) as llm:
            with pytest.raises(LLMError) as caught:
                await llm.ask(HELLO)
    assert caught.value.kind == "connection" and str(caught.value).count("connection refused") == 1
    assert "Connection error." not in str(caught.value) and "attempt 1" not in str(caught.value)
    assert url in str(caught.value) and "see that the endpoint is running" in str(caught.value)


async def test_a_host_without_an_address_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(*args: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    settings = Settings(base_url="http://llm.invalid/v1", llm="x", cache_dir=tmp_path)
    async with LLM.connect(settings, retry=QUICK) as llm:
        with pytest.raises(LLMError, match="host name cannot be resolved") as caught:
            await llm.ask(HELLO)
    assert caught.value.kind == "connection"


async def test_a_wrong_key_is_told_without_the_key_and_not_retried(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedLLM(lambda _: "never reached", key="the right one") as server:
        settings = settings_for(server, tmp_path, api_key=KEY)
        async with LLM.connect(settings, retry=QUICK) as llm:
            with pytest.raises(LLMError) as caught:
                await llm.ask(HELLO)
            shown = [repr(llm), repr(settings), str(caught.value), repr(caught.value), caplog.text]
    error = caught.value
    shown.append("".join(traceback.TracebackException.from_exception(error, capture_locals=False).format()))
    assert error.kind == "auth" and error.status == 401 and "Incorrect API key provided: ***" in str(error)
    assert error.__cause__ is None and error.__context__ is None
    assert len(server.headers) == 1 and server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert not [text for text in shown if KEY in text]


async def test_the_key_reaches_neither_prompt_nor_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedLLM(in_turn("fine", f"you gave {KEY}", 500, "late"), key=KEY) as server:
        async with LLM.connect(settings_for(server, tmp_path, api_key=KEY), retry=QUICK) as llm:
            questions = (f"my key is {KEY}", "say my key", "fail once")
            replies = [await llm.ask([{"role": "user", "content": question}]) for question in questions]
    assert "was taken out" in replies[0].notes[0] and replies[1].notes == ()
    assert server.requests[0]["messages"][0]["content"] == "my key is ***"
    kept = files_below(tmp_path)
    assert "replies.sqlite" in kept and not [name for name, raw in kept.items() if KEY.encode() in raw]
    assert KEY not in caplog.text and "attempt 1: HTTP 500" in caplog.text


async def test_no_key_given_is_told(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "x", key="k-0123") as server:
        error = await failing(server, tmp_path)
    assert error.kind == "auth" and "no key was given" in str(error)


async def test_a_key_does_not_travel_to_another_endpoint(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "x") as server:
        settings = Settings(base_url="https://api.example.com/v1", api_key=KEY, cache_dir=tmp_path)
        async with LLM.connect(settings, base_url=server.base_url) as llm:
            await llm.ask(HELLO)
    assert not [headers for headers in server.headers if KEY in str(headers)]


async def test_a_stand_in_for_a_key_leaves_questions_alone(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "x", key="test") as server:
        async with LLM.connect(settings_for(server, tmp_path, api_key="test")) as llm:
            await llm.ask([{"role": "user", "content": "a test"}])
    assert server.requests[0]["messages"][0]["content"] == "a test"


async def test_tls_that_fails_is_told_and_not_retried(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "x") as server:
        error = await failing(server, tmp_path, base_url=server.base_url.replace("http:", "https:"), llm="x")
    assert error.kind == "connection" and "TLS failed" in str(error) and "attempt" not in str(error)


async def test_an_unknown_llm_is_told_with_those_there_are(tmp_path: Path) -> None:
    with ScriptedLLM(lambda r: status(404, f"The model `{r['model']}` does not exist"), llms=["a1", "b2"]) as server:
        error = await failing(server, tmp_path, llm="zeta")
        server.rule = lambda _: status(400, "model 'zeta' not found, try pulling it first")
        assert (await failing(server, tmp_path, llm="zeta")).kind == "unknown_llm"
    assert error.kind == "unknown_llm" and "asked for `zeta`; there is `a1`, `b2`" in str(error)
    assert len(server.requests) == 2


async def test_an_endpoint_without_any_llm_is_told(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "x", llms=[]) as server:
        error = await failing(server, tmp_path)
    assert error.kind == "unknown_llm" and "lists no LLM" in str(error)


async def test_a_base_url_without_v1_is_told(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: "x") as server:
        error = await failing(server, tmp_path, base_url=server.base_url.removesuffix("/v1"), llm="x")
    assert error.status == 404 and "usually ends in `/v1`" in str(error)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens"),
        (400, "the request exceeds the available context size, try increasing it"),
        (500, "context size exceeded: exceed_context_size_error"),
    ],
)
async def test_a_question_too_long_is_told(tmp_path: Path, code: int, words: str) -> None:
    with ScriptedLLM(lambda _: status(code, words)) as server:
        error = await failing(server, tmp_path)
    assert error.kind == "context_length" and "shorten the question" in str(error) and len(server.requests) == 1


async def test_refused_options_are_left_out_told_and_remembered(tmp_path: Path) -> None:
    def picky(request: dict[str, object]) -> object:
        for option in ("max_tokens", "temperature"):
            if option in request:
                return status(400, f"Unsupported parameter: '{option}' is not supported with this model.")
        return "fine"

    with ScriptedLLM(picky) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(HELLO, max_tokens=9)
        async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
            await llm.ask(HELLO, max_tokens=9)
    assert reply.text == "fine" and len(reply.notes) == 2 and "`max_completion_tokens`" in reply.notes[0]
    assert len(server.requests) == 4 and server.requests[-1]["max_completion_tokens"] == 9


async def test_an_option_is_not_taken_for_refused_when_leaving_it_out_does_not_help(tmp_path: Path) -> None:
    echo = status(400, "unknown role; you sent {'temperature': 0.0, 'seed': 0}")
    with ScriptedLLM(first(3, echo, lambda _: "fine")) as server:
        error = await failing(server, tmp_path, cache=False)
        async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
            await llm.ask(HELLO)
    assert error.kind == "bad_request" and "unknown role" in str(error)
    assert "temperature" in server.requests[-1] and "seed" in server.requests[-1]


async def test_a_refusal_of_the_llm_and_an_error_within_a_stream(tmp_path: Path) -> None:
    broken = Fault(kind="garbage", text='data: {"error": {"message": "out of memory"}}\n\n')
    with ScriptedLLM(in_turn(completion("", refusal="I must not"), completion(""), broken)) as server:
        async with LLM.connect(settings_for(server, tmp_path), cache=False, retry=QUICK) as llm:
            assert (await llm.ask(HELLO)).notes == ("the LLM refused: I must not",)
            assert (await llm.ask(HELLO)).notes == ("the LLM gave an empty answer",)
            with pytest.raises(LLMError, match="out of memory") as caught:
                await llm.ask(HELLO, on_text=print)
    assert caught.value.kind == "server"


async def test_a_cut_an_empty_and_an_uncounted_answer_are_data(tmp_path: Path) -> None:
    with ScriptedLLM(
        in_turn(
            Fault(kind="length", text="this goes on and"),
            completion("", reasoning_content="hm"),
            completion("counted by nobody", usage=False),
        )
    ) as server:
        async with LLM.connect(settings_for(server, tmp_path), cache=False) as llm:
            cut, empty, uncounted = [await llm.ask(HELLO) for _ in range(3)]
    assert (cut.finish_reason, cut.text) == ("length", "this goes on and")
    assert empty.text == "" and "raise `max_tokens`" in empty.notes[0]
    assert uncounted.usage.prompt_tokens == 2 and uncounted.usage.completion_tokens == 5
    assert "counts no tokens" in uncounted.notes[0]


async def test_a_reply_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    with ScriptedLLM(lambda _: completion("x" * 9_000_000)) as server:
        error = await failing(server, tmp_path)
    assert error.kind == "garbage" and "larger than 8 MiB" in str(error) and len(server.requests) == 1


async def test_no_more_than_the_allowed_number_of_requests_at_once(tmp_path: Path) -> None:
    def slow(request: dict[str, object]) -> str:
        time.sleep(0.1)
        return "ok"

    with ScriptedLLM(slow) as server:
        async with LLM.connect(settings_for(server, tmp_path), concurrency=3, cache=False) as llm:
            begun = time.monotonic()
            replies = await asyncio.gather(*(llm.ask(HELLO) for _ in range(9)))
            taken = time.monotonic() - begun
    assert server.busiest == 3 and [reply.text for reply in replies] == ["ok"] * 9
    # Of three waves each waits for, or is waited for by, two others of at least a tenth of a second.
    assert max(reply.usage.seconds for reply in replies) < taken - 0.15, "the wait for a slot is not the LLM's time"


async def test_cancelling_passes_through_and_frees_the_slot(tmp_path: Path) -> None:
    with ScriptedLLM(first(1, Fault(kind="never"), lambda _: "next")) as server:
        async with LLM.connect(settings_for(server, tmp_path), concurrency=1, retry=QUICK) as llm:
            stuck = asyncio.create_task(llm.ask(HELLO))
            await asyncio.to_thread(server.came.acquire)
            stuck.cancel()
            with pytest.raises(asyncio.CancelledError):
                await stuck
            reply = await asyncio.wait_for(llm.ask(HELLO), 25)
    assert reply.text == "next" and len(server.requests) == 2


async def test_cancelling_during_a_wait_between_attempts(tmp_path: Path) -> None:
    told = asyncio.Event()
    with ScriptedLLM(first(1, too_many(10), lambda _: "next")) as server:
        async with LLM.connect(settings_for(server, tmp_path), concurrency=1, on_retry=lambda _: told.set()) as llm:
            waiting = asyncio.create_task(llm.ask(HELLO))
            await told.wait()
            assert (await llm.ask([{"role": "user", "content": "other"}])).text == "next", "a wait holds no slot"
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting


async def test_a_streamed_answer_comes_in_pieces(tmp_path: Path) -> None:
    pieces: list[str] = []
    with ScriptedLLM(lambda _: "vier Stühle kosten 40 €") as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(HELLO, on_text=pieces.append)
            again: list[str] = []
            cached = await llm.ask(HELLO, on_text=again.append)
    assert reply.text == "".join(pieces) == "vier Stühle kosten 40 €" and len(pieces) == 5
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (7, 5)
    assert server.requests[0]["stream"] is True
    assert cached.cached and again == [reply.text] and len(server.requests) == 1


async def test_a_stream_that_breaks_off_is_retried(tmp_path: Path) -> None:
    pieces: list[str] = []
    marks: list[str] = []
    with ScriptedLLM(in_turn(Fault(kind="half"), Fault(kind="garbage"), Fault(kind="length", text="a b"))) as server:
        async with LLM.connect(
            settings_for(server, tmp_path), retry=QUICK, on_retry=lambda event: marks.append(event.kind)
        ) as llm:
            reply = await llm.ask(HELLO, on_text=pieces.append)
    assert marks == ["truncated", "garbage"] and pieces == ["one", "a", " b"]
    assert (reply.text, reply.finish_reason) == ("a b", "length")


async def test_an_endpoint_that_does_not_stream_still_answers(tmp_path: Path) -> None:
    pieces: list[str] = []
    with ScriptedLLM(lambda _: "all at once", ignores_stream=True) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            reply = await llm.ask(HELLO, on_text=pieces.append)
    assert pieces == ["all at once"] == [reply.text]


@pytest.mark.parametrize("ignores_stream", [False, True])
@pytest.mark.parametrize("kind", [TimeoutError, ValueError])
async def test_an_error_of_the_listener_is_not_taken_for_a_fault(
    tmp_path: Path, ignores_stream: bool, kind: type[Exception]
) -> None:
    def broken(piece: str) -> None:
        raise kind("the window is closed")

    with ScriptedLLM(lambda _: "some text", ignores_stream=ignores_stream) as server:
        async with LLM.connect(settings_for(server, tmp_path)) as llm:
            with pytest.raises(kind, match="window is closed"):
                await llm.ask(HELLO, on_text=broken)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url", ["localhost:8000/v1", "ftp://x/v1", "http://me:pw@x/v1", "http://x/v1?key=1", "http://[x/v1", "http://x:y"]
)
def test_a_base_url_that_cannot_work_or_holds_secrets_is_the_callers_mistake(url: str, tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="`base_url`") as caught:
        LLM.connect(Settings(base_url=url, cache_dir=tmp_path))
    assert "pw" not in str(caught.value)


def test_callers_mistakes_are_told_at_once(tmp_path: Path) -> None:
    settings = Settings(base_url="http://127.0.0.1:1/v1", cache_dir=tmp_path)
    with pytest.raises(CallerError, match="no LLM endpoint"):
        LLM.connect(Settings(cache_dir=tmp_path))
    with pytest.raises(CallerError, match="`concurrency`"):
        LLM.connect(settings, concurrency=0)
    with pytest.raises(CallerError, match="`api_key`") as caught:
        LLM.connect(settings, api_key="sk-a\nb")
    assert "sk-a" not in str(caught.value)


async def test_a_question_without_messages_is_the_callers_mistake(tmp_path: Path) -> None:
    async with LLM.connect(Settings(base_url="http://127.0.0.1:1/v1", llm="x", cache_dir=tmp_path)) as llm:
        with pytest.raises(CallerError, match="at least one message"):
            await llm.ask([])


def test_importing_the_package_imports_neither_sdk_nor_http_library() -> None:
    code = (
        "import sys, fivefold.llm as m; assert m.__all__ == sorted(m.__all__, key=lambda n: (not n.isupper(), n));"
        "print([name for name in ('openai', 'httpx', 'httpx2', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
