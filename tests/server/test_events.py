"""The event log over HTTP: nothing is lost and nothing comes twice, however often a client comes back."""

import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.settings import Settings
from fivefold_server.config import Config, Limits
from tests.server.serving import POTTERY, Json, Running, serving, streamed, waited


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    own = Settings(cache_dir=folder / "cache", data_dir=folder / "data")
    with serving(Config(settings=own, limits=Limits(streams=3))) as running:
        yield running


@pytest.fixture(scope="module")
def told(server: Running) -> tuple[str, list[Json]]:
    """A problem with events of many kinds, and all of them."""
    problem = str(server.post("/problems", title="Pottery")["id"])
    server.post(f"/problems/{problem}/formulations", formulation=POTTERY)
    server.ended(server.post(f"/problems/{problem}/solve")["run"]["id"])
    return problem, server.events(problem)


def read_stream(server: Running, path: str, most: int, last: int | None = None) -> list[Json]:
    """The first events of a stream; the connection is cut behind them."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    found: list[Json] = []
    with server.http.stream("GET", f"/api/v1{path}", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for event in streamed(answer.iter_lines()):
            found.append(event)
            if len(found) >= most:
                break
    return found


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_reconnecting_gives_exactly_what_is_missing(
    server: Running, told: tuple[str, list[Json]], cuts: list[int]
) -> None:
    problem, events = told
    seen: list[Json] = []
    for cut in [*cuts, len(events)]:
        left = len(events) - len(seen)
        if left:
            last = seen[-1]["seq"] if seen else None
            seen += read_stream(server, f"/problems/{problem}/events", min(cut, left), last)
    assert seen == events


def test_stream_goes_on_with_what_happens_next(server: Running, told: tuple[str, list[Json]]) -> None:
    problem, events = told
    got: list[Json] = []
    ready = threading.Event()

    def listen() -> None:
        ready.set()
        got.extend(read_stream(server, f"/problems/{problem}/events?after={events[-1]['seq']}", 1))

    thread = threading.Thread(target=listen)
    thread.start()
    ready.wait()
    time.sleep(0.2)
    server.http.patch(f"/api/v1/problems/{problem}", json={"title": "Pots"})
    thread.join(60)
    assert [event["kind"] for event in got] == ["problem.changed"]
    assert server.events(problem)[: len(events)] == events


def test_one_stream_tells_of_all_problems(server: Running, told: tuple[str, list[Json]]) -> None:
    problem, _ = told
    other = str(server.post("/problems", title="Other")["id"])
    server.http.patch(f"/api/v1/problems/{other}", json={"title": "Another"})
    both = [*server.events(problem), *server.events(other)]
    got = read_stream(server, "/stream", len(both))
    assert {event["seq"] for event in got} >= {event["seq"] for event in both}
    assert [event["seq"] for event in got] == sorted(event["seq"] for event in got)
    assert server.get(f"/problems/{other}")["last_seq"] == max(event["seq"] for event in both)


def test_long_poll_waits_for_news(server: Running) -> None:
    problem = str(server.post("/problems", title="Quiet")["id"])
    started = time.monotonic()
    page = server.get(f"/problems/{problem}/events.json?wait=0.3")
    assert page == {"events": [], "last_seq": 0} and time.monotonic() - started >= 0.3
    timer = threading.Timer(0.2, lambda: httpx.patch(f"{server.url}/api/v1/problems/{problem}", json={"title": "Loud"}))
    timer.start()
    page = server.get(f"/problems/{problem}/events.json?wait=20")
    assert [event["kind"] for event in page["events"]] == ["problem.changed"]
    assert page["last_seq"] == page["events"][-1]["seq"]
    timer.join()


def test_streams_of_one_user_are_bounded(server: Running, told: tuple[str, list[Json]]) -> None:
    problem, _ = told
    path = f"/api/v1/problems/{problem}/events"
    with (
        server.http.stream("GET", path),
        server.http.stream("GET", path),
        server.http.stream("GET", path),
    ):
        waited(lambda: {"text": server.http.get("/metrics").text}, lambda seen: "fivefold_streams 3.0" in seen["text"])
        refused = server.http.get(path)
        assert refused.status_code == 429 and refused.json()["code"] == "too-many-streams"


def test_last_event_id_must_be_a_number(server: Running, told: tuple[str, list[Json]]) -> None:
    answer = server.http.get(f"/api/v1/problems/{told[0]}/events", headers={"Last-Event-ID": "x"})
    assert answer.status_code == 422 and json.loads(answer.text)["code"] == "bad-event-id"
