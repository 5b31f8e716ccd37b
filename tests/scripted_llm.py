"""An OpenAI-compatible endpoint on a free port of this machine, whose replies a function gives.

    with ScriptedLLM(lambda request: "4") as server:
        settings = Settings(base_url=server.base_url, cache_dir=tmp_path)

The rule is called with the JSON of each chat completion and returns one of

* a text: the answer, also as a stream when asked for one;
* a dict: the body of the answer as it stands;
* a number: an HTTP status with an error body;
* a `Fault`.

It may raise: that is status 500 with the exception's text, and it is kept in `errors`.
"""

import json
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that an endpoint should not do."""

    kind: Literal["status", "garbage", "half", "never", "hang_up", "length"]
    """`half`: Content-Length promises more than comes (a stream stops without its end); `never`: no reply until
    the server is closed; `hang_up`: the connection is closed without a byte; `length`: `text` as an answer that
    was cut at `max_tokens`."""
    status: int = 200
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = str | Json | int | Fault
Rule = Callable[[Json], Answer]


def status(number: int, message: str, headers: Mapping[str, str] | None = None, **error: Any) -> Fault:
    """An HTTP error in OpenAI's form."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": None} | error}
    return Fault(kind="status", status=number, text=json.dumps(body), headers=headers or {})


def too_many(retry_after: float | str) -> Fault:
    return status(429, "Rate limit reached", {"Retry-After": str(retry_after)})


def first(times: int, fault: Answer, then: Rule) -> Rule:
    """The first `times` requests get `fault`, the later ones what `then` says."""
    left = [times]
    lock = threading.Lock()

    def rule(request: Json) -> Answer:
        with lock:
            left[0] -= 1
            if left[0] >= 0:
                return fault
        return then(request)

    return rule


def in_turn(*answers: Answer) -> Rule:
    """One answer after the other, the last one for ever."""
    left = list(answers)
    lock = threading.Lock()

    def rule(_: Json) -> Answer:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return rule


def refusing(formats: Sequence[str], then: Rule) -> Rule:
    """Status 400 for the given types of `response_format`."""

    def rule(request: Json) -> Answer:
        asked = request.get("response_format", {}).get("type")
        if asked in formats:
            return status(400, f"'response_format' of type '{asked}' is not supported with this model.")
        return then(request)

    return rule


def completion(text: str, *, finish_reason: str = "stop", usage: bool = True, **message: Any) -> Json:
    """The body of an answer; tokens are counted as words."""
    body: Json = {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [
            {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text} | message}
        ],
    }
    if usage:
        count = len(text.split())
        body["usage"] = {"prompt_tokens": 7, "completion_tokens": count, "total_tokens": 7 + count}
    return body


class ScriptedLLM:
    """The server; runs in threads of its own between `with` and its end."""

    def __init__(
        self, rule: Rule, *, llms: Sequence[str] = ("scripted",), key: str | None = None, ignores_stream: bool = False
    ) -> None:
        self.rule = rule
        self.llms = list(llms)
        self.key = key
        self.ignores_stream = ignores_stream
        self.requests: list[Json] = []
        """Bodies of the chat completions, in the order they came."""
        self.headers: list[dict[str, str]] = []
        """Headers of all requests, names in lower case."""
        self.listings = 0
        """How often /v1/models was asked."""
        self.errors: list[Exception] = []
        """What the rule raised."""
        self.busiest = 0
        """Most chat completions under way at once."""
        self.came = threading.Semaphore(0)
        """Released once for every chat completion that came."""
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._busy = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": self}))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.02))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Json) -> Answer:
        with self._lock:
            self.requests.append(request)
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        self.came.release()
        try:
            return self.rule(request)
        except Exception as error:
            self.errors.append(error)
            return status(500, f"the rule raised {error!r}")
        finally:
            with self._lock:
                self._busy -= 1


class _Handler(BaseHTTPRequestHandler):
    script: ScriptedLLM
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        # Idle connections are looked at again and again, so that closing the server does not wait for clients.
        while not self.script.closing.is_set():
            if select.select([self.connection], [], [], 0.02)[0]:
                try:
                    super().handle_one_request()
                except OSError:
                    break  # the client went away, which some tests want
                return
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.script.headers.append({name.lower(): value for name, value in self.headers.items()})
        if not self.let_in():
            return
        if self.path != "/v1/models":
            self.send(404, json.dumps({"error": {"message": f"no {self.path}"}}))
            return
        self.script.listings += 1
        names = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in self.script.llms]
        self.send(200, json.dumps({"object": "list", "data": names}))

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.script.headers.append({name.lower(): value for name, value in self.headers.items()})
        if not self.let_in():
            return
        if self.path != "/v1/chat/completions":
            self.send(404, json.dumps({"error": {"message": f"no {self.path}"}}))
            return
        answer = self.script.answer(request)
        if isinstance(answer, int):
            answer = status(answer, f"scripted status {answer}")
        streamed = bool(request.get("stream")) and not self.script.ignores_stream
        if isinstance(answer, Fault):
            self.fail(answer, streamed)
        elif isinstance(answer, str):
            body = completion(answer)
            self.stream(body) if streamed else self.send(200, json.dumps(body))
        else:
            self.stream(answer) if streamed and "choices" in answer else self.send(200, json.dumps(answer))

    def let_in(self) -> bool:
        if self.script.key is None or self.headers.get("Authorization") == f"Bearer {self.script.key}":
            return True
        # Some endpoints repeat the key they were given.
        given = self.headers.get("Authorization", "")[7:]
        self.send(401, json.dumps({"error": {"message": f"Incorrect API key provided: {given}."}}))
        return False

    def fail(self, fault: Fault, streamed: bool) -> None:
        # Whoever was not told that a connection ends may ask for more on it at the same moment.
        self.close_connection = fault.kind in {"never", "hang_up"} or (fault.kind == "half" and not streamed)
        if fault.kind == "never":
            self.script.closing.wait(200)
        elif fault.kind == "half" and streamed:
            self.stream(completion(fault.text or "one two three"), broken=True)
        elif fault.kind == "half":
            body = json.dumps(completion(fault.text or "half"))
            self.send(200, body[: len(body) // 2], promised=len(body))
        elif fault.kind == "garbage":
            self.send(200, fault.text or "<html>It works!</html>", kind="text/html")
        elif fault.kind == "length":
            body_cut = completion(fault.text, finish_reason="length")
            self.stream(body_cut) if streamed else self.send(200, json.dumps(body_cut))
        elif fault.kind == "status":
            self.send(fault.status, fault.text, headers=fault.headers)

    def send(
        self,
        code: int,
        text: str,
        *,
        kind: str = "application/json",
        promised: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        raw = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw) if promised is None else promised))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def stream(self, body: Json, *, broken: bool = False) -> None:
        """Send the answer word by word, in chunks whose borders fall inside events."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        choice = body["choices"][0]
        words = (choice["message"]["content"] or "").replace(" ", "\0 ").split("\0")
        events: list[Json] = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in words]
        if broken:
            events = events[:1]
        else:
            events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
            if "usage" in body:
                events.append({"choices": [], "usage": body["usage"]})
        raw = "".join(f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events).encode()
        if not broken:
            raw += b": a comment\n\ndata: [DONE]\n\n"
        for start in range(0, len(raw), 37):
            piece = raw[start : start + 37]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            time.sleep(0.0005)
        # A broken stream ends well on the level of HTTP: only its own end mark is missing.
        self.wfile.write(b"0\r\n\r\n")
